"""Intervals and tests: values worked out by hand or another way, and the same bits every time."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from memenv_leaderboard.bootstrap import better, drawn, interval, permutation, signs

from memenv.harness.summary import interval as plain_interval

scores = st.lists(st.floats(0, 1), min_size=2, max_size=12)


def test_the_interval_of_one_competency_is_near_that_of_the_summary():
    rng = random.Random(1)
    values = [rng.random() for _ in range(40)]
    ours, theirs = interval({"AR": values}), plain_interval(values)
    assert ours == pytest.approx(theirs, abs=0.02)


def test_the_interval_is_the_same_bits_every_time():
    values = {"AR": [0.1, 0.9, 0.4, 0.55], "CR": [0.2, 0.3, 1.0]}
    assert interval(values) == (0.2625, 0.74375)


@given(scores, scores)
def test_the_interval_lies_within_the_scores(first, second):
    low, high = interval({"AR": first, "CR": second})
    assert (min(first) + min(second)) / 2 - 1e-5 <= low <= high
    assert high <= (max(first) + max(second)) / 2 + 1e-5


@pytest.mark.parametrize("values", [{}, {"AR": [0.5]}, {"AR": [0.5, 0.6], "CR": [0.1]}])
def test_too_few_episodes_have_no_interval(values):
    assert interval(values) is None


def test_competencies_weigh_the_same_however_many_episodes_they_have():
    table = drawn({"AR": [[1.0] * 50], "CR": [[0.0] * 2]})
    assert set(table[0]) == {0.5}


def test_two_competencies_are_drawn_apart():
    values = [[0.0, 1.0] * 8]
    together = drawn({"AR": values, "CR": values}).std()
    assert together < 0.8 * drawn({"AR": values}).std()


def test_only_a_difference_that_is_no_chance_is_better():
    sure, unsure, none = [0.1] * 10, [1.0, -0.9] * 5, [0.0] * 10
    assert better({"AR": [sure, unsure, none]}).tolist() == [True, False, False]


def test_one_episode_tells_nothing():
    assert better({"AR": [[0.9]], "CR": [[0.5]]}).tolist() == [False]


def test_the_exact_permutation_test_is_that_of_all_permutations():
    values = {"AR": [0.5, -0.25, 0.125], "CR": [0.25, 0.5]}
    shares = [v / 3 for v in values["AR"]] + [v / 2 for v in values["CR"]]
    seen = abs(sum(shares))
    flips = [
        abs(sum(s * v for s, v in zip(signs, shares, strict=True)))
        for signs in itertools.product((-1, 1), repeat=5)
    ]
    expected = sum(each >= seen - 1e-12 for each in flips) / 32
    assert permutation(values) == expected


def test_the_drawn_permutation_test_agrees_with_the_exact_one():
    rng = random.Random(3)
    few = [rng.gauss(0.1, 0.3) for _ in range(12)]
    # An episode without a difference says nothing, a tiny one next to nothing.
    many = [*few, 1e-9]
    assert permutation({"AR": many}) == pytest.approx(permutation({"AR": few}), abs=0.02)


def test_no_difference_has_p_of_one_and_no_episode_none():
    assert permutation({"AR": [0.0, 0.0]}) == 1.0
    assert permutation({}) is None
    assert signs([0.0]) is None


def test_the_sign_test_is_the_binomial():
    assert signs([1, 1, 1, 1, 1, -1]) == 2 * (1 + 6) / 64
    assert signs([1, -1]) == 1.0


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_p_values_are_probabilities_and_do_not_know_which_run_is_first(values):
    turned = [-each for each in values]
    for test in (signs, lambda each: permutation({"AR": each})):
        value = test(values)
        assert value == test(turned)
        assert value is None or 0 < value <= 1


def test_the_order_of_sums_does_not_matter():
    rng = np.random.RandomState(0)
    values = rng.random_sample((1, 100))
    first = drawn({"AR": values})
    again = drawn({"AR": np.repeat(values, 70, axis=0)})
    assert all(np.array_equal(first[0], row) for row in again)
    assert math.isfinite(first.sum())
