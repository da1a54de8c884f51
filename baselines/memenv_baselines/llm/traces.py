"""Supervised pairs: what a policy would be asked at a chunk, and what another agent did there.

>>> import memenv
>>> instance = memenv.make("task", "overrides", size=2)(seed=1, split="train")
>>> trace = next(iter(traces(instance, "oracle", Setting(style="tiny", capacity=0.2))))
>>> trace["instance"], trace["step"], trace["messages"][0]["role"], trace["completion"][:8]
('overrides-v0/train/2/1', 0, 'user', '[1] INSE')
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memenv import pipeline, run
from memenv.errors import DataError, SettingError
from memenv.models import Models
from memenv.operations import Malformed, Skip
from memenv.types import Instance
from memenv.views import DEFAULT, make_view
from memenv_baselines.llm.styles import make_style


@dataclass(frozen=True)
class Setting:
    """Under what the agent writes, and how the policy is asked.

    Attributes:
        style: of the prompts (`memenv_baselines.llm.styles`).
        capacity: of the memory.
        layout: of the memory.
        view: what the policy is shown; `None` is what the style shows.
        max_tokens: of an answer; `None` is the style's own.
        arguments: of the agent.
        rejected: whether operations that the memory refused are kept; a model should not learn
            to write what comes to nothing.
    """

    style: str = "memenv"
    capacity: float | None = None
    layout: str = "mem-alpha"
    view: str | None = None
    max_tokens: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    rejected: bool = False


def traces(
    instance: Instance, agent: str, setting: Setting, models: Models | None = None
) -> Iterator[dict[str, Any]]:
    """A pair for every chunk of an instance.

    The agent sees the memory by its own view, the policy by that of the setting. What the policy
    could not have seen (the questions, for an oracle) is in what the agent does, not in the prompt.

    Args:
        instance: the stream.
        agent: name or dotted path of who writes.
        setting: under what.
        models: the way to language models, for an agent that needs one.

    Yields:
        `messages` (as the policy is sent them), `completion` (a text), `style`, `instance` (its
        id), `step`, `agent`.

    Raises:
        MemenvError: for a name or a setting that makes no sense.
    """
    actor, described = run.named("agent", agent, setting.arguments)
    if getattr(actor, "stateful", False):
        raise SettingError(
            f"agent {agent!r} keeps more than the memory: what it does is no answer to a prompt"
        )
    run.handed("agent", actor, models)
    style = make_style(setting.style, setting.max_tokens)
    own = make_view(str(getattr(actor, "view", DEFAULT)))
    shown = make_view(setting.view or style.view)
    insider = bool(getattr(actor, "needs_instance", False))
    trajectory = pipeline.begin(instance, setting.layout, setting.capacity)
    for number in range(len(instance.chunks)):
        asked = pipeline.observe(trajectory, shown)
        action = actor.act(pipeline.observe(trajectory, own, show_instance=insider))
        trajectory = pipeline.act(trajectory, action)
        step = trajectory.steps[-1]
        done = [
            operation
            for operation, outcome in zip(step.operations, step.outcomes, strict=True)
            if setting.rejected or outcome.status in ("ok", "truncated")
        ]
        kept = [operation for operation in done if not isinstance(operation, Malformed)]
        yield {
            "style": style.name,
            "agent": described["name"],
            "instance": instance.id,
            "step": number,
            "messages": [dict(message) for message in style.messages(asked)],
            "completion": style.said(asked, kept or [Skip()]),
        }
    getattr(actor, "close", lambda: None)()


def read_traces(path: str | Path) -> list[dict[str, Any]]:
    """The pairs of a file that `memenv data traces` wrote.

    Raises:
        DataError: for a file that is none, with the line.
    """
    found: list[dict[str, Any]] = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    found.append(_trace(line, f"{path}, line {number}"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    if not found:
        raise DataError(f"{path} has no traces: write them with memenv data traces")
    return found


def _trace(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not JSON: {str(error)[:80]}") from None
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list) or not messages:
        raise DataError(f"{where}: expected messages, a list of at least one")
    for message in messages:
        if not isinstance(message, dict) or not all(
            isinstance(message.get(name), str) for name in ("role", "content")
        ):
            raise DataError(f"{where}: a message has a role and a content, both texts")
    if not isinstance(value.get("completion"), str) or not value["completion"]:
        raise DataError(f"{where}: expected completion, a text")
    return dict(value)
