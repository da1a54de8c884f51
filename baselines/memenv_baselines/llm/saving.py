"""Checkpoints that can be relied on: written whole or not at all, and never with broken weights.

A mixin for a `Trainer` of transformers. The card is written last, so a checkpoint with a card is
complete: what is resumed from is the newest of those.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from memenv.errors import MemenvError
from memenv_baselines.llm.checkpoint import CARD
from memenv_baselines.llm.needed import needed


class TrainingError(MemenvError):
    """Training cannot go on; the message says what is left of it."""


class Saving:
    """What a trainer does instead when it saves."""

    args: Any
    state: Any
    accelerator: Any
    card: Mapping[str, Any]
    """What is written beside every checkpoint."""

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
        broken = broken_weight(self.accelerator.unwrap_model(model))
        if broken is not None:
            raise TrainingError(
                f"after update {self.state.global_step} the weight {broken} is not finite: "
                f"{self.left()}; try a lower --lr"
            )

        def write() -> None:
            super(Saving, self)._save_checkpoint(model, trial)  # type: ignore[misc]
            if self.args.should_save:
                write_card(folder, {**self.card, "update": self.state.global_step})

        self.saved(folder, write, whole=True)

    def saved(self, folder: Path, write: Callable[[], Any], *, whole: bool = False) -> None:
        """Write something; a folder that could not be written whole is removed.

        Raises:
            TrainingError: when it cannot be written.
        """
        try:
            write()
        except writing_errors() as error:
            if whole and self.args.should_save:
                shutil.rmtree(folder, ignore_errors=True)
            said = " ".join(str(error).split())[:200]
            raise TrainingError(f"{folder} cannot be written ({said}): {self.left()}") from None

    def left(self) -> str:
        """What there is to go on from."""
        newest = newest_checkpoint(self.args.output_dir)
        if newest is None:
            return "no checkpoint was written yet"
        return f"{newest} is the last good one, and the same command goes on from it"


def writing_errors() -> tuple[type[BaseException], ...]:
    """What the libraries raise when a disk is full."""
    (safetensors,) = needed("safetensors")
    return (OSError, RuntimeError, safetensors.SafetensorError)


def broken_weight(model: Any) -> str | None:
    """The name of a weight that is trained and has a NaN or an infinity in it."""
    (torch,) = needed("torch")
    for name, weight in model.named_parameters():
        if weight.requires_grad and not bool(torch.isfinite(weight).all()):
            return str(name)
    return None


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write a card, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{CARD}.part"
    part.write_text(json.dumps({"format": 1, **card}, indent=1, sort_keys=True) + "\n", "utf-8")
    os.replace(part, folder / CARD)


def newest_checkpoint(folder: str | os.PathLike[str]) -> Path | None:
    """The newest complete checkpoint in a folder."""
    found = [
        (int(number), path)
        for path in Path(folder).glob("checkpoint-*")
        if (number := path.name.removeprefix("checkpoint-")).isdigit() and (path / CARD).exists()
    ]
    return max(found)[1] if found else None
