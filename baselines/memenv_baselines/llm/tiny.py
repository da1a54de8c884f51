"""A language model small enough to be trained on a CPU: Qwen3 architecture, a tokenizer of its own.

The tokenizer is a byte-level BPE trained on texts that are given, with a token for each number of
a line (`[1]`, `[2]`, ...). Both are saved as any model of transformers is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from memenv.types import Instance
from memenv_baselines.llm.needed import needed

END, PAD = "<|end|>", "<|pad|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
NUMBERS = 64
"""How many line numbers are tokens; larger ones are spelt."""

THETA = 1e6
"""The base of the rotary positions."""

SHARPNESS = 1.2
"""Of the attention to like tokens in the beginning."""

FINDER = 2
"""The layer that finds the line of a number."""

CLARITY = 0.6
"""Of a number in its embedding, in the beginning."""

TEXTS = 400
"""Of how many instances the tokenizer sees the chunks."""

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% if message['role'] == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def build(
    texts: Iterable[str],
    folder: Path,
    *,
    vocabulary: int = 8192,
    width: int = 128,
    layers: int = 3,
    heads: int = 2,
    seed: int = 0,
) -> Path:
    """A tokenizer for some texts and a model with random weights, saved in a folder.

    Args:
        texts: to train the tokenizer on.
        folder: to write to.
        vocabulary: tokens, the special ones included.
        width: of the hidden states; a multiple of `heads`.
        layers: of the model.
        heads: of the attention, two for each that keys and values have.
        seed: of the weights.

    Returns:
        The folder.

    Raises:
        SettingError: when transformers or torch is missing.
    """
    torch, transformers = needed("torch", "transformers")
    tokenizer = _tokenizer(texts, vocabulary)
    config = transformers.Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=width * 8 // 3,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=max(1, heads // 2),
        head_dim=width // heads,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=0.06,
        rope_parameters={"rope_type": "default", "rope_theta": THETA},
        attention_bias=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.Qwen3ForCausalLM(config)
        if layers > FINDER:
            _wire(model, tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _wire(model: Any, tokenizer: Any) -> None:
    """Give a model what it needs to find the line of a number, so that it need not find out how.

    Models of this size do find out, but not in minutes.
    """
    model.config.memenv_wired = True
    for layer in model.model.layers:
        # What a token is must outweigh what is around it, or nothing is found again.
        layer.self_attn.o_proj.weight.data.mul_(0.15)
        layer.mlp.down_proj.weight.data.mul_(0.15)
    _look_around(model.model.layers[0])
    names = [f"[{each}]" for each in range(1, _named(model) + 1)]
    _look_for_the_number(model, model.model.layers[FINDER], tokenizer.convert_tokens_to_ids(names))
    guard(model)


def _named(model: Any) -> int:
    """How many numbers have a dimension of their own."""
    return min(NUMBERS, int(model.config.hidden_size) // 2)


def _look_around(layer: Any) -> None:
    """Let a layer begin by looking at the tokens just before, some twenty of them.

    A constant is added to queries and keys in the dimensions that rotary positions turn once in
    some twenty to some hundred tokens, so that what is near is alike.
    """
    (torch,) = needed("torch")
    attention = layer.self_attn
    half = attention.head_dim // 2
    turns = torch.tensor([THETA ** (-each / half) for each in range(half)])
    near = ((turns < 1 / 3) & (turns > 1 / 60)).float()
    constant = torch.cat([near, torch.zeros(half)]) * (attention.head_dim / near.sum()) ** 0.5
    with torch.no_grad():
        for projection in (attention.q_proj, attention.k_proj):
            projection.weight.mul_(0.5)
            projection.bias.copy_(constant.repeat(len(projection.bias) // attention.head_dim))


def _look_for_the_number(model: Any, layer: Any, numbers: Sequence[int]) -> None:
    """Let a layer begin by looking at earlier tokens that are the same number of a line.

    Every such number has a dimension of its own in its embedding. Queries and keys are made of
    these dimensions alone, laid out at random in those that rotary positions hardly turn.
    """
    (torch,) = needed("torch")
    attention, embeddings = layer.self_attn, model.get_input_embeddings().weight
    size, half = attention.head_dim, attention.head_dim // 2
    slow = torch.arange(size) % half >= half // 2
    groups = len(attention.q_proj.weight) // len(attention.k_proj.weight)
    with torch.no_grad():
        embeddings[:, : len(numbers)] = 0
        for place, token in enumerate(numbers):
            embeddings[token, place] = CLARITY
        keys = torch.zeros_like(attention.k_proj.weight).view(-1, size, embeddings.shape[1])
        keys[:, slow, : len(numbers)] = torch.randn(int(slow.sum()), len(numbers))
        attention.k_proj.weight.copy_(keys.flatten(0, 1))
        attention.q_proj.weight.copy_(keys.repeat_interleave(groups, 0).flatten(0, 1))
        attention.k_norm.weight.fill_(SHARPNESS)
        attention.q_norm.weight.fill_(SHARPNESS)


def guard(model: Any) -> None:
    """Keep what lines are found by as it is, while a model that was wired here is trained.

    Nothing before that layer writes into the dimensions of the numbers, and its queries and keys
    are not trained: long before there is something to find, training would have unmade them.
    Other models are left as they are.
    """
    if not getattr(model.config, "memenv_wired", False):
        return
    (torch,) = needed("torch")
    finder = model.model.layers[FINDER].self_attn
    for part in (finder.q_proj, finder.k_proj, finder.q_norm, finder.k_norm):
        part.requires_grad_(False)
    for layer in model.model.layers[:FINDER]:
        for weight in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            kept = torch.ones_like(weight)
            kept[: _named(model)] = 0
            with torch.no_grad():
                weight.mul_(kept)
            weight.register_hook(kept.__mul__)


def texts_of(instances: Iterable[Instance]) -> Iterator[str]:
    """The chunks of streams, what a tokenizer is trained on."""
    for instance in instances:
        yield from (chunk.text for chunk in instance.chunks)


def _tokenizer(texts: Iterable[str], vocabulary: int) -> Any:
    (transformers, tokenizers) = needed("transformers", "tokenizers")
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    # Numbers are read digit by digit: a serial number that was never seen is none that is unknown.
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Digits(individual_digits=True),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    bpe.decoder = tokenizers.decoders.ByteLevel()
    special = [PAD, END, *ROLES, *(f"[{number}]" for number in range(1, NUMBERS + 1))]
    words = [" INSERT", " SKIP", " UPDATE", "DELETE"]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocabulary - len(words),
        special_tokens=[PAD, END, *ROLES],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, pad_token=PAD, eos_token=END, padding_side="left"
    )
    numbers = (tokenizers.AddedToken(each, lstrip=True) for each in special[5:])
    tokenizer.add_tokens([*numbers, *words])
    tokenizer.chat_template = TEMPLATE
    return tokenizer
