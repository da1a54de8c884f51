"""Following facts: the object of one is the subject of the next, up to four of them.

*In which town does the chief executive of the owner of Brass Mills live?* begins at `Brass Mills`,
the longest subject in the question, and looks for facts whose relations hold the other words of
it. A path of facts is as good as the words it covers, less what its relations say beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import NamedTuple

from memenv.readers.dates import DATE
from memenv.readers.holdings import Holdings
from memenv.readers.names import Lead
from memenv.readers.questions import Kind, kind_of
from memenv.readers.relations import Compared, Relation
from memenv.readers.settings import Rules
from memenv.readers.stems import GROUPS, root, stem
from memenv.readers.units import Found
from memenv.readers.wordlists import EXCEPTIONS, LIGHT, NUMBERS, PREPOSITIONS
from memenv.search import STOP_WORDS, words

HOPS = 4
BEAM = 12
_ONE = 1000
_DETOUR = _ONE * 3 // 4
_BONUS = _ONE // 2
_LEAST = 400
"""Of the weight of a question, in thousandths: what a path must cover."""
_EXCEPTION = re.compile(rf"\b(?:{'|'.join(EXCEPTIONS)})\b[^,?]{{0,200}}", re.IGNORECASE)
_ASKING = frozenset("who whom whose what which where when how name called".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a question beside its anchor.

    Attributes:
        weights: per word how much it counts, 1000 on average.
        total: what they all count.
        accepts: root of a relation's word, or group of synonyms it belongs to -> the numbers of
            the words it answers to.
        words: all words of the question.
        stems: their stems.
        content: the words that are no prepositions, as bits.
        light: those that say little, as bits.
        kind: the noun after `which` or `what`, as bits.
        named: the noun that is asked for by name, as bits.
        told: the numbers of the words that some fact has, as bits; perhaps some more.
        keys: these roots and groups.
        matter: those of them that belong to words that are no prepositions.
        known: roots already looked up -> the numbers of the words they answer to.
        compared: relations already looked at -> what they have in common with the question.
        worth: words covered, as bits, already weighed -> their weight.
    """

    weights: tuple[int, ...]
    total: int
    accepts: Mapping[str | int, tuple[int, ...]]
    words: frozenset[str]
    stems: frozenset[str]
    content: int
    light: int
    kind: int
    named: int
    told: int
    keys: frozenset[str | int]
    matter: frozenset[str | int]
    known: dict[str, tuple[int, ...]] = field(default_factory=dict)
    compared: dict[Relation, Compared] = field(default_factory=dict)
    worth: dict[int, int] = field(default_factory=dict)


class Path(NamedTuple):
    """Facts followed so far."""

    score: int
    covered: int
    end: str
    facts: tuple[Found, ...]
    text: str
    seen: tuple[str, ...]
    order: tuple[int, ...]
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
        for beam in _beams(" ".join(plain[first:last]), asked, holdings, rules):
            for path in beam:
                share = _share(path.covered, asked)
                rank = path.score + path.bonus
                if share < _LEAST or (best and rank <= best[0]):
                    continue
                if not (rules.types and misfits(path.text, kind)):
                    best = (rank, share, path)
            if not any(_promises(path, asked, best[0] if best else None) for path in beam):
                break
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
    starts = [at for at, word in enumerate(plain) if holdings.names.opens(word)]
    for length in range(min(12, len(plain)) if starts else 0, 0, -1):
        for first in starts:
            last = first + length
            if last > len(plain) or any(start < last and first < end for start, end in found):
                continue
            name = " ".join(plain[first:last])
            if length == 1 and name in STOP_WORDS:
                continue
            if name in holdings.names:
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
    accepts: dict[str | int, tuple[int, ...]] = {}
    for number, word in enumerate([*content, *little]):
        each = root(word)
        keys: tuple[str | int, ...] = (each, *(GROUPS.get(each, ()) if rules.synonyms else ()))
        for key in keys:
            accepts[key] = (*accepts.get(key, ()), number)
    return Asked(
        tuple(weights),
        sum(weights),
        accepts,
        every,
        frozenset(map(stem, every)),
        (1 << len(content)) - 1,
        light,
        *_wanted(left, places),
        told=_told(accepts, holdings),
        keys=frozenset(accepts),
        matter=frozenset(key for key in accepts if accepts[key][0] < len(content)),
    )


def _told(accepts: Mapping[str | int, tuple[int, ...]], holdings: Holdings) -> int:
    """The numbers of the words that some fact's relation has, as bits."""
    told = 0
    for key, numbers in accepts.items():
        if holdings.names.relates(key):
            for number in numbers:
                told |= 1 << number
    return told


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
    """The weight of some words of a question."""
    known = asked.worth.get(covered)
    if known is None:
        known = sum(weight for at, weight in enumerate(asked.weights) if covered >> at & 1)
        asked.worth[covered] = known
    return known


def _share(covered: int, asked: Asked) -> int:
    """The weight of some words of a question in thousandths of the weight of all."""
    return _weight(covered, asked) * 1000 // max(1, asked.total)


def _promises(path: Path, asked: Asked, best: int | None) -> bool:
    """Whether a longer path can cover enough and be worth more than the best one so far."""
    rest = asked.told & ~path.covered
    most = path.score + _weight(rest, asked)
    if rest & (asked.kind | asked.named):
        most += _BONUS
    if not rest & asked.content:
        most -= _DETOUR
    enough = _share(path.covered | rest, asked) >= _LEAST
    return enough and (best is None or most > best)


def _beams(anchor: str, asked: Asked, holdings: Holdings, rules: Rules) -> Iterator[Sequence[Path]]:
    """The best paths of no fact, of one, and so on to four."""
    beam = [Path(0, 0, anchor, (), "", (anchor,), ())]
    yield beam
    # Keys sort newest first, and so do ties.
    side = 1 if rules.newest else -1
    for _ in range(HOPS):
        longer = [
            (-_score(path, step, asked), (*path.order, side * step.lead.found.key), path, step)
            for path in beam
            for step in _steps(path, asked, holdings, rules)
        ]
        # No two have the same facts, so that nothing else is compared.
        beam = [_longer(*each, asked) for each in nsmallest(BEAM, longer)]
        yield beam


class Step(NamedTuple):
    """A fact that may come next.

    Attributes:
        lead: the fact, read from one of its names.
        covered: numbers of the question's words it has, as bits.
        exact: those of them that it has in the same form and not by kinship.
        compared: what its relation has in common with the question.
    """

    lead: Lead
    covered: int
    exact: int
    compared: Compared


def _steps(path: Path, asked: Asked, holdings: Holdings, rules: Rules) -> list[Step]:
    """The facts that may come next, without those that a newer one has replaced."""
    leads = holdings.names.leads(path.end)
    standing: list[Step] = []
    telling: list[Step] = []
    for lead in leads if rules.newest else reversed(leads):
        step = _step(path, lead, asked)
        if step is None:
            continue
        # What has no word of the question replaces nothing, and nothing replaces it.
        if rules.newest and step.covered & asked.content:
            if any(_replaces(newer, step, asked) for newer in telling):
                continue
            telling.append(step)
        standing.append(step)
        if len(standing) == BEAM:
            break
    return standing


def _step(path: Path, lead: Lead, asked: Asked) -> Step | None:
    """The next step by a fact; `None` when that leads nowhere."""
    if lead.turned and asked.matter.isdisjoint(lead.relation.keys):
        return None
    if lead.end in path.seen or asked.words.issuperset(lead.end_words):
        return None
    compared = asked.compared.get(lead.relation)
    if compared is None:
        compared = asked.compared[lead.relation] = _compared(lead.relation, asked)
    covered = exact = 0
    for numbers, same in compared.answering:
        # A word that is asked for twice is covered once by each of two facts.
        number = next((each for each in numbers if not path.covered >> each & 1), numbers[0])
        covered |= 1 << number
        exact |= same << number
    # From its object a fact is read only where it was asked for: who is the mayor of Oslo?
    if lead.turned and not covered & asked.content & ~path.covered:
        return None
    return Step(lead, covered, exact, compared)


def _replaces(newer: Step, older: Step, asked: Asked) -> bool:
    """Whether a newer fact says anew what an older one said of the same subject."""
    same = newer.covered & older.covered & asked.content
    if not same or newer.compared.modified > older.compared.modified or newer.lead.relation.adds:
        return False
    if newer.lead.capital != older.lead.capital:
        return False
    if same & ~asked.light:
        # `governed from` is too far from `governor` to replace it.
        return bool(newer.exact & same) or not older.exact & same
    return not newer.compared.foreign and not newer.covered & asked.content & ~asked.light


def _score(path: Path, step: Step, asked: Asked) -> int:
    """What a path is worth with one step more."""
    lead, compared = step.lead, step.compared
    new = step.covered & ~path.covered
    score = path.score + _weight(new, asked) - min(compared.foreign, 2) * _ONE // 4
    if not new & asked.content:
        # A relation that the question does not have is a detour; one it had already is a worse one.
        score -= _ONE if step.covered & asked.content else _DETOUR
    score -= _ONE // 4 * lead.turned + _ONE * 3 // 2 * compared.modified
    return score - _ONE * lead.found.unit.doubted - _ONE // 7 * compared.loose


def _longer(loss: int, order: tuple[int, ...], path: Path, step: Step, asked: Asked) -> Path:
    """A path with one step more."""
    new = step.covered & ~path.covered
    wanted = new & (asked.kind | asked.named) and not step.compared.foreign
    return Path(
        -loss,
        path.covered | step.covered,
        step.lead.end,
        (*path.facts, step.lead.found),
        step.lead.text,
        (*path.seen, step.lead.end),
        order,
        _BONUS if wanted else 0,
    )


def _compared(relation: Relation, asked: Asked) -> Compared:
    """What a relation has in common with the question, whatever was covered before."""
    if asked.keys.isdisjoint(relation.keys) and asked.words.isdisjoint(relation.past):
        return relation.alone
    answering: list[tuple[tuple[int, ...], bool]] = []
    foreign = modified = loose = 0
    last = ""
    known = asked.known
    for part in relation.parts:
        numbers = known.get(part.root)
        if numbers is None:
            numbers = known[part.root] = _numbers(part.root, asked)
        if numbers:
            same = part.stem in asked.stems
            answering.append((numbers, same))
            loose += not same
        else:
            loose += part.loosens and last == "covered"
            foreign += part.foreign
        modified += part.word in relation.past and part.word not in asked.words
        modified += part.word == "to" and last == "used"
        last = "covered" if numbers else part.word
    return Compared(tuple(answering), foreign, modified, loose)


def _numbers(each: str, asked: Asked) -> tuple[int, ...]:
    """The words of a question that a word of a relation answers to, by its root."""
    groups = GROUPS.get(each, ())
    by_group = (number for group in groups for number in asked.accepts.get(group, ()))
    return asked.accepts.get(each) or tuple(dict.fromkeys(by_group))
