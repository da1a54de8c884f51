import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from memenv_leaderboard.database import insert
from memenv_leaderboard.schema import VERSION
from memenv_leaderboard.store import SqliteStore

from memenv.errors import SettingError, StoreError, UnknownNameError
from memenv.harness.results import Failure, Result, Run

HOSTILE = [
    'it\'s "quoted" -- ; drop table runs; %s ? :a',
    "nul \0 inside",
    "half a pair \ud800 and \udfff",
    "smile \U0001f600 \u202e reversed",
    "\x1b[31mred\x1b[0m [bold]markup[/]",
    "line\r\nends\u2028here",
    "",
]


def a_run(id="abc123", created="2026-01-01T00:00:00+00:00", planned=3, **identity):  # noqa: A002
    identity = {"agent": {"name": "append"}, **identity}
    return Run(id, identity, created, {"x.jsonl": "/x.jsonl"}, planned)


def a_step(text="text"):
    return {
        "operations": [{"op": "insert", "store": "semantic", "text": text, "parents": []}],
        "outcomes": [{"status": "ok", "reason": None, "entry": "0.0"}],
        "raw": None,
        "repaired": [],
        "memory_tokens": 3,
    }


def a_result(index=0, *, score=0.5, text="text", steps=2, env="e", repeat=0):
    record = {
        "instance": {"id": text, "competency": "AR"},
        "steps": [a_step(f"{text} {i}") for i in range(steps)],
        "score": score,
        "digest": f"digest {index}",
    }
    return Result(f"{env}/{index}/{repeat}", env, index, repeat, record, None, 1.25)


def a_failure(index=0, message="no luck"):
    failure = Failure("agent, step 3", "ValueError", message)
    return Result(f"e/{index}/0", "e", index, 0, None, failure, 0.5)


def raw(path, sql, *values):
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.db"


@pytest.fixture
def store(path):
    with SqliteStore(path) as store:
        yield store


def test_results_come_back_equal(store):
    results = [a_result(0), a_failure(1), a_result(2, score=None, steps=0)]
    store.begin(a_run())
    for result in results:
        store.save("abc123", result)
    assert list(store.results("abc123", steps=True)) == results


def test_results_come_back_after_closing(path):
    with SqliteStore(path) as store:
        store.begin(a_run())
        store.save("abc123", a_result())
    with SqliteStore(path) as store:
        assert list(store.results("abc123", steps=True)) == [a_result()]
        assert store.runs() == [a_run()]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_comes_back_equal(text, store):
    store.begin(a_run(note=text))
    result = a_result(text=text)
    failure = a_failure(1, message=text)
    store.save("abc123", result)
    store.save("abc123", failure)
    assert list(store.results("abc123", steps=True)) == [result, failure]
    assert store.find("abc123").identity["note"] == text


def test_steps_come_only_on_request(store):
    store.begin(a_run())
    store.save("abc123", a_result(steps=3))
    (without,) = store.results("abc123")
    (having,) = store.results("abc123", steps=True)
    assert without.record["steps"] == []
    assert len(having.record["steps"]) == 3


def test_a_saved_result_is_not_changed_by_saving(store):
    result = a_result()
    before = json.dumps(result.record)
    store.begin(a_run())
    store.save("abc123", result)
    assert json.dumps(result.record) == before


def test_results_are_in_the_order_of_the_plan(store):
    store.begin(a_run())
    for env, index, repeat in [("b", 0, 0), ("a", 10, 0), ("a", 2, 1), ("a", 2, 0)]:
        store.save("abc123", a_result(index, env=env, repeat=repeat))
    assert [r.key for r in store.results("abc123")] == ["a/2/0", "a/2/1", "a/10/0", "b/0/0"]


def test_a_retry_replaces_the_result_and_its_steps(store, path):
    store.begin(a_run())
    store.save("abc123", a_failure(0))
    store.save("abc123", a_result(0, steps=5))
    store.save("abc123", a_result(0, steps=2, text="again"))
    assert list(store.results("abc123", steps=True)) == [a_result(0, steps=2, text="again")]
    assert raw(path, "select count(*) from steps") == [(2,)]
    store.save("abc123", a_failure(0))
    assert list(store.results("abc123", steps=True)) == [a_failure(0)]
    assert raw(path, "select count(*) from steps") == [(0,)]


def test_runs_do_not_mix(store):
    for id in ("one", "two"):  # noqa: A001
        store.begin(a_run(id))
    store.save("one", a_result(steps=1, text="one"))
    store.save("two", a_result(steps=4, text="two"))
    assert list(store.results("one", steps=True)) == [a_result(steps=1, text="one")]
    assert store.scores("one") == {"e/0/0": 0.5}
    assert store.scores("three") == {}


def test_scores_are_in_the_order_of_results_and_tell_which_failed(store):
    store.begin(a_run())
    for result in (a_result(10), a_failure(2), a_result(1, score=None), a_result(0, score=0.0)):
        store.save("abc123", result)
    scores = store.scores("abc123")
    assert scores == {"e/0/0": 0.0, "e/1/0": None, "e/2/0": None, "e/10/0": 0.5}
    assert list(scores) == [result.key for result in store.results("abc123")]
    assert store.failed("abc123") == {"e/2/0": "ValueError"}
    assert store.failed("other") == {}


def test_one_result_comes_with_its_steps_and_no_other_is_read(store, path):
    store.begin(a_run())
    for number in range(3):
        store.save("abc123", a_result(number, steps=number + 1))
    raw(path, "update steps set operations = 'broken' where key != 'e/1/0'")
    raw(path, "update episodes set record = 'broken' where key != 'e/1/0'")
    assert store.result("abc123", "e/1/0") == a_result(1, steps=2)
    with pytest.raises(UnknownNameError, match="has no episode 'e/9/0'"):
        store.result("abc123", "e/9/0")


def test_beginning_a_known_run_again_changes_only_what_is_planned(store):
    store.begin(a_run(created="2026-01-01", planned=5))
    store.begin(a_run(created="2027-01-01", planned=1000))
    assert store.runs() == [a_run(created="2026-01-01", planned=1000)]


def test_the_latest_run_is_the_one_used_last(store):
    for number, id in enumerate(["one", "two", "one"]):  # noqa: A001
        store.begin(a_run(id, f"2026-01-0{number + 1}"))
    assert store.find("latest").id == "one"
    assert [run.id for run in store.runs()] == ["one", "two"]


# --- whole or not at all ---------------------------------------------------------------------


@pytest.mark.parametrize("table", ["episodes", "steps"])
def test_a_save_that_fails_in_the_middle_leaves_nothing(table, store, path):
    store.begin(a_run())
    store.save("abc123", a_result(0))
    raw(
        path,
        f"create trigger refuse before insert on {table} when new.key = 'e/1/0' "
        f"{'and new.step = 1' if table == 'steps' else ''} "
        f"begin select raise(abort, 'refused'); end",
    )
    with pytest.raises(StoreError, match="refused"):
        store.save("abc123", a_result(1))
    assert list(store.results("abc123", steps=True)) == [a_result(0)]
    assert raw(path, "select distinct key from steps") == [("e/0/0",)]
    # It goes on as if nothing had happened.
    store.save("abc123", a_result(2))
    assert [r.key for r in store.results("abc123")] == ["e/0/0", "e/2/0"]


def test_a_retry_that_fails_in_the_middle_leaves_the_earlier_result(store, path):
    store.begin(a_run())
    store.save("abc123", a_result(0, text="first"))
    raw(
        path,
        "create trigger refuse before insert on steps when new.step = 1 "
        "begin select raise(rollback, 'refused'); end",
    )
    with pytest.raises(StoreError, match="refused"):
        store.save("abc123", a_result(0, text="second"))
    assert list(store.results("abc123", steps=True)) == [a_result(0, text="first")]


def test_an_interrupted_save_leaves_nothing(store, path, monkeypatch):
    store.begin(a_run())

    def interrupted(conn, table, rows, *conflict):
        insert(conn, table, rows, *conflict)
        if table == "steps":
            raise KeyboardInterrupt

    monkeypatch.setattr("memenv_leaderboard.store.insert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save("abc123", a_result(0))
    monkeypatch.undo()
    assert raw(path, "select count(*) from episodes") == [(0,)]
    assert raw(path, "select count(*) from steps") == [(0,)]
    store.save("abc123", a_result(0))
    assert list(store.results("abc123", steps=True)) == [a_result(0)]


def test_a_value_that_is_no_json_leaves_nothing(store, path):
    store.begin(a_run())
    record = {**a_result().record, "score": 0.5, "odd": float("nan")}
    with pytest.raises(ValueError, match="Out of range"):
        store.save("abc123", Result("e/0/0", "e", 0, 0, record, None, 1.0))
    assert store.scores("abc123") == {}


# --- opening ---------------------------------------------------------------------------------


def test_migrations_are_numbered_and_recorded(store, path):
    names = [name for (name,) in raw(path, "select name from _sqlite_migrations order by rowid")]
    assert len(names) == VERSION
    assert [name[:4] for name in names] == [f"{i:04}" for i in range(1, VERSION + 1)]
    assert raw(path, "pragma user_version") == [(VERSION,)]
    assert raw(path, "pragma journal_mode") == [("wal",)]


def test_opening_again_migrates_nothing(path):
    SqliteStore(path).close()
    before = raw(path, "select * from _sqlite_migrations")
    SqliteStore(path).close()
    assert raw(path, "select * from _sqlite_migrations") == before


def test_an_empty_file_becomes_a_database(path):
    path.touch()
    with SqliteStore(path) as store:
        assert store.runs() == []


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_version_is_refused(path, read_only):
    SqliteStore(path).close()
    raw(path, f"pragma user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=f"newer memenv .schema {VERSION + 1}"):
        SqliteStore(path, read_only=read_only)
    assert raw(path, "pragma user_version") == [(VERSION + 1,)]


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        "insert into _sqlite_migrations (migration_set, name, applied_at) "
        "values ('memenv', '9999_later', '2030')",
        "update _sqlite_migrations set name = '9999_later' where name like '0001%'",
    ],
    ids=["one more", "another one"],
)
def test_an_unknown_migration_is_refused(path, read_only, sql):
    SqliteStore(path).close()
    raw(path, sql)
    with pytest.raises(StoreError, match="newer memenv"):
        SqliteStore(path, read_only=read_only)


def test_a_migration_of_another_program_in_the_file_is_none_of_ours(path):
    SqliteStore(path).close()
    raw(
        path,
        "insert into _sqlite_migrations (migration_set, name, applied_at) "
        "values ('other', '0007_later', '2030')",
    )
    with SqliteStore(path) as store:
        assert store.runs() == []


@pytest.mark.parametrize("version", [0, 7])
def test_a_database_of_something_else_is_refused_and_left_alone(path, version):
    raw(path, "create table bills (amount)")
    raw(path, f"pragma user_version = {version}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="a database of something else"):
        SqliteStore(path)
    with pytest.raises(StoreError, match="no results database of memenv"):
        SqliteStore(path, read_only=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough\n" * 40, b"\0" * 5000]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(path, read_only, content):
    path.write_bytes(content)
    with pytest.raises(StoreError, match=str(path)):
        SqliteStore(path, read_only=read_only)
    assert path.read_bytes() == content


@pytest.mark.parametrize("cut", [0.4, 0.8])
def test_a_damaged_file_is_an_error_of_the_store(path, cut):
    with SqliteStore(path) as store:
        store.begin(a_run())
        for index in range(40):
            store.save("abc123", a_result(index, text="x" * 500))
    raw(path, "pragma wal_checkpoint(truncate)")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * cut)])

    def use():
        with SqliteStore(path, read_only=True) as store:
            list(store.results("abc123", steps=True))

    with pytest.raises(StoreError, match=r"results\.db.*(damaged|something else)"):
        use()


def test_overwritten_pages_are_an_error_of_the_store(path):
    with SqliteStore(path) as store:
        store.begin(a_run())
        for index in range(40):
            store.save("abc123", a_result(index, text="x" * 500))
    raw(path, "pragma wal_checkpoint(truncate)")
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)

    def use():
        with SqliteStore(path) as store:
            list(store.results("abc123", steps=True))
            store.save("abc123", a_result(99))

    with pytest.raises(StoreError):
        use()


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist"):
        SqliteStore(tmp_path / "nowhere" / "x.db")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_is_no_database(tmp_path, read_only):
    with pytest.raises(StoreError, match="is a folder"):
        SqliteStore(tmp_path, read_only=read_only)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_name_that_is_too_long_is_an_error_of_the_store(tmp_path, read_only):
    with pytest.raises(StoreError):
        SqliteStore(tmp_path / ("x" * 300), read_only=read_only)


def test_reading_a_missing_file_makes_none(path):
    with pytest.raises(StoreError, match="no such results database"):
        SqliteStore(path, read_only=True)
    assert not path.exists()


@pytest.mark.parametrize("name", ["a b?c#d%41.db", "mode=rw&x.db", "caf\u00e9.db"])
def test_odd_names_are_names(tmp_path, name):
    with SqliteStore(tmp_path / name) as store:
        store.begin(a_run())
    with SqliteStore(tmp_path / name, read_only=True) as store:
        assert store.runs() == [a_run()]
    assert (tmp_path / name).exists()


def test_a_reader_changes_nothing(path):
    with SqliteStore(path) as store:
        store.begin(a_run())
    with SqliteStore(path, read_only=True) as store, pytest.raises(StoreError, match="readonly"):
        store.save("abc123", a_result())


def test_a_reader_sees_what_a_writer_has_stored_so_far(path):
    with SqliteStore(path) as writer:
        writer.begin(a_run())
        writer.save("abc123", a_result(0))
        with SqliteStore(path, read_only=True) as reader:
            assert [r.key for r in reader.results("abc123")] == ["e/0/0"]
            writer.save("abc123", a_result(1))
            assert [r.key for r in reader.results("abc123")] == ["e/0/0", "e/1/0"]


# --- a folder that cannot be written to ------------------------------------------------------

READ = """
import os, sys
from memenv_leaderboard.store import SqliteStore
from memenv.errors import StoreError
path, how, elsewhere = sys.argv[1:]
SqliteStore(elsewhere).close()  # whatever it imports, it imports now
if os.getuid() == 0:  # the superuser may write everywhere
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    with SqliteStore(path, read_only=how == "read") as store:
        print([r.key for r in store.results("abc123", steps=True)])
except StoreError as error:
    print("StoreError", error)
"""


@pytest.fixture
def locked_folder():
    """A folder with a database in it that whoever runs `READ` may not write to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield folder
        folder.chmod(0o755)


def read_locked(folder, how, elsewhere):
    for each in folder.iterdir():
        each.chmod(0o444)
    folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder / "x.db"), how, str(elsewhere)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_database_in_a_read_only_folder_can_be_read_but_not_written(locked_folder, path):
    with SqliteStore(locked_folder / "x.db") as store:
        store.begin(a_run())
        store.save("abc123", a_result())
    assert sorted(each.name for each in locked_folder.iterdir()) == ["x.db"]
    assert read_locked(locked_folder, "read", path) == "['e/0/0']\n"
    said = read_locked(locked_folder, "write", path)
    assert said.startswith("StoreError ")
    assert "is read-only: make it writable" in said
    assert said.count("\n") == 1


def test_results_in_the_log_of_a_read_only_folder_are_not_overlooked(locked_folder, path, tmp_path):
    with SqliteStore(tmp_path / "x.db") as store:
        store.begin(a_run())
        store.save("abc123", a_result())
        # As a killed process, or a copy, leaves it.
        for name in ("x.db", "x.db-wal"):
            shutil.copy(tmp_path / name, locked_folder / name)
    said = read_locked(locked_folder, "read", path)
    assert said == "['e/0/0']\n" or ("StoreError" in said and "x.db-wal" in said)


# --- finding ---------------------------------------------------------------------------------


def test_a_run_is_found_by_its_id_its_beginning_and_as_the_latest(store):
    first = a_run("abc123", "2026-01-01")
    second = a_run("abd999", "2026-01-02")
    for run in (second, first):
        store.begin(run)
    assert store.runs() == [second, first]
    assert store.find("abc123") == store.find("abc") == first
    assert store.find("latest") == second


def test_of_runs_begun_in_the_same_second_the_last_is_the_latest(store):
    for id in ("b", "c", "a"):  # noqa: A001
        store.begin(a_run(id, "2026-01-01"))
    assert [run.id for run in store.runs()] == ["a", "c", "b"]


@pytest.mark.parametrize("name", ["ab", "a"])
def test_a_beginning_of_several_runs_is_not_unique(store, name):
    for id in ("abc123", "abd999"):  # noqa: A001
        store.begin(a_run(id))
    with pytest.raises(SettingError, match="not unique: abd999, abc123"):
        store.find(name)


@pytest.mark.parametrize("name", ["abx", "%", "abc1234", "ABC", "' or 1=1 --"])
def test_an_unknown_run_is_answered_with_the_known_ones(store, name):
    store.begin(a_run())
    with pytest.raises(UnknownNameError, match="the newest runs: abc123"):
        store.find(name)


@pytest.mark.parametrize("name", ["latest", "abc"])
def test_there_may_be_no_run_at_all(store, name):
    with pytest.raises(UnknownNameError, match="none yet"):
        store.find(name)


def test_no_id_is_no_run_even_where_there_is_only_one(store):
    store.begin(a_run())
    with pytest.raises(SettingError, match="give a run id"):
        store.find("")


# --- several processes -----------------------------------------------------------------------

WRITE = """
import sys, time
from memenv.harness.results import Failure, Result, Run
from memenv_leaderboard.store import SqliteStore
path, number, begin = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
while time.time() < begin:
    pass
with SqliteStore(path) as store:
    store.begin(Run("abc123", {}, "2026"))
    for i in range(8):
        record = {"steps": [], "score": 0.5, "digest": "d"}
        store.save("abc123", Result(f"e/{number}/{i}", "e", number, i, record, None, 1.0))
"""


def test_processes_that_open_and_write_at_once_wait_for_each_other(path):
    # Twice, because the moment in which a file is made is short.
    for attempt in range(2):
        file = path.with_name(f"{attempt}.db")
        begin = str(time.time() + 0.5)
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITE, str(file), str(number), begin],
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(3)
        ]
        said = [writer.communicate(timeout=60)[1] for writer in writers]
        assert said == [""] * 3
        with SqliteStore(file, read_only=True) as store:
            assert len(store.scores("abc123")) == 24
            assert len(store.runs()) == 1


def test_a_killed_writer_loses_nothing_it_had_stored(path):
    code = WRITE.replace("range(8)", "range(10**6)")
    writer = subprocess.Popen([sys.executable, "-c", code, str(path), "0", "0"])
    try:
        deadline = time.monotonic() + 30
        have = 0
        while have < 5:
            assert time.monotonic() < deadline
            time.sleep(0.02)
            if path.exists():
                try:
                    with SqliteStore(path, read_only=True) as store:
                        have = len(store.scores("abc123"))
                except StoreError:
                    continue  # made, but not migrated yet
    finally:
        writer.kill()
        writer.wait()
    with SqliteStore(path) as store:
        assert len(store.scores("abc123")) >= have
        store.save("abc123", a_result(7))
    assert raw(path, "pragma integrity_check") == [("ok",)]


def test_a_locked_database_says_so(path, monkeypatch):
    monkeypatch.setattr("memenv_leaderboard.database._WAIT_SECONDS", 0.1)
    SqliteStore(path).close()
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("begin immediate")
        # To open it nothing needs to be written.
        with (
            SqliteStore(path) as store,
            pytest.raises(StoreError, match="locked; another process is writing to it"),
        ):
            store.begin(a_run())
    finally:
        other.close()
    SqliteStore(path).close()
