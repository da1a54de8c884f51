"""From the stored episodes of a run to its row of the table `summaries`.

Numbers are those of `memenv.harness.summary.summarise`; what a record does not have was not
measured. Of a run of a suite only the suite's episodes count, and only once all are there.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any

from memenv import registry
from memenv.errors import MemenvError
from memenv.harness.failures import explained
from memenv.harness.results import DECLARED, Result, Run
from memenv.harness.summary import stale
from memenv.pipeline import mean
from memenv.types import canonical_json, sha256
from memenv_leaderboard.bootstrap import interval
from memenv_leaderboard.standings import RECORDED
from memenv_leaderboard.submission import overlap

Entry = tuple[str, int | None, str | None, int]
"""Of a suite: environment, size, name, number of episodes."""

SEED, SPLIT = 0, "test"
"""What is ranked; the streams of a private run are made with a secret salt."""


_BARE = re.compile(r"[\w.:/@+-]+", re.ASCII)
_DOTTED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z", re.ASCII)


class _Tally:
    """Sums over the episodes of a run, one at a time: records may be large."""

    def __init__(self) -> None:
        self.scores: dict[str, dict[str, list[float]]] = {}
        self.sources: dict[str, list[float]] = {}
        self.streams: dict[str, str] = {}
        self.scorers: dict[str, str] = {}
        self.tokenizers: dict[str, None] = {}
        self.flags: dict[str, list[bool]] = {"kept": [], "found": [], "stale": []}
        self.tokens: dict[str, list[int]] = {"memory": [], "stream": []}
        self.prices: list[float | None] = []
        self.seconds: list[float] = []
        self.digests: list[str] = []
        self.keys: set[tuple[str, int, int]] = set()
        self.calls = self.failed = 0

    def add(self, result: Result) -> None:
        self.keys.add((result.env, result.index, result.repeat))
        self.seconds.append(result.seconds)
        self.failed += result.score is None
        record = result.record
        if record is None:
            return
        instance = record.get("instance", {})
        episode = f"{result.env}/{result.index}"
        self.streams[episode] = str(instance.get("digest"))
        if result.score is not None:
            competency = plain(instance.get("competency", ""))
            self.scores.setdefault(competency, {}).setdefault(episode, []).append(result.score)
            self.sources.setdefault(plain(instance.get("source", "")), []).append(result.score)
        setting = record.get("setting", {})
        self.scorers.update(setting.get("scorers", {}))
        self.tokenizers[setting.get("tokenizer", "")] = None
        for item in record.get("evidence", ()):
            for name in ("kept", "found"):
                if item[name] is not None:
                    self.flags[name].append(item[name])
        asked = zip(record.get("questions", ()), record.get("grades", ()), strict=True)
        old = [stale(question, grade) for question, grade in asked]
        self.flags["stale"] += [each for each in old if each is not None]
        for name, value in (
            ("memory", record.get("memory_tokens")),
            ("stream", instance.get("tokens")),
        ):
            if value is not None:
                self.tokens[name].append(value)
        usage = record.get("usage", {})
        self.calls += usage.get("calls", 0)
        self.prices.append(usage.get("usd"))
        self.digests.append(record["digest"])


def summed(
    run: Run,
    results: Iterable[Result],
    declared: Mapping[str, Any] | None = None,
    damage: str | None = None,
    *,
    recorded: bool = False,
) -> dict[str, Any]:
    """The row of a run.

    Args:
        run: the run.
        results: its episodes; their steps are not looked at.
        declared: what is declared with the bundle it came in.
        damage: what else speaks against ranking it.
        recorded: its answers were not asked for again.
    """
    identity = run.identity
    suite, entries = suite_of(identity)
    limits = {name or env: count for env, _, name, count in entries}
    repeats = identity.get("repeats", 1)
    tally = _Tally()
    for result in results:
        if suite is None or result.index < limits.get(result.env, 0):
            tally.add(result)
    counts = limits if suite is not None else _counts(tally.keys)
    planned = sum(limits.values()) * repeats if suite is not None else run.planned
    agent, reader = identity.get("agent", {}), identity.get("reader", {})
    declares = run.declares or _declared(agent.get("name", ""))
    trained = tuple(map(plain, texts((declared or {}).get("trained_on"))))
    by_competency = {
        name: mean([score for each in scores.values() for score in each])
        for name, scores in sorted(tally.scores.items())
    }
    units = {
        name: {each: mean(scores) or 0.0 for each, scores in sorted(episodes.items())}
        for name, episodes in sorted(tally.scores.items())
    }
    whole = interval({name: list(scores.values()) for name, scores in units.items()})
    memory, stream = mean(tally.tokens["memory"]), mean(tally.tokens["stream"])
    score = mean([value for value in by_competency.values() if value is not None])
    refusals = [] if damage is None else [plain(damage)]
    refusals += _refusals(run, suite, counts, planned, tally, declares, trained)
    prices = [price for price in tally.prices if price is not None]
    return {
        "run": run.id,
        "agent": plain(agent.get("name", "")),
        "agent_version": plain(agent.get("version", "")),
        "arguments": canonical_json(agent.get("arguments", {})),
        "model": _model(agent),
        "reader": _line(reader) + (RECORDED if recorded else ""),
        "scorers": canonical_json(tally.scorers),
        "track": track(identity, suite, counts),
        "suite": suite,
        "environments": canonical_json([plain(_label(each)) for each in _targets(identity)]),
        "capacity": identity.get("capacity"),
        "layout": plain(identity.get("layout", "")),
        "tokenizer": plain(" ".join(tally.tokenizers)),
        "basis": _basis(tally),
        "episodes": len(tally.keys),
        "planned": planned,
        "failed": tally.failed,
        "score": score,
        "low": None if whole is None else whole[0],
        "high": None if whole is None else whole[1],
        "by_competency": canonical_json(by_competency),
        "spreads": canonical_json(
            {name: interval({name: list(scores.values())}) for name, scores in units.items()}
        ),
        "by_source": canonical_json(
            {name: mean(scores) for name, scores in sorted(tally.sources.items())}
        ),
        **{name: mean(values) for name, values in tally.flags.items()},
        "memory_tokens": memory,
        "stream_tokens": stream,
        "memory_ratio": memory / stream if memory is not None and stream else None,
        "calls": tally.calls,
        "usd": fsum(prices) if len(prices) == len(tally.prices) else None,
        "seconds": fsum(tally.seconds),
        "digest": sha256("\n".join(sorted(tally.digests))),
        "created": run.created,
        "stateful": int(declares.get("stateful", False)),
        "role": _role(agent.get("name", ""), declares),
        "trained_on": canonical_json(trained),
        "refusals": canonical_json(refusals),
        "scores": canonical_json(units),
    }


def suite_of(identity: Mapping[str, Any]) -> tuple[str | None, Sequence[Entry]]:
    """The suite that a run is of, by its environments and sizes; (`None`, nothing) of none."""
    asked = [(each.get("env"), each.get("size"), each.get("name")) for each in _targets(identity)]
    if any("data" in each for each in _targets(identity)):
        return None, ()
    for suite, entries in _suites().items():
        if asked == [entry[:3] for entry in entries]:
            return suite, entries
    return None, ()


def track(identity: Mapping[str, Any], suite: str | None, counts: Mapping[str, int]) -> str:
    """What a run is on, in one line: `quick`, or `MemAlpha-AR-v0 x5, seed 7`."""
    names = [suite] if suite is not None else []
    for each in _targets(identity) if suite is None else ():
        label = _label(each)
        size = f" size {each['size']}" if each.get("size") is not None else ""
        names.append(f"{label}{size} x{counts.get(label, 0)}")
    for name, usual in (("split", SPLIT), ("seed", SEED)):
        if identity.get(name, usual) != usual:
            names.append(f"{name} {identity[name]}")
    if identity.get("secret"):
        names.append(f"private seeds {identity['secret']}")
    return plain(", ".join(names))


def plain(text: object) -> str:
    """A text as a database can hold it: without halves of surrogate pairs."""
    return str(text).encode("utf-8", "replace").decode("utf-8")


def _refusals(
    run: Run,
    suite: str | None,
    counts: Mapping[str, int],
    planned: int,
    tally: _Tally,
    declares: Mapping[str, Any],
    trained: Sequence[str],
) -> list[str]:
    """Why a run is not ranked."""
    identity, found = run.identity, []
    missing = _missing(counts, identity.get("repeats", 1), planned, tally.keys)
    if missing:
        whose = f"the {planned} of {suite}" if suite else f"the {planned} planned"
        found.append(f"{missing} of {whose} episodes missing: the same command runs the rest")
    if tally.failed:
        found.append(f"{tally.failed} of {len(tally.keys)} episodes failed or have no score")
    for name, usual in (("split", SPLIT), ("seed", SEED)):
        value = identity.get(name, usual)
        if suite is not None and value != usual:
            found.append(f"{name} {value}: a suite is ranked on {name} {usual}")
    if not declares:
        found.append(
            "it is not known what its agent declares (stateful, needs_instance): "
            "the same command notes it"
        )
    name = str(identity.get("reader", {}).get("name", ""))
    # Whoever makes up a name must not stand beside a reader that has it.
    if name and not _DOTTED.match(name) and name not in registry.names("reader"):
        found.append(f"no reader {name!r} is installed, and it is no dotted path")
    tested = _trained_on_test(identity, suite, trained)
    if tested:
        found.append(f"trained on what is tested, as declared: {', '.join(tested)}")
    return [plain(each) for each in found]


def _missing(
    counts: Mapping[str, int], repeats: int, planned: int, keys: set[tuple[str, int, int]]
) -> int:
    """How many episodes are not there."""
    wanted = {
        (env, index, repeat)
        for env, count in counts.items()
        for index in range(count)
        for repeat in range(repeats)
    }
    return max(len(wanted - keys), planned - len(keys))


def _counts(keys: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    """Environment -> number of its episodes, as far as the last one says."""
    found: dict[str, int] = {}
    for env, index, _ in keys:
        found[env] = max(found.get(env, 0), index + 1)
    return found


def _trained_on_test(
    identity: Mapping[str, Any], suite: str | None, trained: Sequence[str]
) -> list[str]:
    """Of what an agent was trained on, that which it is tested on."""
    tested = {_label(each) for each in _targets(identity)}
    tested |= {str(each.get("env")) for each in _targets(identity)} | {suite or ""}
    tested |= {_task(env) or "" for env in tested}
    within = {
        name: [part for entry in entries for part in (entry[0], entry[2], _task(entry[0])) if part]
        for name, entries in _suites().items()
    }
    return overlap(trained, tested, identity.get("split", SPLIT), within)


def _task(env: str) -> str | None:
    return registry.ENVIRONMENTS.get(env, {}).get("task")


def _basis(tally: _Tally) -> str:
    """The hash of what was asked and of what graded it."""
    value = [sorted(tally.streams.items()), sorted(tally.scorers.items()), [*tally.tokenizers]]
    return sha256(canonical_json(value))[:12]


def _role(agent: str, declares: Mapping[str, Any]) -> str:
    if declares.get("needs_instance"):
        return "ceiling"
    return "floor" if agent == "skip" else "entry"


@functools.cache
def _declared(agent: str) -> Mapping[str, bool]:
    """What an agent of ours, or of an installed package, declares; a dotted path is not run."""
    found: dict[str, bool] = {}
    with contextlib.suppress(MemenvError), explained(f"agent {agent!r} cannot be loaded"):
        if ":" not in agent and agent in registry.names("agent"):
            loaded = registry.load("agent", agent)
            found = {name: bool(getattr(loaded, name, False)) for name in DECLARED}
    return found


@functools.cache
def _suites() -> dict[str, list[Entry]]:
    """Suite -> its entries; one that cannot be loaded is nobody's."""
    found = {}
    for name in registry.names("suite"):
        # A stranger's suite that is broken must not take the board away.
        with contextlib.suppress(MemenvError), explained(f"suite {name!r} cannot be loaded"):
            found[name] = [
                (each.env, each.size, getattr(each, "name", None), each.episodes)
                for each in registry.load("suite", name)
            ]
    return found


def _targets(identity: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    targets: Sequence[Mapping[str, Any]] = identity.get("targets", ())
    return targets


def _label(target: Mapping[str, Any]) -> str:
    data = target.get("data")
    return str(data["name"] if data else target.get("name") or target.get("env"))


def _model(agent: Mapping[str, Any]) -> str | None:
    model = agent.get("arguments", {}).get("model")
    return None if model is None else plain(model)


def _line(reader: Mapping[str, Any]) -> str:
    """A reader as one line: name, version, arguments. Two readers never share one."""
    parts = [_token(str(reader.get("name", ""))), _token(str(reader.get("version", "")))]
    for key, value in sorted(reader.get("arguments", {}).items()):
        parts.append(f"{_token(str(key))}={_argument(value)}")
    return plain(" ".join(parts))


def _token(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text)


def _argument(value: object) -> str:
    """A value; a text that reads like another value, or like several parts, is quoted."""
    if not isinstance(value, str):
        return canonical_json(value)
    with contextlib.suppress(ValueError):
        json.loads(value)
        return json.dumps(value)
    return _token(value)


def texts(value: object) -> list[str]:
    """What was declared as a list of names; one name may stand alone."""
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
