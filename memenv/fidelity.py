"""How well step rewards follow the true effect of the steps: statistics, perturbed rollouts.

The truth is `memenv.credit.counterfactual` (what the score loses when a step is left out) and
`memenv.credit.shapley`. `memenv credit` runs all of this; here are the measures of one episode.

    >>> spearman([0.1, 0.2, 0.9], [1.0, 2.0, 3.0]), spearman([0.5, 0.5, 0.5], [1.0, 2.0, 3.0])
    (1.0, None)

A policy that can be differentiated may offer `score_function(trajectory)`: an array [T][P] with the
gradient of the log-probability of every step's operations. Then `cosine` compares the gradients
that two schemes lead to.
"""

from __future__ import annotations

import functools
import math
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from memenv import pipeline
from memenv.errors import SettingError
from memenv.operations import Skip
from memenv.pipeline import mean
from memenv.terms import AT_THE_STEP, TERMS, Row, completed
from memenv.types import Episode, Instance, Trajectory

Rows = Sequence[Sequence[float]]
"""Step rewards of several rollouts, [R][T]."""

_NEAR = 1e-9
_NOTHING = 1e-12

FEWEST = 5
"""From fewer episodes an interval shows nothing: by chance all of them may point one way."""

MAJORITY = 0.5
"""Of the places where the truth varies: a scheme that is flat at more of them has shown nothing."""

Verdict = Literal["tracks", "within only", "across only", "does not", "unclear"]

_NO_NUMBERS = "score_function gave numbers that are not finite"


def _levels(values: Sequence[float]) -> list[float]:
    """Values of which those are equal that only rounding tells apart.

    Raises:
        ValueError: for a value that is no finite number.
    """
    wrong = [value for value in values if not math.isfinite(value)]
    if wrong:
        raise ValueError(f"expected finite numbers, got {wrong[0]!r}")
    scale = max(map(abs, values), default=0.0)
    if scale < _NOTHING:
        return [0.0] * len(values)
    # Each against the one below it: rounded, two neighbours could fall on two sides of an edge.
    order = sorted(range(len(values)), key=values.__getitem__)
    levels = [0.0] * len(values)
    for below, here in zip(order[:1] + order, order, strict=False):
        near = values[here] - values[below] <= _NEAR * scale
        levels[here] = levels[below] if near and here != below else values[here]
    return levels


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of every value, from 1; equal values share the mean of their ranks.

    >>> ranks([0.3, 0.1, 0.3])
    [2.5, 1.0, 2.5]
    """
    levels = _levels(values)
    order = sorted(levels)
    first = {level: place for place, level in reversed(list(enumerate(order, start=1)))}
    last = {level: place for place, level in enumerate(order, start=1)}
    return [(first[level] + last[level]) / 2 for level in levels]


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's rank correlation, from -1 to 1; `None` when a side is constant or too short.

    Raises:
        ValueError: for sides of unequal length, or a value that is no finite number.
    """
    # Doubled ranks are whole numbers, so that all sums are exact.
    pairs = [(round(2 * x), round(2 * y)) for x, y in zip(ranks(one), ranks(other), strict=True)]
    count = len(pairs)

    def moment(i: int, j: int) -> int:
        products = sum(pair[i] * pair[j] for pair in pairs)
        return count * products - sum(pair[i] for pair in pairs) * sum(pair[j] for pair in pairs)

    if not moment(0, 0) or not moment(1, 1):
        return None
    if moment(0, 0) == moment(0, 1) == moment(1, 1):
        return 1.0
    found = moment(0, 1) / math.sqrt(moment(0, 0) * moment(1, 1))
    return max(-1.0, min(1.0, found))


def top_overlap(
    rewards: Sequence[float],
    truth: Sequence[float],
    k: int | None = None,
) -> float | None:
    """The share of the k steps of the largest effect that are among the k largest credits.

    Equal values are taken in a random order: what is given is the expectation, divided by the most
    that any credit could reach, so that the truth itself has exactly 1. A constant credit has about
    k / T. `None` when the truth is constant.

    Args:
        rewards: one per step.
        truth: likewise.
        k: how many; by default a quarter of the steps, at least one.

    Raises:
        ValueError: for a k below 1, or a value that is no finite number.
    """
    if k is not None and k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if _constant(truth):
        return None
    k = quarter(len(truth)) if k is None else k
    wanted, chosen = _chances(truth, k), _chances(rewards, k)
    most = math.fsum(chance * chance for chance in wanted)
    return math.fsum(a * b for a, b in zip(wanted, chosen, strict=True)) / most


def quarter(steps: int) -> int:
    """The k of `top_overlap`: a quarter of the steps, at least one."""
    return max(1, steps // 4)


def _chances(values: Sequence[float], k: int) -> list[float]:
    """The chance of every value to be among the k largest, equal ones in a random order."""
    levels = _levels(values)
    chances = []
    for level in levels:
        above = sum(other > level for other in levels)
        chances.append(min(1.0, max(0.0, (k - above) / levels.count(level))))
    return chances


def sign_agreement(rewards: Sequence[float], truth: Sequence[float]) -> float | None:
    """The share of steps whose credit is on the same side of its mean as their effect is of its.

    Both are centred within the episode, because many schemes are never negative, and because that
    is what a baseline does with them. Steps whose effect is the mean are left out; a credit that is
    the mean counts half, so that a constant one has 0.5. `None` when the truth is constant.
    """
    if _constant(truth):
        return None
    agreed = [
        0.5 if side == 0 else float(side == wanted)
        for side, wanted in zip(_sides(rewards), _sides(truth), strict=True)
        if wanted
    ]
    return mean(agreed)


def _sides(values: Sequence[float]) -> list[int]:
    scale = max(map(abs, values), default=0.0)
    middle = mean(values) or 0.0
    near = max(scale * _NEAR, _NOTHING)
    return [0 if abs(value - middle) <= near else (1 if value > middle else -1) for value in values]


def _constant(values: Sequence[float]) -> bool:
    return len(set(_levels(values))) < 2


def deviation(values: Sequence[float]) -> float | None:
    """The standard deviation (divided by n, as advantages have it); `None` of fewer than two."""
    middle = mean(values)
    if middle is None or len(values) < 2:
        return None
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / len(values))


def cosine(one: Rows, other: Rows, gradients: Sequence[Any]) -> float | None:
    """The cosine between the policy gradients of two schemes over the same rollouts.

        g = sum_i sum_t A_i,t grad log pi(operations of step t of rollout i)

    Args:
        one: advantages [R][T].
        other: advantages of another scheme.
        gradients: per rollout an array [T][P], from the policy's `score_function`.

    Returns:
        From -1 to 1; `None` when a gradient is zero.

    Raises:
        SettingError: for gradients that are not finite.
    """
    arrays = [np.asarray(gradient, dtype=float) for gradient in gradients]
    largest = max((float(np.abs(each).max()) for each in arrays if each.size), default=0.0)
    if not math.isfinite(largest):
        raise SettingError(_NO_NUMBERS)
    if not largest:
        return None
    sums: list[Any] = [
        # A cosine knows no scale, and the square of a large number is none.
        sum(
            np.asarray(row, dtype=float) @ (array / largest)
            for row, array in zip(rows, arrays, strict=True)
        )
        for rows in (one, other)
    ]
    norms = [float(np.linalg.norm(each)) for each in sums]
    if min(norms) < _NOTHING:
        return None
    return max(-1.0, min(1.0, float(np.dot(*sums)) / (norms[0] * norms[1])))


def score_functions(given: Sequence[Any], trajectories: Sequence[Trajectory]) -> list[Any]:
    """What a policy's `score_function` gave for each trajectory, as arrays [T][P], checked.

    Args:
        given: one for each trajectory.
        trajectories: what it was asked about.

    Raises:
        SettingError: for another shape, or numbers that are not finite.
    """
    arrays: list[Any] = []
    for each, trajectory in zip(given, trajectories, strict=True):
        try:
            array = np.asarray(each, dtype=float)
        except (TypeError, ValueError):
            raise SettingError(f"score_function gave no array of numbers: {each!r:.80}") from None
        steps = len(trajectory.steps)
        wanted = (steps, *(arrays[0].shape[1:] if arrays else array.shape[1:]))
        if array.ndim != 2 or not array.shape[1] or array.shape != wanted:
            raise SettingError(
                f"score_function gave an array of shape {array.shape} for {steps} steps; expected "
                f"({steps}, P), a gradient per step, with the same P for every trajectory"
            )
        if not np.isfinite(array).all():
            raise SettingError(_NO_NUMBERS)
        arrays.append(array)
    return arrays


# --- perturbed rollouts ---------------------------------------------------------------------------


def thinned(trajectory: Trajectory, share: float, seed: str, step: int | None = None) -> Trajectory:
    """The trajectory replayed with operations left out at random.

    Args:
        trajectory: a finished one.
        share: the probability of each operation to be left out, from 0 to 1.
        seed: what is left out depends on it alone.
        step: where; by default in all steps.
    """
    rng = random.Random(seed)
    left_out = [
        (number, index)
        for number, each in enumerate(trajectory.steps)
        for index, operation in enumerate(each.operations)
        if step in (None, number) and not isinstance(operation, Skip) and rng.random() < share
    ]
    # Nothing left out: the same values, and nothing to replay.
    return pipeline.replay(trajectory, without=left_out) if left_out else trajectory


def spaced(steps: int, most: int) -> list[int]:
    """At most so many steps, evenly spaced.

    >>> spaced(3, 8), spaced(100, 4)
    ([0, 1, 2], [12, 37, 62, 87])
    """
    if steps <= most:
        return list(range(steps))
    return [(2 * number + 1) * steps // (2 * most) for number in range(most)]


# --- a part of the questions ----------------------------------------------------------------------


def halves(gold: Sequence[Collection[int]], seed: str) -> tuple[list[int], list[int]]:
    """The numbers of the questions, dealt into two halves that ask about the same chunks.

    In a random order every question goes to the half that has asked less about its gold chunks, of
    equals to the smaller one. Dealt without a look at the chunks, one half has what the other
    misses, and the truths of the two contradict each other.

    >>> sorted(len(half) for half in halves([[0], [0], [1], [1], [2]], "a seed"))
    [2, 3]

    Args:
        gold: per question its gold chunks.
        seed: the deal depends on it alone.
    """
    rng = random.Random(seed)
    order = list(range(len(gold)))
    rng.shuffle(order)
    dealt: tuple[list[int], list[int]] = ([], [])
    asked: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    for number in order:
        lot = rng.randrange(2)
        loads = [
            (sum(asked[side][chunk] for chunk in gold[number]), len(dealt[side])) for side in (0, 1)
        ]
        side = min((lot, 1 - lot), key=loads.__getitem__)
        dealt[side].append(number)
        asked[side].update(gold[number])
    return sorted(dealt[0]), sorted(dealt[1])


def comparable(gold: Sequence[Collection[int]], parts: Sequence[Collection[int]]) -> bool:
    """Whether two halves of the questions can be compared: half of the gold chunks are in both.

    Args:
        gold: per question its gold chunks.
        parts: the numbers of the questions of each half.
    """
    one, other = ({chunk for number in part for chunk in gold[number]} for part in parts)
    both = len(one & other)
    return both >= 2 and both >= MAJORITY * len(one | other)


def restricted(episode: Episode, numbers: Collection[int]) -> Episode:
    """The episode as if only some of its questions had been asked; what was answered is kept.

    Args:
        episode: a finished one.
        numbers: of the questions that stay.
    """
    kept = sorted(set(numbers))
    grades = tuple(episode.grades[number] for number in kept)
    evidence = tuple(episode.evidence[number] for number in kept)
    score = mean([each.score for each in grades if each.score is not None])
    rows: list[Row] = [
        {**dict.fromkeys(TERMS), **{name: episode.step_terms[name][step] for name in AT_THE_STEP}}
        for step in range(len(episode.trajectory.steps))
    ]
    return replace(
        episode,
        trajectory=replace(
            episode.trajectory, instance=_part(episode.trajectory.instance, tuple(kept))
        ),
        grades=grades,
        evidence=evidence,
        score=score,
        step_terms=completed(rows, score, evidence),
    )


@functools.lru_cache(maxsize=16)
def _part(instance: Instance, numbers: tuple[int, ...]) -> Instance:
    """Rollouts share their instance, and so the digest and the tokens that it has worked out."""
    return replace(instance, questions=tuple(instance.questions[number] for number in numbers))


# --- the measures of one episode ------------------------------------------------------------------


@dataclass(frozen=True)
class Rollouts:
    """An episode and its perturbed rollouts, all assessed.

    Attributes:
        group: the episode as it was recorded, then its copies, each with operations left out.
        forks: step -> the episode, then rollouts that differ from it in that step alone, its later
            operations replayed.
    """

    group: tuple[Episode, ...]
    forks: Mapping[int, tuple[Episode, ...]]


def within(rewards: Rows, truth: Rows) -> list[float | None]:
    """Per rollout the rank correlation over its steps."""
    return [spearman(one, other) for one, other in zip(rewards, truth, strict=True)]


def across(rewards: Rows, truth: Rows) -> list[float | None]:
    """Per step the rank correlation over the rollouts, the first left out: it is the original."""
    return within(columns(rewards), columns(truth))


def covered(rewards: Rows, truth: Rows) -> float | None:
    """The share of the rows with a varying truth in which the credit varies too.

    Where a credit is flat it has no rank correlation: a mean over few rows says little.
    `None` when the truth varies nowhere.
    """
    rows = [one for one, other in zip(rewards, truth, strict=True) if not _constant(other)]
    return mean([float(not _constant(row)) for row in rows])


def columns(rows: Rows) -> list[tuple[float, ...]]:
    """Per step what the rollouts have, the first left out: it is the original."""
    return list(zip(*rows[1:], strict=True))


def average(values: Sequence[float | None]) -> float | None:
    """The mean of what was measured."""
    return mean([value for value in values if value is not None])


def compared(
    rewards: Rows,
    truths: Mapping[str, Rows],
    scores: Sequence[float],
) -> dict[str, float | None]:
    """The measures of a scheme on the rollouts of one episode.

    - `within`, `across`: mean rank correlation with the counterfactual; `within_shapley`,
      `across_shapley`: with the Shapley values, when there are any;
    - `within_share`, `across_share`: of the rollouts, of the steps, in which the counterfactual
      varies, the share in which the scheme varies too; the rest has no correlation;
    - `top_k`, `sign`: `top_overlap` and `sign_agreement` with the counterfactual, over rollouts;
    - `constant`: share of the rollouts within which the scheme gives every step the same;
    - `unconserved`, `unconserved_most`: sum of the credits less the score, mean and largest;
    - `spread`: standard deviation of a step's credit over the copies, mean over the steps.

    Args:
        rewards: step rewards [R][T], those of the episode as recorded first.
        truths: `counterfactual`, and perhaps `shapley`, each [R][T].
        scores: of the rollouts.
    """
    effects = truths["counterfactual"]
    found: dict[str, float | None] = {}
    for name, truth in truths.items():
        suffix = "" if name == "counterfactual" else f"_{name}"
        found[f"within{suffix}"] = average(within(rewards, truth))
        found[f"across{suffix}"] = average(across(rewards, truth))
    found["within_share"] = covered(rewards, effects)
    found["across_share"] = covered(columns(rewards), columns(effects))
    pairs = list(zip(rewards, effects, strict=True))
    found["top_k"] = average([top_overlap(one, other) for one, other in pairs])
    found["sign"] = average([sign_agreement(one, other) for one, other in pairs])
    found["constant"] = mean([float(_constant(row)) for row in rewards])
    missing = [math.fsum(row) - score for row, score in zip(rewards, scores, strict=True)]
    found["unconserved"] = mean(missing)
    found["unconserved_most"] = max(map(abs, missing))
    found["spread"] = average([deviation(column) for column in columns(rewards)])
    return found


def term_spreads(copies: Sequence[Episode]) -> dict[str, float | None]:
    """Of every raw reward term the spread over the copies at one step, mean over the steps."""
    found: dict[str, float | None] = {}
    for name in TERMS:
        per_step = zip(*(episode.step_terms[name] for episode in copies), strict=True)
        known = [[value for value in column if value is not None] for column in per_step]
        found[name] = average([deviation(column) for column in known])
    return found


def verdict(
    inside: tuple[float, float] | None, over: tuple[float, float] | None, *, constant: bool = False
) -> Verdict:
    """What the intervals of `within` and `across` say; one above 0 shows that a scheme follows.

    - `tracks`: both are above 0; `within only`, `across only`: one is, the other not shown to be;
    - `does not`: neither is above 0 anywhere;
    - `unclear`: the intervals do not tell.

    Args:
        inside: interval of `within`; `None` when there is none that shows anything.
        over: interval of `across`; likewise.
        constant: the scheme gives all steps of an episode the same, so it has no `within`.
    """
    shown = [each is not None and each[0] > 0 for each in (inside, over)]
    if all(shown):
        return "tracks"
    if shown[0]:
        return "within only"
    if shown[1]:
        return "across only"
    refuted = [
        constant or (inside is not None and inside[1] <= 0),
        over is not None and over[1] <= 0,
    ]
    return "does not" if all(refuted) else "unclear"
