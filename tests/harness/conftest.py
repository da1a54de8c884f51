"""A file of small streams, plug-ins written on the spot, and a store that is a dictionary."""

import itertools
import json
import sys
from dataclasses import replace

import pytest

from memenv.harness.config import Config, Target

PEOPLE = ("Ada", "Ben", "Cleo", "Dara", "Eli", "Fay")
TOWNS = ("Oslo", "Rome", "Lima", "Bonn", "Cork", "Pisa")


def stream(number):
    question = {
        "question": f"Where does {PEOPLE[number]} live?",
        "answers": [TOWNS[number]],
        "metric": "subem",
        "evidence_chunks": [0],
    }
    return {
        "id": f"s-{number}",
        "competency": "AR",
        "source": "test",
        "chunks": [f"{PEOPLE[number]} lives in {TOWNS[number]}.", f"It rained {number} times."],
        "questions": [question],
    }


class DictStore:
    """The `Store` protocol without a database; it counts what is saved."""

    def __init__(self):
        self.known = {}
        self.kept = {}
        self.saved = []

    def begin(self, run):
        known = self.known.setdefault(run.id, run)
        self.known[run.id] = replace(known, planned=run.planned)

    def save(self, run, result):
        self.kept.setdefault(run, {})[result.key] = result
        self.saved.append(result.key)

    def scores(self, run):
        return {key: r.score for key, r in self.kept.get(run, {}).items()}

    def failed(self, run):
        kept = self.kept.get(run, {})
        return {key: r.failure.error for key, r in kept.items() if r.failure}

    def result(self, run, key):
        return self.kept[run][key]

    def results(self, run, *, steps=False):
        order = sorted(self.kept.get(run, {}).values(), key=lambda r: (r.env, r.index, r.repeat))
        return iter(order)

    def runs(self):
        return list(self.known.values())

    def find(self, run):
        return self.known[run]


@pytest.fixture
def store():
    return DictStore()


@pytest.fixture
def streams(tmp_path):
    """Write a file of streams; give its path."""

    def write(count=3, name="streams.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(stream(i)) + "\n" for i in range(count)))
        return str(path)

    return write


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Write a module where it can be imported; give its name."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    written = []
    numbers = itertools.count()

    def write(code):
        # A name of its own: modules of other tests may still be imported.
        name = f"plugin_{abs(hash(str(tmp_path)))}_{next(numbers)}"
        (folder / f"{name}.py").write_text(code)
        written.append(name)
        return name

    yield write
    for name in written:
        sys.modules.pop(name, None)


@pytest.fixture
def config(streams):
    """A configuration on the file of streams."""

    def make(agent="append", *, data=None, **settings):
        target = Target("MemEnv-File-v0", data=data or streams())
        return Config(agent, (target,), **settings)

    return make
