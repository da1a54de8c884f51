"""A bundle verified: read, found whole, done again, compared.

    report = verify(Path("bundle.tar.gz"))
    print(report.verdict, report.score)

First what costs nothing: the archive, the manifest, the hashes, the order of the episodes. Then
every episode by itself (`memenv_leaderboard.checking`), in processes whose memory is limited and
which are ended when time is up.
"""

from __future__ import annotations

import concurrent.futures
import concurrent.futures.process
import contextlib
import datetime
import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from memenv.harness.evaluate import begin_worker, interrupts_held
from memenv.harness.results import Result
from memenv.harness.summary import costs, served, summarise
from memenv.types import canonical_json
from memenv_leaderboard import signing
from memenv_leaderboard.archive import Archive, RefusedError, open_archive
from memenv_leaderboard.bundle import (
    EPISODES,
    FILES,
    MANIFEST,
    MAX_FILE,
    MAX_LINE,
    SCORES,
    SIGNATURE,
    Manifest,
    read_manifest,
)
from memenv_leaderboard.canonical import read_json
from memenv_leaderboard.challenge import Challenge, check_challenged
from memenv_leaderboard.checking import Checked, Terms, check_episode
from memenv_leaderboard.packing import slim, vars_of
from memenv_leaderboard.standings import Level
from memenv_leaderboard.survey import (
    check_created,
    check_hashes,
    check_plugins,
    check_versions,
    data_at_hand,
    survey,
)

Verdict = Literal["verified", "flagged", "refused"]

TIMEOUT = 1800.0
"""Seconds that a verification may take, unless told otherwise."""

MEMORY = 1000
"""Megabytes that all processes of a verification may take together, roughly."""

_MAIN = 250
"""Megabytes of the process that hands out the episodes."""

_BASE = 130
"""Megabytes of a worker that has done nothing yet."""

_LONG = 150
"""Chunks above which an episode has all the memory to itself."""

_TOLD = 20


@dataclass(frozen=True)
class Settings:
    """How to verify.

    Attributes:
        data: files of instances and published data, as `memenv eval --data` takes them.
        challenge: what the run is to answer; `None` for public seeds.
        root: the root hash that it must have; `None` is any.
        operations_only: replay the operations, and leave out reading and scoring.
        workers: processes whose memory is limited, and which are ended when time is up; 0 is this
            process, where time is looked at between episodes alone. Processes need a main module
            that can be imported.
        timeout: seconds for everything.
    """

    data: Sequence[str] = ()
    challenge: Challenge | None = None
    root: str | None = None
    operations_only: bool = False
    workers: int = 0
    timeout: float = TIMEOUT


@dataclass
class Report:
    """What a verification found.

    Attributes:
        root: the root hash; `None` when there is no manifest that could be read.
        verdict: `verified`; `flagged`, when all is as it says and operations say what was not said
            yet; `refused`.
        level: what a verified bundle is worth; `None` when it is not, or was not scored.
        reasons: why it is refused or flagged, at most some.
        more: how many reasons are left out.
        notes: what was not checked, or checked in another way.
        signed_by: the public key.
        episodes: how many were checked, failed ones included.
        claimed: the score that the bundle says.
        score: the score that came out here.
        manifest: what was run, as the bundle says; `None` when it could not be read.
        summary: as `memenv eval --json`, from what came out here.
    """

    root: str | None = None
    verdict: Verdict = "refused"
    level: Level | None = None
    reasons: list[str] = field(default_factory=list)
    more: int = 0
    notes: list[str] = field(default_factory=list)
    signed_by: str | None = None
    episodes: int = 0
    claimed: float | None = None
    score: float | None = None
    manifest: Manifest | None = None
    summary: Mapping[str, Any] | None = None

    def because(self, reason: str) -> None:
        """Note a reason."""
        if len(self.reasons) < _TOLD:
            self.reasons.append(reason)
        else:
            self.more += 1

    def note(self, note: str) -> None:
        """Note once what has to be said of many episodes."""
        if note not in self.notes and len(self.notes) < _TOLD:
            self.notes.append(note)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        value = {**vars(self)}
        value["manifest"] = None if self.manifest is None else self.manifest.model_dump()
        value["verified"] = self.verdict == "verified"
        return value


def verify(
    path: Path,
    settings: Settings | None = None,
    on_result: Callable[[Result], None] | None = None,
    on_episode: Callable[[int, int], None] = lambda done, count: None,
) -> Report:
    """Verify a bundle; whatever is wrong with it is in the report.

    Args:
        path: of the bundle.
        settings: how.
        on_result: told every episode as it came out here, in their order; not those refused.
        on_episode: told after every episode how many are done, of how many.

    Raises:
        DataError: when the file, or data that was named, cannot be read.
        SettingError: for a signed bundle without the package that checks signatures.
    """
    settings = settings or Settings()
    report = Report()
    begun = time.monotonic()
    try:
        with open_archive(path, FILES) as archive:
            terms = _opened(archive, report, settings, whole=on_result is not None)
            assert report.manifest is not None
            deadline = begun + settings.timeout
            survey(archive, report.manifest, lambda: _in_time(deadline, settings))
            results = _episodes(archive, terms, report, settings, deadline, on_result, on_episode)
            if not settings.operations_only and report.verdict != "refused":
                _compare_scores(archive, report, results)
            refused = _conclude(report, settings)
    except RefusedError as error:
        refused = True
        report.because(str(error))
    if refused:
        report.verdict, report.level = "refused", None
    return report


def _in_time(deadline: float, settings: Settings) -> None:
    if time.monotonic() > deadline:
        raise _late(settings)


def _late(settings: Settings) -> RefusedError:
    return RefusedError(f"not verified within {settings.timeout:g} seconds; --timeout allows more")


def _conclude(report: Report, settings: Settings) -> bool:
    """The verdict of a bundle that could be read whole; whether it is refused."""
    if report.verdict == "refused" and report.reasons:
        return True
    report.verdict = "flagged" if report.reasons else "verified"
    if settings.operations_only:
        report.note("operations only: nothing was read and scored, so no number is verified")
    elif not report.reasons:
        report.level = "replayed" if settings.challenge is None else "challenged"
    return False


def _opened(archive: Archive, report: Report, settings: Settings, *, whole: bool) -> Terms:
    """What can be said from the manifest alone."""
    content = archive.read(MANIFEST, MAX_FILE)
    manifest = report.manifest = read_manifest(content)
    report.root = manifest.root
    if settings.root is not None and settings.root != manifest.root:
        raise RefusedError(f"it is another bundle: its root is not {settings.root[:80]!a}")
    if SIGNATURE in archive.names:
        report.signed_by = signing.signed_by(archive.read(SIGNATURE, MAX_FILE), report.root)
    plain = check_hashes(archive, manifest)
    said = read_json(archive.read(SCORES, MAX_FILE), SCORES)
    if not isinstance(said, dict):
        raise RefusedError(f"{SCORES}: expected an object")
    report.claimed = said.get("score") if isinstance(said.get("score"), float) else None
    check_created(manifest, datetime.datetime.now(datetime.UTC))
    check_versions(manifest)
    for note in check_plugins(manifest):
        report.note(note)
    if settings.challenge is not None:
        check_challenged(manifest, settings.challenge)
    elif manifest.identity.secret is not None:
        raise RefusedError(
            "its seeds are private: it can be verified with the challenge that it answers, "
            "--challenge FILE"
        )
    salt = None if settings.challenge is None else settings.challenge.salt
    data = data_at_hand(manifest, settings.data)
    return Terms(plain, data, salt, settings.operations_only, whole)


def _episodes(
    archive: Archive,
    terms: Terms,
    report: Report,
    settings: Settings,
    deadline: float,
    on_result: Callable[[Result], None] | None,
    on_episode: Callable[[int, int], None],
) -> list[Result]:
    """Check every episode; what is left of their results is what a summary needs."""
    assert report.manifest is not None
    count = report.manifest.episodes.count
    results: list[Result] = []
    lines = enumerate(archive.lines(EPISODES, MAX_LINE), start=1)
    refused = False
    for checked in _checks(terms, lines, settings, deadline, _workers(report.manifest, settings)):
        report.episodes += 1
        if checked.refused is not None:
            refused = True
            report.because(f"episode {checked.key!a}: {checked.refused}")
        for flag in checked.flagged:
            report.because(f"episode {checked.key!a}: {flag}")
        for note in checked.notes:
            report.note(note)
        if checked.result is not None:
            if on_result is not None:
                on_result(checked.result)
            results.append(slim(checked.result) if terms.whole else checked.result)
        on_episode(report.episodes, count)
    report.verdict = "refused" if refused else "verified"
    return results


def _workers(manifest: Manifest, settings: Settings) -> int:
    long = any((target.size or 0) > _LONG for target in manifest.identity.targets)
    return min(settings.workers, 1) if long else settings.workers


def _checks(
    terms: Terms,
    lines: Iterable[tuple[int, bytes]],
    settings: Settings,
    deadline: float,
    workers: int,
) -> Iterator[Checked]:
    """The checks of all lines, in their order."""
    if not workers:
        for number, content in lines:
            _in_time(deadline, settings)
            yield check_episode(terms, content, number)
        return
    ready: dict[int, Checked] = {}
    given = 1
    with _pool(workers) as pool:
        running: dict[concurrent.futures.Future[Checked], int] = {}
        while True:
            for number, content in itertools.islice(lines, 2 * workers - len(running)):
                with interrupts_held():
                    running[pool.submit(check_episode, terms, content, number)] = number
            if not running:
                return
            left = max(0.0, deadline - time.monotonic())
            done, _ = concurrent.futures.wait(
                running, left, return_when=concurrent.futures.FIRST_COMPLETED
            )
            if not done:
                raise _late(settings)
            for future in done:
                number = running.pop(future)
                ready[number] = _outcome(future, number)
            while given in ready:
                yield ready.pop(given)
                given += 1


def _outcome(future: concurrent.futures.Future[Checked], number: int) -> Checked:
    try:
        return future.result()
    except (concurrent.futures.process.BrokenProcessPool, MemoryError) as error:
        raise RefusedError(
            f"the check of {EPISODES}, about line {number}, ended its process, perhaps for lack of "
            f"memory: try --workers 1"
        ) from error


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[concurrent.futures.ProcessPoolExecutor]:
    """Processes that end with this block, whatever they are doing."""
    others = multiprocessing.active_children()
    room = (MEMORY - _MAIN) // workers - _BASE
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin, (room,)
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        # Only ours: who calls this as a library may have children too.
        for process in multiprocessing.active_children():
            if process not in others:
                process.terminate()


def _begin(room: int) -> None:
    """What a worker does first: it takes no more memory than it has room for, in megabytes."""
    begin_worker()
    try:
        import resource

        status = Path("/proc/self/status").read_text("ascii", "replace")
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if "VmData" in line)
        limit = kilobytes * 1024 + room * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    except (ImportError, OSError, ValueError, StopIteration):
        # Another system than Linux: what is read is bounded anyway.
        return


def _compare_scores(archive: Archive, report: Report, results: Sequence[Result]) -> None:
    """The summary of what came out here is the one that was sent."""
    manifest = report.manifest
    assert manifest is not None
    identity = manifest.identity
    summary = summarise(
        manifest.run, identity.agent.name, identity.reader.name, identity.capacity, results
    )
    report.summary, report.score = summary, summary["score"]
    said = read_json(archive.read(SCORES, MAX_FILE), SCORES)
    if set(said) != set(summary):
        raise RefusedError(f"{SCORES} has not the keys that a summary has")
    digests = any("digests are not compared" in note for note in report.notes)
    for name, ours in summary.items():
        if name == "digest" and digests:
            continue
        if canonical_json(ours) != canonical_json(said[name]):
            raise RefusedError(
                f"{SCORES}: {name} is {canonical_json(ours)[:120]} here, the bundle says "
                f"{canonical_json(said[name])[:120]}"
            )
    _check_costs(manifest, results)
    if summary["failed"]:
        report.note(f"{summary['failed']} of {summary['episodes']} episodes have no score")


def _check_costs(manifest: Manifest, results: Sequence[Result]) -> None:
    spent = {part: vars_of(usage) for part, usage in costs(results).items()}
    said = {part: usage.model_dump() for part, usage in manifest.costs.items()}
    if canonical_json(spent) != canonical_json(said):
        raise RefusedError(f"{MANIFEST}: the costs are not the sum of those of the episodes")
    models = {part: list(kinds.get("models", {})) for part, kinds in served(results).items()}
    if models != manifest.models:
        raise RefusedError(f"{MANIFEST}: the models are not those that the episodes name")
