"""`Standing`: one row of the board, what a run came to and what must be known beside its score.

with SqliteStore("memenv.db", read_only=True) as store:
    best = store.standings(suite="quick", limit=1)[0]
    print(best.agent, best.score, best.low, best.high)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

Level = Literal["reported", "replayed", "challenged", "reproduced"]
"""How far a row has been checked; the later ones in the list say more."""

LEVELS: tuple[Level, ...] = ("reported", "replayed", "challenged", "reproduced")

RECORDED = " (recorded answers)"
"""The end of the line of a reader that was not asked again."""

Role = Literal["entry", "floor", "ceiling"]
"""What a row is for: to be ranked, or to show what is possible below and above."""


@dataclass(frozen=True)
class Standing:
    """What a run came to.

    Shares and scores are in [0, 1]; what was not measured is `None`.

    Attributes:
        run: its id.
        agent: name or dotted path.
        agent_version: as the agent says it.
        arguments: of the agent, name -> value.
        model: the language model the agent asks; `None` without one.
        reader: name, version and arguments in one line: `lexical 2`; parts that could be taken for
            something else are quoted, and it ends in `RECORDED` where recorded answers were scored.
        scorers: metric -> version of its scorer.
        track: what it was run on, in one line: the suite, or its environments and files.
        suite: the suite; `None` for a run on something else.
        environments: labels of what it was run on, in their order.
        capacity: `None` is open; an integer is tokens, a share is of the stream.
        layout: of the memory.
        tokenizer: name and hash of what counted the tokens.
        basis: hash of the streams and questions, the scorers and the tokenizer; rows are compared
            where it is the same.
        episodes: how many are counted; of a suite only those that belong to it.
        planned: how many there should be.
        failed: how many of them have no score.
        score: mean of `by_competency`.
        low: lower end of its 95 % bootstrap interval.
        high: upper end.
        by_competency: name -> mean over its episodes.
        spreads: name -> the interval of that mean, or `None`.
        by_source: name -> mean over its episodes.
        kept: share of the questions whose evidence was in the memory.
        found: share of the questions whose evidence was retrieved.
        stale: share of the questions with an outdated answer that got it.
        memory_tokens: mean per episode at its end.
        stream_tokens: mean per episode.
        memory_ratio: memory tokens per stream token.
        calls: of language models, all episodes together.
        usd: dollars, all episodes together; `None` when a price is unknown.
        seconds: wall-clock time, all episodes together.
        digest: the sha256 of the sorted record digests.
        created: when the run was begun, ISO 8601.
        level: how far it has been checked; `reported` without a submission.
        stateful: the agent remembers more than the memory.
        role: `entry`, `floor` (agent `skip`) or `ceiling` (an agent that is shown the questions).
        trained_on: what the submitter declares that the agent was trained on.
        submission: root hash of the bundle it came in; `None` for a run of this machine.
        submitter: who sent it.
        refusals: why it is not ranked, a line each; empty for a row that can be ranked.
    """

    run: str
    agent: str
    agent_version: str
    arguments: Mapping[str, Any]
    model: str | None
    reader: str
    scorers: Mapping[str, str]
    track: str
    suite: str | None
    environments: tuple[str, ...]
    capacity: float | None
    layout: str
    tokenizer: str
    basis: str
    episodes: int
    planned: int
    failed: int
    score: float | None
    low: float | None
    high: float | None
    by_competency: Mapping[str, float | None]
    spreads: Mapping[str, tuple[float, float] | None]
    by_source: Mapping[str, float | None]
    kept: float | None
    found: float | None
    stale: float | None
    memory_tokens: float | None
    stream_tokens: float | None
    memory_ratio: float | None
    calls: int
    usd: float | None
    seconds: float
    digest: str
    created: str
    level: Level
    stateful: bool
    role: Role
    trained_on: tuple[str, ...]
    submission: str | None
    submitter: str | None
    refusals: tuple[str, ...]

    @property
    def ranked(self) -> bool:
        """Whether it takes part in the ranking."""
        return self.role == "entry" and not self.refusals

    @property
    def recorded(self) -> bool:
        """Whether the answers were taken as somebody recorded them, and only scored here."""
        return self.reader.endswith(RECORDED)

    @property
    def checked(self) -> str:
        """The level, and of what: `replayed, recorded answers`."""
        return f"{self.level}, recorded answers" if self.recorded else self.level

    @property
    def name(self) -> str:
        """The agent and how it was set, in one line: `random keep=0.5`."""
        given = [f"{key}={_shown(value)}" for key, value in sorted(self.arguments.items())]
        return " ".join([self.agent, *given])

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        value = {each.name: getattr(self, each.name) for each in fields(self)}
        plain: dict[str, Any] = json.loads(json.dumps(value))
        return plain


_JSON = (
    *("arguments", "scorers", "environments", "by_competency", "spreads", "by_source"),
    *("trained_on", "refusals"),
)
_LISTS = ("environments", "trained_on", "refusals")


def standing_of(row: Mapping[str, Any]) -> Standing:
    """A row of the view `leaderboard` as a value."""
    value = {each.name: row[each.name] for each in fields(Standing)}
    for name in _JSON:
        value[name] = json.loads(value[name])
    for name in _LISTS:
        value[name] = tuple(value[name])
    value["spreads"] = {
        name: None if spread is None else (spread[0], spread[1])
        for name, spread in value["spreads"].items()
    }
    capacity = value["capacity"]
    # A column of numbers keeps tokens as 500.0.
    value["capacity"] = int(capacity) if capacity is not None and capacity >= 2 else capacity
    value["stateful"] = bool(value["stateful"])
    return Standing(**value)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
