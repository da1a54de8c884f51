"""What can be chosen about a training run; the checkpoint depends on these and nothing else."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from memenv import registry
from memenv.credit.grouping import Grouping
from memenv.errors import SettingError, UnknownNameError
from memenv.memory import check_capacity, get_layout
from memenv.sources import Source, open_source

FORKED = ("same_state", "fork_replay")
"""Schemes that compare steps taken from one memory: their groups are forks of a leading rollout."""

MIXTURE = ("encyclopedia", "dialogue", "intents", "overrides", "amendments")


@dataclass(frozen=True)
class Settings:
    """A training run.

    Attributes:
        environments: tasks, Gymnasium ids or files of instances, in turn.
        credit: a scheme, or one of several episodes; see `docs/credit.md`.
        parameters: of the scheme.
        grouping: which rewards are compared, see `memenv.credit.advantages`.
        unbiased: how their variance is computed.
        steps: updates of the weights.
        seed: of everything that is drawn.
        group: rollouts of an instance.
        instances: of an update.
        questions: of an instance that are asked at most.
        capacity: of the memory.
        layout: of the memory.
        reader: who answers.
        sizes: chunks of the streams; longer ones come in as training goes on.
        epochs: passes over the rollouts of an update.
        clip: of the ratio of probabilities, on either side.
        rate: of Adam, at the beginning; it falls to a tenth.
        entropy: weight of the entropy, at the beginning; it falls to 0.
        kl: weight of the divergence from the policy that training began with.
        hidden: units of a layer.
        dropout: share of hashed words that are not seen in an update of the weights.
        temperature: of the choices in evaluations, as of the agent.
        start: a checkpoint to begin with; by default the weights are drawn.
        evaluate: updates between two evaluations, 0 for none but the last.
        evaluation: instances of each environment in an evaluation.
        save: updates between two checkpoints.
    """

    environments: tuple[str, ...] = MIXTURE
    credit: str = "broadcast"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    grouping: Grouping = "per_step"
    unbiased: bool = False
    steps: int = 700
    seed: int = 0
    group: int = 12
    instances: int = 10
    questions: int = 30
    capacity: float | None = 0.2
    layout: str = "mem-alpha"
    reader: str = "lexical"
    sizes: tuple[int, ...] = (2, 4, 8, 12)
    epochs: int = 4
    clip: float = 0.2
    rate: float = 8e-3
    entropy: float = 4e-3
    kl: float = 0.0
    hidden: int = 32
    dropout: float = 0.0
    temperature: float = 0.0
    start: str | None = None
    evaluate: int = 50
    evaluation: int = 4
    save: int = 25

    def __post_init__(self) -> None:
        for name, low in (
            *(("steps", 1), ("seed", 0), ("group", 2), ("instances", 1), ("questions", 1)),
            *(("epochs", 1), ("hidden", 1), ("evaluate", 0), ("evaluation", 1), ("save", 1)),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise SettingError(f"{name} is a whole number of at least {low}, not {value!r}")
        for name, most in (
            *(("clip", 1.0), ("rate", 1.0), ("entropy", 10.0), ("kl", 1e3), ("dropout", 0.99)),
        ):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or not 0 <= value <= most:
                raise SettingError(f"{name} is a number from 0 to {most:g}, not {value!r}")
        if self.hidden > 256:
            raise SettingError(f"hidden is at most 256, not {self.hidden}")
        if not self.sizes or not all(isinstance(size, int) and size > 0 for size in self.sizes):
            raise SettingError(f"sizes are numbers of chunks, at least 1, not {self.sizes!r}")
        if not self.environments:
            raise SettingError("expected at least one environment to train on")
        if self.grouping not in get_args(Grouping):
            raise SettingError(
                f"grouping is one of {', '.join(get_args(Grouping))}, not {self.grouping!r}"
            )
        check_capacity(self.capacity)
        get_layout(self.layout)
        for name in self.environments:
            source_of(name, self.sizes[0], "train")
        registry.make("credit", self.credit, **self.parameters)

    @property
    def forked(self) -> bool:
        """Whether the groups are forks of a leading rollout."""
        return self.credit in FORKED

    def sizes_at(self, update: int) -> tuple[int, ...]:
        """The lengths that streams may have at an update: two at first, all in the second half."""
        return self.sizes[: 2 + int(2 * max(0, len(self.sizes) - 2) * update / self.steps)]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        value = dataclasses.asdict(self)
        return {
            name: list(each) if isinstance(each, tuple) else each for name, each in value.items()
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Settings:
        """What `to_dict` wrote.

        Raises:
            SettingError: for what it did not write.
        """
        lists = {name: tuple(each) for name, each in value.items() if isinstance(each, list)}
        try:
            return cls(**{**value, **lists})
        except TypeError as error:
            raise SettingError(f"these are no settings of a training run: {error}") from None


Split = Literal["train", "validation", "test", "wording"]


def source_of(name: str, size: int, split: Split) -> Source:
    """Where the instances of an environment come from.

    Raises:
        SettingError: for what is no task, no Gymnasium id and no file.
    """
    task = registry.ENVIRONMENTS.get(name, {}).get("task", name)
    if task in registry.names("task") or (":" in task and "/" not in task):
        return open_source(task, size=size, split=split)
    if "." not in name and "/" not in name and "=" not in name:
        known = [*registry.names("task"), *registry.ENVIRONMENTS]
        raise UnknownNameError(f"unknown environment {name!r}; known: {', '.join(known)}")
    return open_source(data=name)
