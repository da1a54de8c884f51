"""`memenv leaderboard search`: words in what agents wrote and what they were asked."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from memenv.cli.options import database_option
from memenv.cli.text import line
from memenv.errors import StoreError


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Of passages."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@database_option
def command(words: tuple[str, ...], limit: int, as_json: bool, db: Path) -> None:
    """Find passages that have all WORDS, the best first; `word*` is any that begins so.

    Searched is what agents wrote into memories, and the questions with their accepted answers.

    \b
    Example:
      memenv leaderboard search Oslo mov*
    """  # noqa: D301
    from memenv_leaderboard.store import SqliteStore

    with SqliteStore(db, read_only=True) as store:
        waiting = store.unsearched()
    if waiting:
        # Of an older memenv, or written by other programs. Who may not write sees what is there.
        try:
            with SqliteStore(db) as store:
                store.search(words, 1)
        except StoreError as error:
            click.echo(f"note: {waiting:,} episodes are not searched: {error}", err=True)
    with SqliteStore(db, read_only=True) as store:
        hits = store.search(words, limit)
    if as_json:
        click.echo(json.dumps({"hits": [vars(hit) for hit in hits]}))
        return
    console = Console()
    for hit in hits:
        place = "step" if hit.kind == "operation" else "question"
        head = line(f"{hit.run} {hit.key} {place} {hit.place}: ", style="dim")
        for number, part in enumerate(hit.parts):
            head.append_text(line(part, 2000, "bold" if number % 2 else ""))
        console.print(head, soft_wrap=True)
    if not hits:
        console.print(Text("nothing found"))
