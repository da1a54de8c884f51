"""`long-context`: the newest raw chunks, for a reader that is shown them all.

The row of Mem-alpha's tables (arXiv 2509.25911): the newest 32,000 tokens of the stream go to the
reader. There the head of the prompt was cut off with the oldest text; here whole chunks leave, and
the reader's own words stay. Tokens are those of `memenv-16k`.

    memenv eval --agent long-context --reader api -r model=NAME -r preset=long-context
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memenv.errors import SettingError
from memenv.operations import Operation
from memenv.protocols import Observation
from memenv_baselines.evict import keep


class LongContext:
    """Inserts every chunk and deletes the oldest beyond the limit or the capacity.

    A chunk that fits neither on its own is left out.

    Args:
        limit: tokens that are kept.
    """

    version = "1"
    view = "full"

    def __init__(self, limit: int = 32_000) -> None:
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise SettingError(
                f"agent 'long-context': limit is an integer of at least 1, not {limit!r}"
            )
        self.limit = limit

    def act(self, observation: Observation) -> Sequence[Operation]:
        """Deletes of the oldest, then the insert."""
        within = [self.limit, observation.capacity]
        capacity = min(limit for limit in within if limit is not None)
        bounded = replace(observation, capacity=capacity)
        return keep(bounded, [observation.chunk.text], worth=lambda text, place: place)
