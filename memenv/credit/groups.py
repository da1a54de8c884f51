"""Group schemes: what a step is worth is seen by comparing rollouts of one instance.

Each takes the finished episodes of one instance and gives T step rewards for each; a group of one
is a group. The local groups of a scheme (rollouts that stand before the same memory) are compared
by `memenv.credit.advantages(..., "same_state")`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import fsum, log2

from memenv import tokens
from memenv.errors import NotMeasuredError
from memenv.operations import operation_to_dict
from memenv.pipeline import advance, graded, mean, replay
from memenv.schemes import Factor, one_instance, scheme, score_of
from memenv.types import Episode, canonical_json

FREE = 0.7
"""Share of the stream that a memory may hold without a penalty (Memory-R2)."""


@scheme(group=True)
def tree_mc(episodes: Sequence[Episode]) -> list[list[float]]:
    """A step earns the mean score of the rollouts that share everything up to and including it.

    Rollouts with the same first operations form a tree, whose leaves are their scores; a node is
    worth the mean of the leaves below it, by Monte Carlo. TreeMem (arXiv 2605.04811), where the
    levels of the tree are agents and here they are steps. Left out are TreeMem's term on the length
    of the memory (the term `compression` is our name for it), the normalisation per agent (which
    `advantages` does), and the choice of one trajectory per subtree.

    Rollouts that part at step 0 share nothing: each step then earns the rollout's own score.

    Raises:
        NotMeasuredError: when a rollout has no score.
    """
    steps = one_instance(episodes)
    scores = [score_of(episode) for episode in episodes]
    credit: list[list[float]] = [[] for _ in episodes]
    nodes = [0] * len(episodes)
    for number in range(steps):
        below: dict[tuple[int, str], list[int]] = {}
        for i, episode in enumerate(episodes):
            below.setdefault((nodes[i], _done(episode, number)), []).append(i)
        for node, members in enumerate(below.values()):
            worth = _mean([scores[i] for i in members])
            for i in members:
                nodes[i] = node
                credit[i].append(worth)
    return credit


@scheme(group=True, terms=("chunk",))
def rank_consistency(episodes: Sequence[Episode]) -> list[list[float]]:
    """The local reward plus the score, weighted by how well the local reward ranks the rollouts.

        r_t(i) = local_t(i) + w_t score(i)

    CoMAM (arXiv 2603.12631), where t is an agent and here it is a step. The local reward is the
    term `chunk`, and w_t is the NDCG of the ranking of the rollouts by it: gain = score, discount
    = 1 / log2(1 + rank). Rollouts that tie share the mean gain of their places. w_t is 0 when no
    rollout has a score above 0. A rollout whose term was not measured adds no local reward and is
    not ranked; when it was measured for none, all tie.

    Raises:
        NotMeasuredError: when a rollout has no score.
    """
    steps = one_instance(episodes)
    scores = [score_of(episode) for episode in episodes]
    credit: list[list[float]] = [[] for _ in episodes]
    for number in range(steps):
        local = [episode.step_terms["chunk"][number] for episode in episodes]
        pairs = zip(local, scores, strict=True)
        ranked = [(value, score) for value, score in pairs if value is not None]
        weight = ndcg(ranked or [(0.0, score) for score in scores])
        for row, value, score in zip(credit, local, scores, strict=True):
            row.append(fsum((value or 0.0, weight * score)))
    return credit


def ndcg(ranked: Sequence[tuple[float, float]]) -> float:
    """Normalised discounted cumulative gain of ranking by one number for another.

    Args:
        ranked: (what they are ranked by, highest first; their gain, at least 0) of each.

    Returns:
        A number in [0, 1]; the expected one over all orders of those that tie, and 0 when nothing
        has a gain.
    """
    discounts = [1 / log2(rank + 2) for rank in range(len(ranked))]
    ideal = sorted((gain for _, gain in ranked), reverse=True)
    best = fsum(gain * discount for gain, discount in zip(ideal, discounts, strict=True))
    if not best:
        return 0.0
    tied: dict[float, list[float]] = {}
    for value, gain in sorted(ranked, reverse=True):
        tied.setdefault(value, []).append(gain)
    found: list[float] = []
    for gains in tied.values():
        # Wherever a member of a tie comes to stand, the mean is what it is expected to gain.
        found += [_mean(gains)] * len(gains)
    reached = fsum(gain * discount for gain, discount in zip(found, discounts, strict=True))
    # The mean of gains that are all but equal may round up.
    return min(reached / best, 1.0)


@scheme(group=True, gold=True, terms=("compression",))
def same_state(episodes: Sequence[Episode], *, lambda_comp: Factor = 0.3) -> list[list[float]]:
    """A step earns what its own chunk's questions score at once, less a penalty for a long memory.

        R_t = mean_{j: t in gold_j} s_j(M_t) - lambda_comp max(0, (|M_t| - 0.7 |C_t|) / |C_t|)

    The session reward of Memory-R2 (arXiv 2605.21768, the local half of LoGo-GRPO), whose sessions
    are our chunks: M_t is the memory just after the step and C_t the stream up to it, in tokens.
    A chunk that no question needs earns the penalty alone. Needs gold evidence, and asks the
    questions anew at the end of the chunks that they need.

    This is the reward alone, and looks at each rollout by itself: LoGo's local groups, of rollouts
    that stand before the same memory, are formed by
    `advantages(rewards, "same_state", states=states_of(episodes))`.

    Args:
        episodes: finished ones of one instance.
        lambda_comp: weight of the penalty; 0.3 is best in the paper. It is taken from the term
            `compression`, and left out where that was not measured.

    Raises:
        NotMeasuredError: when a rollout has no score.
    """
    steps = one_instance(episodes)
    instance = episodes[0].trajectory.instance
    lengths = list(accumulate(tokens.count(chunk.text) for chunk in instance.chunks))
    credit: list[list[float]] = []
    for episode in episodes:
        score_of(episode)
        row: list[float] = []
        for number in range(steps):
            needing = [each for each in instance.questions if number in each.evidence]
            grades = episode.grade(episode.trajectory.memory_after(number), needing)
            right = mean([each.score for each in grades if each.score is not None])
            small = episode.step_terms["compression"][number]
            over = _overlong(small, lengths[number], lengths[-1])
            row.append((right or 0.0) - lambda_comp * over)
        credit.append(row)
    return credit


def _overlong(compression: float | None, so_far: int, whole: int) -> float:
    """How far a memory is above the free share of the stream so far, as a share of that."""
    if compression is None or not so_far:
        return 0.0
    return max(0.0, (1 - compression) * whole / so_far - FREE)


@scheme(group=True)
def fork_replay(episodes: Sequence[Episode]) -> list[list[float]]:
    """A step earns the score of an anchor rollout in which it alone took the anchor's place.

        r_t(i) = score(anchor up to t, then step t of rollout i, then the anchor's later steps)

    Rollouts that stand before the same memory at step t are a local group; its anchor is the first
    of them. All members are followed by the same later steps, replayed (`memenv.pipeline.replay`),
    so what they earn differs by step t alone. The anchor, and a rollout without mates, earns its
    own score. Ours: as LoGo-GRPO (arXiv 2605.21768) it compares steps taken from one memory, but
    by the final score of a replay, so that it needs no gold evidence and no further rollouts.

    Raises:
        NotMeasuredError: when a rollout, or a replay, has no score.
    """
    steps = one_instance(episodes)
    credit = [[score_of(episode)] * steps for episode in episodes]
    for number in range(steps):
        # A memory is its own key: equal ones have the same content and the same capacity.
        groups: dict[object, list[int]] = {}
        for i, episode in enumerate(episodes):
            groups.setdefault(episode.trajectory.memories[number], []).append(i)
        for anchor, *mates in groups.values():
            # Many rollouts take the same step; each memory it leads to is followed once.
            reached = {episodes[anchor].trajectory.memory_after(number): credit[anchor][number]}
            for i in mates:
                memory = episodes[i].trajectory.memory_after(number)
                if memory not in reached:
                    reached[memory] = _forked(episodes[anchor], episodes[i], number)
                credit[i][number] = reached[memory]
    return credit


def _forked(anchor: Episode, mate: Episode, number: int) -> float:
    """The score of the anchor with one step taken as a mate took it."""
    step = mate.trajectory.steps[number]
    start = advance(anchor.trajectory.upto(number), step.operations, step.raw, step.usage)
    grades = graded(replay(anchor.trajectory, start=start), anchor.grade)
    score = mean([each.score for each in grades if each.score is not None])
    if score is None:
        raise NotMeasuredError(
            f"no question could be scored after step {number} was taken as another rollout took it"
        )
    return score


def _done(episode: Episode, number: int) -> str:
    """What an episode did in a step, as text: operations may hold lists, which have no hash."""
    return canonical_json(
        [operation_to_dict(each) for each in episode.trajectory.steps[number].operations]
    )


def _mean(values: Sequence[float]) -> float:
    # A sum that rounds must not take the mean of equal numbers away from them.
    return min(max(fsum(values) / len(values), min(values)), max(values))
