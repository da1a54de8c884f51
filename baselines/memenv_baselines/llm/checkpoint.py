"""A checkpoint of transformers: loaded from a folder, asked in tokens, known by its hash.

What is written is decoded token by token here and not by `generate`, for three reasons: the
log-probability of every token that was drawn is needed and no others, draws come from a generator
of their own and not from a global one, and many conversations are answered side by side.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memenv.errors import DataError, PromptTooLongError, SettingError
from memenv.models import Message
from memenv_baselines.llm.needed import needed
from memenv_baselines.llm.play import Said

CARD = "memenv.json"
"""What the training wrote of a checkpoint: how it is asked, what it was trained on."""

_WEIGHTS = ("*.safetensors", "*.bin", "*.json", "*.jinja", "*.model", "*.txt")


@dataclass(frozen=True)
class Checkpoint:
    """A model and its tokenizer.

    Attributes:
        model: of transformers (or PEFT), for causal language modelling.
        tokenizer: with a chat template.
        stops: tokens that end an answer.
    """

    model: Any
    tokenizer: Any
    stops: tuple[int, ...]

    @property
    def stop(self) -> int:
        """The token that an answer ends with when it is learned: that of the tokenizer."""
        own = self.tokenizer.eos_token_id
        return int(own) if own is not None else self.stops[0]

    def tokens_of(self, messages: Sequence[Message]) -> list[int]:
        """A conversation as the model is shown it, without thinking."""
        text = self.tokenizer.apply_chat_template(
            [dict(message) for message in messages],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def text_of(self, tokens: Sequence[int]) -> str:
        """What was said, without the tokens that end it."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))

    def answer(
        self,
        prompts: Sequence[Sequence[int]],
        max_tokens: int,
        temperature: float,
        seed: str,
        model: Any = None,
    ) -> list[Said]:
        """An answer to each prompt, drawn token by token.

        Args:
            prompts: in tokens, none empty.
            max_tokens: of an answer.
            temperature: 0 takes the likeliest token.
            seed: of the draws; equal ones give equal answers.
            model: in place of that of the checkpoint, when that is wrapped.

        Raises:
            PromptTooLongError: for a prompt that leaves the model no room to answer.
        """
        limit = getattr(self.model.config, "max_position_embeddings", None)
        longest = max(map(len, prompts), default=0)
        if limit is not None and longest + max_tokens > limit:
            raise PromptTooLongError(
                f"a prompt has {longest} tokens and an answer up to {max_tokens}, but the model "
                f"takes {limit} together: lower max_tokens or budget, or cut shorter chunks"
            )
        if not prompts:
            return []
        drawn = _decode(
            self.model if model is None else model,
            prompts,
            max_tokens,
            temperature,
            seed,
            self.stops,
            self.tokenizer.pad_token_id,
        )
        return [
            Said(self.text_of(tokens), tuple(prompt), tuple(tokens), tuple(logprobs))
            for prompt, (tokens, logprobs) in zip(prompts, drawn, strict=True)
        ]


def _decode(
    model: Any,
    prompts: Sequence[Sequence[int]],
    max_tokens: int,
    temperature: float,
    seed: str,
    stops: Sequence[int],
    pad: int,
) -> list[tuple[list[int], list[float]]]:
    """The tokens drawn for each prompt, and the log-probability of each."""
    (torch,) = needed("torch")
    device = next(model.parameters()).device
    generator = torch.Generator(device="cpu").manual_seed(_seed(seed))
    longest = max(map(len, prompts))
    ids = torch.tensor([[pad] * (longest - len(each)) + list(each) for each in prompts])
    mask = torch.tensor([[0] * (longest - len(each)) + [1] * len(each) for each in prompts])
    ids, mask = ids.to(device), mask.to(device)
    ends = torch.tensor(list(stops), device=device)
    going = torch.ones(len(prompts), dtype=torch.bool, device=device)
    found: list[tuple[list[int], list[float]]] = [([], []) for _ in prompts]
    shown, past, places = ids, None, (mask.cumsum(1) - 1).clamp(min=0)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        for _ in range(max_tokens):
            out = model(
                input_ids=shown,
                attention_mask=mask,
                position_ids=places,
                past_key_values=past,
                use_cache=True,
                logits_to_keep=1,
            )
            past = out.past_key_values
            logits = out.logits[:, -1].float()
            scores = torch.log_softmax(logits / temperature if temperature else logits, -1)
            token = _drawn(scores, temperature, generator)
            chosen = scores.gather(1, token[:, None])[:, 0]
            told = zip(found, token.tolist(), chosen.tolist(), going.tolist(), strict=True)
            for (tokens, logprobs), one, logprob, on in told:
                if on:
                    tokens.append(one)
                    logprobs.append(logprob)
            going &= ~torch.isin(token, ends)
            if not going.any():
                break
            shown, places = token[:, None], places[:, -1:] + 1
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
    model.train(was_training)
    return found


def _drawn(scores: Any, temperature: float, generator: Any) -> Any:
    """A token for each row: the likeliest, or one drawn on the CPU, alike on every device."""
    (torch,) = needed("torch")
    if not temperature:
        return scores.argmax(-1)
    weights = scores.exp().cpu()
    if not bool(torch.isfinite(weights).all()):
        raise SettingError("the model gives no probabilities (NaN): its weights are broken")
    return torch.multinomial(weights, 1, generator=generator)[:, 0].to(scores.device)


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


@functools.lru_cache(maxsize=1)
def load(path: str, sha256: str = "", device: str | None = None) -> Checkpoint:
    """The checkpoint in a folder; the one loaded last is kept.

    Args:
        path: of the folder, or the id of a model that is in the cache of transformers.
        sha256: of its files, so that another checkpoint at the same place is another one.
        device: such as `cuda:0`; `None` is a GPU when there is one.

    Raises:
        SettingError: when the extra is missing.
        DataError: when it is no checkpoint that can be loaded.
    """
    torch, transformers, safetensors = needed("torch", "transformers", "safetensors")
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    adapter = (Path(path) / "adapter_config.json").exists()
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(path, padding_side="left")
        if adapter:
            (peft,) = needed("peft")
            model = peft.AutoPeftModelForCausalLM.from_pretrained(path, dtype=dtype)
        else:
            model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=dtype)
    except (
        *(OSError, ValueError, KeyError, RuntimeError),
        safetensors.SafetensorError,
    ) as error:
        said = " ".join(str(error).split())
        raise DataError(f"{path} is no checkpoint that can be loaded: {said[:300]}") from None
    return wrapped(model.to(device).eval(), tokenizer, path)


def wrapped(model: Any, tokenizer: Any, path: str) -> Checkpoint:
    """A checkpoint of a model that is loaded.

    Raises:
        DataError: for a tokenizer without a chat template or an end.
    """
    if not getattr(tokenizer, "chat_template", None):
        raise DataError(f"{path}: its tokenizer has no chat template; use an instruct model")
    declared = getattr(model.generation_config, "eos_token_id", None)
    ends = declared if isinstance(declared, list) else [declared]
    stops = sorted({each for each in [*ends, tokenizer.eos_token_id] if each is not None})
    if not stops:
        raise DataError(f"{path}: its tokenizer has no token that ends an answer")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return Checkpoint(model, tokenizer, tuple(stops))


def sha256_of(path: str) -> str:
    """A hash over the files of a checkpoint, by name; of a model id, over the id.

    Raises:
        DataError: for a folder without weights.
    """
    folder = Path(path)
    if not folder.is_dir():
        return hashlib.sha256(path.encode()).hexdigest()
    files = sorted({file for pattern in _WEIGHTS for file in folder.glob(pattern)})
    if not any(file.suffix in (".safetensors", ".bin") for file in files):
        raise DataError(f"{path} has no weights (*.safetensors): name the folder of a checkpoint")
    whole = hashlib.sha256()
    for file in files:
        if file.name != "training_args.bin":
            whole.update(f"{file.name}\0{_hashed(str(file), file.stat().st_mtime_ns)}\0".encode())
    return whole.hexdigest()


@functools.lru_cache(maxsize=256)
def _hashed(path: str, changed: int) -> str:
    """The hash of a file, found once as long as it does not change."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def card_of(path: str) -> dict[str, Any]:
    """What the training wrote of a checkpoint, `{}` when it is not one of ours.

    Raises:
        DataError: for a card that is none, or is of a later version.
    """
    file = Path(path) / CARD
    if not file.exists():
        return {}
    try:
        card = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise DataError(f"{file}: not JSON: {error}") from None
    if not isinstance(card, dict) or card.get("format") != 1:
        told = card.get("format") if isinstance(card, dict) else card
        raise DataError(
            f"{file}: its format is {str(told)[:40]!r}, and this version of memenv reads format 1"
        )
    return card
