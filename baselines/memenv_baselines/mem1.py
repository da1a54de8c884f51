"""`mem1`: the thoughts of a model, carried over from chunk to chunk.

MEM1 (arXiv 2506.15841) as Mem-alpha's tables have it (arXiv 2509.25911): the internal state that
the model writes as its thought about one chunk is all that it is shown with the next; temperature
0.01, top-p 0.95, 1,024 tokens. The state is one entry. A server that keeps thoughts to itself
(`reasoning_content`) leaves only what is said aloud, which is then the state.
"""

from __future__ import annotations

import re
from typing import ClassVar

from memenv.models import Complete
from memenv.prompts import hashes, load, version_of
from memenv.protocols import Observation
from memenv.sampling import MOST, Sampling, endpoint_of, integer, no_model
from memenv_baselines.running import VIEW, asked, rewritten

_PROMPT = load("memenv_baselines", "mem1-1")
_TAG = re.compile(r"<(/?)(?:think|is)>", re.IGNORECASE)


class Mem1:
    """Shows a model its last state and the chunk; the state it writes is the memory.

    Args:
        model: as the server names it.
        base_url: of the server; `None` is where the environment says.
        limit: tokens of the state.
        temperature: as published.
        top_p: as published.
        max_tokens: of an answer; `None` is the limit.
        seed: sent to the server.

    Attributes:
        prompts: name -> sha256.
        endpoint: which model to ask.
        complete: the way to it, to be handed in.
    """

    prompts: ClassVar[dict[str, str]] = hashes([_PROMPT])
    version = version_of("1", prompts)
    needs_model = True
    view = VIEW

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        limit: int = 1024,
        temperature: float = 0.01,
        top_p: float | None = 0.95,
        max_tokens: int | None = None,
        seed: int | None = None,
    ) -> None:
        owner = "agent 'mem1'"
        self.endpoint = endpoint_of(owner, model, base_url)
        integer(owner, "limit", limit, 1, MOST)
        self.limit = limit
        self.sampling = Sampling(
            owner, temperature, limit if max_tokens is None else max_tokens, top_p, seed
        )
        self.complete: Complete = no_model

    def act(self, observation: Observation) -> str:
        """What the model said, and the call that keeps its state.

        Raises:
            ModelError: when it could not be asked.
        """
        user = asked(_PROMPT, observation, self.limit)
        said = self.sampling.ask(self.complete, user)
        return rewritten(observation, said, state_of(said.text), self.limit)


def state_of(text: str) -> str:
    """The last state that a text writes down; all of a text that marks none.

    A state that is never closed ran out of tokens and goes to the end; one that was never opened
    began in the prompt.

    >>> state_of("<think>Ada is in Oslo.</think> Done.")
    'Ada is in Oslo.'
    """
    states, start, inside = [], 0, True
    for tag in _TAG.finditer(text):
        if not tag[1]:
            start, inside = tag.end(), True
        elif inside:
            states.append(text[start : tag.start()])
            start, inside = tag.end(), False
    if inside and start:
        states.append(text[start:])
    written = [state.strip() for state in states if state.strip()]
    return written[-1] if written else _TAG.sub("", text).strip()
