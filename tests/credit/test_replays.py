"""The ground truth: steps and entries left out, and read again."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from math import fsum, sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import memenv
from memenv import pipeline, registry, run
from memenv.credit import counterfactual, replays, shapley, shapley_with_error
from memenv.errors import NotMeasuredError, SettingError
from memenv.memory import Memory
from memenv.operations import Delete, Insert, Malformed, Operation, Skip, Update
from memenv.protocols import Observation
from memenv.readers.lexical import Lexical
from memenv.testing import check_credit, episode, small_instance
from memenv.types import Answer, Chunk, Episode, Grade, Instance, Question
from memenv.views import make_view


def played(
    instance: Instance, *steps: Sequence[Operation], grade: Any = None, **setting: Any
) -> Episode:
    trajectory = pipeline.begin(
        instance, setting.get("layout", "mem-alpha"), setting.get("capacity")
    )
    for operations in steps:
        trajectory = pipeline.advance(trajectory, operations)
    grader = pipeline.Grader(grade or Lexical(), run.scorer_for())
    return pipeline.assess(trajectory, pipeline.Meter(grader))


def made_by(agent: Any, task: str, size: int, seed: int = 3) -> Episode:
    instance = registry.make("task", task)(seed, size=size)
    start = pipeline.begin(instance, "mem-alpha", None)
    trajectory = pipeline.play(start, agent, make_view("newest_5"))
    return pipeline.assess(trajectory, pipeline.Meter(pipeline.Grader(Lexical(), run.scorer_for())))


def stream(chunks: int, *questions: Question) -> Instance:
    return Instance(
        "i", "AR", "tests", tuple(Chunk(f"chunk {n}", n) for n in range(chunks)), questions
    )


def asking(word: str, **changes: Any) -> Question:
    return Question(word, f"Is {word} there?", (word,), "em", **changes)


class Sees:
    """Answers with the word that is asked for when some entry holds it; counts its questions."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def answer(self, question: Question, memory: Memory) -> Answer:
        word = question.id
        texts = " ".join(entry.text for entry in memory.entries)
        self.asked.append((word, texts))
        found = [entry.id for entry in memory.entries if word in entry.text.split()]
        return Answer(word if found else "", tuple((each, 1.0) for each in found), ())


class Counted:
    """The questions that an episode's schemes ask, by way of `grade`."""

    def __init__(self, made: Episode) -> None:
        self.asked = 0
        self.digests: list[str] = []
        self._grade = made.grade
        self.episode = replace(made, grade=self)

    def __call__(self, memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
        self.asked += len(questions)
        self.digests.append(memory.digest)
        return self._grade(memory, questions)


@st.composite
def handmade(draw: st.DrawFn, most: int = 6) -> Episode:
    steps = draw(st.integers(1, most))
    writers = st.lists(st.integers(0, steps - 1), min_size=1, max_size=3)
    owners = draw(st.lists(st.lists(writers, max_size=3), min_size=1, max_size=4))
    score = st.none() | st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0])
    scores = [draw(score) for _ in owners]
    scores[0] = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return episode(steps, owners=owners, scores=scores)


# --- Steps left out -------------------------------------------------------------------------------


def test_the_effect_of_a_step_is_what_the_score_loses_without_it() -> None:
    # Question 1 is about an entry that step 0 makes and step 1 rewrites.
    made = episode(2, owners=[[[0]], [[0, 1]]], scores=[1.0, 0.5])
    assert counterfactual(made) == [0.5, 0.25]
    assert counterfactual(made, dangling_update="fail") == [0.75, 0.25]


def test_a_step_can_do_harm() -> None:
    made = played(
        stream(2, asking("a"), asking("b")),
        [Insert("semantic", "a b")],
        [Update("0.0", "b")],
        grade=Sees(),
    )
    assert counterfactual(made) == [0.0, -0.5]
    assert counterfactual(made, dangling_update="fail") == [0.5, -0.5]


@pytest.mark.parametrize("task", ["memalpha-ar", "rules", "memstream", "needles"])
def test_it_is_what_a_replay_of_the_rest_scores(task: str) -> None:
    made = made_by(memenv.make("agent", "lines"), task, 3)
    assert made.score is not None
    effects = counterfactual(made)
    assert effects == counterfactual(made)
    for step, effect in enumerate(effects):
        grades = pipeline.graded(pipeline.replay(made.trajectory, [step]), made.grade)
        left = pipeline.mean([grade.score for grade in grades if grade.score is not None])
        assert left is not None
        assert effect == pytest.approx(made.score - left, abs=1e-12)
    assert any(effects)


@settings(max_examples=60)
@given(handmade(), st.sampled_from(["insert", "fail"]))
def test_a_step_that_wrote_nothing_has_no_effect_and_asks_nothing(
    made: Episode, dangling: Any
) -> None:
    counted = Counted(made)
    effects = counterfactual(counted.episode, dangling_update=dangling)
    idle = [all(isinstance(op, Skip) for op in step.operations) for step in made.trajectory.steps]
    assert all(effect == 0.0 for effect, nothing in zip(effects, idle, strict=True) if nothing)
    scored = sum(grade.score is not None for grade in made.grades)
    assert counted.asked <= (len(effects) - sum(idle)) * scored
    assert effects == counterfactual(made, dangling_update=dangling)


def test_what_was_rejected_malformed_or_a_duplicate_is_not_even_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = played(
        stream(4, asking("a")),
        [Insert("semantic", "a")],
        [Insert("semantic", "a"), Delete("9.9"), Malformed("?", "no call")],
        [Insert("semantic", "b"), Delete("2.0")],
        [],
        grade=Sees(),
    )
    counted = Counted(made)
    replayed = []
    real = replays.replay
    monkeypatch.setattr(replays, "replay", lambda *given: replayed.append(given[1]) or real(*given))
    # Without step 0 its duplicate in step 1 is no duplicate, and the answer is there still.
    assert counterfactual(counted.episode) == [0.0, 0.0, 0.0, 0.0]
    assert replayed == [[0]]
    assert counted.asked == 1


def test_a_question_asked_before_a_step_is_not_asked_again() -> None:
    reader = Sees()
    made = played(
        stream(3, asking("a", after=0), asking("b", after=2), asking("c", after=1)),
        [Insert("semantic", "a")],
        [Insert("semantic", "b c")],
        [Delete("0.0"), Insert("semantic", "d")],
        grade=reader,
    )
    reader.asked.clear()
    counted = Counted(made)
    assert counterfactual(counted.episode) == pytest.approx([1 / 3, 2 / 3, 0.0])
    # Without step 0 the memory after step 2 is as it was, and is not asked either.
    assert sorted(reader.asked) == [("a", ""), ("b", "a b c"), ("b", "d"), ("c", "a"), ("c", "b c")]
    assert counted.asked == 5


def test_a_question_without_a_score_on_either_side_is_left_out_of_both() -> None:
    class Moody:
        """No score for `b` while the memory is empty, and none for `c` at all."""

        def score(self, answer: Answer | str, question: Question) -> float | None:
            assert isinstance(answer, Answer)
            if question.id == "c" or (question.id == "b" and not answer.text):
                return None
            return float(answer.text == question.id)

    trajectory = pipeline.begin(stream(1, *map(asking, "abcd")), "flat", None)
    trajectory = pipeline.advance(trajectory, [Insert("memory", "a b c")])
    grader = pipeline.Grader(Sees(), lambda metric: Moody())
    made = pipeline.assess(trajectory, pipeline.Meter(grader))
    assert made.score == pytest.approx(2 / 3)
    assert counterfactual(made) == [0.5]
    assert counterfactual(made, unit="item") == [0.5]
    # Of an empty memory, a and d are scored; of the whole one a, b and d.
    assert shapley(made, empty="drop") == pytest.approx([2 / 3])


def test_where_nothing_can_be_scored_there_is_no_effect_to_give() -> None:
    class Full:
        def score(self, answer: Answer | str, question: Question) -> float | None:
            assert isinstance(answer, Answer)
            return 1.0 if answer.text else None

    trajectory = pipeline.begin(stream(1, asking("a")), "flat", None)
    trajectory = pipeline.advance(trajectory, [Insert("memory", "a")])
    made = pipeline.assess(
        trajectory, pipeline.Meter(pipeline.Grader(Sees(), lambda metric: Full()))
    )
    for call in (
        lambda: counterfactual(made),
        lambda: counterfactual(made, unit="item"),
        lambda: counterfactual(made, unit="item", retrieval="frozen"),
        lambda: shapley(made),
    ):
        with pytest.raises(NotMeasuredError, match="no question could be scored"):
            call()
    unscored = episode(2, owners=[[[0]]], scores=[None])
    for name in ("counterfactual", "shapley"):
        with pytest.raises(NotMeasuredError):
            registry.make("credit", name).assign(unscored)


# --- Played on by an agent ------------------------------------------------------------------------


class Once:
    """Writes the word of a chunk when the memory is empty."""

    view = "full"

    def __init__(self) -> None:
        self.seen: list[int] = []

    def act(self, observation: Observation) -> list[Operation]:
        self.seen.append(observation.step)
        return [] if len(observation.entries) else [Insert("semantic", "a")]


def test_an_agent_that_plays_on_makes_good_what_was_left_out() -> None:
    agent = Once()
    made = played(stream(3, asking("a")), [Insert("semantic", "a")], [], [], grade=Sees())
    assert counterfactual(made) == [1.0, 0.0, 0.0]
    assert counterfactual(made, suffix="reroll", agent=agent) == [0.0, 0.0, 0.0]
    # Steps that did nothing are not played without.
    assert agent.seen == [1, 2]
    # Shown nothing, it writes again and again; at the last step nobody plays on.
    last = played(stream(2, asking("a")), [], [Insert("semantic", "a")], grade=Sees())
    assert counterfactual(last, suffix="reroll", agent=agent) == [0.0, 1.0]


def test_an_agent_is_shown_the_view_that_is_asked_for() -> None:
    shown: list[int] = []

    class Looks:
        def act(self, observation: Observation) -> list[Operation]:
            shown.append(len(observation.entries))
            return []

    words = [Insert("semantic", f"w{n}") for n in range(9)]
    made = played(stream(3, asking("w1")), words, [Insert("semantic", "x")], [], grade=Sees())
    for view, count in ((None, 5), ("full", 9), ("newest_2", 2)):
        shown.clear()
        counterfactual(made, suffix="reroll", agent=Looks(), view=view)
        assert shown == [0, 0, count]


def test_on_a_family_playing_on_agrees_with_a_replay_for_an_agent_that_never_looks() -> None:
    class Appends:
        def act(self, observation: Observation) -> list[Operation]:
            return [Insert("semantic", observation.chunk.text)]

    made = made_by(Appends(), "memalpha-ar", 3)
    rerolled = counterfactual(made, suffix="reroll", agent=Appends())
    assert rerolled == counterfactual(made)
    assert any(rerolled)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"suffix": "reroll"}, "needs the agent"),
        ({"suffix": "reroll", "agent": "lines"}, "object with act"),
        ({"agent": "lines"}, "object with act"),
        ({"suffix": "reroll", "agent": Once}, "object with act"),
        ({"suffix": "reroll", "agent": Once(), "view": "all"}, "unknown view"),
        ({"suffix": "reroll", "agent": Once(), "view": 5}, "view is a name"),
        ({"suffix": "reroll", "agent": Once(), "dangling_update": "fail"}, "dangling_update has"),
        ({"agent": Once()}, "agent has no part"),
        ({"view": "full"}, "view has no part"),
        ({"owner": "creator"}, "owner has no part"),
        ({"retrieval": "frozen"}, "retrieval has no part"),
        ({"unit": "item", "suffix": "reroll"}, "suffix has no part"),
        ({"unit": "item", "agent": Once()}, "agent has no part"),
        ({"unit": "item", "view": "full"}, "view has no part"),
        ({"unit": "item", "dangling_update": "fail"}, "dangling_update has no part"),
        ({"unit": "items"}, "unit is one of step, item"),
        ({"owner": "writer"}, "owner is one of"),
    ],
)
def test_an_option_without_a_part_to_play_is_refused(options: Any, message: str) -> None:
    made = episode(2, owners=[[[0]]], scores=[1.0])
    with pytest.raises(SettingError, match=message):
        counterfactual(made, **options)


def test_an_agent_that_cannot_go_back_is_refused() -> None:
    class Remembers(Once):
        stateful = True

    with pytest.raises(SettingError, match=r"Remembers.*stateful"):
        counterfactual(episode(2, owners=[[[0]]], scores=[1.0]), suffix="reroll", agent=Remembers())


# --- Entries taken away ---------------------------------------------------------------------------


def test_what_an_entry_is_worth_goes_to_its_owner() -> None:
    made = episode(3, owners=[[[0, 2]], [[1]], []], scores=[1.0, 0.5, 1.0])
    assert counterfactual(made, unit="item") == pytest.approx([0, 0.5 / 3, 1 / 3])
    assert counterfactual(made, unit="item", owner="creator") == pytest.approx([1 / 3, 0.5 / 3, 0])
    assert counterfactual(made, unit="item", owner="split") == pytest.approx(
        [0.5 / 3, 0.5 / 3, 0.5 / 3]
    )


def test_the_core_is_an_entry_like_others_and_every_moment_has_its_own() -> None:
    made = played(
        stream(3, asking("a", after=1), asking("b")),
        [Update("core", "a b")],
        [Update("core", "a b c")],
        [Update("core", "b")],
        grade=Sees(),
    )
    assert counterfactual(made, unit="item") == [0.0, 0.5, 0.5]
    assert counterfactual(made, unit="item", owner="creator") == [1.0, 0.0, 0.0]
    assert counterfactual(made, unit="item", retrieval="frozen") == [0.0, 0.5, 0.5]


@pytest.mark.parametrize("task", [None, "memalpha-ar", "memstream"])
def test_taking_away_the_one_entry_of_a_step_is_leaving_out_the_step(task: str | None) -> None:
    instance = small_instance() if task is None else registry.make("task", task)(1, size=3)
    made = played(instance, *([Insert("semantic", chunk.text)] for chunk in instance.chunks))
    assert counterfactual(made, unit="item") == pytest.approx(counterfactual(made), abs=1e-12)


@settings(max_examples=6)
@given(st.integers(0, 200), st.sampled_from(["memalpha-ar", "rules", "memstream"]))
def test_frozen_what_was_never_retrieved_changes_no_score(seed: int, task: str) -> None:
    made = made_by(memenv.make("agent", "lines"), task, 2, seed)
    counted = Counted(made)
    effects = counterfactual(counted.episode, unit="item", retrieval="frozen", owner="split")
    retrieved = [item for trace in made.evidence for item in trace["retrieved"]]
    earning = {step for item in retrieved for step in item["writers"]}
    assert all(effect == 0 for step, effect in enumerate(effects) if step not in earning)
    # Such an entry is in none of the memories that are read.
    assert counted.asked == len(retrieved) + len(made.evidence)
    trajectory, found = made.trajectory, {item["entry"] for item in retrieved}
    last = trajectory.memories[-1]
    never = [entry for entry in last.entries if entry.id not in found]
    less = last.only(entry.id for entry in last.entries if entry not in never[:5])
    if not any(question.after is not None for question in trajectory.instance.questions):
        thinner = replace(trajectory, memories=(*trajectory.memories[:-1], less))
        again = replace(made, trajectory=thinner)
        assert counterfactual(again, unit="item", retrieval="frozen", owner="split") == effects


def test_live_an_entry_that_was_not_retrieved_may_matter() -> None:
    class First:
        """Retrieves and answers with the first entry only."""

        def answer(self, question: Question, memory: Memory) -> Answer:
            if not len(memory):
                return Answer("")
            first = memory.entries[0]
            return Answer(first.text, ((first.id, 1.0),))

    made = played(
        stream(2, asking("a")), [Insert("semantic", "b")], [Insert("semantic", "a")], grade=First()
    )
    assert counterfactual(made, unit="item") == [-1.0, 0.0]
    assert counterfactual(made, unit="item", retrieval="frozen") == [0.0, 0.0]


def test_more_reads_than_can_be_waited_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = played(
        stream(1, asking("a"), asking("b")), [Insert("semantic", word) for word in "abc"],
        grade=Sees(),
    )  # fmt: skip
    monkeypatch.setattr(replays, "MOST_READS", 5)
    with pytest.raises(SettingError, match=r"would ask 6 questions .* retrieval='frozen'"):
        counterfactual(made, unit="item")
    assert counterfactual(made, unit="item", retrieval="frozen") == [1.0]


def test_an_entry_that_a_reader_names_and_that_is_not_there_is_passed_over() -> None:
    class Invents(Sees):
        def answer(self, question: Question, memory: Memory) -> Answer:
            true = super().answer(question, memory)
            return replace(true, retrieved=(*true.retrieved, ("7.7", 0.5)))

    made = played(stream(1, asking("a")), [Insert("semantic", "a")], grade=Invents())
    assert counterfactual(made, unit="item", retrieval="frozen") == [1.0]


# --- Shapley --------------------------------------------------------------------------------------


def test_the_shapley_value_of_two_steps_by_hand() -> None:
    made = episode(2, owners=[[[0]], [[0, 1]]], scores=[1.0, 0.5])
    # v() = 0, v(0) = .5, v(1) = .25 as an update of what is missing inserts, v(0, 1) = .75.
    assert shapley(made) == pytest.approx([0.5, 0.25], abs=1e-12)
    # Where it fails, v(1) = 0.
    assert shapley(made, dangling_update="fail") == pytest.approx([0.625, 0.125], abs=1e-12)


def test_two_steps_that_wrote_the_same_share_what_neither_has_alone() -> None:
    made = played(
        stream(3, asking("a")), [Insert("semantic", "a")], [], [Insert("episodic", "a")],
        grade=Sees(),
    )  # fmt: skip
    assert counterfactual(made) == [0.0, 0.0, 0.0]
    assert shapley(made) == [0.5, 0.0, 0.5]


def test_the_score_of_an_empty_memory_is_spread_or_dropped() -> None:
    made = episode(4, owners=[[[0]], []], scores=[1.0, 1.0])
    assert shapley(made) == pytest.approx([0.625, 0.125, 0.125, 0.125], abs=1e-12)
    assert shapley(made, empty="drop") == [0.5, 0.0, 0.0, 0.0]
    idle = episode(4, owners=[[]], scores=[0.6])
    assert shapley(idle) == pytest.approx([0.15] * 4, abs=1e-12)
    assert shapley_with_error(idle, permutations=1, empty="drop") == ([0.0] * 4, [0.0] * 4)


@settings(max_examples=40)
@given(handmade(9), st.integers(1, 6), st.integers(0, 9), st.sampled_from(["insert", "fail"]))
def test_the_rewards_sum_to_the_score(
    made: Episode, permutations: int, seed: int, dangling: Any
) -> None:
    options = {"permutations": permutations, "seed": seed, "dangling_update": dangling}
    assert fsum(shapley(made, **options)) == pytest.approx(made.score, abs=1e-9)
    nothing = pipeline.replay(made.trajectory, range(len(made.trajectory.steps)))
    grades = pipeline.graded(nothing, made.grade)
    empty = pipeline.mean([grade.score for grade in grades if grade.score is not None])
    assert made.score is not None
    assert empty is not None
    dropped = shapley(made, empty="drop", **options)
    assert fsum(dropped) == pytest.approx(made.score - empty, abs=1e-9)
    assert dropped == shapley(made, empty="drop", **options)


@settings(max_examples=20)
@given(handmade(5))
def test_few_steps_get_the_mean_over_all_orders(made: Episode) -> None:
    steps = range(len(made.trajectory.steps))

    def value(kept: Sequence[int]) -> float:
        without = [step for step in steps if step not in kept]
        grades = pipeline.graded(pipeline.replay(made.trajectory, without), made.grade)
        return pipeline.mean([each.score for each in grades if each.score is not None]) or 0.0

    orders = list(itertools.permutations(steps))
    expected = [
        fsum(
            value(order[: order.index(step) + 1]) - value(order[: order.index(step)])
            for order in orders
        )
        / len(orders)
        for step in steps
    ]
    rewards, errors = shapley_with_error(made, empty="drop")
    assert rewards == pytest.approx(expected, abs=1e-9)
    assert errors == [0.0] * len(steps)


def chained(steps: int) -> Episode:
    """Every step adds a word, and every question needs the words of two steps."""

    class Both(Sees):
        def answer(self, question: Question, memory: Memory) -> Answer:
            said = {word for entry in memory.entries for word in entry.text.split()}
            return Answer(question.id if said >= set(question.id.split("-")) else "")

    questions = [asking(f"w{n}-w{n * n % steps}") for n in range(steps)]
    words = ([Insert("semantic", f"w{n}")] for n in range(steps))
    return played(stream(steps, *questions), *words, grade=Both())


def test_sampled_values_lie_around_the_exact_ones_as_their_errors_say() -> None:
    made = chained(9)
    exact, none = shapley_with_error(made, permutations=100)
    assert none == [0.0] * 9
    apart: list[float] = []
    for seed in range(12):
        values, errors = shapley_with_error(made, permutations=12, seed=seed)
        assert values == shapley(made, permutations=12, seed=seed)
        apart += [
            (value - true) / error
            for value, true, error in zip(values, exact, errors, strict=True)
            if error
        ]
    assert len(apart) > 60
    assert abs(fsum(apart) / len(apart)) < 0.4
    assert 0.6 < sqrt(fsum(each**2 for each in apart) / len(apart)) < 1.8
    more = shapley_with_error(made, permutations=56)[1]
    less = shapley_with_error(made, permutations=14)[1]
    assert 1.3 < fsum(less) / fsum(more) < 3


def test_the_seed_decides_and_nothing_else() -> None:
    made = chained(9)
    assert shapley(made, permutations=4, seed=1) == shapley(chained(9), permutations=4, seed=1)
    assert shapley(made, permutations=4, seed=1) != shapley(made, permutations=4, seed=2)
    # Orders come in pairs.
    assert shapley(made, permutations=3, seed=1) == shapley(made, permutations=4, seed=1)


def test_all_sets_are_tried_where_that_costs_no_more_than_sampling() -> None:
    for steps, sets in ((7, 2**7 - 1), (9, None)):
        counted = Counted(chained(steps))
        shapley(counted.episode)
        tried = counted.asked // steps
        assert tried == sets or (sets is None and tried <= 32 * 8 + 1)


def test_one_step_comes_or_goes_from_one_set_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[set[int]] = []
    real = replays.replay

    def watched(trajectory: Any, without: Any, dangling: Any) -> Any:
        kept.append(set(range(9)) - set(without))
        return real(trajectory, without, dangling)

    monkeypatch.setattr(replays, "replay", watched)
    shapley(chained(9), permutations=2)
    up, down = kept[:9], kept[9:]
    assert [len(each) for each in up] == list(range(9))
    assert [len(each) for each in down] == list(range(8, 0, -1))
    assert all(one < other for one, other in itertools.pairwise(up))
    assert all(one > other for one, other in itertools.pairwise(down))


def test_a_standard_error_needs_two_pairs() -> None:
    with pytest.raises(SettingError, match="at least 3, not 2"):
        shapley_with_error(chained(9), permutations=2)
    assert len(shapley_with_error(chained(9), permutations=3)[1]) == 9
    for call in (shapley, shapley_with_error):
        with pytest.raises(SettingError, match="permutations is a whole number"):
            call(chained(2), permutations=0)
        with pytest.raises(SettingError, match="seed is a whole number"):
            call(chained(2), seed=-1)


@pytest.mark.parametrize("task", ["memalpha-ar", "rules", "memstream"])
def test_on_a_family_the_values_sum_to_the_score(task: str) -> None:
    made = made_by(memenv.make("agent", "lines"), task, 3)
    assert fsum(shapley(made)) == pytest.approx(made.score, abs=1e-9)


# --- As plug-ins ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["counterfactual", "shapley"])
def test_they_are_schemes_like_others(name: str) -> None:
    scheme = registry.make("credit", name)
    check_credit(scheme)
    assert scheme.conserves is (name == "shapley")


@pytest.mark.slow
@pytest.mark.parametrize("task", ["rules", "intents", "encyclopedia"])
def test_twenty_chunks_and_a_hundred_questions_take_less_than_five_seconds(task: str) -> None:
    made = made_by(memenv.make("agent", "lines"), task, 20)
    assert (len(made.trajectory.steps), len(made.grades)) == (20, 100)
    counted = Counted(made)
    start = time.process_time()
    counterfactual(counted.episode)
    assert time.process_time() - start < 5
    # The memory of the episode itself is not read again, and no other twice.
    assert made.trajectory.memories[-1].digest not in counted.digests
    assert len(set(counted.digests)) == len(counted.digests) <= 20
