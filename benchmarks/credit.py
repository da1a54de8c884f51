"""What credit costs: episodes with Fine-Mem and with counterfactual replay against `terminal`.

python benchmarks/credit.py --seeds 3
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

import memenv
from memenv import pipeline, registry
from memenv.env import MemoryEnv
from memenv.types import Instance
from memenv.views import make_view

TASKS = {"MemAlpha-AR-v0": "memalpha-ar", "MemoryAgentBench-AR-v0": "memoryagentbench-ar"}
AGENTS = ("lines", "append")
"""Many short entries, and few long ones."""
SIZES = (10, 30, 100)
SHOWN = "newest_5"


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Instances of each environment.")
@click.option("--repeats", default=3, show_default=True, help="The best of so many runs counts.")
@click.option("--growth/--no-growth", default=True, help="Also how cost grows with the chunks.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(seeds: int, repeats: int, growth: bool, as_json: bool) -> None:
    """Compare episodes of some agents and reader `lexical` under several schemes.

    \b
    Example:
      python benchmarks/credit.py --seeds 2 --no-growth
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    found = {
        "environments": [
            _environment(name, agent, seeds, repeats) for name in TASKS for agent in AGENTS
        ],
        "growth": [_size(size, repeats) for size in SIZES] if growth else [],
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    console = Console()
    console.print(_table("Against terminal, medians over the seeds", found["environments"]))
    if growth:
        console.print(_table("MemoryAgentBench-AR-v0 by its chunks", found["growth"]))


def _environment(name: str, agent: str, seeds: int, repeats: int) -> dict[str, Any]:
    """Ratios to `terminal` on some instances of an environment."""
    rows = [ratios(TASKS[name], seed, None, repeats, agent) for seed in range(seeds)]
    return {
        "": f"{name}, {agent}",
        "terminal, seconds": statistics.median(row["terminal"] for row in rows),
        "finemem": statistics.median(row["finemem"] for row in rows),
        "finemem, worst": max(row["finemem"] for row in rows),
        "finemem in the environment": statistics.median(row["environment"] for row in rows),
        "the same, worst": max(row["environment"] for row in rows),
    }


def _size(size: int, repeats: int) -> dict[str, Any]:
    """Ratios to `terminal` at a number of chunks, and seconds of counterfactual replay."""
    row = ratios("memoryagentbench-ar", 0, size, repeats)
    found = {
        "": f"{size} chunks",
        "terminal, seconds": row["terminal"],
        "finemem": row["finemem"],
        "finemem in the environment": row["environment"],
    }
    if "counterfactual" in registry.names("credit") and size <= SIZES[1]:
        instance = memenv.make("task", "memoryagentbench-ar")(seed=0, size=size)
        found["counterfactual, seconds"] = _best(
            1, lambda: _run(instance, "counterfactual", AGENTS[0])
        )
    return found


def ratios(
    task: str, seed: int, size: int | None, repeats: int, agent: str = AGENTS[0]
) -> dict[str, float]:
    """Seconds of an episode with `terminal`, and how many times as long it takes with `finemem`.

    The two are run in turns, and the best of each counts: other work on the machine only adds.
    """
    instance = memenv.make("task", task)(seed=seed, size=size)
    _run(instance, "terminal", agent)
    run = {"terminal": float("inf"), "finemem": float("inf")}
    environment = dict(run)
    for _ in range(repeats):
        for credit in run:
            run[credit] = min(run[credit], _best(1, lambda: _run(instance, credit, agent)))  # noqa: B023
            environment[credit] = min(
                environment[credit], _in_environment(task, seed, size, credit, agent)
            )
    return {
        "terminal": run["terminal"],
        "finemem": run["finemem"] / run["terminal"],
        "environment": environment["finemem"] / environment["terminal"],
    }


def _run(instance: Instance, credit: str, agent: str) -> None:
    memenv.run_episode(instance, agent, credit=credit)


def _in_environment(task: str, seed: int, size: int | None, credit: str, name: str) -> float:
    """Seconds of an episode through `MemoryEnv`."""
    env = MemoryEnv(task=task, size=size, credit=credit)
    env.reset(seed=seed)
    agent, view = memenv.make("agent", name), make_view(SHOWN)

    def play() -> None:
        ended = False
        while not ended:
            ended = env.step(agent.act(pipeline.observe(env.trajectory, view)))[2]

    return _best(1, play)


def _best(repeats: int, call: Callable[[], None]) -> float:
    """The shortest of some runs, in seconds of the processor."""
    seconds = []
    for _ in range(repeats):
        began = time.process_time()
        call()
        seconds.append(time.process_time() - began)
    return min(seconds)


def _table(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title=title)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    for name in columns:
        table.add_column(name, justify="right" if name else "left")
    for row in rows:
        cells = (row.get(name, "") for name in columns)
        table.add_row(*(f"{cell:.2f}" if isinstance(cell, float) else cell for cell in cells))
    return table


if __name__ == "__main__":
    main()
