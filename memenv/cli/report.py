"""A run as a table and some lines: what `memenv eval` and `memenv show RUN` print."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from memenv import registry
from memenv.cli.options import capacity_name
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, dollars, line, number, percent, safe
from memenv.errors import MemenvError
from memenv.harness.config import Config
from memenv.harness.evaluate import PASSING, SLOW
from memenv.harness.failures import explained
from memenv.harness.results import Result, Run
from memenv.harness.summary import costs, interval, natural, served, summarise
from memenv.pipeline import mean
from memenv.types import Usage, total

_NUMBERS = ("n", "score", "95%", "judged", "kept", "found", "stale", "memory", "size")
_REASONS = 5


def print_run(
    console: Console, summary: Mapping[str, Any], results: Sequence[Result], run: Run
) -> None:
    """The scores of a run, under which settings they were made, and why some are missing."""
    agent, reader = summary["agent"], summary["reader"]
    title = f"{agent} read by {reader}, capacity {capacity_name(summary['capacity'])}"
    console.print(line(title, style="italic"), soft_wrap=True)
    if changed := settings(run.identity):
        console.print(line(", ".join(changed), style="dim"), soft_wrap=True)
    _print_scores(console, summary, results)
    competencies = summary["by_competency"].items()
    parts = ", ".join(f"{name} {number(part['score'])}" for name, part in competencies)
    # The hash of no score would look like that of some.
    digest = summary["digest"][:12] if competencies else "-"
    console.print(line(f"by competency: {parts or '-'}   digest {digest}"), soft_wrap=True)
    if len(results) < run.planned:
        said = f"{len(results):,} of {counted(run.planned, 'episode')}"
        console.print(f"{said}: the same command runs the rest", style="yellow", soft_wrap=True)
    for reason in missing(results, run):
        console.print(line(reason, 500, "red"), soft_wrap=True)


def print_next(console: Console, run: str, db: Path, episode: int | None = None) -> None:
    """The command to go on with."""
    words = ["memenv", "show", run, *([] if episode is None else [str(episode)])]
    if str(db) != "memenv.db":
        words += ["--db", str(db)]
    console.print(line(f"next: {shlex.join(words)}"), soft_wrap=True)


def print_bill(console: Console, results: Sequence[Result]) -> None:
    """What the stored episodes spent on models, by part; nothing when they asked none."""
    spent = costs(results)
    if not spent:
        return
    rows: list[Mapping[str, Cell] | None] = [_billed(part, usage) for part, usage in spent.items()]
    if len(spent) > 1:
        rows += [None, _billed("all", total(spent.values()))]
    columns = ("models", "calls", "prompt tokens", "completion tokens", "dollars")
    print_table(console, rows, columns, folds="models")
    for part, kinds in served(results).items():
        told = [
            f"{name} ({count:,})" for counts in kinds.values() for name, count in counts.items()
        ]
        if told:
            console.print(line(f"  {part} served by {', '.join(told)}", 500, "dim"), soft_wrap=True)
    if any(result.record is None for result in results):
        console.print("  what failed episodes spent is not part of it", style="dim")


def _billed(part: str, usage: Usage) -> dict[str, Cell]:
    return {
        "models": part,
        "calls": f"{usage.calls:,}",
        "prompt tokens": f"{usage.prompt_tokens:,}",
        "completion tokens": f"{usage.completion_tokens:,}",
        "dollars": dollars(usage.usd),
    }


def settings(identity: Mapping[str, Any]) -> list[str]:
    """What of a run is not as it is by default; capacity, agent and reader have been named."""
    found = []
    for kind in ("agent", "reader", "credit"):
        described = identity[kind]
        given = [f"{key}={_value(value)}" for key, value in described["arguments"].items()]
        named = [described["name"]] if kind == "credit" and given else []
        if kind == "credit" and described["name"] != Config.credit:
            named = [described["name"]]
        if named or given:
            found.append(" ".join([kind, *named, *given]))
    if identity.get("judge"):
        found.append(f"judge {identity['judge']}")
    for name in ("view", "layout", "split", "seed", "repeats"):
        if identity[name] != getattr(Config, name):
            found.append(f"{name} {identity[name]}")
    # One for all comes from the command; different ones are those of a suite.
    sizes = {target["size"] for target in identity["targets"]}
    if len(sizes) == 1 and sizes != {None}:
        found.append(f"size {sizes.pop()}")
    if identity.get("secret"):
        found.append(f"private seeds {identity['secret']}")
    return found


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def missing(results: Sequence[Result], run: Run) -> Iterator[str]:
    """Why there are episodes or questions of a run without a score."""
    kinds = (*PASSING, SLOW) if "places" in run.identity else PASSING
    failures = [result.failure for result in results if result.failure is not None]
    if failures:
        passing = all(failure.error in kinds for failure in failures)
        how = "the same command" if passing else "--retry-failed"
        yield (
            f"{len(failures):,} of {counted(len(results), 'episode')} failed; "
            f"{how} runs {'it' if len(failures) == 1 else 'them'} again"
        )
        reasons = Counter(f"{_place(f.stage)}: {f.error}: {f.message}" for f in failures)
        for reason, count in reasons.most_common(_REASONS):
            yield f"{count:6,}  in {reason}"
        if len(reasons) > _REASONS:
            yield f"        and {counted(len(reasons) - _REASONS, 'other reason')}"
    unmeasured: Counter[str] = Counter()
    unclear, judged = 0, False
    for result in results:
        if result.record is not None:
            pairs = zip(result.record["questions"], result.record["grades"], strict=True)
            unmeasured.update(asked["metric"] for asked, grade in pairs if grade["score"] is None)
            verdicts = result.record.get("judged") or {}
            unclear += list(verdicts.values()).count(None)
            judged = judged or bool(verdicts)
    for metric, count in sorted(unmeasured.items()):
        why = "gave no score"
        if _asks_a_model(metric):
            why = "is a verdict, told beside the scores" if judged else "has no model"
        yield f"{counted(count, 'question')} could not be measured: metric {metric} {why}"
    if unclear:
        yield f"{counted(unclear, 'question')} could not be judged: the judge gave no clear verdict"


def _place(stage: str) -> str:
    """A stage without its step, so that one reason at many steps is one reason."""
    return stage.partition(",")[0]


def _asks_a_model(metric: str) -> bool:
    try:
        with explained("cannot be loaded"):
            scorer = registry.load("scorer", metric.partition("@")[0])
    except MemenvError:
        return False
    return bool(getattr(scorer, "needs_model", False))


def _print_scores(console: Console, summary: Mapping[str, Any], results: Sequence[Result]) -> None:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.env, []).append(result)
    rows: list[Mapping[str, Cell] | None] = []
    # By name as people count: 4k before 16k, so that lengths are a curve.
    for env, group in sorted(groups.items(), key=lambda each: natural(each[0])):
        part = summarise("", "", "", None, group)
        scores = [result.score for result in group if result.score is not None]
        rows.append(_row(line(env), part, mean(scores), interval(scores)))
    if len(groups) > 1:
        name = line("mean of competencies")
        rows += [None, _row(name, summary, summary["score"], None)]
    judged = summary["judged"] is not None
    columns = ("environment", *(each for each in _NUMBERS if judged or each != "judged"))
    drop = ("95%", "memory", "stale")
    if rows:
        print_table(console, rows, columns, folds="environment", drop=drop)
    else:
        console.print(safe("no episode is stored yet"))


def _row(
    name: Cell, part: Mapping[str, Any], score: float | None, spread: tuple[float, float] | None
) -> dict[str, Cell]:
    memory, stream = part["memory_tokens"], part["stream_tokens"]
    cells = (
        f"{part['episodes']:,}",
        number(score),
        "-" if spread is None else f"{spread[0]:.2f}-{spread[1]:.2f}",
        number(part["judged"]),
        percent(part["kept"]),
        percent(part["found"]),
        percent(part["stale"]),
        "-" if memory is None else f"{memory:,.0f}",
        percent(memory / stream) if stream else "-",
    )
    return {"environment": name, **dict(zip(_NUMBERS, cells, strict=True))}
