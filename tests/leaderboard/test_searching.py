"""Search over operations and questions, and the index beside what is stored."""

import sqlite3

import pytest
from memenv_leaderboard.store import SqliteStore

from memenv.errors import SettingError
from memenv.harness.results import Result, Run

HOSTILE = ['"', "a\0b", "\ud800", "';--", "NEAR(x, y)", "col:x", "x OR", "((", "\x02\x03", "^x"]


def result(text, index=0, asked="what"):
    operation = {"op": "insert", "store": "semantic", "text": text, "parents": []}
    step = {
        "operations": [operation, {"op": "skip"}],
        "outcomes": [],
        "raw": None,
        "repaired": [],
        "memory_tokens": 1,
    }
    record = {
        "steps": [step],
        "score": 1.0,
        "digest": f"{index}",
        "questions": [{"text": asked, "answers": ["gold"], "stale": []}],
        "grades": [{"question": "0", "answer": {"text": ""}, "score": 1.0}],
    }
    return Result(f"e/{index}/0", "e", index, 0, record, None, 1.0)


@pytest.fixture
def store(path):
    with SqliteStore(path) as store:
        store.begin(Run("r", {}, "2026", {}, 3))
        yield store


def check(path):
    """The index has every word where an index that is made anew of the texts has it."""
    copy = path.with_name("copy.db")
    with sqlite3.connect(path) as there, sqlite3.connect(copy) as connection:
        there.backup(connection)
    connection.execute("insert into search (search) values ('integrity-check')")
    connection.execute("create virtual table anew using fts5 (text)")
    connection.execute("insert into anew (rowid, text) select id, text from passage_texts")
    words = []
    for name in ("search", "anew"):
        connection.execute(f"create virtual table {name}_words using fts5vocab({name}, instance)")
        sql = f"select term, doc, offset from {name}_words order by term, doc, offset"
        words.append(connection.execute(sql).fetchall())
    connection.close()
    there.close()
    copy.unlink()
    assert words[0] == words[1]


def places(hits):
    return [(hit.key, hit.kind, hit.place) for hit in hits]


def test_what_was_written_and_asked_is_found(store, path):
    store.save("r", result("Ada moved to Oslo.\nIt rained.", 0, "Where is Ada?"))
    store.save("r", result("Nothing of note", 1, "Who?"))
    assert places(store.search(["oslo"])) == [("e/0/0", "operation", 0)]
    assert places(store.search(["where"])) == [("e/0/0", "question", 0)]
    assert {hit.kind for hit in store.search(["ada"])} == {"operation", "question"}
    assert len(store.search(["GOLD"])) == 2
    assert store.search(["oslo", "note"]) == []
    assert len(store.search(["rai*"])) == 1
    # A word after a line end is that word.
    assert len(store.search(["it rained"])) == 1
    check(path)


def test_the_words_found_are_every_second_part(store):
    store.save("r", result("Ada moved to Oslo in May"))
    (hit,) = store.search(["oslo"])
    assert hit.parts[1::2] == ("Oslo",)
    assert "".join(hit.parts) == "Ada moved to Oslo in May"


def test_a_result_that_is_replaced_is_found_by_its_new_words_only(store, path):
    store.save("r", result("first words", asked="old"))
    store.save("r", result("second words", asked="new"))
    assert store.search(["first"]) == store.search(["old"]) == []
    assert len(store.search(["second"])) == len(store.search(["new"])) == 1
    assert len(store.search(["words"])) == 1
    check(path)


def test_a_save_that_breaks_off_leaves_the_index_as_it_was(store, path, monkeypatch):
    store.save("r", result("first"))

    def broken(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("memenv_leaderboard.searching.add", broken)
        with pytest.raises(KeyboardInterrupt):
            store.save("r", result("second"))
    assert len(store.search(["first"])) == 1
    check(path)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_stored_and_looked_for_as_text(text, store, path):
    store.save("r", result(f"before {text} after", asked=text))
    assert isinstance(store.search([text]), list)
    (hit,) = store.search(["after"])
    assert hit.kind == "operation"
    store.save("r", result("else"))
    assert store.search(["before"]) == []


def test_nothing_to_look_for_is_a_mistake(store):
    for words in ([], [" "], ["*"]):
        with pytest.raises(SettingError, match="nothing to search for"):
            store.search(words)


def test_the_index_outlives_a_vacuum(store, path):
    for number in range(5):
        store.save("r", result(f"word{number}", number))
    for number in (0, 2):
        store.save("r", result("other", number))
    store._conn.execute("vacuum")
    assert places(store.search(["word3"])) == [("e/3/0", "operation", 0)]
    check(path)
