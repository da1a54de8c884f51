"""No more requests and tokens in a minute than a provider allows, spread evenly.

>>> now = [0.0]
>>> pace = Pace(60, None, clock=lambda: now[0], sleep=lambda seconds: now.append(seconds))
>>> pace.wait(10), pace.wait(10), now
(0.0, 1.0, [0.0, 1.0])
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """When the next request may be sent.

    Requests are spaced evenly and no burst is saved up: a provider may count by the second.

    Args:
        requests_per_minute: at most so many; `None` is no limit.
        tokens_per_minute: of prompts and completions; `None` is no limit.
        clock: seconds, never going back.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._per_request = 60 / requests_per_minute if requests_per_minute else 0.0
        self._per_token = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next_request = self._next_token = clock()

    def wait(self, tokens: float) -> float:
        """Wait for one's turn with a request of about so many tokens; the seconds waited."""
        with self._lock:
            now = self._clock()
            start = max(now, self._next_request, self._next_token)
            self._next_request = start + self._per_request
            self._next_token = start + tokens * self._per_token
        # Everyone has a turn of his own, so nobody needs to be woken by another.
        if start > now:
            self._sleep(start - now)
        return start - now

    def correct(self, tokens: float) -> None:
        """A request took so many tokens more than it was taken for; less when negative."""
        with self._lock:
            self._next_token += tokens * self._per_token
