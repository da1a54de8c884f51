"""A board of very many runs is shown at once."""

import importlib.util
import sqlite3
from pathlib import Path

import pytest
from memenv_leaderboard.ranking import rank
from memenv_leaderboard.store import SqliteStore

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "leaderboard.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("leaderboard_benchmark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_made_up_runs_are_ranked(benchmark, tmp_path):
    path = tmp_path / "some.db"
    benchmark.fill(path, runs=12, episodes=20)
    with SqliteStore(path) as store:
        found = store.standings()
        boards, refused = rank(found, store.episode_scores)
    assert (len(found), refused) == (12, [])
    assert [board.capacity for board in boards] == [None, 0.2]
    # Later runs were given more skill.
    assert boards[0].places[0].standing.run > boards[0].places[-1].standing.run
    assert boards[0].places[-1].rank > 1


@pytest.mark.slow
def test_ten_thousand_runs_are_shown_in_a_second(benchmark, tmp_path):
    path = tmp_path / "many.db"
    # What is shown comes from the summaries, so few episodes make the same work.
    benchmark.fill(path, runs=100, episodes=100)
    SqliteStore(path).close()
    with SqliteStore(path) as store:
        store.refresh()
    _multiply(path, 100)
    found = benchmark.measure(path, 10_000, 100, every=False)
    assert found["memenv leaderboard show, CPU s"] < 1


def _multiply(path, times):
    """Copy every run, under other ids; their episodes are left out."""
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute("pragma table_info(summaries)")]
    names = ", ".join(columns[1:])
    runs = "created, used, planned, identity, places, declares"
    for number in range(1, times):
        connection.execute(
            f"insert into runs (id, {runs}) select id || '-{number}', {runs} from runs "
            "where length(id) = 12"
        )
        connection.execute(
            f"insert into summaries (run, {names}) select run || '-{number}', {names} "
            "from summaries where length(run) = 12"
        )
    connection.execute("delete from outdated")
    connection.commit()
    connection.close()
