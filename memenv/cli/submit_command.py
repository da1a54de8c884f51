"""`memenv submit`: a run as a bundle that anybody can verify, and bundles into the database."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from memenv.cli.options import database_option, pairs
from memenv.cli.text import counted, line, number
from memenv.errors import SettingError

if TYPE_CHECKING:
    from memenv_leaderboard.verifying import Report, Settings


@click.group("submit")
def command() -> None:
    """Pack a run into a bundle, verify bundles, add them to a database.

    \b
    Examples:
      memenv submit pack latest -o mine.tar.gz --submitter me
      memenv submit verify mine.tar.gz
      memenv submit ingest mine.tar.gz --db board.db
    """  # noqa: D301


_bundle = click.argument("bundle", type=click.Path(path_type=Path))
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def _no_folder(_context: click.Context, _option: click.Parameter, path: Path) -> Path:
    if path.is_dir():
        raise SettingError(f"{path} is a folder: name a file in it, -o {path / 'FILE'}")
    return path


def _output(default: str) -> Callable[[Any], Any]:
    return click.option(
        "-o",
        "--out",
        "output",
        type=click.Path(path_type=Path),
        default=default,
        show_default=True,
        callback=_no_folder,
        help="The file to write.",
    )


@command.command("pack")
@click.argument("run")
@_output("submission.tar.gz")
@click.option("--submitter", default="anonymous", show_default=True, help="Who sends it.")
@click.option(
    "--attempts",
    type=click.IntRange(1, 1_000_000),
    default=1,
    show_default=True,
    help="How many such runs were made to choose this one, itself included.",
)
@click.option(
    "--trained-on",
    "trained_on",
    multiple=True,
    metavar="NAME[:SPLIT]",
    help="A suite, environment or data set that the agent was trained on; repeatable.",
)
@click.option(
    "--sign", "key", type=click.Path(path_type=Path), metavar="KEY", help="Sign with this key."
)
@click.option(
    "--commitment",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The commitment that a challenge was given for.",
)
@_as_json
@database_option
def pack(
    run: str,
    output: Path,
    submitter: str,
    attempts: int,
    trained_on: tuple[str, ...],
    key: Path | None,
    commitment: Path | None,
    as_json: bool,
    db: Path,
) -> None:
    """Write a run as a bundle; the same run gives the same bytes.

    RUN is an id, the beginning of one, or `latest`.

    \b
    Example:
      memenv submit pack latest -o mine.tar.gz --submitter me
    """  # noqa: D301
    from memenv_leaderboard.challenge import read_commitment
    from memenv_leaderboard.packing import Declared
    from memenv_leaderboard.packing import pack as packed
    from memenv_leaderboard.store import SqliteStore

    committed = None if commitment is None else read_commitment(commitment).hash
    declared = Declared(submitter, attempts, trained_on, committed)
    with SqliteStore(db, read_only=True) as store:
        found = store.find(run)
        root = packed(found, store.results(found.id, steps=True), output, declared, key)
    size = output.stat().st_size
    if as_json:
        value = {"file": str(output), "root": root, "run": found.id, "bytes": size}
        click.echo(json.dumps(value))
        return
    console = Console()
    console.print(line(f"root {root}"), soft_wrap=True)
    console.print(line(f"run {found.id} in {output}, {size:,} bytes"), soft_wrap=True)
    console.print(line(f"next: memenv submit verify {output}"), soft_wrap=True)


def _verify_options(function: Any) -> Any:
    options = (
        click.option(
            "--data",
            "files",
            multiple=True,
            metavar="FILE",
            help="Where data of the run is here, as for `memenv eval`; repeatable.",
        ),
        click.option(
            "--challenge",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="The challenge that the run answers, as it was given.",
        ),
        click.option("--root", metavar="HASH", help="The root that it must have."),
        click.option(
            "--workers",
            type=click.IntRange(1, 64),
            default=2,
            show_default=True,
            help="Episodes at a time; they share about 1 GB.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(0, min_open=True),
            default=1800.0,
            show_default=True,
            help="Seconds it may take.",
        ),
        _as_json,
    )
    for option in reversed(options):
        function = option(function)
    return function


def _settings(given: dict[str, Any], *, operations_only: bool = False) -> Settings:
    from memenv_leaderboard.challenge import read_challenge
    from memenv_leaderboard.verifying import Settings

    challenge = given["challenge"]
    return Settings(
        data=given["files"],
        challenge=None if challenge is None else read_challenge(challenge),
        root=given["root"],
        operations_only=operations_only,
        workers=given["workers"],
        timeout=given["timeout"],
    )


@command.command("verify")
@_bundle
@click.option(
    "--operations",
    "--quick",
    "operations_only",
    is_flag=True,
    help="Replay the operations, and leave out reading and scoring: seconds.",
)
@_verify_options
def verify(bundle: Path, operations_only: bool, as_json: bool, **given: Any) -> int:
    """Make the streams again, replay what was done, read and score it, and compare.

    Exit code 0 when all is as the bundle says, 1 when it is not. Nothing that is in the bundle is
    run, and no connection is opened.

    \b
    Example:
      memenv submit verify mine.tar.gz
    """  # noqa: D301
    from memenv_leaderboard.verifying import verify as verified

    settings = _settings(given, operations_only=operations_only)
    with _progress() as advance:
        report = verified(bundle, settings, on_episode=advance)
    if as_json:
        click.echo(json.dumps({"file": str(bundle), **report.to_dict()}))
    else:
        _print_report(bundle, report)
    return 0 if report.verdict == "verified" else 1


@command.command("ingest")
@_bundle
@click.option(
    "--despite-flags", is_flag=True, help="Somebody has looked at what is flagged: it is right."
)
@click.option(
    "--reproduced-by",
    "own",
    metavar="RUN",
    help="A run of this database, made here, whose interval holds the score.",
)
@_verify_options
@database_option
def ingest(
    bundle: Path,
    despite_flags: bool,
    own: str | None,
    as_json: bool,
    db: Path,
    **given: Any,
) -> int:
    """Verify a bundle and add it, with the numbers that came out here.

    \b
    Example:
      memenv submit ingest mine.tar.gz --db board.db
    """  # noqa: D301
    from memenv_leaderboard.ingesting import ingest as ingested
    from memenv_leaderboard.store import SqliteStore

    settings = _settings(given)
    with SqliteStore(db) as store, _progress() as advance:
        found = ingested(
            bundle,
            store,
            settings,
            _now().isoformat(timespec="seconds"),
            despite_flags=despite_flags,
            own=None if own is None else store.find(own),
            on_episode=advance,
        )
    report = found.report
    if as_json:
        value = {"file": str(bundle), "run": found.run, "added": found.added, "level": found.level}
        click.echo(json.dumps({**value, "report": None if report is None else report.to_dict()}))
    else:
        if report is not None:
            _print_report(bundle, report)
        console = Console()
        if found.run is None:
            console.print("nothing was added", soft_wrap=True)
        elif found.added:
            said = f"added as run {found.run}, level {found.level}"
            console.print(line(said), soft_wrap=True)
        else:
            said = f"it is there already, as run {found.run}, level {found.level}"
            console.print(line(said), soft_wrap=True)
    return 1 if found.run is None else 0


@command.command("commit")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--agent", required=True, help="Name or dotted path.")
@click.option("-a", "agent_pairs", multiple=True, metavar="KEY=VALUE", help="For the agent.")
@click.option("--submitter", required=True, help="Who commits.")
@_output("commitment.json")
def commit(
    files: tuple[Path, ...],
    agent: str,
    agent_pairs: tuple[str, ...],
    submitter: str,
    output: Path,
) -> None:
    """Commit to an agent, and to FILES that make it what it is, before a challenge is given.

    \b
    Example:
      memenv submit commit --agent lines --submitter me
    """  # noqa: D301
    from memenv_leaderboard import challenge as challenges

    made = challenges.commit(submitter, agent, pairs("-a", agent_pairs), files)
    challenges.save(made, output)
    console = Console()
    console.print(line(f"commitment {made.hash}"), soft_wrap=True)
    console.print(line(f"next: send {output} and wait for the challenge"), soft_wrap=True)


@command.command("challenge")
@click.argument("commitment", type=click.Path(path_type=Path))
@_output("challenge.json")
def challenge(commitment: Path, output: Path) -> None:
    """Give a challenge for a COMMITMENT: a salt for the seeds. For maintainers.

    \b
    Example:
      memenv submit challenge commitment.json
    """  # noqa: D301
    from memenv_leaderboard import challenge as challenges

    if output.exists():
        raise SettingError(f"{output} is there already: a challenge is given once")
    given = challenges.challenge(challenges.read_commitment(commitment), _now())
    challenges.save(given, output)
    console = Console()
    console.print(line(f"salt {given.salt}, due {given.due}"), soft_wrap=True)
    said = f"next: keep {output}, and send a copy; the run is made with MEMENV_SECRET={given.salt}"
    console.print(line(said), soft_wrap=True)


@command.command("key")
@_output("memenv-key.pem")
def key(output: Path) -> None:
    """Make a key to sign bundles with.

    \b
    Example:
      memenv submit key -o me.pem
    """  # noqa: D301
    from memenv_leaderboard.signing import new_key

    public = new_key(output)
    Console().print(line(f"public key {public}; keep {output} to yourself"), soft_wrap=True)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    console = Console(stderr=True)
    with Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("episodes", total=None)
        yield lambda done, count: progress.update(task, completed=done, total=count)


_MEANING = {
    "verified": "all is as the bundle says",
    "flagged": "all is as the bundle says, but some operations say what had not been said yet",
    "refused": "it is not what it says",
}


def _print_report(bundle: Path, report: Report) -> None:
    console = Console()

    def say(text: str, style: str = "", limit: int = 400) -> None:
        console.print(line(text, limit, style), soft_wrap=True)

    style = {"verified": "green", "flagged": "yellow", "refused": "red"}[report.verdict]
    say(f"{bundle.name}: {report.verdict}: {_MEANING[report.verdict]}", style)
    if report.root is not None:
        say(f"  root        {report.root}")
    manifest = report.manifest
    if manifest is not None:
        identity, declared = manifest.identity, manifest.declared
        trained = ", ".join(declared.trained_on) or "nothing of ours"
        tries = counted(declared.attempts, "attempt")
        say(f"  submitter   {declared.submitter}, {tries}, trained on {trained} (as declared)")
        say(f"  signature   {report.signed_by or 'none'}")
        say(f"  agent       {identity.agent.name} {identity.agent.version}")
        models = ", ".join(sorted({each for ids in manifest.models.values() for each in ids}))
        if models:
            say(f"  models      {models} (as reported)")
        say(f"  reader      {identity.reader.name} {identity.reader.version}")
        where = ", ".join(f"{each.env} x {each.episodes}" for each in manifest.environments)
        say(f"  episodes    {report.episodes} of {manifest.episodes.count} checked: {where}")
        capacity = "open" if identity.capacity is None else f"{identity.capacity:g}"
        say(f"  capacity    {capacity}, split {identity.split}, seeds from {identity.seed}")
    say(f"  score       {number(report.score)} here, {number(report.claimed)} in the bundle")
    say(f"  level       {report.level or 'none'}")
    for reason in report.reasons:
        say(f"  because     {reason}", style)
    if report.more:
        say(f"  because     of {report.more} more of the kind", style)
    for note in report.notes:
        say(f"  note        {note}")
    if report.verdict == "verified":
        say("  The score follows from the operations. Where these came from, no replay can tell.")
