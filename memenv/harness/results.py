"""What comes out of an episode, and the protocol of the place that keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

DECLARED = ("stateful", "needs_instance")
"""What an agent declares that decides beside whom its scores may stand."""


@dataclass(frozen=True)
class Run:
    """A run as it is stored.

    Attributes:
        id: the hash of its identity.
        identity: all that makes it that run.
        created: when it was begun.
        places: name of a data file -> where it lay then; no part of the identity.
        planned: how many episodes it was to have when it was begun or resumed last.
        declares: what its agent says of itself, `stateful` and `needs_instance`; nothing in a run
            that was stored before this was noted.
    """

    id: str
    identity: Mapping[str, Any]
    created: str
    places: Mapping[str, str] = field(default_factory=dict)
    planned: int = 0
    declares: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why an episode has no record: the stage it failed in, the kind of error, its message."""

    stage: str
    error: str
    message: str


@dataclass(frozen=True)
class Result:
    """One episode of a run.

    Attributes:
        key: unique in its run: `<environment>/<episode>/<repeat>`.
        env: label of the environment.
        index: number of the episode in its environment.
        repeat: number of the repetition.
        record: as `Record.to_dict()` gives it; `None` when the episode failed.
        failure: why; `None` when it did not fail.
        seconds: wall-clock time.
    """

    key: str
    env: str
    index: int
    repeat: int
    record: Mapping[str, Any] | None
    failure: Failure | None
    seconds: float

    @property
    def score(self) -> float | None:
        """The episode's score; `None` when it failed or could not be scored."""
        return None if self.record is None else self.record["score"]


class Store(Protocol):
    """Keeps runs and results; implemented by `memenv_leaderboard.store`, handed in by the cli.

    Every method raises `StoreError` when the database cannot be read or written.
    """

    def begin(self, run: Run) -> None:
        """Note a run; of a known one, that it is used again and how much of it is planned now."""

    def save(self, run: str, result: Result) -> None:
        """Store one result whole or not at all, in place of an earlier one of the same key."""

    def scores(self, run: str) -> dict[str, float | None]:
        """Key -> score, in the order of `results`; `None` for one that has no score."""

    def failed(self, run: str) -> dict[str, str]:
        """Key -> kind of error, of the results of a run that are failures."""

    def result(self, run: str, key: str) -> Result:
        """One result of a run, with its steps."""

    def results(self, run: str, *, steps: bool = False) -> Iterable[Result]:
        """The results of a run by environment, episode and repeat; with their steps on request."""

    def runs(self) -> list[Run]:
        """All runs, the one used last first."""

    def find(self, run: str) -> Run:
        """The run of an id or of its unique beginning; `latest` is the one used last.

        Raises:
            UnknownNameError: when there is none.
            SettingError: when there are several, or no id is given.
        """


class Cache(Protocol):
    """Keeps what models answered; any thread may use it, and a killed process loses nothing.

    Every method raises `StoreError` when the database cannot be read or written.
    """

    def cached(self, key: str) -> str | None:
        """What was kept under a key; `None` when nothing was."""

    def cache(self, key: str, model: str, value: str) -> None:
        """Keep a value for good before returning; one that is kept already is replaced."""
