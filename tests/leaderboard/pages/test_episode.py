import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memenv_leaderboard.pages import episode as module
from memenv_leaderboard.pages.episode import episode_data
from memenv_leaderboard.pages.lives import Holders, fate, versions_of

import memenv
from memenv import Delete, Insert, Update
from memenv.errors import DataError
from memenv.harness.rebuild import trajectory_of
from memenv.run import run_episode

TEXTS = st.sampled_from(["Ada lives in Oslo.", "Ben left.", "Cleo sings in a choir.", "x " * 30])
IDS = st.sampled_from(["core", "0.0", "0.1", "1.0", "1.1", "2.0", "9.9"])
OPERATIONS = st.one_of(
    st.builds(Insert, st.sampled_from(["semantic", "episodic", "core"]), TEXTS),
    st.builds(Update, IDS, TEXTS),
    st.builds(Delete, IDS),
)


class Told:
    def __init__(self, steps):
        self._steps = steps

    def act(self, observation):
        return self._steps[observation.step]


@pytest.fixture(scope="module")
def told(kit, tmp_path_factory):
    """The data of the story."""
    path = kit.a_file(tmp_path_factory.mktemp("told"), kit.STORY)
    return episode_data(kit.a_run(path), kit.a_result(path, kit.SCRIPT))


@pytest.fixture(scope="module")
def instance(kit, tmp_path_factory):
    path = kit.a_file(tmp_path_factory.mktemp("one"), kit.STORY)
    return memenv.load_instances(str(path))[0]


def texts(data, indices):
    return [data["texts"][index] for index in indices]


@given(steps=st.lists(st.lists(OPERATIONS, max_size=4), min_size=3, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_versions_are_the_memory_at_every_moment(instance, steps):
    record = run_episode(instance, Told(steps), capacity=90).to_dict()
    versions = versions_of(record)
    memory = memenv.Memory.empty(capacity=90)
    for number, operations in enumerate(steps):
        memory, _ = memory.apply(operations, step=number)
        there = {each.entry.id: each.entry for each in versions if each.at(number)}
        assert there == {entry.id: entry for entry in memory.entries}
    assert [each.since for each in versions] == sorted(each.since for each in versions)
    assert all((each.until is None) == (each.ended is None) for each in versions)


@given(steps=st.lists(st.lists(OPERATIONS, max_size=4), min_size=3, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_passage_is_kept_exactly_when_the_record_says_so(instance, steps):
    record = run_episode(instance, Told(steps)).to_dict()
    versions = versions_of(record)
    holders = Holders(versions)
    for question, trace in zip(record["questions"], record["evidence"], strict=True):
        if question["support"]:
            fates = [
                fate(versions, holders.of(each), question["after"]) for each in question["support"]
            ]
            assert trace["kept"] == all(each == "kept" for each in fates)


def test_operations_that_lead_elsewhere_are_not_shown_as_a_memory(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY)
    result = kit.a_result(path, kit.SCRIPT)
    result.record["steps"][0]["operations"][0]["text"] = "Ada dwells in Rome."
    with pytest.raises(DataError, match="do not give the same memory"):
        versions_of(result.record)
    data = episode_data(kit.a_run(path), result)
    assert "do not give the same memory" in data["lost"]
    assert data["versions"] == []
    assert {each["fate"] for one in data["questions"] for each in one["support"]} == {None}


def test_every_loss_says_what_became_of_the_evidence(told):
    found = [
        (question["kept"], question["found"], question["answered"], *fates)
        for question in told["questions"]
        for fates in [[each["fate"] for each in question["support"]]]
    ]
    assert found == [
        (True, False, False, "kept"),
        (False, False, False, "updated"),
        (False, False, False, "never"),
        (True, True, True, "kept"),
        (None, None, False),
    ]


def test_steps_show_operations_with_their_outcomes(told):
    second = told["steps"][1]["operations"]
    assert [(each["op"], each["on"], each["status"], each["entry"]) for each in second] == [
        ("insert", "nowhere", "rejected", None),
        ("insert", "episodic", "ok", "1.1"),
        ("insert", "episodic", "duplicate", "1.1"),
    ]
    assert second[0]["reason"].startswith("unknown store 'nowhere'")
    assert texts(told, [each["text"] for each in second]) == [
        "Cleo sings.",
        "soon gone",
        "soon gone",
    ]


def test_versions_say_where_an_entry_came_from_and_what_ended_it(told):
    found = {(each["id"], each["since"]): each for each in told["versions"]}
    car, walks = found["0.1", 0], found["0.1", 2]
    assert (car["until"], car["ended"], car["writers"]) == (2, "updated", [0])
    assert (walks["until"], walks["ended"], walks["writers"]) == (None, None, [0, 2])
    assert (found["1.1", 1]["until"], found["1.1", 1]["ended"]) == (2, "deleted")
    assert found["2.1", 2]["parents"] == ["0.0"]


def test_the_chunks_are_read_again_and_a_text_is_kept_once(told, kit):
    assert texts(told, [each["text"] for each in told["chunks"]]) == kit.STORY["chunks"]
    assert len(set(told["texts"])) == len(told["texts"])
    assert told["missing"] == ""


def test_without_the_data_file_all_but_the_chunks_is_shown(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY)
    run, result = kit.a_run(path), kit.a_result(path, kit.SCRIPT)
    path.unlink()
    data = episode_data(run, result)
    assert data["chunks"] is None
    assert path.name in data["missing"]
    assert len(data["versions"]) == 6
    path.write_text("changed\n")
    assert "has changed since the run" in episode_data(run, result)["missing"]


def test_what_was_sent_in_is_not_made_again_where_that_would_run_its_code(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY)
    data = episode_data(kit.a_run(path), kit.a_result(path, kit.SCRIPT), "it names code")
    assert (data["chunks"], data["missing"]) == (None, "it names code")


def test_long_texts_are_cut_until_the_page_is_small_enough(kit, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOM", 30_000)
    chunks = [f"{number} " + "x" * 20_000 for number in range(20)]
    path = kit.a_file(tmp_path, {**kit.STORY, "chunks": chunks, "probes": []})
    script = [[Insert("semantic", chunk)] for chunk in chunks]
    data = episode_data(kit.a_run(path), kit.a_result(path, script))
    assert len(json.dumps(data)) < 60_000
    lengths = {data["texts"][at]: whole for at, whole in data["cut"]}
    assert set(lengths.values()) == {20_002, 20_003}
    assert all(text.endswith("…") for text in lengths)


def test_a_failed_episode_says_why(kit, tmp_path):
    path = kit.a_file(tmp_path, kit.STORY)
    data = episode_data(kit.a_run(path), kit.a_failure(path, "no <b>luck</b> \x1b[1m"))
    told = {"stage": "agent, step 1", "error": "ValueError", "message": "no <b>luck</b> ␛[1m"}
    assert data == {"key": "streams.jsonl/1/0", "failure": told}


def test_a_generated_stream_is_made_again_from_its_seed():
    from memenv.harness.config import Config, Target, identity
    from memenv.harness.results import Result, Run

    config = Config("lines", (Target("overrides", size=3),), capacity=0.5)
    run = Run("a", identity(config), "2026")
    source = config.targets[0].source("test")
    record = run_episode(source.pick(4), "recent", capacity=0.5).to_dict()
    result = Result("overrides/4/0", "overrides", 4, 0, json.loads(json.dumps(record)), None, 1.0)
    data = episode_data(run, result)
    trajectory = trajectory_of(run, result)
    assert texts(data, [each["text"] for each in data["chunks"]]) == [
        chunk.text for chunk in trajectory.instance.chunks
    ]
    for number in range(3):
        there = {
            each["id"]
            for each in data["versions"]
            if each["since"] <= number and (each["until"] is None or number < each["until"])
        }
        assert there == {entry.id for entry in trajectory.memory_after(number).entries}
