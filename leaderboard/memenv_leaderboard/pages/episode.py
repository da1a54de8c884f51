"""What the episode explorer shows of one episode: plain values, texts kept once and bounded."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from memenv.errors import MemenvError
from memenv.harness.rebuild import instance_of
from memenv.harness.results import Result, Run
from memenv.harness.summary import stale
from memenv.types import Instance
from memenv_leaderboard.pages.lives import Holders, Version, fate, versions_of
from memenv_leaderboard.pages.text import LONG, plain, shortest, visible

ROOM = 4_000_000
"""Characters of text in one explorer; above it the longest texts are cut shorter."""

_SHORTEST = 200
_HOLDERS = 50


def episode_data(run: Run, result: Result, strange: str = "") -> dict[str, Any]:
    """An episode as the explorer's script reads it.

    Chunks are made again from the seed, or read again from the data file; where that is not
    possible `missing` says why, and all else is shown.

    Args:
        run: it belongs to.
        result: with its steps.
        strange: why its chunks are not made again; empty when they may be.

    Returns:
        `texts`: every text once, and all others as indices into it; `cut`: (index, characters it
        had) of those that are not whole; `chunks`, `steps`, `versions` (of entries: `since` and
        `until` are steps), `questions`.
    """
    record = result.record
    if record is None:
        failure = None if result.failure is None else dataclasses.asdict(result.failure)
        found: dict[str, Any] = {"key": result.key, "failure": failure}
    else:
        texts = _Texts()
        instance, missing = (None, strange) if strange else _instance(run, result)
        try:
            versions, lost = versions_of(record), ""
        except MemenvError as error:
            versions, lost = [], str(error)
        found = {
            "key": result.key,
            "failure": None,
            "about": _about(record),
            "missing": missing,
            "lost": lost,
            "chunks": None if instance is None else [_chunk(each, texts) for each in instance],
            "steps": [_step(record, number, texts) for number in range(len(record["steps"]))],
            "versions": [_version(version, texts) for version in versions],
            "questions": _questions(record, None if lost else versions, texts),
        }
        found["texts"], found["cut"] = texts.bounded()
    data: dict[str, Any] = plain(found)
    return data


class _Texts:
    """Texts by number; a text that occurs many times is kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: object) -> int:
        return self._numbers.setdefault(str(text), len(self._numbers))

    def bounded(self) -> tuple[list[str], list[tuple[int, int]]]:
        """All texts, together not much above `ROOM`, and which of them are cut."""
        limit = LONG
        while limit > _SHORTEST and sum(min(len(each), limit) for each in self._numbers) > ROOM:
            limit //= 2
        cut = [(place, len(text)) for text, place in self._numbers.items() if len(text) > limit]
        return [visible(text, limit) for text in self._numbers], cut


def _about(record: Mapping[str, Any]) -> dict[str, Any]:
    setting, instance = record["setting"], record["instance"]
    return {
        "instance": instance["id"],
        "competency": instance["competency"],
        "source": instance["source"],
        "stream_tokens": instance["tokens"],
        "agent": setting["agent"]["name"],
        "reader": setting["reader"]["name"],
        "credit": setting["credit"]["name"],
        "capacity": setting["capacity"],
        "layout": setting["layout"],
        "score": record["score"],
    }


def _instance(run: Run, result: Result) -> tuple[list[Any] | None, str]:
    """The chunks of an episode, or why they cannot be had."""
    try:
        instance: Instance = instance_of(run, result)
    except MemenvError as error:
        return None, str(error)
    return list(instance.chunks), ""


def _chunk(chunk: Any, texts: _Texts) -> dict[str, Any]:
    return {"text": texts(chunk.text), "time": chunk.time}


def _step(record: Mapping[str, Any], number: int, texts: _Texts) -> dict[str, Any]:
    step = record["steps"][number]
    pairs = zip(step["operations"], step["outcomes"], strict=True)
    rewards = record["step_rewards"]
    terms = {
        name: shortest(values[number])
        for name, values in sorted(record["step_terms"].items())
        if values[number] is not None
    }
    return {
        "operations": [_operation(operation, outcome, texts) for operation, outcome in pairs],
        "repaired": list(step.get("repaired") or ()),
        "said": None if step["raw"] is None else texts(step["raw"]),
        "tokens": step["memory_tokens"],
        "reward": None if rewards is None else shortest(rewards[number], 6),
        "terms": sorted(terms.items()),
    }


def _operation(
    operation: Mapping[str, Any], outcome: Mapping[str, Any], texts: _Texts
) -> dict[str, Any]:
    text = operation.get("text")
    return {
        "op": operation.get("op"),
        "on": operation.get("id") or operation.get("store"),
        "text": None if text is None else texts(text),
        "status": outcome["status"],
        "reason": outcome["reason"] or operation.get("reason"),
        "entry": outcome["entry"],
    }


def _version(version: Version, texts: _Texts) -> dict[str, Any]:
    entry = version.entry
    return {
        "id": entry.id,
        "store": entry.store,
        "text": texts(entry.text),
        "tokens": entry.tokens,
        "writers": list(entry.writers),
        "parents": list(entry.parents),
        "since": version.since,
        "until": version.until,
        "ended": version.ended,
    }


def _questions(
    record: Mapping[str, Any], versions: Sequence[Version] | None, texts: _Texts
) -> list[dict[str, Any]]:
    """What was asked; without versions the memory cannot be had."""
    holders = None if versions is None else Holders(versions)
    judged = record.get("judged") or {}
    asked = zip(record["questions"], record["grades"], record["evidence"], strict=True)
    return [
        {
            **_question(question, grade, trace, len(record["steps"]) - 1, texts),
            "support": _support(question, holders, texts),
            "judged": judged.get(question["id"]),
        }
        for question, grade, trace in asked
    ]


def _question(
    question: Mapping[str, Any],
    grade: Mapping[str, Any],
    trace: Mapping[str, Any],
    last: int,
    texts: _Texts,
) -> dict[str, Any]:
    return {
        "id": question["id"],
        "text": texts(question["text"]),
        "kind": question["kind"],
        "metric": question["metric"],
        "after": last if question["after"] is None else question["after"],
        "answers": [texts(each) for each in question["answers"]],
        "outdated": [texts(each) for each in question["stale"]],
        "options": [texts(each) for each in question["options"]],
        "answer": texts(grade["answer"]["text"]),
        "score": shortest(grade["score"]),
        "stale": stale(question, grade),
        "kept": trace["kept"],
        "found": trace["found"],
        "answered": trace["answered"],
        "gold": list(trace["gold_chunks"]),
        "retrieved": [[each["entry"], shortest(each["score"], 3)] for each in trace["retrieved"]],
        "cited": list(trace["cited"]),
    }


def _support(
    question: Mapping[str, Any], holders: Holders | None, texts: _Texts
) -> list[dict[str, Any]]:
    """Every support passage and what became of it, and which versions of entries held it."""
    after = question["after"]
    found = []
    for passage in question["support"]:
        numbers = [] if holders is None else holders.of(passage)
        state = None if holders is None else fate(holders.versions, numbers, after)
        found.append({"text": texts(passage), "fate": state, "holders": numbers[:_HOLDERS]})
    return found
