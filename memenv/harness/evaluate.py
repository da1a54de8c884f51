"""Evaluating: what is left to run, run it, store it, and say what came out."""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import contextlib
import datetime
import functools
import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future
from dataclasses import dataclass

from memenv import datasets, registry
from memenv.collector import seldom_collected
from memenv.errors import BudgetError, MemenvError
from memenv.harness.config import (
    DEFAULT_EPISODES,
    Config,
    asks_models,
    check,
    identity,
    run_id,
)
from memenv.harness.execute import Spec, execute
from memenv.harness.results import DECLARED, Result, Run, Store
from memenv.models import Models
from memenv.sources import FileSource

PASSING = ("ModelError", "BudgetError", "StoreError")
"""Failures that say nothing about the agent; the same command runs such episodes again."""

SLOW = "Timeout"
"""The failure of an episode that took too long, which says nothing where a server is waited for."""


class WorkerDiedError(MemenvError):
    """A worker process ended before its episode did: no mistake of the command."""


@dataclass(frozen=True)
class Plan:
    """The episodes of a run, and those of them that are still to be run."""

    run: str
    specs: tuple[Spec, ...]
    pending: tuple[Spec, ...]
    notes: tuple[str, ...]

    @functools.cached_property
    def keys(self) -> frozenset[str]:
        """The keys of all episodes."""
        return frozenset(spec.key for spec in self.specs)


def plan(config: Config, store: Store | None, *, retry_failed: bool = False) -> Plan:
    """What a configuration asks for, less what the store has already.

    Raises:
        MemenvError: for a configuration that makes no sense.
    """
    check(config)
    run = run_id(config)
    specs: list[Spec] = []
    notes: list[str] = []
    for target in config.targets:
        source = target.source(config.split, config.secret)
        sha256 = source.sha256 if isinstance(source, FileSource) else None
        count = target.episodes or config.episodes
        if isinstance(source, FileSource):
            have = len(source.instances)
            if count is not None and count > have:
                holds = f"{have} instance{'' if have == 1 else 's'}"
                notes.append(f"{target.label} has {holds}, fewer than {count} episodes")
            count = min(count or have, have)
        for index in range(count or DEFAULT_EPISODES):
            for repeat in range(config.repeats):
                specs.append(Spec(config, target, index, repeat, sha256, run))
    known = {} if store is None else store.scores(run)
    failed = {} if store is None else store.failed(run)
    # A model that could not be asked says nothing about the agent: it is asked again.
    kinds = (*PASSING, SLOW) if asks_models(config) else PASSING
    passing = {key for key, error in failed.items() if error in kinds}
    done = {
        key
        for key, score in known.items()
        if score is not None or not (retry_failed or key in passing)
    }
    pending = tuple(spec for spec in specs if spec.key not in done)
    return Plan(run, tuple(specs), pending, tuple(notes))


def evaluate(
    config: Config,
    store: Store,
    planned: Plan,
    on_result: Callable[[Result], None] = lambda result: None,
    models: Models | None = None,
) -> None:
    """Run the pending episodes of a plan and store each as it ends.

    Interrupting it loses nothing but the episodes under way; what models answered is kept.

    Args:
        config: what to evaluate.
        store: where results are kept.
        planned: what is to be run.
        on_result: told every result.
        models: the way to language models.

    Raises:
        BudgetError: when the dollars are spent, once the calls that were under way are answered;
            episodes that need more are not stored.
        StoreError: when a result cannot be stored.
        WorkerDiedError: when a worker process dies.
    """
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
    places = {
        target.label: _place(target.data) for target in config.targets if target.data is not None
    }
    agent = registry.load("agent", config.agent)
    declares = {name: bool(getattr(agent, name, False)) for name in DECLARED}
    store.begin(Run(planned.run, identity(config), now, places, len(planned.specs), declares))
    spent: list[str] = []
    if config.engine == "processes":
        results = _processes(config.workers, planned.pending)
    else:
        results = _threads(config.workers, _until(spent, planned.pending), models)
    # For all threads, what comes in between, and what is stored: an episode by itself would put
    # things back when it ends, under all that are still running.
    with seldom_collected():
        for result in results:
            if result.failure is not None and result.failure.error == "BudgetError":
                # No more are begun; those under way end at their next call, whose last is paid for.
                spent.append(result.failure.message)
                continue
            store.save(planned.run, result)
            on_result(result)
    if spent:
        raise BudgetError(spent[0])


def _until(stop: Sequence[str], specs: Iterable[Spec]) -> Iterator[Spec]:
    """Specs, as long as there is no reason to stop."""
    return itertools.takewhile(lambda spec: not stop, specs)


def _place(data: str) -> str:
    """Where data lies, so that it can be found from anywhere."""
    located = datasets.locate(data)
    path = os.path.abspath(located.path)
    return path if located.loader is None else f"{located.loader}={path}"


def _threads(
    workers: int, specs: Iterable[Spec], models: Models | None
) -> Generator[Result, None, None]:
    cancelled = threading.Event()
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    try:
        yield from _drive(
            workers, specs, lambda spec: pool.submit(execute, spec, cancelled.is_set, models)
        )
    finally:
        # Reached by Ctrl-C too: what is running is abandoned, what is waiting never starts.
        cancelled.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _processes(workers: int, specs: tuple[Spec, ...]) -> Generator[Result, None, None]:
    # A fresh interpreter per worker: forking a process that has threads is not safe.
    context = multiprocessing.get_context("spawn")
    others = multiprocessing.active_children()
    pool = concurrent.futures.ProcessPoolExecutor(workers, context, begin_worker)

    def submit(spec: Spec) -> Future[Result]:
        with interrupts_held():
            return pool.submit(execute, spec)

    try:
        yield from _drive(workers, specs, submit)
    except concurrent.futures.process.BrokenProcessPool as error:
        raise WorkerDiedError(
            "a worker process died, perhaps for lack of memory; finished episodes are stored: "
            "run the same command again, with fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        # Only ours: who calls this as a library may have children too.
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()


def _drive(
    workers: int, specs: Iterable[Spec], submit: Callable[[Spec], Future[Result]]
) -> Iterator[Result]:
    """Results as they come; only a few episodes ahead, so that records do not pile up."""
    waiting = enumerate(specs)
    running: dict[Future[Result], int] = {}
    while True:
        for number, spec in itertools.islice(waiting, 2 * workers - len(running)):
            running[submit(spec)] = number
        if not running:
            return
        done, _ = concurrent.futures.wait(running, return_when=FIRST_COMPLETED)
        if any(future.exception() for future in done):
            # A pool that broke ends all that is running; what had ended before is not lost.
            done, _ = concurrent.futures.wait(running)
        ended = {future: running.pop(future) for future in done}
        for future in sorted(done, key=lambda each: (each.exception() is not None, ended[each])):
            yield future.result()


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C, and a request to end, wait until a process has been started.

    Ctrl-C reaches every process of the terminal, and the parent decides what it means: a process
    started meanwhile does not see it, not even before `begin_worker`, nor is it left half started.
    """
    came: list[int] = []
    # Only the main thread is ever interrupted, and only it may say what happens then.
    held = threading.current_thread() is threading.main_thread()
    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in handlers if held else ():
        signal.signal(each, lambda number, _: came.append(number))
    # Ctrl-C alone is masked: a worker inherits the mask, and is ended by SIGTERM.
    masks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for each, handler in handlers.items() if held else ():
            signal.signal(each, handler)
        if came:
            signal.raise_signal(came[0])


def begin_worker() -> None:
    """What a worker process does first: it leaves Ctrl-C to its parent, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # What a plug-in prints must not get between what the parent prints.
    sys.stdout = sys.stderr


def _end_with_parent() -> None:
    # A parent that was killed tells nobody, and a worker would wait for its next spec for ever.
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
