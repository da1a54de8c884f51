"""Rollouts written by vLLM, over HTTP from an environment of its own.

Prompts are sent as tokens to `/v1/completions`, and come back as tokens with their
log-probabilities. After every update the LoRA adapter is saved to a folder that both can read, and
the server is told to load it (`/v1/load_lora_adapter`), so this side needs no vLLM:

    VLLM_ALLOW_RUNTIME_LORA_UPDATING=True vllm serve MODEL --enable-lora --max-lora-rank 32
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from memenv.errors import ModelError, SettingError

_AT_ONCE = 64


class Server:
    """A vLLM server.

    Args:
        url: such as `http://127.0.0.1:8000`, with or without `/v1`.
        timeout: seconds of a request.

    Raises:
        SettingError: for what is no URL.
    """

    def __init__(self, url: str, timeout: float = 600.0) -> None:
        if not url.startswith(("http://", "https://")):
            raise SettingError(f"the vLLM server is like http://127.0.0.1:8000, not {url!r}")
        self.url = url.rstrip("/").removesuffix("/v1")
        self._timeout = timeout

    def model(self) -> str:
        """The model that it serves.

        Raises:
            ModelError: when it cannot be reached.
        """
        data = self._asked("/v1/models").get("data")
        if not isinstance(data, list) or not data:
            raise ModelError(f"the server at {self.url} serves no model")
        return str(data[0]["id"])

    def load_adapter(self, name: str, path: str, instead_of: str | None = None) -> None:
        """Have it load an adapter from a folder that it can read, and let go of the one before.

        Raises:
            ModelError: when it does not.
        """
        self._asked("/v1/load_lora_adapter", {"lora_name": name, "lora_path": path})
        if instead_of is not None:
            self._asked("/v1/unload_lora_adapter", {"lora_name": instead_of})

    def complete(
        self,
        model: str,
        prompts: Sequence[Sequence[int]],
        max_tokens: int,
        temperature: float,
        seeds: Sequence[int],
    ) -> list[tuple[list[int], list[float]]]:
        """Tokens and their log-probabilities for each prompt.

        Raises:
            ModelError: when it cannot be asked, or answers without tokens.
        """

        def one(pair: tuple[Sequence[int], int]) -> tuple[list[int], list[float]]:
            prompt, seed = pair
            settings = {
                "model": model,
                "prompt": list(prompt),
                "max_tokens": max_tokens,
                "temperature": temperature,
                "seed": seed,
                "logprobs": 0,
                "return_token_ids": True,
                "return_tokens_as_token_ids": True,
            }
            return _told(self._asked("/v1/completions", settings), self.url)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(one, zip(prompts, seeds, strict=True)))

    def _asked(self, path: str, value: Mapping[str, Any] | None = None) -> dict[str, Any]:
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(
            self.url + path, body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                text = answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            said = " ".join(error.read(2000).decode("utf-8", "replace").split())
            raise ModelError(f"{self.url}{path}: {error.code}: {said[:300]}") from None
        except OSError as error:
            why = getattr(error, "reason", error)
            raise ModelError(
                f"the vLLM server at {self.url} cannot be reached ({why}): start it as "
                f"docs/train-a-language-model.md shows, or leave out --vllm-url"
            ) from None
        try:
            read = json.loads(text) if text.lstrip().startswith("{") else {}
        except ValueError:
            raise ModelError(f"{self.url}{path} did not answer in JSON: {text[:80]!r}") from None
        return dict(read)


def _told(answer: Mapping[str, Any], url: str) -> tuple[list[int], list[float]]:
    """The tokens of an answer and their log-probabilities."""
    try:
        choice = answer["choices"][0]
        tokens = [int(each) for each in choice["token_ids"]]
        logprobs = [float(each) for each in choice["logprobs"]["token_logprobs"]]
    except (KeyError, IndexError, TypeError, ValueError):
        raise ModelError(
            f"{url} answers without tokens or their log-probabilities: it must be vLLM 0.10 or "
            f"newer (return_token_ids)"
        ) from None
    if len(tokens) != len(logprobs) or not tokens:
        raise ModelError(f"{url} told {len(logprobs)} log-probabilities of {len(tokens)} tokens")
    return tokens, logprobs
