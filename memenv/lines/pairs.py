"""Lines beside the texts that they are compared with, in whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memenv.lines.texts import Line

Floats = npt.NDArray[np.float32]

_LEAD = 8


class Pool:
    """Texts that lines are compared with: the entries of a memory, or all that may become some."""

    def __init__(self, texts: Sequence[Line]) -> None:
        self.lengths = np.array([len(each.terms) for each in texts], dtype=np.float32)
        self.leads = [each.lead for each in texts]
        self.texts = texts

    def beside(self, lines: Sequence[Line]) -> Pairs:
        """Lines beside all texts of the pool."""
        known: dict[str, int] = {}
        own = _presence([line.terms for line in lines], known, grow=True)
        names = np.zeros_like(own)
        for row, line in zip(names, lines, strict=True):
            row[[known[word] for word in line.names]] = 1
        held = _presence([text.terms for text in self.texts], known, grow=False)
        return Pairs(
            own=own,
            names=names,
            held=held,
            common=own @ held.T,
            lead=_leads([line.lead for line in lines], self.leads),
            lengths=np.array([len(line.terms) for line in lines], dtype=np.float32),
            tokens=np.array([line.brief_tokens for line in lines], dtype=np.float32),
            held_lengths=self.lengths,
            label=_same([line.label for line in lines], [text.label for text in self.texts]),
            speaker=_same([line.speaker for line in lines], [text.speaker for text in self.texts]),
            same=_same([line.brief for line in lines], [text.brief for text in self.texts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """n lines beside m texts.

    Attributes:
        own: `[n, V]`, 1 where a line has a content word of the lines.
        names: likewise, of names and numbers.
        held: `[m, V]`, 1 where a text has a content word of the lines.
        common: `[n, m]`, how many content words both have.
        lead: `[n, m]`, how many leading words are the same, of at most 8; as a share of the
            shorter one.
        lengths: `[n]` content words.
        tokens: `[n]`, in brief.
        held_lengths: `[m]` content words.
        label: `[n, m]`, whether both have the same label.
        speaker: `[n, m]`, whether both have the same speaker.
        same: `[n, m]`, whether they say the same in brief.
    """

    own: Floats
    names: Floats
    held: Floats
    common: Floats
    lead: Floats
    lengths: Floats
    tokens: Floats
    held_lengths: Floats
    label: npt.NDArray[np.bool_]
    speaker: npt.NDArray[np.bool_]
    same: npt.NDArray[np.bool_]

    def cosine(self) -> Floats:
        """`[n, m]`, of the content words."""
        cosine: Floats = self.common / np.sqrt(
            np.maximum(self.lengths[:, None] * self.held_lengths[None, :], 1)
        )
        return cosine

    def at(self, places: npt.NDArray[np.int64]) -> Pairs:
        """The lines beside some of the texts."""
        return Pairs(
            self.own,
            self.names,
            self.held[places],
            self.common[:, places],
            self.lead[:, places],
            self.lengths,
            self.tokens,
            self.held_lengths[places],
            self.label[:, places],
            self.speaker[:, places],
            self.same[:, places],
        )


def _presence(rows: Sequence[Sequence[str]], known: dict[str, int], *, grow: bool) -> Floats:
    if grow:
        for row in rows:
            for word in row:
                known.setdefault(word, len(known))
    table = np.zeros((len(rows), max(len(known), 1)), dtype=np.float32)
    for line, row in zip(table, rows, strict=True):
        line[[known[word] for word in row if word in known]] = 1
    return table


def _leads(lines: Sequence[Sequence[str]], texts: Sequence[Sequence[str]]) -> Floats:
    known: dict[str, int] = {}
    one = np.full((len(lines), _LEAD), -1, dtype=np.int32)
    for row, lead in zip(one, lines, strict=True):
        row[: len(lead)] = [known.setdefault(word, len(known)) for word in lead]
    two = np.full((len(texts), _LEAD), -2, dtype=np.int32)
    for row, lead in zip(two, texts, strict=True):
        row[: len(lead)] = [known.get(word, -2) for word in lead]
    run = np.ones((len(lines), len(texts)), dtype=np.bool_)
    count = np.zeros((len(lines), len(texts)), dtype=np.float32)
    for place in range(_LEAD):
        run &= one[:, place, None] == two[None, :, place]
        count += run
    lengths = np.array([len(lead) for lead in lines], dtype=np.float32)
    others = np.array([len(lead) for lead in texts], dtype=np.float32)
    shorter = np.minimum(lengths[:, None], others[None, :])
    return (count / np.maximum(shorter, 1)).astype(np.float32)


def _same(lines: Sequence[str], texts: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Where two texts are equal and not empty."""
    known: dict[str, int] = {}
    one = np.array([known.setdefault(line, len(known)) if line else -1 for line in lines])
    two = np.array([known.get(text, -2) if text else -2 for text in texts])
    equal: npt.NDArray[np.bool_] = one[:, None] == two[None, :]
    return equal
