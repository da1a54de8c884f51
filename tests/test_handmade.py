"""Episodes made by hand have the numbers that were given, and operations that can be replayed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import Insert, SettingError, Skip, Update, pipeline
from memenv.testing import episode
from memenv.types import Question


def final(made, **left_out):
    """The scores after a replay."""
    replayed = pipeline.replay(made.trajectory, **left_out)
    return [each.score for each in pipeline.graded(replayed, made.grade)]


def test_all_numbers_are_those_given():
    made = episode(
        2,
        owners=[[[0], [1, 0]], []],
        scores=[1, None],
        format=[1, None],
        executed=[0.5, 0.25],
        chunk=[None, 0],
        content=[0, 1],
        gold=[[1], [0, 1]],
        memory_tokens=30,
        stream_tokens=40,
    )
    assert made.score == 1
    assert made.step_terms == {
        "format": (1, None),
        "executed": (0.5, 0.25),
        "chunk": (None, 0),
        "compression": (None, 0.25),
        "content": (0, 1),
        "global": (None, 1.0),
        "evidence": (0.5, 0.5),
    }
    assert [each.score for each in made.grades] == [1, None]
    assert made.evidence[0] == {
        "question": "0",
        "answer": "answer 0",
        "score": 1,
        "retrieved": [
            {"entry": "0.0", "rank": 1, "score": 1.0, "writers": [0]},
            {"entry": "0.1", "rank": 2, "score": 0.5, "writers": [0, 1]},
        ],
        "cited": [],
        "gold_chunks": [1],
        "kept": None,
        "found": None,
        "answered": True,
    }
    assert made.evidence[1]["retrieved"] == []
    assert made.evidence[1]["answered"] is None
    assert [each.evidence for each in made.trajectory.instance.questions] == [(1,), (0, 1)]


def test_what_was_not_given_was_not_measured():
    made = episode(2, owners=[[[0]]], scores=[None])
    assert made.score is None
    for name in ("format", "executed", "chunk", "content", "global", "evidence"):
        assert made.step_terms[name] == (None, None)
    assert made.step_terms["compression"] == (None, 1.0)


def test_its_operations_are_real_ones():
    made = episode(3, owners=[[[0, 2]], [[0]]], scores=[1, 1])
    steps = [step.operations for step in made.trajectory.steps]
    assert [[type(each) for each in operations] for operations in steps] == [
        [Insert, Insert],
        [Skip],
        [Update],
    ]
    assert all(each.status == "ok" for step in made.trajectory.steps for each in step.outcomes)
    entries = made.trajectory.memories[-1].entries
    assert [(each.id, each.writers) for each in entries] == [("0.0", (0, 2)), ("0.1", (0,))]
    assert pipeline.replay(made.trajectory) == made.trajectory


def test_an_item_that_is_gone_or_says_something_else_costs_its_part():
    made = episode(3, owners=[[[0], [1, 2]], []], scores=[0.8, 0.5])
    assert final(made) == [0.8, 0.5]
    assert final(made, without={0}) == [0.4, 0.5]
    assert final(made, without={2}) == [0.4, 0.5]
    assert final(made, without={0, 1, 2}) == [0.0, 0.5]
    # The rewrite of the missing item brings it back, or fails.
    assert final(made, without={1}) == [0.8, 0.5]
    assert final(made, without={1}, dangling_update="fail") == [0.4, 0.5]


def test_rollouts_of_the_same_size_are_of_one_instance():
    first, second = (episode(2, [[[n]]], [n], gold=[[1]]) for n in (0, 1))
    assert first.trajectory.instance == second.trajectory.instance
    assert first.trajectory.instance != episode(2, [[[0]]], [1]).trajectory.instance


def test_it_knows_nothing_of_other_questions():
    made = episode(1, [[[0]]], [1])
    other = Question("0", "Where does Ada live?", ("Rome",), "em")
    with pytest.raises(SettingError, match="knows the scores of its own questions alone"):
        made.grade(made.trajectory.memories[-1], [other])


@given(st.data())
def test_a_replay_of_anything_keeps_scores_in_range(data):
    steps = data.draw(st.integers(1, 4))
    writers = st.lists(st.integers(0, steps - 1), min_size=1, max_size=3)
    owners = data.draw(st.lists(st.lists(writers, max_size=3), min_size=1, max_size=3))
    made = episode(steps, owners, [1.0] * len(owners))
    assert [[item["writers"] for item in trace["retrieved"]] for trace in made.evidence] == [
        [sorted(set(each)) for each in items] for items in owners
    ]
    dropped = data.draw(st.sets(st.integers(0, steps - 1)))
    for score, items in zip(final(made, without=dropped), owners, strict=True):
        assert 0 <= score <= 1
        # What the last writer leaves out is not as it left it.
        lost = [each for each in items if max(each) in dropped]
        assert score == pytest.approx(1 - len(lost) / len(items) if items else 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"steps": 0}, "steps is a whole number of at least 1, not 0"),
        ({"steps": 2.0}, "steps is a whole number"),
        ({"owners": [[0]], "scores": [1.0]}, "the list of the steps that wrote it"),
        ({"chunk": [1.0, math.nan]}, "chunk is a number per step"),
        ({"scores": [], "owners": []}, "expected a score for every question"),
        ({"owners": []}, "1 scores and owners of 0 questions"),
        ({"gold": [[], []]}, "1 scores and gold of 2 questions"),
        ({"gold": [[2]]}, "steps are 0 to 1, not 2"),
        ({"owners": [[[-1]]]}, "steps are 0 to 1, not -1"),
        ({"owners": [[[]]]}, "every item is written by some step"),
        ({"scores": [1.5]}, "a score is a number from 0 to 1"),
        ({"scores": [math.nan]}, "a score is a number from 0 to 1"),
        ({"format": [1]}, "format has 1 values for 2 steps"),
        ({"executed": []}, "executed has 0 values"),
        ({"chunk": [1, 1, 1]}, "chunk has 3 values"),
        ({"content": [1]}, "content has 1 values"),
        ({"stream_tokens": 0}, "stream_tokens of at least 1"),
        ({"memory_tokens": -1}, "memory_tokens of at least 0"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(SettingError, match=message):
        episode(**{"steps": 2, "owners": [[[0]]], "scores": [1], **arguments})
