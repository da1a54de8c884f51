"""What each rule of the lexical reader adds, and what it scores where nothing can be known.

    python benchmarks/reader_report.py --task overrides --task encyclopedia
    python benchmarks/reader_report.py my_instances.jsonl --json

Every line of the table is one metric of one source. The first column is the reader with all rules
on what the agent `lines` keeps without a limit; then come the controls, and then, per rule, how
much is lost without it. Controls: `append` keeps whole chunks, `gold` nothing but the passages the
questions rest on, `fifth` random lines within a fifth of the stream, `empty` nothing; `echo`
answers with the question itself. The metric `stale` is the share of outdated answers among the
questions that have one: the smaller the better.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
from rich.box import MARKDOWN
from rich.console import Console
from rich.progress import track
from rich.table import Table

import memenv
from memenv import pipeline, registry, run
from memenv.protocols import Reader
from memenv.readers.lexical import Lexical
from memenv.readers.settings import Rules
from memenv.types import Answer, Instance, Trajectory
from memenv.views import DEFAULT, make_view

RULES = tuple(field.name for field in fields(Rules))
CONTROLS: dict[str, tuple[str, float | None]] = {
    "append": ("append", None),
    "gold": ("oracle", None),
    "fifth": ("random", 0.2),
    "empty": ("skip", None),
}
"""Name of the column -> the agent, and the share of the stream it may keep."""

Scores = dict[str, list[float]]


class Echo:
    """A reader that knows nothing: its answer is the question."""

    def answer(self, question: memenv.Question, memory: memenv.Memory) -> Answer:
        """The text of the question."""
        return Answer(question.text)


def played(instance: Instance, agent: str, capacity: float | None) -> Trajectory:
    """An instance, read by an agent."""
    begun = pipeline.begin(instance, "mem-alpha", capacity)
    return pipeline.play(begun, registry.make("agent", agent), make_view(DEFAULT))


def scores(trajectories: Iterable[Trajectory], reader: Reader) -> Scores:
    """Metric -> the score of every question; `stale` -> whether an outdated answer was given."""
    found: Scores = {}
    for trajectory in trajectories:
        grader = pipeline.Grader(reader, run.scorer_for())
        grades = pipeline.assess(trajectory, pipeline.Meter(grader)).grades
        for question, grade in zip(trajectory.instance.questions, grades, strict=True):
            if grade.score is not None:
                found.setdefault(question.metric, []).append(grade.score)
            if question.stale:
                stale = pipeline.is_stale(question, grade.answer)
                found.setdefault("stale", []).append(float(stale))
    return found


def report(instances: Sequence[Instance], ablate: bool) -> dict[str, dict[str, Any]]:
    """Metric -> number of questions, and the mean score of every column."""
    lines = [played(instance, "lines", None) for instance in instances]
    columns = {"all rules": scores(lines, Lexical())}
    for name, (agent, capacity) in CONTROLS.items():
        kept = [played(instance, agent, capacity) for instance in instances]
        columns[name] = scores(kept, Lexical())
    columns["echo"] = scores(lines, Echo())
    if ablate:
        for rule in track(RULES, "rules", console=Console(stderr=True), transient=True):
            columns[f"-{rule}"] = scores(lines, Lexical(without=rule))
    return {
        metric: {
            "questions": len(values),
            **{name: pipeline.mean(column.get(metric, [])) for name, column in columns.items()},
        }
        for metric, values in columns["all rules"].items()
    }


def table(found: dict[str, dict[str, dict[str, Any]]]) -> Table:
    """A report with a column per source and metric; the lines are controls and rules."""
    rows = {
        f"{source} {metric}": row
        for source, metrics in found.items()
        for metric, row in metrics.items()
    }
    shown = Table(box=MARKDOWN)
    shown.add_column("", no_wrap=True)
    for name, row in rows.items():
        shown.add_column(f"{name} ({row['questions']})", justify="right", no_wrap=True)
    for name in next(iter(rows.values())):
        if name != "questions":
            shown.add_row(name, *(_cell(name, row) for row in rows.values()))
    return shown


def _cell(name: str, row: dict[str, Any]) -> str:
    """A score, for a rule left out the change to the score with all rules."""
    if row[name] is None:
        return "-"
    if not name.startswith("-"):
        return f"{row[name]:.3f}"
    change = row[name] - row["all rules"]
    return f"{change:+.3f}" if abs(change) >= 0.0005 else "."


@click.command(epilog="Example: python benchmarks/reader_report.py --task overrides")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False))
@click.option("--task", "tasks", multiple=True, help="A task family; may be repeated.")
@click.option("--split", default="test", show_default=True, help="Split of the families.")
@click.option("--episodes", default=3, show_default=True, help="Instances of each family.")
@click.option("--controls-only", is_flag=True, help="Leave no rule out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def main(
    files: tuple[str, ...],
    tasks: tuple[str, ...],
    split: str,
    episodes: int,
    controls_only: bool,
    as_json: bool,
) -> None:
    """Measure the lexical reader on FILES of instances and on task families."""
    if not files and not tasks:
        raise click.UsageError("expected a file of instances, or --task with the name of a family")
    sources = {Path(file).stem: list(memenv.load_instances(file)) for file in files}
    for task in tasks:
        make = registry.load("task", task)
        sources[task] = [make(seed, split=split) for seed in range(episodes)]
    found = {source: report(instances, not controls_only) for source, instances in sources.items()}
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    wide = None if sys.stdout.isatty() else 1_000
    Console(width=wide).print(table(found))


if __name__ == "__main__":
    main()
