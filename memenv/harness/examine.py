"""The measures of all credit schemes on one episode, its perturbed copies, and its forks.

Every scheme gives credit for all of them, and `memenv.fidelity` compares it with the truth: the
counterfactual effect of every step.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from memenv import cloze, pipeline, run
from memenv.credit import advantages, counterfactual, shapley
from memenv.credit.replays import effect, losses
from memenv.errors import MemenvError, SettingError
from memenv.fidelity import (
    Rollouts,
    across,
    average,
    comparable,
    compared,
    cosine,
    covered,
    halves,
    restricted,
    score_functions,
    spaced,
    term_spreads,
    thinned,
    within,
)
from memenv.harness.execute import Spec
from memenv.harness.failures import explained, said
from memenv.harness.study import FORKED, TRUTHS, Study, scheme_of
from memenv.memory import Memory
from memenv.pipeline import mean
from memenv.protocols import Reader, name_of
from memenv.types import Answer, Episode, Grade, Instance, Question, Trajectory
from memenv.views import DEFAULT, make_view

SPLITS = 4
"""So often the questions of an episode are dealt into halves."""

FORKED_STEPS = 4
"""At most so many steps of an episode are forked, evenly spaced."""

ANSWERS = 200_000
"""Answers that are kept per episode, for all its rollouts together."""

LARGEST = 1e100
"""Rewards beyond it have sums and squares that are no numbers any more."""

Sample = dict[str, Any]
"""The measures of one episode, as plain values that travel between processes."""


def examine(study: Study, spec: Spec) -> Sample:
    """The measures of all schemes on one episode.

    Raises:
        MemenvError: when it cannot be played or read.
    """
    config = study.config
    seed = config.seed + spec.index
    with explained(f"environment {spec.target.label!r} gives no instance for seed {seed}"):
        instance = spec.target.source(config.split, config.secret).pick(seed)
    with explained(f"agent {config.agent!r} on {instance.id}"):
        actor, _ = run.named("agent", config.agent, config.agent_arguments)
        shown = config.view or str(getattr(actor, "view", DEFAULT))
        begun = pipeline.begin(instance, config.layout, config.capacity)
        trajectory = pipeline.play(begun, actor, make_view(shown))
    with explained(f"reader {config.reader!r} on {instance.id}"):
        bench = _Bench(study, instance)
        original = bench.assess(trajectory)
        sample: Sample = {
            "instance": instance.id,
            "steps": len(instance.chunks),
            "questions": len(instance.questions),
            "gold": any(question.evidence for question in instance.questions),
            "probes": bench.probes,
            "score": original.score,
        }
        if original.score is None:
            return sample
        # While no answer but the episode's own is known, so that its cost is seen.
        values = bench.shapley(original, study.permutations) if study.permutations else None
        rollouts = _rollouts(study, original, bench, seed)
        if any(episode.score is None for episode in rollouts.group):
            return {**sample, "score": None}
        scene = _Scene.of(study, rollouts, seed, values)
    who = f"agent {config.agent!r} on {instance.id}"
    gradients = _gradients(who, actor, [each.trajectory for each in rollouts.group[1:]])
    return {
        **sample,
        "terms": term_spreads(rollouts.group[1:]),
        "constant_truth": mean([float(not any(row)) for row in scene.truths["counterfactual"]]),
        "split": bool(scene.splits),
        "schemes": {
            name: _examined(name, scheme_of(study, name), scene, bench, gradients)
            for name in study.schemes
            if study.permutations or name != "shapley"
        },
    }


def _gradients(who: str, actor: Any, trajectories: Sequence[Trajectory]) -> list[Any] | None:
    if not hasattr(actor, "score_function"):
        return None
    with explained(f"score_function of {who}"):
        given = [actor.score_function(each) for each in trajectories]
        try:
            return score_functions(given, trajectories)
        except SettingError as error:
            # It is the agent's mistake, and would be told once for every scheme.
            raise SettingError(f"{who}: {error}") from None


class _Counted:
    """A reader that counts what it is asked."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.calls = 0

    def answer(self, question: Question, memory: Memory) -> Answer:
        self.calls += 1
        return self.reader.answer(question, memory)


class _Bench:
    """Assesses the rollouts of one instance: with shared answers, or anew to see the cost."""

    def __init__(self, study: Study, instance: Instance) -> None:
        self._config = study.config
        self._instance = instance
        self._shared, grader = self._reader()
        found = cloze.probes_of(instance, grader)
        self.probes = found.origin if any(found.rows) else None
        self._meter = pipeline.Meter(grader, found)
        self._probes: tuple[float, float] | None = None
        self.shapley_cost = (0.0, 0.0)

    def assess(self, trajectory: Trajectory) -> Episode:
        """The episode, its probes asked; what was asked before is not asked again."""
        return pipeline.assess(trajectory, self._meter)

    def shapley(self, episode: Episode, permutations: int) -> list[float]:
        """The Shapley values of an episode; what they cost is kept."""
        calls, begun = self._shared.calls, time.perf_counter()
        values = shapley(episode, permutations=permutations)
        self.shapley_cost = (float(self._shared.calls - calls), time.perf_counter() - begun)
        return values

    def cost(self, scheme: Any, trajectories: Sequence[Trajectory]) -> tuple[float, float]:
        """Reader calls and seconds that a scheme costs on fresh rollouts, for all of them."""
        reader, grader = self._reader()
        episodes = [pipeline.assess(each, pipeline.Meter(grader)) for each in trajectories]
        calls, begun = reader.calls, time.perf_counter()
        scheme.assign(episodes if getattr(scheme, "group", False) else episodes[0])
        return float(reader.calls - calls), time.perf_counter() - begun

    def probes_cost(self, trajectory: Trajectory) -> tuple[float, float]:
        """Reader calls and seconds of the probes of one episode, made and asked."""
        if self._probes is None:
            plain, probed = (self._assessed(trajectory, probes=each) for each in (False, True))
            self._probes = (probed[0] - plain[0], max(0.0, probed[1] - plain[1]))
        return self._probes

    def _assessed(self, trajectory: Trajectory, *, probes: bool) -> tuple[float, float]:
        reader, grader = self._reader()
        begun = time.perf_counter()
        rows = cloze.probes_of(self._instance, grader) if probes else None
        pipeline.assess(trajectory, pipeline.Meter(grader, rows))
        return float(reader.calls), time.perf_counter() - begun

    def _reader(self) -> tuple[_Counted, pipeline.Grader]:
        made, _ = run.named("reader", self._config.reader, self._config.reader_arguments)
        reader = _Counted(made)
        return reader, pipeline.Grader(reader, run.scorer_for(), keep=ANSWERS)


def _rollouts(study: Study, original: Episode, bench: _Bench, seed: int) -> Rollouts:
    trajectory = original.trajectory
    name = f"{trajectory.instance.id}/{seed}"
    group = [original]
    for copy in range(study.copies):
        group.append(bench.assess(thinned(trajectory, study.drop, f"{name}/copy/{copy}")))
    forks: dict[int, tuple[Episode, ...]] = {}
    for step in spaced(len(trajectory.steps), FORKED_STEPS):
        forked = [
            bench.assess(thinned(trajectory, study.drop, f"{name}/fork/{step}/{copy}", step))
            for copy in range(study.copies)
        ]
        if all(episode.score is not None for episode in forked):
            forks[step] = (group[0], *forked)
    return Rollouts(tuple(group), forks)


@dataclass(frozen=True)
class _Scene:
    """Rollouts and the truth about them.

    Attributes:
        rollouts: of one episode.
        truths: `counterfactual` and `shapley` of the group, [R][T] each.
        forked: step -> its effect in the original and in each fork of it.
        splits: for each deal of the questions the two halves; empty when they cannot be compared.
    """

    rollouts: Rollouts
    truths: Mapping[str, list[list[float]]]
    forked: Mapping[int, list[float]]
    splits: Sequence[tuple[_Half, _Half]]

    @classmethod
    def of(cls, study: Study, rollouts: Rollouts, seed: int, values: list[float] | None) -> _Scene:
        """The truth about rollouts, given the Shapley values of the original."""
        group = rollouts.group
        truths = {"counterfactual": [counterfactual(each) for each in group]}
        if values is not None:
            others = [shapley(each, permutations=study.copy_permutations) for each in group[1:]]
            truths["shapley"] = [values, *others]
        forked = {
            step: [effect(episode, step) for episode in forks]
            for step, forks in rollouts.forks.items()
        }
        return cls(rollouts, truths, forked, _splits(group, seed))


@dataclass(frozen=True)
class _Half:
    """What one half of the questions says.

    Attributes:
        group: the episode and its copies, with these questions alone.
        effects: the counterfactual of each, [R][T].
    """

    group: tuple[Episode, ...]
    effects: list[list[float]]


def _splits(group: Sequence[Episode], seed: int) -> list[tuple[_Half, _Half]]:
    """The questions dealt into halves, several times; none when these cannot be compared."""
    instance = group[0].trajectory.instance
    scored = [j for j, grade in enumerate(group[0].grades) if grade.score is not None]
    gold = [instance.questions[j].evidence for j in scored]
    lost = [
        [losses(episode, step) for step in range(len(episode.trajectory.steps))]
        for episode in group
    ]
    splits = []
    for deal in range(SPLITS):
        cut = halves(gold, f"{instance.id}/{seed}/halves/{deal}")
        if not comparable(gold, cut):
            return []
        one, other = (_half(group, [scored[place] for place in part], lost) for part in cut)
        if one is None or other is None:
            return []
        splits.append((one, other))
    return splits


def _half(
    group: Sequence[Episode], numbers: Sequence[int], lost: Sequence[Sequence[Mapping[int, float]]]
) -> _Half | None:
    parts = tuple(restricted(episode, numbers) for episode in group)
    # The counterfactual of a part, without another replay.
    rows = [[mean([each[j] for j in numbers if j in each]) for each in row] for row in lost]
    effects = [[value for value in row if value is not None] for row in rows]
    whole = all(len(one) == len(other) for one, other in zip(rows, effects, strict=True))
    return (
        _Half(parts, effects) if whole and all(each.score is not None for each in parts) else None
    )


def _examined(
    name: str, scheme: Any, scene: _Scene, bench: _Bench, gradients: Sequence[Any] | None
) -> dict[str, Any]:
    """The measures of one scheme; an error of its own is told instead."""
    group = scene.rollouts.group
    try:
        with explained(f"credit {name!r}"):
            begun = time.perf_counter()
            rows, asks = (scene.truths[name], True) if name in TRUTHS else _credited(scheme, group)
            calls, seconds = 0.0, (time.perf_counter() - begun) / len(group)
            found = compared(rows, scene.truths, [each.score or 0.0 for each in group])
            found |= _over_forks(name, scheme, scene)
            found |= _over_halves(name, scheme, scene)
            found["cosine"] = _cosine(rows, scene, gradients)
            if name == "shapley":
                calls, seconds = bench.shapley_cost
            elif asks:
                of = group if getattr(scheme, "group", False) else group[:1]
                calls, seconds = (
                    each / len(of) for each in bench.cost(scheme, [each.trajectory for each in of])
                )
            if "chunk" in {*getattr(scheme, "terms", ()), *getattr(scheme, "online", {})}:
                more = bench.probes_cost(group[0].trajectory)
                calls, seconds = calls + more[0], seconds + more[1]
            found |= {"calls": calls, "seconds": seconds}
    except MemenvError as error:
        return {"error": said(error)}
    if name in FORKED:
        found |= {
            "across": found["forks"],
            "across_share": found["forks_share"],
            "across_shapley": None,
        }
    return found


def _credited(scheme: Any, episodes: Sequence[Episode]) -> tuple[list[list[float]], bool]:
    """The step rewards of rollouts, and whether the reader was asked for them."""
    asked: list[int] = []

    def watched(episode: Episode) -> Episode:
        def grade(memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
            asked.append(len(questions))
            return episode.grade(memory, questions)

        return replace(episode, grade=grade)

    return _assigned(scheme, [watched(episode) for episode in episodes]), any(asked)


def _assigned(scheme: Any, episodes: Sequence[Episode]) -> list[list[float]]:
    """The step rewards of rollouts, checked; what a scheme does to episodes is done to copies.

    Raises:
        SettingError: when a scheme does not give one finite number per step, or too large ones.
    """
    if getattr(scheme, "group", False):
        rows = _together(scheme, episodes)
    else:
        alone = [pipeline.assign(episode, scheme) for episode in episodes]
        rows = [row for row in alone if row is not None]
    large = [reward for row in rows for reward in row if abs(reward) > LARGEST]
    if large:
        raise SettingError(
            f"credit {name_of(scheme)} gave {large[0]:g}: rewards beyond {LARGEST:g} are too large "
            f"to be compared"
        )
    return [list(row) for row in rows]


def _together(scheme: Any, episodes: Sequence[Episode]) -> list[tuple[float, ...]]:
    given = scheme.assign([pipeline.lent(episode) for episode in episodes])
    values = given.tolist() if hasattr(given, "tolist") else given
    rows = [pipeline.numbers_of(row) for row in values] if isinstance(values, Sequence) else []
    steps = len(episodes[0].trajectory.steps)
    fits = len(rows) == len(episodes) and all(len(row) == steps for row in rows)
    if not fits or not all(isfinite(reward) for row in rows for reward in row):
        raise SettingError(
            f"credit {name_of(scheme)} gave {repr(given)[:80]} for {len(episodes)} episodes of "
            f"{steps} steps; expected a row per episode, of one finite number per step"
        )
    return rows


def _over_forks(name: str, scheme: Any, scene: _Scene) -> dict[str, float | None]:
    """The correlation over the forks of a step, mean over the steps, and the share of those."""
    if name == "shapley":
        return {"forks": None, "forks_share": None}
    rows, effects = [], []
    for step, forks in scene.rollouts.forks.items():
        # The original is among them, because a group scheme compares with it; it counts for none.
        truth = scene.forked[step]
        own = name == "counterfactual"
        credit = truth if own else [row[step] for row in _assigned(scheme, forks)]
        rows.append(credit[1:])
        effects.append(truth[1:])
    return {
        "forks": average(within(rows, effects)),
        "forks_share": covered(rows, effects),
    }


def _over_halves(name: str, scheme: Any, scene: _Scene) -> dict[str, float | None]:
    """Credit from one half of the questions against the effects on the other half."""
    inside: list[float | None] = []
    over: list[float | None] = []
    for pair in scene.splits if name != "shapley" else ():
        for half, other in (pair, pair[::-1]):
            own = name == "counterfactual"
            rows = half.effects if own else _assigned(scheme, half.group)
            inside += within(rows, other.effects)
            over += across(rows, other.effects)
    return {
        "split_within": average(inside),
        "split_across": None if name in FORKED else average(over),
    }


def _cosine(
    rows: Sequence[Sequence[float]], scene: _Scene, gradients: Sequence[Any] | None
) -> float | None:
    if gradients is None:
        return None
    effects = scene.truths["counterfactual"]
    return cosine(advantages(rows[1:]), advantages(effects[1:]), gradients)
