"""`SqliteStore`: runs and results in one SQLite file, `memenv.db` by default.

    with SqliteStore("memenv.db") as store:
        store.begin(run)
        store.save(run.id, result)

An episode is stored in one transaction with its steps: whole or not at all. The file is in WAL
mode, so it can be read while a run writes to it, and a killed process loses nothing it had stored.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from memenv.errors import SettingError, StoreError, UnknownNameError
from memenv.harness.results import Failure, Result, Run
from memenv.types import canonical_json
from memenv_leaderboard.schema import VERSION, migrations

if TYPE_CHECKING:
    from sqlite_utils.migrations import Migrations

_WAIT_SECONDS = 30.0
_PAUSE = 0.05
_ORDER = 'order by env, "index", repeat'


class SqliteStore:
    """The harness's `Store` and `Cache` in SQLite.

    What belongs to the cache may be called from any thread, the rest from the one that opened it.

    Args:
        path: of the file; made when it is not there.
        read_only: open an existing file without writing to it, not even to migrate it.

    Raises:
        StoreError: when the file cannot be opened, is no database, or is of a newer memenv.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self._read_only = read_only
        self._answers: sqlite3.Connection | None = None
        self._answering = threading.Lock()
        with self._explained():
            if self.path.is_dir():
                raise StoreError(f"{path}: is a folder; a results database is a file")
            if read_only and not self.path.exists():
                raise StoreError(f"{path}: no such results database; `memenv eval` makes one")
            if not read_only and not self.path.parent.is_dir():
                raise StoreError(f"{path}: the folder {self.path.parent} does not exist")
            if not read_only and not os.access(self._written(), os.W_OK):
                raise StoreError(f"{path} is read-only: make it writable, or choose another --db")
            self._db = Database(self._connect(), execute_plugins=False)
            try:
                self._prepare()
            except BaseException:
                self._db.conn.close()
                raise

    def _written(self) -> Path:
        """What must be writable: the file, or the folder it will be in."""
        return self.path if self.path.exists() else self.path.parent

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was stored stays."""
        with self._answering:
            if self._answers is not None:
                self._answers.close()
            self._answers = None
        self._db.conn.close()

    def begin(self, run: Run) -> None:
        """Note a run; of a known one, that it is used again and how much of it is planned now."""
        again = {"used": run.created, "planned": run.planned}
        row = {
            "id": run.id,
            "created": run.created,
            **again,
            "identity": canonical_json(run.identity),
            "places": canonical_json(run.places),
        }
        with self._explained(), self._transaction():
            self._db.table("runs").insert(row, pk="id", ignore=True)
            self._db.table("runs").update(run.id, again)

    def save(self, run: str, result: Result) -> None:
        """Store one result whole or not at all, in place of an earlier one of the same key."""
        record = None if result.record is None else dict(result.record)
        steps = [] if record is None else record.pop("steps")
        episode = {
            "run": run,
            "key": result.key,
            "env": result.env,
            "index": result.index,
            "repeat": result.repeat,
            "score": result.score,
            "digest": None if record is None else record["digest"],
            "seconds": result.seconds,
            "record": None if record is None else canonical_json(record),
            "failure": None if result.failure is None else canonical_json(vars(result.failure)),
        }
        rows = [
            {
                "run": run,
                "key": result.key,
                "step": number,
                "operations": canonical_json(step["operations"]),
                "outcomes": canonical_json(step["outcomes"]),
                "raw": None if step["raw"] is None else canonical_json(step["raw"]),
                "repaired": canonical_json(step.get("repaired", [])),
                "memory_tokens": step["memory_tokens"],
            }
            for number, step in enumerate(steps)
        ]
        with self._explained(), self._transaction():
            self._db.table("steps").delete_where("run = ? and key = ?", [run, result.key])
            self._db.table("episodes").insert(episode, pk=("run", "key"), replace=True)
            self._db.table("steps").insert_all(rows, pk=("run", "key", "step"))

    def scores(self, run: str) -> dict[str, float | None]:
        """Key -> score, in the order of `results`; `None` for one that has no score."""
        sql = f"select key, score from episodes where run = ? {_ORDER}"
        with self._explained():
            rows = self._db.query(sql, [run])
            return {row["key"]: row["score"] for row in rows}

    def failed(self, run: str) -> dict[str, str]:
        """Key -> kind of error, of the results of a run that are failures."""
        sql = "select key, failure from episodes where run = ? and failure is not null"
        with self._explained():
            rows = self._db.query(sql, [run])
            return {row["key"]: json.loads(row["failure"])["error"] for row in rows}

    def result(self, run: str, key: str) -> Result:
        """One result of a run, with its steps.

        Raises:
            UnknownNameError: when there is none.
        """
        sql = "select * from episodes where run = ? and key = ?"
        with self._explained():
            for row in list(self._db.query(sql, [run, key])):
                return self._result(row, with_steps=True)
        raise UnknownNameError(f"run {run} has no episode {key!r}")

    def results(self, run: str, *, steps: bool = False) -> Iterator[Result]:
        """The results of a run by environment, episode and repeat; with their steps on request."""
        sql = f"select * from episodes where run = ? {_ORDER}"
        with self._explained():
            for row in list(self._db.query(sql, [run])):
                yield self._result(row, with_steps=steps)

    def runs(self) -> list[Run]:
        """All runs, the one used last first."""
        with self._explained():
            rows = self._db.query("select * from runs order by used desc, rowid desc")
            return [
                Run(
                    id=row["id"],
                    identity=json.loads(row["identity"]),
                    created=row["created"],
                    places=json.loads(row["places"]),
                    planned=row["planned"],
                )
                for row in rows
            ]

    def find(self, run: str) -> Run:
        """The run of an id or of its unique beginning; `latest` is the one used last.

        Raises:
            UnknownNameError: when there is none.
            SettingError: when there are several, or no id is given.
        """
        if not run:
            raise SettingError("give a run id, the beginning of one, or latest")
        known = self.runs()
        if run == "latest" and known:
            return known[0]
        found = [each for each in known if each.id.startswith(run)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each.id for each in found)
            raise SettingError(f"run {run!r} is not unique: {ids}")
        recent = ", ".join(each.id for each in known[:5]) or "none yet"
        raise UnknownNameError(f"{self.path} has no run {run!r}; the newest runs: {recent}")

    def cached(self, key: str) -> str | None:
        """What was kept under a key; `None` when nothing was."""
        with self._explained(), self._answering:
            try:
                sql = "select value from completions where key = ?"
                row = self._own_connection().execute(sql, [key]).fetchone()
            except sqlite3.OperationalError as error:
                # Of an older memenv, and not migrated because it is only read.
                if self._read_only and "no such table" in str(error):
                    return None
                raise
        return None if row is None else str(row[0])

    def cache(self, key: str, model: str, value: str) -> None:
        """Keep a value for good before returning; a store that is only read keeps nothing."""
        if self._read_only:
            return
        sql = (
            "insert or replace into completions (key, model, value, created) "
            "values (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"
        )
        with self._explained(), self._answering:
            self._own_connection().execute(sql, [key, model, value])

    def _own_connection(self) -> sqlite3.Connection:
        """The connection of the cache, for whoever has its lock."""
        if self._answers is None:
            self._answers = self._connect(any_thread=True)
            self._answers.isolation_level = None  # every statement is committed by itself
            if not self._read_only:
                # A killed process loses nothing, which is what counts here, and hundreds of answers
                # a second need not wait for the disk; a power cut may lose the last of them.
                self._answers.execute("pragma synchronous = normal")
        return self._answers

    def _result(self, row: Mapping[str, Any], *, with_steps: bool) -> Result:
        record = None if row["record"] is None else json.loads(row["record"])
        if record is not None:
            record["steps"] = self._steps(row["run"], row["key"]) if with_steps else []
        failure = None if row["failure"] is None else Failure(**json.loads(row["failure"]))
        return Result(
            key=row["key"],
            env=row["env"],
            index=row["index"],
            repeat=row["repeat"],
            record=record,
            failure=failure,
            seconds=row["seconds"],
        )

    def _steps(self, run: str, key: str) -> list[dict[str, Any]]:
        sql = "select * from steps where run = ? and key = ? order by step"
        return [
            {
                "operations": json.loads(row["operations"]),
                "outcomes": json.loads(row["outcomes"]),
                "raw": None if row["raw"] is None else json.loads(row["raw"]),
                "repaired": json.loads(row.get("repaired") or "[]"),
                "memory_tokens": row["memory_tokens"],
            }
            for row in self._db.query(sql, [run, key])
        ]

    def _connect(self, *, any_thread: bool = False) -> sqlite3.Connection:
        connect = partial(sqlite3.connect, timeout=_WAIT_SECONDS, check_same_thread=not any_thread)
        if not self._read_only:
            return connect(self.path)
        uri = self.path.absolute().as_uri()
        connection = connect(f"{uri}?mode=ro", uri=True)
        try:
            connection.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.Error as error:
            connection.close()
            wal = Path(f"{self.path}-wal")
            if not isinstance(error, sqlite3.OperationalError) or "locked" in str(error):
                raise
            if wal.exists() and wal.stat().st_size:
                raise StoreError(
                    f"{self.path}: {error}; its newest results are in {wal.name}: copy both to a "
                    f"folder that can be written to"
                ) from error
            # In a folder that cannot be written to, a WAL database opens only as unchanging.
            return connect(f"{uri}?mode=ro&immutable=1", uri=True)
        return connection

    def _prepare(self) -> None:
        steps = migrations()
        if self._read_only:
            if not self._applied(steps):
                raise StoreError(f"{self.path} is no results database of memenv")
            return
        # Looked at and migrated in one transaction: another process may do the same just now.
        with self._transaction():
            if not self._applied(steps) and self._db.table_names():
                raise StoreError(
                    f"{self.path} is a database of something else; choose another --db"
                )
            steps.apply(self._db)
            self._db.conn.execute(f"pragma user_version = {VERSION}")
        self._write_ahead()

    def _applied(self, steps: Migrations) -> bool:
        """Whether it is a database of ours.

        Raises:
            StoreError: when it is of a newer memenv.
        """
        applied = len(steps.applied(self._db))
        version = self._db.conn.execute("pragma user_version").fetchone()[0]
        # What is pending is known here; what was applied and is not pending may be unknown.
        newest = max(version, applied + len(steps.pending(self._db))) if applied else 0
        if newest > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer memenv (schema {newest}, this one knows "
                f"{VERSION}): upgrade memenv, or choose another file with --db"
            )
        return applied > 0

    def _write_ahead(self) -> None:
        """Set the WAL mode, which is kept in the file."""
        conn = self._db.conn
        for attempt in itertools.count():
            try:
                if conn.execute("pragma journal_mode").fetchone()[0] != "wal":
                    conn.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError as error:
                # The switch wants the file for itself, and SQLite does not wait for it.
                if "locked" not in str(error) or attempt * _PAUSE > _WAIT_SECONDS:
                    raise
                time.sleep(_PAUSE)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing.

        It asks for the right to write at its beginning, where SQLite waits for other processes; a
        transaction that begins with reading is refused at once when another one is writing.
        """
        conn = self._db.conn
        conn.execute("begin immediate")
        try:
            yield
            conn.execute("commit")
        except BaseException:
            conn.rollback()
            raise

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors as one line that says what to do."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}; choose another --db") from error
        except sqlite3.Error as error:
            text = str(error)
            advice = next((tip for sign, tip in _ADVICE if sign in text), "choose another --db")
            raise StoreError(f"{self.path}: {text}; {advice}") from error


_ADVICE = (
    ("readonly", "what was stored before is safe: make the file writable, or choose another --db"),
    ("full", "what was stored before is safe: free some space and run the same command again"),
    ("disk I/O", "what was stored before is safe: look at the disk and run the same command again"),
    ("locked", "another process is writing to it: try again when it is done"),
    ("not a database", "the file is something else: choose another --db"),
    ("malformed", "the file is damaged: restore a copy, or choose another --db"),
)
