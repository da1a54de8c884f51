"""Broken JSON of a tool call, repaired by a library and believed only where nothing was lost.

A model leaves out a brace or a comma, writes a line break or a quote into a string, or runs out of
tokens. The library `json-repair` guesses what was meant. A guess is taken only when it says all
that the text says, in its order and nothing else: quotes, brackets, commas, colons and white space
may differ, texts may not. A string must end where the text ends it; only a content may end with
the text itself.

    >>> Mender().mend('{"name": "insert", "arguments": {"content": "She said "no"",}', whole=True)
    {'name': 'insert', 'arguments': {'content': 'She said "no"'}}
    >>> Mender().mend('{"name": "delete", "arguments": {"id": "1.1', whole=True)
    'the JSON of the tool call is broken'
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

BROKEN = "the JSON of the tool call is broken"
TOO_DEEP = "the JSON of the tool call is broken, and nested too deeply to be repaired"
TOO_LONG = "the JSON of the tool call is broken, and too long to be repaired"

TEXT_KEYS = ("content", "new_content", "text")
"""Where a tool call has the text that is to be stored."""

_MAX_LENGTH = 20_000
# The library takes time in proportion to the length times the number of these characters: about
# half a second for this budget, at worst.
_BUDGET = 4_000_000
_MARKS = re.compile(r'["\'“”‘’,:;\\{}\[\]()#/*`<]')
# It recurses on all of these. So few of them stay far from the limit of the interpreter, and the
# outcome does not depend on how deep the caller stands.
_MAX_NESTING = 64
_NESTING = re.compile(r"[\[\](){}#]|/[/*]|\*/|```")

_SYNTAX = re.compile(r'(?:[\s{}\[\]"\'“”‘’,:\\]|true|false|null|True|False|None)*+')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt']))")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CLOSING = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_EMPTY = re.compile(r"""["'”’]?\s*:\s*(?:""|''|“”|‘’)""")
_SPACE = re.compile(r"\s*")
# A string with this inside may have swallowed what follows it.
_SWALLOWED = re.compile(r"""["']\s*(?:[:}\]]|,\s*["'])""")


class Mender:
    """Repairs the broken calls of one text, within a budget of work for them all.

    Attributes:
        cut: whether the last one it repaired ended inside of its content.
    """

    def __init__(self) -> None:
        self._left = _BUDGET
        self.cut = False

    def mend(self, text: str, whole: bool) -> dict[str, Any] | str:
        """The object that a broken text stands for, or why there is none.

        Args:
            text: from an opening brace on.
            whole: whether the model wrote no more than this, so that a content may end with it.
        """
        if len(text) > _MAX_LENGTH:
            return TOO_LONG
        if len(_NESTING.findall(text)) > _MAX_NESTING:
            return TOO_DEEP
        work = len(text) * (1 + len(_MARKS.findall(text)))
        if work > self._left:
            return TOO_LONG
        self._left -= work
        value = _guess(text)
        if not value:
            return BROKEN
        plain = _unescaped(text)
        self.cut = not _faithful(value, plain, whole=False)
        return BROKEN if self.cut and not (whole and _faithful(value, plain, whole)) else value


def _guess(text: str) -> dict[str, Any] | None:
    # Few texts are broken, and the library takes its time to load.
    import json_repair

    try:
        value = json_repair.repair_json(text, return_objects=True, skip_json_loads=True)
        # Surrogate pairs that were escapes become characters, and all of it plain JSON.
        value = json.loads(json.dumps(value))
    except Exception:  # A foreign parser on hostile text: whatever it raises, it could not.
        return None
    return value if isinstance(value, dict) else None


def _faithful(value: dict[str, Any], text: str, whole: bool) -> bool:
    """Whether a value has all the words of a text, in order, and no others."""
    at = 0
    for leaf, kind in _leaves(value):
        if leaf == "" and kind != "key":
            empty = _EMPTY.match(text, at)
            if empty is None:
                return False
            at = empty.end()
            continue
        start = text.find(leaf, at)
        if start < 0 or not _SYNTAX.fullmatch(text, at, start):
            return False
        at = start + len(leaf)
        if kind != "key" and not _ended(text, start, at, whole and kind == "content"):
            return False
    return _SYNTAX.fullmatch(text, at) is not None


def _leaves(value: object, kind: str = "exact") -> Iterator[tuple[str, str]]:
    """The keys and values of a value in order, each with what it is."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, "key"
            yield from _leaves(item, "content" if key in TEXT_KEYS else "exact")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, kind)
    elif isinstance(value, str):
        yield value, kind
    elif value is not None and not isinstance(value, bool):
        yield json.dumps(value), "exact"


def _ended(text: str, start: int, end: int, may_run_on: bool) -> bool:
    """Whether the text ends a string where the value does."""
    if _SWALLOWED.search(text, start, end):
        return False
    space = _SPACE.match(text, end)
    after = text[space.end() : space.end() + 1] if space else ""
    closing = _CLOSING.get(text[start - 1 : start])
    if closing is None:
        return after in {",", "}", "]"}
    return after == closing or (after == "" and may_run_on and text[end - 1] not in _CLOSING)


def _unescaped(text: str) -> str:
    def character(escape: re.Match[str]) -> str:
        return chr(int(escape[1], 16)) if escape[1] else _ESCAPED.get(escape[2], escape[2])

    plain: str = json.loads(json.dumps(_ESCAPE.sub(character, text)))
    return plain
