"""What the page of a run shows: scores with intervals, where questions are lost, credit."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memenv.harness.results import Result, Run
from memenv.harness.summary import interval, natural, summarise
from memenv.pipeline import mean
from memenv_leaderboard.pages.text import plain

CREDITED = 40
"""Episodes whose credit is drawn; what is left out is said."""


@dataclass
class Funnel:
    """How many questions got how far: of those asked, kept, of these found, of these answered.

    Attributes:
        name: of the competency or category.
        asked: questions that could be scored.
        kept: of them, those whose evidence was in the memory.
        found: of those kept, those whose evidence was retrieved.
        answered: of those found, those answered right.
        lucky: answered right although the evidence was not kept, or not found.
        unknown: nobody can tell where their evidence is.
    """

    name: str
    asked: int = 0
    kept: int = 0
    found: int = 0
    answered: int = 0
    lucky: int = 0
    unknown: int = 0

    def count(self, trace: Mapping[str, Any]) -> None:
        """Count one question."""
        if trace["answered"] is None:
            return
        self.asked += 1
        if trace["kept"] is None:
            self.unknown += 1
            return
        kept = bool(trace["kept"])
        found = kept and bool(trace["found"])
        self.kept += kept
        self.found += found
        self.answered += found and trace["answered"]
        self.lucky += trace["answered"] and not found


def address(trace: Mapping[str, Any]) -> str:
    """Where a question was won or lost, in two words."""
    if trace["answered"] is None:
        return "not scored"
    if trace["answered"]:
        return "answered"
    if trace["kept"] is None:
        return "cannot tell"
    if not trace["kept"]:
        return "not kept"
    return "not answered" if trace["found"] else "not found"


def run_data(run: Run, results: Sequence[Result], links: Mapping[int, str]) -> dict[str, Any]:
    """A run as its template shows it.

    Args:
        run: which.
        results: its episodes, without their steps.
        links: number of an episode -> the page that explores it.
    """
    identity = run.identity
    agent, reader = identity["agent"]["name"], identity["reader"]["name"]
    summary = summarise(run.id, agent, reader, identity["capacity"], results)
    found = {
        "groups": [
            {"title": "competency", "rows": _rows(results, _competency)},
            {"title": "environment", "rows": _rows(results, lambda each: each.env)},
        ],
        "questions": [
            {"title": title, "rows": _named(summary[name])}
            for title, name in (("category", "by_category"), ("metric", "by_metric"))
        ],
        "funnels": _funnels(results),
        "episodes": [_episode(each, n, links.get(n)) for n, each in enumerate(results)],
        "credit": _credit(identity["credit"]["name"], results),
        "settings": _settings(identity),
    }
    data: dict[str, Any] = plain(found, 2_000)
    return data


def _competency(result: Result) -> str:
    return "" if result.record is None else str(result.record["instance"]["competency"])


def _rows(results: Sequence[Result], name: Callable[[Result], str]) -> list[dict[str, Any]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        if result.score is not None:
            groups.setdefault(name(result), []).append(result)
    rows = []
    for key, group in sorted(groups.items(), key=lambda each: natural(each[0])):
        scores = [result.score for result in group if result.score is not None]
        low, high = interval(scores) or (None, None)
        rows.append(
            {"name": key, "score": mean(scores), "low": low, "high": high, "episodes": len(group)}
        )
    return rows


def _named(groups: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, **values} for name, values in groups.items()]


def _funnels(results: Iterable[Result]) -> list[dict[str, Any]]:
    """All questions together, then by competency, then by category."""
    every = Funnel("all questions")
    competencies: dict[str, Funnel] = {}
    kinds: dict[str, Funnel] = {}
    for result in results:
        if result.record is None:
            continue
        own = _competency(result)
        for question, trace in zip(
            result.record["questions"], result.record["evidence"], strict=True
        ):
            every.count(trace)
            competencies.setdefault(own, Funnel(own)).count(trace)
            if question["kind"]:
                kind = str(question["kind"])
                kinds.setdefault(kind, Funnel(kind)).count(trace)
    groups = {"": [every], "by competency": competencies.values(), "by category": kinds.values()}
    return [{"title": title, "rows": _counted(funnels)} for title, funnels in groups.items()]


def _counted(funnels: Iterable[Funnel]) -> list[dict[str, Any]]:
    known = [each for each in funnels if each.asked]
    return [dataclasses.asdict(each) for each in sorted(known, key=lambda each: natural(each.name))]


def _episode(result: Result, number: int, link: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "number": number,
        "key": result.key,
        "link": link,
        "score": result.score,
        "seconds": result.seconds,
        "failure": None,
    }
    if result.record is not None:
        traces = result.record["evidence"]
        addresses = [address(trace) for trace in traces]
        row |= {
            "instance": result.record["instance"]["id"],
            "questions": len(traces),
            "tokens": result.record["memory_tokens"],
            "lost": {
                name: addresses.count(name) for name in ("not kept", "not found", "not answered")
            },
        }
    elif result.failure is not None:
        row["failure"] = f"{result.failure.stage}: {result.failure.error}: {result.failure.message}"
    return row


def _credit(scheme: str, results: Sequence[Result]) -> dict[str, Any]:
    """The reward of every step, shaded by its size beside the largest of the run."""
    records = [
        (result.key, result.record["step_rewards"])
        for result in results
        if result.record is not None and result.record["step_rewards"] is not None
    ]
    shown = records[:CREDITED]
    most = max((abs(reward) for _, rewards in shown for reward in rewards), default=0.0)
    return {
        "scheme": scheme,
        "most": most,
        "left_out": len(records) - len(shown),
        "longest": max((len(rewards) for _, rewards in shown), default=0),
        "rows": [
            {
                "key": key,
                "sum": math.fsum(rewards),
                "cells": [(_shade(reward, most), reward) for reward in rewards],
            }
            for key, rewards in shown
        ],
    }


def _shade(reward: float, most: float) -> str:
    """A class of the style sheet: `z` for nothing, `p1` to `p4` for more, `n1` to `n4` for less."""
    if not reward or not most:
        return "z"
    return f"{'p' if reward > 0 else 'n'}{min(4, 1 + int(4 * abs(reward) / most))}"


def _settings(identity: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What makes it this run, a line each."""
    rows = [(kind, _described(identity[kind])) for kind in ("agent", "reader", "credit")]
    for name in ("capacity", "layout", "view", "split", "seed", "repeats", "tokenizer", "judge"):
        value = identity.get(name)
        if value is not None:
            rows.append((name, str(value)))
    return rows


def _described(part: Mapping[str, Any]) -> str:
    given = [f"{key}={value}" for key, value in sorted(part["arguments"].items())]
    return " ".join([part["name"], str(part["version"]), *given])
