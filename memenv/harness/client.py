"""The way to models behind an OpenAI-compatible interface: what an episode is handed.

    client = Client(store, concurrency=16, max_cost=5.0)
    complete = client.complete(Endpoint("gpt-4o-mini"))
    complete([{"role": "user", "content": "Where is Ada?"}]).text

Retries and timeouts are those of the `openai` package. An answer is kept as soon as it is there and
is never paid for twice: at temperature 0 by what was asked, at others only inside `sampled`, where
the same question asked again is another sample, and a repetition of the whole finds the same ones.
"""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from memenv.collector import seldom_collected
from memenv.errors import BudgetError, ModelError, SettingError
from memenv.harness.billing import Bill, Ledger, estimate, usage_of
from memenv.harness.bodies import SPARED, body_of, clean
from memenv.harness.keeping import SAMPLING, as_known, read_back, sampled, written
from memenv.harness.pace import Pace
from memenv.harness.places import Place, key_of, place_of, sendable, where
from memenv.harness.prices import Prices
from memenv.harness.refusals import failure_of
from memenv.harness.replies import Reply
from memenv.harness.results import Cache
from memenv.models import Complete, Completion, Endpoint, Message, Tool
from memenv.types import canonical_json, sha256

if TYPE_CHECKING:
    import openai

__all__ = ["Bill", "Client", "place_of", "sampled"]

T = TypeVar("T")
R = TypeVar("R")

# A new number makes all that was kept unknown.
_FORMAT = 1


class Client:
    """Completions from any OpenAI-compatible server, for any number of threads (`Models`).

    Args:
        cache: where answers are kept; `None` keeps none.
        concurrency: requests under way at once, over all endpoints.
        requests_per_minute: over all endpoints, retries included; `None` is no limit.
        tokens_per_minute: of prompts and completions; a prompt is taken for a token per four bytes
            until the server says how many it has.
        timeout: seconds for one request and its reply, and for each retry of it again.
        retries: of a request that fails in a way that may pass, or has a broken reply. Ten leave
            two calls in a million unanswered where three requests of ten fail.
        prices: the bundled ones unless given.
        max_cost: dollars; once they are spent, the next call raises. The calls that are under way
            then are still paid for.
        key: instead of the one that the environment names.

    Raises:
        SettingError: for a setting that makes no sense.
    """

    def __init__(
        self,
        cache: Cache | None = None,
        *,
        concurrency: int = 16,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        timeout: float = 120.0,
        retries: int = 10,
        prices: Prices | None = None,
        max_cost: float | None = None,
        key: str | None = None,
    ) -> None:
        _check("concurrency", concurrency, concurrency >= 1, "at least 1")
        _check("retries", retries, retries >= 0, "0 or more")
        for name, value in (
            ("requests_per_minute", requests_per_minute),
            ("tokens_per_minute", tokens_per_minute),
            ("timeout", timeout),
        ):
            _check(name, value, value is None or 0 < value < 1e9, "more than 0, below a billion")
        _check("max_cost", max_cost, max_cost is None or max_cost >= 0, "0 or more")
        self._cache, self._key = cache, key
        self._concurrency, self._retries, self._timeout = concurrency, retries, timeout
        self._pace = Pace(requests_per_minute, tokens_per_minute)
        self._prices = Prices.bundled() if prices is None else prices
        self._max_cost = max_cost
        self._lock = threading.Lock()
        self._places: dict[str, Place] = {}
        self._gate: Any = None
        self._helpers = threading.Semaphore(concurrency)
        self._asking: dict[str, Future[Completion]] = {}
        self._spared: dict[Endpoint, list[str]] = {}
        self._ledger = Ledger()

    # --- what the harness does --------------------------------------------------------------------

    def complete(self, endpoint: Endpoint) -> Complete:
        """The way to one model; nothing is sent yet.

        Raises:
            SettingError: for a place that is none, a key that is missing or cannot be sent, or an
                unknown price where dollars are limited.
        """
        if not isinstance(endpoint.model, str) or not endpoint.model.strip():
            raise SettingError(f"a model has a name, not {endpoint.model!r}")
        place = self._place(endpoint.base_url)
        price = self._prices.of([endpoint.model], place.base_url)
        if self._max_cost is not None and price is None:
            raise SettingError(
                f"the price of {endpoint.model!r} is unknown, so the cost cannot be limited: list "
                f"it in a file for --prices, or leave --max-cost out"
            )
        return _Way(self, endpoint, place)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """The results in the order of the items, worked out side by side.

        The caller works too, so maps inside maps always come to an end; it is helped by at most
        `concurrency` threads, over all maps. After an error nothing more is begun, and the error of
        the first item that had one is raised once all is still.
        """
        queue = list(items)
        numbers = iter(range(len(queue)))
        results: dict[int, R] = {}
        errors: dict[int, BaseException] = {}

        def work() -> None:
            # `next` of an iterator over a range is one step, so no number is drawn twice.
            for number in numbers:
                if errors:
                    return
                try:
                    results[number] = function(queue[number])
                except BaseException as error:
                    errors[number] = error

        def help_out(context: contextvars.Context) -> None:
            try:
                context.run(work)
            finally:
                self._helpers.release()

        helpers: list[threading.Thread] = []
        while len(helpers) < len(queue) - 1 and self._helpers.acquire(blocking=False):
            # Daemons, as a call that hangs must not keep a program from ending.
            context = contextvars.copy_context()
            helper = threading.Thread(target=help_out, args=(context,), daemon=True)
            helper.start()
            helpers.append(helper)
        work()
        for helper in helpers:
            helper.join()
        if errors:
            raise errors[min(errors)]
        return [results[number] for number in range(len(queue))]

    @property
    def bill(self) -> Bill:
        """What was asked so far."""
        return self._ledger.bill

    def close(self) -> None:
        """Send nothing more; a call that waits for its turn or for a retry raises."""
        with self._lock:
            places = list(self._places.values())
            if self._gate is not None:
                self._gate.closed.set()
        for place in places:
            place.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- one call ---------------------------------------------------------------------------------

    def _place(self, base_url: str | None) -> Place:
        url = place_of(base_url)
        key = key_of(url) if self._key is None else self._key
        with self._lock:
            if url not in self._places:
                self._places[url] = Place(url, sendable(key))
            return self._places[url]

    def _openai(self, place: Place) -> openai.OpenAI:
        with self._lock:
            if place.client is None:
                # It takes a third of a second, and most of what memenv does needs no model.
                with seldom_collected():
                    from memenv.harness import wire

                if self._gate is None:
                    self._gate = wire.Gate(self._concurrency, self._pace, self._spent)
                place.client = wire.connect(
                    place.base_url,
                    place.key,
                    self._gate,
                    retries=self._retries,
                    timeout=self._timeout,
                )
            return place.client

    def _answer(self, endpoint: Endpoint, place: Place, wish: dict[str, Any]) -> Completion:
        """From the cache, from another who asks the same just now, or from the model."""
        question = sha256(canonical_json([_FORMAT, place.base_url, endpoint.model, wish]))
        key = question
        if wish["temperature"] != 0:
            sampling = SAMPLING.get()
            if sampling is None:
                return self._ask(endpoint, place, wish)
            key = sha256(canonical_json([question, *sampling.next(question)]))
        with self._lock:
            asked = self._asking.get(key)
            if asked is None:
                mine = self._asking[key] = Future()
        if asked is not None:
            known = as_known(asked.result())
            self._ledger.count("cached")
            return known
        try:
            answer = self._known_or_asked(key, endpoint, place, wish)
            mine.set_result(answer)
            return answer
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._asking[key]

    def _known_or_asked(
        self, key: str, endpoint: Endpoint, place: Place, wish: dict[str, Any]
    ) -> Completion:
        if self._cache is None:
            return self._ask(endpoint, place, wish)
        sampling = SAMPLING.get()
        kept = self._cache.cached(key)
        if kept is not None and (found := read_back(kept)) is not None:
            answer, payer = found
            self._ledger.count("cached")
            mine = sampling is not None and payer == sampling.name and sampling.pays(key)
            return answer if mine else as_known(answer)
        answer = self._ask(endpoint, place, wish)
        # Before anyone is told: what was paid for outlives this process.
        payer = None if sampling is None else sampling.name
        self._cache.cache(key, endpoint.model, written(answer, payer))
        if sampling is not None:
            sampling.pays(key)
        return answer

    def _ask(self, endpoint: Endpoint, place: Place, wish: dict[str, Any]) -> Completion:
        if reason := self._spent():
            raise BudgetError(reason)
        spared = self._spared.setdefault(endpoint, [])
        while True:
            body, notes = body_of(endpoint.model, wish, tuple(spared))
            reply, retried, failure = self._send(place, body, endpoint.model)
            if reply is not None:
                return self._paid(endpoint, place, wish, reply, notes, retried)
            if isinstance(failure, str) and f'"{failure}"' in json.dumps(wish["extra"]):
                failure = ModelError(f"{where(endpoint.model, place)}: {failure!r} is refused")
            if isinstance(failure, str):
                # Another thread may have found out meanwhile.
                if failure not in spared:
                    spared.append(failure)
                continue
            self._ledger.count("failed")
            assert failure is not None
            # Here nothing is being handled: an error that carries the request is no part of it.
            raise failure

    def _send(
        self, place: Place, body: dict[str, Any], model: str
    ) -> tuple[Reply | None, int, ModelError | str | None]:
        """(the reply, how often it was retried, or why there is none: a field to spare)."""
        client = self._openai(place)
        import openai

        from memenv.harness import wire

        if place.dead:
            client = client.with_options(max_retries=min(1, self._retries))
        try:
            # The fields go as they are: to look through them for what needs no change takes openai
            # as long as all else that a call takes.
            response = client.post("/chat/completions", cast_to=wire.Response, body=body)
        except wire.SpentError as error:
            raise BudgetError(str(error)) from None
        except openai.OpenAIError as error:
            # By name: which HTTP library openai uses depends on its version.
            place.dead = type(error.__cause__).__name__ == "ConnectError"
            sent = tuple(name for name in SPARED if name in body)
            return None, 0, failure_of(error, place, model, sent)
        except (RuntimeError, OSError) as error:
            if not self._gate.closed.is_set():
                raise
            return None, 0, ModelError(f"{where(model, place)}: the client was closed ({error})")
        place.dead = False
        return response.extensions["reply"], response.extensions["retried"], None

    def _paid(
        self,
        endpoint: Endpoint,
        place: Place,
        wish: dict[str, Any],
        reply: Reply,
        notes: Sequence[str],
        retried: int,
    ) -> Completion:
        used, all_notes = reply.tokens, [*notes, *reply.notes]
        if used is None:
            used = estimate(wish, reply)
            all_notes.append("usage estimated")
        price = self._prices.of([reply.model, endpoint.model], place.base_url)
        usage = usage_of(used, price)
        self._ledger.count("retried", retried)
        self._ledger.pay(endpoint.model, usage)
        return Completion(
            reply.text, reply.calls, usage, reply.model, reply.finish, tuple(all_notes)
        )

    def _spent(self) -> str | None:
        """Why nothing more may be sent, when the dollars are spent."""
        spent = None if self._max_cost is None else self.bill.usd
        if spent is None or self._max_cost is None or spent < self._max_cost:
            return None
        return (
            f"${spent:.4f} are spent, and the limit is ${self._max_cost:g}: nothing more is sent; "
            f"what is under way is still paid for, and what was answered is kept"
        )


@dataclass(frozen=True, repr=False)
class _Way:
    """The `Complete` of one endpoint."""

    client: Client
    endpoint: Endpoint
    place: Place

    def __call__(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        temperature: float = 0.0,
        top_p: float | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Completion:
        wish = {
            "messages": clean(messages),
            "tools": clean(tools),
            "temperature": temperature,
            "top_p": top_p,
            "max_tokens": max_tokens,
            "seed": seed,
            "extra": clean(extra or {}),
        }
        return self.client._answer(self.endpoint, self.place, wish)


def _check(name: str, value: object, right: bool, expected: str) -> None:
    if not right:
        raise SettingError(f"{name} is {expected}, not {value!r}")
