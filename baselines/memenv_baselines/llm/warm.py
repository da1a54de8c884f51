"""The warm start: supervised learning from traces, of what is said and not of what is asked."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from transformers import Trainer, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from memenv_baselines.llm.checkpoint import Checkpoint
from memenv_baselines.llm.presets import Settings
from memenv_baselines.llm.saving import Saving, TrainingError, newest_checkpoint

_IGNORED = -100

T = TypeVar("T")


def warm_up(
    checkpoint: Checkpoint,
    pairs: Iterable[Mapping[str, Any]],
    settings: Settings,
    arguments: Mapping[str, Any],
    card: Mapping[str, Any],
    callbacks: Sequence[Any] = (),
) -> float:
    """Train a checkpoint in place on traces.

    Args:
        checkpoint: what is trained.
        pairs: traces.
        settings: how much and how fast.
        arguments: of transformers, those that both kinds of training share.
        card: to write beside checkpoints.
        callbacks: of transformers.

    Returns:
        The mean loss over the last tenth of the updates, in nats per token.

    Raises:
        TrainingError: when the loss is not finite, or a checkpoint cannot be written.
    """
    once = [_row(checkpoint, pair) for pair in pairs]
    count = settings.warm_rows if settings.warm_rows is not None else len(once)
    rows = ordered(once, count, settings.seed)
    world = int(arguments.get("world", 1))
    given = {name: value for name, value in arguments.items() if name != "world"}
    made = TrainingArguments(
        **{
            **given,
            "per_device_train_batch_size": max(1, settings.warm_batch // world),
            "max_steps": max(1, math.ceil(count / settings.warm_batch)),
            "learning_rate": settings.warm_rate,
            "lr_scheduler_type": "linear",
            "warmup_steps": 0.05,
            "weight_decay": 0.01,
            "remove_unused_columns": False,
            "save_steps": max(10, math.ceil(count / settings.warm_batch / 5)),
        }
    )
    trainer = _WarmUp(
        model=checkpoint.model,
        args=made,
        train_dataset=_Rows(rows),
        data_collator=lambda batch: _collated(batch, checkpoint.tokenizer.pad_token_id),
        callbacks=list(callbacks),
    )
    trainer.card = card
    trainer.remove_callback(PrinterCallback)
    done = trainer.train(resume_from_checkpoint=_text(newest_checkpoint(made.output_dir)))
    losses = [each["loss"] for each in trainer.state.log_history if "loss" in each]
    last = losses[-max(1, len(losses) // 10) :]
    return float(sum(last) / len(last) if last else done.training_loss)


def ordered(once: Sequence[T], count: int, seed: int) -> list[T]:
    """As many pairs as are wanted, all of them once before any again, shuffled each time."""
    draw, order = random.Random(f"warm/{seed}"), list[T]()
    while len(order) < count:
        order += draw.sample(once, len(once))
    return order[:count]


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


class _Rows(torch.utils.data.Dataset):  # type: ignore[misc]
    """(prompt, completion) in tokens."""

    def __init__(self, rows: Sequence[tuple[list[int], list[int]]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> tuple[list[int], list[int]]:
        return self._rows[number]


class _WarmUp(Saving, Trainer):  # type: ignore[misc]
    """Likelihood of the completions alone, in the order that the pairs are given in."""

    def _get_train_sampler(self, *_: Any) -> Any:
        return torch.utils.data.SequentialSampler(self.train_dataset)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **given: Any
    ) -> Any:
        """The mean over the tokens of the completions of a batch, in nats."""
        labels = inputs.pop("labels")
        width = labels.shape[1]
        # One more than the labels: the last token of the prompt foretells the first of them.
        outputs = model(**inputs, logits_to_keep=width + 1, use_cache=False)
        loss = torch.nn.functional.cross_entropy(
            outputs.logits[:, :-1].float().flatten(0, 1),
            labels.flatten(),
            ignore_index=_IGNORED,
        )
        if not bool(torch.isfinite(loss)):
            raise TrainingError(
                f"the loss of the warm start is {loss.item()} in update "
                f"{self.state.global_step}: {self.left()}; try a lower --warm-rate"
            )
        return (loss, outputs) if return_outputs else loss


def _row(checkpoint: Checkpoint, pair: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    tokenizer = checkpoint.tokenizer
    said = tokenizer(pair["completion"], add_special_tokens=False)["input_ids"]
    return checkpoint.tokens_of(pair["messages"]), [*said, checkpoint.stop]


def _collated(batch: Sequence[tuple[list[int], list[int]]], pad: int) -> dict[str, Any]:
    """Prompts end, and completions begin, at one place, so that logits are made for these alone."""
    before = max(len(prompt) for prompt, _ in batch)
    after = max(len(said) for _, said in batch)
    ids = torch.full((len(batch), before + after), pad)
    mask = torch.zeros_like(ids)
    labels = torch.full((len(batch), after), _IGNORED)
    for row, (prompt, said) in enumerate(batch):
        start, end = before - len(prompt), before + len(said)
        ids[row, start:end] = torch.tensor([*prompt, *said])
        mask[row, start:end] = 1
        labels[row, : len(said)] = torch.tensor(said)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}
