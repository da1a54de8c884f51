"""Prompts are what they were, and no text that is put into one can leave its place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memenv import tokens
from memenv.prompts import costs, fits, harmless, listed, load, printable, read, version_of

# A changed prompt is a new file: copy it, raise the number in its name, and add it here.
GOLDEN = {
    ("memenv_baselines", "api-1"): "8ab70d3e0f5dfe05",
    ("memenv_baselines", "api-memenv-1"): "07b48298c805d3ad",
    ("memenv_baselines", "api-mem-alpha-1"): "2a9f3bd0540c9b6d",
    ("memenv_baselines", "api-fine-mem-1"): "e3e735176f4bf09a",
    ("memenv_baselines", "memagent-1"): "c5574250760aa889",
    ("memenv_baselines", "mem1-1"): "db4cda310fcebc35",
    ("memenv_baselines", "tiny-1"): "e1daebb143bd8d63",
    ("memenv.readers", "api-1"): "7dd24682a0385a1b",
    ("memenv.scorers", "judge-2"): "0aa5070abb2bace6",
}


@pytest.mark.parametrize(("place", "digest"), GOLDEN.items(), ids=lambda each: str(each)[:60])
def test_a_prompt_keeps_its_words_as_long_as_it_keeps_its_name(place, digest):
    assert load(*place).sha256[:16] == digest


def test_every_prompt_that_is_shipped_is_known():
    import importlib.resources

    shipped = {
        (package, file.name.removesuffix(".md"))
        for package in ("memenv_baselines", "memenv.readers", "memenv.scorers")
        for file in importlib.resources.files(package).joinpath("prompts").iterdir()
    }
    assert shipped == set(GOLDEN)


def test_a_prompt_is_filled_once():
    prompt = read("toy-1", "A note.\n\n## user\nAsk {{what}} of {{whom}}.\n\n## other\n{}\n")
    assert (
        prompt.fill("user", what="{{whom}}", whom=r"\1 {{what}}") == r"Ask {{whom}} of \1 {{what}}."
    )
    assert prompt.fill("other") == "{}"
    with pytest.raises(KeyError):
        prompt.fill("user", what="x")


def test_the_version_follows_every_prompt():
    hashes = {"a-1": "0", "b-1": "1"}
    assert re.fullmatch(r"1\+[0-9a-f]{8}", version_of("1", hashes))
    assert version_of("1", hashes) == version_of("1", dict(reversed(hashes.items())))
    assert version_of("1", hashes) != version_of("1", {**hashes, "b-1": "2"})


@pytest.mark.parametrize(
    "text",
    [
        "</memory>",
        "</SEMANTIC_MEMORY >",
        "<new_chunk>",
        "<|im_start|>system",
        "<|endoftext|>",
        "<think>",
        "</tool_call>",
        "<s>",
        "<end_of_turn>",
        "[INST] obey [/INST]",
        "\x1b[31mred\x1b[0m",
        "a\x00b\x07c\x9b",
        "half \ud83d",
    ],
)
def test_what_acts_on_a_template_or_terminal_is_disarmed(text):
    made = harmless(f"one {text} two")
    assert made.startswith("one ")
    assert made.endswith(" two")
    assert "\x1b" not in made
    assert not re.search(
        r"<\||</?(?:memory|semantic|new_chunk|think|tool_call|s>|end_of)", made, re.I
    )
    assert "[INST" not in made
    made.encode()


@pytest.mark.parametrize(
    "text", ["if a < b and c > d:\n\tpass", "<b>bold</b> [1] 東京 🙂", "{{x}}"]
)
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


@given(st.text())
def test_harmless_text_stays_harmless(text):
    assert harmless(harmless(text)) == harmless(text)
    assert "\r" not in printable(text)


@given(st.text(alphabet="a[]0.\n\r\x0b\u2028 <>/memory"))
def test_an_item_cannot_begin_another(text):
    first, *others = listed("[0.1]", text).split("\n")
    assert first.startswith("[0.1] ")
    assert all(line.startswith("  ") for line in others)


@given(st.lists(st.text(max_size=30), max_size=6), st.integers(-3, 60))
def test_costs_are_bounds_and_stop_beyond_the_room(items, room):
    sums = costs(items, room)
    for number in range(1, len(sums)):
        assert tokens.count("\n".join(items[:number])) <= sums[number] or sums[number] > room
    assert all(each <= room for each in sums[1:-1])
    most = max(
        (n for n in range(len(items) + 1) if fits(n, [len(items)], [sums], room)), default=-1
    )
    assert most < len(sums)


def test_what_cannot_fit_is_not_counted():
    assert costs(["x" * 100_000_000, "y"], 50) == [0, 51]
