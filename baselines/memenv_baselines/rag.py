"""`rag`: raw chunks, for a reader that is shown the two that match best.

RAG-Top2 of Mem-alpha's tables (arXiv 2509.25911). What makes it so is the reader:

    memenv eval --agent rag --reader api -r model=NAME -r k=2
"""

from __future__ import annotations

from collections.abc import Sequence

from memenv.operations import Insert, Operation
from memenv.protocols import Observation


class Rag:
    """Inserts the chunk as it is; under a capacity, what does not fit is rejected."""

    version = "1"

    def act(self, observation: Observation) -> Sequence[Operation]:
        """One insert."""
        return [Insert(observation.layout.default_store, observation.chunk.text)]
