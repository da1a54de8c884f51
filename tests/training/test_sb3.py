"""Stable-Baselines3 runs on `LineActions` unchanged."""

import gymnasium as gym
import numpy as np
import pytest

import memenv
from memenv.wrappers import LineActions

sb3 = pytest.importorskip("stable_baselines3")

from stable_baselines3.common.env_checker import check_env  # noqa: E402
from stable_baselines3.common.evaluation import evaluate_policy  # noqa: E402

NAMES = ["Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gil", "Hana"]
TOWNS = ["Oslo", "Rome", "Lima", "Cairo", "Quito", "Turin", "Bergen", "Delhi"]


def instance(seed):
    """Four facts that are asked for among eight lines of talk; a third of it fits."""
    rng = np.random.default_rng(seed)
    names, towns = rng.permutation(NAMES)[:4], rng.permutation(TOWNS)[:4]
    chunks, questions = [], []
    for half in range(2):
        lines = [f"What a long day, is it not, number {n}?" for n in rng.integers(100, size=4)]
        for name, town in zip(names[2 * half :][:2], towns[2 * half :][:2], strict=True):
            lines.insert(int(rng.integers(len(lines))), f"{name} lives in {town}.")
            questions.append(
                memenv.Question(name, f"In which town does {name} live?", (str(town),), "subem")
            )
        chunks.append(memenv.Chunk("\n".join(lines), half))
    return memenv.Instance(f"toy/{seed}", "AR", "toy", tuple(chunks), tuple(questions))


@pytest.fixture
def env(tmp_path):
    path = tmp_path / "toy.jsonl"
    memenv.save_instances([instance(seed) for seed in range(64)], path)
    inner = gym.make("MemEnv-File-v0", data=str(path), capacity=0.33, credit="terminal")
    return LineActions(inner, lines=6, buckets=16)


@pytest.mark.parametrize("lines", [3, 48])
def test_the_checker_finds_nothing(lines):
    made = gym.make("MemAlpha-TTL-v0", size=2, capacity=0.2, credit="terminal")
    check_env(LineActions(made, lines=lines))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ppo_learns_more_than_chance(env):
    model = sb3.PPO("MlpPolicy", env, n_steps=256, batch_size=64, seed=0, device="cpu")
    before, _ = evaluate_policy(model, env, n_eval_episodes=64, deterministic=False)
    model.learn(4_000)
    after, _ = evaluate_policy(model, env, n_eval_episodes=64, deterministic=False)
    assert after > before + 0.1
