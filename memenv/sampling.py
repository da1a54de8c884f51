"""How a plug-in asks its model: which one, with what settings.

>>> from memenv.models import Completion
>>> def complete(messages, **settings):
...     return Completion(f"{messages[-1]['content']} {sorted(settings.items())}")
>>> Sampling("agent 'toy'", 0.0, max_tokens=9).ask(complete, system="Be brief.", user="Hi.").text
"Hi. [('max_tokens', 9), ('temperature', 0.0), ('tools', ())]"
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memenv.errors import SettingError
from memenv.models import Complete, Completion, Endpoint, Message, Tool

MOST = 10_000_000
"""No number of tokens is larger."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What is sent along with every prompt.

    Attributes:
        owner: whose settings these are, for messages: `agent 'api'`.
        temperature: from 0 to 2.
        max_tokens: of a completion.
        top_p: above 0 and at most 1; `None` is not sent.
        seed: `None` is not sent.
        thinking: whether a model that can do either shall think first, as servers with chat
            templates understand it (`chat_template_kwargs`); `None` is not sent.

    Raises:
        SettingError: for a value that makes no sense.
    """

    owner: str
    temperature: float
    max_tokens: int
    top_p: float | None = None
    seed: int | None = None
    thinking: bool | None = None

    def __post_init__(self) -> None:
        _number(self.owner, "temperature", self.temperature, 0 <= _real(self.temperature) <= 2)
        integer(self.owner, "max_tokens", self.max_tokens, 1, MOST)
        if self.top_p is not None:
            _number(self.owner, "top_p", self.top_p, 0 < _real(self.top_p) <= 1)
        if self.seed is not None:
            integer(self.owner, "seed", self.seed, -(1 << 63), (1 << 63) - 1)
        if self.thinking not in (None, True, False) or isinstance(self.thinking, int | float) != (
            isinstance(self.thinking, bool)
        ):
            raise SettingError(f"{self.owner}: thinking is true or false, not {self.thinking!r}")

    def ask(
        self, complete: Complete, user: str, system: str = "", tools: Sequence[Tool] = ()
    ) -> Completion:
        """One completion of one turn.

        Raises:
            ModelError: when the model could not be asked.
        """
        messages: list[Message] = [{"role": "user", "content": user}]
        if system:
            messages.insert(0, {"role": "system", "content": system})
        optional: dict[str, Any] = {"top_p": self.top_p, "seed": self.seed}
        if self.thinking is not None:
            kwargs: Mapping[str, Any] = {"enable_thinking": self.thinking}
            optional["extra"] = {"chat_template_kwargs": kwargs}
        return complete(
            messages,
            tools=tools,
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            **{name: value for name, value in optional.items() if value is not None},
        )


def endpoint_of(owner: str, model: object, base_url: object = None) -> Endpoint:
    """The endpoint of two arguments.

    Raises:
        SettingError: unless the model has a name and the base URL is a text or `None`.
    """
    if not isinstance(model, str) or not model.strip():
        raise SettingError(f"{owner}: model is the name of one, not {model!r}")
    if base_url is not None and not isinstance(base_url, str):
        raise SettingError(f"{owner}: base_url is like http://127.0.0.1:8000/v1, not {base_url!r}")
    return Endpoint(model, base_url)


def no_model(messages: Sequence[Message], **settings: Any) -> Completion:
    """The `complete` of a plug-in that was handed none.

    Raises:
        SettingError: always.
    """
    raise SettingError(
        "a plug-in that needs a model was handed no way to one: set its attribute `complete`, or "
        "run it with memenv eval"
    )


def integer(owner: str, name: str, value: object, low: int, high: int) -> None:
    """Check an argument that is a whole number.

    Raises:
        SettingError: when it is none, or out of bounds.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SettingError(f"{owner}: {name} is an integer from {low} to {high}, not {value!r}")


def _real(value: object) -> float:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if whole else math.nan  # type: ignore[arg-type]


def _number(owner: str, name: str, value: object, right: bool) -> None:
    if not right:
        bounds = "from 0 to 2" if name == "temperature" else "above 0 and at most 1"
        raise SettingError(f"{owner}: {name} is a number {bounds}, not {value!r}")
