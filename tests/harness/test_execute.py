import time

import pytest

from memenv.harness.config import Config, Target
from memenv.harness.execute import Spec, execute, with_seed
from memenv.harness.failures import redact
from memenv.harness.results import Failure

READ = """
from memenv.types import Answer
class Reader:
    def answer(self, question, memory):
        {}
"""
ACT = """
import os, sys, time
from memenv.operations import Insert, Skip
class Agent:
    def act(self, observation):
        {}
"""
ASSIGN = """
class Credit:
    def assign(self, episode):
        {}
"""


def run(config, index=0):
    return execute(Spec(config, config.targets[0], index, 0))


def test_an_episode_that_goes_well_has_a_record_and_no_failure(config):
    result = run(config())
    assert result.failure is None
    assert result.score == 1.0
    assert (result.key, result.env, result.index) == ("streams.jsonl/0/0", "streams.jsonl", 0)
    assert result.record["seconds"] == result.seconds > 0


def test_an_agent_that_sleeps_is_left_at_its_timeout(config, plugin):
    name = plugin(ACT.format("time.sleep(60 if observation.step else 0); return []"))
    begun = time.monotonic()
    result = run(config(f"{name}:Agent", timeout=0.3))
    assert time.monotonic() - begun < 10
    assert result.failure == Failure("agent, step 1", "Timeout", "took longer than 0.3 seconds")
    assert result.record is None
    assert result.score is None


def test_an_abandoned_episode_stops_at_its_next_step(config, plugin, tmp_path):
    trace = tmp_path / "trace"
    body = (
        f"with open({str(trace)!r}, 'a') as file: file.write(str(observation.step))\n"
        f"        time.sleep(0.6); return []"
    )
    name = plugin(ACT.format(body))
    result = run(config(f"{name}:Agent", timeout=0.2))
    assert result.failure.error == "Timeout"
    time.sleep(1.0)
    assert trace.read_text() == "0"


def test_an_episode_that_nobody_waits_for_is_left(config, plugin):
    name = plugin(ACT.format("time.sleep(60)"))
    made = config(f"{name}:Agent")
    result = execute(Spec(made, made.targets[0], 0, 0), cancelled=lambda: True)
    assert result.failure.message == "interrupted"
    assert result.record is None


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise ValueError('no')", "ValueError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("sys.exit('bye')", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("class Odd(BaseException): pass\n        raise Odd('x')", "Odd"),
        ("return self.act(observation)", "RecursionError"),
        ("return None", "TypeError"),
        ("return 7", "TypeError"),
        ("return [None]", "TypeError"),
        ("return {'op': 'insert'}", "TypeError"),
        ("assert False", "AssertionError"),
    ],
    ids=str,
)
def test_what_an_agent_does_wrong_is_a_failure_of_its_step(body, error, config, plugin):
    name = plugin(ACT.format(f"if not observation.step: return []\n        {body}"))
    result = run(config(f"{name}:Agent"))
    assert result.failure is not None, "a failure nobody would hear of"
    assert (result.failure.stage, result.failure.error) == ("agent, step 1", error)
    assert result.record is None
    assert result.score is None


@pytest.mark.parametrize("body", ["return ()", "return (x for x in [Skip()])", "return [Skip()]"])
def test_any_iterable_of_operations_will_do(body, config, plugin):
    name = plugin(ACT.format(body))
    assert run(config(f"{name}:Agent")).failure is None


def test_an_error_whose_message_cannot_be_read_is_a_failure_too(config, plugin):
    name = plugin(
        ACT.format(
            "class Odd(Exception):\n"
            "            def __str__(self): raise ValueError\n"
            "            __repr__ = __str__\n"
            "        raise Odd"
        )
    )
    assert run(config(f"{name}:Agent")).failure == Failure(
        "agent, step 0", "Odd", "its message cannot be read"
    )


def test_an_error_without_a_message_says_its_name(config, plugin):
    name = plugin(ACT.format("raise ValueError"))
    assert run(config(f"{name}:Agent")).failure.message == "ValueError()"


def test_a_failure_of_the_reader_is_the_readers(config, plugin):
    name = plugin(READ.format("raise OSError('gone')"))
    result = run(config(reader=f"{name}:Reader"))
    assert result.failure == Failure("reader", "OSError", "gone")


def test_a_reader_that_gives_no_answer_fails_as_the_reader(config, plugin):
    name = plugin(READ.format("return None"))
    assert run(config(reader=f"{name}:Reader")).failure.stage == "reader"


@pytest.mark.parametrize("body", ["1 / 0", "return None", "return [1.0]", "return ['a', 'b']"])
def test_a_failure_of_the_credit_scheme_is_the_schemes(body, config, plugin):
    name = plugin(ASSIGN.format(body))
    assert run(config(credit=f"{name}:Credit")).failure.stage == "credit"


def test_a_scheme_is_not_blamed_for_what_a_reader_left_in_the_record(config, plugin):
    name = plugin(READ.format("return Answer('x', cited=(1j,))"))
    result = run(config(reader=f"{name}:Reader"))
    assert (result.failure.stage, result.failure.error) == ("record", "TypeError")


def test_a_failure_of_the_task_is_the_tasks(plugin):
    name = plugin("def task(seed, size=None, split='test'):\n    raise ValueError(seed)\n")
    target = Target(f"{name}:task")
    result = execute(Spec(Config("append", (target,), seed=4), target, 3, 0))
    assert result.failure == Failure("task", "ValueError", "7")


def test_a_task_that_gives_no_instance_fails_as_the_task(plugin):
    name = plugin("def task(seed, size=None, split='test'):\n    return 'a stream'\n")
    target = Target(f"{name}:task")
    failure = execute(Spec(Config("append", (target,)), target, 0, 0)).failure
    assert failure.stage == "task"
    assert "expected an Instance" in failure.message


def test_a_file_that_changed_since_the_plan_fails_as_the_task(config, streams):
    made = config(data=streams(3))
    planned = Spec(made, made.targets[0], 0, 0, sha256="0" * 64)
    failure = execute(planned).failure
    assert failure.stage == "task"
    assert "has changed since the run was begun" in failure.message


def test_secrets_of_the_environment_are_not_in_a_message(config, plugin, monkeypatch):
    monkeypatch.setenv("THEIR_API_KEY", "sk-abcdefgh")
    monkeypatch.setenv("their_password", "hunter2hunter2")
    name = plugin(ACT.format("raise ValueError('sk-abcdefgh and hunter2hunter2')"))
    message = run(config(f"{name}:Agent")).failure.message
    assert message == "[THEIR_API_KEY] and [their_password]"


def test_a_secret_that_would_be_escaped_is_not_in_a_message(config, plugin, monkeypatch):
    monkeypatch.setenv("THEIR_TOKEN", "it's\\a\"secret")
    name = plugin(ACT.format("raise KeyError(os.environ['THEIR_TOKEN'])"))
    assert "secret" not in run(config(f"{name}:Agent")).failure.message


def test_a_secret_that_begins_like_another_is_not_left_over(monkeypatch):
    monkeypatch.setenv("A_KEY", "abcdefgh")
    monkeypatch.setenv("B_KEY", "abcdefgh-and-more")
    assert redact("abcdefgh-and-more, abcdefgh") == "[B_KEY], [A_KEY]"


def test_short_values_and_other_variables_are_left_alone(monkeypatch):
    monkeypatch.setenv("A_KEY", "short")
    monkeypatch.setenv("A_KEYBOARD", "a long layout")
    assert redact("short, a long layout") == "short, a long layout"


def test_a_long_message_is_cut_after_its_secrets_are_gone(config, plugin, monkeypatch):
    monkeypatch.setenv("A_KEY", "s" * 40)
    name = plugin(ACT.format("raise ValueError('x' * 1980 + 's' * 40 + 'x' * 5000)"))
    message = run(config(f"{name}:Agent")).failure.message
    assert len(message) == 2000
    assert "ssssssss" not in message


def test_an_episode_without_a_score_is_none_and_not_zero(config, plugin, monkeypatch):
    # A metric that cannot be measured here: every question of the episode has it.
    monkeypatch.setattr(
        "memenv.scorers.match.SubstringMatch.score", lambda self, answer, question: None
    )
    result = run(config())
    assert result.failure is None
    assert result.record["score"] is None
    assert result.score is None
    assert result.record["step_rewards"] is None


def test_a_repeat_gives_another_seed_to_an_agent_that_takes_one(plugin):
    targets = (Target("overrides"),)
    assert with_seed(Config("random", targets), 0) == {}
    assert with_seed(Config("random", targets), 2) == {"seed": 2}
    assert with_seed(Config("random", targets, {"seed": 40, "keep": 1}), 2) == {
        "seed": 42,
        "keep": 1,
    }
    assert with_seed(Config("append", targets), 2) == {}
    name = plugin("class Agent:\n    def __init__(self, seed=10): pass\n")
    assert with_seed(Config(f"{name}:Agent", targets), 1) == {"seed": 11}
