"""Spans of a unit that may be an answer: dates, numbers, names, quotes, phrases.

    >>> [str(span) for span in candidates("Ada Lee founded the Brass Museum in 1887.")]
    ['1887', 'Ada Lee', 'Brass Museum', 'Ada Lee founded', ...]

Everything is linear in the length of the unit, which is bounded.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from memenv.forms import LIMITS
from memenv.readers.dates import DATE
from memenv.readers.questions import Query
from memenv.readers.settings import Rules
from memenv.readers.stems import STOP_STEMS, stemmed
from memenv.readers.wordlists import JOINTS, LINKS, NUMBERS, WEEKDAYS
from memenv.search import STOP_WORDS, words

_LONGEST = LIMITS["short"]
_MOST = 200
"""Spans of a unit that are looked at; a sentence has some twenty."""

_TOKEN = re.compile(r"[^\s—–]+")
_EDGES = ".,;:!?()[]{}\"'“”‘’«»…*_"
_NUMBER_WORDS = frozenset(NUMBERS)
_DIGIT = re.compile(r"[0-9]")
_DAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})s?\b")
_QUOTE = re.compile(r"[\"“]([^\"“”]{2,60})[\"”]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a unit, without the punctuation around it."""

    start: int
    end: int
    word: str
    stems: tuple[str, ...]
    own: tuple[str, ...]
    """Those of the stems that say something; a function word has none."""
    name: bool
    number: bool
    stop: bool
    breaks: bool
    """Whether a clause ends after it."""
    opens: bool
    """Whether a sentence begins with it."""
    sentence: int
    """The number of its sentence: a turn may have several."""


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of a unit that may be an answer."""

    kind: str
    first: int
    last: int
    text: str

    def __str__(self) -> str:
        return self.text


@functools.lru_cache(maxsize=1 << 12)
def tokens_of(text: str, stems: bool = True) -> tuple[Token, ...]:
    """The words of a text; the texts of the best units come back with the next question."""
    found: list[Token] = []
    opens, sentence = True, -1
    for match in _TOKEN.finditer(text):
        raw = match[0]
        word = raw.strip(_EDGES)
        if not word:
            opens = opens or raw[-1:] in ".!?"
            continue
        start = match.start() + raw.index(word)
        lower = word.lower()
        # Of a contraction such as "I'm" every part is a function word.
        stop = all(part in STOP_WORDS for part in words(word))
        sentence += opens
        capital = word[0].isupper()
        # A word that opens a sentence has its capital for that, unless it is no function word.
        name = capital and not stop and not (opens and lower in LINKS)
        tail = raw[raw.index(word) + len(word) :]
        after = text[match.end() : match.end() + 2].strip()
        breaks = bool(tail.strip("\"'”’*_")) and not (tail == "." and len(word) <= 3 and capital)
        parts = tuple(stemmed(word, stems))
        found.append(
            Token(
                start,
                start + len(word),
                word,
                parts,
                () if stop else tuple(stem for stem in parts if stem not in STOP_STEMS),
                name,
                bool(_DIGIT.search(word)) or lower in _NUMBER_WORDS,
                stop,
                breaks or after[:1] in ("—", "–", "("),
                opens,
                sentence,
            )
        )
        opens = tail[:1] in (".", "!", "?")
    return tuple(found)


@functools.lru_cache(maxsize=1 << 12)
def candidates(text: str, stems: bool = True) -> tuple[Span, ...]:
    """All spans of a text that may be an answer, each once."""
    tokens = tokens_of(text, stems)
    found: dict[tuple[int, int], Span] = {}
    for kind, first, last in (
        *(("quote", *each) for each in _within(tokens, text, _QUOTE, 1)),
        *(("date", *each) for each in _within(tokens, text, DATE, 0)),
        *(("date", *each) for each in _within(tokens, text, _DAY, 0)),
        *((_kind(tokens, *each), *each) for each in _names(tokens)),
        *(("number", *each) for each in _numbers(tokens)),
        *(("phrase", *each) for each in _phrases(tokens)),
    ):
        if len(found) == _MOST:
            break
        if last - first < _LONGEST:
            said = text[tokens[first].start : tokens[last].end]
            found.setdefault((first, last), Span(kind, first, last, said))
    return tuple(found.values())


def _kind(tokens: Sequence[Token], first: int, last: int) -> str:
    """A name, or a word that may have its capital only for opening a sentence."""
    return "opener" if first == last and tokens[first].opens else "name"


def _within(
    tokens: Sequence[Token], text: str, pattern: re.Pattern[str], group: int
) -> Iterator[tuple[int, int]]:
    """The tokens that matches of a pattern cover."""
    at = 0
    for match in pattern.finditer(text):
        while at < len(tokens) and tokens[at].end <= match.start(group):
            at += 1
        last = at
        while last < len(tokens) and tokens[last].start < match.end(group):
            last += 1
        if at < last:
            yield at, last - 1


def _names(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Runs of words with a capital, and the parts of a run with `and` or `of` inside."""
    at = 0
    while at < len(tokens):
        if not tokens[at].name:
            at += 1
            continue
        first = last = at
        joined = False
        while not tokens[last].breaks and last + 1 < len(tokens):
            if tokens[last + 1].name or (tokens[last + 1].number and tokens[last].name):
                last += 1
            elif tokens[last + 1].word in LINKS and (end := _linked(tokens, last + 1)):
                if joined or tokens[last + 1].word == "and":
                    yield first, last
                last, joined = end, True
            else:
                break
        yield first, last
        at = last + 1


def _linked(tokens: Sequence[Token], at: int) -> int:
    """Where a name goes on after links such as `of the`, 0 where it does not."""
    for end in range(at, min(at + 3, len(tokens))):
        if tokens[end].name:
            return end
        if tokens[end].word not in LINKS or tokens[end].breaks:
            return 0
    return 0


def _numbers(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Numbers, alone and with what they count."""
    at = 0
    while at < len(tokens):
        if not tokens[at].number:
            at += 1
            continue
        first = last = at
        while last + 1 < len(tokens) and tokens[last + 1].number and not tokens[last].breaks:
            last += 1
        after = last + 1
        if after < len(tokens) and not tokens[last].breaks and not tokens[after].stop:
            yield first, after
        yield first, last
        at = last + 1


def _phrases(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Runs of words without a function word, and two of them with a joint between."""
    runs: list[tuple[int, int]] = []
    first = -1
    for at, token in enumerate(tokens):
        if token.stop:
            first = -1
            continue
        if first < 0:
            first = at
            runs.append((at, at))
        runs[-1] = (first, at)
        if token.breaks:
            first = -1
    for number, (start, end) in enumerate(runs):
        yield start, end
        if number + 1 < len(runs):
            after, last = runs[number + 1]
            between = tokens[end:after]
            joint = all(each.word in JOINTS for each in between[1:])
            if joint and 2 <= len(between) <= 3 and not any(each.breaks for each in between):
                yield start, last


def best_span(
    text: str, query: Query, weight: int, rules: Rules, above: int = -(1 << 40)
) -> tuple[int, str]:
    """The span of a text that answers a question best, and how well; a larger number is better.

    Args:
        text: what a unit says.
        query: the question.
        weight: how well the unit matches, 1000 for the best.
        rules: which rules are on.
        above: what a span must be better than; without such a one the text is empty.
    """
    marked = _marked(text, query, rules)
    best = (above, "")
    if UNIT * weight + _most(marked, query, rules) <= above:
        return best
    for whole in candidates(text, rules.stems):
        span = _trimmed(whole, marked) if whole.kind == "phrase" else whole
        fit = _fit(span, marked, query, rules)
        if fit is None:
            continue
        score = UNIT * weight + fit
        if score > best[0]:
            best = (score, _answer(span, marked, query, rules))
    return best


@functools.lru_cache(maxsize=1 << 12)
def _places_of(text: str, stems: bool) -> Mapping[str, tuple[int, ...]]:
    """Stem -> the numbers of the words of a text that have it."""
    places: dict[str, tuple[int, ...]] = {}
    for at, token in enumerate(tokens_of(text, stems)):
        for stem in token.stems:
            places[stem] = (*places.get(stem, ()), at)
    return places


@dataclass(frozen=True, slots=True)
class _Marked:
    """A text, and where it has words of a question.

    Attributes:
        text: itself.
        tokens: its words.
        hits: (number of a word, a stem of it that the question has, what that counts).
        asked: the numbers of those words.
        nouns: the numbers of the words that are the noun asked for.
    """

    text: str
    tokens: tuple[Token, ...]
    hits: tuple[tuple[int, str, int], ...]
    asked: frozenset[int]
    nouns: tuple[int, ...]


def _marked(text: str, query: Query, rules: Rules) -> _Marked:
    places = _places_of(text, rules.stems)
    hits = tuple(
        (at, stem, weight)
        for stem, weight in query.weights.items()
        if stem in places
        for at in places[stem]
    )
    return _Marked(
        text,
        tokens_of(text, rules.stems),
        hits,
        frozenset(at for at, _, _ in hits),
        tuple(at for stem in query.noun for at in places.get(stem, ())),
    )


def _trimmed(span: Span, marked: _Marked) -> Span:
    """A phrase without the words of the question at its ends: the verb before its object."""
    first, last = span.first, span.last
    tokens, asked = marked.tokens, marked.asked
    while first < last and (tokens[first].stop or first in asked):
        first += 1
    while first < last and (tokens[last].stop or last in asked):
        last -= 1
    if (first, last) == (span.first, span.last):
        return span
    return Span(span.kind, first, last, marked.text[tokens[first].start : tokens[last].end])


UNIT, NEARNESS, OVERLAP = 2, 2000, 1200
_APART = 6
"""How many words the end of a sentence is worth."""
_NEAR = 14
"""Words further off than this say nothing of a span."""


def _most(marked: _Marked, query: Query, rules: Rules) -> int:
    """No span of a text fits better than this."""
    most = NEARNESS * sum({stem: weight for _, stem, weight in marked.hits}.values()) // query.total
    if rules.types:
        most += max(_TYPES[query.kind].values()) + 300 * bool(marked.nouns)
        most += {"where": 500, "why": 700}.get(query.kind, 0)
    return most


def _fit(span: Span, marked: _Marked, query: Query, rules: Rules) -> int | None:
    """How well a span fits a question; `None` when it only repeats the question."""
    first, last, tokens = span.first, span.last, marked.tokens
    inside = [stem for token in tokens[first : last + 1] for stem in token.own]
    fresh = [stem for stem in inside if stem not in query.weights]
    if not fresh:
        return None
    near: dict[str, int] = {}
    for at, stem, weight in marked.hits:
        gap = first - at if at < first else at - last
        if gap <= 0 or gap >= _NEAR:
            continue
        gap += _APART * (tokens[at].sentence != tokens[first].sentence)
        worth = max(0, _NEAR - gap) * weight // _NEAR
        if worth > near.get(stem, 0):
            near[stem] = worth
    proximity = NEARNESS * sum(near.values()) // query.total
    overlap = OVERLAP * (len(inside) - len(fresh)) // len(inside)
    fit = proximity - overlap
    if rules.types:
        fit += _typed(span, marked, query)
    return fit


_TYPES: dict[str, dict[str, int]] = {
    "date": {"date": 1500, "number": 600},
    "number": {"number": 1400, "date": 100},
    "who": {"name": 1100, "quote": 0, "phrase": 100},
    "where": {"name": 900, "phrase": 100},
    "name": {"name": 600, "quote": 400, "phrase": 150},
    "what": {"name": 150, "quote": 200, "phrase": 200},
    "how": {"phrase": 200},
    "why": {"phrase": 200},
}
_PLACED = frozenset("in at to from near into of on".split())  # noqa: SIM905


def _typed(span: Span, marked: _Marked, query: Query) -> int:
    """Whether a span is of the kind asked for, and stands by the noun asked for."""
    tokens = marked.tokens
    kind = "name" if span.kind == "opener" else span.kind
    fit = _TYPES[query.kind].get(kind, 0) - 300 * (span.kind == "opener")
    if kind == "date" and query.kind not in ("date", "number"):
        fit -= 400
    if span.kind == "phrase" and span.first == span.last:
        # A lone word is an adjective or a verb as often as a thing.
        fit -= 400 if span.text.endswith(("ed", "ing", "ly")) else 200
    if query.kind == "where" and span.first and tokens[span.first - 1].word in _PLACED:
        fit += 500
    if query.kind == "why" and span.first:
        before = [token.word.lower() for token in tokens[max(0, span.first - 3) : span.first]]
        fit += 700 * ("because" in before or "to" in before[-1:] or "due" in before)
    if marked.nouns:
        fit += 300 * any(span.first - 2 <= at <= span.last + 2 for at in marked.nouns)
    return fit


def _answer(span: Span, marked: _Marked, query: Query, rules: Rules) -> str:
    """The text of a span, grown to the clause where the question asks for more than a name."""
    first, last = span.first, span.last
    if rules.growth and query.kind in _GROWING:
        first, last = _grown(first, last, marked)
    return marked.text[marked.tokens[first].start : marked.tokens[last].end]


_GROWING = ("what", "why", "how", "name")
_BOUNDARIES = frozenset("which that who whom because when while but where although".split())  # noqa: SIM905


def _grown(first: int, last: int, marked: _Marked) -> tuple[int, int]:
    """A span with the words around it in its clause that the question does not have."""
    tokens = marked.tokens

    def joins(at: int) -> bool:
        return tokens[at].word.lower() not in _BOUNDARIES and at not in marked.asked

    while last - first + 1 < _LONGEST and last + 1 < len(tokens):
        if tokens[last].breaks or not joins(last + 1):
            break
        last += 1
    while last - first + 1 < _LONGEST and first > 0:
        if tokens[first - 1].breaks or not joins(first - 1):
            break
        first -= 1
    # Function words at the edges are no part of an answer.
    while last > first and tokens[last].stop:
        last -= 1
    while first < last and tokens[first].stop:
        first += 1
    return first, last
