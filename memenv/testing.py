"""Conformance checks for plug-ins, ours and a stranger's; a test of one is a single call.

    from memenv.testing import check_agent

    def test_my_agent_keeps_the_contract():
        check_agent(MyAgent)

Each raises `AssertionError` with what was expected and what came. They need no pytest, no network
and no model: a plug-in that calls a model is given a scripted one by its own test.
"""

from __future__ import annotations

import copy
import math
import os
import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from memenv import datasets, pipeline, registry, run
from memenv.errors import MemenvError
from memenv.handmade import episode
from memenv.memory import LAYOUTS, Memory
from memenv.operations import Delete, Insert, Malformed, Operation, Skip, Update
from memenv.protocols import Agent, CreditScheme, GroupCredit, Observation, Reader, Scorer, Task
from memenv.readers.lexical import Lexical
from memenv.schemes import Scheme, is_function
from memenv.sources import known_metrics
from memenv.terms import AT_THE_STEP, TERMS, Judge
from memenv.types import (
    COMPETENCIES,
    SPLITS,
    Answer,
    Chunk,
    Episode,
    Instance,
    Probes,
    Question,
    Trajectory,
)
from memenv.views import DEFAULT, make_view

__all__ = [
    "HOSTILE_TEXTS",
    "METRICS",
    "check_agent",
    "check_credit",
    "check_loader",
    "check_reader",
    "check_scorer",
    "check_task",
    "episode",
    "serve_model",
    "small_instance",
]

METRICS = ("em", "subem", "f1", "rouge", "keywords", "label", "option", "recall@5", "judge")
"""One metric of every kind that memenv brings."""

HOSTILE_TEXTS = (
    "a",
    "...",
    "0123456789 " * 40,
    '"(["{\'((( unbalanced',
    '<|endoftext|> {"answer": "A"} </think>',
    "ľščťž\u0301 東京都 \u202eעברית\u202c 🙂\u200d",
    "no\x00nul and\ttabs\r\nand\x0bmore\u2028lines",
    "a " * 2000,
    "(" * 2000,
    "x" * 5000,
)
"""Texts that a plug-in has to survive."""

_OPERATIONS = (Insert, Update, Delete, Skip, Malformed)


def check_agent(make_agent: Callable[[], Agent], instance: Instance | None = None) -> None:
    """Check that an agent gives operations, carries no state, and leaves the world alone.

    It handles the stream in both layouts, without a limit, under a share and under a capacity
    that hardly anything fits. Unless it declares `stateful`, it is asked twice about every
    observation and a newly made one is asked as well; all three must agree.

    Args:
        make_agent: gives a new agent: the class, when it needs no arguments.
        instance: what to act on; a small one by default.

    Raises:
        AssertionError: saying what was expected and what came.
    """
    instance = instance or small_instance()
    for layout in LAYOUTS:
        for capacity in (None, 0.2, 2):
            _check_acting(make_agent, instance, layout, capacity)


def _check_acting(
    make_agent: Callable[[], Agent], instance: Instance, layout: str, capacity: float | None
) -> None:
    agent = make_agent()
    view = make_view(str(getattr(agent, "view", DEFAULT)))
    shown = bool(getattr(agent, "needs_instance", False))
    trajectory = pipeline.begin(instance, layout, capacity)
    for step in range(len(instance.chunks)):
        where = f"agent {_name(agent)}, layout {layout}, capacity {capacity}, step {step}"
        observation = pipeline.observe(trajectory, view, show_instance=shown)
        operations = _act(agent, observation, where)
        if not getattr(agent, "stateful", False):
            again = _act(agent, observation, where)
            _expect(
                again == operations,
                f"{where}: asked twice, expected the same operations, got {operations!r} and then "
                f"{again!r}; an agent that remembers more than the memory declares stateful = True",
            )
            fresh = _act(make_agent(), observation, where)
            _expect(
                fresh == operations,
                f"{where}: expected of a new agent what the old one gave, {operations!r}, got "
                f"{fresh!r}; an agent that remembers more than the memory declares stateful = True",
            )
        trajectory = pipeline.act(trajectory, operations)
        memory = trajectory.memories[-1]
        assert memory.capacity is None or memory.tokens <= memory.capacity


def _act(agent: Agent, observation: Observation, where: str) -> str | list[Operation]:
    with _random_state_untouched(where):
        operations = agent.act(observation)
    if isinstance(operations, str):
        return operations
    _expect(
        isinstance(operations, Sequence) and not isinstance(operations, bytes),
        f"{where}: expected a sequence of operations or a model's text, got {operations!r}",
    )
    for number, operation in enumerate(operations):
        _expect(
            isinstance(operation, _OPERATIONS),
            f"{where}: expected Insert, Update, Delete or Skip as operation {number}, "
            f"got {operation!r}",
        )
    return list(operations)


def check_reader(reader: Reader) -> None:
    """Check that a reader answers from the memory it is given, and from nothing else.

    It is asked questions of every metric about empty, ordinary and hostile memories, forward and
    back and across episodes; copies of it that have seen nothing yet must answer the same.

    Args:
        reader: a new one. It is copied with `copy.deepcopy`.

    Raises:
        AssertionError: saying what was expected and what came.
    """
    new = copy.deepcopy(reader)
    questions = _questions()
    for layout in LAYOUTS:
        walk = _memories(layout)
        for memory in (*walk, *reversed(walk)):
            fresh = copy.deepcopy(new)
            for question in questions:
                where = f"reader {_name(reader)}, metric {question.metric}, {question.text[:40]!r}"
                answer = _answer(reader, question, memory, where)
                again = _answer(reader, question, memory, where)
                _expect(
                    again == answer,
                    f"{where}: asked twice, expected the same answer, got {answer!r} and then "
                    f"{again!r}",
                )
                other = _answer(fresh, question, memory, where)
                _expect(
                    other == answer,
                    f"{where}: expected what a new reader answers, {other!r}, got {answer!r} after "
                    f"other memories had been read; an answer may rest on the memory alone",
                )


def _answer(reader: Reader, question: Question, memory: Memory, where: str) -> Answer:
    before = memory.digest
    with _random_state_untouched(where):
        try:
            answer = reader.answer(question, memory)
        except Exception as error:
            raise AssertionError(f"{where}: expected an answer, it raised {error!r}") from error
    _expect(memory.digest == before, f"{where}: the memory was changed")
    _expect(
        isinstance(answer, Answer) and isinstance(answer.text, str),
        f"{where}: expected an Answer with a text, got {answer!r}",
    )
    if not len(memory):
        _expect(answer.text == "", f"{where}: an empty memory answers '', got {answer.text!r}")
    found = [entry for entry, _ in answer.retrieved]
    scores = [score for _, score in answer.retrieved]
    for role, ids in (("retrieved", found), ("cited", list(answer.cited))):
        for entry in ids:
            there = isinstance(entry, str) and memory.get(entry) is not None
            _expect(there, f"{where}: {role} entry {entry!r}, which is not in the memory")
        _expect(len(ids) == len(set(ids)), f"{where}: {role} the same entry twice: {ids}")
    _expect(
        all(isinstance(score, int | float) and math.isfinite(score) for score in scores),
        f"{where}: expected finite scores, got {scores}",
    )
    ordered = all(one >= other for one, other in pairwise(scores))
    _expect(ordered, f"{where}: expected what was retrieved best first, got scores {scores}")
    return answer


def check_scorer(scorer: Scorer, metric: str) -> None:
    """Check that a scorer gives a number in [0, 1], or `None`, whatever it is asked.

    Args:
        scorer: what to check.
        metric: the metric it is registered for, such as `em` or `recall@5`.

    Raises:
        AssertionError: saying what was expected and what came.
    """
    golds = (("Oslo",), ("A",), ("7",), ("",), ("Ada Lee", "Ben Ito"), HOSTILE_TEXTS)
    texts = ("", "Oslo", "The answer is (A).", "7", "Ada Lee\nBen Ito", *HOSTILE_TEXTS)
    for gold in golds:
        question = Question("0", "Which city?", gold, metric, options=("Oslo", "Rome"))
        for text in texts:
            where = f"scorer {_name(scorer)}, answer {text[:40]!r}, gold {gold[0][:40]!r}"
            for answer in (text, Answer(text), Answer(text, (("0.0", 1.5),), ("0.0",))):
                score = _score(scorer, answer, question, where)
                again = _score(scorer, answer, question, where)
                _expect(
                    score == again,
                    f"{where}: asked twice, expected the same score, got {score} and then {again}",
                )


def _score(scorer: Scorer, answer: Answer | str, question: Question, where: str) -> float | None:
    with _random_state_untouched(where):
        try:
            score = scorer.score(answer, question)
        except Exception as error:
            raise AssertionError(f"{where}: expected a score, it raised {error!r}") from error
    number = isinstance(score, int | float) and not isinstance(score, bool)
    _expect(
        score is None or (number and 0 <= score <= 1),
        f"{where}: expected a number from 0 to 1 or None, got {score!r}",
    )
    return score


def check_credit(scheme: CreditScheme | GroupCredit | Callable[..., Any]) -> None:
    """Check that a credit scheme gives one finite number per step, the same each time.

    It is asked about episodes made by hand (one step, nothing retrieved, entries of many owners,
    questions without a score, `chunk` and `content` not measured, nothing right) and about played
    ones.
    Group schemes (`group = True`) are handed several rollouts of one instance, and one alone.

    Args:
        scheme: what to check: an object with `assign`, or a function `(episode) -> step rewards`
            whose other parameters have defaults.

    Raises:
        AssertionError: saying what was expected and what came.
    """
    made = _made(scheme)
    name = f"credit {_name(made)}"
    # A `Scheme` makes tuples and bools of what the function has.
    _check_terms(getattr(scheme, "terms", ()), name)
    _check_declarations(made, name)
    if getattr(made, "group", False):
        _check_group(made, name)
    else:
        _check_single(made, name)


def _made(scheme: Any) -> Any:
    """The scheme as an object with `assign`."""
    _expect(
        not isinstance(scheme, type | str),
        f"expected a credit scheme, an object with assign() or a function, got {scheme!r}; "
        f"a class is called first, a name is for memenv.make('credit', name)",
    )
    if callable(getattr(scheme, "assign", None)):
        return scheme
    name = f"credit {_name(scheme)}"
    try:
        function = is_function(scheme)
    except (TypeError, ValueError):
        function = False
    _expect(
        function,
        f"{name}: expected an object with a method assign(), or a function whose first parameter "
        f"is the episode, got {scheme!r}",
    )
    try:
        return Scheme(scheme)
    except Exception as error:
        raise AssertionError(
            f"{name}: expected defaults for all parameters but the episode: {error}"
        ) from error


def _check_terms(terms: Any, name: str) -> None:
    _expect(
        isinstance(terms, Collection) and not isinstance(terms, str | bytes),
        f"{name}: expected terms to be a tuple of names, got {terms!r}",
    )
    for term in terms:
        _expect(term in TERMS, f"{name}: terms has {term!r}, expected some of {', '.join(TERMS)}")


def _check_declarations(scheme: Any, name: str) -> None:
    online = getattr(scheme, "online", {})
    _expect(
        isinstance(online, Mapping),
        f"{name}: expected online to be a dict of terms and their weights, got {online!r}",
    )
    for term, weight in online.items():
        _expect(
            term in AT_THE_STEP,
            f"{name}: online term {term!r} is not known when a step is taken, "
            f"expected some of {', '.join(AT_THE_STEP)}",
        )
        _expect(
            isinstance(weight, int | float)
            and not isinstance(weight, bool)
            and math.isfinite(weight),
            f"{name}: expected a finite weight of online term {term!r}, got {weight!r}",
        )
    kinds: Mapping[str, type] = {"group": bool, "conserves": bool, "version": str}
    for declared, kind in kinds.items():
        value = getattr(scheme, declared, kind())
        _expect(
            isinstance(value, kind),
            f"{name}: expected {declared} to be a {kind.__name__}, got {value!r}",
        )


def _check_single(scheme: Any, name: str) -> None:
    cases = {**_handmade(), **_played_cases()}
    first: dict[str, Any] = {}
    # The second time the other way round: what it remembers of one episode shows in another.
    for label in [*cases, *reversed(cases)]:
        where = f"{name}, on {label}"
        row = _assigned(scheme, [cases[label]], where)
        _check_row(row, cases[label], scheme, where)
        _check_again(first.setdefault(label, row), row, where)


def _check_group(scheme: Any, name: str) -> None:
    alone = {f"{label}, alone": [made] for label, made in (_handmade() | _played_cases()).items()}
    cases = {**_handmade_groups(), "played rollouts": list(_played_cases().values()), **alone}
    first: dict[str, Any] = {}
    for label in [*cases, *reversed(cases)]:
        where, episodes = f"{name}, on {label}", cases[label]
        rows = _assigned(scheme, episodes, where)
        _expect(
            isinstance(rows, list) and len(rows) == len(episodes),
            f"{where}: expected a list for each of {len(episodes)} episodes, got {rows!r}",
        )
        for number, (row, each) in enumerate(zip(rows, episodes, strict=True)):
            _check_row(row, each, scheme, f"{where}, episode {number}")
        _check_again(first.setdefault(label, rows), rows, where)


def _assigned(scheme: Any, episodes: Sequence[Episode], where: str) -> Any:
    """What a scheme gives for one episode, or all; what it was handed must stay as it was."""
    before = [_content(episode) for episode in episodes]
    used: set[str] = set()
    handed = [replace(each, step_terms=_Watched(each.step_terms, used)) for each in episodes]
    given = list(handed)
    with _random_state_untouched(where):
        try:
            rewards = scheme.assign(given if getattr(scheme, "group", False) else given[0])
        except Exception as error:
            raise AssertionError(f"{where}: expected step rewards, it raised {error!r}") from error
    same = list(map(id, given)) == list(map(id, handed))
    _expect(same, f"{where}: the list of episodes was changed; sort a copy")
    for each, then in zip(handed, before, strict=True):
        now = _content(each)
        changed = [part for part in then if now[part] != then[part]]
        _expect(
            not changed,
            f"{where}: {', '.join(changed)} of the episode was changed; work on a copy",
        )
    declared = {*getattr(scheme, "terms", ()), *getattr(scheme, "online", {})}
    silent = [term for term in ("chunk", "content") if term in used - declared]
    _expect(
        not silent,
        f"{where}: it looks at the terms {silent} without declaring them; expected them in "
        f"terms = (...), without which they may not be measured and nobody is told",
    )
    # A list that it keeps and changes later must not change what it said.
    return _copied(rewards)


def _copied(rewards: Any) -> Any:
    return [_copied(each) for each in rewards] if isinstance(rewards, list) else rewards


def _content(made: Episode) -> dict[str, Any]:
    """All that an episode holds, copied, so that a change of it shows."""
    trajectory = made.trajectory
    return {
        "instance": asdict(trajectory.instance),
        "trajectory": [asdict(step) for step in trajectory.steps],
        "memories": [[asdict(entry) for entry in memory.entries] for memory in trajectory.memories],
        "grades": [asdict(each) for each in made.grades],
        "score": made.score,
        "evidence": copy.deepcopy([dict(trace) for trace in made.evidence]),
        "step_terms": {name: list(values) for name, values in made.step_terms.items()},
        "probes": None if made.probes is None else asdict(made.probes),
    }


class _Watched(dict[str, Any]):
    """Terms that tell which of them are looked at."""

    def __init__(self, values: Mapping[str, Any], used: set[str]) -> None:
        super().__init__(values)
        self._used = used

    def __getitem__(self, name: str) -> Any:
        self._used.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._used.add(name)
        return super().get(name, default)


def _check_row(row: Any, made: Episode, scheme: Any, where: str) -> None:
    steps = len(made.trajectory.steps)
    numbers = pipeline.numbers_of(row)
    _expect(
        len(numbers) == steps and all(map(math.isfinite, numbers)),
        f"{where}: expected a list of {steps} finite numbers, got {_shown(row)}",
    )
    if getattr(scheme, "conserves", False):
        assert made.score is not None
        total = math.fsum(numbers)
        _expect(
            abs(total - made.score) <= 1e-9,
            f"{where}: it declares conserves, expected rewards that sum to the score "
            f"{made.score!r}, got {row!r}, which sum to {total!r}",
        )


def _shown(row: Any) -> str:
    """What came, and what about it is wrong where it is hard to see."""
    if not isinstance(row, list):
        return f"{row!r}, a {type(row).__name__}"
    wrong = [
        f"{value!r} ({type(value).__name__}) at step {step}"
        for step, value in enumerate(row)
        if not pipeline.numbers_of([value]) or not math.isfinite(value)
    ]
    return f"{len(row)} values {row!r}" + (f", with {wrong[0]}" if wrong else "")


def _check_again(first: Any, again: Any, where: str) -> None:
    _expect(
        np.array_equal(np.asarray(again), np.asarray(first)),
        f"{where}: asked twice, expected the same rewards, got {first!r} and then {again!r}",
    )


def _handmade() -> dict[str, Episode]:
    """Episodes that a scheme may stumble over, each with a score."""
    return {
        "an episode of one step": _by_hand(1, [[[0]]], [1.0]),
        "an episode where nothing is retrieved": _by_hand(3, [[], []], [1.0, 0.0]),
        "an episode with entries of many owners": _by_hand(
            4,
            [[[0, 1, 2, 3], [1], [0, 2]], [[3]], []],
            [0.5, 1.0, 0.25],
            format=[1.0, 0.5, 0.0, 1.0],
            executed=[1.0, 0.0, 0.5, 1.0],
            chunk=[None, 1.0, 0.0, 0.6],
            content=[0.0, 1.0, None, 0.5],
            gold=[(0,), (1, 3), ()],
            memory_tokens=30,
            stream_tokens=20,
        ),
        "an episode with questions that have no score": _by_hand(
            3, [[[0]], [[1]], [[0], [2]]], [None, 0.5, None], chunk=[1.0, 0.0, 1.0]
        ),
        "an episode where nothing is right": _by_hand(
            3, [[[0]], [[1, 2]]], [0.0, 0.0], format=[0.0] * 3, executed=[0.0] * 3, chunk=[0.0] * 3
        ),
    }


def _handmade_groups() -> dict[str, list[Episode]]:
    gold = [(0,), (1, 2)]
    one = _by_hand(3, [[[0]], [[1], [2]]], [1.0, 0.5], gold=gold, chunk=[1.0, None, 0.0])
    other = _by_hand(3, [[], [[0, 1, 2]]], [0.0, 1.0], gold=gold, chunk=[0.0, None, 1.0])
    nothing = _by_hand(3, [[], []], [0.0, 0.0], gold=gold)
    return {
        "two rollouts made by hand": [one, other],
        "three of which one has nothing": [one, nothing, other],
        "two that are the same": [one, one],
        "two where nothing is right": [nothing, nothing],
    }


def _by_hand(steps: int, owners: Any, scores: Any, **terms: Any) -> Episode:
    """A hand-made episode with the terms that every real one has at every step."""
    known = {"format": [1.0] * steps, "executed": [1.0] * steps}
    made = episode(steps, owners, scores, **{**known, **terms})
    compression = made.step_terms["compression"][-1:] * steps
    return replace(made, step_terms={**made.step_terms, "compression": compression})


def _played_cases() -> dict[str, Episode]:
    return _episodes(small_instance())


def check_task(task: Task, sizes: Sequence[int] = (8,)) -> None:
    """Check that a task is pure in seed, size and split, and that its answers can be found.

    Args:
        task: `(seed, size=None, split="test") -> Instance`.
        sizes: numbers of chunks that it has to be able to make.

    Raises:
        AssertionError: saying what was expected and what came.
    """
    for size in sizes:
        made: dict[str, str] = {}
        for split in SPLITS:
            for seed in (0, 1):
                where = f"task {_name(task)}, seed {seed}, size {size}, split {split}"
                with _random_state_untouched(where):
                    instance = task(seed, size=size, split=split)
                _check_instance(instance, size, where)
                again = task(seed, size=size, split=split)
                _expect(
                    again.digest == instance.digest,
                    f"{where}: called twice, expected the same instance, got another",
                )
                text = "\n".join(chunk.text for chunk in instance.chunks)
                _expect(
                    text not in made,
                    f"{where}: expected a stream of its own, got that of {made.get(text)}",
                )
                made[text] = where
                _expect(instance.id not in made, f"{where}: id {instance.id!r} is that of another")
                made[instance.id] = where


def check_loader(make_loader: Callable[[], Any], path: str | os.PathLike[str]) -> None:
    """Check that a loader reads a file or folder of its data set, the same each time.

    Args:
        make_loader: the class of the loader, or a function that makes one.
        path: of a small file or folder as the data set is published.

    Raises:
        AssertionError: saying what was expected and what came.
    """
    where = f"loader {_name(make_loader)}"
    place = Path(path)
    claimed = make_loader().claims(place)
    _expect(claimed is True, f"{where}: expected claims({place}) to be True, got {claimed!r}")
    nothing = make_loader().claims(place.with_name("nothing-is-here"))
    _expect(nothing is False, f"{where}: expected no claim to a file that is not there")
    read = list(datasets.checked(iter(make_loader().read(place)), str(place), known_metrics()))
    again = list(make_loader().read(place))
    _expect(read == again, f"{where}: read twice, expected the same instances")
    for instance in read:
        for question in instance.questions:
            chunks = question.evidence or range(len(instance.chunks))
            texts = [instance.chunks[chunk].text for chunk in chunks]
            lost = [each for each in question.support if not any(each in text for text in texts)]
            _expect(
                not lost,
                f"{where}, instance {instance.id}, question {question.id}: expected support in "
                f"its evidence chunks, got {lost[:1]}",
            )


def _check_instance(instance: Instance, size: int, where: str) -> None:
    _expect(isinstance(instance, Instance), f"{where}: expected an Instance, got {instance!r}")
    chunks = instance.chunks
    _expect(len(chunks) == size, f"{where}: expected {size} chunks, got {len(chunks)}")
    _expect(
        [chunk.index for chunk in chunks] == list(range(size)),
        f"{where}: expected chunks numbered from 0, got {[chunk.index for chunk in chunks]}",
    )
    _expect(all(chunk.text.strip() for chunk in chunks), f"{where}: a chunk is blank")
    _expect(
        instance.competency in COMPETENCIES,
        f"{where}: expected a competency of {COMPETENCIES}, got {instance.competency!r}",
    )
    _expect(bool(instance.questions), f"{where}: expected questions, got none")
    _expect(
        len(instance.probes) in (0, size), f"{where}: expected probes for every chunk or for none"
    )
    for row in (instance.questions, *instance.probes):
        ids = [question.id for question in row]
        _expect(len(ids) == len(set(ids)), f"{where}: question ids are not unique: {ids}")
        for question in row:
            _check_question(question, instance, f"{where}, question {question.id!r}")


def _check_question(question: Question, instance: Instance, where: str) -> None:
    size = len(instance.chunks)
    try:
        registry.make("scorer", question.metric)
    except MemenvError as error:
        raise AssertionError(f"{where}: {error}") from error
    _expect(bool(question.answers), f"{where}: expected an accepted answer, got none")
    stale = sorted(set(question.stale) & set(question.answers))
    _expect(not stale, f"{where}: {stale} are both accepted and outdated")
    after = instance.asked_after(question)
    _expect(0 <= after < size, f"{where}: asked after chunk {after} of {size}")
    _expect(
        all(0 <= chunk <= after for chunk in question.evidence),
        f"{where}: expected evidence in chunks 0 to {after}, when it is asked; "
        f"got {question.evidence}",
    )
    places = question.evidence or range(after + 1)
    for passage in question.support:
        _expect(
            any(passage in instance.chunks[chunk].text for chunk in places),
            f"{where}: expected support verbatim in chunks {list(places)}, got {passage!r}",
        )


def serve_model(behaviour: Any = "demo", **settings: Any) -> Any:
    """A model server on this machine for tests and demos; see `memenv.loopback.serve_model`."""
    from memenv import loopback

    return loopback.serve_model(behaviour, **settings)


def small_instance(chunks: int = 4) -> Instance:
    """A short stream with something of everything: names, dates, dialogue, samples, updates."""
    texts = (
        "[Session 1, 3 March 2023]\nPriya: I moved to Oslo.\nTomas: On 4 May I adopted two cats.",
        "The capital of Norvia is Tell. Ada Lee founded the Brass Museum in 1887.",
        "Where is my card? Label: 7\nHow do I pay the rent? Label: 12\nWhere is the card? Label: 7",
        "[Session 2, 9 June 2023]\nPriya: I moved to Rome.\n東京都 is far. 🙂 The museum moved.",
    )
    questions = (
        Question("0", "Where does Priya live?", ("Rome",), "subem", evidence=(3,), stale=("Oslo",)),
        Question("1", "When was the Brass Museum founded?", ("1887",), "em", evidence=(1,)),
        Question("2", "What label has it?\nSample: Where is my bank card?", ("7",), "label"),
        Question("3", "What did Tomas do?", ("adopted", "cats"), "keywords", after=0),
    )
    probes = tuple(
        (Question("0", f"What is said of {name}?", (name,), "subem", after=chunk),)
        for chunk, name in enumerate(("Tomas", "Norvia", "the rent", "Rome"))
    )
    last = chunks - 1
    return Instance(
        id=f"small/{chunks}",
        competency="AR",
        source="memenv.testing",
        chunks=tuple(Chunk(text, index) for index, text in enumerate(texts[:chunks])),
        questions=tuple(question for question in questions if max((0, *question.evidence)) <= last),
        probes=probes[:chunks],
    )


def _questions() -> list[Question]:
    texts = (
        "Where does Ada live?",
        "Which label does this sample get?\nSample: Where is my card?\nlabel:",
        "Which city? (A) Oslo (B) Rome",
        *HOSTILE_TEXTS,
    )
    return [
        Question(str(number), text, ("Oslo",), metric, options=("Oslo", "Rome"))
        for metric in METRICS
        for number, text in enumerate(texts)
    ]


def _memories(layout: str) -> list[Memory]:
    """Memories of two episodes, of which the second gives the ids of the first to other entries."""
    store, other = LAYOUTS[layout].stores[0], LAYOUTS[layout].stores[-1]
    texts = [chunk.text for chunk in small_instance().chunks]
    first: list[list[Operation]] = [
        [Insert(store, texts[0]), Update("core", "Ada likes Oslo.")],
        [Insert(other, line) for text in texts[1:] for line in text.splitlines()],
        [Update("0.0", "Priya: I moved to Rome."), Delete("1.0"), Delete("core")],
        [Insert(other, text) for text in HOSTILE_TEXTS],
    ]
    second: list[list[Operation]] = [
        [Insert(other, "Ada lives in Rome, and her card is in Oslo.")],
        [Insert(store, "Where is my card? Label: 3")],
        [Delete("0.0"), Delete("1.0")],
    ]
    found: list[Memory] = []
    for walk in (first, second):
        found.append(Memory.empty(layout))
        for step, operations in enumerate(walk):
            found.append(found[-1].apply(operations, step)[0])
    return found


def _episodes(instance: Instance) -> dict[str, Episode]:
    """A good episode, one with every kind of outcome, and one that scores 0."""
    keep: list[list[Operation]] = [[Insert("semantic", c.text)] for c in instance.chunks]
    mixed: list[list[Operation]] = [
        [*operations, Malformed("?", "no call"), Delete("9.9"), Update("0.0", f"Step {step}.")]
        for step, operations in enumerate(keep)
    ]
    nothing: list[list[Operation]] = [[] for _ in instance.chunks]
    probes = Probes(instance.probes, "instance")
    return {
        "a played episode": _played(instance, keep, probes, lambda operation, chunk: True),
        "a played episode with every kind of outcome": _played(instance, mixed, probes),
        "a played episode that keeps nothing": _played(instance, nothing, None),
    }


def _played(
    instance: Instance,
    operations: Sequence[Sequence[Operation]],
    probes: Probes | None,
    judge: Judge | None = None,
) -> Episode:
    trajectory: Trajectory = pipeline.begin(instance, "mem-alpha", None)
    for step in operations:
        trajectory = pipeline.advance(trajectory, step)
    grade = pipeline.Grader(Lexical(), run.scorer_for())
    return pipeline.assess(trajectory, pipeline.Meter(grade, probes, judge))


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def _name(plugin: object) -> str:
    return getattr(plugin, "__name__", type(plugin).__name__)


@contextmanager
def _random_state_untouched(where: str) -> Iterator[None]:
    before = _random_state()
    yield
    _expect(
        _random_state() == before,
        f"{where}: the global random state was used; draw from a random.Random of your own",
    )


def _random_state() -> tuple[Any, ...]:
    _, key, *rest = np.random.get_state()
    return random.getstate(), np.asarray(key).tobytes(), *rest
