"""From the body of a request to the body of its reply, without any socket."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memenv import tokens
from memenv.errors import SettingError
from memenv.loopback import schema
from memenv.loopback.behaviours import Said
from memenv.loopback.offers import messages_of
from memenv.loopback.wire import RefusedError

LIMITS = ("max_tokens", "max_completion_tokens")
_DATED = re.compile(r"\d{4}-?\d{2}-?\d{2}$")
_DATE = "2026-01-01"


@dataclass(frozen=True, slots=True)
class Options:
    """What sort of server it is.

    Attributes:
        strict: requests are held against the published schema.
        tools: `tools` are understood; else refused.
        seed: `seed` is understood; else refused.
        usage: replies say what they cost.
        max_tokens_field: the only name of the limit that is understood; `None` is both.
        reasoning: replies have a `reasoning_content` beside their content.
        n_context: the most tokens that a prompt may have.
        models: what `GET /v1/models` lists; any other is served as well.
    """

    strict: bool = False
    tools: bool = True
    seed: bool = True
    usage: bool = True
    max_tokens_field: str | None = None
    reasoning: bool = False
    n_context: int | None = None
    models: tuple[str, ...] = ("demo",)

    def __post_init__(self) -> None:
        if self.max_tokens_field not in (None, *LIMITS):
            raise SettingError(
                f"max_tokens_field is {' or '.join(LIMITS)}, not {self.max_tokens_field!r}"
            )


def read(raw: bytes, options: Options) -> dict[str, Any]:
    """The body of a request that this server takes.

    Raises:
        RefusedError: with status 400 for any other.
    """
    body = parse(raw)
    if options.strict:
        schema.validate(body)
    elif not isinstance(body.get("model"), str):
        raise _unfit("you must provide a model parameter", "model", None)
    elif not isinstance(body.get("messages"), list) or not body["messages"]:
        raise _unfit("'messages' must be a list with at least one message", "messages", None)
    if body.get("stream"):
        raise _unfit("this server does not stream", "stream", "unsupported_value")
    if body.get("n") not in (None, 1):
        raise _unfit("this server makes one choice", "n", "unsupported_value")
    if not options.tools and (body.get("tools") or body.get("functions")):
        raise _unsupported("tools")
    if not options.seed and body.get("seed") is not None:
        raise _unsupported("seed")
    for name in LIMITS:
        if body.get(name) is not None and options.max_tokens_field not in (None, name):
            raise _unsupported(name, options.max_tokens_field)
    if options.n_context is not None and (size := prompt_tokens(body)) > options.n_context:
        raise _unfit(
            f"This model's maximum context length is {options.n_context} tokens. However, your "
            f"messages resulted in {size} tokens. Please reduce the length of the messages.",
            "messages",
            "context_length_exceeded",
        )
    return body


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        RefusedError: when it is none.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise _unfit("we could not parse the JSON body of your request", None, None) from None
    if not isinstance(body, dict):
        raise _unfit("the body of a request is a JSON object", None, None)
    return body


def _unfit(message: str, param: str | None, code: str | None) -> RefusedError:
    return RefusedError(400, message, param=param, code=code)


def _unsupported(name: str, instead: str | None = None) -> RefusedError:
    advice = f" Use '{instead}' instead." if instead else ""
    message = f"Unsupported parameter: '{name}' is not supported with this model.{advice}"
    return _unfit(message, name, "unsupported_parameter")


def completion(
    body: Mapping[str, Any], said: Said, number: int, options: Options
) -> dict[str, Any]:
    """What is replied when that is said; a whole completion is left as it is.

    Raises:
        SettingError: for what nobody can say.
    """
    if isinstance(said, Mapping) and "choices" in said:
        return dict(said)
    message, calls, reasoning = _message(said, number)
    if options.reasoning and reasoning is None:
        reasoning = "Let me think about what is asked, and what to say."
    finish = "tool_calls" if calls else "stop"
    thought = tokens.count(reasoning or "")
    limit = limit_of(body)
    if limit is not None and _cut(message, calls, limit - thought):
        finish = "length"
    if calls:
        message["tool_calls"] = calls
    if reasoning is not None:
        message["reasoning_content"] = reasoning
    spent = thought + tokens.count(message["content"] or "") + _call_tokens(calls)
    model = str(body.get("model"))
    reply = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model if _DATED.search(model) else f"{model}-{_DATE}",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "system_fingerprint": "fp_loopback",
    }
    if options.usage:
        asked = prompt_tokens(body)
        reply["usage"] = {
            "prompt_tokens": asked,
            "completion_tokens": spent,
            "total_tokens": asked + spent,
            "completion_tokens_details": {"reasoning_tokens": thought},
        }
    return reply


def limit_of(body: Mapping[str, Any]) -> int | None:
    """The most tokens that a reply may have."""
    found = (body.get(name) for name in LIMITS)
    return next((limit for limit in found if isinstance(limit, int)), None)


def prompt_tokens(body: Mapping[str, Any]) -> int:
    """What a request costs, in `memenv-16k`: every message 4 more than its text, tools as JSON."""
    tools = body.get("tools")
    size = sum(4 + tokens.count(text) for _, text in messages_of(body))
    return size + (tokens.count(json.dumps(tools)) if tools else 0)


def _message(said: Said, number: int) -> tuple[dict[str, Any], list[dict[str, Any]], str | None]:
    """The message of a reply, its tool calls, and its reasoning."""
    if isinstance(said, str):
        said = {"content": said}
    if not isinstance(said, Mapping):
        raise SettingError(f"a behaviour says a text or a mapping, not a {type(said).__name__}")
    message = {"role": "assistant", "content": None, "refusal": None, **said}
    made = message.pop("tool_calls", None) or ()
    reasoning = message.pop("reasoning_content", None)
    calls = [_call(call, f"call_{number}_{at}") for at, call in enumerate(made)]
    return message, calls, reasoning


def _call(call: Mapping[str, Any], name: str) -> dict[str, Any]:
    if "function" in call:
        return dict(call)
    arguments = call.get("arguments", {})
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    function = {"name": call["name"], "arguments": arguments}
    return {"id": name, "type": "function", "function": function}


def _call_tokens(calls: list[dict[str, Any]]) -> int:
    functions = (call["function"] for call in calls)
    return sum(tokens.count(f["name"]) + tokens.count(f["arguments"]) for f in functions)


def _cut(message: dict[str, Any], calls: list[dict[str, Any]], limit: int) -> bool:
    """Bring a reply down to a limit, as a model stops that reaches it: in the midst of a call."""
    text = message["content"] or ""
    left = limit - tokens.count(text)
    if left < 0:
        message["content"] = tokens.bundled().cut(text, limit)
        calls.clear()
        return True
    for at, call in enumerate(calls):
        cost = _call_tokens([call])
        if cost > left:
            function = call["function"]
            rest = left - tokens.count(function["name"])
            function = {**function, "arguments": tokens.bundled().cut(function["arguments"], rest)}
            calls[at:] = [{**call, "function": function}] if rest > 0 else []
            return True
        left -= cost
    return False
