"""Credit along provenance: what an entry earned flows back to what it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum

from memenv.operations import Delete, Insert, Update
from memenv.schemes import Share, scheme, score_of
from memenv.types import Episode, Trajectory

Version = tuple[str, int]
"""An entry as one step left it: (entry id, step)."""


@scheme(aliases={"lambda": "lam", "lambda_": "lam"})
def dag_td(
    episode: Episode, *, alpha: Share = 0.3, gamma: Share = 0.5, lam: Share = 0.5
) -> list[float]:
    """TD(lambda) over the provenance graph: a step earns the value of the versions it wrote.

        delta = s_j + gamma Q(m_new) - Q(m_0)
        Q(m) += alpha (gamma lambda)^d(m, m_0) delta      for m_0 and all its ancestors m

    MemQ (arXiv 2605.08374): questions are taken in the order they are asked, and for each the
    entries retrieved, best first; m_0 is the entry as it was then, and d the shortest path from it
    to an ancestor. The graph is `ancestry`. Values start at 0. Answering a question writes nothing,
    so Q(m_new) is 0. MemQ credits tasks that read and write; that a step is worth what it wrote is
    our reading for the construction of a memory.

    Args:
        episode: a finished one.
        alpha: the learning rate; the paper has 0.1 to 0.5.
        gamma: the discount of one edge; the paper has 0.3 to 0.8, and 0 credits nothing but what
            was retrieved (MemRL).
        lam: how far credit reaches, `lambda` in the paper, which has 0.5 to 0.9.

    Returns:
        T numbers of at least 0. They do not sum to the score.

    Raises:
        NotMeasuredError: when no question could be scored.
    """
    score_of(episode)
    instance = episode.trajectory.instance
    parents = ancestry(episode.trajectory)
    values: dict[Version, float] = {}
    asked = sorted(
        zip(instance.questions, episode.evidence, strict=True),
        key=lambda pair: instance.asked_after(pair[0]),
    )
    for _, trace in asked:
        if trace["score"] is None:
            continue
        for item in trace["retrieved"]:
            if not item["writers"]:
                continue
            read = (item["entry"], item["writers"][-1])
            delta = trace["score"] - values.get(read, 0.0)
            for version, distance in _upward(read, parents):
                share = (gamma * lam) ** distance
                if not share:
                    break
                values[version] = values.get(version, 0.0) + alpha * share * delta
    written: list[list[float]] = [[] for _ in episode.trajectory.steps]
    for (_, step), value in values.items():
        written[step].append(value)
    return [fsum(each) for each in written]


def ancestry(trajectory: Trajectory) -> dict[Version, tuple[Version, ...]]:
    """What every version of an entry was made from.

    An update makes a version of the version before; every insert and update also makes one of the
    entries that it names as parents, as they were at that moment. What one step does to an entry
    is one version. Entries that were deleted stay in the graph, as MemQ's store only grows.

    Returns:
        (entry, step) -> its direct ancestors, in the order in which they were named.
    """
    found: dict[Version, dict[Version, None]] = {}
    latest: dict[str, Version] = {}
    for number, step in enumerate(trajectory.steps):
        for operation, outcome in zip(step.operations, step.outcomes, strict=True):
            entry = outcome.entry
            if outcome.status not in ("ok", "truncated") or entry is None:
                continue
            if isinstance(operation, Delete):
                # A core that is written again later begins a new life.
                latest.pop(entry, None)
            elif isinstance(operation, Insert | Update):
                version = (entry, number)
                before = [latest[entry]] if entry in latest else []
                named = [latest[parent] for parent in operation.parents if parent in latest]
                edges = found.setdefault(version, {}) if before else {}
                edges.update((each, None) for each in [*before, *named] if each != version)
                found[version] = edges
                latest[entry] = version
    return {version: tuple(edges) for version, edges in found.items()}


def _upward(
    start: Version, parents: Mapping[Version, Sequence[Version]]
) -> Iterator[tuple[Version, int]]:
    """A version and all its ancestors with their distance, the nearest first."""
    seen = {start}
    level, distance = [start], 0
    while level:
        yield from ((version, distance) for version in level)
        above: list[Version] = []
        for version in level:
            for parent in parents.get(version, ()):
                if parent not in seen:
                    seen.add(parent)
                    above.append(parent)
        level, distance = above, distance + 1
