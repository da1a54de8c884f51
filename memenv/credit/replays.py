"""The ground truth: what the score would have been without a step, found by replaying the rest.

    counterfactual(episode)                     # every step left out on its own
    counterfactual(episode, unit="item")        # every entry taken away at the end
    shapley(episode, permutations=64)           # steps left out in all kinds of company

All of them ask the reader again; what they cost is said in their docstrings. A memory that a step
did not change is never asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb, fsum, sqrt
from typing import Literal

from memenv.credit.evidence import Empty
from memenv.errors import NotMeasuredError, SettingError
from memenv.memory import Memory
from memenv.operations import Delete, Malformed, Skip
from memenv.pipeline import advance, mean, play, replay
from memenv.protocols import Agent, name_of
from memenv.schemes import Count, Seed, accepted, scheme, score_of
from memenv.terms import Owner, owners_of
from memenv.types import Episode, Trajectory
from memenv.views import DEFAULT, make_view

Dangling = Literal["insert", "fail"]

MOST_READS = 200_000
"""Questions that the removal of single entries may ask; the lexical reader needs minutes."""


@scheme()
def counterfactual(
    episode: Episode,
    *,
    unit: Literal["step", "item"] = "step",
    suffix: Literal["replay", "reroll"] = "replay",
    dangling_update: Dangling = "insert",
    retrieval: Literal["live", "frozen"] = "live",
    owner: Owner = "last_writer",
    agent: Agent | None = None,
    view: str | None = None,
) -> list[float]:
    """What a step changed: the score less the score without it.

    With `unit="step"`, the difference reward of a step whose default is to do nothing (Wolpert
    and Tumer, Advances in Complex Systems 4, 2001):

        c_t = mean_j (s_j - s_j(step t := Skip))

    over the questions that have a score both ways. What comes after step t is replayed, or played
    anew by an agent with `suffix="reroll"`: one sample of it, so an agent that draws lots adds
    noise. A step that left the memory as it was gets exactly 0. It asks T times n questions, less
    those whose memory is the same.

    With `unit="item"`, entries are taken away from the memory that a question is asked of, and
    what each of them is worth goes to the steps that wrote it:

        c_t = (1 / n) sum_j sum_{m in M_j, phi(m) = t} (s_j - s_j(M_j without m))

    An entry can matter without being retrieved, for the others rank differently without it; so
    with `retrieval="live"` every entry is taken away from every question, which asks |M| times n
    questions. With `retrieval="frozen"` question j is answered from the entries retrieved for it
    and nothing else, both with and without m: only those entries can earn anything, and it asks
    k + 1 times n questions.

    Args:
        episode: a finished one.
        unit: what is left out, a `step` or an `item` of the memory.
        suffix: what follows a step that is left out: its old operations, or new ones.
        dangling_update: what a replay makes of the update of an entry that is not there.
        retrieval: whether other entries may be retrieved where one was taken away.
        owner: the step an item belongs to.
        agent: who plays the suffix anew, an object with `act`; for `suffix="reroll"`.
        view: what this agent is shown of the memory; `None` is what it declares, else `newest_5`.

    Raises:
        NotMeasuredError: when no question could be scored.
        SettingError: for an option that the others leave no part to play, an agent that is no
            object or that remembers more than the memory, and for `unit="item"` when more than
            200,000 questions would have to be asked.
    """
    score_of(episode)
    _refuse_types(agent, view)
    replayed = unit == "step" and suffix == "replay"
    rerolled = unit == "step" and suffix == "reroll"
    idle = {
        "suffix": unit == "item" and suffix != "replay",
        "dangling_update": not replayed and dangling_update != "insert",
        "retrieval": unit == "step" and retrieval != "live",
        "owner": unit == "step" and owner != "last_writer",
        "agent": not rerolled and agent is not None,
        "view": not rerolled and view is not None,
    }
    for name, given in idle.items():
        if given:
            raise SettingError(
                f"credit 'counterfactual': {name} has no part to play with unit={unit!r}, "
                f"suffix={suffix!r}; leave it out"
            )
    if unit == "item":
        again = _Again(episode)
        readings = _live(again) if retrieval == "live" else _frozen(again)
        return _of_items(again, readings, owner)
    trajectory = episode.trajectory
    if rerolled:
        return _of_steps(episode, _reroll(trajectory, agent, view))
    return _of_steps(episode, lambda step: replay(trajectory, [step], dangling_update))


def _refuse_types(agent: object, view: object) -> None:
    if agent is not None and (isinstance(agent, type) or not callable(getattr(agent, "act", None))):
        raise SettingError(
            f"credit 'counterfactual': agent is an object with act(), passed from Python, such as "
            f"memenv.make('agent', 'lines'), not {agent!r}"
        )
    if view is not None and not isinstance(view, str):
        raise SettingError(f"credit 'counterfactual': view is a name, not {view!r}")


def _reroll(
    trajectory: Trajectory, agent: Agent | None, view: str | None
) -> Callable[[int], Trajectory]:
    """Who gives the trajectory without a step, played on by an agent."""
    if agent is None:
        raise SettingError(
            "credit 'counterfactual': suffix='reroll' needs the agent that plays on, an object "
            "passed from Python: agent=memenv.make('agent', 'lines')"
        )
    if getattr(agent, "stateful", False):
        raise SettingError(
            f"credit 'counterfactual': agent {name_of(agent)!r} remembers more than the memory "
            f"(stateful) and cannot go back to an earlier step; use suffix='replay'"
        )
    shown = str(getattr(agent, "view", DEFAULT)) if view is None else view
    make_view(shown)

    def rerolled(step: int) -> Trajectory:
        return play(advance(trajectory.upto(step), ()), agent, make_view(shown))

    return rerolled


def losses(episode: Episode, step: int, dangling_update: Dangling = "insert") -> dict[int, float]:
    """What every question loses without a step: its number -> s_j - s_j(step := Skip).

    The later operations are replayed. Questions that have no score with the step or without it are
    left out.

    Args:
        episode: a finished one.
        step: the one to leave out.
        dangling_update: what a replay makes of the update of an entry that is not there.
    """
    again = _Again(episode)
    before, after = episode.trajectory.memories[step : step + 2]
    if not before.diff(after):
        return dict.fromkeys(again.before, 0.0)
    return again.losses(replay(episode.trajectory, [step], dangling_update))


def effect(episode: Episode, step: int, dangling_update: Dangling = "insert") -> float:
    """What `counterfactual` gives one step; the others cost nothing.

    Args:
        episode: a finished one.
        step: its number.
        dangling_update: see `losses`.

    Raises:
        NotMeasuredError: when no question could be scored.
    """
    lost = losses(episode, step, dangling_update)
    return _mean(list(lost.values()), f"without step {step}")


class _Again:
    """Asks the questions of an episode that have a score once more, of other memories.

    Attributes:
        before: number of a question -> the score it has.
        due: step -> numbers of the questions that are asked after it.
    """

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.before: dict[int, float] = {}
        self.due: dict[int, list[int]] = {}
        instance = episode.trajectory.instance
        for number, question in enumerate(instance.questions):
            score = episode.grades[number].score
            if score is not None:
                self.before[number] = score
                self.due.setdefault(instance.asked_after(question), []).append(number)
        self._back = False

    def ask(self, memory: Memory, numbers: Sequence[int]) -> list[float | None]:
        """The scores of some questions on a memory."""
        every = self.episode.trajectory.instance.questions
        grades = self.episode.grade(memory, [every[number] for number in numbers])
        return [grade.score for grade in grades]

    def scores(self, other: Trajectory) -> dict[int, float | None]:
        """The scores on another trajectory; where the memory is the same they stay."""
        found: dict[int, float | None] = dict(self.before)
        # Back and forth through the stream, so that a reader's index never has to jump.
        for moment in sorted(self.due, reverse=self._back):
            memory = other.memory_after(moment)
            if memory.digest != self.episode.trajectory.memory_after(moment).digest:
                numbers = self.due[moment]
                found.update(zip(numbers, self.ask(memory, numbers), strict=True))
        self._back = not self._back
        return found

    def losses(self, other: Trajectory) -> dict[int, float]:
        """What the questions lose on another trajectory, where they have a score."""
        return {
            number: self.before[number] - score
            for number, score in self.scores(other).items()
            if score is not None
        }


def _of_steps(episode: Episode, without: Callable[[int], Trajectory]) -> list[float]:
    """The effect of every step, given how to get the trajectory without it."""
    again, memories = _Again(episode), episode.trajectory.memories
    effects = [0.0] * len(episode.trajectory.steps)
    for step in range(len(effects)):
        if memories[step].diff(memories[step + 1]):
            lost = again.losses(without(step))
            effects[step] = _mean(list(lost.values()), f"without step {step}")
    return effects


def _mean(values: Sequence[float], where: str) -> float:
    found = mean(values)
    if found is None:
        raise _unscored(where)
    return found


def _unscored(where: str) -> NotMeasuredError:
    return NotMeasuredError(f"no question could be scored {where}: no effect to give")


@dataclass(frozen=True, slots=True)
class _Reading:
    """Questions asked of one memory, and their scores."""

    memory: Memory
    numbers: Sequence[int]
    scores: Sequence[float]


def _live(again: _Again) -> list[_Reading]:
    """Every question on the memory of its moment."""
    return [
        _Reading(
            again.episode.trajectory.memory_after(moment),
            numbers,
            [again.before[number] for number in numbers],
        )
        for moment, numbers in again.due.items()
    ]


def _frozen(again: _Again) -> list[_Reading]:
    """Every question on what was retrieved for it alone."""
    readings = []
    for moment, numbers in again.due.items():
        memory = again.episode.trajectory.memory_after(moment)
        for number in numbers:
            found = (item["entry"] for item in again.episode.evidence[number]["retrieved"])
            alone = memory.only(entry for entry in found if memory.get(entry) is not None)
            (score,) = again.ask(alone, [number])
            if score is not None:
                readings.append(_Reading(alone, [number], [score]))
    return readings


def _of_items(again: _Again, readings: Sequence[_Reading], owner: Owner) -> list[float]:
    """What the steps earn through their entries."""
    reads = sum(len(reading.memory) * len(reading.numbers) for reading in readings)
    if reads > MOST_READS:
        raise SettingError(
            f"credit 'counterfactual': unit='item' would ask {reads} questions here, one for each "
            f"entry and question, of at most {MOST_READS}; use retrieval='frozen' or unit='step'"
        )
    parts: list[list[float]] = [[] for _ in again.episode.trajectory.steps]
    whole = sum(len(reading.numbers) for reading in readings)
    if not whole:
        raise _unscored("from what was retrieved for it alone")
    for reading in readings:
        memory = reading.memory
        for entry in memory.entries:
            less, _ = memory.apply([Delete(entry.id)], memory.step + 1)
            after = again.ask(less, reading.numbers)
            pairs = zip(reading.scores, after, strict=True)
            lost = [score - left for score, left in pairs if left is not None]
            # All other questions keep their scores and count.
            count = whole - len(after) + len(lost)
            if not count:
                raise _unscored(f"without entry {entry.id}")
            owners = owners_of(entry.writers, owner)
            for step in owners:
                parts[step].append(fsum(lost) / count / len(owners))
    return [fsum(each) for each in parts]


@scheme(conserves=lambda settings: settings["empty"] == "uniform")
def shapley(
    episode: Episode,
    *,
    permutations: Count = 32,
    seed: Seed = 0,
    dangling_update: Dangling = "insert",
    empty: Empty = "uniform",
) -> list[float]:
    """What a step changes on average, whichever of the others are there.

        phi_t = mean over orders of the steps of v(steps up to t) - v(steps before t)

    The value of Shapley (Contributions to the Theory of Games II, 1953) of a game whose players
    are the steps and whose v(S) is the score when the steps in S alone are replayed: Data Shapley
    (Ghorbani and Zou, ICML 2019) with steps for data. It is estimated from orders drawn at random
    (Castro, Gomez and Tejada, Computers & Operations Research 36, 2009), each followed by its
    reverse: where a step is early in one it is late in the other, so what they miss tends to
    cancel (Mitchell et al., JMLR 23, 2022).

    The values sum to v(all) - v(none); with `empty="uniform"` the rewards sum to the score. It
    asks up to permutations * (T - 1) * n questions. Where all 2^T sets of steps cost no more than
    that, all are tried and the values are exact: up to 7 steps at 32 permutations. Steps without
    an operation (skipped, or malformed) earn nothing and are not counted in T.

    Args:
        episode: a finished one.
        permutations: orders drawn, in pairs: an odd number is rounded up.
        seed: of the draws.
        dangling_update: what a replay makes of the update of an entry that is not there.
        empty: what becomes of the score of an empty memory: `uniform` gives every step the same
            part, `drop` leaves it out.

    Raises:
        NotMeasuredError: when no question could be scored.
    """
    game = _Game(episode, dangling_update)
    samples = game.exact() if game.is_small(permutations) else game.sampled(permutations, seed)
    return game.rewards(samples, empty)


def shapley_with_error(
    episode: Episode,
    *,
    permutations: int = 32,
    seed: int = 0,
    dangling_update: Dangling = "insert",
    empty: Empty = "uniform",
) -> tuple[list[float], list[float]]:
    """The values of `shapley` and the standard error of each.

    The error is that of the mean over pairs of orders, which are drawn independently of each other
    (an order and its reverse are not). It is 0 where all sets of steps were tried.

    Args:
        episode: a finished one.
        permutations: see `shapley`; at least 3, which makes two pairs, save where it is exact.
        seed: see `shapley`.
        dangling_update: see `shapley`.
        empty: see `shapley`.

    Returns:
        T rewards, T standard errors.

    Raises:
        NotMeasuredError: when no question could be scored.
        SettingError: for a value out of range, or fewer than two pairs of orders.
    """
    accepted(
        shapley,
        {
            "permutations": permutations,
            "seed": seed,
            "dangling_update": dangling_update,
            "empty": empty,
        },
    )
    game = _Game(episode, dangling_update)
    if game.is_small(permutations):
        return game.rewards(game.exact(), empty), [0.0] * len(episode.trajectory.steps)
    if permutations < 3:
        raise SettingError(
            f"credit 'shapley': a standard error needs two pairs of permutations: at least 3, "
            f"not {permutations}"
        )
    samples = game.sampled(permutations, seed)
    return game.rewards(samples, empty), [_error(each) for each in samples]


def _error(sample: Sequence[float]) -> float:
    """The standard error of the mean of a sample."""
    count = len(sample)
    middle = fsum(sample) / count
    return sqrt(fsum((each - middle) ** 2 for each in sample) / (count * (count - 1)))


class _Game:
    """The score as a function of the steps that are kept.

    A set of players is an integer with the bit of each; steps that do nothing do not play.
    """

    def __init__(self, episode: Episode, dangling_update: Dangling) -> None:
        self._score = score_of(episode)
        self._trajectory = episode.trajectory
        self._dangling = dangling_update
        self._again = _Again(episode)
        self._players = [
            number
            for number, step in enumerate(episode.trajectory.steps)
            if not all(isinstance(each, Skip | Malformed) for each in step.operations)
        ]
        self._all = (1 << len(self._players)) - 1
        self._values = {self._all: self._score}

    def value(self, kept: int) -> float:
        """v(S): the mean score when these players alone are kept; each is worked out once."""
        if kept not in self._values:
            without = [step for bit, step in enumerate(self._players) if not kept >> bit & 1]
            after = self._again.scores(replay(self._trajectory, without, self._dangling))
            scores = [score for score in after.values() if score is not None]
            self._values[kept] = _mean(scores, f"without steps {without}")
        return self._values[kept]

    def is_small(self, permutations: int) -> bool:
        """Whether all sets cost no more than the permutations do."""
        count = len(self._players)
        return 1 << count <= 2 * _pairs(permutations) * max(0, count - 1) + 2

    def exact(self) -> list[list[float]]:
        """For every step its value."""
        count = len(self._players)
        # In the order of a Gray code: one step comes or goes at a time.
        values = {kept: self.value(kept) for kept in (i ^ i >> 1 for i in range(1 << count))}
        samples = [[0.0] for _ in self._trajectory.steps]
        for bit, step in enumerate(self._players):
            samples[step] = [
                fsum(
                    (values[kept | 1 << bit] - value) / (count * comb(count - 1, kept.bit_count()))
                    for kept, value in values.items()
                    if not kept >> bit & 1
                )
            ]
        return samples

    def sampled(self, permutations: int, seed: int) -> list[list[float]]:
        """For every step its mean gain in each pair of permutations."""
        draws = random.Random(seed)
        order = list(range(len(self._players)))
        samples: list[list[float]] = [[] for _ in self._trajectory.steps]
        for _ in range(_pairs(permutations)):
            draws.shuffle(order)
            gains = self._gains(order)
            for bit, step in enumerate(self._players):
                samples[step].append(gains[bit])
        return [each or [0.0, 0.0] for each in samples]

    def _gains(self, order: Sequence[int]) -> dict[int, float]:
        """The mean gain of every player in an order and in its reverse."""
        before = [0]
        for player in order:
            before.append(before[-1] | 1 << player)
        # The sets of the reverse are what is left of these: downwards one step goes at a time.
        up = [self.value(kept) for kept in before]
        down = [self.value(self._all ^ kept) for kept in before]
        return {
            player: (up[at + 1] - up[at] + down[at] - down[at + 1]) / 2
            for at, player in enumerate(order)
        }

    def rewards(self, samples: Sequence[Sequence[float]], empty: Empty) -> list[float]:
        """The mean of every step's samples, and its part in the score of an empty memory."""
        alike = self.value(0) / len(samples) if empty == "uniform" else 0.0
        return [fsum((*sample, alike * len(sample))) / len(sample) for sample in samples]


def _pairs(permutations: int) -> int:
    return -(-permutations // 2)
