"""Plug-ins by name, and the table of Gymnasium ids.

Plug-ins are entry points, ours exactly like a stranger's; each is loaded only when it is named. A
dotted path (`my_package.agents:MyAgent`) works wherever a name does.

    >>> make("reader", "lexical").answer
    <bound method Lexical.answer ...>
"""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from memenv.errors import SettingError, UnknownNameError, unknown_name
from memenv.forms import RECALL_K
from memenv.schemes import Scheme, is_function

GROUPS: Mapping[str, str] = {
    "agent": "memenv.agents",
    "reader": "memenv.readers",
    "scorer": "memenv.scorers",
    "credit": "memenv.credit",
    "task": "memenv.tasks",
    "suite": "memenv.suites",
    "loader": "memenv.loaders",
}
"""Kind of plug-in -> its entry point group."""

ENVIRONMENTS: Mapping[str, Mapping[str, Any]] = {
    "MemAlpha-AR-v0": {"task": "memalpha-ar"},
    "MemAlpha-TTL-v0": {"task": "memalpha-ttl"},
    "MemAlpha-LRU-v0": {"task": "memalpha-lru"},
    "MemoryAgentBench-AR-v0": {"task": "memoryagentbench-ar"},
    "MemoryAgentBench-TTL-v0": {"task": "memoryagentbench-ttl"},
    "MemoryAgentBench-LRU-v0": {"task": "memoryagentbench-lru"},
    "MemoryAgentBench-CR-v0": {"task": "memoryagentbench-cr"},
    "MemStream-v0": {"task": "memstream"},
    "MemEnv-File-v0": {},
}
"""Gymnasium id -> keyword arguments of `memenv.env:MemoryEnv`."""

FILE_ENVIRONMENT = "MemEnv-File-v0"


def register_environments() -> None:
    """Register the ids with Gymnasium; called once, by `import memenv`."""
    import gymnasium

    for id, arguments in ENVIRONMENTS.items():  # noqa: A001
        if id not in gymnasium.registry:
            gymnasium.register(id, entry_point="memenv.env:MemoryEnv", kwargs=dict(arguments))


def names(kind: str) -> list[str]:
    """The names of all plug-ins of a kind, sorted.

    Raises:
        UnknownNameError: for a kind that is not in `GROUPS`.
    """
    return sorted(_points(kind))


def load(kind: str, name: str) -> Any:
    """The class or function behind a name or a dotted path, as it is.

    Raises:
        UnknownNameError: when nobody knows the name, or nothing is at the path.
    """
    points = _points(kind)
    if name in points:
        return _import(kind, name, points[name].value)
    if ":" in name:
        return _import(kind, name, name)
    raise unknown_name(kind, name, points)


def make(kind: str, name: str, /, **arguments: Any) -> Any:
    """A plug-in, ready to use.

    Args:
        kind: `agent`, `reader`, `scorer`, `credit` or `task`.
        name: of an entry point, or a dotted path; `recall@5` is scorer `recall` with k = 5.
        arguments: for its constructor. Tasks and credit schemes are functions: a task is given
            back with the arguments bound, a scheme as a `Scheme`.

    Raises:
        UnknownNameError: when nobody knows the name.
        SettingError: for arguments that it does not take.
    """
    base, at, number = name.partition("@")
    if kind == "scorer" and at and base in _points(kind):
        if not re.fullmatch(RECALL_K, number):
            raise SettingError(f"metric {name!r}: after the @ comes a number from 1 to 9999")
        name, arguments = base, {"k": int(number), **arguments}
    loaded = load(kind, name)
    if not callable(loaded):
        raise SettingError(f"{kind} {name!r} is a {type(loaded).__name__}: expected a class")
    if kind == "credit" and is_function(loaded):
        return Scheme(loaded, **arguments)
    if kind == "credit" and not isinstance(loaded, type) and hasattr(loaded, "assign"):
        if arguments:
            raise SettingError(f"credit {name!r} is an object: it takes no arguments any more")
        return loaded
    # A task takes these later; the others take nothing but the arguments.
    later = {"seed": 0, "size": None, "split": "test"} if kind == "task" else {}
    known = "none"
    try:
        signature = inspect.signature(loaded)
        known = ", ".join(signature.parameters) or known
        signature.bind(**{**later, **arguments})
    except (TypeError, ValueError) as error:
        raise SettingError(f"{kind} {name!r}: {error}; its arguments: {known}") from None
    if kind == "task":
        return functools.partial(loaded, **arguments) if arguments else loaded
    return loaded(**arguments)


@functools.cache
def _points(kind: str) -> dict[str, EntryPoint]:
    if kind not in GROUPS:
        raise unknown_name("kind of plug-in", kind, GROUPS)
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUPS[kind]):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise SettingError(
                f"two packages register {kind} {point.name!r}: {other.value} and {point.value}; "
                f"uninstall one, or name the other by its dotted path"
            )
    return found


# What importing a file that somebody is still writing may raise.
_BROKEN = (ImportError, AttributeError, NameError, SyntaxError, TypeError, ValueError)


def _import(kind: str, name: str, path: str) -> Any:
    module, _, attribute = path.partition(":")
    if module.startswith("."):
        raise UnknownNameError(f"{kind} {name!r}: expected an absolute path, package.module:Name")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except _BROKEN as error:
        raise UnknownNameError(f"{kind} {name!r} cannot be loaded: {error}") from error
    return found
