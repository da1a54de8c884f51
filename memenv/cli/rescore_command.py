"""`memenv rescore`: grade a stored run again, and say what changed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from memenv.cli.options import database_option
from memenv.cli.report import print_next
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number, percent
from memenv.errors import SettingError
from memenv.harness.results import Result, Run
from memenv.harness.summary import summarise

_NUMBERS = ("score", "stale", "kept", "found")


@click.command("rescore")
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@database_option
def command(run: str, as_json: bool, db: Path) -> int:
    """Grade a stored RUN again with today's reader, scorers and questions, as a new run.

    Its operations are replayed; the agent is not called. Answers of a model are not asked for
    again but taken as they were recorded. RUN is an id, the beginning of one, or `latest`.

    \b
    Example:
      memenv rescore 3f2a
    """  # noqa: D301
    from memenv_leaderboard.store import SqliteStore

    from memenv.harness.rescore import recorded_answers, rescore, rescored_run

    with SqliteStore(db, read_only=True) as store:
        stored = store.find(run)
        _refuse_foreign_code(store, stored)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
    new = rescored_run(stored, now)
    counts = dict.fromkeys(("asked", "memory", "credit"), 0)
    with SqliteStore(db) as store:
        before = list(store.results(stored.id))
        if not before:
            raise SettingError(f"run {stored.id} has no episodes yet")
        store.begin(new)
        for each in rescore(stored, store.results(stored.id, steps=True)):
            store.save(new.id, each.result)
            for name in counts:
                counts[name] += getattr(each, name)
        after = list(store.results(new.id))
        _note_family(store, new)
    notes = _notes(recorded_answers(stored), counts)
    summaries = _summary(stored, before), _summary(new, after)
    failures = {each.key: each.failure.message for each in after if each.failure is not None}
    if as_json:
        found = {
            "run": stored.id,
            "rescored": new.id,
            "versions": _versions(stored, new, before, after),
            "old": summaries[0],
            "new": summaries[1],
            "changed": _changed(before, after),
            "failures": failures,
            "notes": notes,
        }
        click.echo(json.dumps(found))
        return 1 if summaries[1]["failed"] else 0
    console = Console()
    _print(console, summaries, _versions(stored, new, before, after), _changed(before, after))
    for note in notes:
        console.print(line(f"note: {note}"), soft_wrap=True)
    for key, message in list(failures.items())[:5]:
        console.print(line(f"failed: {key}: {message}", 500, "red"), soft_wrap=True)
    print_next(console, new.id, db)
    return 1 if summaries[1]["failed"] else 0


def _refuse_foreign_code(store: Any, stored: Run) -> None:
    """What a bundle names is not loaded by a path."""
    if all(each.run != stored.id for each in store.submissions()):
        return
    for kind in ("reader", "credit"):
        name = stored.identity[kind]["name"]
        if ":" in name:
            raise SettingError(
                f"run {stored.id} came in a bundle, and its {kind} {name!r} is a dotted path: "
                f"nothing that a bundle names is run"
            )


def _note_family(store: Any, new: Run) -> None:
    """The rows of what it was rescored from, and of what else was, are not true any more."""
    runs = {each.id: each for each in store.runs()}

    def origin(name: str) -> str:
        seen = [name]
        while name in runs and (name := runs[name].identity.get("rescored", "")) not in ("", *seen):
            seen.append(name)
        return seen[-1]

    mine = origin(new.id)
    family = [each for each in runs.values() if each.id != new.id and origin(each.id) == mine]
    # Last the new one, which is then the latest.
    for each in [*family, new]:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
        store.begin(replace(each, created=now))


def _summary(run: Run, results: Sequence[Result]) -> dict[str, Any]:
    identity = run.identity
    agent, reader = identity["agent"]["name"], identity["reader"]["name"]
    return summarise(run.id, agent, reader, identity["capacity"], results)


def _notes(recorded: bool, counts: Mapping[str, int]) -> list[str]:
    found = []
    if recorded:
        found.append("the answers are those that were recorded: the reader was not asked again")
    if counts["asked"]:
        found.append(f"{counted(counts['asked'], 'episode')} has other questions now")
    if counts["memory"]:
        found.append(
            f"in {counted(counts['memory'], 'episode')} the operations give another memory"
        )
    if counts["credit"]:
        found.append(
            f"in {counted(counts['credit'], 'episode')} the credit scheme asks what nobody asked "
            f"then: no credit is assigned"
        )
    return found


def _versions(
    old: Run, new: Run, before: Sequence[Result], after: Sequence[Result]
) -> dict[str, list[str | None]]:
    """What was graded with then and now: name -> the two versions, where they differ."""
    pair = [_named(old, before), _named(new, after)]
    names = sorted({*pair[0], *pair[1]})
    both = {name: [each.get(name) for each in pair] for name in names}
    return {name: versions for name, versions in both.items() if versions[0] != versions[1]}


def _named(run: Run, results: Sequence[Result]) -> dict[str, str]:
    found = {
        "tokenizer": str(run.identity["tokenizer"]),
        "library": str(run.identity["library"]),
    }
    for kind in ("reader", "credit"):
        described = run.identity[kind]
        found[kind] = f"{described['name']} {described['version']} ({described['code']})"
    for target in run.identity["targets"]:
        code = target.get("code", "data")
        found[f"environment {target.get('name', target['env'])}"] = str(code)
    for result in results:
        if result.record is not None:
            for metric, version in result.record["setting"].get("scorers", {}).items():
                found[f"scorer {metric}"] = str(version)
    return found


def _changed(before: Sequence[Result], after: Sequence[Result]) -> dict[str, int]:
    """How many episodes and questions have another score."""
    old = {result.key: result for result in before}
    episodes = questions = answers = 0
    for result in after:
        then = old[result.key].record
        if result.record is None or then is None:
            continue
        episodes += result.score != then["score"]
        known = {grade["question"]: grade for grade in then["grades"]}
        for grade in result.record["grades"]:
            was = known.get(grade["question"], {"score": None, "answer": {"text": None}})
            questions += grade["score"] != was["score"]
            answers += grade["answer"]["text"] != was["answer"]["text"]
    return {"episodes": episodes, "questions": questions, "answers": answers}


def _print(
    console: Console,
    summaries: tuple[Mapping[str, Any], Mapping[str, Any]],
    versions: Mapping[str, Sequence[str | None]],
    changed: Mapping[str, int],
) -> None:
    competencies = sorted({name for each in summaries for name in each["by_competency"]})
    rows: list[Mapping[str, Cell] | None] = []
    for title, each in zip(("then", "now"), summaries, strict=True):
        parts = {
            name: number((each["by_competency"].get(name) or {}).get("score"))
            for name in competencies
        }
        rows.append(
            {
                "": title,
                "run": line(each["run"]),
                "n": f"{each['episodes']:,}",
                "score": number(each["score"]),
                **parts,
                **{name: percent(each[name]) for name in _NUMBERS[1:]},
                "digest": each["digest"][:12],
            }
        )
    columns = ("", "run", "n", "score", *competencies, *_NUMBERS[1:], "digest")
    print_table(console, rows, columns, folds="run", left=("",), drop=("digest", *_NUMBERS[1:]))
    told = ", ".join(f"{count:,} {name}" for name, count in changed.items())
    console.print(f"changed: {told}", soft_wrap=True)
    for name, (then, now) in versions.items():
        console.print(line(f"  {name}: {then or '-'} -> {now or '-'}", 300, "dim"), soft_wrap=True)
