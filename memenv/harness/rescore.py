"""Grading a stored run again: its operations replayed, its questions asked of today's reader.

The agent is not called. A reader that asks a model, or that asks the agent, is not called either:
its recorded answers are scored again, and only the scorers can change the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from memenv import pipeline, run
from memenv.collector import seldom_collected
from memenv.errors import DataError, MemenvError
from memenv.harness import config as configured
from memenv.harness.config import Config, Target
from memenv.harness.failures import explained, said
from memenv.harness.rebuild import instance_now, target_of
from memenv.harness.results import Failure, Result, Run
from memenv.memory import Memory
from memenv.operations import operation_from_dict
from memenv.types import Answer, Instance, Question, Trajectory, Usage, canonical_json, sha256


@dataclass(frozen=True)
class Rescored:
    """One episode, graded again.

    Attributes:
        result: the new one; that of a failed episode is the old one.
        asked: its questions are other ones than when it was run.
        memory: its operations lead to another memory than when it was run.
        credit: the credit scheme could not be asked again.
    """

    result: Result
    asked: bool = False
    memory: bool = False
    credit: bool = False


def recorded_answers(stored: Run) -> bool:
    """Whether the answers of a run are taken as they were recorded.

    Raises:
        MemenvError: when its reader cannot be made.
    """
    reader = stored.identity["reader"]
    with explained(f"reader {reader['name']!r} cannot be made"):
        made, _ = run.named("reader", reader["name"], reader["arguments"])
    return bool(getattr(made, "needs_model", False)) or callable(getattr(made, "follow", None))


def rescored_run(stored: Run, created: str) -> Run:
    """The run that a stored run becomes: another one, named by today's versions.

    Raises:
        MemenvError: when a plug-in or a data file is gone.
    """
    identity = stored.identity
    recorded = recorded_answers(stored)
    credit = identity["credit"]
    # Who is not asked again stays who it was.
    unasked: Mapping[str, Any] = {"name": "lexical", "arguments": {}}
    reader = unasked if recorded else identity["reader"]
    today = configured.identity(
        Config(
            # The agent is not asked again, and may be gone.
            agent="skip",
            targets=tuple(_targets(stored)),
            capacity=identity["capacity"],
            layout=identity["layout"],
            reader=reader["name"],
            reader_arguments=reader["arguments"],
            credit=credit["name"],
            credit_arguments=credit["arguments"],
        )
    )
    renewed = ["credit", "targets", "tokenizer", "library"]
    if not recorded:
        renewed.append("reader")
    identity = {**identity, **{name: today[name] for name in renewed}, "rescored": stored.id}
    if recorded:
        identity["recorded"] = True
    name = sha256(canonical_json(identity))[:12]
    return Run(name, identity, created, stored.places, stored.planned, stored.declares)


def rescore(stored: Run, results: Iterable[Result]) -> Iterator[Rescored]:
    """Grade the episodes of a run again, one after the other.

    Args:
        stored: the run.
        results: its results, with their steps.

    Raises:
        MemenvError: when the reader or the scheme cannot be made, or a data file is gone or another
            one. What is wrong with one episode is a failure of its result.
    """
    recorded = recorded_answers(stored)
    list(_targets(stored))
    for result in results:
        if result.record is None:
            yield Rescored(result)
            continue
        try:
            with seldom_collected():
                yield _again(stored, result, recorded)
        except MemenvError as error:
            failure = Failure("rescore", type(error).__name__, said(error))
            yield Rescored(_with(result, None, failure))


class _Recorded:
    """Answers with what was recorded, of the memories that it was recorded of."""

    def __init__(self, trajectory: Trajectory, record: Mapping[str, Any]) -> None:
        self._answers: dict[tuple[str, str], Answer] = {}
        moments = {question.id: question for question in trajectory.instance.questions}
        for grade in record["grades"]:
            question = moments.get(grade["question"])
            if question is not None:
                after = trajectory.instance.asked_after(question)
                digest = trajectory.memory_after(after).digest
                self._answers[digest, question.id] = _answer(grade["answer"])

    def answer(self, question: Question, memory: Memory) -> Answer:
        """What was answered then.

        Raises:
            DataError: when nobody asked it then.
        """
        try:
            return self._answers[memory.digest, question.id]
        except KeyError:
            raise DataError(
                f"question {question.id!r} was not asked of this memory: no answer is recorded"
            ) from None


def _again(stored: Run, result: Result, recorded: bool) -> Rescored:
    assert result.record is not None
    record, setting = result.record, result.record["setting"]
    instance = instance_now(stored, result)
    _check_stream(instance, record["instance"])
    trajectory = _replayed(instance, record)
    reader: Any = _Recorded(trajectory, record)
    reader_described = setting["reader"]
    if not recorded:
        reader, reader_described = run.named(
            "reader", reader_described["name"], reader_described["arguments"]
        )
    credit = setting["credit"]
    scheme, credit_described = run.named("credit", credit["name"], credit["arguments"])
    grader = pipeline.Grader(reader, run.scorer_for())
    # Probes were asked of a model at moments that are not recorded.
    meter = pipeline.Meter(grader) if recorded else run.meter_for(instance, grader, scheme)
    episode = pipeline.assess(trajectory, meter)
    rewards, unassigned = _assigned(lambda: pipeline.assign(episode, scheme), recorded)
    described = run.setting(
        setting["agent"],
        reader_described,
        credit_described,
        setting["capacity"],
        setting["layout"],
        setting["view"],
    )
    written = pipeline.write(
        episode,
        rewards,
        scheme,
        described,
        grader,
        costs={name: Usage(**usage) for name, usage in (record.get("costs") or {}).items()},
        served=record.get("served"),
        judged=record.get("judged"),
    ).to_dict()
    written["seconds"] = record.get("seconds")
    return Rescored(
        _with(result, written, None),
        asked=canonical_json(written["questions"]) != canonical_json(record["questions"]),
        memory=written["memory_digest"] != record["memory_digest"],
        credit=unassigned,
    )


def _targets(stored: Run) -> Iterator[Target]:
    """The environments of a run; data files are looked for, and must be what they were."""
    for each in stored.identity["targets"]:
        data = each.get("data")
        label = data["name"] if data else each.get("name", each["env"])
        yield replace(target_of(stored, label), name=each.get("name"))


def _check_stream(instance: Instance, described: Mapping[str, Any]) -> None:
    """Operations belong to the stream that they were made from; its questions may be others."""
    now = len(instance.chunks), instance.tokens
    then = described["chunks"], described["tokens"]
    if now != then:
        raise DataError(
            f"the environment gives another stream: {now[0]} chunks of {now[1]} tokens in all, "
            f"not {then[0]} of {then[1]}; run the agent again"
        )


def _replayed(instance: Instance, record: Mapping[str, Any]) -> Trajectory:
    setting = record["setting"]
    trajectory = pipeline.begin(instance, setting["layout"], setting["capacity"])
    for step in record["steps"]:
        operations = [operation_from_dict(each) for each in step["operations"]]
        repaired = tuple(step.get("repaired", ()))
        trajectory = pipeline.advance(trajectory, operations, step["raw"], repaired=repaired)
    if len(trajectory.steps) != len(instance.chunks):
        raise DataError(f"{len(trajectory.steps)} of {len(instance.chunks)} steps are stored")
    return trajectory


def _assigned(
    assign: Callable[[], tuple[float, ...] | None], recorded: bool
) -> tuple[tuple[float, ...] | None, bool]:
    """The credit, and whether it could not be had: a scheme may ask what nobody asked then."""
    try:
        return assign(), False
    except DataError:
        if not recorded:
            raise
        return None, True


def _answer(kept: Mapping[str, Any]) -> Answer:
    retrieved = tuple((entry, score) for entry, score in kept["retrieved"])
    return Answer(kept["text"], retrieved, tuple(kept["cited"]))


def _with(result: Result, record: Mapping[str, Any] | None, failure: Failure | None) -> Result:
    return replace(result, record=record, failure=failure)
