"""`Submission`: where a run that somebody sent came from, and how far it was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memenv_leaderboard.standings import Level


@dataclass(frozen=True)
class Submission:
    """A bundle that was verified and ingested.

    Attributes:
        root: the hash over all of the bundle.
        run: id of the run that it is stored as.
        level: how far it was checked.
        submitter: who sent it, in their words.
        declared: what they say about it and nobody can check: `trained_on` (a list of names of
            suites, environments or data sets, `name:split` for one split), `attempts`, ...
        signed_by: public key in hex; `None` without a signature.
        ingested: when, ISO 8601.
        report: what the verifier found, as plain JSON values.
    """

    root: str
    run: str
    level: Level
    submitter: str
    declared: Mapping[str, Any] = field(default_factory=dict)
    signed_by: str | None = None
    ingested: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)
