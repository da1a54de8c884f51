"""TRL's `GRPOTrainer` on groups of rollouts with a fresh context for every chunk.

A row of TRL is a chunk of a rollout. `rollout_func` is handed every group as G x C equal prompts,
C being the most chunks an instance has; it plays the G rollouts and gives back one row per chunk,
masked ones where an episode has fewer. TRL would compare those rows in its own way: the advantages
are replaced by ours (`memenv.credit.advantages`), and loss, clipping and KL are TRL's.

This module needs the extra `train`; `memenv_baselines.llm.train` imports it when it is used.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from trl import GRPOConfig, GRPOTrainer
from trl.models import unwrap_model_for_generation

from memenv.errors import SettingError
from memenv.models import Message
from memenv.types import Instance
from memenv_baselines.llm.checkpoint import Checkpoint
from memenv_baselines.llm.play import Game, Played, Said, play
from memenv_baselines.llm.presets import Settings
from memenv_baselines.llm.saving import Saving, TrainingError, write_card
from memenv_baselines.llm.serving import Server

T = TypeVar("T")


class MemoryTrainer(Saving, GRPOTrainer):  # type: ignore[misc]
    """GRPO on the steps of memory episodes.

    Args:
        settings: of the run.
        game: what is played.
        instances: row number -> what is played; `data` of `arguments_of` names them.
        chunks: the most that one of them has.
        checkpoint: model and tokenizer; the model is the one that is trained.
        arguments: those of TRL.
        **given: to `GRPOTrainer`, such as `peft_config`.
    """

    def __init__(
        self,
        settings: Settings,
        game: Game,
        instances: Sequence[Instance],
        chunks: int,
        checkpoint: Checkpoint,
        arguments: GRPOConfig,
        **given: Any,
    ) -> None:
        self._settings, self._game, self._chunks = settings, game, chunks
        self._instances = instances
        self._fresh: list[Played] = []
        self.curve: list[dict[str, Any]] = []
        self.card: Mapping[str, Any] = {}
        self._server: Server | None = None
        self._served = ""
        super().__init__(
            model=checkpoint.model,
            reward_funcs=[step_reward],
            args=arguments,
            processing_class=checkpoint.tokenizer,
            rollout_func=_rollout,
            **given,
        )
        self._asked = Checkpoint(
            self.accelerator.unwrap_model(self.model), checkpoint.tokenizer, checkpoint.stops
        )
        if settings.vllm_url is not None:
            self._server = Server(settings.vllm_url)
            self._served = self._server.model()

    def finish(self) -> None:
        """Write the model at the end, and the card that makes the run finished.

        Raises:
            TrainingError: when it cannot be written.
        """
        folder = Path(self.args.output_dir)
        curve = [
            {"update": each["step"], "score": each["score"], "memory": each["memory"]}
            for each in self.state.log_history
            if "score" in each
        ]
        done = {"update": self.state.global_step, "curve": curve, "held_out": self.curve}

        def write() -> None:
            self.save_model()
            if self.accelerator.is_main_process:
                write_card(folder, {**self.card, **done})

        self.saved(folder, write)

    # --- what TRL asks for ------------------------------------------------------------------------

    def rows(self, prompts: Sequence[str]) -> dict[str, Any]:
        """Play the groups that some prompts stand for; a row for each chunk of each rollout.

        Args:
            prompts: numbers of instances, each G x C times in a row.
        """
        count = self._settings.group
        size = count * self._chunks
        groups = list(prompts[::size])
        # A group that is split between processes would be compared with strangers.
        if [each for each in groups for _ in range(size)] != list(prompts):
            raise SettingError(
                f"a process was given {len(prompts)} rows, not whole groups of {size}: rows per "
                f"process and round must be a multiple of group x chunks"
            )
        self.sync()
        salt = f"{self._settings.seed}/{self.state.global_step}/{self.accelerator.process_index}"
        self._fresh = play(
            [self._instances[int(number)] for number in groups],
            count,
            self._game,
            lambda asked: self.say(asked, self._settings.temperature, salt),
            chunks=self._chunks,
            salt=salt,
        )
        return self._filled(self._fresh)

    def say(
        self, asked: Sequence[Sequence[Message] | None], temperature: float, salt: str
    ) -> list[Said | None]:
        """The policy's answers, by this process or by the server."""
        prompts = [self._asked.tokens_of(each) for each in asked if each is not None]
        seed = f"{salt}/{sum(map(len, prompts))}/{len(prompts)}"
        limit = self._game.style.max_tokens
        if self._server is not None:
            said = self._by_server(self._server, prompts, limit, temperature, seed)
        else:
            said = self._by_model(prompts, limit, temperature, seed)
        answers = iter(said)
        return [None if each is None else next(answers) for each in asked]

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        output: dict[str, Any] = super()._generate_and_score_completions(inputs)
        device = output["advantages"].device
        wanted = self._row_by_row([each.advantages for each in self._fresh], None)
        ours = [0.0 if each is None else each for each in wanted]
        output["advantages"] = torch.tensor(ours, dtype=torch.float32, device=device)
        # Masked rows count in means over rows; this takes them out again.
        local = torch.tensor([len(wanted), len(wanted) - wanted.count(None)], device=device)
        total = self.accelerator.gather(local).view(-1, 2).sum(0)
        self._stretch = float(total[0] / total[1].clamp(min=1))
        if self._server is not None:
            self._corrected(output)
        return output

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> Any:
        loss = super()._compute_loss(model, inputs)
        if self.loss_type in ("grpo", "dr_grpo", "sapo"):
            loss = loss * self._stretch
        if not bool(torch.isfinite(loss)):
            raise TrainingError(
                f"the loss is {loss.item()} in round {self.state.global_step}: "
                f"{self.left()}; try a lower --lr"
            )
        return loss

    # --- within -----------------------------------------------------------------------------------

    def _by_model(
        self, prompts: Sequence[Sequence[int]], limit: int, temperature: float, seed: str
    ) -> list[Said]:
        if self._dist.is_fsdp:
            raise SettingError(
                "rollouts cannot be written by a model that FSDP has in pieces: use DDP or "
                "DeepSpeed, or a server with --vllm-url"
            )
        with unwrap_model_for_generation(
            self.model_wrapped,
            self.accelerator,
            gather_deepspeed3_params=self.args.ds3_gather_for_generation,
        ) as model:
            return self._asked.answer(prompts, limit, temperature, seed, model)

    def _by_server(
        self,
        server: Server,
        prompts: Sequence[Sequence[int]],
        limit: int,
        temperature: float,
        seed: str,
    ) -> list[Said]:
        seeds = [_seed(f"{seed}/{number}") for number in range(len(prompts))]
        told = server.complete(self._served, prompts, limit, temperature, seeds)
        return [
            Said(self._asked.text_of(tokens), tuple(prompt), tuple(tokens), tuple(logprobs))
            for prompt, (tokens, logprobs) in zip(prompts, told, strict=True)
        ]

    def sync(self) -> None:
        """Have the server load the adapter as it is now."""
        if self._server is None or self.state.global_step == getattr(self, "_synced", 0):
            # Before the first update the adapter adds nothing.
            return
        name = f"memenv-{self.state.global_step}"
        folder = Path(self.args.output_dir).resolve() / "served" / name
        if self.accelerator.is_main_process:
            self.accelerator.unwrap_model(self.model).save_pretrained(folder)
            before = self._served if self._served.startswith("memenv-") else None
            self._server.load_adapter(name, str(folder), before)
            if before is not None:
                shutil.rmtree(folder.parent / before, ignore_errors=True)
        self.accelerator.wait_for_everyone()
        self._served, self._synced = name, self.state.global_step

    def _filled(self, played: Sequence[Played]) -> dict[str, Any]:
        """The rows of all groups, masked ones in the place of chunks that an episode lacks."""
        pad = self._asked.tokenizer.pad_token_id
        blank = Said("", (pad,), (pad,), (0.0,))
        said = self._row_by_row([group.said for group in played], blank)
        means = [
            [math.fsum(row) / len(row)] * self._chunks for group in played for row in group.rewards
        ]
        rewards = self._row_by_row([group.rewards for group in played], None)
        numbers = _mean([group.numbers() for group in played])
        return {
            "prompt_ids": [list(each.prompt) for each in said],
            "completion_ids": [list(each.tokens) for each in said],
            "logprobs": [list(each.logprobs) for each in said],
            "env_mask": [[int(each is not blank)] * len(each.tokens) for each in said],
            # Masked rows earn the mean of their episode, so that means that are logged are right.
            "reward": [
                mean if reward is None else reward
                for reward, mean in zip(rewards, itertools.chain(*means), strict=True)
            ],
            "numbers": [numbers] * len(said),
        }

    def _row_by_row(self, groups: Sequence[Sequence[Sequence[T]]], filling: Any) -> list[Any]:
        """What there is of every step, in the order of the rows."""
        return [
            each
            for group in groups
            for row in group
            for each in [*row, *([filling] * (self._chunks - len(row)))]
        ]

    def _corrected(self, output: dict[str, Any]) -> None:
        """Weigh tokens that a server drew by how likely the trained model finds them.

        Truncated importance sampling: the kernels of the two differ. TRL does the same where it
        talks to vLLM itself.
        """
        ids = torch.cat([output["prompt_ids"], output["completion_ids"]], 1)
        mask = torch.cat([output["prompt_mask"], output["completion_mask"]], 1)
        width = output["completion_ids"].shape[1]
        with torch.no_grad():
            ours, _, _ = self._get_per_token_logps_and_entropies(
                self.model, ids, mask, width, batch_size=self.args.per_device_train_batch_size
            )
        drawn = ours.clone()
        for row, said in enumerate(self._row_by_row([each.said for each in self._fresh], None)):
            if said is not None:
                drawn[row, : len(said.logprobs)] = torch.tensor(list(said.logprobs)).to(drawn)
        ratio = (ours - drawn).exp().clamp(max=RATIO)
        output["old_per_token_logps"] = ours
        output["advantages"] = output["advantages"][:, None] * ratio


RATIO = 3.0
"""The most that a token of a server is weighed; the bound that TRL uses."""


def step_reward(completions: Sequence[Any], reward: Sequence[float], **given: Any) -> list[float]:
    """The reward of each step, as TRL logs it; and what else there is to watch."""
    numbers: Mapping[str, float] = given["numbers"][0]
    for name, value in numbers.items():
        given["log_metric"](name, value)
    return list(reward)


def _rollout(prompts: list[str], trainer: MemoryTrainer) -> dict[str, Any]:
    return trainer.rows(prompts)


def _mean(numbers: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: math.fsum(each[name] for each in numbers) / len(numbers) for name in numbers[0]}


def _seed(text: str) -> int:
    """A seed for a server."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
