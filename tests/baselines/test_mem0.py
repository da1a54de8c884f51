"""The real mem0 against a model server on this machine; run by `make test-extras`."""

import json
import logging
import os
import re
import subprocess
import sys

import pytest
from memenv_leaderboard.store import SqliteStore

import memenv
from memenv import registry
from memenv.errors import BudgetError, ModelError, SettingError
from memenv.harness.client import Client
from memenv.loopback import Faults, serve_model
from memenv.models import Completion
from memenv.testing import small_instance

CANARY = "sk-canary-0123456789"


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingError, match=r'pip install "memenv\[mem0\]"'):
        memenv.make("agent", "mem0", model="toy")


try:
    memenv.make("agent", "mem0", model="toy")
    installed = True
except SettingError:
    installed = False

needs_mem0 = pytest.mark.skipif(not installed, reason="needs the extra mem0")


def facts(body):
    """What a model that follows mem0's prompt says: every line of the new messages is a fact."""
    asked = body["messages"][-1]["content"]
    new = asked.split("## New Messages\n")[1].split("\n\n## Observation Date")[0]
    lines = [line.removeprefix("user: ").strip() for line in new.splitlines()]
    return json.dumps({"memory": [{"text": line} for line in lines if line]})


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    return tmp_path


def run(server, reader="lexical", models=None, **arguments):
    given = {"agent": {"model": "toy", "base_url": server.url, **arguments}}
    with Client(retries=2) as client:
        return memenv.run_episode(
            small_instance(), "mem0", reader, arguments=given, models=models or client
        )


def written(record):
    return [each["text"] for step in record.steps for each in step["operations"] if "text" in each]


@needs_mem0
def test_its_memories_become_ours(home):
    with serve_model(facts, api_key=CANARY) as server:
        record = run(server)
        paths = [request.path for request in server.requests]
    lines = [line for chunk in small_instance().chunks for line in chunk.text.splitlines()]
    assert len(written(record)) >= len(small_instance().chunks)
    assert all(any(text in line for line in lines) for text in written(record))
    assert record.score > 0
    assert record.usage.calls == len(small_instance().chunks) == paths.count("/v1/chat/completions")
    assert set(paths) == {"/v1/chat/completions", "/v1/embeddings"}
    assert CANARY not in json.dumps(record.to_dict())
    assert list(home.iterdir()) == []


@needs_mem0
def test_the_same_again_is_the_same_record_and_is_not_paid_for_twice(home):
    with serve_model(facts) as server, SqliteStore(home / "kept.db") as store:
        records = []
        for _ in range(2):
            with Client(store) as client:
                records.append(run(server, models=client, temperature=0.0))
        assert server.count == len(small_instance().chunks)
    assert records[0].digest == records[1].digest


@needs_mem0
def test_its_own_search_is_a_reader(home):
    with serve_model(facts) as server:
        record = run(server, "own-search")
    assert record.score > 0
    for trace in record.evidence:
        scores = [each["score"] for each in trace["retrieved"]]
        assert scores
        assert scores == sorted(scores, reverse=True)


@needs_mem0
def test_without_inference_chunks_are_kept_as_they_are(home):
    with serve_model(facts) as server:
        record = run(server, infer=False)
        assert server.count == 0
    assert written(record) == [chunk.text for chunk in small_instance().chunks]


@needs_mem0
def test_a_model_that_says_nonsense_keeps_nothing(home):
    with serve_model(["I would rather not.", "{", '{"memory": []}']) as server:
        record = run(server)
    assert written(record) == []


@needs_mem0
def test_what_mem0_itself_stumbles_over_is_a_failure(home):
    with serve_model(['{"memory": 3}']) as server, pytest.raises(TypeError):
        run(server)


@needs_mem0
def test_a_model_that_dies_is_a_failure_and_no_score(home):
    faults = [None, None, *["500"] * 50]
    with serve_model(facts, faults=faults) as server, pytest.raises(ModelError) as raised:
        run(server)
    assert CANARY not in str(raised.value)


@needs_mem0
def test_an_embedder_that_dies_is_a_failure_although_mem0_goes_on(home, monkeypatch):
    from memenv_baselines.products import mem0

    monkeypatch.setattr(mem0, "_RETRIES", 0)
    embed, asked = mem0._Embedder.embed_batch, []

    def broken(self, texts):
        asked.append(texts)
        if len(asked) > 4:
            self._client = self._client.with_options(base_url="http://127.0.0.1:9/v1")
        return embed(self, texts)

    monkeypatch.setattr(mem0._Embedder, "embed_batch", broken)
    with serve_model(facts) as server, pytest.raises(ModelError, match="embedder") as raised:
        run(server)
    assert CANARY not in str(raised.value)


@needs_mem0
def test_dollars_that_are_spent_end_the_run_and_not_the_memory(home):
    class Spent:
        def complete(self, endpoint):
            def ask(messages, **settings):
                raise BudgetError("spent")

            return ask

        def map(self, function, items):
            return list(map(function, items))

    with serve_model(facts) as server, pytest.raises(BudgetError, match="spent"):
        run(server, models=Spent())


@needs_mem0
def test_faults_in_between_change_nothing(home):
    with serve_model(facts) as server:
        expected = run(server)
    plan = Faults(rate=0.3, seed=1)
    with serve_model(facts, faults=plan) as server, Client(retries=10, timeout=2) as client:
        assert run(server, models=client).steps == expected.steps


@needs_mem0
def test_nothing_is_sent_for_an_estimate(home):
    class Counting:
        asked = 0

        def complete(self, endpoint):
            def ask(messages, **settings):
                Counting.asked += 1
                return Completion('{"memory": [{"text": "Ada is in Oslo."}]}')

            return ask

        def map(self, function, items):
            return list(map(function, items))

    with serve_model(facts) as server:
        memenv.run_episode(
            small_instance(),
            "mem0",
            arguments={"agent": {"model": "toy", "base_url": server.url}},
            models=Counting(),
            rehearsal=True,
        )
        assert server.requests == ()
    assert Counting.asked == len(small_instance().chunks)


@needs_mem0
def test_it_leaves_no_folder_and_no_word(home, caplog, capfd, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(home))
    with caplog.at_level(logging.DEBUG), serve_model(["nonsense"]) as server:
        run(server)
    assert [path.name for path in home.iterdir()] == []
    assert capfd.readouterr().err == ""
    assert CANARY not in caplog.text


@needs_mem0
def test_the_command_evaluates_it(home):
    with serve_model(facts) as server:
        command = [
            *("eval", "--agent", "mem0", "--model", "toy", "--base-url", server.url, "--json"),
            *("--env", "memalpha-ar", "--size", "4", "--episodes", "2", "--workers", "2"),
        ]
        done = subprocess.run(
            [sys.executable, "-m", "memenv.cli.main", *command],
            cwd=home,
            env={**os.environ, "MEM0_TELEMETRY": "True"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["failed"] == 0
    assert CANARY not in done.stdout + done.stderr
    assert not re.search("posthog|warning", done.stderr, re.IGNORECASE)


@needs_mem0
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": ""}, "model is the name"),
        ({"embedder": ""}, "embedder is the name"),
        ({"infer": 1}, "infer is true or false"),
        ({"temperature": 3}, "temperature"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(SettingError, match=f"agent 'mem0': {message}"):
        registry.make("agent", "mem0", **{"model": "toy", **arguments})
