"""Settings of a training run, and the published ones by name.

What a paper or its code says is kept exactly; what none says is Mem-alpha's, from whose code and
data Fine-Mem's settings that are known come. `docs/train-a-language-model.md` has the table with
the source of every value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from memenv.errors import SettingError, unknown_name


@dataclass(frozen=True)
class Settings:
    """All that a training run depends on besides its instances.

    Attributes:
        preset: what the values were taken from.
        model: folder or id of the first checkpoint; `None` lets `tiny` make one.
        style: of the prompt.
        layout: of the memory.
        view: what is shown of it; `None` is what the style shows.
        capacity: of the memory.
        reader: who answers the questions.
        reader_arguments: for the reader.
        credit: the credit scheme.
        credit_arguments: for the scheme.
        grouping: of the advantages.
        unbiased: whether their variance is divided by n - 1.
        questions: share of the questions asked in training.
        steps: rounds of playing and learning.
        batch: instances of a round, over all processes.
        group: rollouts of an instance.
        instances: how many different ones there are.
        minibatch: rows (a chunk of a rollout each) of an update of the weights; `None` makes one
            update of a round.
        epochs: how often a round is gone through.
        rows: that go through the model at once.
        learning_rate: the highest.
        warmup: share of the updates over which it rises.
        decay: `constant`, `linear` or `cosine`, after that.
        clip: of the ratio, at either side.
        dual_clip: largest ratio that counts at all; `None` for no such bound.
        beta: weight of the KL divergence to the first checkpoint.
        loss: `loss_type` of TRL.
        entropy: weight of the entropy bonus.
        temperature: of the rollouts.
        max_tokens: of an answer.
        budget: tokens of a prompt, for the styles of `api`.
        lora: rank of an adapter; 0 trains all weights.
        warm_rows: pairs of the warm start that are learned from, repeats counted; `None` is every
            pair once.
        warm_rate: learning rate of the warm start.
        warm_batch: pairs of one update of it.
        seed: of everything.
        save_every: rounds between two checkpoints.
        evaluate_every: rounds between two looks at held-out instances; 0 never looks.
        held_out: how many of them.
        vllm_url: of a server that writes the rollouts.
        trl: further settings of TRL's `GRPOConfig`.
    """

    preset: str = "memalpha"
    model: str | None = "Qwen/Qwen3-4B"
    style: str = "mem-alpha"
    layout: str = "mem-alpha"
    view: str | None = None
    capacity: float | None = None
    reader: str = "lexical"
    reader_arguments: Mapping[str, Any] = field(default_factory=dict)
    credit: str = "memalpha"
    credit_arguments: Mapping[str, Any] = field(default_factory=dict)
    grouping: str = "pooled"
    unbiased: bool = True
    questions: float = 1.0
    steps: int = 205
    batch: int = 32
    group: int = 8
    instances: int = 562
    minibatch: int | None = 32
    epochs: int = 1
    rows: int = 1
    learning_rate: float = 1e-6
    warmup: float = 0.05
    decay: str = "constant"
    clip: float = 0.2
    dual_clip: float | None = 3.0
    beta: float = 0.001
    loss: str = "grpo"
    entropy: float = 0.0
    temperature: float = 1.0
    max_tokens: int | None = 2048
    budget: int = 4096
    lora: int = 0
    warm_rows: int | None = None
    warm_rate: float = 1e-5
    warm_batch: int = 16
    seed: int = 0
    save_every: int = 10
    evaluate_every: int = 0
    held_out: int = 8
    vllm_url: str | None = None
    trl: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        least = {"evaluate_every": 0, "lora": 0, "seed": 0, "group": 2}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.type == "int" and not (_whole(value) and value >= least.get(each.name, 1)):
                raise SettingError(
                    f"{each.name} is a whole number of at least {least.get(each.name, 1)}, "
                    f"not {value!r}"
                )
        for name in ("minibatch", "warm_rows", "max_tokens"):
            value = getattr(self, name)
            if value is not None and not (_whole(value) and value >= (name != "warm_rows")):
                raise SettingError(f"{name} is a whole number of at least 1, not {value!r}")
        for name in ("learning_rate", "temperature", "warm_rate"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name} must be above 0, not {getattr(self, name)!r}")
        if self.decay not in ("constant", "linear", "cosine"):
            raise SettingError(f"decay is constant, linear or cosine, not {self.decay!r}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


MEMALPHA = Settings()
"""Mem-alpha (arXiv 2509.25911), the settings of its released scripts."""

FINEMEM = Settings(
    preset="finemem",
    style="fine-mem",
    layout="flat",
    credit="finemem",
    grouping="per_step",
    unbiased=False,
    questions=0.2,
    instances=567,
)
"""Fine-Mem (arXiv 2601.08435); no code of it is public, so the optimiser's are Mem-alpha's."""

TINY = Settings(
    preset="tiny",
    model=None,
    style="tiny",
    layout="flat",
    capacity=0.2,
    credit="terminal",
    unbiased=False,
    steps=30,
    batch=2,
    instances=4096,
    minibatch=None,
    rows=16,
    learning_rate=5e-5,
    dual_clip=None,
    beta=0.0,
    max_tokens=None,
    warm_rows=2400,
    warm_rate=2e-3,
    warm_batch=4,
    evaluate_every=10,
)
"""A model of a few million parameters on a CPU, from nothing."""

PRESETS: Mapping[str, Settings] = {"finemem": FINEMEM, "memalpha": MEMALPHA, "tiny": TINY}


def preset(name: str) -> Settings:
    """Settings by name.

    Raises:
        UnknownNameError: for a name nobody knows.
    """
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS)
    return PRESETS[name]
