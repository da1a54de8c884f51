"""The score spread without looking at what the steps did."""

from __future__ import annotations

from memenv.schemes import scheme, score_of
from memenv.types import Episode


@scheme(conserves=True)
def terminal(episode: Episode) -> list[float]:
    """The score at the last step, 0 before; the plain episodic reward."""
    return [0.0] * (len(episode.trajectory.steps) - 1) + [score_of(episode)]


@scheme()
def broadcast(episode: Episode) -> list[float]:
    """The score at every step.

    What MemAgent (arXiv 2507.02259) and AgeMem (arXiv 2601.01885) do with their final reward, and
    Mem-alpha (arXiv 2509.25911, eq. 1) with the term r1.
    """
    return [score_of(episode)] * len(episode.trajectory.steps)


@scheme(conserves=True)
def uniform(episode: Episode) -> list[float]:
    """Every step the same part of the score, score / T: Fine-Mem's EARA with beta = 0."""
    steps = len(episode.trajectory.steps)
    return [score_of(episode) / steps] * steps
