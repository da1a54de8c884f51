"""A small run, its bundle, and a forger who takes bundles apart and puts them together again."""

import copy
import gzip
import io
import json
import subprocess
import sys
import tarfile
from collections import Counter

import pytest
from memenv_leaderboard.bundle import chained, root_of
from memenv_leaderboard.packing import Declared, instances_hash, pack
from memenv_leaderboard.store import SqliteStore

from memenv.harness.config import Config, Target
from memenv.harness.evaluate import evaluate, plan
from memenv.types import canonical_json, sha256

TARGETS = (Target("overrides", size=3, episodes=2), Target("MemAlpha-TTL-v0", size=2, episodes=1))


class Forger:
    """A bundle as plain values, to be changed and written.

    Attributes:
        manifest: its values.
        lines: an object per episode.
        scores: its values.
        signature: the bytes of the file; `None` without one.
        raw: name of a file -> bytes to write instead.
        more: further members of the archive, as (TarInfo, bytes).
    """

    def __init__(self, path):
        with tarfile.open(path) as tar:
            read = {each.name: tar.extractfile(each).read() for each in tar}
        self.manifest = json.loads(read["manifest.json"])
        self.lines = [json.loads(line) for line in read["episodes.jsonl"].splitlines()]
        self.scores = json.loads(read["scores.json"])
        self.signature = read.get("signature.json")
        self.raw = {}
        self.more = []

    def sealed(self):
        """All hashes are right again, as a careful forger leaves them."""
        chain = ""
        for line in self.lines:
            chain = line["chain"] = chained(chain, line)
        manifest = self.manifest
        counts = Counter(canonical_json(line["env"]) for line in self.lines)
        for each in manifest["environments"]:
            each["episodes"] = counts[canonical_json(each["env"])]
            digests = [
                line["instance"]["digest"] for line in self.lines if line["env"] == each["env"]
            ]
            each["instances"] = instances_hash(digests)
        manifest["episodes"]["count"] = len(self.lines)
        manifest["episodes"]["chain"] = chain
        manifest["run"] = sha256(canonical_json(manifest["identity"]))[:12]
        manifest["scores"] = sha256(canonical_json(self.scores))
        return self.rooted()

    def rooted(self):
        """The root is right again, and no other hash."""
        self.manifest["root"] = root_of(self.manifest)
        return self

    def members(self):
        lines = "".join(canonical_json(line) + "\n" for line in self.lines)
        found = {
            "manifest.json": canonical_json(self.manifest).encode(),
            "episodes.jsonl": lines.encode(),
            "scores.json": canonical_json(self.scores).encode(),
        }
        if self.signature is not None:
            found["signature.json"] = self.signature
        return {**found, **self.raw}

    def tar(self):
        buffer = io.BytesIO()
        with tarfile.open(mode="w", fileobj=buffer) as tar:
            for name, content in self.members().items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
            for member, content in self.more:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return buffer.getvalue()

    def write(self, path):
        path.write_bytes(gzip.compress(self.tar()))
        return path


def run_of(store, agent="lines", targets=TARGETS, **settings):
    """A finished run of an agent."""
    config = Config(agent, targets, **settings)
    planned = plan(config, store)
    evaluate(config, store, planned)
    return store.find(planned.run)


def packed_as(path, db, run, key=None, **declared):
    """The bundle of a run."""
    with SqliteStore(db, read_only=True) as store:
        found = store.find(run)
        results = store.results(found.id, steps=True)
        pack(found, results, path, Declared(**{"submitter": "me", **declared}), key)
    return path


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory):
    """A database, and the id of its one run: `lines` with little room."""
    path = tmp_path_factory.mktemp("evaluated") / "memenv.db"
    with SqliteStore(path) as store:
        return path, run_of(store, capacity=0.5).id


@pytest.fixture(scope="session")
def packed(evaluated, tmp_path_factory):
    """The bundle of that run."""
    return packed_as(tmp_path_factory.mktemp("packed") / "bundle.tar.gz", *evaluated)


@pytest.fixture(scope="session")
def honest(packed):
    """What is in it; not to be changed."""
    return Forger(packed)


@pytest.fixture
def forger(honest):
    """What is in it, to be changed."""
    return copy.deepcopy(honest)


@pytest.fixture(scope="session")
def modelled(tmp_path_factory):
    """The database and the id of a run of `api` with the model that needs no server."""
    folder = tmp_path_factory.mktemp("modelled")
    command = [
        *("eval", "--agent", "api", "--model", "demo", "--env", "overrides", "--size", "3"),
        *("--episodes", "2", "--json"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "memenv.cli.main", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "memenv.db", json.loads(done.stdout)["run"]


@pytest.fixture
def tools():
    """The functions above, for tests that make runs and bundles of their own."""

    class Tools:
        pass

    Tools.run_of, Tools.packed_as = staticmethod(run_of), staticmethod(packed_as)
    Tools.Forger = Forger
    return Tools
