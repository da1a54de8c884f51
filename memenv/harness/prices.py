"""What a model call costs, by a table of dollars per million tokens.

    prices = Prices.read("my-prices.json")  # on top of the bundled table
    prices.of(["gpt-4o-mini"])

A table is a JSON object with `models`: {id or pattern: {"prompt": ..., "completion": ...,
"cached": ...}}, and optionally `as_of`, `source` and `unit`. A pattern is as in a shell
(`my-org/*`); an exact id comes before a pattern, a longer pattern before a shorter one, and a table
of the user's before the bundled one. A model that no table knows costs nobody knows what, which is
`None` and never 0; only one on this machine that no table knows is free.
"""

from __future__ import annotations

import fnmatch
import importlib.resources
import ipaddress
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from memenv.errors import DataError

_FIELDS = ("as_of", "source", "unit", "models")
UNIT = "USD per million tokens"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens; `cached` is for the part of a prompt the provider knew."""

    prompt: float
    completion: float
    cached: float | None = None

    def usd(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """What a call costs.

        >>> Price(2.5, 10.0).usd(1000, 100)
        0.0035
        """
        known = min(cached_tokens, prompt_tokens) if self.cached is not None else 0
        parts = (
            (prompt_tokens - known) * self.prompt,
            known * (self.cached or 0.0),
            completion_tokens * self.completion,
        )
        return math.fsum(parts) / 1e6


FREE = Price(0.0, 0.0)


@dataclass(frozen=True)
class Table:
    """One table, as read from a file."""

    models: Mapping[str, Price]
    as_of: str | None = None
    source: str | None = None

    def of(self, model: str) -> Price | None:
        """The price of a model; `None` when the table does not know it."""
        if model in self.models:
            return self.models[model]
        fitting = [name for name in self.models if fnmatch.fnmatchcase(model, name)]
        return self.models[max(fitting, key=lambda name: (len(name), name))] if fitting else None


class Prices:
    """Tables in the order in which they are asked."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.tables = tuple(tables)

    @classmethod
    def bundled(cls) -> Prices:
        """The table that is shipped: a few well-known models, as of the date in it."""
        file = importlib.resources.files("memenv") / "data" / "prices.json"
        return cls([_table(file.read_text(encoding="utf-8"), "the bundled prices")])

    @classmethod
    def read(cls, path: str | Path) -> Prices:
        """The table of a file, before the bundled one.

        Raises:
            DataError: when it cannot be read or is no such table.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except OSError as error:
            raise DataError(f"{path}: {error.strerror}; --prices takes a JSON file") from error
        except UnicodeDecodeError:
            raise DataError(f"{path}: is not UTF-8; --prices takes a JSON file") from None
        return cls([_table(text, str(path)), *cls.bundled().tables])

    def of(self, models: Iterable[str | None], base_url: str | None = None) -> Price | None:
        """The price of a model that goes by one of some ids, the best first.

        A listed price counts wherever the model is served: a server on this machine may only pass
        requests on. One that no table knows is free at a loopback address.
        """
        ids = [model for model in models if model is not None]
        for table in self.tables:
            # A model that is named is meant before any that fits a pattern.
            for model in [each for each in ids if each in table.models] + ids:
                if (price := table.of(model)) is not None:
                    return price
        return FREE if base_url is not None and is_loopback(base_url) else None


def is_loopback(base_url: str) -> bool:
    """Whether a URL names this machine.

    >>> is_loopback("http://127.0.0.1:8000/v1"), is_loopback("https://api.openai.com/v1")
    (True, False)
    """
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _table(text: str, where: str) -> Table:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: is no JSON ({str(error)[:200]})") from None
    if not isinstance(value, dict) or not isinstance(value.get("models"), dict):
        raise DataError(
            f'{where}: expected {{"models": {{"some-model": {{"prompt": 0.15, "completion": '
            f"0.6}}}}}}, in dollars per million tokens"
        )
    if unknown := sorted(set(value) - set(_FIELDS)):
        raise DataError(f"{where}: unknown field {unknown[0]!r}; known: {', '.join(_FIELDS)}")
    if value.get("unit", UNIT) != UNIT:
        raise DataError(f"{where}: the unit is {UNIT!r}, not {value['unit']!r}")
    for name in ("as_of", "source"):
        if not isinstance(value.get(name, ""), str):
            raise DataError(f"{where}: {name} is a text, not {value[name]!r}")
    models = {name: _price(each, f"{where}: {name}") for name, each in value["models"].items()}
    return Table(models, value.get("as_of"), value.get("source"))


def _price(value: Any, where: str) -> Price:
    if not isinstance(value, dict):
        raise DataError(f"{where}: expected an object with prompt and completion, not {value!r}")
    if unknown := sorted(set(value) - {"prompt", "completion", "cached"}):
        raise DataError(f"{where}: unknown field {unknown[0]!r}; known: prompt, completion, cached")
    for name in ("prompt", "completion"):
        if name not in value:
            raise DataError(f"{where}: has no {name} price")
    for name, dollars in value.items():
        right = isinstance(dollars, int | float) and not isinstance(dollars, bool)
        if not (right and 0 <= dollars < math.inf):
            raise DataError(f"{where}: {name} is a number of dollars from 0 on, not {dollars!r}")
    return Price(**value)
