"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from memenv.errors import SettingError
from memenv.memory import check_capacity

if TYPE_CHECKING:
    _ParamType = click.ParamType[Any]
else:
    # Older versions of click cannot be subscripted.
    _ParamType = click.ParamType

F = TypeVar("F", bound=Callable[..., Any])

CAPACITIES = {"open": None, "tight": 0.2}
"""Names for the two capacities that results are compared at."""


def capacity_name(capacity: float | None) -> str:
    """A capacity as people know it.

    >>> capacity_name(None), capacity_name(0.2), capacity_name(500)
    ('open', 'tight (0.2)', '500')
    """
    if capacity is None:
        return "open"
    names = [name for name, value in CAPACITIES.items() if value == capacity]
    return f"{names[0]} ({capacity})" if names else str(capacity)


class Capacity(_ParamType):
    """Tokens, a share of the stream, `open` or `tight`."""

    name = "capacity"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | float | None:
        """The capacity as the library takes it."""
        if value in CAPACITIES:
            return CAPACITIES[value]
        if not isinstance(value, str):
            return check_capacity(value)
        try:
            number = int(value) if value.lstrip("+-").isdigit() else float(value)
        except ValueError:
            number = None
        if number is None:
            raise SettingError(
                f"capacity must be a number of tokens (at least 2), a share of the stream (above "
                f"0, at most 1), open or tight, not {value!r}"
            )
        return check_capacity(number)


def pairs(option: str, values: Iterable[str]) -> dict[str, Any]:
    """`key=value` arguments; a value that is JSON is read as JSON, any other is text.

    >>> pairs("-a", ["k=3", "view=newest_5", "deep=true"])
    {'k': 3, 'view': 'newest_5', 'deep': True}
    """
    found: dict[str, Any] = {}
    for pair in values:
        key, equals, value = pair.partition("=")
        if not equals or not key.isidentifier():
            raise SettingError(f"{option} takes key=value, not {pair!r}")
        if key in found:
            raise SettingError(f"{option} {key} is given twice")
        try:
            found[key] = json.loads(value, parse_constant=_refused, parse_float=_finite)
        except (ValueError, RecursionError):
            found[key] = value
    return found


def _refused(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    # JSON can spell 1e999, but not write down what it is read as.
    return number if math.isfinite(number) else _refused(text)


def stream_options(command: F) -> F:
    """Which instances, and under which memory: what `eval` and `play` share."""
    options = [
        click.option("--seed", default=0, show_default=True, help="Episode i is that of seed S+i."),
        click.option("--size", type=int, help="Number of chunks, for generated environments."),
        click.option(
            "--split",
            default="test",
            show_default=True,
            help="Of generated environments: train, validation, test or wording.",
        ),
        click.option(
            "--capacity",
            type=Capacity(),
            metavar="X",
            help="Tokens (>= 2), a share of the stream (<= 1), open, tight (0.2). [default: open]",
        ),
        click.option(
            "--layout",
            default="mem-alpha",
            show_default=True,
            help="The stores: mem-alpha (core, semantic, episodic) or flat (memory).",
        ),
        click.option("--reader", default="lexical", show_default=True, help="Who answers."),
        click.option(
            "-r", "reader_pairs", multiple=True, metavar="KEY=VALUE", help="For the reader."
        ),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def model_options(command: F) -> F:
    """How language models are asked, for plug-ins that need one."""
    options = [
        click.option("--model", help="Short for -a model=; demo needs no server."),
        click.option("--base-url", help="Short for -a base_url=."),
        client_options,
        click.option(
            "--judge-model", metavar="MODEL", help="Judges questions that are meant for a model."
        ),
        click.option("--judge-url", metavar="URL", help="Where the judge is."),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def client_options(command: F) -> F:
    """How requests are sent to language models, whoever wants them."""
    options = [
        click.option(
            "--concurrency", type=int, help="Requests at once. [default: 16, or as many as workers]"
        ),
        click.option("--rpm", type=float, help="Requests per minute at most."),
        click.option("--tpm", type=float, help="Tokens per minute at most."),
        click.option(
            "--call-timeout", default=120.0, show_default=True, help="Seconds a request may take."
        ),
        click.option("--retries", default=10, show_default=True, help="Of a request that fails."),
        click.option(
            "--max-cost", type=float, metavar="USD", help="Dollars this command may spend."
        ),
        click.option(
            "--prices",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Dollars per million tokens, for models the bundled table does not have.",
        ),
        click.option(
            "--no-cache", is_flag=True, help="Neither look up nor keep what models answer."
        ),
    ]
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(options), command)


def database_option(command: F) -> F:
    """Where results are kept."""
    return click.option(
        "--db",
        type=click.Path(path_type=Path),
        envvar="MEMENV_DB",
        default=Path("memenv.db"),
        show_default=True,
        help="The results database; also MEMENV_DB.",
    )(command)
