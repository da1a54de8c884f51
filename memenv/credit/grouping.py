"""Advantages: the rewards of a group of rollouts against each other.

>>> advantages([[1.0, 0.0], [0.0, 0.0]], eps=0.0)
[[1.0, 0.0], [-1.0, 0.0]]
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from math import fsum
from numbers import Real
from typing import Any, Literal, get_args

from memenv.errors import SettingError
from memenv.memory import CORE
from memenv.operations import Insert, Update
from memenv.types import Episode

Grouping = Literal["per_step", "pooled", "per_episode", "same_state"]
"""Which rewards are compared: those of one step index, all, those of one episode, or those of
steps that were taken from the same memory."""

_Place = tuple[int, int]


def advantages(
    rewards: Sequence[Sequence[float]],
    grouping: Grouping = "per_step",
    unbiased: bool = False,
    eps: float = 1e-6,
    *,
    weights: Sequence[Sequence[float]] | None = None,
    states: Sequence[Sequence[Hashable]] | None = None,
) -> list[list[float]]:
    """How much better a step did than its group.

        A = w (r - mean_group) / (std_group + eps)

    GRPO (arXiv 2402.03300, section 4.1). The groups are

    - `per_step`: equal step index over all rollouts (Fine-Mem, arXiv 2601.08435);
    - `pooled`: all steps of all rollouts (the released code of Mem-alpha, arXiv 2509.25911, with
      `unbiased=True`);
    - `per_episode`: the steps of one rollout;
    - `same_state`: equal step index and equal entry of `states` (the local groups of LoGo-GRPO,
      Memory-R2, arXiv 2605.21768). Without `states` the rollouts are taken as re-rolls of the same
      snapshots: entries of one index share their state.

    A group of one is not centred: its mean counts as 0 and its standard deviation as 1, as in the
    trainer verl, which Mem-alpha uses. In a larger group equal rewards have advantage 0.

    Args:
        rewards: `[G][T]`, a row per rollout; rows may differ in length and be empty. Arrays are
            taken too.
        grouping: which rewards are compared.
        unbiased: whether the variance is divided by n - 1 (verl) instead of n.
        eps: added to the standard deviation.
        weights: multiplied with the advantages, of the same shape, such as `component_weights`.
        states: for `same_state` the state before every step, such as `states_of` gives; of the
            same shape.

    Returns:
        Lists of the same shape.

    Raises:
        SettingError: for rewards or weights that are not numbers, other shapes, or an unknown
            grouping.
    """
    rows = _numbers("rewards", rewards)
    factors = None if weights is None else _numbers("weights", weights, rows)
    if grouping not in get_args(Grouping):
        known = ", ".join(get_args(Grouping))
        raise SettingError(f"grouping is one of {known}, not {grouping!r}")
    if not isinstance(unbiased, bool):
        raise SettingError(f"unbiased is true or false, not {unbiased!r}")
    if not _is_number(eps) or eps < 0:
        raise SettingError(f"eps is a number of at least 0, not {eps!r}")
    result = [[0.0] * len(row) for row in rows]
    for places in _groups(rows, grouping, states):
        centred = _normalised([rows[i][t] for i, t in places], unbiased, float(eps))
        for (i, t), value in zip(places, centred, strict=True):
            result[i][t] = value if factors is None else value * factors[i][t]
    return result


def states_of(episodes: Sequence[Episode]) -> list[list[str]]:
    """The digest of the memory before every step, `[G][T]`: `states` for `advantages`."""
    return [[memory.digest for memory in each.trajectory.memories[:-1]] for each in episodes]


def component_weights(episodes: Sequence[Episode], *, alpha: float = 4.0) -> list[list[float]]:
    """Weights `[G][T]` for `advantages`: steps that wrote what is searched most count more.

    ADRPO of MemBuilder (arXiv 2601.05488): in every rollout the store with most entries retrieved
    over its questions weighs alpha, the other stores and the core 1; all weigh 1 when nothing was
    retrieved. Of stores that tie the first in the layout is taken. MemBuilder has one agent per
    store; here the weight of a step is the mean over its successful writes, and 1 when it wrote
    nothing.

    Args:
        episodes: finished ones.
        alpha: the weight, 4 in the paper.

    Raises:
        SettingError: for an alpha that is no number of at least 0.
    """
    if not _is_number(alpha) or alpha < 0:
        raise SettingError(f"alpha is a number of at least 0, not {alpha!r}")
    return [_component_weights(episode, float(alpha)) for episode in episodes]


def _component_weights(episode: Episode, alpha: float) -> list[float]:
    trajectory = episode.trajectory
    stores = {CORE: CORE}
    written: list[list[str]] = []
    for step in trajectory.steps:
        wrote: list[str] = []
        for operation, outcome in zip(step.operations, step.outcomes, strict=True):
            entry = outcome.entry
            if outcome.status not in ("ok", "truncated") or entry is None:
                continue
            if isinstance(operation, Insert):
                stores[entry] = operation.store
            if isinstance(operation, Insert | Update):
                wrote.append(stores[entry])
        written.append(wrote)
    # Readers may find the core as well; it is no store that is searched.
    found = Counter(
        stores[item["entry"]]
        for trace in episode.evidence
        for item in trace["retrieved"]
        if item["entry"] in stores
    )
    searched = trajectory.memories[0].layout.stores
    most = max(searched, key=lambda store: found[store])
    weight = {most: alpha} if found[most] else {}
    return [
        fsum(weight.get(store, 1.0) for store in wrote) / len(wrote) if wrote else 1.0
        for wrote in written
    ]


def _groups(rows: Sequence[Sequence[float]], grouping: str, states: Any) -> list[list[_Place]]:
    """The places of every group, in order."""
    if states is not None and grouping != "same_state":
        raise SettingError(f"states belong to grouping 'same_state', not {grouping!r}")
    known = None if states is None else list(_rows("states", states, rows))
    found: dict[Hashable, list[_Place]] = {}
    for i, row in enumerate(rows):
        for t in range(len(row)):
            state = known[i][t] if known is not None else None
            key: Hashable = {"pooled": 0, "per_episode": i}.get(grouping, (t, state))
            try:
                found.setdefault(key, []).append((i, t))
            except TypeError:
                raise SettingError(
                    f"states[{i}][{t}] is a {type(state).__name__}; expected something hashable, "
                    f"such as the digest of a memory"
                ) from None
    return list(found.values())


def _normalised(values: Sequence[float], unbiased: bool, eps: float) -> list[float]:
    """The values of one group, centred and scaled."""
    count, mean, deviation = len(values), 0.0, 1.0
    try:
        if count > 1:
            # A sum that rounds must not take the mean out of the range of equal rewards.
            mean = min(max(fsum(values) / count, min(values)), max(values))
            squares = fsum((value - mean) ** 2 for value in values)
            deviation = math.sqrt(squares / (count - 1 if unbiased else count))
    except OverflowError:
        raise SettingError(f"rewards as large as {max(map(abs, values))!r} overflow") from None
    scale = deviation + eps
    return [(value - mean) / scale if scale else 0.0 for value in values]


def _is_number(value: object) -> bool:
    try:
        return (
            isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(float(value))
        )
    except OverflowError:
        # A whole number that no float can hold.
        return False


def _numbers(
    name: str, given: Any, like: Sequence[Sequence[float]] | None = None
) -> list[list[float]]:
    """Rows of finite numbers, in the shape of others."""
    rows: list[list[float]] = []
    for i, row in enumerate(_rows(name, given, like)):
        for t, value in enumerate(row):
            if not (isinstance(value, bool) or _is_number(value)):
                raise SettingError(f"{name}[{i}][{t}] is {value!r}; expected a finite number")
        rows.append([float(value) for value in row])
    return rows


def _rows(name: str, given: Any, like: Sequence[Sequence[float]] | None) -> Iterator[Sequence[Any]]:
    """The rows of something nested."""
    rows = _plain(given)
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise SettingError(f"{name} has a row per rollout; got {rows!r}")
    if like is not None and len(rows) != len(like):
        raise SettingError(f"{name} has {len(rows)} rows; expected {len(like)}, as rewards has")
    for i, each in enumerate(rows):
        row = _plain(each)
        if not isinstance(row, Sequence) or isinstance(row, str):
            raise SettingError(f"{name}[{i}] is {row!r}; expected a row of one value per step")
        if like is not None and len(row) != len(like[i]):
            raise SettingError(
                f"{name}[{i}] has {len(row)} values; expected {len(like[i])}, as rewards[{i}] has"
            )
        yield row


def _plain(value: Any) -> Any:
    """Arrays as lists, anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value
