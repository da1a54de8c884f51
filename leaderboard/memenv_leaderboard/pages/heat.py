"""Retention of a run as heat maps, as far as its probes can be answered for a price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from memenv import registry
from memenv.errors import MemenvError
from memenv.harness.failures import explained
from memenv.harness.rebuild import instance_of
from memenv.harness.results import Result, Run
from memenv.harness.retention import Retention, checkpoints, retention
from memenv.harness.summary import natural
from memenv.types import Instance
from memenv_leaderboard.pages.render import counted
from memenv_leaderboard.pages.text import plain

SHADES = 9
"""Shades of a cell, from 0; the style sheet has as many."""


def heat_maps(
    run: Run, results: Iterable[Result], most: int | None
) -> tuple[list[dict[str, Any]], str]:
    """The heat maps of a run, and what must be said of them.

    Args:
        run: which.
        results: those of its episodes that were finished, with their steps, in any order.
        most: answers of probes that they may cost; `None` for no limit.
    """
    if most == 0:
        return [], f"Not measured here: memenv show {run.id} --retention measures it."
    try:
        with explained("the reader cannot be loaded"):
            reader = registry.load("reader", run.identity["reader"]["name"])
        if getattr(reader, "needs_model", False):
            return [], "Not measured: its probes would be answered by a model."
        chosen, all_of_them = _affordable(run, results, most)
        found = retention(run, chosen)
    except MemenvError as error:
        return [], f"Retention cannot be measured: {error}"
    whole = f"memenv show {run.id} --retention measures all."
    if found:
        note = f"Measured on {counted(len(chosen), 'episode')} only: {whole}"
        return retention_data(found), "" if all_of_them else note
    if all_of_them:
        return [], "The streams of this run have no probes, so retention cannot be measured."
    return [], f"Not measured here, for it takes long: {whole}"


def _affordable(run: Run, results: Iterable[Result], most: int | None) -> tuple[list[Result], bool]:
    """The first episodes with probes that are within the price, and whether these are all."""
    chosen: list[Result] = []
    spent = 0
    for result in results:
        cost = answers(instance_of(run, result))
        spent += cost
        if most is not None and spent > most:
            return chosen, False
        if cost:
            chosen.append(result)
    return chosen, True


def answers(instance: Instance) -> int:
    """How many probes are answered for the retention of an episode."""
    moments = checkpoints(len(instance.probes)) if instance.probes else ()
    counts = [len(instance.probes[moment]) for moment in moments]
    return sum(count * (len(counts) - row) for row, count in enumerate(counts))


def retention_data(found: Sequence[Retention]) -> list[dict[str, Any]]:
    """Heat maps: cells as (shade, value), the shade `None` where nothing is measured."""
    maps = [
        {
            "env": each.env,
            "episodes": each.episodes,
            "moments": [f"{100 * share:.0f}%" for share in each.checkpoints],
            "rows": [[(_shade(value), value) for value in row] for row in each.cells],
            "written": each.written,
            "kept": each.kept,
        }
        for each in sorted(found, key=lambda each: natural(each.env))
    ]
    data: list[dict[str, Any]] = plain(maps, 2_000)
    return data


def _shade(value: float | None) -> int | None:
    return None if value is None else min(SHADES, int(value * (SHADES + 1)))
