"""Files of older versions: what was stored comes back, and the board is made of it."""

import shutil
import sqlite3

import pytest
import sqlite_utils
from memenv_leaderboard import schema, searching
from memenv_leaderboard.board import rows_of
from memenv_leaderboard.database import insert
from memenv_leaderboard.store import SqliteStore

from memenv.errors import StoreError
from memenv.types import canonical_json


@pytest.fixture(params=[1, 2])
def old(request, tmp_path, evaluated):
    """A file as memenv wrote it with the first, or the first two migrations; run and results."""
    with SqliteStore(tmp_path / "now.db") as store:
        name = evaluated(store, "lines")
        run, results = store.find(name), list(store.results(name, steps=True))
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    db = sqlite_utils.Database(connection)
    left_out = list(schema.MIGRATIONS)[request.param]
    schema.migrations().apply(db, stop_before=left_out)
    row = {"id": run.id, "created": run.created, "used": run.created, "planned": run.planned}
    row |= {"identity": canonical_json(run.identity), "places": canonical_json(run.places)}
    insert(connection, "runs", [row])
    for result in results:
        episode, steps = rows_of(run.id, result)
        insert(connection, "episodes", [episode])
        if request.param == 1:
            for step in steps:
                del step["repaired"]
        insert(connection, "steps", steps)
    connection.execute(f"pragma user_version = {request.param}")
    connection.execute("pragma journal_mode = wal")
    connection.commit()
    connection.close()
    return path, run, results


def test_an_old_file_is_upgraded_with_all_that_is_in_it(old):
    path, run, results = old
    with SqliteStore(path) as store:
        assert list(store.results(run.id, steps=True)) == results
        (found,) = store.standings()
        assert (found.run, found.score, found.refusals) == (run.id, 1.0, ())
        assert len(store.search(["Oslo"])) > 1
    with SqliteStore(path, read_only=True) as store:
        assert store.outdated() == []
    connection = sqlite3.connect(path)
    assert connection.execute("pragma user_version").fetchone() == (schema.VERSION,)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()


def test_an_old_file_that_is_only_read_has_a_board_all_the_same(old):
    path, run, _ = old
    before = path.read_bytes()
    with SqliteStore(path, read_only=True) as store:
        assert [each.run for each in store.standings()] == [run.id]
        assert store.frame("pareto")["run"].tolist() == [run.id]
        assert store.submissions() == []
        assert store.unsearched() == 6
        with pytest.raises(StoreError, match="no search index yet"):
            store.search(["Oslo"])
    assert path.read_bytes() == before


def test_an_upgraded_file_is_as_a_new_one(old, tmp_path):
    path = old[0]
    SqliteStore(path).close()
    SqliteStore(tmp_path / "new.db").close()

    def made(file):
        connection = sqlite3.connect(file)
        sql = "select type, name, sql from sqlite_master order by type, name"
        found = connection.execute(sql).fetchall()
        connection.close()
        return found

    assert made(path) == made(tmp_path / "new.db")


def test_two_that_upgrade_at_once_do_it_once(old, tmp_path):
    path = old[0]
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    first, second = SqliteStore(copy), SqliteStore(copy)
    assert first.runs() == second.runs()
    first.close()
    second.close()


def test_without_fts5_everything_but_search_works(path, evaluated, monkeypatch):
    monkeypatch.setattr(searching, "available", lambda conn: False)
    with SqliteStore(path) as store:
        run = evaluated(store)
        assert store.standings()[0].run == run
        assert store.unsearched() == 0
        with pytest.raises(StoreError, match="no FTS5"):
            store.search(["Oslo"])
    monkeypatch.undo()
    # With a Python that has it, what is not in the index is put in.
    with SqliteStore(path) as store:
        assert store.unsearched() == 6
        assert store.search(["Oslo"])
        assert store.unsearched() == 0


def test_opening_an_up_to_date_file_writes_nothing(path, evaluated):
    with SqliteStore(path) as store:
        evaluated(store)
    before = path.read_bytes()
    SqliteStore(path).close()
    assert path.read_bytes() == before
