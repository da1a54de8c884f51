"""From what a run has stored back to values: an episode's instance, and what was done with it."""

from __future__ import annotations

from memenv import datasets, pipeline
from memenv.errors import DataError
from memenv.harness.config import Target
from memenv.harness.failures import explained
from memenv.harness.results import Result, Run
from memenv.operations import operation_from_dict
from memenv.types import Instance, Trajectory


def instance_of(run: Run, result: Result) -> Instance:
    """The instance of an episode, made or read again.

    Raises:
        MemenvError: when that is not possible, or what comes is not what the episode had.
    """
    assert result.record is not None
    instance = instance_now(run, result)
    if instance.digest != result.record["instance"]["digest"]:
        raise DataError(f"{result.env} does not give the same instance any more")
    return instance


def instance_now(run: Run, result: Result) -> Instance:
    """What the environment of an episode gives in its place today, the same instance or not.

    Raises:
        MemenvError: when it gives none, or a data file is gone or another one.
    """
    assert result.record is not None
    target = target_of(run, result.env)
    seed = run.identity["seed"] + result.index
    if run.identity.get("secret") is not None and target.data is None:
        seed = _private(result.record["instance"]["id"])
    with explained("the environment cannot be used"):
        return target.source(run.identity["split"]).pick(seed)


def trajectory_of(run: Run, result: Result) -> Trajectory:
    """What was done in an episode, replayed from its record.

    Raises:
        MemenvError: when the instance cannot be had, or the replay ends in another memory.
    """
    assert result.record is not None
    record = result.record
    setting = record["setting"]
    trajectory = pipeline.begin(instance_of(run, result), setting["layout"], setting["capacity"])
    for step in record["steps"]:
        operations = [operation_from_dict(each) for each in step["operations"]]
        trajectory = pipeline.advance(trajectory, operations, step["raw"])
    if trajectory.memories[-1].digest != record["memory_digest"]:
        raise DataError(f"{result.key}: the recorded operations lead to another memory")
    return trajectory


def _private(id: str) -> int:  # noqa: A002 - an instance's id
    """The seed in the readable id of a private instance."""
    parts = id.split("/")
    if len(parts) < 4 or not parts[3].isdecimal():
        raise DataError(f"{id} is private, and its id does not tell how to make it again")
    return int(parts[3])


def target_of(run: Run, label: str) -> Target:
    """Where the instances of an environment of a run come from.

    Raises:
        MemenvError: when the run has none of that name, or its data file is gone or another one.
    """
    for kept in run.identity["targets"]:
        data = kept.get("data")
        if data is None and kept.get("name", kept["env"]) == label:
            return Target(kept["env"], size=kept["size"])
        if data is not None and data["name"] == label:
            place = run.places.get(label, label)
            if datasets.content_sha256(datasets.locate(place).path) != data["sha256"]:
                raise DataError(f"{place} has changed since the run")
            return Target(kept["env"], data=place)
    raise DataError(f"the run has no environment {label!r}")
