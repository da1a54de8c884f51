"""The rules of the memory, one by one, and what holds for every stream of operations."""

from __future__ import annotations

import copy
import json
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memenv import memory as module
from memenv import tokens
from memenv.errors import DataError, SettingError, UnknownNameError
from memenv.memory import CORE, LAYOUTS, Entry, Layout, Memory, check_capacity, get_layout, position
from memenv.operations import (
    Delete,
    Insert,
    Malformed,
    Operation,
    Outcome,
    Skip,
    Update,
    operation_from_dict,
    operation_to_dict,
    recorded,
)

CONTROL = "<|endoftext|><|im_start|><|endofprompt|>"


def run(
    *steps: list[Operation], layout: str = "mem-alpha", capacity: float | None = None
) -> Memory:
    memory = Memory.empty(layout, capacity)
    for number, operations in enumerate(steps):
        memory, _ = memory.apply(operations, number)
    return memory


def only(memory: Memory, operation: Any) -> Outcome:
    """The outcome of one more operation, which must not change the memory unless it is ok."""
    after, (outcome,) = memory.apply([operation], memory.step + 1)
    if outcome.status in ("rejected", "duplicate"):
        assert after == memory
        assert after.tokens == memory.tokens
        assert outcome.reason
    return outcome


def texts(memory: Memory) -> dict[str, str]:
    return {entry.id: entry.text for entry in memory.entries}


# --- Ids ------------------------------------------------------------------------------------------


def test_the_first_insert_of_an_episode_is_0_0() -> None:
    assert only(Memory.empty(), Insert("semantic", "Ada")) == Outcome("ok", entry="0.0")


def test_the_operation_index_counts_skipped_and_rejected_operations() -> None:
    operations: list[Operation] = [
        Skip(),
        Delete("9.9"),
        Malformed("{", "broken"),
        Insert("semantic", " "),
        Insert("semantic", "Ada"),
        Insert("semantic", "Ada"),
        Insert("episodic", "Ben"),
    ]
    memory, outcomes = Memory.empty().apply(operations, 3)
    assert texts(memory) == {"3.4": "Ada", "3.6": "Ben"}
    assert [outcome.status for outcome in outcomes] == [
        "ok", "rejected", "rejected", "rejected", "ok", "duplicate", "ok",
    ]  # fmt: skip


def test_an_entry_remembers_who_made_it_and_every_step_that_wrote_it() -> None:
    memory = run(
        [Insert("episodic", "one")],
        [Update("0.0", "two"), Update("0.0", "three")],
        [],
        [Update("0.0", "a four")],
    )
    assert memory.get("0.0") == Entry("0.0", "episodic", "a four", 0, ((0, 1, 3),), (), 2)


def test_a_rejected_operation_makes_no_writer() -> None:
    memory = run([Insert("semantic", "one")], [Update("0.0", "  ")], [Insert("semantic", "one")])
    entry = memory.get("0.0")
    assert entry is not None
    assert entry.writers == (0,)


def test_ids_of_later_steps_do_not_move_when_an_earlier_step_is_left_out() -> None:
    second: list[Operation] = [Insert("semantic", "b"), Insert("semantic", "c")]
    assert texts(run([Insert("semantic", "a")], second)).keys() >= texts(run([], second)).keys()


def test_entries_come_by_position_with_the_core_first_and_not_as_text_would_sort() -> None:
    memory = run(*[[Insert("semantic" if n % 2 else "episodic", f"t{n}")] for n in range(11)])
    memory, _ = memory.apply([Update(CORE, "me")], 11)
    assert [entry.id for entry in memory.entries] == [CORE, *(f"{n}.0" for n in range(11))]
    assert memory.entries[0].store == CORE


@pytest.mark.parametrize(
    "name",
    ["0.0 ", " 0.0", "00.0", "0.00", "0", "0.", ".0", "0.0.0", "-1.0", "０.0", "0.0\n", "+0.0",
     "1e0.0", "9" * 30 + ".0", "", "core", "CORE", "Core"],
)  # fmt: skip
def test_only_the_exact_id_of_an_entry_names_it(name: str) -> None:
    memory = run([Insert("semantic", "a")])
    assert memory.get(name) is None
    assert only(memory, Delete(name)).status == "rejected"


def test_position_orders_ids_and_puts_the_core_first() -> None:
    assert sorted(["10.0", "9.11", "9.2", "core"], key=position) == ["core", "9.2", "9.11", "10.0"]


# --- Insert ---------------------------------------------------------------------------------------


def test_an_exact_duplicate_in_the_same_store_is_not_stored_and_names_the_entry() -> None:
    memory = run([Insert("semantic", "Ada")])
    assert only(memory, Insert("semantic", "Ada")) == Outcome(
        "duplicate", "the text is in entry 0.0 already", "0.0"
    )


@pytest.mark.parametrize("other", ["ada", "Ada ", " Ada", "Ada\n", "A\u0301da", "Ada."])
def test_a_text_that_differs_in_anything_is_no_duplicate(other: str) -> None:
    assert only(run([Insert("semantic", "Ada")]), Insert("semantic", other)).status == "ok"


def test_the_same_text_may_be_in_both_stores_and_in_the_core() -> None:
    memory = run([Insert("semantic", "A"), Insert("episodic", "A"), Update(CORE, "A")])
    assert len(memory) == 3


def test_a_deleted_or_rewritten_text_can_be_inserted_again() -> None:
    memory = run([Insert("semantic", "A"), Insert("semantic", "B")], [Delete("0.0")])
    assert only(memory, Insert("semantic", "A")).entry == "2.0"
    memory, _ = memory.apply([Update("0.1", "C")], 2)
    assert only(memory, Insert("semantic", "B")).entry == "3.0"
    assert only(memory, Insert("semantic", "C")).entry == "0.1"


def test_texts_are_compared_and_not_only_their_fingerprints(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_fingerprint", lambda text: 7)
    memory = run([Insert("semantic", "A"), Insert("semantic", "B")])
    assert only(memory, Insert("semantic", "B")).entry == "0.1"
    memory, _ = memory.apply([Delete("0.0")], 1)
    assert only(memory, Insert("semantic", "B")).entry == "0.1"
    assert only(memory, Insert("semantic", "A")).status == "ok"


@pytest.mark.parametrize("store", ["core", "working", "semantic_memory", "Semantic", "", "memory"])
def test_an_insert_into_the_core_or_an_unknown_store_is_rejected(store: str) -> None:
    assert only(Memory.empty(), Insert(store, "A")).status == "rejected"


# --- Update and delete ----------------------------------------------------------------------------


def test_an_update_keeps_id_store_and_place() -> None:
    memory = run([Insert("semantic", "a"), Insert("semantic", "b")], [Update("0.0", "c")])
    assert texts(memory) == {"0.0": "c", "0.1": "b"}
    assert [entry.id for entry in memory.newest("semantic", 1)] == ["0.1"]


def test_an_update_to_a_text_that_another_entry_has_is_allowed() -> None:
    memory = run([Insert("semantic", "a"), Insert("semantic", "b")], [Update("0.1", "a")])
    assert texts(memory) == {"0.0": "a", "0.1": "a"}
    # The older one is named, and when it is gone, the other.
    assert only(memory, Insert("semantic", "a")).entry == "0.0"
    memory, _ = memory.apply([Delete("0.0")], 2)
    assert only(memory, Insert("semantic", "a")).entry == "0.1"


def test_an_update_to_its_own_text_is_ok_and_counts_as_written() -> None:
    memory = run([Insert("semantic", "a")], [Update("0.0", "a")])
    entry = memory.get("0.0")
    assert entry is not None
    assert entry.writers == (0, 1)
    assert memory.tokens == 1


@pytest.mark.parametrize("operation", [Update("0.1", "x"), Delete("0.1"), Update("7", "x")])
def test_an_unknown_id_is_rejected(operation: Operation) -> None:
    outcome = only(run([Insert("semantic", "a")]), operation)
    assert outcome.status == "rejected"
    assert (outcome.reason or "").startswith("unknown id")


def test_a_deleted_entry_is_unknown_from_the_next_operation_on() -> None:
    memory = run([Insert("semantic", "a")])
    _, outcomes = memory.apply([Delete("0.0"), Update("0.0", "b"), Delete("0.0")], 1)
    assert [outcome.status for outcome in outcomes] == ["ok", "rejected", "rejected"]


def test_an_operation_sees_what_earlier_ones_of_its_step_did() -> None:
    memory = run([Insert("semantic", "a"), Update("0.0", "b"), Insert("semantic", "a")])
    assert texts(memory) == {"0.0": "b", "0.2": "a"}


# --- The core -------------------------------------------------------------------------------------


def test_the_core_is_written_replaced_and_emptied() -> None:
    memory = run([Update(CORE, "one")], [Update(CORE, "two")])
    assert memory.core == Entry(CORE, CORE, "two", 0, ((0, 1),), (), 1)
    assert memory.get(CORE) is memory.core
    memory, outcomes = memory.apply([Delete(CORE), Delete(CORE)], 2)
    assert [outcome.status for outcome in outcomes] == ["ok", "rejected"]
    assert memory.core is None
    assert memory.tokens == 0
    assert only(memory, Update(CORE, "three")).status == "ok"


def test_an_empty_core_cannot_be_deleted() -> None:
    assert only(Memory.empty(), Delete(CORE)) == Outcome("rejected", "the core is empty already")


def test_a_core_over_its_limit_is_cut_at_a_word_and_keeps_its_line_breaks() -> None:
    text = "\n".join("alpha beta gamma" for _ in range(400))
    memory, (outcome,) = Memory.empty().apply([Update(CORE, text)], 0)
    assert outcome.status == "truncated"
    assert outcome.entry == CORE
    core = memory.core
    assert core is not None
    assert text.startswith(core.text)
    assert text[len(core.text)].isspace()
    assert core.text.count("\n") > 50
    assert memory.tokens == core.tokens == tokens.count(core.text) <= 512
    longer = text[: text.index(" ", len(core.text) + 1)]
    assert tokens.count(longer) > 512


def test_a_core_of_just_the_limit_is_not_cut() -> None:
    text = " ".join(["a"] * 512)
    assert tokens.count(text) == 512
    assert only(Memory.empty(), Update(CORE, text)) == Outcome("ok", entry=CORE)
    assert only(Memory.empty(), Update(CORE, text + " a")).status == "truncated"


def test_a_core_of_which_only_white_space_would_be_left_is_rejected() -> None:
    assert only(run([Update(CORE, "me")]), Update(CORE, "\n" * 100_000 + "x")).status == "rejected"


def test_the_flat_layout_has_no_core() -> None:
    memory = Memory.empty("flat")
    assert memory.layout.default_store == "memory"
    for operation in (Update(CORE, "x"), Delete(CORE), Insert(CORE, "x"), Insert("semantic", "x")):
        assert only(memory, operation).status == "rejected"
    assert only(memory, Insert("memory", "x")).entry == "0.0"


# --- Texts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000", "\x1c", "\u2029"])
def test_a_blank_text_is_rejected_everywhere(text: str) -> None:
    memory = run([Insert("semantic", "a"), Update(CORE, "c")])
    for operation in (Insert("semantic", text), Update("0.0", text), Update(CORE, text)):
        assert only(memory, operation).status == "rejected"


class _Hostile:
    """Compares with an exception, as arrays do."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("no")

    def __hash__(self) -> int:
        raise ValueError("no")

    def __repr__(self) -> str:
        raise ValueError("no")


HOSTILE = [
    None, True, 5, 10**5000, 1.5, float("nan"), b"a", ["a"], ("a",), {"a": 1}, {"a"}, object(),
    _Hostile(), np.array(["semantic", "0.0"]), np.array([]), lambda: "a", "\ud800", "a\udfffb",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_a_hostile_value_is_rejected_with_a_short_reason_and_never_raises(value: Any) -> None:
    memory = run([Insert("semantic", "a"), Update(CORE, "c")])
    for operation in (
        Insert("semantic", value),
        Insert(value, "b"),
        Update("0.0", value),
        Update(CORE, value),
        Update(value, "b"),
        Delete(value),
        Insert("semantic", "b", (value,)),
        Insert("semantic", "b", value),
        Malformed(value, value),
    ):
        for layout in LAYOUTS:
            assert only(Memory.empty(layout), operation).status == "rejected"
        outcome = only(memory, operation)
        assert outcome.status == "rejected"
        assert isinstance(outcome.reason, str)
        assert len(outcome.reason) < 200
        assert outcome.entry is None


def test_control_strings_are_ordinary_text() -> None:
    memory = run([Insert("semantic", CONTROL), Insert("episodic", "a" + CONTROL)])
    assert memory.tokens == tokens.count(CONTROL) + tokens.count("a" + CONTROL) > 20
    assert run([Update(CORE, " ".join([CONTROL] * 200))]).tokens <= 512
    assert only(Memory.empty(capacity=5), Insert("semantic", CONTROL)).status == "rejected"


# --- Capacity -------------------------------------------------------------------------------------


def test_an_insert_that_would_end_above_capacity_is_rejected_and_a_smaller_one_is_not() -> None:
    memory = run([Insert("semantic", "a b c")], capacity=5)
    assert memory.tokens == 3
    assert only(memory, Insert("semantic", "d e f")).reason == (
        "over capacity: 3 more tokens needed, 2 left"
    )
    assert only(memory, Insert("semantic", "d e")).status == "ok"


def test_an_update_that_would_end_above_capacity_is_rejected_and_leaves_the_old_text() -> None:
    memory = run([Insert("semantic", "a b c")], capacity=5)
    assert only(memory, Update("0.0", "a b c d e f")).status == "rejected"
    assert only(memory, Update("0.0", "a b c d e")).status == "ok"


def test_a_core_update_that_would_end_above_capacity_is_rejected() -> None:
    memory = run([Insert("semantic", "a b c"), Update(CORE, "d")], capacity=5)
    assert only(memory, Update(CORE, "d e f")).status == "rejected"
    assert only(memory, Update(CORE, "e f")).status == "ok"


def test_capacity_is_compared_with_the_core_after_the_cut() -> None:
    long = " ".join(["a"] * 600)
    assert only(Memory.empty(capacity=512), Update(CORE, long)).status == "truncated"
    assert only(Memory.empty(capacity=511), Update(CORE, long)).status == "rejected"


def test_room_made_earlier_in_a_step_counts() -> None:
    memory = run([Insert("semantic", "a b c d e")], capacity=5)
    operations = [Insert("semantic", "v"), Delete("0.0"), Insert("semantic", "v w x y z")]
    memory, outcomes = memory.apply(operations, 1)
    assert [outcome.status for outcome in outcomes] == ["rejected", "ok", "ok"]


def test_a_duplicate_needs_no_room() -> None:
    assert only(run([Insert("semantic", "a b")], capacity=2), Insert("semantic", "a b")).status == (
        "duplicate"
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        (2, 2),
        (2.0, 2),
        (10**400, 10**400),
        (np.int64(512), 512),
        (np.uint8(9), 9),
        (np.float64(0.25), 0.25),
        (1, 1.0),
        (1.0, 1.0),
        (0.2, 0.2),
        (5e-324, 5e-324),
    ],
)
def test_capacity_is_tokens_or_a_share(given: Any, kept: float | None) -> None:
    found = check_capacity(given)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    "capacity",
    [0, -1, 1.5, 2.5, -0.5, float("nan"), float("inf"), float("-inf"), True, False, np.True_,
     "5", b"5", [5], (), {}, object(), np.array([1, 2]), 1j, "open"],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_any_other_capacity_is_an_error_that_says_what_is_expected(capacity: Any) -> None:
    with pytest.raises(SettingError, match=r"a number of tokens .* or a share"):
        check_capacity(capacity)
    with pytest.raises(SettingError):
        Memory.empty(capacity=capacity, stream_tokens=100)


@pytest.mark.parametrize(
    ("share", "stream", "limit"),
    [(0.2, 99, 19), (1, 7, 7), (1.0, 7, 7), (0.001, 99, 0), (0.5, 0, 0)],
)
def test_a_share_is_rounded_down(share: float, stream: int, limit: int) -> None:
    memory = Memory.empty(capacity=share, stream_tokens=stream)
    assert memory.capacity == limit
    assert only(memory, Insert("semantic", "x" * 10_000)).status == "rejected"


def test_a_share_needs_a_stream() -> None:
    with pytest.raises(SettingError, match="stream_tokens"):
        Memory.empty(capacity=0.5)


# --- Steps, layouts, values -----------------------------------------------------------------------


def test_no_operation_equals_a_skip() -> None:
    memory = run([Insert("semantic", "a")])
    assert memory.apply([], 1) == memory.apply([Skip()], 1) == (memory, (Outcome("ok"),))


@pytest.mark.parametrize("step", [-5, -1, 0, 3, 10**9])
def test_steps_only_go_up(step: int) -> None:
    memory, _ = Memory.empty().apply([Insert("semantic", "a")], 3)
    with pytest.raises(ValueError, match="steps only go up"):
        memory.apply([], step)


@pytest.mark.parametrize("step", [1.5, "1", None])
def test_a_step_is_an_integer(step: Any) -> None:
    with pytest.raises(TypeError):
        Memory.empty().apply([], step)


def test_a_step_may_be_an_integer_of_numpy() -> None:
    memory, _ = Memory.empty().apply([Insert("semantic", "a")], np.int64(3))  # type: ignore[arg-type]
    assert memory == Memory.empty().apply([Insert("semantic", "a")], 3)[0]
    assert type(memory.entries[0].created) is int


@pytest.mark.parametrize("thing", ["insert", None, {"op": "skip"}, Outcome("ok"), Insert])
def test_what_is_no_operation_raises(thing: Any) -> None:
    with pytest.raises(TypeError, match="expected Insert, Update, Delete or Skip"):
        Memory.empty().apply([Skip(), thing], 0)


def test_an_unknown_layout_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'flat'"):
        Memory.empty("falt")
    own = Layout("own", ("a", "b"), "a", None)
    assert get_layout(own) is own
    assert only(Memory.empty(own), Insert("b", "x")).status == "ok"


def test_parents_are_kept_and_must_exist() -> None:
    memory = run([Insert("semantic", "a"), Insert("semantic", "b"), Update(CORE, "c")])
    memory, outcomes = memory.apply(
        [
            Insert("semantic", "ab", ("0.0", "0.1", CORE)),
            Update("0.0", "aa", ("0.1",)),
            Update("0.0", "aaa", ("1.0", "0.1")),
            Insert("semantic", "x", ("0.9",)),
        ],
        1,
    )
    assert [outcome.status for outcome in outcomes] == ["ok", "ok", "ok", "rejected"]
    assert [entry.parents for entry in memory.entries] == [
        (), ("0.1", "1.0"), (), ("0.0", "0.1", CORE),
    ]  # fmt: skip


def test_newest_and_size_are_per_store() -> None:
    memory = run([Insert("semantic", "a"), Insert("episodic", "b"), Insert("semantic", "c")])
    assert [entry.id for entry in memory.newest("semantic", 5)] == ["0.0", "0.2"]
    assert (memory.size("semantic"), memory.size("episodic"), len(memory)) == (2, 1, 3)


def test_memories_of_different_layouts_have_no_difference_to_speak_of() -> None:
    with pytest.raises(ValueError, match="share nothing"):
        Memory.empty().diff(Memory.empty("flat"))


def test_the_digest_covers_what_a_reader_sees_and_leaves_out_what_it_does_not() -> None:
    memory = run([Insert("semantic", "a")])
    assert memory.digest == run([Insert("semantic", "a")], [], capacity=50).digest
    different = [
        Memory.empty(),
        Memory.empty("flat"),
        run([Insert("episodic", "a")]),
        run([Insert("semantic", "b")]),
        run([], [Insert("semantic", "a")]),
        run([Skip(), Insert("semantic", "a")]),
        run([Insert("semantic", "a")], [Update("0.0", "a")]),
        run([Update(CORE, "a")]),
    ]
    assert len({memory.digest, *(other.digest for other in different)}) == 9


def test_a_digest_is_the_same_on_every_machine() -> None:
    memory = run(
        [Update(CORE, "我"), Insert("semantic", "Ada"), Insert("episodic", "caf\u00e9", ("0.1",))],
        [Update("0.1", "Ada Lee"), Delete("0.2"), Insert("episodic", "b")],
    )
    assert memory.digest == "f59b366c97fb2d35a0dbcc5829a528e9707541f14ae806fc7bf03eed16315250"
    assert memory != 5
    assert len({memory, run([Update(CORE, "x")])}) == 2


def test_an_operation_costs_the_same_when_many_entries_say_the_same() -> None:
    """What one more update allocates, not seconds: a copy of 10,000 references would be 80,000."""
    count = 10_000
    memory = run([Insert("semantic", f"text {n}") for n in range(count)])
    memory, outcomes = memory.apply([Update(f"0.{n}", "the same") for n in range(1, count)], 1)
    assert {outcome.status for outcome in outcomes} == {"ok"}
    tracemalloc.start()
    try:
        after, _ = memory.apply([Update("0.0", "the same")], 2)
        grown = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert grown < 32_000
    assert only(memory, Insert("semantic", "the same")).entry == "0.1"
    assert only(after, Insert("semantic", "the same")).entry == "0.0"


# --- Operations as JSON ---------------------------------------------------------------------------


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(), inner)
    ),
    max_leaves=5,
)
anything = (
    json_values
    | st.sampled_from(["0.0", "core", "semantic", "a"])
    | st.lists(st.sampled_from(["0.0", "core"]))
    | st.builds(object)
    | st.builds(_Hostile)
    | st.binary(max_size=3)
)
any_operation: st.SearchStrategy[Any] = st.one_of(
    st.builds(Insert, anything, anything),
    st.builds(Insert, st.just("semantic"), st.just("new"), anything),
    st.builds(Update, anything, anything, anything),
    st.builds(Delete, anything),
    st.builds(Malformed, anything, anything),
    st.just(Skip()),
)


@given(any_operation)
@example(Insert("semantic", float("nan")))  # type: ignore[arg-type]
@example(Insert("semantic", object()))  # type: ignore[arg-type]
@example(Insert("semantic", ("b",)))  # type: ignore[arg-type]
@example(Insert("semantic", "b", None))  # type: ignore[arg-type]
@example(Insert("semantic", "b", "0.0"))  # type: ignore[arg-type]
@example(Update("0.0", "b", 5))  # type: ignore[arg-type]
@example(Update({1: 2}, "b"))  # type: ignore[arg-type]
@example(Malformed(5, float("inf")))  # type: ignore[arg-type]
def test_an_operation_read_back_from_a_record_has_the_same_outcome(operation: Operation) -> None:
    memory = run([Insert("semantic", "a"), Update(CORE, "c")])
    kept = recorded(operation)
    assert recorded(kept) == kept
    line = json.dumps(operation_to_dict(operation), allow_nan=False)
    again = operation_from_dict(json.loads(line))
    assert memory.apply([again], 1) == memory.apply([kept], 1)
    # What is rejected stays so, and what is not stays the same.
    assert only(memory, again).status == only(memory, operation).status
    assert memory.apply([again], 1)[0] == memory.apply([operation], 1)[0]


@pytest.mark.parametrize(
    "operation",
    [
        Insert("semantic", "a"),
        Insert("semantic", "a", ("0.0",)),
        Update("0.0", "a", ("core",)),
        Delete("0.0"),
        Skip(),
        Malformed("{", "broken"),
    ],
)
def test_a_plain_operation_is_read_back_equal(operation: Operation) -> None:
    assert operation_from_dict(operation_to_dict(operation)) == operation
    assert recorded(operation) is operation


@pytest.mark.parametrize(
    "value",
    [{}, {"op": "drop"}, {"op": "insert", "store": "semantic"}, {"op": "skip", "text": "a"},
     {"op": ["insert"]}, {"store": "semantic", "text": "a"}, {"op": "delete", "id": "0.0", "x": 1},
     [], [["op", "skip", "x"]], "skip", None, 5],
)  # fmt: skip
def test_what_is_no_operation_in_a_record_is_said_to_be_none(value: Any) -> None:
    with pytest.raises(DataError, match="not an operation"):
        operation_from_dict(value)


# --- Every stream of operations -------------------------------------------------------------------

short = st.sampled_from(["a", "b", "a b c", "x" * 40, CONTROL, "é\n中", " ", "", "a "])
ids = st.builds("{}.{}".format, st.integers(0, 4), st.integers(0, 4)) | st.sampled_from([CORE, "z"])
stores = st.sampled_from(["semantic", "episodic", "memory", "core"])
operations = st.lists(
    st.builds(Insert, stores, short)
    | st.builds(Insert, stores, short, st.lists(ids, max_size=2).map(tuple))
    | st.builds(Update, ids, short)
    | st.builds(Update, ids, st.sampled_from([" ".join(["w"] * 600), "y" * 5000]))
    | st.builds(Delete, ids)
    | st.just(Skip()),
    max_size=6,
)
streams = st.lists(operations, max_size=6)
capacities = st.none() | st.integers(2, 60)


def history(
    stream: list[list[Operation]], layout: str, capacity: int | None
) -> tuple[list[Memory], list[tuple[Outcome, ...]]]:
    memories, outcomes = [Memory.empty(layout, capacity)], []
    for step, batch in enumerate(stream):
        memory, result = memories[-1].apply(batch, step)
        memories.append(memory)
        outcomes.append(result)
    return memories, outcomes


def facts(memory: Memory) -> tuple[Any, ...]:
    return (memory.entries, memory.tokens, memory.capacity, memory.core, memory.step)


@settings(max_examples=150)
@given(streams, st.sampled_from(sorted(LAYOUTS)), capacities)
def test_what_holds_after_every_operation(
    stream: list[list[Operation]], layout: str, capacity: int | None
) -> None:
    memories, outcomes = history(stream, layout, capacity)
    for memory in memories:
        entries = memory.entries
        assert memory.tokens == sum(tokens.count(entry.text) for entry in entries)
        assert all(entry.tokens == tokens.count(entry.text) > 0 for entry in entries)
        assert capacity is None or memory.tokens <= capacity
        assert len(entries) == len(memory) == len({entry.id for entry in entries})
        assert [entry.id for entry in entries] == sorted((e.id for e in entries), key=position)
        for entry in entries:
            assert memory.get(entry.id) is entry
            assert entry.text.strip()
            assert entry.created == entry.writers[0]
            assert list(entry.writers) == sorted(set(entry.writers))
            if entry.id == CORE:
                assert memory.core is entry
                assert entry.tokens <= 512
            else:
                assert position(entry.id)[0] == entry.created
                assert entry.store in memory.layout.stores
    for step, (batch, results) in enumerate(zip(stream, outcomes, strict=True)):
        assert len(results) == max(1, len(batch))
        for index, (operation, outcome) in enumerate(zip(batch, results, strict=False)):
            assert (outcome.reason is None) == (outcome.status == "ok")
            if isinstance(operation, Insert) and outcome.status == "ok":
                assert outcome.entry == f"{step}.{index}"


@settings(max_examples=60)
@given(streams, streams, st.sampled_from(sorted(LAYOUTS)), capacities, st.integers(0, 6))
def test_a_snapshot_never_changes_and_a_fork_equals_a_fresh_run(
    stream: list[list[Operation]],
    other: list[list[Operation]],
    layout: str,
    capacity: int | None,
    at: int,
) -> None:
    memories, _ = history(stream, layout, capacity)
    at = min(at, len(stream))
    snapshot, before = memories[at], facts(memories[at])
    digest = snapshot.digest

    fork = snapshot
    for step, batch in enumerate(other, start=at):
        fork, _ = fork.apply(batch, step)
    assert facts(snapshot) == before
    assert snapshot.digest == digest

    fresh, _ = history([*stream[:at], *other], layout, capacity)
    assert facts(fresh[-1]) == facts(fork)
    assert fresh[-1] == fork
    assert fresh[-1].digest == fork.digest


@settings(max_examples=60)
@given(streams, streams, capacities)
def test_equal_digests_mean_equal_content_and_the_difference_names_the_rest(
    one: list[list[Operation]], two: list[list[Operation]], capacity: int | None
) -> None:
    memories = history(one, "mem-alpha", capacity)[0] + history(two, "mem-alpha", capacity)[0]
    last = memories[-1]
    for memory in memories:
        assert (memory.digest == last.digest) == (memory.entries == last.entries)
        assert (memory == last) == (memory.entries == last.entries)
        here = {entry.id: entry for entry in memory.entries}
        there = {entry.id: entry for entry in last.entries}
        changes = memory.diff(last)
        for old, new in changes:
            assert old != new
            if old is not None:
                assert here.pop(old.id) == old
            if new is not None:
                assert there.pop(new.id) == new
        assert here == there


@settings(max_examples=60)
@given(streams, operations, st.sampled_from(sorted(LAYOUTS)), capacities)
def test_a_pickled_memory_is_equal_and_loses_nothing(
    stream: list[list[Operation]], more: list[Operation], layout: str, capacity: int | None
) -> None:
    memory = history(stream, layout, capacity)[0][-1]
    for again in (pickle.loads(pickle.dumps(memory)), copy.deepcopy(memory)):
        assert again == memory
        assert hash(again) == hash(memory)
        assert facts(again) == facts(memory)
        step = len(stream)
        # Duplicates, capacity and the order of steps live on.
        assert again.apply(more, step) == memory.apply(more, step)
        assert facts(again.apply(more, step)[0]) == facts(memory.apply(more, step)[0])
        for entry in again.entries[memory.core is not None :]:
            _, (outcome,) = again.apply([Insert(entry.store, entry.text)], step)
            assert outcome.status == "duplicate"


def test_an_entry_that_every_step_updates_costs_little_to_keep():
    memory = Memory.empty()
    kept = []
    for step in range(1000):
        memory, _ = memory.apply([Update(CORE, f"state {step}")], step)
        kept.append(memory)
    assert [len(each.core.writers) for each in kept] == list(range(1, 1001))
    assert kept[700].core.writers == tuple(range(701))
    unique = {id(block): len(block) for each in kept for block in each.core.history}
    assert sum(unique.values()) < 40_000


# --- Some of the entries --------------------------------------------------------------------------


@settings(max_examples=60)
@given(streams, st.sampled_from(sorted(LAYOUTS)), st.randoms(use_true_random=False))
def test_some_of_the_entries_are_a_memory_as_if_the_others_were_deleted(
    stream: Any, layout: str, draws: Any
) -> None:
    memory = Memory.empty(layout)
    for step, operations in enumerate(stream):
        memory, _ = memory.apply(operations, step)
    kept = [entry.id for entry in memory.entries if draws.random() < 0.5]
    gone = [Delete(entry.id) for entry in memory.entries if entry.id not in kept]
    less, _ = memory.apply(gone, memory.step + 1)
    only = memory.only(reversed(kept))
    assert only == less
    assert (only.entries, only.tokens, only.step) == (less.entries, less.tokens, memory.step)
    assert memory.only(entry.id for entry in memory.entries) == memory
    # It goes on like any other: a text that it holds is a duplicate there.
    for entry in only.entries:
        if entry.id != "core":
            _, outcomes = only.apply([Insert(entry.store, entry.text)], memory.step + 1)
            assert outcomes[0].status == "duplicate"


def test_some_entries_keep_the_capacity_and_must_be_there() -> None:
    memory, _ = Memory.empty(capacity=5).apply(
        [Insert("semantic", "a"), Insert("semantic", "b")], 0
    )
    assert memory.only(["0.1", "0.1"]).capacity == 5
    assert [entry.text for entry in memory.only(["0.1", "0.1"]).entries] == ["b"]
    for missing in ("0.2", "core", "x"):
        with pytest.raises(KeyError):
            memory.only([missing])
