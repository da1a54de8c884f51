"""Credit schemes as plain functions: what they declare, and their parameters checked.

    from memenv.schemes import Share, scheme

    @scheme(terms=("format",))
    def mine(episode, *, mix: Share = 0.5) -> list[float]:
        ...

A function without the decorator is a scheme too; it declares nothing.
"""

from __future__ import annotations

import functools
import inspect
import math
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Annotated, Any, Concatenate, Literal, ParamSpec, TypeVar

from memenv.errors import NotMeasuredError, SettingError
from memenv.terms import AT_THE_STEP, TERMS
from memenv.types import Episode

E = TypeVar("E")
P = ParamSpec("P")
R = TypeVar("R")

Online = Mapping[str, float] | Callable[[Mapping[str, Any]], Mapping[str, float]]
Conserves = bool | Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Within:
    """The range of a number."""

    low: float
    high: float = math.inf


Share = Annotated[float, Within(0.0, 1.0)]
"""A number from 0 to 1."""

Factor = Annotated[float, Within(0.0, 1e9)]
"""A number from 0 to a billion."""

Count = Annotated[int, Within(1, 100_000)]
"""A whole number of at least 1."""

Seed = Annotated[int, Within(0)]
"""A whole number of at least 0."""


def scheme(
    *,
    version: str = "1",
    group: bool = False,
    terms: Collection[str] = (),
    online: Online | None = None,
    gold: bool = False,
    conserves: Conserves = False,
    aliases: Mapping[str, str] | None = None,
) -> Callable[[Callable[Concatenate[E, P], R]], Callable[Concatenate[E, P], R]]:
    """Declare what a credit function is; see `memenv.protocols` for the declarations.

    Parameters annotated with `Share`, `Factor`, `Count`, `Seed`, `float`, `int`, `bool` or a
    `Literal` are checked before the function is called.

    Args:
        version: changes whenever its results may change.
        group: it takes the episodes of several rollouts of one instance.
        terms: raw reward terms that it uses.
        online: terms that the environment pays at their step, with their weights; or a function
            from all the parameters to them.
        gold: it needs the gold chunks of the questions.
        conserves: its step rewards sum to the score; or a function from all the parameters to
            whether they do.
        aliases: other spellings of parameters.
    """

    def decorate(function: Callable[Concatenate[E, P], R]) -> Callable[Concatenate[E, P], R]:
        @functools.wraps(function)
        def checked(episode: E, /, *args: P.args, **parameters: P.kwargs) -> R:
            if args:
                raise SettingError(f"credit {function.__name__!r}: parameters have names")
            return function(episode, **accepted(checked, parameters))  # type: ignore[call-arg]

        declared = {
            "version": version,
            "group": group,
            "terms": tuple(terms),
            "online": online,
            "gold": gold,
            "conserves": conserves,
            "aliases": dict(aliases or {}),
        }
        for name, value in declared.items():
            setattr(checked, name, value)
        return checked

    return decorate


class Scheme:
    """A credit function with its parameters: a `CreditScheme`, or a `GroupCredit`.

    Args:
        function: `(episode, **parameters) -> step rewards`.
        parameters: of the function, checked here.

    Raises:
        SettingError: for a parameter that it does not take, a value out of range, or a declared
            term that there is not.
    """

    def __init__(self, function: Callable[..., Any], /, **parameters: Any) -> None:
        bound: Any = function
        if isinstance(bound, functools.partial) and not bound.args:
            # What is declared is declared of the function within.
            function, parameters = bound.func, {**bound.keywords, **parameters}
        self.function = function
        self.parameters = accepted(function, parameters)
        self.version = str(getattr(function, "version", "0"))
        self.group = bool(getattr(function, "group", False))
        self.gold = bool(getattr(function, "gold", False))
        self.__name__ = _name(function)
        where = f"credit {self.__name__!r}"
        settings = {**_defaults(function), **self.parameters}
        terms = getattr(function, "terms", ())
        _check_terms(f"{where}: terms", terms, TERMS)
        self.terms = tuple(terms)
        online = getattr(function, "online", None) or {}
        online = online(settings) if callable(online) else online
        _check_terms(f"{where}: online", online, AT_THE_STEP)
        self.online = _weights(f"{where}: online", online)
        conserves = getattr(function, "conserves", False)
        self.conserves = bool(conserves(settings) if callable(conserves) else conserves)

    def assign(self, episode: Any) -> Any:
        """What the function gives."""
        return self.function(episode, **self.parameters)


def is_function(loaded: object) -> bool:
    """Whether something is a credit function, rather than a class or a maker of schemes."""
    if isinstance(loaded, type) or not callable(loaded) or hasattr(loaded, "assign"):
        return False
    try:
        first = next(iter(inspect.signature(loaded).parameters.values()), None)
    except (TypeError, ValueError):
        # Some functions written in C tell nobody what they take.
        return False
    return (
        first is not None
        and first.default is first.empty
        and first.kind in (first.POSITIONAL_ONLY, first.POSITIONAL_OR_KEYWORD)
    )


def accepted(function: Callable[..., Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a credit function under their own names, checked.

    Raises:
        SettingError: for one that it does not take, or a value out of range.
    """
    aliases = getattr(function, "aliases", {})
    name = _name(function)
    given: dict[str, Any] = {}
    for key, value in parameters.items():
        own = aliases.get(key, key)
        if own in given:
            raise SettingError(f"credit {name!r}: {own} is given twice")
        given[own] = value
    known = inspect.signature(function).parameters
    try:
        inspect.signature(function).bind(None, **given)
    except TypeError as error:
        names = ", ".join(list(known)[1:]) or "none"
        raise SettingError(f"credit {name!r}: {error}; its parameters: {names}") from None
    hints = _hints(_annotated(function))
    for key, value in given.items():
        _check(f"credit {name!r}: {key}", value, hints.get(key))
    return given


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _annotated(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that has the annotations: an object that is called has them in its class."""
    function = inspect.unwrap(function)
    return function if inspect.isroutine(function) else type(function).__call__


@functools.cache
def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (AttributeError, NameError, SyntaxError, TypeError):
        # A stranger's annotations may name what exists for a type checker only.
        return {}


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    found = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in found if each.default is not each.empty}


def _check_terms(where: str, given: object, known: Collection[str]) -> None:
    names = given if isinstance(given, Collection) and not isinstance(given, str) else [given]
    for name in names:
        if names is not given or name not in known:
            raise SettingError(f"{where} has {name!r}; expected some of {', '.join(known)}")


def _weights(where: str, given: object) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise SettingError(f"{where} is a dict of terms and their weights, not {given!r}")
    for name, weight in given.items():
        _check_number(f"{where}: the weight of {name!r}", weight, float, Within(-math.inf))
    return dict(given)


def _check(where: str, value: object, hint: Any) -> None:
    if typing.get_origin(hint) is Literal:
        options = typing.get_args(hint)
        if value not in options:
            shown = ", ".join(map(str, options))
            raise SettingError(f"{where} is one of {shown}, not {value!r}")
    if typing.get_origin(hint) is Annotated:
        kind, *notes = typing.get_args(hint)
        for note in notes:
            if isinstance(note, Within):
                _check_number(where, value, kind, note)
    if hint is bool and not isinstance(value, bool):
        raise SettingError(f"{where} is true or false, not {value!r}")
    if hint is int or hint is float:
        _check_number(where, value, hint, Within(-math.inf))


def _check_number(where: str, value: object, kind: type, within: Within) -> None:
    sort = "a whole number" if kind is int else "a number"
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral if kind is int else Real)
        or not math.isfinite(value)
        or not within.low <= float(value) <= within.high
    ):
        wanted = f" from {within.low:g} to {within.high:g}"
        if within.high == math.inf:
            wanted = "" if within.low == -math.inf else f" of at least {within.low:g}"
        raise SettingError(f"{where} is {sort}{wanted}, not {value!r}")


def score_of(episode: Episode) -> float:
    """The score that there is to give credit for.

    Raises:
        NotMeasuredError: when no question could be scored.
    """
    if episode.score is None:
        raise NotMeasuredError("no question of the episode could be scored: no credit to give")
    return episode.score


def one_instance(episodes: Sequence[Episode]) -> int:
    """The number of steps of rollouts of one instance.

    Raises:
        SettingError: for no episode, episodes of several instances, or unfinished ones.
    """
    if isinstance(episodes, Episode):
        raise SettingError("a group scheme compares several rollouts; expected a list of episodes")
    digests = {episode.trajectory.instance.digest for episode in episodes}
    if len(digests) != 1:
        raise SettingError(
            f"a group scheme compares rollouts of one instance; got {len(episodes)} episodes of "
            f"{len(digests)} instances"
        )
    lengths = [len(episode.trajectory.steps) for episode in episodes]
    if len(set(lengths)) != 1:
        raise SettingError(f"a group scheme compares finished rollouts; these took {lengths} steps")
    return lengths[0]
