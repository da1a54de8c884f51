"""`http-memory`: a memory product in any language, behind four addresses.

    POST URL/add     {"session", "text", "time"}      -> {} when it is stored
    POST URL/list    {"session"}                      -> {"items": [{"id", "text"}, ...]}
    POST URL/search  {"session", "query", "limit"}    -> {"items": [{"id", "score"}, ...]}
    POST URL/reset   {"session"}                      -> {} when the session is empty

Each episode is a session of its own, so any number run side by side. `docs` has a server to start
from.

    memenv eval --agent http-memory -a url=http://127.0.0.1:8080 --suite quick
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import urllib3

from memenv.errors import ModelError, SettingError
from memenv.operations import short
from memenv_baselines.products.base import Product

MAX_BYTES = 64 * 1024 * 1024
"""No reply may be larger."""

KEY = "MEMENV_PRODUCT_KEY"
"""The environment variable whose value is sent as `Authorization: Bearer`, when it is set."""

MAX_ERROR = 4096

_OWNER = "agent 'http-memory'"
# Nothing was done in these cases, so a request may be sent again; a text added twice would count.
_RETRIES = urllib3.Retry(
    total=None,
    connect=3,
    read=0,
    redirect=0,
    status=5,
    other=0,
    status_forcelist=(429, 503),
    allowed_methods=None,
    backoff_factor=0.5,
    raise_on_status=False,
    raise_on_redirect=False,
)


class HttpMemory(Product):
    """A product behind HTTP.

    Args:
        url: where it is, such as `http://127.0.0.1:8080`.
        timeout: seconds that one request may take.

    Raises:
        SettingError: for a URL or a timeout that is none, or a key that cannot be sent.
    """

    version = "1"

    def __init__(self, url: str, timeout: float = 120.0) -> None:
        self.url = _checked(url)
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
            raise SettingError(f"{_OWNER}: timeout is a number of seconds, not {timeout!r}")
        self.timeout = float(timeout)
        self._session = uuid.uuid4().hex
        self._pool = urllib3.PoolManager(retries=_RETRIES)
        self._headers = _headers()
        self._key = self._headers.get("authorization", "").removeprefix("Bearer ")

    def add(self, text: str, time: str | None) -> None:
        """Hand on the text."""
        self._ask("add", text=text, time=time)

    def items(self) -> dict[str, str]:
        """What the session holds, in the order of the reply."""
        items = {}
        for item in self._listed("list"):
            name, text = item.get("id"), item.get("text")
            if not isinstance(name, str | int) or not isinstance(text, str):
                raise self._wrong("list", f'an item is {{"id", "text"}}, not {_shown(item)}')
            items[str(name)] = text
        return items

    def search(self, query: str, limit: int) -> list[tuple[str, float]]:
        """What the product finds; without scores, the order counts."""
        found = []
        for rank, item in enumerate(self._listed("search", query=query, limit=limit), start=1):
            name, score = item.get("id"), item.get("score", 1 / rank)
            if not isinstance(name, str | int) or not isinstance(score, int | float):
                raise self._wrong("search", f'an item is {{"id", "score"}}, not {_shown(item)}')
            found.append((str(name), float(score)))
        return found

    def reset(self) -> None:
        """Empty the session."""
        self._ask("reset")

    def close(self) -> None:
        """Empty the session, if the product is there still, and close the connections."""
        with contextlib.suppress(ModelError):
            if self.step is not None and not self.rehearsed:
                self._ask("reset")
        self._pool.clear()

    def _listed(self, what: str, **fields: Any) -> Sequence[Mapping[str, Any]]:
        items = self._ask(what, **fields).get("items")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self._wrong(what, 'expected {"items": [{...}, ...]}')
        return items

    def _ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """The JSON object that the product replies.

        Raises:
            ModelError: when there is none.
        """
        body = json.dumps({"session": self._session, **fields}).encode()
        try:
            reply = self._pool.request(
                "POST",
                f"{self.url}/{what}",
                body=body,
                headers=self._headers,
                timeout=urllib3.Timeout(total=self.timeout),
                preload_content=False,
            )
            try:
                raw = reply.read(MAX_BYTES + 1, decode_content=True)
            finally:
                # What is left unread is not worth a connection.
                reply.close()
        except urllib3.exceptions.HTTPError as error:
            # The message of the error has addresses of objects in it.
            raise self._wrong(what, type(error.__context__ or error).__name__) from None
        if reply.status != 200:
            raise self._wrong(what, f"status {reply.status}: {self._quoted(raw)}")
        if len(raw) > MAX_BYTES:
            raise self._wrong(what, f"the reply has more than {MAX_BYTES:,} bytes")
        try:
            value = self._without_key(json.loads(raw))
        except (ValueError, RecursionError):
            raise self._wrong(what, "the reply is no JSON") from None
        if not isinstance(value, dict):
            raise self._wrong(what, "the reply is no JSON object")
        return value

    def _quoted(self, raw: bytes) -> str:
        """The beginning of a reply; a key that it repeats is cut out before anything else is."""
        return short(self._without_key(raw[:MAX_ERROR].decode(errors="replace")))

    def _without_key(self, value: Any) -> Any:
        """A value of JSON without the key: what a product repeats is stored and shown."""
        if isinstance(value, str) and self._key:
            return value.replace(self._key, f"[{KEY}]")
        if isinstance(value, list):
            return [self._without_key(item) for item in value]
        if isinstance(value, dict):
            return {
                self._without_key(name): self._without_key(item) for name, item in value.items()
            }
        return value

    def _wrong(self, what: str, why: str) -> ModelError:
        return ModelError(f"the product at {self.url}/{what}: {why}")


def _checked(url: object) -> str:
    parts = None
    if isinstance(url, str) and url.isprintable() and not set(" @?#") & set(url):
        with contextlib.suppress(ValueError):
            parts = urlsplit(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingError(f"{_OWNER}: url is like http://127.0.0.1:8080, without user or password")
    assert isinstance(url, str)
    return url.rstrip("/")


def _headers() -> dict[str, str]:
    headers = {"content-type": "application/json", "accept": "application/json"}
    key = os.environ.get(KEY, "").strip()
    if key:
        if not key.isascii() or not key.isprintable():
            raise SettingError(f"{_OWNER}: {KEY} has signs that no header can carry")
        headers["authorization"] = f"Bearer {key}"
    return headers


def _shown(value: object) -> str:
    return short(json.dumps(value))
