"""What a run says: means by competency, source, metric and category, and where it failed."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from memenv.harness.results import Result
from memenv.pipeline import is_stale, mean
from memenv.types import Answer, Question, Usage, sha256, total


def summarise(
    run: str, agent: str, reader: str, capacity: float | None, results: Iterable[Result]
) -> dict[str, Any]:
    """The one object that `memenv eval --json` prints.

    An episode's score is the mean of its scored questions, a `by_*` score the mean over its
    episodes (for `by_metric` and `by_category` over their questions), `score` the mean of
    `by_competency`. `judged` is the mean of a judge's verdicts and no part of it. Tokens of memory
    and stream are means per episode; calls, their tokens and dollars are sums. What was not
    measured is `None`; an episode without a score still says what it cost and what was kept, and is
    part of the digest.
    """
    results = list(results)
    records = [result.record for result in results if result.record is not None]
    scored = [result for result in results if result.score is not None]
    ranked = [result.record for result in scored if result.record is not None]
    asked = [pair for record in records for pair in _asked(record)]
    evidence = [item for record in records for item in record["evidence"]]
    by_competency = _by_episode(ranked, lambda record, env: record["instance"]["competency"])
    usages = [record["usage"] for record in records]
    prices = [usage["usd"] for usage in usages]
    verdicts = [
        verdict
        for record in records
        for verdict in (record.get("judged") or {}).values()
        if verdict is not None
    ]
    return {
        "run": run,
        "agent": agent,
        "reader": reader,
        "capacity": capacity,
        "episodes": len(results),
        "failed": len(results) - len(scored),
        "score": mean([group["score"] for group in by_competency.values()]),
        "by_env": _by_episode(ranked, lambda record, env: env, [r.env for r in scored]),
        "by_competency": by_competency,
        "by_source": _by_episode(ranked, lambda record, env: record["instance"]["source"]),
        "by_metric": _by_question(ranked, lambda question: question["metric"]),
        "by_category": _by_question(ranked, lambda question: question["kind"]),
        "judged": mean(verdicts),
        "stale": _share(stale(question, grade) for question, grade in asked),
        "kept": _share(item["kept"] for item in evidence),
        "found": _share(item["found"] for item in evidence),
        "memory_tokens": mean([record["memory_tokens"] for record in records]),
        "stream_tokens": mean([record["instance"]["tokens"] for record in records]),
        "calls": sum(usage["calls"] for usage in usages),
        "prompt_tokens": sum(usage["prompt_tokens"] for usage in usages),
        "completion_tokens": sum(usage["completion_tokens"] for usage in usages),
        "usd": None if None in prices else math.fsum(prices),
        "seconds": math.fsum(result.seconds for result in results),
        "digest": sha256("\n".join(sorted(record["digest"] for record in records))),
    }


def costs(results: Iterable[Result]) -> dict[str, Usage]:
    """What the episodes of a run spent on models: part (`agent`, `reader`, `judge`) -> sum."""
    parts: dict[str, list[Usage]] = {}
    for result in results:
        for part, usage in ((result.record or {}).get("costs") or {}).items():
            parts.setdefault(part, []).append(Usage(**usage))
    return {part: total(usages) for part, usages in sorted(parts.items())}


def served(results: Iterable[Result]) -> dict[str, dict[str, dict[str, int]]]:
    """Which models answered, and how: part -> `models` and `notes`, each with its answers."""
    parts: dict[str, dict[str, Counter[str]]] = {}
    for result in results:
        for part, kinds in ((result.record or {}).get("served") or {}).items():
            for kind, counts in kinds.items():
                parts.setdefault(part, {}).setdefault(kind, Counter()).update(counts)
    return {
        part: {kind: dict(sorted(counts.items())) for kind, counts in sorted(kinds.items())}
        for part, kinds in sorted(parts.items())
    }


def interval(scores: Sequence[float], level: float = 0.95) -> tuple[float, float] | None:
    """A bootstrap percentile interval of the mean, from 1,000 resamples with a fixed seed.

    Returns:
        (low, high); `None` for fewer than two scores.
    """
    if len(scores) < 2:
        return None
    rng = random.Random("interval")
    means = sorted(mean(rng.choices(scores, k=len(scores))) or 0.0 for _ in range(1000))
    tail = round(1000 * (1 - level) / 2)
    return means[tail], means[-1 - tail]


def _asked(record: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return list(zip(record["questions"], record["grades"], strict=True))


def _by_episode(
    records: Sequence[Mapping[str, Any]],
    name: Callable[[Mapping[str, Any], str], str],
    envs: Sequence[str] | None = None,
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record, env in zip(records, envs or [""] * len(records), strict=True):
        groups.setdefault(name(record, env), []).append(record)
    return {
        key: {
            "score": mean([record["score"] for record in group]),
            "episodes": len(group),
            "questions": sum(_scored(record) for record in group),
        }
        for key, group in sorted(groups.items(), key=lambda each: natural(each[0]))
    }


def _by_question(
    records: Sequence[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str | None]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[tuple[int, float]]] = {}
    for number, record in enumerate(records):
        for question, grade in _asked(record):
            key = name(question)
            if key is not None and grade["score"] is not None:
                groups.setdefault(key, []).append((number, grade["score"]))
    return {
        key: {
            "score": mean([score for _, score in group]),
            "episodes": len({number for number, _ in group}),
            "questions": len(group),
        }
        for key, group in sorted(groups.items())
    }


def _scored(record: Mapping[str, Any]) -> int:
    return sum(grade["score"] is not None for grade in record["grades"])


def stale(question: Mapping[str, Any], grade: Mapping[str, Any]) -> bool | None:
    """Whether a recorded answer is an outdated one; `None` when the question has none."""
    if not question["stale"]:
        return None
    asked = Question(
        id=question["id"],
        text=question["text"],
        answers=tuple(question["answers"]),
        metric=question["metric"],
        stale=tuple(question["stale"]),
    )
    return is_stale(asked, Answer(grade["answer"]["text"]))


def _share(flags: Iterable[bool | None]) -> float | None:
    known = [flag for flag in flags if flag is not None]
    return sum(known) / len(known) if known else None


def natural(name: str) -> list[tuple[int, str]]:
    """A name as its numbers and what is between them, to sort by as people count.

    >>> sorted(["16k", "4k"], key=natural)
    ['4k', '16k']
    """
    parts = re.split("([0-9]+)", name)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
