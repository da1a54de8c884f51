"""`memenv leaderboard site`: the ranking, runs and episodes as pages that need no server."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from memenv.cli.options import database_option


@click.command("site")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Where to; made when it is not there.",
)
@click.option(
    "--runs",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="Whole pages for the N best and the N newest; all others get a summary.",
)
@click.option("--run", "only", multiple=True, metavar="RUN", help="A whole page for this one too.")
@click.option(
    "--episodes",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    metavar="N",
    help="Of a run with a whole page, the episodes that can be explored.",
)
@click.option(
    "--probes",
    type=click.IntRange(0),
    default=6000,
    show_default=True,
    metavar="N",
    help="Probes to answer, all runs together, for heat maps of retention.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@database_option
def command(
    folder: Path,
    runs: int,
    only: tuple[str, ...],
    episodes: int,
    probes: int,
    as_json: bool,
    db: Path,
) -> None:
    """Write a static site: the ranking, a page per run, and the episode explorer.

    It works from the disk and from any web server, loads nothing from elsewhere, and the same
    database gives the same bytes. Files of an earlier build are replaced; others are left alone.

    \b
    Examples:
      memenv leaderboard site -o site
      memenv leaderboard site -o site --run latest --episodes 20
    """  # noqa: D301
    from memenv_leaderboard.pages.choose import Depth
    from memenv_leaderboard.pages.site import write_site

    from memenv.cli.leaderboard_show import opened

    with opened(db) as store:
        ids = tuple(store.find(each).id for each in only)
        built = write_site(store, folder, Depth(runs, ids, episodes, probes))
    if as_json:
        click.echo(json.dumps({"folder": str(folder), **dataclasses.asdict(built)}))
        return
    size = f"{built.size / 1e6:,.1f} MB"
    click.echo(f"{folder / 'index.html'}: {built.files:,} files, {size}")
    click.echo(
        f"{built.runs:,} runs; {built.whole:,} of them with a whole page, "
        f"{built.explorers:,} episodes to explore"
    )
    if built.removed:
        click.echo(f"{built.removed:,} files of an earlier build were removed")
    if built.whole < built.runs:
        click.echo("more: --runs N, --run RUN, --episodes N")
