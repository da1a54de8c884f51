import pytest
from memenv_leaderboard.foresight import foresights

CHUNKS = [
    "It is Ada Strand who has kept the mill. It rained.",
    "From now on Ben Oakes keeps the old mill at Verisand. Gunnar Bruhn sold the scarlet saw.",
    "The mill is kept by Ada Strand of the village.",
]


def words(*written):
    return [(each.step, each.chunk, each.words) for each in foresights(CHUNKS, written)]


def test_what_a_chunk_says_now_or_said_before_is_no_foresight():
    assert words((1, CHUNKS[1]), (2, CHUNKS[0]), (2, "Noted: Ben Oakes keeps the old mill")) == []


def test_what_a_later_chunk_says_is():
    assert words((0, "Gunnar Bruhn sold the scarlet saw")) == [
        (0, 1, "gunnar bruhn sold the scarlet saw")
    ]


def test_it_is_told_once():
    text = "Gunnar Bruhn sold the scarlet saw"
    assert len(words((0, text), (0, f"{text}!"), (0, f"Noted. {text}."))) == 1


def test_another_wording_of_what_was_said_is_not():
    assert words((0, "The mill is kept by Ada Strand")) == []
    assert words((0, "The mill is kept by Ada Strand of the village")) != []


def test_sentences_that_meet_in_a_text_are_not():
    assert words((1, "It rained Ben Oakes. Gunnar Bruhn")) == []
    assert words((0, "It rained. From now on it rained")) == []


def test_few_words_and_words_without_content_are_not():
    assert words((0, "Ben Oakes"), (0, "is kept by of the it")) == []


def test_a_text_of_nothing_but_white_space_is_not():
    assert words((0, ""), (0, " \n ")) == []


@pytest.mark.parametrize("between", ["] ", "\n", " . ", "_", " | ", "{", "。", " \u2014 "])
@pytest.mark.parametrize("every", [1, 2, 3, 4])
def test_what_stands_between_the_words_does_not_hide_them(between, every):
    said = ["Gunnar", "Bruhn", "sold", "the", "scarlet", "saw"]
    rows = [" ".join(said[at : at + every]) for at in range(0, len(said), every)]
    assert words((0, between.join(rows))) == [(0, 1, "gunnar bruhn sold the scarlet saw")]


def test_facts_told_apart_may_be_told_together_later():
    chunks = [
        "Ada likes green tea. Ben likes dark beer.",
        "Ada likes green tea, Ben likes dark beer.",
    ]
    assert foresights(chunks, [(0, "Ada likes green tea\nBen likes dark beer")]) == []
    assert foresights(chunks, [(0, "Ada likes green tea\nBen likes dark chairs")]) == []
