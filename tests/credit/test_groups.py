"""Schemes that compare rollouts of one instance."""

from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import Delete, Insert, SettingError, Update, pipeline, registry, tokens
from memenv.credit import advantages, fork_replay, rank_consistency, same_state, tree_mc
from memenv.credit.grouping import states_of
from memenv.credit.groups import ndcg
from memenv.errors import NotMeasuredError
from memenv.readers.lexical import Lexical
from memenv.run import scorer_for
from memenv.testing import episode
from memenv.types import Answer, Chunk, Instance, Question

GROUPS = (tree_mc, rank_consistency, same_state, fork_replay)
TEXTS = ("Ada lives in Rome.", "Bob has a cat.", "Eve likes tea.")
INSTANCE = Instance(
    "i",
    "AR",
    "tests",
    tuple(Chunk(text, n) for n, text in enumerate(TEXTS)),
    (
        Question("0", "Where does Ada live?", ("Rome",), "subem", evidence=(0,)),
        Question("1", "What does Bob have?", ("cat",), "subem", evidence=(1,)),
    ),
)


class Words:
    """Answers with all that it has."""

    def answer(self, question, memory):
        return Answer(" ".join(entry.text for entry in memory.entries))


def played(*steps, instance=INSTANCE):
    trajectory = pipeline.begin(instance, "mem-alpha", None)
    for operations in steps:
        trajectory = pipeline.advance(trajectory, operations)
    grade = pipeline.Grader(Words(), scorer_for())
    return pipeline.assess(trajectory, pipeline.Meter(grade))


def keep(*numbers):
    return [Insert("semantic", TEXTS[number]) for number in numbers]


# --- All of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", GROUPS)
def test_rollouts_are_of_one_instance_finished_and_in_a_list(scheme):
    made = episode(2, owners=[[[0]]], scores=[1.0])
    other = episode(3, owners=[[[0]]], scores=[1.0])
    with pytest.raises(SettingError, match="2 episodes of 2 instances"):
        scheme([made, other])
    with pytest.raises(SettingError, match="0 episodes"):
        scheme([])
    with pytest.raises(SettingError, match="expected a list of episodes"):
        scheme(made)
    unfinished = replace(made, trajectory=made.trajectory.upto(1))
    with pytest.raises(SettingError, match=r"took \[2, 1\] steps"):
        scheme([made, unfinished])


@pytest.mark.parametrize("scheme", GROUPS)
def test_a_rollout_without_a_score_is_said(scheme):
    made = [episode(1, owners=[[[0]]], scores=[score]) for score in (1.0, None)]
    with pytest.raises(NotMeasuredError):
        scheme(made)


@pytest.mark.parametrize("scheme", GROUPS)
def test_a_group_of_one_and_of_equals_is_a_group(scheme):
    made = episode(2, owners=[[[0]], [[1]]], scores=[1.0, 0.5], chunk=[0.5, 1], gold=[[0], [1]])
    (alone,) = scheme([made])
    assert len(alone) == 2
    assert scheme([made, made]) == [alone, alone]


@pytest.mark.parametrize("scheme", GROUPS)
def test_the_order_of_the_others_changes_nothing(scheme):
    """Save for the anchor, which is the first."""
    made = [played(keep(0), [], keep(n)) for n in (0, 1, 2)]
    first, second, third = scheme(made)
    assert scheme([made[0], made[2], made[1]]) == [first, third, second]


@pytest.mark.parametrize("scheme", GROUPS)
def test_they_are_found_by_name(scheme):
    made = registry.make("credit", scheme.__name__)
    assert made.group
    assert made.assign([played(keep(0), [], [])]) == scheme([played(keep(0), [], [])])


# --- TreeMem --------------------------------------------------------------------------------------


def test_tree_mc_is_the_mean_of_the_leaves_below():
    made = [
        played(keep(0), keep(1), []),  # 1
        played(keep(0), [], []),  # 0.5
        played(keep(0), [], keep(1)),  # 1
        played([], [], []),  # 0
    ]
    assert tree_mc(made) == [
        pytest.approx([2.5 / 3, 1.0, 1.0]),
        pytest.approx([2.5 / 3, 0.75, 0.5]),
        pytest.approx([2.5 / 3, 0.75, 1.0]),
        [0.0, 0.0, 0.0],
    ]


def test_tree_mc_looks_at_operations_not_at_where_they_lead():
    """The same step after another beginning is another node, also when the memory is the same."""
    refused = [Update("9.9", "x")]
    made = [played([], keep(1), []), played(refused, keep(1), keep(0))]
    assert tree_mc(made) == [[0.5] * 3, [1.0] * 3]


def test_tree_mc_takes_operations_that_hold_anything():
    odd = [Insert("semantic", ["a"]), Insert({"b": 1}, "c")]
    made = [played(odd, [], keep(1)), played(odd, [], [])]
    assert tree_mc(made) == [[0.25, 0.25, 0.5], [0.25, 0.25, 0.0]]


# --- CoMAM ----------------------------------------------------------------------------------------


def group(scores, chunks):
    """One-step rollouts with these scores and local rewards."""
    return [
        episode(1, owners=[[]], scores=[score], chunk=[chunk])
        for score, chunk in zip(scores, chunks, strict=True)
    ]


def test_rank_consistency_weighs_the_score_by_the_agreement_of_the_rankings():
    assert rank_consistency(group([1.0, 0.5], [0.8, 0.2])) == [[1.8], [0.7]]
    weight = (0.5 + 1 / log2(3)) / (1 + 0.5 / log2(3))
    against = rank_consistency(group([1.0, 0.5], [0.2, 0.8]))
    assert against == [[pytest.approx(0.2 + weight)], [pytest.approx(0.8 + 0.5 * weight)]]


def test_rollouts_that_tie_gain_the_mean_of_their_places():
    discounts = [1.0, 1 / log2(3), 0.5]
    weight = (0.5 * discounts[0] + 0.5 * discounts[1] + 0.2 * discounts[2]) / (
        discounts[0] + 0.2 * discounts[1]
    )
    credit = rank_consistency(group([1.0, 0.0, 0.2], [0.7, 0.7, 0.1]))
    assert credit == [
        [pytest.approx(0.7 + weight)],
        [0.7],
        [pytest.approx(0.1 + 0.2 * weight)],
    ]


def test_no_score_at_all_has_no_weight():
    assert rank_consistency(group([0.0, 0.0], [0.5, 1.0])) == [[0.5], [1.0]]


def test_a_local_reward_that_was_not_measured_is_left_out_and_not_ranked():
    measured = rank_consistency(group([1.0, 0.5], [0.2, 0.8]))
    assert rank_consistency(group([1.0, 0.25, 0.5], [0.2, None, 0.8])) == [
        measured[0],
        [pytest.approx(0.25 * (measured[0][0] - 0.2))],
        measured[1],
    ]
    blind, tied = group([1.0, 0.5], [None, None]), group([1.0, 0.5], [0.0, 0.0])
    assert rank_consistency(blind) == rank_consistency(tied)
    assert pipeline.missing_terms(blind[0], registry.make("credit", "rank_consistency")) == (
        "chunk",
    )


pairs = st.tuples(st.sampled_from([0.0, 0.2, 0.5, 1.0]), st.sampled_from([0.0, 0.1, 0.7, 1.0]))


@given(st.lists(pairs, min_size=1, max_size=8), st.randoms())
def test_ndcg_is_a_share_whatever_the_order(ranked, random):
    shuffled = random.sample(ranked, len(ranked))
    assert 0 <= ndcg(ranked) <= 1
    assert ndcg(shuffled) == ndcg(ranked)
    perfect = [(gain, gain) for _, gain in ranked]
    assert ndcg(perfect) == float(any(gain for _, gain in ranked))
    worst = [(-gain, gain) for _, gain in ranked]
    assert ndcg(worst) <= ndcg([(0.0, gain) for _, gain in ranked]) + 1e-12
    assert ndcg(worst) <= ndcg(ranked) + 1e-12


# --- Memory-R2 ------------------------------------------------------------------------------------


def test_same_state_asks_for_the_chunk_just_after_its_step():
    forgets = played(keep(0), [Update("0.0", TEXTS[1])], [])
    late = played(keep(2), [], keep(0, 1))
    assert same_state([forgets, late], lambda_comp=0) == [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_same_state_charges_what_is_above_the_free_share_of_the_stream_so_far():
    made = played(keep(0), keep(1, 2), [])
    counts = [tokens.count(text) for text in TEXTS]
    assert same_state([made]) == [
        pytest.approx(
            [
                1 - 0.3 * 0.3,
                1 - 0.3 * (sum(counts) / sum(counts[:2]) - 0.7),
                -0.3 * 0.3,
            ]
        )
    ]
    small = played(keep(0), [], [])
    assert same_state([small], lambda_comp=1)[0][1:] == [0.0, 0.0]


def test_a_stream_that_begins_with_nothing_has_no_share_to_exceed():
    chunks = (Chunk("", 0), *INSTANCE.chunks[1:])
    made = played(keep(0), [], [], instance=replace(INSTANCE, chunks=chunks))
    assert same_state([made])[0][0] == 1.0
    nothing = replace(INSTANCE, chunks=(Chunk("", 0),), questions=INSTANCE.questions[:1])
    assert same_state([played(keep(0), instance=nothing)]) == [[1.0]]


def test_same_state_takes_the_tokens_that_a_hand_made_episode_says():
    made = episode(
        2,
        owners=[[[0]], [[1]]],
        scores=[1, 0.5],
        gold=[[0], [1]],
        memory_tokens=9,
        stream_tokens=10,
    )
    assert same_state([made]) == [pytest.approx([1.0, 0.5 - 0.3 * 0.2])]


def test_a_question_with_much_evidence_counts_for_each_of_its_chunks():
    instance = replace(
        INSTANCE, questions=(replace(INSTANCE.questions[0], evidence=(0, 1)), INSTANCE.questions[1])
    )
    made = played(keep(0), [], [], instance=instance)
    assert same_state([made], lambda_comp=0) == [[1.0, 0.5, 0.0]]


# --- Forks ----------------------------------------------------------------------------------------


def test_fork_replay_lets_one_step_take_the_anchors_place():
    anchor = played(keep(0), keep(1), [])  # 1
    mate = played([], keep(1), keep(2))  # 0.5
    # At step 0: nothing, then the anchor keeps 1. Later they stand before different memories.
    assert fork_replay([anchor, mate]) == [[1.0, 1.0, 1.0], [0.5, 0.5, 0.5]]
    # The other way round: the mate keeps 0, then the new anchor keeps 1 and 2.
    assert fork_replay([mate, anchor]) == [[0.5, 0.5, 0.5], [1.0, 1.0, 1.0]]
    worse = played(keep(0), [Update("0.0", "gone")], keep(1))  # 0.5: the anchor adds nothing late
    assert fork_replay([anchor, worse]) == [[1.0, 1.0, 1.0], [1.0, 0.0, 0.5]]


def test_the_anchors_later_steps_act_on_its_own_entries_alone():
    anchor = played(keep(0), [Update("0.0", TEXTS[0] + " Still.")], [])
    mate = played(keep(1), [], [])
    # `0.0` is another entry in the fork: the update of the missing one is inserted.
    assert fork_replay([anchor, mate])[1][0] == 1.0


def test_what_leads_to_the_same_memory_earns_the_same_without_a_reader():
    def refuse(memory, questions):
        raise AssertionError("nothing is left to ask")

    anchor = replace(played(keep(0), keep(1), []), grade=refuse)
    lazy = played(keep(0), [*keep(1), Update("9.9", "x")], [])
    assert fork_replay([anchor, lazy]) == [[1.0] * 3] * 2


def test_questions_asked_before_the_fork_are_the_anchors():
    early = replace(INSTANCE.questions[0], after=0)
    instance = replace(INSTANCE, questions=(early, INSTANCE.questions[1]))
    anchor = played(keep(0), keep(1), [], instance=instance)
    mate = played(keep(0), [], [], instance=instance)
    assert fork_replay([anchor, mate]) == [[1.0, 1.0, 1.0], [1.0, 0.5, 0.5]]
    # Both forgot all before step 2, but only the anchor had something to say at step 0.
    anchor = played(keep(0), [Delete("0.0")], [], instance=instance)  # 0.5
    mate = played([], [], keep(1), instance=instance)  # 0.5
    assert fork_replay([anchor, mate])[1][2] == 1.0


def test_rollouts_from_one_snapshot_differ_by_their_step_alone():
    """Eight ways to take step 1 of one episode, each followed by its own later step."""
    instance = registry.make("task", "memalpha-ar")(3, size=4)
    chunks = instance.chunks

    def rollout(number):
        trajectory = pipeline.begin(instance, "mem-alpha", None)
        for step, chunk in enumerate(chunks):
            lines = chunk.text.splitlines()
            part = lines[: len(lines) * number // 7] if step == 1 else lines
            texts = part if step < 3 else lines[number:]
            trajectory = pipeline.advance(trajectory, [Insert("semantic", text) for text in texts])
        meter = pipeline.Meter(pipeline.Grader(Lexical(), scorer_for()))
        return pipeline.assess(trajectory, meter)

    made = [rollout(number) for number in range(8)]
    credit = fork_replay(made)
    assert credit[0] == [made[0].score] * len(chunks)
    assert [row[0] for row in credit] == [made[0].score] * 8
    at_one = [row[1] for row in credit]
    assert len(set(at_one)) > 2
    assert at_one == sorted(at_one)
    states = states_of(made)
    assert [len({row[t] for row in states}) for t in range(3)] == [1, 1, 8]
    shown = advantages(credit, "same_state", states=states)
    assert [row[0] for row in shown] == [0.0] * 8
    assert shown[7][1] > 0 > shown[0][1]
