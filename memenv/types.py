"""The values that everything else passes around: streams, questions, answers, records.

All of them are immutable. An `Instance` is one task: a stream of chunks and the questions asked
about it. A `Trajectory` is what an agent did with it, an `Episode` what a credit scheme sees of
that, and a `Record` the whole, ready for disk.

    >>> question = Question(id="0", text="Where does Ada live?", answers=("Oslo",), metric="subem")
    >>> instance = Instance(
    ...     id="example",
    ...     competency="AR",
    ...     source="docs",
    ...     chunks=(Chunk("Ada moved to Oslo.", 0),),
    ...     questions=(question,),
    ... )
    >>> instance.asked_after(question)
    0
"""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from math import fsum
from typing import Any

from memenv import tokens
from memenv.errors import SettingError
from memenv.memory import Memory
from memenv.operations import Operation, Outcome, operation_to_dict

COMPETENCIES = ("AR", "TTL", "LRU", "CR")
"""Accurate retrieval, test-time learning, long-range understanding, conflict resolution
(MemoryAgentBench, arXiv 2507.05257, section 3)."""


SPLITS = ("train", "validation", "test", "wording")
"""Of every generated task; `wording` shows surface forms and names that no other split shows."""

NOT_MENTIONED = "not mentioned"
"""The answer to a question about what was never said."""

PROBES_PER_CHUNK = 5


def canonical_json(value: object) -> str:
    """JSON with one spelling per value: sorted keys, no spaces, non-ASCII escaped."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """The hex sha256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of the stream: its text, its position counted from 0, and when it was said."""

    text: str
    index: int
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question asked of the memory.

    Attributes:
        id: unique within its instance (for probes: within its chunk).
        text: what is asked.
        answers: the accepted answers; any one is enough, except for metric `keywords`.
        metric: `em`, `subem`, `f1`, `rouge`, `keywords`, `label`, `option`, `recall@k`, `judge`.
        after: asked when the chunk of this index has been applied; `None` is the last chunk.
        evidence: indices of the chunks that hold the answer.
        support: the exact passages of the stream that carry the answer.
        stale: answers that were right once and are outdated now.
        options: the options of a multiple-choice question, in order (A, B, ...).
        kind: a category of the question, for reports.
        meta: whatever else the source says about it.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    metric: str
    after: int | None = None
    evidence: tuple[int, ...] = ()
    support: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    kind: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


Solver = Callable[[Question, Sequence[str]], Sequence[str] | None]
"""`(question, texts) -> answers`: finds a question's answers in texts alone, in their order.

The texts are either the question's support passages or the chunks of the stream up to the moment
it is asked; the answers must be the same. For a metric of which any answer is enough there is one,
for `keywords` there are all. `None` says that the solver cannot read this kind of question. A
solver reads the question's `text`, `options`, `kind` and `metric`, never its `answers`, `stale`,
`evidence` or `support`.
"""


@dataclass(frozen=True, eq=False)
class Instance:
    """One task: a stream of chunks, the questions about it, and optional probes per chunk.

    Equal content makes equal instances.

    Attributes:
        id: readable and unique within its source, such as `overrides-v0/test/64/7`.
        competency: one of `COMPETENCIES`.
        source: the data set or task family it comes from.
        chunks: the stream, in order.
        questions: what is asked of the memory.
        probes: for every chunk the questions answerable from it alone; empty when there are none.
        meta: whatever else is known about it (licence, settings of the generator).
    """

    id: str
    competency: str
    source: str
    chunks: tuple[Chunk, ...]
    questions: tuple[Question, ...]
    probes: tuple[tuple[Question, ...], ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything the instance holds."""
        return sha256(canonical_json(asdict(self)))

    @cached_property
    def tokens(self) -> int:
        """Tokens of the whole stream, in the bundled encoding."""
        return sum(tokens.count(chunk.text) for chunk in self.chunks)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Instance) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def asked_after(self, question: Question) -> int:
        """The index of the chunk after which a question is asked."""
        return len(self.chunks) - 1 if question.after is None else question.after


@dataclass(frozen=True, slots=True)
class Probes:
    """Questions about every chunk of an instance, for the chunk-level reward.

    Attributes:
        rows: per chunk the questions that can be answered from it alone; some may have none.
        origin: `instance`, when they came with it, or `cloze` (`memenv.cloze`).
    """

    rows: tuple[tuple[Question, ...], ...]
    origin: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader answered, and from what.

    Attributes:
        text: the answer; empty when the memory says nothing.
        retrieved: (entry id, score) of the entries found, best first.
        cited: ids of the entries the answer rests on.
    """

    text: str
    retrieved: tuple[tuple[str, float], ...] = ()
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """A question's answer and its score in [0, 1]; `None` when it could not be measured."""

    question: str
    answer: Answer
    score: float | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model calls of a step cost; `usd` is `None` when the price is unknown."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """What an agent did with one chunk.

    Attributes:
        operations: as recorded, skipped and rejected ones included.
        outcomes: one per operation.
        raw: the model's text, when the agent is a model.
        usage: what it cost.
        repaired: positions of operations whose JSON was broken in the text and has been repaired.
    """

    operations: tuple[Operation, ...]
    outcomes: tuple[Outcome, ...]
    raw: str | None = None
    usage: Usage = Usage()
    repaired: tuple[int, ...] = ()


@dataclass(frozen=True)
class Trajectory:
    """An instance and what an agent did with it, step by step.

    Attributes:
        instance: the task.
        steps: one per chunk handled so far.
        memories: the memory before step 0 and after every step. Memories share what they have in
            common, so keeping them all is cheap.
    """

    instance: Instance
    steps: tuple[Step, ...]
    memories: tuple[Memory, ...]

    def memory_after(self, step: int) -> Memory:
        """The memory just after a step.

        Raises:
            IndexError: for a step that was not taken.
        """
        if not 0 <= step < len(self.steps):
            raise IndexError(f"step {step} was not taken; steps are 0 to {len(self.steps) - 1}")
        return self.memories[step + 1]

    def upto(self, steps: int) -> Trajectory:
        """The first steps alone, as they were before the next one.

        Raises:
            IndexError: for more steps than were taken.
        """
        if not 0 <= steps <= len(self.steps):
            raise IndexError(f"{steps} steps were not taken; there are {len(self.steps)}")
        return Trajectory(self.instance, self.steps[:steps], self.memories[: steps + 1])

    def fork(self, n: int, step: int | None = None) -> list[Trajectory]:
        """`n` trajectories that are at the moment before a step, each to be gone on with.

        They are references to one value, so they cost nothing and share all that was done.

        Args:
            n: how many, at least 1.
            step: the step that comes next in each; by default the one that comes next here.

        Raises:
            SettingError: for fewer than one.
            IndexError: for a step that was not reached.
        """
        return [self.upto(len(self.steps) if step is None else step)] * forks(n)


def forks(n: object) -> int:
    """The number of forks that is asked for.

    Raises:
        SettingError: unless it is an integer of at least 1.
    """
    if isinstance(n, bool) or not hasattr(n, "__index__") or operator.index(n) < 1:
        raise SettingError(f"fork(n) takes a number of forks, at least 1, not {n!r}")
    return operator.index(n)


@dataclass(frozen=True)
class Episode:
    """What a credit scheme sees.

    Attributes:
        trajectory: what was done.
        grades: one per question, in the order of `trajectory.instance.questions`.
        score: the mean of the questions that could be scored, `None` when none could.
        evidence: one trace per question (see `memenv.pipeline.trace`).
        step_terms: raw reward terms, name -> one value per step, `None` where not measured.
        grade: `(memory, questions) -> grades`; answers are cached by (memory digest, question).
        probes: those that the term `chunk` was measured with; `None` when it was not measured.
    """

    trajectory: Trajectory
    grades: tuple[Grade, ...]
    score: float | None
    evidence: tuple[Mapping[str, Any], ...]
    step_terms: Mapping[str, tuple[float | None, ...]]
    grade: Callable[[Memory, Sequence[Question]], tuple[Grade, ...]]
    probes: Probes | None = None


@dataclass(frozen=True)
class Record:
    """One episode, ready for disk.

    The digest covers everything but the costs and the seconds: the same instance and the same
    operations give the same digest on any machine.

    Attributes:
        instance: id, digest, competency, source, number of chunks and tokens of the stream.
        setting: names, arguments and versions of all that the result depends on.
        steps: per step the operations, outcomes, raw model text and memory tokens after it.
        grades: one per question.
        score: the mean of the scored questions; `None` when none could be scored.
        evidence: one trace per question.
        step_rewards: the credit of every step; `None` when there is no score to give credit for.
        step_terms: raw reward terms, name -> one value per step.
        missing_terms: terms that the credit scheme uses and that were not measured at every step
            where it looks at them; it left them out there.
        probes: where the probes of the term `chunk` came from: `instance`, `cloze`, or `None`
            when it was not measured.
        memory_digest: of the final memory.
        memory_tokens: of the final memory.
        questions: what was asked, so that a record explains itself.
        usage: calls, tokens and dollars of the whole episode.
        costs: the same for each part: `agent`, `reader`, `judge`; a part that asked no model has
            none.
        served: for each part that asked models: `models`, the dated ids that servers reported, and
            `notes`, what was done without or went wrong, each with its number of answers.
        judged: a model's verdict on every question that one is meant for, question id -> score in
            [0, 1] or `None`; beside the scores and never among them. `None` without a judge.
        seconds: wall-clock time of the episode, filled in by the harness.
    """

    instance: Mapping[str, Any]
    setting: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    grades: tuple[Grade, ...]
    score: float | None
    evidence: tuple[Mapping[str, Any], ...]
    step_rewards: tuple[float, ...] | None
    step_terms: Mapping[str, tuple[float | None, ...]]
    missing_terms: tuple[str, ...]
    probes: str | None
    memory_digest: str
    memory_tokens: int
    questions: tuple[Mapping[str, Any], ...]
    usage: Usage = Usage()
    costs: Mapping[str, Usage] = field(default_factory=dict)
    served: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    judged: Mapping[str, float | None] | None = None
    seconds: float | None = None

    @cached_property
    def digest(self) -> str:
        """The sha256 of the record without costs, servers, verdicts and seconds."""
        value = self._plain()
        for name in ("usage", "costs", "served", "judged", "seconds"):
            del value[name]
        return sha256(canonical_json(value))

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values, its digest included."""
        return {**self._plain(), "digest": self.digest}

    def _plain(self) -> dict[str, Any]:
        # Not `asdict`, which copies deeply what is plain already, and takes far longer.
        value = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            **value,
            "grades": tuple(grade_to_dict(grade) for grade in self.grades),
            "usage": asdict(self.usage),
            "costs": {name: asdict(usage) for name, usage in self.costs.items()},
        }

    def to_json(self) -> str:
        """The record as one line of canonical JSON."""
        return canonical_json(self.to_dict())


def grade_to_dict(grade: Grade) -> dict[str, Any]:
    """A grade as plain JSON values, as a `Record` writes it."""
    answer = grade.answer
    said = {"text": answer.text, "retrieved": answer.retrieved, "cited": answer.cited}
    return {"question": grade.question, "answer": said, "score": grade.score}


def step_to_dict(step: Step, memory_tokens: int) -> dict[str, Any]:
    """A step as plain JSON values, as a `Record` keeps it."""
    return {
        "operations": [operation_to_dict(operation) for operation in step.operations],
        # Not `asdict`, which copies deeply and takes longer than all the rest of a record.
        "outcomes": [
            {"status": outcome.status, "reason": outcome.reason, "entry": outcome.entry}
            for outcome in step.outcomes
        ],
        "raw": step.raw,
        "repaired": list(step.repaired),
        "memory_tokens": memory_tokens,
    }


def total(usages: Iterable[Usage]) -> Usage:
    """What several things cost together; one unknown price makes the whole unknown."""
    usages = list(usages)
    prices = [usage.usd for usage in usages if usage.usd is not None]
    return Usage(
        calls=sum(usage.calls for usage in usages),
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        completion_tokens=sum(usage.completion_tokens for usage in usages),
        usd=fsum(prices) if len(prices) == len(usages) else None,
    )
