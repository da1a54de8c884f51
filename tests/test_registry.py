"""Plug-ins by name or dotted path, and one episode from Python."""

import gc
import sys
import types
from importlib.metadata import EntryPoint

import pytest

import memenv
from memenv import Insert, registry
from memenv.collector import RARELY, seldom_collected
from memenv.errors import NotMeasuredError, SettingError, UnknownNameError
from memenv.sources import FileSource, TaskSource, open_source
from memenv.testing import small_instance


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("reader", "lexcial", "unknown reader 'lexcial'; did you mean 'lexical'?"),
        ("agent", "zzz", "unknown agent 'zzz'; known: api, append,"),
        ("scorer", "rogue", "did you mean 'rouge'"),
        ("scorer", "unheard@5", "unknown scorer 'unheard@5'"),
        ("credit", "", "unknown credit ''"),
        ("agents", "skip", "unknown kind of plug-in 'agents'; did you mean 'agent'"),
        ("agent", "no_such_module:Agent", "No module named 'no_such_module'"),
        ("agent", "memenv_baselines.skip:Skp", "has no attribute 'Skp'"),
        ("agent", "memenv_baselines.skip:", "has no attribute ''"),
        ("agent", ":Skip", "Empty module name"),
        ("agent", ".skip:Skip", "expected an absolute path"),
    ],
)
def test_a_name_nobody_knows_is_an_error_with_a_way_out(kind, name, message):
    with pytest.raises(UnknownNameError, match=message.replace("?", r"\?")):
        memenv.make(kind, name)


@pytest.mark.parametrize(
    ("kind", "name", "arguments", "message"),
    [
        ("agent", "random", {"kep": 0.2}, r"agent 'random'.*kep.*its arguments: keep, seed"),
        ("agent", "skip", {"x": 1}, "agent 'skip'"),
        ("task", "overrides", {"sizes": 3}, "task 'overrides'.*size"),
        ("scorer", "recall@0", {}, "a number from 1 to 9999"),
        ("scorer", "recall@k", {}, "a number from 1 to 9999"),
        ("scorer", "recall@", {}, "a number from 1 to 9999"),
        ("scorer", "em@5", {}, "scorer 'em'"),
        ("agent", "math:pi", {}, "is a float: expected a class"),
    ],
)
def test_arguments_that_are_not_taken_are_refused(kind, name, arguments, message):
    with pytest.raises(SettingError, match=message):
        memenv.make(kind, name, **arguments)


def test_a_dotted_path_works_wherever_a_name_does():
    by_path = memenv.make("agent", "memenv_baselines.random:Random", keep=0.5)
    assert (by_path.keep, type(by_path)) == (0.5, type(memenv.make("agent", "random")))
    assert type(memenv.make("reader", "memenv.readers.lexical:Lexical", k=3)).__name__ == "Lexical"


def test_a_task_is_given_back_as_a_function():
    task = memenv.make("task", "overrides")
    assert task(3, size=4).id == "overrides-v0/test/4/3"
    assert task(3, size=4) == task(seed=3, size=4, split="test")


def test_recall_takes_its_k_from_the_metric():
    assert memenv.make("scorer", "recall@7").k == 7


def test_names_are_sorted_and_every_kind_has_its_group():
    for kind in registry.GROUPS:
        assert memenv.names(kind) == sorted(memenv.names(kind))
    assert {"append", "lines", "oracle", "random", "recent", "skip"} <= set(memenv.names("agent"))


def test_two_packages_with_one_name_are_refused(monkeypatch):
    clashing = [
        EntryPoint("mine", "one.package:Agent", "memenv.agents"),
        EntryPoint("mine", "other.package:Agent", "memenv.agents"),
    ]
    registry._points.cache_clear()
    monkeypatch.setattr(registry, "entry_points", lambda group: clashing)
    try:
        with pytest.raises(SettingError, match=r"two packages register agent 'mine'"):
            memenv.names("agent")
    finally:
        registry._points.cache_clear()


# --- sources --------------------------------------------------------------------------------------


def test_a_task_source_draws_by_seed():
    source = open_source(task="overrides", size=4, split="train")
    assert source == TaskSource("overrides", 4, "train")
    assert source.pick(3) == memenv.make("task", "overrides")(3, size=4, split="train")


def test_a_task_that_gives_something_else_is_an_error(monkeypatch):
    toys = types.ModuleType("toys_of_this_test")
    toys.nothing = lambda seed, size=None, split="test": None
    monkeypatch.setitem(sys.modules, "toys_of_this_test", toys)
    with pytest.raises(SettingError, match="gave a NoneType; expected an Instance"):
        open_source(task="toys_of_this_test:nothing").pick(0)


def test_a_file_is_read_again_when_it_changed(tmp_path):
    path = tmp_path / "data.jsonl"
    memenv.save_instances([small_instance(1)], path)
    first = open_source(data=path)
    assert isinstance(first, FileSource)
    assert open_source(data=path) is first
    memenv.save_instances([small_instance(2)], path)
    assert open_source(data=path).pick(0) == small_instance(2)


# --- one episode from Python ----------------------------------------------------------------------


def test_an_episode_takes_names_objects_and_arguments():
    instance = small_instance()
    named = memenv.run_episode(instance, "random", arguments={"agent": {"keep": 0.5, "seed": 3}})
    made = memenv.run_episode(instance, memenv.make("agent", "random", keep=0.5, seed=3))
    assert named.memory_digest == made.memory_digest
    assert named.setting["agent"] == {
        "name": "random",
        "version": "1",
        "arguments": {"keep": 0.5, "seed": 3},
    }
    assert named.setting["view"] == "full"


def test_arguments_of_an_object_are_refused_because_nobody_would_use_them():
    agent = memenv.make("agent", "skip")
    with pytest.raises(SettingError, match="agent is an object: keep belong"):
        memenv.run_episode(small_instance(), agent, arguments={"agent": {"keep": 0.5}})


def test_a_class_instead_of_an_object_is_refused():
    with pytest.raises(SettingError, match="expected agent as a name or an object"):
        memenv.run_episode(small_instance(), type(memenv.make("agent", "skip")))


def test_an_object_of_the_wrong_kind_is_refused():
    with pytest.raises(SettingError, match=r"reader 'Skip' has no method answer\(\)"):
        memenv.run_episode(small_instance(), "skip", reader=memenv.make("agent", "skip"))


def test_watch_is_told_each_stage_in_order():
    seen = []
    memenv.run_episode(small_instance(2), "skip", watch=lambda *stage: seen.append(stage))
    assert seen == [("setup", 0), ("agent", 0), ("agent", 1), ("reader", 2), ("credit", 2)]


def test_an_episode_is_the_same_twice_and_leaves_the_instance_alone():
    instance = small_instance()
    digest = instance.digest
    one, other = (memenv.run_episode(instance, "lines", capacity=0.5) for _ in range(2))
    assert one.to_json() == other.to_json()
    assert (one.digest, instance.digest) == (other.digest, digest)


def test_a_credit_scheme_with_too_few_rewards_is_an_error():
    class Short:
        def assign(self, episode):
            return [1.0]

    with pytest.raises(SettingError, match=r"gave 1 rewards, \[1\.0\]; expected 4 finite numbers"):
        memenv.run_episode(small_instance(), "skip", credit=Short())


def test_what_an_agent_says_is_parsed_and_recorded():
    class Speaking:
        def act(self, observation):
            return 'Noted. {"name": "SKIP"} {"name": "INSERT", "arguments": {"content": "Ada"},}'

    record = memenv.run_episode(small_instance(), Speaking(), layout="flat")
    assert [each["op"] for each in record.steps[0]["operations"]] == ["skip", "insert"]
    assert record.steps[0]["raw"].startswith("Noted.")
    assert record.steps[0]["repaired"] == [1]


def test_a_credit_scheme_with_a_reward_that_is_no_number_is_an_error():
    class NoNumber:
        def assign(self, episode):
            return [float("nan")] * 4

    with pytest.raises(SettingError, match="expected 4 finite numbers"):
        memenv.run_episode(small_instance(), "skip", credit=NoNumber())


@pytest.mark.parametrize("action", [[None], [Insert]])
def test_an_agent_that_gives_no_operations_is_an_error(action):
    class Broken:
        def act(self, observation):
            return action

    with pytest.raises(TypeError, match="expected Insert, Update, Delete or Skip"):
        memenv.run_episode(small_instance(), Broken())


def test_every_error_memenv_raises_is_one_kind_of_error():
    for error in (SettingError, UnknownNameError, NotMeasuredError):
        assert issubclass(error, memenv.MemenvError)


def test_a_secret_never_reaches_a_record():
    with pytest.raises(SettingError, match="'api_key' looks like a secret"):
        memenv.run_episode(
            small_instance(), "skip", arguments={"agent": {"api_key": "sk-123456789"}}
        )


def test_a_record_names_the_versions_of_its_scorers_and_marks_objects():
    record = memenv.run_episode(small_instance(), memenv.make("agent", "skip"))
    assert record.setting["agent"]["object"] is True
    assert "object" not in record.setting["reader"]
    assert set(record.setting["scorers"].values()) == {"1"}


@pytest.mark.parametrize("path", ["builtins:dict", "math:pi"])
def test_what_is_no_plug_in_is_refused(path):
    with pytest.raises(SettingError):
        memenv.run_episode(small_instance(), path)


def test_cycles_are_looked_for_seldom_during_an_episode_and_as_before_after_it():
    seen = []

    class Watching:
        def act(self, observation):
            seen.append(gc.get_threshold())
            return []

    before = gc.get_threshold()
    memenv.run_episode(small_instance(), Watching())
    assert set(seen) == {RARELY}
    assert gc.get_threshold() == before


def test_an_episode_inside_another_leaves_the_collector_to_the_outer_one():
    before = gc.get_threshold()
    with seldom_collected():
        with seldom_collected():
            pass
        assert gc.get_threshold() == RARELY
    assert gc.get_threshold() == before
