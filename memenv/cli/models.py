"""The way to language models from the options of a command."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from memenv.cli.text import counted, dollars
from memenv.harness.config import Config, asks_models, endpoints
from memenv.harness.prices import Prices
from memenv.models import DEMO, Complete, Endpoint

if TYPE_CHECKING:
    from memenv.harness.client import Bill, Client
    from memenv.harness.results import Cache

T = TypeVar("T")
R = TypeVar("R")

_CONCURRENCY = 16


def concurrency_of(given: dict[str, Any]) -> int:
    """How many requests may be under way at once."""
    asked = given["concurrency"]
    return int(asked) if asked is not None else max(_CONCURRENCY, given.get("workers", 1))


def prices_of(given: dict[str, Any]) -> Prices:
    """The prices of models.

    Raises:
        DataError: for a file that is no price list.
    """
    path = given["prices"]
    return Prices.bundled() if path is None else Prices.read(path)


class Asked:
    """A client, and the demo model beside it; `Models`."""

    def __init__(self, client: Client, demo: str | None) -> None:
        self._client = client
        self._demo = demo

    def complete(self, endpoint: Endpoint) -> Complete:
        """The way to one model."""
        if self._demo is not None and endpoint == Endpoint(DEMO):
            endpoint = Endpoint(DEMO, self._demo)
        return self._client.complete(endpoint)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The results in the order of the items, worked out side by side."""
        return self._client.map(function, items)

    @property
    def bill(self) -> Bill:
        """What was asked so far."""
        return self._client.bill


def check_models(config: Config, given: dict[str, Any], *, sending: bool = True) -> None:
    """All that can be wrong with the way to the models of a run, before anything is begun.

    Raises:
        MemenvError: for a setting that makes no sense; when something will be sent, also for a
            missing key, and for an unknown price where dollars are limited.
    """
    if not asks_models(config):
        return
    from memenv.harness.client import place_of

    with connected(given, None, demo=False) as asked:
        for endpoint in endpoints(config):
            if endpoint != Endpoint(DEMO):
                place_of(endpoint.base_url)
                if sending:
                    asked.complete(endpoint)


@contextlib.contextmanager
def models_for(config: Config, given: dict[str, Any], cache: Cache) -> Iterator[Asked | None]:
    """The way to the models of a run; `None` when it needs none.

    Raises:
        MemenvError: for a setting that makes no sense.
    """
    if not asks_models(config):
        yield None
        return
    # The demo model is as quick as looking up what it said.
    kept = None if set(endpoints(config)) == {Endpoint(DEMO)} else cache
    with connected(given, kept, demo=_wants_demo(config)) as asked:
        yield asked


@contextlib.contextmanager
def connected(given: dict[str, Any], cache: Cache | None, *, demo: bool) -> Iterator[Asked]:
    """The way to models, by the options of a command; with the demo model where it is wanted.

    Raises:
        MemenvError: for a setting that makes no sense.
    """
    from memenv.harness.client import Client

    with contextlib.ExitStack() as stack:
        url = None
        if demo:
            from memenv.loopback import serve_model

            url = stack.enter_context(serve_model(keep=0)).url
        client = Client(
            None if given["no_cache"] else cache,
            concurrency=concurrency_of(given),
            requests_per_minute=given["rpm"],
            tokens_per_minute=given["tpm"],
            timeout=given["call_timeout"],
            retries=given["retries"],
            prices=prices_of(given),
            max_cost=given["max_cost"],
        )
        yield Asked(stack.enter_context(client), url)


def _wants_demo(config: Config) -> bool:
    return Endpoint(DEMO) in endpoints(config)


def bill_line(bill: Bill) -> str:
    """What was spent, in one line."""
    parts = [
        f"models: {counted(bill.calls, 'call')}",
        f"{bill.prompt_tokens:,} + {bill.completion_tokens:,} tokens",
        dollars(bill.usd),
    ]
    for count, what in (
        (bill.cached, "known already"),
        (bill.retried, "retried"),
        (bill.failed, "failed"),
    ):
        if count:
            parts.append(f"{count:,} {what}")
    return ", ".join(parts)
