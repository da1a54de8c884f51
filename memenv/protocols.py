"""What a plug-in has to be: one method each, and a few declarations.

    class KeepAll:
        def act(self, observation):
            return [Insert(observation.layout.default_store, observation.chunk.text)]

Declarations are class attributes; a plug-in that does not need them leaves them out:

- `version` (any plug-in): a string that changes whenever its results may change;
- `view` (agents): the part of the memory it is shown by default, see `memenv.views`;
- `stateful` (agents): it remembers more than the memory and is ranked apart;
- `needs_instance` (agents): it is shown the questions, so it is a ceiling and never ranked;
- `needs_model` (agents, readers): it has an `endpoint` (`memenv.models.Endpoint`) and is handed
  `complete`, the only way to a model, and `map` where it has that attribute, to ask side by side;
- `close()` (agents): called when the episode of an agent given by name is over;
- `spent()` (agents that ask models by themselves): a `Usage`, what it was since the last time;
- `rehearse()` (agents): reach for nothing outside but the model, the episode is an estimate;
- `follow(agent)` (readers): it asks that agent too, so questions are asked the moment they are due,
  and none after the episode: then it is told to follow `None`;
- `group` (credit): it is a `GroupCredit`, for several rollouts at once;
- `online` (credit): terms that the environment pays at their step, `{"format": 1.0}`;
- `terms` (credit): raw reward terms that it uses; `chunk` is only measured for those that do;
- `gold` (credit): it needs the gold chunks of the questions;
- `conserves` (credit): its step rewards sum to the score.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from memenv.errors import SettingError
from memenv.memory import Entry, Layout, Memory
from memenv.operations import Operation
from memenv.types import Answer, Chunk, Episode, Instance, Question


class EntryView(Sequence[Entry]):
    """Entries of a memory, fetched when first looked at."""

    def __init__(self, fetch: Callable[[], Sequence[Entry]]) -> None:
        self._fetch = fetch
        self._entries: tuple[Entry, ...] | None = None

    def _all(self) -> tuple[Entry, ...]:
        if self._entries is None:
            self._entries = tuple(self._fetch())
        return self._entries

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"EntryView({list(self._all())!r})"


@dataclass(frozen=True, slots=True)
class Observation:
    """What an agent sees of one step.

    Attributes:
        chunk: the piece of the stream to handle now.
        entries: the part of the memory that the view shows, oldest first, the core before all.
            Operations may name any entry that exists, shown or not.
        layout: the stores of the memory.
        step: number of this step, from 0.
        steps: number of steps of the episode.
        tokens: what the memory holds now.
        capacity: the most tokens it may hold, `None` for no limit.
        instance: the whole task, for agents that declare `needs_instance`; `None` for others.
    """

    chunk: Chunk
    entries: Sequence[Entry]
    layout: Layout
    step: int
    steps: int
    tokens: int
    capacity: int | None
    instance: Instance | None = None


@runtime_checkable
class Agent(Protocol):
    """Decides what to write into the memory."""

    def act(self, observation: Observation) -> Sequence[Operation] | str:
        """The operations for one chunk, or the text of a model, which is parsed and recorded.

        `[]` is the same as `[Skip()]`.
        """


@runtime_checkable
class Reader(Protocol):
    """Answers questions from a memory alone.

    A reader may keep an index of the memory it saw last, so one object serves one episode at a
    time; whoever runs episodes side by side makes one for each. One that would rather be asked
    several questions of one memory at once, because it waits for a model, has a method
    `answers(questions, memory) -> answers` too, which is used instead.
    """

    def answer(self, question: Question, memory: Memory) -> Answer:
        """The answer; an empty memory answers `""`."""


@runtime_checkable
class Scorer(Protocol):
    """Compares an answer with the accepted ones."""

    def score(self, answer: Answer | str, question: Question) -> float | None:
        """A score in [0, 1], `None` when it cannot be measured."""


@runtime_checkable
class CreditScheme(Protocol):
    """Spreads the result of an episode over its steps."""

    def assign(self, episode: Episode) -> list[float]:
        """One reward per step."""


@runtime_checkable
class GroupCredit(Protocol):
    """Spreads the results of several rollouts of one instance over their steps."""

    def assign(self, episodes: Sequence[Episode]) -> list[list[float]]:
        """One list of step rewards per episode."""


Task = Callable[..., Instance]
"""`(seed, size=None, split="test") -> Instance`, pure in its arguments."""


_SECRET = re.compile(
    r"(?:^|[_-])(?:key|secret|password|passwd|token|authorization)$|api[_-]?key", re.I
)
_SECRET_URL = re.compile(r"://[^/@\s]*:[^/@\s]+@")


def refuse_secrets(kind: str, arguments: Mapping[str, Any]) -> None:
    """Arguments are stored with the results and shown to others, so none may be a secret.

    Raises:
        SettingError: for an argument whose name says that it is one, also inside of another, or a
            URL with a password in it.
    """
    for name, value in arguments.items():
        if _SECRET.search(name) or (isinstance(value, str) and _SECRET_URL.search(value)):
            raise SettingError(
                f"{kind} argument {name!r} looks like a secret, and arguments are stored with the "
                f"results: put it into an environment variable"
            )
        for item in value if isinstance(value, list) else [value]:
            refuse_secrets(kind, item if isinstance(item, Mapping) else {})


def name_of(plugin: object) -> str:
    """What to call a plug-in in a message."""
    return str(getattr(plugin, "__name__", type(plugin).__name__))


def describe(plugin: object, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says of a plug-in: its name, version and arguments."""
    version = str(getattr(plugin, "version", "0"))
    return {"name": name, "version": version, "arguments": dict(arguments)}
