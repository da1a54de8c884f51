"""The processes that play: what they give back does not depend on how many there are."""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import fsum
from typing import Any, TypeVar

from memenv.errors import SettingError
from memenv_baselines.compact import Weights
from memenv_baselines.training.rollout import (
    Examined,
    Group,
    drawn_environment,
    examined,
    grouped,
)
from memenv_baselines.training.settings import Settings

R = TypeVar("R")

FIRST = 1_000_000
"""The seed of the first instance of an evaluation."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Crew:
    """Plays the groups of an update and the episodes of an evaluation.

    Args:
        settings: of the run.
        workers: processes; 0 is this one.
    """

    def __init__(self, settings: Settings, workers: int) -> None:
        if isinstance(workers, bool) or not 0 <= workers <= 256:
            raise SettingError(f"workers is a number of processes from 0 to 256, not {workers!r}")
        self._settings = settings
        self._pool: concurrent.futures.ProcessPoolExecutor | None = None
        if workers:
            # Fresh interpreters: a copy of this one would have torch and its threads in it.
            context = multiprocessing.get_context("spawn")
            self._pool = concurrent.futures.ProcessPoolExecutor(workers, context, _begin)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def play(self, weights: Weights, update: int) -> list[Group]:
        """The groups of an update, by slot."""
        slots = range(self._settings.instances)
        # The longest first, so that no process is left with one at the end.
        sizes = {slot: drawn_environment(self._settings, update, slot)[1] for slot in slots}
        jobs = [(self._settings, weights, update, slot) for slot in slots]
        return self._all(grouped, jobs, sorted(slots, key=lambda slot: (-sizes[slot], slot)))

    def evaluate(self, weights: Weights) -> dict[str, float]:
        """Environment -> mean score on held-out streams of the longest size."""
        settings = self._settings
        jobs = [
            (settings, weights, name, max(settings.sizes), "validation", FIRST + number)
            for name in settings.environments
            for number in range(settings.evaluation)
        ]
        found: list[Examined] = self._all(examined, jobs, range(len(jobs)))
        scores: dict[str, list[float]] = {}
        for each in found:
            scores.setdefault(each.name, []).append(each.score)
        return {name: fsum(each) / len(each) for name, each in scores.items()}

    def _all(self, function: Callable[..., R], jobs: list[Any], order: Any) -> list[R]:
        if self._pool is None:
            return [function(*job) for job in jobs]
        try:
            with _calm():
                futures = {i: self._pool.submit(function, *jobs[i]) for i in order}
            return [futures[i].result() for i in range(len(jobs))]
        except concurrent.futures.process.BrokenProcessPool as error:
            raise SettingError(
                "a process that plays died, perhaps for lack of memory: try fewer --workers; "
                "--resume goes on from the last checkpoint"
            ) from error


def _begin() -> None:
    # Ctrl-C is for the process that trains, which ends these.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A parent that was killed tells nobody, and a worker would wait for its next job for ever.
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _calm() -> Iterator[None]:
    """Processes that start now do their arithmetic on one thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
