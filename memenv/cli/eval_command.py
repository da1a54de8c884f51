"""`memenv eval`: evaluate an agent, store the results, print what came out."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from memenv import datasets, registry
from memenv.cli.models import bill_line, check_models, concurrency_of, models_for, prices_of
from memenv.cli.options import database_option, model_options, pairs, stream_options
from memenv.cli.text import counted, line
from memenv.errors import BudgetError, SettingError
from memenv.harness.config import Config, Target, asks_models
from memenv.harness.evaluate import Plan, evaluate, plan
from memenv.harness.failures import explained, redact
from memenv.harness.results import Result, Store
from memenv.harness.summary import summarise
from memenv.models import Models
from memenv.pipeline import mean

_TOLD = 5
"""How many failures are told while a run goes on."""


@click.command("eval")
@click.option("--agent", required=True, help="Name or dotted path.")
@click.option(
    "-a",
    "agent_pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="For the agent; also view=full, newest_<k> or retrieved_<k>.",
)
@model_options
@click.option("--env", "envs", multiple=True, help="Registered id, task name or dotted path.")
@click.option(
    "--data",
    "files",
    multiple=True,
    metavar="FILE",
    help="A file of instances, or a published data set: a path, NAME=PATH or a prepared NAME.",
)
@click.option("--suite", help="A named list of environments.")
@click.option("--episodes", type=int, help="Per environment. [default: all of a file, else 5]")
@stream_options
@click.option("--credit", default="terminal", show_default=True, help="The credit scheme.")
@click.option("-c", "credit_pairs", multiple=True, metavar="KEY=VALUE", help="For the scheme.")
@click.option(
    "--secret",
    envvar="MEMENV_SECRET",
    metavar="TEXT",
    help="Salts the seeds: private streams. Better as MEMENV_SECRET, which no shell remembers.",
)
@click.option("--repeats", default=1, show_default=True, help="Runs of every instance.")
@click.option("--workers", default=1, show_default=True, help="Episodes at a time.")
@click.option(
    "--engine",
    type=click.Choice(["threads", "processes"]),
    default="threads",
    show_default=True,
    help="Threads wait well, processes compute well.",
)
@click.option("--timeout", default=1800.0, show_default=True, help="Seconds an episode may take.")
@database_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--dry-run", is_flag=True, help="Say what would be run and what it would cost.")
@click.option("--retry-failed", is_flag=True, help="Run failed episodes again.")
def command(**given: Any) -> int:
    """Evaluate an agent on environments, a suite or a file, and store the results.

    The same command again resumes: finished episodes are not run twice.

    \b
    Examples:
      memenv eval --agent lines --env MemAlpha-AR-v0 --capacity tight
      memenv eval --agent my_package.agents:MyAgent --data my_streams.jsonl --json
    """  # noqa: D301
    from memenv_leaderboard.store import SqliteStore

    # Stdout is for what comes out; what a plug-in prints goes where progress goes.
    with contextlib.redirect_stdout(sys.stderr):
        config, stopped = _config(given), False
        # Mistakes in the command are told before a database file is made.
        planned = plan(config, None)
        check_models(config, given, sending=not given["dry_run"])
        errors = Console(stderr=True)
        for note in planned.notes:
            errors.print(line(f"note: {note}"), soft_wrap=True)
        if given["dry_run"]:
            if given["db"].exists():
                with SqliteStore(given["db"], read_only=True) as store:
                    planned = plan(config, store, retry_failed=given["retry_failed"])
            cost = _cost(config, planned, given)
        else:
            with SqliteStore(given["db"]) as store, models_for(config, given, store) as models:
                planned = plan(config, store, retry_failed=given["retry_failed"])
                _tell_of_failures(config, store, planned, given["db"], errors)
                try:
                    _run(config, store, planned, errors, models)
                except BudgetError as error:
                    stopped = True
                    said = f"stopped: {error}; the same command goes on from here"
                    errors.print(line(said, 500, "yellow"), soft_wrap=True)
                if models is not None:
                    errors.print(line(bill_line(models.bill)), soft_wrap=True)
                results = [each for each in store.results(planned.run) if each.key in planned.keys]
                run = store.find(planned.run)
            _tell_of_no_ceiling(config, results, errors)
    if given["dry_run"]:
        _print_cost(cost, given["as_json"])
        return 0
    summary = summarise(planned.run, config.agent, config.reader, config.capacity, results)
    if given["as_json"]:
        click.echo(json.dumps(summary))
    else:
        from memenv.cli.report import print_next, print_run

        console = Console()
        print_run(console, summary, results, run)
        print_next(console, planned.run, given["db"])
    return 1 if summary["failed"] or stopped else 0


def _config(given: dict[str, Any]) -> Config:
    if given["secret"] is None and os.environ.get("MEMENV_SECRET") == "":
        # A secret that a script failed to fill in must not become a public run.
        raise SettingError("MEMENV_SECRET is set and empty: unset it, or give it a text")
    agent_arguments = pairs("-a", given["agent_pairs"])
    for name in ("model", "base_url"):
        if given[name] is not None:
            if name in agent_arguments:
                raise SettingError(f"{name} is given twice: as an option and as -a {name}=")
            agent_arguments[name] = given[name]
    view = agent_arguments.pop("view", None)
    # Arguments are stored with the results, and a key may be a part of any of them.
    for option, texts in (
        ("-a", given["agent_pairs"]),
        ("-r", given["reader_pairs"]),
        ("--model", [given["model"]]),
        ("--base-url", [given["base_url"]]),
        ("--judge-model", [given["judge_model"]]),
        ("--judge-url", [given["judge_url"]]),
    ):
        if any(text is not None and redact(text) != text for text in texts):
            raise SettingError(f"{option} holds a secret of the environment, and would be stored")
    return Config(
        agent=given["agent"],
        targets=_targets(given),
        agent_arguments=agent_arguments,
        view=None if view is None else str(view),
        episodes=given["episodes"],
        seed=given["seed"],
        split=given["split"],
        capacity=given["capacity"],
        layout=given["layout"],
        reader=given["reader"],
        reader_arguments=pairs("-r", given["reader_pairs"]),
        credit=given["credit"],
        credit_arguments=pairs("-c", given["credit_pairs"]),
        repeats=given["repeats"],
        workers=given["workers"],
        engine=given["engine"],
        timeout=given["timeout"],
        secret=given["secret"],
        judge=given["judge_model"],
        judge_base_url=given["judge_url"],
    )


def _targets(given: dict[str, Any]) -> tuple[Target, ...]:
    _check_names(given["files"])
    targets = [
        Target(env, size=given["size"])
        for env in given["envs"]
        # With a file named, its environment is meant by the file.
        if env != registry.FILE_ENVIRONMENT or not given["files"]
    ]
    targets += [
        Target(registry.FILE_ENVIRONMENT, data=file, size=given["size"]) for file in given["files"]
    ]
    if given["suite"] is not None:
        entries = _suite(given["suite"])
        if given["size"] is not None and any(getattr(each, "name", None) for each in entries):
            raise SettingError(f"suite {given['suite']!r} is about sizes: leave out --size")
        targets += [
            Target(
                entry.env,
                size=entry.size if given["size"] is None else given["size"],
                episodes=entry.episodes if given["episodes"] is None else given["episodes"],
                name=getattr(entry, "name", None),
            )
            for entry in entries
        ]
    return tuple(targets)


def _check_names(files: Sequence[str]) -> None:
    """Results of a file are kept under its name, wherever it lies."""
    first: dict[str, str] = {}
    for file in files:
        other = first.setdefault(datasets.locate(file).name, file)
        if os.path.abspath(other) != os.path.abspath(file):
            raise SettingError(
                f"{other} and {file} are two files with one name, under which results are kept: "
                f"rename one"
            )


def _suite(name: str) -> list[Any]:
    with explained(f"suite {name!r} cannot be loaded"):
        return list(registry.load("suite", name))


def _run(
    config: Config, store: Store, planned: Plan, console: Console, models: Models | None
) -> None:
    """Run what is pending under a progress bar: episodes, score so far, time left."""
    known = store.scores(planned.run)
    scores = [score for key, score in known.items() if key in planned.keys]
    failed = 0
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("score {task.fields[score]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        total, begun = len(planned.specs), len(planned.specs) - len(planned.pending)
        task = progress.add_task("episodes", total=total, completed=begun, score="-")

        def advance(result: Result) -> None:
            nonlocal failed
            scores.append(result.score)
            so_far = mean([score for score in scores if score is not None])
            progress.update(task, advance=1, score="-" if so_far is None else f"{so_far:.3f}")
            if result.failure is not None:
                failed += 1
                if failed <= _TOLD:
                    failure = result.failure
                    said = f"failed: {result.key} in {failure.stage}: {failure.error}: "
                    console.print(line(said + failure.message, 500), soft_wrap=True)

        evaluate(config, store, planned, advance, models)
    if failed > _TOLD:
        console.print(f"failed: {counted(failed - _TOLD, 'more episode')}", soft_wrap=True)


def _tell_of_failures(
    config: Config, store: Store, planned: Plan, db: Path, console: Console
) -> None:
    """Failures of an earlier time, which this time does not repeat."""
    waiting = {spec.key for spec in planned.pending}
    count = len((store.failed(planned.run).keys() & planned.keys) - waiting)
    if count:
        option = "" if str(db) == "memenv.db" else f" --db {shlex.quote(str(db))}"
        note = (
            f"note: {counted(count, 'episode')} failed before and "
            f"{'is' if count == 1 else 'are'} not run again: `memenv show {planned.run}{option}` "
            f"says why, --retry-failed runs {'it' if count == 1 else 'them'} again"
        )
        console.print(line(note), soft_wrap=True)


def _tell_of_no_ceiling(config: Config, results: Sequence[Result], console: Console) -> None:
    """An agent that is shown the questions knows no more of some than anybody else."""
    if not getattr(registry.load("agent", config.agent), "needs_instance", False):
        return
    records = [result.record for result in results if result.record is not None]
    asked = [question for record in records for question in record["questions"]]
    without = sum(not question["support"] and not question["evidence"] for question in asked)
    if without:
        note = (
            f"note: {without:,} of {counted(len(asked), 'question')} carry neither support nor "
            f"evidence_chunks, so {config.agent} is no ceiling for them"
        )
        console.print(line(note), soft_wrap=True)


def _cost(config: Config, planned: Plan, given: dict[str, Any]) -> dict[str, Any]:
    """What would be run and what it would cost, without running it."""
    from memenv.harness.costs import Limits, estimate

    chunks = tokens = questions = 0
    for spec in planned.pending:
        with explained(f"environment {spec.target.env!r} gives no instance"):
            instance = spec.target.source(config.split, config.secret).pick(
                config.seed + spec.index
            )
        chunks += len(instance.chunks)
        tokens += instance.tokens
        questions += len(instance.questions)
    cost: dict[str, Any] = {
        "run": planned.run,
        "episodes": len(planned.specs),
        "pending": len(planned.pending),
        "chunks": chunks,
        "stream_tokens": tokens,
        "questions": questions,
        "calls": 0,
        "usd": 0.0,
    }
    if asks_models(config):
        with explained("the episodes cannot be tried"):
            limits = Limits(concurrency_of(given), given["rpm"], given["tpm"])
            asked = estimate(config, planned.pending, prices_of(given), limits)
        cost.update(vars(asked))
    return cost


def _print_cost(cost: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(cost))
        return
    for name, value in cost.items():
        shown = f"{value:.3g}" if isinstance(value, float) else value
        click.echo(f"{name:18}{'unknown' if value is None else shown}")
    if cost["calls"]:
        click.echo(
            "calls, tokens and minutes are an estimate: episodes were "
            "played with the demo model, and nothing was sent"
        )
