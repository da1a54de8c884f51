"""`memenv train llm`: GRPO on a language model that keeps the memory."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from memenv.cli.models import connected
from memenv.cli.options import Capacity, client_options, database_option, pairs
from memenv.cli.text import line
from memenv.errors import SettingError
from memenv.harness.failures import explained

if TYPE_CHECKING:
    from memenv_baselines.llm.presets import Settings
    from memenv_baselines.llm.train import Streams


@click.command("llm")
@click.option(
    "--preset",
    default="memalpha",
    show_default=True,
    help="Where settings are from that are not given: memalpha, finemem or tiny.",
)
@click.option("--model", metavar="PATH_OR_ID", help="The first checkpoint. [default: the preset's]")
@click.option("--output", type=click.Path(path_type=Path), required=True, metavar="DIR")
@click.option("--env", "envs", multiple=True, help="Registered id, task name or dotted path.")
@click.option("--data", "files", multiple=True, metavar="FILE", help="A file of instances.")
@click.option("--size", "size", help="Numbers of chunks, for tasks: 3, or 2,3,4.")
@click.option("--split", default="train", show_default=True, help="Of tasks, to train on.")
@click.option("--style", help="Of the prompt: memenv, mem-alpha, fine-mem or tiny.")
@click.option("--capacity", type=Capacity(), metavar="X", help="As memenv eval has it.")
@click.option("--layout", help="The stores: mem-alpha or flat.")
@click.option("--view", help="What is shown of the memory. [default: what the style shows]")
@click.option("--reader", help="Who answers. [default: lexical]")
@click.option("-r", "reader_pairs", multiple=True, metavar="KEY=VALUE", help="For the reader.")
@click.option("--credit", help="The credit scheme; group schemes too.")
@click.option("-c", "credit_pairs", multiple=True, metavar="KEY=VALUE", help="For the scheme.")
@click.option("--grouping", help="Of advantages: per_step, pooled, per_episode or same_state.")
@click.option("--questions", type=float, help="Share of the questions asked in training.")
@click.option("--steps", type=int, help="Rounds of playing and learning.")
@click.option("--batch", type=int, help="Instances of a round.")
@click.option("--group", type=int, help="Rollouts of an instance.")
@click.option("--instances", type=int, help="How many different ones.")
@click.option("--minibatch", type=int, help="Rows of an update. [default: the preset's]")
@click.option("--epochs", type=int, help="How often a round is gone through.")
@click.option("--rows", type=int, help="Rows that go through the model at once.")
@click.option("--lr", "learning_rate", type=float, help="Learning rate.")
@click.option("--decay", help="constant, linear or cosine.")
@click.option("--clip", type=float, help="Of the ratio, at either side.")
@click.option("--beta", type=float, help="Weight of the KL divergence.")
@click.option("--loss", help="loss_type of TRL: grpo, dr_grpo, dapo, bnpo.")
@click.option("--entropy", type=float, help="Weight of the entropy bonus.")
@click.option("--temperature", type=float, help="Of the rollouts.")
@click.option("--max-tokens", type=int, help="Of an answer.")
@click.option("--budget", type=int, help="Tokens of a prompt, for the styles of agent api.")
@click.option("--lora", type=int, metavar="RANK", help="Train an adapter; 0 trains all weights.")
@click.option(
    "--warm-start",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Traces to learn from first (memenv data traces).",
)
@click.option("--warm-rows", type=int, help="Pairs the warm start sees, repeats counted; 0: none.")
@click.option("--warm-rate", type=float, help="Its learning rate.")
@click.option("--seed", type=int, help="Of everything.")
@click.option("--save-every", type=int, help="Rounds between two checkpoints.")
@click.option("--evaluate-every", type=int, help="Rounds between two looks at held-out streams.")
@click.option("--held-out", type=int, help="How many held-out streams.")
@click.option("--vllm-url", metavar="URL", help="A vLLM server that writes the rollouts.")
@click.option("--trl", "trl_pairs", multiple=True, metavar="KEY=VALUE", help="For GRPOConfig.")
@click.option("--threads", type=int, help="Of torch on a CPU. [default: torch's own]")
@client_options
@database_option
def command(**given: Any) -> None:
    """Train a language model with GRPO: a fresh context for every chunk.

    The same command goes on where a run in the same folder was broken off. Needs the extra
    `train`. What is trained is evaluated with `memenv eval --agent local -a path=DIR`.

    \b
    Examples:
      memenv train llm --preset tiny --env overrides --env intents --size 2,3,4 --output tiny
      memenv train llm --preset finemem --model Qwen/Qwen3-4B --env MemAlpha-AR-v0 --output run
    """  # noqa: D301
    from memenv_baselines.llm.needed import needed
    from memenv_baselines.llm.traces import read_traces
    from memenv_baselines.llm.train import train

    settings = _settings(given)
    streams = _streams(given)
    console = Console(stderr=True)
    if given["threads"] is not None:
        if given["threads"] < 1:
            raise SettingError(f"threads must be at least 1, not {given['threads']}")
        (torch,) = needed("torch")
        torch.set_num_threads(given["threads"])
    warm = given["warm_start"]
    also = {
        "envs": list(given["envs"]),
        "data": list(given["files"]),
        "size": given["size"],
        "split": given["split"],
        "warm_start": None if warm is None else str(warm),
    }
    with _models(settings, given) as models, explained("training broke"):
        train(
            settings,
            streams,
            given["output"],
            warm_start=None if warm is None else read_traces(warm),
            models=models,
            tell=lambda said: console.print(line(said, 500), soft_wrap=True),
            also=also,
        )
    words = ["memenv", "eval", "--agent", "local", "-a", f"path={given['output']}"]
    click.echo(f"{given['output']}: done; next: {shlex.join(words)} --env ...")


def _settings(given: dict[str, Any]) -> Settings:
    """The preset, with what is given in its place."""
    from memenv_baselines.llm.presets import Settings, preset

    named = preset(given["preset"])
    known = {each.name for each in fields(Settings)} - {"preset"}
    chosen = {name: value for name, value in given.items() if name in known and value is not None}
    for name, option, key in (
        ("reader_arguments", "-r", "reader_pairs"),
        ("credit_arguments", "-c", "credit_pairs"),
        ("trl", "--trl", "trl_pairs"),
    ):
        if given[key]:
            chosen[name] = pairs(option, given[key])
    return replace(named, **chosen)


def _streams(given: dict[str, Any]) -> Streams:
    from memenv_baselines.llm.train import Streams

    from memenv import registry
    from memenv.sources import open_source

    if not given["envs"] and not given["files"]:
        raise SettingError("nothing to train on: pass --env ID or --data FILE")
    sizes = _sizes(given["size"])
    if given["files"] and given["size"] is not None and not given["envs"]:
        raise SettingError("size is for generated tasks: a data file has the chunks it has")
    tasks = [registry.ENVIRONMENTS.get(env, {}).get("task", env) for env in given["envs"]]
    with explained("there is nothing to train on"):
        made = [
            open_source(task=task, size=size, split=given["split"])
            for task in tasks
            for size in sizes
        ]
        held = [
            open_source(task=task, size=size, split="validation")
            for task in tasks
            for size in sizes
        ]
        files = [open_source(data=name) for name in given["files"]]
    return Streams((*made, *files), (*held, *files))


def _sizes(given: str | None) -> list[int | None]:
    if given is None:
        return [None]
    parts = given.split(",")
    if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        raise SettingError(f"--size is a number of chunks, or several (2,3,4), not {given!r}")
    return [int(part) for part in parts]


@contextlib.contextmanager
def _models(settings: Settings, given: dict[str, Any]) -> Iterator[Any]:
    """The way to models, for a reader that needs one."""
    from memenv_leaderboard.store import SqliteStore

    from memenv import run
    from memenv.models import DEMO

    reader, _ = run.named("reader", settings.reader, settings.reader_arguments)
    if not getattr(reader, "needs_model", False):
        yield None
        return
    demo = run.endpoint_of("reader", reader).model == DEMO
    with contextlib.ExitStack() as stack:
        store = None if given["no_cache"] or demo else stack.enter_context(SqliteStore(given["db"]))
        yield stack.enter_context(connected(given, store, demo=demo))
