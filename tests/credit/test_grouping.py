"""Advantages: rewards against those of their group."""

import math
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import Delete, Insert, SettingError, Update, pipeline
from memenv.credit import advantages, component_weights, memalpha, states_of
from memenv.credit.grouping import Grouping
from memenv.testing import episode
from memenv.types import Answer, Chunk, Instance, Question

GROUPINGS = ("per_step", "pooled", "per_episode", "same_state")


def flat(rows):
    return [value for row in rows for value in row]


# --- What the papers and their code give ----------------------------------------------------------


def test_mem_alphas_code_end_to_end():
    """Two rollouts of two chunks; case MA-141 of the recorded behaviour of its released code."""
    rollouts = [
        episode(
            2,
            owners=[[], [], []],
            scores=[1, 1, 0],
            executed=[1, 2 / 3],
            content=[1, 2 / 3],
            memory_tokens=14,
            stream_tokens=33,
        ),
        episode(
            2,
            owners=[[], [], []],
            scores=[0, 0, 0],
            executed=[0, 0.5],
            content=[0, 0],
            memory_tokens=2,
            stream_tokens=33,
        ),
    ]
    rewards = [memalpha(each, beta=0.05, gamma=0.1) for each in rollouts]
    assert flat(rewards) == pytest.approx([1.795455, 1.428788, 0.04697, 0.54697], abs=1e-6)
    shown = advantages(rewards, "pooled", unbiased=True)
    assert flat(shown) == pytest.approx([1.05063, 0.592518, -1.133923, -0.509224], abs=1e-6)


def test_a_group_of_one_is_not_centred():
    """Case MA-147: a memory ten times its text, one rollout of one chunk."""
    made = episode(
        1, owners=[[]], scores=[1], executed=[1], content=[1], memory_tokens=40, stream_tokens=4
    )
    rewards = [memalpha(made, beta=0.05, gamma=0.1)]
    assert rewards == [[pytest.approx(1.65)]]
    for unbiased in (True, False):
        for grouping in GROUPINGS:
            assert advantages(rewards, grouping, unbiased) == [[pytest.approx(1.649998, abs=1e-6)]]


def test_each_grouping_by_hand():
    rewards = [[1.0, 5.0], [3.0, 5.0]]
    assert advantages(rewards, "per_step", eps=0) == [[-1.0, 0.0], [1.0, 0.0]]
    assert advantages(rewards, "per_episode", eps=0) == [[-1.0, 1.0], [-1.0, 1.0]]
    root = math.sqrt(2.75)
    pooled = [[-2.5 / root, 1.5 / root], [-0.5 / root, 1.5 / root]]
    assert flat(advantages(rewards, "pooled", eps=0)) == pytest.approx(flat(pooled), abs=1e-12)
    assert advantages(rewards, "same_state", eps=0) == advantages(rewards, eps=0)
    assert advantages([[1.0], [3.0]], eps=1) == [[-0.5], [0.5]]
    unbiased = 1 / math.sqrt(2)
    assert flat(advantages([[1.0], [3.0]], unbiased=True, eps=0)) == pytest.approx(
        [-unbiased, unbiased], abs=1e-12
    )


def test_states_part_the_rollouts_of_a_step():
    rewards = [[1.0, 1.0], [3.0, 2.0], [5.0, 4.0]]
    states = [["s", "a"], ["s", "b"], ["s", "b"]]
    first = [-math.sqrt(1.5), 0.0, math.sqrt(1.5)]
    shown = advantages(rewards, "same_state", eps=0, states=states)
    assert [row[0] for row in shown] == pytest.approx(first, abs=1e-12)
    assert [row[1] for row in shown] == [1.0, -1.0, 1.0]


def test_one_state_at_two_steps_is_two_groups():
    states = [["s", "s"], ["s", "s"]]
    rewards = [[0.0, 10.0], [1.0, 10.0]]
    assert advantages(rewards, "same_state", eps=0, states=states) == [[-1.0, 0.0], [1.0, 0.0]]


def test_rows_may_differ_in_length_and_be_empty():
    assert advantages([[1.0, 2.0, 7.0], [], [3.0]], eps=0) == [[-1.0, 2.0, 7.0], [], [1.0]]
    for grouping in GROUPINGS:
        assert advantages([], grouping) == []
        assert advantages([[], []], grouping) == [[], []]


def test_weights_multiply_afterwards():
    rewards = [[1.0, 5.0], [3.0, 5.0]]
    shown = advantages(rewards, eps=0, weights=[[4.0, 4.0], [1.0, 0.5]])
    assert shown == [[-4.0, 0.0], [1.0, 0.0]]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_arrays_give_lists_of_plain_numbers(kind):
    rewards = np.array([[1, 5], [3, 5]], dtype=kind)
    for given_rewards in (rewards, list(rewards), [list(row) for row in rewards], tuple(rewards)):
        shown = advantages(given_rewards, weights=np.ones((2, 2)), eps=0)
        assert shown == [[-1.0, 0.0], [1.0, 0.0]]
        assert all(type(value) is float for value in flat(shown))


def test_what_was_given_stays_as_it_was():
    rewards = [[1.0, 2.0], [3.0]]
    shown = advantages(rewards)
    shown[0][0] = 9.0
    assert rewards == [[1.0, 2.0], [3.0]]


# --- For any rewards ------------------------------------------------------------------------------

numbers = st.floats(-100, 100) | st.sampled_from([0.0, 0.1, 0.1 + 0.2, 0.3, 1 / 3])
tables = st.lists(st.lists(numbers, max_size=5), max_size=6)


def members(rows, grouping):
    places = [(i, t) for i, row in enumerate(rows) for t in range(len(row))]
    key = {
        "per_step": lambda i, t: t,
        "same_state": lambda i, t: t,
        "per_episode": lambda i, t: i,
        "pooled": lambda i, t: 0,
    }[grouping]
    groups = {}
    for i, t in places:
        groups.setdefault(key(i, t), []).append((i, t))
    return list(groups.values())


@given(tables, st.sampled_from(GROUPINGS), st.booleans())
def test_every_group_is_as_exact_arithmetic_has_it(rows, grouping, unbiased):
    shown = advantages(rows, grouping, unbiased, eps=1e-6)
    assert [len(row) for row in shown] == [len(row) for row in rows]
    for places in members(rows, grouping):
        exact = [Fraction(rows[i][t]) for i, t in places]
        got = [shown[i][t] for i, t in places]
        if len(exact) == 1:
            assert got == [float(exact[0]) / (1 + 1e-6)]
            continue
        spread = statistics.stdev if unbiased else statistics.pstdev
        mean, scale = statistics.mean(exact), spread(exact) + 1e-6
        assert got == pytest.approx([float(each - mean) / scale for each in exact], abs=1e-9)
        assert math.fsum(got) == pytest.approx(0, abs=1e-9)


@given(numbers, st.integers(2, 60), st.sampled_from([0, 1e-6]))
def test_equal_rewards_are_exactly_nothing(reward, size, eps):
    assert advantages([[reward]] * size, eps=eps) == [[0.0]] * size


@given(tables, st.sampled_from(GROUPINGS), st.randoms())
def test_the_order_of_rollouts_changes_nothing(rows, grouping, random):
    order = random.sample(range(len(rows)), len(rows))
    shown = advantages(rows, grouping)
    assert advantages([rows[i] for i in order], grouping) == [shown[i] for i in order]


# --- What makes no sense --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rewards": [[1.0, None]]}, r"rewards\[0\]\[1\] is None; expected a finite number"),
        ({"rewards": [[1.0], [math.nan]]}, r"rewards\[1\]\[0\] is nan"),
        ({"rewards": [[math.inf]]}, "is inf"),
        ({"rewards": [["1"]]}, "is '1'"),
        ({"rewards": [[10**400]]}, "expected a finite number"),
        ({"rewards": np.zeros((1, 1, 1))}, r"rewards\[0\]\[0\] is \[0.0\]"),
        ({"rewards": [1.0, 2.0]}, r"rewards\[0\] is 1.0; expected a row"),
        ({"rewards": np.zeros(2)}, r"rewards\[0\] is 0.0; expected a row"),
        ({"rewards": 1.0}, "rewards has a row per rollout; got 1.0"),
        ({"rewards": "ab"}, "rewards has a row per rollout"),
        ({"rewards": [None]}, r"rewards\[0\] is None"),
        ({"rewards": [[1e300], [-1e300]]}, "rewards as large as 1e\\+300 overflow"),
        ({"grouping": "per_stpe"}, "grouping is one of per_step, pooled, .* not 'per_stpe'"),
        ({"grouping": ["pooled"]}, "grouping is one of"),
        ({"eps": -1}, "eps is a number of at least 0, not -1"),
        ({"eps": math.nan}, "eps is"),
        ({"eps": "x"}, "eps is"),
        ({"unbiased": "no"}, "unbiased is true or false, not 'no'"),
        ({"weights": [[1.0, 1.0]]}, "weights has 1 rows; expected 2"),
        ({"weights": [[1.0, 1.0], [1.0]]}, r"weights\[1\] has 1 values; expected 2"),
        ({"weights": [[1.0, 1.0], [1.0, None]]}, r"weights\[1\]\[1\] is None"),
        ({"states": [["a", "a"], ["a", "a"]]}, "states belong to grouping 'same_state'"),
        ({"grouping": "same_state", "states": [["a", "a"]]}, "states has 1 rows"),
        ({"grouping": "same_state", "states": [["a"], ["a"]]}, r"states\[0\] has 1 values"),
        (
            {"grouping": "same_state", "states": [["a", "a"], ["a", ["b"]]]},
            r"states\[1\]\[1\] is a list; expected something hashable",
        ),
    ],
)
def test_what_makes_no_sense_is_said(arguments, message):
    with pytest.raises(SettingError, match=message):
        advantages(**{"rewards": [[1.0, 2.0], [3.0, 4.0]], **arguments})


def test_all_groupings_are_tried_here():
    assert set(GROUPINGS) == set(Grouping.__args__)


# --- States and weights of episodes ---------------------------------------------------------------


class Finder:
    """Finds the entries that a question names."""

    def answer(self, question, memory):
        return Answer("x", tuple((each, 1.0) for each in question.text.split()))


class Half:
    def score(self, answer, question):
        return 0.5


def played(steps, questions, layout="mem-alpha"):
    instance = Instance(
        "i",
        "AR",
        "tests",
        tuple(Chunk(f"Chunk {n}.", n) for n in range(len(steps))),
        tuple(Question(str(n), found, ("x",), "em") for n, found in enumerate(questions)),
    )
    trajectory = pipeline.begin(instance, layout, None)
    for operations in steps:
        trajectory = pipeline.advance(trajectory, operations)
    grade = pipeline.Grader(Finder(), lambda metric: Half())
    return pipeline.assess(trajectory, pipeline.Meter(grade))


def test_states_are_the_memories_before_the_steps():
    first = played([[Insert("semantic", "a")], [Insert("semantic", "b")], []], ["0.0"])
    second = played([[Insert("semantic", "a"), Delete("9.9")], [], []], ["0.0"])
    one, two = states_of([first, second])
    assert one[:2] == two[:2]
    assert one[2] != two[2]
    assert one == [memory.digest for memory in first.trajectory.memories[:3]]


STEPS = [
    [Insert("semantic", "a"), Insert("episodic", "b")],
    [Insert("semantic", "c"), Insert("episodic", "b"), Delete("0.1"), Update("9.9", "x")],
    [Update("core", "d"), Update("0.0", "e")],
    [Delete("1.0")],
    [Insert("episodic", "f"), Update("4.0", "g"), Delete("4.0")],
]


def test_the_store_that_was_searched_most_counts_more():
    made = [
        played(STEPS, ["0.0", "core core 0.0"]),
        played(STEPS, ["core", "7.7"]),
    ]
    assert component_weights(made) == [[2.5, 4.0, 2.5, 1.0, 1.0], [1.0] * 5]
    assert component_weights(made[:1], alpha=1) == [[1.0] * 5]


def test_of_stores_that_tie_the_first_of_the_layout_counts():
    steps = [[Insert("episodic", "b")], [Insert("semantic", "a")]]
    assert component_weights([played(steps, ["0.0", "1.0"])]) == [[1.0, 4.0]]
    assert component_weights([played(steps, ["0.0", "1.0", "0.0"])]) == [[4.0, 1.0]]


def test_a_flat_memory_has_one_store():
    made = played([[Insert("memory", "a")], []], ["0.0"], layout="flat")
    assert component_weights([made], alpha=2) == [[2.0, 1.0]]


def test_the_weights_fit_the_advantages():
    made = [played(STEPS, ["0.0"]), played(STEPS, ["core"])]
    rewards = [[1.0] * 5, [3.0] * 5]
    shown = advantages(rewards, eps=0, weights=component_weights(made))
    assert shown == [[-2.5, -4.0, -2.5, -1.0, -1.0], [1.0] * 5]


@pytest.mark.parametrize("alpha", [-1, math.nan, "4", None, True])
def test_alpha_is_a_number(alpha):
    with pytest.raises(SettingError, match="alpha is a number of at least 0"):
        component_weights([], alpha=alpha)
