import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memenv_leaderboard.pages.text import LONG, file_name, plain, script, visible

ANY_TEXT = st.text(st.characters(codec=None))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e9, 1e9)
    | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


def read(text, name="x"):
    """What a browser makes of a file of data: the value of its one string literal, parsed."""
    match = re.fullmatch(r'memenvData\("(.*)", \'((?:[^\'\\]|\\\\)*)\'\);\n', text)
    assert match is not None, text
    assert match[1] == name
    return json.loads(match[2].replace("\\\\", "\\"))


@given(VALUES)
def test_a_value_travels_to_the_page_as_it_is(value):
    known = plain(value)
    assert read(script("x", known)) == known


@given(VALUES)
def test_a_file_of_data_holds_nothing_that_could_end_a_script_or_a_line(value):
    text = script("x", plain(value))
    inside = text[len('memenvData("x", ') : -len(");\n")]
    assert not set("<>&\n\r\u2028\u2029`") & set(inside)
    text.encode()  # no lone surrogate


@given(ANY_TEXT)
def test_what_would_not_be_seen_is_shown_as_its_code(text):
    shown = visible(text)
    hidden = "\x00\x07\x1b\x7f\x9b\u061c\u200e\u200f\u2028\u202e\u2066\ufeff\U000e0041"
    assert not set(hidden) & set(shown)
    assert not any(0xD800 <= ord(char) < 0xE000 for char in shown)
    assert visible(shown) == shown


def test_text_of_every_script_and_its_line_ends_stay():
    text = "עברית العربية 日本語 é\u0301 👩‍🚀\tend\n"
    assert visible(text) == text
    assert visible("a\r\nb\rc") == "a\nb\nc"


def test_texts_and_keys_are_bounded():
    found = plain({"k" * 10_000: "x" * 3_000_000})
    assert [(len(key), len(value)) for key, value in found.items()] == [(200, LONG)]


def test_a_number_that_a_browser_would_round_is_a_text_and_one_that_is_none_is_null():
    found = plain([2**53, -(2**60), float("inf"), float("nan"), 1.5, True])
    assert found == ["9007199254740992", "-1152921504606846976", None, None, 1.5, True]


def test_what_is_no_json_is_a_mistake():
    with pytest.raises(TypeError, match="a page holds no set"):
        plain({"a": {1}})


@given(ANY_TEXT)
def test_a_run_of_any_name_has_a_file_of_a_plain_one(run):
    assert re.fullmatch("[0-9a-z-]{1,64}", file_name(run))


def test_runs_of_like_names_have_files_of_their_own():
    names = ["a", "A", "../a", "a/", "a\0", "", "id-d2a5f0a7ce1c"]
    assert len({file_name(name) for name in names}) == len(names)
