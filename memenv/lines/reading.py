"""A chunk as lines with numbers that depend on the chunk alone."""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memenv.lines.pairs import Floats, Pool
from memenv.lines.texts import Line, has_digit, known
from memenv.search import STOP_WORDS
from memenv.segments import Kind, segments

KINDS: tuple[Kind, ...] = ("header", "turn", "sample", "fact", "sentence")

FIXED = (
    *(f"is {kind}" for kind in KINDS),
    *(
        "length",
        "length in brief",
        "digits",
        "capitals",
        "question",
        "exclamation",
        "quoted",
        "colon",
    ),
    *("labelled", "first speaker", "place", "lines", "of its kind", "said before", "said after"),
    *("form before", "form after", "form share", "name share"),
)
"""Numbers of a line that depend on its chunk alone."""

BUCKETS = 512
"""Of the hashed words and word pairs."""

_ROLES = frozenset(["agent", "ai", "assistant", "bot", "model", "system", "user", "human"])


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A chunk, read.

    Attributes:
        lines: in order.
        tokens: of all lines.
        fixed: `[n, len(FIXED)]`, between -1 and 1 but for lengths, which are logarithms.
        buckets: `[n]` arrays of hashed words and word pairs, each in `[0, BUCKETS)`.
    """

    lines: tuple[Line, ...]
    tokens: int
    fixed: Floats
    buckets: tuple[npt.NDArray[np.int64], ...]


def read(text: str) -> Reading:
    """The lines of a chunk and the numbers that depend on it alone."""
    lines = tuple(known(each.text, each.kind) for each in segments(text))
    total = sum(line.tokens for line in lines)
    named = _names(lines)
    masked = [_masked(line, named) for line in lines]
    buckets = tuple(_buckets(line, form) for line, form in zip(lines, masked, strict=True))
    return Reading(lines, total, _fixed(lines, masked), buckets)


def _names(lines: Sequence[Line]) -> frozenset[str]:
    """Words that stand with a capital inside of some line: at the start of one they are names."""
    return frozenset(
        form.lower() for line in lines for form in line.forms[1:] if form[0].isupper()
    ) - {"i"}


def _masked(line: Line, named: Collection[str]) -> tuple[str, ...]:
    """The words of a line, with one mark for a run of names and one for what has digits."""
    found: list[str] = []
    for number, form in enumerate(line.forms):
        small = form.lower()
        if any(map(str.isdigit, form)):
            word = "<number>"
        elif form[0].isupper() and form != "I" and small not in STOP_WORDS:
            first = number == 0 and small not in named
            follows = number + 1 < len(line.forms) and line.forms[number + 1][0].isupper()
            word = small if first and not follows else "<name>"
        else:
            word = small
        if word != "<name>" or found[-1:] != ["<name>"]:
            found.append(word)
    return tuple(found)


def _buckets(line: Line, form: Sequence[str]) -> npt.NDArray[np.int64]:
    who = line.speaker if line.speaker in _ROLES else "<name>" if line.speaker else ""
    marks = [f"<{line.kind}>", *([f"{who}:"] if who else []), *form, "<end>"]
    pairs = (f"{one} {two}" for one, two in itertools.pairwise(marks))
    return np.array([_bucket(each) for each in dict.fromkeys([*marks, *pairs])], dtype=np.int64)


@functools.lru_cache(maxsize=1 << 15)
def _bucket(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % BUCKETS


def _fixed(lines: Sequence[Line], masked: Sequence[Sequence[str]]) -> Floats:
    count = len(lines)
    table = np.zeros((count, len(FIXED)), dtype=np.float32)
    if not count:
        return table
    kinds = Counter(line.kind for line in lines)
    first = next((line.speaker for line in lines if line.speaker), "")
    pool = Pool(lines)
    pairs = pool.beside(lines)
    near = pairs.cosine()
    before, after = np.tril(near, -1).max(1), np.triu(near, 1).max(1)
    forms = np.array([[len(set(a)) for a in masked]], dtype=np.float32)
    alike = _common(masked) / np.sqrt(np.maximum(forms.T * forms, 1))
    form_before, form_after = np.tril(alike, -1).max(1), np.triu(alike, 1).max(1)
    form_share = (np.sort(alike, 1)[:, -4:].sum(1)) / min(count, 4)
    for row, line, form in zip(table, lines, masked, strict=True):
        row[KINDS.index(line.kind)] = 1
        written = max(len(line.forms), 1)
        row[len(KINDS) :][:9] = (
            math.log1p(line.tokens) / 5,
            math.log1p(line.brief_tokens) / 5,
            sum(map(has_digit, line.forms)) / written,
            sum(each[0].isupper() for each in line.forms[1:]) / written,
            line.text.rstrip("\"'”’) ").endswith("?"),
            "!" in line.text,
            '"' in line.text or "“" in line.text,
            ":" in line.text or ";" in line.text,
            bool(line.label),
        )
        row[FIXED.index("first speaker")] = bool(line.speaker) and line.speaker == first
        row[FIXED.index("of its kind")] = kinds[line.kind] / count
        row[FIXED.index("name share")] = form.count("<name>") / max(len(form), 1)
    table[:, FIXED.index("place")] = np.arange(count) / max(count - 1, 1)
    table[:, FIXED.index("lines")] = math.log1p(count) / 5
    table[:, FIXED.index("said before")] = before
    table[:, FIXED.index("said after")] = after
    table[:, FIXED.index("form before")] = form_before
    table[:, FIXED.index("form after")] = form_after
    table[:, FIXED.index("form share")] = form_share
    return table


def _common(rows: Sequence[Sequence[str]]) -> Floats:
    """How many words each two rows share, `[n, n]`."""
    known: dict[str, int] = {}
    places = [[known.setdefault(word, len(known)) for word in dict.fromkeys(row)] for row in rows]
    table = np.zeros((len(rows), max(len(known), 1)), dtype=np.float32)
    for row, columns in zip(table, places, strict=True):
        row[columns] = 1
    return table @ table.T
