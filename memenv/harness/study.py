"""What a study of credit schemes measures: schemes, their parameters, perturbed copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memenv import registry, run
from memenv.errors import SettingError
from memenv.harness.config import Config
from memenv.harness.evaluate import plan
from memenv.harness.execute import Spec
from memenv.harness.failures import explained

TRUTHS = ("counterfactual", "shapley")
"""The schemes that the others are compared with."""

OURS = ("fork_replay",)
"""Registered schemes that no paper has published."""

FORKED = ("same_state", "fork_replay")
"""Schemes that compare steps taken from one memory: their `across` is over forks of one step."""

BY_CONSTRUCTION = {"fork_replay": ("across", "forks")}
"""What says nothing of a scheme, because it replays the very forks that it is measured on."""


@dataclass(frozen=True)
class Study:
    """What is measured.

    Attributes:
        config: agent, environments, reader; its credit scheme is not looked at.
        schemes: names or dotted paths.
        copies: perturbed rollouts of each episode, at least 2.
        drop: the probability of each operation to be left out of a copy, above 0 and below 1.
        permutations: for the Shapley values of an episode; an eighth of them for those of a copy,
            at least 2. 0 leaves Shapley values out.
        parameters: scheme -> its parameters; the others have their defaults.
    """

    config: Config
    schemes: tuple[str, ...]
    copies: int = 8
    drop: float = 0.2
    permutations: int = 32
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def copy_permutations(self) -> int:
        """For the Shapley values of a copy."""
        return max(2, self.permutations // 8) if self.permutations else 0


def schemes_of(named: Sequence[str]) -> tuple[str, ...]:
    """The schemes to measure, in the order of the report: published, ours, strangers', the truth.

    Args:
        named: registered names, of which only those are measured (all when there is none), and
            dotted paths, which are measured besides.

    Raises:
        UnknownNameError: for a name nobody knows.
    """
    known = registry.names("credit")
    for name in named:
        registry.load("credit", name)
    wanted = [name for name in named if name in known] or known
    added = [name for name in dict.fromkeys(named) if name not in known]
    special = (*TRUTHS, *OURS)
    return (
        *(name for name in known if name in wanted and name not in special),
        *(name for name in OURS if name in wanted),
        *added,
        *TRUTHS,
    )


def kind_of(scheme: str) -> str:
    """`published`, `ours`, `added` or `truth`."""
    if scheme in TRUTHS:
        return "truth"
    if scheme in OURS:
        return "ours"
    return "published" if scheme in registry.names("credit") else "added"


def planned(study: Study) -> tuple[tuple[Spec, ...], tuple[str, ...]]:
    """The episodes of a study, and notes on them.

    Raises:
        MemenvError: for a study that makes no sense.
    """
    if study.copies < 2:
        raise SettingError(f"copies must be at least 2, not {study.copies}")
    if not 0 < study.drop < 1:
        raise SettingError(f"drop is a probability above 0 and below 1, not {study.drop}")
    if study.permutations < 0 or study.permutations == 1:
        raise SettingError(f"permutations must be 0 or at least 2, not {study.permutations}")
    _check_parameters(study)
    for name in study.schemes:
        scheme_of(study, name)
    found = plan(study.config, None)
    return found.specs, found.notes


def _check_parameters(study: Study) -> None:
    for name in study.parameters:
        registry.load("credit", name)
        if name in TRUTHS:
            raise SettingError(f"{name} is what the others are compared with: no parameters")
        if name not in study.schemes:
            raise SettingError(f"parameters for {name}, which is not among the schemes to measure")


def scheme_of(study: Study, name: str) -> Any:
    """A scheme with the parameters of the study.

    Raises:
        MemenvError: when it cannot be made.
    """
    with explained(f"credit {name!r} cannot be made"):
        return run.named("credit", name, study.parameters.get(name))[0]
