"""How long the board takes over many runs: making it, showing it, and how large the file is.

    python benchmarks/leaderboard.py                     # 10,000 runs of 100 episodes
    python benchmarks/leaderboard.py --runs 100 --db FILE

The runs are made up: small records of which every number is drawn, put in by SQL. What is timed is
what the product does with them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from memenv_leaderboard.database import insert
from memenv_leaderboard.store import SqliteStore

from memenv.harness.results import Result
from memenv.types import canonical_json

TARGETS = [
    ("MemAlpha-AR-v0", "AR", 40),
    ("MemAlpha-TTL-v0", "TTL", 20),
    ("MemAlpha-LRU-v0", "LRU", 20),
    ("overrides", "CR", 20),
]
SHOW = [sys.executable, "-m", "memenv.cli.main", "leaderboard", "show"]


def identity(number: int) -> dict[str, object]:
    """Of a made-up run; every fifth one is at a tight capacity."""
    return {
        "agent": {"name": "made-up:Agent", "version": "1", "arguments": {"number": number}},
        "reader": {"name": "lexical", "version": "2", "arguments": {}},
        "credit": {"name": "terminal", "version": "1", "arguments": {}},
        "targets": [{"env": env, "size": None} for env, _, _ in TARGETS],
        "capacity": 0.2 if number % 5 == 0 else None,
        "layout": "mem-alpha",
        "repeats": 1,
        "secret": None,
        "seed": 0,
        "split": "test",
    }


def result(rng: random.Random, skill: float, env: str, competency: str, index: int) -> Result:
    """One made-up episode."""
    score = min(1.0, max(0.0, rng.gauss(skill, 0.15)))
    record = {
        "instance": {
            "id": f"{env}/{index}",
            "digest": f"{env}/{index}",
            "competency": competency,
            "source": env,
            "tokens": 10_000,
            "chunks": 10,
        },
        "setting": {"scorers": {"subem": "1"}, "tokenizer": "memenv-16k"},
        "evidence": [
            {"question": "0", "kept": True, "found": score > 0.4, "answered": score > 0.5}
        ],
        "questions": [],
        "grades": [],
        "memory_tokens": rng.randrange(200, 10_000),
        "usage": {"calls": 10, "usd": 0.01},
        "digest": f"{rng.getrandbits(64):016x}",
        "score": score,
        "steps": [],
    }
    return Result(f"{env}/{index}/0", env, index, 0, record, None, 0.1)


def fill(path: Path, runs: int, episodes: int) -> None:
    """Put made-up runs into a database."""
    share = episodes / sum(count for _, _, count in TARGETS)
    with SqliteStore(path) as store:
        conn = store._conn
        for number in range(runs):
            rng = random.Random(number)
            made = [
                result(rng, 0.2 + 0.6 * number / runs, env, competency, index)
                for env, competency, count in TARGETS
                for index in range(max(1, round(count * share)))
            ]
            name = f"{number:012x}"
            run = {
                "id": name,
                "created": f"2026-01-01T00:00:00.{number:06}+00:00",
                "used": f"2026-01-01T00:00:00.{number:06}+00:00",
                "planned": len(made),
                "identity": canonical_json(identity(number)),
                "places": "{}",
                "declares": '{"stateful":false,"needs_instance":false}',
            }
            if number % 500 == 0:
                conn.execute("begin")
            insert(conn, "runs", [run])
            insert(conn, "episodes", [_row(name, each) for each in made])
            if number % 500 == 499 or number == runs - 1:
                conn.execute("commit")


def _row(run: str, made: Result) -> dict[str, object]:
    from memenv_leaderboard.board import rows_of

    return rows_of(run, made)[0]


def main() -> None:
    """Print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--db", type=Path, help="Made and kept here; else in a folder that goes.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.db or Path(folder) / "big.db"
        found = measure(path, given.runs, given.episodes)
    if given.json:
        print(json.dumps(found))  # noqa: T201
        return
    for name, value in found.items():
        print(f"{name:48}{value:10.2f}")  # noqa: T201


def measure(path: Path, runs: int, episodes: int, *, every: bool = True) -> dict[str, float]:
    """Seconds of everything, and megabytes; or only of showing."""
    found: dict[str, float] = {"runs": runs, "episodes of each": episodes}
    if every:
        begun = time.perf_counter()
        if not path.exists():
            fill(path, runs, episodes)
        found["made up, s"] = time.perf_counter() - begun
        with SqliteStore(path) as store:
            begun = time.perf_counter()
            store.refresh()
            found["all summaries made, s"] = time.perf_counter() - begun
            begun = time.perf_counter()
            store.standings()
            found["all standings read, s"] = time.perf_counter() - begun
    for more in ([], ["--competency", "CR"], ["--all", "--json"])[: 3 if every else 1]:
        name = " ".join(["memenv leaderboard show", *more])
        seconds, cpu = min(_timed([*SHOW, "--db", str(path), *more]) for _ in range(3))
        found[f"{name}, s"] = seconds
        found[f"{name}, CPU s"] = cpu
    found["file, MB"] = path.stat().st_size / 1e6
    return found


def _timed(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock and of the processor, of a whole process."""
    environment = {**os.environ, "COLUMNS": "120", "OMP_NUM_THREADS": "1"}
    before, begun = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    seconds, after = time.perf_counter() - begun, os.times()
    cpu = after.children_user - before.children_user
    return seconds, cpu + after.children_system - before.children_system


if __name__ == "__main__":
    main()
