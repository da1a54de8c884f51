import json

import pytest
from click.testing import CliRunner
from memenv_baselines.llm.sieve import Sieve
from memenv_baselines.llm.styles import make_style
from memenv_baselines.llm.traces import Setting, read_traces, traces

import memenv
from memenv import pipeline
from memenv.cli.traces_command import command
from memenv.errors import DataError, SettingError
from memenv.views import make_view

STREAM = memenv.make("task", "overrides", size=2)(seed=1, split="train")


def test_a_trace_is_what_local_would_see_and_what_the_agent_did():
    found = list(traces(STREAM, "oracle", Setting("fine-mem", 0.2, "flat")))
    assert [each["step"] for each in found] == [0, 1]
    trajectory = pipeline.begin(STREAM, "flat", 0.2)
    style = make_style("fine-mem")
    for trace in found:
        observation = pipeline.observe(trajectory, make_view(style.view))
        assert trace["messages"] == style.messages(observation)
        trajectory = pipeline.act(trajectory, style.heard(observation, trace["completion"]))
    again = memenv.run_episode(STREAM, "oracle", capacity=0.2, layout="flat")
    assert trajectory.memories[-1].tokens == again.steps[-1]["memory_tokens"]


def test_what_the_memory_refused_is_not_learned_unless_it_is_asked_for():
    (few, _), (many, _) = (
        list(traces(STREAM, "lines", Setting("tiny", 0.1, "flat", rejected=rejected)))
        for rejected in (False, True)
    )
    assert few["completion"].count("INSERT") < many["completion"].count("INSERT")


def test_an_agent_that_keeps_more_than_the_memory_gives_no_traces():
    with pytest.raises(SettingError, match="keeps more than the memory"):
        list(traces(STREAM, "http-memory", Setting(arguments={"url": "http://127.0.0.1:9"})))


def run(*words):
    return CliRunner().invoke(command, [str(word) for word in words])


def test_the_command_writes_the_same_file_again(tmp_path):
    words = ["--agent", "oracle", "--env", "overrides", "--size", 2, "--capacity", 0.2]
    for name in ("a", "b"):
        done = run(*words, "--episodes", 2, "-o", tmp_path / name)
        assert done.exit_code == 0, done.output
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    found = read_traces(tmp_path / "a")
    assert [each["instance"] for each in found[::2]] == [
        "overrides-v0/train/2/0", "overrides-v0/train/2/1"
    ]  # fmt: skip
    assert sorted(tmp_path.iterdir()) == [tmp_path / "a", tmp_path / "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no traces"),
        ("{", "line 1: not JSON"),
        ('{"completion": "x"}', "expected messages"),
        ('{"messages": [{"role": "user"}], "completion": "x"}', "a role and a content"),
        ('{"messages": [{"role": "user", "content": "x"}]}', "expected completion"),
    ],
)
def test_a_file_that_holds_no_traces_is_told_with_its_line(tmp_path, text, message):
    (tmp_path / "t").write_text(text)
    with pytest.raises(DataError, match=message):
        read_traces(tmp_path / "t")


def test_a_command_with_nothing_to_do_says_so(tmp_path):
    assert "pass --env" in str(run("--agent", "lines", "-o", tmp_path / "t").exception)
    missing = tmp_path / "no" / "t"
    assert "no such folder" in str(run("--agent", "lines", "--env", "x", "-o", missing).exception)


def test_the_sieve_keeps_kinds_of_lines_within_the_share_of_a_chunk():
    sieve = Sieve("overrides", 2, instances=8)
    trajectory = pipeline.begin(STREAM, "flat", 0.2)
    operations = sieve.act(pipeline.observe(trajectory, make_view("newest_1")))
    memory = pipeline.act(trajectory, operations).memories[-1]
    assert 0 < memory.tokens <= memory.capacity / 2
    assert operations == Sieve("overrides", "2", instances=8).act(
        pipeline.observe(trajectory, make_view("newest_1"))
    )
    with pytest.raises(SettingError, match="numbers of chunks"):
        Sieve("overrides", "two")


def test_a_file_of_traces_is_json_lines(tmp_path):
    words = ["--agent", "lines", "--env", "overrides", "--size", 2, "--episodes", 1]
    assert run(*words, "-o", tmp_path / "t").exception is None
    for line in (tmp_path / "t").read_text("utf-8").splitlines():
        names = ["agent", "completion", "instance", "messages", "step", "style"]
        assert sorted(json.loads(line)) == names
