"""Schemes of one episode: plain ones, those that follow the evidence, and the papers' presets."""

from dataclasses import replace
from fractions import Fraction
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import Insert, SettingError, pipeline, registry
from memenv.credit import (
    broadcast,
    csr,
    eara,
    evidence_session,
    finemem,
    hindsight_gate,
    memalpha,
    terminal,
    uniform,
)
from memenv.errors import NotMeasuredError
from memenv.readers.lexical import Lexical
from memenv.run import scorer_for
from memenv.terms import contributions
from memenv.testing import episode, small_instance

SINGLE = (
    broadcast,
    csr,
    eara,
    evidence_session,
    finemem,
    hindsight_gate,
    memalpha,
    terminal,
    uniform,
)


def near(*numbers):
    return pytest.approx([float(number) for number in numbers], abs=1e-9)


def example(**changes):
    """Four steps and four questions: (1, by 0 and 2), (0, by 1), (1, by 2), (1/2, by 0, 0, 3)."""
    return episode(
        **{
            "steps": 4,
            "owners": [[[0], [2]], [[1]], [[2]], [[0], [0], [3]]],
            "scores": [1, 0, 1, 0.5],
            "format": [1, 0.5, 1, 0],
            "chunk": [0.8, 0.4, 1, 0.2],
            "memory_tokens": 4,
            "stream_tokens": 10,
            **changes,
        }
    )


# --- Fine-Mem -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beta", "expected"),
    [
        (0, [Fraction(5, 32)] * 4),
        (0.5, [Fraction(35, 192), Fraction(5, 64), Fraction(17, 64), Fraction(19, 192)]),
        (1, [Fraction(5, 24), 0, Fraction(3, 8), Fraction(1, 24)]),
    ],
)
def test_evidence_anchored_attribution_by_hand(beta, expected):
    assert eara(example(), beta=beta) == near(*expected)


def test_the_evidence_term_is_the_contribution():
    made = example()
    assert list(made.step_terms["evidence"]) == near(
        Fraction(5, 24), 0, Fraction(3, 8), Fraction(1, 24)
    )
    assert list(made.step_terms["evidence"]) == eara(made, beta=1)


def test_what_nothing_was_retrieved_for_is_dropped_or_spread():
    made = example(owners=[[[0], [2]], [[1]], [], [[0], [0], [3]]])
    dropped = eara(made, empty="drop")
    assert dropped == near(Fraction(35, 192), Fraction(5, 64), Fraction(9, 64), Fraction(19, 192))
    assert fsum(dropped) == pytest.approx(0.5, abs=1e-9)
    spread = eara(made)
    assert spread == near(*(Fraction(value) + Fraction(1, 32) for value in dropped))


def test_fine_mem_puts_its_terms_together():
    expected = near(
        Fraction(7739, 4800), Fraction(1293, 1600), Fraction(2873, 1600), Fraction(1099, 4800)
    )
    assert finemem(example()) == expected


def test_fine_mem_without_weights_is_its_parts():
    made = example(format=None)
    assert finemem(made, w1=0, w2=0) == eara(made)
    assert finemem(made, w1=0, w2=0, beta=1) == list(made.step_terms["evidence"])
    assert finemem(made, beta=0, w1=1, w2=0) == near(
        *(Fraction(5, 32) + Fraction(x) for x in csr(made))
    )


def test_what_was_not_measured_is_left_out_and_named():
    made = example(format=None, chunk=[0.8, None, 1, 0.2])
    assert pipeline.missing_terms(made, registry.make("credit", "finemem")) == ("format", "chunk")
    full = example(format=[0, 0, 0, 0], chunk=[0.8, 0, 1, 0.2])
    assert finemem(made) == finemem(full)
    assert pipeline.missing_terms(full, registry.make("credit", "finemem")) == ()
    assert csr(made) == [0.8, 0.0, 1.0, 0.2]
    assert pipeline.missing_terms(made, registry.make("credit", "csr")) == ("chunk",)
    assert pipeline.missing_terms(made, registry.make("credit", "eara")) == ()


def test_memory_may_outgrow_the_stream():
    assert finemem(example(memory_tokens=100), beta=0, w1=0) == near(
        *(Fraction(5, 32) + Fraction(well) - Fraction(9, 20) for well in (1, 0.5, 1, 0))
    )


# --- Owners and weights ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "expected"),
    [("creator", [1, 0, 0]), ("last_writer", [0, 0, 1]), ("split", [Fraction(1, 3)] * 3)],
)
def test_an_entry_belongs_to_its_creator_its_last_writer_or_all(owner, expected):
    made = episode(3, owners=[[[0, 1, 2]]], scores=[1])
    assert eara(made, beta=1, owner=owner) == near(*expected)


def retrieved(*items, cited=()):
    """A question scored 1 for which entries were found, of (step, score)."""
    made = episode(3, owners=[[[step] for step, _ in items]], scores=[1])
    found = [
        {**item, "score": score}
        for item, (_, score) in zip(made.evidence[0]["retrieved"], items, strict=True)
    ]
    names = [found[number]["entry"] for number in cited]
    return replace(made, evidence=({**made.evidence[0], "retrieved": found, "cited": names},))


@pytest.mark.parametrize(
    ("weight", "cited", "expected"),
    [
        ("equal", (), [Fraction(1, 3)] * 3),
        ("rank", (), [Fraction(6, 11), Fraction(3, 11), Fraction(2, 11)]),
        ("score", (), [Fraction(5, 8), Fraction(3, 8), 0]),
        ("cited", (2,), [0, 0, 1]),
        ("cited", (0, 2), [Fraction(1, 2), 0, Fraction(1, 2)]),
        ("cited", (), [Fraction(1, 3)] * 3),
    ],
)
def test_a_questions_share_is_divided_by_weight(weight, cited, expected):
    made = retrieved((0, 5.0), (1, 3.0), (2, 0.0), cited=cited)
    assert eara(made, beta=1, weight=weight) == near(*expected)


def test_scores_that_are_all_nothing_weigh_the_same():
    assert eara(retrieved((0, 0.0), (1, 0.0)), beta=1, weight="score") == near(0.5, 0.5, 0)


def test_an_entry_that_nobody_wrote_leaves_its_part_to_the_others():
    made = retrieved((0, 1.0), (1, 1.0))
    items = [{**made.evidence[0]["retrieved"][0], "writers": []}, made.evidence[0]["retrieved"][1]]
    evidence = ({**made.evidence[0], "retrieved": items},)
    assert contributions(evidence, 3) == ([0.0, 1.0, 0.0], 0.0)
    evidence = ({**made.evidence[0], "retrieved": items[:1]},)
    assert contributions(evidence, 3) == ([0.0, 0.0, 0.0], 1.0)


@pytest.mark.parametrize(
    "parameters",
    [
        {"beta": 1.5},
        {"beta": None},
        {"owner": "me"},
        {"empty": 0},
        {"weight": "Rank"},
        {"gamma": 1},
    ],
)
def test_parameters_are_checked(parameters):
    for scheme in (eara, finemem):
        with pytest.raises(SettingError, match=f"credit '{scheme.__name__}'"):
            scheme(example(), **parameters)


# --- For any retrievals ---------------------------------------------------------------------------


@st.composite
def episodes(draw):
    steps = draw(st.integers(1, 5))
    writers = st.lists(st.integers(0, steps - 1), min_size=1, max_size=4)
    items = st.lists(writers, max_size=4)
    scores = st.none() | st.floats(0, 1)
    questions = draw(st.lists(st.tuples(items, scores), min_size=1, max_size=6))
    if all(score is None for _, score in questions):
        questions.append(([], 0.3))
    return episode(steps, *map(list, zip(*questions, strict=True)))


@given(
    episodes(),
    st.floats(0, 1),
    st.sampled_from(["creator", "last_writer", "split"]),
    st.sampled_from(["equal", "rank", "score", "cited"]),
)
def test_attribution_conserves_the_score(made, beta, owner, weight):
    rewards = eara(made, beta=beta, owner=owner, weight=weight)
    assert fsum(rewards) == pytest.approx(made.score, abs=1e-9)
    assert min(rewards) >= 0
    dropped = eara(made, beta=beta, owner=owner, weight=weight, empty="drop")
    lost = contributions(made.evidence, len(rewards), owner=owner, weight=weight)[1]
    assert fsum(dropped) == pytest.approx(made.score - beta * lost, abs=1e-9)


@given(episodes())
def test_beta_0_is_uniform_and_the_plain_schemes_conserve(made):
    assert eara(made, beta=0) == uniform(made)
    for scheme in (uniform, terminal):
        assert fsum(scheme(made)) == pytest.approx(made.score, abs=1e-9)
    assert broadcast(made) == [made.score] * len(made.trajectory.steps)


def test_what_says_that_it_conserves_does():
    said = [name for name in registry.names("credit") if registry.make("credit", name).conserves]
    assert {"eara", "terminal", "uniform"} <= set(said)
    assert not registry.make("credit", "eara", empty="drop").conserves


# --- The others -----------------------------------------------------------------------------------


def test_the_plain_schemes():
    made = episode(4, owners=[[], []], scores=[1, 0.5])
    assert terminal(made) == [0, 0, 0, 0.75]
    assert broadcast(made) == [0.75] * 4
    assert uniform(made) == [0.1875] * 4


def test_a_session_earns_what_the_questions_that_need_it_score():
    made = episode(
        3, owners=[[], [], [], []], scores=[1, 0.5, 0, None], gold=[[0], [0, 1], [], [2]]
    )
    assert evidence_session(made) == [0.75, 0.5, 0.0]


def test_the_gate_opens_for_gold_chunks_and_a_little_for_what_was_retrieved():
    made = episode(3, owners=[[[0, 2]], [[1], [1]], []], scores=[1, 0.5, None], gold=[[0], [], [1]])
    assert hindsight_gate(made) == near(0.5 + 0.05, 0.025, 0.05)
    assert hindsight_gate(made, beta=0) == near(0.5, 0, 0)
    assert hindsight_gate(made, beta=2) == near(0.5 + 1, 0.5, 1)


def test_mem_alpha_puts_its_terms_together():
    made = example(executed=[1, 0.5, 0, 1], content=[1, 0, 0.5, 0])
    expected = [Fraction(5, 8) + Fraction(3, 100) + Fraction(x) for x in (1.1, 0.5, 0.05, 1)]
    assert memalpha(made) == near(*expected)
    scheme = registry.make("credit", "memalpha")
    blind = example(executed=[1, 0.5, 0, 1])
    assert memalpha(blind) == memalpha(made, gamma=0)
    assert pipeline.missing_terms(blind, scheme) == ("content",)
    assert pipeline.missing_terms(made, scheme) == ()


@pytest.mark.parametrize("scheme", SINGLE)
def test_questions_without_a_score_do_not_count(scheme):
    terms = {"chunk": [0.5, 1], "format": [1, 1], "executed": [1, 1], "content": [1, 0]}
    with_none = episode(2, [[[0]], [[1]]], [0.5, None], gold=[[0], [1]], **terms)
    without = episode(2, [[[0]]], [0.5], gold=[[0]], **terms)
    assert scheme(with_none) == scheme(without)


@pytest.mark.parametrize("scheme", [each for each in SINGLE if each is not csr])
def test_without_any_score_there_is_no_credit_to_give(scheme):
    with pytest.raises(NotMeasuredError, match="no question of the episode could be scored"):
        scheme(episode(2, owners=[[[0]]], scores=[None]))


@pytest.mark.parametrize("scheme", SINGLE)
def test_real_episodes_are_credited_as_hand_made_ones_are(scheme):
    instance = small_instance(4)
    trajectory = pipeline.begin(instance, "mem-alpha", None)
    for chunk in instance.chunks:
        trajectory = pipeline.advance(trajectory, [Insert("semantic", chunk.text)])
    made = pipeline.assess(trajectory, pipeline.Meter(pipeline.Grader(Lexical(), scorer_for())))
    credit = scheme(made)
    assert credit == scheme(made)
    assert len(credit) == 4
    if getattr(scheme, "conserves", False):
        assert fsum(credit) == pytest.approx(made.score, abs=1e-12)
