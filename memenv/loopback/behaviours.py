"""What a served model says: rules of the demo, a script, or a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from memenv.errors import SettingError, unknown_name
from memenv.loopback import demo
from memenv.loopback.offers import last_user
from memenv.loopback.wire import RefusedError

Said = str | Mapping[str, Any]
"""A text; or the fields of a message, where a tool call may be `{"name": ..., "arguments": ...}`
with arguments as text or values; or a whole completion, known by its `choices`."""

Model = Callable[[dict[str, Any]], Said]
"""The body of a request -> what is said."""

Behaviour = str | Sequence[Said] | Mapping[str, Said] | Model
"""`"demo"`; replies in order, the last one for good; `{part of the last user message: reply}`, of
which the first that fits, and `""` fits always; or a function."""

BEHAVIOURS: Mapping[str, Model] = {"demo": demo.answer}


def model_of(behaviour: Behaviour) -> tuple[Model, bool]:
    """The function of a behaviour, and whether it may take its time.

    Raises:
        UnknownNameError: for a name that is none.
        SettingError: for an empty script, or what is no behaviour.
    """
    if isinstance(behaviour, str):
        if behaviour not in BEHAVIOURS:
            raise unknown_name("behaviour", behaviour, BEHAVIOURS)
        return BEHAVIOURS[behaviour], False
    if callable(behaviour):
        return behaviour, True
    if isinstance(behaviour, Mapping):
        return _by_part(dict(behaviour)), False
    if isinstance(behaviour, Sequence):
        return _in_order(tuple(behaviour)), False
    raise SettingError(
        f"a behaviour is a name, replies, {{part: reply}} or a function, not {behaviour!r}"
    )


def _by_part(replies: Mapping[str, Said]) -> Model:
    def say(body: dict[str, Any]) -> Said:
        asked = last_user(body)
        for part, reply in replies.items():
            if part in asked:
                return reply
        raise RefusedError(400, "no scripted reply fits the last user message", code="no_reply")

    return say


def _in_order(replies: Sequence[Said]) -> Model:
    if not replies:
        raise SettingError("a script needs at least one reply")
    at = -1

    def say(body: dict[str, Any]) -> Said:
        nonlocal at
        at = min(at + 1, len(replies) - 1)
        return replies[at]

    return say
