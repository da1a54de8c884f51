"""Groups of rollouts: played step by step side by side, read, and given advantages.

All rollouts of a group share what depends on the instance alone: its lines, what two lines have in
common, a sample of its questions, the probes. Everything is a function of the settings, the
weights and the number of the update, so it does not matter which process plays a group.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import fsum

import numpy as np
import numpy.typing as npt

from memenv import pipeline, registry, run
from memenv.credit import advantages, plain, states_of
from memenv.errors import NotMeasuredError
from memenv.lines import (
    Floats,
    Line,
    Pairs,
    Pool,
    Reading,
    Scene,
    line_of,
    operations,
    read,
    scene,
    state_of,
)
from memenv.memory import Memory
from memenv.schemes import score_of
from memenv.types import Episode, Instance, Trajectory
from memenv_baselines.compact import Weights, drawn
from memenv_baselines.training.settings import Settings, Split, source_of

Choices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stage:
    """An instance with all that its rollouts share.

    Attributes:
        instance: with the sampled questions alone.
        chunks: read.
        pairs: per chunk its lines beside all texts that may be entries by then.
        places: text -> its place among those texts.
    """

    instance: Instance
    chunks: tuple[Reading, ...]
    pairs: tuple[Pairs, ...]
    places: dict[str, int]


def staged(instance: Instance) -> Stage:
    """An instance, read: what an entry can say is a line as it is, or in brief."""
    chunks = tuple(read(chunk.text) for chunk in instance.chunks)
    places: dict[str, int] = {}
    texts: list[Line] = []
    pairs = []
    for chunk in chunks:
        pairs.append(Pool(texts).beside(chunk.lines))
        for line in chunk.lines:
            for text in (line.brief, line.text):
                if text not in places:
                    places[text] = len(texts)
                    texts.append(line_of(text))
    return Stage(instance, chunks, tuple(pairs), places)


def sampled(instance: Instance, most: int, rng: np.random.Generator) -> Instance:
    """The instance with some of its questions, in their order."""
    if len(instance.questions) <= most:
        return instance
    some = sorted(rng.choice(len(instance.questions), most, replace=False).tolist())
    return replace(instance, questions=tuple(instance.questions[number] for number in some))


@dataclass(frozen=True, eq=False)
class Decisions:
    """What G policies saw of one chunk of n lines, and what they chose.

    Attributes:
        step: number of the chunk.
        moving: `[G, n, len(MOVING)]`.
        allowed: `[G, n, len(CHOICES)]`.
        choices: `[G, n]`.
        logs: `[G, n]`, the log-probabilities of the choices.
        advantages: `[G]`, of the step; filled in when the rollouts are graded.
    """

    step: int
    moving: Floats
    allowed: npt.NDArray[np.bool_]
    choices: Choices
    logs: Floats
    advantages: Floats | None = None


Pick = Callable[[Reading, Floats], Choices]
"""`(lines, log-probabilities [..., n, len(CHOICES)]) -> choices [..., n]`."""


def at_random(rng: np.random.Generator) -> Pick:
    """Draw from the policy."""

    def pick(chunk: Reading, logs: Floats) -> Choices:
        heap = np.cumsum(np.exp(logs, dtype=np.float64), -1)
        chosen: Choices = (rng.random(heap.shape[:-1])[..., None] * heap[..., -1:] >= heap).sum(-1)
        return chosen

    return pick


def as_agent(temperature: float) -> Pick:
    """What the agent `compact` does."""
    return lambda chunk, logs: np.stack([drawn(chunk, each, temperature, 0) for each in logs])


def decide(
    stage: Stage, weights: Weights, memories: Sequence[Memory], pick: Pick
) -> tuple[Decisions, list[Scene]]:
    """What the policy sees of the next chunk from some memories, and does with it."""
    step = memories[0].step + 1
    chunk, pairs = stage.chunks[step], stage.pairs[step]
    scenes = [_scene(stage, chunk, pairs, memory) for memory in memories]
    moving = np.stack([each.moving for each in scenes])
    allowed = np.stack([each.allowed for each in scenes])
    logs = weights.log_probabilities(weights.still(chunk)[None], moving, allowed)
    choices = pick(chunk, logs)
    picked = np.take_along_axis(logs, choices[..., None], -1)[..., 0]
    return Decisions(step, moving, allowed, choices, picked), scenes


def _scene(stage: Stage, chunk: Reading, pairs: Pairs, memory: Memory) -> Scene:
    steps = len(stage.chunks)
    state, held = state_of(
        memory.entries, memory.layout, memory.tokens, memory.capacity, memory.step + 1, steps
    )
    at = np.array([stage.places[entry.text] for entry in held], dtype=np.int64)
    return scene(chunk, pairs.at(at), state)


def _taken(trajectory: Trajectory, chunk: Reading, seen: Scene, choices: Choices) -> Trajectory:
    return pipeline.advance(trajectory, operations(chunk, seen, choices.tolist()))


def play(
    stage: Stage, weights: Weights, begun: Trajectory, count: int, pick: Pick
) -> tuple[list[Decisions], list[Trajectory]]:
    """Let a policy play an instance to its end `count` times, side by side."""
    trajectories = [begun] * count
    found = []
    for chunk in stage.chunks[len(begun.steps) :]:
        decisions, scenes = decide(
            stage, weights, [each.memories[-1] for each in trajectories], pick
        )
        trajectories = [
            _taken(each, chunk, seen, choices)
            for each, seen, choices in zip(trajectories, scenes, decisions.choices, strict=True)
        ]
        found.append(decisions)
    return found, trajectories


# --- credit ---------------------------------------------------------------------------------------


class Bench:
    """Grades the rollouts of one instance and gives their steps credit; answers are shared."""

    def __init__(self, settings: Settings, instance: Instance) -> None:
        reader = registry.make("reader", settings.reader)
        self._credit = registry.make("credit", settings.credit, **settings.parameters)
        self._grader = pipeline.Grader(reader, run.scorer_for())
        # Schemes that look at the score alone need no traces, which cost as much as reading.
        function = getattr(self._credit, "function", None)
        self._plain = getattr(function, "__module__", "") == plain.__name__
        self._meter = None if self._plain else run.meter_for(instance, self._grader, self._credit)

    def assess(self, trajectory: Trajectory) -> Episode:
        """The graded episode.

        Raises:
            NotMeasuredError: when no question could be scored.
        """
        if self._meter is not None:
            episode = pipeline.assess(trajectory, self._meter)
        else:
            grades = pipeline.graded(trajectory, self._grader)
            score = pipeline.mean([each.score for each in grades if each.score is not None])
            episode = Episode(trajectory, grades, score, (), {}, self._grader)
        score_of(episode)
        return episode

    def rewards(self, episodes: Sequence[Episode]) -> list[list[float]]:
        """The reward of every step of every episode."""
        if getattr(self._credit, "group", False):
            rows: list[list[float]] = self._credit.assign(list(episodes))
            return rows
        return [list(self._credit.assign(episode)) for episode in episodes]


@dataclass(frozen=True, eq=False)
class Group:
    """The rollouts of one instance, ready for an update.

    Attributes:
        name: of the environment.
        chunks: the lines of every step that was decided on.
        decisions: at each of them, with advantages.
        scores: of the whole rollouts.
        memory: their mean share of the stream.
        rejected: share of their operations that were rejected.
        seconds: that it took.
    """

    name: str
    chunks: tuple[Reading, ...]
    decisions: tuple[Decisions, ...]
    scores: tuple[float, ...]
    memory: float
    rejected: float
    seconds: float


def grouped(settings: Settings, weights: Weights, update: int, slot: int) -> Group:
    """Draw an instance, play it and give every decision its advantage.

    Args:
        settings: of the run.
        weights: of the policy.
        update: number of the update.
        slot: of the instance within it.
    """
    begun = time.process_time()
    name, size = drawn_environment(settings, update, slot)
    rng = np.random.default_rng([settings.seed, update, slot])
    instance = source_of(name, size, "train").pick(int(rng.integers(2**31)))
    instance = sampled(instance, settings.questions, rng)
    stage, bench = staged(instance), Bench(settings, instance)
    start = pipeline.begin(instance, settings.layout, settings.capacity)
    if settings.forked:
        decisions, trajectories = _forks(settings, stage, weights, start, bench, rng)
        scores = [score_of(bench.assess(trajectories[0]))]
    else:
        decisions, trajectories = play(stage, weights, start, settings.group, at_random(rng))
        episodes = [bench.assess(each) for each in trajectories]
        scores = [score_of(each) for each in episodes]
        states = states_of(episodes) if settings.grouping == "same_state" else None
        table = np.array(
            advantages(
                bench.rewards(episodes), settings.grouping, settings.unbiased, states=states
            ),
            dtype=np.float32,
        )
        decisions = [replace(each, advantages=table[:, each.step]) for each in decisions]
    return Group(
        name,
        tuple(stage.chunks[each.step] for each in decisions),
        tuple(decisions),
        tuple(scores),
        *_sizes(trajectories, instance.tokens),
        time.process_time() - begun,
    )


def drawn_environment(settings: Settings, update: int, slot: int) -> tuple[str, int]:
    """The environment of a slot, in turn, and the number of chunks, by chance."""
    turn = (update * settings.instances + slot) % len(settings.environments)
    rng = np.random.default_rng([settings.seed, update, slot, 1])
    sizes = settings.sizes_at(update)
    # Each size has the same share of the chunks: of short streams there are more.
    shares = 1 / np.array(sizes)
    return settings.environments[turn], int(rng.choice(sizes, p=shares / shares.sum()))


def _forks(
    settings: Settings,
    stage: Stage,
    weights: Weights,
    start: Trajectory,
    bench: Bench,
    rng: np.random.Generator,
) -> tuple[list[Decisions], list[Trajectory]]:
    """Groups of decisions taken from one memory: at half of the steps of a leading rollout.

    All members go on as the leader did (`pipeline.replay`), so they differ by the step alone.
    """
    led, (leader,) = play(stage, weights, start, 1, at_random(rng))
    count = len(stage.chunks)
    some = sorted(rng.choice(count, max(1, count // 2), replace=False).tolist())
    found, all_of_them = [], [leader]
    first = bench.assess(leader)
    for step in some:
        before = leader.upto(step)
        forks, scenes = decide(
            stage, weights, [before.memories[-1]] * (settings.group - 1), at_random(rng)
        )
        members = [
            pipeline.replay(leader, start=_taken(before, stage.chunks[step], seen, choices))
            for seen, choices in zip(scenes, forks.choices, strict=True)
        ]
        rewards = bench.rewards([first, *map(bench.assess, members)])
        column = advantages([[row[step]] for row in rewards], "same_state", settings.unbiased)
        own = led[step]
        found.append(
            Decisions(
                step,
                np.concatenate([own.moving, forks.moving]),
                np.concatenate([own.allowed, forks.allowed]),
                np.concatenate([own.choices, forks.choices]),
                np.concatenate([own.logs, forks.logs]),
                np.array(column, dtype=np.float32)[:, 0],
            )
        )
        all_of_them += members
    return found, all_of_them


def _sizes(trajectories: Sequence[Trajectory], stream: int) -> tuple[float, float]:
    """Mean share of the stream that is held in the end, and share of rejected operations."""
    outcomes = [
        outcome.status == "rejected"
        for each in trajectories
        for step in each.steps
        for outcome in step.outcomes
    ]
    held = fsum(each.memories[-1].tokens for each in trajectories)
    return held / len(trajectories) / max(stream, 1), sum(outcomes) / max(len(outcomes), 1)


@dataclass(frozen=True)
class Examined:
    """One episode of an evaluation."""

    name: str
    score: float
    memory: float


def examined(
    settings: Settings, weights: Weights, name: str, size: int, split: Split, seed: int
) -> Examined:
    """Play an instance as the agent `compact` does, and ask all its questions."""
    instance = source_of(name, size, split).pick(seed)
    start = pipeline.begin(instance, settings.layout, settings.capacity)
    _, (trajectory,) = play(staged(instance), weights, start, 1, as_agent(settings.temperature))
    grader = pipeline.Grader(registry.make("reader", settings.reader), run.scorer_for())
    grades = pipeline.graded(trajectory, grader)
    score = pipeline.mean([each.score for each in grades if each.score is not None])
    if score is None:
        raise NotMeasuredError(f"no question of {instance.id} could be scored")
    return Examined(name, score, trajectory.memories[-1].tokens / max(instance.tokens, 1))
