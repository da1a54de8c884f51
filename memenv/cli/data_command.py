"""`memenv data`: published data sets and people's own, from a download to a checked file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from memenv import datasets, registry
from memenv.cli import probes_command, traces_command
from memenv.cli.list_command import described, print_rows
from memenv.cli.options import pairs
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number, safe
from memenv.errors import DataError, SettingError, unknown_name
from memenv.harness.failures import explained

if TYPE_CHECKING:
    from memenv.quality import Gate
    from memenv.types import Instance, Solver


@click.group("data")
def command() -> None:
    """Published data sets and your own: list, prepare, check, chunk, probes, traces.

    \b
    Examples:
      memenv data list
      memenv data prepare squad --from dev-v2.0.json
      memenv data check overrides
      memenv data chunk notes.md --tokens 1000 --out notes.jsonl
      memenv data probes notes.jsonl --model demo --out with-probes.jsonl
      memenv data traces --agent oracle --env overrides --out traces.jsonl
    """  # noqa: D301


command.add_command(probes_command.command)
command.add_command(traces_command.command)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def list_data(as_json: bool) -> None:
    """List the published data sets that can be loaded, and which are prepared.

    \b
    Example:
      memenv data list
    """  # noqa: D301
    rows = [
        {"name": name, **described("loader", name), "prepared": datasets.prepared(name).exists()}
        for name in registry.names("loader")
    ]
    if as_json:
        click.echo(json.dumps({"data": rows}))
        return
    console = Console()
    print_rows(console, rows)
    ready = ", ".join(str(row["name"]) for row in rows if row["prepared"])
    console.print(line(f"prepared: {ready or 'none'}"), soft_wrap=True)


@command.command("prepare")
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file or folder of the data set; without it, it is downloaded.",
)
@click.option("--revision", metavar="COMMIT", help="The commit to download, not the pinned one.")
@click.option(
    "-l", "loader_pairs", multiple=True, metavar="KEY=VALUE", help="Options of the loader."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write. [default: memenv-data/NAME.jsonl; MEMENV_DATA names another folder]",
)
@click.option("--json", "as_json", is_flag=True, help="The manifest on stdout.")
def prepare_data(
    name: str,
    source: Path | None,
    revision: str | None,
    loader_pairs: Sequence[str],
    out: Path | None,
    as_json: bool,
) -> None:
    """Turn a published data set into a file of instances, with a manifest beside it.

    \b
    Examples:
      memenv data prepare memoryagentbench
      memenv data prepare locomo --from locomo10.json
    """  # noqa: D301
    from memenv.harness.prepare import prepare

    with explained(f"data set {name!r} cannot be prepared"):
        manifest = prepare(name, pairs("-l", loader_pairs), source, revision, out)
    if as_json:
        click.echo(json.dumps(manifest))
        return
    output = datasets.prepared(name) if out is None else out
    console = Console()
    counts = ", ".join(
        counted(manifest[key], key[:-1]) for key in ("instances", "chunks", "questions")
    )
    console.print(safe(f"{output}: {counts}; licence {manifest['licence']}"), soft_wrap=True)
    for reason, count in manifest["left_out"].items():
        console.print(safe(f"{count:6,}  left out: {reason}"), soft_wrap=True)
    console.print(
        safe(f"{datasets.manifest_of(output)}: where it is from, with hashes"), soft_wrap=True
    )
    wanted = name if out is None else str(out)
    _print_next(console, "eval", "--agent", "lines", "--data", wanted)


@command.command("check")
@click.argument("what")
@click.option("--episodes", default=3, show_default=True, help="Instances to look at.")
@click.option("--seed", default=0, show_default=True, help="Of the first instance of a task.")
@click.option("--size", type=int, help="Number of chunks, for a task.")
@click.option("--split", default="test", show_default=True, help="Of a task.")
@click.option(
    "--agents/--no-agents",
    default=True,
    show_default=True,
    help="Also run floor, ceiling and heuristics at 0.2 of the stream.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def check_data(
    what: str,
    episodes: int,
    seed: int,
    size: int | None,
    split: str,
    agents: bool,
    as_json: bool,
) -> int:
    """Hold a task, an environment or data to the quality gates.

    WHAT is a task or environment, a file of instances, or a published data set as `--data` takes
    it. The exit code is 1 when a gate is broken.

    \b
    Examples:
      memenv data check overrides --split wording
      memenv data check my_streams.jsonl
    """  # noqa: D301
    from memenv.quality import examine, to_dict

    if episodes < 1:
        raise SettingError(f"episodes must be at least 1, not {episodes}")
    instances, task = _instances(what, episodes, seed, size, split)
    gates = examine(instances, lambda instance: _solver(instance, task))
    if agents:
        gates += _measured(instances, task)
    broken = [gate for gate in gates if gate.holds is False]
    if as_json:
        ids = [instance.id for instance in instances]
        click.echo(json.dumps({"what": what, "instances": ids, "gates": to_dict(gates)}))
    else:
        _print_gates(Console(), gates, instances)
    return 1 if broken else 0


@command.command("chunk")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--tokens", default=1000, show_default=True, help="The most tokens of a chunk.")
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Question objects, a JSON list or one a line, as docs/format.md has them.",
)
@click.option(
    "--competency", default="AR", show_default=True, help="What they test: AR, TTL, LRU or CR."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file of instances to write: one instance of all PATHS in their order.",
)
def chunk_data(
    paths: Sequence[Path], tokens: int, questions: Path | None, competency: str, out: Path
) -> None:
    """Cut your own logs or documents into the chunks of a stream.

    PATHS are text, Markdown or chat JSON. Questions that quote their `support` are given the
    chunks it stands in as evidence. Without questions they are left for you to fill in.

    \b
    Example:
      memenv data chunk chat.json notes.md --tokens 1000 --questions asked.jsonl --out mine.jsonl
    """  # noqa: D301
    from memenv.harness.own import stream_of, write_stream

    if out.suffix != ".jsonl":
        raise SettingError(f"--out is a file of instances, NAME.jsonl, not {out}")
    if any(_same(out, each) for each in (*paths, questions)):
        raise SettingError(f"{out} is what is read: name another file for --out")
    if competency not in ("AR", "TTL", "LRU", "CR"):
        raise SettingError(f"competency must be AR, TTL, LRU or CR, not {competency!r}")
    with explained("the files cannot be cut into chunks"):
        stream = stream_of(_cut(paths, tokens), paths[0].stem, competency, questions)
    write_stream(stream, out)
    console = Console()
    asked = counted(len(stream["questions"]), "question")
    said = f"{out}: {counted(len(stream['chunks']), 'chunk')}, {asked}"
    console.print(safe(said), soft_wrap=True)
    if stream["questions"]:
        _print_next(console, "data", "check", str(out))
    else:
        note = "next: fill its empty list `questions` (docs/format.md), or use --questions"
        console.print(safe(note), soft_wrap=True)


def _same(one: Path, other: Path | None) -> bool:
    """Whether two paths lead to one file, however they are spelt."""
    try:
        return other is not None and one.samefile(other)
    except OSError:
        return False


def _print_next(console: Console, *words: str) -> None:
    console.print(safe(f"next: {shlex.join(['memenv', *words])}"), soft_wrap=True)


def _cut(paths: Sequence[Path], tokens: int) -> list[Any]:
    from memenv_tasks.loaders.chunking import chunks_of

    found = [chunk for path in paths for chunk in chunks_of(path, tokens)]
    if not found:
        raise DataError(f"there is no text in {', '.join(map(str, paths))}")
    return [replace(chunk, index=index) for index, chunk in enumerate(found)]


def _instances(
    what: str, episodes: int, seed: int, size: int | None, split: str
) -> tuple[list[Instance], Any]:
    """The instances to look at, and the task they are of; `None` for data."""
    from memenv.sources import FileSource, open_source

    name = registry.ENVIRONMENTS.get(what, {}).get("task", what)
    with explained(f"{what} gives no instance"):
        if name in registry.names("task") or _is_path_of_task(name):
            source = open_source(task=name, size=size, split=split)
            made = [source.pick(seed + number) for number in range(episodes)]
            return made, registry.load("task", name)
        if what == registry.FILE_ENVIRONMENT:
            raise SettingError(f"{what} is any data: name the data itself")
        if what in registry.names("suite"):
            raise SettingError(f"{what} is a suite: check the environments in it, one by one")
        known = {*registry.ENVIRONMENTS, *registry.names("task"), *registry.names("loader")}
        if what.replace("-", "_").isidentifier() and what not in known and not Path(what).exists():
            raise unknown_name("task, environment or data set", what, known)
        if seed:
            raise SettingError("a seed is for a task: data is looked at from its beginning")
        data = open_source(data=what, size=size, split=split)
        assert isinstance(data, FileSource)
        return list(data.instances[:episodes]), None


def _is_path_of_task(name: str) -> bool:
    """Whether a name is the dotted path of a task, and not that of a loader or of a file."""
    elsewhere = "=" in name or Path(name).exists() or datasets.prepared(name).exists()
    return ":" in name and not elsewhere


def _solver(instance: Instance, task: Any) -> Solver | None:
    """The solver of the task, or of the family that a mixture took an instance from."""
    own: Solver | None = getattr(task, "solve", None)
    if own is None and task is not None and instance.source in registry.names("task"):
        own = getattr(registry.load("task", instance.source), "solve", None)
    return own


def _measured(instances: Sequence[Instance], task: Any) -> list[Gate]:
    from memenv.quality import LEAST_GAP, measure

    # A family that is meant to be easy says so; of data there is nothing to demand.
    demanded = task is not None and getattr(task, "gap", True)
    with explained("an agent cannot be run on it"):
        least = LEAST_GAP if demanded else None
        return measure(instances, least_gap=least, limited=task is not None)


def _print_gates(console: Console, gates: Sequence[Gate], instances: Sequence[Instance]) -> None:
    asked = counted(sum(len(instance.questions) for instance in instances), "question")
    console.print(safe(f"{counted(len(instances), 'instance')}, {asked}"), soft_wrap=True)
    marks = {True: "holds", False: "BROKEN", None: ""}
    rows: list[dict[str, Cell] | None] = [
        {
            "gate": line(gate.name),
            "value": number(gate.value),
            "": safe(marks[gate.holds], style="red" if gate.holds is False else ""),
            "what it says": line(gate.means),
        }
        for gate in gates
    ]
    columns = ("gate", "value", "", "what it says")
    print_table(console, rows, columns, folds="what it says", left=("gate", ""))
    for gate in gates:
        for example in gate.examples:
            console.print(line(f"{gate.name}: {example}", 200), soft_wrap=True)
