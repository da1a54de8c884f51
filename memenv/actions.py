"""Operations from the text of a model.

The tools are those of Mem-alpha (arXiv 2509.25911: `new_memory_insert`, `memory_update`,
`memory_delete`) and of Fine-Mem (arXiv 2601.08435: `INSERT`, `UPDATE`, `DELETE`, `SKIP`), in either
layout, in any case, with or without `_memory` after the name of a store. `memenv.calls` tells in
which forms they may be called; broken JSON is repaired by a library, and that is told.

What cannot be understood becomes a `Malformed` operation with the reason, at its place in the
list: it is rejected when it is applied, and never raises. A text without any call is one
`Malformed`, also when it says `SKIP` or that there is nothing to do: doing nothing is a call.

    >>> from memenv.memory import LAYOUTS
    >>> text = 'Noted. {"name": "SKIP"} {"name": "DELETE", "arguments": {"id": "0.1"},}'
    >>> parse(text, LAYOUTS["flat"])
    Parsed(operations=[Skip(), Delete(id='0.1')], repaired=(1,))
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from memenv.calls import MAX_DEPTH, Call, calls, read_object
from memenv.memory import CORE, Layout
from memenv.mending import TEXT_KEYS, Mender
from memenv.operations import Delete, Insert, Malformed, Operation, Skip, Update, recorded
from memenv.tools import KINDS, MAX_TEXT, calls_of, is_divided, text_of_calls, tool_schemas

__all__ = [
    "MAX_CALLS",
    "MAX_TEXT",
    "Parsed",
    "calls_of",
    "parse",
    "parse_operations",
    "text_of_calls",
    "tool_schemas",
]

MAX_CALLS = 10_000
"""How many calls of a text are kept."""

_ID_KEYS = ("memory_id", "id")
_STORE_KEYS = ("memory_type", "store")
_NAME_KEYS = ("name", "tool", "function")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")
_UPDATE_KEYS = ("new_content", *(key for key in TEXT_KEYS if key != "new_content"))
_SHOWN_ID = re.compile(r"\s*\[?\s*([0-9]{1,9}\.[0-9]{1,9})\s*\]?\s*")
"""An id, perhaps in the brackets in which prompts show it."""

_RESULT_ROLES = ("tool", "function", "user", "system")
_MAX_SHOWN = 200
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a model's text asks for.

    Attributes:
        operations: at least one.
        repaired: the positions of those whose JSON was broken and has been repaired.
    """

    operations: list[Operation]
    repaired: tuple[int, ...] = ()


def parse_operations(text: str, layout: Layout) -> list[Operation]:
    """The operations a model wrote, in order: those of `parse`."""
    return parse(text, layout).operations


def parse(text: str, layout: Layout) -> Parsed:
    """The operations a model wrote, in order; never raises, in time linear in the text.

    Args:
        text: all that the model said; `<think>` blocks are cut out, and all beyond `MAX_TEXT`
            characters, which a last `Malformed` tells.
        layout: the stores there are.

    Returns:
        At least one operation: a text without any tool call gives one `Malformed`. Beyond
        `MAX_CALLS` calls a `Malformed` tells how many were dropped.
    """
    operations: list[Operation] = []
    repaired: list[int] = []
    dropped = 0
    mender = Mender()
    cut = len(text) > MAX_TEXT
    for call in calls(text[:MAX_TEXT], mender, cut):
        for value in _singles(call.value):
            if len(operations) >= MAX_CALLS:
                dropped += 1
                continue
            asked, mended = _operation(call, value, layout, mender)
            operation = _paired(recorded(asked))
            if (mended or call.repaired) and not isinstance(operation, Malformed):
                repaired.append(len(operations))
            operations.append(operation)
    if not operations:
        operations.append(_paired(Malformed(text[:_MAX_SHOWN], "no tool call in the text")))
    if dropped:
        reason = f"more than {MAX_CALLS} calls in a text: the other {dropped} were dropped"
        operations.append(Malformed("", reason))
    if cut:
        reason = f"the text has {len(text)} characters: only the first {MAX_TEXT} were read"
        operations.append(Malformed("", reason))
    return Parsed(operations, tuple(repaired))


def _singles(value: dict[str, Any] | None) -> Iterator[dict[str, Any] | None]:
    """A call; of a whole message, each of its calls."""
    listed = value.get("tool_calls") if value else None
    if isinstance(listed, list) and listed:
        yield from (item if isinstance(item, dict) else {"tool_calls": item} for item in listed)
    else:
        yield value


def _operation(
    call: Call, value: dict[str, Any] | None, layout: Layout, mender: Mender
) -> tuple[Operation, bool]:
    """An operation, and whether its arguments were repaired."""
    if value is None:
        return Malformed(call.text[:_MAX_SHOWN], call.reason), False
    if "tool_call_id" in value or value.get("role") in _RESULT_ROLES:
        return _malformed(value, "the result of a tool is no call of one"), False
    named = value.get("function")
    named = named if isinstance(named, dict) else value
    name = _first(named, _NAME_KEYS)
    name = value.get("tool") if name is None else name
    arguments = _first(named, _ARGUMENT_KEYS)
    mended, cut = False, call.cut
    if isinstance(arguments, str):
        arguments, mended = _read(arguments, mender)
        cut = cut or (mended and mender.cut)
    if arguments is None:
        arguments = {key: item for key, item in named.items() if key not in _NAME_KEYS}
    if not isinstance(name, str):
        return _malformed(value, "the name of the tool is missing or no string"), False
    kind = KINDS.get(name.lower())
    if kind is None:
        return _malformed(value, f"unknown tool {name[:40]!r}"), False
    if isinstance(arguments, str):
        return _malformed(value, arguments), False
    if not isinstance(arguments, dict):
        return _malformed(value, "the arguments are not an object"), False
    if cut and kind == "update":
        # An insert that lacks its end says something still; an update would lose what was there.
        return _malformed(value, "the new text is cut off, so the old one stays"), False
    return _called(kind, arguments, value, layout), mended


def _paired(operation: Operation) -> Operation:
    """The operation with halves of characters joined, as they are once a record has been read."""
    joined = {
        field.name: json.loads(json.dumps(value))
        for field in fields(operation)
        if isinstance(value := getattr(operation, field.name), str) and _HALF.search(value)
    }
    return replace(operation, **joined) if joined else operation


def _read(text: str, mender: Mender) -> tuple[Any, bool]:
    """Arguments that are a text: the object it is, or why it is none; and whether repaired."""
    text = text.strip()
    if not text:
        return {}, False
    value = read_object(text)
    if value is not None:
        return value, False
    if not text.startswith("{"):
        return _other(text), False
    mended = mender.mend(text, whole=True)
    if isinstance(mended, str):
        return "the arguments are not JSON", False
    return mended, True


def _other(text: str) -> str:
    # Only to say it right; what nests so deeply that it cannot be read is not JSON to us.
    try:
        if text.count("[") <= MAX_DEPTH:
            json.loads(text)
            return "the arguments are not an object"
    except ValueError:
        pass
    return "the arguments are not JSON"


def _called(kind: str, arguments: Mapping[str, Any], value: Any, layout: Layout) -> Operation:
    if kind == "skip":
        return Skip()
    store = _store(_first(arguments, _STORE_KEYS), layout)
    id = CORE if store == CORE else _id(_first(arguments, _ID_KEYS))  # noqa: A001
    keys = _UPDATE_KEYS if kind == "update" else TEXT_KEYS
    text = _first(arguments, keys)
    if kind != "delete" and text is None:
        shown = keys[0] if is_divided(layout) else TEXT_KEYS[0]
        return _malformed(value, f"{kind} needs {shown!r}")
    if kind != "insert" and id is None:
        return _malformed(value, f"{kind} needs {_ID_KEYS[0]!r}")
    if kind == "insert":
        return Insert(layout.default_store if store is None else store, text)
    return Update(id, text) if kind == "update" else Delete(id)


def _store(given: Any, layout: Layout) -> Any:
    """A store as the memory names it, `semantic` for `SEMANTIC_MEMORY`, if it is one."""
    if not isinstance(given, str):
        return given
    plain = given.removesuffix("_memory") or given
    small = given.strip().lower()
    small = small.removesuffix("_memory") or small
    return small if small in (*layout.stores, CORE) else plain


def _id(given: Any) -> Any:
    """An id as the memory has it, whichever way it was written down."""
    if not isinstance(given, str):
        return given
    shown = _SHOWN_ID.fullmatch(given)
    if shown:
        return shown[1]
    return CORE if given.strip().lower() in (CORE, f"{CORE}_memory") else given


def _first(arguments: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((arguments[key] for key in keys if arguments.get(key) is not None), None)


def _malformed(value: object, reason: str) -> Malformed:
    return Malformed(json.dumps(value)[:_MAX_SHOWN], reason)
