"""The HTTP under the `openai` package: as much at once as is allowed, and nothing without a bound.

`openai` has the retries: of refusals (408, 409, 429, 5xx, as long as `Retry-After` says), of broken
connections and of timeouts. What is wrong in a reply of status 200 looks like a broken connection
to it from here, and is asked for again in the same way.

Importing this module imports `openai`.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import openai

from memenv.harness.pace import Pace
from memenv.harness.replies import MAX_BYTES, BadReplyError, Reply, read
from memenv.harness.secrecy import hide, hide_json, is_secret
from memenv.models import ToolCall

# httpx2, and for older versions of openai httpx, whichever it is built on.
_http: Any = importlib.import_module(
    openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]
)

Response: Any = _http.Response
"""What `openai` hands on unread."""

MAX_ERROR = 64 * 1024
"""Bytes of an error that are read."""

KEY = "[key]"
"""What is shown in the place of a key."""

_CONNECT_SECONDS = 10.0
_BYTES_PER_TOKEN = 4
_CHANGED = ("content-encoding", "content-length", "transfer-encoding")

# What servers say of a field that they do not take. llama.cpp says it of tools with status 500.
_UNKNOWN = re.compile(
    r"unsupported|(?:not|n't) (?:currently )?(?:\w+ )?(?:support|permit|allow|accept|enabled)"
    r"|unrecogni[sz]ed|unknown|unexpected|forbidden|cannot|can't|no endpoints found"
    r"|only (?:the default|be|1)|requires? --",
    re.IGNORECASE,
)
# A value that is none, or an account that may not, is no field that is unknown.
_OTHER = re.compile(
    r"too (?:large|big|high|low|small|many)|at (?:most|least)|exceed|(?:greater|less|more) than"
    r"|negative|out of range|\bbetween\b|\blimit|maximum|minimum|billing|quota|schema",
    re.IGNORECASE,
)
_TOOLS = r"tools?|tool[_ -]?(?:use|calls?|calling|choice)|functions?"


@dataclass(frozen=True)
class Gate:
    """What every request passes: how many at once, how many in a minute, and whether at all.

    `spent` says why nothing may be sent any more, when the money is.
    """

    concurrency: int
    pace: Pace
    spent: Callable[[], str | None] = lambda: None
    slots: threading.Semaphore = field(init=False)
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", threading.Semaphore(self.concurrency))

    def check(self) -> None:
        """Raise what `openai` hands on as it is, when nothing may be sent any more."""
        if self.closed.is_set():
            raise openai.OpenAIError("the client was closed")
        if reason := self.spent():
            raise SpentError(reason)


class SpentError(openai.OpenAIError):
    """The dollars are spent."""


def connect(base_url: str, key: str, gate: Gate, *, retries: int, timeout: float) -> openai.OpenAI:
    """The client of one place, for any number of threads."""
    seconds = _http.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS), pool=None)
    http = _Bounded(gate, key, timeout, _http.create_ssl_context())
    return openai.OpenAI(
        base_url=base_url, api_key=key, max_retries=retries, timeout=seconds, http_client=http
    )


class _Bounded(openai.DefaultHttpxClient):
    """Sends one request at a time through the gate, and hands on what is known to be harmless.

    It has no connection itself: every request is lent a client that nobody else uses meanwhile. One
    client for all looks at each of its idle connections for every request, under a lock, and lets
    another thread go first at every look.
    """

    def __init__(self, gate: Gate, key: str, seconds: float, certificates: Any) -> None:
        super().__init__(verify=certificates)
        self._gate, self._key, self._seconds = gate, key, seconds
        self._certificates = certificates
        # The one that was used last is lent first: the others may rest until they are closed.
        self._idle: list[Any] = []
        self._made: list[Any] = []

    def send(self, request: Any, **options: Any) -> Any:
        """The response, read whole; that of a completion is among its extensions, and only there.

        A retry comes by here again, and waits for its time outside the gate.
        """
        guess = len(request.content) / _BYTES_PER_TOKEN
        with self._gate.slots:
            self._gate.check()
            self._gate.pace.wait(guess)
            self._gate.check()
            response, content = self._exchanged(request, options)
        if response.is_success:
            reply = self._reply(content, request)
            if reply.tokens is not None:
                self._gate.pace.correct(reply.tokens.prompt + reply.tokens.completion - guess)
            return _http.Response(
                response.status_code,
                # Nobody reads what there is nothing of.
                stream=_http.ByteStream(b""),
                request=request,
                extensions={"reply": reply, "retried": _retried(request)},
            )
        headers = [
            (name, value) for name, value in response.headers.multi_items()
            if name.lower() not in _CHANGED
        ]  # fmt: skip
        if response.status_code in (500, 501) and lacks_tools(_words(content)):
            headers.append(("x-should-retry", "false"))
        # An error shows what it quotes.
        shown = hide(content.decode("utf-8", errors="replace"), self._key, KEY).encode()
        return _http.Response(
            response.status_code, headers=headers, content=shown, request=response.request
        )

    def close(self) -> None:
        """Close all connections."""
        super().close()
        for client in list(self._made):
            client.close()

    def _exchanged(self, request: Any, options: Mapping[str, Any]) -> tuple[Any, bytes]:
        """A response and its body."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = openai.DefaultHttpxClient(verify=self._certificates)
            self._made.append(client)
        try:
            response = client.send(request, **{**options, "stream": True})
            _acknowledge(response)
            return response, self._content(response)
        finally:
            self._idle.append(client)

    def _content(self, response: Any) -> bytes:
        """The body, decoded piece by piece, as even a small one may unpack to a huge one."""
        most = MAX_BYTES if response.is_success else MAX_ERROR
        ends = time.monotonic() + self._seconds
        content = bytearray()
        try:
            for piece in response.iter_bytes():
                content += piece
                if len(content) > most:
                    break
                if time.monotonic() > ends:
                    # A timeout of HTTP is for each read: it never comes while something drips.
                    raise _http.ReadTimeout("the reply is too slow", request=response.request)
        finally:
            response.close()
        if len(content) > most and response.is_success:
            message = f"the reply has more than {MAX_BYTES} bytes"
            raise _http.DecodingError(message, request=response.request)
        return bytes(content[:most])

    def _reply(self, content: bytes, request: Any) -> Reply:
        try:
            if is_secret(self._key):
                # Before anything is cut: half a key would not be found.
                content = content.replace(self._key.encode(), KEY.encode())
            return _hidden(read(content), self._key)
        except BadReplyError as error:
            raise _http.DecodingError(hide(str(error), self._key, KEY), request=request) from None


def _acknowledge(response: Any) -> None:
    """Tell the server at once that the head of its reply has come.

    Many a simple server writes head and body by themselves, and its system sends the second part
    only when the first is acknowledged, for which ours takes 40 ms unless it is asked to.
    """
    stream = response.extensions.get("network_stream")
    connection = None if stream is None else stream.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_QUICKACK"):
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _retried(request: Any) -> int:
    """How often openai had sent it before, as it says in a header."""
    said = request.headers.get("x-stainless-retry-count", "")
    return int(said) if said.isdecimal() else 0


def _hidden(reply: Reply, key: str) -> Reply:
    """A reply without the key, should the server repeat it."""

    def hidden(text: str) -> str:
        return hide(text, key, KEY)

    return replace(
        reply,
        text=hidden(reply.text),
        calls=tuple(
            ToolCall(hidden(call.name), hide_json(call.arguments, key, KEY)) for call in reply.calls
        ),
        model=None if reply.model is None else hidden(reply.model),
        finish=None if reply.finish is None else hidden(reply.finish),
    )


def _words(content: bytes) -> str:
    return content[:4000].decode("utf-8", errors="replace")


def lacks_tools(text: str) -> bool:
    """Whether a failure of a server says that it has no tools, rather than that it failed.

    >>> lacks_tools("tools param requires --jinja flag")
    True
    >>> lacks_tools("unexpected failure in function worker")
    False
    """
    flag = r"requires? --|not (?:been )?(?:implemented|supported)|unsupported"
    return bool(
        re.search(flag, text, re.IGNORECASE) and re.search(rf"\b(?:{_TOOLS})\b", text, re.I)
    )


def unknown_field(text: str, param: str | None, sent: tuple[str, ...]) -> str | None:
    """The field that a refusal says the server does not take, of those that were sent.

    >>> unknown_field("Unsupported parameter: 'seed'", "seed", ("tools", "seed"))
    'seed'
    >>> unknown_field("max_tokens is too large: at most 4096 are supported", None, ("max_tokens",))
    """
    if not _UNKNOWN.search(text) or _OTHER.search(text):
        return None
    where = text if param is None else re.split(r"[.\[]", param.removeprefix("body."))[0]
    for name in sent:
        word = _TOOLS if name == "tools" else name
        if re.search(rf"(?<![A-Za-z_])(?:{word})(?![A-Za-z_])", where, re.IGNORECASE):
            return name
    return None
