"""`memenv leaderboard export`: tables and views for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from memenv.cli.options import database_option
from memenv.cli.text import counted


@click.command("export")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its name says the format: .csv, .json or .parquet.",
)
@click.option(
    "--table",
    default="leaderboard",
    show_default=True,
    help="A view (leaderboard, pareto, by_source) or a table (runs, episodes, steps, ...).",
)
@database_option
def command(output: Path, table: str, db: Path) -> None:
    """Write the board, or any table of the database, to FILE.

    A text that a spreadsheet would take for a formula begins with an apostrophe in CSV.

    \b
    Examples:
      memenv leaderboard export -o board.csv
      memenv leaderboard export --table by_source -o sources.json
    """  # noqa: D301
    from memenv_leaderboard.frames import check_format, frame, write

    check_format(output)
    found = frame(db, table)
    write(found, output)
    click.echo(f"{output}: {counted(len(found), 'row')}", err=True)
