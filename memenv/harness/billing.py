"""What was asked, and what it cost."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from memenv import tokens
from memenv.harness.prices import Price
from memenv.harness.replies import Reply, Tokens
from memenv.types import Usage, canonical_json


@dataclass(frozen=True, slots=True)
class Bill:
    """What was asked and what it cost.

    Attributes:
        calls: answers that were paid for.
        cached: answers that were known already, or came to another who asked the same just then.
        retried: requests beyond the first of a call, of calls that were answered in the end.
        failed: calls that were given up.
        prompt_tokens: of the paid calls.
        completion_tokens: of the paid calls.
        usd: of the paid calls; `None` when the price of one of them is unknown.
        models: the same for each model, as `Usage`.
    """

    calls: int = 0
    cached: int = 0
    retried: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = 0.0
    models: Mapping[str, Usage] = field(default_factory=dict)


class Ledger:
    """A bill as it grows; any thread may write to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: Counter[str] = Counter()
        self._usages: dict[str, Usage] = {}

    def count(self, what: str, times: int = 1) -> None:
        """Add to what is `cached`, `retried` or `failed`."""
        with self._lock:
            self._totals[what] += times

    def pay(self, model: str, usage: Usage) -> None:
        """Add one call that was answered."""
        with self._lock:
            before = self._usages.get(model, Usage())
            self._usages[model] = Usage(
                before.calls + 1,
                before.prompt_tokens + usage.prompt_tokens,
                before.completion_tokens + usage.completion_tokens,
                dollars([before.usd, usage.usd]),
            )

    @property
    def bill(self) -> Bill:
        """What was asked so far."""
        with self._lock:
            usages = dict(self._usages)
            totals = dict(self._totals)
        return Bill(
            calls=sum(usage.calls for usage in usages.values()),
            prompt_tokens=sum(usage.prompt_tokens for usage in usages.values()),
            completion_tokens=sum(usage.completion_tokens for usage in usages.values()),
            usd=dollars(usage.usd for usage in usages.values()),
            models=usages,
            **totals,
        )


def estimate(wish: Mapping[str, Any], reply: Reply) -> Tokens:
    """What a call took about, in memenv's own tokens, for servers that do not say."""
    texts = [canonical_json(message.get("content")) for message in wish["messages"]]
    prompt = sum(4 + tokens.count(text) for text in texts)
    if wish["tools"]:
        prompt += tokens.count(canonical_json(wish["tools"]))
    said = [reply.text, *(part for call in reply.calls for part in (call.name, call.arguments))]
    return Tokens(prompt, sum(tokens.count(text) for text in said))


def usage_of(used: Tokens, price: Price | None) -> Usage:
    """What one call took, in dollars too where its price is known."""
    usd = None if price is None else price.usd(used.prompt, used.completion, used.cached)
    return Usage(1, used.prompt, used.completion, usd)


def dollars(parts: Iterable[float | None]) -> float | None:
    """The sum; unknown when one part is."""
    known = list(parts)
    found = [part for part in known if part is not None]
    return math.fsum(found) if len(found) == len(known) else None
