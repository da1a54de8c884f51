"""One episode from Python.

record = memenv.run_episode(instance, "lines", capacity=0.2)
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from memenv import cloze, pipeline, registry, tokens
from memenv.collector import seldom_collected
from memenv.errors import PromptTooLongError, SettingError
from memenv.memory import Memory, check_capacity
from memenv.models import Endpoint, Metered, Models
from memenv.protocols import (
    Agent,
    CreditScheme,
    EntryView,
    Reader,
    Scorer,
    describe,
    name_of,
    refuse_secrets,
)
from memenv.sampling import no_model
from memenv.schemes import Scheme, is_function
from memenv.terms import Judge
from memenv.types import Episode, Grade, Instance, Question, Record, Usage, total
from memenv.views import DEFAULT, View, make_view

JUDGED = "judge"
"""The metric of questions that a model is meant to judge."""

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


def handed(kind: str, plugin: Any, models: Models | None) -> Metered | None:
    """Hand a plug-in the way to its model; `None` for one that needs none.

    A plug-in that was given a `complete` of its own keeps it. What it spends is told by the result.

    Raises:
        SettingError: for a plug-in that needs a model where there is none.
    """
    if not getattr(plugin, "needs_model", False):
        return None
    own = getattr(plugin, "complete", None)
    if models is not None:
        own = models.complete(endpoint_of(kind, plugin))
        if hasattr(plugin, "map"):
            plugin.map = models.map
    elif own is None or own is no_model:
        raise SettingError(
            f"{kind} {name_of(plugin)} asks a model: use memenv eval, or pass "
            f"models=memenv.harness.client.Client()"
        )
    metered = own if isinstance(own, Metered) else Metered(own)
    plugin.complete = metered
    return metered


def endpoint_of(kind: str, plugin: Any) -> Endpoint:
    """The model that a plug-in asks.

    Raises:
        SettingError: when it does not say.
    """
    endpoint = getattr(plugin, "endpoint", None)
    if not isinstance(endpoint, Endpoint):
        raise SettingError(
            f"{kind} {name_of(plugin)} needs a model: its attribute endpoint is a "
            f"memenv.models.Endpoint, not {endpoint!r}"
        )
    return endpoint


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
            f"credit {name!r} compares several rollouts of an instance (GroupCredit); one episode "
            f"at a time has none to compare: collect episodes and call it with the list"
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
    models: Models | None = None,
    verdicts: Any = None,
    rehearsal: bool = False,
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
        models: the way to language models, for plug-ins that need one.
        verdicts: a scorer that asks a model (`judge`), for questions that one is meant for; its
            verdicts stand beside the scores.
        rehearsal: played for an estimate: an agent that reaches outside by other ways than its
            model is told so, with `rehearse()`.
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
    acting = handed("agent", actor, models)
    reading = handed("reader", answerer, models)
    judging = handed("scorer", verdicts, models)
    if rehearsal:
        getattr(actor, "rehearse", _nothing)()
    trajectory = pipeline.begin(instance, layout, capacity)
    described = setting(
        agent_described, reader_described, credit_described, capacity, layout, shown, judge
    )
    grader = pipeline.Grader(answerer, scorer_for())
    look = make_view(shown)
    follow = getattr(answerer, "follow", None)
    if callable(follow):
        follow(actor)
        look = _asking(look, instance, grader, watch)
    with seldom_collected(), _closed(actor if isinstance(agent, str) else None):
        # Probes are made while the reader has nothing to forget.
        meter = meter_for(instance, grader, scheme, judge)
        own = getattr(actor, "spent", Usage)
        spent = own if acting is None else lambda: total([acting.taken(), own()])
        trajectory = pipeline.play(trajectory, actor, look, watch, spent)
        episode = pipeline.assess(trajectory, meter, watch)
    if callable(follow):
        follow(None)
    watch("credit", len(trajectory.steps))
    rewards = pipeline.assign(episode, scheme)
    judged = None
    if verdicts is not None:
        watch("judge", len(trajectory.steps))
        judged = _judged(episode, verdicts, models)
    metered = {"agent": acting, "reader": reading, "judge": judging}
    asked = {name: way for name, way in metered.items() if way is not None}
    # The agent's costs are those of its steps.
    costs = {name: way.taken() for name, way in asked.items() if name != "agent"}
    served = {name: way.served() for name, way in asked.items()}
    return pipeline.write(
        episode, rewards, scheme, described, grader, costs=costs, served=served, judged=judged
    )


def _nothing() -> None:
    """What is called of an agent that has nothing of the kind."""


@contextlib.contextmanager
def _closed(agent: object) -> Iterator[None]:
    """Let an agent that was made here go, with what it has opened."""
    try:
        yield
    finally:
        getattr(agent, "close", _nothing)()


def _asking(
    look: View, instance: Instance, grader: pipeline.Grader, watch: Callable[[str, int], None]
) -> View:
    """A view before which the questions are asked that are due; their answers are kept.

    Between two chunks an agent that cannot be set back is where its memory is, and never again.
    """

    def asked_first(memory: Memory, chunk: str) -> EntryView:
        due = [each for each in instance.questions if instance.asked_after(each) == memory.step]
        if due:
            watch("reader", memory.step)
            grader(memory, due)
            watch("agent", memory.step + 1)
        return look(memory, chunk)

    return asked_first


def _judged(episode: Episode, judge: Any, models: Models | None) -> dict[str, float | None]:
    """A model's verdict on every question whose published metric is one."""
    asked = [
        (question, grade)
        for question, grade in zip(
            episode.trajectory.instance.questions, episode.grades, strict=True
        )
        if JUDGED in (question.metric, question.meta.get("published_metric"))
    ]
    work = map if models is None else models.map

    def verdict(pair: tuple[Question, Grade]) -> float | None:
        try:
            score: float | None = judge.score(pair[1].answer, pair[0])
        except PromptTooLongError:
            # Nobody can judge it, and the scores do not depend on it.
            return None
        return score

    scores = work(verdict, asked)
    return {question.id: score for (question, _), score in zip(asked, scores, strict=True)}
