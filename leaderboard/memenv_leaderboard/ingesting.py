"""A bundle into the database: verified first, and with the numbers that came out here."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from memenv.errors import SettingError
from memenv.harness.results import Failure, Result, Run
from memenv.types import canonical_json
from memenv_leaderboard import board
from memenv_leaderboard.bootstrap import interval
from memenv_leaderboard.bundle import Manifest
from memenv_leaderboard.standings import LEVELS, Level
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.submission import Submission
from memenv_leaderboard.survey import whole
from memenv_leaderboard.verifying import Report, Settings, verify

_SAME = ("capacity", "layout", "repeats", "seed", "secret", "split", "tokenizer", "view")


@dataclass(frozen=True)
class Ingested:
    """What became of a bundle.

    Attributes:
        report: of its verification.
        run: what it is stored as; `None` when it was refused.
        added: whether it is new.
        level: what it is stored with; `None` when it was refused.
    """

    report: Report
    run: str | None
    added: bool
    level: Level | None


def known(store: SqliteStore, path: Path) -> Submission | None:
    """The submission of a bundle that is in the database already, and is not damaged here."""
    manifest = whole(path)
    if manifest is None:
        return None
    return next((each for each in store.submissions() if each.root == manifest.root), None)


def ingest(
    path: Path,
    store: SqliteStore,
    settings: Settings,
    now: str,
    *,
    despite_flags: bool = False,
    own: Run | None = None,
    on_episode: Callable[[int, int], None] = lambda done, count: None,
) -> Ingested:
    """Verify a bundle and store what came out.

    Args:
        path: of the bundle.
        store: where to.
        settings: of the verification.
        now: the time, ISO 8601.
        despite_flags: a person has looked at what was flagged, and found it right.
        own: a run of this database that reproduces it.
        on_episode: told after every episode how many are done, of how many.

    Raises:
        SettingError: when only operations are to be checked, or `own` is no such run.
        DataError: when the file, or data that was named, cannot be read.
        StoreError: when the database cannot be written; nothing of the bundle is stored then.
    """
    if settings.operations_only:
        raise SettingError("a bundle is ingested with scores: verify all of it")
    before = known(store, path)
    with tempfile.TemporaryFile(mode="w+", encoding="ascii") as spool:

        def keep(result: Result) -> None:
            spool.write(canonical_json(asdict(result)) + "\n")

        report = verify(path, settings, keep, on_episode)
        flagged = report.verdict == "flagged" and despite_flags
        if report.verdict != "verified" and not flagged:
            return Ingested(report, None, False, None)
        level: Level = "replayed" if settings.challenge is None else "challenged"
        if own is not None:
            _check_reproduced(report, store, own)
            level = "reproduced"
        if before is not None:
            return _again(report, store, before, level)
        run, added = _stored(report, store, spool, level, now)
    return Ingested(report, run, added, level)


def _again(report: Report, store: SqliteStore, before: Submission, level: Level) -> Ingested:
    """One that is there already: its level may rise."""
    with store._explained(), store._transaction():
        board.raise_level(store._conn, before.root, level)
    highest = max(level, before.level, key=LEVELS.index)
    return Ingested(report, before.run, False, highest)


def _stored(
    report: Report, store: SqliteStore, spool: IO[str], level: Level, now: str
) -> tuple[str, bool]:
    manifest, root = report.manifest, report.root
    assert manifest is not None
    assert root is not None
    # A run of its own, so that `memenv eval` never takes what was sent for what it has run.
    names = [root[:12]]
    if any(run.id == manifest.run for run in store.runs()):
        # Unless the same was run here, and came to the same.
        names.insert(0, manifest.run)
    identity = manifest.identity.model_dump(exclude_unset=True)
    for name in names:
        run = Run(
            id=name,
            identity=identity,
            created=manifest.created,
            planned=manifest.episodes.count,
            declares=manifest.traits.model_dump(),
        )
        submission = Submission(
            root=root,
            run=name,
            level=level,
            submitter=manifest.declared.submitter,
            declared=manifest.declared.model_dump(),
            signed_by=report.signed_by,
            ingested=now,
            report=_kept(report, manifest),
        )
        try:
            return name, store.ingest(run, _results(spool), submission)
        except SettingError:
            if name == names[-1]:
                raise
    raise AssertionError("there is always a name")


def _kept(report: Report, manifest: Manifest) -> dict[str, Any]:
    """What is worth keeping of a report beside the numbers themselves."""
    return {
        "verdict": report.verdict,
        "reasons": report.reasons,
        "notes": report.notes,
        "episodes": report.episodes,
        "score": report.score,
        "memenv": manifest.memenv,
        "packed_as": manifest.run,
        "prompts": manifest.prompts,
        "models": manifest.models,
    }


def _results(spool: IO[str]) -> Iterator[Result]:
    spool.seek(0)
    for line in spool:
        value = json.loads(line)
        failure = value.pop("failure")
        yield Result(**value, failure=None if failure is None else Failure(**failure))


def _check_reproduced(report: Report, store: SqliteStore, own: Run) -> None:
    """A run of ours is one of the same, and the score lies in its interval.

    Raises:
        SettingError: when it does not.
    """
    manifest = report.manifest
    assert manifest is not None
    if own.created == manifest.created:
        raise SettingError(f"run {own.id} is the one that was packed: reproduce with another run")
    if own.identity.get("rescored"):
        raise SettingError(f"run {own.id} was rescored, not run: reproduce with a run of its own")
    if any(each.run == own.id == each.root[:12] for each in store.submissions()):
        raise SettingError(f"run {own.id} came in a bundle: reproduce with a run of this machine")
    theirs, ours = manifest.identity.model_dump(exclude_unset=True), own.identity
    differing = [name for name in _SAME if theirs.get(name) != ours.get(name)]
    for kind in ("agent", "reader"):
        if any(theirs[kind][name] != ours[kind][name] for name in ("name", "arguments")):
            differing.append(kind)
    if [_place(each) for each in theirs["targets"]] != [_place(each) for each in ours["targets"]]:
        differing.append("environments")
    if differing:
        raise SettingError(f"run {own.id} is not one of the same: {', '.join(differing)} differ")
    scores: dict[str, list[float]] = {}
    episodes = 0
    for result in store.results(own.id):
        episodes += 1
        if result.record is not None and result.score is not None:
            scores.setdefault(result.record["instance"]["competency"], []).append(result.score)
    if episodes != report.episodes:
        raise SettingError(f"run {own.id} has {episodes} episodes, the bundle {report.episodes}")
    within = interval(scores)
    if within is None or report.score is None:
        raise SettingError(f"run {own.id} has too few episodes for an interval")
    if not within[0] <= round(report.score, 6) <= within[1]:
        raise SettingError(
            f"the score {report.score:.3f} is not reproduced: run {own.id} has the interval "
            f"{within[0]:.3f} to {within[1]:.3f}"
        )


def _place(target: dict[str, Any]) -> tuple[Any, ...]:
    data = target.get("data") or {}
    return target["env"], target.get("size"), target.get("name"), data.get("sha256")
