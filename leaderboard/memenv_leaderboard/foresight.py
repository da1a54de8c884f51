"""Operations that say what only a later chunk says.

Replay shows that a score follows from the operations, not where these came from. Whoever writes
them by hand from the whole stream writes what had not been said yet. Such texts are looked for:
at least five words in a row of one sentence that stand together in a later chunk and in none so
far, and whose content words stand together in no sentence so far, so that they are no other wording
of it. What stands between the words of an operation does not hide them: they are read on across
ends of sentences, brackets and lines. What was said in words of one's own is not found, and a model
may know a real text by heart: a person has to look.

    >>> found = foresights(["Ada came.", "Then Ben moved to a house in Oslo."],
    ...                    [(0, "Ben moved to a house in Oslo")])
    >>> found[0].words, found[0].chunk
    ('ben moved to a house in oslo', 1)
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from memenv.search import content_words

GRAM = 5
"""Words in a row that are looked up."""

CONTENT = 2
"""Content words that a row must have to say anything."""

_WORD = re.compile(r"[^\W_]+")
# Sentences that are put together anew meet others than they did: no row of a chunk goes across an
# end.
_END = re.compile(r"[.!?;。！？]+(?=\W|$)|[\n\[\]{}|]")
_Gram = tuple[str, ...]


@dataclass(frozen=True)
class Foresight:
    """Words of an operation that only a later chunk has.

    Attributes:
        step: of the operation.
        chunk: where the words stand first.
        words: in a row.
    """

    step: int
    chunk: int
    words: str


def foresights(chunks: Sequence[str], written: Iterable[tuple[int, str]]) -> list[Foresight]:
    """What was written before it was said, the first time each, in the order of the steps.

    Args:
        chunks: the texts of the stream.
        written: (step, text) of everything that operations put into the memory.
    """
    # Nearly all that agents write is copied from the chunk they see.
    asked = [(step, _Words.of(text)) for step, text in written if text not in chunks[step]]
    wanted = {gram for _, words in asked for gram in _grams(words.all)}
    if not wanted:
        return []
    first = _first_places(chunks, wanted)
    said = _Said(chunks)
    found: list[Foresight] = []
    told: set[_Gram] = set()
    for step, words in asked:
        for start, end in _rows(words.all, step, first):
            row = words.all[start:end]
            if row not in told and not said.all_by(step, row, words.pieces(start, end)):
                told.add(row)
                chunk = first[row[:GRAM]]
                found.append(Foresight(step, chunk, " ".join(row)))
    return found


@dataclass(frozen=True)
class _Words:
    """The words of an operation, and where its sentences end among them."""

    all: _Gram
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Words:
        words: list[str] = []
        ends: list[int] = []
        for sentence in _END.split(text.casefold()):
            words += _WORD.findall(sentence)
            ends.append(len(words))
        return cls(tuple(words), tuple(ends))

    def pieces(self, start: int, end: int) -> list[_Gram]:
        """A row of the words, by sentences."""
        first, last = bisect.bisect_right(self.ends, start), bisect.bisect_left(self.ends, end)
        cuts = [start, *dict.fromkeys(self.ends[first:last]), end]
        return [self.all[a:b] for a, b in itertools.pairwise(cuts)]


class _Said:
    """Which sentences have which content words; looked up only when something is suspicious."""

    def __init__(self, chunks: Sequence[str]) -> None:
        self._chunks = chunks
        self._places: dict[str, set[int]] = {}
        self._chunk_of: list[int] = []

    def all_by(self, step: int, row: _Gram, pieces: Sequence[_Gram]) -> bool:
        """Whether a row was said up to a step, as a whole or sentence by sentence.

        Facts that were told apart may be told in one sentence later on. A piece that says nothing
        by itself does not count: a text can be cut into single words.
        """
        if self.by(step, row):
            return True
        return len(pieces) > 1 and all(
            len(set(content_words(" ".join(piece)))) >= CONTENT and self.by(step, piece)
            for piece in pieces
        )

    def by(self, step: int, row: _Gram) -> bool:
        """Whether a sentence up to a step has all the content words of a row."""
        wanted = set(content_words(" ".join(row)))
        if len(wanted) < CONTENT:
            return True
        if not self._chunk_of:
            self._read()
        places = [self._places.get(word, set()) for word in wanted]
        together = set.intersection(*sorted(places, key=len))
        return any(self._chunk_of[place] <= step for place in together)

    def _read(self) -> None:
        for number, chunk in enumerate(self._chunks):
            for sentence in _END.split(chunk):
                for word in content_words(sentence):
                    self._places.setdefault(word, set()).add(len(self._chunk_of))
                self._chunk_of.append(number)


def _rows(words: _Gram, step: int, first: dict[_Gram, int]) -> Iterator[tuple[int, int]]:
    """The places of words in a row every five of which stand first in a later chunk."""
    begun: int | None = None
    for number, gram in enumerate(_grams(words)):
        if first.get(gram, -1) > step:
            begun = number if begun is None else begun
        elif begun is not None:
            yield begun, number - 1 + GRAM
            begun = None
    if begun is not None:
        yield begun, len(words)


def _first_places(chunks: Sequence[str], wanted: set[_Gram]) -> dict[_Gram, int]:
    """The chunks where wanted rows stand first."""
    first: dict[_Gram, int] = {}
    for number, chunk in enumerate(chunks):
        for words in _sentences(chunk):
            for gram in _grams(words):
                if gram in wanted:
                    first.setdefault(gram, number)
    return first


def _sentences(text: str) -> Iterator[_Gram]:
    """The words of every sentence that is long enough."""
    for sentence in _END.split(text.casefold()):
        words = tuple(_WORD.findall(sentence))
        if len(words) >= GRAM:
            yield words


def _grams(words: _Gram) -> Iterator[_Gram]:
    return (words[at : at + GRAM] for at in range(len(words) - GRAM + 1))
