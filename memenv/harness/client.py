"""The way to models behind an OpenAI-compatible interface: what an episode is handed.

    client = Client(store, concurrency=16, max_cost=5.0)
    complete = client.complete(Endpoint("gpt-4o-mini"))
    complete([{"role": "user", "content": "Where is Ada?"}]).text

Retries and timeouts are those of the `openai` package. An answer is kept as soon as it is there and
is never paid for twice: at temperature 0 by what was asked, at others only inside `sampled`, where
the same question asked again is another sample, and a repetition of the whole finds the same ones.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import math
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from memenv import tokens
from memenv.errors import BudgetError, ModelError, PromptTooLongError, SettingError
from memenv.harness.failures import redact
from memenv.harness.pace import Pace
from memenv.harness.prices import Price, Prices
from memenv.harness.replies import Reply, Tokens, tidy, whole
from memenv.harness.results import Cache
from memenv.models import Complete, Completion, Endpoint, Message, Tool, ToolCall
from memenv.types import Usage, canonical_json, sha256

if TYPE_CHECKING:
    import openai

T = TypeVar("T")
R = TypeVar("R")

PUBLIC = "https://api.openai.com/v1"
"""Where a model is when neither the endpoint nor `OPENAI_BASE_URL` says."""

_PLACEHOLDER = "none"
# A new number makes all that was kept unknown.
_FORMAT = 1
# What a server may do without, and in which order it is asked to.
_SPARED = ("tools", "seed", "top_p", "temperature", "max_tokens", "max_completion_tokens")
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|(?:prompt|input) is too long"
    r"|reduce the length|too many (?:input )?tokens",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bill:
    """What was asked and what it cost.

    Attributes:
        calls: answers that were paid for.
        cached: answers that were known already, or came to another who asked the same just then.
        retried: requests beyond the first of a call, of calls that were answered in the end.
        failed: calls that were given up.
        prompt_tokens: of the paid calls.
        completion_tokens: of the paid calls.
        usd: of the paid calls; `None` when the price of one of them is unknown.
        models: the same for each model, as `Usage`.
    """

    calls: int = 0
    cached: int = 0
    retried: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = 0.0
    models: Mapping[str, Usage] = field(default_factory=dict)


class _Sampling:
    """How often each question was asked so far under a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._asked: Counter[str] = Counter()
        self._paid: set[str] = set()
        self._lock = threading.Lock()

    def next(self, question: str) -> list[Any]:
        """What tells this time of asking from all others."""
        with self._lock:
            self._asked[question] += 1
            return [self.name, self._asked[question]]

    def pays(self, key: str) -> bool:
        """Whether an answer has not been paid for under this name before."""
        with self._lock:
            new = key not in self._paid
            self._paid.add(key)
        return new


_SAMPLING: contextvars.ContextVar[_Sampling | None] = contextvars.ContextVar(
    "memenv_sampling", default=None
)


@contextlib.contextmanager
def sampled(name: str) -> Iterator[None]:
    """Keep answers of temperatures above 0 too, under a name such as `run/episode key`.

    Within, the first answer to a question is one sample and the second another, in whatever thread
    it is asked (of those that run in a copy of the context); under the same name again, the same
    answers come back in the same order. An answer that was paid for under this name is told with
    its cost once, also when it was paid for by a process that has ended since.
    """
    token = _SAMPLING.set(_Sampling(name))
    try:
        yield
    finally:
        _SAMPLING.reset(token)


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
        self._places: dict[str, _Place] = {}
        self._gate: Any = None
        self._helpers = threading.Semaphore(concurrency)
        self._asking: dict[str, Future[Completion]] = {}
        self._spared: dict[Endpoint, list[str]] = {}
        self._totals: Counter[str] = Counter()
        self._usages: dict[str, Usage] = {}

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
        with self._lock:
            usages = dict(self._usages)
            totals = dict(self._totals)
        return Bill(
            calls=sum(usage.calls for usage in usages.values()),
            prompt_tokens=sum(usage.prompt_tokens for usage in usages.values()),
            completion_tokens=sum(usage.completion_tokens for usage in usages.values()),
            usd=_dollars(usage.usd for usage in usages.values()),
            models=usages,
            **totals,
        )

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

    def _place(self, base_url: str | None) -> _Place:
        url = place_of(base_url)
        key = _key(url) if self._key is None else self._key
        with self._lock:
            if url not in self._places:
                self._places[url] = _Place(url, _sendable(key))
            return self._places[url]

    def _openai(self, place: _Place) -> openai.OpenAI:
        with self._lock:
            if place.client is None:
                # It takes half a second, and most of what memenv does needs no model.
                from memenv.harness import wire

                if self._gate is None:
                    self._gate = wire.Gate(self._concurrency, self._pace)
                place.client = wire.connect(
                    place.base_url,
                    place.key,
                    self._gate,
                    retries=self._retries,
                    timeout=self._timeout,
                )
            return place.client

    def _answer(self, endpoint: Endpoint, place: _Place, wish: dict[str, Any]) -> Completion:
        """From the cache, from another who asks the same just now, or from the model."""
        question = sha256(canonical_json([_FORMAT, place.base_url, endpoint.model, wish]))
        key = question
        if wish["temperature"] != 0:
            sampling = _SAMPLING.get()
            if sampling is None:
                return self._ask(endpoint, place, wish)
            key = sha256(canonical_json([question, *sampling.next(question)]))
        with self._lock:
            asked = self._asking.get(key)
            if asked is None:
                mine = self._asking[key] = Future()
        if asked is not None:
            known = _known(asked.result())
            self._count("cached")
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
        self, key: str, endpoint: Endpoint, place: _Place, wish: dict[str, Any]
    ) -> Completion:
        if self._cache is None:
            return self._ask(endpoint, place, wish)
        sampling = _SAMPLING.get()
        kept = self._cache.cached(key)
        if kept is not None and (found := _read(kept)) is not None:
            answer, payer = found
            self._count("cached")
            mine = sampling is not None and payer == sampling.name and sampling.pays(key)
            return answer if mine else _known(answer)
        answer = self._ask(endpoint, place, wish)
        # Before anyone is told: what was paid for outlives this process.
        payer = None if sampling is None else sampling.name
        self._cache.cache(key, endpoint.model, _written(answer, payer))
        if sampling is not None:
            sampling.pays(key)
        return answer

    def _ask(self, endpoint: Endpoint, place: _Place, wish: dict[str, Any]) -> Completion:
        self._check_budget()
        spared = self._spared.setdefault(endpoint, [])
        while True:
            body, notes = _body(endpoint.model, wish, tuple(spared))
            reply, retried, failure = self._send(place, body, endpoint.model)
            if reply is not None:
                return self._paid(endpoint, place, wish, reply, notes, retried)
            if isinstance(failure, str) and f'"{failure}"' in json.dumps(wish["extra"]):
                failure = ModelError(f"{_where(endpoint.model, place)}: {failure!r} is refused")
            if isinstance(failure, str):
                # Another thread may have found out meanwhile.
                if failure not in spared:
                    spared.append(failure)
                continue
            self._count("failed")
            assert failure is not None
            # Here nothing is being handled: an error that carries the request is no part of it.
            raise failure

    def _send(
        self, place: _Place, body: dict[str, Any], model: str
    ) -> tuple[Reply | None, int, ModelError | str | None]:
        """(the reply, how often it was retried, or why there is none: a field to spare)."""
        import openai

        client = self._openai(place)
        if place.dead:
            client = client.with_options(max_retries=min(1, self._retries))
        try:
            # The fields go as they are: to look through them for what needs no change takes openai
            # as long as all else that a call takes.
            raw = client.chat.completions.with_raw_response.create(
                model=model, messages=[], extra_body=body
            )
        except openai.OpenAIError as error:
            # By name: which HTTP library openai uses depends on its version.
            place.dead = type(error.__cause__).__name__ == "ConnectError"
            sent = tuple(name for name in _SPARED if name in body)
            return None, 0, _failure(error, place, model, sent)
        except (RuntimeError, OSError) as error:
            if not self._gate.closed.is_set():
                raise
            return None, 0, ModelError(f"{_where(model, place)}: the client was closed ({error})")
        place.dead = False
        return raw.http_response.extensions["reply"], raw.retries_taken, None

    def _paid(
        self,
        endpoint: Endpoint,
        place: _Place,
        wish: dict[str, Any],
        reply: Reply,
        notes: Sequence[str],
        retried: int,
    ) -> Completion:
        used, all_notes = reply.tokens, [*notes, *reply.notes]
        if used is None:
            used = _estimate(wish, reply)
            all_notes.append("usage estimated")
        price = self._prices.of([reply.model, endpoint.model], place.base_url)
        usage = _usage(used, price)
        with self._lock:
            self._totals["retried"] += retried
            before = self._usages.get(endpoint.model, Usage())
            self._usages[endpoint.model] = Usage(
                before.calls + 1,
                before.prompt_tokens + used.prompt,
                before.completion_tokens + used.completion,
                _dollars([before.usd, usage.usd]),
            )
        return Completion(
            reply.text, reply.calls, usage, reply.model, reply.finish, tuple(all_notes)
        )

    def _check_budget(self) -> None:
        if self._max_cost is None:
            return
        spent = self.bill.usd
        if spent is not None and spent >= self._max_cost:
            raise BudgetError(
                f"${spent:.4f} are spent, and the limit is ${self._max_cost:g}: nothing more was "
                f"sent, and what was answered is kept"
            )

    def _count(self, what: str) -> None:
        with self._lock:
            self._totals[what] += 1


class _Place:
    """A server, and the connection to it once there is one.

    Attributes:
        dead: nobody could reach it with all retries, and nobody has since: the next calls only
            look whether it is back, or a run would wait for every one of them as long.
    """

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url, self.key = base_url, key
        self.client: openai.OpenAI | None = None
        self.dead = False

    def close(self) -> None:
        if self.client is not None:
            self.client.close()


@dataclass(frozen=True, repr=False)
class _Way:
    """The `Complete` of one endpoint."""

    client: Client
    endpoint: Endpoint
    place: _Place

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
            "messages": _clean(messages),
            "tools": _clean(tools),
            "temperature": temperature,
            "top_p": top_p,
            "max_tokens": max_tokens,
            "seed": seed,
            "extra": _clean(extra or {}),
        }
        return self.client._answer(self.endpoint, self.place, wish)


# --- where and with what key --------------------------------------------------------------------


def _check(name: str, value: object, right: bool, expected: str) -> None:
    if not right:
        raise SettingError(f"{name} is {expected}, not {value!r}")


def place_of(base_url: str | None) -> str:
    """Where a model is that is at a place, or at none in particular.

    Raises:
        SettingError: for a place that is none.
    """
    url = base_url or os.environ.get("OPENAI_BASE_URL") or PUBLIC
    return _checked(url.strip()).rstrip("/")


def _checked(url: str) -> str:
    # Looked for first: a password may have signs that make the rest of it unreadable.
    if "@" in url:
        raise SettingError("a base URL holds no user name or password: set OPENAI_API_KEY instead")
    if "?" in url or "#" in url:
        raise SettingError("a base URL ends before ? and #: a key is set as OPENAI_API_KEY")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise SettingError(f"a base URL is like http://127.0.0.1:8000/v1, not {tidy(url, 100)!r}")
    return url


def _key(base_url: str) -> str:
    """The key for a place, from the environment.

    Raises:
        SettingError: when there is none and the place is not on this desk.
    """
    names = _variables(base_url)
    for name in names:
        if value := os.environ.get(name, "").strip():
            return value
    if _is_near(urlsplit(base_url).hostname or ""):
        return _PLACEHOLDER
    raise SettingError(
        f"there is no key for {_shown(base_url)}: set {' or '.join(names)} (to any word when the "
        f"server needs none), or name another place with --base-url"
    )


def _variables(base_url: str) -> tuple[str, ...]:
    host = urlsplit(base_url).hostname or ""
    if host == "openrouter.ai" or host.endswith(".openrouter.ai"):
        return ("OPENROUTER_API_KEY", "OPENAI_API_KEY")
    return ("OPENAI_API_KEY",)


def _is_near(host: str) -> bool:
    """Whether a server is on this machine or in this house, where keys are uncommon."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan"))


def _sendable(key: str) -> str:
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingError("the key has characters that no key has: copy it again")
    return key


def _shown(base_url: str) -> str:
    """A place without what may be secret in it."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _where(model: str, place: _Place) -> str:
    return f"model {tidy(model, 100)!r} at {_shown(place.base_url)}"


# --- what is sent -------------------------------------------------------------------------------


def _clean(value: Any) -> Any:
    """A JSON value of plain lists and dicts, whose texts all have bytes."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, Mapping):
        return {whole(str(key)): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value


def _body(
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


def _estimate(wish: Mapping[str, Any], reply: Reply) -> Tokens:
    """What a call took about, in memenv's own tokens, for servers that do not say."""
    texts = [canonical_json(message.get("content")) for message in wish["messages"]]
    prompt = sum(4 + tokens.count(text) for text in texts)
    if wish["tools"]:
        prompt += tokens.count(canonical_json(wish["tools"]))
    said = [reply.text, *(part for call in reply.calls for part in (call.name, call.arguments))]
    return Tokens(prompt, sum(tokens.count(text) for text in said))


def _usage(used: Tokens, price: Price | None) -> Usage:
    usd = None if price is None else price.usd(used.prompt, used.completion, used.cached)
    return Usage(1, used.prompt, used.completion, usd)


def _dollars(parts: Iterable[float | None]) -> float | None:
    """The sum; unknown when one part is."""
    known = list(parts)
    found = [part for part in known if part is not None]
    return math.fsum(found) if len(found) == len(known) else None


# --- what is kept -------------------------------------------------------------------------------


def _known(answer: Completion) -> Completion:
    """An answer as one gets it who does not pay for it."""
    notes = answer.notes if "cached" in answer.notes else (*answer.notes, "cached")
    return Completion(answer.text, answer.calls, Usage(), answer.model, answer.finish, notes)


def _written(answer: Completion, payer: str | None) -> str:
    return canonical_json(
        {
            "payer": payer,
            "text": answer.text,
            "calls": [[call.name, call.arguments] for call in answer.calls],
            "usage": [
                answer.usage.prompt_tokens,
                answer.usage.completion_tokens,
                answer.usage.usd,
            ],
            "model": answer.model,
            "finish": answer.finish,
            "notes": answer.notes,
        }
    )


def _read(kept: str) -> tuple[Completion, str | None] | None:
    """A kept answer and who paid for it; `None` when it cannot be read: it is asked for again."""
    try:
        value = json.loads(kept)
        prompt, completion, usd = value["usage"]
        answer = Completion(
            value["text"],
            tuple(ToolCall(name, arguments) for name, arguments in value["calls"]),
            Usage(1, prompt, completion, usd),
            value["model"],
            value["finish"],
            (*value["notes"], "cached"),
        )
        return answer, value.get("payer")
    except (ValueError, KeyError, TypeError):
        return None


# --- what went wrong ----------------------------------------------------------------------------


def _failure(
    error: openai.OpenAIError, place: _Place, model: str, sent: tuple[str, ...]
) -> ModelError | str:
    """The error of ours; or the field that the server does not take."""
    import openai

    from memenv.harness.wire import hidden, lacks_tools, unknown_field

    def ours(kind: type[ModelError], said: str) -> ModelError:
        return kind(f"{_where(model, place)}: {tidy(redact(hidden(said[:4000], place.key)))}")

    if not isinstance(error, openai.APIStatusError):
        cause = error.__cause__ or error
        said = f"{type(cause).__name__}: {cause}" if cause is not error else str(error)
        return ours(ModelError, said)
    status = error.status_code
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    said = message if isinstance(message, str) and message else error.response.text
    whole_text = f"{error.code or ''} {error.response.text[:4000]}"
    if status in (400, 413, 422) and _TOO_LONG.search(whole_text):
        return ours(PromptTooLongError, f"status {status}: {said}")
    lasting = status in (400, 404, 422) or (status in (500, 501) and lacks_tools(said))
    if lasting and (name := unknown_field(f"{error.code or ''} {said}", error.param, sent)):
        return name
    advice = ""
    if status == 401:
        advice = f"check the key in {' or '.join(_variables(place.base_url))}: "
    elif status == 404:
        advice = "is it the right model, and does the base URL end in /v1? "
    return ours(ModelError, f"status {status}: {advice}{said}")
