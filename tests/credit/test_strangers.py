"""A credit scheme that a stranger writes in a few lines works wherever a name of ours does."""

import importlib
import inspect
import json
import os
import subprocess
import sys
from math import fsum

import gymnasium as gym
import pytest

import memenv
from memenv import Insert, SettingError, registry
from memenv.harness.config import Config, Target, run_id
from memenv.schemes import Scheme
from memenv.testing import check_credit, small_instance

FUNCTION = '''\
def mine(episode, *, x=1.0):
    """The score, less of it for every later step."""
    weights = [x**step for step in range(len(episode.trajectory.steps))]
    return [episode.score * weight / sum(weights) for weight in weights]
'''

CLASS = '''\
class Mine:
    """What is well-formed, and the score at the end."""

    version = "3"
    terms = ("format",)
    online = {"format": 0.25}

    def __init__(self, x=1.0):
        self.x = x

    def assign(self, episode):
        rewards = [0.25 * value for value in episode.step_terms["format"]]
        return [*rewards[:-1], rewards[-1] + self.x * episode.score]
'''

GROUP = '''\
class Ours:
    """Every rollout less the mean of all."""

    group = True

    def assign(self, episodes):
        mean = sum(each.score for each in episodes) / len(episodes)
        return [[each.score - mean for _ in each.trajectory.steps] for each in episodes]
'''

INSTANCE = small_instance()


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a module on the path; a name that no other test has used."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def written(text, name="strange_credit"):
        (tmp_path / f"{name}.py").write_text(text)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return name

    yield written
    for name in set(sys.modules) - before:
        if name.startswith("strange_"):
            del sys.modules[name]


@pytest.fixture
def command(tmp_path):
    """Run the command in the folder of the module: exit code, stdout, stderr."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("MEMENV")}

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "memenv.cli.main", *arguments],
            cwd=tmp_path,
            env={**inherited, "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def rewards_of(credit, x=None):
    arguments = {} if x is None else {"credit": {"x": x}}
    record = memenv.run_episode(INSTANCE, "lines", credit=credit, arguments=arguments)
    return list(record.step_rewards), record


def played(**settings):
    """Every reward of an episode and what the last step told."""
    env = gym.make("MemAlpha-AR-v0", size=3, **settings)
    env.reset(seed=2)
    rewards, terminated = [], False
    while not terminated:
        chunk = env.unwrapped.trajectory.instance.chunks[len(rewards)]
        _, reward, terminated, _, info = env.step([Insert("semantic", chunk.text)])
        rewards.append(reward)
    return rewards, info


def test_they_are_short():
    assert all(len(text.splitlines()) <= 15 for text in (FUNCTION, CLASS, GROUP))


def test_a_function_by_its_path_pays_as_it_says(write):
    path = f"{write(FUNCTION)}:mine"
    rewards, record = rewards_of(path, x=0.5)
    whole = fsum([1.0, 0.5, 0.25, 0.125])
    assert rewards == [record.score * share / whole for share in (1.0, 0.5, 0.25, 0.125)]
    assert record.setting["credit"] == {"name": path, "version": "0", "arguments": {"x": 0.5}}
    assert rewards_of(path)[0] == [record.score / 4] * 4


def test_a_class_by_its_path_pays_as_it_says(write):
    path = f"{write(CLASS)}:Mine"
    rewards, record = rewards_of(path, x=2.0)
    assert rewards == [0.25, 0.25, 0.25, 0.25 + 2 * record.score]
    assert record.setting["credit"] == {"name": path, "version": "3", "arguments": {"x": 2.0}}


@pytest.mark.parametrize(("text", "name"), [(FUNCTION, "mine"), (CLASS, "Mine"), (GROUP, "Ours")])
def test_each_passes_the_check(text, name, write):
    check_credit(memenv.make("credit", f"{write(text)}:{name}"))
    if name != "Mine":
        loaded = registry.load("credit", f"strange_credit:{name}")
        check_credit(loaded() if inspect.isclass(loaded) else loaded)


@pytest.mark.parametrize(("text", "name"), [(FUNCTION, "mine"), (CLASS, "Mine")])
def test_in_the_environment_the_rewards_sum_to_what_the_scheme_gives(text, name, write):
    path = f"{write(text)}:{name}"
    rewards, info = played(credit=path, credit_arguments={"x": 0.5})
    assert fsum(rewards) == pytest.approx(fsum(info["step_rewards"]), abs=1e-9)
    made = registry.make("credit", path, x=0.5)
    assert played(credit=made)[0] == rewards
    # What is not online is paid at the end.
    assert rewards[:2] == ([0.25, 0.25] if name == "Mine" else [0.0, 0.0])


def test_a_function_itself_works_as_its_name_does(write):
    path = f"{write(FUNCTION)}:mine"
    function = registry.load("credit", path)
    assert played(credit=function)[0] == played(credit=path)[0]
    assert rewards_of(function)[0] == rewards_of(path)[0]
    described = rewards_of(function)[1].setting["credit"]
    assert described == {"name": "mine", "version": "0", "arguments": {}, "object": True}


def test_a_lambda_is_a_scheme():
    credit = lambda episode: [episode.score] * len(episode.trajectory.steps)  # noqa: E731
    rewards, info = played(credit=credit)
    assert rewards == [0.0, 0.0, 3 * info["score"]]


@pytest.mark.parametrize("kind", ["environment", "run_episode"])
@pytest.mark.parametrize(
    ("credit", "arguments", "message"),
    [
        ("strange_credit:mine", {"y": 1}, r"'mine': .*unexpected keyword argument 'y'.* x"),
        ("strange_credit:Mine", {"y": 1}, r"credit 'strange_credit:Mine': .*'y'.* x"),
        ("strange_credit:Ours", {}, "'strange_credit:Ours' compares several rollouts"),
        ("strange_credit:theirs", {}, "cannot be loaded.*theirs"),
        ("strange_credit:VALUE", {}, "is a int: expected a class"),
        ("strange_credit:nothing", {}, "nothing"),
        ("strange_credit:needs", {}, "'needs': .*'share'"),
    ],
)
def test_a_mistake_is_told_before_the_first_step(kind, credit, arguments, message, write):
    more = (
        "VALUE = 1\ndef nothing():\n    return [1.0]\ndef needs(episode, share):\n    return []\n"
    )
    write(FUNCTION + CLASS + GROUP + more)

    def begin():
        if kind == "environment":
            return gym.make("MemAlpha-AR-v0", size=2, credit=credit, credit_arguments=arguments)
        return memenv.run_episode(INSTANCE, "skip", credit=credit, arguments={"credit": arguments})

    with pytest.raises(memenv.MemenvError, match=rf"(?s){message}"):
        begin()


def test_a_class_itself_is_no_scheme_yet(write):
    loaded = registry.load("credit", f"{write(CLASS)}:Mine")
    with pytest.raises(SettingError, match="got class Mine"):
        played(credit=loaded)


@pytest.mark.parametrize(
    "body",
    [
        "[1.0]",
        "[float('nan') for _ in episode.trajectory.steps]",
        "[]",
        "[1.0] * 9",
        "None",
        "1.0",
        "'1' * len(episode.trajectory.steps)",
        "[None] * len(episode.trajectory.steps)",
    ],
)
def test_a_wrong_return_is_told_with_the_name_of_the_scheme(body, write):
    path = f"{write(f'def odd(episode):{chr(10)}    return {body}{chr(10)}')}:odd"
    for attempt in (played, lambda credit: rewards_of(credit)):
        with pytest.raises(SettingError, match=r"credit odd gave .* finite numbers, one per step"):
            attempt(credit=path)


def config(path, **arguments):
    return Config("lines", (Target("overrides", size=2),), credit=path, credit_arguments=arguments)


def test_a_run_is_another_when_the_file_of_its_scheme_is(write):
    path = f"{write(FUNCTION)}:mine"
    first = run_id(config(path, x=0.5))
    assert run_id(config(path, x=0.5)) == first
    assert run_id(config(path, x=0.25)) != first
    write(FUNCTION + "# edited\n")
    assert run_id(config(path, x=0.5)) != first


def test_behind_our_decorator_it_is_the_strangers_file_that_counts(write):
    text = "from memenv.schemes import scheme\n\n@scheme(conserves=True)\n" + FUNCTION
    path = f"{write(text)}:mine"
    first = run_id(config(path))
    assert Scheme(registry.load("credit", path)).conserves
    write(text + "# edited\n")
    assert run_id(config(path)) != first


def test_the_command_evaluates_with_it_and_resumes(write, command):
    path = f"{write(FUNCTION)}:mine"
    call = ("eval", "--agent", "lines", "--env", "overrides", "--size", "2", "--episodes", "2")
    call += ("--credit", path, "-c", "x=1", "--json")
    code, out, err = command(*call)
    assert code == 0, err
    first = json.loads(out)
    assert (first["episodes"], first["failed"]) == (2, 0)
    assert json.loads(command(*call)[1])["digest"] == first["digest"]
    code, out, err = command("show", "latest", "0", "--json")
    assert code == 0, err
    record = json.loads(out)["record"]
    assert record["setting"]["credit"]["name"] == path
    assert record["setting"]["credit"]["arguments"] == {"x": 1}
    assert fsum(record["step_rewards"]) == pytest.approx(record["score"])
    code, out, err = command("show", "latest")
    assert code == 0, err
    assert path in out
    write(FUNCTION + "# edited\n")
    assert json.loads(command(*call)[1])["run"] != first["run"]


@pytest.mark.parametrize(
    ("credit", "more", "message"),
    [
        ("strange_credit:Ours", (), "compares several rollouts"),
        ("strange_credit:mine", ("-c", "y=1"), "unexpected keyword argument 'y'"),
        ("strange_credit:broken", (), "ZeroDivisionError"),
    ],
)
def test_the_command_tells_mistakes_without_a_traceback(credit, more, message, write, command):
    write(FUNCTION + GROUP + "\ndef broken(episode):\n    return [1 / 0]\n")
    call = ("eval", "--agent", "skip", "--env", "overrides", "--size", "2", "--episodes", "1")
    code, out, err = command(*call, "--credit", credit, *more)
    assert code != 0
    assert message in out + err
    assert "Traceback" not in out + err


@pytest.mark.slow
def test_the_command_measures_it_beside_ours(write, command):
    path = f"{write(FUNCTION)}:mine"
    call = ("credit", "--agent", "lines", "--env", "overrides", "--size", "3", "--episodes", "2")
    call += ("--scheme", path, "--workers", "1", "--permutations", "4", "--json")
    code, out, err = command(*call)
    assert code == 0, err
    assert path in out
