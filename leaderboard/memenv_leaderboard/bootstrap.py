"""Resampling episodes: intervals of a score, and whether two scores can be told apart.

A score is a mean of competencies, and a competency's score a mean over its episodes. So episodes
are drawn within their competency (a stratified bootstrap; Efron and Tibshirani 1993, chapters 13
and 16), 1,000 times, with fixed seeds. Scores are rounded to 2^-20 and added up as integers: every
processor gets the same bits.

    >>> interval({"AR": [0.2, 0.4, 0.9]})
    (0.2, 0.9)
"""

from __future__ import annotations

import functools
import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 1000
"""How often episodes are drawn."""

GRID = 1 << 20
"""Scores are counted in parts of this."""

_EXACT = 12
"""Up to so many episodes a permutation test looks at all permutations."""

_FLIPS = 10_000

Array = NDArray[np.float64]


def interval(
    scores: Mapping[str, Sequence[float]], level: float = 0.95
) -> tuple[float, float] | None:
    """A percentile interval of the mean of competencies.

    Args:
        scores: competency -> scores of its episodes.
        level: share of the draws that lie in it.

    Returns:
        (low, high); `None` without scores, or when a competency has fewer than two.
    """
    if not scores or any(len(values) < 2 for values in scores.values()):
        return None
    means = np.sort(drawn({name: [values] for name, values in scores.items()})[0])
    low, high = _ends(level)
    # To the precision that scores are counted in.
    return round(float(means[low]), 6), round(float(means[high]), 6)


def drawn(rows: Mapping[str, ArrayLike]) -> Array:
    """Means of competencies over drawn episodes, for several rows with the same episodes.

    Args:
        rows: competency -> array (rows, episodes of the competency) of scores.

    Returns:
        Array (rows, `DRAWS`). Every row has the same draws, so differences are paired.
    """
    parts = []
    for name, values in sorted(rows.items()):
        counted = np.rint(np.asarray(values, dtype=np.float64) * GRID)
        # Sums of integers below 2^53: exact, whatever the order they are added in.
        total = counted @ _draws(name, counted.shape[1])
        parts.append(total / (counted.shape[1] * GRID))
    whole: Array = functools.reduce(np.add, parts) / len(parts)
    return whole


def better(rows: Mapping[str, ArrayLike], level: float = 0.95) -> NDArray[np.bool_]:
    """Which rows of paired differences lie above 0 in their whole interval.

    Args:
        rows: competency -> array (rows, episodes) of differences of scores.
        level: as of `interval`.
    """
    if any(np.asarray(values).shape[1] < 2 for values in rows.values()):
        # One episode says nothing about the next.
        return np.zeros(len(np.asarray(next(iter(rows.values())))), dtype=np.bool_)
    # As many draws at or below 0 as lie below the interval, or fewer.
    return np.asarray(np.count_nonzero(drawn(rows) <= 0, axis=1) <= _ends(level)[0])


def permutation(differences: Mapping[str, Sequence[float]]) -> float | None:
    """The two-sided p-value of a paired permutation test: each difference may change its sign.

    Exact for up to 12 episodes that differ, from 10,000 drawn permutations for more (with the
    observed one counted among them; Phipson and Smyth 2010).

    Args:
        differences: competency -> differences of the scores of its episodes.

    Returns:
        In (0, 1]; `None` without episodes.
    """
    if not any(differences.values()):
        return None
    shares = [
        value / len(values)
        for _, values in sorted(differences.items())
        for value in values
        if value
    ]
    if not shares:
        return 1.0
    seen = abs(math.fsum(shares))
    weights = np.asarray(shares, dtype=np.float64)
    if len(shares) <= _EXACT:
        numbers = np.arange(1 << len(shares))[:, None] >> np.arange(len(shares))
        flipped = np.abs(((numbers & 1) * 2 - 1) @ weights)
        # The last bits depend on the order of the sum.
        return int(np.count_nonzero(flipped >= seen - 1e-12)) / len(flipped)
    rng = np.random.RandomState(_FLIPS)
    as_far = 0
    for _ in range(10):
        signs = rng.randint(0, 2, size=(_FLIPS // 10, len(shares))) * 2 - 1
        as_far += int(np.count_nonzero(np.abs(signs @ weights) >= seen - 1e-12))
    return (1 + as_far) / (1 + _FLIPS)


def signs(differences: Sequence[float]) -> float | None:
    """The two-sided p-value of the sign test; ties are left out. `None` when there is nothing else.

    >>> signs([0.1, 0.2, 0.1, 0.3, 0.0])
    0.125
    """
    ups, downs = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    count = ups + downs
    if not count:
        return None
    tail = sum(math.comb(count, number) for number in range(min(ups, downs) + 1))
    return min(1.0, 2 * tail / (1 << count))


@functools.lru_cache(maxsize=32)
def _draws(name: str, count: int) -> Array:
    """Array (count, `DRAWS`): how often each episode is drawn; other ones for every competency."""
    # `RandomState` is frozen: the same numbers in every version of numpy.
    rng = np.random.RandomState(zlib.crc32(f"{name}/{count}".encode()))
    chosen = rng.randint(0, count, size=(DRAWS, count))
    times = np.zeros((count, DRAWS))
    np.add.at(times, (chosen, np.arange(DRAWS)[:, None]), 1.0)
    return times


def _ends(level: float) -> tuple[int, int]:
    tail = round(DRAWS * (1 - level) / 2)
    return tail, DRAWS - 1 - tail
