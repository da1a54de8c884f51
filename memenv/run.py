"""One episode from Python.

record = memenv.run_episode(instance, "lines", capacity=0.2)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from memenv import cloze, pipeline, registry, tokens
from memenv.collector import seldom_collected
from memenv.errors import SettingError
from memenv.memory import check_capacity
from memenv.protocols import (
    Agent,
    CreditScheme,
    Reader,
    Scorer,
    describe,
    name_of,
    refuse_secrets,
)
from memenv.schemes import Scheme, is_function
from memenv.terms import Judge
from memenv.types import Instance, Record
from memenv.views import DEFAULT, make_view

Named = tuple[Any, Mapping[str, Any]]
"""A plug-in, and what a record says of it."""


def named(kind: str, plugin: Any, arguments: Mapping[str, Any] | None = None) -> Named:
    """A plug-in from a name or an object, with its description.

    Raises:
        UnknownNameError: for a name nobody knows.
        SettingError: for arguments it does not take, or an object without the method of its kind.
    """
    arguments = dict(arguments or {})
    if arguments and not isinstance(plugin, str):
        raise SettingError(f"{kind} is an object: {', '.join(arguments)} belong to its constructor")
    refuse_secrets(kind, arguments)
    name = plugin if isinstance(plugin, str) else name_of(plugin)
    made = registry.make(kind, plugin, **arguments) if isinstance(plugin, str) else plugin
    if kind == "credit" and is_function(made):
        made = Scheme(made)
    method = {"agent": "act", "reader": "answer", "credit": "assign"}[kind]
    if isinstance(made, type):
        raise SettingError(f"expected {kind} as a name or an object, got class {made.__name__}")
    if not callable(getattr(made, method, None)):
        raise SettingError(f"{kind} {name!r} has no method {method}()")
    described = describe(made, name, arguments)
    # Nobody can make the same object again from its class name: a record says so.
    return made, described if isinstance(plugin, str) else {**described, "object": True}


def scorer_for() -> Callable[[str], Scorer]:
    """Metric -> its scorer, each made once."""
    return functools.cache(lambda metric: registry.make("scorer", metric))


def meter_for(
    instance: Instance, grader: pipeline.Grader, credit: object, judge: Judge | None = None
) -> pipeline.Meter:
    """What measures the terms that a scheme uses; probes are asked for those that use `chunk`."""
    used = {*getattr(credit, "terms", ()), *getattr(credit, "online", {})}
    probes = cloze.probes_of(instance, grader) if "chunk" in used else None
    return pipeline.Meter(grader, probes, judge)


def refuse_group(credit: object, name: str) -> None:
    """A scheme that compares rollouts cannot be used on one.

    Raises:
        SettingError: for a group scheme.
    """
    if getattr(credit, "group", False):
        raise SettingError(
            f"credit {name!r} compares several rollouts of an instance (GroupCredit); "
            f"one episode at a time has none to compare"
        )


def setting(
    agent: Mapping[str, Any],
    reader: Mapping[str, Any],
    credit: Mapping[str, Any],
    capacity: float | None,
    layout: str,
    view: str,
    judge: Judge | None = None,
) -> dict[str, Any]:
    """All that a result depends on besides the instance and the operations."""
    judged = {} if judge is None else {"judge": name_of(judge)}
    return {
        **judged,
        "agent": dict(agent),
        "reader": dict(reader),
        "credit": dict(credit),
        "capacity": check_capacity(capacity),
        "layout": layout,
        "view": view,
        "tokenizer": tokens.bundled().label,
    }


def run_episode(
    instance: Instance,
    agent: str | Agent,
    reader: str | Reader = "lexical",
    credit: str | CreditScheme = "terminal",
    capacity: float | None = None,
    layout: str = "mem-alpha",
    *,
    view: str | None = None,
    arguments: Mapping[str, Mapping[str, Any]] | None = None,
    judge: Judge | None = None,
    watch: Callable[[str, int], None] = lambda stage, step: None,
) -> Record:
    """Let an agent read a stream, ask the questions, and write the record.

    Args:
        instance: the task.
        agent: name, dotted path or object.
        reader: likewise.
        credit: likewise.
        capacity: `None`, tokens (an integer >= 2) or a share of the stream (0 < x <= 1).
        layout: `mem-alpha` or `flat`.
        view: what the agent is shown; `None` is what it declares, else `newest_5`.
        arguments: for plug-ins given by name: `{"agent": {...}, "reader": {...}}`.
        judge: whether what an operation writes is worth keeping; without one the term `content`
            is not measured.
        watch: told (stage, step) before each stage; the harness attributes failures with it.

    Raises:
        MemenvError: for a name, a setting or an instance that makes no sense.
    """
    arguments = arguments or {}
    watch("setup", 0)
    actor, agent_described = named("agent", agent, arguments.get("agent"))
    answerer, reader_described = named("reader", reader, arguments.get("reader"))
    scheme, credit_described = named("credit", credit, arguments.get("credit"))
    refuse_group(scheme, credit_described["name"])
    shown = view or str(getattr(actor, "view", DEFAULT))
    trajectory = pipeline.begin(instance, layout, capacity)
    described = setting(
        agent_described, reader_described, credit_described, capacity, layout, shown, judge
    )
    grader = pipeline.Grader(answerer, scorer_for())
    with seldom_collected():
        # Probes are made while the reader has nothing to forget.
        meter = meter_for(instance, grader, scheme, judge)
        trajectory = pipeline.play(trajectory, actor, make_view(shown), watch)
        episode = pipeline.assess(trajectory, meter, watch)
    watch("credit", len(trajectory.steps))
    rewards = pipeline.assign(episode, scheme)
    return pipeline.write(episode, rewards, scheme, described, grader)
