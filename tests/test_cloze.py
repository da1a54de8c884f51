"""Cloze questions for streams without probes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import memenv
from memenv.cloze import LOOKED_AT, TRIED, _spread, clozes, probes_of
from memenv.memory import Memory
from memenv.operations import Insert
from memenv.pipeline import Grader
from memenv.readers.lexical import Lexical
from memenv.run import scorer_for
from memenv.search import words
from memenv.segments import segments
from memenv.types import PROBES_PER_CHUNK, Answer, Chunk, Grade, Instance, Question

PROSE = """[Document: The Brass Museum]
In 1887 the merchant Adele Krug founded the Brass Museum in Velsund with 140 instruments. \
It burned down on 4 May 1902, when the watchman Otto Haas was away. A committee led by Maria Lund \
raised nineteen thousand crowns for a new house. Every Tuesday the staff polish the great horns. \
Since then visitors have come from Denmark, mostly in August. \
Which careless lodger smoked in old Rome?"""

DIALOGUE = """[Session 2, 3 March 2023]
Priya: Thanks, Tomas! My sister Noor had a baby girl on Friday at the hospital in Porto.
Tomas: How lovely. I sold 12 cups to a small café on Mill Street yesterday, Priya."""

FACTS = """Here is a list of facts:
0. The capital of Italy is Rome.
1. Thomas Kyd was born in the city of London.
2. The capital of Italy is Duluth.
3. goaltender is associated with the sport of ice hockey."""

SAMPLES = """Labelled samples:
Sample: when does my visa card expire; Label: 18
Sample: set a reminder for 7 in the evening; Label: 22
is there a timezone in Miami
label: 16
where is my luggage, label: lost_luggage"""

TEXTS = {"prose": PROSE, "dialogue": DIALOGUE, "facts": FACTS, "samples": SAMPLES}


def stream(*chunks: str, probes: tuple[tuple[Question, ...], ...] = ()) -> Instance:
    texts = tuple(Chunk(text, number) for number, text in enumerate(chunks))
    questions = (Question("0", "Who?", ("Ada",), "em"),)
    return Instance("i", "AR", "tests", texts, questions, probes)


def grader() -> Grader:
    return Grader(Lexical(), scorer_for())


def asked(text: str) -> dict[str, str]:
    """Value -> the sentence with its blank."""
    found = clozes(Chunk(text, 0))
    return {each.answers[0]: each.text.partition("\n")[2] for each in found}


class Scripted:
    """Knows the values of some questions, with any memory or only with one that is not empty."""

    def __init__(self, known: Sequence[str], guessed: Sequence[str] = ()) -> None:
        self.known, self.guessed = known, guessed
        self.calls: list[tuple[int, str]] = []

    def __call__(self, memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
        grades = []
        for question in questions:
            value = question.answers[0]
            self.calls.append((len(memory), value))
            right = value in (self.known if len(memory) else self.guessed)
            grades.append(Grade(question.id, Answer(""), float(right)))
        return tuple(grades)


# --- What is asked --------------------------------------------------------------------------------


def test_names_numbers_and_dates_are_asked_for_in_words_that_say_which() -> None:
    found = {each.answers[0]: each.text.partition("\n")[0] for each in clozes(Chunk(PROSE, 0))}
    assert found == {
        "1887": "Which year is missing?",
        "Adele Krug": "Which name is missing?",
        "Brass Museum": "Which name is missing?",
        "Velsund": "Which name is missing?",
        "140": "What number is missing?",
        "4 May 1902": "Which date is missing?",
        "Otto Haas": "Which name is missing?",
        "Maria Lund": "Which name is missing?",
        "nineteen thousand": "What number is missing?",
        "Tuesday": "Which day of the week is missing?",
        "Denmark": "Which name is missing?",
        "August": "Which month is missing?",
    }


def test_a_probe_says_where_it_comes_from() -> None:
    (row, second) = probes_of(stream("Nothing here.", PROSE), grader()).rows
    assert row == ()
    assert len({question.id for question in second}) == len(second) == PROBES_PER_CHUNK
    for question in second:
        (passage,) = question.support
        (value,) = question.answers
        assert passage in PROSE
        assert question.text.partition("\n")[2].replace("____", value) == passage
        assert (question.after, question.evidence) == (1, (1,))
        assert (question.metric, question.kind) == ("subem", "cloze")


def test_speakers_headers_and_questions_are_not_asked_about() -> None:
    assert asked(DIALOGUE) == {
        "12": "Tomas: I sold ____ cups to a small café on Mill Street yesterday, Priya.",
        "Mill Street": "Tomas: I sold 12 cups to a small café on ____ yesterday, Priya.",
        "Friday": "Priya: My sister Noor had a baby girl on ____ at the hospital in Porto.",
        "Noor": "Priya: My sister ____ had a baby girl on Friday at the hospital in Porto.",
        "Porto": "Priya: My sister Noor had a baby girl on Friday at the hospital in ____.",
    }


def test_facts_are_asked_about_without_their_numbers() -> None:
    assert asked(FACTS)["London"] == "Thomas Kyd was born in the city of ____."
    kept = probes_of(stream(FACTS), grader()).rows[0]
    values = {question.answers[0] for question in kept}
    # What the chunk itself replaces is not asked for.
    assert {"London", "Duluth"} <= values
    assert "Rome" not in values


def test_labels_of_samples_are_asked_for() -> None:
    found = {each.answers[0]: each for each in clozes(Chunk(SAMPLES, 0))}
    assert sorted(found) == ["18", "22", "lost_luggage"]
    assert found["18"].metric == "label"
    assert found["18"].text.splitlines() == [
        "Which label does this sample get? Answer with the label only.",
        "Sample: when does my visa card expire",
    ]
    assert found["lost_luggage"].text.splitlines()[1] == "where is my luggage"
    assert found["22"].support == ("Sample: set a reminder for 7 in the evening; Label: 22",)
    assert {q.answers[0] for q in probes_of(stream(SAMPLES), grader()).rows[0]} == set(found)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Yesterday the old postman moved away to Rome.", ["Rome"]),
        ('"Nobody" wrote the famous letter about Rome and its "Empire" again.', ["Rome"]),
        ("Adele Krug sold the painting to the nephew of Krug and to Lund.", ["Lund"]),
        ("She saw Rome.", []),
        (
            "The feud between Haas and Lund of Bergen ended late in spring.",
            ["Haas", "Lund of Bergen"],
        ),
        ("The long letter came from Mr. Otto Haas about the new roof.", ["Otto Haas"]),
        ("The brass horns of Otto's father were sold by J. S. Haas.", ["Otto", "J. S. Haas"]),
        ("When the ferry broke down I May have said that August was fine.", ["August"]),
        ("The ferry to ____ left the harbour of Velsund with 7 people.", []),
        ("Version 1.2.3 of file a-17 at http://x.org/7 is v2, twice as long as B/12.", ["1.2.3"]),
        ("The price of the old house rose by 3.5% to $1,200 within months.", ["3.5", "1,200"]),
        ("It was one of the best houses that anyone had ever seen there.", []),
        ("The museum opened its long closed doors late in the 1990s again.", ["1990s"]),
        ("The regiment lost 1500 men near the bridge of the old mill.", ["1500"]),
        ("Там Адель Крюгер основала музей латуни в городе Осло.", ["Осло"]),
        ("阿黛尔在奥斯陆创立了黄铜博物馆。", []),
        ("x" * 400 + " the postman moved away to Rome with cats.", []),
    ],
)
def test_only_values_that_tell_something_are_asked_for(text: str, values: list[str]) -> None:
    assert sorted(asked(text)) == sorted(values)


def test_a_value_said_once_is_asked_for_before_one_said_often() -> None:
    text = "The old clerk Haas moved away to Rome. The young clerk Lund had left Rome long before."
    assert set(list(asked(text))[:2]) == {"Haas", "Lund"}


def test_questions_come_from_all_over_a_chunk() -> None:
    lines = [f"The painter Ada{n} moved her whole house to Town{n}." for n in range(200)]
    places = []
    for start in range(8):
        text = " ".join([f"Part {start}.", *lines])
        first = clozes(Chunk(text, 0))[:PROBES_PER_CHUNK]
        at = sorted(text.index(each.support[0]) / len(text) for each in first)
        assert all(after - before < 0.5 for before, after in zip([0, *at], [*at, 1], strict=True))
        places.append(tuple(at))
    # And not from the same places in every chunk.
    assert len(set(places)) == 8


@given(st.integers(0, 300), st.text())
def test_every_passage_is_looked_at_once_up_to_the_limit(count: int, text: str) -> None:
    found = _spread(list(range(count)), text)  # type: ignore[arg-type]
    assert len(set(found)) == len(found) == min(count, LOOKED_AT)


# --- What is kept ---------------------------------------------------------------------------------


def test_probes_of_the_instance_are_left_alone() -> None:
    rows = ((Question("p", "Who?", ("Ada",), "em"),), ())
    ask = Scripted([])
    found = probes_of(stream(PROSE, FACTS, probes=rows), ask)
    assert (found.rows, found.origin, ask.calls) == (rows, "instance", [])


def test_only_what_the_reader_answers_from_the_chunk_alone_is_kept() -> None:
    ask = Scripted(["Velsund", "August"])
    found = probes_of(stream(PROSE), ask)
    assert found.origin == "cloze"
    assert {question.answers[0] for question in found.rows[0]} == {"Velsund", "August"}
    assert {entries for entries, value in ask.calls} == {0, 1}


def test_what_the_reader_answers_from_nothing_is_not_kept() -> None:
    every = list(asked(PROSE))
    found = probes_of(stream(PROSE), Scripted(every, guessed=every[:3]))
    assert [question.answers[0] for question in found.rows[0]] == every[3:8]


def test_a_score_that_could_not_be_measured_keeps_nothing() -> None:
    def unknown(memory: Memory, questions: Sequence[Question]) -> tuple[Grade, ...]:
        return tuple(Grade(question.id, Answer("x"), None) for question in questions)

    assert probes_of(stream(PROSE), unknown).rows == ((),)


def test_few_questions_are_tried_and_no_more_than_needed() -> None:
    text = " ".join(f"The painter Ada{n} moved her whole house to Town{n}." for n in range(99))
    nothing, everything = Scripted([]), Scripted(list(asked(text)))
    probes_of(stream(text), nothing)
    assert len(nothing.calls) == TRIED
    assert len(probes_of(stream(text), everything).rows[0]) == PROBES_PER_CHUNK
    assert len(everything.calls) == 2 * PROBES_PER_CHUNK


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("layout", ["mem-alpha", "flat"])
def test_the_chunk_reward_is_nothing_for_skip_and_full_for_lines(kind: str, layout: str) -> None:
    instance = stream(TEXTS[kind], "Nothing here.")
    for agent, expected in (("skip", 0.0), ("lines", 1.0)):
        record = memenv.run_episode(instance, agent, credit="csr", layout=layout)
        assert record.probes == "cloze"
        assert record.step_terms["chunk"] == (expected, None)


def test_other_sentences_do_not_answer_a_probe() -> None:
    grade = grader()
    lost = kept = 0
    for question in probes_of(stream(PROSE), grade).rows[0]:
        others = [s.text for s in segments(PROSE) if s.text != question.support[0]]
        without, _ = Memory.empty().apply([Insert("semantic", text) for text in others], 0)
        (grades,) = grade(without, [question])
        lost += grades.score == 0
        kept += 1
    assert lost == kept == PROBES_PER_CHUNK


# --- Always the same, on any text -----------------------------------------------------------------


def test_probes_are_the_same_in_every_process_and_whatever_was_asked_before() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); import test_cloze as t;"
        "print(t.memenv.types.sha256(repr(t.probes_of(t.stream(*t.TEXTS.values()), t.grader()))))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    random.seed(5)
    grade = grader()
    probes_of(stream(*reversed(TEXTS.values())), grade)
    here = probes_of(stream(*TEXTS.values()), grade)
    assert outputs == {memenv.types.sha256(repr(here)) + "\n"}


pieces = st.sampled_from((
    "Ada Lee", "moved to", "Oslo", "in 1990", ".", ". ", "? ", "\n", "Ben: ", "3. ", "; Label: 4",
    "label: x", "two", "4 May 2001", "and", "the", "café", "____", "<|endoftext|>", "J. S. ", "'s",
    '"', "—", "“", "[Session 1]\n", "猫を", "12", "Осло", "\u202e", "\x00", "\x85",
))  # fmt: skip


@given(st.lists(pieces | st.text(max_size=4), max_size=40).map(" ".join))
def test_any_text_gives_sound_questions(text: str) -> None:
    found = clozes(Chunk(text, 0))
    values = [" ".join(words(question.answers[0])) for question in found]
    assert len(set(values)) == len(values)
    for question in found:
        (value,), (passage,) = question.answers, question.support
        assert passage in text
        assert value in passage
        rest = question.text.partition("\n")[2]
        assert (rest.count("____") == 1) == (question.metric == "subem")
        if question.metric == "subem":
            assert rest.replace("____", value).endswith(passage)
            assert f" {value} ".casefold() not in f" {rest} ".casefold()
    kept = probes_of(stream(text), grader()).rows[0]
    assert len(kept) <= PROBES_PER_CHUNK
    assert set(kept_ids := [question.id for question in kept]) <= {each.id for each in found}
    assert len(kept_ids) == len(set(kept_ids))


@pytest.mark.parametrize(
    "piece",
    [
        "The painter Ada moved her whole house to Oslo in 1990. ",
        "a",
        "A",
        "Ab ",
        "A. ",
        "Ab: x\n",
        "Ada of the ",
        "1,",
        "\n",
        "1. The capital of Oslo is Rome.\n",
        "where is my card; label: 7\n",
    ],
)
def test_a_megabyte_takes_seconds(piece: str) -> None:
    start = time.process_time()
    probes_of(stream(piece * (1_000_000 // len(piece))), grader())
    assert time.process_time() - start < 10
