"""The exceptions memenv raises on purpose.

Each message says what was expected, what came and what to do about it. The command line prints
it as one line; a library user can catch `MemenvError` and be sure that nothing else was hidden.

What an *agent* does wrong is never raised: it is an `Outcome` (see `memenv.memory`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MemenvError(Exception):
    """Anything a user of memenv can do something about."""


class SettingError(MemenvError, ValueError):
    """A setting (capacity, layout, view, size, ...) has a value that makes no sense."""


class UnknownNameError(MemenvError, LookupError):
    """A plug-in, layout or metric was asked for by a name nobody knows."""


class DataError(MemenvError, ValueError):
    """A data file, or a line or field of it, is not what the format says."""


class StoreError(MemenvError):
    """The results database cannot be read or written."""


class ModelError(MemenvError):
    """A model could not be asked, or gave nothing that can be used; never a score of 0."""


class PromptTooLongError(ModelError):
    """A prompt has more tokens than the model takes; to be made shorter, not to be sent again."""


class BudgetError(ModelError):
    """The dollars of a run are spent; nothing more was sent."""


class NotMeasuredError(MemenvError):
    """Something that was asked for could not be measured, so there is no number to give."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """The error for a name nobody knows, with the nearest known one.

    >>> str(unknown_name("reader", "lexcial", ["lexical"]))
    "unknown reader 'lexcial'; did you mean 'lexical'?"
    >>> str(unknown_name("reader", "x", ["b", "a"]))
    "unknown reader 'x'; known: a, b"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return UnknownNameError(f"unknown {kind} {name!r}; did you mean {near[0]!r}?")
    return UnknownNameError(f"unknown {kind} {name!r}; known: {', '.join(names) or 'none'}")
