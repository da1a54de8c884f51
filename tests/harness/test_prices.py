import json

import pytest

from memenv.errors import DataError
from memenv.harness.prices import FREE, Price, Prices, Table

HERE = "http://127.0.0.1:8000/v1"
THERE = "https://api.openai.com/v1"


def written(path, value):
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_the_bundled_table_says_when_it_was_true():
    (table,) = Prices.bundled().tables
    assert table.as_of
    assert table.source
    assert table.models["gpt-4o-mini"] == Price(0.15, 0.6, 0.075)


def test_a_call_costs_its_prompt_and_its_completion():
    assert Price(0.15, 0.6).usd(1_000_000, 1_000_000) == 0.75
    assert Price(2.5, 10.0).usd(0, 0) == 0.0


def test_what_a_provider_knew_of_a_prompt_costs_less_where_the_table_says_so():
    assert Price(2.0, 8.0, 0.5).usd(1_000_000, 0, 500_000) == 1.25
    assert Price(2.0, 8.0).usd(1_000_000, 0, 500_000) == 2.0
    # A server that claims to have known more than there was earns nothing by it.
    assert Price(2.0, 8.0, 0.5).usd(1_000_000, 0, 9_000_000) == 0.5


def test_an_unknown_price_is_none_and_never_zero():
    assert Prices.bundled().of(["some-model"], THERE) is None
    assert Prices.bundled().of(["some-model"]) is None
    assert Prices.bundled().of([None], "http://192.168.1.7:8000/v1") is None


@pytest.mark.parametrize("url", [HERE, "http://localhost/v1", "http://[::1]:1/v1"])
def test_only_an_unlisted_model_on_this_machine_is_free(url):
    assert Prices.bundled().of(["some-model"], url) == FREE
    assert Prices.bundled().of(["gpt-4o"], url) == Price(2.5, 10.0, 1.25)


def test_a_name_that_only_looks_like_this_machine_is_elsewhere():
    assert Prices.bundled().of(["some-model"], "http://127.0.0.1.example.org/v1") is None


def test_the_reported_id_comes_before_the_one_asked_for():
    prices = Prices([Table({"new": Price(1, 1), "new-2030-01-01": Price(2, 2)})])
    assert prices.of(["new-2030-01-01", "new"]) == Price(2, 2)
    assert prices.of(["new-2031-01-01", "new"]) == Price(1, 1)


def test_an_exact_id_comes_before_a_pattern_and_a_longer_pattern_before_a_shorter_one():
    table = Table({"a*": Price(1, 1), "abc*": Price(2, 2), "abcd": Price(3, 3)})
    assert [table.of(name) for name in ("ax", "abcx", "abcd", "b")] == [
        Price(1, 1),
        Price(2, 2),
        Price(3, 3),
        None,
    ]


def test_a_file_comes_before_the_bundled_table_and_leaves_the_rest_of_it(tmp_path):
    path = written(tmp_path / "p.json", {"models": {"gpt-4o*": {"prompt": 1, "completion": 2}}})
    prices = Prices.read(path)
    assert prices.of(["gpt-4o-2024-08-06", "gpt-4o"]) == Price(1, 2)
    assert prices.of(["gpt-4.1"]) == Price(2.0, 8.0, 0.5)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ([], "expected"),
        ({}, "expected"),
        ({"models": []}, "expected"),
        ({"models": {}, "modles": 1}, "unknown field 'modles'"),
        ({"models": {}, "unit": "USD per token"}, "the unit is"),
        ({"models": {}, "as_of": 2025}, "as_of is a text"),
        ({"models": {"m": 1}}, "m: expected an object"),
        ({"models": {"m": {"prompt": 1}}}, "m: has no completion price"),
        ({"models": {"m": {"prompt": -1, "completion": 1}}}, "prompt is a number"),
        ({"models": {"m": {"prompt": True, "completion": 1}}}, "prompt is a number"),
        ({"models": {"m": {"prompt": "1", "completion": 1}}}, "prompt is a number"),
        ('{"models": {"m": {"prompt": NaN, "completion": 1}}}', "prompt is a number"),
        ({"models": {"m": {"prompt": 1, "completion": 1, "tax": 1}}}, "unknown field 'tax'"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, value, said):
    with pytest.raises(DataError, match=said):
        Prices.read(written(tmp_path / "p.json", value))


def test_a_file_that_is_not_there_is_a_mistake_of_the_user(tmp_path):
    with pytest.raises(DataError, match="--prices takes a JSON file"):
        Prices.read(tmp_path / "none.json")
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(DataError, match="UTF-8"):
        Prices.read(tmp_path / "x.json")
