"""Episodes made by hand, to try a credit scheme on a case that can be followed on paper."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any

from memenv import pipeline
from memenv.errors import SettingError
from memenv.memory import Memory
from memenv.operations import Insert, Operation, Update
from memenv.terms import ANSWERED, TERMS, completed
from memenv.types import Answer, Chunk, Episode, Grade, Instance, Question, Trajectory

_STORE = "semantic"

Column = Sequence[float | None]


def episode(
    steps: int,
    owners: Sequence[Sequence[Sequence[int]]],
    scores: Column,
    *,
    format: Column | None = None,  # noqa: A002 - the name of the term
    executed: Column | None = None,
    chunk: Column | None = None,
    content: Column | None = None,
    gold: Sequence[Sequence[int]] | None = None,
    memory_tokens: int = 0,
    stream_tokens: int = 1,
) -> Episode:
    """A finished episode of which every number is given.

    Its operations are real ones: every item is inserted by its first writer and rewritten by the
    others, so that steps can be left out and replayed. A question whose items all read as their
    last writers left them has its score; each item that is missing, or says something else, costs
    it an equal part. A question for which nothing is retrieved has its score whatever happens.

        >>> made = episode(2, owners=[[[0]], [[0, 1]]], scores=[1.0, 0.5])
        >>> made.score, made.step_terms["evidence"]
        (0.75, (0.5, 0.25))

    Args:
        steps: number of steps, T; they count from 0.
        owners: `owners[j]`: for each item retrieved by question j, best first, the list of the
            steps that wrote it.
        scores: of every question, in [0, 1]; `None` for one that could not be scored.
        format: the term, per step; `None` is not measured. Likewise `executed`, `chunk`, `content`.
        executed: see `format`.
        chunk: see `format`.
        content: see `format`.
        gold: per question the chunks that hold its answer.
        memory_tokens: of the final memory, for `compression`.
        stream_tokens: of the whole stream.

    Raises:
        SettingError: for numbers that do not fit together.
    """
    columns = {"format": format, "executed": executed, "chunk": chunk, "content": content}
    gold = [()] * len(scores) if gold is None else gold
    _check(steps, owners, scores, columns, gold)
    if stream_tokens < 1 or memory_tokens < 0:
        raise SettingError(
            f"expected stream_tokens of at least 1 and memory_tokens of at least 0, "
            f"got {stream_tokens} and {memory_tokens}"
        )
    written = [[sorted(set(writers)) for writers in items] for items in owners]
    trajectory, wanted = _played(_instance(steps, gold), written)

    numbers = {each.text: j for j, each in enumerate(trajectory.instance.questions)}

    def grade(memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
        strange = [each.text for each in questions if each.text not in numbers]
        if strange:
            raise SettingError(
                f"an episode made by hand knows the scores of its own questions alone, not of "
                f"{strange[0]!r}"
            )
        texts = {entry.text for entry in memory.entries}
        asked = [(each, numbers[each.text]) for each in questions]
        return tuple(_graded(each, scores[j], wanted[j], texts) for each, j in asked)

    grades = grade(trajectory.memories[-1], trajectory.instance.questions)
    evidence = tuple(
        _trace(question, graded, trajectory.memories[-1], items)
        for question, graded, items in zip(
            trajectory.instance.questions, grades, wanted, strict=True
        )
    )
    rows = [dict.fromkeys(TERMS) for _ in range(steps)]
    for name, column in columns.items():
        for row, value in zip(rows, [None] * steps if column is None else column, strict=True):
            row[name] = None if value is None else float(value)
    rows[-1]["compression"] = 1 - memory_tokens / stream_tokens
    score = pipeline.mean([each for each in scores if each is not None])
    return Episode(
        trajectory=trajectory,
        grades=grades,
        score=score,
        evidence=evidence,
        step_terms=completed(rows, score, evidence),
        grade=grade,
    )


def _check(
    steps: int,
    owners: Sequence[Sequence[Sequence[int]]],
    scores: Column,
    columns: Mapping[str, Column | None],
    gold: Sequence[Sequence[int]],
) -> None:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise SettingError(f"steps is a whole number of at least 1, not {steps!r}")
    if not len(scores):
        raise SettingError("expected a score for every question, got none")
    for name, rows in (("owners", owners), ("gold", gold)):
        if len(rows) != len(scores):
            raise SettingError(f"{len(scores)} scores and {name} of {len(rows)} questions")
    for name, column in columns.items():
        if column is not None and len(column) != steps:
            raise SettingError(f"{name} has {len(column)} values for {steps} steps")
        odd = [each for each in (() if column is None else column) if not _is_number(each)]
        if odd:
            raise SettingError(f"{name} is a number per step, or None, not {odd[0]!r}")
    wrong = [each for each in scores if each is not None and not 0 <= each <= 1]
    if wrong:
        raise SettingError(f"a score is a number from 0 to 1, or None, not {wrong[0]!r}")
    lists = [each for items in owners for each in items] + list(gold)
    if not all(isinstance(each, Sequence) and not isinstance(each, str) for each in lists):
        raise SettingError(
            "owners[j] is a list of items, and every item the list of the steps that wrote it"
        )
    for step in [step for writers in lists for step in writers]:
        if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < steps:
            raise SettingError(f"steps are 0 to {steps - 1}, not {step!r}")
    if any(not writers for items in owners for writers in items):
        raise SettingError("every item is written by some step; got one without any")


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, Real) and isfinite(value))


def _instance(steps: int, gold: Sequence[Sequence[int]]) -> Instance:
    return Instance(
        id="handmade",
        competency="AR",
        source="memenv.testing",
        chunks=tuple(Chunk(f"Chunk {step}.", step) for step in range(steps)),
        questions=tuple(
            Question(str(j), f"Question {j}?", (f"answer {j}",), "em", evidence=tuple(chunks))
            for j, chunks in enumerate(gold)
        ),
    )


def _played(
    instance: Instance, written: Sequence[Sequence[Sequence[int]]]
) -> tuple[Trajectory, list[list[tuple[str, str]]]]:
    """The trajectory, and per question the (id, text) of its items in the end."""
    trajectory = pipeline.begin(instance, "mem-alpha", None)
    items = {(j, k): writers for j, rows in enumerate(written) for k, writers in enumerate(rows)}
    ids: dict[tuple[int, int], str] = {}
    for step in range(len(instance.chunks)):
        operations: list[Operation] = []
        for (j, k), writers in items.items():
            if step not in writers:
                continue
            text = f"Item {k} of question {j}, written in step {step}."
            if step == writers[0]:
                ids[j, k] = f"{step}.{len(operations)}"
                operations.append(Insert(_STORE, text))
            else:
                operations.append(Update(ids[j, k], text))
        trajectory = pipeline.advance(trajectory, operations)
    return trajectory, [
        [
            (ids[j, k], f"Item {k} of question {j}, written in step {writers[-1]}.")
            for k, writers in enumerate(rows)
        ]
        for j, rows in enumerate(written)
    ]


def _graded(
    question: Question,
    score: float | None,
    items: Sequence[tuple[str, str]],
    texts: Collection[str],
) -> Grade:
    there = [(id, text) for id, text in items if text in texts]  # noqa: A001
    if score is not None and len(there) < len(items):
        score *= len(there) / len(items)
    retrieved = tuple((id, 1 / rank) for rank, (id, _) in enumerate(there, start=1))  # noqa: A001
    return Grade(question.id, Answer(f"answer {question.id}", retrieved), score)


def _trace(
    question: Question, graded: Grade, memory: Memory, items: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    retrieved = []
    for rank, (id, _) in enumerate(items, start=1):  # noqa: A001
        entry = memory.get(id)
        assert entry is not None
        retrieved.append(
            {"entry": id, "rank": rank, "score": 1 / rank, "writers": list(entry.writers)}
        )
    return {
        "question": question.id,
        "answer": graded.answer.text,
        "score": graded.score,
        "retrieved": retrieved,
        "cited": [],
        "gold_chunks": list(question.evidence),
        "kept": None,
        "found": None,
        "answered": None if graded.score is None else graded.score > ANSWERED,
    }
