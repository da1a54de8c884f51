import copy
import json
import random
import socket
import subprocess
import sys
import tarfile
from dataclasses import replace

import pytest
from memenv_leaderboard import verifying
from memenv_leaderboard.packing import Declared, digest_of, pack
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.verifying import Settings, verify

from memenv.errors import DataError, SettingError
from memenv.harness.config import Target
from memenv.types import canonical_json

HERE = Settings(workers=0)


def stored(evaluated):
    path, run = evaluated
    with SqliteStore(path, read_only=True) as store:
        return list(store.results(run, steps=True))


def test_what_comes_out_is_what_was_stored(packed, evaluated):
    results = []
    report = verify(packed, HERE, results.append)
    assert (report.verdict, report.level, report.reasons, report.notes) == (
        "verified",
        "replayed",
        [],
        [],
    )
    assert report.score == report.claimed
    assert report.episodes == 3
    plain = [json.loads(canonical_json(each.record)) for each in results]
    assert plain == [each.record for each in stored(evaluated)]
    assert [digest_of(each) for each in plain] == [each["digest"] for each in plain]


def test_processes_come_to_the_same(packed):
    here, there = [], []
    one = verify(packed, HERE, here.append)
    two = verify(packed, Settings(workers=2), there.append)
    assert one.to_dict() == two.to_dict()
    assert [canonical_json(each.record) for each in here] == [
        canonical_json(each.record) for each in there
    ]


def test_operations_alone_say_nothing_about_scores(packed, monkeypatch):
    def read(*_):
        raise AssertionError("nothing is to be read")

    monkeypatch.setattr("memenv.pipeline.assess", read)
    report = verify(packed, Settings(workers=0, operations_only=True))
    assert (report.verdict, report.level, report.score) == ("verified", None, None)
    assert "operations only" in report.notes[0]


def test_operations_alone_find_forged_operations(forger, tmp_path):
    forger.lines[1]["memory_digest"] = "0" * 64
    path = forger.sealed().write(tmp_path / "x")
    assert verify(path, Settings(workers=0, operations_only=True)).verdict == "refused"


def test_no_connection_is_opened(packed, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("no connection is to be opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert verify(packed, HERE).verdict == "verified"


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A module that lies where it would be found, and leaves a mark when it is imported."""
    mark = tmp_path / "mark"
    (tmp_path / "evil.py").write_text(
        f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n"
        "class Thing:\n"
        "    def act(self, observation): return []\n"
        "    def answer(self, question, memory): raise SystemExit\n"
        "def task(*_, **__): raise SystemExit\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield mark
    sys.modules.pop("evil", None)


def test_an_agent_of_ones_own_is_verified_without_loading_it(evil, tmp_path, tools):
    with SqliteStore("memenv.db") as store:
        run = tools.run_of(store, "evil:Thing", (Target("overrides", size=2, episodes=1),))
    path = tools.packed_as(tmp_path / "x", tmp_path / "memenv.db", run.id)
    del sys.modules["evil"]
    evil.unlink()
    report = verify(path, HERE)
    assert (report.verdict, report.level) == ("verified", "replayed")
    assert report.notes == ["agent 'evil:Thing' is not installed here; it is not needed"]
    assert not evil.exists()


@pytest.mark.parametrize(
    ("kind", "described"),
    [
        ("task", None),
        ("reader", {"name": "evil:Thing", "version": "0", "arguments": {}}),
        ("reader", {"name": "own-search", "version": "0", "arguments": {"reader": "evil:Thing"}}),
        ("credit", {"name": "evil:task", "version": "0", "arguments": {}}),
        ("credit", {"name": "counterfactual", "version": "0", "arguments": {"x": ["evil:task"]}}),
        ("agent", {"name": "evil:Thing", "version": "0", "arguments": {}}),
    ],
)
def test_nothing_that_a_bundle_names_is_loaded(kind, described, evil, forger, tmp_path):
    identity = forger.manifest["identity"]
    if described is None:
        identity["targets"][0]["env"] = "evil:task"
    else:
        identity[kind] |= described
        for line in forger.lines:
            line["setting"][kind] = described
            for answer in line["answers"]:
                answer |= {"retrieved": [], "cited": []}
    verify(forger.sealed().write(tmp_path / "x"), HERE)
    assert not evil.exists()
    assert "evil" not in sys.modules


def test_time_runs_out(packed):
    for workers in (0, 1):
        report = verify(packed, Settings(workers=workers, timeout=1e-9))
        assert report.verdict == "refused"
        assert "not verified within" in report.reasons[0]


def test_a_check_that_hangs_is_ended(packed, monkeypatch, tmp_path):
    # What hangs is found by the workers, which are fresh interpreters, on their path.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'memenv_leaderboard.checking':\n"
        "            import time; time.sleep(60)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    report = verify(packed, Settings(workers=1, timeout=2.0))
    assert report.reasons == ["not verified within 2 seconds; --timeout allows more"]


def test_another_root_is_another_bundle(packed, honest):
    assert verify(packed, Settings(workers=0, root=honest.manifest["root"])).verdict == "verified"
    report = verify(packed, Settings(workers=0, root="0" * 64))
    assert report.reasons == [f"it is another bundle: its root is not '{'0' * 64}'"]


def test_reasons_have_an_end(forger, tmp_path, monkeypatch):
    monkeypatch.setattr(verifying, "_TOLD", 1)
    for line in forger.lines:
        line["memory_tokens"] += 1
    report = verify(forger.sealed().write(tmp_path / "x"), HERE)
    assert (len(report.reasons), report.more) == (1, 2)


# --- a model ------------------------------------------------------------------------------------


def test_what_a_model_wrote_is_parsed_again(modelled, tools, tmp_path):
    path = tools.packed_as(tmp_path / "x", *modelled)
    report = verify(path, HERE)
    assert (report.verdict, report.level, report.reasons) == ("verified", "replayed", [])
    forger = tools.Forger(path)
    assert forger.manifest["models"]["agent"]
    assert forger.manifest["prompts"]["agent"]
    assert forger.manifest["costs"]["agent"]["calls"] > 0
    step = next(s for line in forger.lines for s in line["steps"] if s["raw"] is not None)
    step["operations"], step["outcomes"] = [{"op": "skip"}], [["ok", None, None]]
    report = verify(forger.sealed().write(tmp_path / "y"), HERE)
    assert "does not give the operations that are listed" in report.reasons[0]


@pytest.mark.parametrize("hidden", ["raw", "usage"])
def test_a_run_of_a_model_whose_text_was_left_out_is_refused(hidden, modelled, tools, tmp_path):
    forger = tools.Forger(tools.packed_as(tmp_path / "x", *modelled))
    if hidden == "raw":
        for line in forger.lines:
            for step in line["steps"]:
                step |= {"raw": None, "repaired": []}
    else:
        forger.lines[0]["usage"]["calls"] += 1
    assert verify(forger.sealed().write(tmp_path / "y"), HERE).verdict == "refused"


def test_answers_of_a_model_are_scored_again_as_they_were_recorded(tools, tmp_path, quick_api):
    db, run = quick_api
    path = tools.packed_as(tmp_path / "x", db, run)
    report = verify(path, HERE)
    assert (report.verdict, report.level) == ("verified", "replayed")
    assert any("cannot be asked again: scored from the answers" in each for each in report.notes)
    forger = tools.Forger(path)
    better = copy.deepcopy(forger)
    for line in better.lines:
        for answer in line["answers"]:
            answer["score"] = 1.0
    report = verify(better.sealed().write(tmp_path / "y"), HERE)
    assert "the score of question" in report.reasons[0]
    bare = copy.deepcopy(forger)
    for answer in bare.lines[0]["answers"]:
        del answer["retrieved"], answer["cited"]
    report = verify(bare.sealed().write(tmp_path / "z"), HERE)
    assert "does not say what was retrieved" in report.reasons[0]


@pytest.fixture(scope="module")
def quick_api(tmp_path_factory):
    """A run whose reader is a model."""
    folder = tmp_path_factory.mktemp("read")
    command = "eval --agent lines --reader api -r model=demo --env overrides --size 2 --episodes 1"
    done = subprocess.run(
        [sys.executable, "-m", "memenv.cli.main", *command.split(), "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "memenv.db", json.loads(done.stdout)["run"]


# --- data ---------------------------------------------------------------------------------------


def test_data_is_known_by_its_content_and_never_by_its_path(tools, tmp_path):
    stream = {
        "id": "s",
        "competency": "AR",
        "source": "test",
        "chunks": ["Ada lives in Oslo.", "It rained."],
        "questions": [{"question": "Where does Ada live?", "answers": ["Oslo"], "metric": "subem"}],
    }
    file = tmp_path / "s.jsonl"
    file.write_text(json.dumps(stream) + "\n")
    with SqliteStore(tmp_path / "memenv.db") as store:
        run = tools.run_of(store, "append", (Target("MemEnv-File-v0", data=str(file)),))
    path = tools.packed_as(tmp_path / "x", tmp_path / "memenv.db", run.id)
    elsewhere = tmp_path / "elsewhere.jsonl"
    file.rename(elsewhere)
    assert verify(path, Settings(workers=0, data=[str(elsewhere)])).verdict == "verified"
    report = verify(path, HERE)
    assert "needs the data 's.jsonl'" in report.reasons[0]
    elsewhere.write_text(json.dumps({**stream, "id": "t"}) + "\n")
    report = verify(path, Settings(workers=0, data=[str(elsewhere)]))
    assert "needs the data 's.jsonl'" in report.reasons[0]
    with pytest.raises(DataError, match="cannot be read"):
        verify(path, Settings(workers=0, data=[str(tmp_path / "none.jsonl")]))


# --- packing ------------------------------------------------------------------------------------


def test_the_same_run_gives_the_same_bytes(packed, evaluated, tools, tmp_path):
    again = tools.packed_as(tmp_path / "again", *evaluated)
    assert again.read_bytes() == packed.read_bytes()


def test_nothing_of_this_machine_is_in_a_bundle(modelled, tools, tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-canary-0123456789")
    db, run = modelled
    path = tools.packed_as(tmp_path / "x", db, run)
    with tarfile.open(path) as tar:
        text = b"".join(tar.extractfile(each).read() for each in tar).decode()
    for canary in ("sk-canary", str(db.parent), str(tmp_path), socket.gethostname(), "/root/"):
        assert canary not in text


def test_a_secret_of_the_environment_stops_the_packing(evaluated, tools, tmp_path, monkeypatch):
    texts = [step["operations"] for each in stored(evaluated) for step in each.record["steps"]]
    monkeypatch.setenv("SOME_API_KEY", texts[0][1]["text"][:20])
    # A text that was copied is not in the bundle, one that was not is.
    with pytest.raises(DataError, match="named like a secret"):
        tools.packed_as(tmp_path / "x", *evaluated, submitter=texts[0][1]["text"][:20])
    assert not (tmp_path / "x").exists()


def test_paths_in_arguments_are_cut(tools, tmp_path):
    agent = "paths:Agent"
    (tmp_path / "paths.py").write_text(
        "class Agent:\n"
        "    def __init__(self, weights, note=''): pass\n"
        "    def act(self, observation): return []\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        with SqliteStore(tmp_path / "memenv.db") as store:
            run = tools.run_of(
                store,
                agent,
                (Target("overrides", size=2, episodes=1),),
                agent_arguments={
                    "weights": f"{tmp_path}/best.pt",
                    "note": "file:///home/me/x and models/small and http://host/v1/",
                },
            )
        path = tools.packed_as(tmp_path / "x", tmp_path / "memenv.db", run.id)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("paths", None)
    assert verify(path, HERE).verdict == "verified"
    assert tools.Forger(path).manifest["identity"]["agent"]["arguments"] == {
        "weights": "best.pt",
        "note": "x and models/small and http://host/v1/",
    }


def test_a_run_that_nobody_could_verify_is_not_packed(evaluated, tools, tmp_path):
    path, run = evaluated
    with SqliteStore(path, read_only=True) as store:
        found, results = store.find(run), list(store.results(run, steps=True))
    with pytest.raises(SettingError, match="has 2 of 3 episodes: complete it first"):
        pack(found, results[:2], tmp_path / "x", Declared("me"))
    target = {"env": "mine:task", "size": None, "code": None}
    own = replace(found, identity={**found.identity, "targets": [target]})
    with pytest.raises(SettingError, match="dotted path"):
        pack(own, results, tmp_path / "x", Declared("me"))
    changed = replace(results[0], record={**results[0].record, "score": 1.0})
    with pytest.raises(DataError, match="changed in the database"):
        pack(found, [changed, *results[1:]], tmp_path / "x", Declared("me"))


def test_an_episode_that_failed_is_told_without_its_message(tools, tmp_path):
    (tmp_path / "failing.py").write_text(
        "class Agent:\n"
        "    def act(self, observation):\n"
        "        raise RuntimeError('in /home/me/secret')\n"
    )
    sys.path.insert(0, str(tmp_path))
    try:
        with SqliteStore(tmp_path / "memenv.db") as store:
            targets = (Target("overrides", size=2, episodes=1),)
            run = tools.run_of(store, "failing:Agent", targets)
        path = tools.packed_as(tmp_path / "x", tmp_path / "memenv.db", run.id)
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("failing", None)
    forger = tools.Forger(path)
    assert forger.lines[0]["failure"] == {"stage": "agent, step 0", "error": "RuntimeError"}
    report = verify(path, HERE)
    assert (report.verdict, report.score) == ("verified", None)
    assert "1 of 1 episodes have no score" in report.notes


# --- fuzz ---------------------------------------------------------------------------------------


def changed(value, rng):
    """A value with one place in it changed."""
    hostile = (None, True, -1, 10**30, 1e300, 0.5, "", "x", "\ud800", "../x", [], {}, [[]], "a:b")
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(sorted(value))
        if rng.random() < 0.05:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: changed(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        if rng.random() < 0.1:
            return [*value[:at], *value[at + 1 :]]
        return [*value[:at], changed(value[at], rng), *value[at + 1 :]]
    return rng.choice(hostile)


def fuzz(honest, path, rounds, seed):
    """Sealed bundles with something changed; how many of them were verified."""
    rng = random.Random(seed)
    verified = []
    for _ in range(rounds):
        forger = copy.deepcopy(honest)
        part = rng.choice(("manifest", "lines", "lines", "scores"))
        before = canonical_json(getattr(forger, part))
        setattr(forger, part, changed(getattr(forger, part), rng))
        if canonical_json(getattr(forger, part)) == before:
            continue
        try:
            forger.sealed()
        except (KeyError, TypeError, AttributeError, IndexError):
            continue
        report = verify(forger.write(path), HERE)
        assert report.verdict != "refused" or report.reasons
        assert not any("cannot be checked" in each for each in report.reasons), report.reasons
        if report.verdict == "verified":
            verified.append(forger.manifest)
    return verified


# What nobody can check; a signature is for that.
FREE = {"memenv", "created", "declared", "prompts"}


def test_a_bundle_with_something_changed_is_refused(honest, tmp_path):
    for manifest in fuzz(honest, tmp_path / "x", 25, "quick"):
        different = {n for n in manifest if manifest[n] != honest.manifest[n]}
        assert different <= {*FREE, "root", "run", "identity", "episodes", "scores"}


def test_a_file_with_a_byte_changed_is_refused(packed, tmp_path):
    rng = random.Random("bytes")
    whole = packed.read_bytes()
    for _ in range(60):
        changed = bytearray(whole)
        # The fourth to the tenth byte say how, when and where it was packed.
        at = rng.choice([*range(3), *range(10, len(whole))])
        changed[at] ^= 1 << rng.randrange(8)
        (tmp_path / "x").write_bytes(bytes(changed))
        assert verify(tmp_path / "x", HERE).verdict == "refused", at


def test_a_file_that_was_cut_off_anywhere_is_refused(packed, tmp_path):
    whole = packed.read_bytes()
    for end in range(0, len(whole), len(whole) // 40):
        (tmp_path / "x").write_bytes(whole[:end])
        assert verify(tmp_path / "x", HERE).verdict == "refused", end


@pytest.mark.slow
def test_many_bundles_with_something_changed_are_refused(honest, tmp_path):
    for manifest in fuzz(honest, tmp_path / "x", 700, "slow"):
        different = {n for n in manifest if manifest[n] != honest.manifest[n]}
        assert different <= {*FREE, "root", "run", "identity", "episodes", "scores"}
