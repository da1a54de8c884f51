"""Memories that are one running text, rewritten for every chunk: what `memagent`, `mem1` share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from memenv import tokens
from memenv.actions import calls_of, text_of_calls
from memenv.memory import Entry
from memenv.models import Complete, Completion
from memenv.operations import Insert, Operation, Skip, Update
from memenv.prompts import Prompt, harmless
from memenv.protocols import Observation
from memenv.sampling import MOST, Sampling, endpoint_of, integer, no_model
from memenv_baselines.api import when


class Running(ABC):
    """Shows a model the text and the chunk; what it makes of them is the new text.

    Args:
        model: as the server names it.
        base_url: of the server; `None` is where the environment says.
        limit: tokens of the text.
        temperature: `None` is the published one.
        top_p: as published.
        max_tokens: of an answer; `None` is the limit.
        seed: sent to the server.

    Attributes:
        name: of the agent.
        published: its temperature.
        prompt: what it asks with.
        endpoint: which model to ask.
        complete: the way to it, to be handed in.
    """

    name: ClassVar[str]
    published: ClassVar[float]
    prompt: ClassVar[Prompt]
    needs_model = True
    view = "newest_1"

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        limit: int = 1024,
        temperature: float | None = None,
        top_p: float | None = 0.95,
        max_tokens: int | None = None,
        seed: int | None = None,
    ) -> None:
        owner = f"agent {self.name!r}"
        self.endpoint = endpoint_of(owner, model, base_url)
        integer(owner, "limit", limit, 1, MOST)
        self.limit = limit
        self.sampling = Sampling(
            owner,
            self.published if temperature is None else temperature,
            limit if max_tokens is None else max_tokens,
            top_p,
            seed,
        )
        self.complete: Complete = no_model

    def act(self, observation: Observation) -> str:
        """What the model said, and the call that keeps the new text.

        Raises:
            ModelError: when it could not be asked.
        """
        said = self.sampling.ask(self.complete, asked(self.prompt, observation, self.limit))
        return rewritten(observation, said, self.text_of(said.text), self.limit)

    @abstractmethod
    def text_of(self, said: str) -> str:
        """The new text, in what the model said."""


def current(observation: Observation) -> Entry | None:
    """The entry that holds the text: the newest of the default store. There is no other."""
    store = observation.layout.default_store
    held = [entry for entry in observation.entries if entry.store == store]
    return held[-1] if held else None


def asked(prompt: Prompt, observation: Observation, limit: int) -> str:
    """The user message for one chunk."""
    entry = current(observation)
    return prompt.fill(
        "user",
        memory="(empty)" if entry is None else harmless(entry.text),
        number=str(observation.step + 1),
        count=str(observation.steps),
        when=when(observation),
        chunk=harmless(observation.chunk.text),
        limit=str(limit),
    )


def rewritten(observation: Observation, said: Completion, text: str, limit: int) -> str:
    """What a model said, and behind it the call that makes a text of it the memory.

    Args:
        observation: of the chunk.
        said: by the model; its own tool calls are not made.
        text: the new memory; a blank one leaves the old.
        limit: tokens that it may have, of `memenv-16k`; the rest is cut off, as is what is beyond
            the capacity.
    """
    entry = current(observation)
    if observation.capacity is not None:
        room = observation.capacity - observation.tokens + (entry.tokens if entry else 0)
        limit = min(limit, room)
    text = tokens.bundled().cut(text.strip(), limit)
    operation: Operation = Skip()
    if text and entry is None:
        operation = Insert(observation.layout.default_store, text)
    elif text and entry is not None and text != entry.text:
        operation = Update(entry.id, text)
    return text_of_calls(said.text, calls_of(operation, observation.layout))
