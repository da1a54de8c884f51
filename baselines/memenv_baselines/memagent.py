"""`memagent`: one running text, rewritten by a model for every chunk.

MemAgent (arXiv 2507.02259) as Mem-alpha's tables have it (arXiv 2509.25911): a memory of 1,024
tokens over the chunks of the data set, written without knowing the questions, temperature 0.1,
top-p 0.95. The text is one entry; tokens are those of `memenv-16k`, like every budget here.
"""

from __future__ import annotations

from typing import ClassVar

from memenv.models import Complete
from memenv.prompts import hashes, load, version_of
from memenv.protocols import Observation
from memenv.sampling import MOST, Sampling, endpoint_of, integer, no_model
from memenv.thoughts import without_thoughts
from memenv_baselines.running import VIEW, asked, rewritten

_PROMPT = load("memenv_baselines", "memagent-1")


class MemAgent:
    """Shows a model the running text and the chunk; its answer is the new text.

    Args:
        model: as the server names it.
        base_url: of the server; `None` is where the environment says.
        limit: tokens of the text.
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
        temperature: float = 0.1,
        top_p: float | None = 0.95,
        max_tokens: int | None = None,
        seed: int | None = None,
    ) -> None:
        owner = "agent 'memagent'"
        self.endpoint = endpoint_of(owner, model, base_url)
        integer(owner, "limit", limit, 1, MOST)
        self.limit = limit
        self.sampling = Sampling(
            owner, temperature, limit if max_tokens is None else max_tokens, top_p, seed
        )
        self.complete: Complete = no_model

    def act(self, observation: Observation) -> str:
        """What the model said, and the call that keeps it.

        Raises:
            ModelError: when it could not be asked.
        """
        user = asked(_PROMPT, observation, self.limit)
        said = self.sampling.ask(self.complete, user)
        return rewritten(observation, said, without_thoughts(said.text), self.limit)
