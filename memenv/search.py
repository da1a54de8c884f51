"""Words, and an incremental BM25 index over them.

`Index` ranks documents under integer keys; `MemoryIndex` keeps one in step with a memory, forward
or back, at a cost proportional to what changed.

    >>> index = Index()
    >>> index.add(0, words("Ada lives in Oslo"))
    >>> index.add(1, words("Ben lives in Rome"))
    >>> [key for key, score in index.search(words("Who lives in Rome?"))]
    [1, 0]

Ranking is BM25 (Robertson and Zaragoza, 2009, eq. 3.15) with
`idf = ln(1 + (N - n + 0.5) / (n + 0.5))`, which is positive however common a word is: the usual
Okapi idf is not, so that in a store with one matching entry nothing would be found. Scores are
integers in units of 2^-16 and ties go to the older entry, so a ranking is the same on every
machine.
"""

from __future__ import annotations

import heapq
import math
import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from memenv.memory import Entry, Memory, position

K1, B = 0.9, 0.4
"""BM25's saturation and length parameters; the values Anserini uses for passages."""

STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be because been before being between both but "  # noqa: SIM905
    "by can could did do does doing during each few for from further had has have having he her "
    "here hers herself him himself his how i if in into is it its itself just me more most my "
    "myself no nor not now of off on once only or other our ours ourselves out over own same she "
    "should so some such than that the their theirs them themselves then there these they this "
    "those through to too under until up very was we were what when where which while who whom "
    "whose why will with would you your yours yourself yourselves s t d ll m re ve".split()
)
"""Function words of English: they carry no content of their own."""

# Scripts written without spaces between words, and Korean, whose words change their endings.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u1000-\u109f\u1780-\u17d3"
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff"
    "\U00020000-\U0003fffd"
)
# Vowel signs and other marks that belong to the word but are no letters to Python.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u064b-\u0670\u0900-\u0963\u0966-\u0dff\u0f71-\u0fbc"
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
# Normalisation is quadratic in a run of marks; a grapheme joiner after 30 of them (as in the
# Stream-Safe Text Format of Unicode) bounds that, and is taken out again. What is neither a
# letter nor white space may be a mark.
_MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{30}(?=[^\w\s\x00-\x7f])")
_RUNS = re.compile(f"([{_UNSPACED}]+)|((?:[^\\W_{_UNSPACED}]|[{_MARKS}])+)")
_ASCII_RUNS = re.compile(r"[a-z0-9]+")

_ONE = 1 << 16
_MAX_COUNT = (1 << 16) - 1
_UNIT = 1_000_000


class _Unaccented(dict[int, str]):
    """Latin letters without their accents, worked out at first sight; others as they are."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        base = unicodedata.normalize("NFKD", letter)[0]
        self[code] = base if base.isascii() and base.isalpha() else letter
        return self[code]


# Nothing to see joins letters; and the capital of a dotless i is I, whose small letter has a dot.
_UNACCENTED = _Unaccented({0x34F: "", ord("ı"): "i"})


def words(text: str) -> list[str]:
    """The words of a text, in order, folded for comparison.

    Case and the accents of Latin letters are dropped, compatibility forms unified (NFKC). A run
    of letters and digits is a word; a run in a script without spaces, or in Korean, gives its
    overlapping pairs of characters.

    >>> words("The café's 3rd No. 5")
    ['the', 'cafe', 's', '3rd', 'no', '5']
    >>> words("東京都 A")
    ['東京', '京都', 'a']
    """
    if text.isascii():
        return _ASCII_RUNS.findall(text.lower())
    text = _MANY_MARKS.sub(lambda run: run[0] + "\u034f", text)
    text = unicodedata.normalize("NFKC", text).casefold().translate(_UNACCENTED)
    # Letters with two marks, and those without a composed form, still have theirs.
    text = _ACCENTS.sub("", text)
    found: list[str] = []
    for run, word in _RUNS.findall(text):
        if word:
            found.append(word)
        elif len(run) == 1:
            found.append(run)
        else:
            found += (run[i : i + 2] for i in range(len(run) - 1))
    return found


def content_words(text: str) -> list[str]:
    """The words of a text that are not stop words; all of them when every one is.

    >>> content_words("Where does Ada live?")
    ['ada', 'live']
    """
    every = words(text)
    return [word for word in every if word not in STOP_WORDS] or every


class Index:
    """An inverted index that documents can be added to and removed from at any time.

    Not for several threads at once.
    """

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        # Per term: postings `slot << 16 | count`, and how many of them are of living documents.
        self._postings: list[array[int]] = []
        self._frequency: array[int] = array("q")
        # Per slot: the document's key, its length in words (-1 when it was removed), its terms.
        self._keys: array[int] = array("q")
        self._lengths: array[int] = array("q")
        self._held: list[array[int]] = []
        self._slots: dict[int, int] = {}
        self._total = 0

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: int) -> bool:
        return key in self._slots

    def add(self, key: int, document: Sequence[str]) -> None:
        """Add a document under a key that is not taken."""
        if key in self._slots:
            raise ValueError(f"key {key} is taken")
        slot = len(self._keys)
        held = array("q")
        for term, count in Counter(document).items():
            number = self._terms.setdefault(term, len(self._postings))
            if number == len(self._postings):
                self._postings.append(array("q"))
                self._frequency.append(0)
            self._postings[number].append(slot << 16 | min(count, _MAX_COUNT))
            self._frequency[number] += 1
            held.append(number)
        self._keys.append(key)
        self._lengths.append(len(document))
        self._held.append(held)
        self._slots[key] = slot
        self._total += len(document)

    def remove(self, key: int) -> None:
        """Remove the document of a key.

        Raises:
            KeyError: when there is none.
        """
        slot = self._slots.pop(key)
        for number in self._held[slot]:
            self._frequency[number] -= 1
        self._total -= self._lengths[slot]
        self._lengths[slot] = -1
        self._held[slot] = array("q")
        if len(self._keys) > 2 * len(self._slots) + 1024:
            self._compact()

    def search(self, query: Sequence[str], count: int = 20) -> list[tuple[int, int]]:
        """The best documents for a query.

        Args:
            query: words; one that is repeated counts as often.
            count: at most so many.

        Returns:
            (key, score) with score >= 1 in units of 2^-16, best first, ties by key. Every
            document that holds a word of the query is a match, be it the only one.
        """
        if count < 1:
            return []
        scores = np.zeros(len(self._keys), dtype=np.int64)
        for term, times in Counter(query).items():
            slots, counts = self._living(term)
            if len(slots):
                # Floor division may bring the score of a very common word to 0.
                weights = np.maximum(self._weights(slots, counts), 1)
                scores[slots] += weights * times
        matched = np.flatnonzero(scores)
        scores = scores[matched]
        if len(matched) > count:
            best = scores >= np.partition(scores, len(scores) - count)[len(scores) - count]
            matched, scores = matched[best], scores[best]
        keys = np.frombuffer(self._keys, dtype=np.int64)[matched] if len(matched) else matched
        order = np.lexsort((keys, -scores))[:count]
        return list(zip(keys[order].tolist(), scores[order].tolist(), strict=True))

    def having_all(self, terms: Iterable[str]) -> list[int]:
        """Keys of the documents that hold every one of some words, in order of key."""
        common: npt.NDArray[np.int64] | None = None
        wanted = sorted(set(terms), key=lambda term: (self.frequency(term), term))
        for term in wanted:
            slots, _ = self._living(term)
            if common is not None:
                slots = np.intersect1d(common, slots, assume_unique=True)
            common = slots
            if not len(common):
                return []
        if common is None:
            return []
        return sorted(self._keys[slot] for slot in common.tolist())

    def frequency(self, term: str) -> int:
        """In how many documents a term is."""
        number = self._terms.get(term)
        return 0 if number is None else self._frequency[number]

    def commonest(self, count: int, without: Collection[str] = ()) -> list[str]:
        """The terms that most documents hold, ties in alphabetical order."""
        terms = (
            (-self._frequency[number], term)
            for term, number in self._terms.items()
            if self._frequency[number] and term not in without
        )
        return [term for _, term in heapq.nsmallest(count, terms)]

    def rarity(self, term: str) -> int:
        """The idf of a term, also of one that no document holds, in units of 2^-16; at least 1."""
        documents, holding = len(self._slots), self.frequency(term)
        return max(1, round(math.log1p((documents - holding + 0.5) / (holding + 0.5)) * _ONE))

    def _living(self, term: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Slots of the living documents that hold a term, and how often each does."""
        number = self._terms.get(term)
        if number is None or not self._frequency[number]:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        postings = np.frombuffer(self._postings[number], dtype=np.int64)
        slots, counts = postings >> 16, postings & _MAX_COUNT
        if len(postings) > self._frequency[number]:
            alive = np.frombuffer(self._lengths, dtype=np.int64)[slots] >= 0
            slots, counts = slots[alive], counts[alive]
        return slots, counts

    def _weights(
        self, slots: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """BM25 weights of one term in some documents, all in integers."""
        documents, holding = len(self._slots), len(slots)
        idf = max(1, round(math.log1p((documents - holding + 0.5) / (holding + 0.5)) * _ONE))
        lengths = np.frombuffer(self._lengths, dtype=np.int64)[slots]
        k1, b = round(K1 * 1000), round(B * 1000)
        relative = lengths * (b * documents) // max(self._total, 1)
        norm = k1 * (1000 - b + relative)
        gain = idf * (k1 + 1000) * 1000
        weights: npt.NDArray[np.int64] = gain * counts // (counts * _UNIT + norm)
        return weights

    def _compact(self) -> None:
        """Drop what removed documents left behind."""
        fresh = np.full(len(self._keys), -1, dtype=np.int64)
        living = sorted(self._slots.values())
        fresh[living] = np.arange(len(living), dtype=np.int64)
        terms, self._terms = self._terms, {}
        packed, self._postings = self._postings, []
        frequency, self._frequency = self._frequency, array("q")
        numbers: dict[int, int] = {}
        for term, number in terms.items():
            # A term that nothing holds any more goes too, or the vocabulary would only grow.
            if not frequency[number]:
                continue
            postings = np.frombuffer(packed[number], dtype=np.int64)
            slots = fresh[postings >> 16]
            kept = slots >= 0
            renumbered = slots[kept] << 16 | postings[kept] & _MAX_COUNT
            numbers[number] = self._terms[term] = len(self._postings)
            self._postings.append(array("q", renumbered.tobytes()))
            self._frequency.append(frequency[number])
        self._keys = array("q", (self._keys[slot] for slot in living))
        self._lengths = array("q", (self._lengths[slot] for slot in living))
        held = (self._held[slot] for slot in living)
        self._held = [array("q", (numbers[number] for number in each)) for each in held]
        self._slots = {key: slot for slot, key in enumerate(self._keys)}


class MemoryIndex:
    """An index of the entries of whatever memory was given last.

    Args:
        analyse: the words of a text.
    """

    def __init__(self, analyse: Callable[[str], Sequence[str]] = words) -> None:
        self._analyse = analyse
        self._index = Index()
        self._memory: Memory | None = None

    def sync(self, memory: Memory) -> None:
        """Make the index that of a memory; the cost is that of the difference to the last one."""
        if self._memory is None or self._memory.layout != memory.layout:
            self._index = Index()
            self._memory = Memory.empty(memory.layout)
        changes = self._memory.diff(memory)
        # Removals first: another episode may have an entry of the same id in another store.
        for old, _ in changes:
            if old is not None:
                self._index.remove(_key(old))
        for _, new in changes:
            if new is not None:
                self._index.add(_key(new), self._analyse(new.text))
        self._memory = memory

    def search(self, query: Sequence[str], count: int = 20) -> list[tuple[Entry, float]]:
        """The best entries for the words of a query, with scores above 0, best first."""
        found = self._index.search(query, count)
        return [(self._entry(key), score / _ONE) for key, score in found]

    def having_all(self, terms: Iterable[str]) -> list[Entry]:
        """The entries that hold every one of some words, by position."""
        return [self._entry(key) for key in self._index.having_all(terms)]

    def _entry(self, key: int) -> Entry:
        assert self._memory is not None
        step, operation = divmod(key, 1 << 32)
        entry = self._memory.get("core" if key < 0 else f"{step}.{operation}")
        assert entry is not None
        return entry


def _key(entry: Entry) -> int:
    step, operation = position(entry.id)
    return step << 32 | operation if step >= 0 else -1
