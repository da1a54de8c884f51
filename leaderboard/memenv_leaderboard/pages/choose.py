"""Of a large database, what gets whole pages: the best and the newest runs, telling episodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from memenv.harness.results import Result
from memenv_leaderboard.ranking import ordered
from memenv_leaderboard.standings import Standing

T = TypeVar("T")


@dataclass(frozen=True)
class Depth:
    """How much of a database gets pages.

    Attributes:
        runs: so many of the best, of every board in turn, and so many of the newest get whole
            pages; of all others there is a summary.
        only: ids of runs that get whole pages in any case.
        episodes: of a run that can be explored.
        probes: answers of probes for heat maps of retention, all runs together; 0 for none.
    """

    runs: int = 10
    only: tuple[str, ...] = ()
    episodes: int = 5
    probes: int = 6_000


def whole_runs(standings: Sequence[Standing], depth: Depth) -> list[str]:
    """The runs that get whole pages, the best first."""
    boards: dict[tuple[object, ...], list[str]] = {}
    for each in ordered([each for each in standings if not each.refusals]):
        key = (each.track, each.capacity, each.reader, each.basis, each.stateful)
        boards.setdefault(key, []).append(each.run)
    newest = sorted(standings, key=lambda each: (each.created, each.run), reverse=True)
    best = in_turn(list(boards.values()), depth.runs)
    last = [each.run for each in newest[: depth.runs]]
    return list(dict.fromkeys([*depth.only, *best, *last]))


def telling(results: Sequence[Result], count: int) -> list[int]:
    """Numbers of the episodes that lost most questions, of every environment in turn, in order."""
    numbers = {result.key: number for number, result in enumerate(results)}
    chosen = every_environment(sorted(results, key=lambda result: -_lost(result)))[:count]
    return sorted(numbers[result.key] for result in chosen)


def every_environment(results: Sequence[Result]) -> list[Result]:
    """The first of every environment, then the second of every one, and so on."""
    environments: dict[str, list[Result]] = {}
    for result in results:
        environments.setdefault(result.env, []).append(result)
    return in_turn(list(environments.values()), len(results))


def _lost(result: Result) -> int:
    if result.record is None:
        return -1
    return sum(trace.get("answered") is False for trace in result.record.get("evidence", ()))


def in_turn(groups: Sequence[Sequence[T]], count: int) -> list[T]:
    """The first of every group, then the second, at most so many.

    >>> in_turn([[1, 2, 3], [4]], 3)
    [1, 4, 2]
    """
    longest = max(map(len, groups), default=0)
    turns = (group[turn] for turn in range(longest) for group in groups if turn < len(group))
    return [each for each, _ in zip(turns, range(count), strict=False)]
