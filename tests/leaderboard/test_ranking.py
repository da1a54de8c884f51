"""Boards, ranks and ties, on rows that are made up."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memenv_leaderboard.ranking import rank, ranks, score_of
from memenv_leaderboard.standings import Standing

ROW = Standing(
    run="r",
    agent="a",
    agent_version="1",
    arguments={},
    model=None,
    reader="lexical 2",
    scorers={"subem": "1"},
    track="quick",
    suite="quick",
    environments=("e",),
    capacity=None,
    layout="mem-alpha",
    tokenizer="t",
    basis="b",
    episodes=10,
    planned=10,
    failed=0,
    score=0.5,
    low=0.4,
    high=0.6,
    by_competency={"AR": 0.5},
    spreads={"AR": (0.4, 0.6)},
    by_source={},
    kept=None,
    found=None,
    stale=None,
    memory_tokens=10,
    stream_tokens=100,
    memory_ratio=0.1,
    calls=0,
    usd=0.0,
    seconds=1.0,
    digest="d",
    created="2026-01-01",
    level="reported",
    stateful=False,
    role="entry",
    trained_on=(),
    submission=None,
    submitter=None,
    refusals=(),
)


def episodes(level, spread=0.0, seed=0, count=10):
    rng = random.Random(seed)
    return {f"e/{i}": level + spread * (rng.random() - 0.5) for i in range(count)}


def board_of(levels, spread=0.1, **changes):
    """Rows of some levels, and what looks up their episodes."""
    scores = {f"r{n}": {"AR": episodes(level, spread, n)} for n, level in enumerate(levels)}
    rows = []
    for run, parts in scores.items():
        score = sum(parts["AR"].values()) / 10
        rows.append(replace(ROW, run=run, score=score, by_competency={"AR": score}, **changes))
    return rows, lambda runs: {run: scores[run] for run in runs}


def test_rows_that_cannot_be_told_apart_share_a_rank():
    rows, scores = board_of([0.9, 0.899, 0.5, 0.1])
    ((board,), refused) = rank(rows, scores)
    assert refused == []
    assert [place.rank for place in board.places] == [1, 1, 3, 4]
    assert {place.standing.run for place in board.places[:2]} == {"r0", "r1"}


def test_a_tie_is_with_the_best_of_the_group_and_does_not_chain():
    # Each is close to the next, and the last far from the first.
    rows = [{"AR": episodes(0.9 - 0.02 * n, 0.06, n)} for n in range(12)]
    rows.sort(key=lambda row: -sum(row["AR"].values()))
    found = ranks(rows)
    assert found[0] == 1
    assert found[-1] > 1
    for place, (mine, before) in enumerate(zip(found[1:], found, strict=False), start=2):
        assert mine in (before, place)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=90), st.integers(1, 90))
def test_the_ranks_of_the_best_do_not_depend_on_the_rest(levels, cut):
    rows = [{"AR": episodes(level, 0.2, n)} for n, level in enumerate(levels)]
    rows.sort(key=lambda row: -sum(row["AR"].values()))
    assert ranks(rows)[:cut] == ranks(rows[:cut])


def test_equal_rows_stand_by_the_size_of_their_memory():
    rows, scores = board_of([0.5, 0.5], spread=0)
    rows = [replace(rows[0], memory_ratio=0.9), replace(rows[1], memory_ratio=0.2)]
    ((board,), _) = rank(rows, scores)
    assert [place.standing.run for place in board.places] == ["r1", "r0"]
    assert [place.rank for place in board.places] == [1, 1]


@pytest.mark.parametrize(
    "other",
    [
        {"capacity": 0.2},
        {"capacity": 500},
        {"track": "length-v0"},
        {"reader": "api 1 model=x"},
        {"stateful": True},
        {"basis": "other streams"},
    ],
    ids=str,
)
def test_what_cannot_be_compared_has_boards_of_its_own(other):
    rows, scores = board_of([0.9, 0.5])
    rows[1] = replace(rows[1], **other)
    boards, _ = rank(rows, scores)
    assert [len(board.places) for board in boards] == [1, 1]
    assert all(board.places[0].rank == 1 for board in boards)


def test_boards_go_open_then_tight_then_other_budgets():
    rows, scores = board_of([0.5] * 5)
    budgets = [500, 0.2, None, 0.5, 2]
    rows = [replace(row, capacity=each) for row, each in zip(rows, budgets, strict=True)]
    boards, _ = rank(rows, scores)
    assert [board.capacity for board in boards] == [None, 0.2, 0.5, 2, 500]


def test_floor_and_ceiling_stand_beside_and_take_no_rank():
    rows, scores = board_of([0.9, 0.5, 0.1, 0.4])
    rows[0] = replace(rows[0], role="ceiling")
    rows[2] = replace(rows[2], role="floor")
    rows[3] = replace(rows[3], stateful=True)
    boards, _ = rank(rows, scores)
    assert [[place.standing.run for place in board.places] for board in boards] == [["r1"], ["r3"]]
    for board in boards:
        assert [mark.run for mark in board.marks] == ["r0", "r2"]


def test_a_board_of_floor_and_ceiling_alone_is_a_board():
    rows, scores = board_of([0.9, 0.1])
    rows = [replace(rows[0], role="ceiling"), replace(rows[1], role="floor")]
    ((board,), _) = rank(rows, scores)
    assert board.places == ()
    assert [mark.role for mark in board.marks] == ["ceiling", "floor"]


def test_refused_rows_are_given_back_with_their_reasons():
    rows, scores = board_of([0.9, 0.5])
    rows[0] = replace(rows[0], refusals=("3 episodes missing",))
    ((board,), refused) = rank(rows, scores)
    assert [place.standing.run for place in board.places] == ["r1"]
    assert refused == [rows[0]]


def test_a_competency_is_ranked_alone():
    scores = {
        "r0": {"AR": episodes(0.9), "CR": episodes(0.1)},
        "r1": {"AR": episodes(0.2), "CR": episodes(0.7)},
    }
    rows = [
        replace(ROW, run="r0", by_competency={"AR": 0.9, "CR": 0.1}),
        replace(ROW, run="r1", by_competency={"AR": 0.2, "CR": 0.7}),
        replace(ROW, run="r2", by_competency={"AR": 0.3}),
    ]
    ((board,), _) = rank(rows, lambda runs: {run: scores[run] for run in runs}, "CR")
    assert [place.standing.run for place in board.places] == ["r1", "r0"]
    assert score_of(board.places[0].standing, "CR") == 0.7
