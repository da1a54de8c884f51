"""`memenv show`: a run explained, or one of its episodes chunk by chunk."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from memenv.cli.options import database_option
from memenv.cli.report import print_bill, print_next, print_run
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number, safe
from memenv.errors import SettingError
from memenv.harness.results import Result
from memenv.harness.summary import costs, served, stale, summarise

NOT_KEPT, NOT_FOUND, NOT_ANSWERED, CANNOT_TELL = (
    "not kept",
    "not found",
    "not answered",
    "cannot tell",
)
_WHY = {
    NOT_KEPT: "the evidence is not in the memory",
    NOT_FOUND: "kept, but not retrieved",
    NOT_ANSWERED: "found, but the answer is wrong",
    CANNOT_TELL: "the question has neither support nor evidence_chunks",
}


@click.command("show")
@click.argument("run")
@click.argument("episode", required=False)
@click.option("--lost", is_flag=True, help="Of an episode, only the questions that were lost.")
@click.option("--full", is_flag=True, help="Whole texts and all operations.")
@click.option(
    "--retention",
    "retained",
    is_flag=True,
    help="How well every chunk's probes are answered from later memories: a heat table.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@database_option
def command(
    run: str,
    episode: str | None,
    lost: bool,
    full: bool,
    retained: bool,
    as_json: bool,
    db: Path,
) -> None:
    """Explain a run, or one of its EPISODEs chunk by chunk.

    RUN is an id, the beginning of one, or `latest`: the run that was used last. EPISODE is a
    number or a key from the list that `memenv show RUN` prints.

    \b
    Examples:
      memenv show latest
      memenv show 3f2a 0 --lost
      memenv show latest --retention
    """  # noqa: D301
    from memenv_leaderboard.store import SqliteStore

    if lost and episode is None:
        raise SettingError("--lost is for one episode: memenv show RUN EPISODE --lost")
    if full and episode is None:
        raise SettingError("--full is for one episode: memenv show RUN EPISODE --full")
    if retained and (lost or full):
        raise SettingError("--retention is a table of its own: leave out --lost and --full")
    if retained:
        _print_retention(run, episode, db, as_json=as_json)
        return
    console = Console()
    with SqliteStore(db, read_only=True) as store:
        found = store.find(run)
        if episode is not None:
            result = store.result(found.id, _key(list(store.scores(found.id)), episode))
        else:
            results = list(store.results(found.id))
    if episode is not None:
        if as_json:
            failure = None if result.failure is None else vars(result.failure)
            click.echo(json.dumps({"key": result.key, "record": result.record, "failure": failure}))
        else:
            from memenv.cli.episode import print_episode

            print_episode(console, found, result, full=full, lost=lost)
        return
    identity = found.identity
    summary = summarise(
        found.id,
        identity["agent"]["name"],
        identity["reader"]["name"],
        identity["capacity"],
        results,
    )
    if as_json:
        more = {
            "identity": identity,
            "created": found.created,
            "planned": found.planned,
            "costs": {part: asdict(usage) for part, usage in costs(results).items()},
            "served": served(results),
        }
        click.echo(json.dumps({**summary, **more}))
        return
    print_run(console, summary, results, found)
    print_bill(console, results)
    if results:
        _print_losses(console, results)
        _print_list(console, results)
        print_next(console, found.id, db, _worth_a_look(results))
        where = [] if str(db) == "memenv.db" else ["--db", str(db)]
        view = shlex.join(["memenv", "view", found.id, *where])
        console.print(line(f"in a browser: {view}"), soft_wrap=True)


def _print_retention(name: str, episode: str | None, db: Path, *, as_json: bool) -> None:
    from memenv_leaderboard.store import SqliteStore

    from memenv.cli.heat import print_retention
    from memenv.harness.retention import retention

    with SqliteStore(db, read_only=True) as store:
        run = store.find(name)
        if episode is None:
            results = list(store.results(run.id, steps=True))
        else:
            results = [store.result(run.id, _key(list(store.scores(run.id)), episode))]
    if all(result.record is None for result in results):
        raise SettingError("no episode has been finished, so there is nothing to replay")
    found = retention(run, results)
    if as_json:
        envs = {each.env: each.to_dict() for each in found}
        click.echo(json.dumps({"run": run.id, "retention": envs}))
    else:
        print_retention(Console(), found)


def _key(keys: Sequence[str], episode: str) -> str:
    if episode.isascii() and episode.isdigit() and len(episode) < 10 and int(episode) < len(keys):
        return keys[int(episode)]
    if episode in keys:
        return episode
    raise SettingError(
        f"the run has no episode {episode!r}; it has 0 to {len(keys) - 1}, "
        f"or by key, for example {keys[0]!r}"
        if keys
        else "the run has no episodes yet"
    )


def _lost(result: Result) -> list[Mapping[str, Any]]:
    """The traces of the questions that were lost."""
    items = result.record["evidence"] if result.record else []
    return [item for item in items if item["answered"] is False]


def _address(item: Mapping[str, Any]) -> str:
    """Where a question was lost: not kept, kept but not found, found but not answered."""
    if item["kept"] is None:
        return CANNOT_TELL
    if not item["kept"]:
        return NOT_KEPT
    return NOT_ANSWERED if item["found"] else NOT_FOUND


def _worth_a_look(results: Sequence[Result]) -> int:
    """The episode that lost most; without any, one that failed."""
    losses = [(len(_lost(result)), result.failure is not None) for result in results]
    return losses.index(max(losses))


def _print_losses(console: Console, results: Sequence[Result]) -> None:
    envs: dict[str, Counter[str]] = {}
    for result in results:
        if result.record is None:
            continue
        counts = envs.setdefault(result.env, Counter())
        counts["asked"] += sum(item["answered"] is not None for item in result.record["evidence"])
        counts.update(_address(item) for item in _lost(result))
        counts["lost"] += len(_lost(result))
        pairs = zip(result.record["questions"], result.record["grades"], strict=True)
        counts["stale"] += sum(stale(question, grade) is True for question, grade in pairs)
    total = sum(envs.values(), Counter[str]())
    if not total["asked"]:
        return
    asked = counted(total["asked"], "question")
    end = ":" if total["lost"] or total["stale"] else ""
    console.print(f"{total['lost']:,} of {asked} scored 0.5 or less{end}")
    lines = {name: (f"{name}: {why}", total[name]) for name, why in _WHY.items()}
    for text, count in sorted(lines.values(), key=lambda each: -each[1]):
        if count:
            console.print(safe(f"{count:6,}  {text}"), soft_wrap=True)
    if total["stale"]:
        text = f"{total['stale']:6,}  stale: the answer was right once, and is outdated"
        console.print(text, soft_wrap=True)
    if len(envs) > 1 and (total["lost"] or total["stale"]):
        names = [name for name in (*_WHY, "stale") if total[name]]
        rows: list[Mapping[str, Cell] | None] = [
            {
                "environment": line(env),
                "lost": f"{counts['lost']:,} of {counts['asked']:,}",
                **{name: f"{counts[name]:,}" for name in names},
            }
            for env, counts in envs.items()
        ]
        print_table(
            console, rows, ("environment", "lost", *names), folds="environment", drop=names[::-1]
        )


def _print_list(console: Console, results: Sequence[Result]) -> None:
    rows: list[Mapping[str, Cell] | None] = []
    for index, result in enumerate(results):
        row: dict[str, Cell] = {
            "": str(index),
            "episode": line(result.key),
            "score": number(result.score),
            "seconds": number(result.seconds, 1),
        }
        if result.record is not None:
            row["instance"] = line(result.record["instance"]["id"])
            row["questions"] = f"{len(result.record['grades']):,}"
            row["lost"] = f"{len(_lost(result)):,}"
            row["memory"] = f"{result.record['memory_tokens']:,}"
        elif result.failure is not None:
            row["instance"] = line(f"failed in {result.failure.stage}", style="red")
        rows.append(row)
    print_table(
        console,
        rows,
        ("", "episode", "instance", "score", "questions", "lost", "memory", "seconds"),
        folds="episode",
        left=("instance",),
        drop=("seconds", "questions", "instance"),
    )
