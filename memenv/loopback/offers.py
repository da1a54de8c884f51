"""Which tool for writing to a memory a request offers, and calls of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_TEXT_KEYS = ("content", "new_content", "text", "memory")
_NAMES = re.compile(r"\b(new_memory_insert|INSERT)\b")
_QUESTION = re.compile(r"(?i)\bquestion\W{0,3}:|<question>")


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that inserts a text.

    Attributes:
        name: as the request spells it.
        key: of the argument that takes the text.
        fixed: the other arguments, such as the store.
        native: the request has it among its `tools`; else its prompt tells of it.
        skip: the name of a native tool that does nothing on purpose.
        one: only one call at a time.
    """

    name: str
    key: str
    fixed: Mapping[str, str] = field(default_factory=dict)
    native: bool = True
    skip: str | None = None
    one: bool = False


def messages_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(role, text) of every message; parts of a text are joined, others left out."""
    found = []
    for message in body.get("messages") or ():
        if isinstance(message, Mapping):
            found.append((str(message.get("role")), text_of(message.get("content"))))
    return found


def text_of(content: Any) -> str:
    """The text of a message's content."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))


def last_user(body: Mapping[str, Any]) -> str:
    """The text of the last message of the user; empty when there is none."""
    return next((text for role, text in reversed(messages_of(body)) if role == "user"), "")


def offer_of(body: Mapping[str, Any]) -> Offer | None:
    """The insert that a request offers, natively or in the words of its prompt."""
    functions = [_function(tool) for tool in body.get("tools") or ()]
    names = [str(function.get("name")) for function in functions]
    skip = next((name for name in names if name.lower() == "skip"), None)
    one = body.get("parallel_tool_calls") is False
    if body.get("tool_choice") != "none":
        for function, name in zip(functions, names, strict=True):
            if re.search("insert|add", name, re.IGNORECASE):
                key, fixed = _arguments(function)
                return Offer(name, key, fixed, native=True, skip=skip, one=one)
    user = last_user(body)
    named = {name for _, text in messages_of(body) for name in _NAMES.findall(text)}
    # The name alone may come from a memory that a reader is shown.
    if not named or ("<new_chunk>" not in user and _QUESTION.search(user)):
        return None
    if "new_memory_insert" in named:
        fixed = {"memory_type": "semantic_memory"}
        return Offer("new_memory_insert", "content", fixed, native=False)
    return Offer("INSERT", "content", native=False)


def _function(tool: Any) -> Mapping[str, Any]:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    return function if isinstance(function, Mapping) else {}


def _arguments(function: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    parameters = function.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    properties = properties if isinstance(properties, Mapping) else {}
    key = next((key for key in _TEXT_KEYS if key in properties), "content")
    required = parameters.get("required") if isinstance(parameters, Mapping) else None
    fixed = {}
    for name, schema in properties.items():
        if isinstance(required, list) and name not in required:
            continue
        choices = schema.get("enum") if isinstance(schema, Mapping) else None
        if name != key and isinstance(choices, list) and choices:
            semantic = [choice for choice in choices if str(choice).startswith("semantic")]
            fixed[name] = str((semantic or choices)[0])
    return key, fixed


def calls(offer: Offer, texts: Sequence[str]) -> dict[str, Any]:
    """The message that inserts some texts, one call for each."""
    if offer.one and texts:
        texts = ["\n".join(texts)]
    made = [json.dumps({**offer.fixed, offer.key: text}, ensure_ascii=False) for text in texts]
    if not made and offer.native:
        if offer.skip is None:
            return {"content": "Nothing here needs to be kept."}
        return _message(offer, [(offer.skip, "{}")])
    if not made:
        # Mem-alpha's prompt has no tool for doing nothing; the flat layout has.
        skip = '<tool_call>{"name": "SKIP", "arguments": {}}</tool_call>'
        return {"content": skip if offer.name == "INSERT" else "Nothing here needs to be kept."}
    return _message(offer, [(offer.name, arguments) for arguments in made])


def inserting(
    body: Mapping[str, Any], text: str | None, *, raw: str | None = None
) -> dict[str, Any] | None:
    """The message that inserts a text, or `raw` JSON in its place; `None` without such a tool."""
    offer = offer_of(body)
    if offer is None:
        return None
    value = raw if raw is not None else json.dumps(text)
    fixed = "".join(f"{json.dumps(key)}: {json.dumps(to)}, " for key, to in offer.fixed.items())
    return _message(offer, [(offer.name, f"{{{fixed}{json.dumps(offer.key)}: {value}}}")])


def _message(offer: Offer, made: Sequence[tuple[str, str]]) -> dict[str, Any]:
    if offer.native:
        named = [{"name": name, "arguments": arguments} for name, arguments in made]
        return {"content": None, "tool_calls": named}
    blocks = (
        f'<tool_call>\n{{"name": {json.dumps(name)}, "arguments": {arguments}}}\n</tool_call>'
        for name, arguments in made
    )
    return {"content": "\n".join(blocks)}
