"""`own-search`: a product's own search, as a reader.

What the product finds for a question is all that another reader may answer from. Beside the same
evaluation with that reader alone it tells what the product stores from what it finds.

    memenv eval --agent my_package:MyProduct --reader own-search -r limit=20 --suite quick
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from memenv import registry
from memenv.errors import SettingError
from memenv.memory import Entry, Memory
from memenv.models import Complete
from memenv.protocols import name_of
from memenv.sampling import integer, no_model
from memenv.types import Answer, Question

_OWNER = "reader 'own-search'"


class Searching(Protocol):
    """What is asked of the agent: `memenv_baselines.products.base.Product` with a search."""

    step: int | None
    texts: Mapping[str, str]
    rehearsed: bool

    def search(self, query: str, limit: int) -> Sequence[tuple[str, float]]:
        """(id, score) of what the product finds, best first."""


class OwnSearch:
    """Answers from what the product finds.

    A product holds what it holds now, so questions are asked the moment they are due, while the
    stream is played. A memory of another moment is refused, and so is a replay that leaves steps
    out: credit schemes that make some need another reader.

    Args:
        reader: name of the reader that answers, or its dotted path.
        limit: how many items the product is asked for.
        arguments: for that reader.

    Raises:
        SettingError: for a limit that makes no sense, or a reader that follows an agent itself.
    """

    version = "1"

    def __init__(self, reader: str = "lexical", limit: int = 20, **arguments: Any) -> None:
        integer(_OWNER, "limit", limit, 1, 1000)
        self._make: Callable[[], Any] = functools.partial(
            registry.make, "reader", reader, **arguments
        )
        inner = self._make()
        if callable(getattr(inner, "follow", None)):
            raise SettingError(
                f"{_OWNER}: {reader!r} asks a product itself; name one that does not"
            )
        self.limit = limit
        self.version = f"1+{reader}-{getattr(inner, 'version', '0')}"
        self.needs_model = bool(getattr(inner, "needs_model", False))
        if self.needs_model:
            self.endpoint = inner.endpoint
        self.complete: Complete = no_model
        self.map: Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]] = _one_by_one
        self._agent: Searching | None = None

    def follow(self, agent: Any) -> None:
        """Ask this agent from now on; `None` is nobody.

        Raises:
            SettingError: for one that has no search of its own.
        """
        if agent is not None and not (
            callable(getattr(agent, "search", None)) and hasattr(agent, "texts")
        ):
            raise SettingError(
                f"{_OWNER} asks a memory product for what it finds, and {name_of(agent)} has no "
                f"method search(query, limit): name another reader"
            )
        self._agent = agent

    def answer(self, question: Question, memory: Memory) -> Answer:
        """The answer from what is found for a question.

        Raises:
            SettingError: without a product, or for a memory of an earlier moment.
        """
        return self.answers([question], memory)[0]

    def answers(self, questions: Sequence[Question], memory: Memory) -> list[Answer]:
        """The answers, those of a reader that waits for a model side by side."""
        agent = self._followed(memory)
        entries = {entry.text: entry for entry in memory.entries}
        parts = [(question, self._found(agent, question, entries)) for question in questions]
        return self.map(lambda part: self._answered(part[0], part[1], memory), parts)

    def _followed(self, memory: Memory) -> Searching:
        if self._agent is None:
            raise SettingError(
                f"{_OWNER} asks the product of an episode that is being played, by memenv eval or "
                f"run_episode: credit schemes that ask again later need another reader"
            )
        if memory.step != self._agent.step:
            raise SettingError(
                f"{_OWNER} is asked of the memory after chunk {memory.step}, and the product is "
                f"at {self._agent.step}: it cannot be set back. Terms that are measured by asking "
                f"of earlier memories need another reader"
            )
        return self._agent

    def _found(
        self, agent: Searching, question: Question, entries: Mapping[str, Entry]
    ) -> dict[str, float]:
        """Id of our entry -> score, best first."""
        if agent.rehearsed:
            return {entry.id: 0.0 for entry in list(entries.values())[-self.limit :]}
        found: dict[str, float] = {}
        for name, score in _ranked(agent.search(question.text, self.limit))[: self.limit]:
            # What has just been dropped, or was too large for our memory, is not there.
            entry = entries.get(agent.texts.get(name, ""))
            if entry is not None:
                found.setdefault(entry.id, score)
        return found

    def _answered(self, question: Question, found: Mapping[str, float], memory: Memory) -> Answer:
        reader = self._make()
        if self.needs_model:
            reader.complete = self.complete
        answer: Answer = reader.answer(question, memory.only(found))
        return replace(answer, retrieved=tuple(found.items()))


def _ranked(found: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Best first, as the product says; what comes first of equals stays first.

    Raises:
        SettingError: for a score that is no finite number.
    """
    for pair in found:
        if len(pair) != 2 or not isinstance(pair[1], int | float) or not math.isfinite(pair[1]):
            raise SettingError(f"search() gives pairs of an id and a finite score, not {pair!r}")
    return sorted(((name, float(score)) for name, score in found), key=lambda pair: -pair[1])


def _one_by_one(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    return [function(item) for item in items]
