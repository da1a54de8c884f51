"""What a training run leaves on disk, and how it goes on after it was killed.

- `policy.safetensors`: the weights, with the card as metadata; what `-a path=` takes;
- `card.json`: what it was trained on, with which settings, and its curves;
- `state.safetensors`: the weights, the optimiser's numbers and the update, to go on from;
- `log.jsonl`: a line for every update and evaluation.

A file is written whole beside its place and then put there, so that a run that is killed, or a full
disk, leaves the last good one.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from memenv import __version__
from memenv.errors import SettingError, StoreError
from memenv_baselines.compact import FEATURES, FORMAT, Weights
from memenv_baselines.training.settings import Settings

if TYPE_CHECKING:
    from memenv_baselines.training.grpo import Learner

TIMES = ("seconds",)
"""What differs between two runs with the same settings."""


def card_of(settings: Settings, log: list[dict[str, Any]], updates: int) -> dict[str, Any]:
    """What is said of a policy: nothing in it depends on the machine's speed."""
    rows = [row for row in log if "update" in row]
    return {
        "agent": "compact",
        "format": FORMAT,
        "features": FEATURES,
        "memenv": __version__,
        "settings": settings.to_dict(),
        "updates": updates,
        "episodes": sum(row["episodes"] for row in rows),
        "held_out": "split validation of the same environments, at the largest size",
        "evaluations": [row for row in log if "evaluation" in row],
        "curve": [
            {name: value for name, value in row.items() if name not in TIMES}
            for row in rows[:: max(1, len(rows) // 50)]
        ],
        "trained_on_real_text": False,
    }


def save_policy(path: Path, weights: Weights, card: Mapping[str, Any]) -> None:
    """Write the weights with their card.

    Raises:
        StoreError: when it cannot be written; what was there stays.
    """
    written(path, save(dict(weights.arrays), {"card": json.dumps(card, sort_keys=True)}))


def begun(folder: Path, learner: Learner, *, resume: bool) -> list[dict[str, Any]]:
    """Make the folder ready; with `resume` the learner goes on from it. Gives the log so far.

    Raises:
        SettingError: for a folder with a run in it that is not to be resumed, or another one.
        StoreError: for a state that cannot be read, or a folder that cannot be made.
    """
    state = folder / "state.safetensors"
    if not state.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: {error.strerror}") from None
        return []
    if not resume:
        raise SettingError(f"{folder} has a run in it: --resume goes on with it, or name another")
    try:
        arrays = load_file(state)
        with state.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            about = json.loads(json.loads(file.read(length))["__metadata__"]["about"])
        log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise StoreError(f"{folder}: the run cannot be read: {error}") from None
    _check_same(folder, about, learner.settings)
    with torch.no_grad():
        for name, parameter in learner.policy.named_parameters():
            parameter.copy_(torch.from_numpy(arrays[name]))
            if f"{name}.mean" in arrays:
                learner.adam.state[parameter] = {
                    "step": torch.tensor(float(arrays[f"{name}.step"][0])),
                    "exp_avg": torch.from_numpy(arrays[f"{name}.mean"].copy()),
                    "exp_avg_sq": torch.from_numpy(arrays[f"{name}.square"].copy()),
                }
    learner.update = int(about["updates"])
    # Lines after the last state belong to updates that are made again.
    return log[: int(about["lines"])]


def _check_same(folder: Path, about: Mapping[str, Any], settings: Settings) -> None:
    if (about["format"], about["features"]) != (FORMAT, FEATURES):
        raise SettingError(f"{folder}: the run is of another version of memenv: begin a new one")
    ours = json.loads(json.dumps(settings.to_dict()))
    other = [name for name in ours if about["settings"].get(name) != ours[name]]
    if other:
        name = other[0]
        raise SettingError(
            f"{folder}: the run there has {name} {about['settings'].get(name)!r}, not "
            f"{ours[name]!r}: resume it with its own settings, or name another folder"
        )


def save_run(folder: Path, learner: Learner, log: list[dict[str, Any]]) -> None:
    """Write log, state and policy of a run.

    Raises:
        StoreError: when one cannot be written; the last good checkpoint stays.
    """
    arrays: dict[str, Any] = {}
    for name, parameter in learner.policy.named_parameters():
        arrays[name] = parameter.detach().numpy()
        if kept := learner.adam.state.get(parameter):
            arrays[f"{name}.mean"] = kept["exp_avg"].numpy()
            arrays[f"{name}.square"] = kept["exp_avg_sq"].numpy()
            arrays[f"{name}.step"] = np.array([float(kept["step"])], dtype=np.float32)
    about = {
        "format": FORMAT,
        "features": FEATURES,
        "settings": learner.settings.to_dict(),
        "updates": learner.update,
        "lines": len(log),
    }
    lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in log)
    # The log may be ahead of the state, never behind it.
    written(folder / "log.jsonl", lines.encode())
    written(
        folder / "state.safetensors", save(arrays, {"about": json.dumps(about, sort_keys=True)})
    )
    card = card_of(learner.settings, log, learner.update)
    save_policy(folder / "policy.safetensors", learner.policy.weights(), card)
    written(folder / "card.json", (json.dumps(card, indent=2, sort_keys=True) + "\n").encode())


def written(path: Path, content: bytes) -> None:
    """Put a whole file into its place.

    Raises:
        StoreError: when it cannot be written; what was there stays.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise StoreError(
            f"{path} cannot be written: {error.strerror}; the last checkpoint is as it was, and "
            f"--resume goes on from it"
        ) from None
