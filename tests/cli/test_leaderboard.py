"""`memenv leaderboard`, `compare` and `rescore` as people run them."""

import json
import shutil
import sqlite3
from dataclasses import replace

import pytest
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.submission import Submission

from memenv.harness.config import Config, Target
from memenv.harness.evaluate import evaluate, plan

NAMES = ("Ada", "Ben", "Cleo", "Dara")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A database of some runs on one file of streams; made once, copied for every test."""
    folder = tmp_path_factory.mktemp("played")
    lines = []
    for number, (name, town) in enumerate(zip(NAMES, "ABCD", strict=True)):
        support = [f"{name} lives in {town}town."]
        lines.append(
            {
                "id": f"s-{number}",
                "competency": ("AR", "CR")[number % 2],
                "source": "test",
                "chunks": [support[0], "It rained all day in the hills.", "And all night."],
                "questions": [
                    {
                        "question": f"Where does {name} live?",
                        "answers": [f"{town}town"],
                        "metric": "subem",
                        "support": support,
                    }
                ],
            }
        )
    (folder / "s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    target = Target("MemEnv-File-v0", data=str(folder / "s.jsonl"))
    with SqliteStore(folder / "memenv.db") as store:
        for agent, settings in (
            ("append", {}),
            ("skip", {}),
            ("oracle", {}),
            ("recent", {"capacity": 3}),
            ("lines", {"episodes": 2, "seed": 2}),
        ):
            config = Config(agent, (target,), **settings)
            evaluate(config, store, plan(config, store))
    return folder


@pytest.fixture
def memenv(played, quick, tmp_path):
    for name in ("s.jsonl", "memenv.db"):
        shutil.copy(played / name, tmp_path / name)
    return quick


def result(run, *arguments):
    code, out, err = run(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def ids(run):
    boards = result(run, "leaderboard", "show", "--all")["boards"]
    rows = [row for board in boards for row in board["places"] + board["marks"]]
    return {row["agent"]: row["run"] for row in rows}


def test_show_ranks_what_can_be_compared(memenv):
    code, out, err = memenv("leaderboard", "show")
    assert (code, err) == (0, "")
    assert "s.jsonl x4, capacity open, read by lexical 2" in out
    assert "s.jsonl x4, capacity 3, read by lexical 2" in out
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert ["1", "append", "1.000"] in [line[:3] for line in lines]
    assert ["ceiling", "oracle", "1.000"] in [line[:3] for line in lines]
    assert ["floor", "skip", "0.000"] in [line[:3] for line in lines]


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_no_line_of_the_board_is_wider_than_the_terminal(columns, memenv, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    _, out, _ = memenv("leaderboard", "show")
    assert all(len(line) <= columns for line in out.splitlines())
    assert "append" in out


def test_show_narrows_down(memenv):
    found = result(memenv, "leaderboard", "show", "--capacity", "3")
    assert [board["capacity"] for board in found["boards"]] == [3]
    found = result(memenv, "leaderboard", "show", "--capacity", "open", "--competency", "CR")
    assert all(board["competency"] == "CR" for board in found["boards"])
    assert found["boards"][0]["places"][0]["rank"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--suite", "quick"],
            "there is no run on quick; there are some on: s.jsonl x2, seed 2; s.jsonl x4",
        ),
        (["--capacity", "7"], "there is no run at capacity 7"),
        (["--competency", "XX"], "no run has competency 'XX'; there are AR, CR"),
        (["--capacity", "much"], "capacity must be"),
    ],
    ids=str,
)
def test_what_there_is_not_is_told(arguments, said, memenv):
    code, out, err = memenv("leaderboard", "show", *arguments)
    assert (code, out) == (2, "")
    assert said in err


def test_a_run_that_is_not_whole_is_told_with_the_reason(memenv, tmp_path):
    with sqlite3.connect(tmp_path / "memenv.db") as other:
        run = ids(memenv)["append"]
        other.execute('delete from episodes where run = ? and "index" = 1', [run])
    other.close()
    code, out, _ = memenv("leaderboard", "show")
    assert code == 0
    assert "not ranked: 1 run" in out
    assert "1 of the 4 planned episodes missing" in out


def test_hostile_names_are_shown_as_text(memenv, tmp_path):
    with sqlite3.connect(tmp_path / "memenv.db") as other:
        run = ids(memenv)["append"]
        (identity,) = other.execute("select identity from runs where id = ?", [run]).fetchone()
        identity = json.loads(identity)
        identity["agent"]["name"] = "\x1b[31m[red]evil[/]\u202e\n\ud800" + "x" * 5000
        identity["agent"]["arguments"] = {"model": "\x1b]0;title\x07"}
        other.execute("update runs set identity = ? where id = ?", [json.dumps(identity), run])
    other.close()
    code, out, err = memenv("leaderboard", "show")
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\u202e" not in out
    assert "[red]evil[/]" in out
    assert len(out) < 20_000


def test_export_writes_what_its_name_says(memenv, tmp_path):
    for name in ("x.csv", "x.json", "x.parquet"):
        code, out, err = memenv("leaderboard", "export", "-o", name)
        assert (code, out) == (0, "")
        assert err == f"{name}: 5 rows\n"
        assert (tmp_path / name).stat().st_size > 100
    code, _, err = memenv("leaderboard", "export", "-o", "x.txt")
    assert code == 2
    assert "expected a name that ends in .csv, .json, .parquet" in err
    code, _, err = memenv("leaderboard", "export", "-o", "x.csv", "--table", "runz")
    assert code == 2
    assert "did you mean 'runs'?" in err


def test_search_finds_operations_and_questions(memenv):
    code, out, _ = memenv("leaderboard", "search", "Atown")
    assert code == 0
    assert "s.jsonl/0/0 step 0: Ada lives in Atown." in out
    assert "s.jsonl/0/0 question 0: Where does Ada live? Atown" in out
    found = result(memenv, "leaderboard", "search", "nowhere")
    assert found == {"hits": []}


def test_the_commands_are_told_and_mistyped_ones_too(memenv):
    code, out, _ = memenv("leaderboard", "--help")
    assert code == 0
    assert "export" in out
    assert "search" in out
    code, _, err = memenv("leaderboard", "shwo")
    assert code == 2
    assert "did you mean 'show'?" in err


def test_compare_says_which_questions_flipped_and_why(memenv):
    runs = ids(memenv)
    code, out, err = memenv("compare", runs["append"], runs["recent"])
    assert (code, err) == (0, "")
    assert "4 questions flipped: 0 won, 4 lost" in out
    assert "4  answered -> not kept" in out
    assert "- s.jsonl/0/0 question 0: Where does Ada live?" in out
    assert "the second run is worse: the interval lies below 0" in out
    found = result(memenv, "compare", runs["append"], runs["recent"])
    assert found["overall"]["difference"] == -1.0
    assert [flip["won"] for flip in found["flips"]] == [False] * 4


def test_compare_pairs_streams_and_tells_what_is_not_shared(memenv):
    runs = ids(memenv)
    code, out, _ = memenv("compare", runs["append"], runs["lines"])
    assert code == 0
    assert "2 episodes of the first run not in the other: left out" in out
    assert "the second run not in" not in out


def test_compare_wants_two_runs(memenv):
    run = ids(memenv)["append"]
    code, _, err = memenv("compare", run, run[:8])
    assert code == 2
    assert "are the same run" in err
    code, _, err = memenv("compare", run, "nothing")
    assert code == 2
    assert "has no run 'nothing'" in err


def test_rescore_gives_the_same_records_when_nothing_changed(memenv):
    run = ids(memenv)["append"]
    found = result(memenv, "rescore", run)
    assert found["run"] == run
    assert found["rescored"] != run
    assert found["old"]["digest"] == found["new"]["digest"]
    assert found["changed"] == {"episodes": 0, "questions": 0, "answers": 0}
    assert (found["failures"], found["notes"]) == ({}, [])
    # The same again is the same run.
    assert result(memenv, "rescore", run)["rescored"] == found["rescored"]
    code, out, _ = memenv("rescore", run)
    assert code == 0
    assert "changed: 0 episodes, 0 questions, 0 answers" in out
    # One of the two is ranked, and the newer one is the latest.
    refused = result(memenv, "leaderboard", "show", "--all")["refused"]
    assert f"rescored as {found['rescored']}" in {
        reason for each in refused if each["run"] == run for reason in each["refusals"]
    }
    code, _, err = memenv("submit", "pack", "latest")
    assert code == 2
    assert f"was rescored from {run}: pack that one" in err


def test_rescore_runs_nothing_that_a_bundle_names_by_a_path(memenv, tmp_path):
    run = ids(memenv)["append"]
    with SqliteStore(tmp_path / "memenv.db") as store:
        stored = store.find(run)
        reader = {**stored.identity["reader"], "name": "antigravity:fly"}
        sent = replace(stored, id="sent", identity={**stored.identity, "reader": reader})
        submission = Submission("root", "sent", "replayed", "me")
        store.ingest(sent, store.results(run, steps=True), submission)
    code, _, err = memenv("rescore", "sent")
    assert code == 2
    assert "nothing that a bundle names is run" in err


def test_rescore_wants_the_data_as_it_was(memenv, tmp_path, played):
    run = ids(memenv)["append"]
    data = played / "s.jsonl"
    before = data.read_bytes()
    try:
        data.write_bytes(before.replace(b"Atown", b"Otown"))
        code, _, err = memenv("rescore", run)
        assert code == 2
        assert "has changed since the run" in err
        data.unlink()
        code, _, err = memenv("rescore", run)
        assert code == 2
        assert "s.jsonl" in err
        assert "Traceback" not in err
    finally:
        data.write_bytes(before)
    # Nothing half was stored by either.
    connection = sqlite3.connect(tmp_path / "memenv.db")
    assert connection.execute("select count(*) from runs").fetchone() == (5,)
    connection.close()
