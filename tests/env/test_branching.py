"""Snapshots and forks: the same suffix bit for bit, nothing measured twice, no cost but steps."""

import pickle
import time

import gymnasium as gym
import pytest
from memenv_baselines.lines import Lines

from memenv import Insert, Skip, Update, pipeline
from memenv.env import MemoryEnv
from memenv.errors import SettingError
from memenv.readers import holdings
from memenv.readers.lexical import Lexical
from memenv.views import make_view

VIEW = make_view("newest_5")


class Counting(Lexical):
    """`lexical`, and how often it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = 0

    def answer(self, question, memory):
        self.asked += 1
        return super().answer(question, memory)


def begun(task="memstream", seed=1, **settings):
    env = MemoryEnv(task=task, **settings)
    env.reset(seed=seed)
    return env


def lines(env):
    """What agent `lines` does next."""
    return Lines().act(pipeline.observe(env.trajectory, VIEW))


def played(env, steps=None, act=lines):
    """The observations as text, rewards and infos of so many steps, or of all that are left."""
    seen = []
    total = len(env.trajectory.instance.chunks)
    steps = total - len(env.trajectory.steps) if steps is None else steps
    for _ in range(steps):
        observation, reward, *_, info = env.step(act(env))
        info = {**info, **({"record": info["record"].to_json()} if "record" in info else {})}
        seen.append((repr(observation), reward, repr(info)))
    return seen


# --- trajectories ---------------------------------------------------------------------------------


def test_forks_of_a_trajectory_are_references_to_its_beginning():
    env = begun("memalpha-ar", size=4)
    played(env)
    trajectory = env.trajectory
    for step in range(5):
        forks = trajectory.fork(3, step)
        assert len(forks) == 3
        assert all(fork == trajectory.upto(step) for fork in forks)
        for fork in forks:
            for number in range(step, 4):
                fork = pipeline.advance(fork, trajectory.steps[number].operations)
            assert fork == trajectory
    assert trajectory.fork(2) == [trajectory, trajectory]


@pytest.mark.parametrize("n", [0, -1, True, 1.5, "2", None])
def test_a_number_of_forks_that_makes_no_sense_is_refused(n):
    env = begun("memalpha-ar", size=2)
    for fork in (env.fork, env.trajectory.fork):
        with pytest.raises(SettingError, match="at least 1"):
            fork(n)


def test_there_is_nothing_to_fork_where_nothing_was_reached():
    with pytest.raises(IndexError, match="3 steps were not taken"):
        begun("memalpha-ar", size=4).trajectory.fork(2, 3)
    with pytest.raises(SettingError, match=r"call reset\(\) first"):
        MemoryEnv(task="memalpha-ar", size=2).fork(2)


# --- the same actions, the same suffix ------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("memstream", {"size": 20}),
        ("memalpha-ar", {"size": 6, "capacity": 0.3, "view": "retrieved_3"}),
        ("memalpha-ttl", {"size": 4, "credit": "memalpha", "layout": "flat"}),
    ],
)
def test_a_fork_that_does_the_same_has_the_same_suffix_bit_for_bit(task, settings):
    env = begun(task, **settings)
    total = len(env.trajectory.instance.chunks)
    moments, whole = [], []
    for _ in range(total):
        moments.append((env.fork(2), env.snapshot()))
        whole += played(env, 1)
    # To and fro, so that whatever is kept is kept of another moment.
    for number in (total - 1, 0, total // 2):
        (one, other), snapshot = moments[number]
        assert played(one, act=lambda env: [Insert(env.memory.layout.default_store, "else")])
        assert played(other) == whole[number:]
        env.restore(snapshot)
        assert played(env) == whole[number:]
        fresh = MemoryEnv(task=task, **settings)
        fresh.restore(pickle.loads(pickle.dumps(snapshot)))
        assert played(fresh) == whole[number:]


def test_forks_in_turns_disturb_each_other_as_little():
    alone, together = [], []
    for place in (alone, together):
        env = begun(size=12)
        played(env, 4)
        forks = env.fork(3)
        actions = [lines, lambda env: [Skip()], lambda env: [Update("0.0", env.memory.digest)]]
        if place is alone:
            place += [played(fork, act=act) for fork, act in zip(forks, actions, strict=True)]
        else:
            found = [[], [], []]
            for _ in range(8):
                for seen, fork, act in zip(found, forks, actions, strict=True):
                    seen += played(fork, 1, act)
            place += found
    assert alone == together


def test_what_a_fork_draws_by_itself_its_siblings_do_not_notice():
    env = begun("memalpha-ar", size=2)
    one, other = env.fork(2)
    drawn = [one.reset()[1]["instance"] for _ in range(3)]
    one.action_space.sample()
    assert [other.reset()[1]["instance"] for _ in range(3)] == drawn
    assert env.trajectory.steps == ()
    assert [env.reset()[1]["instance"] for _ in range(3)] == drawn


def test_a_wrapped_environment_is_forked_inside_its_wrappers():
    env = gym.make("MemAlpha-AR-v0", size=3)
    env.reset(seed=2)
    env.step([])
    one, other = env.unwrapped.fork(2)
    assert type(one) is MemoryEnv
    assert one.trajectory == env.unwrapped.trajectory
    one.step([Insert("semantic", "x")])
    assert (len(one.trajectory.steps), len(other.trajectory.steps)) == (2, 1)
    assert env.unwrapped.memory.entries == other.memory.entries == ()


# --- what is not asked twice ----------------------------------------------------------------------


def questions_due(instance, step):
    """How many questions are asked after a step or a later one."""
    return sum(instance.asked_after(each) >= step for each in instance.questions)


def test_a_fork_asks_what_its_own_steps_ask_and_nothing_else():
    reader = Counting()
    env = begun(size=20, reader=reader)
    instance = env.trajectory.instance
    played(env, 14)
    asked = reader.asked
    assert asked == 14 * 5 + len(instance.questions) - questions_due(instance, 14)
    for number, fork in enumerate(env.fork(4)):
        # Different memories, so that no answer of one is one of another.
        played(fork, act=lambda env, n=number: [*lines(env), Insert("semantic", f"fork {n}")])
    assert reader.asked - asked == 4 * (6 * 5 + questions_due(instance, 14))


def test_a_restored_episode_asks_no_probe_of_a_step_that_was_taken():
    env = begun("memalpha-ar", size=6)
    played(env, 4)
    reader = Counting()
    other = MemoryEnv(task="memalpha-ar", size=6, reader=reader)
    # The same reader under another class would be another one.
    with pytest.raises(SettingError, match="with reader"):
        other.restore(env.snapshot())
    env = begun("memalpha-ar", size=6, reader=Counting())
    played(env, 4)
    other.restore(env.snapshot())
    played(other)
    assert reader.asked == 2 * 5 + len(env.trajectory.instance.questions)


def test_rollouts_of_one_instance_share_its_probes_and_equal_answers(monkeypatch):
    made = []
    probes_of = pipeline.Meter.__init__
    monkeypatch.setattr(
        pipeline.Meter,
        "__init__",
        lambda self, *a, **k: (made.append(1), probes_of(self, *a, **k))[0],
    )
    reader = Counting()
    env = MemoryEnv(task="memalpha-ar", size=4, reader=reader)
    for _ in range(3):
        env.reset(seed=5)
        played(env)
    assert len(made) == 1
    assert reader.asked == 4 * 5 + len(env.trajectory.instance.questions)
    for seed in range(12):
        env.reset(seed=seed)
    assert len(env._meters) <= 2


# --- what it costs --------------------------------------------------------------------------------

START, STEPS, GROUP = 160, 200, 8


@pytest.mark.slow
@pytest.mark.parametrize("task", ["memstream", "memoryagentbench-ar"])
def test_a_local_group_costs_no_more_than_the_steps_it_plays(task, monkeypatch):
    """A group of 8 from step 160 of a 200-step episode, against playing these steps 8 times."""
    added = []
    add = holdings.Holdings._add
    monkeypatch.setattr(
        holdings.Holdings, "_add", lambda self, entry: (added.append(entry.id), add(self, entry))[1]
    )
    reader = Counting()
    env = begun(task, size=STEPS, reader=reader)
    played(env, START)
    start = env.snapshot()
    asked, began = reader.asked, time.process_time()
    played(env)
    once, asked_once = time.process_time() - began, reader.asked - asked
    written = len(env.memory.entries) - len(start.trajectory.memories[-1].entries)
    env.restore(start)
    added.clear()
    asked, began = reader.asked, time.process_time()
    for number, fork in enumerate(env.fork(GROUP)):
        played(fork, act=lambda env, n=number: [*lines(env), Insert("semantic", f"fork {n}")])
    group = time.process_time() - began
    assert reader.asked - asked == GROUP * asked_once
    # Only what the forks wrote is indexed, each entry once.
    assert len(added) <= GROUP * (written + STEPS - START)
    # Measured: a half, as the forks meet texts that were cut into sentences before.
    assert group < 1.3 * GROUP * once


def test_a_fork_costs_nothing():
    env = begun(size=100, credit="terminal")
    played(env, 90, act=lambda env: [Insert("semantic", f"line {len(env.trajectory.steps)}")])
    began = time.process_time()
    forks = env.fork(100)
    assert time.process_time() - began < 0.5
    assert all(fork.trajectory is env.trajectory for fork in forks)


def test_an_episode_moves_the_index_of_its_reader_forward_only(monkeypatch):
    """The chunk-level step reward needs no index of its own: each entry is indexed once."""
    changes = []
    for name in ("_add", "_remove"):
        method = getattr(holdings.Holdings, name)
        monkeypatch.setattr(
            holdings.Holdings,
            name,
            lambda self, entry, method=method, name=name: (
                changes.append((name, entry.id)),
                method(self, entry),
            )[1],
        )
    for task in ("memstream", "memalpha-ar"):
        changes.clear()
        env = begun(task, size=12)
        played(env)
        assert sorted(changes) == sorted(("_add", entry.id) for entry in env.memory.entries)
