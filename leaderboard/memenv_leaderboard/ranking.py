"""Ranking rows that can be compared, with ties where the difference may be chance.

Rows are compared on one *board*: the same streams and questions, scorers, capacity and reader;
agents with a memory of their own (`stateful`) have boards of their own. Within a board a row shares
the rank of the best row above it that it cannot be told from: the interval of the paired bootstrap
difference, 95 %, holds 0. The next row starts the next rank. Floor and ceiling stand beside.

    with SqliteStore("memenv.db", read_only=True) as store:
        boards, refused = rank(store.standings(), store.episode_scores)
        print(boards[0].places[0].rank, boards[0].places[0].standing.agent)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memenv.harness.summary import natural
from memenv_leaderboard.bootstrap import better
from memenv_leaderboard.standings import Standing

Scores = Mapping[str, Mapping[str, float]]
"""Competency -> episode -> score, of one run; an episode is `environment/number`."""

_BATCH = 64


@dataclass(frozen=True)
class Place:
    """A row and its rank, from 1; rows that cannot be told apart share one."""

    rank: int
    standing: Standing


@dataclass(frozen=True)
class Board:
    """Rows that can be compared.

    Attributes:
        track: what was run on: a suite, or environments and files.
        capacity: `None` is open; tokens, or a share of the stream.
        reader: who answered.
        stateful: whether the agents remember more than the memory.
        basis: hash of streams, questions, scorers and tokenizer.
        competency: what is ranked by; `None` is the mean of all.
        places: best first.
        marks: floor and ceiling.
    """

    track: str
    capacity: float | None
    reader: str
    stateful: bool
    basis: str
    competency: str | None
    places: tuple[Place, ...]
    marks: tuple[Standing, ...]


def rank(
    standings: Sequence[Standing],
    scores: Callable[[Sequence[str]], Mapping[str, Scores]],
    competency: str | None = None,
) -> tuple[list[Board], list[Standing]]:
    """The boards, and the rows that are not ranked (each says why in `refusals`).

    The rank of a row depends on rows above it alone: of the best rows of every board come the same
    ranks as of all.

    Args:
        standings: all rows, in any order.
        scores: run ids -> their episodes' scores, asked once per board.
        competency: rank by this one; rows without it are left out.
    """
    groups: dict[tuple[object, ...], list[Standing]] = {}
    refused = [each for each in standings if each.refusals]
    for each in standings:
        if not each.refusals and score_of(each, competency) is not None:
            groups.setdefault(_key(each), []).append(each)
    marks = {each.run: each for group in groups.values() for each in group if not each.ranked}
    boards = []
    for group in groups.values():
        entries = ordered([each for each in group if each.ranked], competency)
        first = group[0]
        beside = [each for each in marks.values() if _key(each)[:-1] == _key(first)[:-1]]
        if not entries and any(
            _key(other[0])[:-1] == _key(first)[:-1] and any(each.ranked for each in other)
            for other in groups.values()
        ):
            # Floor and ceiling stand on the boards of the entries that they are for.
            continue
        boards.append(
            Board(
                first.track,
                first.capacity,
                first.reader,
                first.stateful,
                first.basis,
                competency,
                _placed(entries, scores, competency),
                tuple(ordered(beside, competency)),
            )
        )
    return sorted(boards, key=_order), sorted(refused, key=lambda each: each.created, reverse=True)


def score_of(standing: Standing, competency: str | None) -> float | None:
    """What a row is ranked by."""
    return standing.score if competency is None else standing.by_competency.get(competency)


def ordered(rows: Sequence[Standing], competency: str | None = None) -> list[Standing]:
    """Rows by score, best first; of equals the smaller memory, then the older run."""

    def key(each: Standing) -> tuple[float, float, str, str]:
        ratio = each.memory_ratio
        size = float("inf") if ratio is None else ratio
        return -(score_of(each, competency) or 0.0), size, each.created, each.run

    return sorted(rows, key=key)


def ranks(rows: Sequence[Scores]) -> list[int]:
    """The ranks of rows that are sorted by score, best first, by their episodes' scores."""
    if not rows:
        return []
    episodes = _shared(rows)
    if not episodes:
        return [1] * len(rows)
    table = {
        name: np.array([[row[name][each] for each in names] for row in rows], dtype=np.float64)
        for name, names in episodes.items()
    }
    # Few rows tie with most leaders and many with some, so what is looked at grows with the ties.
    found, leader, width = [1], 0, 1
    while len(found) < len(rows):
        begin = len(found)
        batch = slice(begin, begin + width)
        apart = better({name: part[leader] - part[batch] for name, part in table.items()})
        same = int(np.argmax(apart)) if apart.any() else len(apart)
        found += [found[leader]] * same
        width = min(2 * width, _BATCH)
        if same < len(apart):
            leader, width = len(found), 1
            found.append(leader + 1)
    return found


def _placed(
    entries: Sequence[Standing],
    scores: Callable[[Sequence[str]], Mapping[str, Scores]],
    competency: str | None,
) -> tuple[Place, ...]:
    if not entries:
        return ()
    known = scores([each.run for each in entries])
    rows = [known[each.run] for each in entries]
    if competency is not None:
        rows = [{competency: row.get(competency, {})} for row in rows]
    return tuple(map(Place, ranks(rows), entries))


def _shared(rows: Sequence[Scores]) -> dict[str, list[str]]:
    """Competency -> the episodes that every row has; on a board these are all of them."""
    found: dict[str, list[str]] = {}
    for name in sorted(rows[0]):
        names = set(rows[0][name])
        for row in rows[1:]:
            names &= row.get(name, {}).keys()
        if names:
            found[name] = sorted(names)
    return found


def _key(each: Standing) -> tuple[object, ...]:
    return each.track, each.capacity, each.reader, each.basis, each.stateful


def _order(board: Board) -> tuple[object, ...]:
    """By name; open before tight before other budgets; the common reader first."""
    capacity = board.capacity
    budget = (0, 0.0) if capacity is None else (1, 0.0) if capacity == 0.2 else (2, capacity)
    return (
        natural(board.track),
        *budget,
        not board.reader.startswith("lexical "),
        board.reader,
        board.stateful,
        board.basis,
    )
