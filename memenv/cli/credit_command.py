"""`memenv credit`: how well every credit scheme follows what the steps really did."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from memenv import registry
from memenv.cli.credit_picture import check_plot, plot
from memenv.cli.credit_table import print_report
from memenv.cli.options import pairs, stream_options
from memenv.cli.text import line, safe
from memenv.errors import NotMeasuredError, SettingError
from memenv.harness.config import Config, Target

if TYPE_CHECKING:
    from memenv.harness.study import Study

_EPISODES = 10


@click.command("credit")
@click.option("--agent", "agents", multiple=True, required=True, help="Name or dotted path.")
@click.option(
    "-a",
    "agent_pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="For the agents; also view=full, newest_<k> or retrieved_<k>.",
)
@click.option("--env", "envs", multiple=True, help="Registered id, task name or dotted path.")
@click.option(
    "--data", "files", multiple=True, metavar="FILE", help="A file of instances, or published data."
)
@click.option(
    "--episodes", type=int, help=f"Per environment. [default: {_EPISODES}, or all of a file]"
)
@stream_options
@click.option(
    "--scheme",
    "schemes",
    multiple=True,
    metavar="NAME",
    help="A registered name leaves only the schemes named; a dotted path (module:name) by itself "
    "is measured beside all registered ones. [default: all]",
)
@click.option(
    "-c",
    "credit_pairs",
    multiple=True,
    metavar="NAME.KEY=VALUE",
    help="For scheme NAME, such as eara.beta=0.25.",
)
@click.option("--copies", default=8, show_default=True, help="Perturbed rollouts of an episode.")
@click.option(
    "--drop", default=0.2, show_default=True, help="Chance of an operation to be left out of one."
)
@click.option(
    "--permutations",
    default=32,
    show_default=True,
    help="For the Shapley values of an episode, an eighth for a copy; 0 leaves them out.",
)
@click.option(
    "--workers", type=int, help="Processes. [default: 2, or 1 on a machine with one core]"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help='A picture, .png or .svg; needs pip install "memenv[plots]".',
)
def command(**given: Any) -> int:
    """Measure credit schemes against the truth: the score without a step, the rest replayed.

    Every episode is played, and copies of it are made with operations left out at random. A scheme
    must order the steps within an episode and the copies at one step as the truth does; one number
    alone misleads. Nothing is stored.

    \b
    Examples:
      memenv credit --agent lines --env MemAlpha-AR-v0 --size 6
      memenv credit --agent recent --env MemStream-v0 --capacity tight --scheme my_module:scheme
      memenv credit --agent lines --env overrides --scheme eara -c eara.beta=0.25
    """  # noqa: D301
    with contextlib.redirect_stdout(sys.stderr):
        check_plot(given["plot"])
        result = measured(given)
    reports = result["reports"]
    if not any(report["episodes"] for report in reports):
        raise NotMeasuredError("no question of any episode could be scored: nothing to compare")
    failed = any(found["error"] for each in reports for found in each["schemes"].values())
    console = Console()
    if given["as_json"]:
        click.echo(json.dumps(result))
    else:
        for report in reports:
            print_report(console, report, result)
    if given["plot"] is not None:
        # After what was measured, which is told even when the picture fails.
        with contextlib.redirect_stdout(sys.stderr):
            plot(reports, given["plot"])
        if not given["as_json"]:
            console.print(safe(f"picture: {given['plot']}"), soft_wrap=True)
    return int(failed)


def measured(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `--json` prints, for the options of the command; progress and notes go to stderr.

    Args:
        given: every option of the command under the name of its parameter.

    Raises:
        MemenvError: for options that make no sense, and what `memenv.harness.fidelity` raises.
    """
    from memenv.harness import fidelity
    from memenv.harness.study import planned

    errors = Console(stderr=True)
    studies = _studies(given)
    plans = [planned(study) for study in studies]
    told = () if given["episodes"] is None else [note for _, notes in plans for note in notes]
    for note in dict.fromkeys(told):
        errors.print(line(f"note: {note}"), soft_wrap=True)
    workers = min(2, os.cpu_count() or 1) if given["workers"] is None else given["workers"]
    reports = []
    with _progress(errors, sum(len(specs) for specs, _ in plans)) as advance:
        for study, (specs, _) in zip(studies, plans, strict=True):
            samples = fidelity.measure(study, specs, workers, advance)
            for target in study.config.targets:
                own = [
                    sample
                    for spec, sample in zip(specs, samples, strict=True)
                    if spec.target == target
                ]
                reports.append(fidelity.summarise(study, target, own))
    return {**_settings(studies[0]), "reports": reports}


def _studies(given: Mapping[str, Any]) -> list[Study]:
    from memenv.harness.study import Study, schemes_of

    arguments = pairs("-a", given["agent_pairs"])
    view = arguments.pop("view", None)
    if not given["envs"] and not given["files"]:
        raise SettingError("nothing to measure on: pass --env ID or --data FILE")
    targets = [
        Target(env, size=given["size"])
        for env in given["envs"]
        if env != registry.FILE_ENVIRONMENT or not given["files"]
    ]
    targets += [
        Target(registry.FILE_ENVIRONMENT, data=file, size=given["size"]) for file in given["files"]
    ]
    schemes = schemes_of(given["schemes"])
    parameters = _parameters(given["credit_pairs"])
    return [
        Study(
            Config(
                agent=agent,
                targets=tuple(targets),
                agent_arguments=arguments,
                view=None if view is None else str(view),
                episodes=_EPISODES if given["episodes"] is None else given["episodes"],
                seed=given["seed"],
                split=given["split"],
                capacity=given["capacity"],
                layout=given["layout"],
                reader=given["reader"],
                reader_arguments=pairs("-r", given["reader_pairs"]),
            ),
            schemes,
            copies=given["copies"],
            drop=given["drop"],
            permutations=given["permutations"],
            parameters=parameters,
        )
        for agent in dict.fromkeys(given["agents"])
    ]


def _parameters(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Scheme -> its parameters, of `NAME.KEY=VALUE` arguments."""
    of: dict[str, list[str]] = {}
    for each in given:
        key, equals, value = each.partition("=")
        # A dotted path has dots of its own.
        name, _, parameter = key.rpartition(".")
        if not equals or not name or not parameter.isidentifier():
            raise SettingError(f"-c takes NAME.KEY=VALUE, such as eara.beta=0.25, not {each!r}")
        of.setdefault(name, []).append(f"{parameter}={value}")
    return {name: pairs(f"-c {name}:", own) for name, own in of.items()}


def _settings(study: Study) -> dict[str, Any]:
    config = study.config
    return {
        "reader": config.reader,
        "capacity": config.capacity,
        "layout": config.layout,
        "split": config.split,
        "seed": config.seed,
        "copies": study.copies,
        "drop": study.drop,
        "permutations": study.permutations,
        "copy_permutations": study.copy_permutations,
    }


@contextlib.contextmanager
def _progress(console: Console, total: int) -> Iterator[Any]:
    with Progress(
        TextColumn("episodes"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("episodes", total=total)
        yield lambda: progress.advance(task)


# --- the table ------------------------------------------------------------------------------------
