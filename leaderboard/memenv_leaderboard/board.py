"""The SQL of the board: rows of episodes, summaries, submissions, standings.

Functions of an open connection; `memenv_leaderboard.store` decides what is one transaction.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

from memenv.errors import MemenvError
from memenv.harness.results import Result, Run
from memenv.types import canonical_json, sha256
from memenv_leaderboard import searching
from memenv_leaderboard.database import insert, query, tables
from memenv_leaderboard.plugins import rereads
from memenv_leaderboard.ranking import Scores
from memenv_leaderboard.schema import SUBMISSIONS, SUMMARIES, TEMPORARY_VIEWS
from memenv_leaderboard.standings import LEVELS, Standing, standing_of
from memenv_leaderboard.submission import Submission
from memenv_leaderboard.summing import plain, summed, texts

_BOARD = "track, capacity, reader, basis, stateful"

_PART = 500
"""How many values a statement is given at once."""


@dataclass(frozen=True)
class Asked:
    """Which rows of the board are wanted, see `SqliteStore.standings`."""

    run: str | None = None
    track: str | None = None
    capacity: float | EllipsisType | None = ...
    ranked: bool | None = None
    competency: str | None = None
    limit: int | None = None


def rows_of(run: str, result: Result) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A result as a row of `episodes` and rows of `steps`."""
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
    return episode, rows


def digests(conn: sqlite3.Connection, run: str) -> Iterator[Mapping[str, Any]]:
    """Key and digest of the episodes of a run."""
    yield from query(conn, "select key, digest from episodes where run = ?", [run])


def has_submission(conn: sqlite3.Connection, root: str) -> bool:
    """Whether a bundle was ingested."""
    return bool(list(query(conn, "select 1 from submissions where root = ?", [root])))


def insert_submission(conn: sqlite3.Connection, submission: Submission) -> None:
    """Note where a run came from.

    Raises:
        ValueError: for a level that there is not.
    """
    if submission.level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {submission.level!r}")
    row = {
        "root": submission.root,
        "run": submission.run,
        "level": submission.level,
        "submitter": plain(submission.submitter),
        "declared": canonical_json(submission.declared),
        "signed_by": submission.signed_by,
        "ingested": submission.ingested,
        "report": canonical_json(submission.report),
    }
    insert(conn, "submissions", [row])


def submissions(conn: sqlite3.Connection) -> list[Submission]:
    """The bundles that were ingested, the newest first."""
    if "submissions" not in tables(conn):
        return []
    rows = query(conn, "select * from submissions order by ingested desc, rowid desc")
    return [
        Submission(
            **{**row, "declared": json.loads(row["declared"]), "report": json.loads(row["report"])}
        )
        for row in rows
    ]


def outdated(conn: sqlite3.Connection) -> list[str]:
    """Runs whose summary is not what their episodes say, the oldest first."""
    if "outdated" not in tables(conn):
        return [row["id"] for row in query(conn, "select id from runs order by created")]
    sql = "select run from outdated left join runs on id = run order by created, run"
    return [row["run"] for row in query(conn, sql)]


def summary(conn: sqlite3.Connection, run: Run, results: Iterable[Result]) -> dict[str, Any]:
    """The row of a run, with what is declared with the bundle that it came in."""
    chain = sources(conn, run.id)
    sent = [each for name in chain for each in submissions_of(conn, name)]
    trained = [
        name for each in sent for name in texts(json.loads(each["declared"]).get("trained_on"))
    ]
    declared = {"trained_on": list(dict.fromkeys(trained))}
    recorded = bool(run.identity.get("recorded")) or bool(sent and not _asked_again(run.identity))
    try:
        row = summed(run, results, declared, recorded=recorded)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        # One damaged record must not take the board away from all others.
        damage = f"its stored records cannot be read: {type(error).__name__}: {error}"
        row = summed(run, (), declared, damage[:200], recorded=recorded)
    against = [*_successor(conn, run, chain), *_copy(conn, chain, row["digest"])]
    row["refusals"] = canonical_json([*against, *json.loads(row["refusals"])])
    return row


def sources(conn: sqlite3.Connection, run: str) -> list[str]:
    """A run, what it was rescored from, and so on; the last may not be in the file."""
    found = [run]
    while True:
        rows = conn.execute("select identity from runs where id = ?", [found[-1]]).fetchall()
        source = json.loads(rows[0][0]).get("rescored") if rows else None
        if source is None or source in found:
            return found
        found.append(str(source))


def rescored(conn: sqlite3.Connection, origin: str) -> list[tuple[str, str, bool]]:
    """What was rescored from a run, the oldest first: when, id, and whether it is whole."""
    scored = "select count(*) from episodes where run = r.id and score is not null"
    sql = f"select created, planned, ({scored}) from runs r where id = ?"
    found = []
    for run in _all_rescored(conn):
        if run == origin or sources(conn, run)[-1] != origin:
            continue
        for created, planned, there in conn.execute(sql, [run]).fetchall():
            found.append((str(created), run, bool(there and there >= planned)))
    return sorted(found)


_seen: dict[str, tuple[int, str, tuple[str, ...]]] = {}
"""File -> its last row of runs that was looked at, and what was rescored up to there."""


def _all_rescored(conn: sqlite3.Connection) -> tuple[str, ...]:
    """The runs that were rescored. What a run is never changes, so only new ones are looked at."""
    file = next((each[2] for each in conn.execute("pragma database_list") if each[1] == "main"), "")
    last, name, found = _seen.get(file, (0, "", ()))
    if not list(conn.execute("select 1 from runs where rowid = ? and id = ?", [last, name])):
        last, found = 0, ()
    marked = """instr(identity, '"rescored":')"""
    sql = f"select rowid, id, {marked} from runs where rowid > ? order by rowid"
    for number, run, again in conn.execute(sql, [last]).fetchall():
        last, name = number, run
        found = (*found, run) if again else found
    if file:
        _seen.clear()
        _seen[file] = (last, name, found)
    return found


def _successor(conn: sqlite3.Connection, run: Run, chain: Sequence[str]) -> list[str]:
    """That a run was graded again, with newer versions, or that nobody knows what it was."""
    own = (run.created, run.id)
    known = conn.execute("select 1 from runs where id = ?", [chain[-1]]).fetchall()
    reasons = [] if known else [f"rescored from run {chain[-1]}, which is not in this database"]
    newer = [
        name
        for created, name, whole in rescored(conn, chain[-1])
        if whole and name != run.id and (len(chain) == 1 or (created, name) > own)
    ]
    return [*reasons, *(f"rescored as {name}" for name in newer[-1:])]


def _copy(conn: sqlite3.Connection, chain: Sequence[str], digest: str) -> list[str]:
    """That another bundle had the same records before."""
    origin = chain[-1]
    mine = submissions_of(conn, origin)
    if len(chain) > 1:
        found = conn.execute("select digest from summaries where run = ?", [origin]).fetchall()
        digest = found[0][0] if found else digest
    if not mine or digest == sha256(""):
        return []
    first = "select ingested, rowid from submissions where run = ? order by ingested, rowid limit 1"
    sql = (
        "select b.root from submissions b join summaries s on s.run = b.run where s.digest = ? "
        f"and b.run != ? and (b.ingested, b.rowid) < ({first}) order by b.ingested, b.rowid limit 1"
    )
    found = conn.execute(sql, [digest, origin, origin]).fetchall()
    return [f"same operations as {root}" for (root,) in found]


def _asked_again(identity: Mapping[str, Any]) -> bool:
    reader = identity.get("reader", {})
    return _rereads(str(reader.get("name", "")), canonical_json(reader.get("arguments", {})))


@functools.lru_cache(maxsize=1000)
def _rereads(name: str, arguments: str) -> bool:
    try:
        return rereads(name, json.loads(arguments))
    except (MemenvError, ValueError, TypeError):
        return False


def raise_level(conn: sqlite3.Connection, root: str, level: str) -> None:
    """Note that a known bundle was checked further; a level never falls."""
    rows = conn.execute("select level from submissions where root = ?", [root]).fetchall()
    if rows and LEVELS.index(level) > LEVELS.index(rows[0][0]):
        conn.execute("update submissions set level = ? where root = ?", [level, root])


def submissions_of(conn: sqlite3.Connection, run: str) -> list[Mapping[str, Any]]:
    """The submissions of a run, the oldest first."""
    if "submissions" not in tables(conn):
        return []
    sql = "select * from submissions where run = ? order by ingested, rowid"
    return list(query(conn, sql, [run]))


def write_summary(conn: sqlite3.Connection, run: str, row: Mapping[str, Any] | None) -> None:
    """Put a summary in its place; `None` of a run that is not there any more."""
    if row is None:
        conn.execute("delete from summaries where run = ?", [run])
    else:
        before = conn.execute("select trained_on from summaries where run = ?", [run]).fetchall()
        insert(conn, "summaries", [row], "replace")
        if before and before[0][0] != row["trained_on"]:
            # What is declared of a run holds for what was rescored from it.
            for _, name, _ in rescored(conn, sources(conn, run)[-1]):
                if run in sources(conn, name)[1:]:
                    conn.execute("insert or ignore into outdated values (?)", [name])
    conn.execute("delete from outdated where run = ?", [run])


def shadow(
    conn: sqlite3.Connection,
    runs: Sequence[str],
    summarise: Callable[[str], Mapping[str, Any] | None],
) -> None:
    """Tables and views of this connection alone, with summaries that are up to date.

    A file that is only read cannot be brought up to date, nor migrated.
    """
    old = "summaries" not in tables(conn)
    if not runs and not old:
        return
    conn.execute("pragma temp_store = memory")
    conn.execute("drop table if exists temp.summaries")
    if old:
        conn.execute("drop table if exists temp.submissions")
        conn.execute(SUBMISSIONS.format(place="temp."))
    conn.execute(SUMMARIES.format(place="temp."))
    if not old:
        conn.execute("insert into temp.summaries select * from main.summaries")
    for run in runs:
        conn.execute("delete from temp.summaries where run = ?", [run])
        row = summarise(run)
        if row is not None:
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            conn.execute(
                f"insert into temp.summaries ({names}) values ({marks})", list(row.values())
            )
    for name in ("leaderboard", "pareto", "by_source"):
        conn.execute(f"drop view if exists temp.{name}")
    for view in TEMPORARY_VIEWS:
        conn.execute(view)


def standings(conn: sqlite3.Connection, asked: Asked) -> list[Standing]:
    """Rows of the board, best first."""
    conditions: list[str] = []
    values: list[Any] = []
    if asked.run is not None:
        conditions.append("run = ?")
        values.append(asked.run)
    if asked.track is not None:
        conditions.append("? in (track, suite)")
        values.append(asked.track)
    if not isinstance(asked.capacity, EllipsisType):
        conditions.append("capacity is ?")
        values.append(asked.capacity)
    if asked.ranked is not None:
        conditions.append("ranked" if asked.ranked else "not ranked")
    where = f"where {' and '.join(conditions)}" if conditions else ""
    score = "score"
    if asked.competency is not None:
        score = "json_extract(by_competency, '$.' || json_quote(?))"
        values.insert(0, asked.competency)
    by = "points is null, points desc, memory_ratio is null, memory_ratio, created, run"
    sql = f"select *, {score} as points from leaderboard {where}"
    if asked.limit is not None:
        group = f"{_BOARD}, role, ranked"
        sql = (
            f"select * from (select *, row_number() over (partition by {group} order by {by}) "
            f"as number from ({sql})) where number <= ?"
        )
        values.append(asked.limit)
    return [standing_of(row) for row in query(conn, f"{sql} order by {by}", values)]


def names(conn: sqlite3.Connection) -> list[str]:
    """The tables and views that there are to read, without those that serve others."""
    sql = (
        "select name from sqlite_master where type in ('table', 'view') union "
        "select name from sqlite_temp_master where type in ('table', 'view')"
    )
    hidden = ("_", "sqlite_", "search")
    return sorted(row["name"] for row in query(conn, sql) if not row["name"].startswith(hidden))


def unsearched(conn: sqlite3.Connection) -> int:
    """How many episodes are not in the search index."""
    if "passages" not in tables(conn):
        return int(conn.execute("select count(*) from episodes").fetchone()[0])
    return len(searching.missing(conn))


def sizes(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """How many rows every board has, by role, ranked and not."""
    columns = f"{_BOARD}, suite, role, ranked"
    sql = f"select {columns}, count(*) as count from leaderboard group by {columns}"
    return list(query(conn, sql))


def episode_scores(conn: sqlite3.Connection, runs: Sequence[str]) -> dict[str, Scores]:
    """Run -> competency -> episode -> score."""
    found: dict[str, Scores] = {}
    for begin in range(0, len(runs), _PART):
        part = list(runs[begin : begin + _PART])
        marks = ", ".join("?" * len(part))
        for row in query(conn, f"select run, scores from summaries where run in ({marks})", part):
            found[row["run"]] = json.loads(row["scores"])
    return found
