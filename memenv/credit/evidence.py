"""Schemes that follow the evidence: probes of a chunk, retrieved entries, gold chunks."""

from __future__ import annotations

from math import fsum
from typing import Literal

from memenv.pipeline import mean
from memenv.schemes import Factor, Share, scheme, score_of
from memenv.terms import Owner, Weight, contributions
from memenv.types import Episode

Empty = Literal["uniform", "drop"]


@scheme(terms=("chunk",), online={"chunk": 1.0})
def csr(episode: Episode) -> list[float]:
    """Chunk-level step reward alone: how many of the chunk's probes are answered after the step.

    r_chunk of Fine-Mem (arXiv 2601.08435, chunk-level step reward), the term `chunk`. A chunk
    without probes gives 0.
    """
    return [value or 0.0 for value in episode.step_terms["chunk"]]


@scheme(conserves=lambda settings: settings["empty"] == "uniform")
def eara(
    episode: Episode,
    *,
    beta: Share = 0.5,
    owner: Owner = "last_writer",
    empty: Empty = "uniform",
    weight: Weight = "equal",
) -> list[float]:
    """Evidence-anchored reward attribution: the score goes to the steps that wrote what was read.

        r_t = (1 - beta) score / T + beta N_t

    Fine-Mem (arXiv 2601.08435, evidence-anchored reward attribution); N_t is `contributions` in
    `memenv.terms`. The rewards sum to the score, save with `empty="drop"`.

    Args:
        episode: a finished one.
        beta: the part that follows the evidence; 0 is `uniform`.
        owner: the step an entry belongs to; the paper leaves open whose an updated entry is.
        empty: what becomes of a question's share when nothing was retrieved for it: `uniform`
            gives every step the same part, `drop` loses it, as the formula of the paper does.
        weight: how a question's share is divided among its entries; the paper's is `equal`.
    """
    score, steps = score_of(episode), len(episode.trajectory.steps)
    owned, unowned = contributions(episode.evidence, steps, owner=owner, weight=weight)
    shared = (1 - beta) * score / steps
    if empty == "uniform":
        shared += beta * unowned / steps
    return [fsum((shared, beta * part)) for part in owned]


@scheme(gold=True)
def evidence_session(episode: Episode) -> list[float]:
    """A step earns the mean score of the questions whose gold evidence is in its chunk.

    The global signal of Memory-R2 (arXiv 2605.21768, LoGo-GRPO), whose sessions are our chunks.
    A chunk that no question needs earns 0. Needs gold evidence.
    """
    score_of(episode)
    return [
        mean(
            [
                trace["score"]
                for trace in episode.evidence
                if trace["score"] is not None and step in trace["gold_chunks"]
            ]
        )
        or 0.0
        for step in range(len(episode.trajectory.steps))
    ]


@scheme(gold=True)
def hindsight_gate(episode: Episode, *, beta: Factor = 0.1) -> list[float]:
    """A step earns the score of the questions that its chunk, or its entries, helped to answer.

        S(t) = (1 / n) sum_j s_j ([t in gold_j] + beta [step t wrote an entry retrieved for j])

    The hindsight credit of writes in Mem-T (arXiv 2601.23014, MoT-GRPO): leaves are our questions,
    source turns our chunks. Mem-T takes a leaf's advantage within a tree of answers; with one
    answer per question that is its score. Needs gold evidence for the first part.

    Args:
        episode: a finished one.
        beta: what being retrieved counts against being gold evidence; 0.1 in the paper.
    """
    score_of(episode)
    parts: list[list[float]] = [[] for _ in episode.trajectory.steps]
    scored = [trace for trace in episode.evidence if trace["score"] is not None]
    for trace in scored:
        share = trace["score"] / len(scored)
        for step in set(trace["gold_chunks"]):
            parts[step].append(share)
        for step in {step for item in trace["retrieved"] for step in item["writers"]}:
            parts[step].append(beta * share)
    return [fsum(each) for each in parts]
