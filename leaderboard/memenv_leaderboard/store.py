"""`SqliteStore`: runs and results in one SQLite file, `memenv.db` by default.

    with SqliteStore("memenv.db") as store:
        store.begin(run)
        store.save(run.id, result)

An episode is stored in one transaction with its steps: whole or not at all. The file is in WAL
mode, so it can be read while a run writes to it, and a killed process loses nothing it had stored.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import EllipsisType
from typing import TYPE_CHECKING, Any

from memenv.errors import SettingError, StoreError, UnknownNameError
from memenv.harness.results import Failure, Result, Run
from memenv.types import canonical_json
from memenv_leaderboard import board, frames, searching
from memenv_leaderboard.database import ResultsFile, insert, query
from memenv_leaderboard.ranking import Scores
from memenv_leaderboard.standings import Standing
from memenv_leaderboard.submission import Submission

if TYPE_CHECKING:
    from pandas import DataFrame

_PATIENCE = 1000
"""Milliseconds that closing waits for who writes just now."""

_ORDER = 'order by env, "index", repeat'


class SqliteStore(ResultsFile):
    """The harness's `Store` and `Cache` in SQLite.

    What belongs to the cache may be called from any thread, the rest from the one that opened it.

    Args:
        path: of the file; made when it is not there.
        read_only: open an existing file without writing to it, not even to migrate it.

    Raises:
        StoreError: when the file cannot be opened, is no database, or is of a newer memenv.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self._answers: sqlite3.Connection | None = None
        self._answering = threading.Lock()
        self._saved: set[str] = set()
        super().__init__(path, read_only=read_only)

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Bring the summary of what was saved up to date and close the file."""
        # A disk that is full, or somebody who writes for long: it is done by the next who looks.
        with contextlib.suppress(StoreError), self._explained():
            if self._saved:
                self._conn.execute(f"pragma busy_timeout = {_PATIENCE}")
            for run in sorted(self._saved):
                with self._transaction():
                    self._summarise(run)
        with self._answering:
            if self._answers is not None:
                self._answers.close()
            self._answers = None
        self._conn.close()

    def begin(self, run: Run) -> None:
        """Note a run; of a known one, that it is used again and how much of it is planned now."""
        with self._explained(), self._transaction():
            self._begin(run)

    def _begin(self, run: Run) -> None:
        again = {"used": run.created, "planned": run.planned}
        if run.declares:
            again["declares"] = canonical_json(run.declares)
        row = {
            "id": run.id,
            "created": run.created,
            **again,
            "identity": canonical_json(run.identity),
            "places": canonical_json(run.places),
        }
        insert(self._conn, "runs", [row], "ignore")
        changes = ", ".join(f"{name} = ?" for name in again)
        self._conn.execute(f"update runs set {changes} where id = ?", [*again.values(), run.id])

    def save(self, run: str, result: Result) -> None:
        """Store one result whole or not at all, in place of an earlier one of the same key."""
        # What two connections write in turn, and not at once, waits for no lock of the file.
        with self._explained(), self._answering, self._transaction():
            self._save(run, result)
        self._saved.add(run)

    def _save(self, run: str, result: Result) -> None:
        (episode, steps), key = board.rows_of(run, result), result.key
        if self._searchable:
            searching.forget(self._conn, run, key)
        self._conn.execute("delete from steps where run = ? and key = ?", [run, key])
        insert(self._conn, "episodes", [episode], "replace")
        insert(self._conn, "steps", steps)
        if self._searchable and result.record is not None:
            questions = canonical_json(result.record.get("questions", []))
            searching.add(self._conn, run, key, questions)

    def ingest(self, run: Run, results: Iterable[Result], submission: Submission) -> bool:
        """Store a run that was sent, and where it came from: whole or not at all.

        A run that is stored already and has the same results is kept, and gets the submission.

        Args:
            run: its id is `submission.run`.
            results: all of its episodes, with their steps. Nobody else can write meanwhile.
            submission: the bundle.

        Returns:
            Whether it was added; a root that is known is not added twice.

        Raises:
            SettingError: when the run is stored already with other results.
            StoreError: when the database cannot be written.
        """
        with self._explained(), self._transaction():
            if board.has_submission(self._conn, submission.root):
                return False
            known = {row["key"]: row["digest"] for row in board.digests(self._conn, run.id)}
            if not known:
                self._begin(run)
            new: dict[str, str | None] = {}
            for result in results:
                record = result.record
                new[result.key] = None if record is None else record["digest"]
                if not known:
                    self._save(run.id, result)
            if known and known != new:
                raise SettingError(
                    f"run {run.id} is stored already, with other results: ingest the bundle into "
                    f"another file, with --db"
                )
            board.insert_submission(self._conn, submission)
            self._summarise(run.id)
        return True

    def submissions(self) -> list[Submission]:
        """The bundles that were ingested, the newest first."""
        with self._explained():
            return board.submissions(self._conn)

    def outdated(self) -> list[str]:
        """Runs whose summary does not say what their episodes say, the oldest first."""
        with self._explained():
            return board.outdated(self._conn)

    def refresh(self) -> None:
        """Bring the summaries up to date. One that is only read is brought so for itself.

        Raises:
            StoreError: when the database cannot be written.
        """
        if self._read_only:
            with self._explained():
                board.shadow(self._conn, self.outdated(), self._summary)
            return
        for run in self.outdated():
            with self._explained(), self._transaction():
                self._summarise(run)

    def standings(
        self,
        *,
        run: str | None = None,
        track: str | None = None,
        capacity: float | EllipsisType | None = ...,
        ranked: bool | None = None,
        competency: str | None = None,
        limit: int | None = None,
    ) -> list[Standing]:
        """The rows of the board, best first; those without a score last.

        Args:
            run: only this one.
            track: only those on this suite, or these environments.
            capacity: only those at this one; `None` is open.
            ranked: only those that are ranked, or only the others.
            competency: sort by this one instead of the mean.
            limit: at most so many of each board.
        """
        self.refresh()
        asked = board.Asked(run, track, capacity, ranked, competency, limit)
        with self._explained():
            return board.standings(self._conn, asked)

    def sizes(self) -> list[dict[str, Any]]:
        """How many rows there are of every board and `role`, ranked and not (`count`)."""
        self.refresh()
        with self._explained():
            return board.sizes(self._conn)

    def episode_scores(self, runs: Sequence[str]) -> dict[str, Scores]:
        """Run -> competency -> episode -> score, the mean over its repeats."""
        self.refresh()
        with self._explained():
            return board.episode_scores(self._conn, runs)

    def frame(self, table_or_view: str = "leaderboard") -> DataFrame:
        """A table or a view as a pandas `DataFrame`.

        Raises:
            UnknownNameError: when there is no such table.
        """
        import pandas

        self.refresh()
        with self._explained():
            name = frames.known(table_or_view, board.names(self._conn))
            # Halves of surrogate pairs are no text for others.
            self._conn.text_factory = lambda raw: raw.decode("utf-8", "replace")
            try:
                rows = self._conn.execute(f"select * from {name}")
                columns = [each[0] for each in rows.description]
                return pandas.DataFrame.from_records(rows.fetchall(), columns=columns)
            finally:
                self._conn.text_factory = str

    def unsearched(self) -> int:
        """How many episodes are not in the search index; 0 where this SQLite can have none."""
        with self._explained():
            if not searching.available(self._conn):
                return 0
            return board.unsearched(self._conn)

    def search(self, words: Sequence[str], limit: int = 20) -> list[searching.Hit]:
        """What agents wrote and what they were asked that has all the words, best first.

        Episodes that are not in the index yet are put in, unless the file is only read.

        Raises:
            SettingError: when there is no word to look for.
            StoreError: when this SQLite cannot search.
        """
        with self._explained():
            if self._searchable:
                for run, key in searching.missing(self._conn):
                    with self._transaction():
                        questions = searching.questions_of(self._conn, run, key)
                        searching.add(self._conn, run, key, questions)
            return searching.search(self._conn, words, limit)

    def _summarise(self, run: str) -> None:
        board.write_summary(self._conn, run, self._summary(run))

    def _summary(self, run: str) -> dict[str, Any] | None:
        """The row of a run as it is now; `None` of one that is not there."""
        rows = list(query(self._conn, "select * from runs where id = ?", [run]))
        if not rows:
            return None
        return board.summary(self._conn, self._run(rows[0]), self.results(run))

    def scores(self, run: str) -> dict[str, float | None]:
        """Key -> score, in the order of `results`; `None` for one that has no score."""
        sql = f"select key, score from episodes where run = ? {_ORDER}"
        with self._explained():
            rows = query(self._conn, sql, [run])
            return {row["key"]: row["score"] for row in rows}

    def failed(self, run: str) -> dict[str, str]:
        """Key -> kind of error, of the results of a run that are failures."""
        sql = "select key, failure from episodes where run = ? and failure is not null"
        with self._explained():
            rows = query(self._conn, sql, [run])
            return {row["key"]: json.loads(row["failure"])["error"] for row in rows}

    def result(self, run: str, key: str) -> Result:
        """One result of a run, with its steps.

        Raises:
            UnknownNameError: when there is none.
        """
        sql = "select * from episodes where run = ? and key = ?"
        with self._explained():
            for row in list(query(self._conn, sql, [run, key])):
                return self._result(row, with_steps=True)
        raise UnknownNameError(f"run {run} has no episode {key!r}")

    def results(self, run: str, *, steps: bool = False) -> Iterator[Result]:
        """The results of a run by environment, episode and repeat; with their steps on request."""
        sql = f"select * from episodes where run = ? {_ORDER}"
        with self._explained():
            for row in list(query(self._conn, sql, [run])):
                yield self._result(row, with_steps=steps)

    def runs(self) -> list[Run]:
        """All runs, the one used last first."""
        with self._explained():
            rows = query(self._conn, "select * from runs order by used desc, rowid desc")
            return [self._run(row) for row in rows]

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
            if not self._read_only:
                # A killed process loses nothing, which is what counts here, and hundreds of answers
                # a second need not wait for the disk; a power cut may lose the last of them.
                self._answers.execute("pragma synchronous = normal")
        return self._answers

    def _run(self, row: Mapping[str, Any]) -> Run:
        return Run(
            id=row["id"],
            identity=json.loads(row["identity"]),
            created=row["created"],
            places=json.loads(row["places"]),
            planned=row["planned"],
            declares=json.loads(row.get("declares") or "{}"),
        )

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
            for row in query(self._conn, sql, [run, key])
        ]
