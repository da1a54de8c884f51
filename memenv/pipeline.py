"""An episode as pure functions: observe, advance, assess, assign credit, write the record.

The environment and the harness are shells around these; a parity test keeps them equal. Nothing
here reads a file, a clock or a global random state.

    begin -> (observe -> the agent acts -> advance) for every chunk -> assess -> assign -> write
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from math import fsum, isfinite
from numbers import Real
from typing import Any, Literal

from memenv.actions import parse
from memenv.errors import SettingError
from memenv.memory import UNKNOWN_ID, Draft, Entry, Memory
from memenv.operations import Delete, Insert, Malformed, Operation, Outcome, Skip, Update, recorded
from memenv.protocols import Agent, CreditScheme, Observation, Reader, Scorer, name_of
from memenv.search import MemoryIndex, content_words, words
from memenv.terms import ANSWERED, Asking, Judge, Row, completed, terms_of
from memenv.types import (
    Answer,
    Episode,
    Grade,
    Instance,
    Probes,
    Question,
    Record,
    Step,
    Trajectory,
    Usage,
    step_to_dict,
    total,
)
from memenv.views import View


def mean(values: Collection[float]) -> float | None:
    """The mean, `None` of nothing. The builtin `sum` rounds differently since Python 3.12."""
    return fsum(values) / len(values) if values else None


def begin(instance: Instance, layout: str, capacity: float | None) -> Trajectory:
    """A trajectory with no step taken.

    Raises:
        SettingError: for a capacity or an instance that makes no sense.
        UnknownNameError: for an unknown layout.
    """
    _check(instance)
    memory = Memory.empty(layout, capacity, stream_tokens=instance.tokens)
    return Trajectory(instance, (), (memory,))


def _check(instance: Instance) -> None:
    """What a file's reader has checked already, and a task or a person may have got wrong."""
    chunks = len(instance.chunks)
    if not chunks or not instance.questions:
        raise SettingError(
            f"instance {instance.id!r} has {chunks} chunks and {len(instance.questions)} "
            f"questions; expected at least one of each"
        )
    for question in instance.questions:
        for name, places in (("after", [question.after]), ("evidence", question.evidence)):
            wrong = [each for each in places if each is not None and not 0 <= each < chunks]
            if wrong:
                raise SettingError(
                    f"instance {instance.id!r}, question {question.id!r}: {name} is {wrong[0]}, "
                    f"but chunks are 0 to {chunks - 1}"
                )


def observe(trajectory: Trajectory, view: View, *, show_instance: bool = False) -> Observation:
    """What an agent sees of the next step."""
    step, memory = len(trajectory.steps), trajectory.memories[-1]
    chunk = trajectory.instance.chunks[step]
    return Observation(
        chunk=chunk,
        entries=view(memory, chunk.text),
        layout=memory.layout,
        step=step,
        steps=len(trajectory.instance.chunks),
        tokens=memory.tokens,
        capacity=memory.capacity,
        instance=trajectory.instance if show_instance else None,
    )


def advance(
    trajectory: Trajectory,
    operations: Sequence[Operation],
    raw: str | None = None,
    usage: Usage | None = None,
    repaired: tuple[int, ...] = (),
) -> Trajectory:
    """The trajectory with one more step.

    Raises:
        TypeError: when something in `operations` is not an operation.
    """
    operations = tuple(recorded(operation) for operation in operations) or (Skip(),)
    memory, outcomes = trajectory.memories[-1].apply(operations, step=len(trajectory.steps))
    step = Step(operations, outcomes, raw, usage or Usage(), repaired)
    return replace(
        trajectory, steps=(*trajectory.steps, step), memories=(*trajectory.memories, memory)
    )


def act(
    trajectory: Trajectory, action: str | Sequence[Operation], usage: Usage | None = None
) -> Trajectory:
    """The trajectory with one more step: operations, or the text of a model, which is parsed.

    Raises:
        TypeError: for what is neither, and for operations that are none.
    """
    if isinstance(action, str):
        parsed = parse(action, trajectory.memories[-1].layout)
        return advance(trajectory, parsed.operations, action, usage, parsed.repaired)
    operations: Sequence[Operation] = action
    return advance(trajectory, operations, usage=usage)


def play(
    trajectory: Trajectory,
    agent: Agent,
    view: View,
    watch: Callable[[str, int], None] = lambda stage, step: None,
    spent: Callable[[], Usage] = Usage,
) -> Trajectory:
    """Let an agent handle all chunks that are left.

    Args:
        trajectory: where to start.
        agent: who decides.
        view: what it is shown of the memory.
        watch: told `("agent", step)` before every step.
        spent: what the agent spent on models since it was called last.
    """
    show_instance = bool(getattr(agent, "needs_instance", False))
    for step in range(len(trajectory.steps), len(trajectory.instance.chunks)):
        watch("agent", step)
        action = agent.act(observe(trajectory, view, show_instance=show_instance))
        trajectory = act(trajectory, action, spent())
    return trajectory


def replay(
    trajectory: Trajectory,
    without: Collection[int | tuple[int, int]] = (),
    dangling_update: Literal["insert", "fail"] = "insert",
    *,
    start: Trajectory | None = None,
) -> Trajectory:
    """The same operations on a fresh memory, some of them left out; or after another beginning.

    What a step says of parents that are not there in the replay is left out: it tells where a text
    came from and is no reason to reject it.

    Args:
        trajectory: what was done.
        without: numbers of steps to replace by `Skip`, and (step, operation) of single operations.
        dangling_update: what becomes of an `Update` that succeeded but whose entry is not there
            in the replay: `insert` puts its text into the store that the entry was in (and later
            operations on the missing entry act on the new one instead), `fail` rejects it.
        start: the first steps of another trajectory of the same instance; the replay goes on from
            there. Entries that its steps did not make are not there, whatever their id.

    Returns:
        With nothing left out, a trajectory equal to the one that was given.

    Raises:
        SettingError: for a step that is left out and is one of `start`.
    """
    left_out = {each for each in without if isinstance(each, tuple)}
    skipped = {each for each in without if not isinstance(each, tuple)}
    # What comes before the first step that is left out is as it was.
    first = min([*skipped, *(step for step, _ in left_out)], default=0)
    if start is None:
        start = trajectory.upto(min(first, len(trajectory.steps)))
        strangers: frozenset[str] = frozenset()
    else:
        if (skipped or left_out) and first < len(start.steps):
            raise SettingError(
                f"step {first} cannot be left out: the replay begins at step {len(start.steps)}"
            )
        first, strangers = len(start.steps), _strangers(trajectory, start)
    replayed = start
    stand_ins: dict[str, str] = {}
    for number, step in enumerate(trajectory.steps[first:], start=first):
        if number in skipped:
            replayed = advance(replayed, ())
            continue
        bridge = _Bridge(
            Draft(replayed.memories[-1], number),
            trajectory.memories[number],
            stand_ins,
            strangers,
            insert=dangling_update == "insert",
        )
        done = [
            _NOTHING if (number, index) in left_out else bridge.perform(index, operation, outcome)
            for index, (operation, outcome) in enumerate(
                zip(step.operations, step.outcomes, strict=True)
            )
        ]
        operations, outcomes = zip(*done, strict=True)
        replayed = replace(
            replayed,
            steps=(*replayed.steps, replace(step, operations=operations, outcomes=outcomes)),
            memories=(*replayed.memories, bridge.draft.memory()),
        )
    return replayed


_NOTHING = (Skip(), Outcome("ok"))
_UNKNOWN = Outcome("rejected", UNKNOWN_ID)


def _strangers(trajectory: Trajectory, start: Trajectory) -> frozenset[str]:
    """Ids of entries that the first steps of one trajectory made, and those of another did not."""
    known = _made(trajectory.upto(min(len(start.steps), len(trajectory.steps))))
    return frozenset(id for id, made in _made(start).items() if known.get(id) != made)  # noqa: A001


def _made(trajectory: Trajectory) -> dict[str, Operation]:
    """Id of every entry that was made -> the insert that made it."""
    return {
        outcome.entry: operation
        for step in trajectory.steps
        for operation, outcome in zip(step.operations, step.outcomes, strict=True)
        if isinstance(operation, Insert) and outcome.status == "ok" and outcome.entry is not None
    }


@dataclass(frozen=True)
class _Bridge:
    """Leads the operations of one step to what a replay has instead of entries that it lacks.

    Attributes:
        draft: the memory of the replay, one operation after the other.
        before: the memory before the step as it was.
        stand_ins: id of a missing entry -> id of what stands in for it.
        strangers: ids which are those of other entries in the replay.
        insert: whether an update of a missing entry becomes an insert.
    """

    draft: Draft
    before: Memory
    stand_ins: dict[str, str]
    strangers: frozenset[str]
    insert: bool

    def perform(self, index: int, original: Operation, then: Outcome) -> tuple[Operation, Outcome]:
        """An operation as the replay records it, and what became of it."""
        operation = original
        if then.status != "rejected":
            operation = self._redirected(original)
        elif self._misses(original) or self._derives_from_stranger(original):
            return self._refused(index)
        misses = self._misses(operation)
        now = _UNKNOWN if misses else self.draft.perform(index, operation)
        unknown = now.status == "rejected" and (now.reason or "").startswith(UNKNOWN_ID)
        if self.insert and unknown and then.status == "ok" and isinstance(operation, Update):
            assert isinstance(original, Update)
            # The store it was in; the default one when this very step had made it.
            lost = self.before.get(original.id)
            store = self.draft.layout.default_store if lost is None else lost.store
            operation = Insert(store, operation.text, operation.parents)
            now = self.draft.perform(index, operation)
            # A duplicate's text is in an entry of its own life, which nothing may act on instead.
            if now.status == "ok" and now.entry is not None:
                self.stand_ins[original.id] = now.entry
        elif misses:
            return self._refused(index)
        elif then.status == "duplicate" and now.status == "ok":
            self._doubled(then.entry, now.entry)
        return operation, now

    def _doubled(self, then: str | None, now: str | None) -> None:
        """A text that was there already is not: what became of its entry becomes of the new one."""
        if then is not None and now is not None and not self.draft.has(then):
            self.stand_ins.setdefault(then, now)

    def _refused(self, index: int) -> tuple[Operation, Outcome]:
        operation = Malformed("", "its entry is not there in the replay")
        return operation, self.draft.perform(index, operation)

    def _misses(self, operation: Operation) -> bool:
        """Whether an operation acts on an entry that is another one here."""
        return isinstance(operation, Update | Delete) and self._is_stranger(operation.id)

    def _derives_from_stranger(self, operation: Operation) -> bool:
        """Whether an operation says that its text was made from such an entry."""
        if not isinstance(operation, Insert | Update) or not isinstance(operation.parents, tuple):
            return False
        return any(map(self._is_stranger, operation.parents))

    def _is_stranger(self, id: object) -> bool:  # noqa: A002
        # What was rejected may have anything for an id, also what has no hash.
        return isinstance(id, str) and id in self.strangers

    def _redirected(self, operation: Operation) -> Operation:
        """An operation that succeeded, on the ids that the replay has."""
        if isinstance(operation, Update | Delete):
            operation = replace(operation, id=self.stand_ins.get(operation.id, operation.id))
        if isinstance(operation, Insert | Update) and operation.parents:
            parents = (
                self.stand_ins.get(parent, parent)
                for parent in operation.parents
                if parent not in self.strangers or parent in self.stand_ins
            )
            operation = replace(operation, parents=tuple(filter(self.draft.has, parents)))
        return operation


class Grader:
    """Asks questions of memories; an answer is found once per (memory digest, question).

    The reader is shown the question alone: not its accepted answers, nor where they stand. One
    grader serves one reader, and one episode at a time.

    Args:
        reader: who answers.
        scorer: gives the scorer of a metric.
        keep: how many answers are kept; the oldest are forgotten.
    """

    def __init__(self, reader: Reader, scorer: Callable[[str], Scorer], keep: int = 10_000) -> None:
        self._reader = reader
        self._scorer = scorer
        self._keep = keep
        self._answers: dict[tuple[str, Hashable], Answer] = {}

    def __call__(self, memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
        """One grade per question, in their order.

        Raises:
            SettingError: for a score outside [0, 1], or a reader that gives too few answers.
        """
        if not questions:
            return ()
        digest = memory.digest
        asked = [_bare(question) for question in questions]
        keys = [(digest, (each.id, each.text, each.metric, each.options)) for each in asked]
        known = {key: self._answers[key] for key in keys if key in self._answers}
        new = {key: each for key, each in zip(keys, asked, strict=True) if key not in known}
        if new:
            known.update(zip(new, self._read(list(new.values()), memory), strict=True))
            for key in new:
                if len(self._answers) >= self._keep:
                    del self._answers[next(iter(self._answers))]
                self._answers[key] = known[key]
        return tuple(
            self._grade(question, known[key]) for question, key in zip(questions, keys, strict=True)
        )

    def _read(self, questions: Sequence[Question], memory: Memory) -> Sequence[Answer]:
        together = getattr(self._reader, "answers", None)
        if not callable(together):
            return [self._reader.answer(question, memory) for question in questions]
        answers = list(together(questions, memory))
        if len(answers) != len(questions):
            raise SettingError(
                f"reader {name_of(self._reader)} gave {len(answers)} answers to {len(questions)} "
                f"questions"
            )
        return answers

    def scorers(self, questions: Sequence[Question]) -> dict[str, str]:
        """Metric -> version of its scorer, for all metrics of some questions."""
        metrics = sorted({question.metric for question in questions})
        return {metric: str(getattr(self._scorer(metric), "version", "0")) for metric in metrics}

    def _grade(self, question: Question, answer: Answer) -> Grade:
        for entry, points in answer.retrieved:
            if not isinstance(points, int | float) or not isfinite(points):
                raise SettingError(
                    f"reader {name_of(self._reader)} retrieved {entry!r} with score {points!r}; "
                    f"expected a finite number"
                )
        score = self._scorer(question.metric).score(answer, question)
        if score is not None and not 0 <= score <= 1:
            raise SettingError(
                f"the scorer of metric {question.metric!r} gave {score!r} for question "
                f"{question.id!r}; expected a number from 0 to 1, or None"
            )
        return Grade(question.id, answer, score)


def _bare(question: Question) -> Question:
    """What a reader is shown of a question."""
    return Question(question.id, question.text, (), question.metric, options=question.options)


def trace(question: Question, grade: Grade, memory: Memory, index: MemoryIndex) -> dict[str, Any]:
    """Where a question was won or lost: was its evidence kept, found, answered?

    *Kept*: the content words of every support passage are together in some entry; without support
    passages, an entry has a gold chunk among its writers. *Found*: such an entry was retrieved
    (for every passage). *Answered*: the score is above 0.5. Each is `None` when it is not known.

    Args:
        question: what was asked.
        grade: how it was answered.
        memory: from what.
        index: any index; it is brought in step with the memory.
    """
    retrieved = {entry for entry, _ in grade.answer.retrieved}
    kept: bool | None = None
    found: bool | None = None
    if question.support:
        index.sync(memory)
        holders = [_holders(passage, memory, index) for passage in question.support]
        kept = all(holders)
        found = all(any(holder.id in retrieved for holder in entries) for entries in holders)
    elif question.evidence:
        gold = frozenset(question.evidence)
        written = _by_writer(memory)
        kept = not gold.isdisjoint(written)
        found = any(not retrieved.isdisjoint(written.get(chunk, ())) for chunk in gold)
    return {
        "question": question.id,
        "answer": grade.answer.text,
        "score": grade.score,
        "retrieved": [
            {"entry": entry, "rank": rank, "score": score, "writers": _writers(memory.get(entry))}
            for rank, (entry, score) in enumerate(grade.answer.retrieved, start=1)
        ],
        "cited": list(grade.answer.cited),
        "gold_chunks": list(question.evidence),
        "kept": kept,
        "found": found,
        "answered": None if grade.score is None else grade.score > ANSWERED,
    }


def _holders(passage: str, memory: Memory, index: MemoryIndex) -> list[Entry]:
    wanted = content_words(passage)
    if wanted:
        return index.having_all(wanted)
    return [entry for entry in memory.entries if passage in entry.text]


@functools.lru_cache(maxsize=4)
def _by_writer(memory: Memory) -> Mapping[int, frozenset[str]]:
    """Step -> ids of the entries it wrote; the questions of a moment share it."""
    written: dict[int, set[str]] = {}
    for entry in memory.entries:
        for step in entry.writers:
            written.setdefault(step, set()).add(entry.id)
    return {step: frozenset(ids) for step, ids in written.items()}


def _writers(entry: Entry | None) -> list[int]:
    return [] if entry is None else list(entry.writers)


class Meter:
    """Measures the terms of steps in their order, on one reader's index that moves forward.

    One meter serves the rollouts of one instance: what was asked of a memory, and traced in it, is
    not asked or traced again.

    Args:
        grade: reader and scorers.
        probes: for the term `chunk`; without them it is not measured.
        judge: for the term `content`; without one it is not measured.
        keep: how many traces are kept; the oldest are forgotten.
    """

    def __init__(
        self,
        grade: Grader,
        probes: Probes | None = None,
        judge: Judge | None = None,
        keep: int = 1_000,
    ) -> None:
        self.grade = grade
        self.probes = probes
        self.judge = judge
        self._keep = keep
        self._index = MemoryIndex()
        self._traces: dict[tuple[str, str], tuple[Question, Grade, dict[str, Any]]] = {}

    def __call__(self, trajectory: Trajectory, number: int) -> Row:
        """The terms of a step of a trajectory."""
        step, memory = trajectory.steps[number], trajectory.memory_after(number)
        row = terms_of(
            step,
            memory,
            trajectory.instance,
            grade=self.grade,
            probes=self.probes,
            judge=self.judge,
        )
        if self.probes is not None:
            # What is asked now is asked while the reader stands here; the answers are kept.
            instance = trajectory.instance
            due = [each for each in instance.questions if instance.asked_after(each) == number]
            self.grade(memory, due)
        return row

    def ask(
        self, memory: Memory, questions: Sequence[Question]
    ) -> list[tuple[Grade, dict[str, Any]]]:
        """A grade and a trace for each of some questions; the traces are the caller's own."""
        if not questions:
            return []
        digest, grades = memory.digest, self.grade(memory, questions)
        return [
            (grade, self._traced(memory, digest, question, grade))
            for question, grade in zip(questions, grades, strict=True)
        ]

    def _traced(
        self, memory: Memory, digest: str, question: Question, grade: Grade
    ) -> dict[str, Any]:
        key = (digest, question.id)
        kept = self._traces.get(key)
        # A reader that is asked again, its answer forgotten, may answer otherwise.
        if kept is None or kept[0] is not question or kept[1] != grade:
            if key not in self._traces and len(self._traces) >= self._keep:
                del self._traces[next(iter(self._traces))]
            kept = (question, grade, trace(question, grade, memory, self._index))
            self._traces[key] = kept
        return _copied(kept[2])


def graded(trajectory: Trajectory, grade: Grader | Asking) -> tuple[Grade, ...]:
    """A grade for every question of an instance, each asked at its moment, in their order."""
    found: dict[int, Grade] = {}
    # In the order of the stream, so that an index only ever moves forward.
    for step, numbers in enumerate(_due(trajectory)):
        questions = [trajectory.instance.questions[number] for number in numbers]
        if questions:
            grades = grade(trajectory.memory_after(step), questions)
            found.update(zip(numbers, grades, strict=True))
    return tuple(found[number] for number in range(len(found)))


def _due(trajectory: Trajectory) -> list[list[int]]:
    """Per step the numbers of the questions that are asked after it."""
    due: list[list[int]] = [[] for _ in trajectory.steps]
    for number, question in enumerate(trajectory.instance.questions):
        due[trajectory.instance.asked_after(question)].append(number)
    return due


def assess(
    trajectory: Trajectory,
    meter: Meter,
    watch: Callable[[str, int], None] = lambda stage, step: None,
    rows: Sequence[Row] = (),
) -> Episode:
    """Ask every question on the memory of the moment it is asked, and trace its evidence.

    Args:
        trajectory: a finished one.
        meter: reader, scorers, and what else is measured.
        watch: told `("reader", T)` before the questions are asked.
        rows: terms of the first steps, measured when they were taken.
    """
    instance = trajectory.instance
    watch("reader", len(trajectory.steps))
    measured = list(rows)
    grades: dict[int, Grade] = {}
    evidence: dict[int, dict[str, Any]] = {}
    # In the order of the stream, so that an index only ever moves forward.
    for step, numbers in enumerate(_due(trajectory)):
        if step >= len(measured):
            measured.append(meter(trajectory, step))
        asked = meter.ask(
            trajectory.memory_after(step), [instance.questions[number] for number in numbers]
        )
        for number, (grade, traced) in zip(numbers, asked, strict=True):
            grades[number], evidence[number] = grade, traced
    order = range(len(instance.questions))
    score = mean([each.score for each in grades.values() if each.score is not None])
    traces = tuple(evidence[number] for number in order)
    return Episode(
        trajectory=trajectory,
        grades=tuple(grades[number] for number in order),
        score=score,
        evidence=traces,
        step_terms=completed(measured, score, traces),
        grade=meter.grade,
        probes=meter.probes,
    )


def assign(episode: Episode, credit: CreditScheme) -> tuple[float, ...] | None:
    """The reward of every step; `None` when there is no score to give credit for.

    Raises:
        SettingError: when the scheme does not give one finite number per step.
    """
    if episode.score is None:
        return None
    length = len(episode.trajectory.steps)
    given = credit.assign(lent(episode))
    rewards = numbers_of(given)
    if len(rewards) != length or not all(map(isfinite, rewards)):
        raise SettingError(
            f"credit {name_of(credit)} gave {f'{len(rewards)} rewards, ' if rewards else ''}"
            f"{repr(given)[:80]}; expected {length} finite numbers, one per step"
        )
    return rewards


def lent(episode: Episode) -> Episode:
    """The episode with traces of its own: what a scheme does to them is not done to others."""
    traces = tuple(_copied(trace) for trace in episode.evidence)
    return replace(episode, evidence=traces, step_terms=dict(episode.step_terms))


def _copied(trace: Mapping[str, Any]) -> dict[str, Any]:
    items = [{**item, "writers": [*item["writers"]]} for item in trace["retrieved"]]
    mine = {name: [*trace[name]] for name in ("cited", "gold_chunks")}
    return {**trace, "retrieved": items, **mine}


def numbers_of(given: Any) -> tuple[float, ...]:
    """The rewards that a scheme gave, `()` for what is no sequence of numbers.

    A text of digits, the keys of a dictionary or a set might be taken for numbers too.
    """
    values = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        return ()
    real = all(isinstance(value, Real) and not isinstance(value, bool) for value in values)
    try:
        return tuple(map(float, values)) if real else ()
    except OverflowError:
        return ()


def missing_terms(episode: Episode, credit: CreditScheme) -> tuple[str, ...]:
    """The terms that a scheme uses and that were not measured wherever it looks at them.

    `compression` and `global` are looked at once, at the last step. `gold` stands for the gold
    chunks of the questions, where a scheme needs them and no question has any.

    Raises:
        SettingError: when the scheme declares a term that there is not.
    """
    names = dict.fromkeys([*getattr(credit, "terms", ()), *getattr(credit, "online", {})])
    for name in names:
        if name not in episode.step_terms:
            raise SettingError(
                f"credit {name_of(credit)} declares term {name!r}; terms: "
                f"{', '.join(episode.step_terms)}"
            )
    once = ("compression", "global")
    missing = [
        name
        for name in names
        if None in (episode.step_terms[name][-1:] if name in once else episode.step_terms[name])
    ]
    if getattr(credit, "gold", False) and not any(each["gold_chunks"] for each in episode.evidence):
        missing.append("gold")
    return tuple(missing)


def write(
    episode: Episode,
    rewards: tuple[float, ...] | None,
    credit: CreditScheme,
    setting: Mapping[str, Any],
    grade: Grader,
    *,
    costs: Mapping[str, Usage] | None = None,
    served: Mapping[str, Mapping[str, Mapping[str, int]]] | None = None,
    judged: Mapping[str, float | None] | None = None,
) -> Record:
    """The record of an episode.

    Args:
        episode: what was done and how it was graded.
        rewards: the reward of every step.
        credit: the scheme that gave them.
        setting: names, arguments and versions of all that the result depends on.
        grade: the grader; the versions of its scorers are added to the setting.
        costs: what others than the agent spent on models.
        served: which models answered, and how.
        judged: a model's verdicts, which stand beside the scores.
    """
    trajectory, instance = episode.trajectory, episode.trajectory.instance
    asked = chain.from_iterable(episode.probes.rows if episode.probes else ())
    spent = {"agent": total(step.usage for step in trajectory.steps), **(costs or {})}
    return Record(
        instance=_described(instance),
        setting={**setting, "scorers": grade.scorers([*instance.questions, *asked])},
        steps=tuple(
            step_to_dict(step, memory.tokens)
            for step, memory in zip(trajectory.steps, trajectory.memories[1:], strict=True)
        ),
        grades=episode.grades,
        score=episode.score,
        evidence=episode.evidence,
        step_rewards=rewards,
        step_terms=episode.step_terms,
        missing_terms=missing_terms(episode, credit),
        probes=episode.probes.origin if episode.probes and any(episode.probes.rows) else None,
        memory_digest=trajectory.memories[-1].digest,
        memory_tokens=trajectory.memories[-1].tokens,
        questions=tuple(_asked(question) for question in instance.questions),
        usage=total(spent.values()),
        costs={name: usage for name, usage in spent.items() if usage.calls},
        served=served or {},
        judged=judged,
    )


def _described(instance: Instance) -> dict[str, Any]:
    return {
        "id": instance.id,
        "digest": instance.digest,
        "competency": instance.competency,
        "source": instance.source,
        "chunks": len(instance.chunks),
        "tokens": instance.tokens,
    }


def _asked(question: Question) -> dict[str, Any]:
    value = asdict(question)
    del value["meta"]
    return value


def is_stale(question: Question, answer: Answer) -> bool:
    """Whether an answer contains an outdated value and no accepted one."""
    return _says(answer.text, question.stale) and not _says(answer.text, question.answers)


def _says(text: str, values: Sequence[str]) -> bool:
    """Whether a text holds the words of some value together; stop words count when asked for."""
    said = [f" {' '.join(analyse(text))} " for analyse in (content_words, words)]
    for value in values:
        wanted = [" ".join(analyse(value)) for analyse in (content_words, words)]
        if any(want and f" {want} " in have for want, have in zip(wanted, said, strict=True)):
            return True
    return False
