"""What is sent to a model: the fields of a request, and which of them it is spared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memenv.harness.replies import whole

SPARED = ("tools", "seed", "top_p", "temperature", "max_tokens", "max_completion_tokens")
"""What a server may do without, and in which order it is asked to."""


def clean(value: Any) -> Any:
    """A JSON value of plain lists and dicts, whose texts all have bytes."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, Mapping):
        return {whole(str(key)): clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean(each) for each in value]
    return value


def body_of(
    model: str, wish: Mapping[str, Any], spared: tuple[str, ...]
) -> tuple[dict[str, Any], list[str]]:
    """The fields of a request, and what is done without."""
    body = {
        name: value for name, value in wish.items() if value not in (None, []) and name != "extra"
    }
    notes = []
    for name in spared:
        value = body.pop(name, None)
        if value is None:
            continue
        if name == "max_tokens" and "max_completion_tokens" not in spared:
            body["max_completion_tokens"] = value
            notes.append("max_completion_tokens")
        else:
            notes.append(f"no {name}")
    return {"model": model, **body, **wish["extra"]}, notes
