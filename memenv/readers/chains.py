"""Following facts: the object of one is the subject of the next, up to four of them.

*In which town does the chief executive of the owner of Brass Mills live?* begins at `Brass Mills`,
the longest subject in the question, and looks for facts whose relations hold the other words of
it. A path of facts is as good as the words it covers, less what its relations say beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from memenv.readers.dates import DATE
from memenv.readers.facts import Fact
from memenv.readers.holdings import Holdings
from memenv.readers.questions import Kind, kind_of
from memenv.readers.settings import Rules
from memenv.readers.stems import GROUPS, root, stem
from memenv.readers.units import Found, age
from memenv.readers.wordlists import ADDITIONS, EXCEPTIONS, LIGHT, NUMBERS, PAST, PREPOSITIONS
from memenv.search import STOP_WORDS, words

HOPS = 4
BEAM = 12
PER_SUBJECT = 64
"""Facts of one subject that are looked at, the newest ones."""

Compared = tuple[tuple[tuple[tuple[int, ...], bool], ...], int, int, int]
"""Of a relation: for every word that answers to some of the question's words their numbers, and
whether it has their form; then `foreign`, `modified` and `loose` of a `Step`."""

_ONE = 1000
_EXCEPTION = re.compile(rf"\b(?:{'|'.join(EXCEPTIONS)})\b[^,?]{{0,200}}", re.IGNORECASE)
_ASKING = frozenset("who whom whose what which where when how name called".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a question beside its anchor.

    Attributes:
        weights: per word how much it counts, 1000 on average.
        accepts: root of a relation's word -> the numbers of the words it answers to.
        groups: synonym group -> the numbers of the words in it.
        words: all words of the question.
        stems: their stems.
        content: the words that are no prepositions, as bits.
        light: those that say little, as bits.
        kind: the noun after `which` or `what`, as bits.
        named: the noun that is asked for by name, as bits.
        known: words of relations already looked up -> the numbers of the words they answer to.
        compared: relations already looked at -> what they have in common with the question.
    """

    weights: tuple[int, ...]
    accepts: Mapping[str, tuple[int, ...]]
    groups: Mapping[int, tuple[int, ...]]
    words: frozenset[str]
    stems: frozenset[str]
    content: int
    light: int
    kind: int
    named: int
    known: dict[str, tuple[int, ...]] = field(default_factory=dict)
    compared: dict[tuple[str, ...], Compared] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Path:
    """Facts followed so far."""

    score: int
    covered: int
    end: str
    facts: tuple[Found, ...]
    text: str
    seen: tuple[str, ...]
    bonus: int = 0


def followed(text: str, holdings: Holdings, rules: Rules) -> tuple[str, list[Found], int] | None:
    """The end of the best path of facts: its text, the facts, and its coverage in thousandths.

    `None` when no path covers two fifths of the question's words.
    """
    every = words(text[:2_000])[:80]
    plain = words(_EXCEPTION.sub(" ", text[:2_000]))[:80]
    kind = kind_of(text)
    best: tuple[int, int, Path] | None = None
    for first, last in anchors(plain, holdings):
        asked = _asked(plain, first, last, frozenset(every), holdings, rules)
        total = sum(asked.weights)
        if not total:
            continue
        for path in _paths(" ".join(plain[first:last]), asked, holdings, rules):
            share = _weight(path.covered, asked) * 1000 // total
            if share < 400:
                continue
            rank = path.score + path.bonus
            if rules.types and misfits(path.text, kind):
                continue
            if best is None or rank > best[0]:
                best = (rank, share, path)
    if best is None:
        return None
    return best[2].text, list(best[2].facts), best[1]


def misfits(text: str, kind: Kind) -> bool:
    """Whether the end of a path cannot be what is asked for, by its looks."""
    found = words(text)
    digits = any(word[0].isdigit() for word in found)
    if kind == "date":
        return not digits and DATE.search(text) is None
    if kind == "number":
        return not digits and not any(word in NUMBERS for word in found)
    return kind in ("who", "where") and not text[:1].isupper()


def anchors(plain: Sequence[str], holdings: Holdings) -> list[tuple[int, int]]:
    """Where a question names something that facts are about; the longest, none inside another."""
    found: list[tuple[int, int]] = []
    for length in range(min(12, len(plain)), 0, -1):
        for first in range(len(plain) - length + 1):
            last = first + length
            if any(start < last and first < end for start, end in found):
                continue
            name = " ".join(plain[first:last])
            if length == 1 and name in STOP_WORDS:
                continue
            if holdings.is_named(name):
                found.append((first, last))
    return found[:4]


def _asked(
    plain: Sequence[str],
    first: int,
    last: int,
    every: frozenset[str],
    holdings: Holdings,
    rules: Rules,
) -> Asked:
    left = [*plain[:first], "", *plain[last:]]
    places = [at for at, word in enumerate(left) if word and word not in STOP_WORDS | _ASKING]
    content = [left[at] for at in places]
    little = [word for word in dict.fromkeys(left) if word in PREPOSITIONS - {"of", "by"}]
    rare = [holdings.units.rarity(stem(word) if rules.stems else word) for word in content]
    # What no fact holds, however it is said, must not decide: rarity is kept within bounds.
    mean = max(1, sum(rare) // max(1, len(rare)))
    weights = [min(2 * _ONE, max(_ONE // 2, weight * _ONE // mean)) for weight in rare]
    light = 0
    for number, at in enumerate(places):
        if _only_a_type(left, at) or left[at] in LIGHT:
            weights[number] = _ONE // 5
            light |= 1 << number
    weights += [_ONE // 6 for _ in little]
    accepts: dict[str, tuple[int, ...]] = {}
    groups: dict[int, tuple[int, ...]] = {}
    for number, word in enumerate([*content, *little]):
        each = root(word)
        accepts[each] = (*accepts.get(each, ()), number)
        if rules.synonyms:
            for group in GROUPS.get(each, ()):
                groups[group] = (*groups.get(group, ()), number)
    return Asked(
        tuple(weights),
        accepts,
        groups,
        every,
        frozenset(map(stem, every)),
        (1 << len(content)) - 1,
        light,
        *_wanted(left, places),
    )


def _wanted(left: Sequence[str], places: Sequence[int]) -> tuple[int, int]:
    """What is asked for, as bits: by its kind, `which town`, and by name, `the mayor of`."""
    kind = named = 0
    for number, at in enumerate(places):
        if left[at - 1 : at] in (["which"], ["what"]):
            kind |= 1 << number
        if not named and at < 8 and left[at + 1 : at + 2] == ["of"]:
            named = 1 << number
    return kind, named


def _only_a_type(left: Sequence[str], at: int) -> bool:
    """Whether a word says only what kind of thing: `which town`, `the town where Ada lives`."""
    before, after = left[at - 1 : at], left[at + 1 : at + 2]
    return before in (["which"], ["what"]) or after in (["that"], ["where"], ["which"], ["who"])


def _weight(covered: int, asked: Asked) -> int:
    return sum(weight for at, weight in enumerate(asked.weights) if covered >> at & 1)


def _paths(anchor: str, asked: Asked, holdings: Holdings, rules: Rules) -> Iterator[Path]:
    """Every path that stays among the best, of one fact to four."""
    beam = [Path(0, 0, anchor, (), "", (anchor,))]
    for _ in range(HOPS):
        longer: list[Path] = []
        for path in beam:
            longer += _steps(path, asked, holdings, rules)
        # Keys sort newest first, and so do ties.
        side = 1 if rules.newest else -1
        longer.sort(key=lambda path: (-path.score, *(side * found.key for found in path.facts)))
        beam = longer[:BEAM]
        yield from beam


def _steps(path: Path, asked: Asked, holdings: Holdings, rules: Rules) -> list[Path]:
    """A path with one more fact, without those that a newer one has replaced."""
    steps: list[Step] = []
    for key, turned in holdings.facts_of(path.end, PER_SUBJECT):
        step = _step(path, holdings.found(key, 0), turned, asked)
        if step is not None:
            steps.append(step)
    steps.sort(key=lambda step: age(step.found), reverse=rules.newest)
    standing: list[Step] = []
    for step in steps:
        if rules.newest and any(_replaces(newer, step, asked) for newer in standing):
            continue
        standing.append(step)
        if len(standing) == BEAM:
            break
    return [_longer(path, step, asked) for step in standing]


@dataclass(frozen=True, slots=True)
class Step:
    """A fact that may come next.

    Attributes:
        found: the unit that states it.
        fact: the fact.
        turned: whether it is read from its object.
        covered: numbers of the question's words it has, as bits.
        foreign: how many words of its own it has.
        exact: those of them that it has in the same form and not by kinship.
        modified: how many of its words say that it does not hold, or is of something else.
        loose: how many of its words fit less well than others might.
    """

    found: Found
    fact: Fact
    turned: bool
    covered: int = 0
    exact: int = 0
    foreign: int = 0
    modified: int = 0
    loose: int = 0

    @property
    def end(self) -> str:
        """Where it leads."""
        return self.fact.subject if self.turned else self.fact.object

    @property
    def text(self) -> str:
        """Where it leads, as it was written."""
        return self.fact.subject_text if self.turned else self.fact.object_text


def _step(path: Path, found: Found, turned: bool, asked: Asked) -> Step | None:
    """The next step by a fact; `None` when that leads nowhere."""
    fact = found.unit.fact
    assert fact is not None
    end = fact.subject if turned else fact.object
    if end in path.seen or asked.words.issuperset(end.split()):
        return None
    step = Step(found, fact, turned, *_matched(fact, asked, path.covered))
    # From its object a fact is read only where it was asked for: who is the mayor of Oslo?
    if turned and not step.covered & asked.content & ~path.covered:
        return None
    return step


def _replaces(newer: Step, older: Step, asked: Asked) -> bool:
    """Whether a newer fact says anew what an older one said of the same subject."""
    if newer.modified > older.modified:
        return False
    if not ADDITIONS.isdisjoint(newer.fact.relation):
        return False
    if newer.text[:1].isupper() != older.text[:1].isupper():
        return False
    same = newer.covered & older.covered & asked.content
    if same & ~asked.light:
        # `governed from` is too far from `governor` to replace it.
        return bool(newer.exact & same) or not older.exact & same
    return bool(same) and not newer.foreign and not newer.covered & asked.content & ~asked.light


def _longer(path: Path, step: Step, asked: Asked) -> Path:
    """A path with one step more, and what it is worth."""
    new = step.covered & ~path.covered
    score = path.score + _weight(new, asked) - min(step.foreign, 2) * _ONE // 4
    if not new & asked.content:
        # A relation that the question does not have is a detour; one it had already is a worse one.
        score -= _ONE if step.covered & asked.content else _ONE * 3 // 4
    score -= _ONE // 4 * step.turned + _ONE * 3 // 2 * step.modified
    score -= _ONE * step.found.unit.doubted + _ONE // 7 * step.loose
    bonus = 0
    if new & (asked.kind | asked.named) and not step.foreign:
        bonus = _ONE // 2
    return Path(
        score,
        path.covered | step.covered,
        step.end,
        (*path.facts, step.found),
        step.text,
        (*path.seen, step.end),
        bonus,
    )


def _matched(fact: Fact, asked: Asked, before: int) -> tuple[int, int, int, int, int]:
    """What a relation has in common with the question, and what not: the numbers of a `Step`."""
    compared = asked.compared.get(fact.relation)
    if compared is None:
        compared = asked.compared[fact.relation] = _compared(fact.relation, asked)
    answering, foreign, modified, loose = compared
    covered = exact = 0
    for numbers, same in answering:
        # A word that is asked for twice is covered once by each of two facts.
        number = next((each for each in numbers if not before >> each & 1), numbers[0])
        covered |= 1 << number
        exact |= same << number
    return covered, exact, foreign, modified, loose


def _compared(relation: tuple[str, ...], asked: Asked) -> Compared:
    """What a relation has in common with the question, whatever was covered before."""
    answering: list[tuple[tuple[int, ...], bool]] = []
    foreign = modified = loose = 0
    last = ""
    for word in relation:
        numbers = () if word in "<>" else _numbers(word, asked)
        if numbers:
            same = stem(word) in asked.stems
            answering.append((numbers, same))
            loose += not same
        elif word not in "<>":
            if word in PREPOSITIONS:
                loose += last == "covered" and word in ("for", "with", "on", "from", "under")
            elif word not in STOP_WORDS:
                foreign += word not in ADDITIONS and word not in LIGHT
        modified += word in PAST and word not in asked.words
        modified += word == "to" and last == "used"
        last = "covered" if numbers else word
    return tuple(answering), foreign, modified, loose


def _numbers(word: str, asked: Asked) -> tuple[int, ...]:
    """The words of a question that a word of a relation answers to."""
    if word in asked.known:
        return asked.known[word]
    each = root(word)
    asked.known[word] = asked.accepts.get(each) or tuple(
        dict.fromkeys(
            number for group in GROUPS.get(each, ()) for number in asked.groups.get(group, ())
        )
    )
    return asked.known[word]
