"""Groups of rollouts, chunk by chunk in a fresh context, and what each of their steps is worth.

Nothing here knows of tokens or weights: a model is a function from conversations to texts. Rewards
are those of a credit scheme, advantages those of `memenv.credit.advantages`.

    >>> import memenv
    >>> from memenv_baselines.llm.styles import make_style
    >>> game = Game(make_style("tiny"), capacity=0.2)
    >>> instance = memenv.make("task", "overrides", size=2)(seed=1, split="train")
    >>> (played,) = play([instance], 2, game, lambda asked: [Said("[1] INSERT") for _ in asked])
    >>> len(played.advantages), played.advantages[0], [len(row) for row in played.said]
    (2, (0.0, 0.0), [2, 2])
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from memenv import pipeline, run
from memenv.credit import advantages, states_of
from memenv.errors import NotMeasuredError, SettingError
from memenv.models import Message, Models
from memenv.operations import Operation, Skip
from memenv.types import Episode, Instance, Trajectory
from memenv.views import make_view
from memenv_baselines.llm.styles import Style


@dataclass(frozen=True)
class Said:
    """What a model said in one turn.

    Attributes:
        text: as it is read.
        prompt: the tokens it was shown; empty for a model that tells no tokens.
        tokens: of what it said, with that which ended it.
        logprobs: of each of them, at the temperature it was said at.
    """

    text: str
    prompt: Sequence[int] = ()
    tokens: Sequence[int] = ()
    logprobs: Sequence[float] = ()


class Say(Protocol):
    """A model: answers to conversations that do not know of each other."""

    def __call__(self, asked: Sequence[Sequence[Message] | None]) -> Sequence[Said | None]:
        """An answer to each; `None` to `None`, which stands for an episode that has ended."""


@dataclass(frozen=True)
class Game:
    """What is played and how it is judged.

    Attributes:
        style: how the policy is asked and understood.
        capacity: of the memory: `None`, tokens or a share of the stream.
        layout: of the memory.
        view: what the policy is shown; `None` is what the style shows.
        reader: who answers the questions, by name.
        reader_arguments: for the reader.
        credit: the scheme that gives every step its reward, by name; group schemes too.
        credit_arguments: for the scheme.
        grouping: which rewards are compared (`memenv.credit.advantages`).
        unbiased: likewise.
        eps: likewise.
        questions: share of the questions of an instance that its rollouts are asked, at least
            one; the same ones for all rollouts of a group (Fine-Mem asks 0.2 of them).
        seed: of the choice of questions.
        models: the way to language models, for a reader that needs one.
    """

    style: Style
    capacity: float | None = None
    layout: str = "mem-alpha"
    view: str | None = None
    reader: str = "lexical"
    reader_arguments: Mapping[str, Any] = field(default_factory=dict)
    credit: str = "terminal"
    credit_arguments: Mapping[str, Any] = field(default_factory=dict)
    grouping: Any = "pooled"
    unbiased: bool = False
    eps: float = 1e-6
    questions: float = 1.0
    seed: int = 0
    models: Models | None = None

    def __post_init__(self) -> None:
        if isinstance(self.questions, bool) or not 0 < self.questions <= 1:
            raise SettingError(f"questions is a share above 0, at most 1, not {self.questions!r}")
        # Mistakes are told before a model is loaded.
        make_view(self.view or self.style.view)
        run.named("reader", self.reader, self.reader_arguments)
        run.named("credit", self.credit, self.credit_arguments)
        advantages([[0.0]], self.grouping, self.unbiased, self.eps)


@dataclass(frozen=True)
class Played:
    """The rollouts of one instance.

    Attributes:
        episodes: finished ones.
        said: `[G][T]`, what the model said.
        rewards: `[G][T]`, by the credit scheme.
        advantages: of the same shape.
    """

    episodes: tuple[Episode, ...]
    said: tuple[tuple[Said, ...], ...]
    rewards: tuple[tuple[float, ...], ...]
    advantages: tuple[tuple[float, ...], ...]

    def numbers(self) -> dict[str, float]:
        """What to watch: means over the rollouts, all from 0 to 1 but `writes`.

        `score`; `memory`, a share of the stream; of the operations `rejected` (which includes
        those that were none) and `skipped`; and `writes`, operations that changed the memory in
        a step.
        """
        steps = [step for episode in self.episodes for step in episode.trajectory.steps]
        did: list[Operation] = [operation for step in steps for operation in step.operations]
        outcomes = [outcome for step in steps for outcome in step.outcomes]
        rejected = sum(outcome.status == "rejected" for outcome in outcomes)
        skipped = sum(isinstance(operation, Skip) for operation in did)
        stream = self.episodes[0].trajectory.instance.tokens
        held = [episode.trajectory.memories[-1].tokens / stream for episode in self.episodes]
        scores = [episode.score for episode in self.episodes if episode.score is not None]
        return {
            "score": pipeline.mean(scores) or 0.0,
            "memory": pipeline.mean(held) or 0.0,
            "rejected": rejected / len(did),
            "skipped": skipped / len(did),
            "writes": (len(did) - rejected - skipped) / len(steps),
        }


def play(
    instances: Sequence[Instance],
    count: int,
    game: Game,
    say: Say,
    *,
    chunks: int | None = None,
    salt: str = "",
) -> list[Played]:
    """Play groups of rollouts side by side, all at the same chunk.

    Args:
        instances: one for each group.
        count: rollouts of each.
        game: what is played.
        say: the model. It is asked once per chunk about all rollouts, whoever has ended.
        chunks: how often it is asked, at least as often as the longest instance has chunks.
            Several machines that must ask together say the same number.
        salt: another one asks other questions.

    Raises:
        NotMeasuredError: when no question of an instance could be scored.
        MemenvError: for a setting that makes no sense.
    """
    asked = [sampled(instance, game, salt) for instance in instances]
    rollouts = [
        _Rollout(pipeline.begin(instance, game.layout, game.capacity), game)
        for instance in asked
        for _ in range(count)
    ]
    longest = max(len(instance.chunks) for instance in asked)
    for _ in range(longest if chunks is None else chunks):
        answers = say([rollout.asked() for rollout in rollouts])
        for rollout, answer in zip(rollouts, answers, strict=True):
            if answer is not None:
                rollout.hear(answer)
    groups = [rollouts[start : start + count] for start in range(0, len(rollouts), count)]
    return [_judged(group, game) for group in groups]


def sampled(instance: Instance, game: Game, salt: str = "") -> Instance:
    """The instance with the share of its questions that is asked; the same for the same salt."""
    count = max(1, round(game.questions * len(instance.questions)))
    if count >= len(instance.questions):
        return instance
    draw = random.Random(f"{game.seed}/{salt}/{instance.id}")
    chosen = sorted(draw.sample(range(len(instance.questions)), count))
    return replace(instance, questions=tuple(instance.questions[each] for each in chosen))


class _Rollout:
    """One episode while it is played."""

    def __init__(self, trajectory: Trajectory, game: Game) -> None:
        self.trajectory, self.said = trajectory, list[Said]()
        self._style = game.style
        self._view = make_view(game.view or game.style.view)

    def asked(self) -> list[Message] | None:
        """What the policy is asked at the chunk that is next; `None` at the end."""
        if len(self.trajectory.steps) == len(self.trajectory.instance.chunks):
            return None
        self._observation = pipeline.observe(self.trajectory, self._view)
        return self._style.messages(self._observation)

    def hear(self, said: Said) -> None:
        """Do what the model said."""
        self.said.append(said)
        text = self._style.heard(self._observation, said.text)
        self.trajectory = pipeline.act(self.trajectory, text)


def _judged(group: Sequence[_Rollout], game: Game) -> Played:
    """The rewards and advantages of the rollouts of one instance, who share what is asked."""
    instance = group[0].trajectory.instance
    reader, _ = run.named("reader", game.reader, game.reader_arguments)
    run.handed("reader", reader, game.models)
    credit, _ = run.named("credit", game.credit, game.credit_arguments)
    meter = run.meter_for(instance, pipeline.Grader(reader, run.scorer_for()), credit)
    episodes = [pipeline.assess(rollout.trajectory, meter) for rollout in group]
    rewards = rewarded(episodes, credit)
    states = states_of(episodes) if game.grouping == "same_state" else None
    compared = advantages(rewards, game.grouping, game.unbiased, game.eps, states=states)
    return Played(
        tuple(episodes),
        tuple(tuple(rollout.said) for rollout in group),
        tuple(map(tuple, rewards)),
        tuple(map(tuple, compared)),
    )


def rewarded(episodes: Sequence[Episode], credit: Any) -> list[list[float]]:
    """The step rewards of the rollouts of one instance, by a scheme for one or for a group.

    Raises:
        NotMeasuredError: when a rollout has no score.
    """
    if any(episode.score is None for episode in episodes):
        raise NotMeasuredError(
            f"no question of {episodes[0].trajectory.instance.id} could be scored: there is "
            f"nothing to learn from it"
        )
    if not getattr(credit, "group", False):
        return [list(pipeline.assign(episode, credit) or ()) for episode in episodes]
    given: Callable[[Sequence[Episode]], Sequence[Any]] = credit.assign
    rewards = [pipeline.numbers_of(row) for row in given([*map(pipeline.lent, episodes)])]
    wanted = [len(episode.trajectory.steps) for episode in episodes]
    if [len(row) for row in rewards] != wanted:
        raise SettingError(
            f"credit {getattr(credit, '__name__', credit)} gave rewards of lengths "
            f"{[len(row) for row in rewards]}; expected {wanted}"
        )
    return [list(row) for row in rewards]
