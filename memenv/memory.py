"""The memory: an immutable value, the operations on it, and what became of each.

`Memory.apply` takes the operations of one step and gives a new memory and one `Outcome` per
operation; it never raises for what an agent did wrong. A snapshot is a reference: memories share
what they have in common (see `memenv.intmap`), so the memory after every step can be kept.

    >>> memory = Memory.empty()
    >>> memory, outcomes = memory.apply([Insert("semantic", "Ada lives in Rome")], step=0)
    >>> outcomes[0].entry
    '0.0'
    >>> memory, outcomes = memory.apply([Update("0.0", "Ada lives in Oslo"), Delete("7.7")], step=1)
    >>> [outcome.status for outcome in outcomes]
    ['ok', 'rejected']
    >>> memory.get("0.0").text, memory.get("0.0").writers
    ('Ada lives in Oslo', (0, 1))

Ids come from position: `"3.1"` is step 3, operation 1. Leaving a step out of a replay therefore
renames nothing that later steps point at, and an id tells where an entry came from.

The two layouts and the rules of the operations follow Mem-alpha (arXiv 2509.25911, section 3 and
its released code) and Fine-Mem (arXiv 2601.08435, section 3), with the differences listed in
`docs/memory.md`.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import json
import math
import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from memenv import tokens
from memenv.errors import SettingError, unknown_name
from memenv.intmap import IntMap
from memenv.operations import (
    Delete,
    Insert,
    Malformed,
    Operation,
    Outcome,
    Skip,
    Update,
    short,
)

CORE = "core"
"""The id, and the store, of the one text that is always in view."""

UNKNOWN_ID = "unknown id"
"""How the reason of an operation on a missing entry begins."""

_ID = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_OPERATION_BITS = 32
_KEY_BITS = 2 * _OPERATION_BITS
_BLOCK = 64
_MAX_STEPS = 10**9


@dataclass(frozen=True, slots=True)
class Layout:
    """The stores of a memory.

    Attributes:
        name: how it is asked for.
        stores: names of the stores that entries can be inserted into.
        default_store: where a text goes when nobody says where.
        core_limit: the most tokens the core text may have; `None` when there is no core.
    """

    name: str
    stores: tuple[str, ...]
    default_store: str
    core_limit: int | None


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("mem-alpha", ("semantic", "episodic"), "semantic", 512),
        Layout("flat", ("memory",), "memory", None),
    )
}


def get_layout(layout: str | Layout) -> Layout:
    """The layout of a name; a layout is given back as it is.

    Raises:
        UnknownNameError: for a name nobody knows.
    """
    if isinstance(layout, Layout):
        return layout
    if layout not in LAYOUTS:
        raise unknown_name("layout", str(layout), LAYOUTS)
    return LAYOUTS[layout]


@dataclass(frozen=True, slots=True)
class Entry:
    """A text in the memory.

    Attributes:
        id: `"<step>.<operation>"` of the insert that made it, or `"core"`.
        store: the store it is in.
        text: what it says.
        created: the step that made it.
        history: all steps that wrote it, oldest first, in blocks. The versions of an entry share
            the full ones, so keeping a thousand versions does not cost a million numbers.
        parents: ids of the entries its text was made from, as its writers said.
        tokens: of its text, in the bundled encoding.
    """

    id: str
    store: str
    text: str
    created: int
    history: tuple[tuple[int, ...], ...]
    parents: tuple[str, ...]
    tokens: int

    @property
    def writers(self) -> tuple[int, ...]:
        """All steps that wrote it, oldest first."""
        return tuple(chain.from_iterable(self.history))


def check_capacity(capacity: object) -> int | float | None:
    """A capacity as it may be asked for: `None`, tokens (an integer >= 2) or a share (0 < x <= 1).

    Raises:
        SettingError: for anything else.
    """
    if capacity is None:
        return None
    # A truth value is a number to Python, and an index to an older numpy.
    truth = isinstance(capacity, bool) or str(getattr(capacity, "dtype", "")) == "bool"
    if isinstance(capacity, int | float) and not truth:
        if 0 < capacity <= 1:
            return float(capacity)
        if 2 <= capacity < math.inf and capacity == int(capacity):
            return int(capacity)
    elif hasattr(capacity, "__index__") and not truth:
        # Arrays have the method too and refuse when they hold more than one number.
        with contextlib.suppress(TypeError):
            return check_capacity(operator.index(capacity))
    raise SettingError(
        f"capacity must be a number of tokens (an integer of at least 2) or a share of the stream "
        f"(above 0, at most 1), not {capacity!r}"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A memory as it is at one moment. Equal content makes equal memories.

    Attributes:
        layout: its stores.
        capacity: the most tokens it may hold, `None` for no limit.
        tokens: what it holds, counted with the bundled encoding: the core and every entry's text.
        step: the last step that was applied, -1 at the start.
        core: the entry `"core"`, `None` while it is empty.
    """

    layout: Layout
    capacity: int | None
    tokens: int = 0
    step: int = -1
    core: Entry | None = None
    _stores: tuple[IntMap[Entry], ...] = ()
    # Per store: fingerprint of a text -> keys of the entries that have it.
    _texts: tuple[IntMap[int], ...] = ()

    @classmethod
    def empty(
        cls,
        layout: str | Layout = "mem-alpha",
        capacity: float | None = None,
        *,
        stream_tokens: int | None = None,
    ) -> Memory:
        """A memory with nothing in it.

        Args:
            layout: name of a layout, or the layout.
            capacity: `None`, tokens (an integer >= 2), or a share of the stream (0 < x <= 1).
            stream_tokens: tokens of the whole stream; needed for a share, of which
                `floor(capacity * stream_tokens)` is taken.

        Raises:
            SettingError: for a capacity that is none of these, or a share without a stream.
            UnknownNameError: for an unknown layout.
        """
        layout = get_layout(layout)
        limit = check_capacity(capacity)
        if isinstance(limit, float):
            if stream_tokens is None:
                raise SettingError(
                    f"capacity {capacity!r} is a share of a stream, and a memory on its own has "
                    f"none: pass stream_tokens=, or a number of tokens"
                )
            limit = math.floor(limit * stream_tokens)
        stores = tuple(IntMap[Entry]() for _ in layout.stores)
        texts = tuple(IntMap[int]() for _ in layout.stores)
        return cls(layout, limit, _stores=stores, _texts=texts)

    def apply(
        self, operations: Sequence[Operation], step: int
    ) -> tuple[Memory, tuple[Outcome, ...]]:
        """The memory after the operations of one step, and an outcome for each.

        `[]` equals `[Skip()]`. What an agent does wrong is an outcome, never an exception.

        Args:
            operations: what to do, in order.
            step: number of the step, above that of the last step applied.

        Raises:
            ValueError: when the step is not after the last one: its ids might exist already.
            TypeError: when something is not an operation, or the step no integer.
        """
        step = int(operator.index(step))
        if not self.step < step < _MAX_STEPS:
            raise ValueError(
                f"step {step} cannot follow step {self.step}: steps only go up, "
                f"and end at {_MAX_STEPS - 1}"
            )
        draft = Draft(self, step)
        outcomes = tuple(
            draft.perform(index, operation)
            for index, operation in enumerate(operations or (Skip(),))
        )
        return draft.memory(), outcomes

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, the core first, then by position. O(n)."""
        core = () if self.core is None else (self.core,)
        filled = [store for store in self._stores if len(store)]
        if len(filled) == 1:
            return (*core, *filled[0].values())
        # No two stores hold the same key, so entries are never compared.
        merged = heapq.merge(*(store.items() for store in filled))
        return (*core, *(entry for _, entry in merged))

    def __len__(self) -> int:
        return sum(len(store) for store in self._stores) + (self.core is not None)

    def get(self, id: str) -> Entry | None:  # noqa: A002 - the contract's name
        """The entry of an id, `None` when there is none. O(log n)."""
        if id == CORE:
            return self.core
        key = _key(id)
        if key is None:
            return None
        found = (store.get(key) for store in self._stores)
        return next((entry for entry in found if entry is not None), None)

    def size(self, store: str) -> int:
        """How many entries a store holds."""
        return len(self._stores[self.layout.stores.index(store)])

    def newest(self, store: str, count: int) -> list[Entry]:
        """The last `count` entries of a store by position, oldest of them first."""
        return self._stores[self.layout.stores.index(store)].last(count)

    def only(self, ids: Iterable[str]) -> Memory:
        """The memory with some of its entries and no others, each as it is.

        Args:
            ids: of the entries to keep, in any order.

        Raises:
            KeyError: for an id that it does not have.
        """
        draft = Draft(Memory.empty(self.layout), self.step)
        for id in dict.fromkeys(ids):  # noqa: A001
            entry = self.get(id)
            if entry is None:
                raise KeyError(id)
            draft.take(entry)
        return replace(draft.memory(), capacity=self.capacity)

    def diff(self, other: Memory) -> list[tuple[Entry | None, Entry | None]]:
        """What must change to get from this memory to another of the same layout.

        Returns:
            (entry here, entry there) for every entry that differs; `None` where there is none.
            The cost is proportional to the difference, not to the memories.
        """
        if self.layout != other.layout:
            raise ValueError(
                f"memories of layouts {self.layout.name!r} and {other.layout.name!r} share nothing"
            )
        changes: list[tuple[Entry | None, Entry | None]] = []
        if self.core != other.core:
            changes.append((self.core, other.core))
        for here, there in zip(self._stores, other._stores, strict=True):
            changes += ((old, new) for _, old, new in here.diff(there))
        return changes

    @property
    def digest(self) -> str:
        """The sha256 of the content: layout, and of every entry all that it says of itself.

        Capacity and step are left out: a reader cannot see them, and answers are cached by digest.
        """
        parts = [self.layout.name.encode()]
        parts.append(b"" if self.core is None else _entry_digest(self.core))
        parts += (store.digest(_entry_digest) for store in self._stores)
        return hashlib.sha256(b"|".join(part.hex().encode() for part in parts)).hexdigest()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Memory):
            return NotImplemented
        return (self.capacity, self.digest) == (other.capacity, other.digest)

    def __hash__(self) -> int:
        return hash((self.capacity, self.digest))


def position(id: str) -> tuple[int, int]:  # noqa: A002 - the contract's name
    """Where an entry stands: (step, operation) of its id; the core stands before all others."""
    key = _key(id)
    return (-1, 0) if key is None else (key >> _OPERATION_BITS, key & (1 << _OPERATION_BITS) - 1)


class Draft:
    """A memory while the operations of one step are applied to it, one by one.

    Args:
        memory: the memory before the step.
        step: number of the step.
    """

    def __init__(self, memory: Memory, step: int) -> None:
        self.start = memory
        self.layout = memory.layout
        self.step = step
        self.tokens = memory.tokens
        self.core = memory.core
        self.stores = list(memory._stores)
        self.texts = list(memory._texts)

    def memory(self) -> Memory:
        """The memory as it is now."""
        return replace(
            self.start,
            tokens=self.tokens,
            step=self.step,
            core=self.core,
            _stores=tuple(self.stores),
            _texts=tuple(self.texts),
        )

    def perform(self, index: int, operation: Operation) -> Outcome:
        """Do one operation, the one at `index` of the step.

        Raises:
            TypeError: when it is not an operation.
        """
        match operation:
            case Insert(store, text, parents):
                return self._insert(index, store, text, parents)
            case Update(id, text, parents):
                return self._update(id, text, parents)
            case Delete(id):
                return self._delete(id)
            case Skip():
                return Outcome("ok")
            case Malformed(_, reason):
                return Outcome("rejected", reason if isinstance(reason, str) else short(reason))
        raise TypeError(
            f"expected Insert, Update, Delete or Skip, got {short(operation)} "
            f"as operation {index} of step {self.step}"
        )

    def take(self, entry: Entry) -> None:
        """Hold an entry of another memory of the same layout, whose id is not taken here."""
        if entry.id == CORE:
            self.core = entry
            self.tokens += entry.tokens
        else:
            self._put(self.layout.stores.index(entry.store), entry)

    def _insert(self, index: int, store: object, text: object, parents: object) -> Outcome:
        # Hostile values compare as they like: only strings are ever compared.
        if not isinstance(store, str) or store not in self.layout.stores:
            if isinstance(store, str) and store == CORE and self.layout.core_limit is not None:
                return Outcome("rejected", "the core takes no insert: update it")
            stores = ", ".join(self.layout.stores)
            return Outcome("rejected", f"unknown store {short(store)}; stores: {stores}")
        checked = self._checked(text, parents)
        if isinstance(checked, Outcome):
            return checked
        text, known = checked
        number = self.layout.stores.index(store)
        held = self._holder(number, text)
        if held is not None:
            return Outcome("duplicate", f"the text is in entry {held.id} already", held.id)
        count = tokens.count(text)
        full = self._full(count)
        if full:
            return Outcome("rejected", full)
        id = f"{self.step}.{index}"  # noqa: A001
        self._put(number, Entry(id, store, text, self.step, ((self.step,),), known, count))
        return Outcome("ok", entry=id)

    def _update(self, id: object, text: object, parents: object) -> Outcome:  # noqa: A002
        checked = self._checked(text, parents)
        if isinstance(checked, Outcome):
            return checked
        text, known = checked
        if self.layout.core_limit is not None and isinstance(id, str) and id == CORE:
            return self._update_core(text, known, self.layout.core_limit)
        number, old = self._find(id)
        if old is None:
            return Outcome("rejected", f"{UNKNOWN_ID} {short(id)}")
        count = tokens.count(text)
        full = self._full(count - old.tokens)
        if full:
            return Outcome("rejected", full)
        self._remove(number, old)
        self._put(number, self._rewritten(old, text, count, known))
        return Outcome("ok", entry=old.id)

    def _update_core(self, text: str, parents: tuple[str, ...], limit: int) -> Outcome:
        count = tokens.count(text)
        cut = count > limit
        if cut:
            text = tokens.bundled().cut(text, limit)
            if not text:
                return Outcome("rejected", f"the text is blank for its first {limit} tokens")
            count = tokens.count(text)
        full = self._full(count - (self.core.tokens if self.core else 0))
        if full:
            return Outcome("rejected", full)
        old = self.core or Entry(CORE, CORE, "", self.step, (), (), 0)
        self.core = self._rewritten(old, text, count, parents)
        self.tokens += count - old.tokens
        if cut:
            return Outcome("truncated", f"the core holds at most {limit} tokens", CORE)
        return Outcome("ok", entry=CORE)

    def _delete(self, id: object) -> Outcome:  # noqa: A002
        if self.layout.core_limit is not None and isinstance(id, str) and id == CORE:
            if self.core is None:
                return Outcome("rejected", "the core is empty already")
            self.tokens -= self.core.tokens
            self.core = None
            return Outcome("ok", entry=CORE)
        number, old = self._find(id)
        if old is None:
            return Outcome("rejected", f"{UNKNOWN_ID} {short(id)}")
        self._remove(number, old)
        return Outcome("ok", entry=old.id)

    def _rewritten(self, old: Entry, text: str, count: int, parents: tuple[str, ...]) -> Entry:
        history = _extended(old.history, self.step)
        parents = tuple(dict.fromkeys((*old.parents, *parents)))
        return replace(old, text=text, tokens=count, history=history, parents=parents)

    def _checked(self, text: object, parents: object) -> tuple[str, tuple[str, ...]] | Outcome:
        """Text and parents as they are kept, or the outcome when they cannot be."""
        if not isinstance(text, str):
            return Outcome("rejected", f"the text must be a string, not {short(text)}")
        if not text.strip():
            return Outcome("rejected", "the text is blank")
        try:
            text.encode()
        except UnicodeEncodeError:
            return Outcome("rejected", "the text is not valid Unicode: it has a lone surrogate")
        if not isinstance(parents, tuple | list):
            return Outcome("rejected", f"parents must be a list of ids, not {short(parents)}")
        for id in parents:  # noqa: A001
            if not isinstance(id, str) or not self.has(id):
                return Outcome("rejected", f"unknown parent {short(id)}")
        return text, tuple(parents)

    def has(self, id: str) -> bool:  # noqa: A002
        """Whether there is an entry of an id."""
        return self._find(id)[1] is not None or (id == CORE and self.core is not None)

    def _find(self, id: object) -> tuple[int, Entry | None]:  # noqa: A002
        key = _key(id) if isinstance(id, str) else None
        if key is not None:
            for number, store in enumerate(self.stores):
                entry = store.get(key)
                if entry is not None:
                    return number, entry
        return -1, None

    def _holder(self, number: int, text: str) -> Entry | None:
        """The first entry of a store that has exactly this text."""
        fingerprint = _fingerprint(text)
        low = fingerprint << _KEY_BITS
        while (mark := self.texts[number].first_from(low)) is not None:
            if mark >> _KEY_BITS != fingerprint:
                return None
            entry = self.stores[number].get(mark & (1 << _KEY_BITS) - 1)
            # Two texts may share a fingerprint; only equal texts are duplicates.
            if entry is not None and entry.text == text:
                return entry
            low = mark + 1
        return None

    def _full(self, more: int) -> str | None:
        """Why there is no room for so many more tokens, `None` when there is."""
        capacity = self.start.capacity
        if capacity is None or self.tokens + more <= capacity:
            return None
        return f"over capacity: {more} more tokens needed, {capacity - self.tokens} left"

    def _put(self, number: int, entry: Entry) -> None:
        key, mark = _marks(entry)
        self.stores[number] = self.stores[number].set(key, entry)
        self.texts[number] = self.texts[number].set(mark, mark)
        self.tokens += entry.tokens

    def _remove(self, number: int, entry: Entry) -> None:
        key, mark = _marks(entry)
        self.stores[number] = self.stores[number].delete(key)
        self.texts[number] = self.texts[number].delete(mark)
        self.tokens -= entry.tokens


def _key(id: str) -> int | None:  # noqa: A002
    """The position of an id as one integer that sorts like it; `None` for the core and non-ids."""
    match = _ID.fullmatch(id)
    if match is None:
        return None
    return int(match[1]) << _OPERATION_BITS | int(match[2])


def _extended(history: tuple[tuple[int, ...], ...], step: int) -> tuple[tuple[int, ...], ...]:
    """A history with one more step, unless that is its last already."""
    last = history[-1] if history else ()
    if last[-1:] == (step,):
        return history
    if not last or len(last) == _BLOCK:
        return (*history, (step,))
    return (*history[:-1], (*last, step))


def _marks(entry: Entry) -> tuple[int, int]:
    """Where an entry is found by its id, and where by its text: fingerprint, then key."""
    key = _key(entry.id)
    assert key is not None
    return key, _fingerprint(entry.text) << _KEY_BITS | key


def _fingerprint(text: str) -> int:
    # Not hash(): that one differs between processes, and memories travel between them.
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def _entry_digest(entry: Entry) -> bytes:
    value = [entry.id, entry.store, entry.text, entry.created, entry.writers, entry.parents]
    return hashlib.sha256(json.dumps(value, separators=(",", ":")).encode()).digest()
