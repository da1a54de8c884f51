"""`ResultsFile`: a results database as a file: opened, migrated, written to whole or not at all."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memenv.errors import StoreError
from memenv_leaderboard import searching
from memenv_leaderboard.schema import MIGRATIONS, SET, VERSION, migrations, sqlite_utils

if TYPE_CHECKING:
    from sqlite_utils import Database

_WAIT_SECONDS = 30.0
_PAUSE = 0.05


class ResultsFile:
    """An open results database.

    Args:
        path: of the file; made when it is not there.
        read_only: open an existing file without writing to it, not even to migrate it.

    Raises:
        StoreError: when the file cannot be opened, is no database, or is of a newer memenv.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self._read_only = read_only
        self._searchable = False
        with self._explained():
            if self.path.is_dir():
                raise StoreError(f"{path}: is a folder; a results database is a file")
            if read_only and not self.path.exists():
                raise StoreError(f"{path}: no such results database; `memenv eval` makes one")
            if not read_only and not self.path.parent.is_dir():
                raise StoreError(f"{path}: the folder {self.path.parent} does not exist")
            if not read_only and not os.access(self._written(), os.W_OK):
                raise StoreError(f"{path} is read-only: make it writable, or choose another --db")
            self._conn = self._connect()
            try:
                self._prepare()
            except BaseException:
                self._conn.close()
                raise

    @functools.cached_property
    def _db(self) -> Database:
        """The same connection as sqlite-utils has it."""
        found: Database = sqlite_utils().Database(self._conn, execute_plugins=False)
        return found

    def _written(self) -> Path:
        """What must be writable: the file, or the folder it will be in."""
        return self.path if self.path.exists() else self.path.parent

    def _connect(self, *, any_thread: bool = False) -> sqlite3.Connection:
        connect = partial(
            sqlite3.connect,
            timeout=_WAIT_SECONDS,
            check_same_thread=not any_thread,
            # Transactions begin and end where this says so.
            isolation_level=None,
        )
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
        if self._read_only:
            if not self._applied():
                raise StoreError(f"{self.path} is no results database of memenv")
            return
        if not self._is_ready():
            self._migrate()
        self._searchable = searching.available(self._conn) and searching.exists(self._conn)
        self._write_ahead()

    def _is_ready(self) -> bool:
        """Whether there is nothing to migrate, as is known without writing."""
        ready = self._applied() >= MIGRATIONS.keys() and self._version() == VERSION
        return ready and (searching.exists(self._conn) or not searching.available(self._conn))

    def _migrate(self) -> None:
        # Looked at and migrated in one transaction: another process may do the same just now.
        with self._transaction():
            if not self._applied() and tables(self._conn):
                raise StoreError(
                    f"{self.path} is a database of something else; choose another --db"
                )
            migrations().apply(self._db)
            searching.prepare(self._conn)
            self._conn.execute(f"pragma user_version = {VERSION}")

    def _version(self) -> int:
        return int(self._conn.execute("pragma user_version").fetchone()[0])

    def _applied(self) -> set[str]:
        """The migrations that were applied; nothing when it is no database of ours.

        Raises:
            StoreError: when it is of a newer memenv.
        """
        applied: set[str] = set()
        if "_sqlite_migrations" in tables(self._conn):
            sql = "select name from _sqlite_migrations where migration_set = ?"
            applied = {name for (name,) in self._conn.execute(sql, [SET])}
        newest = max(self._version(), len(applied | MIGRATIONS.keys())) if applied else 0
        if newest > VERSION:
            raise StoreError(
                f"{self.path} was written by a newer memenv (schema {newest}, this one knows "
                f"{VERSION}): upgrade memenv, or choose another file with --db"
            )
        return applied

    def _write_ahead(self) -> None:
        """Set the WAL mode, which is kept in the file."""
        conn = self._conn
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
        conn = self._conn
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


def tables(conn: sqlite3.Connection) -> set[str]:
    """The names of the tables of a file."""
    return {name for (name,) in conn.execute("select name from sqlite_master where type = 'table'")}


def query(conn: sqlite3.Connection, sql: str, values: Any = ()) -> Iterator[dict[str, Any]]:
    """Rows as column -> value."""
    cursor = conn.execute(sql, values)
    names = [each[0] for each in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def insert(
    conn: sqlite3.Connection,
    table: str,
    rows: Sequence[Mapping[str, Any]],
    conflict: str = "abort",
) -> None:
    """Put rows of the same columns into a table; `conflict` is `abort`, `ignore` or `replace`."""
    if rows:
        names = ", ".join(f'"{name}"' for name in rows[0])
        marks = ", ".join("?" * len(rows[0]))
        sql = f"insert or {conflict} into {table} ({names}) values ({marks})"
        conn.executemany(sql, [list(row.values()) for row in rows])


_ADVICE = (
    ("readonly", "what was stored before is safe: make the file writable, or choose another --db"),
    ("full", "what was stored before is safe: free some space and run the same command again"),
    ("disk I/O", "what was stored before is safe: look at the disk and run the same command again"),
    ("locked", "another process is writing to it: try again when it is done"),
    ("not a database", "the file is something else: choose another --db"),
    ("malformed", "the file is damaged: restore a copy, or choose another --db"),
)
