"""Ingesting: whole or not at all, whoever else writes, and whatever happens meanwhile."""

import sqlite3
import subprocess
import sys
import time

import pytest
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.submission import Submission

from memenv.errors import SettingError, StoreError
from memenv.harness.results import Run


def sent(run, root="root", level="replayed", **more):
    return Submission(root, run, level, "somebody", **more)


def everything(path):
    """All rows of all tables but the list of migrations."""
    connection = sqlite3.connect(path)
    names = [
        name
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        if not name.startswith(("_", "search", "sqlite_"))
    ]
    found = {name: connection.execute(f"select * from {name}").fetchall() for name in names}
    check = connection.execute("pragma integrity_check").fetchone()
    connection.close()
    assert check == ("ok",)
    return found


@pytest.fixture
def bundle(tmp_path, evaluated):
    """A run of another machine: the run and its results."""
    with SqliteStore(tmp_path / "theirs.db") as store:
        run = evaluated(store, "lines")
        return store.find(run), list(store.results(run, steps=True))


def test_a_run_that_was_sent_is_a_row_with_its_level(store, bundle):
    run, results = bundle
    submission = sent(run.id, declared={"attempts": 3}, signed_by="ab" * 32, report={"ok": True})
    assert store.ingest(run, results, submission) is True
    (found,) = store.standings()
    assert (found.level, found.submission, found.submitter) == ("replayed", "root", "somebody")
    assert found.score == 1.0
    assert list(store.results(run.id, steps=True)) == results
    assert store.submissions() == [submission]


def test_a_root_that_is_known_is_not_added_twice(store, path, bundle):
    run, results = bundle
    store.ingest(run, results, sent(run.id))
    before = everything(path)
    assert store.ingest(run, iter(results), sent(run.id)) is False
    assert everything(path) == before


def test_an_own_run_with_the_same_results_gets_the_level(store, evaluated, bundle):
    run, results = bundle
    assert evaluated(store, "lines") == run.id
    assert store.standings()[0].level == "reported"
    assert store.ingest(run, results, sent(run.id)) is True
    (found,) = store.standings()
    assert found.level == "replayed"


def test_the_highest_level_counts(store, bundle):
    run, results = bundle
    store.ingest(run, results, sent(run.id, "a", "challenged", ingested="2026-01-01"))
    store.ingest(run, results, sent(run.id, "b", "replayed", ingested="2026-01-02"))
    assert [each.root for each in store.submissions()] == ["b", "a"]
    (found,) = store.standings()
    assert (found.level, found.submission) == ("challenged", "a")


def test_other_results_under_a_known_run_are_refused(store, path, bundle):
    run, results = bundle
    store.ingest(run, results, sent(run.id))
    before = everything(path)
    with pytest.raises(SettingError, match="other results"):
        store.ingest(run, results[:-1], sent(run.id, "other"))
    assert everything(path) == before


def test_a_level_that_there_is_not_is_refused_and_nothing_stored(store, path, bundle):
    run, results = bundle
    before = everything(path)
    with pytest.raises(ValueError, match="level must be one of"):
        store.ingest(run, results, sent(run.id, level="believed"))
    assert everything(path) == before


def test_results_that_break_off_leave_nothing(store, path, bundle):
    run, results = bundle
    before = everything(path)

    def breaking():
        yield from results[:4]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.ingest(run, breaking(), sent(run.id))
    assert everything(path) == before
    assert store.ingest(run, results, sent(run.id))


def test_a_full_disk_leaves_nothing_half_and_loses_nothing(store, path, evaluated, bundle):
    run, results = bundle
    evaluated(store, "append")
    store.refresh()
    before = everything(path)
    pages = store._conn.execute("pragma page_count").fetchone()[0]
    store._conn.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="full; what was stored before is safe"):
        store.ingest(run, results, sent(run.id))
    assert everything(path) == before
    store._conn.execute("pragma max_page_count = 1000000")
    assert store.ingest(run, results, sent(run.id))


INGEST = """
import pickle, sys, time
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.submission import Submission
path, source, number, slow = sys.argv[1:]
with SqliteStore(source, read_only=True) as store:
    run = store.runs()[0]
    results = list(store.results(run.id, steps=True))
def slowly():
    for result in results:
        print("one", flush=True)
        time.sleep(float(slow))
        yield result
from dataclasses import replace
with SqliteStore(path) as store:
    new = replace(run, id=f"sent-{number}")
    print(store.ingest(new, slowly(), Submission(number, new.id, "replayed", "me")), flush=True)
"""


@pytest.fixture
def source(tmp_path, evaluated):
    path = tmp_path / "theirs.db"
    with SqliteStore(path) as store:
        evaluated(store, "lines")
    return path


def ingesting(path, source, number, slow):
    command = [sys.executable, "-c", INGEST, str(path), str(source), str(number), str(slow)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_kill_during_ingest_leaves_nothing_half(path, source, evaluated):
    with SqliteStore(path) as store:
        mine = evaluated(store, "append")
    before = everything(path)
    process = ingesting(path, source, 1, 0.3)
    for _ in range(3):
        assert process.stdout.readline() == "one\n"
    process.kill()
    process.communicate()
    assert everything(path) == before
    with SqliteStore(path) as store:
        assert [each.run for each in store.standings()] == [mine]
        assert store.submissions() == []
        assert store.ingest(Run("next", {}, "2026"), [], sent("next"))


@pytest.mark.slow
def test_processes_that_ingest_and_evaluate_at_once_lose_nothing(path, source, evaluated):
    SqliteStore(path).close()
    processes = [ingesting(path, source, number, 0.05) for number in range(3)]
    begun = time.monotonic()
    with SqliteStore(path) as store:
        runs = [
            evaluated(store, agent, capacity=capacity)
            for agent in ("append", "random", "recent")
            for capacity in (None, 0.2)
        ]
    said = [process.communicate(timeout=120) for process in processes]
    assert time.monotonic() - begun < 100
    assert [errors for _, errors in said] == [""] * 3
    assert all(out.endswith("True\n") for out, _ in said)
    with SqliteStore(path) as store:
        found = {each.run: each for each in store.standings()}
        assert set(found) == {*runs, "sent-0", "sent-1", "sent-2"}
        assert all(each.episodes == 6 and not each.failed for each in found.values())
        assert len(store.submissions()) == 3
    everything(path)
