"""Rescoring: operations replayed, questions asked of today's reader, and nothing else."""

import sys
from dataclasses import replace

import pytest

from memenv import sources
from memenv.errors import DataError, MemenvError
from memenv.harness.config import Config, Target, identity, run_id
from memenv.harness.execute import Spec, execute
from memenv.harness.rescore import recorded_answers, rescore, rescored_run
from memenv.harness.results import Failure, Result, Run
from memenv.types import Answer, Chunk, Instance, Question

TOWNS = ("Oslo", "Rome", "Lima")

PLUGINS = """
from memenv.operations import Insert
from memenv.types import Answer, Chunk, Instance, Question

class Agent:
    def act(self, observation):
        return [Insert("semantic", observation.chunk.text)]

class Reader:
    version = "1"
    def answer(self, question, memory):
        entries = memory.entries
        return Answer(entries[0].text, ((entries[0].id, 1.0),)) if entries else Answer("")
"""


def homes(seed, size=None, split="test"):
    return Instance(
        id=f"homes/{seed}",
        competency="AR",
        source="toy",
        chunks=tuple(Chunk(f"Ada lives in {town}.", n) for n, town in enumerate(TOWNS)),
        questions=tuple(
            Question(f"{n}", "Where does Ada live?", (town,), "subem", after=n, evidence=(n,))
            for n, town in enumerate(TOWNS)
        ),
    )


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    name = f"rescored_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(PLUGINS)
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__(name)
    module.homes = homes
    yield module
    del sys.modules[name]


@pytest.fixture
def ran(plugins):
    """A function that plays two episodes: the run and its results."""

    def play(**settings):
        name = plugins.__name__
        config = Config(
            agent=f"{name}:Agent",
            targets=(Target(f"{name}:homes"),),
            episodes=2,
            reader=settings.pop("reader", f"{name}:Reader"),
            **settings,
        )
        results = [execute(Spec(config, config.targets[0], index, 0)) for index in range(2)]
        assert [result.failure for result in results] == [None, None]
        return Run(run_id(config), identity(config), "2026", {}, 2), results

    return play


def again(run, results):
    return list(rescore(run, results))


@pytest.mark.parametrize(
    "settings",
    [{}, {"reader": "lexical"}, {"credit": "finemem"}, {"capacity": 8}, {"layout": "mem-alpha"}],
    ids=str,
)
def test_nothing_changed_gives_the_same_records(settings, ran):
    run, results = ran(**settings)
    assert [each.result for each in again(run, results)] == [
        replace(result, record={**result.record}) for result in results
    ]


def test_a_reader_that_changed_is_asked_anew(ran, plugins, monkeypatch):
    run, results = ran()
    assert [result.score for result in results] == [1 / 3, 1 / 3]
    monkeypatch.setattr(plugins.Reader, "version", "2")
    newest = lambda self, question, memory: Answer(memory.entries[-1].text)  # noqa: E731
    monkeypatch.setattr(plugins.Reader, "answer", newest)
    found = again(run, results)
    assert [each.result.score for each in found] == [1.0, 1.0]
    assert [(each.asked, each.memory, each.credit) for each in found] == [(False,) * 3] * 2
    record = found[0].result.record
    assert record["setting"]["reader"]["version"] == "2"
    assert record["setting"]["agent"] == results[0].record["setting"]["agent"]
    assert record["steps"] == results[0].record["steps"]
    new = rescored_run(run, "2027")
    assert new.id != run.id
    assert new.identity["reader"]["version"] == "2"
    assert new.identity["rescored"] == run.id
    assert new.identity["agent"] == run.identity["agent"]


def test_the_agent_is_not_called_and_may_be_gone(ran, plugins, monkeypatch):
    run, results = ran()
    monkeypatch.delattr(plugins, "Agent")
    assert again(run, results)[0].result.record["digest"] == results[0].record["digest"]
    assert rescored_run(run, "2027").identity["agent"] == run.identity["agent"]


def test_a_scorer_that_changed_grades_anew(ran, monkeypatch):
    from memenv.scorers.match import SubstringMatch

    run, results = ran()
    monkeypatch.setattr(SubstringMatch, "version", "77")
    monkeypatch.setattr(SubstringMatch, "score", lambda self, answer, question: 0.5)
    (first, _) = again(run, results)
    assert first.result.score == 0.5
    assert first.result.record["setting"]["scorers"] == {"subem": "77"}


def test_answers_of_a_model_are_taken_as_they_were_recorded(ran, plugins, monkeypatch):
    run, results = ran()
    monkeypatch.setattr(plugins.Reader, "needs_model", True, raising=False)
    monkeypatch.setattr(plugins.Reader, "version", "2")
    monkeypatch.setattr(plugins.Reader, "answer", lambda *_: pytest.fail("the reader was asked"))
    assert recorded_answers(run)
    found = again(run, results)
    assert [each.result.record["digest"] for each in found] == [
        result.record["digest"] for result in results
    ]
    # What answered then stays named.
    assert rescored_run(run, "2027").identity["reader"]["version"] == "1"


def test_credit_that_asks_what_nobody_asked_is_not_assigned(ran, plugins, monkeypatch):
    run, results = ran(credit="counterfactual")
    monkeypatch.setattr(plugins.Reader, "needs_model", True, raising=False)
    (first, _) = again(run, results)
    assert first.credit
    assert first.result.record["step_rewards"] is None
    assert first.result.score == results[0].score


def test_questions_that_changed_are_graded_and_told(ran, plugins, monkeypatch):
    run, results = ran()

    def corrected(seed, size=None, split="test"):
        instance = homes(seed)
        questions = tuple(
            replace(each, answers=("Oslo", *each.answers)) for each in instance.questions
        )
        return replace(instance, questions=questions)

    monkeypatch.setattr(plugins, "homes", corrected)
    # Another process would have made none yet.
    sources._made.cache_clear()
    found = again(run, results)
    assert [each.result.score for each in found] == [1.0, 1.0]
    assert all(each.asked for each in found)


def test_another_stream_is_a_failure_and_no_score(ran, plugins, monkeypatch):
    run, results = ran()

    def longer(seed, size=None, split="test"):
        instance = homes(seed)
        return replace(instance, chunks=(*instance.chunks, Chunk("More.", 3)))

    monkeypatch.setattr(plugins, "homes", longer)
    # Another process would have made none yet.
    sources._made.cache_clear()
    (first, second) = again(run, results)
    for each in (first, second):
        assert each.result.record is None
        assert each.result.failure.stage == "rescore"
        assert "another stream: 4 chunks" in each.result.failure.message


def test_a_failed_episode_stays_one(ran):
    run, _ = ran()
    failed = Result("e/0/0", "e", 0, 0, None, Failure("agent", "ValueError", "no luck"), 1.0)
    assert [each.result for each in again(run, [failed])] == [failed]


def test_steps_that_were_not_read_are_told(ran):
    run, results = ran()
    bare = [replace(each, record={**each.record, "steps": []}) for each in results]
    assert "0 of 3 steps are stored" in again(run, bare)[0].result.failure.message


def test_a_reader_that_is_gone_is_told(ran, plugins, monkeypatch):
    run, results = ran()
    monkeypatch.delattr(plugins, "Reader")
    with pytest.raises(MemenvError, match="Reader"):
        again(run, results)
    with pytest.raises(MemenvError, match="Reader"):
        rescored_run(run, "2027")


def test_data_that_is_gone_or_another_is_told(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text(
        '{"id": "a", "competency": "AR", "source": "t", "chunks": ["Ada."], "questions": '
        '[{"question": "Who?", "answers": ["Ada"], "metric": "subem"}]}\n'
    )
    config = Config("append", (Target("MemEnv-File-v0", data=str(path)),))
    result = execute(Spec(config, config.targets[0], 0, 0))
    run = Run(run_id(config), identity(config), "2026", {"s.jsonl": str(path)}, 1)
    assert again(run, [result])[0].result.record["digest"] == result.record["digest"]
    path.write_text(path.read_text().replace("Who?", "What?"))
    with pytest.raises(DataError, match="has changed since the run"):
        again(run, [result])
    path.unlink()
    with pytest.raises(DataError, match=r"s\.jsonl"):
        again(run, [result])
