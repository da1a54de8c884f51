"""What a server replied, from bytes that nobody may trust to a completion of known types and size.

>>> reply = read(b'{"choices": [{"message": {"content": "Oslo"}, "finish_reason": "stop"}]}')
>>> reply.text, reply.finish, reply.tokens
('Oslo', 'stop', None)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from memenv.models import ToolCall

MAX_BYTES = 8 * 1024 * 1024
"""A longer reply is refused unread."""

MAX_TEXT = 1_000_000
"""Characters of a text, and of the arguments of all calls together; more is cut and noted."""

MAX_CALLS = 1_000
"""Tool calls of a reply; more are cut and noted."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_MOST_TOKENS = 10**9


class BadReplyError(ValueError):
    """A reply of status 200 that is no completion; its text quotes little of it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a server says that a call took."""

    prompt: int
    completion: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A completion as it came; `tokens` is `None` when the server does not say."""

    text: str
    calls: tuple[ToolCall, ...]
    model: str | None
    finish: str | None
    notes: tuple[str, ...]
    tokens: Tokens | None


def read(body: bytes) -> Reply:
    """The completion of a reply.

    Raises:
        BadReplyError: for anything else.
    """
    value = _object(body)
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        # Some providers report an error with status 200.
        raise BadReplyError(_complaint(value.get("error")) or "the reply has no choices")
    choice = choices[0]
    if complaint := _complaint(choice.get("error")):
        raise BadReplyError(complaint)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise BadReplyError("the reply has no message")
    finish = _label(choice.get("finish_reason"))
    if finish == "error":
        raise BadReplyError("the server broke the reply off with an error")
    notes: list[str] = []
    calls = _calls(message, notes)
    text = _text(message, calls, finish, notes)
    if finish == "length":
        notes.append("cut by the limit")
    return Reply(
        text, calls, _label(value.get("model")), finish, tuple(notes), _tokens(value.get("usage"))
    )


def whole(text: str) -> str:
    """A text without half surrogate pairs, which have no bytes."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def tidy(text: str, limit: int = 300) -> str:
    r"""A text on one line of printable characters, safe to show.

    >>> tidy("\x1b[31mred\n  alert\u202e")
    '[31mred alert'
    """
    printable = "".join(c if c.isprintable() else " " for c in text[: 8 * limit])
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8-sig", errors="replace"))
    except RecursionError:
        raise BadReplyError("the reply is JSON nested too deeply") from None
    except ValueError:
        raise BadReplyError(f"the reply is no JSON: {tidy(_start(body))!r}") from None
    if not isinstance(value, dict):
        raise BadReplyError("the reply is no JSON object")
    return value


def _start(body: bytes) -> str:
    return body[:300].decode("utf-8", errors="replace")


def _complaint(error: Any) -> str:
    if isinstance(error, dict):
        error = error.get("message")
    return f"the server replied with an error: {tidy(error)}" if isinstance(error, str) else ""


def _label(value: Any) -> str | None:
    """A short name as servers give them; `None` for anything else."""
    return tidy(whole(value), 200) or None if isinstance(value, str) else None


def _text(
    message: Mapping[str, Any], calls: tuple[ToolCall, ...], finish: str | None, notes: list[str]
) -> str:
    content = message.get("content")
    if isinstance(content, list):
        content = _parts(content)
    if content is None:
        content = _without_content(message, calls, finish, notes)
    if not isinstance(content, str):
        raise BadReplyError(f"the content of the message is {type(content).__name__}, no text")
    if len(content) > MAX_TEXT:
        notes.append(f"text cut to {MAX_TEXT} characters")
    return whole(content[:MAX_TEXT])


def _parts(content: list[Any]) -> str | None:
    """The text of a content in parts, without those that are thoughts; `None` without any."""
    texts = [
        part["text"]
        for part in content
        if isinstance(part, dict)
        and part.get("type", "text") in ("text", "output_text")
        and isinstance(part.get("text"), str)
    ]
    return "".join(texts) if texts else None


def _without_content(
    message: Mapping[str, Any], calls: tuple[ToolCall, ...], finish: str | None, notes: list[str]
) -> str:
    """A message may have no text for a reason; without one it is a broken reply."""
    refusal = message.get("refusal")
    if isinstance(refusal, str) and refusal:
        notes.append("refused")
        return refusal
    if finish == "content_filter":
        notes.append("content filter")
        return ""
    if any(message.get(name) for name in ("reasoning_content", "reasoning")):
        if not calls:
            notes.append("only reasoning")
        return ""
    if calls or finish == "length":
        return ""
    raise BadReplyError("the message has neither content nor tool calls")


def _calls(message: Mapping[str, Any], notes: list[str]) -> tuple[ToolCall, ...]:
    made = message.get("tool_calls")
    if made is None:
        # What tool calls were called before there could be several.
        old = message.get("function_call")
        made = [] if old is None else [{"function": old}]
    if not isinstance(made, list):
        raise BadReplyError("the tool calls of the message are no list")
    calls, room = [], MAX_TEXT
    for call in made[:MAX_CALLS]:
        function = call.get("function") if isinstance(call, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(function, dict) or not isinstance(name, str):
            raise BadReplyError("a tool call of the message names no function")
        arguments = function.get("arguments")
        if not isinstance(arguments, str):
            # Some servers give the value itself, as a model may be expected to write it.
            arguments = "{}" if arguments is None else _spelt(arguments)
        if len(arguments) > room:
            break
        room -= len(arguments)
        calls.append(ToolCall(whole(name[:200]), whole(arguments)))
    if len(calls) < len(made):
        notes.append(f"tool calls cut to {len(calls)}")
    return tuple(calls)


def _spelt(value: Any) -> str:
    try:
        return json.dumps(value)
    except RecursionError:
        raise BadReplyError("the arguments of a tool call are nested too deeply") from None


def _tokens(usage: Any) -> Tokens | None:
    if not isinstance(usage, dict):
        return None
    prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if not (_is_count(prompt) and _is_count(completion)):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Tokens(prompt, completion, cached if _is_count(cached) else 0)


def _is_count(value: Any) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= _MOST_TOKENS
