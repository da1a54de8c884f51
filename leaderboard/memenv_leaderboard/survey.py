"""What can be said of a bundle before any of its episodes is done again: its hashes, its order."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from memenv import __version__, datasets, registry, tokens
from memenv.errors import UnknownNameError
from memenv.memory import get_layout
from memenv.types import canonical_json, sha256
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
    chained,
    read_manifest,
    see_line,
)
from memenv_leaderboard.canonical import read_json
from memenv_leaderboard.packing import instances_hash
from memenv_leaderboard.plugins import agent_class, installed, plugin_class, recredits, rereads


def whole(path: Path) -> Manifest | None:
    """The manifest of a bundle all of whose hashes are right; `None` for any other file.

    Nothing is done again: of a bundle whose root was verified before, this says all.

    Raises:
        DataError: when the file cannot be read.
        SettingError: for a signed bundle without the package that checks signatures.
    """
    try:
        with open_archive(path, FILES) as archive:
            manifest = read_manifest(archive.read(MANIFEST, MAX_FILE))
            if SIGNATURE in archive.names:
                signing.signed_by(archive.read(SIGNATURE, MAX_FILE), manifest.root)
            check_hashes(archive, manifest)
            survey(archive, manifest)
    except RefusedError:
        return None
    return manifest


def check_hashes(archive: Archive, manifest: Manifest) -> dict[str, Any]:
    """The run has the name of its identity, and the scores have their hash.

    Returns:
        The identity as plain values, as it was sent.

    Raises:
        RefusedError: when it is not so.
    """
    identity: dict[str, Any] = read_json(archive.read(MANIFEST, MAX_FILE), MANIFEST)["identity"]
    if sha256(canonical_json(identity))[:12] != manifest.run:
        raise RefusedError(f"{MANIFEST}: the run is not named by the hash of its identity")
    if hashlib.sha256(archive.read(SCORES, MAX_FILE)).hexdigest() != manifest.scores:
        raise RefusedError(f"{SCORES} was changed: the manifest has another hash of it")
    return identity


_SLACK = datetime.timedelta(days=1)


def check_created(manifest: Manifest, now: datetime.datetime) -> None:
    """A run was not made in the future; clocks may differ by a day.

    Raises:
        RefusedError: when it was.
    """
    if datetime.datetime.fromisoformat(manifest.created) > now + _SLACK:
        raise RefusedError(f"{MANIFEST}: created {manifest.created!a}, which is in the future")


def check_versions(manifest: Manifest) -> None:
    """Tokens are counted, and stores are called, as here.

    Raises:
        RefusedError: when they are not.
    """
    ours = tokens.bundled().label
    if manifest.identity.tokenizer != ours:
        raise RefusedError(
            f"{MANIFEST}: tokenizer {manifest.identity.tokenizer!a} is not known here, tokens are "
            f"counted with {ours}"
        )
    try:
        get_layout(manifest.identity.layout)
    except UnknownNameError as error:
        raise RefusedError(f"{MANIFEST}: {error}") from error


def check_plugins(manifest: Manifest) -> list[str]:
    """What is named is installed here, or needs nobody to run it; notes on the latter.

    Raises:
        RefusedError: for what is needed and is not here, or is not as the manifest says.
    """
    notes: list[str] = []
    identity = manifest.identity
    for target in identity.targets:
        if target.data is None:
            known = target.env in registry.ENVIRONMENTS or installed("task", target.env)
            if not known or target.env == registry.FILE_ENVIRONMENT:
                raise RefusedError(
                    f"{MANIFEST}: task {target.env!a} is not installed here, and nothing that a "
                    f"bundle names is loaded"
                )
        elif target.env != registry.FILE_ENVIRONMENT or target.size is not None:
            raise RefusedError(f"{MANIFEST}: data is for {registry.FILE_ENVIRONMENT} alone")
    agent = agent_class(identity.agent.name)
    if agent is None:
        notes.append(f"agent {identity.agent.name!a} is not installed here; it is not needed")
    else:
        for name in ("stateful", "needs_instance"):
            if bool(getattr(agent, name, False)) != getattr(manifest.traits, name):
                raise RefusedError(
                    f"{MANIFEST}: agent {identity.agent.name!a} does not declare {name} as the "
                    f"bundle says"
                )
    notes += _check_prompts(manifest)
    if manifest.memenv != __version__:
        notes.append(f"packed by memenv {manifest.memenv}, verified by {__version__}")
    reader, credit = identity.reader, identity.credit
    if installed("reader", reader.name) and rereads(reader.name, reader.arguments):
        version = str(getattr(registry.load("reader", reader.name), "version", "0"))
        if version != reader.version:
            raise RefusedError(
                f"{MANIFEST}: reader {reader.name!a} is version {version} here, the run has "
                f"{reader.version!a}: `memenv rescore` grades a run anew, then pack that"
            )
    if not recredits(credit.name, credit.arguments):
        notes.append(f"credit {credit.name!a} is not run here; it is no part of the score")
    return notes


def _check_prompts(manifest: Manifest) -> list[str]:
    """The prompts are those of the plug-ins that are installed here; notes on those that are not.

    Raises:
        RefusedError: when a plug-in of the same version has others.
    """
    notes: list[str] = []
    identity = manifest.identity
    said = {str(kind): prompts for kind, prompts in manifest.prompts.items()}
    for kind, plugin in (("agent", identity.agent), ("reader", identity.reader)):
        known = plugin_class(kind, plugin.name)
        if known is None:
            continue
        version = str(getattr(known, "version", "0"))
        if version != plugin.version:
            notes.append(
                f"{kind} {plugin.name!a} is version {version} here, the run has "
                f"{plugin.version!a}: its prompts are not compared"
            )
        elif dict(getattr(known, "prompts", {})) != said.get(kind, {}):
            raise RefusedError(
                f"{MANIFEST}: the prompts of {kind} {plugin.name!a} have other hashes"
            )
    judge = {} if identity.judge_scorer is None else identity.judge_scorer.prompts
    if judge != said.get("judge", {}):
        raise RefusedError(f"{MANIFEST}: the prompts of the judge are not those of the run")
    return notes


def data_at_hand(manifest: Manifest, files: Sequence[str]) -> dict[str, str]:
    """The data of the run that is at hand: sha256 -> where."""
    found = {}
    for file in files:
        found[datasets.content_sha256(datasets.locate(file).path)] = file
    for target in manifest.identity.targets:
        # A prepared data set is known by its name; no path of a bundle is ever looked at.
        if target.data is None or target.data.name not in registry.names("loader"):
            continue
        place = datasets.prepared(target.data.name)
        if place.exists():
            found.setdefault(datasets.content_sha256(place), str(place))
    return found


def survey(
    archive: Archive, manifest: Manifest, on_line: Callable[[], None] = lambda: None
) -> None:
    """The episodes as they stand there: their chain, their order, that none is missing.

    Args:
        archive: of the bundle.
        manifest: of the bundle.
        on_line: called before every line; what it raises ends the survey.

    Raises:
        RefusedError: for what is not in order.
    """
    chain, before = "", None
    counts: Counter[str] = Counter()
    digests: dict[str, list[str]] = {each.env: [] for each in manifest.environments}
    number = failed = 0
    for number, content in enumerate(archive.lines(EPISODES, MAX_LINE), start=1):
        on_line()
        if number > manifest.episodes.count:
            raise RefusedError(f"{EPISODES} has more than {manifest.episodes.count} episodes")
        value, line = see_line(content, number)
        chain = chained(chain, value)
        if line.chain != chain:
            raise RefusedError(
                f"{EPISODES}, line {number} ({line.key!a}): its hash does not continue the chain: "
                f"it was changed, moved, or one before it was left out"
            )
        place = (line.env, line.index, line.repeat)
        if before is not None and place <= before:
            what = "is there twice" if place == before else "is out of order"
            raise RefusedError(f"{EPISODES}, line {number}: episode {line.key!a} {what}")
        before = place
        if line.env not in digests:
            raise RefusedError(f"{EPISODES}, line {number}: the run has no {line.env!a}")
        expected = divmod(counts[line.env], manifest.identity.repeats)
        if (line.index, line.repeat) != expected:
            missing = f"{line.env}/{expected[0]}/{expected[1]}"
            raise RefusedError(f"{EPISODES}, line {number}: episode {missing!a} is missing")
        counts[line.env] += 1
        failed += line.failed
        if line.instance is not None:
            digests[line.env].append(line.instance)
    episodes = manifest.episodes
    if (number, failed, chain) != (episodes.count, episodes.failed, episodes.chain):
        raise RefusedError(
            f"{EPISODES} has {number} episodes, {failed} of them failed; the manifest says "
            f"{episodes.count} and {episodes.failed}, or another chain"
        )
    labels = [target.label for target in manifest.identity.targets]
    if labels != [each.env for each in manifest.environments]:
        raise RefusedError(f"{MANIFEST}: the environments are not those of the run")
    for each in manifest.environments:
        if counts[each.env] != each.episodes or counts[each.env] % manifest.identity.repeats:
            raise RefusedError(
                f"{MANIFEST}: {each.env!a} has {counts[each.env]} episodes, not {each.episodes}"
            )
        if instances_hash(digests[each.env]) != each.instances:
            raise RefusedError(f"{MANIFEST}: the instances of {each.env!a} have another hash")
