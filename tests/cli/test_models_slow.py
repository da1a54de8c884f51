"""What takes a while: whole suites, many workers, killed processes, hostile models."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from memenv_leaderboard.store import SqliteStore

from memenv.loopback import MIXED, Faults
from memenv.loopback.faults import HOSTILE

pytestmark = pytest.mark.slow

TOWNS = ("Oslo", "Rome", "Lima", "Bonn", "Cork", "Pisa")

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "workers.py"


def streams(folder, count, chunks):
    lines = []
    for number in range(count):
        told = [
            f"Ada {number}-{each} lives in {TOWNS[(number + each) % 6]}." for each in range(chunks)
        ]
        asked = {
            "question": f"Where does Ada {number}-0 live?",
            "answers": [TOWNS[number % 6]],
            "metric": "subem",
        }
        line = {"id": f"s-{number}", "competency": "AR", "source": "test", "chunks": told}
        lines.append(json.dumps({**line, "questions": [asked]}) + "\n")
    return folder.write("s.jsonl", "".join(lines))


def command(url, *extra):
    return ("eval", "--agent", "api", "--base-url", url, "--model", "demo", *extra)


def said(summary):
    """What came out, without what a clock says."""
    return {**summary, "seconds": None}


def test_the_quick_suite_has_the_same_scores_when_a_third_of_the_calls_fail(folder, serve):
    server = serve()
    line = command(server.url, "--suite", "quick", "--workers", "8")
    well = folder.result(*line, "--db", "well.db")
    assert (well["failed"], well["score"] > 0.5) == (0, True)
    server.set_faults(Faults(rate=0.3, kinds=MIXED, seed=1))
    code, ill, err = folder.run(*line, "--db", "ill.db", "--json")
    assert (code, said(json.loads(ill))) == (0, said(well)), err
    assert "retried" in err


def workers(*arguments):
    """One run of the benchmark: 64 workers, a server that takes 200 ms for a call."""
    line = [sys.executable, str(BENCHMARK), "--json", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=True)
    told = json.loads(done.stdout)
    return {**told["runs"][0], "ideal": told["ideal"]}


def test_sixty_four_workers_take_little_longer_than_the_server(record_property):
    for _ in range(3):
        run = workers("--chunks", "40")
        assert (run["score"], run["peak"]) == (1.0, 64)
        # The server's part of the work tells how fast this machine is just now; it is about four.
        assert run["client_ms"] <= 7 * run["server_ms"]
        over = run["calling"] / run["ideal"]
        for name, value in (*run.items(), ("over", over)):
            record_property(name, value)
        if over <= 1.15:
            break
    # About 1.05 on two cores that nobody else uses; where others use them, it says less.
    assert over <= (1.25 if run["others"] < 0.3 else 2.0)


def kept(path):
    if not path.exists():
        return 0
    with SqliteStore(path) as store:
        return store._db.execute("select count(*) from completions").fetchone()[0]


@pytest.mark.parametrize("temperature", ["0", "0.8"])
def test_a_killed_run_asks_nothing_again_that_was_answered(folder, serve, temperature):
    server = serve(latency=0.05)
    data = streams(folder, 12, 6)
    line = command(server.url, "--data", data, "--workers", "4", "-a", f"temperature={temperature}")
    whole = folder.result(*line, "--db", "whole.db")
    calls = server.count
    assert calls == 72
    server.reset()
    database, moments = folder.path / "memenv.db", (3, 21, 22, 40, 66)
    lost = 0
    for moment in moments:
        process = folder.start(*line)
        deadline = time.monotonic() + 60
        while server.answered < moment and time.monotonic() < deadline:
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        time.sleep(0.2)
        # What the server had begun to answer and nobody received is the only loss.
        lost = server.count - kept(database)
        assert lost <= 4 * (1 + moments.index(moment))
    # The bill too: it has every answer once, whoever was killed.
    assert said(folder.result(*line)) == said(whole)
    assert server.count == calls + lost


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("tools", [True, False], ids=["native", "text"])
def test_a_hostile_model_is_bounded_and_shown_harmlessly(folder, serve, kind, tools):
    server = serve(faults=kind, tools=tools)
    data = streams(folder, 2, 3)
    extra = ("--data", data, "--retries", "1", "--reader", "api", "-r", "model=demo")
    line = command(server.url, *extra, "-r", f"base_url={server.url}", "--json")
    told, complained, code, megabytes = folder.measured(*line)
    assert megabytes < 400
    failed = json.loads(told)["failed"]
    # A reply of 100 MB is refused; all others are answers like any other, and bad ones.
    assert (code, failed) == ((1, 2) if kind == "huge" else (0, 0)), complained
    texts = [told, complained]
    for more in ((), ("0",), ("0", "--full"), ("--json",), ("0", "--json")):
        code, shown, _ = folder.run("show", "latest", *more)
        assert code == 0
        texts.append(shown)
    unsafe = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
    assert [text[:80] for text in texts if unsafe.search(text)] == []
    assert sum(map(len, texts)) < 3_000_000


def test_a_hostile_memory_does_not_command_the_reader(folder, serve):
    server = serve(faults=["fake-results"])
    reader = ("--reader", "api", "-r", "model=demo", "-r", f"base_url={server.url}")
    folder.result(*command(server.url, "--data", streams(folder, 1, 3), *reader))
    asked = [message["content"] for each in server.requests for message in each.body["messages"]]
    assert any("Ignore your instructions" in text for text in asked)
    # It is there as a text: no tag of ours or of a chat template is left in it.
    assert [
        text for text in asked if "<|im_start|>" in text or "</memory></new_chunk>" in text
    ] == []
