"""What a memory holds, indexed, and kept in step with whatever memory is asked.

Going from one memory to another, forward or back, costs as much as they differ.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from memenv.memory import Entry, Memory, position
from memenv.readers.names import Names
from memenv.readers.units import MOST, Found, Unit, analysed
from memenv.search import Index

_UNIT = MOST.bit_length() - 1
_STEP = _UNIT + 20
MOST_OPERATIONS = 1 << 20
"""Entries of one step that are read; with the steps there can be, a key has 63 bits."""


class Holdings:
    """Units, labelled samples, headers and facts of the memory synced last.

    A unit's key sorts by position, newest first, so that of units that match alike the newest is
    found first.

    Args:
        stems: whether words are compared without their endings.
    """

    def __init__(self, stems: bool = True) -> None:
        self._stems = stems
        self._memory: Memory | None = None
        self._clear()

    def _clear(self) -> None:
        self.units = Index()
        self.samples = Index()
        self.held: dict[int, tuple[Entry, Unit]] = {}
        self.names = Names(self.held)
        # By place, which is the key without its sign: what is new is appended.
        self._order: list[int] = []
        self._headers: list[int] = []

    def sync(self, memory: Memory) -> None:
        """Hold what a memory holds."""
        if memory is self._memory:
            return
        if self._memory is None or self._memory.layout != memory.layout:
            self._clear()
            self._memory = Memory.empty(memory.layout)
        changes = self._memory.diff(memory)
        # All removals come first: in another episode the same id may be in another store.
        for old, _ in changes:
            if old is not None:
                self._remove(old)
        for _, new in changes:
            if new is not None:
                self._add(new)
        self._memory = memory

    def _add(self, entry: Entry) -> None:
        if position(entry.id)[1] >= MOST_OPERATIONS:
            return
        first = _first(entry)
        for number, unit in enumerate(analysed(entry.text, self._stems)):
            place = first + number
            self.held[-place] = (entry, unit)
            self.units.add(-place, unit.terms)
            bisect.insort(self._order, place)
            if unit.kind == "sample":
                self.samples.add(-place, unit.terms)
            elif unit.kind == "header":
                bisect.insort(self._headers, place)
            self.names.add(place, unit)

    def _remove(self, entry: Entry) -> None:
        if position(entry.id)[1] >= MOST_OPERATIONS:
            return
        first = _first(entry)
        # Places of an entry follow each other, so nothing is analysed to find them again.
        start = bisect.bisect_left(self._order, first)
        end = bisect.bisect_left(self._order, first + MOST, start)
        for place in self._order[start:end]:
            _, unit = self.held.pop(-place)
            self.units.remove(-place)
            if unit.kind == "sample":
                self.samples.remove(-place)
            elif unit.kind == "header":
                _drop(self._headers, place)
            self.names.remove(place, unit)
        del self._order[start:end]

    def found(self, key: int, score: int) -> Found:
        """The unit of a key."""
        return Found(key, *self.held[key], score)

    def neighbours(self, key: int) -> Sequence[int]:
        """The keys of the units said just before and just after, by the same step."""
        # Places of one entry follow each other: in the middle of one nothing is looked for.
        if key + 1 in self.held and key - 1 in self.held and key + 1 >> _STEP == key - 1 >> _STEP:
            return key + 1, key - 1
        at = bisect.bisect_left(self._order, -key)
        near = [-place for place in self._order[max(0, at - 1) : at + 2] if place != -key]
        return [each for each in near if -each >> _STEP == -key >> _STEP]

    def header(self, found: Found) -> str:
        """The header a unit stands under: in its entry, else of the step that wrote it last."""
        written = found.entry.history[-1][-1]
        at = bisect.bisect_right(self._headers, -found.key) - 1
        if at >= 0:
            above = self._headers[at]
            own = self.held[-above][0].id == found.entry.id
            same = above >> _STEP == -found.key >> _STEP
            if own or (same and written == found.entry.created):
                return self.held[-above][1].text
        # Rewritten at another step: the last header that step left.
        at = bisect.bisect_left(self._headers, (written + 2) << _STEP) - 1
        if at >= 0 and self._headers[at] >> _STEP == written + 1:
            return self.held[-self._headers[at]][1].text
        return ""


def _first(entry: Entry) -> int:
    """The place of an entry's first unit; those after it follow."""
    step, operation = position(entry.id)
    return (step + 1) << _STEP | operation << _UNIT


def _drop(places: list[int], place: int) -> None:
    del places[bisect.bisect_left(places, place)]
