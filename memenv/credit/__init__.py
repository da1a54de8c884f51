"""Credit schemes: how the result of an episode is spread over its steps.

Each is a pure function `(episode, **parameters) -> list of T step rewards`; those that compare
rollouts take a list of episodes and give a list for each. `docs/credit.md` explains them all on
one small episode.
"""

from memenv.credit.evidence import csr, eara, evidence_session, hindsight_gate
from memenv.credit.grouping import advantages, component_weights, states_of
from memenv.credit.groups import fork_replay, rank_consistency, same_state, tree_mc
from memenv.credit.plain import broadcast, terminal, uniform
from memenv.credit.presets import finemem, memalpha
from memenv.credit.provenance import dag_td
from memenv.credit.replays import counterfactual, shapley, shapley_with_error
from memenv.schemes import scheme

__all__ = [
    "advantages",
    "broadcast",
    "component_weights",
    "counterfactual",
    "csr",
    "dag_td",
    "eara",
    "evidence_session",
    "finemem",
    "fork_replay",
    "hindsight_gate",
    "memalpha",
    "rank_consistency",
    "same_state",
    "scheme",
    "shapley",
    "shapley_with_error",
    "states_of",
    "terminal",
    "tree_mc",
    "uniform",
]
