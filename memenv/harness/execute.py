"""One episode from its spec, guarded: a failure is attributed to a stage and stops nothing else."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memenv import registry, run
from memenv.errors import DataError
from memenv.harness.client import sampled
from memenv.harness.config import Config, Target
from memenv.harness.failures import said
from memenv.harness.results import Failure, Result
from memenv.models import Models
from memenv.sources import FileSource

_LOOK_SECONDS = 0.5
"""How often an episode's end is asked for; what it takes after Ctrl-C is a little longer."""


@dataclass(frozen=True)
class Spec:
    """An episode to be run; small, so that it travels to other processes.

    Attributes:
        config: of the run.
        target: where its instance comes from.
        index: number of the episode in its environment.
        repeat: number of the repetition.
        sha256: of the data file when the run was planned; `None` for a generated environment.
        run: its run.
    """

    config: Config
    target: Target
    index: int
    repeat: int
    sha256: str | None = None
    run: str = ""

    @property
    def key(self) -> str:
        """Unique in its run."""
        return f"{self.target.label}/{self.index}/{self.repeat}"


def execute(
    spec: Spec, cancelled: Callable[[], bool] = lambda: False, models: Models | None = None
) -> Result:
    """Run one episode, for at most its timeout.

    The episode has a thread of its own, because nothing else can leave a call that hangs; it is
    abandoned when time is up, and stops by itself at its next step.
    """
    begun = time.monotonic()
    attempt = _Attempt(spec, begun + spec.config.timeout, models)
    thread = threading.Thread(target=attempt.run, daemon=True)
    thread.start()
    while thread.is_alive() and time.monotonic() < attempt.deadline and not cancelled():
        # Seldom, as hundreds may wait like this one, and every look holds up those that work.
        thread.join(min(_LOOK_SECONDS, max(0.0, attempt.deadline - time.monotonic())))
    seconds = time.monotonic() - begun
    if thread.is_alive():
        attempt.abandoned = True
        limit = f"took longer than {spec.config.timeout:g} seconds"
        message = "interrupted" if cancelled() else limit
        failure = Failure(attempt.stage, "Timeout", message)
        return Result(spec.key, spec.target.label, spec.index, spec.repeat, None, failure, seconds)
    record, failed = attempt.record, attempt.failure
    if record is not None:
        record["seconds"] = seconds
    return Result(spec.key, spec.target.label, spec.index, spec.repeat, record, failed, seconds)


class _Abandoned(Exception):  # noqa: N818
    """Nobody waits for this episode any more."""


class _Attempt:
    """What a thread does with a spec, and how far it has come."""

    def __init__(self, spec: Spec, deadline: float, models: Models | None) -> None:
        self.spec = spec
        self.models = models
        self.deadline = deadline
        self.stage = "task"
        self.abandoned = False
        self.record: dict[str, Any] | None = None
        self.failure: Failure | None = None

    def run(self) -> None:
        # The one place that catches everything: whatever a plug-in does wrong is a failed episode.
        try:
            # What a model answered to this episode is its own, also when it is run again.
            with sampled(f"{self.spec.run}/{self.spec.key}"):
                self.record = self._episode()
        except _Abandoned:
            pass
        # `SystemExit` too: a thread would end of it without a word.
        except BaseException as error:
            self.failure = Failure(self.stage, type(error).__name__, said(error))

    def _episode(self) -> dict[str, Any]:
        config = self.spec.config
        source = self.spec.target.source(config.split, config.secret)
        # The run is named by the file as it was; another content is another run.
        changed = isinstance(source, FileSource) and source.sha256 != self.spec.sha256
        if changed and self.spec.sha256 is not None:
            raise DataError(f"{self.spec.target.data} has changed since the run was begun")
        instance = source.pick(config.seed + self.spec.index)
        arguments = {
            "agent": with_seed(config, self.spec.repeat),
            "reader": config.reader_arguments,
            "credit": config.credit_arguments,
        }
        record = run.run_episode(
            instance,
            config.agent,
            config.reader,
            config.credit,
            config.capacity,
            config.layout,
            view=config.view,
            arguments=arguments,
            models=self.models,
            verdicts=judge_of(config),
            watch=self._watch,
        )
        # A value that JSON cannot hold is found here; no scheme is to blame for it.
        self.stage = "record"
        return record.to_dict()

    def _watch(self, stage: str, step: int) -> None:
        if self.abandoned:
            raise _Abandoned
        self.stage = f"{stage}, step {step}" if stage == "agent" else stage


def judge_of(config: Config) -> Any:
    """The scorer that asks the judge of a run; `None` without one."""
    if config.judge is None:
        return None
    return registry.make("scorer", "judge", model=config.judge, base_url=config.judge_base_url)


def with_seed(config: Config, repeat: int) -> dict[str, Any]:
    """The agent's arguments; on a repeat, one that takes a `seed` gets another."""
    arguments = dict(config.agent_arguments)
    if repeat:
        taken = inspect.signature(registry.load("agent", config.agent)).parameters
        if "seed" in taken:
            first = arguments.get("seed", taken["seed"].default)
            arguments["seed"] = (first if isinstance(first, int) else 0) + repeat
    return arguments
