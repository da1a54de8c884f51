"""`memenv leaderboard show`: boards of the runs that can be compared, with ties."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import EllipsisType
from typing import Any

import click
from rich.console import Console

from memenv.cli.options import Capacity, capacity_name, database_option
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number, percent
from memenv.errors import SettingError, StoreError

_ROWS = 20
_REASONS = 5
_DROP = ("$ declared", "level", "stale", "found", "kept", "model", "run")


@click.command("show")
@click.option("--suite", metavar="NAME", help="Only this suite, or the heading of a board.")
@click.option("--capacity", metavar="X", help="Only runs at this one: open, tight, tokens, share.")
@click.option("--competency", metavar="NAME", help="Rank by AR, TTL, LRU or CR alone.")
@click.option("--all", "everything", is_flag=True, help="All rows, and all that are not ranked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@database_option
def command(
    suite: str | None,
    capacity: str | None,
    competency: str | None,
    everything: bool,
    as_json: bool,
    db: Path,
) -> None:
    """Rank the runs that can be compared: same streams, capacity and reader.

    Rows that cannot be told apart share a rank. leaderboard/README.md has the rules.

    \b
    Examples:
      memenv leaderboard show
      memenv leaderboard show --suite quick --capacity tight --competency CR
    """  # noqa: D301
    from memenv_leaderboard.ranking import rank

    budget = ... if capacity is None else Capacity().convert(capacity, None, None)
    with opened(db) as store:
        sizes = [each for each in store.sizes() if _wanted(each, suite, budget)]
        if not sizes:
            raise SettingError(_nothing(store, suite, capacity))
        limit = None if everything else _ROWS
        rows = store.standings(track=suite, capacity=budget, competency=competency, limit=limit)
        if competency is not None:
            _check_competency(competency, rows)
        boards, refused = rank(rows, store.episode_scores, competency)
    left_out = sum(each["count"] for each in sizes) - len(rows)
    if as_json:
        found = {
            "boards": [_board(board) for board in boards],
            "refused": [each.to_dict() for each in refused],
            "left_out": left_out,
        }
        click.echo(json.dumps(found))
        return
    console = Console()
    for board in boards:
        _print_board(console, board)
    _print_refused(console, refused, sizes, everything)
    if left_out:
        console.print(
            f"{counted(left_out, 'row')} of {sum(each['count'] for each in sizes):,} not shown: "
            f"--all shows them",
            style="dim",
        )


def opened(db: Path) -> Any:
    """A database to look at, its summaries brought up to date where it can be written."""
    from memenv_leaderboard.store import SqliteStore

    store = SqliteStore(db, read_only=True)
    if store.outdated():
        store.close()
        # Who may not write, or has to wait for somebody who does, looks all the same.
        try:
            with SqliteStore(db) as writer:
                writer.refresh()
        except StoreError:
            pass
        store = SqliteStore(db, read_only=True)
    return store


def _wanted(size: Mapping[str, Any], suite: str | None, budget: object) -> bool:
    return (suite is None or suite in (size["suite"], size["track"])) and (
        isinstance(budget, EllipsisType) or size["capacity"] == budget
    )


def _nothing(store: Any, suite: str | None, capacity: str | None) -> str:
    """What is asked for that there is not, and what there is."""
    known = sorted({each["suite"] or each["track"] for each in store.sizes()})
    if not known:
        return f"{store.path} has no runs yet: memenv eval --agent lines --suite quick"
    what = "".join(
        f" {name} {value}" for name, value in (("on", suite), ("at capacity", capacity)) if value
    )
    return f"there is no run{what}; there are some on: {'; '.join(known)[:300]}"


def _check_competency(competency: str, rows: Sequence[Any]) -> None:
    known = sorted({name for row in rows for name in row.by_competency})
    if competency not in known:
        raise SettingError(f"no run has competency {competency!r}; there are {', '.join(known)}")


def _board(board: Any) -> dict[str, Any]:
    places = [{"rank": each.rank, **each.standing.to_dict()} for each in board.places]
    marks = [{"rank": None, **each.to_dict()} for each in board.marks]
    return {**vars(board), "places": places, "marks": marks}


def _print_board(console: Console, board: Any) -> None:
    title = f"{board.track}, capacity {capacity_name(board.capacity)}, read by {board.reader}"
    if board.stateful:
        title += ", agents with a memory of their own"
    console.print(line(title, 500, "italic"), soft_wrap=True)
    shown = [each.standing for each in board.places] + list(board.marks)
    competencies = sorted({name for each in shown for name in each.by_competency})
    rows: list[Mapping[str, Cell] | None] = [
        _row(str(each.rank), each.standing, board.competency) for each in board.places
    ]
    if board.places and board.marks:
        rows.append(None)
    rows += [_row(each.role, each, board.competency) for each in board.marks]
    names = ["rank", "agent"]
    names += ["model"] if any(each.model for each in shown) else []
    names += ["score", "95%"]
    names += competencies if board.competency is None and len(competencies) > 1 else []
    names += ["kept", "found", "stale", "size"]
    names += ["$ declared"] if any(each.usd != 0 for each in shown) else []
    names += ["level"] if any(each.checked != "reported" for each in shown) else []
    names += ["run"]
    print_table(
        console, rows, names, folds="agent", left=("rank", "model", "level", "run"), drop=_DROP
    )


def _row(rank: str, each: Any, competency: str | None) -> dict[str, Cell]:
    score, spread = each.score, None
    if each.low is not None and each.high is not None:
        spread = (each.low, each.high)
    if competency is not None:
        score, spread = each.by_competency[competency], each.spreads.get(competency)
    return {
        "rank": rank,
        "agent": line(each.name, 200),
        "model": line(each.model or "-", 40),
        "score": number(score),
        "95%": "-" if spread is None else f"{spread[0]:.2f}-{spread[1]:.2f}",
        **{name: number(value, 2) for name, value in each.by_competency.items()},
        "kept": percent(each.kept),
        "found": percent(each.found),
        "stale": percent(each.stale),
        "size": percent(each.memory_ratio),
        "$ declared": number(each.usd, 2),
        "level": each.checked,
        "run": line(each.run[:12]),
    }


def _print_refused(
    console: Console,
    refused: Sequence[Any],
    sizes: Sequence[Mapping[str, Any]],
    everything: bool,
) -> None:
    total = sum(each["count"] for each in sizes if not each["ranked"] and each["role"] == "entry")
    if not refused:
        return
    console.print(f"not ranked: {counted(max(total, len(refused)), 'run')}")
    shown = refused if everything else refused[:_REASONS]
    for each in shown:
        reasons = "; ".join(each.refusals)
        text = f"  {each.run[:12]}  {each.name}, {each.track}, capacity "
        text += f"{capacity_name(each.capacity)}, score {number(each.score)}: {reasons}"
        console.print(line(text, 500), soft_wrap=True)
