from dataclasses import replace

import pytest
from memenv_leaderboard.pages import board as module
from memenv_leaderboard.pages.board import FLAGS, UNIT, board_data, budget, unpacked
from memenv_leaderboard.pages.choose import Depth, whole_runs
from memenv_leaderboard.pages.text import script
from memenv_leaderboard.standings import Standing

ROW = Standing(
    run="0",
    agent="lines",
    agent_version="1",
    arguments={},
    model=None,
    reader="lexical 2",
    scorers={"subem": "1"},
    track="quick",
    suite="quick",
    environments=("a",),
    capacity=None,
    layout="mem-alpha",
    tokenizer="t",
    basis="b",
    episodes=3,
    planned=3,
    failed=0,
    score=0.5,
    low=0.4,
    high=0.6,
    by_competency={"AR": 0.5},
    spreads={"AR": (0.4, 0.6)},
    by_source={},
    kept=1.0,
    found=0.5,
    stale=None,
    memory_tokens=10.0,
    stream_tokens=100.0,
    memory_ratio=0.1,
    calls=0,
    usd=0.0,
    seconds=1.0,
    digest="d",
    created="2026-01-02T03:04:05",
    level="reported",
    stateful=False,
    role="entry",
    trained_on=(),
    submission=None,
    submitter=None,
    refusals=(),
)


def scores_of(rows):
    """Each row has its score in every episode."""

    def scores(runs):
        known = {row.run: row for row in rows}
        return {run: {"AR": {str(n): known[run].score for n in range(9)}} for run in runs}

    return scores


def rows_of(data):
    """The columns as rows, by run."""
    columns = {**data["rows"], **data["by"][0]}
    columns = {name: unpacked(column, data["count"]) for name, column in columns.items()}
    return {
        run: {name: column[place] for name, column in columns.items()}
        for place, run in enumerate(columns["run"])
    }


def test_the_best_come_first_with_the_ranks_of_their_boards():
    rows = [
        replace(ROW, run="a", score=0.2),
        replace(ROW, run="b", score=0.9, capacity=0.2),
        replace(ROW, run="c", score=0.6),
        replace(ROW, run="d", score=0.6),
        replace(ROW, run="e", score=1.0, role="ceiling"),
        replace(ROW, run="f", score=0.8, refusals=("it failed", "twice")),
    ]
    data = board_data(rows, scores_of(rows))
    found = rows_of(data)
    assert data["rows"]["run"] == ["e", "b", "f", "c", "d", "a"]
    assert {run: row["rank"] for run, row in found.items()} == {
        "a": 3,
        "b": 1,
        "c": 1,
        "d": 1,
        "e": 0,
        "f": 0,
    }
    assert data["texts"][found["f"]["why"]] == "it failed; twice"
    assert found["f"]["flags"] == FLAGS["refused"]
    assert found["e"]["flags"] == FLAGS["ceiling"]
    assert [data["budgets"][found[run]["budget"]] for run in "ab"] == ["open", "tight (0.2)"]


def test_numbers_travel_as_whole_ones_and_what_was_not_measured_as_null():
    rows = [replace(ROW, score=1 / 3, stale=None, usd=12.345, memory_ratio=float("inf"))]
    (row,) = rows_of(board_data(rows, scores_of(rows))).values()
    assert (row["score"], row["stale"], row["ratio"]) == (round(UNIT / 3), None, None)
    assert row["usd"] == 123450


def test_every_competency_has_scores_and_ranks_of_its_own():
    rows = [
        replace(ROW, run="a", by_competency={"AR": 0.1, "CR": 0.9}, spreads={"CR": (0.8, 1.0)}),
        replace(ROW, run="b", by_competency={"AR": 0.7}, spreads={}),
    ]

    def scores(runs):
        episodes = [str(number) for number in range(9)]
        found = {"a": {"AR": 0.1, "CR": 0.9}, "b": {"AR": 0.7}}
        return {
            run: {name: dict.fromkeys(episodes, score) for name, score in found[run].items()}
            for run in runs
        }

    data = board_data(rows, scores)
    assert data["competencies"] == ["AR", "CR"]
    parts = dict(zip([None, "AR", "CR"], data["by"], strict=True))
    first = data["rows"]["run"].index("a")
    assert parts["AR"]["score"][first] == 1000
    assert parts["CR"]["low"][first] == 8000
    assert parts["CR"]["rank"] == [1 if run == "a" else 0 for run in data["rows"]["run"]]
    assert parts["AR"]["rank"][first] == 2


def hostile_rows(count):
    return [
        replace(
            ROW,
            run=f"{number:012x}",
            agent=f"<script>{number}</script>" + "\u202e<&'" * 100,
            model=f"model {number} " + "<" * 500,
            score=number / count,
            track=f"track {number % 50} " + "'" * 300,
            refusals=() if number % 3 else ("why not, " * 50 + str(number),),
        )
        for number in range(count)
    ]


def test_names_are_cut_until_the_ranking_is_small_enough(monkeypatch):
    monkeypatch.setattr(module, "ROOM", 150_000)
    monkeypatch.setattr(module, "RANKED", 3)
    rows = hostile_rows(500)
    text = script("board", board_data(rows, scores_of(rows)))
    assert len(text.encode()) <= 150_000
    assert not set(text[20:]) & set("<>&")
    short = [replace(ROW, run=str(number)) for number in range(500)]
    assert "lines" in board_data(short, scores_of(short))["texts"]


@pytest.mark.slow
def test_ten_thousand_rows_with_long_hostile_names_are_two_megabytes_at_most():
    rows = hostile_rows(10_000)
    assert len(script("board", board_data(rows, scores_of(rows))).encode()) <= module.ROOM < 1.9e6


def test_the_best_of_every_board_and_the_newest_get_whole_pages():
    rows = [
        replace(ROW, run=f"{number}", score=number / 10, created=f"2026-01-0{9 - number}")
        for number in range(8)
    ]
    rows.append(replace(ROW, run="tight", capacity=0.2, score=0.1, created="2025"))
    rows.append(replace(ROW, run="refused", score=1.0, refusals=("no",), created="2024"))
    assert whole_runs(rows, Depth(runs=2)) == ["7", "tight", "0", "1"]
    assert whole_runs(rows, Depth(runs=0, only=("3",))) == ["3"]
    assert len(whole_runs(rows, Depth(runs=50))) == 10


@pytest.mark.parametrize(
    ("capacity", "name"), [(None, "open"), (0.2, "tight (0.2)"), (1000, "1,000 tokens")]
)
def test_a_budget_has_a_name(capacity, name):
    assert budget(capacity) == name
