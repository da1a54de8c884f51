"""`mem0`: the package of that name, with its language model and embedder behind an endpoint.

The package is used as it is (version 2: facts are added, by one call for each chunk). Its model is
asked through memenv, so that answers are kept, retried and paid for like all others. Its store is
in a folder of its own for every episode, and its telemetry is off.

    memenv eval --agent mem0 --model gpt-4.1-mini --suite quick
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import importlib.util
import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from memenv.errors import ModelError, SettingError
from memenv.models import Complete, Message
from memenv.sampling import Sampling, endpoint_of, no_model
from memenv.types import Usage
from memenv_baselines.products.base import Product

EMBEDDER = "text-embedding-3-small"
"""What mem0 itself takes by default."""

_OWNER = "agent 'mem0'"
_STREAM = "stream"
_MOST = 1_000_000
_RETRIES = 10
_TIMEOUT = 120.0
_LOCAL_SIZE = 64


class Mem0(Product):
    """mem0 as a memory agent.

    Args:
        model: that extracts what is worth keeping, as the server names it.
        base_url: of the server; `None` is where the environment says.
        embedder: the model behind `/embeddings` of the same server. It is not on the bill.
        infer: whether the model extracts facts; without, chunks are stored as they are, and only
            the embedder is asked.
        temperature: mem0's own by default.
        max_tokens: of an answer, likewise.

    Raises:
        SettingError: for an argument that makes no sense, or without the package.
    """

    version = "1"
    needs_model = True

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        embedder: str = EMBEDDER,
        infer: bool = True,
        temperature: float = 0.1,
        max_tokens: int = 2000,
    ) -> None:
        self.endpoint = endpoint_of(_OWNER, model, base_url)
        if not isinstance(embedder, str) or not embedder.strip():
            raise SettingError(f"{_OWNER}: embedder is the name of a model, not {embedder!r}")
        if not isinstance(infer, bool):
            raise SettingError(f"{_OWNER}: infer is true or false, not {infer!r}")
        self.embedder, self.infer = embedder, infer
        if importlib.util.find_spec("mem0") is None:
            raise _missing("mem0")
        # Of mem0's own settings, top_p is 0.1 too.
        self.sampling = Sampling(_OWNER, temperature, max_tokens, top_p=0.1)
        self.complete: Complete = no_model
        self._local = False
        self._troubles: list[Exception] = []
        self._memory: Any = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def rehearse(self) -> None:
        """Embed on this machine from now on: nothing is sent for an estimate."""
        self._local = True

    def spent(self) -> Usage:
        """Beside what `complete` tells, the embeddings, whose price nobody tells."""
        return Usage(usd=None)

    def add(self, text: str, time: str | None) -> None:
        """Let mem0 read a chunk.

        Raises:
            ModelError: when the model or the embedder could not be asked. mem0 itself goes on
                without what it was not told, and that is no score of anything.
        """
        said = text if time is None else f"Time: {time}\n{text}"
        messages = [{"role": "user", "content": said}]
        self._do(self._opened().add, messages, user_id=_STREAM, infer=self.infer)

    def items(self) -> Mapping[str, str]:
        """Its memories, oldest first."""
        if self._memory is None:
            return {}
        listed = self._do(self._memory.get_all, filters={"user_id": _STREAM}, top_k=_MOST)
        found = sorted(listed["results"], key=lambda item: item.get("created_at") or "")
        return {item["id"]: item["memory"] for item in found}

    def search(self, query: str, limit: int) -> Sequence[tuple[str, float]]:
        """What it finds, with its own threshold."""
        found = self._do(self._opened().search, query, filters={"user_id": _STREAM}, top_k=limit)
        return [(item["id"], float(item["score"])) for item in found["results"]]

    def reset(self) -> None:
        """Forget everything: the next chunk finds a new store."""
        self.close()

    def close(self) -> None:
        """Close the store and remove its folder."""
        memory, self._memory = self._memory, None
        folder, self._folder = self._folder, None
        if memory is not None:
            memory.close()
            memory.vector_store.client.close()
        if folder is not None:
            folder.cleanup()

    def _do(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call mem0; what its model or embedder could not do is raised, be it swallowed or not."""
        self._troubles.clear()
        try:
            # Its dependencies warn of each other.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = function(*arguments, **named)
        except Exception:
            if not self._troubles:
                raise
        if self._troubles:
            raise self._troubles[0] from None
        return result

    def _opened(self) -> Any:
        if self._memory is None:
            package = _package()
            self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            self._memory = self._do(self._made, package, self._folder.name)
        return self._memory

    def _made(self, package: Any, folder: str) -> Any:
        embeds = _Local() if self._local else _Embedder(self.embedder, self.endpoint.base_url)
        guarded = _Guarded(embeds.embed_batch, self._troubles)
        # A place and a key, as mem0 wants some; what would use them is replaced.
        nowhere = {"api_key": "none", "openai_base_url": "http://127.0.0.1:9/v1"}
        settings = {
            "llm": {"provider": "openai", "config": {"model": self.endpoint.model, **nowhere}},
            "embedder": {"provider": "openai", "config": {"model": self.embedder, **nowhere}},
            "vector_store": {
                "provider": "qdrant",
                "config": {
                    "path": os.path.join(folder, "store"),
                    "embedding_model_dims": len(guarded.embed("size")),
                },
            },
            "history_db_path": os.path.join(folder, "history.db"),
        }
        memory = package.Memory.from_config(settings)
        memory.embedding_model = guarded
        memory.llm = _Model(self._asked, self._troubles)
        return memory

    def _asked(self, messages: Sequence[Message], wish: Mapping[str, Any] | None) -> str:
        extra = None if wish is None else {"response_format": wish}
        return self.complete(
            messages,
            temperature=self.sampling.temperature,
            top_p=self.sampling.top_p,
            max_tokens=self.sampling.max_tokens,
            extra=extra,
        ).text


class _Model:
    """What mem0 takes for its language model."""

    def __init__(
        self,
        ask: Callable[[Sequence[Message], Mapping[str, Any] | None], str],
        troubles: list[Exception],
    ) -> None:
        self._ask = ask
        self._troubles = troubles

    def generate_response(
        self, messages: Sequence[Message], response_format: Any = None, **_: Any
    ) -> str:
        """What the model says."""
        with _noted(self._troubles):
            return self._ask(messages, response_format)


class _Guarded:
    """What mem0 takes for its embedder; it remembers what went wrong, as mem0 does not."""

    def __init__(
        self, embed: Callable[[list[str]], list[list[float]]], troubles: list[Exception]
    ) -> None:
        self._embed = embed
        self._troubles = troubles

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        """The vector of a text."""
        return self.embed_batch([text])[0]

    def embed_batch(self, texts: list[str], memory_action: str = "add") -> list[list[float]]:
        """The vectors of some texts."""
        with _noted(self._troubles):
            return self._embed([text.replace("\n", " ") for text in texts])


class _Embedder:
    """Embeddings of an OpenAI-compatible server; retries and timeouts are those of `openai`."""

    def __init__(self, model: str, base_url: str | None) -> None:
        import openai

        self._model, self._error = model, openai.OpenAIError
        place = base_url or os.environ.get("OPENAI_BASE_URL", "")
        names = ["OPENROUTER_API_KEY"] if "openrouter.ai" in place else []
        keys = (os.environ.get(name, "").strip() for name in (*names, "OPENAI_API_KEY"))
        self._key = next(filter(None, keys), "none")
        self._client = openai.OpenAI(
            api_key=self._key, base_url=base_url, max_retries=_RETRIES, timeout=_TIMEOUT
        )

    def embed_batch(self, texts: list[str]) -> list[list[float]]:
        """The vectors of some texts, asked for by the hundred.

        Raises:
            ModelError: when they could not be had.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), 100):
            part = texts[start : start + 100]
            try:
                reply = self._client.embeddings.create(
                    model=self._model, input=part, encoding_format="float"
                )
                found = [each.embedding for each in sorted(reply.data, key=lambda e: e.index)]
            except (self._error, ValueError, TypeError, AttributeError) as error:
                why = ascii(str(error).replace(self._key, "[key]"))[1:-1][:300]
                message = f"mem0's embedder {self._model!r}: {type(error).__name__}: {why}"
                raise ModelError(message) from None
            if len(found) != len(part) or not all(found):
                raise ModelError(
                    f"mem0's embedder {self._model!r} gave {len(found)} vectors for {len(part)}"
                )
            vectors += found
        return vectors


class _Local:
    """Vectors that mean nothing, for estimates."""

    def embed_batch(self, texts: list[str]) -> list[list[float]]:
        """A vector of each text's own."""
        digests = (hashlib.blake2b(text.encode(errors="replace")).digest() for text in texts)
        return [[byte / 255 for byte in digest[:_LOCAL_SIZE]] for digest in digests]


@contextlib.contextmanager
def _noted(troubles: list[Exception]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        troubles.append(error)
        raise


_IMPORTING = threading.Lock()


@functools.cache
def _imported() -> Any:
    """The package, imported with its telemetry off and nothing left in the home directory."""
    wanted = {"MEM0_TELEMETRY": "False"}
    with tempfile.TemporaryDirectory() as folder:
        # Both are read while it is imported, and never again.
        wanted["MEM0_DIR"] = folder
        before = {name: os.environ.get(name) for name in wanted}
        os.environ.update(wanted)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                package = importlib.import_module("mem0")
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
    # What goes wrong is raised here; its log would say it again, as a server put it.
    logging.getLogger("mem0").setLevel(logging.CRITICAL + 1)
    return package


def _package() -> Any:
    """The package.

    Raises:
        SettingError: when it, or what it needs, is not installed.
    """
    with _IMPORTING:
        try:
            return _imported()
        except ImportError as error:
            raise _missing(error.name) from None


def _missing(name: str | None) -> SettingError:
    return SettingError(
        f'{_OWNER} needs a package that is not installed ({name}): pip install "memenv[mem0]"'
    )
