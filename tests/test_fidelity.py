"""The statistics of credit fidelity, on cases that can be followed by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import pipeline, registry, run
from memenv.credit import counterfactual, eara, shapley
from memenv.credit.replays import effect, losses, shapley_with_error
from memenv.errors import SettingError
from memenv.fidelity import (
    across,
    average,
    comparable,
    compared,
    cosine,
    covered,
    deviation,
    halves,
    ranks,
    restricted,
    score_functions,
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


@given(st.integers(1, 10**8), st.floats(-1e-13, 1e-13))
def test_twins_are_equal_wherever_they_lie(place, apart):
    # Rounded to so many digits, 0.5 of the last one is an edge between two numbers.
    value = (place - 0.5) * 1e-9
    assert ranks([1.0, value, 1.0, value + apart])[1::2] == [1.5, 1.5]
    assert ranks([1.0, value, value + 2e-9])[1:] != [1.5, 1.5]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_has_no_rank(value):
    for measure in (spearman, top_overlap):
        with pytest.raises(ValueError, match="finite numbers"):
            measure([1.0, value, 2.0], [1.0, 2.0, 3.0])
        with pytest.raises(ValueError, match="finite numbers"):
            measure([1.0, 2.0, 3.0], [1.0, value, 2.0])


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
    for k in (0, -1):
        with pytest.raises(ValueError, match="k must be at least 1"):
            top_overlap([1.0, 2.0], [1.0, 2.0], k=k)


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


def test_a_share_tells_where_a_credit_varies_of_the_places_where_the_truth_does():
    truth = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 2.0]]
    assert covered([[1.0, 1.0], [2.0, 2.0], [1.0, 2.0], [1.0, 5.0]], truth) == pytest.approx(1 / 3)
    assert covered([[1.0, 2.0]], [[3.0, 3.0]]) is None
    # Like `terminal`: across is 1, of one step in two.
    found = compared([[0.0, 9.0], [0.0, 1.0], [0.0, 2.0]], {"counterfactual": truth[:3]}, [1] * 3)
    assert (found["across"], found["across_share"], found["within_share"]) == (1.0, 1.0, 1.0)
    truth = [[0.0, 1.0], [1.0, 0.1], [0.0, 0.2]]
    found = compared([[0.0, 9.0], [0.0, 1.0], [0.0, 2.0]], {"counterfactual": truth}, [1] * 3)
    assert (found["across"], found["across_share"]) == (1.0, 0.5)
    flat = compared([[1.0, 1.0], [2.0, 2.0], [1.0, 2.0]], {"counterfactual": truth}, [1] * 3)
    assert flat["within_share"] == pytest.approx(1 / 3)


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


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_gradients_that_are_not_finite_have_no_cosine(wrong):
    one, other = [[1.0, 2.0]], [[2.0, 1.0]]
    with pytest.raises(SettingError, match="score_function gave numbers that are not finite"):
        cosine(one, other, [np.array([[1.0], [wrong]])])


def test_the_scale_of_gradients_makes_no_difference_to_the_cosine():
    one, other = [[1.0, 0.0]], [[1.0, 1.0]]
    for scale in (1e-200, 1.0, 1e308):
        found = cosine(one, other, [np.array([[1.0, 0.0], [0.0, 1.0]]) * scale])
        assert found == pytest.approx(math.sqrt(0.5))
    assert cosine(one, other, [np.zeros((2, 2))]) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([[[1.0], [math.nan]]], "not finite"),
        ([[[1.0]]], r"shape \(1, 1\) for 2 steps; expected \(2, P\)"),
        ([[1.0, 2.0]], r"shape \(2,\) for 2 steps"),
        ([[[], []]], r"shape \(2, 0\)"),
        ([[[1.0], [1.0, 2.0]]], "no array of numbers"),
        (["ab"], "no array of numbers"),
        ([[[1.0], [2.0]], [[1.0, 1.0], [2.0, 2.0]]], "the same P for every trajectory"),
    ],
)
def test_what_a_score_function_gives_is_checked(given, said):
    trajectory = episode(2, owners=[[[0]]], scores=[1.0]).trajectory
    with pytest.raises(SettingError, match=said):
        score_functions(given, [trajectory] * len(given))


def test_a_score_function_may_give_lists():
    trajectory = episode(2, owners=[[[0]]], scores=[1.0]).trajectory
    (found,) = score_functions([[[1, 2], [3, 4]]], [trajectory])
    assert found.tolist() == [[1.0, 2.0], [3.0, 4.0]]


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
    gold = [[0], [0], [1], [1], [2], [2], []]
    one, other = halves(gold, "a seed")
    assert sorted(one + other) == list(range(7))
    assert abs(len(one) - len(other)) == 1
    assert halves(gold, "a seed") == (one, other)
    assert any(halves(gold, f"seed {n}") != (one, other) for n in range(5))
    assert sorted(halves([[0]], "a seed")) == [[], [0]]


@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.integers(0, 99))
def test_halves_ask_alike_about_every_chunk(chunks, seed):
    one, other = halves([[chunk] for chunk in chunks], f"seed {seed}")
    assert sorted(one + other) == list(range(len(chunks)))
    for chunk in range(5):
        counts = [sum(chunks[j] == chunk for j in half) for half in (one, other)]
        assert abs(counts[0] - counts[1]) <= 1
    assert one and other  # noqa: PT018


def test_halves_can_be_compared_where_they_share_half_of_the_gold_chunks():
    gold = [[0], [0], [1], [1], [2], [3]]
    assert comparable(gold, ([0, 2, 4], [1, 3, 5]))
    assert not comparable(gold, ([0, 1, 2], [3, 4, 5]))
    assert not comparable([[0], [0], [1]], ([0, 2], [1]))
    assert not comparable([[], []], ([0], [1]))
    assert comparable([[0, 1], [0, 1]], ([0], [1]))


def test_the_effect_of_one_step_is_its_counterfactual():
    full, _ = played(size=4)
    wanted = counterfactual(full)
    assert len(set(wanted)) > 1
    assert [effect(full, step) for step in range(4)] == wanted
    part = restricted(full, [0, 2, 3])
    assert [
        math.fsum(losses(full, step)[j] for j in (0, 2, 3)) / 3 for step in range(4)
    ] == counterfactual(part)
    idle = episode(2, owners=[[[0]]], scores=[1.0])
    assert (losses(idle, 1), effect(idle, 1)) == ({0: 0.0}, 0.0)
    assert (losses(idle, 0), effect(idle, 0)) == ({0: 1.0}, 1.0)


def test_the_error_of_two_pairs_of_orders_is_half_of_what_they_differ():
    # Each pair of steps holds an item together, so that an order matters.
    owners = [[[0], [each]] for each in range(1, 9)]
    made = episode(9, owners=owners, scores=[1.0, 0.2, 0.4, 1.0, 0.9, 0.3, 0.7, 1.0])
    made = replace(made, grade=cubed(made.grade))
    first = shapley(made, permutations=2, empty="drop")
    values, errors = shapley_with_error(made, permutations=4, empty="drop")
    # The first pair is the same, so the mean lies half of the difference away from it.
    assert errors == pytest.approx([abs(a - b) for a, b in zip(values, first, strict=True)])
    assert max(errors) > 0.01


def cubed(grade):
    """Scores in which steps need each other."""

    def graded(memory, questions):
        share = (len(memory) / 16) ** 3
        return tuple(
            replace(each, score=None if each.score is None else each.score * share)
            for each in grade(memory, questions)
        )

    return graded


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
