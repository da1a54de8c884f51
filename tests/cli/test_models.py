"""`memenv eval` with models behind a server on this machine, and everything that can go wrong."""

import itertools
import json
import re

import pytest
from memenv_leaderboard.store import SqliteStore

from memenv.loopback import MIXED, Faults

CANARY = "sk-canary-0123456789/abcdef"
PLACES = ("Oslo", "Rome", "Lima", "Bonn", "Cork", "Pisa")


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.01)


def streams(folder, count=3, chunks=3, questions=1, **changes):
    """A file of streams: who lives where."""
    lines = []
    for number in range(count):
        asked = [
            {
                "question": f"Where does Ada {number}-{each % chunks} live? ({each})",
                "answers": [PLACES[(number + each % chunks) % 6]],
                "metric": "subem",
                **changes,
            }
            for each in range(questions)
        ]
        told = [
            f"Ada {number}-{each} lives in {PLACES[(number + each) % 6]}." for each in range(chunks)
        ]
        line = {"id": f"s-{number}", "competency": "AR", "source": "test", "chunks": told}
        lines.append(json.dumps({**line, "questions": asked}) + "\n")
    return folder.write("s.jsonl", "".join(lines))


def command(server, data, *extra, agent="api"):
    where = ("--base-url", server.url, "--model", "demo")
    return ("eval", "--agent", agent, *where, "--data", data, "--json", *extra)


def said(out):
    """What came out, without what a clock and a bill say."""
    value = json.loads(out)
    for name in ("seconds", "calls", "prompt_tokens", "completion_tokens"):
        value.pop(name)
    return value


def results(folder, db="memenv.db"):
    with SqliteStore(folder.path / db, read_only=True) as store:
        (run,) = store.runs()
        return list(store.results(run.id, steps=True))


def kept(folder, db="memenv.db"):
    with SqliteStore(folder.path / db) as store:
        return store._db.execute("select count(*) from completions").fetchone()[0]


# --- faults ---------------------------------------------------------------------------------------


def test_a_third_of_mixed_failures_changes_no_score(quick, folder, serve):
    server, data = serve(), streams(folder)
    code, well, _ = quick(*command(server, data, "--db", "well.db"))
    assert (code, json.loads(well)["score"], json.loads(well)["calls"]) == (0, 1.0, 9)
    server.set_faults(Faults(rate=0.3, kinds=MIXED, seed=3))
    code, ill, err = quick(*command(server, data, "--db", "ill.db", "--workers", "3"))
    assert (code, said(ill)) == (0, said(well))
    assert re.search(r"models: 9 calls, .* retried", err)


def test_a_server_that_dies_fails_episodes_with_a_reason_and_is_made_up_for_later(
    quick, folder, serve
):
    server, data = serve(), streams(folder, 4)
    whole = quick(*command(server, data, "--db", "well.db"))[1]
    server.reset()
    server.set_faults(Faults(rate=0.0, dies_at=6))
    code, out, err = quick(*command(server, data, "--retries", "1"))
    first = json.loads(out)
    # Five answers: the first episode and two chunks of the second.
    assert (code, first["episodes"], first["failed"], first["score"]) == (1, 4, 3, 1.0)
    assert "failed: s.jsonl/1/0 in agent, step 2: ModelError: model 'demo' at http://" in err
    assert [each.failure and each.failure.error for each in results(folder)] == [
        None,
        *["ModelError"] * 3,
    ]
    assert "3 of 4 episodes failed; the same command runs them again" in quick("show", "latest")[1]
    server.set_faults(None)
    server.reset()
    code, out, _ = quick(*command(server, data, "--retries", "1"))
    assert (code, said(out)) == (0, said(whole))
    assert server.count == 7
    # The bill has what the first attempt paid for, and nothing twice.
    assert json.loads(out)["calls"] == 12


def test_a_server_that_hangs_fails_no_episode_for_good(quick, folder, serve):
    server, data = serve(faults=["hang"]), streams(folder, 1)
    slow = ("--timeout", "0.5", "--call-timeout", "60")
    code, out, err = quick(*command(server, data, *slow))
    assert (code, json.loads(out)["score"]) == (1, None)
    assert "Timeout: took longer than 0.5 seconds" in err
    code, out, _ = quick(*command(server, data, "--timeout", "30"))
    # Another limit is no other run.
    assert (code, json.loads(out)["score"]) == (0, 1.0)


def test_an_agent_that_is_slow_by_itself_is_not_run_again(quick, folder):
    folder.slow_agent()
    line = ("eval", "--agent", "slow:Agent", "-a", "log=log", "-a", "seconds=2", "--json")
    line += ("--data", folder.streams(1), "--timeout", "0.2")
    assert quick(*line)[0] == 1
    assert "failed before and is not run again" in quick(*line)[2]


# --- what is asked, and what is not ---------------------------------------------------------------


def test_the_same_command_again_asks_nothing(quick, folder, serve):
    server, data = serve(), streams(folder)
    first = quick(*command(server, data))[1]
    assert server.count == 9
    assert quick(*command(server, data))[1] == first
    assert server.count == 9


def test_what_a_model_answered_is_known_in_another_run_and_unknown_without_the_cache(
    quick, folder, serve
):
    server, data = serve(), streams(folder)
    quick(*command(server, data))
    other = json.loads(quick(*command(server, data, "--credit", "uniform"))[1])
    assert (server.count, other["calls"], other["score"]) == (9, 0, 1.0)
    alone = ("--credit", "broadcast", "--no-cache")
    assert json.loads(quick(*command(server, data, *alone))[1])["calls"] == 9
    assert (server.count, kept(folder)) == (18, 9)


def test_repeats_at_a_temperature_are_other_samples_and_stay_the_same(quick, folder, serve):
    numbers = itertools.count()

    def sample(body):
        fixed = {"memory_type": "semantic_memory", "content": f"Ada has {next(numbers)} cats."}
        return {"tool_calls": [{"name": "new_memory_insert", "arguments": fixed}]}

    server, data = serve(sample), streams(folder, 1)
    line = command(server, data, "--repeats", "3", "-a", "temperature=0.7", "--retries", "0")
    server.set_faults(Faults(rate=0.0, dies_at=6))
    assert quick(*line)[0] == 1
    before = [each.record and each.record["memory_digest"] for each in results(folder)]
    server.set_faults(None)
    server.reset()
    code, out, _ = quick(*line)
    after = [each.record for each in results(folder)]
    assert (code, json.loads(out)["episodes"], json.loads(out)["calls"]) == (0, 3, 9)
    # Nine samples, of which five had been there.
    assert server.count == 4
    digests = [record["memory_digest"] for record in after]
    assert len(set(digests)) == 3
    assert before == [digests[0], None, None]
    texts = [step["raw"] for record in after for step in record["steps"]]
    assert len(set(texts)) == 9
    seeds = {request.body.get("seed") for request in server.requests}
    assert seeds <= {None, 1, 2}


def test_many_questions_on_one_memory_are_asked_side_by_side(quick, folder, serve):
    server = serve(latency=0.1)
    data = streams(folder, 1, questions=100)
    line = ("eval", "--agent", "append", "--data", data, "--json", "--concurrency", "50")
    line += ("--reader", "api", "-r", "model=demo", "-r", f"base_url={server.url}")
    code, out, _ = quick(*line)
    assert (code, server.count) == (0, 100)
    assert server.peak > 25
    assert json.loads(out)["score"] > 0.5


def test_a_judge_stands_beside_the_score(quick, folder, serve):
    server = serve({"yes or no": "no", "": "yes"})
    data = streams(folder, 2, questions=2, meta={"published_metric": "judge"})
    line = ("eval", "--agent", "append", "--data", data)
    judge = ("--judge-model", "demo", "--judge-url", server.url)
    code, out, _ = quick(*line, *judge, "--json")
    with_judge = json.loads(out)
    assert (code, with_judge["score"]) == (0, 1.0)
    assert (with_judge["judged"], with_judge["calls"], server.count) == (0.0, 4, 4)
    alone = json.loads(quick(*line, "--json")[1])
    assert (alone["judged"], alone["score"], alone["calls"]) == (None, 1.0, 0)
    assert alone["run"] != with_judge["run"]
    told, without = quick(*line, *judge)[1], quick(*line)[1]
    assert "judged" in told
    assert "judge demo" in told
    assert "judged" not in without


def test_an_unclear_verdict_is_counted_and_is_no_zero(quick, folder, serve):
    server = serve(["Perhaps.", "yes"])
    data = streams(folder, 1, questions=2, meta={"published_metric": "judge"})
    line = ("eval", "--agent", "append", "--data", data, "--concurrency", "1")
    line += ("--judge-model", "demo", "--judge-url", server.url)
    assert json.loads(quick(*line, "--json")[1])["judged"] == 1.0
    assert "1 question could not be judged" in quick(*line)[1]
    shown = quick("show", "latest", "0")[1]
    assert "judged 1.00" in shown
    assert "judge unclear" in shown


# --- servers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tools": False},
        {"tools": False, "seed": False, "usage": False},
        {"max_tokens_field": "max_completion_tokens"},
        {"reasoning": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("layout", ["mem-alpha", "flat"])
def test_any_server_that_keeps_to_the_schema_will_do(quick, folder, serve, options, layout):
    server, data = serve(strict=True, **options), streams(folder, 2)
    extra = ("--layout", layout, "-a", "seed=1", "--reader", "api")
    extra += ("-r", "model=demo", "-r", f"base_url={server.url}", "-r", "seed=3")
    code, out, err = quick(*command(server, data, *extra))
    assert (code, json.loads(out)["failed"]) == (0, 0), err
    assert json.loads(out)["score"] == 1.0
    assert json.loads(out)["prompt_tokens"] > 0
    assert json.loads(out)["calls"] == 8
    notes = json.loads(quick("show", "latest", "--json")[1])["served"]["agent"]["notes"]
    assert notes.get("no tools", 0) == (0 if options.get("tools", True) else 6)
    assert notes.get("usage estimated", 0) == (0 if options.get("usage", True) else 6)


@pytest.mark.parametrize("agent", ["memagent", "mem1"])
def test_the_baselines_run_on_a_strict_server(quick, folder, serve, agent):
    server, data = serve(strict=True), streams(folder, 2)
    code, out, err = quick(*command(server, data, agent=agent))
    assert (code, json.loads(out)["score"]) == (0, 1.0), err


# --- dollars --------------------------------------------------------------------------------------


@pytest.fixture
def dear(folder):
    """A dollar for every token."""
    price = {"prompt": 1e6, "completion": 1e6}
    return folder.write("prices.json", json.dumps({"models": {"demo": price}}))


def test_a_limit_of_dollars_stops_cleanly_and_the_same_command_goes_on(quick, folder, serve, dear):
    server, data = serve(), streams(folder, 4)
    whole = quick(*command(server, data, "--db", "well.db"))[1]
    server.reset()
    line = command(server, data, "--prices", dear)
    code, out, err = quick(*line, "--max-cost", "5000")
    first = json.loads(out)
    assert code == 1
    assert "stopped: $" in err
    assert "the limit is $5000" in err
    assert (first["episodes"] < 4, first["failed"]) == (True, 0)
    assert server.count < 12
    code, out, _ = quick(*line)
    assert (code, server.count) == (0, 12)
    assert {**said(out), "usd": 0.0} == said(whole)
    assert json.loads(out)["usd"] > 5000


def test_what_was_under_way_when_the_dollars_were_spent_is_kept(quick, folder, serve, dear):
    server, data = serve(latency=0.2), streams(folder, 4)
    line = command(server, data, "--prices", dear, "--workers", "4")
    code, out, _ = quick(*line, "--max-cost", "1")
    assert (code, json.loads(out)["episodes"]) == (1, 0)
    assert server.answered == kept(folder) == 4


def test_an_unknown_price_cannot_be_limited_and_nothing_is_begun(quick, folder):
    line = ("eval", "--agent", "api", "--model", "m", "--base-url", "http://192.168.0.1/v1")
    code, out, err = quick(*line, "--data", streams(folder), "--max-cost", "1")
    assert (code, out) == (2, "")
    assert "the price of 'm' is unknown" in err
    assert not (folder.path / "memenv.db").exists()


def test_a_dry_run_tells_the_bill_and_sends_nothing(quick, folder, serve, dear):
    server, data = serve(), streams(folder)
    line = command(server, data, "--dry-run", "--prices", dear)
    code, out, _ = quick(*line)
    told = json.loads(out)
    assert (code, server.count) == (0, 0)
    assert not (folder.path / "memenv.db").exists()
    assert (told["calls"], told["pending"]) == (9, 3)
    assert told["usd"] == told["prompt_tokens"] + told["completion_tokens"] > 3000
    assert told["minutes"] > 0
    code, out, _ = quick(*(each for each in line if each != "--json"))
    assert [name for name in ("calls", "prompt_tokens", "usd", "minutes") if name not in out] == []
    assert "nothing was sent" in out
    actual = json.loads(quick(*command(server, data))[1])
    assert actual["calls"] == told["calls"]
    assert told["prompt_tokens"] == pytest.approx(actual["prompt_tokens"], rel=0.2)
    assert json.loads(quick(*line)[1])["calls"] == 0


def test_the_bill_is_shown_by_part(quick, folder, serve, dear):
    server = serve()
    data = streams(folder, 2, questions=2, meta={"published_metric": "judge"})
    extra = ("--reader", "api", "-r", "model=demo", "-r", f"base_url={server.url}")
    extra += ("--judge-model", "demo", "--judge-url", server.url, "--prices", dear)
    made = json.loads(quick(*command(server, data, *extra))[1])
    shown = json.loads(quick("show", "latest", "--json")[1])
    costs = shown["costs"]
    assert {part: usage["calls"] for part, usage in costs.items()} == {
        "agent": 6,
        "judge": 4,
        "reader": 4,
    }
    for name in ("calls", "prompt_tokens", "completion_tokens", "usd"):
        assert sum(usage[name] for usage in costs.values()) == made[name] == shown[name]
    assert shown["served"]["judge"] == {"models": {"demo-2026-01-01": 4}, "notes": {}}
    out = quick("show", "latest")[1]
    assert "agent served by demo-2026-01-01 (6)" in out
    assert re.search(r"agent +6 +[\d,]+ +[\d,]+ +\$[\d,]+\.\d{4}", out)
    assert re.search(r"all +14 ", out)


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (("--engine", "processes"), "processes have no way"),
        (("--base-url", "api.example.com/v1"), "a base URL is like"),
        (("--base-url", "https://me:pass@example.com/v1"), "secret"),
        (("--base-url", "https://token@example.com/v1"), "user name or password"),
        (("--base-url", "https://example.com/v1?key=abc"), "ends before"),
        (("--base-url", "https://example.com/v1"), "there is no key for"),
        (("--base-url", "http://127.0.0.1:9/v1", "--concurrency", "0"), "concurrency"),
        (("--base-url", "http://127.0.0.1:9/v1", "--retries", "-1"), "retries"),
        (("-a", "api_key=abc"), "looks like a secret"),
        (("--judge-url", "http://127.0.0.1:9/v1"), "--judge-model"),
        (("--prices", "none.json"), "none.json"),
        (("--model", ""), "model"),
    ],
    ids=lambda each: each[-1] if isinstance(each, tuple) else "",
)
@pytest.mark.parametrize("how", [(), ("--dry-run",)], ids=["run", "dry"])
def test_a_mistake_is_told_before_anything_is_begun(quick, folder, extra, reason, how):
    model = () if "--model" in extra else ("--model", "m")
    line = ("eval", "--agent", "api", *model, "--data", streams(folder), *extra, *how)
    code, out, err = quick(*line)
    if "no key" in reason and how:
        # What it would cost can be known without one.
        assert code == 0
        return
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1
    assert not (folder.path / "memenv.db").exists()


@pytest.mark.parametrize("who", ["reader", "judge"])
def test_processes_have_no_way_to_a_model(quick, folder, who):
    models = {
        "reader": ("--reader", "api", "-r", "model=demo"),
        "judge": ("--judge-model", "demo"),
    }
    line = ("eval", "--agent", "append", "--data", streams(folder), "--engine", "processes")
    code, _, err = quick(*line, *models[who])
    assert code == 2
    assert "leave out --engine processes" in err


# --- the key --------------------------------------------------------------------------------------


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "trouble",
    ["none", "401", "429", "500", "503", "bad-json", "wrong-schema", "cut", "hang", "refused"],
)
def test_the_key_is_nowhere(quick, folder, serve, monkeypatch, trouble):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    fault = None if trouble in ("none", "401", "refused") else trouble
    server = serve(faults=fault, api_key="another-key-1234" if trouble == "401" else None)
    data = streams(folder, 2)
    if trouble == "refused":
        server.stop()
    line = command(server, data, "--retries", "1", "--call-timeout", "0.3")
    code, out, err = quick(*line)
    assert code == (0 if trouble == "none" else 1)
    if trouble != "refused":
        assert server.requests[-1].has_key(CANARY)
    shown = [
        quick("show", "latest", *more)[1] for more in ((), ("0",), ("--json",), ("0", "--json"))
    ]
    assert "canary" not in "".join([out, err, *shown])
    assert b"canary" not in everything(folder)


@pytest.mark.parametrize(
    "extra",
    [
        ("--base-url", f"http://127.0.0.1:9/{CANARY}/v1"),
        ("--base-url", f"http://127.0.0.1:9/v1?key={CANARY}"),
        ("--base-url", f"http://{CANARY}@127.0.0.1:9/v1"),
        ("-a", f"seed={CANARY}"),
        ("-r", f"api_key={CANARY}"),
        ("--judge-model", "m", "--judge-url", f"http://127.0.0.1:9/{CANARY}"),
    ],
    ids=range(6),
)
def test_a_key_in_a_command_is_refused_and_not_repeated(quick, folder, monkeypatch, extra):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    data = streams(folder)
    code, out, err = quick("eval", "--agent", "api", "--model", "m", "--data", data, *extra)
    assert code == 2
    assert "canary" not in out + err
    assert b"canary" not in everything(folder)


# --- what a model says is shown -------------------------------------------------------------------


def test_what_a_model_said_is_shown_and_repairs_are_marked(quick, folder, serve):
    broken = '{"name": "new_memory_insert", "arguments": {"memory_type": "semantic_memory", '
    call = f"<tool_call>{broken}\"content\": 'Ada lives in Oslo.',}}}}</tool_call>"
    server = serve([f"\x1b[31mI keep this.\n{call}" + "x" * 500], tools=False)
    assert quick(*command(server, streams(folder, 1, chunks=1)))[0] == 0
    (result,) = results(folder)
    assert result.record["steps"][0]["repaired"] == [0]
    out = quick("show", "latest", "0")[1]
    assert "repaired" in out
    assert "said      \ufffd[31mI keep this. <tool_call>" in out
    assert "\x1b" not in out
    assert "x" * 200 not in out
    assert "x" * 500 in quick("show", "latest", "0", "--full")[1]
