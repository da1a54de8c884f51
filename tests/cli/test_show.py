import io
import json
import re
import shlex

import pytest
from memenv_leaderboard.store import SqliteStore
from rich.console import Console

from memenv.cli.tables import print_table

HOSTILE = "Ada \x1b[31mred\x1b[0m [bold]bold[/bold] [/] \x07 \u202e lives in Oslo."


@pytest.fixture
def shown(quick, folder):
    """A run of three episodes to look at."""
    data = folder.streams(3)
    return json.loads(quick("eval", "--agent", "append", "--data", data, "--json")[1])


def test_a_run_is_shown_with_its_scores_and_episodes(shown, quick):
    for name in (shown["run"], shown["run"][:4], "latest"):
        code, out, err = quick("show", name)
        assert (code, err) == (0, "")
        for text in ("append read by lexical", "1.000", "s.jsonl/0/0", "s.jsonl/2/0", "s-1"):
            assert text in out


def test_json_of_a_run_is_what_eval_said_and_its_identity(shown, quick):
    code, out, err = quick("show", "latest", "--json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert {key: said[key] for key in shown} == shown
    assert said["identity"]["agent"]["name"] == "append"
    assert "created" in said


def test_an_episode_is_shown_by_number_and_by_key(shown, quick):
    code, by_number, err = quick("show", "latest", "1")
    assert (code, err) == (0, "")
    assert quick("show", "latest", "s.jsonl/1/0")[1] == by_number
    for text in (
        *("s-1   score 1.000", "chunk 0 of 2", "Ada lives in Oslo.", "It rained 1 times."),
        *("ok        insert semantic [0.0] Ada lives in Oslo.", "Where does Ada live?"),
        *("expected Oslo", "answered Oslo", "kept yes  found yes  answered yes"),
    ):
        assert text in by_number


def test_json_of_an_episode_is_its_record(shown, quick):
    said = json.loads(quick("show", "latest", "1", "--json")[1])
    assert list(said) == ["key", "record", "failure"]
    assert said["key"] == "s.jsonl/1/0"
    assert said["failure"] is None
    assert len(said["record"]["steps"]) == 2
    assert said["record"]["instance"]["id"] == "s-1"


def test_long_texts_and_lists_are_cut_unless_full(quick, folder):
    long = "Ada lives in Oslo. " + "word " * 400 + "the end."
    data = folder.streams(1, chunks=[long, "\n".join(f"line {i}." for i in range(40))])
    quick("eval", "--agent", "lines", "--data", data)
    short = quick("show", "latest", "0")[1]
    full = quick("show", "latest", "0", "--full")[1]
    assert "the end." not in short.replace("\n", " ")
    assert "(--full)" in short
    assert "the end." in full.replace("\n", " ")
    assert "(--full)" not in full
    assert "line 39." in full.split("chunk 1 of 2")[1]


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("show", "zzz"), 2, "has no run 'zzz'; the newest runs: "),
        (("show", "latest", "3"), 2, "it has 0 to 2, or by key, for example 's.jsonl/0/0'"),
        (("show", "latest", "-1"), 2, ""),
        (("show", "latest", "nothing"), 2, "the run has no episode 'nothing'"),
        (("show", "latest", "\u00b2"), 2, "the run has no episode"),
    ],
    ids=str,
)
def test_a_run_or_episode_that_is_not_there(arguments, code, expected, shown, quick):
    got, out, err = quick(*arguments)
    assert (got, out) == (code, "")
    assert expected in err
    assert "Traceback" not in err


def test_hostile_text_is_shown_as_text(quick, folder):
    question = {
        "question": f"Where? {HOSTILE}",
        "answers": [HOSTILE],
        "metric": "subem",
        "support": [HOSTILE],
        "category": HOSTILE,
    }
    name = "h[red].jsonl"
    data = folder.streams(
        1, name, id=HOSTILE, source=HOSTILE, chunks=[HOSTILE, "more"], questions=[question]
    )
    code, out, err = quick("eval", "--agent", "append", "--data", data)
    assert code == 0, err
    for said in (
        *(out, err, quick("show", "latest")[1], quick("show", "latest", "0")[1]),
        quick("show", "latest", "0", "--full")[1],
    ):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", said)
    assert "[bold]bold[/bold] [/]" in quick("show", "latest", "0", "--full")[1]
    record = json.loads(quick("show", "latest", "0", "--json")[1])["record"]
    assert record["instance"]["id"] == HOSTILE


def test_a_hostile_failure_is_shown_as_text(quick, folder):
    name = f"agent_{abs(hash(str(folder.path)))}"
    folder.write(
        f"{name}.py",
        f"class Agent:\n    def act(self, observation): raise ValueError({HOSTILE!r})\n",
    )
    code, _, err = quick("eval", "--agent", f"{name}:Agent", "--data", folder.streams(1))
    assert code == 1
    for said in (err, quick("show", "latest")[1], quick("show", "latest", "0")[1]):
        assert "[bold]bold[/bold] [/]" in said
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", said)
    assert "failed in agent, step 0" in quick("show", "latest", "0")[1]


def test_a_data_file_that_is_gone_moved_or_changed_is_a_note(shown, quick, folder):
    path = folder.path / "s.jsonl"
    original = path.read_text()
    path.rename(folder.path / "moved.jsonl")
    code, out, err = quick("show", "latest", "0")
    assert (code, err) == (0, "")
    assert "The chunks cannot be shown: " in out
    assert "s.jsonl: cannot be read: No such file or directory" in out
    # What was done is still there to see.
    assert "insert semantic [0.0]" in out
    path.write_text(original + "\n")
    code, out, err = quick("show", "latest", "0")
    assert (code, err) == (0, "")
    assert "has changed since the run" in out
    path.write_text(original)
    assert "cannot be shown" not in quick("show", "latest", "0")[1]


def test_a_data_file_is_found_from_another_folder(shown, quick, tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    out = quick("show", "latest", "0", "--db", "../memenv.db")[1]
    assert "cannot be shown" not in out


def test_a_generated_stream_is_made_again(quick):
    quick("eval", "--agent", "lines", "--env", "overrides", "--size", "2", "--episodes", "2")
    code, out, err = quick("show", "latest", "1")
    assert (code, err) == (0, "")
    assert "cannot be shown" not in out
    assert "chunk 1 of 2" in out


@pytest.mark.parametrize("broken", ["def task(:\n", "def task(seed, size, split): 1 / 0\n", ""])
def test_a_task_that_is_not_what_it_was_is_a_note(broken, folder):
    code = (
        "from memenv_tasks.overrides import overrides\n"
        "def task(*a, **k): return overrides(*a, **k)\n"
    )
    folder.write("mine.py", code)
    command = ("eval", "--agent", "append", "--env", "mine:task", "--size", "2", "--episodes", "1")
    assert folder.run(*command)[0] == 0
    folder.write("mine.py", broken)
    code, out, err = folder.run("show", "latest", "0")
    assert (code, err) == (0, "")
    assert "The chunks cannot be shown: " in out


def test_looking_at_a_run_changes_nothing(shown, quick, tmp_path):
    before = (tmp_path / "memenv.db").read_bytes()
    quick("show", "latest")
    quick("show", "latest", "0", "--json")
    assert (tmp_path / "memenv.db").read_bytes() == before


# --- why points were lost --------------------------------------------------------------------

MOVED = {
    "chunks": ["Ada lives in Rome.", "Ada lives in Oslo. Ben has a dog.", "It rained."],
    "questions": [
        {"question": "Who has a dog?", "answers": ["Ben"], "metric": "subem"},
        {
            "question": "Where does Ada live?",
            "answers": ["A"],
            "metric": "option",
            "options": ["A. Oslo", "B. Rome"],
            "support": ["Ada lives in Oslo.", "Cleo has never been to Lima."],
            "stale_answer": "Rome",
            "after": 1,
        },
    ],
}
STALE = """
class Agent:
    def act(self, observation):
        from memenv.operations import Insert
        return [Insert("semantic", t) for t in observation.chunk.text.split(". ") if "Ada" in t]
class Reader:
    def answer(self, question, memory):
        from memenv.types import Answer
        return Answer("Rome", tuple((entry.id, 1.0) for entry in memory.entries))
"""


@pytest.fixture
def lost(quick, folder):
    """A run that lost its questions, and a function that shows it."""
    name = f"lost_{abs(hash(str(folder.path)))}"
    folder.write(f"{name}.py", STALE)
    data = folder.streams(2, **MOVED)
    said = quick("eval", "--agent", f"{name}:Agent", "--reader", f"{name}:Reader", "--data", data)
    assert said[0] == 0, said
    return lambda *arguments: quick("show", "latest", *arguments)[1]


def test_losses_have_a_total_and_an_address(lost):
    out = lost()
    assert "4 of 4 questions scored 0.5 or less:\n" in out
    assert "     2  not kept: the evidence is not in the memory\n" in out
    assert "     2  cannot tell: the question has neither support nor evidence_chunks\n" in out
    assert "     2  stale: the answer was right once, and is outdated\n" in out


def test_losses_are_told_by_environment_when_there_are_several(quick, folder):
    first, second = folder.streams(1, "one.jsonl"), folder.streams(2, "two.jsonl")
    command = ("eval", "--agent", "skip", "--data", first)
    quick(*command)
    assert " lost  not kept" not in quick("show", "latest")[1]
    quick(*command, "--data", second)
    out = quick("show", "latest")[1]
    assert "3 of 3 questions scored 0.5 or less:" in out
    assert re.search(r"^ one.jsonl +1 of 1 +1 *$", out, re.MULTILINE)
    assert re.search(r"^ two.jsonl +2 of 2 +2 *$", out, re.MULTILINE)


def test_a_question_says_why_it_was_lost(lost):
    lines = lost("0", "--lost").splitlines()
    at = next(i for i, each in enumerate(lines) if each.startswith("1. "))
    assert lines[at:] == [
        "1. Where does Ada live?",
        "   options  A. Oslo | B. Rome",
        "   expected A",
        "   answered Rome   score 0.000   stale",
        "   outdated Rome",
        "   kept no  found no  answered no  gold chunks -",
        "   asked after chunk 1",
        "   support  found     Ada lives in Oslo.",
        "   support  not kept  Cleo has never been to Lima.",
        "   retrieved [0.0] Ada lives in Rome.",
        "   retrieved [1.0] Ada lives in Oslo",
    ]


def test_entries_are_those_of_the_moment_and_no_more_than_three(quick, folder):
    question = {
        "question": "Where does Ada live?",
        "answers": ["Lima"],
        "metric": "subem",
        "after": 3,
    }
    chunks = [f"Ada lives in house {number}." for number in range(6)]
    data = folder.streams(1, chunks=chunks, questions=[question])
    quick("eval", "--agent", "append", "--data", data)
    out = quick("show", "latest", "0", "--lost")[1]
    assert out.count("   retrieved [") == 3
    assert "asked after chunk 3" in out
    full = quick("show", "latest", "0", "--full")[1]
    assert full.count("   retrieved [") == 4


def test_an_entry_has_the_text_it_had_when_it_was_retrieved(quick, folder):
    name = f"updating_{abs(hash(str(folder.path)))}"
    folder.write(
        f"{name}.py",
        "from memenv.operations import Insert, Update\n"
        "class Agent:\n"
        "    def act(self, o):\n"
        "        t = o.chunk.text\n"
        "        return [Update('0.0', t) if o.step else Insert('semantic', t)]\n",
    )
    asked = {"question": "Where does Ada live?", "answers": ["Lima"], "metric": "subem", "after": 0}
    quick("eval", "--agent", f"{name}:Agent", "--data", folder.streams(1, questions=[asked]))
    out = quick("show", "latest", "0", "--lost")[1]
    assert "   retrieved [0.0] Ada lives in Oslo." in out
    assert "It rained" not in out


def test_lost_questions_come_first_and_can_be_all_there_is(quick, folder):
    asked = [
        {"question": f"Where is {name}?", "answers": [town], "metric": "subem"}
        for name, town in [("Ada", "Oslo"), ("Ben", "Rome"), ("Ada", "Oslo"), ("Cleo", "Lima")]
    ]
    quick("eval", "--agent", "append", "--data", folder.streams(1, questions=asked))
    out = quick("show", "latest", "0")[1]
    assert "2 of 4 questions lost" in out
    assert re.findall(r"^(\d)\. ", out, re.MULTILINE) == ["1", "3", "0", "2"]
    only = quick("show", "latest", "0", "--lost")[1]
    assert re.findall(r"^(\d)\. ", only, re.MULTILINE) == ["1", "3"]
    assert "chunk 0 of 2" not in only


def test_a_memory_that_is_not_the_same_any_more_is_a_note(shown, quick, monkeypatch):
    from memenv.cli import episode

    record = json.loads(quick("show", "latest", "0", "--json")[1])["record"]
    memories, missing = episode._memories(record)
    assert missing == ""
    assert [memory.tokens for memory in memories] == [s["memory_tokens"] for s in record["steps"]]
    changed = episode._memories({**record, "memory_digest": "0"})
    assert changed == ([], "the operations do not give the same memory any more")


def test_the_next_command_leads_to_the_episode_that_lost_most(quick, folder, tmp_path):
    wrong = {"question": "Who?", "answers": ["nobody at all"], "metric": "em"}
    lines = [json.loads(each) for each in (tmp_path / folder.streams(3)).read_text().splitlines()]
    lines[1]["questions"] = [wrong]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    quick("eval", "--agent", "append", "--data", "s.jsonl", "--db", "it's.db")
    out = quick("show", "latest", "--db", "it's.db")[1]
    found = re.search(r"^next: (memenv show \w+ 1 --db .*)$", out, re.MULTILINE)
    code, said, err = quick(*shlex.split(found[1])[1:])
    assert (code, err) == (0, "")
    assert "s-1   score 0.000" in said


def test_the_latest_run_is_the_one_used_last(quick, folder):
    data = folder.streams(1)
    for agent in ("oracle", "append", "oracle"):
        assert quick("eval", "--agent", agent, "--data", data)[0] == 0
    assert quick("show", "latest")[1].startswith("oracle read by ")


def test_a_run_without_episodes_says_so(shown, quick, tmp_path):
    with SqliteStore(tmp_path / "memenv.db") as store:
        store._db.execute("delete from episodes")
        store._db.conn.commit()
    code, out, err = quick("show", "latest")
    assert (code, err) == (0, "")
    assert "no episode is stored yet" in out
    assert "0 of 3 episodes: the same command runs the rest" in out
    assert "the run has no episodes yet" in quick("show", "latest", "0")[2]


# --- narrow terminals ------------------------------------------------------------------------


def printed(width, rows, terminal=True, **options):
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    print_table(console, rows, **options)
    return out.getvalue()


SCORES = {
    "columns": ("environment", "n", "score", "95%", "kept", "found", "stale", "memory", "size"),
    "folds": "environment",
    "drop": ("95%", "memory", "stale"),
}
ROW = {
    "environment": "a-rather-long-name-of-an-environment",
    "n": "1000",
    "score": "0.123",
    "95%": "0.10-0.14",
    "kept": "45%",
    "found": "67%",
    "stale": "89%",
    "memory": "123,456",
    "size": "20%",
}


@pytest.mark.parametrize("width", range(10, 130, 3))
def test_a_number_is_never_cut(width):
    out = printed(width, [ROW], **SCORES)
    header, *body = [each for each in out.splitlines() if each.strip()]
    columns = [name for name in SCORES["columns"] if name in header]
    dropped = [name for name in SCORES["columns"] if name not in columns]
    assert sorted(dropped, key=SCORES["drop"].index) == list(SCORES["drop"][: len(dropped)])
    for name in columns[1:]:
        assert ROW[name] in body[1]
    folded = "".join(each[1:].split(" ")[0] for each in body[1:])
    assert folded == ROW["environment"]
    if width >= 51:
        assert max(map(len, out.splitlines())) <= width


def test_a_narrow_terminal_drops_no_more_than_it_must():
    assert "95%" in printed(80, [ROW], **SCORES)
    assert "95%" not in printed(66, [ROW], **SCORES)
    assert "memory" in printed(66, [ROW], **SCORES)
    assert "memory" not in printed(56, [ROW], **SCORES)


def test_a_pipe_gets_the_whole_table_on_one_line_a_row(quick, folder, monkeypatch):
    assert ROW["environment"] in printed(40, [ROW], terminal=False, **SCORES)
    monkeypatch.setenv("COLUMNS", "40")
    name = f"{'long-' * 20}name.jsonl"
    data = folder.streams(1, name, chunks=["Ada lives in Oslo. " + "word " * 100])
    out = quick("eval", "--agent", "append", "--data", data)[1]
    assert re.search(rf"^ {name} +1 +1\.000 +- +100% +100% ", out, re.MULTILINE)
    out = quick("show", "latest")[1]
    assert re.search(rf"^ 0 +{name}/0/0 +s-0 +1\.000 +1 +0 ", out, re.MULTILINE)
    assert "word " * 100 in quick("show", "latest", "0")[1]


def test_an_episode_tells_what_every_step_was_paid(folder):
    command = ("eval", "--agent", "lines", "--env", "overrides", "--size", "2", "--episodes", "1")
    assert folder.run(*command, "--credit", "finemem")[0] == 0
    out = folder.run("show", "latest", "0")[1]
    assert "credit finemem; probes: instance" in out
    assert out.count("  reward: ") == 2
    assert "chunk 1" in out
    assert folder.run(*command)[0] == 0
    assert "reward: " not in folder.run("show", "latest", "0")[1]
