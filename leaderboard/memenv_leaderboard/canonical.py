"""Canonical JSON of strangers: read in one spelling, and held to a schema.

value = read_json(content, "manifest.json")
manifest = checked(Manifest, value, "manifest.json")
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from memenv.types import canonical_json
from memenv_leaderboard.archive import RefusedError

Model = TypeVar("Model", bound="Strict")

_MAX_DEPTH = 40

_PLAIN = {"string_unicode": "a lone surrogate is no text"}
"""Messages of pydantic that say too little."""


class Strict(BaseModel):
    """An object with these keys and no others, of these types and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def read_json(content: bytes, where: str) -> Any:
    """A value in canonical JSON.

    Raises:
        RefusedError: beginning with `where`: for other encodings than ASCII, for JSON that is
            broken, nested too deeply or spelt in another way, for keys that are there twice, and
            for what is no number.
    """
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError as error:
        raise RefusedError(
            f"{where}: byte {error.start} is not ASCII; canonical JSON escapes all else"
        ) from error
    if "\0" in text:
        raise RefusedError(f"{where}: a zero byte; expected ASCII, this may be UTF-16")
    if _is_deep(content):
        raise RefusedError(f"{where}: nested too deeply, at most {_MAX_DEPTH} levels")
    try:
        value = json.loads(
            text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_once
        )
        spelling = canonical_json(value)
    except json.JSONDecodeError as error:
        raise RefusedError(f"{where}, column {error.colno}: not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{where}: {str(error)[:200]}") from error
    if spelling != text:
        at = next(
            (at for at, pair in enumerate(zip(spelling, text, strict=False)) if pair[0] != pair[1]),
            min(len(spelling), len(text)),
        )
        raise RefusedError(
            f"{where}, column {at + 1}: not canonical JSON (sorted keys, no spaces, one spelling)"
        )
    return value


def checked(model: type[Model], value: Any, where: str) -> Model:
    """A value as the format says it must be.

    Raises:
        RefusedError: with `where`, the field and the reason.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problem = error.errors()[0]
        message = (
            _PLAIN.get(problem["type"], problem["msg"])
            .removeprefix("Value error, ")
            .partition(" or instance of ")[0]
        )
        field = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"]
        )
        shown = ascii(field.removeprefix(".")[:120])[1:-1]
        raise RefusedError(f"{where}, field {shown or '(all of it)'}: {message[:200]}") from error


_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?')
_NO_BRACKET = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def _is_deep(content: bytes) -> bool:
    """Whether too many lists and objects are inside each other, found without building any."""
    brackets = _STRING.sub(b"", content).translate(None, _NO_BRACKET)
    return any(depth > _MAX_DEPTH for depth in accumulate(_STEP[byte] for byte in brackets))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(number: str) -> float:
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"{number[:40]} is too large for a number")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice[:40]!a} is there twice")
    return value
