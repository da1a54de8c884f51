"""What a run would ask of models, worked out by playing a few episodes with the demo model.

Every prompt is made as it would be made; only the answers are those of the rules of
`memenv.loopback.demo`, so what a model would write into the memory, and at what length, is a guess.
Tokens are those of the bundled encoding, which counts about a quarter more than those of the large
vendors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, TypeVar

from memenv import run, tokens
from memenv.harness.client import place_of
from memenv.harness.config import Config
from memenv.harness.execute import Spec, judge_of, with_seed
from memenv.harness.prices import Prices
from memenv.loopback import demo
from memenv.models import DEMO, Complete, Completion, Endpoint, Message, Tool, ToolCall
from memenv.types import Instance, Usage

T = TypeVar("T")
R = TypeVar("R")

MANY = 500
"""A run of no more chunks is played whole, so that its calls are counted and not guessed."""

PLAYED = 2
"""Episodes of each environment that are played of others; the rest is taken to be like them."""

SECONDS_PER_CALL = 0.5
SECONDS_PER_TOKEN = 0.01
"""How long a call and a token of its answer are taken to last."""


@dataclass(frozen=True)
class Estimate:
    """What is likely to be sent.

    Attributes:
        calls: of all models.
        prompt_tokens: of all calls.
        completion_tokens: likewise.
        usd: `None` when the price of a model is unknown.
        minutes: with the workers, the concurrency and the limits of the run.
    """

    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    minutes: float


@dataclass(frozen=True)
class Limits:
    """How fast a run may ask: requests at once, requests and tokens in a minute."""

    concurrency: int = 16
    requests: float | None = None
    tokens: float | None = None

    def seconds(self, calls: float, counted: float) -> float:
        """The least that so many calls with so many tokens take by the limits of a minute."""
        return 60 * max(
            calls / self.requests if self.requests else 0.0,
            counted / self.tokens if self.tokens else 0.0,
        )


def estimate(
    config: Config, specs: Sequence[Spec], prices: Prices, limits: Limits | None = None
) -> Estimate:
    """What some episodes would ask of models.

    Raises:
        MemenvError: when an instance cannot be made, or a plug-in goes wrong.
    """
    limits = limits or Limits()
    whole, longest = _Ledger(), 0.0
    few = sum(len(_instance(spec).chunks) for spec in specs[:MANY]) <= MANY and len(specs) <= MANY
    for label in dict.fromkeys(spec.target.label for spec in specs):
        mine = [spec for spec in specs if spec.target.label == label]
        played = mine if few else mine[:PLAYED]
        for spec in played:
            ledger = _Ledger()
            _play(spec, ledger)
            whole.add(ledger, len(mine) / len(played))
            longest = max(longest, ledger.waited(limits.concurrency))
    costs = [_usd(each, whole.sent[each], whole.said[each], prices) for each in whole.calls]
    known = [cost for cost in costs if cost is not None]
    calls, sent, said = (fsum(each.values()) for each in (whole.calls, whole.sent, whole.said))
    seconds = (
        # The chunks of an episode wait for each other, so it lasts as long as its own calls do.
        longest,
        whole.waited(limits.concurrency) / max(1, min(config.workers, len(specs))),
        (whole.chained + whole.mapped) / limits.concurrency,
        limits.seconds(calls, sent + said),
    )
    return Estimate(
        round(calls),
        round(sent),
        round(said),
        fsum(known) if len(known) == len(costs) else None,
        max(seconds) / 60,
    )


def _usd(endpoint: Endpoint, sent: float, said: float, prices: Prices) -> float | None:
    if endpoint == Endpoint(DEMO):
        return 0.0
    price = prices.of([endpoint.model], place_of(endpoint.base_url))
    return None if price is None else price.usd(round(sent), round(said))


def _instance(spec: Spec) -> Instance:
    config = spec.config
    return spec.target.source(config.split, config.secret).pick(config.seed + spec.index)


def _play(spec: Spec, ledger: _Ledger) -> None:
    """Play an episode with the demo model."""
    config = spec.config
    run.run_episode(
        _instance(spec),
        config.agent,
        config.reader,
        config.credit,
        capacity=config.capacity,
        layout=config.layout,
        view=config.view,
        arguments={
            "agent": with_seed(config, spec.repeat),
            "reader": config.reader_arguments,
            "credit": config.credit_arguments,
        },
        models=ledger,
        verdicts=judge_of(config),
        rehearsal=True,
    )


class _Ledger:
    """Answers like the demo model and counts; `Models`.

    Attributes:
        calls: endpoint -> how many.
        sent: endpoint -> tokens of prompts.
        said: endpoint -> tokens of answers.
        chained: seconds of the calls that wait for each other.
        mapped: seconds of those that may be under way together.
    """

    def __init__(self) -> None:
        self.chained = self.mapped = 0.0
        self._mapping = False
        self.calls: dict[Endpoint, float] = defaultdict(float)
        self.sent: dict[Endpoint, float] = defaultdict(float)
        self.said: dict[Endpoint, float] = defaultdict(float)

    def add(self, other: _Ledger, times: float) -> None:
        """Count what another one counted, so many times."""
        for mine, theirs in (
            (self.calls, other.calls),
            (self.sent, other.sent),
            (self.said, other.said),
        ):
            for endpoint, count in theirs.items():
                mine[endpoint] += count * times
        self.chained += other.chained * times
        self.mapped += other.mapped * times

    def waited(self, concurrency: int) -> float:
        """How long one worker is taken to wait, with so many calls at once where it can be."""
        return self.chained + self.mapped / concurrency

    def complete(self, endpoint: Endpoint) -> Complete:
        """The way to the demo model, in the name of another."""

        def ask(
            messages: Sequence[Message], *, tools: Sequence[Tool] = (), **settings: Any
        ) -> Completion:
            body = {"messages": list(messages), "tools": list(tools), **settings}
            text, calls = _taken(demo.answer(body))
            self.calls[endpoint] += 1
            self.sent[endpoint] += _count([*messages, *tools])
            said = _count([text, *(call.arguments for call in calls)])
            self.said[endpoint] += said
            seconds = SECONDS_PER_CALL + SECONDS_PER_TOKEN * said
            if self._mapping:
                self.mapped += seconds
            else:
                self.chained += seconds
            return Completion(text, calls, Usage())

        return ask

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """One by one: nothing waits here."""
        before, self._mapping = self._mapping, True
        try:
            return [function(item) for item in items]
        finally:
            self._mapping = before


def _taken(answer: str | Mapping[str, Any]) -> tuple[str, tuple[ToolCall, ...]]:
    if isinstance(answer, str):
        return answer, ()
    made = [each.get("function", each) for each in answer.get("tool_calls") or ()]
    calls = tuple(ToolCall(str(each["name"]), str(each["arguments"])) for each in made)
    return str(answer.get("content") or ""), calls


def _count(values: Iterable[Any]) -> int:
    return sum(
        tokens.count(each if isinstance(each, str) else str(each.get("content") or each))
        for each in values
    )
