"""A results database as tables for other programs: pandas, CSV, JSON, parquet.

import memenv_leaderboard

memenv_leaderboard.frame("memenv.db").sort_values("score")
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memenv.errors import SettingError, StoreError, unknown_name

if TYPE_CHECKING:
    from pandas import DataFrame

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = re.compile(r"^[=+\-@\t\r\n]")

_JSON = (
    *("arguments", "scorers", "environments", "by_competency", "spreads", "by_source", "scores"),
    *("trained_on", "refusals", "identity", "places", "declares", "record", "failure"),
    *("operations", "outcomes", "raw", "repaired", "declared", "report"),
)
"""Columns that hold JSON."""

FORMATS = (".csv", ".json", ".parquet")


def frame(path: str | Path, table_or_view: str = "leaderboard") -> DataFrame:
    """A table or a view of a results database.

    Args:
        path: of the database; it is only read.
        table_or_view: `leaderboard`, `pareto`, `by_source`, or a table: `runs`, `episodes`,
            `steps`, `summaries`, `submissions`, ...

    Raises:
        StoreError: when the database cannot be read.
        UnknownNameError: when it has no such table.
    """
    from memenv_leaderboard.store import SqliteStore

    with SqliteStore(path, read_only=True) as store:
        return store.frame(table_or_view)


def check_format(path: Path) -> None:
    """Whether a file can be written in the format that its name asks for.

    Raises:
        SettingError: when it cannot.
    """
    if path.suffix.lower() not in FORMATS:
        raise SettingError(f"{path}: expected a name that ends in {', '.join(FORMATS)}")
    if path.suffix.lower() == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise SettingError(
                "parquet needs the extra `data`: pip install 'memenv[data]'; or choose .csv"
            ) from error


def write(table: DataFrame, path: Path) -> None:
    """Write a table whole or not at all, in the format of its name.

    In CSV a text that a spreadsheet would take for a formula begins with an apostrophe. In JSON
    columns that hold JSON are objects.

    Raises:
        SettingError: for a format that cannot be written.
        StoreError: when the file cannot be written.
    """
    check_format(path)
    partial = path.with_name(path.name + ".partial")
    kind = path.suffix.lower()
    try:
        if kind == ".csv":
            _harmless(table).to_csv(partial, index=False, lineterminator="\r\n")
        elif kind == ".json":
            rows = [_plain(row) for row in table.to_dict("records")]
            text = json.dumps(rows, indent=1, allow_nan=False) + "\n"
            partial.write_text(text, encoding="utf-8", newline="\n")
        else:
            table.to_parquet(partial, index=False)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error


def known(name: str, names: list[str]) -> str:
    """A table's name as SQL spells it.

    Raises:
        UnknownNameError: for a table that is not there.
    """
    if name not in names:
        raise unknown_name("table or view", name, names)
    return '"' + name.replace('"', '""') + '"'


def _harmless(table: DataFrame) -> DataFrame:
    def cell(value: object) -> object:
        if isinstance(value, str) and _FORMULA.match(value):
            return "'" + value
        return value

    return table.map(cell)


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row with its JSON read, and `None` for what is not there."""
    found = {str(name): None if value != value else value for name, value in row.items()}
    for name in _JSON:
        if isinstance(found.get(name), str):
            # What is written into such a column by hand may be anything.
            with contextlib.suppress(ValueError):
                found[name] = json.loads(str(found[name]))
    return found
