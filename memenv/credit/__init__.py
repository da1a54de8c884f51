"""Credit schemes: how the result of an episode is spread over its steps.

Each is a pure function `(episode, **parameters) -> list of T step rewards`; those that compare
rollouts take a list of episodes and give a list for each. `docs/credit.md` explains them all on
one small episode.
"""

from memenv.credit.evidence import csr, eara, evidence_session, hindsight_gate
from memenv.credit.plain import broadcast, terminal, uniform
from memenv.credit.presets import finemem, memalpha
from memenv.schemes import scheme

__all__ = [
    "broadcast",
    "csr",
    "eara",
    "evidence_session",
    "finemem",
    "hindsight_gate",
    "memalpha",
    "scheme",
    "terminal",
    "uniform",
]
