"""The published schema of a chat-completions request, held against what a client sends.

Written after OpenAI's OpenAPI description (`CreateChatCompletionRequest`), types and ranges
alike; what is not in it is refused by name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from memenv.loopback.wire import RefusedError

_Name = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
_Penalty = Annotated[float, Field(ge=-2, le=2)]
_Count = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Function(_Part):
    name: _Name
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class _Tool(_Part):
    type: Literal["function"]
    function: _Function


class _Called(_Part):
    name: str
    arguments: str


class _Call(_Part):
    id: str
    type: Literal["function"]
    function: _Called


class _TextPart(_Part):
    type: Literal["text"]
    text: str


class _OtherPart(BaseModel):
    """An image, a sound or a file: only its type is looked at."""

    type: Literal["image_url", "input_audio", "file", "refusal"]


_Texts = str | Annotated[list[_TextPart], Field(min_length=1)]


class _System(_Part):
    role: Literal["system", "developer"]
    content: _Texts
    name: str | None = None


class _User(_Part):
    role: Literal["user"]
    content: str | Annotated[list[_TextPart | _OtherPart], Field(min_length=1)]
    name: str | None = None


class _Assistant(_Part):
    role: Literal["assistant"]
    content: str | list[_TextPart | _OtherPart] | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: Annotated[list[_Call], Field(min_length=1)] | None = None
    function_call: _Called | None = None
    audio: dict[str, Any] | None = None


class _ToolResult(_Part):
    role: Literal["tool"]
    content: _Texts
    tool_call_id: str


class _FunctionResult(_Part):
    role: Literal["function"]
    content: str | None
    name: str


_Message = Annotated[
    _System | _User | _Assistant | _ToolResult | _FunctionResult, Field(discriminator="role")
]


class _ChosenName(_Part):
    name: str


class _Chosen(_Part):
    type: Literal["function"]
    function: _ChosenName


class _JsonSchema(_Part):
    name: _Name
    description: str | None = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    strict: bool | None = None


class _Format(_Part):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None


class _Request(_Part):
    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[list[_Message], Field(min_length=1)]
    audio: dict[str, Any] | None = None
    frequency_penalty: _Penalty | None = None
    function_call: Literal["none", "auto"] | _ChosenName | None = None
    functions: Annotated[list[_Function], Field(min_length=1, max_length=128)] | None = None
    logit_bias: dict[str, int] | None = None
    logprobs: bool | None = None
    max_completion_tokens: _Count | None = None
    max_tokens: _Count | None = None
    metadata: Annotated[dict[str, str], Field(max_length=16)] | None = None
    modalities: list[Literal["text", "audio"]] | None = None
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    parallel_tool_calls: bool | None = None
    prediction: dict[str, Any] | None = None
    presence_penalty: _Penalty | None = None
    prompt_cache_key: str | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    response_format: _Format | None = None
    safety_identifier: str | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority"] | None = None
    stop: str | Annotated[list[str], Field(min_length=1, max_length=4)] | None = None
    store: bool | None = None
    stream: bool | None = None
    stream_options: dict[str, Any] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    tool_choice: Literal["none", "auto", "required"] | _Chosen | None = None
    tools: Annotated[list[_Tool], Field(min_length=1, max_length=128)] | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    user: str | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    web_search_options: dict[str, Any] | None = None


def validate(body: dict[str, Any]) -> None:
    """Check a request.

    Raises:
        RefusedError: with status 400, naming the first parameter that is wrong.
    """
    try:
        request = _Request.model_validate(body)
    except ValidationError as error:
        raise _refused(body, error) from None
    if request.max_tokens is not None and request.max_completion_tokens is not None:
        raise _unfit("max_tokens and max_completion_tokens exclude each other", "max_tokens")
    for name in ("tool_choice", "parallel_tool_calls"):
        if getattr(request, name) is not None and request.tools is None:
            raise _unfit(f"'{name}' is only allowed when 'tools' are specified", name)
    if request.stream_options is not None and not request.stream:
        raise _unfit("'stream_options' is only allowed when 'stream' is true", "stream_options")
    if request.top_logprobs is not None and not request.logprobs:
        raise _unfit("'top_logprobs' is only allowed when 'logprobs' is true", "top_logprobs")
    _check_tools(request)
    _check_turns(request)


def _check_tools(request: _Request) -> None:
    for number, tool in enumerate(request.tools or ()):
        parameters = tool.function.parameters
        if parameters is not None and parameters.get("type") != "object":
            param = f"tools[{number}].function.parameters"
            raise _unfit(f"'{tool.function.name}' needs a schema of type 'object'", param)
    form = request.response_format
    if form is not None and form.type == "json_schema" and form.json_schema is None:
        raise _unfit("'json_schema' is missing", "response_format.json_schema")


def _check_turns(request: _Request) -> None:
    """Every tool call is answered at once, and nothing else is."""
    waiting: set[str] = set()
    for number, message in enumerate(request.messages):
        param = f"messages[{number}]"
        if isinstance(message, _ToolResult):
            if message.tool_call_id not in waiting:
                raise _unfit("a message of role 'tool' must answer a preceding tool call", param)
            waiting.remove(message.tool_call_id)
            continue
        if waiting:
            raise _unfit("tool calls must be followed by messages that answer each", param)
        if isinstance(message, _Assistant):
            waiting = {call.id for call in message.tool_calls or ()}
            if message.content is None and not waiting and message.function_call is None:
                raise _unfit("an assistant's message needs content or tool calls", param)
    if waiting:
        raise _unfit("tool calls must be followed by messages that answer each", "messages")


def _refused(body: dict[str, Any], error: ValidationError) -> RefusedError:
    unknown = [name for name in body if name not in _Request.model_fields]
    if unknown:
        message = f"Unknown parameter: '{unknown[0]}'."
        return RefusedError(400, message, param=unknown[0], code="unknown_parameter")
    found = [
        (_path(body, each["loc"], missing=each["type"] == "missing"), each["type"], each["msg"])
        for each in error.errors(include_url=False, include_input=False)
    ]
    # Of the branches of a union, the one that came farthest is what the client meant.
    same = [each for each in found if each[0].startswith(found[0][0])]
    param, kind, message = max(same, key=lambda each: len(each[0]))
    codes = {"missing": "missing_required_parameter", "extra_forbidden": "unknown_parameter"}
    code = codes.get(kind, "invalid_value")
    return RefusedError(400, f"Invalid '{param}': {message}.", param=param, code=code)


def _path(body: dict[str, Any], pieces: tuple[int | str, ...], *, missing: bool) -> str:
    """Where in a request: `messages[0].content`.

    Pydantic also names the branches of unions that it tried, which no client wrote.
    """
    param, value = "", cast(Any, body)
    for at, piece in enumerate(pieces):
        if isinstance(piece, int):
            param += f"[{piece}]"
            value = value[piece]
        elif isinstance(value, dict) and piece in value:
            param += f".{piece}" if param else piece
            value = value[piece]
        elif missing and at == len(pieces) - 1:
            param += f".{piece}" if param else piece
    return param


def _unfit(message: str, param: str) -> RefusedError:
    return RefusedError(400, f"Invalid request: {message}.", param=param, code="invalid_value")
