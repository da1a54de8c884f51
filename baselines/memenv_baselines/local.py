"""`local`: a checkpoint on this machine keeps the memory, asked exactly as it was trained.

With transformers in this process (extra `train`), on a GPU when there is one; or, with a base URL,
served by vLLM or any other server with the chat-completions interface.

    memenv eval --agent local -a path=OUTPUT --env overrides --size 3 --capacity 0.2
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

from memenv.errors import SettingError
from memenv.models import Complete, Completion, Message
from memenv.protocols import Observation
from memenv.sampling import Sampling, endpoint_of, no_model
from memenv.types import Usage, canonical_json
from memenv_baselines.llm import checkpoint
from memenv_baselines.llm.styles import NAMES, make_style


class Local:
    """A language model in a folder, or served.

    Args:
        path: the folder of a checkpoint of transformers, as `memenv train llm` writes it (a LoRA
            adapter too); or the id of a model that transformers has in its cache. With a base URL,
            the name that the server knows.
        base_url: of a server; without one the model is loaded here.
        style: of the prompt; `None` is the one it was trained with, else `memenv`.
        temperature: 0 takes the likeliest token.
        max_tokens: of an answer; `None` is what it was trained with, else the style's own.
        seed: of the draws at temperatures above 0.
        budget: tokens of a prompt, as the agent `api` counts them.
        device: such as `cuda:1`; `None` is a GPU when there is one.
        name: of the model on the server, when it is not the path.

    Attributes:
        needs_model: whether a server is asked.
        endpoint: which, then.
        complete: the way to it, to be handed in.
    """

    def __init__(
        self,
        path: str,
        base_url: str | None = None,
        style: str | None = None,
        temperature: float = 0.0,
        max_tokens: int | None = None,
        seed: int = 0,
        budget: int = 6144,
        device: str | None = None,
        name: str | None = None,
    ) -> None:
        owner = "agent 'local'"
        if not isinstance(path, str) or not path.strip():
            raise SettingError(f"{owner}: path is the folder of a checkpoint, not {path!r}")
        if style is not None and style not in NAMES:
            raise SettingError(f"{owner}: style is one of {', '.join(NAMES)}, not {style!r}")
        for one, value in (("device", device), ("name", name)):
            if value is not None and not isinstance(value, str):
                raise SettingError(f"{owner}: {one} is a text, not {value!r}")
        if _looks_like_folder(path) and base_url is None and not os.path.isdir(path):
            raise SettingError(f"{owner}: there is no folder {path}")
        card = checkpoint.card_of(path)
        limit = max_tokens if max_tokens is not None else card.get("max_tokens")
        self.style = make_style(style or card.get("style", "memenv"), limit, budget)
        self.view = str(card.get("view") or self.style.view)
        # Asked without thinking, as it is trained.
        self.sampling = Sampling(
            owner, temperature, self.style.max_tokens, seed=seed, thinking=False
        )
        self.needs_model = base_url is not None
        self.endpoint = endpoint_of(owner, name or path, base_url)
        self.complete: Complete = no_model
        self._path, self._device, self._spent = path, device, Usage()
        self._sha256 = "" if self.needs_model else checkpoint.sha256_of(path)
        known = {"style": self.style.version, "weights": self._sha256}
        self.version = f"1+{hashlib.sha256(canonical_json(known).encode()).hexdigest()[:8]}"

    def act(self, observation: Observation) -> str:
        """What the model said, as text that is read.

        Raises:
            ModelError: when it could not be asked.
            MemenvError: when it cannot be loaded.
        """
        messages = self.style.messages(observation)
        said = self._served(messages) if self.needs_model else self._here(messages)
        return self.style.heard(observation, said)

    def spent(self) -> Usage:
        """The tokens of the model in this process since the last time of asking."""
        spent, self._spent = self._spent, Usage()
        return spent

    def _served(self, messages: Sequence[Message]) -> str:
        *system, user = messages
        said: Completion = self.sampling.ask(
            self.complete, user["content"], "\n".join(each["content"] for each in system)
        )
        return said.text

    def _here(self, messages: Sequence[Message]) -> str:
        loaded: Any = checkpoint.load(self._path, self._sha256, self._device)
        prompt = loaded.tokens_of(messages)
        # A draw depends on what is asked, so an episode is the same whoever else is played.
        seed = f"{self.sampling.seed}/{canonical_json([dict(each) for each in messages])}"
        (said,) = loaded.answer([prompt], self.style.max_tokens, self.sampling.temperature, seed)
        spent = self._spent
        self._spent = Usage(
            spent.calls + 1,
            spent.prompt_tokens + len(prompt),
            spent.completion_tokens + len(said.tokens),
        )
        return str(said.text)


def _looks_like_folder(path: str) -> bool:
    """Whether a path is meant as one, and not as the id of a model (`owner/name`)."""
    return path.count("/") != 1 or path.startswith((".", "/", "~")) or path.endswith("/")
