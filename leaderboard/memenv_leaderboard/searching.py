"""Full-text search over what agents wrote and what they were asked.

The index holds words and where they are; the texts stay in `steps` and `episodes`, and the view
`passage_texts` gives them: `select run, key, text from search join passages on id = search.rowid
where search match 'oslo'`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from memenv.errors import SettingError, StoreError
from memenv_leaderboard.schema import QUESTION_TEXT

_CREATE = (
    "create virtual table search using fts5 (text, content='passage_texts', content_rowid='id')"
)
_TEXTS = "select id, text from passage_texts where run = ? and key = ?"
_OPEN, _CLOSE = "\x02", "\x03"


@dataclass(frozen=True)
class Hit:
    """A passage that has the words.

    Attributes:
        run: its run.
        key: its episode.
        kind: `operation`, texts written at a step; or `question`, with its accepted answers.
        place: number of the step, or of the question in its episode.
        parts: the text around the words; every second part, from the second on, is a word found.
    """

    run: str
    key: str
    kind: str
    place: int
    parts: tuple[str, ...]


def available(conn: sqlite3.Connection) -> bool:
    """Whether this SQLite has FTS5."""
    sql = "select 1 from pragma_module_list where name = 'fts5'"
    return conn.execute(sql).fetchone() is not None


def exists(conn: sqlite3.Connection) -> bool:
    """Whether the file has an index."""
    sql = "select 1 from sqlite_master where name = 'search'"
    return conn.execute(sql).fetchone() is not None


def prepare(conn: sqlite3.Connection) -> bool:
    """Make the index where there can be one; whether there is."""
    if not available(conn):
        return False
    if not exists(conn):
        conn.execute(_CREATE)
    return True


def forget(conn: sqlite3.Connection, run: str, key: str) -> None:
    """Take an episode out, while its texts are still there: the index knows them by these."""
    sql = "select 1 from passages where run = ? and key = ? limit 1"
    if conn.execute(sql, [run, key]).fetchone() is None:
        return
    conn.execute(
        f"insert into search (search, rowid, text) select 'delete', id, text from ({_TEXTS})",
        [run, key],
    )
    conn.execute("delete from passages where run = ? and key = ?", [run, key])


def add(conn: sqlite3.Connection, run: str, key: str, questions: str) -> None:
    """Put a stored episode in.

    Args:
        conn: of the database.
        run: its run.
        key: its key.
        questions: those of its record, as JSON; to take them out of it again would take long.
    """
    conn.execute(
        "insert into passages (run, key, kind, place) "
        "select run, key, 'operation', step from steps where run = ? and key = ? order by step",
        [run, key],
    )
    conn.execute(
        "insert into passages (run, key, kind, place) "
        "select ?, ?, 'question', key from json_each(?)",
        [run, key, questions],
    )
    conn.execute(f"insert into search (rowid, text) {_TEXTS} and kind = 'operation'", [run, key])
    conn.execute(
        f"insert into search (rowid, text) select p.id, {QUESTION_TEXT} "
        "from json_each(replace(?, '\\u0000', '\\u0020')) q cross join passages p "
        "on p.run = ? and p.key = ? and p.kind = 'question' and p.place = q.key",
        [questions, run, key],
    )


def questions_of(conn: sqlite3.Connection, run: str, key: str) -> str:
    """The questions of a stored episode, as JSON."""
    sql = (
        "select coalesce(json_extract(record, '$.questions'), '[]') from episodes "
        "where run = ? and key = ?"
    )
    return str(conn.execute(sql, [run, key]).fetchone()[0])


def missing(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Episodes (run, key) that have something to search and are not in the index."""
    sql = (
        "select run, key from episodes e where record is not null and not exists "
        "(select 1 from passages p where p.run = e.run and p.key = e.key) and (exists "
        "(select 1 from steps s where s.run = e.run and s.key = e.key) or exists "
        "(select 1 from json_each(e.record, '$.questions')))"
    )
    return [(run, key) for run, key in conn.execute(sql)]


def search(conn: sqlite3.Connection, words: Sequence[str], limit: int) -> list[Hit]:
    """The passages that have all the words, best first; `word*` is any that begins so.

    Raises:
        SettingError: when no word is left to look for.
        StoreError: when there is no index.
    """
    if not available(conn):
        raise StoreError("this SQLite has no FTS5: search needs a Python whose sqlite3 has it")
    if not exists(conn):
        raise StoreError("the database has no search index yet, and is only read")
    query = " ".join(_quoted(word) for word in " ".join(words).split() if word.strip("*"))
    if not query:
        raise SettingError("nothing to search for: give some words")
    sql = (
        "select p.run, p.key, p.kind, p.place, "
        "cast(snippet(search, 0, ?, ?, '…', 24) as blob) "
        "from search join passages p on p.id = search.rowid "
        "where search match ? order by search.rank, p.id limit ?"
    )
    return [
        Hit(run, key, kind, place, _parts(text))
        for run, key, kind, place, text in conn.execute(sql, [_OPEN, _CLOSE, query, limit])
    ]


def _quoted(word: str) -> str:
    """A word as FTS5 reads it: nothing in it means anything but itself, save a `*` at its end."""
    plain = word.encode("utf-8", "replace").decode().replace("\0", " ")
    body = plain.rstrip("*")
    quoted = body.replace('"', '""')
    return f'"{quoted}"{"*" if body != plain else ""}'


def _parts(text: bytes) -> tuple[str, ...]:
    shown = text.decode("utf-8", "replace")
    parts = shown.replace(_CLOSE, _OPEN).split(_OPEN)
    return tuple(parts)
