"""Cutting entries into units, and what is known of a unit whatever the question is.

    >>> [unit.body for unit in analysed("1. Ada lives in Oslo. 2. Ben paints.", True)]
    ['Ada lives in Oslo.', 'Ben paints.']

A text is analysed once, however many memories hold it: rollouts and replays of an instance bring
the same texts back. What is looked at in one unit is bounded: a longer one is cut at white space.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from memenv.memory import Entry
from memenv.readers.facts import Fact, fact_of
from memenv.readers.relations import Relation, relation_of
from memenv.readers.stems import stemmed, stems_of
from memenv.readers.wordlists import DOUBTS
from memenv.search import words
from memenv.segments import Kind, Segment, segments

LONGEST = 1_000
"""Characters of a unit."""

MOST = 1 << 13
"""Units of an entry. One with more is cut by length alone; 12 million characters are read."""


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A sentence, turn, sample, fact or header of some text.

    Attributes:
        kind: which of these.
        text: all of it.
        body: what it says: no serial number, no speaker.
        speaker: stems of the name of who said it.
        terms: its words, as they are indexed.
        opening: its first words, to tell near-duplicates by.
        serial: the number of a fact, else -1.
        asks: whether it ends with a question mark.
        doubted: whether it calls what it says wrong.
        fact: subject and object, if it is a short declarative.
        relation: that of the fact, looked up.
    """

    kind: Kind
    text: str
    body: str
    speaker: tuple[str, ...]
    terms: tuple[str, ...]
    opening: tuple[str, ...]
    serial: int
    asks: bool
    doubted: bool
    fact: Fact | None
    relation: Relation | None


# Not frozen, which would double what one costs to make: there are a hundred for every question.
@dataclass(slots=True, eq=False)
class Found:
    """A unit of an entry, and how well it matches."""

    key: int
    entry: Entry
    unit: Unit
    score: int


def age(found: Found) -> tuple[int, int, int]:
    """Larger is newer: by serial number, then by the step that wrote it last, then by place."""
    return (found.unit.serial, found.entry.history[-1][-1], -found.key)


def analysed(text: str, stems: bool) -> tuple[Unit, ...]:
    """The units of a text; time and space are linear in its length."""
    if len(text) <= 2_000:
        return _short_texts(text, stems)
    return _long_texts(text, stems) if len(text) <= 40_000 else _analyse(text, stems)


def _analyse(text: str, stems: bool) -> tuple[Unit, ...]:
    parts = [part for segment in segments(text) for part in _bounded(segment)]
    if len(parts) > MOST:
        parts = list(_bounded(Segment("sentence", text)))[:MOST]
    return tuple(_unit(part, stems) for part in parts)


# Bounded in number and in size: at most about 30 and 40 MB of text.
_short_texts = functools.lru_cache(maxsize=1 << 14)(_analyse)
_long_texts = functools.lru_cache(maxsize=1 << 9)(_analyse)


def _bounded(segment: Segment) -> Iterator[Segment]:
    """A segment, or the parts of one that is too long; the first part keeps what it is."""
    text, kind = segment.text, segment.kind
    if len(text) > LONGEST and kind == "sample":
        # Its label is at its end.
        yield Segment(kind, text[: LONGEST // 2].rpartition(" ")[0] + " " + text[-LONGEST // 2 :])
        return
    start = 0
    while len(text) - start > LONGEST:
        end = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        end = start + LONGEST if end < 0 else end
        if part := text[start:end].strip():
            yield Segment(kind, part)
            kind = "sentence"
        start = end
    if part := text[start:].strip():
        yield Segment(kind, part)


_SERIAL = re.compile(r"([0-9]{1,9})[.):] +")
_SPEAKER = re.compile(r"([^\W\d_][\w.'’\- ]{0,40}?)(?: \([^()\n]{1,30}\))?: +")


def _unit(segment: Segment, stems: bool) -> Unit:
    text, body, serial = segment.text, segment.text, -1
    speaker: tuple[str, ...] = ()
    if segment.kind == "fact" and (match := _SERIAL.match(text)):
        serial, body = int(match[1]), text[match.end() :]
    elif segment.kind == "turn" and (match := _SPEAKER.match(text)):
        speaker, body = tuple(stemmed(match[1], stems)), text[match.end() :]
    plain = words(text)
    start = 1 if serial >= 0 else 0
    fact = fact_of(body) if segment.kind in ("fact", "sentence") else None
    return Unit(
        kind=segment.kind,
        text=text,
        body=body,
        speaker=speaker,
        terms=tuple(stems_of(plain, stems)),
        opening=tuple(plain[start : start + 40]),
        serial=serial,
        asks=body.rstrip("\"'”’) ").endswith("?"),
        doubted=not DOUBTS.isdisjoint(plain) or "would have" in text,
        fact=fact,
        relation=relation_of(fact.relation) if fact else None,
    )
