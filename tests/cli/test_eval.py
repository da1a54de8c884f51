import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest
from memenv_leaderboard.store import SqliteStore

KEYS = [
    *("run", "agent", "reader", "capacity", "episodes", "failed", "score"),
    *("by_env", "by_competency", "by_source", "by_metric", "by_category"),
    *("judged", "stale", "kept", "found", "memory_tokens", "stream_tokens"),
    *("calls", "prompt_tokens", "completion_tokens", "usd", "seconds", "digest"),
]
GROUPS = {"by_env", "by_competency", "by_source", "by_metric", "by_category"}


def test_json_is_one_object_with_the_promised_keys_and_nothing_else(folder):
    data = folder.streams()
    code, out, err = folder.run("eval", "--agent", "append", "--data", data, "--json")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    said = json.loads(out)
    assert list(said) == KEYS
    group = {"score": 1.0, "episodes": 3, "questions": 3}
    assert said["by_env"] == {"s.jsonl": group}
    assert said["by_competency"] == {"AR": group}
    assert said["by_metric"] == {"subem": group}
    assert said["by_category"] == {}
    assert (said["agent"], said["reader"], said["capacity"]) == ("append", "lexical", None)
    assert (said["episodes"], said["failed"], said["score"], said["kept"]) == (3, 0, 1.0, 1.0)
    assert (folder.path / "memenv.db").exists()


def test_people_get_a_table_and_the_next_command(folder):
    code, out, _ = folder.run("eval", "--agent", "append", "--data", folder.streams())
    assert code == 0
    assert "s.jsonl" in out
    assert "1.000" in out
    next_command = next(line for line in out.splitlines() if line.startswith("next: memenv "))
    code, out, err = folder.run(*shlex.split(next_command)[2:])
    assert (code, err) == (0, "")
    assert "s.jsonl/2/0" in out


def test_what_plugins_print_and_what_fails_is_on_stderr(folder):
    folder.write(
        "noisy.py",
        "print('imported')\n"
        "class Agent:\n"
        "    def __init__(self): print('made')\n"
        "    def act(self, observation):\n"
        "        print('acting')\n"
        "        raise ValueError('\\x1b[31mred\\x1b[0m [bold]x[/] \\n second')\n",
    )
    data = folder.streams(2)
    for engine in ("threads", "processes"):
        db = f"{engine}.db"
        code, out, err = folder.run(
            *("eval", "--agent", "noisy:Agent", "--data", data, "--json"),
            *("--engine", engine, "--db", db),
        )
        assert code == 1
        assert json.loads(out)["failed"] == 2
        assert out.count("\n") == 1
        assert "acting" in err
        assert "failed: s.jsonl/0/0 in agent, step 0: ValueError: " in err
        assert "[bold]x[/]" in err
        assert "\x1b" not in err


def test_the_same_command_again_runs_nothing_and_says_the_same(folder):
    folder.slow_agent()
    command = ("eval", "--agent", "slow:Agent", "-a", "log=log", "-a", "seconds=0")
    command += ("--data", folder.streams())
    first = folder.result(*command)
    assert len(folder.log()) == 6
    assert folder.result(*command) == first
    assert len(folder.log()) == 6
    assert folder.result(*command, "--episodes", "2")["episodes"] == 2
    assert len(folder.log()) == 6


@pytest.mark.parametrize("how", [("--workers", "4"), ("--workers", "2", "--engine", "processes")])
def test_workers_and_engine_do_not_change_what_is_said(quick, how):
    command = ("eval", "--agent", "random", "--env", "overrides", "--size", "3", "--json")
    said = []
    for number, extra in enumerate([(), how]):
        code, out, _ = quick(*command, *extra, "--db", f"{number}.db")
        assert code == 0
        said.append({**json.loads(out), "seconds": None})
    assert said[0] == said[1]


def test_a_capacity_is_a_run_of_its_own_and_its_names_are_numbers(quick):
    command = ("eval", "--agent", "lines", "--env", "overrides", "--size", "3", "--json")
    command += ("--episodes", "1")
    said = {
        capacity: json.loads(quick(*command, "--capacity", capacity)[1])
        for capacity in ("open", "tight", "0.2", "50")
    }
    assert said["tight"] == said["0.2"]
    assert len({each["run"] for each in said.values()}) == 3
    assert [said[name]["capacity"] for name in ("open", "tight", "50")] == [None, 0.2, 50]
    assert said["50"]["memory_tokens"] <= 50


def test_failures_are_not_repeated_unless_asked(folder):
    folder.write(
        "moody.py",
        "import os\n"
        "class Agent:\n"
        "    def act(self, observation):\n"
        "        if not os.path.exists('well'): raise ValueError('not today')\n"
        "        return []\n",
    )
    command = ("eval", "--agent", "moody:Agent", "--data", folder.streams(2), "--json")
    assert folder.run(*command)[0] == 1
    folder.write("well", "")
    code, out, _ = folder.run(*command)
    assert (code, json.loads(out)["failed"]) == (1, 2)
    code, out, _ = folder.run(*command, "--retry-failed")
    assert (code, json.loads(out)["failed"]) == (0, 0)


def test_a_suite_runs_its_environments_and_a_size_overrules_it(quick):
    command = ("eval", "--agent", "append", "--suite", "quick", "--episodes", "1", "--json")
    code, out, _ = quick(*command, "--size", "2")
    assert code == 0
    said = json.loads(out)
    assert set(said["by_competency"]) == {"AR", "TTL", "LRU", "CR"}
    assert said["episodes"] == 5


def test_options_of_a_model_are_short_for_arguments(folder):
    folder.write(
        "model.py",
        "class Agent:\n"
        "    def __init__(self, model, base_url=None, k=0, view=None):\n"
        "        assert (model, base_url, k, view) == ('m', 'http://x', 3, None)\n"
        "    def act(self, observation):\n"
        "        assert len(observation.entries) == 0\n"
        "        return []\n",
    )
    short = ("--model", "m", "--base-url", "http://x", "-a", "k=3")
    long = ("-a", "model=m", "-a", "base_url=http://x", "-a", "k=3")
    data = folder.streams(1)
    said = [
        folder.result("eval", "--agent", "model:Agent", "--data", data, *options, "-a", "view=full")
        for options in (short, long)
    ]
    assert said[0] == said[1]


def test_the_database_is_where_the_variable_says_and_the_option_says_it_louder(folder):
    command = ("eval", "--agent", "append", "--data", folder.streams(1), "--json")
    (folder.path / "sub").mkdir()
    assert folder.run(*command, MEMENV_DB="sub/v.db")[0] == 0
    assert (folder.path / "sub" / "v.db").exists()
    assert folder.run(*command, "--db", "o.db", MEMENV_DB="sub/w.db")[0] == 0
    assert (folder.path / "o.db").exists()
    assert not (folder.path / "sub" / "w.db").exists()
    assert not (folder.path / "memenv.db").exists()
    assert folder.run("show", "latest", MEMENV_DB="sub/v.db")[0] == 0


def test_notes_are_on_stderr(quick, folder):
    code, out, err = quick(
        *("eval", "--agent", "append", "--data", folder.streams(2), "--json"), "--episodes", "9"
    )
    assert code == 0
    assert json.loads(out)["episodes"] == 2
    assert err == "note: s.jsonl has 2 instances, fewer than 9 episodes\n"


def test_what_is_no_default_is_printed_under_the_title(quick, folder):
    command = ("eval", "--env", "overrides", "--episodes", "1", "--agent")
    out = quick(*command, "lines", "--size", "2")[1]
    assert out.splitlines()[:2] == ["lines read by lexical, capacity open", "size 2"]
    out = quick(
        *(*command, "random", "-a", "keep=0.5", "-a", "view=full", "-r", "k=3"),
        *("--credit", "broadcast", "--layout", "flat", "--split", "train", "--seed", "4"),
        *("--capacity", "tight", "--repeats", "2", "--size", "3"),
    )[1]
    assert out.splitlines()[:2] == [
        "random read by lexical, capacity tight (0.2)",
        "agent keep=0.5, reader k=3, credit broadcast, view full, layout flat, split train, "
        "seed 4, repeats 2, size 3",
    ]
    assert quick("show", "latest")[1].splitlines()[:2] == out.splitlines()[:2]
    out = quick("eval", "--agent", "skip", "--data", folder.streams(1))[1]
    assert out.splitlines()[0] == "skip read by lexical, capacity open"
    assert out.splitlines()[1].strip() == ""


def test_what_could_not_be_measured_is_said_and_not_advised_to_be_tried_again(quick, folder):
    data = folder.streams(1, questions=[{**JUDGED, "metric": "judge"}])
    code, out, err = quick("eval", "--agent", "append", "--data", data)
    assert (code, err) == (1, "")
    assert "1 question could not be measured: metric judge has no model" in out
    assert "by competency: -   digest -" in out
    assert "--retry-failed" not in out
    said = json.loads(quick("eval", "--agent", "append", "--data", data, "--json")[1])
    assert len(said["digest"]) == 64
    assert (said["failed"], said["score"], said["kept"]) == (1, None, 1.0)


JUDGED = {"question": "Where?", "answers": ["Oslo"], "support": ["Ada lives in Oslo."]}


def test_many_failures_are_counted_and_explained_and_remembered(quick, folder):
    name = f"failing_{abs(hash(str(folder.path)))}"
    folder.write(
        f"{name}.py",
        "class Agent:\n    def act(self, o): raise ValueError('not\\n today\\u2028!')\n",
    )
    command = ("eval", "--agent", f"{name}:Agent", "--data", folder.streams(8), "--db", "a b.db")
    code, out, err = quick(*command)
    assert code == 1
    lines = err.splitlines()
    assert lines[0] == "failed: s.jsonl/0/0 in agent, step 0: ValueError: not  today !"
    assert lines[5:] == ["failed: 3 more episodes"]
    assert "8 of 8 episodes failed; --retry-failed runs them again" in out
    assert "     8  in agent: ValueError: not  today !" in out
    run = re.search(r"next: memenv show (\w+) --db 'a b.db'\n\Z", out)[1]
    code, out, err = quick(*command)
    assert code == 1
    assert err == (
        f"note: 8 episodes failed before and are not run again: `memenv show {run} --db 'a b.db'` "
        f"says why, --retry-failed runs them again\n"
    )


def test_a_ceiling_that_knows_nothing_is_noted(quick, folder):
    bare = {"question": "Where?", "answers": ["Oslo"], "metric": "subem"}
    data = folder.streams(2, questions=[bare, {**bare, "evidence_chunks": [0]}])
    code, _, err = quick("eval", "--agent", "oracle", "--data", data, "--json")
    assert code == 0
    assert err == (
        "note: 2 of 4 questions carry neither support nor evidence_chunks, so oracle is no "
        "ceiling for them\n"
    )
    assert quick("eval", "--agent", "append", "--data", data, "--json")[2] == ""
    assert quick("eval", "--agent", "oracle", "--data", folder.streams(1), "--json")[2] == ""


# --- dry run ---------------------------------------------------------------------------------


def test_a_dry_run_runs_nothing_and_makes_no_file(folder):
    folder.slow_agent()
    before = sorted(each.name for each in folder.path.iterdir())
    data = folder.streams(3)
    command = ("eval", "--agent", "slow:Agent", "-a", "log=log", "--data", data)
    said = folder.result(*command, "--dry-run")
    assert folder.log() == []
    made = sorted(each.name for each in folder.path.iterdir() if each.name != "__pycache__")
    assert made == sorted([*before, data])
    assert list(said) == [
        *("run", "episodes", "pending", "chunks", "stream_tokens", "questions", "calls", "usd")
    ]
    assert (said["episodes"], said["pending"], said["chunks"], said["questions"]) == (3, 3, 6, 3)
    assert said["stream_tokens"] > 0
    assert (said["calls"], said["usd"]) == (0, 0.0)
    code, out, err = folder.run(*command, "--dry-run")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(said)


def test_a_dry_run_counts_what_is_left(quick, folder):
    command = ("eval", "--agent", "append", "--data", folder.streams(3), "--json")
    run = json.loads(quick(*command, "--episodes", "2")[1])["run"]
    before = (folder.path / "memenv.db").read_bytes()
    said = json.loads(quick(*command, "--dry-run")[1])
    assert (said["run"], said["episodes"], said["pending"], said["chunks"]) == (run, 3, 1, 2)
    assert (folder.path / "memenv.db").read_bytes() == before


def test_a_dry_run_of_a_model_says_how_often_it_is_called(quick, folder):
    folder.write(
        "calling.py",
        "from memenv.models import Endpoint\n"
        "class Asking:\n"
        "    needs_model = True\n"
        "    endpoint = Endpoint('m', 'https://example.com/v1')\n"
        "    def ask(self): return self.complete([{'role': 'user', 'content': 'Well?'}]).text\n"
        "class Agent(Asking):\n"
        "    def act(self, observation): return [] if self.ask() else []\n"
        "class Reader(Asking):\n"
        "    def answer(self, question, memory): return Answer(self.ask())\n"
        "class Nowhere(Agent):\n"
        "    endpoint = None\n"
        "from memenv.types import Answer\n",
    )
    try:
        command = ("eval", "--data", folder.streams(3), "--dry-run", "--json")
        said = json.loads(quick(*command, "--agent", "calling:Agent")[1])
        assert (said["calls"], said["usd"]) == (6, None)
        said = json.loads(quick(*command, "--agent", "append", "--reader", "calling:Reader")[1])
        assert (said["calls"], said["usd"]) == (3, None)
        code, _, err = quick(*command, "--agent", "calling:Nowhere")
        assert (code, "its attribute endpoint is a" in err) == (2, True)
    finally:
        sys.modules.pop("calling", None)


# --- interruptions ---------------------------------------------------------------------------


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def command_of(folder, *extra, count=12, seconds=0.1):
    folder.slow_agent()
    return (
        *("eval", "--agent", "slow:Agent", "-a", "log=log", "-a", f"seconds={seconds}"),
        *("--data", folder.streams(count), *extra),
    )


def stored(folder):
    path = folder.path / "memenv.db"
    if not path.exists():
        return 0
    with SqliteStore(path) as store:
        runs = store.runs()
        return len(store.scores(runs[0].id)) if runs else 0


def undisturbed(folder, command):
    """What the same command says in a folder where nothing happened to it."""
    other = folder.path / "other"
    other.mkdir()
    for name in ("slow.py", "s.jsonl"):
        shutil.copy(folder.path / name, other / name)
    return type(folder)(other).result(*command)


INTERRUPTED = "interrupted; finished episodes are stored: the same command resumes"


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_being_ended_is_like_ctrl_c_and_what_is_there_is_not_called_complete(engine, folder):
    command = command_of(folder, "--engine", engine)
    process = folder.start(*command, "--json")
    wait_until(lambda: stored(folder) >= 1)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.strip() == INTERRUPTED
    have = stored(folder)
    assert 1 <= have < 12
    said = folder.run("show", "latest")[1]
    assert f"{have} of 12 episodes: the same command runs the rest" in said
    assert json.loads(folder.run("show", "latest", "--json")[1])["planned"] == 12


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_ctrl_c_ends_it_at_once_and_the_same_command_completes_it(engine, folder):
    command = command_of(folder, "--engine", engine, "--workers", "2")
    process = folder.start(*command, "--json")
    wait_until(lambda: len(folder.log()) >= 8)
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 3
    assert (process.returncode, out) == (130, "")
    assert err.strip() == INTERRUPTED
    have = stored(folder)
    assert 1 <= have < 12
    resumed = folder.result(*command)
    assert resumed["digest"] == undisturbed(folder, command)["digest"]
    # What was stored was not run again; what was under way was.
    assert len(folder.log()) <= 24 + 2 * 4


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.3, 0.6, 0.8, 1.0])
def test_ctrl_c_while_worker_processes_start_says_one_line(delay, folder):
    command = command_of(folder, "--engine", "processes", "--workers", "2", seconds=0.5)
    process = folder.start(*command)
    wait_until(lambda: (folder.path / "memenv.db").exists())
    time.sleep(delay - 0.3)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() == INTERRUPTED


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_a_killed_run_loses_nothing_and_runs_nothing_twice(engine, folder):
    command = command_of(folder, "--engine", engine, "--workers", "1")
    process = folder.start(*command)
    wait_until(lambda: stored(folder) >= 3)
    process.kill()
    # The pipes close when the last worker has ended, which nobody told it to.
    process.communicate(timeout=30)
    have = stored(folder)
    assert 3 <= have < 12
    at_kill = len(folder.log())
    resumed = folder.result(*command)
    assert (resumed["episodes"], resumed["failed"]) == (12, 0)
    # Every episode that was not stored has two steps, and no other is run.
    assert len(folder.log()) - at_kill == 2 * (12 - have)
    assert resumed["digest"] == undisturbed(folder, command)["digest"]


def test_a_worker_that_dies_is_one_line(folder):
    folder.write(
        "dying.py",
        "import os\nclass Agent:\n    def act(self, observation): os._exit(9)\n",
    )
    code, out, err = folder.run(
        *("eval", "--agent", "dying:Agent", "--data", folder.streams(2)),
        *("--engine", "processes", "--json"),
    )
    assert (code, out) == (1, "")
    assert err.startswith("error: a worker process died")
    assert err.count("\n") == 1


def test_output_that_nobody_reads_is_no_traceback(folder):
    folder.run("eval", "--agent", "append", "--data", folder.streams(3))
    for arguments in (("show", "latest"), ("show", "latest", "--json"), ("list", "agents")):
        process = folder.start(*arguments)
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=30) == 141
        assert err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_line(folder):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "memenv.cli.main", "list", "agents", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: output: No space left on device\n"
