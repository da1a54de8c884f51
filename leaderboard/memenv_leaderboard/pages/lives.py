"""The life of every entry: from which step to which it was in the memory with which text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from memenv.errors import DataError
from memenv.memory import Entry, Memory
from memenv.operations import operation_from_dict
from memenv.search import content_words, words

Span = tuple[int, int]
"""From the step that wrote something to the step that ended it, or one past the last step."""


@dataclass(frozen=True)
class Version:
    """An entry with one text.

    Attributes:
        entry: as it was in the memory all that time.
        since: the step that wrote it.
        until: the step after which it was gone; `None` when it is in the last memory.
        ended: what ended it: `updated` or `deleted`; `None` when nothing did.
    """

    entry: Entry
    since: int
    until: int | None = None
    ended: str | None = None

    def at(self, step: int) -> bool:
        """Whether it is in the memory after a step."""
        return self.since <= step and (self.until is None or step < self.until)


def versions_of(record: Mapping[str, Any]) -> list[Version]:
    """Every version of every entry, by the step that wrote it; the operations are replayed.

    Raises:
        MemenvError: when the recorded operations do not lead to the recorded memory.
    """
    setting = record["setting"]
    memory = Memory.empty(
        setting["layout"], setting["capacity"], stream_tokens=record["instance"]["tokens"]
    )
    versions: list[Version] = []
    living: dict[str, int] = {}
    for number, step in enumerate(record["steps"]):
        operations = [operation_from_dict(each) for each in step["operations"]]
        after, _ = memory.apply(operations, step=number)
        for old, new in memory.diff(after):
            if old is not None:
                place = living.pop(old.id)
                ended = "deleted" if new is None else "updated"
                versions[place] = replace(versions[place], until=number, ended=ended)
            if new is not None:
                living[new.id] = len(versions)
                versions.append(Version(new, number))
        memory = after
    if memory.digest != record["memory_digest"]:
        raise DataError("the recorded operations do not give the same memory any more")
    return versions


class Holders:
    """Finds the versions that hold a passage, as `memenv.pipeline.trace` judges *kept*.

    Attributes:
        versions: in which it looks.
    """

    def __init__(self, versions: Sequence[Version]) -> None:
        self.versions = versions
        self._with: dict[str, set[int]] = {}
        for number, version in enumerate(versions):
            for word in dict.fromkeys(words(version.entry.text)):
                self._with.setdefault(word, set()).add(number)

    def of(self, passage: str) -> list[int]:
        """Numbers of the versions that hold all content words of a passage."""
        wanted = content_words(passage)
        if not wanted:
            pairs = enumerate(self.versions)
            return [number for number, version in pairs if passage in version.entry.text]
        # The rarest first: what is left to look through gets small soon.
        sets = sorted((self._with.get(word, set()) for word in dict.fromkeys(wanted)), key=len)
        return sorted(set.intersection(*sets))


def fate(versions: Sequence[Version], holders: Iterable[int], asked: int | None) -> str:
    """What had become of a passage when it was asked for: after a step, or `None` for at the end.

    Returns:
        `kept`; `updated` or `deleted`: it was stored, and what held it last was ended so;
        `never`: nothing ever held it by then.
    """
    held = [versions[each] for each in holders]
    written = held if asked is None else [each for each in held if each.since <= asked]
    if not written:
        return "never"
    if any(each.until is None if asked is None else each.at(asked) for each in written):
        return "kept"
    last = max(written, key=lambda version: version.until or 0)
    return last.ended or "never"
