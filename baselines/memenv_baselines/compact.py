"""`compact`: a policy of some ten thousand weights that decides line by line what to keep.

It was trained with GRPO (`memenv train compact`, `docs/train-a-policy.md`) and needs numpy alone.
What it sees of a line and what it can do with it is in `memenv.lines`.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from memenv.errors import DataError, SettingError
from memenv.lines import (
    BUCKETS,
    CHOICES,
    FIXED,
    MOVING,
    Floats,
    Reading,
    Scene,
    chosen,
    look,
    look_at,
    operations,
    read,
)
from memenv.operations import Operation
from memenv.protocols import Observation
from memenv.types import Trajectory

FORMAT = 1
"""Of a checkpoint; another number is another layout of weights or another meaning of features."""

FEATURES = hashlib.sha256(json.dumps([FIXED, MOVING, CHOICES, BUCKETS]).encode()).hexdigest()[:16]
"""What the weights were made for."""

LARGEST = 16 << 20
"""Bytes of a checkpoint that are read."""


def shapes(hidden: int) -> dict[str, tuple[int, ...]]:
    """The arrays of a policy: name -> shape, in the order of a flat gradient."""
    return {
        "embed": (BUCKETS, hidden),
        "fixed": (len(FIXED), hidden),
        "first": (hidden,),
        "moving": (len(MOVING), hidden),
        "middle": (hidden, hidden),
        "second": (hidden,),
        "last": (hidden, len(CHOICES)),
        "third": (len(CHOICES),),
    }


@dataclass(frozen=True, eq=False)
class Weights:
    """The network: two hidden layers of tanh over a bag of hashed words and the numbers of a line.

        h1 = tanh(sum(embed) / sqrt(count) + fixed F + moving M + b1)
        h2 = tanh(h1 W + b2);  log p = log_softmax(h2 V + b3), over what is allowed

    Attributes:
        arrays: float32, as `shapes` has them.
    """

    arrays: Mapping[str, Floats]

    def still(self, chunk: Reading) -> Floats:
        """The part of the first layer that depends on the chunk alone, `[n, H]`."""
        arrays = self.arrays
        if not chunk.lines:
            return np.zeros((0, len(arrays["first"])), dtype=np.float32)
        counts = np.array([len(each) for each in chunk.buckets])
        starts = np.cumsum(counts) - counts
        rows = arrays["embed"][np.concatenate(chunk.buckets)]
        bags = np.add.reduceat(rows, starts, axis=0) / np.sqrt(counts, dtype=np.float32)[:, None]
        still: Floats = bags + chunk.fixed @ arrays["fixed"] + arrays["first"]
        return still

    def log_probabilities(
        self, still: Floats, moving: Floats, allowed: npt.NDArray[np.bool_]
    ) -> Floats:
        """Of every choice for every line, `[..., n, len(CHOICES)]`."""
        return self._layers(still, moving, allowed)[-1]

    def _layers(
        self, still: Floats, moving: Floats, allowed: npt.NDArray[np.bool_]
    ) -> tuple[Floats, Floats, Floats]:
        arrays = self.arrays
        one = np.tanh(still + moving @ arrays["moving"])
        two = np.tanh(one @ arrays["middle"] + arrays["second"])
        logits = np.where(allowed, two @ arrays["last"] + arrays["third"], np.float32(-1e9))
        logits = logits - logits.max(-1, keepdims=True)
        logs: Floats = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return one, two, logs

    def gradient(self, chunk: Reading, scene: Scene, choices: npt.NDArray[np.int64]) -> Floats:
        """The gradient of the log-probability of the choices for a chunk, flat, as `shapes`."""
        arrays, count = self.arrays, len(chunk.lines)
        found: dict[str, Any] = {name: np.zeros_like(each) for name, each in arrays.items()}
        if count:
            one, two, logs = self._layers(self.still(chunk), scene.moving, scene.allowed)
            top = -np.exp(logs)
            top[np.arange(count), choices] += 1
            middle: Floats = (top @ arrays["last"].T) * (1 - two**2)
            first = (middle @ arrays["middle"].T) * (1 - one**2)
            found["last"], found["third"] = two.T @ top, top.sum(0)
            found["middle"], found["second"] = one.T @ middle, middle.sum(0)
            found["moving"], found["fixed"] = scene.moving.T @ first, chunk.fixed.T @ first
            found["first"] = first.sum(0)
            for buckets, row in zip(chunk.buckets, first, strict=True):
                np.add.at(found["embed"], buckets, row / math.sqrt(len(buckets)))
        return np.concatenate([found[name].ravel() for name in shapes(1)])


def drawn(chunk: Reading, logs: Floats, temperature: float, seed: int) -> npt.NDArray[np.int64]:
    """A choice for every line: the likeliest at temperature 0, else drawn.

    The draw depends on the text of the line and the seed alone, so the same line in the same
    memory is always treated alike.
    """
    values: npt.NDArray[Any] = logs
    if temperature:
        noise = np.array([_noise(seed, line.text) for line in chunk.lines]).reshape(logs.shape)
        # Gumbel's trick: the largest of log p / temperature + noise is a draw.
        values = logs / temperature + noise
    best: npt.NDArray[np.int64] = values.argmax(-1)
    return best


@functools.lru_cache(maxsize=1 << 14)
def _noise(seed: int, text: str) -> tuple[float, ...]:
    digest = hashlib.blake2b(f"{seed}/{text}".encode(), digest_size=4 * len(CHOICES)).digest()
    parts = (digest[4 * i : 4 * i + 4] for i in range(len(CHOICES)))
    return tuple(-math.log(-math.log((int.from_bytes(part) + 0.5) / 2**32)) for part in parts)


class Compact:
    """Keeps what a small trained policy picks.

    Args:
        path: of a checkpoint; by default the one that comes with memenv.
        temperature: 0 takes the likeliest choice for every line; above it choices are drawn, at 1
            as they were in training.
        seed: of the draws.
    """

    view = "full"

    def __init__(self, path: str | None = None, temperature: float = 0.0, seed: int = 0) -> None:
        if isinstance(temperature, bool) or not isinstance(temperature, int | float):
            raise SettingError(f"agent 'compact': temperature is a number, not {temperature!r}")
        if not 0 <= temperature <= 100:
            raise SettingError(
                f"agent 'compact': temperature is from 0 to 100, not {temperature!r}"
            )
        self.temperature, self.seed = float(temperature), seed
        self.weights, self.card, digest = load(path)
        self.version = f"1-{digest[:12]}"

    def act(self, observation: Observation) -> Sequence[Operation]:
        """The operations for the lines of the chunk, in their order."""
        chunk = read(observation.chunk.text)
        scene = look_at(
            chunk,
            observation.entries,
            observation.layout,
            observation.tokens,
            observation.capacity,
            observation.step,
            observation.steps,
        )
        logs = self.weights.log_probabilities(
            self.weights.still(chunk), scene.moving, scene.allowed
        )
        return operations(chunk, scene, drawn(chunk, logs, self.temperature, self.seed).tolist())

    def score_function(self, trajectory: Trajectory) -> npt.NDArray[np.float64]:
        """The gradient of the log-probability of what was done at each step, `[T, P]`.

        What was done with a line is read from the operations, so it is known of a replay too.
        """
        rows = []
        for number, step in enumerate(trajectory.steps):
            chunk = read(trajectory.instance.chunks[number].text)
            scene = look(chunk, trajectory.memories[number], len(trajectory.instance.chunks))
            choices = np.array(chosen(chunk, scene, step.operations), dtype=np.int64)
            rows.append(self.weights.gradient(chunk, scene, choices))
        return np.array(rows, dtype=np.float64)


def load(path: str | os.PathLike[str] | None = None) -> tuple[Weights, dict[str, Any], str]:
    """A policy, its card, and the sha256 of its file.

    Raises:
        DataError: for a file that cannot be read, or is no checkpoint of this version.
    """
    if path is None:
        folder = importlib.resources.files("memenv_baselines")
        content, name = (
            (folder / "data" / "compact.safetensors").read_bytes(),
            "compact.safetensors",
        )
    else:
        content, name = _bytes(Path(path)), str(path)
    return (*_parsed(content, name), hashlib.sha256(content).hexdigest())


def _bytes(path: Path) -> bytes:
    if path.is_dir():
        path = path / "policy.safetensors"
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path}: larger than any checkpoint of agent 'compact'")
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path}: {error.strerror}; expected a checkpoint of agent 'compact'"
        ) from None


def _parsed(content: bytes, name: str) -> tuple[Weights, dict[str, Any]]:
    """The arrays of a safetensors file: a length, a header of JSON, and the numbers."""
    try:
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length].decode())
        card = json.loads(header.pop("__metadata__")["card"])
        made = (card["format"], card["features"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DataError(f"{name}: no checkpoint of agent 'compact'") from None
    if made != (FORMAT, FEATURES):
        raise DataError(
            f"{name}: a checkpoint of format {made[0]!r} for features {made[1]!r}; this version "
            f"has {FORMAT} and {FEATURES!r}: train it again, or use the version that made it"
        )
    try:
        arrays = {key: _array(content[8 + length :], value) for key, value in header.items()}
        wanted = shapes(arrays["first"].shape[0])
    except (KeyError, TypeError, ValueError, IndexError):
        raise DataError(f"{name}: damaged: it has not the arrays that it names") from None
    if {key: each.shape for key, each in arrays.items()} != wanted:
        raise DataError(f"{name}: its arrays have not the shapes of agent 'compact'")
    if not all(np.isfinite(each).all() for each in arrays.values()):
        raise DataError(f"{name}: its weights are not all numbers")
    return Weights({key: arrays[key] for key in wanted}), card


def _array(content: bytes, value: Mapping[str, Any]) -> Floats:
    start, end = value["data_offsets"]
    kind = {"F32": "<f4", "F16": "<f2"}[value["dtype"]]
    found = np.frombuffer(content[start:end], dtype=kind)
    return found.astype(np.float32).reshape(value["shape"])
