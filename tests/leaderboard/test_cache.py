import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest
from memenv_leaderboard.schema import migrations
from memenv_leaderboard.store import SqliteStore
from sqlite_utils import Database

from memenv.errors import StoreError
from memenv.loopback import serve_model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.db"


def old_database(path):
    """As a memenv made it that kept no answers."""
    db = Database(path)
    steps = migrations()
    steps.apply(db, stop_before="0002_completions")
    db.conn.execute("pragma user_version = 1")
    db.conn.commit()
    db.conn.close()


def test_what_was_kept_comes_back(path):
    with SqliteStore(path) as store:
        assert store.cached("k") is None
        store.cache("k", "m", "first")
        store.cache("k", "m", "it's \x00 second")
        assert store.cached("k") == "it's \x00 second"
    with SqliteStore(path) as store:
        assert store.cached("k") == "it's \x00 second"
        assert store.cached("K") is None


def test_any_thread_may_use_it(path):
    with SqliteStore(path) as store:

        def work(number):
            for i in range(20):
                store.cache(f"{number}/{i}", "m", str(i))
                seen[number, i] = store.cached(f"{number}/{i}")

        seen = {}
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == {(number, i): str(i) for number in range(8) for i in range(20)}


def test_an_old_database_is_migrated(path):
    old_database(path)
    with SqliteStore(path) as store:
        store.cache("k", "m", "v")
        assert store.cached("k") == "v"


def test_an_old_database_that_is_only_read_knows_nothing(path):
    old_database(path)
    with SqliteStore(path, read_only=True) as store:
        assert store.cached("k") is None
        store.cache("k", "m", "v")
        assert store.cached("k") is None


def test_a_store_that_is_only_read_is_read_and_keeps_nothing(path):
    with SqliteStore(path) as store:
        store.cache("k", "m", "v")
    before = path.read_bytes()
    with SqliteStore(path, read_only=True) as store:
        store.cache("other", "m", "v")
        assert store.cached("k") == "v"
        assert store.cached("other") is None
    assert path.read_bytes() == before


def test_a_database_that_cannot_be_written_says_so(path):
    with SqliteStore(path) as store:
        other = sqlite3.connect(path)
        other.execute("drop table completions")
        other.close()
        with pytest.raises(StoreError, match="no such table"):
            store.cache("k", "m", "v")


KILLED = """
import sys
from memenv_leaderboard.store import SqliteStore
store = SqliteStore(sys.argv[1])
for i in range(10**6):
    store.cache(str(i), "m", "v" * 2000)
    print(i, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal")
def test_a_killed_process_loses_nothing_it_was_told_is_kept(path):
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
    )
    with writer, writer.stdout as lines:
        for line in lines:
            if int(line) == 50:
                break
        os.kill(writer.pid, signal.SIGKILL)
        last = max([50, *(int(line) for line in lines if line.endswith("\n"))])
    with SqliteStore(path) as store:
        missing = [i for i in range(last + 1) if store.cached(str(i)) is None]
    assert missing == []


ASKED = """
import sys
from memenv.harness.client import Client, sampled
from memenv.models import Endpoint
from memenv_leaderboard.store import SqliteStore
with SqliteStore(sys.argv[1]) as store, Client(store, concurrency=8) as client, sampled("run"):
    complete = client.complete(Endpoint("m", sys.argv[2]))
    ask = lambda i: complete([{"role": "user", "content": str(i)}], temperature=i % 2)
    client.map(ask, range(200))
    print(client.bill.calls)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no such signal")
def test_a_killed_run_pays_for_nothing_twice_that_had_arrived(path):
    arrived = threading.Event()

    def say(body):
        if body["messages"][0]["content"] == "60":
            arrived.set()
        return "x"

    with serve_model(say, latency=0.01) as server:
        command = [sys.executable, "-c", ASKED, str(path), server.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as first:
            assert arrived.wait(60)
            os.kill(first.pid, signal.SIGKILL)
        with SqliteStore(path, read_only=True) as store:
            kept = store._db.table("completions").count
        assert 30 < kept < 200
        # What was under way had not arrived.
        assert 0 <= server.answered - kept <= 8
        server.reset()
        second = subprocess.run(command, capture_output=True, text=True, check=True)
        assert second.stdout == f"{200 - kept}\n"
        assert server.count == 200 - kept
