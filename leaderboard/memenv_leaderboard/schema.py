"""The tables, as numbered migrations. Each runs in a transaction together with its own record."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

SET = "memenv"
"""What our migrations are recorded as."""


def sqlite_utils(part: str = "") -> Any:
    """The package, or a part of it, without pandas.

    It imports pandas where that is installed, which takes longer than all else that a command does
    before its first episode.
    """
    hidden = "pandas" not in sys.modules
    if hidden:
        sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module(f"sqlite_utils.{part}".rstrip("."))
    finally:
        if hidden:
            del sys.modules["pandas"]


def migrations() -> Migrations:
    """All migrations, oldest first. One that was released is never changed."""
    steps: Migrations = sqlite_utils("migrations").Migrations(SET)
    for name, migrate in MIGRATIONS.items():
        steps(name=name)(migrate)
    return steps


def _runs(db: Database) -> None:
    """Runs, their episodes, and what was done at every step."""
    db.table("runs").create(
        {
            "id": str,
            "created": str,
            "used": str,
            "planned": int,
            "identity": str,
            "places": str,
        },
        pk="id",
        not_null={"created", "used", "planned", "identity", "places"},
    )
    db.table("episodes").create(
        {
            "run": str,
            "key": str,
            "env": str,
            "index": int,
            "repeat": int,
            "score": float,
            "digest": str,
            "seconds": float,
            "record": str,
            "failure": str,
        },
        pk=("run", "key"),
        foreign_keys=[("run", "runs", "id")],
    )
    db.table("steps").create(
        {
            "run": str,
            "key": str,
            "step": int,
            "operations": str,
            "outcomes": str,
            "raw": str,
            "memory_tokens": int,
        },
        pk=("run", "key", "step"),
    )


def _completions(db: Database) -> None:
    """What models answered, by the hash of all that determines the answer."""
    db.table("completions").create(
        {"key": str, "model": str, "value": str, "created": str},
        pk="key",
        not_null={"model", "value", "created"},
    )
    db.table("steps").add_column("repaired", str)


def _board(db: Database) -> None:
    """A summary of every run, submissions, views, and what is searched."""
    for statement in (*_BOARD, *_TRIGGERS, *VIEWS, *_PASSAGES):
        db.execute(statement)


MIGRATIONS: Mapping[str, Callable[[Database], None]] = {
    "0001_runs": _runs,
    "0002_completions": _completions,
    "0003_board": _board,
}
"""Name -> what it does. A name is added at the end and never changed."""

VERSION = len(MIGRATIONS)
"""Number of the newest migration."""

SUMMARIES = """
create table {place}summaries (
  run text primary key references runs (id),
  agent text not null, agent_version text not null, arguments text not null, model text,
  reader text not null, scorers text not null, track text not null, suite text,
  environments text not null, capacity real, layout text not null, tokenizer text not null,
  basis text not null, episodes integer not null, planned integer not null,
  failed integer not null, score real, low real, high real, by_competency text not null,
  spreads text not null, by_source text not null, kept real, found real, stale real,
  memory_tokens real, stream_tokens real, memory_ratio real, calls integer not null, usd real,
  seconds real not null, digest text not null, created text not null, stateful integer not null,
  role text not null, trained_on text not null, refusals text not null, scores text not null
)"""
"""What a run came to; `scores` has every episode's, competency -> episode -> score."""

SUBMISSIONS = """
create table {place}submissions (
  root text primary key, run text not null references runs (id), level text not null,
  submitter text not null, declared text not null, signed_by text, ingested text not null,
  report text not null
)"""
"""The bundles that runs came in."""

_BOARD = (
    SUMMARIES.format(place=""),
    SUBMISSIONS.format(place=""),
    "create index summaries_board on summaries "
    "(track, capacity, reader, basis, stateful, score desc)",
    "create index submissions_run on submissions (run)",
    "alter table runs add column declares text not null default '{}'",
    # Runs whose summary is not what their episodes say any more.
    "create table outdated (run text primary key) without rowid",
    "insert into outdated select id from runs",
)


def _outdates(table: str, event: str, run: str) -> str:
    name = f"outdate_{table}_{event.split()[0]}"
    # Not `insert or ignore`, which an `insert or replace` of the episode would overrule.
    return (
        f"create trigger {name} after {event} on {table} begin insert into outdated select {run} "
        f"where not exists (select 1 from outdated where run = {run}); end"
    )


_TRIGGERS = (
    _outdates("runs", "insert", "new.id"),
    _outdates("runs", "update of planned, identity, declares, created", "new.id"),
    _outdates("runs", "delete", "old.id"),
    *(
        _outdates(table, event, run)
        for table in ("episodes", "submissions")
        for event, run in (("insert", "new.run"), ("update", "new.run"), ("delete", "old.run"))
    ),
)

_COLUMNS = """
  s.run, s.agent, s.agent_version, s.arguments, s.model, s.reader, s.scorers, s.track, s.suite,
  s.environments, s.capacity, s.layout, s.tokenizer, s.basis, s.episodes, s.planned, s.failed,
  s.score, s.low, s.high, s.by_competency, s.spreads, s.by_source, s.kept, s.found, s.stale,
  s.memory_tokens, s.stream_tokens, s.memory_ratio, s.calls, s.usd, s.seconds, s.digest, s.created,
  coalesce(b.level, 'reported') as level, s.stateful, s.role, s.trained_on,
  b.root as submission, b.submitter, s.refusals,
  s.role = 'entry' and s.refusals = '[]' as ranked"""

_LEADERBOARD = f"""
create {{temporary}} view leaderboard as select {_COLUMNS}
from summaries s left join submissions b on b.root = (
  select root from submissions where run = s.run
  order by instr('reported replayed challenged reproduced', level) desc, ingested desc, root limit 1
)"""

_SAME = "track, reader, basis, stateful"

_PARETO = f"""
create {{temporary}} view pareto as
with points as (
  select distinct {_SAME}, memory_ratio, score from leaderboard
  where ranked and memory_ratio is not null
), smaller as (
  select *, max(score) over (
    partition by {_SAME} order by memory_ratio, score desc
    rows between unbounded preceding and 1 preceding
  ) as best from points
)
select l.* from leaderboard l join smaller using ({_SAME}, memory_ratio, score)
where l.ranked and (best is null or score > best)"""

_BY_SOURCE = """
create {temporary} view by_source as
select l.run, l.track, l.capacity, l.agent, l.model, l.reader, e.key as source, e.value as score
from leaderboard l, json_each(l.by_source) e"""

_VIEWS = (_LEADERBOARD, _PARETO, _BY_SOURCE)

VIEWS = tuple(view.format(temporary="") for view in _VIEWS)

TEMPORARY_VIEWS = tuple(view.format(temporary="temporary") for view in _VIEWS)
"""The same for one connection, of tables that it has for itself."""

QUESTION_TEXT = """json_extract(q.value, '$.text') || char(10) || (
  select coalesce(group_concat(a.value, char(10)), '') from json_each(q.value, '$.answers') a
)"""
"""What is searched of a question `q`: itself and its accepted answers."""

# SQLite ends a text of JSON where a NUL is, so that what comes after would not be found.
_PASSAGES = (
    # What is searched, by number; the texts stay where they are.
    "create table passages (id integer primary key, run text not null, key text not null, "
    "kind text not null, place integer not null)",
    "create unique index passages_place on passages (run, key, kind, place)",
    f"""
create view passage_texts as
select p.id, p.run, p.key, p.kind, p.place, (
  select group_concat(json_extract(o.value, '$.text'), char(10))
  from json_each(replace(s.operations, '\\u0000', '\\u0020')) o
) as text
from passages p join steps s on s.run = p.run and s.key = p.key and s.step = p.place
where p.kind = 'operation'
union all
select p.id, p.run, p.key, p.kind, p.place, {QUESTION_TEXT} as text
from passages p join episodes e on e.run = p.run and e.key = p.key
join json_each(replace(e.record, '\\u0000', '\\u0020'), '$.questions') q on q.key = p.place
where p.kind = 'question'""",
)
