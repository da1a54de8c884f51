"""One episode of a bundle, done again: its stream, its operations, its answers, its score.

The instance is made from its seed or read from data that is at hand. What a model wrote is parsed
again, the operations are applied to an empty memory, the reader answers from that, and all that
the bundle says is compared. Nothing that a bundle names by a dotted path is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memenv import pipeline, registry, run
from memenv.actions import parse
from memenv.collector import seldom_collected
from memenv.errors import MemenvError
from memenv.harness.config import Target
from memenv.harness.failures import explained
from memenv.harness.results import Failure, Result
from memenv.memory import Memory
from memenv.operations import Insert, Operation, Update, operation_from_dict
from memenv.protocols import Reader
from memenv.types import Answer, Instance, Question, Record, Trajectory, canonical_json
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.bundle import EpisodeLine, FailedLine, StepLine, read_line
from memenv_leaderboard.foresight import foresights
from memenv_leaderboard.packing import slim
from memenv_leaderboard.plugins import recredits, rereads
from memenv_leaderboard.spans import Allowance, read_text

_TOLD = 3


@dataclass(frozen=True)
class Terms:
    """Under which terms episodes are checked; small, so that it travels to other processes.

    Attributes:
        identity: of the run, as the manifest has it.
        data: sha256 of a data file -> where it is here.
        salt: the secret of a challenge; `None` for public seeds.
        operations_only: nothing is read and scored.
        whole: results are given back whole, not only what a summary needs of them.
    """

    identity: Mapping[str, Any]
    data: Mapping[str, str]
    salt: str | None
    operations_only: bool
    whole: bool = True


@dataclass(frozen=True)
class Checked:
    """What the check of an episode found.

    Attributes:
        key: of the episode.
        refused: why it is not what it says; `None` when it is.
        flagged: operations that say what was not said yet.
        notes: what was not checked.
        result: the episode as it came out here; `None` when it was refused, or not scored.
    """

    key: str
    refused: str | None = None
    flagged: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    result: Result | None = None


def check_episode(terms: Terms, content: bytes, number: int) -> Checked:
    """Check a line of episodes; whatever is wrong with it is a reason, never an exception.

    Args:
        terms: of the bundle.
        content: the line.
        number: of the line, from 1.
    """
    key = f"line {number}"
    try:
        line = read_line(content, number)
        key = line.key
        if isinstance(line, FailedLine):
            # Who knows what the message would have been.
            failure = Failure(line.failure.stage, line.failure.error, "as submitted")
            result = Result(key, line.env, line.index, line.repeat, None, failure, line.seconds)
            return Checked(key, result=result)
        with seldom_collected():
            return _Check(terms, line).run()
    except MemenvError as error:
        return Checked(key, refused=str(error))
    except MemoryError:
        return Checked(key, refused="needs more memory than is allowed; try --workers 1")
    # Hostile input: what nobody thought of is a reason to refuse it and nothing else.
    except Exception as error:
        return Checked(key, refused=f"cannot be checked: {type(error).__name__}: {error}"[:300])


class _Check:
    """The check of one episode."""

    def __init__(self, terms: Terms, line: EpisodeLine) -> None:
        self.terms = terms
        self.line = line
        self.identity = terms.identity
        self.notes: list[str] = []

    def run(self) -> Checked:
        line = self.line
        instance = self._instance()
        self._check_setting()
        trajectory = self._replayed(instance)
        memory = trajectory.memories[-1]
        _same("the memory at its end", memory.tokens, line.memory_tokens)
        _same("the memory at its end", memory.digest, line.memory_digest)
        flagged = tuple(self._foresights(trajectory))
        if self.terms.operations_only:
            return Checked(line.key, flagged=flagged)
        record = self._scored(trajectory)
        result = Result(line.key, line.env, line.index, line.repeat, record, None, line.seconds)
        given = result if self.terms.whole else slim(result)
        return Checked(line.key, None, flagged, tuple(self.notes), given)

    def _instance(self) -> Instance:
        """The instance that the seed gives here, which must be the one that was used."""
        line, described = self.line, self.line.instance
        target = _target(self.identity, line.env, self.terms.data)
        # A size is about a number of chunks: nobody makes a stream of millions for a few steps.
        if target.size is not None and target.size > 2 * len(line.steps) + 8:
            raise RefusedError(f"size {target.size} for an episode of {len(line.steps)} steps")
        source = target.source(self.identity["split"], self.terms.salt)
        with explained(f"environment {line.env!r} gives no instance"):
            instance = source.pick(self.identity["seed"] + line.index)
        for name, ours, theirs in (
            ("id", instance.id, described.id),
            ("number of chunks", len(instance.chunks), described.chunks),
            ("digest", instance.digest, described.digest),
            ("competency", instance.competency, described.competency),
            ("source", instance.source, described.source),
            ("tokens", instance.tokens, described.tokens),
        ):
            if ours != theirs:
                raise RefusedError(
                    f"its seed gives another instance: {name} is {ours!a}, the bundle says "
                    f"{theirs!a}"
                )
        if len(line.steps) != len(instance.chunks):
            raise RefusedError(f"it has {len(line.steps)} steps for {len(instance.chunks)} chunks")
        return instance

    def _check_setting(self) -> None:
        """An episode of a run has the settings of the run."""
        setting, identity, repeat = self.line.setting, self.identity, self.line.repeat
        for kind in ("agent", "reader", "credit"):
            said, known = setting.get(kind), identity[kind]
            if not isinstance(said, dict) or set(said) != {"name", "version", "arguments"}:
                raise RefusedError(f"its setting has no {kind}")
            expected = dict(known["arguments"])
            if kind == "agent" and repeat and "seed" in said["arguments"]:
                # Each repetition of an agent with a seed has its own.
                expected["seed"] = said["arguments"]["seed"]
            same = said["name"] == known["name"] and said["arguments"] == expected
            if not same or not _is_version(said["version"], known["version"]):
                raise RefusedError(f"its {kind} is not the one of the run")
        for name in ("capacity", "layout", "tokenizer"):
            if setting.get(name) != identity[name]:
                raise RefusedError(f"its {name} is not the one of the run")
        if identity["view"] not in (None, setting.get("view")):
            raise RefusedError("its view is not the one of the run")
        if set(setting) != {
            *("agent", "reader", "credit", "capacity", "layout", "tokenizer", "view", "scorers")
        }:
            raise RefusedError("its setting has not the keys that a setting has")

    def _replayed(self, instance: Instance) -> Trajectory:
        """The trajectory, every step of which must give what the bundle says."""
        setting = self.line.setting
        texts = [chunk.text for chunk in instance.chunks]
        allowance = Allowance()
        trajectory = pipeline.begin(instance, setting["layout"], setting["capacity"])
        for number, step in enumerate(self.line.steps):
            where = f"step {number}"
            try:
                trajectory = _advanced(trajectory, step, texts, allowance)
            except RefusedError as error:
                raise RefusedError(f"{where}: {error}") from error
        return trajectory

    def _foresights(self, trajectory: Trajectory) -> Iterator[str]:
        texts = [chunk.text for chunk in trajectory.instance.chunks]
        written = [
            (number, operation.text)
            for number, step in enumerate(trajectory.steps)
            for operation, outcome in zip(step.operations, step.outcomes, strict=True)
            if isinstance(operation, Insert | Update) and outcome.status in ("ok", "truncated")
        ]
        found = foresights(texts, written)
        for each in found[:_TOLD]:
            yield (
                f"step {each.step} writes {each.words[:120]!a}, which stands first in chunk "
                f"{each.chunk}"
            )
        if len(found) > _TOLD:
            yield f"and {len(found) - _TOLD} more of the kind"

    def _scored(self, trajectory: Trajectory) -> dict[str, Any]:
        """The record as it comes out here, which must be the one that was sent."""
        line = self.line
        record = self._record(trajectory, self._reader())
        again = record.to_dict()
        for name, value in again["setting"].items():
            if name != "credit" or self._credit() is not None:
                _same(f"its setting {name!a}", value, line.setting[name])
        self._compare_answers(again["grades"])
        _same("the score", again["score"], line.score)
        if self._credit() is None:
            name = self.identity["credit"]["name"]
            self.notes.append(
                f"credit {name!a} cannot be run again: the rewards are those of terminal, and "
                f"digests are not compared"
            )
        else:
            _same("the digest of the record", again["digest"], line.digest)
        asked = {grade["question"] for grade in again["grades"]}
        for question in line.judged or {}:
            if question not in asked:
                raise RefusedError(f"a verdict on {question!a}, which is no question of it")
        declared = line.model_dump(include={"usage", "costs", "served", "judged", "seconds"})
        plain: dict[str, Any] = {**again, **declared}
        return plain

    def _record(self, trajectory: Trajectory, reader: Reader) -> Record:
        name, arguments = self._credit() or ("terminal", {})
        scheme, described = run.named("credit", name, arguments)
        grader = pipeline.Grader(reader, run.scorer_for())
        meter = run.meter_for(trajectory.instance, grader, scheme)
        episode = pipeline.assess(trajectory, meter)
        rewards = pipeline.assign(episode, scheme)
        setting = {name: value for name, value in self.line.setting.items() if name != "scorers"}
        setting["credit"] = described
        if rereads(**self._plugin("reader")):
            # The version is that of the reader that read, not the one that the bundle names.
            _, setting["reader"] = run.named("reader", **_named(self._plugin("reader")))
        return pipeline.write(episode, rewards, scheme, setting, grader)

    def _reader(self) -> Reader:
        """Who answers: the reader of the run, or its recorded answers."""
        plugin = self._plugin("reader")
        recorded = [each for each in self.line.answers if each.retrieved is not None]
        if rereads(**plugin):
            if recorded:
                raise RefusedError("it records what was retrieved, which is found again here")
            reader: Reader = registry.make("reader", plugin["name"], **plugin["arguments"])
            return reader
        if len(recorded) < len(self.line.answers):
            raise RefusedError("it does not say what was retrieved for each of its answers")
        name = plugin["name"]
        self.notes.append(
            f"reader {name!a} cannot be asked again: scored from the answers that the bundle holds"
        )
        return _Recorded(self.line)

    def _credit(self) -> tuple[str, Mapping[str, Any]] | None:
        """The credit scheme, where it can be run again."""
        name, arguments = self._plugin("credit").values()
        if not recredits(name, arguments):
            return None
        if not rereads(**self._plugin("reader")) and name not in _ASK_NOTHING:
            # It would ask the reader what nobody has recorded.
            return None
        return name, arguments

    def _plugin(self, kind: str) -> dict[str, Any]:
        known = self.identity[kind]
        return {"name": known["name"], "arguments": known["arguments"]}

    def _compare_answers(self, grades: Sequence[Mapping[str, Any]]) -> None:
        said = self.line.answers
        if [each.question for each in said] != [grade["question"] for grade in grades]:
            raise RefusedError(
                f"its {len(said)} answers are not one for each of the {len(grades)} questions, in "
                f"their order"
            )
        for answer, grade in zip(said, grades, strict=True):
            where = f"question {answer.question!a}"
            _same(f"the answer to {where}", grade["answer"]["text"], answer.text)
            _same(f"the score of {where}", grade["score"], answer.score)


_ASK_NOTHING = ("terminal", "uniform", "broadcast")


class _Recorded:
    """Answers as a bundle has them, for questions of this episode at their moment."""

    def __init__(self, line: EpisodeLine) -> None:
        self._answers = {
            each.question: Answer(each.text, tuple(each.retrieved or ()), tuple(each.cited or ()))
            for each in line.answers
        }
        if len(self._answers) < len(line.answers):
            raise RefusedError("two of its answers are to one question")

    def answer(self, question: Question, memory: Memory) -> Answer:
        """The answer that was recorded."""
        if question.id not in self._answers:
            raise RefusedError(f"there is no answer to question {question.id!a}")
        return self._answers[question.id]


def _advanced(
    trajectory: Trajectory, step: StepLine, texts: Sequence[str], allowance: Allowance
) -> Trajectory:
    number = len(trajectory.steps)
    operations = [_operation(each, texts, number, allowance) for each in step.operations]
    raw = None if step.raw is None else read_text(step.raw, texts, number, allowance)
    if raw is None:
        if step.repaired:
            raise RefusedError(
                "operations are said to be repaired, and there is no text of a model"
            )
    else:
        parsed = parse(raw, trajectory.memories[-1].layout)
        if list(parsed.operations) != operations:
            raise RefusedError("the text of the model does not give the operations that are listed")
        if list(parsed.repaired) != step.repaired:
            raise RefusedError("the text of the model needs other repairs than those listed")
    repaired = tuple(step.repaired)
    trajectory = pipeline.advance(trajectory, operations, raw, repaired=repaired)
    done, memory = trajectory.steps[-1], trajectory.memories[-1]
    if list(done.operations) != operations:
        raise RefusedError("an operation is not written as it is recorded")
    outcomes = [(each.status, each.reason, each.entry) for each in done.outcomes]
    for index, (ours, theirs) in enumerate(zip(outcomes, step.outcomes, strict=False)):
        _same(f"the outcome of operation {index}", ours, theirs)
    _same("the number of outcomes", len(outcomes), len(step.outcomes))
    if memory.capacity is not None and memory.tokens > memory.capacity:
        raise RefusedError(f"the memory is over its capacity of {memory.capacity} tokens")
    _same("the memory in tokens", memory.tokens, step.memory_tokens)
    return trajectory


def _operation(
    value: Mapping[str, Any], texts: Sequence[str], step: int, allowance: Allowance
) -> Operation:
    given = dict(value)
    if "text" in given:
        text = given["text"]
        if isinstance(text, dict):
            if set(text) != {"json"} or isinstance(text["json"], str):
                raise RefusedError("the text of an operation is none")
            given["text"] = text["json"]
        else:
            given["text"] = read_text(text, texts, step, allowance)
    return operation_from_dict(given)


def _target(identity: Mapping[str, Any], label: str, data: Mapping[str, str]) -> Target:
    """Where the instances of an environment come from here."""
    for target in identity["targets"]:
        known = target.get("data")
        if (target.get("name") or (known["name"] if known else target["env"])) != label:
            continue
        if known is None:
            return Target(target["env"], size=target["size"])
        place = data.get(known["sha256"])
        if place is None:
            raise RefusedError(
                f"needs the data {known['name']!a} with sha256 {known['sha256'][:16]}...: pass "
                f"--data FILE"
            )
        return Target(target["env"], data=place)
    raise RefusedError(f"the run has no environment {label!a}")


def _is_version(made: Any, of_class: str) -> bool:
    """Whether what was made may have a version: that of its class, perhaps with more behind it.

    Weights and other things that come with arguments are part of the version of what is made.
    """
    # "0" is a class that has none.
    more = (f"{of_class}+", f"{of_class}-")
    known = of_class == "0" or made == of_class
    return isinstance(made, str) and (known or made.startswith(more))


def _named(plugin: Mapping[str, Any]) -> dict[str, Any]:
    return {"plugin": plugin["name"], "arguments": plugin["arguments"]}


def _same(what: str, ours: Any, theirs: Any) -> None:
    if ours != theirs:
        raise RefusedError(f"{what} is {_shown(ours)}, the bundle says {_shown(theirs)}")


def _shown(value: Any) -> str:
    text = canonical_json(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
