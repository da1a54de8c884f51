"""Tool calls in what a model wrote, in any of the forms that models use.

- `<tool_call>{...}</tool_call>`, as chat templates have it; native calls are written down so too
  (`memenv.tools.text_of_calls`). A tag may be missing at either end.
- `✿FUNCTION✿: name` and `✿ARGS✿: {...}`, as the released Memalpha-4B writes.
- JSON objects, bare, in lists or in code fences, around other text.

Which form counts: tags or flowers, whichever comes first, when there are any; JSON that lies about
only when there are none, so that a call that is merely talked about is not made. What a model
thinks is cut before (`memenv.thoughts`). So is all from the first result on (`✿RESULT✿`,
`✿RETURN✿`, `<tool_response>`): nobody answered it, it made the result up, and what it did next
rests on that. Mem-alpha's training does the same (its evaluation does not).

A tag or flower inside of a string of a whole JSON object is text like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memenv.mending import Mender
from memenv.thoughts import without_thoughts

TOO_MUCH = "too much broken JSON: the rest of the text was not read"
NO_JSON = "no JSON object in the tool call"
MAX_DEPTH = 64
"""How deep the JSON of a call may be nested."""

_TAG = re.compile(r"<(/?)tool_call>", re.IGNORECASE)
_RESULT = re.compile(r"✿(?:RESULT|RETURN)✿|<tool_response>", re.IGNORECASE)
_FUNCTION = re.compile(r"✿FUNCTION✿[ \t]*[:\uff1a]?[ \t]*([^\n✿]*)", re.IGNORECASE)
_ARGUMENTS = re.compile(r"\s*✿ARGS✿[ \t]*[:\uff1a]?\s*(?:```\w*\s*)?", re.IGNORECASE)
_SPECIAL = re.compile(r"[<✿]")
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.?)*+(?:"|\Z)|[{}\[\]]', re.DOTALL)
_KEY = r"""["'“]?(?:(?:name|tool|arguments|parameters)["'”]?\s*:|function["'”]?\s*:(?!\s*\{))"""
_CALL = re.compile(r"\{\s*" + _KEY)
_OPENING = re.compile(r"\{\s*(?:[\"}]|" + _KEY + ")")
_NEXT = re.compile(_CALL.pattern + "|```")
# Reading what turns out to be broken may cost this much for each character, and this much at all,
# so that the time is linear.
_READS = 8
_READS_AT_LEAST = 200_000
_PER_READ = 32


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, or what should have been one.

    Attributes:
        text: as the model wrote it; of a whole JSON object, nothing.
        value: the JSON object; `None` when there is none.
        reason: why there is none.
        repaired: whether its JSON was broken and has been repaired.
        cut: whether it was repaired although its content ended with the text.
    """

    text: str = ""
    value: dict[str, Any] | None = None
    reason: str = ""
    repaired: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a JSON object is, or where a broken one must end."""

    start: int
    end: int
    value: dict[str, Any] | None = None
    given_up: bool = False


def calls(text: str, mender: Mender, cut: bool) -> Iterator[Call]:
    """The tool calls of a text in order, read in linear time.

    Args:
        text: all that the model said.
        mender: what repairs broken JSON.
        cut: whether there was more of the text, so that its end is not where the model ended.
    """
    if _SPECIAL.search(text):
        text = _armoured(text)
    spoken = without_thoughts(text)
    cut = cut or ends_in_thought(text)
    result = _RESULT.search(spoken)
    if result:
        spoken, cut = spoken[: result.start()], True
    tag, function = _TAG.search(spoken), _FUNCTION.search(spoken)
    if tag and (function is None or tag.start() < function.start()):
        yield from _between_tags(spoken, mender, cut)
    elif function:
        yield from _after_flowers(spoken, mender, cut)
    else:
        yield from _objects(spoken, mender, cut)


def read_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, if it is one and not nested too deeply."""
    start = len(text) - len(text.lstrip())
    end, _ = _close(text, start) if text[start : start + 1] == "{" else (None, 0)
    return _loaded(text) if end is not None else None


def ends_in_thought(text: str) -> bool:
    """Whether a thought goes on at the end of a text, so that what follows would be part of it."""
    return len(without_thoughts(f"{text}.")) == len(without_thoughts(text))


def _armoured(text: str) -> str:
    """A text whose whole JSON objects hold no tag and no flower, but mean the same."""
    parts: list[str] = []
    at = 0
    for span in _spans(text):
        if span.value is not None:
            inside = text[span.start : span.end]
            parts += (text[at : span.start], _SPECIAL.sub(_escape, inside))
            at = span.end
    return "".join([*parts, text[at:]])


def _escape(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"


def _between_tags(text: str, mender: Mender, cut: bool) -> Iterator[Call]:
    tags = list(_TAG.finditer(text))
    if tags[0][1]:
        # The opening tag was part of the prompt, or was forgotten.
        yield from _objects(text[: tags[0].start()], mender, True)
    for number, tag in enumerate(tags):
        last = number + 1 == len(tags)
        block = text[tag.end() : None if last else tags[number + 1].start()]
        if not tag[1]:
            found = False
            for call in _objects(block, mender, cut or not last):
                found = True
                yield call
            if not found:
                yield Call(block.strip(), reason=NO_JSON)


def _after_flowers(text: str, mender: Mender, cut: bool) -> Iterator[Call]:
    functions = list(_FUNCTION.finditer(text))
    for number, function in enumerate(functions):
        last = number + 1 == len(functions)
        end = len(text) if last else functions[number + 1].start()
        marker = _ARGUMENTS.match(text, function.end(), end)
        given = text[marker.end() : end].strip() if marker else ""
        arguments = _arguments(given, mender, last and not cut)
        if isinstance(arguments, str):
            yield Call(text[function.start() : end], reason=arguments)
        else:
            value, repaired = arguments
            value = {"name": function[1].strip(), "arguments": value}
            yield Call(value=value, repaired=repaired, cut=repaired and mender.cut)


def _arguments(text: str, mender: Mender, whole: bool) -> tuple[dict[str, Any], bool] | str:
    """The arguments between two flowers and whether they were repaired, or why there are none."""
    if not text:
        return {}, False
    end, _ = _close(text, 0) if text[0] == "{" else (None, 0)
    value = _loaded(text[:end]) if end is not None else None
    # What comes after the last brace is dropped, as Mem-alpha does; a second object is not.
    if value is not None and "{" not in text[end:]:
        return value, False
    if text[0] != "{":
        return NO_JSON
    mended = _mended(text, mender, whole)
    return mended if isinstance(mended, str) else (mended, True)


def _objects(text: str, mender: Mender, cut: bool) -> Iterator[Call]:
    """The JSON objects of a text; a broken one only when it looks like a call."""
    for span in _spans(text):
        if span.value is not None:
            yield Call(value=span.value)
            continue
        broken = text[span.start : span.end]
        if span.given_up:
            yield Call(broken, reason=TOO_MUCH)
            continue
        value = _mended(broken, mender, span.end == len(text) and not cut)
        if isinstance(value, str):
            yield Call(broken, reason=value)
        else:
            yield Call(broken, value, repaired=True, cut=mender.cut)


def _mended(text: str, mender: Mender, whole: bool) -> dict[str, Any] | str:
    """A broken text repaired; else what of it goes up to the last brace."""
    text = text.rstrip().removesuffix(",")
    value = mender.mend(text, whole)
    brace = text.rfind("}") + 1
    if isinstance(value, str) and 0 < brace < len(text):
        return mender.mend(text[:brace], whole=False)
    return value


def _spans(text: str) -> Iterator[_Span]:
    at = 0
    budget = _READS * len(text) + _READS_AT_LEAST
    while opening := _OPENING.search(text, at):
        start = opening.start()
        end, cost = _close(text, start)
        value = _loaded(text[start:end]) if end is not None else None
        if end is not None and value is not None:
            yield _Span(start, end, value)
            at = end
            continue
        budget -= cost + _PER_READ
        if budget < 0:
            yield _Span(start, len(text), given_up=True)
            return
        if _CALL.match(text, start):
            # A call ends at its last brace, and before the next call at the latest.
            following = (_CALL if end else _NEXT).search(text, start + 1, end or len(text))
            at = following.start() if following else (end or len(text))
            yield _Span(start, at)
        else:
            at = start + 1


def _close(text: str, start: int) -> tuple[int | None, int]:
    """Where the bracket that opens at `start` is closed, if it is; and how much was read."""
    depth = 0
    for token in _STRUCTURE.finditer(text, start):
        mark = text[token.start()]
        if mark in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                return None, token.end() - start
        elif mark in "}]":
            depth -= 1
            if depth == 0:
                return token.end(), token.end() - start
    return None, len(text) - start


def _loaded(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
