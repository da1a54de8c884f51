"""The step rewards of Fine-Mem and Mem-alpha as their papers put them together."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import Any

from memenv.credit.evidence import Empty, eara
from memenv.schemes import Factor, Share, scheme, score_of
from memenv.terms import Owner, Weight
from memenv.types import Episode


def _finemem_online(parameters: Mapping[str, Any]) -> dict[str, float]:
    return {"format": 1.0, "chunk": parameters["w1"]}


@scheme(terms=("format", "chunk", "compression"), online=_finemem_online)
def finemem(
    episode: Episode,
    *,
    beta: Share = 0.5,
    w1: Factor = 0.5,
    w2: Factor = 0.05,
    owner: Owner = "last_writer",
    empty: Empty = "uniform",
    weight: Weight = "equal",
) -> list[float]:
    """Fine-Mem: evidence-anchored attribution plus format, probes of the chunk and compression.

        r_t = r_EARA(t) + r_fmt(t) + w1 r_chunk(t) + w2 r_comp

    Fine-Mem (arXiv 2601.08435, total step reward) with its weights. The terms are `format`,
    `chunk`, and `compression` of the final memory, which is the same for every step; one that was
    not measured is left out.

    Args:
        episode: a finished one.
        beta: of `eara`.
        w1: weight of the probes.
        w2: weight of the compression.
        owner: of `eara`.
        empty: of `eara`.
        weight: of `eara`.
    """
    terms = episode.step_terms
    anchored = eara(episode, beta=beta, owner=owner, empty=empty, weight=weight)
    small = terms["compression"][-1] or 0.0
    return [
        fsum((reward, well_formed or 0.0, w1 * (right or 0.0), w2 * small))
        for reward, well_formed, right in zip(
            anchored, terms["format"], terms["chunk"], strict=True
        )
    ]


@scheme(terms=("executed", "compression", "content"), online={"executed": 1.0})
def memalpha(episode: Episode, *, beta: Factor = 0.05, gamma: Factor = 0.1) -> list[float]:
    """Mem-alpha: the whole score at every step, plus executed calls, compression and content.

        r_t = r_1 + r_2,t + beta r_3 + gamma r_4,t

    Mem-alpha (arXiv 2509.25911, eq. 1); beta and gamma as in its section 4.4 and its released
    scripts. The terms are `executed`, `compression` of the final memory and `content`; one that
    was not measured is left out: without a judge there is no r_4.

    Args:
        episode: a finished one.
        beta: weight of the compression.
        gamma: weight of the judge's verdicts.
    """
    terms, score = episode.step_terms, score_of(episode)
    small = terms["compression"][-1] or 0.0
    return [
        fsum((score, executed or 0.0, beta * small, gamma * (valid or 0.0)))
        for executed, valid in zip(terms["executed"], terms["content"], strict=True)
    ]
