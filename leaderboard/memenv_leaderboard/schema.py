"""The tables, as numbered migrations. Each runs in a transaction together with its own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

VERSION = 2
"""Number of the newest migration."""


def migrations() -> Migrations:
    """All migrations, oldest first. One that was released is never changed."""
    from sqlite_utils.migrations import Migrations

    steps = Migrations("memenv")

    @steps(name="0001_runs")
    def runs(db: Database) -> None:
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

    @steps(name="0002_completions")
    def completions(db: Database) -> None:
        """What models answered, by the hash of all that determines the answer."""
        db.table("completions").create(
            {"key": str, "model": str, "value": str, "created": str},
            pk="key",
            not_null={"model", "value", "created"},
        )
        db.table("steps").add_column("repaired", str)

    return steps
