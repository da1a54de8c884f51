"""Text that was copied from the stream, stored as where it stands there.

A text is a plain string, or a list of pieces: strings, and spans `[chunk, start, end]` of
characters. Only chunks that had been seen may be pointed at, so a text that comes from a later one
is spelt out.

    >>> chunks = ["Ada moved to Oslo in the spring of 2019, and Ben stayed."]
    >>> Speller(chunks).spell("Noted: Ada moved to Oslo in the spring of 2019", step=0)
    ['Noted: ', [0, 0, 39]]
    >>> read_text(["Noted: ", [0, 0, 39]], chunks, step=0)
    'Noted: Ada moved to Oslo in the spring of 2019'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from memenv_leaderboard.archive import RefusedError

MAX_CHARACTERS = 32_000_000
"""Characters of one episode's texts, once the spans are filled in."""

MAX_TEXT = 2_000_000
"""Characters of one text: a tokenizer takes many times the memory of what it counts."""

_GRAM = 16
_SHORTEST = 32
"""Shorter copies are spelt out: a span costs nearly as much."""

_MOST_SPANS = 64
"""Spans of one text; a text of many small copies is spelt out from there on."""


class Speller:
    """Spells texts with spans of the chunks seen so far.

    Args:
        chunks: the texts of the stream.
    """

    def __init__(self, chunks: Sequence[str]) -> None:
        self._chunks = chunks
        self._known = 0
        # Every 16th place of every chunk: a copy of 31 characters holds one of them whole.
        self._places: dict[str, tuple[int, int]] = {}

    def spell(self, text: str, step: int) -> Any:
        """A text of a step, which may come from this chunk and those before."""
        if len(text) >= _SHORTEST:
            at = self._chunks[step].find(text)
            if at >= 0:
                return [[step, at, at + len(text)]]
        self._learn(step)
        pieces: list[Any] = []
        spelt = at = 0
        while at + _GRAM <= len(text) and len(pieces) < 2 * _MOST_SPANS:
            place = self._places.get(text[at : at + _GRAM])
            if place is None:
                at += 1
                continue
            chunk, start = place
            source = self._chunks[chunk]
            back = _common_end(text[spelt:at], source[max(0, start - (at - spelt)) : start])
            ahead = _common_start(text, at, source, start)
            if back + ahead < _SHORTEST:
                at += 1
                continue
            if at - back > spelt:
                pieces.append(text[spelt : at - back])
            pieces.append([chunk, start - back, start + ahead])
            at = spelt = at + ahead
        if not pieces:
            return text
        return [*pieces, text[spelt:]] if spelt < len(text) else pieces

    def _learn(self, step: int) -> None:
        """Note the places of the chunks up to a step; the newest ones come first."""
        for number in range(self._known, step + 1):
            chunk = self._chunks[number]
            for start in range(0, len(chunk) - _GRAM + 1, _GRAM):
                self._places[chunk[start : start + _GRAM]] = (number, start)
        self._known = max(self._known, step + 1)


def _common_start(text: str, at: int, source: str, start: int) -> int:
    """How many characters of two texts agree from two places on."""
    length, limit = 0, min(len(text) - at, len(source) - start)
    block = 1024
    while length < limit:
        size = min(block, limit - length)
        one = text[at + length : at + length + size]
        two = source[start + length : start + length + size]
        if one == two:
            length += size
        elif size == 1:
            break
        else:
            block = max(1, size // 2)
    return length


def _common_end(text: str, source: str) -> int:
    """How many characters at the end of two texts agree."""
    length = 0
    for one, two in zip(reversed(text), reversed(source), strict=False):
        if one != two:
            break
        length += 1
    return length


class Allowance:
    """How many characters the texts of an episode may still have."""

    def __init__(self, characters: int | None = None) -> None:
        self._most = self._left = MAX_CHARACTERS if characters is None else characters

    def take(self, characters: int) -> None:
        """Use some of them.

        Raises:
            RefusedError: when there are not so many left.
        """
        self._left -= characters
        if self._left < 0:
            raise RefusedError(f"its texts have more than {self._most:,} characters")


def read_text(
    value: object, chunks: Sequence[str], step: int, allowance: Allowance | None = None
) -> str:
    """The text that `Speller.spell` spelt.

    Raises:
        RefusedError: for what is no text, and for a span outside of the chunks seen so far.
    """
    allowance = allowance or Allowance()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise RefusedError("a text is a string, or a list of strings and spans")
    pieces: list[str] = []
    for piece in value:
        if isinstance(piece, str):
            allowance.take(len(piece))
            pieces.append(piece)
            continue
        if not (
            isinstance(piece, list)
            and len(piece) == 3
            and all(isinstance(each, int) and not isinstance(each, bool) for each in piece)
        ):
            raise RefusedError("a span is [chunk, start, end], three integers")
        chunk, start, end = piece
        if chunk > step:
            raise RefusedError(f"a span of chunk {chunk}, which comes later")
        if chunk < 0 or not 0 <= start < end <= len(chunks[chunk]):
            raise RefusedError(f"a span outside of chunk {chunk}")
        allowance.take(end - start)
        pieces.append(chunks[chunk][start:end])
    text = "".join(pieces)
    if len(text) > MAX_TEXT:
        raise RefusedError(f"a text has more than {MAX_TEXT:,} characters")
    return text
