"""What of a bundle's plug-ins may be used here: names that are installed, never a dotted path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memenv import registry
from memenv.errors import MemenvError
from memenv.schemes import is_function
from memenv_leaderboard.archive import RefusedError


def rereads(name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a reader gives the same answers here again.

    One that asks a model, or the product that it evaluates, does not; one given by a dotted path
    is never loaded.

    Raises:
        RefusedError: for a reader that would, and cannot be made of these arguments.
    """
    if not installed("reader", name):
        return False
    plugin = registry.load("reader", name)
    # Looked at before it is made: what it is made with comes from a bundle.
    if getattr(plugin, "needs_model", False) or hasattr(plugin, "follow"):
        return False
    if _names_code(arguments):
        raise RefusedError(f"an argument of reader {name!a} may name something to load")
    try:
        made = registry.make("reader", name, **arguments)
    except MemenvError as error:
        raise RefusedError(f"reader {name!a} cannot be made: {error}") from error
    return not getattr(made, "needs_model", False)


def recredits(name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a credit scheme may be run here."""
    if not installed("credit", name) or _names_code(arguments):
        return False
    plugin = registry.load("credit", name)
    if getattr(plugin, "needs_model", False) or getattr(plugin, "group", False):
        return False
    try:
        made = registry.make("credit", name, **arguments)
    except MemenvError:
        return False
    return is_function(plugin) or callable(getattr(made, "assign", None))


def installed(kind: str, name: str) -> bool:
    """Whether a name is one of the plug-ins that are installed here."""
    return ":" not in name and name in registry.names(kind)


def agent_class(name: str) -> Any:
    """The class of an agent that is installed here and can be imported; `None` for any other."""
    return plugin_class("agent", name)


def plugin_class(kind: str, name: str) -> Any:
    """What is installed here under a name and can be imported; `None` for any other."""
    try:
        return registry.load(kind, name) if installed(kind, name) else None
    except MemenvError:
        # It needs an extra that is not here, and a replay does not need it.
        return None


def _names_code(value: object) -> bool:
    """Whether an argument may name something to import."""
    if isinstance(value, str):
        return ":" in value
    if isinstance(value, Mapping):
        return any(map(_names_code, [*value, *value.values()]))
    return any(map(_names_code, value)) if isinstance(value, list) else False
