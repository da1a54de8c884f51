"""What the ranking page shows: every run in a table of columns, small enough for ten thousand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memenv_leaderboard.pages.choose import in_turn
from memenv_leaderboard.pages.text import file_name, plain, script
from memenv_leaderboard.ranking import Scores, ordered, rank
from memenv_leaderboard.standings import Standing

UNIT = 10_000
"""Shares and scores travel as whole numbers of this part."""

ROOM = 1_800_000
"""Bytes that the data of the ranking may have; names are cut shorter above it."""

RANKED = 100
"""Rows of a board whose rank is worked out, the best ones; fewer where there are many boards."""

_PLACES, _PLACES_BY_COMPETENCY = 400, 100
"""Ranks that are worked out at most, by the mean and by every competency."""

_SIZES = ((120, True), (60, True), (60, False), (30, False), (16, False), (8, False), (4, False))
"""Characters of a name, and whether competencies have intervals: less where there are many rows."""
FLAGS = {"floor": 1, "ceiling": 2, "refused": 4, "stateful": 8, "trained": 16}


def board_data(
    standings: Sequence[Standing], scores: Callable[[Sequence[str]], Mapping[str, Scores]]
) -> dict[str, Any]:
    """The ranking as its script reads it.

    Args:
        standings: all rows.
        scores: run ids -> their episodes' scores, as `SqliteStore.episode_scores`.

    Returns:
        `texts`, `tracks`, `budgets`, `competencies`: what indices point at; `rows`: columns of
        `count` values, best first on every board, or one value for all rows; `by`: the like of
        the mean and of every competency, a `rank` 0 where it is not worked out.
    """
    competencies = sorted({name for each in standings for name in each.by_competency})
    ranks = {name: _ranks(standings, scores, name) for name in (None, *competencies)}
    rows = ordered(standings)
    for limit, spreads in _SIZES:
        data = _columns(rows, ranks, competencies, limit, spreads)
        if len(script("board", data)) <= ROOM:
            break
    return data


def _ranks(
    standings: Sequence[Standing],
    scores: Callable[[Sequence[str]], Mapping[str, Scores]],
    competency: str | None,
) -> dict[str, int]:
    """Run -> its rank on its board, for the best of every board."""
    groups: dict[tuple[object, ...], list[Standing]] = {}
    for each in ordered(standings, competency):
        if each.ranked:
            board = (each.track, each.capacity, each.reader, each.basis, each.stateful)
            groups.setdefault(board, []).append(each)
    places = _PLACES if competency is None else _PLACES_BY_COMPETENCY
    best = in_turn([group[:RANKED] for group in groups.values()], places)
    boards, _ = rank(best, scores, competency)
    return {place.standing.run: place.rank for board in boards for place in board.places}


class _Texts:
    """Texts by number, cut to a length."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str | None) -> int | None:
        if text is None:
            return None
        # Cut first: a page holds no more of a megabyte than it shows.
        shown = str(plain(text, self._limit))
        return self._numbers.setdefault(shown, len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


def _columns(
    rows: Sequence[Standing],
    ranks: Mapping[str | None, Mapping[str, int]],
    competencies: Sequence[str],
    limit: int,
    spreads: bool,
) -> dict[str, Any]:
    texts, tracks, budgets = _Texts(limit), _Texts(limit), _Texts(limit)
    columns: dict[str, list[Any]] = {
        "run": [file_name(each.run) for each in rows],
        "name": [texts(each.name) for each in rows],
        "model": [texts(each.model) for each in rows],
        "reader": [texts(each.reader) for each in rows],
        "track": [tracks(each.track) for each in rows],
        "budget": [budgets(budget(each.capacity)) for each in rows],
        "ratio": [_whole(each.memory_ratio) for each in rows],
        "kept": [_whole(each.kept) for each in rows],
        "found": [_whole(each.found) for each in rows],
        "stale": [_whole(each.stale) for each in rows],
        "usd": [_whole(each.usd) for each in rows],
        "level": [texts(each.checked) for each in rows],
        "flags": [_flags(each) for each in rows],
        "why": [texts("; ".join(each.refusals) or None) for each in rows],
        "date": [texts(each.created[:10]) for each in rows],
        "episodes": [each.episodes for each in rows],
    }
    by = []
    for name in (None, *competencies):
        places = ranks[name]
        ends = [_spread(each, name) if spreads or name is None else (None, None) for each in rows]
        part: dict[str, list[Any]] = {
            "rank": [places.get(each.run, 0) for each in rows],
            "score": [_whole(_score(each, name)) for each in rows],
            "low": [_whole(low) for low, _ in ends],
            "high": [_whole(high) for _, high in ends],
        }
        by.append(part)
    data: dict[str, Any] = plain(
        {
            "unit": UNIT,
            "flags": FLAGS,
            "competencies": list(competencies),
            "count": len(rows),
            "rows": {name: _packed(column) for name, column in columns.items()},
            "by": [{name: _packed(column) for name, column in part.items()} for part in by],
        }
    )
    return {**data, "texts": texts.all(), "tracks": tracks.all(), "budgets": budgets.all()}


def _packed(column: list[Any]) -> Any:
    """A column; one that says the same of every row is that value alone."""
    same = len(column) > 1 and all(value == column[0] for value in column)
    return column[0] if same else column


def unpacked(column: Any, count: int) -> list[Any]:
    """The values of a column, one per row.

    >>> unpacked(0, 3), unpacked([4], 1)
    ([0, 0, 0], [4])
    """
    return list(column) if isinstance(column, list) else [column] * count


def _score(each: Standing, competency: str | None) -> float | None:
    return each.score if competency is None else each.by_competency.get(competency)


def _spread(each: Standing, competency: str | None) -> tuple[float | None, float | None]:
    if competency is None:
        return each.low, each.high
    return each.spreads.get(competency) or (None, None)


def _whole(value: float | None) -> int | None:
    return None if value is None or not math.isfinite(value) else round(value * UNIT)


def _flags(each: Standing) -> int:
    flags = FLAGS.get(each.role, 0)
    if each.refusals:
        flags |= FLAGS["refused"]
    if each.stateful:
        flags |= FLAGS["stateful"]
    return flags | (FLAGS["trained"] if each.trained_on else 0)


def budget(capacity: float | None) -> str:
    """A capacity as people know it.

    >>> budget(None), budget(0.2), budget(0.5), budget(500)
    ('open', 'tight (0.2)', '0.5 of the stream', '500 tokens')
    """
    if capacity is None:
        return "open"
    if capacity == 0.2:
        return "tight (0.2)"
    return f"{capacity:g} of the stream" if capacity <= 1 else f"{capacity:,.0f} tokens"
