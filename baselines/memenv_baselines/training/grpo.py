"""GRPO for the compact policy: the loss, one update, and the loop.

    A = (r - mean of the group) / (std of the group + eps)             memenv.credit.advantages
    L = - mean min(rho A, clip(rho, 1 - c, 1 + c) A) - e H + k KL,   rho = p(choice) / p_played

Group relative policy optimisation (DeepSeekMath, arXiv 2402.03300, eq. 3 and 4) with the steps of
a memory manager: a step is a chunk, its action are the choices for all its lines, and each of
them has the advantage of the step. The mean is over all decisions of an update; KL is the estimator
of that paper, against the policy that training began with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from memenv.errors import SettingError
from memenv.lines import BUCKETS, CHOICES
from memenv_baselines import compact
from memenv_baselines.training import checkpoints
from memenv_baselines.training.crew import Crew
from memenv_baselines.training.network import Batch, Policy, batch_of, fresh
from memenv_baselines.training.rollout import Group
from memenv_baselines.training.settings import Settings

COLLAPSED, SILENT = 0.95, 0.02
"""Where one choice has that share, or the entropy is below that, a policy learns no more."""


def surrogate(logs: Tensor, played: Tensor, advantages: Tensor, clip: float) -> Tensor:
    """What GRPO makes larger, for each decision: the clipped ratio times the advantage."""
    ratio = (logs - played).exp()
    return torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)


def divergence(logs: Tensor, reference: Tensor) -> Tensor:
    """The estimator of KL(p || reference), at least 0 (arXiv 2402.03300, eq. 4), of each."""
    return (reference - logs).exp() - (reference - logs) - 1


def loss_of(
    every: Tensor, batch: Batch, clip: float, entropy: float, kl: float, reference: Tensor | None
) -> tuple[Tensor, Tensor]:
    """The loss of an update, and the mean entropy of the decisions.

    Args:
        every: log-probabilities `[N, choices]` of all choices.
        batch: what was done, and what it was worth.
        clip: of the ratio.
        entropy: its weight.
        kl: weight of the divergence.
        reference: log-probabilities `[N]` of the choices under the reference policy, with `kl`.
    """
    logs = every.gather(-1, batch.choices[:, None])[:, 0]
    spread = -(every.exp() * every.clamp(min=-100)).sum(-1).mean()
    loss = -surrogate(logs, batch.logs, batch.advantages, clip).mean() - entropy * spread
    if reference is not None:
        loss = loss + kl * divergence(logs, reference).mean()
    return loss, spread


class Learner:
    """The weights, the optimiser, and the number of updates they have seen."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        begun = fresh(settings.hidden, settings.seed)
        if settings.start is not None:
            begun = compact.load(settings.start)[0]
        self.policy = Policy(begun)
        self.reference = Policy(begun) if settings.kl else None
        self.adam = torch.optim.Adam(self.policy.parameters(), lr=settings.rate)
        self.update = 0

    def learn(self, groups: list[Group]) -> dict[str, Any]:
        """Update the weights once; what is to be said of it.

        Raises:
            SettingError: when the loss is no number any more; the weights stay as they were.
        """
        settings, left = self.settings, 1 - self.update / self.settings.steps
        batch, spread = batch_of(groups), torch.zeros(())
        if batch is not None:
            reference = None
            if self.reference is not None:
                with torch.no_grad():
                    reference = self.reference(batch).gather(-1, batch.choices[:, None])[:, 0]
            for part in self.adam.param_groups:
                part["lr"] = settings.rate * (0.1 + 0.9 * left)
            seen = self._seen(batch)
            for _ in range(settings.epochs):
                self.adam.zero_grad()
                loss, spread = loss_of(
                    self.policy(batch, seen),
                    batch,
                    settings.clip,
                    settings.entropy * left,
                    settings.kl,
                    reference,
                )
                loss.backward()
                norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), 1.0)
                if not (torch.isfinite(loss) and torch.isfinite(norm)):
                    raise SettingError(
                        f"the loss is no number at update {self.update}: a lower --rate may help; "
                        f"the last checkpoint is as it was"
                    )
                self.adam.step()
        self.update += 1
        return told(groups, float(spread.detach()))

    def _seen(self, batch: Batch) -> Tensor | None:
        """The hashed words that are not dropped in this update: the same in all epochs."""
        if not self.settings.dropout:
            return None
        rng = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.update)
        kept = torch.rand(BUCKETS, generator=rng) >= self.settings.dropout
        return kept.float()[batch.buckets] / (1 - self.settings.dropout)


def told(groups: list[Group], entropy: float) -> dict[str, Any]:
    """What is said of an update."""
    counts = [0] * len(CHOICES)
    for group in groups:
        for each in group.decisions:
            for choice, count in enumerate(_counts(each.choices)):
                counts[choice] += count
    made = max(sum(counts), 1)
    return {
        "score": _mean(score for group in groups for score in group.scores),
        "entropy": entropy,
        "choices": {name: count / made for name, count in zip(CHOICES, counts, strict=True)},
        "memory": _mean(group.memory for group in groups),
        "rejected": _mean(group.rejected for group in groups),
        "episodes": sum(len(group.scores) for group in groups),
        "seconds": fsum(group.seconds for group in groups),
    }


def _counts(choices: Any) -> list[int]:
    found: list[int] = torch.bincount(
        torch.from_numpy(choices).ravel(), minlength=len(CHOICES)
    ).tolist()
    return found


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return fsum(found) / max(len(found), 1)


def warnings_of(row: Mapping[str, Any]) -> list[str]:
    """What is wrong with a policy that has collapsed."""
    most = max(row["choices"], key=row["choices"].__getitem__)
    found = []
    if row["choices"][most] > COLLAPSED:
        found.append(f"{row['choices'][most]:.0%} of the choices are {most}")
    if row["entropy"] < SILENT:
        found.append(f"the entropy is {row['entropy']:.3f}")
    return found


@dataclass(frozen=True)
class Watch:
    """Who is told of a run while it goes on.

    Attributes:
        update: (number, what is said of it), after each.
        evaluation: (number of updates, environment -> mean score), after each.
        warning: a sentence.
    """

    update: Callable[[int, Mapping[str, Any]], None] = lambda number, row: None
    evaluation: Callable[[int, Mapping[str, float]], None] = lambda number, scores: None
    warning: Callable[[str], None] = lambda text: None


def train(
    settings: Settings,
    folder: Path,
    *,
    workers: int = 2,
    resume: bool = False,
    watch: Watch | None = None,
) -> list[dict[str, Any]]:
    """Train a policy; `folder` then holds its checkpoint, and the log that is given back.

    Args:
        settings: all that the weights depend on.
        folder: for `policy.safetensors`, `card.json`, `state.safetensors` and `log.jsonl`.
        workers: processes that play; with 0 everything is done in this one.
        resume: go on from the state in the folder, if there is one.
        watch: who is told.

    Raises:
        SettingError: for a folder with another run in it, or a loss that is no number.
        StoreError: when the checkpoint cannot be written; the last one is as it was.
    """
    torch.set_num_threads(1)
    watch = watch or Watch()
    learner = Learner(settings)
    log = checkpoints.begun(folder, learner, resume=resume)
    collapsed = 0
    with Crew(settings, workers) as crew:
        if not learner.update:
            _evaluate(crew, learner, log, watch)
        while learner.update < settings.steps:
            number = learner.update
            row = learner.learn(crew.play(learner.policy.weights(), number))
            log.append({"update": number, **row})
            watch.update(number, row)
            found = warnings_of(row)
            collapsed = collapsed + 1 if found else 0
            if collapsed == 5:
                watch.warning(f"the policy has collapsed at update {number}: {', '.join(found)}")
            done = learner.update == settings.steps
            if done or (settings.evaluate and learner.update % settings.evaluate == 0):
                _evaluate(crew, learner, log, watch)
            if done or learner.update % settings.save == 0:
                checkpoints.save_run(folder, learner, log)
    return log


def _evaluate(crew: Crew, learner: Learner, log: list[dict[str, Any]], watch: Watch) -> None:
    scores = crew.evaluate(learner.policy.weights())
    log.append({"updates": learner.update, "evaluation": scores})
    watch.evaluation(learner.update, scores)
