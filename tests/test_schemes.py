"""What a credit function declares, and how its parameters are checked."""

import functools
import math
import pickle
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pytest

from memenv import SettingError, credit, registry
from memenv.errors import NotMeasuredError
from memenv.schemes import (
    Count,
    Factor,
    Scheme,
    Seed,
    Share,
    accepted,
    is_function,
    one_instance,
    scheme,
    score_of,
)
from memenv.testing import episode

Colour = Literal["red", "blue"]


def weights(settings: Mapping[str, Any]) -> dict[str, float]:
    return {"format": settings["share"]}


@scheme(
    version="3",
    terms=("format",),
    online=weights,
    conserves=lambda settings: settings["colour"] == "red",
    aliases={"lambda": "share"},
)
def everything(
    made,
    *,
    share: Share = 0.5,
    factor: Factor = 2.0,
    count: Count = 3,
    seed: Seed = 0,
    colour: Colour = "red",
    flag: bool = False,
    plain: float = 0.0,
    whole: int = 0,
    free: Any = None,
) -> list[float]:
    """All kinds of parameters."""
    return [share, factor, count, seed, colour, flag, plain, whole, free]


DEFAULTS = [0.5, 2.0, 3, 0, "red", False, 0.0, 0, None]


def stranger(made, mix=0.5, *, other=1):
    return [mix, other]


# --- Parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("share", [0, 1, 0.25, True.__float__()]),
        ("factor", [0, 17.5]),
        ("count", [1, 100_000]),
        ("seed", [0, 10**12]),
        ("colour", ["red", "blue"]),
        ("flag", [True, False]),
        ("plain", [-1, 1e9]),
        ("whole", [-5]),
        ("free", [None, "x", [1], float("nan")]),
    ],
)
def test_a_value_in_range_is_taken(name, values):
    for value in values:
        everything(None, **{name: value})


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("share", [1.01, -0.1], "a number from 0 to 1"),
        ("factor", [-1e-9], r"a number from 0 to 1e\+09"),
        ("count", [0, 100_001, 2.0, 2.5], "a whole number from 1 to 100000"),
        ("seed", [-1, 1.0], "a whole number of at least 0"),
        ("plain", [], "a number"),
        ("whole", [1.5], "a whole number"),
    ],
)
def test_a_value_out_of_range_is_refused(name, values, message):
    for value in [*values, True, None, "1", math.nan, math.inf, [1]]:
        with pytest.raises(SettingError, match=rf"^credit 'everything': {name} is {message}, not "):
            everything(None, **{name: value})


def test_words_and_truth_values_are_checked():
    with pytest.raises(SettingError, match="colour is one of red, blue, not 'green'"):
        everything(None, colour="green")
    for value in (1, "true", None):
        with pytest.raises(SettingError, match="flag is true or false"):
            everything(None, flag=value)


def test_parameters_have_names():
    with pytest.raises(SettingError, match="parameters have names"):
        everything(None, 0.5)


def test_an_unknown_parameter_is_said_with_those_there_are():
    with pytest.raises(SettingError, match="'betta'; its parameters: share, factor, count"):
        everything(None, betta=1)
    with pytest.raises(SettingError, match="its parameters: none"):
        accepted(lambda made: [], {"beta": 1})
    with pytest.raises(SettingError, match="missing a required argument: 'beta'"):
        accepted(lambda made, beta: [], {})


def test_the_episode_is_no_parameter():
    with pytest.raises(SettingError, match="multiple values for argument 'made'"):
        Scheme(everything, made=1)


def test_an_alias_is_another_spelling():
    assert everything(None, **{"lambda": 0.25})[0] == 0.25
    assert Scheme(everything, **{"lambda": 0.25}).parameters == {"share": 0.25}
    with pytest.raises(SettingError, match="share is given twice"):
        everything(None, share=0.25, **{"lambda": 0.25})
    with pytest.raises(SettingError, match="share is a number from 0 to 1, not 2"):
        everything(None, **{"lambda": 2})


# --- Schemes --------------------------------------------------------------------------------------


def test_a_scheme_is_a_function_with_its_parameters():
    made = Scheme(everything, count=7)
    assert made.assign(None) == [*DEFAULTS[:2], 7, *DEFAULTS[3:]]
    assert (made.version, made.terms, made.group) == ("3", ("format",), False)
    assert (made.online, made.conserves) == ({"format": 0.5}, True)
    assert made.__name__ == "everything"


def test_declarations_may_depend_on_the_parameters():
    made = Scheme(everything, share=0.25, colour="blue")
    assert (made.online, made.conserves) == ({"format": 0.25}, False)


def test_a_decorated_function_is_itself():
    assert everything(None) == DEFAULTS
    assert everything.__doc__ == "All kinds of parameters."
    assert registry.load("credit", "eara") is pickle.loads(
        pickle.dumps(registry.load("credit", "eara"))
    )


def test_a_strangers_function_declares_nothing_and_works():
    made = Scheme(stranger, mix=0.25)
    assert made.assign(None) == [0.25, 1]
    assert (made.version, made.terms, made.group) == ("0", (), False)
    assert (made.online, made.conserves) == ({}, False)
    with pytest.raises(SettingError, match="its parameters: mix, other"):
        Scheme(stranger, beta=1)


def test_parameters_may_have_any_name():
    def odd(made, *, function=1, self=2):
        return [function, self]

    assert Scheme(odd, function=3, self=4).assign(None) == [3, 4]


def test_a_stranger_may_declare_by_attributes():
    def mine(made):
        return []

    mine.terms, mine.online, mine.group = ["chunk"], {"chunk": 1}, True
    made = Scheme(mine)
    assert (made.terms, made.online, made.group) == (("chunk",), {"chunk": 1}, True)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"terms": ("chunks",)}, "terms has 'chunks'; expected some of format, executed"),
        ({"terms": "chunk"}, "terms has 'chunk'; expected some of"),
        ({"terms": 3}, "terms has 3; expected some of"),
        ({"online": {"global": 1.0}}, "online has 'global'; expected some of format"),
        ({"online": ["format"]}, "online is a dict of terms and their weights"),
        ({"online": {"format": "1"}}, "online: the weight of 'format' is a number, not '1'"),
        ({"online": {"format": math.nan}}, "online: the weight of .* not nan"),
    ],
)
def test_what_is_declared_must_make_sense(declared, message):
    def mine(made):
        return []

    for name, value in declared.items():
        setattr(mine, name, value)
    with pytest.raises(SettingError, match=f"credit 'mine': {message}"):
        Scheme(mine)


# --- What is a credit function --------------------------------------------------------------------


class Called:
    """An object that is called, and that has no hash."""

    __hash__ = None

    def __call__(self, made, *, mix: Share = 0.5):
        return [mix]


class Assigns:
    def assign(self, made):
        return []


class Both(Assigns):
    def __call__(self, made):
        return []


def unreadable(made, *, mix: "Missing.name" = 0.5):  # noqa: F821
    return [mix]


@pytest.mark.parametrize(
    "function",
    [
        everything,
        stranger,
        lambda made: [],
        Called(),
        functools.partial(stranger, mix=1),
        Assigns().assign,
    ],
)
def test_what_takes_an_episode_is_a_function(function):
    assert is_function(function)
    Scheme(function)


@pytest.mark.parametrize(
    "other",
    [Assigns, Assigns(), Both(), Called, lambda: Assigns(), lambda mix=1: Assigns(), 3, "x", max],
)
def test_what_makes_schemes_or_is_none_is_no_function(other):
    assert not is_function(other)


def test_an_object_that_is_called_has_its_parameters_checked():
    assert Scheme(Called(), mix=0.25).assign(None) == [0.25]
    with pytest.raises(SettingError, match="credit 'Called': mix is a number from 0 to 1, not 7"):
        Scheme(Called(), mix=7)


def test_annotations_that_cannot_be_read_check_nothing():
    assert Scheme(unreadable, mix="x").assign(None) == ["x"]


def test_a_function_that_says_nothing_of_itself_is_refused():
    with pytest.raises(SettingError, match="credit 'builtins:max'"):
        registry.make("credit", "builtins:max", beta=1)


# --- What schemes ask of episodes -----------------------------------------------------------------


def test_the_score_is_there_or_it_is_said():
    assert score_of(episode(1, [[[0]]], [0.5])) == 0.5
    with pytest.raises(NotMeasuredError):
        score_of(episode(1, [[[0]]], [None]))


def test_rollouts_of_one_instance_have_its_steps():
    made = [episode(3, [[[0]]], [score]) for score in (0.5, None, 1)]
    assert one_instance(made) == 3
    assert one_instance(made[:1]) == 3


def test_a_partial_keeps_what_its_function_declares():
    bound = Scheme(functools.partial(credit.finemem, w1=1.0), beta=0.25)
    assert bound.terms == ("format", "chunk", "compression")
    assert bound.online == {"format": 1.0, "chunk": 1.0}
    assert bound.parameters == {"w1": 1.0, "beta": 0.25}


def test_numbers_of_numpy_are_numbers():
    assert Scheme(credit.eara, beta=np.float32(0.5)).parameters["beta"] == 0.5
    assert Scheme(credit.shapley, permutations=np.int64(4)).parameters["permutations"] == 4
