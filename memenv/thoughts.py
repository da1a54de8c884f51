"""What a model said aloud: its output without the thoughts before it."""

from __future__ import annotations

import re

_THOUGHT = re.compile(
    r"<(?P<end>/?)(?:think(?:ing)?|thoughts?|reasoning)\s{0,9}>"
    r"|\[(?P<close>/?)THINK\]"
    r"|<\|channel\|>(?:(?P<aloud>(?:final|commentary)\b[^<]{0,200})|analysis\b[^<]{0,200})<\|message\|>",
    re.IGNORECASE,
)
"""Where a thought begins or ends: as `<think>` and its like, as Magistral's `[THINK]`, and as the
channels of gpt-oss, of which `analysis` is a thought that lasts until the next one."""


def without_thoughts(text: str) -> str:
    """A text without its `<think>` blocks, or what other models have for them.

    A block that is never closed is a thought that ran out of tokens, and all of the rest; one that
    was never opened began in the prompt, as chat templates do.
    """
    kept: list[str] = []
    start = 0
    inside = False
    for tag in _THOUGHT.finditer(text):
        if tag["aloud"] and not inside:
            kept.append(text[start : tag.start()])
            start = tag.end()
        elif tag["end"] or tag["close"] or tag["aloud"]:
            if not inside:
                kept.clear()
            inside = False
            start = tag.end()
        elif not inside:
            kept.append(text[start : tag.start()])
            inside = True
    if not inside:
        kept.append(text[start:])
    return "".join(kept)
