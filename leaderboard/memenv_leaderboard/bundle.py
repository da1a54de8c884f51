"""What is in a bundle, and how its files are read without believing them.

A bundle is a gzipped tar of

- `manifest.json`: what was run, by whom, with the hashes of the other two;
- `episodes.jsonl`: an episode a line, each with the hash of itself and all before it;
- `scores.json`: what `memenv eval --json` printed;
- `signature.json`, perhaps: an Ed25519 signature of the root.

The root is the sha256 of the manifest without its root; it covers the last hash of the chain and
the hash of the scores, and with them everything. Every value is canonical JSON
(`memenv.types.canonical_json`): it has one spelling, and any other one is refused.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from memenv.memory import check_capacity
from memenv.types import canonical_json, sha256
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.canonical import Strict, checked, read_json

FORMAT = "memenv-submission"
VERSION = 1

MANIFEST, EPISODES, SCORES, SIGNATURE = (
    "manifest.json",
    "episodes.jsonl",
    "scores.json",
    "signature.json",
)
FILES = (MANIFEST, EPISODES, SCORES, SIGNATURE)

MAX_FILE = 1_000_000
"""Bytes of the manifest, and of the scores."""

MAX_LINE = 8_000_000
"""Bytes of an episode."""

MAX_EPISODES = 20_000
MAX_STEPS = 10_000
_MOST = 10**15


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has characters that cannot be shown")
    return text


def _moment(text: str) -> str:
    # `fromisoformat` takes more spellings than one.
    if not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,6})?(Z|\+00:00)", text):
        raise ValueError("is no time of UTC, like 2026-01-31T12:00:00+00:00")
    datetime.datetime.fromisoformat(text)
    return text


Name = Annotated[str, Field(max_length=300), AfterValidator(_printable)]
# What data files and servers call things is shown escaped, and may be anything.
Id = Annotated[str, Field(max_length=2_000)]
Text = Annotated[str, Field(max_length=200_000)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=_MOST)]
Seconds = Annotated[float, Field(ge=0, le=1e9)]
Share = Annotated[float, Field(ge=0, le=1)]
# JSON has lists and no tuples; what is in them is as strict as all else.
_LISTED = Field(strict=False)


class Plugin(Strict):
    """A plug-in as an identity describes it; it is never loaded by what is said here."""

    name: Name
    version: Name
    arguments: dict[Name, Any]
    code: Name | None


class Data(Strict):
    """A data file by its content."""

    name: Name
    sha256: Hash
    code: Name | None = None


class Target(Strict):
    """Where episodes come from."""

    env: Name
    size: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None
    name: Name | None = None
    code: Name | None = None
    data: Data | None = None

    @property
    def label(self) -> str:
        """What it is called in results."""
        return self.name or (self.env if self.data is None else self.data.name)


class JudgeScorer(Strict):
    """The scorer that asked a model."""

    name: Name
    version: Name
    arguments: dict[Name, Any]
    prompts: dict[Name, Name]


class Identity(Strict):
    """All that makes a run that run, as `memenv.harness.config.identity` writes it."""

    agent: Plugin
    reader: Plugin
    credit: Plugin
    targets: Annotated[list[Target], Field(min_length=1, max_length=200)]
    capacity: Annotated[int | float | None, AfterValidator(check_capacity)]
    layout: Name
    library: Name
    repeats: Annotated[int, Field(ge=1, le=MAX_EPISODES)]
    seed: Count
    secret: Name | None
    split: Literal["train", "validation", "test", "wording"]
    tokenizer: Name
    view: Name | None
    judge: Id | None
    judge_base_url: Id | None
    judge_scorer: JudgeScorer | None = None
    places: Annotated[list[list[Id | None]], Field(max_length=10)] | None = None

    @model_validator(mode="after")
    def _labelled(self) -> Identity:
        labels = [target.label for target in self.targets]
        if len(set(labels)) < len(labels):
            raise ValueError("two targets have one name")
        return self


class Traits(Strict):
    """What an agent declares about itself in its code."""

    stateful: bool
    needs_instance: bool


class Environment(Strict):
    """How much was run of a target, and the hash over the digests of its instances."""

    env: Name
    episodes: Count
    instances: Hash


class Spent(Strict):
    """What model calls cost, as the submitter says."""

    calls: Count
    prompt_tokens: Count
    completion_tokens: Count
    usd: Annotated[float, Field(ge=0, le=1e9)] | None


class Declared(Strict):
    """What nobody can check, in the submitter's words."""

    submitter: Annotated[Name, Field(min_length=1)]
    attempts: Annotated[int, Field(ge=1, le=1_000_000)]
    trained_on: Annotated[list[Name], Field(max_length=100)]
    commitment: Hash | None


class Episodes(Strict):
    """How many lines there are, how many of them are failures, and the hash of the last one."""

    count: Annotated[int, Field(ge=1, le=MAX_EPISODES)]
    failed: Count
    chain: Hash


class Manifest(Strict):
    """What was run, by whom, and what belongs to it."""

    format: Literal["memenv-submission"]
    version: Literal[1]
    memenv: Name
    run: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    created: Annotated[str, Field(max_length=40), AfterValidator(_moment)]
    identity: Identity
    traits: Traits
    prompts: dict[Literal["agent", "reader", "judge"], dict[Name, Name]]
    models: dict[Name, Annotated[list[Id], Field(max_length=100)]]
    environments: Annotated[list[Environment], Field(min_length=1, max_length=200)]
    costs: dict[Name, Spent]
    declared: Declared
    episodes: Episodes
    scores: Hash
    root: Hash


class Described(Strict):
    """An instance as a record describes it."""

    id: Id
    digest: Hash
    competency: Name
    source: Id
    chunks: Annotated[int, Field(ge=1, le=MAX_STEPS)]
    tokens: Count


class StepLine(Strict):
    """What was done with a chunk; texts are spelt as in `memenv_leaderboard.spans`."""

    operations: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=20_000)]
    outcomes: list[Annotated[tuple[str, Text | None, Name | None], _LISTED]]
    raw: Any
    repaired: list[Count]
    memory_tokens: Count


class Answered(Strict):
    """An answer; what was retrieved for it only where that cannot be found again."""

    question: Id
    text: Text
    score: Share | None
    retrieved: list[Annotated[tuple[Name, float], _LISTED]] | None = None
    cited: list[Name] | None = None


class Failed(Strict):
    """Why an episode has no record."""

    stage: Name
    error: Name


class Head(Strict):
    """Which episode a line is."""

    env: Name
    index: Annotated[int, Field(ge=0, le=MAX_EPISODES)]
    repeat: Annotated[int, Field(ge=0, le=MAX_EPISODES)]
    seconds: Seconds
    chain: Hash

    @property
    def key(self) -> str:
        """Unique in its run, as the harness writes it."""
        return f"{self.env}/{self.index}/{self.repeat}"


class Seen(Head):
    """What must be known of an episode to tell whether it is in its place."""

    failed: bool
    instance: Hash | None


class FailedLine(Head):
    """An episode that failed."""

    failure: Failed


class EpisodeLine(Head):
    """An episode with its record, less what follows from the rest."""

    instance: Described
    setting: dict[Name, Any]
    steps: Annotated[list[StepLine], Field(min_length=1, max_length=MAX_STEPS)]
    answers: Annotated[list[Answered], Field(min_length=1)]
    score: Share | None
    memory_digest: Hash
    memory_tokens: Count
    digest: Hash
    usage: Spent
    costs: dict[Name, Spent]
    served: dict[Name, dict[Literal["models", "notes"], dict[Id, Count]]]
    judged: dict[Id, Share | None] | None


def root_of(manifest: Mapping[str, Any]) -> str:
    """The root hash of a bundle: that of its manifest without the root."""
    rest = {name: value for name, value in manifest.items() if name != "root"}
    return sha256(canonical_json(rest))


def chained(before: str, line: Mapping[str, Any]) -> str:
    """The hash of an episode and all before it; `chain` itself is left out.

    Args:
        before: the hash of the line before, `""` for the first.
        line: the episode.
    """
    rest = {name: value for name, value in line.items() if name != "chain"}
    return sha256(f"{before}\n{canonical_json(rest)}")


def read_manifest(content: bytes) -> Manifest:
    """The manifest of a bundle.

    Raises:
        RefusedError: when it is not one, or of a version that is not known here.
    """
    value = read_json(content, MANIFEST)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise RefusedError(f"{MANIFEST}: not a bundle of memenv: its format is not {FORMAT!r}")
    version = value.get("version")
    if type(version) is not int or version != VERSION:
        raise RefusedError(
            f"{MANIFEST}: format version {str(version)[:20]!a} is not known, this memenv reads "
            f"{VERSION}: upgrade memenv, or pack the run again"
        )
    manifest = checked(Manifest, value, MANIFEST)
    if manifest.root != root_of(value):
        raise RefusedError(f"{MANIFEST} was changed: it has another hash than its root")
    return manifest


def read_line(content: bytes, number: int) -> EpisodeLine | FailedLine:
    """A line of episodes.

    Raises:
        RefusedError: when it is not one.
    """
    where = f"{EPISODES}, line {number}"
    value = _object(content, where)
    if "failure" in value:
        return checked(FailedLine, value, where)
    return checked(EpisodeLine, value, where)


def see_line(content: bytes, number: int) -> tuple[dict[str, Any], Seen]:
    """A line of episodes as plain values, of which only its place has been checked.

    Raises:
        RefusedError: when it is not one.
    """
    where = f"{EPISODES}, line {number}"
    value = _object(content, where)
    instance = value.get("instance")
    seen = {name: value[name] for name in Head.model_fields if name in value}
    seen["failed"] = "failure" in value
    seen["instance"] = instance.get("digest") if isinstance(instance, dict) else None
    return value, checked(Seen, seen, where)


def _object(content: bytes, where: str) -> dict[str, Any]:
    value = read_json(content, where)
    if not isinstance(value, dict):
        raise RefusedError(f"{where}: expected an object")
    return value
