"""The server: one thread with an event loop, so that a thousand slow answers cost nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from memenv.errors import SettingError
from memenv.loopback import faults as faulty
from memenv.loopback import wire
from memenv.loopback.behaviours import Behaviour, Said, model_of
from memenv.loopback.completions import Options, completion, parse, read
from memenv.loopback.embeddings import embeddings
from memenv.loopback.faults import Faults, faults_of
from memenv.loopback.wire import Incoming, RefusedError, Reply, json_reply

T = TypeVar("T")

HOST = "127.0.0.1"
_COMPLETIONS = "/v1/chat/completions"
# Linger on, for no time: closing then resets the connection.
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Request:
    """A request that came.

    Attributes:
        number: among the requests for a completion, from 1; 0 for any other.
        method: such as `POST`.
        path: such as `/v1/chat/completions`.
        headers: names in small letters; what authorises is left out.
        body: the JSON of its body, `None` when there is none.
        at: when it had come, on `time.monotonic`.
        fault: what was done to it on purpose.
        status: that of the reply once it is written; `None` while nothing whole is.
    """

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    at: float
    key: str | None = None
    fault: str | None = None
    status: int | None = None

    def has_key(self, key: str) -> bool:
        """Whether it came with that key; only its hash is kept."""
        return self.key == _hash(key)


class ModelServer:
    """A running server; made by `serve_model`, stopped by `stop` or at the end of a `with`.

    Attributes:
        url: what a client takes as its base URL.
        port: the port of it.
    """

    def __init__(
        self,
        model: Callable[[dict[str, Any]], Said],
        slow_model: bool,
        options: Options,
        faults: Faults,
        latency: float,
        api_key: str | None,
        port: int,
        keep: int,
    ) -> None:
        self._model, self._slow_model, self._options = model, slow_model, options
        self._faults, self._latency = faults, latency
        self._key = None if api_key is None else _hash(api_key)
        self._requests: deque[Request] = deque(maxlen=keep)
        self._count = self._answered = self._peak = self._busy = 0
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        # Many, as each may be waiting for something; they are only made when needed.
        self._pool = ThreadPoolExecutor(128, "loopback-model")
        opened = _open(port)
        self.port: int = opened.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}/v1"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback", daemon=True)
        self._thread.start()
        self._ask(self._listen(opened))

    # --- what a test does -------------------------------------------------------------------------

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests that came, oldest first; of a great many only the newest `keep`."""
        return self._at_rest(lambda: tuple(self._requests))

    @property
    def count(self) -> int:
        """Requests for a completion that came."""
        return self._at_rest(lambda: self._count)

    @property
    def answered(self) -> int:
        """Those of them that were given a completion, whole, with status 200."""
        return self._at_rest(lambda: self._answered)

    @property
    def peak(self) -> int:
        """The most of them that were under way at once."""
        return self._at_rest(lambda: self._peak)

    def reset(self) -> None:
        """Forget all requests and count from 1 again; a script goes on where it was."""

        def forget() -> None:
            self._requests.clear()
            self._count = self._answered = self._peak = 0

        self._at_rest(forget)

    def set_faults(self, faults: Faults | Sequence[str | None] | None) -> None:
        """Misbehave in another way from now on, `None` for not at all; a dead server revives.

        A plan counts from the first request since the last `reset`, as ever.
        """
        chosen = faults_of(faults)
        if self._thread.is_alive() and self._server is None:
            self._ask(self._listen(_open(self.port)))
        self._faults = chosen

    def stop(self) -> None:
        """Close every connection and the port; again is no error."""
        if not self._thread.is_alive():
            return
        self._ask(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._pool.shutdown(wait=False)

    def __enter__(self) -> ModelServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- its thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _ask(self, wish: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(wish, self._loop).result()

    def _at_rest(self, function: Callable[[], T]) -> T:
        """What a function gives when the server does nothing else."""

        async def call() -> T:
            return function()

        if not self._thread.is_alive():
            return function()
        result: T = self._ask(call())
        return result

    async def _listen(self, opened: socket.socket) -> None:
        self._server = await asyncio.start_server(
            self._serve, sock=opened, limit=wire.MAX_HEAD, backlog=1024
        )

    async def _close(self) -> None:
        self._die()
        here = [task for task in self._connections if task is not asyncio.current_task()]
        for task in here:
            task.cancel()
        await asyncio.gather(*here, return_exceptions=True)

    def _die(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._connections.values():
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            # A client may leave whenever it likes.
            with contextlib.suppress(ConnectionError, TimeoutError, asyncio.CancelledError):
                while await self._turn(reader, writer):
                    pass
        finally:
            del self._connections[task]
            with contextlib.suppress(OSError, RuntimeError):
                writer.close()

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its reply; whether the connection lives on."""
        try:
            incoming = await wire.receive(reader, writer)
        except RefusedError as refused:
            await wire.send(writer, refused.reply, keep_alive=False)
            return False
        if incoming is None:
            return False
        request = self._noted(incoming)
        if not request.number:
            reply = self._other(incoming, request)
            await wire.send(writer, reply, keep_alive=incoming.keep_alive)
            request.status = reply.status
            await writer.drain()
            return incoming.keep_alive
        self._busy += 1
        self._peak = max(self._peak, self._busy)
        try:
            return await self._complete(incoming, request, reader, writer)
        finally:
            self._busy -= 1

    def _noted(self, incoming: Incoming) -> Request:
        number = 0
        if (incoming.method, incoming.path) == ("POST", _COMPLETIONS):
            self._count += 1
            number = self._count
        try:
            body: Any = parse(incoming.body)
        except RefusedError:
            body = None
        secret = ("authorization", "api-key", "cookie")
        shown = {name: text for name, text in incoming.headers.items() if name not in secret}
        key = _key(incoming)
        request = Request(
            number,
            incoming.method,
            incoming.path,
            shown,
            body,
            time.monotonic(),
            None if key is None else _hash(key),
        )
        self._requests.append(request)
        return request

    # --- what is replied --------------------------------------------------------------------------

    async def _complete(
        self,
        incoming: Incoming,
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Answer a request for a completion, or do to it what the faults say."""
        faults = self._faults
        kind = request.fault = faults.kind(request.number)
        if kind == "die":
            self._die()
            return False
        if kind == "hang":
            await reader.read()
            return False
        if kind == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
            return False
        if kind in faulty.REFUSALS:
            reply = faulty.refusal(kind, faults)
        else:
            reply = await self._reply(incoming, request, kind, faults)
            await self._wait(request, faults.slow if kind == "slow" else 0.0)
        if reader.at_eof():
            return False
        if kind == "cut":
            await wire.send_half(writer, reply)
            return False
        await wire.send(writer, reply, keep_alive=incoming.keep_alive)
        request.status = reply.status
        if reply.status == 200 and kind not in faulty.BROKEN:
            self._answered += 1
        await writer.drain()
        return incoming.keep_alive

    async def _wait(self, request: Request, longer: float) -> None:
        left = self._latency + longer - (time.monotonic() - request.at)
        if left > 0:
            await asyncio.sleep(left)

    async def _reply(
        self, incoming: Incoming, request: Request, kind: str | None, faults: Faults
    ) -> Reply:
        try:
            self._admit(request)
            body = read(incoming.body, self._options)
            if kind in faulty.HOSTILE and kind != "huge":
                said = faulty.hostile(kind, body, faults)
            else:
                said = await self._say(body)
            made = completion(body, said, request.number, self._options)
        except RefusedError as refused:
            return refused.reply
        except Exception as error:
            # Whatever a test's own function raises; the client is told, and the server lives on.
            message = f"the behaviour raised {type(error).__name__}: {error}"
            return RefusedError(500, message, type="server_error", code="behaviour").reply
        if kind in faulty.BROKEN:
            return faulty.broken(kind, made, request.number)
        return faulty.huge(made, faults.huge) if kind == "huge" else json_reply(made)

    async def _say(self, body: dict[str, Any]) -> Said:
        if self._slow_model:
            return await self._loop.run_in_executor(self._pool, self._model, body)
        return self._model(body)

    def _admit(self, request: Request) -> None:
        if self._key is not None and not hmac.compare_digest(request.key or "", self._key):
            message = "Incorrect API key provided."
            raise RefusedError(401, message, code="invalid_api_key")

    def _other(self, incoming: Incoming, request: Request) -> Reply:
        """The reply to all but a request for a completion."""
        try:
            self._admit(request)
            return self._route(incoming)
        except RefusedError as refused:
            return refused.reply

    def _route(self, incoming: Incoming) -> Reply:
        method, path = incoming.method, incoming.path
        if (method, path) == ("GET", "/v1/models"):
            data = [_listed(name) for name in self._options.models]
            return json_reply({"object": "list", "data": data})
        if (method, path) == ("POST", "/v1/embeddings"):
            return json_reply(embeddings(parse(incoming.body)))
        known = {_COMPLETIONS: "POST", "/v1/embeddings": "POST", "/v1/models": "GET"}
        if path in known:
            raise RefusedError(405, f"Only {known[path]} requests are accepted here.")
        raise RefusedError(404, f"Unknown request URL: {method} {path[:200]}.", code="unknown_url")


def serve_model(
    behaviour: Behaviour = "demo",
    *,
    faults: Faults | Sequence[str | None] | None = None,
    latency: float = 0.0,
    strict: bool = False,
    tools: bool = True,
    seed: bool = True,
    usage: bool = True,
    max_tokens_field: str | None = None,
    reasoning: bool = False,
    n_context: int | None = None,
    models: Sequence[str] = ("demo",),
    api_key: str | None = None,
    port: int = 0,
    keep: int = 10_000,
) -> ModelServer:
    """Start a model server on this machine.

    Args:
        behaviour: `"demo"`; replies in order, the last one for good; `{part of the last user
            message: reply}`; or a function from the body of a request to a reply, called in
            threads. See `Behaviour` and `Said`.
        faults: what goes wrong: `Faults`; a plan such as `["429", None, "cut"]`, request by
            request; or one kind for every request.
        latency: seconds until a reply is sent.
        strict: requests are held against the published schema, and refused with status 400.
        tools: `False` refuses requests with tools, as a server does that knows none.
        seed: `False` refuses requests with a seed.
        usage: `False` leaves out what a call costs.
        max_tokens_field: `max_tokens` or `max_completion_tokens`, when only one is understood.
        reasoning: replies have a `reasoning_content` beside their content.
        n_context: longer prompts are refused, in tokens of `memenv-16k`.
        models: what `GET /v1/models` lists.
        api_key: requests without it are refused with status 401.
        port: 0 takes a free one.
        keep: requests that are remembered; all are counted.

    Raises:
        SettingError: for a setting that makes no sense.
        UnknownNameError: for an unknown behaviour or fault.
        OSError: for a port that is taken.
    """
    if latency < 0 or keep < 0:
        raise SettingError(f"latency and keep are not negative: {latency!r}, {keep!r}")
    model, slow_model = model_of(behaviour)
    options = Options(
        strict=strict,
        tools=tools,
        seed=seed,
        usage=usage,
        max_tokens_field=max_tokens_field,
        reasoning=reasoning,
        n_context=n_context,
        models=tuple(models),
    )
    return ModelServer(model, slow_model, options, faults_of(faults), latency, api_key, port, keep)


def _open(port: int) -> socket.socket:
    return socket.create_server((HOST, port), backlog=1024)


def _listed(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_767_225_600, "owned_by": "memenv"}


def _key(incoming: Incoming) -> str | None:
    """What a request authorises itself with."""
    scheme, _, token = incoming.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return incoming.headers.get("api-key")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
