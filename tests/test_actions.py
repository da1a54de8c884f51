"""Reading operations from what a model wrote."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memenv.actions import (
    MAX_CALLS,
    MAX_TEXT,
    Parsed,
    calls_of,
    parse,
    parse_operations,
    text_of_calls,
    tool_schemas,
)
from memenv.memory import LAYOUTS, Layout, Memory
from memenv.models import ToolCall
from memenv.operations import (
    Delete,
    Insert,
    Malformed,
    Operation,
    Skip,
    Update,
    operation_from_dict,
    operation_to_dict,
)

TWO, FLAT = LAYOUTS["mem-alpha"], LAYOUTS["flat"]
T = TypeVar("T")


def call(name: str, **arguments: Any) -> str:
    return json.dumps({"name": name, "arguments": arguments})


def reasons(text: str) -> list[str]:
    found = parse_operations(text, TWO)
    assert all(isinstance(operation, Malformed) for operation in found)
    return [operation.reason for operation in found if isinstance(operation, Malformed)]


# --- Tools ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            call("new_memory_insert", memory_type="semantic_memory", content="A"),
            Insert("semantic", "A"),
        ),
        (call("new_memory_insert", memory_type="episodic", content="A"), Insert("episodic", "A")),
        (call("new_memory_insert", content="A"), Insert("semantic", "A")),
        (
            call("memory_update", memory_type="episodic_memory", memory_id="0.1", new_content="B"),
            Update("0.1", "B"),
        ),
        (call("memory_update", memory_type="core_memory", new_content="B"), Update("core", "B")),
        (
            call("memory_update", memory_type="core_memory", memory_id="0.1", new_content="B"),
            Update("core", "B"),
        ),
        (call("memory_delete", memory_type="semantic_memory", memory_id="0.1"), Delete("0.1")),
        (call("memory_delete", memory_type="core"), Delete("core")),
        (call("INSERT", content="A"), Insert("semantic", "A")),
        (call("UPDATE", id="0.1", content="B"), Update("0.1", "B")),
        (call("DELETE", id="0.1"), Delete("0.1")),
        (call("SKIP"), Skip()),
        ('{"name": "SKIP"}', Skip()),
        ('{"name": "skip", "arguments": ""}', Skip()),
        ('{"name": "skip", "arguments": "{}"}', Skip()),
        ('{"name": "insert", "content": "A"}', Insert("semantic", "A")),
        ('{"tool": "insert", "text": "A", "store": "episodic"}', Insert("episodic", "A")),
        ('{"name": "insert", "parameters": {"text": "A"}}', Insert("semantic", "A")),
        ('{"name": "insert", "arguments": "{\\"text\\": \\"A\\"}"}', Insert("semantic", "A")),
        (
            '{"type": "function", '
            '"function": {"name": "insert", "arguments": "{\\"text\\": \\"A\\"}"}}',
            Insert("semantic", "A"),
        ),
        (call("insert", memory_type="_memory", content="A"), Insert("_memory", "A")),
    ],
)
def test_a_call_becomes_an_operation(text: str, expected: Operation) -> None:
    assert parse_operations(text, TWO) == [expected]
    for wrapped in (
        f"<tool_call>\n{text}\n</tool_call>",
        f"```json\n{text}\n```",
        f"[{text}]",
        f"I keep {{this}} and [that]: {text} Done.",
        f"<think>maybe {call('delete', id='9.9')}</think>{text}",
        f"maybe {call('delete', id='9.9')}</think>{text}",
        f"{text}<think>or {call('delete', id='9.9')}",
    ):
        assert parse_operations(wrapped, TWO) == [expected]
    assert parse_operations(f"{text}\n{text}[{text},{text}]", TWO) == [expected] * 4


def test_a_text_goes_to_the_default_store_of_the_layout() -> None:
    assert parse_operations(call("INSERT", content="A"), FLAT) == [Insert("memory", "A")]


def test_a_wrong_store_or_type_is_left_for_the_memory_to_reject() -> None:
    text = call("insert", store="working_memory", content="A") + call("insert", content=5)
    text += call("delete", id=3.1)
    operations = parse_operations(text, TWO)
    assert not any(isinstance(operation, Malformed) for operation in operations)
    _, outcomes = Memory.empty().apply(operations, 0)
    assert [outcome.status for outcome in outcomes] == ["rejected"] * 3


def test_halves_of_a_character_are_joined_as_a_record_joins_them() -> None:
    text = '{"name": "insert", "arguments": {"content": "%s"}}'
    for halves in ("\ud83d\ude00", "\ud83d\\ude00", "\\ud83d\ude00", "\\ud83d\\ude00"):
        assert parse_operations(text % halves, TWO) == [Insert("semantic", "😀")]


def test_what_no_record_can_hold_is_malformed() -> None:
    assert reasons('{"name": "insert", "arguments": {"content": NaN}}') == [
        "text is no JSON value: nan"
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no tool call in the text"),
        ("I have nothing to add.", "no tool call in the text"),
        ("[1, 2] {} {", "unknown tool"),
        ("<think>" + call("skip"), "no tool call in the text"),
        (call("drop"), "unknown tool 'drop'"),
        ('{"a": 1}', "the name of the tool is missing or no string"),
        ('{"name": ["skip"]}', "the name of the tool is missing or no string"),
        (call("insert"), "insert needs 'content'"),
        (call("update", id="0.0"), "update needs 'new_content'"),
        (call("update", content="A"), "update needs 'memory_id'"),
        (call("delete"), "delete needs 'memory_id'"),
        ('{"name": "insert", "arguments": [1]}', "the arguments are not an object"),
        ('{"name": "insert", "arguments": 5}', "the arguments are not an object"),
        ('{"name": "insert", "arguments": "{"}', "the arguments are not JSON"),
        ('{"name": "insert", "arguments": "' + "[" * 5000 + '"}', "the arguments are not JSON"),
        ('{"name": "insert", "argu', "the JSON of the tool call is broken"),
        ('{"name": "insert", "arguments": {"content": ', "the JSON of the tool call is broken"),
        ('{"name": "insert", "arguments": {"content": "', "the JSON of the tool call is broken"),
        ("{'name': 'insert'}", "insert needs 'content'"),
        ("SKIP", "no tool call in the text"),
        ("I am done, no operations are needed.", "no tool call in the text"),
        ("<tool_call>\n</tool_call>", "no JSON object in the tool call"),
        ("<tool_call>insert A</tool_call>", "no JSON object in the tool call"),
        ("✿FUNCTION✿: insert\n✿ARGS✿: A", "no JSON object in the tool call"),
        ("✿FUNCTION✿: \n✿ARGS✿: {}", "unknown tool ''"),
        ("✿FUNCTION✿: DELETE", "delete needs 'memory_id'"),
        (
            '{"role": "tool", "name": "insert", "content": "stored"}',
            "the result of a tool is no call of one",
        ),
        (
            '{"tool_call_id": "1", "name": "insert", "content": "stored"}',
            "the result of a tool is no call of one",
        ),
    ],
)
def test_what_cannot_be_understood_says_why(text: str, reason: str) -> None:
    (found,) = reasons(text)
    if text != "[1, 2] {} {":
        assert found == reason


def test_a_broken_call_keeps_its_place_after_those_that_are_whole() -> None:
    text = call("skip") + call("drop") + call("delete", id="0.0") + '{"name": "insert", "argu'
    kinds = [type(operation) for operation in parse_operations(text, TWO)]
    assert kinds == [Skip, Malformed, Delete, Malformed]


def test_many_calls_are_kept_and_those_beyond_are_counted() -> None:
    kept = parse_operations(call("SKIP") * MAX_CALLS, TWO)
    assert kept == [Skip()] * MAX_CALLS
    *kept, last = parse_operations(call("SKIP") * (MAX_CALLS + 7), TWO)
    assert kept == [Skip()] * MAX_CALLS
    reason = "more than 10000 calls in a text: the other 7 were dropped"
    assert last == Malformed("", reason)


def test_what_lies_beyond_the_longest_text_is_not_read_and_that_is_told() -> None:
    start = call("DELETE", id="0.0") + '{"name": "insert", "arguments": {"content": "'
    for length in (MAX_TEXT + 1, 100_000_000):
        first, broken, last = parse_operations(start + "A" * (length - len(start)), TWO)
        assert first == Delete("0.0")
        assert isinstance(broken, Malformed)
        reason = f"the text has {length} characters: only the first 1000000 were read"
        assert last == Malformed("", reason)
    whole = start + "A" * (MAX_TEXT - len(start) - 3) + '"}}'
    assert len(parse_operations(whole, TWO)) == 2


def test_what_is_shown_of_a_malformed_call_is_bounded() -> None:
    for text in ("x" * 10_000, call("drop", a="x" * 10_000), '{"name": "' + "x" * 10_000):
        (operation,) = parse_operations(text, TWO)
        assert isinstance(operation, Malformed)
        assert len(operation.text) <= 200
        assert len(operation.reason) <= 200


# --- Hostile text ---------------------------------------------------------------------------------

fragments = st.sampled_from(
    [
        '{"name": ',
        '"insert"',
        ', "arguments": ',
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\\",
        "null",
        "1e999",
        "NaN",
        "-",
        '"content": ',
        '"id": "0.0"',
        '"function": ',
        "<think>",
        "</think>",
        "<tool_call>",
        "\ud800",
        "\x00",
        "é",
        '"\\ud800"',
        '"memory_type": ',
        '"core"',
        "```",
        " ",
    ]
)


def check(text: str) -> None:
    for layout in LAYOUTS.values():
        operations = parse_operations(text, layout)
        assert operations
        memory = Memory.empty(layout)
        after, outcomes = memory.apply(operations, 0)
        assert len(outcomes) == len(operations)
        line = json.dumps([operation_to_dict(operation) for operation in operations])
        again = [operation_from_dict(value) for value in json.loads(line)]
        assert memory.apply(again, 0)[0] == after


@settings(max_examples=300)
@given(st.text() | st.lists(fragments, max_size=30).map("".join))
def test_no_text_raises(text: str) -> None:
    check(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "tool", "function", "arguments", "content", "id", "memory_type", "x"]
                ),
                inner | st.sampled_from(["insert", "update", "delete", "skip"]),
                max_size=4,
            )
        ),
        max_leaves=10,
    )
)
def test_no_json_raises(value: Any) -> None:
    check(json.dumps(value))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"name": ', "}")])
@pytest.mark.parametrize(
    "frame",
    [
        "%s",
        '{"name": %s}',
        '{"name": "insert", "arguments": %s}',
        '{"name": "insert", "content": %s}',
    ],
)
def test_no_depth_of_nesting_raises(opening: str, closing: str, frame: str) -> None:
    # What is read must not depend on how deep the caller stands.
    for depth in (1, *range(60, 68), 300, 900, 950, 990, 20_000):
        text = frame % (opening * depth + "1" + closing * depth)
        assert parse_operations(text, TWO) == lower(100, lambda: parse_operations(text, TWO))  # noqa: B023
    check(text)


def lower(frames: int, call: Callable[[], T]) -> T:
    return call() if frames == 0 else lower(frames - 1, call)


@pytest.mark.parametrize(
    "unit",
    [
        "{",
        "[",
        '{"name":',
        '{"a":',
        '["',
        "[1,",
        '{"a":"',
        "<think>",
        "</think>",
        '"',
        "\\",
        "[{",
        "[]",
        "{}",
        '{"name":"skip"}',
        "}{",
        '[{"a":1},',
    ],
)
@pytest.mark.parametrize("tail", ["", "1," * 250_000])
def test_a_megabyte_of_anything_takes_bounded_time(unit: str, tail: str) -> None:
    started = time.perf_counter()
    assert parse_operations(unit * (500_000 // len(unit)) + tail, TWO)
    assert parse_operations(unit * 900 + tail, TWO)
    assert time.perf_counter() - started < 8


def test_a_broken_call_is_one_malformed_operation_and_the_next_call_counts() -> None:
    text = '<tool_call>{"name": "SKIP", x}</tool_call> <tool_call>{"name": "SKIP"}</tool_call>'
    broken, skip = parse_operations(text, TWO)
    assert isinstance(broken, Malformed)
    assert skip == Skip()


@pytest.mark.parametrize("tag", ["think", "thinking", "THINK"])
def test_no_thought_is_done_however_it_is_marked(tag: str) -> None:
    thought = f"<{tag}>{call('DELETE', id='0.0')}</{tag}>"
    assert parse_operations(thought + call("SKIP"), TWO) == [Skip()]
    assert parse_operations(f"{call('DELETE', id='0.0')}</{tag}>{call('SKIP')}", TWO) == [Skip()]


@pytest.mark.parametrize(
    "form",
    [
        "[THINK]%s[/THINK]",
        "<think >%s</think >",
        "<reasoning>%s</reasoning>",
        "<thought>%s</thought>",
        "<|channel|>analysis<|message|>%s<|end|><|start|>assistant<|channel|>final<|message|>",
    ],
)
def test_no_thought_of_other_models_is_done(form: str) -> None:
    thought = form % call("DELETE", id="0.0")
    assert parse_operations(thought + call("SKIP"), TWO) == [Skip()]
    assert reasons(form.partition("%s")[0] + call("SKIP")) == ["no tool call in the text"]


def test_flowers_may_have_the_colons_of_chinese_text() -> None:
    text = '✿FUNCTION✿：memory_delete\n✿ARGS✿：{"memory_type": "semantic", "memory_id": "0.0"}'
    assert parse_operations(text, TWO) == [Delete("0.0")]


@pytest.mark.parametrize("shown", ["[0.0]", " 0.0 ", "[ 0.0 ]"])
def test_an_id_may_be_written_as_it_is_shown(shown: str) -> None:
    assert parse_operations(call("DELETE", id=shown), FLAT) == [Delete("0.0")]


def test_stores_and_arguments_may_be_named_in_other_ways() -> None:
    insert = call("new_memory_insert", memory_type="SEMANTIC_MEMORY", content="A")
    assert parse_operations(insert, TWO) == [Insert("semantic", "A")]
    update = call("memory_update", memory_id="core_memory", new_content="A")
    assert parse_operations(update, TWO) == [Update("core", "A")]
    for names in (("function", "parameters"), ("name", "args"), ("tool", "input")):
        text = json.dumps(dict(zip(names, ("DELETE", {"id": "0.0"}), strict=True)))
        assert parse_operations(text, FLAT) == [Delete("0.0")]


def test_an_update_takes_the_new_text_when_it_is_told_the_old_one_too() -> None:
    text = call("memory_update", memory_id="0.0", content="old", new_content="new")
    assert parse_operations(text, TWO) == [Update("0.0", "new")]


def test_a_text_that_is_cut_off_is_kept_but_replaces_nothing() -> None:
    insert = '{"name": "insert", "arguments": {"content": "Ada lives in'
    assert parse(insert, TWO) == Parsed([Insert("semantic", "Ada lives in")], (0,))
    update = '{"name": "update", "arguments": {"id": "0.0", "content": "Ada lives in'
    wrapped = '{"name": "update", "arguments": ' + json.dumps(update[32:]) + "}"
    for text in (update, f"<tool_call>{update}", wrapped):
        assert reasons(text) == ["the new text is cut off, so the old one stays"]
    whole = update + ' Oslo"'
    assert parse(whole, TWO) == Parsed([Update("0.0", "Ada lives in Oslo")], (0,))


def test_a_thought_named_in_a_text_is_text() -> None:
    for text in ("a <think> tag", "a </think> tag", "<tool_call> and </tool_call>", "a ✿RESULT✿ b"):
        written = call("INSERT", content=text)
        for form in ("%s", "<think>no</think>%s", "<tool_call>%s</tool_call>"):
            assert parse_operations(form % written, TWO) == [Insert("semantic", text)]
    # Cut off by a thought, so nobody knows how it would have gone on.
    (broken,) = parse_operations('{"name": "INSERT", "arguments": {"content": "the <think> t', TWO)
    assert isinstance(broken, Malformed)


@pytest.mark.parametrize(
    "text", ["<think>a<think>%s</think>%s</think>", "%s<think>%s", "%s</think>"]
)
def test_no_thought_is_done_however_it_nests(text: str) -> None:
    thought = call("DELETE", id="0.0")
    nested = text.replace("%s", thought)
    kept = parse_operations(nested + call("SKIP"), TWO)
    assert kept in ([Skip()], [Delete("0.0")])
    assert (kept == [Delete("0.0")]) == (text == "%s<think>%s")


# --- Forms ----------------------------------------------------------------------------------------


def flowers(*calls: tuple[str, str]) -> str:
    return "\n".join(f"✿FUNCTION✿: {name}\n✿ARGS✿: {arguments}" for name, arguments in calls)


A = '{"memory_type": "semantic_memory", "content": "A"}'
B = '{"memory_type": "episodic_memory", "content": "B"}'


def test_calls_between_flowers_are_made() -> None:
    text = "I keep both.\n" + flowers(("new_memory_insert", A), ("NEW_MEMORY_INSERT", B))
    assert parse(text, TWO) == Parsed([Insert("semantic", "A"), Insert("episodic", "B")])
    fenced = flowers(("new_memory_insert", f"```json\n{A}\n``` That is all."))
    assert parse(fenced, TWO) == Parsed([Insert("semantic", "A")])
    assert parse("✿FUNCTION✿: SKIP\n✿ARGS✿: {}", TWO) == Parsed([Skip()])
    assert parse("✿FUNCTION✿: SKIP", TWO) == Parsed([Skip()])
    assert parse(flowers(("new_memory_insert", A)) + " Done.", TWO).repaired == ()


def test_a_flower_in_broken_arguments_kills_the_call_alone() -> None:
    text = flowers(("new_memory_insert", '{"content": "✿"'), ("new_memory_insert", B))
    broken, second = parse_operations(text, TWO)
    assert isinstance(broken, Malformed) or broken == Insert("semantic", "✿")
    assert second == Insert("episodic", "B")


@pytest.mark.parametrize("mark", ["✿RESULT✿: ok", "✿RETURN✿", "✿result✿", "<tool_response>ok"])
def test_nothing_after_a_result_that_the_model_made_up_is_done(mark: str) -> None:
    first, second = ("new_memory_insert", A), ("new_memory_insert", B)
    made_up = f"{flowers(first)}\n{mark}\n{flowers(second)}"
    assert parse(made_up, TWO) == Parsed([Insert("semantic", "A")])
    for form in ("<tool_call>%s</tool_call>", "%s", "```json\n%s\n```"):
        text = form % call("skip") + mark + form % call("delete", id="0.0")
        assert parse(text, TWO) == Parsed([Skip()])
    assert reasons(mark + flowers(second)) == ["no tool call in the text"]


def test_what_lies_about_is_no_call_when_there_are_marked_ones() -> None:
    said = f"It says {call('delete', id='0.0')}, which I do not do. "
    assert parse_operations(f"{said}<tool_call>{call('skip')}</tool_call>", TWO) == [Skip()]
    assert parse_operations(said + flowers(("skip", "{}")), TWO) == [Skip()]
    assert parse_operations(said + call("skip"), TWO) == [Delete("0.0"), Skip()]
    tagged, flowered = (
        f"<tool_call>{call('skip')}</tool_call>",
        flowers(("DELETE", '{"id": "1.1"}')),
    )
    assert parse_operations(tagged + flowered, TWO) == [Skip()]


def test_a_tag_may_be_missing_and_may_hold_several_calls() -> None:
    skip, delete = call("SKIP"), call("DELETE", id="0.0")
    for text in (
        f"<tool_call>{skip}{delete}</tool_call>",
        f"<tool_call>{skip}<tool_call>{delete}",
        f"{skip}</tool_call><tool_call>{delete}</tool_call>",
        f"<TOOL_CALL>[{skip}, {delete}]</TOOL_CALL>",
        f'{{"role": "assistant", "tool_calls": [{skip}, {{"function": {delete}}}]}}',
    ):
        assert parse_operations(text, TWO) == [Skip(), Delete("0.0")]


# --- Repair ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "SKIP",}', Skip()),
        ("{'name': 'INSERT', 'arguments': {'content': 'x'}}", Insert("semantic", "x")),
        ('{name: "DELETE", arguments: {id: "1.1"}}', Delete("1.1")),
        ('{"name": "INSERT", "arguments": {"content": "A"', Insert("semantic", "A")),
        ('{"name": "INSERT", "arguments": {"content": "A"} That is all.', Insert("semantic", "A")),
        ('{"name": "INSERT", "arguments": {"content": "cut of', Insert("semantic", "cut of")),
        (
            '{"name": "INSERT", "arguments": {"content": "She said "no" to me"}}',
            Insert("semantic", 'She said "no" to me'),
        ),
        ('{"name": "INSERT", "arguments": {"content": "a\nb"}}', Insert("semantic", "a\nb")),
        ('{"name": "INSERT" "arguments": {"content": "A"}}', Insert("semantic", "A")),
        (
            '{"name": "INSERT", "arguments": {"content": "\\u00e9 \\ud83d\\ude00 \\"x\\"",}}',
            Insert("semantic", 'é 😀 "x"'),
        ),
        ('{"name": "INSERT", "arguments": "{\'content\': \'x\'}"}', Insert("semantic", "x")),
    ],
)
def test_a_broken_call_is_repaired_and_that_is_told(text: str, expected: Operation) -> None:
    assert parse(call("SKIP") + text, TWO) == Parsed([Skip(), expected], (1,))


@pytest.mark.parametrize(
    "text",
    [
        # Who knows whether it was 1.1 or 1.12.
        '{"name": "DELETE", "arguments": {"id": "1.1',
        '{"name": "UPDATE", "arguments": {"content": "A", "id": "1.1',
        '{"name": "DELETE", "arguments": {"id": 1.1',
        # A text that is gone would be an entry that is emptied.
        '{"name": "UPDATE", "arguments": {"id": "1.1", "content": "',
        '{"name": "UPDATE", "arguments": {"id": "1.1", "content": ',
        # Something would be lost.
        '{"name": "INSERT", "arguments": {"content": "A" /* or B */}}',
        '{"name": "INSERT", "arguments": {"content": "A", "content": "B",}}',
        '{"name": "INSERT", "arguments": {"content": "A"}} or so}',
        # Something would be swallowed.
        '{"name": "INSERT", "arguments": {"content": "5" tall"}}',
        '{"name": "INSERT", "arguments": {"content": "5" tall"}',
        '{"name": "INSERT", "arguments": {"content": "5" tall"',
        '{"name": "INSERT", "arguments": {"content": "A", and so on: "B"}}',
        '{"name": "INSERT", "arguments": {"content": "A", x" , "memory_id": "1",}}',
        '{"name": "UPDATE", "arguments": {"content": "say "x": y", "id": "1"}}',
        '{"name": "INSERT", "arguments": {"content": "A", "B": "C" x, "id": "1"}}',
        # More than the library is asked to do.
        '{"name": "INSERT", "arguments": {"content": "%s",}}' % ("a" * 20_000),
        '{"name": "INSERT", "arguments": {"content": "%s",}}' % ("[" * 65),
        '{"name": "INSERT", "arguments": {"content": "%s",}}' % ("a, " * 5_000),
    ],
)
def test_a_repair_that_would_change_what_was_said_is_none(text: str) -> None:
    found = parse(text, TWO)
    if text.endswith("or so}"):
        assert found == Parsed([Insert("semantic", "A")])
        return
    (broken,) = found.operations
    assert isinstance(broken, Malformed)
    assert broken.reason.startswith("the JSON of the tool call is broken")
    assert found.repaired == ()


words = st.text(st.characters(codec="utf-8"), max_size=30)


@given(words, st.sampled_from(["trailing comma", "no end", "line break", "single quotes"]))
def test_what_is_repaired_has_the_text_that_was_written(text: str, fault: str) -> None:
    written = call("INSERT", content=text)
    broken = {
        "trailing comma": written[:-2] + ",}}",
        "no end": written[:-2],
        "line break": written.replace("\\n", "\n"),
        "single quotes": repr(json.loads(written)),
    }[fault]
    # The library knows the escapes of JSON, and keeps those of Python as they are.
    assume("\\x" not in broken and "\\U" not in broken)
    found = parse(broken, TWO)
    for operation in found.operations:
        if isinstance(operation, Insert):
            # Trailing white space may go; nothing else may.
            assert operation.text.rstrip() == text.rstrip()


# --- Native calls ---------------------------------------------------------------------------------

ids = st.sampled_from(["0.0", "12.3", "core", "", "x"]) | words
operations = (
    st.builds(
        Insert, st.sampled_from(["semantic", "episodic", "memory", "core", "x_memory"]), words
    )
    | st.builds(Update, ids, words)
    | st.builds(Delete, ids)
    | st.just(Skip())
)
SAID: tuple[str, ...] = (
    "Noted. ",
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "{",
    "\n",
    "```",
    "[",
)
SAID += ("✿FUNCTION✿: DELETE", "✿ARGS✿: ", "✿RESULT✿: ", "<tool_response>", '{"name": "', '"}')
SAID += (call("DELETE", id="0.0"), "\\", '{"a": "')
prose = st.lists(st.sampled_from(SAID), max_size=6).map("".join)


@pytest.mark.parametrize("layout", [TWO, FLAT], ids=["mem-alpha", "flat"])
@settings(max_examples=300)
@given(st.lists(operations, min_size=1, max_size=3), prose)
def test_every_operation_is_a_call_that_parses_back(
    layout: Layout, wanted: list[Operation], text: str
) -> None:
    calls = [each for operation in wanted for each in calls_of(operation, layout)]
    assert parse(text_of_calls(text, calls), layout) == Parsed(wanted)


def test_native_calls_are_written_after_the_words() -> None:
    calls = [ToolCall("INSERT", '{"content": "A < B"}'), ToolCall("SKIP", "")]
    assert text_of_calls("Two things.", calls) == (
        "Two things.\n"
        '<tool_call>{"name": "INSERT", "arguments": {"content": "A \\u003c B"}}</tool_call>\n'
        '<tool_call>{"name": "SKIP", "arguments": ""}</tool_call>'
    )
    assert text_of_calls("Two things.", []) == "Two things."
    assert text_of_calls("", calls[1:]).startswith("<tool_call>")


def test_native_calls_are_all_that_counts_when_there_are_any() -> None:
    native = [ToolCall("SKIP", "{}")]
    for text in (
        call("DELETE", id="0.0"),
        "<think>I could",
        "<tool_call>",
        "✿RESULT✿",
        "a </think>",
    ):
        whole = text_of_calls(text, native)
        assert whole.startswith(text)
        assert parse(whole, TWO) == Parsed([Skip()])
    assert parse(text_of_calls("{" * 3_000_000, native), TWO) == Parsed([Skip()])


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"content": "A"', Parsed([Insert("semantic", "A")], (0,))),
        (
            '{"content": "cut </tool_call> of',
            Parsed([Insert("semantic", "cut </tool_call> of")], (0,)),
        ),
        ('{"content": "<think>"', Parsed([Insert("semantic", "<think>")], (0,))),
    ],
)
def test_arguments_of_a_native_call_that_are_no_json_are_repaired(
    arguments: str, expected: Parsed
) -> None:
    assert parse(text_of_calls("x", [ToolCall("INSERT", arguments)]), TWO) == expected


@pytest.mark.parametrize(
    "arguments", ["A", '{"content": }', '{"a":' * 10_000, '"', "[1]", "5", "null"]
)
def test_arguments_of_a_native_call_that_are_none_are_rejected(arguments: str) -> None:
    (found,) = parse(text_of_calls("x", [ToolCall("INSERT", arguments)]), TWO).operations
    assert isinstance(found, Malformed)
    assert found.reason in ("the arguments are not JSON", "the arguments are not an object")


def test_the_tools_are_those_of_the_papers() -> None:
    tools = {each["function"]["name"]: each["function"] for each in tool_schemas(TWO)}
    assert list(tools) == ["new_memory_insert", "memory_update", "memory_delete"]
    stores = ["semantic_memory", "episodic_memory"]
    parts = {name: tool["parameters"] for name, tool in tools.items()}
    assert parts["new_memory_insert"]["properties"]["memory_type"]["enum"] == stores
    assert parts["new_memory_insert"]["required"] == ["memory_type", "content"]
    for name, required in (
        ("memory_update", ["memory_type", "new_content"]),
        ("memory_delete", ["memory_type"]),
    ):
        assert parts[name]["properties"]["memory_type"]["enum"] == ["core_memory", *stores]
        assert "memory_id" in parts[name]["properties"]
        assert parts[name]["required"] == required
    flat = {each["function"]["name"]: each["function"] for each in tool_schemas(FLAT)}
    assert {name: tool["parameters"]["required"] for name, tool in flat.items()} == {
        "INSERT": ["content"],
        "UPDATE": ["id", "content"],
        "DELETE": ["id"],
        "SKIP": [],
    }
    assert calls_of(Malformed("x", "y"), TWO) == ()


@pytest.mark.parametrize("layout", [TWO, FLAT], ids=["mem-alpha", "flat"])
def test_every_call_written_has_the_arguments_of_its_tool(layout: Layout) -> None:
    tools = {
        each["function"]["name"]: each["function"]["parameters"] for each in tool_schemas(layout)
    }
    wanted: list[Operation] = [Insert(layout.default_store, "A"), Update("0.1", "A"), Delete("0.1")]
    if layout is TWO:
        wanted += [Update("core", "A"), Delete("core")]
    for operation in wanted:
        (made,) = calls_of(operation, layout)
        arguments, schema = json.loads(made.arguments), tools[made.name]
        assert set(schema["required"]) <= set(arguments) <= set(schema["properties"])
        for key, value in arguments.items():
            assert value in schema["properties"][key].get("enum", [value])
