"""What a plug-in sees of a language model: messages in, a completion out.

A plug-in that declares `needs_model = True` names an `endpoint` and is handed `complete` before it
is used; it opens no connection of its own. Who hands it in also knows how to ask several things at
once (`map`), what an answer costs, and which answers are known already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from memenv.types import Usage, total

T = TypeVar("T")
R = TypeVar("R")

Message = Mapping[str, Any]
"""`{"role": "system" | "user" | "assistant", "content": str}`."""

Tool = Mapping[str, Any]
"""A function tool as the chat-completions interface takes it."""

ONE_CALL = Usage(calls=1)

CACHED = "cached"
"""The note of an answer that was known already."""

DEMO = "demo"
"""The model that needs no server: rules, served on this machine while a command runs."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which model, and where; `None` is the place that the environment names."""

    model: str
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A native tool call; `arguments` is the JSON text that the model wrote, checked by nobody."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said.

    Attributes:
        text: its words, without reasoning that came in a field of its own.
        calls: native tool calls, in order.
        usage: what the call cost; all zeros when the answer was known already, unless it was
            paid for by an earlier attempt at the same episode.
        model: the dated id that the server reported.
        finish: why it stopped, as the server says (`stop`, `length`, `tool_calls`, ...).
        notes: what the server could not do and was done without, such as `no tools`, `no seed`.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: Usage = ONE_CALL
    model: str | None = None
    finish: str | None = None
    notes: tuple[str, ...] = ()


class Complete(Protocol):
    """The only way to a model."""

    def __call__(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        temperature: float = 0.0,
        top_p: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Completion:
        """One completion.

        Raises:
            ModelError: when the model could not be asked, or gave nothing that is one.
        """


class Models(Protocol):
    """What the harness hands to an episode."""

    def complete(self, endpoint: Endpoint) -> Complete:
        """The way to one model."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The results in the order of the items, worked out side by side."""


class Metered:
    """A way to a model that remembers what it cost; several threads may use it."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete
        self._usages: list[Usage] = []
        self._servers: list[tuple[str | None, tuple[str, ...]]] = []

    def __call__(self, messages: Sequence[Message], **settings: Any) -> Completion:
        """What the model says."""
        completion = self._complete(messages, **settings)
        # A scripted model may say no more than a text.
        self._usages.append(getattr(completion, "usage", ONE_CALL))
        self._servers.append((getattr(completion, "model", None), getattr(completion, "notes", ())))
        return completion

    def taken(self) -> Usage:
        """What was spent since the last time of asking."""
        count = len(self._usages)
        spent, self._usages[:count] = total(self._usages[:count]), []
        return spent

    def served(self) -> dict[str, dict[str, int]]:
        """Who answered and how, so far: `models` by dated id and `notes`, each with its count."""
        answers = list(self._servers)
        models = Counter(model for model, _ in answers if model is not None)
        notes = Counter(note for _, notes in answers for note in notes if note != CACHED)
        return {"models": dict(sorted(models.items())), "notes": dict(sorted(notes.items()))}
