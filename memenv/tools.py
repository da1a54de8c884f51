r"""The tools that a model can call, and operations written as calls of them.

The names and arguments are those of Mem-alpha (arXiv 2509.25911) where there is a core or more than
one store, and of Fine-Mem (arXiv 2601.08435) where there is one store.

    >>> from memenv.memory import LAYOUTS
    >>> [tool["function"]["name"] for tool in tool_schemas(LAYOUTS["mem-alpha"])]
    ['new_memory_insert', 'memory_update', 'memory_delete']
    >>> text_of_calls("Noted.", calls_of(Delete("3.1"), LAYOUTS["flat"]))
    'Noted.\n<tool_call>{"name": "DELETE", "arguments": {"id": "3.1"}}</tool_call>'
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from memenv.calls import ends_in_thought, read_object
from memenv.memory import CORE, Layout
from memenv.models import ToolCall
from memenv.operations import Delete, Insert, Malformed, Operation, Skip, Update
from memenv.thoughts import without_thoughts

MAX_TEXT = 1_000_000
"""How many characters of a text are read; no model writes more at once."""

KINDS: Mapping[str, str] = {
    "new_memory_insert": "insert",
    "memory_update": "update",
    "memory_delete": "delete",
    "insert": "insert",
    "update": "update",
    "delete": "delete",
    "skip": "skip",
}
"""What a tool does, by its name in lower case."""

_STORE = "Which part of the memory."
_ID = "The id of the entry, as shown in brackets before it."


def tool_schemas(layout: Layout) -> list[dict[str, Any]]:
    """The tools of a layout as the chat-completions interface takes them."""
    if not is_divided(layout):
        content = {"type": "string", "description": "The text to keep."}
        entry = {"type": "string", "description": _ID}
        new = {"type": "string", "description": "The text that replaces the old one, complete."}
        return [
            _tool("INSERT", "Add a new entry to the memory.", {"content": content}),
            _tool("UPDATE", "Replace the text of an entry.", {"id": entry, "content": new}),
            _tool("DELETE", "Remove an entry that is wrong or of no more use.", {"id": entry}),
            _tool("SKIP", "Leave the memory as it is: nothing here is worth keeping.", {}),
        ]
    inserted = [f"{store}_memory" for store in layout.stores]
    changed = inserted if layout.core_limit is None else [f"{CORE}_memory", *inserted]
    core = "" if layout.core_limit is None else " The core has no id and is always meant whole."
    places = {"type": "string", "enum": changed, "description": _STORE}
    entry = {"type": "string", "description": _ID + core}
    # An id cannot be required where the core has none.
    optional = () if layout.core_limit is None else ("memory_id",)
    return [
        _tool(
            "new_memory_insert",
            "Add a new entry to the memory.",
            {
                "memory_type": {"type": "string", "enum": inserted, "description": _STORE},
                "content": {"type": "string", "description": "The text to keep."},
            },
        ),
        _tool(
            "memory_update",
            "Replace the text of an entry; what stays true of the old text must be in the new one.",
            {
                "memory_type": places,
                "new_content": {"type": "string", "description": "The new text, complete."},
                "memory_id": entry,
            },
            optional,
        ),
        _tool(
            "memory_delete",
            "Remove an entry that is wrong or of no more use.",
            {"memory_type": places, "memory_id": entry},
            optional,
        ),
    ]


def calls_of(operation: Operation, layout: Layout) -> tuple[ToolCall, ...]:
    """The call that parses back to an operation; none for a `Malformed` one.

    No tool takes parents: they are left out. The id of an entry does not tell its store, and the
    parser does not ask: an update or delete names the default store of the layout.
    """
    divided = is_divided(layout)
    match operation:
        case Insert(store, text):
            if divided:
                return _call("new_memory_insert", memory_type=_type(store), content=text)
            if store == layout.default_store:
                return _call("INSERT", content=text)
            return _call("INSERT", content=text, store=_type(store))
        case Update(id, text):
            if divided:
                return _call("memory_update", **_place(id, layout), new_content=text)
            return _call("UPDATE", id=id, content=text)
        case Delete(id):
            if divided:
                return _call("memory_delete", **_place(id, layout))
            return _call("DELETE", id=id)
        case Skip():
            return _call("SKIP")
        case Malformed():
            return ()


def text_of_calls(text: str, calls: Sequence[ToolCall]) -> str:
    """What a model said, with its native calls written after it, as text that parses to them alone.

    Args:
        text: the words of the model; unchanged when there are no calls. Words that could be read
            as calls, or thoughts that never end, are closed off by `</think>`.
        calls: the native calls. Arguments that are no JSON object are kept as a string, for the
            parser to repair or reject.
    """
    if not calls:
        return text
    blocks = "\n".join(_block(call) for call in calls)
    text = text[: max(0, MAX_TEXT - len(blocks) - 20)].rstrip()
    if ends_in_thought(text):
        text += "\n</think>"
    if re.search("[<✿{]", without_thoughts(text)):
        # Closing a thought that was not opened makes one of all before it.
        text += "\n</think>"
    return f"{text}\n{blocks}" if text else blocks


def _block(call: ToolCall) -> str:
    given = call.arguments.strip()
    arguments = given if read_object(given) is not None else json.dumps(call.arguments)
    body = f'{{"name": {json.dumps(call.name)}, "arguments": {arguments}}}'
    # In JSON it can only be in a string, and there this means the same.
    return "<tool_call>" + body.replace("<", "\\u003c") + "</tool_call>"


def is_divided(layout: Layout) -> bool:
    """Whether there is more than one part to write to, as in Mem-alpha."""
    return len(layout.stores) > 1 or layout.core_limit is not None


def _call(name: str, **arguments: Any) -> tuple[ToolCall, ...]:
    return (ToolCall(name, json.dumps(arguments, ensure_ascii=False)),)


def _type(store: str) -> str:
    return f"{store}_memory" if store else store


def _place(id: str, layout: Layout) -> dict[str, str]:  # noqa: A002
    if id == CORE:
        return {"memory_type": _type(CORE)}
    return {"memory_type": _type(layout.default_store), "memory_id": id}


def _tool(
    name: str, description: str, properties: Mapping[str, Any], optional: Sequence[str] = ()
) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": dict(properties),
                "required": [key for key in properties if key not in optional],
            },
        },
    }
