"""The numbers of lines, and choices as operations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import memenv
from memenv import Delete, Insert, Memory, Update
from memenv.lines import (
    BUCKETS,
    CHOICES,
    FIXED,
    MOVING,
    Pool,
    brief,
    chosen,
    line_of,
    look,
    operations,
    read,
    scene,
    state_of,
)

SKIP, SEMANTIC, EPISODIC, UPDATE, REPLACE, CORE = range(len(CHOICES))
FAMILIES = ["encyclopedia", "dialogue", "intents", "overrides", "amendments"]


def column(table, names, name):
    return table[:, names.index(name)].tolist()


@pytest.mark.parametrize(
    ("text", "kind", "short"),
    [
        ("[Session of 3 May]", "header", "[Session of 3 May]"),
        ("Kofi: I have a new dentist, Dr. Lee.", "turn", "Kofi: have new dentist, Dr. Lee"),
        (
            "Sample: can you cancel my loan; Label: 7",
            "sample",
            "can cancel loan; Label: 7",
        ),
        ("57. The head of Torby is Ines.", "fact", "head of Torby is Ines"),
        ("The mill, at the back of a barn, is in Torby.", "sentence", "mill, is Torby"),
        ("The mill, at the back of Ada Lee, is old.", "sentence", "mill, back Ada Lee, is old"),
        ("As some say, in a rush, Ada left, sadly.", "sentence", "Ada left, sadly"),
        ("It was the one.", "sentence", "was one"),
        ("The of a.", "sentence", "The of a."),
        ("", "sentence", ""),
    ],
)
def test_brief_leaves_out_what_words_can_be_found_without(text, kind, short):
    assert brief(text, kind) == short


@given(st.text(max_size=300))
def test_brief_is_never_empty_and_never_longer(text):
    for kind in ("turn", "sample", "fact", "sentence"):
        short = brief(text, kind)
        assert bool(short.strip()) == bool(text.strip())
        assert len(short) <= len(text)


def test_hashed_words_tell_the_form_and_no_name_or_number():
    one, two = (
        read(f"{names} was sold in {year} to the city.").buckets[0].tolist()
        for names, year in (("The mill of Torby", 1928), ("The mill of Ada Lee Chen", 3))
    )
    assert one == two
    other = read("Was the mill of Torby sold in 1928 to the city?").buckets[0].tolist()
    assert one != other
    assert all(0 <= each < BUCKETS for each in one + other)


def test_fixed_numbers_say_what_a_line_looks_like():
    text = "[Notes, 3 May]\nKofi: Hello!\nAda: Is Torby in Norway?\nKofi: Torby is in Norway, yes."
    fixed = read(text).fixed
    assert column(fixed, FIXED, "is header") == [1, 0, 0, 0]
    assert column(fixed, FIXED, "is turn") == [0, 1, 1, 1]
    assert column(fixed, FIXED, "first speaker") == [0, 1, 0, 1]
    assert column(fixed, FIXED, "question") == [0, 0, 1, 0]
    assert column(fixed, FIXED, "exclamation") == [0, 1, 0, 0]
    assert fixed[3, FIXED.index("said before")] > 0.5
    assert fixed[2, FIXED.index("said after")] > 0.5
    assert read("").fixed.shape == (0, len(FIXED))


def test_moving_numbers_say_how_a_line_stands_to_the_memory():
    memory, _ = Memory.empty(capacity=40).apply(
        [
            Insert("semantic", "mayor Torby is Ines Okafor."),
            Insert("semantic", "Cleo sings songs."),
            Insert("episodic", "Sample: cancel my loan; Label: 7"),
        ],
        0,
    )
    chunk = read(
        "1. The mayor of Torby is Ben Lund.\nSample: stop it now; Label: 7\nCleo sings songs."
    )
    seen = look(chunk, memory, steps=4)
    assert [seen.state.ids[place] for place in seen.nearest] == ["0.0", "0.2", "0.1"]
    table = {name: column(seen.moving, MOVING, name) for name in MOVING}
    assert table["nearest"][2] == 1.0
    assert table["lead"][0] == 0.5
    assert table["new names"][0] == pytest.approx(2 / 3)
    assert table["label held"] == [0, 1, 0]
    assert table["same"] == [0, 0, 1]
    assert table["fill"] == pytest.approx([memory.tokens / 40] * 3)
    assert table["time"] == [0.25] * 3
    assert table["empty"] == table["unlimited"] == [0, 0, 0]


def test_an_empty_memory_without_limit():
    seen = look(read("Ada lives in Oslo."), Memory.empty(), steps=1)
    assert seen.moving[0, MOVING.index("empty")] == 1
    assert seen.moving[0, MOVING.index("unlimited")] == 1
    assert seen.moving[0, MOVING.index("last")] == 1
    assert seen.nearest.tolist() == [-1]
    assert seen.allowed.tolist() == [[True, True, True, False, False, True]]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("layout", ["mem-alpha", "flat"])
def test_the_numbers_do_not_depend_on_what_else_is_compared(family, layout):
    """Training compares with all lines of a stream at once, the agent with its entries."""
    instance = memenv.make("task", family)(seed=4, size=3, split="train")
    chunks = [read(chunk.text) for chunk in instance.chunks]
    texts = list(
        dict.fromkeys(t for c in chunks for line in c.lines for t in (line.text, line.brief))
    )
    pool = Pool([line_of(text) for text in texts])
    rng = np.random.default_rng(0)
    memory = Memory.empty(layout, 0.2, stream_tokens=instance.tokens)
    for number, chunk in enumerate(chunks):
        alone = look(chunk, memory, len(chunks))
        state, held = state_of(
            memory.entries, memory.layout, memory.tokens, memory.capacity, number, len(chunks)
        )
        at = np.array([texts.index(entry.text) for entry in held], dtype=np.int64)
        together = scene(chunk, pool.beside(chunk.lines).at(at), state)
        assert np.array_equal(alone.moving, together.moving)
        assert np.array_equal(alone.nearest, together.nearest)
        choices = rng.integers(0, CORE, len(chunk.lines)).tolist()
        memory, _ = memory.apply(operations(chunk, alone, choices), number)


@given(st.data())
def test_choices_are_found_again_in_operations(data):
    first = "Ada lives in Rome. Ben paints barns. Cleo sings songs. Dan sells 12 bicycles."
    second = "Ada now lives in Oslo. Emil runs fast. Fay sings hymns. Gil bakes 20 loaves."
    memory = Memory.empty()
    if data.draw(st.booleans()):
        chunk = read(first)
        memory, _ = memory.apply(operations(chunk, look(chunk, memory, 2), [1, 2, 1, 5]), 0)
    chunk = read(second)
    seen = look(chunk, memory, 2)
    rows = [np.flatnonzero(row).tolist() for row in seen.allowed]
    choices = [data.draw(st.sampled_from(row)) for row in rows]
    # Two updates of one entry, or more replacements than entries, are not what was chosen.
    done = operations(chunk, seen, choices)
    if choices.count(UPDATE) <= 1 and choices.count(REPLACE) <= 1 and UPDATE not in choices[1:]:
        assert chosen(chunk, seen, done) == choices


def test_lines_that_update_one_entry_and_long_ones():
    memory, _ = Memory.empty(capacity=12).apply([Insert("semantic", "Ada lives Rome.")], 0)
    chunk = read("Ada lives in Oslo. Ada lives in Bergen.")
    done = operations(chunk, look(chunk, memory, 3), [UPDATE, UPDATE])
    assert done == [Update("0.0", "Ada lives Oslo"), Insert("semantic", "Ada lives Bergen")]
    assert operations(chunk, look(chunk, memory, 3), [REPLACE, SKIP, REPLACE]) == [
        Delete("0.0"),
        Insert("semantic", "Ada lives Oslo"),
    ]


def test_the_core_is_written_once_and_keeps_what_it_had():
    memory, _ = Memory.empty().apply([Update("core", "Notes")], 0)
    chunk = read("Ada sings. Ben paints.")
    assert operations(chunk, look(chunk, memory, 3), [CORE, CORE]) == [
        Update("core", "Notes\nAda sings\nBen paints")
    ]
