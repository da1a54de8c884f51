"""Short answers: the end of a chain of facts, a date, or the best span of the best units."""

from __future__ import annotations

from collections.abc import Sequence

from memenv.forms import LIMITS, cut
from memenv.readers.chains import followed
from memenv.readers.counts import counted
from memenv.readers.dates import day_of, explicit, said
from memenv.readers.holdings import Holdings
from memenv.readers.questions import Query, query_of
from memenv.readers.ranking import newest_first
from memenv.readers.settings import Rules
from memenv.readers.spans import best_span
from memenv.readers.units import Found

_LOOKED_AT = 5


def answer_short(
    text: str, holdings: Holdings, units: Sequence[Found], rules: Rules
) -> tuple[str, list[Found]]:
    """At most eight words that answer a question, and what they rest on."""
    if rules.counts and (count := counted(text, holdings, rules)):
        return count
    if rules.chains and (chain := followed(text, holdings, rules)):
        return cut(chain[0], LIMITS["short"]), chain[1]
    query = query_of(text, holdings, rules)
    # Few units have a date or a number at all, so more of them are looked at for one.
    most = 4 * _LOOKED_AT if rules.types and query.kind in ("date", "number") else _LOOKED_AT
    best = [each for each in newest_first(units, rules, most) if each.unit.kind != "header"]
    best = best[:most]
    if not best:
        return "", []
    weekday = "day of the week" in text
    if (
        rules.dates
        and query.kind == "date"
        and not weekday
        and (dated := dated_answer(query, holdings, best))
    ):
        return dated
    return span_answer(query, best, rules)


def span_answer(query: Query, best: Sequence[Found], rules: Rules) -> tuple[str, list[Found]]:
    """The best span of some units."""
    top = max(1, best[0].score)
    chosen: tuple[int, str, list[Found]] = (-(1 << 40), "", [])
    for found in best:
        weight = found.score * 1000 // top
        score, span = best_span(found.unit.body, query, weight, rules, chosen[0])
        if span:
            chosen = (score, span, [found])
    return cut(chosen[1], LIMITS["short"]), chosen[2]


def dated_answer(
    query: Query, holdings: Holdings, best: Sequence[Found]
) -> tuple[str, list[Found]] | None:
    """The date that the best units tell, mean, or were said on; `None` where no day is known."""
    first = holdings.header(best[0])
    if day_of(first) is None:
        return None
    for found in best[:3]:
        if found.score * 5 < best[0].score * 3:
            break
        day = day_of(holdings.header(found))
        text = explicit(found.unit.body, day) or (said(found.unit.body, day) if day else None)
        if text is not None:
            return text, [found]
    return str(day_of(first)), [best[0]]
