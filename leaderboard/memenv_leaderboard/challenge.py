"""Challenges: seeds that nobody could know before the agent was committed to.

    memenv submit commit --agent mine:Agent --submitter me prompts/*.txt -o commitment.json
    memenv submit challenge commitment.json -o challenge.json

The submitter sends a commitment: the hash of the agent's code and of files named with it. The
maintainer answers with a challenge, a salt drawn at random, and keeps a copy. The run is made with
`MEMENV_SECRET` set to the salt, and the bundle names the commitment. Verification, with the
maintainer's copy, makes the streams with the salt and looks whether the agent is the one that was
committed to, as far as the bundle says: only whoever runs it again can tell what really ran.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from memenv.errors import DataError, SettingError
from memenv.files import read_bytes
from memenv.harness import config
from memenv.sources import file_sha256, secret_key
from memenv.types import canonical_json, sha256
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.bundle import Hash, Manifest, Name, Plugin
from memenv_leaderboard.canonical import Strict, checked, read_json

DAYS = 1
"""Until a run is due."""


class Commitment(Strict):
    """What a submitter commits to."""

    format: Literal["memenv-commitment"]
    submitter: Annotated[Name, Field(min_length=1)]
    agent: Plugin
    library: Name
    files: dict[Name, Hash]

    @property
    def hash(self) -> str:
        """What a bundle names it by."""
        return sha256(canonical_json(self.model_dump()))


class Challenge(Strict):
    """A salt, and the commitment it was given for."""

    format: Literal["memenv-challenge"]
    commitment: Commitment
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    issued: Name
    due: Name


def commit(
    submitter: str, agent: str, arguments: Mapping[str, Any], files: Sequence[Path]
) -> Commitment:
    """A commitment to an agent as it is now.

    Args:
        submitter: who commits.
        agent: name or dotted path.
        arguments: for its constructor.
        files: all else that makes it what it is: prompts, weights; by name and hash.

    Raises:
        MemenvError: for an agent that cannot be made, or files that cannot be read.
    """
    names = [file.name for file in files]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"two files are called {name}: a commitment names them by that")
    # A target is needed to make an identity of, and says nothing about the agent.
    made = config.Config(agent, (config.Target("overrides"),), agent_arguments=dict(arguments))
    config.check(made)
    described = config.identity(made)
    value = {
        "format": "memenv-commitment",
        "submitter": submitter,
        "agent": described["agent"],
        "library": described["library"],
        "files": {file.name: file_sha256(file) for file in files},
    }
    return checked(Commitment, value, "the commitment")


def challenge(commitment: Commitment, now: datetime.datetime) -> Challenge:
    """A challenge for a commitment, with a fresh salt."""
    return Challenge(
        format="memenv-challenge",
        commitment=commitment,
        salt=secrets.token_hex(16),
        issued=now.isoformat(timespec="seconds"),
        due=(now + datetime.timedelta(days=DAYS)).isoformat(timespec="seconds"),
    )


def save(value: Strict, path: Path) -> None:
    """Write a commitment or a challenge.

    Raises:
        DataError: when it cannot be written.
    """
    try:
        path.write_text(canonical_json(value.model_dump()) + "\n", "ascii")
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


def read_commitment(path: Path) -> Commitment:
    """A commitment from its file.

    Raises:
        DataError: when it is none.
    """
    return checked(Commitment, read_json(read_bytes(path).rstrip(b"\n"), path.name), path.name)


def read_challenge(path: Path) -> Challenge:
    """A challenge from its file.

    Raises:
        DataError: when it is none.
    """
    return checked(Challenge, read_json(read_bytes(path).rstrip(b"\n"), path.name), path.name)


def check_challenged(manifest: Manifest, given: Challenge) -> None:
    """A run answers a challenge.

    Raises:
        RefusedError: saying in what it does not.
    """
    identity, committed = manifest.identity, given.commitment
    if identity.secret is None:
        raise RefusedError("the run has public seeds, not those of the challenge")
    if identity.secret != sha256(secret_key(given.salt).hex())[:12]:
        raise RefusedError("the run has not the salt of the challenge")
    if manifest.declared.commitment != committed.hash:
        raise RefusedError(
            "the bundle does not name the commitment of the challenge: pack it with --commitment"
        )
    if manifest.declared.submitter != committed.submitter:
        raise RefusedError("the commitment is of another submitter")
    if identity.agent.model_dump() != committed.agent.model_dump():
        raise RefusedError("the agent is not the one that was committed to")
    if identity.library != committed.library:
        raise RefusedError("the library is not the one of the commitment")
    begun, issued = _time(manifest.created), _time(given.issued)
    if begun is None or issued is None or begun < issued:
        raise RefusedError("the run was begun before the challenge was given")
    due = _time(given.due)
    if due is None or begun > due:
        raise RefusedError(f"the run was begun after the challenge was due, {given.due}")


def _time(text: str) -> datetime.datetime | None:
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
