"""What a policy sees of the lines of a chunk when they come to a memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memenv.lines.pairs import Floats, Pairs, Pool
from memenv.lines.reading import Reading
from memenv.lines.texts import line_of
from memenv.memory import CORE, Entry, Layout, Memory, position

CHOICES = ("skip", "semantic", "episodic", "update", "replace", "core")
"""What can be done with a line: nothing; an insert into the semantic store of what it says in
brief; an insert into the episodic store of the line as it is; an update of the nearest entry, in
brief; a semantic insert after the oldest entry was deleted, and more of them until it fits; its
addition to the core, in brief. A layout with one store has both inserts in it."""

SKIP, SEMANTIC, EPISODIC, UPDATE, REPLACE, ADD_TO_CORE = range(len(CHOICES))

MOVING = (
    *("empty", "nearest", "lead", "best lead", "new words", "rare words", "new names"),
    *("age of nearest", "length to nearest", "label of nearest", "speaker of nearest", "same"),
    *("label held", "label count", "fill", "fits", "room for chunk", "pressure", "time", "last"),
    *("age of oldest", "core", "entries", "unlimited"),
)
"""Numbers that depend on the memory and the moment as well."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What a policy knows of a memory besides its texts.

    Attributes:
        ids: of the entries but the core, the one that was written longest ago first.
        ages: steps since each was written last.
        held: tokens of each.
        tokens: of the memory.
        capacity: of it.
        core: tokens of the core; `None` in a layout without one.
        core_text: of it.
        core_limit: the most tokens it may have.
        stores: the store for `semantic`, and that for `episodic`.
        step: number of this step.
        steps: of the episode.
    """

    ids: Sequence[str]
    ages: npt.NDArray[np.float32]
    held: Sequence[int]
    tokens: int
    capacity: int | None
    core: int | None
    core_text: str
    core_limit: int
    stores: tuple[str, str]
    step: int
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a policy sees at one step of one memory.

    Attributes:
        moving: `[n, len(MOVING)]`.
        allowed: `[n, len(CHOICES)]`, what can be done at all.
        nearest: `[n]`, for each line the place of the nearest entry in `state.ids`; -1 if none.
        state: what the operations are worked out from.
    """

    moving: Floats
    allowed: npt.NDArray[np.bool_]
    nearest: npt.NDArray[np.int64]
    state: State


def by_age(entries: Sequence[Entry]) -> list[Entry]:
    """All entries but the core, the one that was written longest ago first."""
    return sorted(
        (entry for entry in entries if entry.id != CORE),
        key=lambda entry: (entry.history[-1][-1], position(entry.id)),
    )


def state_of(
    entries: Sequence[Entry], layout: Layout, used: int, capacity: int | None, step: int, steps: int
) -> tuple[State, list[Entry]]:
    """The state of a memory, and its entries in the order of `ids`."""
    held = by_age(entries)
    core = next((entry for entry in entries if entry.id == CORE), None)
    state = State(
        ids=[entry.id for entry in held],
        ages=np.array([step - entry.history[-1][-1] for entry in held], dtype=np.float32),
        held=[entry.tokens for entry in held],
        tokens=used,
        capacity=capacity,
        core=None if layout.core_limit is None else core.tokens if core else 0,
        core_text=core.text if core else "",
        core_limit=layout.core_limit or 0,
        stores=(layout.stores[0], layout.stores[-1]),
        step=step,
        steps=steps,
    )
    return state, held


def look(chunk: Reading, memory: Memory, steps: int) -> Scene:
    """What a policy sees of a chunk when it comes to a memory.

    Args:
        chunk: as `read` gives it.
        memory: before the step.
        steps: number of steps of the episode, if it is known; else any number above the step's.
    """
    return look_at(
        chunk, memory.entries, memory.layout, memory.tokens, memory.capacity, memory.step + 1, steps
    )


def look_at(
    chunk: Reading,
    entries: Sequence[Entry],
    layout: Layout,
    used: int,
    capacity: int | None,
    step: int,
    steps: int,
) -> Scene:
    """As `look`, of the parts that an observation has."""
    state, held = state_of(entries, layout, used, capacity, step, steps)
    pairs = Pool([line_of(entry.text) for entry in held]).beside(chunk.lines)
    return scene(chunk, pairs, state)


def scene(chunk: Reading, pairs: Pairs, state: State) -> Scene:
    """What is seen, given the lines beside the entries of `state.ids`."""
    lines, held = len(chunk.lines), len(state.ids)
    table = np.zeros((lines, len(MOVING)), dtype=np.float32)
    nearest = np.full(lines, -1, dtype=np.int64)
    words_ = np.maximum(pairs.lengths, 1)
    if held and lines:
        cosine = pairs.cosine()
        closeness = cosine + np.float32(0.5) * pairs.lead
        # The newest of those that are equally near.
        nearest = held - 1 - closeness[:, ::-1].argmax(1).astype(np.int64)
        rows = np.arange(lines)
        documents = pairs.held.sum(0)
        tokens_held = np.array(state.held, dtype=np.float32)
        table[:, 1] = cosine[rows, nearest]
        table[:, 2] = pairs.lead[rows, nearest]
        table[:, 3] = pairs.lead.max(1)
        table[:, 4] = pairs.own @ (documents == 0).astype(np.float32) / words_
        rare = ((documents > 0) & (documents < 3)).astype(np.float32)
        table[:, 5] = pairs.own @ rare / words_
        table[:, 6] = (
            pairs.names @ (documents == 0).astype(np.float32) / np.maximum(pairs.names.sum(1), 1)
        )
        table[:, 7] = _log(state.ages[nearest])
        table[:, 8] = np.clip(_log(pairs.tokens) - _log(tokens_held[nearest]), -1, 1)
        table[:, 9] = pairs.label[rows, nearest]
        table[:, 10] = pairs.speaker[rows, nearest]
        table[:, 11] = pairs.same.any(1)
        alike = pairs.label.sum(1).astype(np.float32)
        table[:, 12] = alike > 0
        table[:, 13] = _log(alike)
        table[:, 20] = state.ages[0] / max(state.step, 1)
    else:
        table[:, 0] = not held
        table[:, 4] = table[:, 6] = 1
    left = state.steps - state.step
    table[:, 18] = state.step / max(state.steps, 1)
    table[:, 19] = left <= 1
    table[:, 22] = math.log1p(held) / 8
    if state.core is not None:
        table[:, 21] = state.core / max(state.core_limit, 1)
    if state.capacity is None:
        table[:, 15:18] = 1
        table[:, 23] = 1
    else:
        room = max(state.capacity - state.tokens, 0)
        table[:, 14] = state.tokens / max(state.capacity, 1)
        table[:, 15] = pairs.tokens <= room
        table[:, 16] = min(room / max(chunk.tokens, 1), 1)
        table[:, 17] = min(room / max(chunk.tokens * left, 1), 1)
    return Scene(table, _allowed(chunk, pairs, state), nearest, state)


def _allowed(chunk: Reading, pairs: Pairs, state: State) -> npt.NDArray[np.bool_]:
    """What can be done with each line, were it the only one: what is full takes no insert."""
    allowed = np.ones((len(chunk.lines), len(CHOICES)), dtype=np.bool_)
    if state.capacity is not None:
        room = state.capacity - state.tokens
        whole = np.array([line.tokens for line in chunk.lines])
        allowed[:, [SEMANTIC, ADD_TO_CORE]] = (pairs.tokens <= room)[:, None]
        allowed[:, EPISODIC] = whole <= room
        allowed[:, REPLACE] = pairs.tokens <= state.capacity
    if not state.ids:
        allowed[:, [UPDATE, REPLACE]] = False
    if state.core is None:
        allowed[:, ADD_TO_CORE] = False
    return allowed


def _log(values: Floats) -> Floats:
    # Of whole numbers, looked up: the vectorised logarithm may differ in its last bit.
    return _LOGS[np.minimum(values, len(_LOGS) - 1).astype(np.int64)]


_LOGS = np.array([math.log1p(number) / 4 for number in range(1024)], dtype=np.float32)
