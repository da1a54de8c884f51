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
from memenv.cli.options import pairs, stream_options
from memenv.cli.report import capacity_name
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number, percent, safe
from memenv.errors import NotMeasuredError, SettingError
from memenv.fidelity import FEWEST
from memenv.harness.config import Config, Target

if TYPE_CHECKING:
    from memenv.harness.fidelity import Study

_EPISODES = 10
_COLUMNS = (
    "scheme",
    "within",
    "95%",
    "across",
    "95% ",
    "within S",
    "across S",
    "forks",
    "top-k",
    "sign",
    "split",
    "sum-score",
    "spread",
    "cosine",
    "calls",
    "ms",
    "verdict",
)
_DROP = ("across S", "spread", "sum-score", "within S", "ms", "sign", "forks", "calls", "top-k")
_VERDICTS = {
    "tracks": "follow the counterfactual within episodes and across rollouts",
    "within only": "follow it within episodes, not shown across rollouts",
    "across only": "follow it across rollouts, not shown within episodes",
    "does not": "do not follow it",
    "unclear": "cannot be told from these episodes",
}


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
    help="Only these schemes; a dotted path is measured besides. [default: all]",
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
    """  # noqa: D301
    with contextlib.redirect_stdout(sys.stderr):
        from memenv.harness import fidelity

        errors = Console(stderr=True)
        _check_plot(given["plot"])
        studies = _studies(given)
        plans = [fidelity.planned(study) for study in studies]
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
        result = {**_settings(studies[0]), "reports": reports}
        if given["plot"] is not None:
            _plot(reports, given["plot"])
    if not any(report["episodes"] for report in reports):
        raise NotMeasuredError("no question of any episode could be scored: nothing to compare")
    failed = any(found["error"] for each in reports for found in each["schemes"].values())
    if given["as_json"]:
        click.echo(json.dumps(result))
        return int(failed)
    console = Console()
    for report in reports:
        _print_report(console, report, result)
    if given["plot"] is not None:
        console.print(safe(f"picture: {given['plot']}"), soft_wrap=True)
    return int(failed)


def _studies(given: Mapping[str, Any]) -> list[Study]:
    from memenv.harness.fidelity import Study, schemes_of

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
        )
        for agent in dict.fromkeys(given["agents"])
    ]


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


def _print_report(console: Console, report: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    where = f"{report['agent']} on {report['environment']}, read by {result['reader']}"
    title = f"{where}, capacity {capacity_name(result['capacity'])}"
    console.print(line(title, style="italic"), soft_wrap=True)
    if report["unscored"]:
        said = f"{counted(report['unscored'], 'episode')} left out: no question could be scored"
        console.print(safe(said, style="yellow"), soft_wrap=True)
    if not report["episodes"]:
        return
    for said in _heading(report, result):
        console.print(line(said), soft_wrap=True)
    schemes = report["schemes"]
    rows: list[Mapping[str, Cell] | None] = []
    kind = None
    for name, found in schemes.items():
        if rows and found["kind"] != kind:
            rows.append(None)
        kind = found["kind"]
        rows.append(_row(name, found))
    shown = [each for each in _COLUMNS if each != "cosine" or _has(schemes, "cosine")]
    print_table(console, rows, shown, folds="scheme", left=("verdict",), drop=_DROP)
    for said in _notes(report):
        console.print(line(said, 500), soft_wrap=True)
    console.print()


def _heading(report: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{counted(report['episodes'], 'episode')} of {counted(round(report['steps']), 'step')} "
        f"and {counted(round(report['questions']), 'question')}, score {number(report['score'])}; "
        f"each with {result['copies']} copies, every operation left out with probability "
        f"{result['drop']:g}"
    )
    shapley = (
        f"; S: with Shapley values ({result['permutations']} permutations of an episode, "
        f"{result['copy_permutations']} of a copy)"
        if result["permutations"]
        else ""
    )
    yield (
        "within, across: rank correlation with the counterfactual over the steps of an episode, "
        f"over the copies at one step (* over forks of one step){shapley}"
    )
    yield (
        "forks: across, the copies differing in that step alone (whatever pays the score has 1); "
        "split: within, credit from one half of the questions, truth from the other (the ceiling "
        "is that of counterfactual); "
        f"top-k: chance is {number(report['chance_top_k'], 2)}; calls, ms: extra cost per episode"
    )


def _row(name: str, found: Mapping[str, Any]) -> dict[str, Cell]:
    verdict = f"error: {found['error']}" if found["error"] else found["verdict"]
    cells: dict[str, Cell] = {
        "scheme": line(name),
        "within": _mean(found, "within"),
        "95%": _interval(found["within"]),
        "across": _mean(found, "across") + ("*" if found["forked"] else ""),
        "95% ": _interval(found["across"]),
        "within S": _mean(found, "within_shapley"),
        "across S": _mean(found, "across_shapley"),
        "forks": _mean(found, "forks"),
        "top-k": _mean(found, "top_k"),
        "sign": _mean(found, "sign"),
        "split": _mean(found, "split_within"),
        "sum-score": _mean(found, "unconserved"),
        "spread": _mean(found, "spread", 3),
        "cosine": _mean(found, "cosine"),
        "calls": _mean(found, "calls", 0),
        "ms": "-" if found["seconds"] is None else f"{1000 * found['seconds']:,.1f}",
        "verdict": "" if found["kind"] == "truth" else line(verdict, 60),
    }
    return cells


def _mean(found: Mapping[str, Any], measure: str, digits: int = 2) -> str:
    value = found[measure]["mean"]
    # Minus nothing is nothing.
    return number(None if value is None else round(value, digits) + 0.0, digits)


def _interval(measured: Mapping[str, Any]) -> str:
    low, high = measured["low"], measured["high"]
    return "-" if low is None else f"{low:+.2f} {high:+.2f}"


def _has(schemes: Mapping[str, Any], measure: str) -> bool:
    return any(found[measure]["mean"] is not None for found in schemes.values())


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    schemes = {name: found for name, found in report["schemes"].items() if found["kind"] != "truth"}
    spread = ", ".join(
        f"{name} {number(value)}"
        for name, value in report["term_spread"].items()
        if value is not None
    )
    yield f"spread of the raw terms over the copies, which decides what a sum follows: {spread}"
    if report["constant_truth"]:
        yield (
            f"no step had an effect in {percent(report['constant_truth'])} of the rollouts: they "
            f"say nothing about any scheme"
        )
    alike = [
        f"{name} {percent(found['constant']['mean'])}"
        for name, found in schemes.items()
        if found["constant"]["mean"]
    ]
    if alike:
        said = "share of the rollouts where all steps get the same, which `within` leaves out"
        yield f"{said}: {', '.join(alike)}"
    if report["episodes"] < FEWEST:
        yield f"fewer than {FEWEST} episodes show nothing: ask for more with --episodes"
    for verdict, means in _VERDICTS.items():
        names = [name for name, found in schemes.items() if found["verdict"] == verdict]
        if names or verdict == "tracks":
            yield f"{means}: {', '.join(names) or 'none'}"
    for name, found in schemes.items():
        if found["error"]:
            yield f"{name}: {found['error']}"


# --- the picture ----------------------------------------------------------------------------------


def _check_plot(path: Path | None) -> None:
    """Told before anything is measured.

    Raises:
        SettingError: for a kind of picture or a folder that there is not, or without matplotlib.
    """
    if path is None:
        return
    if path.suffix not in (".png", ".svg"):
        raise SettingError(f"--plot takes NAME.png or NAME.svg, not {path}")
    if not path.parent.is_dir():
        raise SettingError(f"--plot: there is no folder {path.parent}")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise SettingError('--plot needs matplotlib: pip install "memenv[plots]"') from None


def _plot(reports: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Within against across, a panel per agent and environment."""
    # No pyplot: it would look for a display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4 * len(reports), 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    for place, report in enumerate(reports, start=1):
        axes = figure.add_subplot(1, len(reports), place)
        labels: dict[tuple[float, float], list[str]] = {}
        for name, found in report["schemes"].items():
            # A credit that is the same for all steps orders them no better than chance.
            x, y = (found[measure]["mean"] or 0.0 for measure in ("within", "across"))
            left, down = (_arms(found[measure]) for measure in ("within", "across"))
            axes.errorbar(
                x,
                y,
                xerr=[[each] for each in left],
                yerr=[[each] for each in down],
                fmt="s" if found["kind"] == "truth" else "o",
                markersize=4,
                linewidth=0.7,
            )
            # Schemes that say the same lie on one point.
            labels.setdefault((round(x, 2), round(y, 2)), []).append(name)
        for point, names in labels.items():
            axes.annotate(
                ", ".join(names), point, xytext=(4, 4), textcoords="offset points", fontsize=7
            )
        axes.axhline(0, color="grey", linewidth=0.5)
        axes.axvline(0, color="grey", linewidth=0.5)
        axes.set_xlabel("within an episode: rank correlation with the counterfactual")
        axes.set_ylabel("across rollouts of one step")
        axes.set_title(f"{report['agent']} on {report['environment']}", parse_math=False)
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)


def _arms(measured: Mapping[str, Any]) -> tuple[float, float]:
    """How far an interval reaches below and above its mean."""
    if measured["low"] is None:
        return (0.0, 0.0)
    return (
        max(0.0, measured["mean"] - measured["low"]),
        max(0.0, measured["high"] - measured["mean"]),
    )
