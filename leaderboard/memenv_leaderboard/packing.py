"""A run as a bundle: what was done, so that anybody can compute the score again.

Nothing of this machine goes with it: paths in arguments are cut to their last part, failures lose
their messages, data files are named by their content, and a secret that the environment holds stops
the packing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from memenv import __version__, registry
from memenv.errors import DataError, SettingError
from memenv.harness.failures import redact
from memenv.harness.rebuild import instance_of
from memenv.harness.results import DECLARED, Failure, Result, Run
from memenv.harness.summary import costs, served, summarise
from memenv.types import canonical_json, sha256
from memenv_leaderboard import signing
from memenv_leaderboard.archive import write_archive
from memenv_leaderboard.bundle import (
    EPISODES,
    FORMAT,
    MANIFEST,
    MAX_EPISODES,
    MAX_LINE,
    SCORES,
    SIGNATURE,
    VERSION,
    Manifest,
    chained,
    read_line,
    root_of,
)
from memenv_leaderboard.canonical import checked
from memenv_leaderboard.plugins import rereads
from memenv_leaderboard.spans import Speller
from memenv_leaderboard.submission import check_trained_on

UNCOVERED = ("digest", "usage", "costs", "served", "judged", "seconds")
"""What the digest of a record leaves out."""

# The folders of an absolute path; of a URL and of a relative path there are none.
_FOLDERS = re.compile(r"(?<![\w:/.~-])(?:file:/*|~?/+|[A-Za-z]:[\\/]+|\\\\)(?:[^\s/\\:]+[\\/]+)+")


@dataclass(frozen=True)
class Declared:
    """What a submitter says and nobody can check.

    Attributes:
        submitter: who sends it.
        attempts: how many such runs were made before this one was chosen, this one included.
        trained_on: names of suites, environments or data files of the run that the agent was
            trained on, `name:split` for one split; `other:` and free text for anything else.
        commitment: hash of the commitment that a challenge was given for.
    """

    submitter: str
    attempts: int = 1
    trained_on: Sequence[str] = ()
    commitment: str | None = None


@dataclass
class _Packed:
    """What packing has come to so far."""

    lines: list[bytes] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    instances: dict[str, list[str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    chain: str = ""


def pack(
    run: Run,
    results: Iterable[Result],
    path: Path,
    declared: Declared,
    key: Path | None = None,
) -> str:
    """Write the bundle of a run; the same run gives the same bytes.

    Args:
        run: as it is stored.
        results: all of its episodes, with their steps, in the order of the store.
        path: of the bundle.
        declared: what the submitter says.
        key: file of a private key to sign with.

    Returns:
        The root hash.

    Raises:
        SettingError: for a run that nobody else could check: not complete, rescored, or on a task
            that is a dotted path; for training on something that nobody knows.
        DataError: when an instance cannot be made again, the bundle holds a secret of the
            environment, or the file cannot be written.
    """
    if run.identity.get("rescored"):
        raise SettingError(
            f"run {run.id} was rescored from {run.identity['rescored']}: pack that one, it is "
            f"graded with the versions of whoever verifies it"
        )
    identity = _portable(run.identity)
    check_trained_on(
        declared.trained_on,
        [name for each in identity["targets"] for name in (_label(each), each["env"])],
    )
    for target in identity["targets"]:
        if ":" in target["env"]:
            raise SettingError(
                f"task {target['env']!r} is a dotted path, and verification runs nothing that is "
                f"not installed: write its instances to a file (memenv.save_instances) and "
                f"evaluate on that with --data"
            )
    with_answers = not rereads(run.identity["reader"]["name"], run.identity["reader"]["arguments"])
    packed = _Packed(instances={_label(target): [] for target in identity["targets"]})
    for result in results:
        _add(packed, run, result, with_answers)
    if len(packed.lines) < max(run.planned, 1):
        raise SettingError(
            f"run {run.id} has {len(packed.lines)} of {run.planned} episodes: complete it first, "
            f"with the command that began it"
        )
    named = sha256(canonical_json(identity))[:12]
    scores = canonical_json(
        summarise(
            named,
            identity["agent"]["name"],
            identity["reader"]["name"],
            identity["capacity"],
            packed.results,
        )
    ).encode()
    agent = registry.load("agent", run.identity["agent"]["name"])
    value = {
        "format": FORMAT,
        "version": VERSION,
        "memenv": __version__,
        "run": named,
        "created": run.created,
        "identity": identity,
        "traits": {
            name: bool(run.declares.get(name, getattr(agent, name, False))) for name in DECLARED
        },
        "prompts": _prompts(run),
        "models": {
            part: list(kinds.get("models", {})) for part, kinds in served(packed.results).items()
        },
        "environments": [
            {"env": env, "episodes": packed.counts[env], "instances": instances_hash(digests)}
            for env, digests in packed.instances.items()
        ],
        "costs": {part: vars_of(usage) for part, usage in costs(packed.results).items()},
        "declared": {
            "submitter": declared.submitter,
            "attempts": declared.attempts,
            "trained_on": list(declared.trained_on),
            "commitment": declared.commitment,
        },
        "episodes": {
            "count": len(packed.lines),
            "failed": sum(result.record is None for result in packed.results),
            "chain": packed.chain,
        },
        "scores": sha256(scores.decode()),
    }
    root = value["root"] = root_of(value)
    checked(Manifest, value, f"run {run.id}")
    manifest = canonical_json(value).encode()
    _refuse_secrets(manifest.decode(), "the manifest")
    members = {
        MANIFEST: manifest,
        EPISODES: b"".join(line + b"\n" for line in packed.lines),
        SCORES: scores,
    }
    if key is not None:
        members[SIGNATURE] = canonical_json(signing.sign(root, key)).encode()
    write_archive(path, members)
    return root


def instances_hash(digests: Sequence[str]) -> str:
    """The hash over the digests of an environment's instances, in the order of its episodes."""
    return sha256("\n".join(digests))


def vars_of(usage: Any) -> dict[str, Any]:
    """A `Usage` as plain values."""
    return {
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "usd": usage.usd,
    }


def digest_of(record: Mapping[str, Any]) -> str:
    """The digest of a record from its plain values."""
    return sha256(canonical_json({k: v for k, v in record.items() if k not in UNCOVERED}))


def _add(packed: _Packed, run: Run, result: Result, with_answers: bool) -> None:
    if len(packed.lines) >= MAX_EPISODES:
        raise SettingError(f"a bundle holds at most {MAX_EPISODES:,} episodes")
    head = {
        "env": result.env,
        "index": result.index,
        "repeat": result.repeat,
        "seconds": result.seconds,
    }
    if result.record is None:
        assert result.failure is not None
        # The message may quote paths, and what servers said.
        failure = Failure(result.failure.stage, result.failure.error, "")
        result = replace(result, failure=failure)
        line: dict[str, Any] = {
            **head,
            "failure": {"stage": failure.stage, "error": failure.error},
        }
    else:
        record = _as_stored(result)
        result = replace(result, record=record)
        instance = instance_of(run, result)
        texts = [chunk.text for chunk in instance.chunks]
        line = {**head, **_episode(record, Speller(texts), with_answers)}
        packed.instances[result.env].append(record["instance"]["digest"])
    line["chain"] = packed.chain = chained(packed.chain, line)
    encoded = canonical_json(line).encode()
    _refuse_secrets(encoded.decode(), f"episode {result.key}")
    if len(encoded) > MAX_LINE:
        raise SettingError(
            f"episode {result.key} takes {len(encoded):,} bytes in a bundle, at most "
            f"{MAX_LINE:,} are read"
        )
    # What is written is read: better told to whoever packs than to whoever verifies.
    read_line(encoded, len(packed.lines) + 1)
    packed.lines.append(encoded)
    packed.counts[result.env] += 1
    packed.results.append(slim(result))


def _as_stored(result: Result) -> dict[str, Any]:
    """A record whose digest is right, without paths of this machine."""
    assert result.record is not None
    record = dict(result.record)
    if digest_of(record) != record["digest"]:
        raise DataError(f"episode {result.key} was changed in the database: its digest differs")
    record["setting"] = _portable(record["setting"])
    record["digest"] = digest_of(record)
    return record


def _episode(record: Mapping[str, Any], speller: Speller, with_answers: bool) -> dict[str, Any]:
    kept = (
        *("instance", "setting", "score", "memory_digest", "memory_tokens", "digest"),
        *("usage", "costs", "served", "judged"),
    )
    return {
        **{name: record[name] for name in kept},
        "steps": [_step(number, step, speller) for number, step in enumerate(record["steps"])],
        "answers": [_answer(grade, with_answers) for grade in record["grades"]],
    }


def _step(number: int, step: Mapping[str, Any], speller: Speller) -> dict[str, Any]:
    return {
        "operations": [_operation(each, number, speller) for each in step["operations"]],
        "outcomes": [[each["status"], each["reason"], each["entry"]] for each in step["outcomes"]],
        "raw": None if step["raw"] is None else speller.spell(step["raw"], number),
        "repaired": step["repaired"],
        "memory_tokens": step["memory_tokens"],
    }


def _operation(operation: Mapping[str, Any], step: int, speller: Speller) -> dict[str, Any]:
    if "text" not in operation:
        return dict(operation)
    text = operation["text"]
    # An agent may put anything where a text belongs; it is kept apart from the spans of a text.
    spelt = speller.spell(text, step) if isinstance(text, str) else {"json": text}
    return {**operation, "text": spelt}


def _answer(grade: Mapping[str, Any], with_answers: bool) -> dict[str, Any]:
    answer = grade["answer"]
    value = {"question": grade["question"], "text": answer["text"], "score": grade["score"]}
    if with_answers:
        value |= {"retrieved": answer["retrieved"], "cited": answer["cited"]}
    return value


def slim(result: Result) -> Result:
    """What a summary needs of a result."""
    if result.record is None:
        return result
    record = {name: value for name, value in result.record.items() if name != "steps"}
    record["evidence"] = [
        {name: each[name] for name in ("kept", "found")} for each in record["evidence"]
    ]
    record["grades"] = [
        {**grade, "answer": {"text": grade["answer"]["text"]}} for grade in record["grades"]
    ]
    return replace(result, record=record)


def _prompts(run: Run) -> dict[str, dict[str, str]]:
    found = {
        kind: dict(getattr(registry.load(kind, run.identity[kind]["name"]), "prompts", {}))
        for kind in ("agent", "reader")
    }
    found["judge"] = dict((run.identity.get("judge_scorer") or {}).get("prompts") or {})
    return {kind: prompts for kind, prompts in found.items() if prompts}


def _label(target: Mapping[str, Any]) -> str:
    data = target.get("data")
    name = target.get("name") or (target["env"] if data is None else data["name"])
    return str(name)


def _portable(value: Any) -> Any:
    """Plain values in which a path of this machine is only its last part."""
    if isinstance(value, Mapping):
        return {name: _portable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_portable(item) for item in value]
    return _FOLDERS.sub("", value) if isinstance(value, str) else value


def _refuse_secrets(text: str, where: str) -> None:
    if redact(text) != text:
        raise DataError(
            f"{where} holds the value of an environment variable that is named like a secret "
            f"(KEY, TOKEN, SECRET, PASSWORD), and would be published"
        )
