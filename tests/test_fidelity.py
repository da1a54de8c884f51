"""The statistics of credit fidelity, on cases that can be followed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import pipeline, registry, run
from memenv.credit import counterfactual, eara
from memenv.fidelity import (
    across,
    average,
    compared,
    cosine,
    deviation,
    halves,
    ranks,
    restricted,
    sign_agreement,
    spaced,
    spearman,
    term_spreads,
    thinned,
    top_overlap,
    verdict,
    within,
)
from memenv.testing import episode
from memenv.views import make_view

numbers = st.lists(st.sampled_from([-1.0, 0.0, 0.1, 0.3, 2.5]), min_size=2, max_size=12)


def played(agent="lines", task="memalpha-ar", size=3):
    """A small real episode, and how it is assessed."""
    instance = registry.make("task", task)(0, size=size)
    begun = pipeline.begin(instance, "mem-alpha", None)
    trajectory = pipeline.play(begun, registry.make("agent", agent), make_view("newest_5"))
    reader = Counting()
    meter = pipeline.Meter(pipeline.Grader(reader, run.scorer_for()))
    return pipeline.assess(trajectory, meter), reader


class Counting:
    def __init__(self):
        self.reader, self.calls = registry.make("reader", "lexical"), 0

    def answer(self, question, memory):
        self.calls += 1
        return self.reader.answer(question, memory)


# --- statistics -----------------------------------------------------------------------------------


def test_equal_values_share_the_mean_of_their_ranks():
    assert ranks([5.0, 1.0, 5.0, 7.0]) == [2.5, 1.0, 2.5, 4.0]
    assert ranks([]) == []


def test_rounding_makes_no_order():
    assert ranks([0.3, 0.1 + 0.2]) == [1.5, 1.5]
    assert ranks([1e-18, -1e-17]) == [1.5, 1.5]
    assert ranks([1e-9, 2e-9]) == [1.0, 2.0]


def test_spearman_of_known_cases():
    # 1 - 6 sum d^2 / (n (n^2 - 1)) without ties: d = 1, -1, 0, 0.
    assert spearman([1, 2, 3, 4], [2, 1, 3, 4]) == pytest.approx(1 - 6 * 2 / 60)
    assert spearman([1, 2, 3], [9, 8, 7]) == -1.0
    # Ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, variances 1.5 and 2.
    assert spearman([0, 0, 1], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(1.5 * 2))
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1, 2, 3], [1, 1, 1]) is None
    assert spearman([1], [2]) is None
    assert spearman([], []) is None
    with pytest.raises(ValueError, match=r"shorter|longer"):
        spearman([1, 2], [1])


@given(numbers)
def test_a_credit_agrees_fully_with_itself(values):
    constant = len(set(values)) == 1
    wanted = None if constant else 1.0
    assert spearman(values, values) == wanted
    assert top_overlap(values, values) == wanted
    assert sign_agreement(values, values) == wanted


@given(numbers, st.data())
def test_measures_stay_in_their_ranges_and_ignore_scale(values, data):
    other = data.draw(st.permutations(values))
    found = spearman(values, other)
    assert found is None or -1 <= found <= 1
    assert spearman(other, values) == found
    assert spearman([4 * each for each in values], other) == found
    for measure in (top_overlap, sign_agreement):
        value = measure(values, other)
        assert value is None or 0 <= value <= 1 + 1e-12


def test_top_overlap_counts_the_steps_of_largest_effect():
    truth = [0.0, 3.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert top_overlap([0, 9, 8, 7, 0, 0, 0, 0], truth) == 1.0
    assert top_overlap([0, 9, 0, 8, 0, 0, 0, 0], truth) == 0.5
    assert top_overlap([9, 0, 0, 8, 0, 0, 0, 0], truth) == 0.0
    # A credit that is the same everywhere picks k of T by chance.
    assert top_overlap([5.0] * 8, truth) == pytest.approx(2 / 8)
    assert top_overlap([1.0, 2.0], [3.0, 3.0]) is None
    # The second place is shared by two steps, in truth and so in the best that can be had.
    assert top_overlap([9, 8, 0], [5, 1, 1], k=2) == 1.0
    assert top_overlap([0, 9, 8], [5, 1, 1], k=2) == pytest.approx((0.5 + 0.5) / 1.5)


def test_signs_are_those_against_the_mean_of_the_episode():
    truth = [0.0, 0.0, 0.9, 0.1]
    assert sign_agreement([1.0, 1.0, 1.9, 1.1], truth) == 1.0
    assert sign_agreement([1.9, 1.9, 1.0, 1.8], truth) == pytest.approx(0 / 4)
    assert sign_agreement([7.0] * 4, truth) == 0.5
    assert sign_agreement([1.0, 2.0], [0.3, 0.3]) is None
    # The middle step has the mean effect: it is not asked about.
    assert sign_agreement([0.0, 9.0, 1.0], [0.0, 0.5, 1.0]) == 0.5


def test_across_leaves_the_original_out():
    rewards = [[9.0, 9.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]
    truth = [[0.0, 0.0], [0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]
    assert across(rewards, truth) == [1.0, None]
    assert within(rewards[1:], truth[1:]) == [None, None, None]
    assert average([None, 1.0, 0.0]) == 0.5
    assert average([None]) is None


def test_compared_tells_everything_of_a_scheme():
    truth = [[0.0, 1.0], [0.0, 0.5], [0.5, 0.0]]
    rows = [[1.0, 2.0], [2.0, 4.0], [1.0, 1.0]]
    found = compared(rows, {"counterfactual": truth}, [3.0, 5.0, 2.0])
    assert found["within"] == 1.0
    assert found["across"] == pytest.approx((-1.0 + 1.0) / 2)
    assert found["constant"] == pytest.approx(1 / 3)
    assert found["unconserved"] == pytest.approx(1 / 3)
    assert found["unconserved_most"] == 1.0
    assert found["spread"] == pytest.approx((0.5 + 1.5) / 2)
    assert "within_shapley" not in found


def test_the_deviation_is_that_of_a_whole_group():
    assert deviation([1.0, 3.0]) == 1.0
    assert deviation([0.1, 0.1, 0.1]) == pytest.approx(0, abs=1e-16)
    assert deviation([1.0]) is None


def test_the_cosine_compares_summed_gradients():
    gradients = [np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])]
    one = [[1.0, 0.0], [0.0, 0.0]]
    assert cosine(one, one, gradients) == pytest.approx(1.0)
    assert cosine(one, [[-2.0, 0.0], [0.0, 0.0]], gradients) == pytest.approx(-1.0)
    assert cosine(one, [[0.0, 0.0], [0.0, 3.0]], gradients) == pytest.approx(0.0)
    assert cosine(one, [[1.0, 0.0], [-1.0, 0.0]], gradients) is None


def test_the_verdict_needs_both_intervals_above_zero():
    up, down, wide = (0.1, 0.5), (-0.5, -0.1), (-0.1, 0.5)
    assert verdict(up, up) == "tracks"
    assert verdict(up, wide) == "within only"
    assert verdict(None, up, constant=True) == "across only"
    assert verdict(down, down) == verdict(None, down, constant=True) == "does not"
    assert verdict(wide, down) == verdict(down, wide) == verdict(None, None) == "unclear"
    assert verdict(None, None, constant=True) == "unclear"


# --- perturbed rollouts and parts of the questions ------------------------------------------------


def test_thinning_leaves_out_about_the_share_and_the_same_each_time():
    original = played()[0].trajectory
    thin = thinned(original, 0.2, "a seed")
    count = sum(len(step.operations) for step in original.steps)
    assert 0.05 < 1 - len(thin.memories[-1]) / len(original.memories[-1]) < 0.4
    assert count > 20
    assert thin == thinned(original, 0.2, "a seed")
    assert thin != thinned(original, 0.2, "another seed")
    assert thinned(original, 0.0, "a seed") == original


def test_thinning_one_step_leaves_the_others_as_they_were():
    original = played()[0].trajectory
    thin = thinned(original, 0.5, "a seed", step=1)
    assert thin.steps[0] == original.steps[0]
    assert thin.steps[2] == original.steps[2]
    assert thin.steps[1] != original.steps[1]


def test_steps_are_spaced_evenly():
    assert spaced(8, 4) == [1, 3, 5, 7]
    assert spaced(1, 4) == [0]
    assert len(set(spaced(219, 4))) == 4


def test_halves_share_no_question_and_miss_none():
    one, other = halves(7, "a seed")
    assert sorted(one + other) == list(range(7))
    assert abs(len(one) - len(other)) == 1
    assert halves(7, "a seed") == (one, other)
    assert any(halves(7, f"seed {n}") != (one, other) for n in range(5))
    assert halves(1, "a seed") == ([0], [])


def test_a_restricted_episode_is_that_of_its_questions_alone():
    full, reader = played()
    numbers = [0, 2, 3]
    counterfactual(full)
    calls = reader.calls
    part = restricted(full, numbers)
    assert part.trajectory.instance.questions == tuple(
        full.trajectory.instance.questions[number] for number in numbers
    )
    # What a fresh assessment of the smaller instance gives.
    fresh_grader = pipeline.Grader(registry.make("reader", "lexical"), run.scorer_for())
    fresh = pipeline.assess(part.trajectory, pipeline.Meter(fresh_grader))
    assert part.score == fresh.score
    assert part.grades == fresh.grades
    assert part.evidence == fresh.evidence
    assert part.step_terms == fresh.step_terms
    assert eara(part) == eara(fresh)
    assert counterfactual(part) == counterfactual(fresh)
    assert reader.calls == calls


def test_a_restriction_to_nothing_has_no_score():
    made = episode(2, owners=[[[0]], [[1]]], scores=[1.0, 0.5], format=[1.0, 1.0])
    part = restricted(made, [])
    assert part.score is None
    assert part.step_terms["global"] == (None, None)
    assert part.step_terms["evidence"] == (None, None)
    assert part.step_terms["format"] == (1.0, 1.0)
    assert restricted(made, [1]).score == 0.5
    assert restricted(made, [1]).step_terms["evidence"] == (0.0, 0.5)


def test_the_spread_of_terms_is_over_copies_at_one_step():
    copies = [
        episode(2, owners=[[[0]]], scores=[score], format=[first, 1.0])
        for score, first in ((0.0, 0.0), (1.0, 1.0))
    ]
    spreads = term_spreads(copies)
    assert spreads["format"] == 0.25
    assert spreads["global"] == 0.5
    assert spreads["chunk"] is None
