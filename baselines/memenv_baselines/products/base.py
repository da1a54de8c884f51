"""`Product`: a memory product that memenv did not make, as an agent.

Whatever a product stores is mirrored into our memory: a new item is an `Insert`, a changed one an
`Update`, one that is gone a `Delete`. So the same reader and the same trace of evidence judge all
products. A product says how it takes a text and what it holds:

    >>> class Notebook(Product):
    ...     def __init__(self):
    ...         self.notes = {}
    ...
    ...     def add(self, text, time):
    ...         self.notes[str(len(self.notes))] = text
    ...
    ...     def items(self):
    ...         return self.notes
    >>> from memenv import run_episode
    >>> from memenv.testing import small_instance
    >>> run_episode(small_instance(), Notebook()).steps[0]["operations"][0]["op"]
    'insert'
"""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence

from memenv import tokens
from memenv.errors import SettingError
from memenv.memory import CORE
from memenv.operations import Delete, Insert, Operation, Update
from memenv.protocols import Observation
from memenv.types import Chunk, Usage


class Product(abc.ABC):
    """An agent that hands each chunk to a product and repeats what the product made of it.

    A subclass has `add` and `items`; `search` makes it fit for the reader `own-search`; `reset`
    and `close` are for products that outlive an episode.

    What tells items apart in our memory is their text: several items of one text are one entry. An
    item that does not fit is recorded as a rejected insert, once, and tried again when there is
    room for it.

    Attributes:
        texts: id of the product -> text, after the last chunk.
        step: number of the last chunk; `None` before the first.
        rehearsed: whether the episode is only played to estimate what it would cost.
    """

    version = "1"
    stateful = True
    view = "full"

    # Of the class, so that a subclass need not call our constructor.
    texts: Mapping[str, str] = {}
    step: int | None = None
    rehearsed = False
    _refused: frozenset[str] = frozenset()

    @abc.abstractmethod
    def add(self, text: str, time: str | None) -> None:
        """Take the next piece of the stream; what becomes of it is there on return.

        Args:
            text: of the chunk.
            time: when it was said, where that is known.

        Raises:
            ModelError: when the product could not do it now; the episode is run again later.
        """

    @abc.abstractmethod
    def items(self) -> Mapping[str, str]:
        """All that the product holds: its id -> text, in an order of its own that stays."""

    def reset(self) -> None:  # noqa: B027 - most products are new with every object
        """Forget everything; called before the first chunk."""

    def close(self) -> None:  # noqa: B027
        """Let go of files and connections; called when the episode is over."""

    def spent(self) -> Usage:
        """What the product spent since the last time of asking; unknown unless it says so."""
        return Usage(usd=None)

    def rehearse(self) -> None:
        """Reach for nothing outside from now on: an episode is played for an estimate."""
        self.rehearsed = True

    def imagine(self, chunk: Chunk) -> Mapping[str, str]:
        """What the product might hold after a chunk of a rehearsal: all chunks."""
        return {**self.texts, str(chunk.index): chunk.text}

    def act(self, observation: Observation) -> Sequence[Operation]:
        """The operations that make our memory what the product holds after the chunk.

        Raises:
            SettingError: when chunks do not come one after the other, entries are hidden, the
                product is not empty at the start, or its items are no texts.
        """
        held = _held(observation)
        self._follow(observation.step)
        chunk, before = observation.chunk, self.texts
        if self.rehearsed:
            self.texts = self.imagine(chunk)
        else:
            self.add(chunk.text, chunk.time)
            self.texts = self._items()
        operations, self._refused = mirrored(
            before, self.texts, held, room_of(observation), observation, self._refused
        )
        return operations

    def _follow(self, step: int) -> None:
        if step == 0:
            self.texts, self._refused = {}, frozenset()
            if not self.rehearsed:
                self.reset()
                if count := len(self._items()):
                    raise SettingError(
                        f"{self._name} holds {count} items before the first chunk: give it a "
                        f"method reset() that empties it, or a new object for every episode"
                    )
        elif self.step is None or step != self.step + 1:
            last = "none" if self.step is None else f"chunk {self.step}"
            raise SettingError(
                f"{self._name} is given chunk {step} after {last}: a product cannot be set back or "
                f"forked, so it is given every chunk once, in order"
            )
        self.step = step

    def _items(self) -> dict[str, str]:
        items = self.items()
        if not isinstance(items, Mapping):
            raise SettingError(
                f"{self._name}: items() gives a mapping of ids to texts, not {type(items).__name__}"
            )
        for name, text in items.items():
            if not isinstance(name, str) or not isinstance(text, str):
                raise SettingError(
                    f"{self._name}: items() maps ids to texts, both strings, not "
                    f"{type(name).__name__} to {type(text).__name__}"
                )
        return dict(items)

    @property
    def _name(self) -> str:
        return f"product {type(self).__name__}"


def _held(observation: Observation) -> dict[str, str]:
    """Text -> id of our entries, all of them."""
    entries = observation.entries
    if sum(entry.tokens for entry in entries) != observation.tokens:
        raise SettingError("a product needs to see every entry: leave out -a view=, or say full")
    return {entry.text: entry.id for entry in entries if entry.id != CORE}


def room_of(observation: Observation) -> float:
    """Tokens that our memory has left."""
    if observation.capacity is None:
        return math.inf
    return observation.capacity - observation.tokens


def mirrored(
    before: Mapping[str, str],
    now: Mapping[str, str],
    held: Mapping[str, str],
    room: float,
    observation: Observation,
    refused: frozenset[str] = frozenset(),
) -> tuple[list[Operation], frozenset[str]]:
    """The operations that make what we hold what a product holds now.

    Deletes come first, as they make room. A changed item is an `Update` of its entry, unless other
    items have that text still; where the new text does not fit, the old one goes all the same.

    Args:
        before: id of the product -> text, a chunk ago.
        now: the same after the chunk.
        held: text -> id of our entries.
        room: tokens that are left.
        observation: of the step; its layout is read.
        refused: texts that were asked for before and did not fit, or never can.

    Returns:
        The operations, and the texts that are refused now.
    """
    wanted = dict.fromkeys(now.values())
    gone = {text: entry for text, entry in held.items() if text not in wanted}
    new = dict.fromkeys(text for text in wanted if text not in held)
    changed: list[tuple[str, str, str]] = []
    for name, text in now.items():
        old = before.get(name)
        if old in gone and text in new:
            changed.append((gone.pop(old), old, text))
            del new[text]
    operations: list[Operation] = []
    for text, entry in gone.items():
        operations.append(Delete(entry))
        room += tokens.count(text)
    late = []
    for entry, old, text in changed:
        more = _cost(text) - tokens.count(old)
        if _fits(more, room):
            operations.append(Update(entry, text))
            room -= more
        else:
            operations.append(Delete(entry))
            room += tokens.count(old)
            late.append(text)
    too_much = set()
    for text in [*new, *late]:
        cost = _cost(text)
        if _fits(cost, room):
            room -= cost
        else:
            too_much.add(text)
            if text in refused:
                continue
        operations.append(Insert(observation.layout.default_store, text))
    return operations, frozenset(too_much)


def _fits(cost: float, room: float) -> bool:
    return cost <= room and cost != math.inf


def _cost(text: str) -> float:
    """Tokens of a text; no room is enough for one that no memory takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return math.inf
    return tokens.count(text) if text.strip() else math.inf
