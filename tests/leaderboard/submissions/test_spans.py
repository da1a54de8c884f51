import pytest
from hypothesis import given
from hypothesis import strategies as st
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.spans import Allowance, Speller, read_text

CHUNKS = [
    "Ada moved to Oslo in the spring of 2019, and Ben stayed where he was.",
    "In the autumn Ben followed her, by the night train from Hamburg to Oslo.",
]
PIECES = st.sampled_from(
    ["x", "é\u2028", "Oslo", CHUNKS[0], CHUNKS[1], CHUNKS[0][4:50], CHUNKS[1][7:60], "\ud800"]
)


def test_a_copy_is_one_span():
    assert Speller(CHUNKS).spell(CHUNKS[1][3:50], 1) == [[1, 3, 50]]


def test_a_short_copy_is_spelt_out():
    assert Speller(CHUNKS).spell("Ada moved to Oslo", 0) == "Ada moved to Oslo"


def test_a_copy_with_words_around_it_is_a_span_between_them():
    assert Speller(CHUNKS).spell(f"Noted: {CHUNKS[0][4:50]}!", 1) == ["Noted:", [0, 3, 50], "!"]


def test_a_copy_of_a_later_chunk_is_spelt_out():
    assert Speller(CHUNKS).spell(CHUNKS[1], 0) == CHUNKS[1]


@given(st.lists(PIECES).map("".join), st.integers(0, 1))
def test_every_text_is_read_back_as_it_was(text, step):
    spelt = Speller(CHUNKS).spell(text, step)
    assert read_text(spelt, CHUNKS, step) == text


@given(st.lists(st.text(alphabet="ab", max_size=80), min_size=1, max_size=3), st.data())
def test_texts_that_repeat_themselves_are_read_back_too(chunks, data):
    text = data.draw(st.text(alphabet="ab", max_size=200))
    step = len(chunks) - 1
    assert read_text(Speller(chunks).spell(text, step), chunks, step) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (7, "a text is a string"),
        ({"json": "x"}, "a text is a string"),
        ([None], "three integers"),
        ([[0, 0]], "three integers"),
        ([[0, 0, 1.0]], "three integers"),
        ([[0, False, True]], "three integers"),
        ([[1, 0, 4]], "comes later"),
        ([[9, 0, 4]], "comes later"),
        ([[-1, 0, 4]], "outside of chunk -1"),
        ([[0, 4, 4]], "outside of chunk 0"),
        ([[0, 5, 4]], "outside of chunk 0"),
        ([[0, -4, 4]], "outside of chunk 0"),
        ([[0, 0, 10**30]], "outside of chunk 0"),
    ],
)
def test_what_is_no_text_is_refused(value, reason):
    with pytest.raises(RefusedError, match=reason):
        read_text(value, CHUNKS, 0)


def test_the_texts_of_an_episode_have_an_end():
    allowance = Allowance(100)
    read_text([[0, 0, 60]], CHUNKS, 0, allowance)
    with pytest.raises(RefusedError, match="characters"):
        read_text([[0, 0, 60]], CHUNKS, 0, allowance)


def test_a_text_has_an_end():
    with pytest.raises(RefusedError, match="a text has more than 2,000,000 characters"):
        read_text(["x" * 1_500_000, "y" * 600_000], CHUNKS, 0)
