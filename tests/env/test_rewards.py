"""What the environment pays, and when: every scheme, by name, path, object or plain function."""

from math import fsum

import gymnasium as gym
import pytest
from gymnasium.utils.env_checker import check_env

import memenv
from memenv import Insert, Malformed, credit, pipeline, registry
from memenv.env import MemoryEnv
from memenv.errors import MemenvError, SettingError
from memenv.schemes import Scheme
from memenv.views import make_view

SINGLE = [
    name
    for name in registry.names("credit")
    if not getattr(registry.load("credit", name), "group", False)
]


def act(env):
    step = len(env.trajectory.steps)
    chunk = env.trajectory.instance.chunks[step].text
    return [Insert("semantic", chunk), *[Malformed("?", "")] * (step % 3)]


def played(env, seed=4):
    env.reset(seed=seed)
    rewards, ended = [], False
    while not ended:
        _, reward, ended, _, info = env.step(act(env))
        rewards.append(reward)
    return rewards, info


def halves(episode):
    """A stranger's scheme, as a plain function."""
    steps = len(episode.trajectory.steps)
    return [episode.score / 2 / steps] * (steps - 1) + [episode.score / 2 * (1 + 1 / steps)]


class Sometimes:
    """An online term that is not measured anywhere."""

    online = {"content": 5.0, "format": 0.5}

    def assign(self, episode):
        return [0.0] * len(episode.trajectory.steps)


def test_the_default_is_fine_mem():
    rewards, info = played(MemoryEnv(task="memalpha-ar", size=4))
    assert info["record"].setting["credit"]["name"] == "finemem"
    _, named = played(MemoryEnv(task="memalpha-ar", size=4, credit="finemem"))
    assert info["step_rewards"] == named["step_rewards"]
    terms = info["step_terms"]
    paid = [
        shape + 0.5 * right for shape, right in zip(terms["format"], terms["chunk"], strict=True)
    ]
    assert rewards[:-1] == pytest.approx(paid[:-1], abs=1e-12)


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("task", ["memalpha-ar", "memstream"])
def test_the_rewards_of_every_scheme_sum_to_its_step_rewards(name, task):
    try:
        env = MemoryEnv(task=task, size=12 if task == "memstream" else 4, credit=name)
    except MemenvError as error:
        # A scheme may need what no environment has, such as an agent; it says so at once.
        pytest.skip(str(error))
    rewards, info = played(env)
    assert fsum(rewards) == pytest.approx(fsum(info["step_rewards"]), abs=1e-9)
    online = Scheme(registry.load("credit", name)).online
    for step, reward in enumerate(rewards[:-1]):
        paid = [w * (info["step_terms"][term][step] or 0.0) for term, w in online.items()]
        assert reward == pytest.approx(fsum(paid), abs=1e-12)


def test_a_scheme_is_named_pathed_made_or_a_function(tmp_path, monkeypatch):
    (tmp_path / "strangers_credit.py").write_text(
        "def halves(episode, *, part=0.5):\n"
        "    steps = len(episode.trajectory.steps)\n"
        "    last = episode.score * (1 - part)\n"
        "    return [episode.score * part / steps] * (steps - 1) + "
        "[last + episode.score * part / steps]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = [
        played(MemoryEnv(task="memalpha-ar", size=4, **settings))
        for settings in (
            {"credit": "strangers_credit:halves"},
            {"credit": "strangers_credit:halves", "credit_arguments": {"part": 0.5}},
            {"credit": Scheme(halves)},
            {"credit": halves},
        )
    ]
    for rewards, info in found:
        assert rewards == pytest.approx(found[0][0])
        assert info["step_rewards"] == pytest.approx(found[0][1]["step_rewards"])
        assert info["missing_terms"] == []
    given = played(MemoryEnv(task="memalpha-ar", size=4, credit=credit.uniform))
    named = played(MemoryEnv(task="memalpha-ar", size=4, credit="uniform"))
    assert given[0] == named[0]


def test_a_term_that_was_not_measured_pays_nothing_and_is_listed():
    rewards, info = played(MemoryEnv(task="memalpha-ar", size=4, credit=Sometimes()))
    assert info["step_terms"]["content"] == [None] * 4
    assert rewards[:3] == [0.5, 0.25, 0.5 / 3]
    assert fsum(rewards) == pytest.approx(0.0, abs=1e-12)
    assert info["missing_terms"] == list(info["record"].missing_terms) == ["content"]
    judged = MemoryEnv(
        task="memalpha-ar", size=4, credit=Sometimes(), judge=lambda operation, chunk: True
    )
    rewards, info = played(judged)
    assert rewards[:3] == pytest.approx([5.5, 2.75, 5.5 / 3])
    assert info["missing_terms"] == []


def test_a_term_that_nobody_knows_is_an_error_that_names_those_there_are():
    class Odd(Sometimes):
        terms = ("chunks",)

    with pytest.raises(SettingError, match=r"Odd.*'chunks'.*format, executed, chunk"):
        played(MemoryEnv(task="memalpha-ar", size=2, credit=Odd()))


def test_gymnasium_finds_nothing_to_complain_about_with_a_function():
    check_env(gym.make("MemAlpha-AR-v0", size=2, credit=halves).unwrapped)


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("scheme", [credit.eara, halves, "finemem"])
def test_a_function_works_in_a_vector(mode, scheme):
    workers = {"shared_memory": False, "context": "spawn"} if mode == "async" else {}
    envs = gym.make_vec(
        "MemAlpha-AR-v0", 2, vectorization_mode=mode, vector_kwargs=workers, size=2, credit=scheme
    )
    try:
        observation, _ = envs.reset(seed=[5, 5])
        for _ in range(2):
            observation, rewards, *_, info = envs.step(
                [[Insert("semantic", text)] for text in observation["chunk"]]
            )
        assert rewards[0] == rewards[1] > 0
        assert info["step_rewards"][0] == list(info["record"][0].step_rewards)
        assert type(info["missing_terms"][0]) is list
    finally:
        envs.close()


def test_run_episode_pays_what_the_environment_pays():
    env = MemoryEnv(task="memstream", size=12, credit="finemem")
    agent = memenv.make("agent", "lines")
    env.reset(seed=2)
    ended = False
    shown = make_view("newest_5")
    while not ended:
        *_, ended, _, info = env.step(agent.act(pipeline.observe(env.trajectory, shown)))
    record = memenv.run_episode(env.trajectory.instance, agent, credit="finemem")
    assert list(record.step_rewards) == info["step_rewards"]
    assert record.missing_terms == tuple(info["missing_terms"])
    assert record.probes == info["record"].probes == "instance"


def test_what_a_caller_does_to_an_info_stays_there():
    def last(env):
        env.reset(seed=0)
        done = False
        while not done:
            *_, done, _, info = env.step(
                [memenv.Insert("semantic", env.unwrapped.trajectory.instance.id)]
            )
        return info

    env = memenv.MemoryEnv("overrides", size=2)
    first = last(env)
    digest, evidence = first["record"].digest, [dict(item) for item in first["record"].evidence]
    first["evidence"][0]["gold_chunks"].append(99)
    first["evidence"][0]["retrieved"].clear()
    assert [dict(item) for item in first["record"].evidence] == evidence
    assert last(env)["record"].digest == digest


def test_what_a_scheme_does_to_its_episode_stays_there():
    def rewriting(episode):
        for trace in episode.evidence:
            trace["score"] = 9
            trace["retrieved"].clear()
        return [0.0 for _ in episode.trajectory.steps]

    env = memenv.MemoryEnv("overrides", size=2, credit=rewriting)
    env.reset(seed=0)
    done = False
    while not done:
        *_, done, _, info = env.step([Insert("semantic", env.trajectory.instance.chunks[0].text)])
    assert all(trace["score"] <= 1 for trace in info["evidence"])
    assert any(trace["retrieved"] for trace in info["record"].evidence)


def test_data_without_gold_chunks_is_told_to_those_who_need_them(tmp_path):
    question = memenv.Question("0", "Where does Ada live?", ("Oslo",), "subem")
    stream = memenv.Instance("a", "AR", "x", (memenv.Chunk("Ada lives in Oslo.", 0),), (question,))
    memenv.save_instances([stream], tmp_path / "x.jsonl")
    env = memenv.MemoryEnv(data=tmp_path / "x.jsonl", credit="evidence_session")
    env.reset(seed=0)
    *_, info = env.step([Insert("semantic", "Ada lives in Oslo.")])
    assert info["missing_terms"] == ["gold"]
