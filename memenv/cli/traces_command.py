"""`memenv data traces`: what an agent writes, as supervised pairs for a language model."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from memenv.cli.models import bill_line, connected
from memenv.cli.options import Capacity, client_options, database_option, pairs
from memenv.cli.text import counted, line, safe
from memenv.errors import DataError, SettingError
from memenv.harness.failures import explained

if TYPE_CHECKING:
    from memenv.types import Instance

_DEFAULT = 5
"""Episodes of an environment, as `memenv eval` has it."""


@click.command("traces")
@click.option("--agent", required=True, help="Who writes: name or dotted path.")
@click.option("-a", "agent_pairs", multiple=True, metavar="KEY=VALUE", help="For the agent.")
@click.option("--env", "envs", multiple=True, help="Registered id, task name or dotted path.")
@click.option("--data", "files", multiple=True, metavar="FILE", help="A file of instances.")
@click.option("--episodes", type=int, help="Per environment. [default: all of a file, else 5]")
@click.option("--seed", default=0, show_default=True, help="Episode i is that of seed S+i.")
@click.option("--size", type=int, help="Number of chunks, for generated environments.")
@click.option("--split", default="train", show_default=True, help="Of generated environments.")
@click.option(
    "--capacity",
    type=Capacity(),
    metavar="X",
    help="Tokens (>= 2), a share of the stream (<= 1), open, tight (0.2). [default: open]",
)
@click.option(
    "--layout", default="mem-alpha", show_default=True, help="The stores: mem-alpha or flat."
)
@click.option(
    "--style",
    default="memenv",
    show_default=True,
    help="Of the prompts: memenv, mem-alpha, fine-mem (as agent api has them) or tiny.",
)
@click.option("--view", help="What is shown of the memory. [default: what the style shows]")
@click.option("--max-tokens", type=int, help="Of an answer, as the prompt tells it.")
@click.option("--rejected", is_flag=True, help="Keep operations that the memory refused.")
@click.option("--model", help="Short for -a model=; demo needs no server.")
@click.option("--base-url", help="Short for -a base_url=.")
@client_options
@database_option
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write, one pair a line.",
)
def command(**given: Any) -> None:
    """Write what an agent does with streams as pairs of a prompt and an answer.

    Prompts are those that `api` and `local` send, answers are tool calls as text: what
    `memenv train llm --warm-start FILE` learns from. The same command writes the same file.

    \b
    Examples:
      memenv data traces --agent oracle --env overrides --capacity 0.2 -o traces.jsonl
      memenv data traces --agent lines --env intents --style tiny -o traces.jsonl
    """  # noqa: D301
    out: Path = given["out"]
    if not out.parent.is_dir():
        raise DataError(f"{out.parent}: there is no such folder to write to")
    if out.is_dir():
        raise DataError(f"{out}: is a folder; --out is a file")
    count, tokens, part = 0, 0, out.with_name(f"{out.name}.part")
    with _models(given) as models:
        instances = _instances(given)
        try:
            with open(part, "w", encoding="utf-8") as file:
                for trace in _traces(instances, given, models):
                    file.write(json.dumps(trace, ensure_ascii=False) + "\n")
                    count += 1
                    tokens += _tokens(trace)
            # Whole or not at all.
            os.replace(part, out)
        finally:
            part.unlink(missing_ok=True)
        if models is not None:
            Console(stderr=True).print(line(bill_line(models.bill)), soft_wrap=True)
    console = Console()
    said = f"{out}: {counted(count, 'pair')}, {counted(tokens, 'token')}"
    console.print(safe(said), soft_wrap=True)
    words = ["memenv", "train", "llm", "--style", given["style"], "--warm-start", str(out)]
    console.print(safe(f"next: {shlex.join(words)} ..."), soft_wrap=True)


def _traces(instances: Sequence[Instance], given: dict[str, Any], models: Any) -> Iterator[Any]:
    from memenv_baselines.llm.traces import Setting, traces

    arguments = pairs("-a", given["agent_pairs"])
    for name in ("model", "base_url"):
        if given[name] is not None:
            if name in arguments:
                raise SettingError(f"{name} is given twice: as an option and as -a {name}=")
            arguments[name] = given[name]
    setting = Setting(
        style=given["style"],
        capacity=given["capacity"],
        layout=given["layout"],
        view=given["view"],
        max_tokens=given["max_tokens"],
        arguments=arguments,
        rejected=given["rejected"],
    )
    for instance in instances:
        with explained(f"agent {given['agent']!r} failed on {instance.id}"):
            yield from traces(instance, given["agent"], setting, models)


def _instances(given: dict[str, Any]) -> list[Instance]:
    from memenv import registry
    from memenv.sources import FileSource, open_source

    if not given["envs"] and not given["files"]:
        raise SettingError("nothing to write traces of: pass --env ID or --data FILE")
    if given["episodes"] is not None and given["episodes"] < 1:
        raise SettingError(f"episodes must be at least 1, not {given['episodes']}")
    found: list[Instance] = []
    for env in given["envs"]:
        task = registry.ENVIRONMENTS.get(env, {}).get("task", env)
        source = open_source(task=task, size=given["size"], split=given["split"])
        first = given["seed"]
        with explained(f"{env} gives no instance"):
            for number in range(given["episodes"] or _DEFAULT):
                found.append(source.pick(first + number))
    for name in given["files"]:
        with explained(f"{name} gives no instance"):
            data = open_source(data=name)
        assert isinstance(data, FileSource)
        found += data.instances[: given["episodes"]]
    return found


@contextlib.contextmanager
def _models(given: dict[str, Any]) -> Iterator[Any]:
    """The way to models, for an agent that needs one."""
    from memenv_leaderboard.store import SqliteStore

    from memenv.models import DEMO

    asked = pairs("-a", given["agent_pairs"]).get("model", given["model"])
    if asked is None:
        yield None
        return
    with contextlib.ExitStack() as stack:
        # The demo model is as quick as looking up what it said.
        keeps = not given["no_cache"] and asked != DEMO
        store = stack.enter_context(SqliteStore(given["db"])) if keeps else None
        yield stack.enter_context(connected(given, store, demo=asked == DEMO))


def _tokens(trace: dict[str, Any]) -> int:
    from memenv import tokens

    texts = [*(message["content"] for message in trace["messages"]), trace["completion"]]
    return sum(map(tokens.count, texts))
