"""How answers are kept, and which of them are samples of one question."""

from __future__ import annotations

import contextlib
import contextvars
import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

from memenv.models import Completion, ToolCall
from memenv.types import Usage, canonical_json


class Sampling:
    """How often each question was asked so far under a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._asked: Counter[str] = Counter()
        self._paid: set[str] = set()
        self._lock = threading.Lock()

    def next(self, question: str) -> list[Any]:
        """What tells this time of asking from all others."""
        with self._lock:
            self._asked[question] += 1
            return [self.name, self._asked[question]]

    def pays(self, key: str) -> bool:
        """Whether an answer has not been paid for under this name before."""
        with self._lock:
            new = key not in self._paid
            self._paid.add(key)
        return new


SAMPLING: contextvars.ContextVar[Sampling | None] = contextvars.ContextVar(
    "memenv_sampling", default=None
)
"""Under which name is asked just now, if under any."""


@contextlib.contextmanager
def sampled(name: str) -> Iterator[None]:
    """Keep answers of temperatures above 0 too, under a name such as `run/episode key`.

    Within, the first answer to a question is one sample and the second another, in whatever thread
    it is asked (of those that run in a copy of the context); under the same name again, the same
    answers come back in the same order. An answer that was paid for under this name is told with
    its cost once, also when it was paid for by a process that has ended since.
    """
    token = SAMPLING.set(Sampling(name))
    try:
        yield
    finally:
        SAMPLING.reset(token)


def as_known(answer: Completion) -> Completion:
    """An answer as one gets it who does not pay for it."""
    notes = answer.notes if "cached" in answer.notes else (*answer.notes, "cached")
    return Completion(answer.text, answer.calls, Usage(), answer.model, answer.finish, notes)


def written(answer: Completion, payer: str | None) -> str:
    """An answer and who paid for it, as it is kept."""
    return canonical_json(
        {
            "payer": payer,
            "text": answer.text,
            "calls": [[call.name, call.arguments] for call in answer.calls],
            "usage": [
                answer.usage.prompt_tokens,
                answer.usage.completion_tokens,
                answer.usage.usd,
            ],
            "model": answer.model,
            "finish": answer.finish,
            "notes": answer.notes,
        }
    )


def read_back(kept: str) -> tuple[Completion, str | None] | None:
    """A kept answer and who paid for it; `None` when it cannot be read: it is asked for again."""
    try:
        value = json.loads(kept)
        prompt, completion, usd = value["usage"]
        answer = Completion(
            value["text"],
            tuple(ToolCall(name, arguments) for name, arguments in value["calls"]),
            Usage(1, prompt, completion, usd),
            value["model"],
            value["finish"],
            (*value["notes"], "cached"),
        )
        return answer, value.get("payer")
    except (ValueError, KeyError, TypeError):
        return None
