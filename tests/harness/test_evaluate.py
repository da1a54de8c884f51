import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future

import pytest

from memenv.errors import MemenvError, StoreError
from memenv.harness.config import DEFAULT_EPISODES, Config, Target
from memenv.harness.evaluate import (
    WorkerDiedError,
    _drive,
    evaluate,
    interrupts_held,
    plan,
)
from memenv.harness.summary import summarise

# It notes every step in a file, from whichever process it runs in.
COUNTED = """
import os, time
from memenv.operations import Insert
class Agent:
    def __init__(self, log, fail="", die=""):
        self.log, self.fail, self.die = log, fail, die
    def act(self, observation):
        text = observation.chunk.text
        with open(self.log, "a") as file:
            file.write(text + "\\n")
        if self.die and self.die in text:
            time.sleep(1)
            os._exit(9)
        if self.fail and self.fail in text and not os.path.exists(self.log + ".mended"):
            raise ValueError(text)
        return [Insert("semantic", text)]
"""


def run(config, store, **options):
    planned = plan(config, store, **options)
    told = []
    evaluate(config, store, planned, told.append)
    results = [r for r in store.results(planned.run) if r.key in planned.keys]
    assert [r.key for r in told] == store.saved[len(store.saved) - len(told) :]
    return summarise(planned.run, config.agent, config.reader, config.capacity, results)


@pytest.fixture
def counted(config, plugin, streams, tmp_path):
    """A configuration whose agent notes its steps, and a function that reads the notes."""
    name = plugin(COUNTED)
    log = tmp_path / "log"

    def make(count=4, fail="", die="", **settings):
        arguments = {"log": str(log), "fail": fail, "die": die}
        return config(f"{name}:Agent", data=streams(count), agent_arguments=arguments, **settings)

    return make, lambda: sorted(log.read_text().splitlines()) if log.exists() else []


def test_a_file_gives_every_instance_and_a_task_a_few(config, streams):
    assert len(plan(config(data=streams(4)), None).specs) == 4
    generated = Config("append", (Target("overrides", size=3),))
    assert len(plan(generated, None).specs) == DEFAULT_EPISODES


def test_episodes_count_per_environment_and_repeats_multiply(config, streams):
    targets = (
        Target("MemEnv-File-v0", data=streams(4)),
        Target("overrides", size=3),
        Target("chronicle", size=3, episodes=1),
    )
    made = Config("append", targets, episodes=2, repeats=2)
    assert [spec.key for spec in plan(made, None).specs] == [
        "streams.jsonl/0/0",
        "streams.jsonl/0/1",
        "streams.jsonl/1/0",
        "streams.jsonl/1/1",
        "overrides/0/0",
        "overrides/0/1",
        "overrides/1/0",
        "overrides/1/1",
        "chronicle/0/0",
        "chronicle/0/1",
    ]


def test_more_episodes_than_a_file_has_are_noted_and_not_invented(config, streams):
    planned = plan(config(data=streams(2), episodes=5), None)
    assert len(planned.specs) == 2
    assert planned.notes == ("streams.jsonl has 2 instances, fewer than 5 episodes",)
    planned = plan(config(data=streams(1), episodes=2), None)
    assert planned.notes == ("streams.jsonl has 1 instance, fewer than 2 episodes",)


def test_planning_runs_nothing(counted):
    make, steps = counted
    plan(make(), None)
    assert steps() == []


@pytest.mark.parametrize(
    "settings", [{"workers": 4}, {"workers": 3, "engine": "processes"}], ids=str
)
def test_workers_and_engine_change_nothing(settings, config, store, streams):
    data = streams(6)
    targets = (Target("MemEnv-File-v0", data=data), Target("overrides", size=4))
    reference = Config("random", targets, {"keep": 0.5}, episodes=4, capacity=0.5, repeats=2)
    alone = run(reference, store)
    other_store = type(store)()
    together = run(Config(**{**vars(reference), **settings}), other_store)
    assert alone["failed"] == 0
    assert {**together, "seconds": None} == {**alone, "seconds": None}


def test_the_hash_seed_changes_nothing(streams):
    code = (
        "from memenv.harness.config import *; from memenv.harness.execute import *;"
        "from memenv.harness.summary import summarise;"
        "c = Config('random', (Target('overrides', size=4), Target('chronicle', size=3)),"
        "{'keep': 0.7}, capacity=0.5);"
        "r = [execute(Spec(c, t, 0, 0)) for t in c.targets];"
        "print(run_id(c), summarise('', '', '', None, r)['digest'])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(said) == 1
    assert len(said.pop().split()[1]) == 64


def test_a_second_time_nothing_is_run(counted, store):
    make, steps = counted
    first = run(make(), store)
    done = steps()
    assert len(done) == 8
    second = run(make(), store)
    assert steps() == done
    assert second == first


def test_more_episodes_later_run_only_the_new_ones(counted, store):
    make, steps = counted
    run(make(episodes=1), store)
    assert store.saved == ["streams.jsonl/0/0"]
    grown = run(make(episodes=3), store)
    assert sorted(store.saved) == [f"streams.jsonl/{i}/0" for i in range(3)]
    assert len(steps()) == 6
    assert grown["episodes"] == 3
    # Fewer again: nothing is run, and what was not asked for is not counted.
    fewer = run(make(episodes=2), store)
    assert fewer["episodes"] == 2
    assert len(steps()) == 6


def test_growing_a_run_gives_what_running_it_at_once_gives(counted, store):
    make, _ = counted
    run(make(episodes=2), store)
    grown = run(make(), store)
    at_once = run(make(), type(store)())
    assert {**grown, "seconds": 0} == {**at_once, "seconds": 0}


def test_a_failure_stops_nothing_else_and_is_counted(counted, store):
    make, _ = counted
    summary = run(make(fail="Ben"), store)
    assert (summary["episodes"], summary["failed"]) == (4, 1)
    assert summary["score"] == 1.0


def test_a_failed_episode_is_run_again_only_on_request(counted, store, tmp_path):
    make, steps = counted
    run(make(fail="Ben"), store)
    run(make(fail="Ben"), store)
    assert steps().count("Ben lives in Rome.") == 1
    (tmp_path / "log.mended").touch()
    mended = run(make(fail="Ben"), store, retry_failed=True)
    assert mended["failed"] == 0
    assert steps().count("Ben lives in Rome.") == 2
    assert steps().count("Ada lives in Oslo.") == 1


def test_an_episode_without_a_score_counts_as_failed_and_is_retried(
    config, store, streams, monkeypatch
):
    made = config(data=streams(2))
    with monkeypatch.context() as patch:
        patch.setattr("memenv.scorers.match.SubstringMatch.score", lambda *_: None)
        summary = run(made, store)
    assert (summary["episodes"], summary["failed"], summary["score"]) == (2, 2, None)
    assert plan(made, store).pending == ()
    assert run(made, store, retry_failed=True)["score"] == 1.0


def test_the_run_is_noted_with_the_place_of_its_file(config, store, streams):
    data = streams()
    made = config(data=data)
    run(made, store)
    (noted,) = store.runs()
    assert noted.id == plan(made, None).run
    assert noted.places == {"streams.jsonl": data}


def test_the_number_of_episodes_that_was_planned_last_is_noted(counted, store):
    make, _ = counted
    for episodes in (1, 4, 2):
        run(make(episodes=episodes), store)
        assert [each.planned for each in store.runs()] == [episodes]


def test_the_keys_of_a_plan_are_made_once(config, streams):
    planned = plan(config(data=streams(3)), None)
    assert planned.keys == {f"streams.jsonl/{number}/0" for number in range(3)}
    assert planned.keys is planned.keys


def test_a_store_that_breaks_stops_the_run_and_keeps_what_it_had(counted, store, monkeypatch):
    make, steps = counted
    made = make(6)
    save = store.save

    def full(run, result):
        if len(store.saved) == 2:
            raise StoreError("the disk is full")
        save(run, result)

    monkeypatch.setattr(store, "save", full)
    with pytest.raises(StoreError, match="the disk is full"):
        run(made, store)
    assert len(store.saved) == 2
    # What was submitted ahead may still end; what is further away never begins.
    assert len(steps()) <= 10


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_process_that_dies_gives_one_message_and_loses_nothing(
    workers, counted, store, tmp_path
):
    make, steps = counted
    made = make(6, die="Cleo", workers=workers, engine="processes")
    with pytest.raises(WorkerDiedError, match="a worker process died") as caught:
        run(made, store)
    assert "\n" not in str(caught.value)
    begun = [line for line in steps() if line.startswith("It rained")]
    # Whatever came to its last chunk while the other one was dying is stored.
    assert len(store.saved) >= len(begun) - (workers - 1) >= 2
    assert {r.failure for r in store.results(plan(made, None).run)} == {None}
    # With the cause gone the rest is run, and only the rest.
    mended = Config(**{**vars(made), "agent": "append", "agent_arguments": {}})
    assert len(plan(mended, store).pending) == 6
    assert len(plan(made, store).pending) == 6 - len(store.saved)


@pytest.mark.parametrize("broken", range(4))
def test_what_had_ended_when_the_pool_broke_is_not_lost(broken):
    futures = {number: Future() for number in range(4)}

    def submit(number):
        if number == broken:
            futures[number].set_exception(MemenvError("broken"))
        else:
            futures[number].set_result(number)
        return futures[number]

    came = []

    def collect():
        for number in _drive(2, tuple(range(4)), submit):
            came.append(number)

    with pytest.raises(MemenvError, match="broken"):
        collect()
    assert sorted(came) == [number for number in range(4) if number != broken]


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs signal masks")
def test_a_process_that_starts_while_interrupts_are_held_never_sees_them():
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"

    def masked():
        return subprocess.check_output([sys.executable, "-c", code], text=True).strip()

    with interrupts_held():
        assert masked() == "True"
    assert masked() == "False"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_is_held_comes_afterwards_and_the_handler_is_back(number):
    done = []

    def interrupted():
        with interrupts_held():
            signal.raise_signal(number)
            done.append("to the end")

    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert done == ["to the end"]
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)


def test_the_children_of_the_caller_are_left_alone(config, store, streams):
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    child.start()
    try:
        run(config(data=streams(2), engine="processes"), store)
        child.join(0.5)
        assert child.is_alive()
    finally:
        child.kill()
        child.join()


def test_a_file_that_changes_while_it_is_evaluated_is_not_mixed(counted, store, streams):
    make, _ = counted
    made = make(4)
    planned = plan(made, store)

    def change(result):
        os.replace(streams(3, "other.jsonl"), made.targets[0].data)

    evaluate(made, store, planned, change)
    results = list(store.results(planned.run))
    scored = [r for r in results if r.score is not None]
    changed = [r for r in results if r.failure]
    assert len(scored) >= 1
    assert len(changed) >= 1
    assert all("has changed" in r.failure.message for r in changed)


def test_what_a_plugin_prints_in_a_worker_is_not_on_stdout(config, store, plugin, capfd):
    name = plugin(
        "class Agent:\n    def act(self, o):\n        print('hello')\n        return []\n"
    )
    run(config(f"{name}:Agent", engine="processes"), store)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("hello") == 6
