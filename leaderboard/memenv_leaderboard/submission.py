"""`Submission`: where a run that somebody sent came from, and how far it was checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memenv import registry
from memenv.errors import SettingError
from memenv_leaderboard.standings import Level

OTHER = "other:"
"""What free text about the training begins with."""

_SPLITS = ("train", "validation", "test", "wording")
_VERSION = re.compile(r"-v\d+$")


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


def check_trained_on(names: Iterable[str], own: Iterable[str] = ()) -> None:
    """Whether everybody can tell what is meant.

    Args:
        names: as they are declared: suites, environments, data files of the run, each with
            `:split` or `/split` for one split, or `other:` and free text.
        own: what the environments and files of the run are called.

    Raises:
        SettingError: for one that is not known, with the nearest that is.
    """
    known = {_plain(name): name for name in (*own, *registry.ENVIRONMENTS)}
    known |= {_plain(name): name for name in registry.names("task")}
    known |= {_plain(name): name for name in registry.names("suite")}
    for name in names:
        base, split = _parted(name)
        if name.startswith(OTHER) or (base in known and split in (None, *_SPLITS)):
            continue
        near = difflib.get_close_matches(base, known, 1, 0.5)
        hint = f"; did you mean {known[near[0]]!r}?" if near else ""
        raise SettingError(
            f"trained on {name!r}: no suite, environment or split of ours{hint} "
            f"Say {OTHER + name!r} for anything else"
        )


def overlap(
    names: Iterable[str],
    tested: Iterable[str],
    split: str,
    suites: Mapping[str, Sequence[str]],
) -> list[str]:
    """Of what an agent was trained on, that which it is tested on.

    Args:
        names: as they are declared; a suite stands for its environments.
        tested: suite, environments, tasks and files that it is tested on.
        split: that it is tested on.
        suites: name -> its environments and their tasks.
    """
    within = {_plain(name): set(map(_plain, parts)) for name, parts in suites.items()}
    goal = {_plain(each) for each in tested if each}
    found = []
    for name in names:
        base, part = _parted(name.removeprefix(OTHER))
        # A split that nobody knows could be any.
        if part in (None, split) or part not in _SPLITS:
            whole = _plain(name.removeprefix(OTHER))
            if goal & {base, whole, *within.get(base, ())}:
                found.append(name)
    return found


def _parted(name: str) -> tuple[str, str | None]:
    """A name in its plain form, and the split behind it."""
    cut = max(name.rfind(":"), name.rfind("/"))
    if cut < 0 or name[:cut].strip().casefold() == "memenv":
        return _plain(name), None
    return _plain(name[:cut]), name[cut + 1 :].strip().casefold()


def _plain(name: str) -> str:
    """A name without case, version and namespace: `MemEnv/Overrides-v0` is `overrides`."""
    return _VERSION.sub("", name.strip().casefold().removeprefix("memenv/"))
