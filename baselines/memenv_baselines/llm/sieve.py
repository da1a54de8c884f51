"""A teacher for the warm start: keeps the kinds of lines that oracles keep, the shortest first.

An oracle keeps what the questions of its instance rest on, which nobody can foretell: imitated line
by line it teaches little but a rate. What *can* be learned is which kinds of lines questions rest
on at all. A kind is a line with its names and numbers masked; a line of a kind that was hardly seen
belongs to that of its first and last words. This teacher counts how often the oracle keeps each
kind in training streams, and in every chunk inserts lines of the best kinds, within the share of
the capacity that the stream has come to. It is made in seconds, is the same each time, and is no
agent to compare with: it exists to be imitated, and to be surpassed.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from memenv import registry, tokens
from memenv.errors import SettingError
from memenv.memory import LAYOUTS, Memory
from memenv.operations import Insert, Operation
from memenv.protocols import EntryView, Observation
from memenv.search import STOP_WORDS
from memenv.segments import segments
from memenv.sources import TaskSource
from memenv.types import Instance

SEEN = 8
"""A kind that was seen less often is not known by itself."""

STEP = 0.1
"""Rates that differ by less count as equal: the shorter line goes first."""

_DIGIT = re.compile(r"\d+")


class Sieve:
    """Inserts the lines of a chunk that are of the kinds that oracles keep.

    Args:
        envs: tasks to learn from, separated by commas.
        sizes: their numbers of chunks, separated by commas.
        instances: streams of each, of split `train`.
        capacity: of the oracle's memory.
    """

    version = "1"
    view = "newest_1"

    def __init__(
        self, envs: str, sizes: str | int = "2,3,4", instances: int = 60, capacity: float = 0.2
    ) -> None:
        numbers = [part for part in str(sizes).split(",") if part]
        if not numbers or not all(part.strip().isdigit() for part in numbers):
            raise SettingError(f"sizes are numbers of chunks, such as 2,3,4, not {sizes!r}")
        names = tuple(part.strip() for part in envs.split(","))
        self._rates = _counted(names, tuple(map(int, numbers)), instances, capacity)

    def act(self, observation: Observation) -> Sequence[Operation]:
        """The best lines, in the order of the chunk."""
        lines = list(dict.fromkeys(line.text for line in segments(observation.chunk.text)))
        costs = [tokens.count(line) for line in lines]
        store = observation.layout.default_store
        room = math.inf
        if observation.capacity is not None:
            # What earlier chunks left over is there for this one.
            share = observation.capacity * (observation.step + 1) / observation.steps
            room = share - observation.tokens
        ranked = sorted(
            range(len(lines)),
            key=lambda number: (-round(self._rates.of(lines[number]) / STEP), costs[number]),
        )
        chosen: set[int] = set()
        for number in ranked:
            if costs[number] <= room:
                room -= costs[number]
                chosen.add(number)
        return [Insert(store, line) for number, line in enumerate(lines) if number in chosen]


@dataclass(frozen=True)
class Rates:
    """How often lines of a kind are kept.

    Attributes:
        seen: kind -> how often.
        kept: kind -> how often kept.
    """

    seen: Counter[str]
    kept: Counter[str]

    def of(self, line: str) -> float:
        """The share of the lines of its kind that are kept; 0 for what was never seen."""
        for kind in kinds(line):
            if self.seen[kind] >= SEEN:
                return self.kept[kind] / self.seen[kind]
        return 0.0


def kinds(line: str) -> tuple[str, str]:
    """The kind of a line, and the wider one of its first and last words.

    >>> kinds("12. The mayor of Oslo is Ada Berg.")
    ('0. The mayor of _ is _ _', '0. .. _ _')
    """
    words = [
        "_" if number and _is_name(word) else _DIGIT.sub("0", word)
        for number, word in enumerate(line.split())
    ]
    return " ".join(words), " ".join([*words[:1], "..", *words[-2:]])


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word[-1:] != ":" and word.lower() not in STOP_WORDS


@functools.lru_cache(maxsize=4)
def _counted(names: tuple[str, ...], sizes: tuple[int, ...], count: int, capacity: float) -> Rates:
    sources = [TaskSource(name, size, "train") for name in names for size in sizes]
    rates = Rates(Counter(), Counter())
    for instance in (source.pick(seed) for source in sources for seed in range(count)):
        for line, kept in _labelled(instance, capacity):
            for kind in kinds(line):
                rates.seen[kind] += 1
                rates.kept[kind] += kept
    return rates


def _labelled(instance: Instance, capacity: float) -> Iterable[tuple[str, bool]]:
    """Every line of an instance, and whether the oracle keeps it."""
    oracle = registry.make("agent", "oracle")
    memory = Memory.empty("flat", capacity, stream_tokens=instance.tokens)
    for step, chunk in enumerate(instance.chunks):
        shown = Observation(
            chunk=chunk,
            entries=EntryView(tuple),
            layout=LAYOUTS["flat"],
            step=step,
            steps=len(instance.chunks),
            tokens=0,
            capacity=memory.capacity,
            instance=instance,
        )
        kept = {each.text for each in oracle.act(shown)}
        for line in segments(chunk.text):
            # What heads a chunk is said in all of them.
            yield line.text, line.kind != "header" and line.text in kept
