"""What a run comes to: its row, why it is not ranked, and who may bring it up to date."""

import json
import sqlite3
from dataclasses import replace

import pytest
from memenv_leaderboard import summing
from memenv_leaderboard.ranking import rank
from memenv_leaderboard.store import SqliteStore
from memenv_leaderboard.submission import Submission

from memenv.harness.config import Target
from memenv.harness.results import Failure, Run
from memenv.harness.summary import summarise

GHOST = """
from memenv.operations import Insert
class Ghost:
    {declares}
    def act(self, observation):
        return [Insert(observation.layout.default_store, observation.chunk.text)]
"""


def row(store, run):
    (found,) = store.standings(run=run)
    return found


def test_a_row_says_what_the_summary_says(store, evaluated):
    run = evaluated(store, "lines", capacity=0.5)
    found, summary = row(store, run), summarise("", "", "", None, store.results(run))
    for name in ("score", "kept", "found", "stale", "memory_tokens", "stream_tokens", "digest"):
        assert getattr(found, name) == summary[name], name
    for name in ("episodes", "failed", "calls", "usd", "seconds"):
        assert getattr(found, name) == summary[name], name
    for name in ("by_competency", "by_source"):
        scores = {key: part["score"] for key, part in summary[name].items()}
        assert getattr(found, name) == scores
    assert found.memory_ratio == summary["memory_tokens"] / summary["stream_tokens"]
    assert (found.suite, found.track, found.capacity) == (None, "s.jsonl x6", 0.5)
    assert (found.agent, found.reader, found.role) == ("lines", "lexical 2", "entry")
    assert found.low <= found.score <= found.high
    assert found.ranked
    assert found.level == "reported"


def test_a_row_follows_its_episodes(store, path, evaluated):
    run = evaluated(store)
    before = row(store, run)
    result = next(store.results(run, steps=True))
    lost = replace(result, record=None, failure=Failure("agent", "ValueError", "no luck"))
    store.save(run, lost)
    after = row(store, run)
    assert (before.failed, after.failed) == (0, 1)
    assert after.refusals == ("1 of 6 episodes failed or have no score",)
    # Also when another program changes them.
    with sqlite3.connect(path) as other:
        other.execute('delete from episodes where run = ? and "index" > 2', [run])
    other.close()
    assert row(store, run).episodes == 3
    assert "3 of the 6 planned episodes missing" in row(store, run).refusals[0]


def test_closing_leaves_no_work_to_who_reads(path, evaluated):
    with SqliteStore(path) as store:
        run = evaluated(store)
    connection = sqlite3.connect(path)
    assert connection.execute("select count(*) from outdated").fetchone() == (0,)
    sql = "select run, score, ranked from leaderboard"
    assert connection.execute(sql).fetchall() == [(run, 1.0, 1)]
    connection.close()


def test_who_may_only_read_sees_what_is_true_all_the_same(path, evaluated):
    with SqliteStore(path) as store:
        run = evaluated(store)
    with sqlite3.connect(path) as other:
        other.execute("update summaries set score = 0.25")
        other.execute("insert into outdated values (?)", [run])
    other.close()
    with SqliteStore(path, read_only=True) as store:
        assert row(store, run).score == 1.0
        assert store.frame("leaderboard")["score"].tolist() == [1.0]
    connection = sqlite3.connect(path)
    assert connection.execute("select score from summaries").fetchall() == [(0.25,)]
    connection.close()


def test_floor_ceiling_and_stateful_agents_are_known_by_what_they_declare(
    store, evaluated, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "ghost_seer.py").write_text(GHOST.format(declares="needs_instance = True"))
    (tmp_path / "ghost_keeper.py").write_text(GHOST.format(declares="stateful = True"))
    rows = {
        name: row(store, evaluated(store, name))
        for name in ("skip", "oracle", "ghost_seer:Ghost", "ghost_keeper:Ghost", "append")
    }
    roles = [each.role for each in rows.values()]
    assert roles == ["floor", "ceiling", "ceiling", "entry", "entry"]
    assert [each.stateful for each in rows.values()] == [False, False, False, True, False]
    boards, refused = rank(list(rows.values()), store.episode_scores)
    assert refused == []
    assert [[p.standing.agent for p in board.places] for board in boards] == [
        ["append"],
        ["ghost_keeper:Ghost"],
    ]


def test_an_agent_of_which_nothing_is_known_is_not_ranked(store, evaluated):
    run = evaluated(store)
    stored = store.find(run)
    identity = {**stored.identity, "agent": {**stored.identity["agent"], "name": "gone:Agent"}}
    store.begin(Run("other", identity, stored.created, {}, 6))
    for result in store.results(run, steps=True):
        store.save("other", result)
    assert "not known what its agent declares" in row(store, "other").refusals[0]


SUITE = [("e", 8, None, 2), ("f", None, "name", 1)]


@pytest.fixture
def small_suite(monkeypatch, evaluated):
    """A suite of two environments, and a function that runs some of it."""
    entries = [("overrides", 4, None, 2), ("overrides", 5, "longer", 1)]
    monkeypatch.setattr(summing, "_suites", lambda: {"small": entries})

    def run(store, agent="append", episodes=(2, 1), **settings):
        targets = tuple(
            Target(env, size=size, name=name, episodes=count)
            for (env, size, name, _), count in zip(entries, episodes, strict=True)
        )
        return row(store, evaluated(store, agent, targets=targets, **settings))

    return run


def test_a_suite_is_known_by_its_environments(store, small_suite):
    found = small_suite(store)
    assert (found.suite, found.track, found.planned, found.refusals) == ("small", "small", 3, ())
    assert found.environments == ("overrides", "longer")


def test_a_suite_without_some_of_its_episodes_is_not_ranked(store, small_suite):
    found = small_suite(store, episodes=(1, 1))
    assert found.refusals == (
        "1 of the 3 of small episodes missing: the same command runs the rest",
    )


def test_more_episodes_than_the_suite_has_do_not_count(store, small_suite):
    found = small_suite(store)
    more = small_suite(store, episodes=(4, 1))
    assert more.run == found.run
    assert (more.episodes, more.score, more.digest) == (3, found.score, found.digest)
    assert more.ranked


@pytest.mark.parametrize(("name", "value"), [("seed", 7), ("split", "train")])
def test_a_suite_is_ranked_on_its_own_seeds_and_split(name, value, store, small_suite):
    found = small_suite(store, **{name: value})
    assert found.refusals[0].startswith(f"{name} {value}: a suite is ranked on {name}")
    assert found.track == f"small, {name} {value}"


def test_private_seeds_have_a_board_of_their_own(store, small_suite):
    open_, private = small_suite(store), small_suite(store, secret="x" * 40)
    assert private.ranked
    assert private.suite == "small"
    assert private.track.startswith("small, private seeds ")
    assert private.basis != open_.basis


def test_repeats_of_a_suite_all_have_to_be_there(store, small_suite):
    found = small_suite(store, "random", repeats=2)
    assert (found.planned, found.episodes, found.refusals) == (6, 6, ())


@pytest.mark.parametrize(
    ("trained", "refused"),
    [
        (["small"], True),
        ("overrides:test", True),
        (["nothing", "longer"], True),
        (["overrides:train"], False),
        (["small:validation", "other"], False),
        ([], False),
        (7, False),
    ],
    ids=str,
)
def test_training_on_the_test_is_not_ranked(trained, refused, store, small_suite):
    run = small_suite(store).run
    stored = store.find(run)
    submission = Submission("root", run, "replayed", "me", {"trained_on": trained})
    assert store.ingest(stored, store.results(run, steps=True), submission)
    found = row(store, run)
    assert bool(found.refusals) is refused
    assert not refused or "trained on what is tested" in found.refusals[0]
    assert found.level == "replayed"


def test_rows_come_best_first_and_as_many_as_asked_for_of_every_board(store, evaluated):
    runs = [
        evaluated(store, agent, capacity=capacity)
        for agent in ("skip", "append", "lines", "random", "recent")
        for capacity in (None, 0.2)
    ]
    found = store.standings()
    assert sorted(each.run for each in found) == sorted(runs)
    assert [each.score for each in found] == sorted([each.score for each in found], reverse=True)
    assert len(store.standings(capacity=None)) == 5
    assert {each.capacity for each in store.standings(capacity=0.2)} == {0.2}
    # The best entry and the best floor of each of the two.
    assert len(store.standings(limit=1)) == 4
    assert len(store.standings(ranked=True, limit=1)) == 2
    assert store.standings(track="nothing") == []
    assert sum(each["count"] for each in store.sizes()) == 10
    by_cr = [each.by_competency["CR"] for each in store.standings(competency="CR")]
    assert by_cr == sorted(by_cr, reverse=True)


def test_episode_scores_are_means_over_repeats(store, evaluated):
    run = evaluated(store, "random", repeats=2, agent_arguments={"keep": 0.5})
    scores = store.episode_scores([run])[run]
    assert {name: len(part) for name, part in scores.items()} == {"AR": 3, "CR": 3}
    every = {}
    for result in store.results(run):
        every.setdefault(f"{result.env}/{result.index}", []).append(result.score)
    flat = {key: value for part in scores.values() for key, value in part.items()}
    assert flat == {key: sum(values) / 2 for key, values in every.items()}


def test_the_front_has_no_row_that_another_one_beats(store, evaluated):
    for agent in ("append", "lines", "random", "skip"):
        for capacity in (None, 0.2, 0.5):
            evaluated(store, agent, capacity=capacity)
    table = store.frame("leaderboard")
    table = table[table["ranked"] == 1]
    points = list(zip(table["memory_ratio"], table["score"], strict=True))
    front = {
        run
        for run, (size, score) in zip(table["run"], points, strict=True)
        if not any(
            other_size <= size and other >= score and (other_size, other) != (size, score)
            for other_size, other in points
        )
    }
    assert set(store.frame("pareto")["run"]) == front
    assert 0 < len(front) < len(table)


def test_sources_have_a_row_each(store, evaluated):
    run = evaluated(store)
    found = store.frame("by_source")
    assert dict(zip(found["source"], found["score"], strict=True)) == row(store, run).by_source


def test_a_record_that_is_damaged_takes_only_its_own_run_away(store, path, evaluated):
    good, bad = evaluated(store), evaluated(store, "lines")
    with sqlite3.connect(path) as other:
        other.execute("update episodes set record = '{broken' where run = ?", [bad])
    other.close()
    assert row(store, good).ranked
    assert "cannot be read" in row(store, bad).refusals[0]


def test_hostile_names_come_back(store, evaluated):
    run = evaluated(store)
    stored = store.find(run)
    for number, text in enumerate(["<script>", "\ud800", "a\0b", "'; drop table runs; --", "=1+1"]):
        agent = {"name": text, "version": text, "arguments": {text: text, "model": text}}
        store.begin(Run(f"h{number}", {**stored.identity, "agent": agent}, "2026", {}, 6))
        found = row(store, f"h{number}")
        assert found.agent == text.replace("\ud800", "?")
        assert json.dumps(found.to_dict())


def rename(run, name, version="1", **arguments):
    reader = {**run.identity["reader"], "name": name, "version": version, "arguments": arguments}
    return replace(run, id="sent", identity={**run.identity, "reader": reader})


@pytest.mark.parametrize(
    ("name", "version", "arguments"),
    [
        ("lexical 2", "", {}),
        ("lexical", "2 k=3", {}),
        ("lexical", "2", {"k": "3"}),
        ("lexical", "2", {"k": 3, "m": 4}),
        ("lexical", "2", {"k": "3 m=4"}),
    ],
    ids=str,
)
def test_two_readers_never_share_a_line(name, version, arguments):
    reader = {"name": name, "version": version, "arguments": arguments}
    others = [
        {"name": "lexical", "version": "2", "arguments": {}},
        {"name": "lexical", "version": "2", "arguments": {"k": 3}},
        {"name": "lexical", "version": "2", "arguments": {"k": 3, "m": "4"}},
    ]
    assert summing._line(reader) not in [summing._line(other) for other in others]


def test_a_made_up_reader_is_not_ranked_and_says_whose_answers_were_scored(store, small_suite):
    stored = store.find(small_suite(store).run)
    results = list(store.results(stored.id, steps=True))
    sent = rename(stored, "lexical 2", "")
    store.ingest(sent, results, Submission("a", "sent", "replayed", "me"))
    found = row(store, "sent")
    assert found.reader == '"lexical 2" "" (recorded answers)'
    assert found.checked == "replayed, recorded answers"
    assert "no reader 'lexical 2' is installed" in found.refusals[0]


def test_recorded_answers_have_a_board_of_their_own(store, small_suite):
    stored = store.find(small_suite(store).run)
    results = list(store.results(stored.id, steps=True))
    store.ingest(rename(stored, "mine:Reader"), results, Submission("a", "sent", "replayed", "me"))
    boards, refused = rank(store.standings(), store.episode_scores)
    assert not refused
    assert sorted(board.reader for board in boards) == [
        "lexical 2",
        "mine:Reader 1 (recorded answers)",
    ]
    assert not row(store, stored.id).recorded


def test_the_same_operations_under_another_root_are_not_ranked(store, small_suite):
    stored = store.find(small_suite(store).run)
    results = list(store.results(stored.id, steps=True))
    for root in ("a", "b"):
        run = replace(stored, id=f"sent-{root}")
        store.ingest(run, results, Submission(root, run.id, "replayed", "me", ingested="2026"))
    assert row(store, "sent-a").ranked
    assert row(store, "sent-b").refusals == ("same operations as a",)


def test_what_was_rescored_stands_in_place_of_its_source_and_inherits(store, small_suite):
    stored = store.find(small_suite(store).run)
    results = list(store.results(stored.id, steps=True))

    def again(source, name, created):
        identity = {**stored.identity, "rescored": source}
        store.begin(replace(stored, id=name, identity=identity, created=created))
        for result in results:
            store.save(name, result)
        store.begin(stored)

    again(stored.id, "one", "2100-01-01")
    assert row(store, stored.id).refusals == ("rescored as one",)
    assert row(store, "one").ranked
    again("one", "two", "2100-01-02")
    store.begin(replace(store.find("one"), created="2100"))
    assert [row(store, each).ranked for each in (stored.id, "one", "two")] == [False, False, True]
    declared = {"trained_on": ["small"]}
    store.ingest(stored, results, Submission("a", stored.id, "replayed", "me", declared))
    store.standings()
    for name in ("one", "two"):
        assert "trained on what is tested" in " ".join(row(store, name).refusals)
    again("gone", "three", "2100-01-03")
    assert "rescored from run gone" in row(store, "three").refusals[0]


def test_what_is_rescored_and_not_whole_stands_in_nobodys_place(store, small_suite):
    stored = store.find(small_suite(store).run)
    identity = {**stored.identity, "rescored": stored.id}
    store.begin(replace(stored, id="half", identity=identity))
    store.begin(stored)
    assert row(store, stored.id).ranked
