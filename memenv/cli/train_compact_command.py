"""`memenv train compact`: GRPO on a policy that decides line by line what to keep."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from memenv.cli.options import Capacity, pairs
from memenv.cli.text import line, safe
from memenv.errors import SettingError

_BARS = " ▁▂▃▄▅▆▇█"


@click.command("compact")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="For the checkpoint, its card, and what a run needs to go on.",
)
@click.option("--env", "envs", multiple=True, help="Task, Gymnasium id or dotted path; repeatable.")
@click.option("--data", "files", multiple=True, metavar="FILE", help="A file of instances.")
@click.option("--credit", help="The credit scheme; group schemes too. [default: broadcast]")
@click.option("-c", "credit_pairs", multiple=True, metavar="KEY=VALUE", help="For the scheme.")
@click.option("--grouping", help="Of advantages: per_step, pooled, per_episode or same_state.")
@click.option("--steps", type=int, help="Updates of the weights.")
@click.option("--seed", type=int, help="Of everything that is drawn.")
@click.option("--group", type=int, help="Rollouts of an instance.")
@click.option("--instances", type=int, help="Of an update.")
@click.option("--questions", type=int, help="Asked of an instance at most.")
@click.option("--capacity", type=Capacity(), metavar="X", help="As memenv eval has it.")
@click.option("--layout", help="The stores: mem-alpha or flat.")
@click.option("--reader", help="Who answers. [default: lexical]")
@click.option("--size", "sizes", help="Numbers of chunks, shortest first: 2,3,4.")
@click.option("--epochs", type=int, help="Passes over the rollouts of an update.")
@click.option("--rate", type=float, help="Learning rate.")
@click.option("--clip", type=float, help="Of the ratio, on either side.")
@click.option("--entropy", type=float, help="Weight of the entropy; it falls to 0.")
@click.option("--kl", type=float, help="Weight of the divergence from the first policy.")
@click.option("--hidden", type=int, help="Units of a layer.")
@click.option("--dropout", type=float, help="Share of the hashed words not seen in an update.")
@click.option("--start", metavar="PATH", help="A checkpoint to begin with.")
@click.option("--evaluate", type=int, help="Updates between two evaluations.")
@click.option("--evaluation", type=int, help="Held-out instances of every environment.")
@click.option("--save", type=int, help="Updates between two checkpoints.")
@click.option("--workers", default=2, show_default=True, help="Processes that play.")
@click.option("--resume", is_flag=True, help="Go on with the run in DIR, with the same settings.")
@click.option(
    "--tensorboard",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Curves for TensorBoard (extra tensorboard).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(**given: Any) -> None:
    """Train a small policy with GRPO to choose, line by line, what a memory keeps.

    What is not given has the value of `Settings` in `memenv_baselines/training/settings.py`, with
    which the checkpoint of agent `compact` was made. Two runs with one seed give the same
    checkpoint on one machine; a killed one goes on with --resume.

    \b
    Examples:
      memenv train compact --output mine
      memenv train compact --env overrides --env intents --credit finemem --steps 200 --output try
      memenv eval --agent compact -a path=mine --env MemAlpha-AR-v0 --capacity tight
    """  # noqa: D301
    grpo = _needed("memenv_baselines.training.grpo")
    settings, folder = _settings(given), given["output"]
    console = Console(stderr=True)
    with _curves(given["tensorboard"]) as also, _shown(console, settings, also) as watch:
        log = grpo.train(
            settings, folder, workers=given["workers"], resume=given["resume"], watch=watch
        )
    last = [row for row in log if "evaluation" in row][-1]
    scores: Mapping[str, float] = last["evaluation"]
    if given["as_json"]:
        click.echo(json.dumps({"output": str(folder), "updates": last["updates"], **last}))
        return
    console.print(line(f"{folder / 'policy.safetensors'}: {_scores(scores)}"), soft_wrap=True)
    following = ["memenv", "eval", "--agent", "compact", "-a", f"path={folder}"]
    following += ["--env", "MemAlpha-AR-v0", "--capacity", "tight"]
    console.print(line(f"next: {shlex.join(following)}"), soft_wrap=True)


def _needed(module: str) -> Any:
    """A module that needs the extra `train`.

    Raises:
        SettingError: when that is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("torch", "safetensors"):
            raise
        raise SettingError(
            f"training needs {error.name}: pip install 'memenv[train]' (agent compact itself "
            f"needs neither)"
        ) from None


def _settings(given: Mapping[str, Any]) -> Any:
    from memenv_baselines.training.settings import Settings

    chosen = {
        name: given[name]
        for name in (
            *("credit", "grouping", "steps", "seed", "group", "instances", "questions"),
            *("layout", "reader", "epochs", "rate", "clip", "entropy", "kl", "hidden"),
            *("dropout", "start", "evaluate", "evaluation", "save", "capacity"),
        )
        if given[name] is not None
    }
    context = click.get_current_context()
    if context.get_parameter_source("capacity") is click.core.ParameterSource.COMMANDLINE:
        chosen["capacity"] = given["capacity"]
    if environments := (*given["envs"], *given["files"]):
        chosen["environments"] = environments
    if given["credit_pairs"]:
        chosen["parameters"] = pairs("-c", given["credit_pairs"])
    if given["sizes"] is not None:
        chosen["sizes"] = _numbers(given["sizes"])
    return Settings(**chosen)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise SettingError(f"--size takes numbers of chunks such as 2,3,4, not {text!r}") from None


def _scores(scores: Mapping[str, float]) -> str:
    mean = sum(scores.values()) / max(len(scores), 1)
    each = ", ".join(f"{name} {score:.3f}" for name, score in scores.items())
    return f"held-out score {mean:.3f} ({each})"


def curve(values: Sequence[float], width: int = 20) -> str:
    """The last values as bars.

    >>> curve([0.0, 0.5, 1.0])
    ' ▄█'
    """
    last = values[-width:]
    low, high = min(last, default=0), max(last, default=0)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0
    return "".join(_BARS[round((value - low) * scale)] for value in last)


Also = Callable[[str, float, int], None]
"""`(name, value, update)`: one point of a curve."""


@contextlib.contextmanager
def _curves(folder: Path | None) -> Iterator[Also]:
    """Where the points of curves go."""
    if folder is None:
        yield lambda name, value, update: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise SettingError(
            "--tensorboard needs tensorboard: pip install 'memenv[train,tensorboard]'"
        ) from None
    with SummaryWriter(str(folder)) as writer:
        yield writer.add_scalar


@contextlib.contextmanager
def _shown(console: Console, settings: Any, also: Also) -> Iterator[Any]:
    """A bar with the curve of the scores, and a line for every evaluation."""
    from memenv_baselines.training.grpo import Watch

    bar = Progress(
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[curve]}"),
        console=console,
    )
    scores: list[float] = []

    def update(number: int, row: Mapping[str, Any]) -> None:
        scores.append(row["score"])
        recent = sum(scores[-10:]) / len(scores[-10:])
        shown = f"score {recent:.3f} {curve(scores)} entropy {row['entropy']:.2f}"
        bar.update(task, completed=number + 1, curve=shown)
        for name in ("score", "entropy", "memory", "rejected"):
            also(name, row[name], number)
        for name, share in row["choices"].items():
            also(f"choices/{name}", share, number)

    def evaluation(updates: int, found: Mapping[str, float]) -> None:
        bar.console.print(safe(f"{updates:6}  {_scores(found)}"), soft_wrap=True)
        for name, score in found.items():
            also(f"held out/{name}", score, updates)

    def warning(text: str) -> None:
        bar.console.print(line(f"warning: {text}"), soft_wrap=True)

    with bar:
        task = bar.add_task("training", total=settings.steps, curve="")
        yield Watch(update, evaluation, warning)
