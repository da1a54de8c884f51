"""Real runs on small streams, played once, and databases made of them."""

import json

import pytest
from memenv_leaderboard.store import SqliteStore

from memenv.harness.config import Config, Target
from memenv.harness.evaluate import evaluate, plan

PEOPLE = ("Ada", "Ben", "Cleo", "Dara", "Eli", "Fay")
TOWNS = ("Oslo", "Rome", "Lima", "Bonn", "Cork", "Pisa")


def stream(number):
    """A stream in which somebody moves, by competencies in turn."""
    name, town, before = PEOPLE[number], TOWNS[number], TOWNS[number - 1]
    question = {"question": f"Where does {name} live?", "answers": [town], "metric": "subem"}
    return {
        "id": f"s-{number}",
        "competency": ("AR", "CR")[number % 2],
        "source": f"source {number % 3}",
        "chunks": [f"{name} lives in {before}.", f"{name} lives in {town}.", "It rained."],
        "questions": [{**question, "support": [f"{name} lives in {town}."], "stale": [before]}],
    }


@pytest.fixture(scope="session")
def streams(tmp_path_factory):
    """A file of six streams."""
    path = tmp_path_factory.mktemp("streams") / "s.jsonl"
    path.write_text("".join(json.dumps(stream(number)) + "\n" for number in range(6)))
    return path


@pytest.fixture(scope="session")
def evaluated(streams):
    """A function that evaluates an agent on the streams, into a store; the id of the run."""

    def run(store, agent="append", **settings):
        targets = settings.pop("targets", (Target("MemEnv-File-v0", data=str(streams)),))
        config = Config(agent=agent, targets=targets, **settings)
        planned = plan(config, store)
        evaluate(config, store, planned)
        return planned.run

    return run


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.db"


@pytest.fixture
def store(path):
    with SqliteStore(path) as store:
        yield store
