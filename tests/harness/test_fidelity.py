"""Fidelity of credit schemes over episodes: what is measured does not depend on how."""

import json

import pytest

from memenv.errors import SettingError, UnknownNameError
from memenv.harness.config import Config, Target
from memenv.harness.fidelity import (
    MEASURES,
    Study,
    examine,
    kind_of,
    measure,
    planned,
    schemes_of,
    summarise,
)

OVERRIDES = Target("overrides", size=3)

STRANGER = """
def chunks_kept(episode):
    return [float(len(step.operations)) for step in episode.trajectory.steps]
def short(episode):
    return [1.0]
def broken(episode):
    raise KeyError("nothing")
def together(episodes):
    return [[episode.score] * len(episode.trajectory.steps) for episode in episodes]
together.group = True
def ragged(episodes):
    return [[0.0] for _ in episodes]
ragged.group = True
"""

POLICY = """
import numpy as np
from memenv.operations import Insert
class Policy:
    def act(self, observation):
        return [Insert("semantic", each) for each in observation.chunk.text.splitlines() if each]
    def score_function(self, trajectory):
        counts = [len(step.outcomes) for step in trajectory.steps]
        kept = [sum(type(each) is Insert for each in step.operations) for step in trajectory.steps]
        return np.array([[count, keep] for count, keep in zip(counts, kept)], dtype=float)
"""


def study(agent="lines", target=OVERRIDES, schemes=(), episodes=1, **changes):
    config = Config(agent, (target,), episodes=episodes, **changes.pop("config", {}))
    settings = {"copies": 3, "permutations": 2, **changes}
    return Study(config, schemes_of(schemes), **settings)


def reported(one, workers=1):
    specs, _ = planned(one)
    return summarise(one, one.config.targets[0], measure(one, specs, workers))


def without_seconds(report):
    schemes = {
        name: {key: value for key, value in found.items() if key != "seconds"}
        for name, found in report["schemes"].items()
    }
    return {**report, "schemes": schemes}


@pytest.fixture(scope="module")
def report():
    return reported(study())


def test_every_registered_scheme_is_measured(report):
    from memenv import registry

    assert set(report["schemes"]) == set(registry.names("credit"))
    for found in report["schemes"].values():
        assert found["error"] is None
        assert set(MEASURES) <= set(found)
        assert found["seconds"] >= 0
    json.dumps(report, allow_nan=False)


def test_the_truth_agrees_with_itself_exactly(report):
    truth = report["schemes"]["counterfactual"]
    for name in ("within", "across", "forks", "top_k", "sign"):
        assert truth[name]["mean"] == 1.0
    for name in ("within_shapley", "across_shapley"):
        assert report["schemes"]["shapley"][name]["mean"] == 1.0


def test_a_credit_that_is_the_same_everywhere_orders_no_steps(report):
    for name in ("uniform", "broadcast"):
        found = report["schemes"][name]
        assert found["within"] == {"mean": None, "low": None, "high": None, "episodes": 0}
        assert found["constant"]["mean"] == 1.0
        assert found["sign"]["mean"] == 0.5


def test_what_conserves_the_score_is_seen_to(report):
    for name in ("terminal", "uniform", "eara", "shapley"):
        assert report["schemes"][name]["unconserved_most"] < 1e-9
    assert report["schemes"]["broadcast"]["unconserved"]["mean"] > 0.1


def test_reader_calls_are_counted_where_a_scheme_asks(report):
    calls = {name: found["calls"]["mean"] for name, found in report["schemes"].items()}
    steps, questions = report["steps"], report["questions"]
    assert calls["terminal"] == calls["eara"] == 0
    assert calls["csr"] == calls["finemem"] > 0
    # Every step of this agent writes: the questions are asked again for each.
    assert 0 < calls["counterfactual"] <= steps * questions
    assert calls["shapley"] > 0
    assert calls["fork_replay"] > 0


def test_the_numbers_are_the_same_whoever_works():
    one = study(schemes=("eara", "same_state"), episodes=3)
    alone = reported(one)
    assert without_seconds(alone) == without_seconds(reported(one, workers=2))


def test_another_seed_gives_other_numbers():
    first, second = (reported(study(schemes=("eara",), config={"seed": seed})) for seed in (0, 1))
    assert without_seconds(first) != without_seconds(second)


def test_an_agent_that_skips_leaves_nothing_to_measure():
    found = reported(study("skip", schemes=("eara", "terminal")))
    assert found["constant_truth"] == 1.0
    for scheme in found["schemes"].values():
        for name in ("within", "across", "forks", "top_k", "sign"):
            assert scheme[name]["mean"] is None
        assert scheme["verdict"] == "unclear"


@pytest.mark.parametrize(
    ("agent", "target", "capacity"),
    [
        ("recent", OVERRIDES, 0.2),
        ("random", Target("rules", size=2), 0.2),
        ("lines", Target("MemStream-v0", size=3), None),
        ("append", Target("MemoryAgentBench-CR-v0", size=2), 0.2),
    ],
)
def test_other_agents_and_environments_are_measured_too(agent, target, capacity):
    one = study(agent, target, ("eara", "fork_replay"), config={"capacity": capacity})
    found = reported(one)
    assert found["episodes"] == 1
    assert not any(each["error"] for each in found["schemes"].values())


def test_streams_of_one_chunk_and_without_evidence_are_no_trouble(tmp_path):
    question = {"question": "Where does Ada live?", "answers": ["Oslo"], "metric": "subem"}
    rows = [
        {"id": str(n), "competency": "AR", "source": "t", "chunks": chunks, "questions": [question]}
        for n, chunks in enumerate([["Ada lives in Oslo."], ["Ada lives in Oslo.", "It rained."]])
    ]
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    target = Target("MemEnv-File-v0", data=str(path))
    found = reported(study("append", target, episodes=None))
    assert found["episodes"] == 2
    assert found["schemes"]["counterfactual"]["within"]["episodes"] == 1
    assert found["schemes"]["eara"]["split_within"]["mean"] is None
    assert not any(each["error"] for each in found["schemes"].values())


def test_an_episode_without_a_score_is_counted_and_left_out(tmp_path):
    question = {"question": "How is Ada?", "answers": ["well"], "metric": "judge"}
    row = {"id": "a", "competency": "AR", "source": "t", "chunks": ["x"], "questions": [question]}
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(row) + "\n")
    found = reported(study("append", Target("MemEnv-File-v0", data=str(path)), episodes=None))
    assert (found["episodes"], found["unscored"], found["score"]) == (0, 1, None)
    assert found["schemes"]["eara"]["within"]["mean"] is None


def test_a_strangers_schemes_are_measured_and_their_mistakes_told(plugin):
    name = plugin(STRANGER)
    made = [f"{name}:{each}" for each in ("chunks_kept", "together", "short", "broken", "ragged")]
    found = reported(study(schemes=("eara", *made)))["schemes"]
    assert list(found) == ["eara", *made, "counterfactual", "shapley"]
    assert found[made[0]]["error"] is None
    assert found[made[0]]["kind"] == "added"
    assert found[made[1]]["error"] is None
    assert "expected 3 finite numbers" in found[made[2]]["error"]
    assert "KeyError" in found[made[3]]["error"]
    assert "a row per episode" in found[made[4]]["error"]
    assert found["eara"]["error"] is None


def test_a_policy_with_gradients_is_told_the_cosine(plugin):
    agent = f"{plugin(POLICY)}:Policy"
    found = reported(study(agent, schemes=("eara", "uniform")))["schemes"]
    assert found["counterfactual"]["cosine"]["mean"] == pytest.approx(1.0)
    assert -1 <= found["eara"]["cosine"]["mean"] <= 1
    assert reported(study(schemes=("eara",)))["schemes"]["eara"]["cosine"]["mean"] is None


def test_without_permutations_there_are_no_shapley_values():
    found = reported(study(schemes=("eara",), permutations=0))["schemes"]
    assert list(found) == ["eara", "counterfactual"]
    assert found["eara"]["within_shapley"]["mean"] is None


def test_an_agent_that_breaks_is_told_in_one_line(plugin):
    agent = f"{plugin('class Agent:' + chr(10) + '    def act(self, o): return o.nothing')}:Agent"
    one = study(agent)
    with pytest.raises(SettingError, match="AttributeError"):
        examine(one, planned(one)[0][0])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"copies": 1}, "copies must be at least 2"),
        ({"drop": 0.0}, "drop is a probability"),
        ({"drop": 1.0}, "drop is a probability"),
        ({"permutations": 1}, "permutations must be 0"),
        ({"permutations": -2}, "permutations must be 0"),
    ],
)
def test_a_study_that_makes_no_sense_is_refused(changes, said):
    with pytest.raises(SettingError, match=said):
        planned(study(**changes))


def test_schemes_come_in_one_order_and_unknown_ones_are_refused():
    all_of_them = schemes_of(())
    assert all_of_them[-2:] == ("counterfactual", "shapley")
    assert schemes_of(("uniform", "eara", "shapley")) == (
        *("eara", "uniform", "counterfactual", "shapley"),
    )
    assert [kind_of(name) for name in ("eara", "fork_replay", "shapley", "a:b")] == [
        *("published", "ours", "truth", "added"),
    ]
    with pytest.raises(UnknownNameError, match="did you mean 'eara'"):
        schemes_of(("eraa",))
