"""A run that loses questions in every way, and one in which every text is an attack."""

import json
from pathlib import Path

import pytest
from memenv_leaderboard.pages.choose import Depth
from memenv_leaderboard.pages.site import write_site
from memenv_leaderboard.store import SqliteStore

from memenv import Delete, Insert, Update
from memenv.files import load_instances
from memenv.harness.config import Config, Target, identity
from memenv.harness.results import Failure, Result, Run
from memenv.registry import FILE_ENVIRONMENT
from memenv.run import run_episode

LINE = "x" * 1_000_000
ATTACKS = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    '"><svg onload="window.hacked = 1"><style>*{display:none}</style>',
    "<a href='javascript:window.hacked = 1'>click</a> <iframe srcdoc='<b>in</b>'></iframe>",
    "{{ 7 * 7 }} {% raise %} ${window.hacked = 1} `${hacked}` \\u003cb\\u003e '); hack('",
    "\x1b[31mred\x1b[0m \x00 \x07 \x9b1m",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200fmark \ufeff",
    "line\u2028separator\u2029ends --> <!-- ]]> &lt;b&gt; &#60;",
    "מוזיקה עברית العربية 日本語 👩‍🚀",
    '__proto__ constructor toString "quoted" \\ back\\slash',
)


def question(text, answers, support, **more):
    return {
        "question": text,
        "answers": answers,
        "metric": "subem",
        "support": support,
        **more,
    }


STORY = {
    "id": "story",
    "competency": "AR",
    "source": "test",
    "chunks": [
        "Ada dwells in Oslo. Ben has a red car.",
        "Cleo sings in a choir.",
        "The pilot Max resides near a place. The pilot Eva resides near a town. "
        "Ben has sold it and walks.",
    ],
    "questions": [
        question(
            "Where does the pilot reside?", ["Oslo"], ["Ada dwells in Oslo."], evidence_chunks=[0]
        ),
        question(
            "What colour has the car of Ben?", ["red"], ["Ben has a red car."], category="past"
        ),
        question("In what does Cleo sing?", ["a choir"], ["Cleo sings in a choir."]),
        question("Who is near a town?", ["Eva"], ["The pilot Eva resides near a town."]),
        question("What has Max eaten?", ["soup"], [], category="absent"),
    ],
    "probes": [
        [question("Where does Ada dwell?", ["Oslo"], [])],
        [question("What does Cleo do?", ["sings"], [])],
        [question("Who walks?", ["Ben"], [])],
    ],
}


class Scripted:
    """Does at every chunk what it is told to."""

    def __init__(self, script):
        self._script = script

    def act(self, observation):
        return self._script[observation.step]


SCRIPT = [
    [Insert("semantic", "Ada dwells in Oslo."), Insert("semantic", "Ben has a red car.")],
    [
        Insert("nowhere", "Cleo sings."),
        Insert("episodic", "soon gone"),
        Insert("episodic", "soon gone"),
    ],
    [
        Insert("semantic", "The pilot Max resides near a place."),
        Insert("semantic", "The pilot Eva resides near a town.", parents=("0.0",)),
        Update("0.1", "Ben walks."),
        Delete("1.1"),
    ],
]


def a_file(folder, *instances, name="streams.jsonl"):
    path = folder / name
    path.write_text("".join(json.dumps(each) + "\n" for each in instances), "utf-8")
    return path


def a_run(path, agent="lines", id="0123456789ab", planned=1, **settings):  # noqa: A002
    """A run on a file of instances, as `memenv eval` would note it."""
    config = Config("lines", (Target(FILE_ENVIRONMENT, str(path)),), **settings)
    known = {**identity(config)}
    known["agent"] = {**known["agent"], "name": agent}
    created = "2026-01-02T03:04:05+00:00"
    return Run(id, known, created, {path.name: str(path)}, planned, {"stateful": False})


def a_result(path, script, number=0, **settings):
    instance = load_instances(str(path))[number]
    record = run_episode(instance, Scripted(script), **settings).to_dict()
    record = json.loads(json.dumps(record))
    return Result(f"{path.name}/{number}/0", path.name, number, 0, record, None, 1.0)


def a_failure(path, message="no luck", number=1):
    failure = Failure("agent, step 1", "ValueError", message)
    return Result(f"{path.name}/{number}/0", path.name, number, 0, None, failure, 0.1)


def hostile(path):
    """A file in which every text is an attack, and what an agent made of it."""
    chunks = [" . ".join(ATTACKS), *ATTACKS, LINE]
    asked = [question(text, [text], [text], category=text, stale_answer=text) for text in ATTACKS]
    asked.append(question(LINE, [LINE], [LINE], options=list(ATTACKS)))
    stream = {
        "id": ATTACKS[1],
        "competency": "AR",
        "source": ATTACKS[2],
        "chunks": chunks,
        "questions": asked,
    }
    file = a_file(path, stream, name="<img src=x onerror=hacked>.jsonl")
    script = [
        [Insert("semantic", each), Update(each[:99], each), Insert(each[:99], each)]
        for each in [*ATTACKS, LINE]
    ]
    script.append([Insert("episodic", "half a pair \ud800"), Delete("<b>")])
    return file, script


@pytest.fixture(scope="session")
def story(tmp_path_factory):
    """A database with one run of the story, and the file that it is of."""
    folder = tmp_path_factory.mktemp("story")
    path = a_file(folder, STORY, {**STORY, "id": "second"})
    db = folder / "memenv.db"
    with SqliteStore(db) as store:
        run = a_run(path, agent="teller", planned=2)
        store.begin(run)
        store.save(run.id, a_result(path, SCRIPT))
        store.save(run.id, a_failure(path))
    return db, path


@pytest.fixture(scope="session")
def attacked(tmp_path_factory):
    """A database in which everything that can be a text is an attack."""
    folder = tmp_path_factory.mktemp("attacked")
    path, script = hostile(folder)
    db = folder / "memenv.db"
    with SqliteStore(db) as store:
        for number, attack in enumerate((*ATTACKS, LINE)):
            run = a_run(path, agent=attack, id=f"{number:012x}")
            run.identity["agent"]["arguments"] = {"model": attack, attack[:50]: [attack]}
            store.begin(run)
            store.save(run.id, a_failure(path, message=attack))
        result = a_result(path, script)
        result.record["steps"][0]["raw"] = ATTACKS[0]
        result.record["instance"]["competency"] = ATTACKS[0]
        store.save("000000000000", result)
    return db, path


@pytest.fixture(scope="session")
def site(story, tmp_path_factory):
    """The pages of the story."""
    return built(story[0], tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def attacked_site(attacked, tmp_path_factory):
    """The pages of the attacked database, all of them whole."""
    return built(attacked[0], tmp_path_factory.mktemp("attacked-site"), Depth(runs=20))


def built(db: Path, folder: Path, depth=None) -> Path:
    with SqliteStore(db, read_only=True) as store:
        write_site(store, folder, depth)
    return folder


class Kit:
    """What tests make runs and pages from."""

    ATTACKS, LINE, STORY, SCRIPT = ATTACKS, LINE, STORY, SCRIPT
    a_file, a_run, a_result, a_failure = map(staticmethod, (a_file, a_run, a_result, a_failure))
    built, question = staticmethod(built), staticmethod(question)


@pytest.fixture(scope="session")
def kit():
    return Kit
