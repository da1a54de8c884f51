"""`memenv compare`: two runs on the questions that both were asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from memenv.cli.options import capacity_name, database_option
from memenv.cli.report import settings
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number
from memenv.errors import SettingError
from memenv.harness.results import Run

_FLIPS = 10


@click.command("compare")
@click.argument("first")
@click.argument("second")
@click.option("--all", "everything", is_flag=True, help="All questions that flipped.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@database_option
def command(first: str, second: str, everything: bool, as_json: bool, db: Path) -> None:
    """Compare two runs: FIRST is what SECOND is measured against.

    Only questions of streams that both runs have are compared. The interval is a paired bootstrap
    over episodes, p is of a paired permutation test. A run is an id, the beginning of one, or
    `latest`.

    \b
    Example:
      memenv compare 3f2a latest
    """  # noqa: D301
    from memenv_leaderboard.comparing import compare
    from memenv_leaderboard.store import SqliteStore

    with SqliteStore(db, read_only=True) as store:
        runs = store.find(first), store.find(second)
        if runs[0].id == runs[1].id:
            raise SettingError(f"{first} and {second} are the same run: name two")
        found = compare(store.results(runs[0].id), store.results(runs[1].id))
    if as_json:
        described = [_described(run) for run in runs]
        click.echo(json.dumps({"runs": described, **found.to_dict()}))
        return
    _print(Console(), runs, found, everything)


def _described(run: Run) -> dict[str, object]:
    identity = run.identity
    names = {kind: identity[kind]["name"] for kind in ("agent", "reader")}
    return {"run": run.id, **names, "capacity": identity["capacity"]}


def _print(console: Console, runs: tuple[Run, Run], found: Any, everything: bool) -> None:
    for name, run in zip(("first ", "second"), runs, strict=True):
        identity = run.identity
        said = [
            f"{name} {run.id}: {identity['agent']['name']} read by {identity['reader']['name']}",
            f"capacity {capacity_name(identity['capacity'])}",
            *settings(identity),
        ]
        console.print(line(", ".join(said), 500, "italic"), soft_wrap=True)
    for note in _not_shared(found):
        console.print(line(note, 500, "yellow"), soft_wrap=True)
    if not found.overall.episodes:
        console.print("the runs share no question that both have a score for")
        return
    _print_scores(console, found)
    _print_flips(console, found, everything)


def _not_shared(found: Any) -> list[str]:
    notes = []
    for side, name in enumerate(("first", "second")):
        if found.only[side]:
            streams = counted(found.only[side], "episode")
            notes.append(f"{streams} of the {name} run not in the other: left out")
        if found.failed[side]:
            notes.append(f"{counted(found.failed[side], 'episode')} failed in the {name} run")
    if found.unscored:
        notes.append(f"{counted(found.unscored, 'question')} without a score in a run: left out")
    for metric, (then, now) in found.grading.items():
        notes.append(f"metric {metric} was graded by version {then} and by version {now}")
    return notes


def _print_scores(console: Console, found: Any) -> None:
    rows: list[Mapping[str, Cell] | None] = [
        _row(name, part) for name, part in found.by_competency.items()
    ]
    if len(rows) > 1:
        rows += [None, _row("mean", found.overall)]
    columns = (
        *("competency", "n", "questions", "first", "second", "difference", "95%", "p"),
        *("better", "worse"),
    )
    drop = ("worse", "better", "questions")
    print_table(console, rows, columns, folds="competency", drop=drop)
    console.print(_verdict(found.overall), soft_wrap=True)


def _row(name: str, part: Any) -> dict[str, Cell]:
    spread = "-"
    if part.low is not None and part.high is not None:
        spread = f"{part.low:+.3f} to {part.high:+.3f}"
    return {
        "competency": line(name),
        "n": f"{part.episodes:,}",
        "questions": f"{part.questions:,}",
        "first": number(part.scores[0]),
        "second": number(part.scores[1]),
        "difference": "-" if part.difference is None else f"{part.difference:+.3f}",
        "95%": spread,
        "p": _probability(part.permutation),
        "better": f"{part.better:,}",
        "worse": f"{part.worse:,}",
    }


def _probability(value: float | None) -> str:
    return "<0.001" if value is not None and value < 0.001 else number(value)


def _verdict(overall: Any) -> str:
    if overall.low is None or overall.high is None:
        return "too few episodes to tell the runs apart: a competency needs two"
    if overall.low > 0:
        return "the second run is better: the interval lies above 0"
    if overall.high < 0:
        return "the second run is worse: the interval lies below 0"
    return "the runs cannot be told apart: the interval holds 0"


def _print_flips(console: Console, found: Any, everything: bool) -> None:
    from memenv_leaderboard.comparing import moves

    won = sum(flip.won for flip in found.flips)
    lost = len(found.flips) - won
    console.print(f"{counted(len(found.flips), 'question')} flipped: {won:,} won, {lost:,} lost")
    for (then, now), count in sorted(moves(found.flips).items(), key=lambda each: -each[1]):
        console.print(f"{count:6,}  {then} -> {now}", soft_wrap=True)
    shown = found.flips if everything else found.flips[:_FLIPS]
    for flip in shown:
        _print_flip(console, flip)
    if len(shown) < len(found.flips):
        console.print(f"and {len(found.flips) - len(shown):,} more: --all", style="dim")


def _print_flip(console: Console, flip: Any) -> None:
    sign = "+" if flip.won else "-"
    head = f"{sign} {flip.keys[0]} question {flip.question}: {flip.text}"
    console.print(line(head, 300, "green" if flip.won else "red"), soft_wrap=True)
    for name, answer, address in zip(
        ("first ", "second"), flip.answers, flip.addresses, strict=True
    ):
        console.print(line(f"    {name} {address}: {answer or '(nothing)'}", 200), soft_wrap=True)
