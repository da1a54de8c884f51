"""Credit that flows back along what entries were made from."""

import pytest

from memenv import Delete, Insert, SettingError, Update, pipeline
from memenv.credit import dag_td
from memenv.credit.provenance import ancestry
from memenv.errors import NotMeasuredError
from memenv.testing import episode
from memenv.types import Answer, Chunk, Instance, Question


def near(*numbers):
    return pytest.approx(list(numbers), abs=1e-12)


class Fixed:
    """Finds the entries that are named in a question, in that order."""

    def answer(self, question, memory):
        ids = question.text.split()
        return Answer("yes", tuple((each, 1.0) for each in ids))


class Right:
    def score(self, answer, question):
        return float(question.id.split("/")[1])


def played(steps, questions):
    """An episode of operations, and of questions (ids to find, score, moment)."""
    instance = Instance(
        "i",
        "AR",
        "tests",
        tuple(Chunk(f"Chunk {n}.", n) for n in range(len(steps))),
        tuple(
            Question(f"{n}/{score}", found, ("yes",), "em", after=after)
            for n, (found, score, after) in enumerate(questions)
        ),
    )
    trajectory = pipeline.begin(instance, "mem-alpha", None)
    for operations in steps:
        trajectory = pipeline.advance(trajectory, operations)
    grade = pipeline.Grader(Fixed(), lambda metric: Right())
    return pipeline.assess(trajectory, pipeline.Meter(grade))


def test_an_entry_passes_credit_on_to_the_versions_before_it():
    made = episode(3, owners=[[[0, 1, 2]]], scores=[1.0])
    assert dag_td(made, alpha=1, gamma=0.4, lam=0.5) == near(0.04, 0.2, 1.0)


@pytest.mark.parametrize("name", ["lam", "lambda", "lambda_"])
def test_lambda_has_three_spellings(name):
    made = episode(3, owners=[[[0, 1, 2]]], scores=[1.0])
    assert dag_td(made, alpha=1, gamma=0.4, **{name: 0.5}) == near(0.04, 0.2, 1.0)
    with pytest.raises(SettingError, match="lam is given twice"):
        dag_td(made, lam=0.5, **{"lambda" if name == "lam" else name: 0.5})


def test_without_discounted_edges_only_what_was_read_earns():
    made = episode(3, owners=[[[0, 1, 2]], [[1]]], scores=[1.0, 0.5])
    assert dag_td(made, alpha=1, gamma=0) == [0.0, 0.5, 1.0]
    assert dag_td(made, alpha=1, lam=0) == [0.0, 0.5, 1.0]
    assert dag_td(made, alpha=0) == [0.0, 0.0, 0.0]


def test_what_is_read_again_earns_the_surprise_alone():
    """Q = a s_1, then Q += a (s_2 - Q)."""
    made = played([[Insert("semantic", "a")]], [("0.0", 1.0, None), ("0.0", 0.5, None)])
    assert dag_td(made, alpha=0.5) == near(0.5 + 0.5 * (0.5 - 0.5))
    made = played([[Insert("semantic", "a")]], [("0.0", 0.5, None), ("0.0", 1.0, None)])
    assert dag_td(made, alpha=0.5) == near(0.25 + 0.5 * (1 - 0.25))


def test_a_question_is_taken_when_it_is_asked_and_credits_the_version_of_that_moment():
    steps = [[Insert("semantic", "a")], [Update("0.0", "b")]]
    made = played(steps, [("0.0", 1.0, 1), ("0.0", 0.5, 0)])
    # First 0.5 to (0.0, 0); then (0.0, 1) is 1, and its surprise goes up.
    assert dag_td(made, alpha=1, gamma=1, lam=0.5) == near(0.5 + 0.5, 1.0)


def test_named_parents_earn_as_they_were_then_by_the_shortest_path():
    steps = [
        [Insert("semantic", "a"), Insert("semantic", "b")],
        [Update("0.0", "a2")],
        [Insert("semantic", "ab", ("0.0", "0.1"))],
        [Update("0.0", "a3")],
        [Update("2.0", "ab2", ("0.1",))],
    ]
    made = played(steps, [("2.0", 1.0, None)])
    assert ancestry(made.trajectory) == {
        ("0.0", 0): (),
        ("0.1", 0): (),
        ("0.0", 1): (("0.0", 0),),
        ("2.0", 2): (("0.0", 1), ("0.1", 0)),
        ("0.0", 3): (("0.0", 1),),
        ("2.0", 4): (("2.0", 2), ("0.1", 0)),
    }
    # 2.0 now; its version before and b at distance 1; a2 at 2; a at 3; a3 is no ancestor.
    assert dag_td(made, alpha=1, gamma=0.5, lam=1) == near(0.125 + 0.5, 0.25, 0.5, 0.0, 1.0)


def test_deleted_ancestors_earn_and_a_new_core_has_none():
    steps = [
        [Insert("semantic", "a")],
        [Insert("semantic", "b", ("0.0",)), Update("core", "old")],
        [Delete("0.0"), Delete("core")],
        [Update("core", "new")],
    ]
    made = played(steps, [("1.0", 1.0, None), ("core", 1.0, None)])
    assert dag_td(made, alpha=1, gamma=0.5, lam=1) == near(0.5, 1.0, 0.0, 1.0)


def test_what_one_step_does_to_entries_may_go_in_circles():
    steps = [
        [
            Insert("semantic", "a"),
            Insert("semantic", "b", ("0.0",)),
            Update("0.0", "a2", ("0.1", "0.0")),
        ]
    ]
    made = played(steps, [("0.0", 1.0, None)])
    assert ancestry(made.trajectory) == {
        ("0.0", 0): (("0.1", 0),),
        ("0.1", 0): (("0.0", 0),),
    }
    assert dag_td(made, alpha=1, gamma=0.5, lam=1) == near(1.5)


def test_what_one_step_does_to_an_entry_is_one_version_with_all_its_ancestors():
    steps = [
        [Insert("semantic", "a")],
        [Insert("semantic", "b", ("0.0",)), Update("1.0", "b2")],
        [Update("1.0", "b3"), Update("1.0", "b4", ("0.0",))],
    ]
    made = played(steps, [("1.0", 1.0, None)])
    assert ancestry(made.trajectory) == {
        ("0.0", 0): (),
        ("1.0", 1): (("0.0", 0),),
        ("1.0", 2): (("1.0", 1), ("0.0", 0)),
    }


def test_rejected_and_duplicate_operations_make_no_version():
    steps = [
        [Insert("semantic", "a"), Insert("semantic", "a"), Update("9.9", "x"), Delete("9.9")],
        [Insert("semantic", "b", ("9.9",))],
    ]
    made = played(steps, [("0.0", 1.0, None)])
    assert ancestry(made.trajectory) == {("0.0", 0): ()}


def test_unscored_questions_and_unknown_entries_credit_nobody():
    made = episode(2, owners=[[[0]], [[1]]], scores=[None, 1.0])
    assert dag_td(made, alpha=1) == [0.0, 1.0]
    assert dag_td(played([[Insert("semantic", "a")]], [("7.7", 1.0, None)])) == [0.0]
    with pytest.raises(NotMeasuredError):
        dag_td(episode(1, owners=[[[0]]], scores=[None]))


def test_a_long_chain_is_no_trouble():
    made = episode(3000, owners=[[list(range(3000))]] * 3, scores=[1.0] * 3)
    credit = dag_td(made, alpha=1, gamma=1, lam=1)
    assert credit == [3.0] * 3000


@pytest.mark.parametrize("parameters", [{"alpha": 1.5}, {"gamma": -0.1}, {"lam": "x"}, {"mu": 1}])
def test_parameters_are_checked(parameters):
    with pytest.raises(SettingError):
        dag_td(episode(1, owners=[[[0]]], scores=[1.0]), **parameters)
