"""Every raw term by hand, and that nothing is measured twice."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Any

import pytest

from memenv import pipeline
from memenv.actions import parse_operations
from memenv.memory import LAYOUTS, Memory
from memenv.operations import Delete, Insert, Malformed, Operation, Skip, Update
from memenv.terms import AT_THE_STEP, TERMS, completed, contributions, terms_of
from memenv.types import Answer, Chunk, Grade, Instance, Probes, Question, Trajectory

TEXT = "one two three four five six seven eight nine ten"


def question(number: int, **changes: Any) -> Question:
    return Question(
        **{"id": str(number), "text": "?", "answers": ("a",), "metric": "em", **changes}
    )


def instance(chunks: int = 3, questions: int = 1) -> Instance:
    return Instance(
        "i",
        "AR",
        "tests",
        tuple(Chunk(TEXT, number) for number in range(chunks)),
        tuple(question(number) for number in range(questions)),
    )


def played(*steps: Sequence[Operation], task: Instance | None = None) -> Trajectory:
    trajectory = pipeline.begin(task or instance(), "mem-alpha", None)
    for operations in steps:
        trajectory = pipeline.advance(trajectory, operations)
    return trajectory


def row(*operations: Operation, before: Sequence[Operation] = (), **more: Any) -> dict[str, Any]:
    """The terms of a step that follows another one."""
    after = played(before, operations)
    return terms_of(after.steps[1], after.memories[-1], after.instance, **more)


def scored(scores: Sequence[float | None]) -> Any:
    """Asks questions whose scores are given."""

    def grade(memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
        return tuple(Grade(each.id, Answer(""), scores[int(each.id)]) for each in questions)

    return grade


# --- format and executed --------------------------------------------------------------------------

BAD = Malformed("?", "why")
KEPT = Insert("semantic", "kept")


@pytest.mark.parametrize(
    ("operations", "format_share", "executed"),
    [
        ([], 1.0, 1.0),
        ([Skip()], 1.0, 1.0),
        ([BAD], 0.0, 0.0),
        ([BAD, KEPT], 0.5, 0.0),
        ([Insert("semantic", "new"), BAD], 0.5, 0.5),
        # The text is there already: a duplicate is well-formed, and no success.
        ([KEPT, Insert("semantic", "new")], 1.0, 0.5),
        ([Delete("9.9"), Insert("semantic", "new")], 1.0, 0.5),
        ([Delete("0.0")], 1.0, 1.0),
        ([Update("9.9", "x"), Update("0.0", "x"), Insert("nowhere", "x")], 1.0, 1 / 3),
        # The core is cut at its limit, which counts as a success.
        ([Update("core", "word " * 600)], 1.0, 1.0),
        ([Insert("semantic", " ")], 1.0, 0.0),
    ],
)
def test_format_and_executed_are_shares_of_the_operations(
    operations: list[Operation], format_share: float, executed: float
) -> None:
    found = row(*operations, before=[KEPT])
    assert (found["format"], found["executed"]) == (format_share, executed)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("I have nothing to say.", 0.0),
        ("", 0.0),
        ("executed successfully", 0.0),
        ('{"name": "new_memory_insert", "arguments": {"content": "x"}}', 1.0),
        ('{"name": "new_memory_insert", "arguments": {"content": "x"}} {"name": "nothing"}', 0.5),
    ],
)
def test_text_without_any_call_is_not_well_formed(text: str, share: float) -> None:
    found = row(*parse_operations(text, LAYOUTS["mem-alpha"]))
    assert found["format"] == share


# --- chunk ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "share"),
    [
        ([1.0, 0.0, 1.0, 1.0, 0.0], 0.6),
        ([1.0, None, 0.0, None], 0.5),
        ([0.5, 0.51], 0.5),
        ([None, None], None),
        ([], None),
    ],
)
def test_chunk_is_the_share_of_scored_probes_that_are_answered_right(
    scores: list[float | None], share: float | None
) -> None:
    probes = Probes(((), tuple(map(question, range(len(scores)))), ()), "instance")
    assert row(KEPT, grade=scored(scores), probes=probes)["chunk"] == share


def test_without_probes_chunk_is_not_measured() -> None:
    assert row(KEPT, grade=scored([1.0]))["chunk"] is None


# --- compression ----------------------------------------------------------------------------------


def test_compression_goes_below_zero_when_the_memory_outgrows_the_stream() -> None:
    found = row(*[Insert("semantic", f"{TEXT} {number}") for number in range(6)])
    after = played((), [Insert("semantic", f"{TEXT} {number}") for number in range(6)])
    tokens, stream = after.memories[-1].tokens, after.instance.tokens
    assert tokens > stream
    assert found["compression"] == 1 - tokens / stream < 0
    assert row()["compression"] == 1.0


def test_of_an_empty_stream_there_is_no_compression() -> None:
    empty = Instance("i", "AR", "tests", (Chunk("", 0),), (question(0),))
    after = played([KEPT], task=empty)
    assert terms_of(after.steps[0], after.memories[-1], empty)["compression"] is None


# --- content --------------------------------------------------------------------------------------


def valid(operation: Insert | Update, chunk: Chunk) -> bool:
    return "placeholder" not in str(operation.text)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        # Mem-alpha's released reward, case MA-068: deletes count as not accepted, no calls give 0,
        # and a call that failed is judged on its content.
        ([Insert("semantic", "ok"), Update("core", "placeholder"), Delete("core")], 1 / 3),
        ([], 0.0),
        ([Insert("core", "ok")], 1.0),
        ([Insert("semantic", "ok"), BAD], 0.5),
        ([Insert("semantic", "ok"), Skip()], 1.0),
    ],
)
def test_content_is_the_share_that_the_judge_accepts(
    operations: list[Operation], expected: float
) -> None:
    assert row(*operations, judge=valid)["content"] == pytest.approx(expected, abs=1e-12)


def test_what_the_judge_does_not_know_is_not_measured() -> None:
    doubtful = [Insert("semantic", "ok"), Insert("semantic", "hm")]
    judge = {"ok": True, "hm": None}
    assert row(*doubtful, judge=lambda made, chunk: judge[made.text])["content"] is None
    assert row(*doubtful)["content"] is None


def test_the_judge_is_told_the_chunk_of_the_step() -> None:
    task = Instance("i", "AR", "tests", tuple(Chunk(f"c{n}", n) for n in range(2)), (question(0),))
    after = played([], [KEPT], task=task)
    told: list[str] = []
    terms_of(
        after.steps[1],
        after.memories[-1],
        task,
        judge=lambda made, chunk: bool(told.append(chunk.text)),  # type: ignore[func-returns-value]
    )
    assert told == ["c1"]


# --- global and evidence --------------------------------------------------------------------------


def trace(score: float | None, *writers: list[int]) -> dict[str, Any]:
    items = [
        {"entry": f"{n}", "rank": n + 1, "score": 2.0 - n, "writers": each}
        for n, each in enumerate(writers)
    ]
    return {"score": score, "retrieved": items, "cited": ["1"]}


def test_what_is_known_at_the_end_stands_where_it_belongs() -> None:
    rows = [dict.fromkeys(TERMS) for _ in range(3)]
    found = completed(rows, 0.75, [trace(1.0, [0], [1, 2]), trace(0.5, [2])])
    assert list(found) == list(TERMS)
    assert found["global"] == (None, None, 0.75)
    # N_t: half of 1/2 to step 0, half of it and all of 0.5/2 to step 2.
    assert found["evidence"] == (0.25, 0.0, 0.5)
    nothing = completed(rows, None, [trace(None, [0])])
    assert nothing["global"] == nothing["evidence"] == (None, None, None)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.5, 0.0, 0.5]),
        ({"owner": "creator"}, [0.5, 0.5, 0.0]),
        ({"owner": "split"}, [0.5, 0.25, 0.25]),
        ({"weight": "rank"}, [2 / 3, 0.0, 1 / 3]),
        ({"weight": "score"}, [2 / 3, 0.0, 1 / 3]),
        ({"weight": "cited"}, [0.0, 0.0, 1.0]),
    ],
)
def test_the_score_of_a_question_is_shared_among_what_was_retrieved(
    options: dict[str, Any], expected: list[float]
) -> None:
    owned, unowned = contributions([trace(1.0, [0], [1, 2]), trace(None, [0])], 3, **options)
    assert owned == pytest.approx(expected, abs=1e-12)
    assert unowned == 0.0


def test_contributions_and_what_nobody_owns_sum_to_the_score() -> None:
    evidence = [trace(0.3, [0], [1, 2]), trace(0.9), trace(0.7, []), trace(0.1, [], [2])]
    owned, unowned = contributions(evidence, 3)
    assert unowned == pytest.approx((0.9 + 0.7) / 4, abs=1e-12)
    assert fsum([*owned, unowned]) == pytest.approx((0.3 + 0.9 + 0.7 + 0.1) / 4, abs=1e-12)


def test_the_terms_known_at_a_step_are_those_that_a_step_has() -> None:
    probes = Probes(((), (question(0),), ()), "instance")
    found = row(KEPT, grade=scored([1.0]), probes=probes, judge=valid)
    assert tuple(name for name in TERMS if found[name] is not None) == AT_THE_STEP


# --- nothing is measured twice --------------------------------------------------------------------


class Right:
    def score(self, answer: Answer | str, question: Question) -> float:
        return 1.0


class Listing:
    """Lists the memory and the question of every call."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, str]] = []

    def answer(self, question: Question, memory: Memory) -> Answer:
        self.asked.append((len(memory), question.text))
        return Answer("a", (("0.0", 1.0),))


def test_a_step_is_measured_once_and_in_the_order_of_the_stream() -> None:
    rows = tuple((question(0, text=f"probe {n}"),) for n in range(4))
    early, late = question(0, text="early", after=1), question(1, text="late")
    chunks = tuple(Chunk(TEXT, number) for number in range(4))
    task = Instance("i", "AR", "tests", chunks, (late, early), rows)
    trajectory = played(*[[Insert("semantic", f"text {n}")] for n in range(4)], task=task)
    reader, judged = Listing(), []
    grade = pipeline.Grader(reader, lambda metric: Right())

    def judge(made: Insert | Update, chunk: Chunk) -> bool:
        judged.append(chunk.index)
        return True

    meter = pipeline.Meter(grade, Probes(rows, "instance"), judge)
    first = [meter(trajectory, number) for number in range(2)]
    one = pipeline.assess(trajectory, meter, rows=first)
    assert [text for _, text in reader.asked] == [
        "probe 0", "probe 1", "early", "probe 2", "probe 3", "late",
    ]  # fmt: skip
    assert [size for size, _ in reader.asked] == [1, 2, 2, 3, 4, 4]
    assert judged == [0, 1, 2, 3]
    assert [each.question for each in one.grades] == ["1", "0"]
    assert one.step_terms["chunk"] == (1.0,) * 4
    again = pipeline.assess(trajectory, meter, rows=[*first, *first])
    assert len(reader.asked) == 6
    assert again.evidence == one.evidence
    # The traces of two episodes are each their own.
    again.evidence[0]["retrieved"].clear()
    again.evidence[0]["gold"] = "changed"
    assert pipeline.assess(trajectory, meter, rows=[*first, *first]).evidence == one.evidence


def test_a_meter_forgets_its_oldest_traces_and_gives_the_same() -> None:
    trajectory = played([KEPT], [], [], task=instance(questions=5))
    grade = pipeline.Grader(Listing(), lambda metric: Right())
    whole = pipeline.assess(trajectory, pipeline.Meter(grade)).evidence
    small = pipeline.Meter(grade, keep=2)
    assert [pipeline.assess(trajectory, small).evidence for _ in range(2)] == [whole, whole]
    assert len(small._traces) == 2
