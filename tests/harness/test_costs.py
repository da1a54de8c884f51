"""What a dry run says, against what is asked in truth."""

import pytest

from memenv.errors import SettingError
from memenv.harness import costs
from memenv.harness.client import Client
from memenv.harness.config import Config, Target, asks_models, check, endpoints
from memenv.harness.costs import Limits, estimate
from memenv.harness.evaluate import evaluate, plan
from memenv.harness.prices import Price, Prices, Table
from memenv.loopback import serve_model
from memenv.models import Endpoint

PRICED = Prices([Table({"dear": Price(1e6, 2e6), "cheap": Price(0.0, 0.0)})])
FAR = "https://example.com/v1"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def estimated(config):
    def of(agent="api", *, model="dear", limits=None, prices=PRICED, base_url=FAR, **settings):
        named = {"model": model, "base_url": base_url} if agent == "api" else {}
        made = config(agent, agent_arguments=named, **settings)
        return estimate(made, plan(made, None).pending, prices, limits)

    return of


def test_it_asks_as_often_as_the_run_itself(config, store):
    with serve_model() as server, Client() as client:
        there = {"model": "demo", "base_url": server.url}
        made = config("api", agent_arguments=there, reader="api", reader_arguments=there)
        told = estimate(made, plan(made, None).pending, PRICED)
        evaluate(made, store, plan(made, store), models=client)
        assert told.calls == server.count == 9
        assert told.prompt_tokens == pytest.approx(client.bill.prompt_tokens, rel=0.2)
        assert told.completion_tokens == pytest.approx(client.bill.completion_tokens, rel=0.5)


def test_nothing_is_asked_where_no_model_is_needed(config):
    assert not asks_models(config("append"))
    assert asks_models(config("append", judge="m"))


def test_the_models_of_a_run_are_those_of_agent_reader_and_judge(config):
    named = {"model": "a", "base_url": FAR}
    made = config("api", agent_arguments=named, judge="j", judge_base_url=FAR)
    assert endpoints(made) == (Endpoint("a", FAR), Endpoint("j", FAR))


def test_dollars_are_those_of_the_tokens(estimated):
    told = estimated()
    assert told.usd == told.prompt_tokens + 2 * told.completion_tokens > 0
    assert estimated(model="cheap").usd == 0
    assert estimated(model="demo", base_url=None).usd == 0


def test_an_unknown_price_is_unknown_and_one_on_this_machine_is_nothing(estimated, monkeypatch):
    assert estimated(model="unheard-of").usd is None
    assert estimated(model="unheard-of", base_url="http://127.0.0.1:9/v1").usd == 0
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert estimated(model="unheard-of", base_url=None).usd == 0


def test_a_place_that_is_none_is_refused(estimated):
    with pytest.raises(SettingError, match="a base URL is like"):
        estimated(base_url="example.com")


def test_more_workers_take_less_time_but_chunks_wait_for_each_other(estimated):
    one, two, many = (estimated(workers=workers).minutes for workers in (1, 2, 50))
    assert one == pytest.approx(2 * two, rel=0.4)
    # Three alike episodes.
    assert many == pytest.approx(one / 3, rel=0.1)


def test_questions_wait_for_nobody(estimated):
    asked = {"model": "dear", "base_url": FAR}
    alone, together = (
        estimated("append", reader="api", reader_arguments=asked, limits=Limits(number)).minutes
        for number in (1, 3)
    )
    assert together < alone


def test_limits_of_a_provider_take_their_time(estimated):
    told = estimated(workers=9)
    assert told.calls == 6
    assert estimated(workers=9, limits=Limits(requests=2)).minutes == 3
    tokens = told.prompt_tokens + told.completion_tokens
    limited = estimated(workers=9, limits=Limits(tokens=tokens / 7))
    assert limited.minutes == pytest.approx(7, rel=1e-3)


def test_many_episodes_are_taken_to_be_like_two(monkeypatch):
    monkeypatch.setattr(costs, "MANY", 0)
    made = [
        Config("api", (Target("overrides", size=2),), {"model": "dear"}, episodes=count)
        for count in (2, 20)
    ]
    few, many = (estimate(each, plan(each, None).pending, PRICED) for each in made)
    assert many.calls == 10 * few.calls
    assert many.usd == pytest.approx(10 * few.usd, rel=1e-6)


def test_a_run_with_a_judge_cannot_use_processes(config):
    with pytest.raises(SettingError, match="leave out --engine processes"):
        check(config("append", judge="m", engine="processes"))
