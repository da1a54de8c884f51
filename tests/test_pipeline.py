"""Advancing, replaying, grading and tracing."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memenv.errors import SettingError
from memenv.memory import Draft, Memory
from memenv.operations import Delete, Insert, Malformed, Operation, Outcome, Skip, Update
from memenv.pipeline import Grader, advance, begin, is_stale, mean, replay, trace
from memenv.search import MemoryIndex
from memenv.types import Answer, Chunk, Grade, Instance, Question, Trajectory, Usage, canonical_json


def question(**changes: Any) -> Question:
    return Question(
        **{"id": "0", "text": "Where?", "answers": ("Oslo",), "metric": "em", **changes}
    )


INSTANCE = Instance(
    "i", "AR", "tests", tuple(Chunk(f"chunk {n}", n) for n in range(6)), (question(),)
)


def played(*steps: list[Operation], layout: str = "mem-alpha", capacity: Any = None) -> Trajectory:
    trajectory = begin(INSTANCE, layout, capacity)
    for operations in steps:
        trajectory = advance(trajectory, operations)
    return trajectory


def texts(trajectory: Trajectory) -> dict[str, str]:
    return {entry.id: entry.text for entry in trajectory.memories[-1].entries}


def statuses(trajectory: Trajectory, step: int) -> list[str]:
    return [outcome.status for outcome in trajectory.steps[step].outcomes]


# --- Advancing ------------------------------------------------------------------------------------


def test_a_step_is_recorded_with_what_it_took() -> None:
    start = begin(INSTANCE, "flat", None)
    after = advance(start, [Insert("memory", "a")], "raw", Usage(calls=1))
    assert start.steps == ()
    assert (after.steps[0].raw, after.steps[0].usage) == ("raw", Usage(calls=1))
    assert after.memory_after(0).get("0.0") is not None
    assert advance(start, []).steps == advance(start, [Skip()]).steps
    for step in (-1, 1):
        with pytest.raises(IndexError):
            after.memory_after(step)


def test_a_share_is_one_of_the_stream() -> None:
    assert begin(INSTANCE, "flat", 0.5).memories[0].capacity == INSTANCE.tokens // 2


def test_operations_are_recorded_as_json_gives_them_back() -> None:
    odd: list[Any] = [Insert("semantic", float("nan")), Insert("semantic", ("a",)), Delete(b"x")]
    trajectory = played([*odd, Insert("semantic", "a", ["0.9"])])  # type: ignore[arg-type]
    assert statuses(trajectory, 0) == ["rejected"] * 4
    assert replay(trajectory) == trajectory
    with pytest.raises(TypeError, match="expected Insert"):
        played(["insert"])  # type: ignore[list-item]


# --- Replaying ------------------------------------------------------------------------------------

text = st.sampled_from(["a", "b", "a b c", "long " * 9, " ", "a "])
names = st.builds("{}.{}".format, st.integers(0, 3), st.integers(0, 3)) | st.just("core")
anything = st.lists(
    st.builds(Insert, st.sampled_from(["semantic", "episodic", "memory"]), text)
    | st.builds(Insert, st.just("semantic"), text, st.lists(names, max_size=2).map(tuple))
    | st.builds(Update, names, text)
    | st.builds(Update, names, text, st.lists(names, max_size=2).map(tuple))
    | st.builds(Delete, names),
    max_size=5,
)
streams = st.lists(anything, max_size=6)


@settings(max_examples=100)
@given(
    streams, st.sampled_from(["mem-alpha", "flat"]), st.none() | st.integers(2, 25),
    st.sampled_from(["insert", "fail"]),
)  # fmt: skip
def test_a_replay_with_nothing_left_out_equals_the_trajectory(
    stream: list[list[Operation]], layout: str, capacity: int | None, dangling: Any
) -> None:
    trajectory = played(*stream, layout=layout, capacity=capacity)
    again = replay(trajectory, (), dangling)
    assert again == trajectory
    for one, other in zip(again.memories, trajectory.memories, strict=True):
        assert (one.entries, one.tokens, one.step) == (other.entries, other.tokens, other.step)


@settings(max_examples=100)
@given(streams, st.sets(st.integers(0, 5)), st.none() | st.integers(2, 25))
def test_a_replay_with_steps_left_out_keeps_to_the_rules(
    stream: list[list[Operation]], without: set[int], capacity: int | None
) -> None:
    trajectory = played(*stream, capacity=capacity)
    again = replay(trajectory, without)
    assert len(again.steps) == len(trajectory.steps)
    assert again == replay(trajectory, sorted(without, reverse=True))
    for number, (step, then) in enumerate(zip(again.steps, trajectory.steps, strict=True)):
        if number in without:
            assert step.operations == (Skip(),)
        else:
            assert len(step.operations) == len(then.operations)
    for entry in again.memories[-1].entries:
        assert without.isdisjoint(entry.writers)
    # A trajectory of its own right: it replays to itself.
    assert replay(again) == again
    if without >= set(range(len(stream))):
        assert again.memories[-1] == trajectory.memories[0]


def test_ids_of_later_steps_stay_when_a_step_is_left_out() -> None:
    trajectory = played(
        [Insert("semantic", "a")], [Insert("semantic", "b")], [Update("1.0", "c"), Delete("0.0")]
    )
    again = replay(trajectory, [0])
    assert texts(again) == {"1.0": "c"}
    assert statuses(again, 2) == ["ok", "rejected"]


def test_a_dangling_update_becomes_an_insert_into_the_store_it_was_in() -> None:
    trajectory = played(
        [Insert("episodic", "a"), Insert("episodic", "z")], [Skip(), Update("0.0", "b")]
    )
    again = replay(trajectory, [0])
    assert texts(again) == {"1.1": "b"}
    assert again.memories[-1].entries[0].store == "episodic"
    assert again.steps[1].operations == (Skip(), Insert("episodic", "b"))


def test_a_dangling_update_fails_on_request() -> None:
    trajectory = played([Insert("episodic", "a")], [Update("0.0", "b")], [Delete("0.0")])
    again = replay(trajectory, [0], "fail")
    assert statuses(again, 1) == statuses(again, 2) == ["rejected"]
    assert texts(again) == {}
    assert again.steps[1].operations == trajectory.steps[1].operations


def test_later_operations_on_the_missing_entry_act_on_what_stands_in_for_it() -> None:
    trajectory = played(
        [Insert("semantic", "a"), Insert("semantic", "y")],
        [Update("0.0", "b"), Update("0.0", "c"), Update("0.1", "z")],
        [Update("0.0", "d"), Insert("semantic", "e", ("0.0", "0.1"))],
        [Delete("0.1")],
    )
    again = replay(trajectory, [0])
    assert texts(again) == {"1.0": "d", "2.1": "e"}
    entries = again.memories[-1].entries
    assert entries[0].writers == (1, 2)
    assert entries[1].parents == ("1.0", "1.2")
    assert [statuses(again, step) for step in (1, 2, 3)] == [["ok"] * 3, ["ok"] * 2, ["ok"]]


def test_parents_that_are_not_there_are_left_out_and_reject_nothing() -> None:
    trajectory = played(
        [Insert("semantic", "a")],
        [Insert("semantic", "b")],
        [Insert("semantic", "ab", ("0.0", "1.0")), Update("1.0", "bb", ("0.0",))],
    )
    for dangling in ("insert", "fail"):
        again = replay(trajectory, [0], dangling)  # type: ignore[arg-type]
        assert texts(again) == {"1.0": "bb", "2.0": "ab"}
        assert [entry.parents for entry in again.memories[-1].entries] == [(), ("1.0",)]


def test_what_was_rejected_for_its_parents_stays_rejected() -> None:
    trajectory = played([Insert("semantic", "a")], [Insert("semantic", "b", ("9.9",))])
    assert texts(replay(trajectory, [0])) == {}


def test_an_update_that_failed_then_is_not_turned_into_an_insert() -> None:
    trajectory = played([Insert("semantic", "a")], [Update("5.5", "b"), Update("0.0", " ")])
    assert texts(replay(trajectory, [0])) == {}


def test_a_stand_in_that_would_be_a_duplicate_leaves_the_entry_that_has_the_text_alone() -> None:
    trajectory = played(
        [Insert("semantic", "a")],
        [Insert("semantic", "b")],
        [Update("0.0", "b")],
        [Update("0.0", "c")],
        [Delete("0.0")],
    )
    assert texts(trajectory) == {"1.0": "b"}
    again = replay(trajectory, [0])
    assert statuses(again, 2) == ["duplicate"]
    assert texts(again) == {"1.0": "b"}


def test_a_stand_in_that_finds_no_room_is_tried_again_at_the_next_update() -> None:
    trajectory = played(
        [Insert("semantic", "a")],
        [Insert("semantic", "v w x y z w")],
        [Insert("semantic", "b c")],
        [Update("0.0", "a b")],
        [Delete("0.0"), Insert("semantic", "d")],
        capacity=9,
    )
    assert statuses(trajectory, 2) == ["ok"]
    assert statuses(trajectory, 3) == ["rejected"]
    shrunk = played(
        [Insert("semantic", "a b c d")],
        [Insert("semantic", "v w x")],
        [Insert("semantic", "f g h i")],
        [Update("0.0", "a b")],
        [Update("0.0", "a")],
        capacity=8,
    )
    again = replay(shrunk, [0])
    assert [statuses(again, step) for step in (2, 3, 4)] == [["ok"], ["rejected"], ["ok"]]
    assert texts(again) == {"1.0": "v w x", "2.0": "f g h i", "4.0": "a"}


def test_room_left_by_a_step_that_is_left_out_can_be_used() -> None:
    trajectory = played([Insert("semantic", "a b c")], [Insert("semantic", "d e")], capacity=4)
    assert statuses(trajectory, 1) == ["rejected"]
    assert texts(replay(trajectory, [0])) == {"1.0": "d e"}


def test_every_operation_is_bridged_once_however_many_dangle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count = 500
    trajectory = played(
        [Insert("semantic", f"a{n}") for n in range(count)],
        [Update(f"0.{n}", f"b{n}") for n in range(count)],
    )
    performed = []
    perform = Draft.perform

    def counted(draft: Draft, index: int, operation: Operation) -> Outcome:
        performed.append(index)
        return perform(draft, index, operation)

    monkeypatch.setattr(Draft, "perform", counted)
    again = replay(trajectory, [0])
    assert texts(again) == {f"1.{n}": f"b{n}" for n in range(count)}
    assert len(performed) <= 3 * count + 1


@settings(max_examples=100)
@given(
    streams,
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4))),
    st.none() | st.integers(2, 25),
)
def test_single_operations_left_out_are_skipped_where_they_stood(
    stream: list[list[Operation]], without: set[tuple[int, int]], capacity: int | None
) -> None:
    trajectory = played(*stream, capacity=capacity)
    again = replay(trajectory, without)
    assert replay(again) == again
    for number, (step, then) in enumerate(zip(again.steps, trajectory.steps, strict=True)):
        assert len(step.operations) == len(then.operations)
        for index, operation in enumerate(step.operations):
            if (number, index) in without:
                assert operation == Skip()
    whole = {(n, i) for n, step in enumerate(trajectory.steps) for i in range(len(step.operations))}
    assert replay(trajectory, whole).memories[-1] == trajectory.memories[0]
    for number in range(len(trajectory.steps)):
        alone = replay(trajectory, {each for each in whole if each[0] == number})
        assert alone.memories == replay(trajectory, [number]).memories


def test_what_depends_on_an_operation_that_is_left_out_follows_the_rules() -> None:
    trajectory = played(
        [Insert("episodic", "a"), Insert("semantic", "b"), Insert("semantic", "c")],
        [Update("0.0", "d"), Delete("0.1")],
    )
    again = replay(trajectory, [(0, 0), (1, 1)])
    assert texts(again) == {"0.1": "b", "0.2": "c", "1.0": "d"}
    assert again.steps[0].operations[0] == again.steps[1].operations[1] == Skip()
    assert texts(replay(trajectory, [(0, 0), (1, 1)], "fail")) == {"0.1": "b", "0.2": "c"}
    assert texts(replay(trajectory, [0, (1, 0)])) == {}


def test_steps_may_be_numbers_of_any_kind() -> None:
    trajectory = played([Insert("semantic", "a")], [Insert("semantic", "b")])
    assert replay(trajectory, np.array([0])) == replay(trajectory, [0])  # type: ignore[arg-type]


hostile = anything | st.lists(
    st.builds(Update, st.just({1: 2}), text) | st.builds(Delete, st.just([3])), max_size=2
)


@settings(max_examples=100)
@given(st.lists(hostile, max_size=6), st.integers(0, 6), st.sampled_from(["insert", "fail"]))
def test_a_replay_after_its_own_beginning_equals_the_trajectory(
    stream: list[list[Operation]], length: int, dangling: Any
) -> None:
    trajectory = played(*stream)
    start = trajectory.upto(min(length, len(trajectory.steps)))
    assert replay(trajectory, (), dangling, start=start) == trajectory
    other = played(*([Insert("semantic", f"other {n}")] for n in range(len(start.steps))))
    after = replay(trajectory, (), dangling, start=other)
    assert after.upto(len(start.steps)) == other
    assert replay(after) == after


@settings(max_examples=100)
@given(streams, streams, st.integers(0, 6), st.sampled_from(["insert", "fail"]))
def test_after_another_beginning_its_own_entries_are_left_alone(
    stream: list[list[Operation]], others: list[list[Operation]], length: int, dangling: Any
) -> None:
    trajectory, other = played(*stream), played(*others)
    start = other.upto(min(length, len(trajectory.steps), len(other.steps)))
    after = replay(trajectory, (), dangling, start=start)
    assert len(after.steps) == max(len(trajectory.steps), len(start.steps))
    for entry in start.memories[-1].entries:
        made_alike = any(
            outcome.entry == entry.id and operation in start.steps[number].operations
            for number, step in enumerate(trajectory.steps[: len(start.steps)])
            for operation, outcome in zip(step.operations, step.outcomes, strict=True)
            if outcome.status == "ok" and isinstance(operation, Insert)
        )
        if entry.id != "core" and not made_alike:
            assert after.memories[-1].get(entry.id) == entry


def test_what_became_of_a_text_becomes_of_its_duplicate_when_the_first_is_left_out() -> None:
    updated = played(
        [Insert("semantic", "Ada lives in Rome.")],
        [Insert("semantic", "Ada lives in Rome.")],
        [Update("0.0", "Ada lives in Oslo.")],
    )
    assert texts(replay(updated, without={0})) == {"1.0": "Ada lives in Oslo."}
    deleted = played(
        [Insert("semantic", "Ada lives in Rome.")],
        [Insert("semantic", "Ada lives in Rome.")],
        [Delete("0.0")],
    )
    assert texts(replay(deleted, without={0})) == {}


def test_a_step_of_the_other_beginning_cannot_be_left_out() -> None:
    trajectory = played([Insert("semantic", "a")], [Insert("semantic", "b")])
    with pytest.raises(SettingError, match="step 0 cannot be left out"):
        replay(trajectory, {0}, start=trajectory.upto(1))


def test_entries_that_both_beginnings_made_are_acted_on_and_strangers_are_not() -> None:
    trajectory = played(
        [Insert("semantic", "same"), Insert("semantic", "mine")],
        [Update("0.0", "same 2"), Update("0.1", "mine 2")],
        [Insert("semantic", "both", ("0.0", "0.1"))],
        [Delete("0.1")],
    )
    other = played([Insert("semantic", "same"), Insert("semantic", "yours")])
    expected = {"0.0": "same 2", "0.1": "yours", "2.0": "both"}
    after = replay(trajectory, start=other)
    assert texts(after) == expected
    assert after.steps[1].operations[1] == Insert("semantic", "mine 2")
    assert after.steps[3].operations == (Delete("1.1"),)
    failing = replay(trajectory, (), "fail", start=other)
    assert texts(failing) == expected
    assert isinstance(failing.steps[1].operations[1], Malformed)
    assert [step.outcomes[-1].status for step in failing.steps] == [
        "ok",
        "rejected",
        "ok",
        "rejected",
    ]
    parents = [each.memories[-1].entries[-1].parents for each in (after, failing)]
    assert parents == [("0.0", "1.1"), ("0.0",)]


def test_an_id_that_named_nothing_names_nothing_after_another_beginning() -> None:
    # Step 0 made one entry; what was said of a second one was rejected, and stays without effect.
    trajectory = played(
        [Insert("semantic", "a")],
        [Delete("0.1"), Update("0.1", "x"), Insert("semantic", "y", ("0.1",))],
    )
    assert statuses(trajectory, 1) == ["rejected"] * 3
    other = played([Insert("semantic", "a"), Insert("semantic", "b")])
    after = replay(trajectory, start=other)
    assert texts(after) == {"0.0": "a", "0.1": "b"}
    # Nor does one whose insert was a duplicate then and is none here.
    twice = played([Insert("semantic", "a"), Insert("semantic", "a")], [Delete("0.1")])
    other = played([Insert("semantic", "b"), Insert("semantic", "a")])
    assert texts(replay(twice, start=other)) == {"0.0": "b", "0.1": "a"}


def test_what_is_left_out_is_left_out_after_another_beginning_too() -> None:
    trajectory = played(
        [Insert("semantic", "a")],
        [Insert("semantic", "b"), Insert("semantic", "c")],
        [Update("1.0", "d")],
    )
    other = played([Insert("semantic", "z")])
    assert texts(replay(trajectory, [(1, 0)], start=other)) == {"0.0": "z", "1.1": "c", "2.0": "d"}
    assert texts(replay(trajectory, [1], "fail", start=other)) == {"0.0": "z"}


# --- Grading --------------------------------------------------------------------------------------


class Echo:
    """Answers with the first entry, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def answer(self, question: Question, memory: Memory) -> Answer:
        self.asked += 1
        return Answer(memory.entries[0].text if len(memory) else "")


class Same:
    def score(self, answer: Answer | str, question: Question) -> float | None:
        said = answer if isinstance(answer, str) else answer.text
        return None if not said else float(said in question.answers)


def test_an_answer_is_computed_once_per_memory_and_question() -> None:
    reader = Echo()
    grade = Grader(reader, lambda metric: Same())
    rome = played([Insert("semantic", "Rome")]).memories[-1]
    oslo = played([Insert("semantic", "Oslo")]).memories[-1]
    assert [each.score for each in grade(oslo, [question(), question()])] == [1.0, 1.0]
    assert reader.asked == 1
    assert grade(rome, [question()])[0].score == 0.0
    assert grade(Memory.empty(), [question()])[0].score is None
    assert reader.asked == 3
    again = played([Insert("semantic", "Oslo")], [], capacity=50).memories[-1]
    assert grade(again, [question()])[0] == Grade("0", Answer("Oslo"), 1.0)
    assert reader.asked == 3


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({"options": ("a", "b")}, 2),
        ({"metric": "f1"}, 2),
        ({"text": "When?"}, 2),
        ({"id": "1"}, 2),
        ({"answers": ("Rome",)}, 1),
        ({"answers": ("Rome",), "evidence": (1,), "stale": ("Oslo",), "meta": {"x": 1}}, 1),
    ],
)
def test_a_question_gets_the_score_of_its_own_accepted_answers(
    changes: dict[str, Any], asked: int
) -> None:
    """Probes of two chunks may ask the same under the same id, and differ in the right answer."""
    reader = Echo()
    grade = Grader(reader, lambda metric: Same())
    memory = played([Insert("semantic", "Rome")]).memories[-1]
    assert grade(memory, [question()])[0].score == 0.0
    changed = question(**changes)
    (found,) = grade(memory, [changed])
    assert found == Grade(changed.id, Answer("Rome"), float("Rome" in changed.answers))
    assert reader.asked == asked


def test_the_mean_of_nothing_is_none_and_that_of_tenths_is_exact() -> None:
    assert mean([]) is None
    assert mean([0.0]) == 0.0
    assert mean([0.1] * 10) == 0.1


# --- Tracing --------------------------------------------------------------------------------------

PLACE, YEAR = "Ada lives in Oslo.", "Ben was born in 1990."
TRUTH = [
    # support, evidence, retrieved, score, kept, found, answered
    ((PLACE,), (), ("0.0",), 1.0, True, True, True),
    ((PLACE,), (), ("0.1",), 0.5, True, False, False),
    ((PLACE,), (), (), 0.51, True, False, True),
    (("Cyd lives in Rome.",), (), ("0.0",), 0.0, False, False, False),
    ((PLACE, YEAR), (), ("0.1", "0.0"), 1.0, True, True, True),
    ((PLACE, YEAR), (), ("0.0",), 1.0, True, False, True),
    ((PLACE, "Nobody knows."), (), ("0.0",), 1.0, False, False, True),
    (("Oslo! lives ADA",), (), ("0.0",), 1.0, True, True, True),
    (("Ada was born",), (), ("0.0", "0.1"), 1.0, False, False, True),
    (("?",), (), ("0.2",), None, True, True, None),
    (("Ada core",), (), ("core",), 1.0, True, True, True),
    ((), (0,), ("0.0",), 1.0, True, True, True),
    ((), (0,), ("1.0",), 1.0, True, False, True),
    ((), (1, 3), ("1.0",), 1.0, True, True, True),
    ((), (1,), ("0.1",), 1.0, True, True, True),
    ((), (2,), ("0.0",), 0.0, False, False, False),
    ((), (), ("0.0",), None, None, None, None),
    ((PLACE,), (2,), ("0.0",), 1.0, True, True, True),
]


@pytest.mark.parametrize(
    ("support", "evidence", "retrieved", "score", "kept", "found", "answered"), TRUTH
)
def test_a_trace_says_where_a_question_was_won_or_lost(
    support: tuple[str, ...],
    evidence: tuple[int, ...],
    retrieved: tuple[str, ...],
    score: float | None,
    kept: bool | None,
    found: bool | None,
    answered: bool | None,
) -> None:
    trajectory = played(
        [
            Insert("semantic", PLACE),
            Insert("semantic", "Ben was born."),
            Insert("episodic", "Why?"),
        ],
        [Insert("semantic", "Cyd"), Update("0.1", "He, Ben, was born on May 1, 1990 in Rome")],
        [Update("core", "the core of Ada")],
    )
    if evidence == (2,):
        trajectory = replay(trajectory, [2])
    hits = tuple((name, 1.0 - rank / 10) for rank, name in enumerate(retrieved))
    row = trace(
        question(support=support, evidence=evidence),
        Grade("0", Answer("Oslo", hits), score),
        trajectory.memories[-1],
        MemoryIndex(),
    )
    assert (row["kept"], row["found"], row["answered"]) == (kept, found, answered)
    assert row["gold_chunks"] == list(evidence)
    assert [hit["entry"] for hit in row["retrieved"]] == list(retrieved)
    assert [hit["rank"] for hit in row["retrieved"]] == list(range(1, len(retrieved) + 1))
    assert canonical_json(row) == canonical_json(json.loads(canonical_json(row)))


def test_a_retrieved_entry_is_shown_with_all_that_wrote_it() -> None:
    memory = played([Insert("semantic", "a")], [Update("0.0", "b")]).memories[-1]
    grade = Grade("0", Answer("b", (("0.0", 2.5), ("gone", 1.0))), None)
    assert trace(question(), grade, memory, MemoryIndex())["retrieved"] == [
        {"entry": "0.0", "rank": 1, "score": 2.5, "writers": [0, 1]},
        {"entry": "gone", "rank": 2, "score": 1.0, "writers": []},
    ]


@pytest.mark.parametrize(
    ("said", "stale", "gold", "expected"),
    [
        ("Rome", ("Rome",), ("Oslo",), True),
        ("She lives in ROME now", ("Rome",), ("Oslo",), True),
        ("Rome, then Oslo", ("Rome",), ("Oslo",), False),
        ("Oslo", ("Rome",), ("Oslo",), False),
        ("Romeo", ("Rome",), ("Oslo",), False),
        ("Rome", (), ("Oslo",), False),
        ("", ("Rome",), ("Oslo",), False),
        ("", ("!!",), ("Oslo",), False),
        ("", ("",), ("Oslo",), False),
        ("New York", ("New York",), ("York",), False),
        ("the Rome office", ("Rome", "Rome office"), ("Oslo",), True),
        ("No, Ada left", ("no",), ("yes",), True),
        ("I saw The Who there", ("The Who",), ("Abba",), True),
        ("東京です", ("東京",), ("京都",), True),
    ],
)
def test_a_stale_answer_says_an_outdated_value_and_no_accepted_one(
    said: str, stale: tuple[str, ...], gold: tuple[str, ...], expected: bool
) -> None:
    assert is_stale(question(stale=stale, answers=gold), Answer(said)) is expected


def test_a_grader_forgets_its_oldest_answers() -> None:
    class Counting:
        asked = 0

        def answer(self, question: Question, memory: Memory) -> Answer:
            self.asked += 1
            return Answer("")

    class Zero:
        def score(self, answer: Answer | str, question: Question) -> float:
            return 0.0

    reader = Counting()
    grade = Grader(reader, lambda metric: Zero(), keep=2)
    memory = Memory.empty()
    for text in ("one", "two", "three", "three", "one"):
        grade(memory, [question(text=text)])
    assert reader.asked == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"after": 9}, "after is 9"), ({"evidence": (0, -1)}, "evidence is -1")],
)
def test_an_instance_that_points_nowhere_is_refused(changes: dict[str, Any], message: str) -> None:
    instance = Instance("a", "AR", "tests", (Chunk("text", 0),), (question(**changes),))
    with pytest.raises(SettingError, match=message):
        begin(instance, "mem-alpha", None)


def test_an_instance_without_chunks_or_questions_is_refused() -> None:
    with pytest.raises(SettingError, match="0 chunks and 1 questions"):
        begin(Instance("a", "AR", "tests", (), (question(),)), "mem-alpha", None)
    with pytest.raises(SettingError, match="1 chunks and 0 questions"):
        begin(Instance("a", "AR", "tests", (Chunk("text", 0),), ()), "mem-alpha", None)
