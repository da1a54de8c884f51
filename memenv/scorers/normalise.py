"""Text as every scorer compares it: one normalisation, and containment that cannot hit by luck.

>>> normalise("The U.S., a country")
'us country'
>>> contains("It was 15 men.", "5"), contains("It was 5 men.", "5")
(False, True)
"""

from __future__ import annotations

import re
import string

_DELETE_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# A character that would continue a word. Chinese, Japanese and Korean put no space between words,
# so theirs never do.
_LETTER = re.compile(r"[^\W\u2e80-\ud7ff]")
_DIGIT = re.compile(r"\d")


def normalise(text: str) -> str:
    """Lower-case, without ASCII punctuation and the words a, an, the; single spaces.

    Punctuation is deleted and not replaced by a space, as in the SQuAD evaluation (Rajpurkar et
    al., arXiv 1606.05250) that MemoryAgentBench (arXiv 2507.05257) uses too.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_DELETE_PUNCTUATION)).split())


def exact_match(prediction: str, gold: str) -> bool:
    """MemoryAgentBench's `exact_match`: the same once normalised, even when nothing is left."""
    return normalise(prediction) == normalise(gold)


def substring_match(prediction: str, gold: str) -> bool:
    """MemoryAgentBench's `substring_exact_match`: the gold anywhere, once both are normalised."""
    return normalise(gold) in normalise(prediction)


def equal(prediction: str, gold: str) -> bool:
    """Whether two texts are the same once normalised.

    A gold of which normalisation leaves nothing ("The", "!!") must be equal as it was written.
    """
    expected = normalise(gold)
    if not expected:
        return prediction.strip() == gold.strip()
    return normalise(prediction) == expected


def contains(prediction: str, gold: str) -> bool:
    """Whether the normalised gold stands in the normalised prediction.

    A number, or a gold of at most three characters, must be whole words ("no" is not in
    "nothing"), and one that begins or ends with a digit must not go on there ("2 May" is not in
    "12 May"). A gold of which normalisation leaves nothing must be equal as it was written.
    """
    expected = normalise(gold)
    if not expected:
        return equal(prediction, gold)
    said = normalise(prediction)
    whole = expected.isdigit() or len(expected) <= 3
    goes_on = _LETTER if whole else _DIGIT
    before, after = whole or expected[0].isdigit(), whole or expected[-1].isdigit()
    # Found by hand: a pattern of its own for every gold takes longer to compile than to match.
    start = said.find(expected)
    while start >= 0:
        end = start + len(expected)
        joined = before and start > 0 and goes_on.match(said, start - 1)
        if not joined and not (after and goes_on.match(said, end)):
            return True
        start = said.find(expected, start + 1)
    return False
