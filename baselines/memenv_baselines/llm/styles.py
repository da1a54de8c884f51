"""How a policy is asked and understood: the prompts of the agent `api`, and the terse one `tiny`.

A style makes the messages for one chunk, reads what the model says, and writes the operations of
any agent as the model would say them. Training, traces and evaluation share it, so a model is
evaluated on exactly what it was trained on.

    >>> from memenv.memory import LAYOUTS
    >>> from memenv.operations import Insert
    >>> print(written([Insert("memory", "Ada is in Oslo.")], LAYOUTS["flat"]))
    <tool_call>
    {"name": "INSERT", "arguments": {"content": "Ada is in Oslo."}}
    </tool_call>
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from memenv.actions import calls_of
from memenv.errors import unknown_name
from memenv.memory import Layout
from memenv.models import Message
from memenv.operations import Operation, Skip
from memenv.protocols import Observation
from memenv.views import DEFAULT
from memenv_baselines.api import MARKERS, STYLES, Api
from memenv_baselines.llm.terse import Terse

TINY = "tiny"

NAMES = (*STYLES, TINY)
"""The styles there are."""


class Style(Protocol):
    """Between an observation and a language model.

    Attributes:
        name: one of `NAMES`.
        version: changes whenever a prompt, or the reading of an answer, does.
        view: the part of the memory that is shown unless something else is asked for.
        max_tokens: of an answer.
    """

    name: str
    version: str
    view: str
    max_tokens: int

    def messages(self, observation: Observation) -> list[Message]:
        """What the model is asked for one chunk, in a fresh context."""

    def heard(self, observation: Observation, said: str) -> str:
        """What the model said, as text that `memenv.actions` reads."""

    def said(self, observation: Observation, operations: Sequence[Operation]) -> str:
        """Operations as the model would say them: `heard` leads back to the same memory."""


def make_style(name: str, max_tokens: int | None = None, budget: int = 6144) -> Style:
    """A style by name.

    Args:
        name: one of `NAMES`.
        max_tokens: of an answer; `None` is 2,048 for the styles of `api` and 256 for `tiny`.
        budget: tokens of a prompt, for the styles of `api`.

    Raises:
        UnknownNameError: for another name.
        SettingError: for numbers that make no sense.
    """
    if name == TINY:
        return Terse() if max_tokens is None else Terse(max_tokens)
    if name not in STYLES:
        raise unknown_name("prompt style", name, NAMES)
    return ApiStyle(name, 2048 if max_tokens is None else max_tokens, budget)


class ApiStyle:
    """The prompts of the agent `api` with `tools=text`: calls are written as text."""

    view = DEFAULT

    def __init__(self, name: str, max_tokens: int = 2048, budget: int = 6144) -> None:
        self.name, self.max_tokens = name, max_tokens
        self._api = Api("policy", style=name, max_tokens=max_tokens, tools="text", budget=budget)
        self.version = Api.version

    def messages(self, observation: Observation) -> list[Message]:
        """System and user message, as the agent `api` sends them."""
        system, user = self._api.prompt(observation)
        return [{"role": "system", "content": system}, {"role": "user", "content": user}]

    def heard(self, observation: Observation, said: str) -> str:
        """What the model said: `memenv.actions` reads it as it is."""
        return said

    def said(self, observation: Observation, operations: Sequence[Operation]) -> str:
        """The operations as calls in the form that the prompt asks for."""
        return written(operations, observation.layout, markers=self.name == MARKERS)


def written(operations: Sequence[Operation], layout: Layout, *, markers: bool = False) -> str:
    """Operations as calls in text; nothing is written for a `Malformed` one.

    Args:
        operations: in order; none at all is the call of `SKIP`.
        layout: the stores there are.
        markers: whether in the form of the released Memalpha-4B, not in `<tool_call>` tags.
    """
    calls = [call for operation in operations for call in calls_of(operation, layout)]
    form = _MARKED if markers else _TAGGED
    return "\n".join(
        form.format(name=call.name, arguments=_harmless(call.arguments))
        for call in calls or calls_of(Skip(), layout)
    )


_TAGGED = '<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'
_MARKED = "✿FUNCTION✿: {name}\n✿ARGS✿: {arguments}"


def _harmless(arguments: str) -> str:
    """JSON that holds no tag and no mark, but means the same: they can only be in its strings."""
    return arguments.replace("<", "\\u003c").replace("✿", "\\u273f")
