"""`memagent`: one running text, rewritten by a model for every chunk.

MemAgent (arXiv 2507.02259) as Mem-alpha's tables have it (arXiv 2509.25911): a memory of 1,024
tokens over the chunks of the data set, written without knowing the questions, temperature 0.1,
top-p 0.95. The text is one entry; tokens are those of `memenv-16k`, like every budget here.
"""

from __future__ import annotations

from typing import ClassVar

from memenv.prompts import hashes, load, version_of
from memenv.thoughts import without_thoughts
from memenv_baselines.running import Running


class MemAgent(Running):
    """Shows a model the running text and the chunk; its answer is the new text.

    Attributes:
        prompts: name -> sha256.
    """

    name = "memagent"
    published = 0.1
    prompt = load("memenv_baselines", "memagent-1")
    prompts: ClassVar[dict[str, str]] = hashes([prompt])
    version = version_of("1", prompts)

    def text_of(self, said: str) -> str:
        """All that is said aloud."""
        return without_thoughts(said)
