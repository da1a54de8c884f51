"""`memenv data probes` as people run it, against a model server on this machine."""

import json
import os
import signal
import time
from collections import Counter

import pytest

from memenv import files
from memenv.loopback import MIXED, Faults, serve_model

CANARY = "sk-canary-0123456789"
FIRST = ("Ada", "Ben", "Cleo", "Dara", "Eli")
TOWNS = ("Oslo", "Rome", "Lima", "Cork")


def chunk(n):
    who, where = FIRST[n % 5], TOWNS[n // 5]
    return (
        f"In {1900 + n} the painter {who} Lund moved to {where} with {n + 20} paintings. The old "
        f"harbour of the town has {n + 300} boats today."
    )


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)


@pytest.fixture
def streams(tmp_path):
    lines = [
        {
            "id": f"s-{k}",
            "competency": "AR",
            "source": "test",
            "chunks": [chunk(5 * k + n) for n in range(5)],
            "questions": [{"question": "Who paints?", "answers": ["Ada"], "metric": "subem"}],
        }
        for k in range(4)
    ]
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def probes(run, *more, out="p.jsonl"):
    code, stdout, err = run("data", "probes", "s.jsonl", "-o", out, *more, "--json")
    return code, json.loads(stdout) if stdout else None, err


def test_the_demo_writes_probes_without_a_key_and_they_are_used(quick, streams, tmp_path):
    code, out, err = quick("data", "probes", "s.jsonl", "--model", "demo", "-o", "p.jsonl")
    assert code == 0, err
    assert "4 instances, 20 chunks" in out
    assert "models: " in err
    made = files.load_instances(tmp_path / "p.jsonl")
    kept = sum(len(row) for each in made for row in each.probes)
    assert f"{kept} probes" in out
    assert kept > 60
    for each, before in zip(made, files.load_instances(streams), strict=True):
        assert (each.chunks, each.questions) == (before.chunks, before.questions)
        for number, row in enumerate(each.probes):
            assert all(probe.answers[0] in each.chunks[number].text for probe in row)
    code, out, err = quick("data", "check", "p.jsonl", "--no-agents", "--json")
    assert json.loads(out)["gates"]["probes at home"]["holds"], err
    arguments = ("--agent", "lines", "--data", "p.jsonl", "--credit", "csr", "--json")
    code, out, err = quick("eval", *arguments)
    assert code == 0, err


def test_help_has_examples(quick):
    code, out, _ = quick("data", "probes", "--help")
    assert code == 0
    assert "memenv data probes" in out
    assert "probes" in quick("data", "--help")[1]


def test_clozes_need_no_model_and_no_database(quick, streams, tmp_path):
    code, told, err = probes(quick, "--cloze")
    assert code == 0, err
    assert "calls" not in told
    assert told["kept"] > 60
    assert not (tmp_path / "memenv.db").exists()
    (first, *_) = files.load_instances(tmp_path / "p.jsonl")
    assert first.meta["probes_by"]["cloze"]["reader"] == "lexical"


def test_a_verifier_of_its_own_is_asked(quick, streams, tmp_path):
    with serve_model(strict=True) as server:
        where = ("--base-url", server.url, "--model", "x", "--verifier", "y")
        assert probes(quick, *where)[0] == 0
        asked = Counter(request.body["model"] for request in server.requests)
    assert asked["x"] == 20
    assert asked["y"] >= 60
    by = files.load_instances(tmp_path / "p.jsonl")[0].meta["probes_by"]
    assert (by["generator"]["model"], by["verifier"]["model"]) == ("x", "y")


def test_the_same_again_asks_nothing_and_faults_change_nothing(quick, streams, tmp_path):
    with serve_model() as server:
        where = ("--base-url", server.url, "--model", "x")
        code, plain, _ = probes(quick, *where, "--db", "a.db")
        assert (code, plain["calls"], plain["usd"]) == (0, server.count, 0.0)
        server.reset()
        code, again, _ = probes(quick, *where, "--db", "a.db", out="again.jsonl")
        assert (code, again["calls"], again["cached"], server.count) == (0, 0, plain["calls"], 0)
        server.set_faults(Faults(rate=0.3, kinds=MIXED, seed=5))
        assert probes(quick, *where, "--db", "b.db", out="faulty.jsonl")[0] == 0
        server.set_faults(None)
        server.reset()
        assert probes(quick, *where, "--no-cache", "--db", "c.db", out="anew.jsonl")[0] == 0
        assert server.count == plain["calls"]
    written = (tmp_path / "p.jsonl").read_bytes()
    for name in ("again", "faulty", "anew"):
        assert (tmp_path / f"{name}.jsonl").read_bytes() == written
    assert not (tmp_path / "c.db").exists()


def test_when_the_server_dies_no_file_is_written_and_the_same_again_goes_on(
    quick, streams, tmp_path
):
    with serve_model(faults=Faults(rate=0, dies_at=40)) as server:
        where = ("--base-url", server.url, "--model", "x", "--retries", "1")
        where += ("--concurrency", "1")
        code, told, err = probes(quick, *where)
        assert (code, told["written"]) == (1, False)
        assert told["failed"]
        assert "s-" in err
        assert "is not written" in err
        assert list(tmp_path.glob("p.jsonl*")) == []
        code, told, err = probes(quick, *where, "--partial")
        assert (code, told["written"]) == (1, True)
        assert () in files.load_instances(tmp_path / "p.jsonl")[-1].probes
        arrived = server.answered
        server.reset()
        server.set_faults(None)
        code, told, err = probes(quick, *where)
        assert (code, told["failed"]) == (0, []), err
        assert told["calls"] == server.count
        assert told["cached"] == arrived


def test_killed_at_any_moment_it_repeats_no_answer_that_had_arrived(folder, streams, tmp_path):
    def demo(body):
        from memenv.loopback import demo

        return demo.answer(body)

    with serve_model(demo, latency=0.03) as server:
        words = ("data", "probes", "s.jsonl", "-o", "p.jsonl", "--model", "x", "--json")
        words += ("--base-url", server.url, "--concurrency", "2")
        kills, at = 0, 10
        while at < 60:
            process = folder.start(*words)
            limit = time.monotonic() + 60
            while server.count < at and process.poll() is None and time.monotonic() < limit:
                time.sleep(0.005)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            kills, at = kills + 1, at + 20
            assert list(tmp_path.glob("p.jsonl*")) == []
        code, out, err = folder.run(*words)
        assert code == 0, err
        asked = Counter(json.dumps(request.body) for request in server.requests)
    repeated = sum(count - 1 for count in asked.values())
    # Two requests are under way at once; their answers had not arrived.
    assert kills == 3
    assert repeated <= 2 * kills
    assert json.loads(out)["cached"] >= 50 - 2 * kills
    assert files.load_instances(tmp_path / "p.jsonl")


def test_ctrl_c_says_that_nothing_is_lost(folder, streams):
    def demo(body):
        from memenv.loopback import demo

        return demo.answer(body)

    with serve_model(demo, latency=0.1) as server:
        words = ("data", "probes", "s.jsonl", "-o", "p.jsonl", "--model", "x")
        process = folder.start(*words, "--base-url", server.url, "--concurrency", "2")
        limit = time.monotonic() + 60
        while server.count < 10 and time.monotonic() < limit:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on" in err
    assert "Traceback" not in err


def test_the_money_runs_out(quick, streams, tmp_path):
    (tmp_path / "prices.json").write_text(
        json.dumps({"models": {"x": {"prompt": 1000, "completion": 1000}}})
    )
    with serve_model() as server:
        where = ("--base-url", server.url, "--model", "x", "--prices", "prices.json")
        code, told, err = probes(quick, *where, "--max-cost", "5")
        assert (code, told["written"]) == (1, False)
        assert told["usd"] >= 5
        assert "stopped" in err
        server.reset()
        code, told, err = probes(quick, *where)
        assert (code, told["calls"]) == (0, server.count), err
        assert told["cached"] > 0


def test_a_dry_run_sends_nothing(quick, streams, tmp_path):
    with serve_model() as server:
        where = ("--base-url", server.url, "--model", "x", "--dry-run")
        code, told, _ = probes(quick, *where)
        assert (code, server.count) == (0, 0)
    assert told["calls"] == 20 * (1 + 8)
    assert told["usd"] == 0
    assert probes(quick, "--model", "nobody-knows", "--dry-run")[1]["usd"] is None
    code, out, _ = quick("data", "probes", "s.jsonl", "-o", "p.jsonl", "--cloze", "--dry-run")
    assert (code, "calls             0" in out) == (0, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.jsonl"]


def test_the_key_is_nowhere(quick, streams, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    shown = ""
    with serve_model(api_key=CANARY) as server:
        where = ("--base-url", server.url, "--model", "x", "--retries", "0")
        for faults in ("500", "bad-json", "cut", None):
            server.set_faults(faults)
            for part in quick("data", "probes", "s.jsonl", "-o", "p.jsonl", *where)[1:]:
                shown += part
        assert server.requests[-1].has_key(CANARY)
    shown += quick("data", "probes", "s.jsonl", "-o", "q.jsonl", *where)[2]
    assert (tmp_path / "p.jsonl").exists()
    assert CANARY not in shown
    for path in tmp_path.iterdir():
        assert CANARY.encode() not in path.read_bytes()


def test_a_hostile_model_leaves_nothing_and_the_terminal_alone(quick, streams, tmp_path):
    with serve_model(faults=Faults(rate=1, kinds=("ansi", "deep-json", "unicode"))) as server:
        arguments = ("--base-url", server.url, "--model", "x")
        code, out, err = quick("data", "probes", "s.jsonl", "-o", "p.jsonl", *arguments)
    assert code == 1
    assert "no probe was kept" in err
    assert "nothing that can be read" in out
    assert "\x1b" not in out + err
    assert not (tmp_path / "p.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["s.jsonl", "-o", "p.jsonl"], "expected --model"),
        (["s.jsonl", "-o", "p.jsonl", "--model", " "], "--model is the name of a model"),
        (["s.jsonl", "-o", "p.txt", "--model", "demo"], "NAME.jsonl"),
        (["s.jsonl", "-o", "s.jsonl", "--model", "demo"], "is what is read"),
        (["s.jsonl", "-o", "no/p.jsonl", "--model", "demo"], "no such folder"),
        (["t.jsonl", "-o", "p.jsonl", "--model", "demo"], "t.jsonl"),
        (["s.jsonl", "-o", "p.jsonl", "--cloze", "--model", "demo"], "leave out --model"),
        (["s.jsonl", "-o", "p.jsonl", "--cloze", "--per-chunk", "3"], "leave out --per-chunk"),
        (["s.jsonl", "-o", "p.jsonl", "--model", "demo", "--per-chunk", "0"], "from 1 to 50"),
        (["s.jsonl", "-o", "p.jsonl", "--model", "gpt-x"], "there is no key"),
        (["s.jsonl", "-o", "p.jsonl", "--model", "x", "--base-url", "ftp://a"], "base URL"),
    ],
)
def test_a_mistake_is_one_line(quick, streams, tmp_path, arguments, says):
    code, out, err = quick("data", "probes", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert not (tmp_path / "p.jsonl").exists()
