"""`mem1`: the thoughts of a model, carried over from chunk to chunk.

MEM1 (arXiv 2506.15841) as Mem-alpha's tables have it (arXiv 2509.25911): the internal state that
the model writes as its thought about one chunk is all that it is shown with the next; temperature
0.01, top-p 0.95, 1,024 tokens. The state is one entry. A server that keeps thoughts to itself
(`reasoning_content`) leaves only what is said aloud, which is then the state.
"""

from __future__ import annotations

import re
from typing import ClassVar

from memenv.prompts import hashes, load, version_of
from memenv_baselines.running import Running

_TAG = re.compile(r"<(/?)(?:think|is)>", re.IGNORECASE)


class Mem1(Running):
    """Shows a model its last state and the chunk; the state it writes is the memory.

    Attributes:
        prompts: name -> sha256.
    """

    name = "mem1"
    published = 0.01
    prompt = load("memenv_baselines", "mem1-1")
    prompts: ClassVar[dict[str, str]] = hashes([prompt])
    version = version_of("1", prompts)

    def text_of(self, said: str) -> str:
        """The state that it wrote down last."""
        return state_of(said)


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
