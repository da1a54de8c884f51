"""Which units answer a question best, the newest first where they say the same of the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from memenv.readers.holdings import Holdings
from memenv.readers.settings import Rules
from memenv.readers.units import Found, Unit, age

LOOKED_AT = 60
"""How many of the best units are looked at closely."""


def ranked(holdings: Holdings, terms: Sequence[str], count: int, rules: Rules) -> list[Found]:
    """The best units for some words, best first; ties go to the newer one."""
    best = dict(holdings.units.search(terms, count))
    scores = _in_context(holdings, best) if rules.context else best
    named = frozenset(terms)
    side = 1 if rules.newest else -1
    order = []
    for key, score in scores.items():
        weighed = _weighed(holdings.held[key][1], score, named, rules)
        if weighed:
            order.append((-weighed, side * key))
    order.sort()
    return [Found(side * key, *holdings.held[side * key], -score) for score, key in order]


def _in_context(holdings: Holdings, best: dict[int, int]) -> dict[int, int]:
    """A fifth of a turn's score goes to its neighbours; two fifths to what answers a question.

    Turns lean on each other; neighbours of a sentence of prose only blur what is found.
    """
    scores = dict(best)
    held = holdings.held
    for key, score in islice(best.items(), LOOKED_AT):
        unit = held[key][1]
        if unit.kind != "turn":
            continue
        for near in holdings.neighbours(key):
            if near in best:
                scores[near] += score // 5
            elif unit.asks and near < key:
                scores[near] = scores.get(near, 0) + score * 2 // 5
    return scores


def _weighed(unit: Unit, score: int, terms: frozenset[str], rules: Rules) -> int:
    """A unit's score with what else speaks for or against it."""
    if rules.questions and unit.asks:
        score //= 2
    if rules.doubts and unit.doubted:
        score //= 2
    if rules.speaker and unit.speaker and not terms.isdisjoint(unit.speaker):
        score += score // 4
    if unit.kind == "header":
        score //= 2
    return score


def newest_first(units: Sequence[Found], rules: Rules, most: int | None = None) -> list[Found]:
    """Units by score, but of near-duplicates (the same beginning) only the newest, in place.

    Two units are near-duplicates when they begin with the same three words at least, and with half
    of the words of the shorter one: `The capital of X is A` and `The capital of X is B`. One with
    much less of the question in it is about something else: `The capital of Y is C`.

    Args:
        units: best first.
        rules: which rules are on.
        most: how many are wanted, headers not counted; there may be more.
    """
    if not rules.newest:
        return list(units)
    kept: list[Found] = []
    places: dict[tuple[str, ...], list[int]] = {}
    wanted = len(units) if most is None else most
    least = 0
    for unit in units:
        if _ALIKE * unit.score < least:
            # It is no near-duplicate of one that is wanted, and neither are those after it.
            break
        alike = places.setdefault(unit.unit.opening[:3], [])
        twin = next((place for place in alike if _alike(unit, kept[place])), None)
        if twin is None:
            alike.append(len(kept))
            kept.append(unit)
            wanted -= unit.unit.kind != "header"
        elif age(unit) > age(kept[twin]):
            wanted += (kept[twin].unit.kind != "header") - (unit.unit.kind != "header")
            score = max(unit.score, kept[twin].score)
            kept[twin] = Found(unit.key, unit.entry, unit.unit, score)
        if wanted > 0:
            least = 0
        elif not least:
            least = (_ALIKE - 1) * kept[-1].score
    return kept


_ALIKE = 4
"""Near-duplicates are worth three quarters of each other at least."""


def _alike(one: Found, other: Found) -> bool:
    low, high = (one, other) if one.score < other.score else (other, one)
    if _ALIKE * low.score < (_ALIKE - 1) * high.score:
        return False
    first, second = one.unit.opening, other.unit.opening
    shorter = min(len(first), len(second))
    same = max(3, (shorter + 1) // 2)
    return same <= shorter <= 30 and first[:same] == second[:same]
