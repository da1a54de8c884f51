"""The policy of `memenv_baselines.compact` in torch, and the rollouts of an update as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from memenv_baselines.compact import Weights, shapes
from memenv_baselines.training.rollout import Group

_SCALES = {"embed": 0.1, "fixed": 0.3, "moving": 0.3, "last": 0.05}
_INCLINED = (1.6, 0.5, -1.5, -0.5, -2.0, -3.0)
"""Towards the choices, at first: to keep about as much as fits, and to try everything."""


class Policy(nn.Module):  # type: ignore[misc]
    """The network of `Weights`, to be trained.

    Args:
        weights: to begin with.
    """

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        for name, array in weights.arrays.items():
            self.register_parameter(name, nn.Parameter(torch.from_numpy(array.copy())))

    def weights(self) -> Weights:
        """As numpy arrays, which the rollouts are played with."""
        return Weights(
            {name: each.detach().numpy().copy() for name, each in self.named_parameters()}
        )

    def forward(self, batch: Batch, seen: Tensor | None = None) -> Tensor:
        """Log-probabilities `[N, choices]`.

        Args:
            batch: what was decided on.
            seen: which hashed words are seen, `[B]` of 0 and 1; by default all.
        """
        rows = self.get_parameter("embed")[batch.buckets]
        if seen is not None:
            rows = rows * seen[:, None]
        empty = torch.zeros(len(batch.counts), rows.shape[1])
        bags = empty.index_add(0, batch.owners, rows) / batch.counts.sqrt()[:, None]
        still = bags + batch.fixed @ self.get_parameter("fixed") + self.get_parameter("first")
        one = torch.tanh(still[batch.lines] + batch.moving @ self.get_parameter("moving"))
        two = torch.tanh(one @ self.get_parameter("middle") + self.get_parameter("second"))
        logits = two @ self.get_parameter("last") + self.get_parameter("third")
        return torch.log_softmax(logits.masked_fill(~batch.allowed, -1e9), -1)


def fresh(hidden: int, seed: int) -> Weights:
    """Weights drawn from a seed."""
    rng = np.random.default_rng([seed, 2])
    arrays = {}
    for name, shape in shapes(hidden).items():
        if len(shape) == 1:
            arrays[name] = np.zeros(shape, dtype=np.float32)
        else:
            scale = _SCALES.get(name, shape[0] ** -0.5)
            arrays[name] = (rng.standard_normal(shape) * scale).astype(np.float32)
    arrays["third"] += np.array(_INCLINED, dtype=np.float32)
    return Weights(arrays)


@dataclass(frozen=True, eq=False)
class Batch:
    """All decisions of an update, flat: N decisions on L lines with B hashed words.

    Attributes:
        buckets: `[B]`, the hashed words of all lines one after the other.
        owners: `[B]`, the line each belongs to.
        counts: `[L]`, how many each line has.
        fixed: `[L, F]`.
        lines: `[N]`, the line that was decided on.
        moving: `[N, M]`.
        allowed: `[N, choices]`.
        choices: `[N]`.
        logs: `[N]`, log-probabilities when the rollout was played.
        advantages: `[N]`.
    """

    buckets: Tensor
    owners: Tensor
    counts: Tensor
    fixed: Tensor
    lines: Tensor
    moving: Tensor
    allowed: Tensor
    choices: Tensor
    logs: Tensor
    advantages: Tensor

    def __len__(self) -> int:
        return len(self.choices)


def batch_of(groups: Sequence[Group]) -> Batch | None:
    """The decisions of groups in their order; `None` where no rollout was better than another."""
    buckets: list[Any] = []
    fixed: list[Any] = []
    columns: list[Any] = []
    known = 0
    for group in groups:
        for chunk, made in zip(group.chunks, group.decisions, strict=True):
            assert made.advantages is not None
            if not made.advantages.any() or not chunk.lines:
                continue
            count, width = made.choices.shape
            buckets += chunk.buckets
            fixed.append(chunk.fixed)
            places = np.tile(np.arange(known, known + width), count)
            known += width
            columns.append(
                (
                    places,
                    made.moving.reshape(count * width, -1),
                    made.allowed.reshape(count * width, -1),
                    made.choices.ravel(),
                    made.logs.ravel(),
                    np.repeat(made.advantages, width),
                )
            )
    if not columns:
        return None
    counts = np.array([len(each) for each in buckets])
    flat = [torch.from_numpy(np.concatenate(each)) for each in zip(*columns, strict=True)]
    lines, moving, allowed, choices, logs, gains = flat
    return Batch(
        torch.from_numpy(np.concatenate(buckets)),
        torch.from_numpy(np.repeat(np.arange(known), counts)),
        torch.from_numpy(counts.astype(np.float32)),
        torch.from_numpy(np.concatenate(fixed)),
        lines,
        moving,
        allowed,
        choices,
        logs,
        gains,
    )
