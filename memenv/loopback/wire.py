"""HTTP/1.1, as far as a model server needs it: requests of known length, replies kept alive."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

MAX_HEAD = 64 * 1024
MAX_BODY = 256 * 1024 * 1024
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came; header names are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back: `body`, then `filler` bytes of the letter a, then `tail`."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    filler: int = 0
    tail: bytes = b""

    @property
    def length(self) -> int:
        """Bytes of the whole."""
        return len(self.body) + self.filler + len(self.tail)


class RefusedError(Exception):
    """A request that is not served: the status, and what the usual error schema says."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",  # noqa: A002
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": type, "param": param, "code": code}

    @property
    def reply(self) -> Reply:
        """As it is sent."""
        return json_reply({"error": self.error}, self.status)


def json_reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with a JSON value; all beyond ASCII is escaped, half surrogate pairs too."""
    return Reply(status, json.dumps(value).encode("ascii"), headers or {})


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Incoming | None:
    """The next request; `None` when the client has gone.

    Raises:
        RefusedError: for what is no request, or one without a known length. Nothing that follows on
            the connection can be understood then.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise RefusedError(431, f"the headers have more than {MAX_HEAD} bytes") from None
    method, path, version, headers = _head(head)
    if "transfer-encoding" in headers:
        raise RefusedError(411, "send a Content-Length; chunked requests are not understood")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise RefusedError(400, "Content-Length is not a number")
    if len(length) > 12 or int(length) > MAX_BODY:
        raise RefusedError(413, f"the body has more than {MAX_BODY} bytes")
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        body = await reader.readexactly(int(length))
    except asyncio.IncompleteReadError:
        return None
    wish = headers.get("connection", "").lower()
    keep = wish != "close" and (version == "HTTP/1.1" or wish == "keep-alive")
    return Incoming(method, path.partition("?")[0], headers, body, keep)


def _head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise RefusedError(400, "this is not an HTTP/1.1 request")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return parts[0], parts[1], parts[2], headers


async def send(writer: asyncio.StreamWriter, reply: Reply, *, keep_alive: bool = True) -> None:
    """Write a reply, as fast as the client takes it; the last piece may still be on its way.

    So that whoever called can note that it was sent before the client can know.
    """
    writer.write(_reply_head(reply, keep_alive) + reply.body)
    rest = reply.filler
    while rest > 0:
        piece = min(rest, _PIECE)
        writer.write(b"a" * piece)
        await writer.drain()
        rest -= piece
    writer.write(reply.tail)


async def send_half(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Promise the whole reply and write half of it."""
    writer.write(_reply_head(reply, True) + reply.body[: len(reply.body) // 2])
    await writer.drain()


def _reply_head(reply: Reply, keep_alive: bool) -> bytes:
    headers = {
        "content-type": "application/json",
        "content-length": str(reply.length),
        "connection": "keep-alive" if keep_alive else "close",
        **reply.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n{lines}\r\n".encode(
        "latin-1"
    )
