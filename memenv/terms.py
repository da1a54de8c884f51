"""Raw reward terms: what is measured of a step, unweighted, and the evidence it earned.

`format`, `executed`, `chunk`, `compression` and `content` are known when a step has been taken,
`global` and `evidence` when the questions have been asked. A term that was not measured is `None`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import fsum
from typing import Any, Literal

from memenv.memory import Memory
from memenv.operations import Insert, Malformed, Skip, Update
from memenv.types import Chunk, Grade, Instance, Probes, Question, Step

TERMS = ("format", "executed", "chunk", "compression", "content", "global", "evidence")
"""All of them, in the order in which they are reported."""

AT_THE_STEP = ("format", "executed", "chunk", "compression", "content")
"""Those known when a step has been taken; the others when the questions have been asked."""

Asking = Callable[[Memory, Sequence[Question]], tuple[Grade, ...]]
"""`(memory, questions) -> grades`."""

Judge = Callable[[Insert | Update, Chunk], bool | None]
"""`(operation, chunk) -> whether what it writes is worth keeping`; `None` when nobody knows."""

Owner = Literal["creator", "last_writer", "split"]
"""The step an entry belongs to: the one that made it, the last one that wrote it, or all that
wrote it in equal parts (phi of Fine-Mem, which is not defined for updates)."""

Weight = Literal["equal", "rank", "score", "cited"]
"""How a question's score is shared among the entries retrieved for it: equally (Fine-Mem), by
1/rank, by retrieval score, or equally among those that the answer cites."""

Row = dict[str, float | None]

ANSWERED = 0.5
"""A question scored above this counts as answered right."""


def terms_of(
    step: Step,
    memory: Memory,
    instance: Instance,
    *,
    grade: Asking | None = None,
    probes: Probes | None = None,
    judge: Judge | None = None,
) -> Row:
    """The terms of a step, those known at its end; the others are `None`.

    - `format`: share of the operations that are well-formed (r_fmt of Fine-Mem, arXiv 2601.08435).
      A bare `Skip` is; text without any call is one malformed operation.
    - `executed`: share of outcomes `ok` or `truncated` (r2 of Mem-alpha, arXiv 2509.25911, eq. 1,
      save that deleting an unknown id is no success).
    - `chunk`: share of the chunk's probes answered right from the memory just after the step
      (CSR of Fine-Mem). Probes without a score are left out.
    - `compression`: 1 - tokens of the memory / tokens of the stream; below 0 when the memory
      outgrows the stream (r3 of Mem-alpha, r_comp of Fine-Mem, both taken at the last step).
    - `content`: share of the operations that the judge accepts; everything but an insert or an
      update counts as not accepted, and what failed is judged too (r4 of Mem-alpha's code).

    Args:
        step: what was done.
        memory: the memory just after it.
        instance: the task.
        grade: who asks the probes.
        probes: what is asked; without them `chunk` is not measured.
        judge: who judges contents; without one `content` is not measured.
    """
    number = memory.step
    row: Row = dict.fromkeys(TERMS)
    row["format"] = _share([not isinstance(each, Malformed) for each in step.operations])
    row["executed"] = _share([each.status in ("ok", "truncated") for each in step.outcomes])
    if instance.tokens:
        row["compression"] = 1 - memory.tokens / instance.tokens
    if probes is not None and grade is not None and probes.rows[number]:
        scores = [each.score for each in grade(memory, probes.rows[number])]
        row["chunk"] = _share([score > ANSWERED for score in scores if score is not None])
    if judge is not None:
        row["content"] = _content(step, instance.chunks[number], judge)
    return row


def _content(step: Step, chunk: Chunk, judge: Judge) -> float | None:
    verdicts: list[bool] = []
    for operation in step.operations:
        if isinstance(operation, Insert | Update):
            verdict = judge(operation, chunk)
            if verdict is None:
                return None
            verdicts.append(bool(verdict))
        elif not isinstance(operation, Skip):
            verdicts.append(False)
    return _share(verdicts) if verdicts else 0.0


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def contributions(
    evidence: Sequence[Mapping[str, Any]],
    steps: int,
    *,
    owner: Owner = "last_writer",
    weight: Weight = "equal",
) -> tuple[list[float], float]:
    """What every step contributed to the score through the entries that were retrieved.

        N_t = sum_j sum_{m in M_j, phi(m) = t} s_j / (|M_j| n)

    Fine-Mem (arXiv 2601.08435), evidence-anchored reward attribution; `weight` replaces 1/|M_j| by
    another share. Questions without a score do not count.

    Args:
        evidence: one trace per question, as in `Episode.evidence`.
        steps: T.
        owner: the step an entry belongs to.
        weight: the share of an entry in the score of its question.

    Returns:
        N_t for every step, and the part of the score that no step owns because nothing was
        retrieved for a question: together they sum to the score.
    """
    scored = [trace for trace in evidence if trace["score"] is not None]
    parts: list[list[float]] = [[] for _ in range(steps)]
    unowned: list[float] = []
    for trace in scored:
        share = trace["score"] / len(scored)
        owned = [(item, part) for item, part in _weighted(trace, weight) if item["writers"]]
        if not owned:
            unowned.append(share)
        # Entries that no step is known to have written leave their part to the others.
        whole = fsum(part for _, part in owned)
        for item, part in owned:
            owners = owners_of(item["writers"], owner)
            for step in owners:
                parts[step].append(share * part / whole / len(owners))
    return [fsum(each) for each in parts], fsum(unowned)


def _weighted(trace: Mapping[str, Any], weight: Weight) -> list[tuple[Mapping[str, Any], float]]:
    """The entries retrieved for a question with their parts, all above 0."""
    items: Sequence[Mapping[str, Any]] = trace["retrieved"]
    if weight == "rank":
        return [(item, 1 / item["rank"]) for item in items]
    if weight == "score":
        most = max((item["score"] for item in items), default=0.0)
        weighted = [(item, item["score"] / most) for item in items if item["score"] > 0]
        # So far below the best that nothing is left of it.
        weighted = [(item, part) for item, part in weighted if part > 0]
    elif weight == "cited":
        weighted = [(item, 1.0) for item in items if item["entry"] in trace["cited"]]
    else:
        weighted = []
    return weighted or [(item, 1.0) for item in items]


def owners_of(writers: Sequence[int], owner: Owner) -> Sequence[int]:
    """The steps that an entry with some writers, oldest first, belongs to."""
    if owner == "split":
        return tuple(dict.fromkeys(writers))
    return (writers[0],) if owner == "creator" else (writers[-1],)


def completed(
    rows: Sequence[Row], score: float | None, evidence: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[float | None, ...]]:
    """All terms of a finished episode: name -> one value per step.

    `global` is the score, at the last step; `evidence` is N_t of `contributions`.

    Args:
        rows: of every step, from `terms_of`.
        score: the mean question score.
        evidence: one trace per question.
    """
    columns = {name: [row[name] for row in rows] for name in TERMS}
    columns["global"][-1] = score
    if score is not None:
        columns["evidence"] = list(contributions(evidence, len(rows))[0])
    return {name: tuple(values) for name, values in columns.items()}
