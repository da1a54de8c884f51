"""Memories that are one running text, rewritten for every chunk: what `memagent`, `mem1` share."""

from __future__ import annotations

from memenv import tokens
from memenv.actions import calls_of, text_of_calls
from memenv.memory import Entry
from memenv.models import Completion
from memenv.operations import Insert, Operation, Skip, Update
from memenv.prompts import Prompt, harmless
from memenv.protocols import Observation
from memenv_baselines.api import when

VIEW = "newest_1"


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
