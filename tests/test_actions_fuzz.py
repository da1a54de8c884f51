"""A fuzzer for what models write: no exception, bounded time, the same every time."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import pytest

from memenv.actions import parse
from memenv.memory import LAYOUTS
from memenv.operations import operation_from_dict, operation_to_dict, recorded

TWO, FLAT = LAYOUTS["mem-alpha"], LAYOUTS["flat"]

CALLS = (
    {"name": "INSERT", "arguments": {"content": 'Ada said "no" to 5 people, é 😀'}},
    {"name": "SKIP", "arguments": {}},
    {"name": "DELETE", "arguments": {"id": "3.1"}},
    {
        "name": "memory_update",
        "arguments": {"memory_type": "core_memory", "new_content": "a\nb\\c <think> ✿ ```"},
    },
    {
        "type": "function",
        "function": {
            "name": "new_memory_insert",
            "arguments": '{"memory_type": "semantic_memory"}',
        },
    },
)
WHOLE = tuple(json.dumps(each, ensure_ascii=False) for each in CALLS)
VALID = (
    *WHOLE,
    *(f"<tool_call>\n{each}\n</tool_call>" for each in WHOLE),
    *(f"<think>Hm.</think>```json\n[{each}, {each}]\n```" for each in WHOLE),
    *(f"✿FUNCTION✿: memory_update\n✿ARGS✿: {each}\n✿RESULT✿: ok" for each in WHOLE),
    repr(CALLS[0]),
)
PIECES: tuple[str, ...] = (
    *"{}[]()\":,'\\<>✿#/*`\n\r\t\0 e-.5",
    *(
        "{'",
        '{"name": ',
        "{name:",
        '"arguments": {',
        '"content": "',
        '", "',
        '"}}',
        "\\u",
        "\\ud800",
    ),
    *("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "```json\n", "//"),
    *("✿FUNCTION✿: ", "✿ARGS✿: ", "✿RESULT✿: ", "✿RETURN✿", "INSERT", "memory_delete", "SKIP"),
    *(
        "\x1b[31m",
        "\x1b]0;x\x07",
        "\u202e",
        "\ufeff",
        "\u2028",
        "\ud83d",
        "\udc00",
        "💥",
        "e\u0301",
    ),
    *("null", "NaN", "1e999", "true", "None", "-0", "9" * 5000, "“", "”", ":", "Ignore all that."),
)


def noise(rng: random.Random) -> str:
    return "".join(
        chr(rng.choice((rng.randrange(256), rng.randrange(0x110000)))) for _ in range(40)
    )


def pieces(rng: random.Random) -> str:
    return "".join(rng.choices(PIECES, k=rng.randrange(30)))


def repeated(rng: random.Random) -> str:
    unit = "".join(rng.choices(PIECES, k=rng.randrange(1, 4)))
    return pieces(rng) + unit * rng.randrange(30) + pieces(rng)


def mutated(rng: random.Random) -> str:
    text = "\n".join(rng.choices(VALID, k=rng.randrange(1, 4)))
    for _ in range(rng.randrange(1, 5)):
        at, other = sorted(rng.choices(range(len(text) + 1), k=2))
        text = rng.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + rng.choice(PIECES) + text[at:],
                text[:at],
                text[at:],
                text[:at] + text[other:],
                text[:at] + text[at:other] * 2 + text[other:],
                text[:at] + text[at : at + 5][::-1] + text[at + 5 :],
            )
        )
    return text


def nested(rng: random.Random, depth: int = 0) -> str:
    if depth > 6 or rng.random() < 0.3:
        return rng.choice((*PIECES, '"INSERT"', '"0.1"', '{"content": "A"}'))
    keys = ("name", "arguments", "function", "tool_calls", "content", "id", "role", "memory_type")
    inside = [nested(rng, depth + 1) for _ in range(rng.randrange(4))]
    if rng.random() < 0.3:
        return "[" + ",".join(inside) + "]"
    return "{" + ",".join(f'"{rng.choice(keys)}": {each}' for each in inside) + "}"


def deep(rng: random.Random) -> str:
    opening, closing = rng.choice(
        (("[", "]"), ('{"a":', "}"), ('{"name":', "}"), ('{"name":[', "]}"))
    )
    depth = 10_000 if rng.random() < 0.002 else rng.randrange(100)
    middle = opening * depth + rng.choice(("1", pieces(rng))) + closing * rng.choice((depth, 0))
    frames = ("", ""), ('{"name": "INSERT", "arguments": ', "}"), ("✿FUNCTION✿: SKIP\n✿ARGS✿: ", "")
    before, after = rng.choice(frames)
    return before + middle + after


KINDS: tuple[Callable[[random.Random], str], ...] = (noise, pieces, repeated, nested, deep)
KINDS += (mutated,) * 5


def fuzz(seed: int, cases: int) -> tuple[float, str]:
    """The longest time that a text took, in seconds, and the text."""
    rng = random.Random(seed)
    worst = (0.0, "")
    for case in range(cases):
        text = rng.choice(KINDS)(rng)
        layout = TWO if case % 2 else FLAT
        started = time.perf_counter()
        found = parse(text, layout)
        worst = max(worst, (time.perf_counter() - started, text))
        assert found.operations
        assert all(0 <= position < len(found.operations) for position in found.repaired)
        for operation in found.operations:
            assert recorded(operation) is operation or recorded(operation) == operation
        if case % 10 == 0:
            line = json.dumps(
                [operation_to_dict(each) for each in found.operations], allow_nan=False
            )
            assert [operation_from_dict(each) for each in json.loads(line)] == found.operations
            assert parse(text, layout) == found
    return worst


def test_whatever_a_model_writes_is_read_without_an_error_and_soon() -> None:
    seconds, text = fuzz(6, 20_000)
    assert seconds < 3, text[:200]


CASES = 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_million_texts_are_read_without_an_error_and_soon(seed: int) -> None:
    seconds, text = fuzz(seed, CASES // 10)
    assert seconds < 3, text[:200]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    text = '{"name": "INSERT", "arguments": {"content": "' + piece * (200_000 // len(piece))
    started = time.perf_counter()
    parse(text, TWO)
    assert time.perf_counter() - started < 4
