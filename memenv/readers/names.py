"""Facts by the names they are about, kept as facts come and go."""

from __future__ import annotations

import bisect
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from memenv.memory import Entry
from memenv.readers.relations import Relation
from memenv.readers.units import Found, Unit, age

PER_NAME = 64
"""Facts of one name that are looked at, the newest ones; as many again from their object."""


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """A fact as it is read from one of its names.

    Attributes:
        found: the unit that states it.
        turned: whether it is read from its object.
        relation: how it leads there.
        end: the name it leads to.
        end_words: the words of that.
        text: that name as it was written.
        capital: whether it is written with a capital.
    """

    found: Found
    turned: bool
    relation: Relation
    end: str
    end_words: tuple[str, ...]
    text: str
    capital: bool


class Names:
    """The facts that units state.

    Args:
        held: key of a unit -> its entry, and the unit. A place is a key without its sign.
    """

    def __init__(self, held: Mapping[int, tuple[Entry, Unit]]) -> None:
        self._held = held
        # Name -> the places of its facts in order: what is new is appended.
        self._facts: dict[str, list[int]] = {}
        self._turned: dict[str, list[int]] = {}
        # Of the names that were asked for: the same until a fact of the name comes or goes.
        self._leads: dict[str, tuple[Lead, ...]] = {}
        # First word of a name -> how many facts of such names; relation -> how many facts have it;
        # root or group -> how many relations have it.
        self._openings: dict[str, int] = {}
        self._relations: dict[Relation, int] = {}
        self._keys: dict[str | int, int] = {}

    def add(self, place: int, unit: Unit) -> None:
        """Add what a unit states, if anything."""
        fact, relation = unit.fact, unit.relation
        if fact is None or relation is None:
            return
        self._learn(self._facts, fact.subject, place)
        if fact.turns:
            self._learn(self._turned, fact.object, place)
        if _counted(self._relations, relation, 1) == 1:
            for key in relation.keys:
                _counted(self._keys, key, 1)

    def remove(self, place: int, unit: Unit) -> None:
        """Remove what a unit that was added stated."""
        fact, relation = unit.fact, unit.relation
        if fact is None or relation is None:
            return
        self._forget(self._facts, fact.subject, place)
        if fact.turns:
            self._forget(self._turned, fact.object, place)
        if _counted(self._relations, relation, -1) == 0:
            for key in relation.keys:
                _counted(self._keys, key, -1)

    def _learn(self, facts: dict[str, list[int]], name: str, place: int) -> None:
        self._leads.pop(name, None)
        _counted(self._openings, name.partition(" ")[0], 1)
        bisect.insort(facts.setdefault(name, []), place)

    def _forget(self, facts: dict[str, list[int]], name: str, place: int) -> None:
        self._leads.pop(name, None)
        _counted(self._openings, name.partition(" ")[0], -1)
        places = facts[name]
        del places[bisect.bisect_left(places, place)]
        if not places:
            del facts[name]

    def __contains__(self, name: str) -> bool:
        return name in self._facts or name in self._turned

    def opens(self, word: str) -> bool:
        """Whether there are facts of a name that begins with a word."""
        return word in self._openings

    def relates(self, key: str | int) -> bool:
        """Whether a fact's relation has a key: a root or a group of synonyms."""
        return key in self._keys

    def leads(self, name: str) -> tuple[Lead, ...]:
        """Where the newest facts of a name lead, the newest by `age` first; not back to itself."""
        if name not in self:
            return ()
        known = self._leads.get(name)
        if known is None:
            known = self._leads[name] = tuple(self._read(name))
        return known

    def _read(self, name: str) -> list[Lead]:
        leads = [
            lead
            for facts, turned in ((self._facts, False), (self._turned, True))
            for place in facts.get(name, ())[-PER_NAME:]
            if (lead := self._lead(-place, turned)).end != name
        ]
        leads.sort(key=lambda lead: age(lead.found), reverse=True)
        return leads

    def _lead(self, key: int, turned: bool) -> Lead:
        found = Found(key, *self._held[key], 0)
        fact, relation = found.unit.fact, found.unit.relation
        assert fact is not None
        assert relation is not None
        end = fact.subject if turned else fact.object
        text = fact.subject_text if turned else fact.object_text
        return Lead(found, turned, relation, end, tuple(end.split()), text, text[:1].isupper())


def _counted(counts: dict[Any, int], key: Hashable, more: int) -> int:
    """Count a key up or down; one that is down to 0 is forgotten."""
    count = counts.get(key, 0) + more
    if count:
        counts[key] = count
    else:
        del counts[key]
    return count
