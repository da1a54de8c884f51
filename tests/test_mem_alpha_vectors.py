"""Where the memory does as Mem-alpha's released code does, and where it does not on purpose.

Every case gives tool calls under the names of that code (arXiv 2509.25911, section 3) to the parser
and applies them. The second half is the table in `docs/memory.md`, line by line.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from memenv import tokens
from memenv.actions import parse_operations
from memenv.memory import CORE, LAYOUTS, Memory
from memenv.operations import Insert, Update
from memenv.pipeline import advance, begin
from memenv.search import MemoryIndex, words
from memenv.terms import terms_of
from memenv.types import Chunk, Instance, Question
from memenv.views import make_view, render


def insert(store: Any, content: Any) -> dict[str, Any]:
    arguments = {"memory_type": store, "content": content}
    return {"name": "new_memory_insert", "arguments": arguments}


def update(store: Any, content: Any, **where: Any) -> dict[str, Any]:
    arguments = {"memory_type": store, "new_content": content, **where}
    return {"name": "memory_update", "arguments": arguments}


def delete(store: Any, **where: Any) -> dict[str, Any]:
    return {"name": "memory_delete", "arguments": {"memory_type": store, **where}}


def applied(*calls: dict[str, Any] | str) -> tuple[Memory, list[str]]:
    """The memory after some calls in one step, and their statuses."""
    text = "\n".join(call if isinstance(call, str) else json.dumps(call) for call in calls)
    memory = Memory.empty()
    memory, outcomes = memory.apply(parse_operations(text, memory.layout), 0)
    return memory, [outcome.status for outcome in outcomes]


def content(memory: Memory) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {CORE: [], "semantic": [], "episodic": []}
    for entry in memory.entries:
        found[entry.store].append(entry.text)
    return found


def executed(*calls: dict[str, Any] | str) -> float | None:
    """The share of calls that count as carried out, the call reward of Mem-alpha."""
    instance = Instance("i", "AR", "tests", (Chunk("c", 0),), (Question("0", "?", ("a",), "em"),))
    text = " ".join(call if isinstance(call, str) else json.dumps(call) for call in calls)
    start = begin(instance, "mem-alpha", None)
    after = advance(start, parse_operations(text, LAYOUTS["mem-alpha"]))
    return terms_of(after.steps[0], after.memories[-1], instance)["executed"]


# --- As Mem-alpha does ----------------------------------------------------------------------------


def test_duplicates_are_exact_and_within_one_store_and_count_as_no_success() -> None:
    calls = [
        insert("semantic_memory", "Tea"),
        insert("semantic_memory", "Tea"),
        insert("episodic_memory", "Tea"),
        insert("semantic_memory", "tea"),
        insert("semantic_memory", "Tea "),
    ]
    memory, statuses = applied(*calls)
    assert statuses == ["ok", "duplicate", "ok", "ok", "ok"]
    assert content(memory) == {CORE: [], "semantic": ["Tea", "tea", "Tea "], "episodic": ["Tea"]}
    assert executed(*calls) == 0.8


def test_the_core_is_replaced_whole_whatever_id_is_given_and_takes_no_insert() -> None:
    memory, statuses = applied(
        update("core_memory", "first"),
        update("core_memory", "second", memory_id="anything"),
        insert("core_memory", "third"),
        delete("core_memory"),
        update("core_memory", "fourth"),
    )
    assert statuses == ["ok", "ok", "rejected", "ok", "ok"]
    assert content(memory) == {CORE: ["fourth"], "semantic": [], "episodic": []}


def test_calls_without_a_needed_argument_or_of_an_unknown_tool_or_store_do_nothing() -> None:
    memory, statuses = applied(
        insert("working_memory", "x"),
        {"name": "new_memory_insert", "arguments": {"memory_type": "semantic_memory"}},
        {"name": "memory_insert", "arguments": {"memory_type": "semantic_memory", "content": "x"}},
        {"name": "new_memory_insert", "arguments": "no JSON"},
    )
    assert statuses == ["rejected"] * 4
    assert len(memory) == 0


def test_an_update_keeps_id_and_place_and_may_repeat_another_text() -> None:
    memory, statuses = applied(
        insert("semantic_memory", "one"),
        insert("semantic_memory", "two"),
        update("semantic_memory", "two", memory_id="0.0"),
        update("semantic_memory", "three", memory_id="no-such-id"),
    )
    assert statuses == ["ok", "ok", "ok", "rejected"]
    assert [(entry.id, entry.text) for entry in memory.entries] == [("0.0", "two"), ("0.1", "two")]


def test_a_deleted_text_can_be_inserted_again_and_comes_last() -> None:
    memory, statuses = applied(
        insert("semantic_memory", "A"),
        insert("semantic_memory", "B"),
        delete("semantic_memory", memory_id="0.0"),
        insert("semantic_memory", "A"),
    )
    assert statuses == ["ok"] * 4
    assert content(memory)["semantic"] == ["B", "A"]


def test_the_newest_five_of_each_store_and_the_whole_core_are_shown_oldest_first() -> None:
    memory, _ = applied(
        update("core_memory", "who"),
        *(insert("semantic_memory", f"fact {number}") for number in range(7)),
        insert("episodic_memory", "event"),
    )
    shown = render(make_view("newest_5")(memory, ""), memory)
    assert shown == (
        "core:\nwho\nsemantic (5 of 7):\n[0.3] fact 2\n[0.4] fact 3\n[0.5] fact 4\n[0.6] fact 5\n"
        "[0.7] fact 6\nepisodic (1 of 1):\n[0.8] event"
    )


def test_search_gives_the_match_and_then_ties_in_the_order_of_insertion_up_to_twenty() -> None:
    memory, _ = applied(*(insert("semantic_memory", f"thing {number}") for number in range(25)))
    index = MemoryIndex()
    index.sync(memory)
    found = [entry.text for entry, _ in index.search(words("thing 7"))]
    assert found == ["thing 7", *(f"thing {n}" for n in range(20) if n != 7)]


def test_compression_goes_below_zero_when_the_memory_outgrows_the_stream() -> None:
    question = Question("0", "?", ("a",), "em")
    instance = Instance("i", "AR", "tests", (Chunk("Ada lives in Oslo", 0),), (question,))
    text = " ".join(["Ada lives in Oslo"] * 10)
    after = advance(begin(instance, "mem-alpha", None), [Insert("semantic", text)])
    compression = terms_of(after.steps[0], after.memories[-1], instance)["compression"]
    assert compression == 1 - tokens.count(text) / tokens.count("Ada lives in Oslo") < -9


# --- On purpose not as Mem-alpha does -------------------------------------------------------------


@pytest.mark.parametrize(
    "call", [delete("semantic_memory", memory_id="zzzz"), delete("episodic_memory"), delete(CORE)]
)
def test_deleting_what_is_not_there_is_rejected_and_no_success(call: dict[str, Any]) -> None:
    assert applied(call)[1] == ["rejected"]
    assert executed(call) == 0.0


def test_success_is_an_outcome_and_nothing_that_a_text_can_claim() -> None:
    claim = "executed successfully"
    assert executed(update("semantic_memory", "x", memory_id=claim)) == 0.0
    assert executed(insert("semantic_memory", "skipped: already exists")) == 1.0


@pytest.mark.parametrize("store", ["semantic", "semantic_memory"])
def test_stores_are_known_with_and_without_their_suffix_in_every_tool(store: str) -> None:
    memory, statuses = applied(
        insert(store, "x"), update(store, "y", memory_id="0.0"), delete(store, memory_id="0.0")
    )
    assert statuses == ["ok"] * 3
    assert len(memory) == 0


def test_an_insert_without_a_store_goes_to_the_default_store() -> None:
    memory, _ = applied({"name": "new_memory_insert", "arguments": {"content": "x"}})
    assert content(memory)["semantic"] == ["x"]


def test_an_id_finds_its_entry_whatever_store_is_named_with_it() -> None:
    memory, statuses = applied(
        insert("semantic_memory", "x"), update("episodic_memory", "y", memory_id="0.0")
    )
    assert statuses == ["ok", "ok"]
    assert content(memory)["semantic"] == ["y"]


@pytest.mark.parametrize(
    "arguments",
    ['{"memory_type": "semantic_memory", "content": "x"', "{'content': 'x'}"],
)
def test_broken_json_is_repaired(arguments: str) -> None:
    call = {"name": "new_memory_insert", "arguments": arguments}
    assert applied(call)[1] == ["ok"]


def test_calls_between_flowers_are_understood() -> None:
    text = '✿FUNCTION✿: new_memory_insert\n✿ARGS✿: {"memory_type": "semantic", "content": "A"}'
    (operation,) = parse_operations(text, LAYOUTS["mem-alpha"])
    assert operation == Insert("semantic", "A")


def test_calls_in_the_form_of_the_chat_template_are() -> None:
    call = json.dumps(insert("semantic_memory", "A"))
    assert applied(f"<tool_call>\n{call}\n</tool_call>")[1] == ["ok"]


def test_a_long_core_is_cut_at_a_word_without_a_marker_and_keeps_its_line_breaks() -> None:
    text = "\n".join(["alpha"] * 600)
    memory, statuses = applied(update("core_memory", text))
    assert statuses == ["truncated"]
    assert memory.core is not None
    assert text.startswith(memory.core.text)
    assert memory.core.text.endswith("\nalpha")
    assert memory.core.tokens <= 512


def test_a_long_core_without_spaces_keeps_its_beginning() -> None:
    memory, _ = applied(update("core_memory", "我" * 5_000))
    assert memory.core is not None
    assert 0 < len(memory.core.text) < 5_000
    assert set(memory.core.text) == {"我"}


def test_a_control_string_of_a_tokenizer_weighs_what_its_characters_do() -> None:
    memory, _ = applied(insert("semantic_memory", "<|endoftext|>"))
    assert memory.tokens == tokens.count("<|endoftext|>") > 1
    long = "<|endoftext|> " * 600
    assert applied(update("core_memory", long))[1] == ["truncated"]


@pytest.mark.parametrize("text", ["", "  \n", 5, ["a"], None, {"a": 1}, True])
def test_a_text_that_is_blank_or_no_string_is_rejected(text: Any) -> None:
    calls = [update("semantic_memory", text, memory_id="0.0"), update("core_memory", text)]
    memory, statuses = applied(insert("semantic_memory", "x"), *calls)
    assert statuses == ["ok", "rejected", "rejected"]
    assert content(memory) == {CORE: [], "semantic": ["x"], "episodic": []}


def test_ids_are_positions_and_so_the_same_in_every_run() -> None:
    calls = [insert("semantic_memory", "x"), {"name": "SKIP"}, insert("episodic_memory", "y")]
    for _ in range(2):
        memory, _ = applied(*calls)
        assert [entry.id for entry in memory.entries] == ["0.0", "0.2"]


def test_an_entry_that_matches_alone_is_found() -> None:
    memory, _ = applied(insert("semantic_memory", "the cat sat"))
    index = MemoryIndex()
    index.sync(memory)
    ((entry, score),) = index.search(["cat"])
    assert entry.text == "the cat sat"
    assert score > 0


def test_an_entry_without_any_word_breaks_no_search() -> None:
    memory, _ = applied(insert("semantic_memory", "!!!"))
    index = MemoryIndex()
    index.sync(memory)
    assert index.search(words("What?!")) == []


def test_there_may_be_a_capacity() -> None:
    memory, outcomes = Memory.empty(capacity=3).apply(
        [Insert("semantic", "one two"), Insert("semantic", "three four"), Update(CORE, "x y z")], 0
    )
    assert [outcome.status for outcome in outcomes] == ["ok", "rejected", "rejected"]
    assert memory.tokens <= 3
