"""Embeddings without a model: every word gives the vector a few signs, by its hash.

Texts that share words are near to each other, which is all that a product under test needs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from memenv import tokens
from memenv.loopback.wire import RefusedError
from memenv.search import words

_SIZE = 1536
_SIGNS = 8


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """The reply to a request for embeddings.

    Raises:
        RefusedError: with status 400 for input that is no text, or a size that is none.
    """
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise RefusedError(400, "'input' is a text or a list of texts.", param="input")
    size = body.get("dimensions") or _SIZE
    if not isinstance(size, int) or not 1 <= size <= 8192:
        raise RefusedError(400, "'dimensions' is a number from 1 to 8192.", param="dimensions")
    in_base64 = body.get("encoding_format") == "base64"
    data = []
    for index, text in enumerate(texts):
        vector = embed(text, size)
        value = base64.b64encode(vector.tobytes()).decode() if in_base64 else vector.tolist()
        data.append({"object": "embedding", "index": index, "embedding": value})
    spent = sum(tokens.count(text) for text in texts)
    return {
        "object": "list",
        "data": data,
        "model": str(body.get("model")),
        "usage": {"prompt_tokens": spent, "total_tokens": spent},
    }


def embed(text: str, size: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A vector of length 1, of 0 for a text without words."""
    vector = np.zeros(size, dtype=np.float32)
    for word in words(text):
        digest = hashlib.sha256(word.encode("utf-8", "replace")).digest()
        for at in range(_SIGNS):
            place = int.from_bytes(digest[3 * at : 3 * at + 3], "little")
            vector[place % size] += 1 if place >> 23 else -1
    length = float(np.linalg.norm(vector))
    if length:
        vector /= length
    return vector
