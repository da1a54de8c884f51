"""`memenv data probes`: probes of every chunk, written by a model and verified by another."""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from memenv import datasets
from memenv.cli.models import bill_line, concurrency_of, connected, prices_of
from memenv.cli.options import client_options, database_option
from memenv.cli.text import counted, line, safe
from memenv.errors import BudgetError, DataError, SettingError
from memenv.files import save_instances
from memenv.harness.failures import explained
from memenv.models import DEMO, Endpoint
from memenv.sources import FileSource, open_source

if TYPE_CHECKING:
    from memenv.harness.client import Bill
    from memenv.harness.probing import Quiz, Written
    from memenv.types import Instance

_TOLD = 5
"""How many failures are told."""


@click.command("probes")
@click.argument("data")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file of instances to write: DATA with its probes.",
)
@click.option("--model", metavar="MODEL", help="Writes the questions; demo needs no server.")
@click.option("--base-url", metavar="URL", help="Where it is. [default: OPENAI_BASE_URL]")
@click.option("--verifier", metavar="MODEL", help="Must answer them. [default: --model]")
@click.option("--verifier-url", metavar="URL", help="Where it is. [default: --base-url]")
@click.option("--per-chunk", default=5, show_default=True, help="Probes of a chunk at most.")
@click.option(
    "--cloze", is_flag=True, help="Sentences with a value left out instead: rules, no model."
)
@click.option(
    "--partial",
    is_flag=True,
    help="Write FILE even if a model could not be asked about some chunks; they get no probes.",
)
@client_options
@database_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what it would cost.")
def command(**given: Any) -> int:
    """Write probes for every chunk: questions that it answers alone, for the chunk-level reward.

    DATA is a file of instances, or a published data set as `--data` takes it. A model writes
    question-answer pairs, a verifier answers them from the chunk alone, and what it cannot answer
    is dropped. What models answered is kept in the database: the same command again pays for
    nothing twice.

    \b
    Examples:
      memenv data probes mine.jsonl --model gpt-4o-mini --verifier qwen3-32b -o probed.jsonl
      memenv data probes mine.jsonl --model demo -o probed.jsonl
      memenv data probes mine.jsonl --cloze -o probed.jsonl
    """  # noqa: D301
    quiz = _quiz(given)
    instances = _instances(given["data"], given["out"])
    errors = Console(stderr=True)
    if given["dry_run"]:
        _tell_cost(instances, quiz, given)
        return 0
    if had := sum(bool(instance.probes) for instance in instances):
        note = f"note: {counted(had, 'instance')} had probes already, which {given['out']} replaces"
        errors.print(line(note), soft_wrap=True)
    written: Written | None
    bill: Bill | None = None
    if quiz is None:
        written = _clozes(instances, errors)
    else:
        written, bill = _asked(instances, quiz, given, errors)
    saved = _save(written, given, errors)
    if bill is not None:
        errors.print(line(bill_line(bill)), soft_wrap=True)
    _report(written, bill, saved, given)
    return 0 if saved and not (written and written.failed) else 1


def _quiz(given: dict[str, Any]) -> Quiz | None:
    """Who is asked; `None` for nobody."""
    from memenv.harness.probing import Quiz

    models = ("model", "base_url", "verifier", "verifier_url")
    if given["cloze"]:
        for name in models:
            if given[name] is not None:
                option = name.replace("_", "-")
                raise SettingError(f"--cloze asks no model: leave out --{option}, or --cloze")
        if given["per_chunk"] != 5:
            raise SettingError("--cloze writes at most 5 probes of a chunk: leave out --per-chunk")
        return None
    for name in ("model", "verifier"):
        if given[name] is not None and not given[name].strip():
            raise SettingError(f"--{name} is the name of a model, not {given[name]!r}")
    if given["model"] is None:
        raise SettingError("expected --model MODEL, which writes the questions, or --cloze")
    generator = Endpoint(given["model"], given["base_url"])
    verifier = Endpoint(
        given["verifier"] or generator.model, given["verifier_url"] or generator.base_url
    )
    return Quiz(generator, verifier, given["per_chunk"])


def _instances(data: str, out: Path) -> Sequence[Instance]:
    """The instances; mistakes in the command are told before anything is paid for."""
    if out.suffix != ".jsonl":
        raise SettingError(f"--out is a file of instances, NAME.jsonl, not {out}")
    if not out.parent.is_dir():
        raise DataError(f"{out.parent}: there is no such folder to write to")
    if out.is_dir():
        raise DataError(f"{out}: is a folder; --out is a file")
    with explained(f"{data} gives no instance"):
        source = open_source(data=data)
    path = datasets.locate(data).path
    read = [file for _, file in datasets.files_in(path)] if path.is_dir() else [path]
    with contextlib.suppress(OSError):
        if any(out.samefile(file) for file in read):
            raise SettingError(f"{out} is what is read: name another file for --out")
    assert isinstance(source, FileSource)
    return source.instances


def _asked(
    instances: Sequence[Instance], quiz: Quiz, given: dict[str, Any], console: Console
) -> tuple[Written | None, Bill]:
    """What the models wrote, `None` when the money ran out; and the bill."""
    from memenv_leaderboard.store import SqliteStore

    from memenv.harness.probing import write_probes

    demo = Endpoint(DEMO) in (quiz.generator, quiz.verifier)
    chunks = sum(len(instance.chunks) for instance in instances)
    written = None
    with contextlib.ExitStack() as stack:
        keeps = not given["no_cache"]
        store = stack.enter_context(SqliteStore(given["db"])) if keeps else None
        models = stack.enter_context(connected(given, store, demo=demo))
        try:
            with _shown(console, chunks, "chunks") as advance:
                written = write_probes(instances, quiz, models, advance)
        except BudgetError as error:
            said = f"stopped: {error}"
            console.print(line(said, 500, "yellow"), soft_wrap=True)
        except KeyboardInterrupt:
            if keeps:
                said = "what was answered is kept: the same command goes on"
                console.print(line(said), soft_wrap=True)
            raise
        return written, models.bill


def _clozes(instances: Sequence[Instance], console: Console) -> Written:
    from memenv.harness.probing import write_clozes

    with _shown(console, len(instances), "instances") as advance:
        return write_clozes(instances, advance=advance)


@contextlib.contextmanager
def _shown(console: Console, total: int, what: str) -> Iterator[Callable[[], None]]:
    """A progress bar, and what moves it."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def _save(written: Written | None, given: dict[str, Any], console: Console) -> bool:
    """Write the file, if there is something to write; what stands in the way is told."""
    if written is None:
        return False
    for failed in written.failed[:_TOLD]:
        said = f"failed: {failed.instance}, chunk {failed.chunk}: {failed.reason}"
        console.print(line(said, 500), soft_wrap=True)
    if len(written.failed) > _TOLD:
        more = counted(len(written.failed) - _TOLD, "more chunk")
        console.print(f"failed: {more}", soft_wrap=True)
    if not written.counts["kept"]:
        console.print(line(f"no probe was kept: {given['out']} is not written"), soft_wrap=True)
        return False
    if written.failed and not given["partial"]:
        said = (
            f"{given['out']} is not written: the same command asks about what failed again, and "
            f"with --partial it is written without"
        )
        console.print(line(said), soft_wrap=True)
        return False
    save_instances(written.instances, given["out"])
    return True


def _tell_cost(instances: Sequence[Instance], quiz: Quiz | None, given: dict[str, Any]) -> None:
    from memenv.harness.costs import Limits
    from memenv.harness.probing import estimate

    limits = Limits(concurrency_of(given), given["rpm"], given["tpm"])
    cost: dict[str, Any] = {
        "instances": len(instances),
        "chunks": sum(len(instance.chunks) for instance in instances),
        "calls": 0,
        "usd": 0.0,
    }
    if quiz is not None:
        cost.update(vars(estimate(instances, quiz, prices_of(given), limits)))
    if given["as_json"]:
        click.echo(json.dumps(cost))
        return
    for name, value in cost.items():
        shown = f"{value:.3g}" if isinstance(value, float) else value
        click.echo(f"{name:18}{'unknown' if value is None else shown}")
    if cost["calls"]:
        click.echo(
            "calls, tokens and minutes are an estimate for the case that every question that is "
            "written must be verified; nothing was sent"
        )


def _report(written: Written | None, bill: Bill | None, saved: bool, given: dict[str, Any]) -> None:
    if given["as_json"]:
        value: dict[str, Any] = {"out": str(given["out"]), "written": saved}
        if written is not None:
            value["instances"] = len(written.instances)
            value.update(written.counts)
            value["failed"] = [vars(each) for each in written.failed]
        if bill is not None:
            value.update(calls=bill.calls, cached=bill.cached, usd=bill.usd)
            value["prompt_tokens"] = bill.prompt_tokens
            value["completion_tokens"] = bill.completion_tokens
        click.echo(json.dumps(value))
    elif written is not None:
        _print_counts(Console(), written, saved, given["out"])


def _print_counts(console: Console, written: Written, saved: bool, out: Path) -> None:
    from memenv.harness.probing import DROPPED

    counts = written.counts
    told = [
        counted(len(written.instances), "instance"),
        counted(counts["chunks"], "chunk"),
        counted(counts["kept"], "probe"),
    ]
    head = f"{out}: " if saved else ""
    console.print(safe(head + ", ".join(told)), soft_wrap=True)
    lines = [
        (counts["short"], "chunks have fewer than wanted"),
        (counts["blank"], "chunks are blank"),
        (counts["unreadable"], "chunks, of which the model wrote nothing that can be read"),
        (counts["too_long"], "chunks are too long for a model"),
        (len(written.failed), "chunks could not be asked about"),
        *((counts[name], f"pairs dropped: {reason}") for name, reason in DROPPED.items()),
    ]
    for count, what in lines:
        if count:
            console.print(safe(f"{count:6,}  {what}"), soft_wrap=True)
    if saved:
        words = ["memenv", "data", "check", str(out)]
        console.print(safe(f"next: {shlex.join(words)}"), soft_wrap=True)
