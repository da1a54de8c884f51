"""Every plug-in that is installed keeps its contract, and a toy that breaks it is caught."""

import functools
import inspect
import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

import memenv.credit
from memenv import Answer, Insert, registry
from memenv.readers.lexical import Lexical
from memenv.registry import ENVIRONMENTS, FILE_ENVIRONMENT, GROUPS
from memenv.schemes import Scheme, scheme
from memenv.testing import (
    check_agent,
    check_credit,
    check_reader,
    check_scorer,
    check_task,
    small_instance,
)

METRIC = {"recall": "recall@5"}


def without_model(kind):
    """Names of the plug-ins that need no model; the others are checked where they are scripted."""
    return [
        name
        for name in registry.names(kind)
        if not getattr(registry.load(kind, name), "needs_model", False)
    ]


def needs_arguments(kind, name):
    try:
        registry.make(kind, name)
    except registry.SettingError:
        return True
    return False


@pytest.mark.parametrize("name", without_model("agent"))
def test_agent_keeps_its_contract(name):
    if needs_arguments("agent", name):
        pytest.skip("it takes arguments, and is checked in its own test")
    check_agent(lambda: registry.make("agent", name))


@pytest.mark.parametrize("name", without_model("agent"))
def test_agent_copes_with_a_generated_stream(name):
    if needs_arguments("agent", name):
        pytest.skip("it takes arguments, and is checked in its own test")
    instance = registry.make("task", "memalpha-ar")(0, size=4)
    check_agent(lambda: registry.make("agent", name), instance)


@pytest.mark.parametrize("name", without_model("reader"))
def test_reader_keeps_its_contract(name):
    if hasattr(registry.load("reader", name), "follow"):
        pytest.skip("it asks an agent, and is checked in its own test")
    check_reader(registry.make("reader", name))


@pytest.mark.parametrize("name", registry.names("scorer"))
def test_scorer_keeps_its_contract(name):
    metric = METRIC.get(name, name)
    check_scorer(registry.make("scorer", metric), metric)


@pytest.mark.parametrize("name", without_model("credit"))
def test_credit_scheme_keeps_its_contract(name):
    check_credit(registry.make("credit", name))


@pytest.mark.parametrize("name", registry.names("task"))
def test_task_keeps_its_contract(name):
    check_task(registry.load("task", name), sizes=(8, 13))


@pytest.mark.parametrize("name", registry.names("task"))
def test_task_has_a_size_of_its_own(name):
    task = registry.load("task", name)
    instance = task(3)
    assert task(3, size=len(instance.chunks)).chunks == instance.chunks
    assert task(3, split="test") == instance


@pytest.mark.parametrize("kind", GROUPS)
def test_every_entry_point_can_be_loaded(kind):
    for name in registry.names(kind):
        registry.load(kind, name)


def test_every_environment_names_a_task():
    tasks = set(registry.names("task"))
    named = {name: arguments.get("task") for name, arguments in ENVIRONMENTS.items()}
    assert named.pop(FILE_ENVIRONMENT) is None
    assert set(named.values()) <= tasks


# --- toys that break one rule each ----------------------------------------------------------------


class Agent:
    def act(self, observation):
        return [Insert(observation.layout.default_store, observation.chunk.text)]


class Counting(Agent):
    def __init__(self):
        self.count = 0

    def act(self, observation):
        self.count += 1
        return [Insert("semantic", f"chunk number {self.count}")]


class Remembering(Agent):
    """Gives the same when asked twice in a row, but not when it is new."""

    def __init__(self):
        self.seen = {}

    def act(self, observation):
        self.seen[observation.step] = observation.chunk.text
        return [Insert("semantic", " ".join(self.seen.values()))]


class Gambling(Agent):
    def act(self, observation):
        return [Insert("semantic", f"{random.random()}")]


class Reseeding(Agent):
    def act(self, observation):
        np.random.seed(0)
        return super().act(observation)


class Nesting(Agent):
    def act(self, observation):
        return [super().act(observation)]


class Forgetful(Agent):
    def act(self, observation):
        return None


def test_a_good_toy_agent_passes():
    check_agent(Agent)


@pytest.mark.parametrize(
    ("agent", "message"),
    [
        (Counting, "asked twice"),
        (Remembering, "of a new agent"),
        (Gambling, "global random state"),
        (Reseeding, "global random state"),
        (Nesting, "as operation 0"),
        (Forgetful, "or a model's text, got None"),
    ],
)
def test_an_agent_that_breaks_a_rule_is_caught(agent, message):
    with pytest.raises(AssertionError, match=message):
        check_agent(agent)


@pytest.mark.parametrize("agent", [Counting, Remembering])
def test_an_agent_that_declares_its_state_may_have_one(agent):
    class Declared(agent):
        stateful = True

    check_agent(Declared)


class Reader:
    """Answers with the newest entry."""

    def answer(self, question, memory):
        if not len(memory):
            return Answer("")
        entry = memory.entries[-1]
        return Answer(entry.text, ((entry.id, 1.0),), (entry.id,))


class Guessing(Reader):
    def answer(self, question, memory):
        return super().answer(question, memory) if len(memory) else Answer("I do not know")


class Strict(Reader):
    def answer(self, question, memory):
        if "((" in question.text:
            raise ValueError("unbalanced")
        return super().answer(question, memory)


class Inventing(Reader):
    def answer(self, question, memory):
        return replace(super().answer(question, memory), cited=("7.7",))


class Retrieving(Reader):
    """Everything that is there, with the scores that `scores` makes of the positions."""

    def answer(self, question, memory):
        if not len(memory):
            return Answer("")
        scored = zip((entry.id for entry in memory.entries), self.scores(), strict=False)
        return Answer("x", tuple(scored))


class WorstFirst(Retrieving):
    def scores(self):
        return itertools.count(1)


class NotANumber(Retrieving):
    def scores(self):
        return itertools.repeat(float("nan"))


class Twice(Reader):
    def answer(self, question, memory):
        answer = super().answer(question, memory)
        return replace(answer, retrieved=answer.retrieved * 2)


class Plain(Reader):
    def answer(self, question, memory):
        return super().answer(question, memory).text


class Alternating(Reader):
    turn = 0

    def answer(self, question, memory):
        self.turn += 1
        answer = super().answer(question, memory)
        return replace(answer, text=f"{self.turn % 2}") if answer.text else answer


class Dated(Reader):
    """Remembers the first text it ever saw."""

    first = None

    def answer(self, question, memory):
        answer = super().answer(question, memory)
        self.first = self.first or answer.text
        return replace(answer, text=self.first) if answer.text else answer


class Gambler(Reader):
    def answer(self, question, memory):
        random.random()
        return super().answer(question, memory)


class Vandal(Reader):
    def answer(self, question, memory):
        answer = super().answer(question, memory)
        for entry in memory.entries:
            object.__setattr__(entry, "text", "rewritten")
        return answer


def test_a_good_toy_reader_passes():
    check_reader(Reader())


@pytest.mark.parametrize(
    ("reader", "message"),
    [
        (Guessing, "an empty memory answers ''"),
        (Strict, r"expected an answer, it raised ValueError\('unbalanced'\)"),
        (Inventing, "cited entry '7.7', which is not in the memory"),
        (WorstFirst, "best first"),
        (NotANumber, "expected finite scores"),
        (Twice, "the same entry twice"),
        (Plain, "expected an Answer with a text"),
        (Alternating, "asked twice"),
        (Dated, "what a new reader answers"),
        (Gambler, "global random state"),
        (Vandal, "the memory was changed"),
    ],
)
def test_a_reader_that_breaks_a_rule_is_caught(reader, message):
    with pytest.raises(AssertionError, match=message):
        check_reader(reader())


def test_a_reader_whose_index_falls_behind_is_caught():
    class Behind(Lexical):
        def __init__(self):
            super().__init__()
            self.last = None

        def answer(self, question, memory):
            if self.last is None or memory.tokens > self.last.tokens:
                self.last = memory
            return super().answer(question, self.last)

    with pytest.raises(AssertionError):
        check_reader(Behind())


class Scorer:
    def __init__(self, result=1.0):
        self.result = result

    def score(self, answer, question):
        return self.result


class Raising(Scorer):
    def score(self, answer, question):
        return 1 / len(answer if isinstance(answer, str) else answer.text)


class Wavering(Scorer):
    turn = 0

    def score(self, answer, question):
        self.turn += 1
        return self.turn % 2


class Lucky(Scorer):
    def score(self, answer, question):
        return random.random()


@pytest.mark.parametrize("result", [0.0, 0.5, 1, 1.0, None])
def test_a_good_toy_scorer_passes(result):
    check_scorer(Scorer(result), "em")


@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        *((Scorer(bad), "from 0 to 1 or None") for bad in (1.5, -0.1, float("nan"), True, "1")),
        (Raising(), "it raised ZeroDivisionError"),
        (Wavering(), "asked twice"),
        (Lucky(), "global random state"),
    ],
)
def test_a_scorer_that_breaks_a_rule_is_caught(scorer, message):
    with pytest.raises(AssertionError, match=message):
        check_scorer(scorer, "em")


class Credit:
    def assign(self, episode):
        return [0.5] * len(episode.trajectory.steps)


class Short(Credit):
    def assign(self, episode):
        return super().assign(episode)[1:]


class Long(Credit):
    def assign(self, episode):
        return [*super().assign(episode), 0.0]


class Endless(Credit):
    def assign(self, episode):
        return [float("inf") for _ in super().assign(episode)]


class Undefined(Credit):
    """Divides the score among the steps that wrote something: nan where nothing was."""

    def assign(self, episode):
        entries = np.array([len(trace["retrieved"]) for trace in episode.evidence], float)
        with np.errstate(invalid="ignore"):
            share = float(entries[0] / entries.sum())
        return [share for _ in super().assign(episode)]


class Arrays(Credit):
    def assign(self, episode):
        return np.array(super().assign(episode))


class Tuples(Credit):
    def assign(self, episode):
        return tuple(super().assign(episode))


class Lazy(Credit):
    def assign(self, episode):
        yield from super().assign(episode)


class Nothing(Credit):
    def assign(self, episode):
        pass


class Integers(Credit):
    def assign(self, episode):
        return [1 for _ in super().assign(episode)]


class Holes(Credit):
    def assign(self, episode):
        return [None, *super().assign(episode)[1:]]


class Drifting(Credit):
    turn = 0.0

    def assign(self, episode):
        self.turn += 1.0
        return [self.turn for _ in super().assign(episode)]


class Baseline(Credit):
    """Less the score of the episode that it saw before."""

    last = None

    def assign(self, episode):
        last = episode.score if self.last is None else self.last
        self.last = episode.score
        return [episode.score - last for _ in super().assign(episode)]


class Noisy(Credit):
    def assign(self, episode):
        return [random.random() for _ in super().assign(episode)]


class Sampling(Credit):
    def assign(self, episode):
        return np.random.random(len(episode.trajectory.steps)).tolist()


class Foreseeing(Credit):
    online = {"global": 1.0}


class Misspelt(Credit):
    terms = ("fromat",)


class Bare(Credit):
    terms = "format"


class Listed(Credit):
    online = ["format"]


class Weightless(Credit):
    online = {"format": float("nan")}


class Wordy(Credit):
    online = {"format": "1.0"}


class Numbered(Credit):
    version = 1


class Secretive(Credit):
    def assign(self, episode):
        return [value or 0.0 for value in episode.step_terms["chunk"]]


class Probing(Credit):
    """Takes every chunk to have probes."""

    terms = ("chunk",)

    def assign(self, episode):
        return [0.5 * value for value in episode.step_terms["chunk"]]


class Dividing(Credit):
    def assign(self, episode):
        parts = 1 / episode.score
        return [parts for _ in super().assign(episode)]


class Trusting(Credit):
    """Takes every question to have a score."""

    def assign(self, episode):
        best = max(trace["score"] for trace in episode.evidence)
        return [float(best) for _ in super().assign(episode)]


class Cleaning(Credit):
    """Takes the scores away that it does not need."""

    def assign(self, episode):
        for trace in episode.evidence:
            trace["retrieved"].clear()
        return super().assign(episode)


class Filling(Credit):
    def assign(self, episode):
        episode.step_terms["format"] = (1.0,) * len(episode.trajectory.steps)
        return super().assign(episode)


class Noting(Credit):
    def assign(self, episode):
        episode.trajectory.instance.meta["seen"] = True
        return super().assign(episode)


class Rewriting(Credit):
    def assign(self, episode):
        for entry in episode.trajectory.memories[-1].entries:
            object.__setattr__(entry, "text", "rewritten")
        return super().assign(episode)


class Regrading(Credit):
    def assign(self, episode):
        for grade in episode.grades:
            object.__setattr__(grade, "score", 1.0)
        return super().assign(episode)


class Leaking(Credit):
    """Says that it conserves, and loses what is of questions with nothing retrieved."""

    conserves = True

    def assign(self, episode):
        return list(episode.step_terms["evidence"])


class Groups(Credit):
    group = True

    def assign(self, episodes):
        return [super(Groups, self).assign(episode) for episode in episodes]


class OneForAll(Groups):
    def assign(self, episodes):
        return super().assign(episodes)[0]


class OneRowMore(Groups):
    def assign(self, episodes):
        return [*super().assign(episodes), [0.0]]


class ShortRow(Groups):
    def assign(self, episodes):
        first, *rest = super().assign(episodes)
        return [first, *(row[1:] for row in rest)]


class Ranking(Groups):
    def assign(self, episodes):
        episodes.sort(key=lambda episode: episode.score)
        return super().assign(episodes)


class Paired(Groups):
    """Compares with one other rollout."""

    def assign(self, episodes):
        other = episodes[1]
        return [[each.score - other.score for _ in each.trajectory.steps] for each in episodes]


def halves(episode, *, share=0.5):
    """A scheme that is a function alone."""
    return [share * episode.score for _ in episode.trajectory.steps]


@scheme(conserves=True)
def first_step(episode):
    return [episode.score] + [0.0] * (len(episode.trajectory.steps) - 1)


@pytest.mark.parametrize(
    "credit",
    [
        Credit(),
        Groups(),
        halves,
        first_step,
        functools.partial(halves, share=0.25),
        lambda episode: [0.0 for _ in episode.trajectory.steps],
        Scheme(halves, share=0.1),
        registry.make("credit", "eara", beta=1.0, owner="split"),
    ],
    ids=lambda credit: getattr(credit, "__name__", type(credit).__name__),
)
def test_a_good_toy_credit_scheme_passes(credit):
    check_credit(credit)


@pytest.mark.parametrize(
    ("credit", "message"),
    [
        (Short, "on an episode of one step: expected a list of 1 finite numbers, got 0 values"),
        (Long, "list of 1 finite numbers, got 2 values"),
        (Endless, r"finite numbers, got .* with inf \(float\) at step 0"),
        (Undefined, r"nothing is retrieved: .* finite numbers, got .* nan \(float\) at step 0"),
        (Nothing, "expected a list .* got None"),
        (Holes, r"finite numbers, got .* with None \(NoneType\) at step 0"),
        (Drifting, "asked twice, expected the same rewards"),
        (Baseline, "asked twice, expected the same rewards"),
        (Noisy, "global random state"),
        (Sampling, "global random state"),
        (Foreseeing, "'global' is not known"),
        (Misspelt, "terms has 'fromat', expected some of format, executed"),
        (Bare, "expected terms to be a tuple of names, got 'format'"),
        (Listed, "expected online to be a dict"),
        (Weightless, "expected a finite weight of online term 'format', got nan"),
        (Wordy, "expected a finite weight of online term 'format', got '1.0'"),
        (Numbered, "expected version to be a str, got 1"),
        (Secretive, r"the terms \['chunk'\] without declaring"),
        (Probing, "of one step: expected step rewards, it raised TypeError"),
        (Dividing, r"nothing is right: expected step rewards, it raised ZeroDivisionError\("),
        (Trusting, "have no score: expected step rewards, it raised TypeError"),
        (Cleaning, "evidence of the episode was changed"),
        (Filling, "step_terms of the episode was changed"),
        (Noting, "instance of the episode was changed"),
        (Rewriting, "memories of the episode was changed"),
        (Regrading, "grades of the episode was changed"),
        (Leaking, r"it declares conserves, .* the score 0.5, got \[0.0, 0.0, 0.0\]"),
        (OneForAll, "expected a list for each of 2 episodes"),
        (OneRowMore, "expected a list for each of 2 episodes"),
        (ShortRow, "made by hand, episode 1: expected a list of 3 finite numbers, got 2 values"),
        (Ranking, "the list of episodes was changed"),
        (Paired, "alone: expected step rewards, it raised IndexError"),
    ],
)
def test_a_credit_scheme_that_breaks_a_rule_is_caught(credit, message):
    with pytest.raises(AssertionError, match=rf"(?s)credit {credit.__name__}\b.*{message}"):
        check_credit(credit())


def test_a_credit_scheme_that_gives_its_rewards_one_by_one_is_caught():
    with pytest.raises(AssertionError, match="generator"):
        check_credit(Lazy())


@pytest.mark.parametrize(
    ("credit", "message"),
    [
        (Credit, "a class is called first"),
        ("terminal", r"memenv.make\('credit', name\)"),
        (None, "an object with a method assign"),
        (object(), "an object with a method assign"),
        (lambda: [0.0], "a function whose first parameter is the episode"),
        (lambda episode, share: [share], "expected defaults for all parameters .*share"),
        (max, "credit max"),
    ],
)
def test_what_is_no_credit_scheme_is_told_what_one_is(credit, message):
    with pytest.raises(AssertionError, match=message):
        check_credit(credit)


@pytest.mark.parametrize("name", registry.names("credit"))
def test_credit_scheme_declares_what_it_is(name):
    function = registry.load("credit", name)
    assert inspect.isfunction(function), "credit schemes are functions"
    assert inspect.getdoc(function).splitlines()[0].endswith(".")
    parameters = list(inspect.signature(function).parameters.values())[1:]
    assert all(each.default is not each.empty for each in parameters)
    assert function is getattr(memenv.credit, name)
    assert Scheme(function).version == function.version


def toy(seed, size=None, split="test", change=lambda instance: instance):
    """A task whose streams differ in their last words."""
    size = size or 4
    name = f"{split} {seed}"
    small = small_instance()
    chunks = tuple(
        replace(small.chunks[i % 4], text=f"{small.chunks[i % 4].text} {name}", index=i)
        for i in range(size)
    )
    questions = tuple(replace(q, support=(name,)) for q in small.questions)
    return change(replace(small, id=name, chunks=chunks, questions=questions, probes=()))


def changing(**changes):
    """The toy with other fields in its first question."""

    def change(instance):
        first, *rest = instance.questions
        return replace(instance, questions=(replace(first, **changes), *rest))

    return functools.partial(toy, change=change)


def drawing(seed, size=None, split="test"):
    return toy(seed + random.randrange(10**9), size, split)


def counting(seed, size=None, split="test", count=itertools.count()):  # noqa: B008
    return toy(seed * 10**6 + next(count), size, split)


def mistaking(**changes):
    return functools.partial(toy, change=lambda instance: replace(instance, **changes))


def test_a_good_toy_task_passes():
    check_task(toy)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (drawing, "global random state"),
        (counting, "expected the same instance"),
        (lambda seed, size=None, split="test": toy(seed, 4, split), "expected 8 chunks, got 4"),
        (lambda seed, size=None, split="test": toy(seed, size), "a stream of its own"),
        (lambda seed, size=None, split="test": toy(0, size, split), "a stream of its own"),
        (mistaking(id="one"), "id 'one' is that of another"),
        (mistaking(competency="XX"), "expected a competency"),
        (mistaking(questions=()), "expected questions"),
        (mistaking(probes=((),)), "probes for every chunk"),
        (changing(metric="emm"), "did you mean 'em'"),
        (changing(metric="recall@0"), "from 1 to 9999"),
        (changing(support=("Ada moved to Paris.",)), "expected support verbatim in chunks"),
        (changing(evidence=(8,)), "expected evidence in chunks 0 to 7"),
        (changing(after=2), "expected evidence in chunks 0 to 2"),
        (changing(after=8), "asked after chunk 8 of 8"),
        (changing(answers=()), "expected an accepted answer"),
        (changing(stale=("Rome",)), "both accepted and outdated"),
        (changing(id="1"), "question ids are not unique"),
        (lambda seed, size=None, split="test": None, "expected an Instance"),
    ],
)
def test_a_task_that_breaks_a_rule_is_caught(task, message):
    with pytest.raises(AssertionError, match=message):
        check_task(task)
