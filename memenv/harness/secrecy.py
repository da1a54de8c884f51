r"""Secrets in what is stored and shown: found however they are spelt, and taken out.

A server that repeats a key does so in JSON, where any letter can be written as an escape, and an
error quotes that JSON in its turn.

    >>> hide(r'{"detail": "bad key sk\u002D1234\/567"}', "sk-1234/567", "[key]")
    '{"detail": "bad key [key]"}'
"""

from __future__ import annotations

import json
import re
from typing import Any

_SHORTEST = 8
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_DEPTH = 4
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


def is_secret(value: str) -> bool:
    """Whether it is one; short ones are placeholders, and words that a text may well have."""
    return len(value) >= _SHORTEST


def hide(text: str, secret: str, mark: str) -> str:
    """A text without a secret. Where only its escapes spell it, they are read before."""
    if not is_secret(secret):
        return text
    plain = text
    for _ in range(_DEPTH):
        if secret in plain:
            return plain.replace(secret, mark)
        if "\\" not in plain:
            break
        plain = _ESCAPE.sub(_letter, plain)
    return text


def hide_json(text: str, secret: str, mark: str) -> str:
    """A JSON text without a secret, still JSON; another text as `hide` leaves it."""
    shown = hide(text, secret, mark)
    if shown == text:
        return text
    try:
        return json.dumps(_without(json.loads(text), secret, mark), ensure_ascii=False)
    except (ValueError, RecursionError):
        return shown


def _without(value: Any, secret: str, mark: str) -> Any:
    if isinstance(value, str):
        return hide(value, secret, mark)
    if isinstance(value, list):
        return [_without(item, secret, mark) for item in value]
    if isinstance(value, dict):
        return {
            hide(name, secret, mark): _without(item, secret, mark) for name, item in value.items()
        }
    return value


def _letter(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else _CONTROLS.get(escape[3], escape[3])
