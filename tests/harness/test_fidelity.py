"""Fidelity of credit schemes over episodes: what is measured does not depend on how."""

import json
from dataclasses import replace

import pytest

from memenv.errors import MemenvError, SettingError, UnknownNameError
from memenv.harness.config import Config, Target
from memenv.harness.examine import examine
from memenv.harness.fidelity import MEASURES, measure, summarise
from memenv.harness.study import Study, kind_of, planned, schemes_of

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
def nothing(episodes):
    return None
nothing.group = True
def texts(episodes):
    return [["1", "2", "3"] for _ in episodes]
texts.group = True
"""

VANDALS = """
from memenv.schemes import scheme
def spoilt(episode):
    for trace in episode.evidence:
        trace["score"] = 0.0
        trace["gold_chunks"].clear()
        trace["retrieved"].clear()
    for name in list(episode.step_terms):
        episode.step_terms[name] = tuple(0.0 for _ in episode.trajectory.steps)
    return [1.0] * len(episode.trajectory.steps)
def spoilt_all(episodes):
    rows = [spoilt(each) for each in episodes]
    episodes.clear()
    return rows
spoilt_all.group = True
"""

HUGE = """
def constant(episode, size=1e308):
    return [size] * len(episode.trajectory.steps)
def rising(episode):
    return [-4e307 * step for step, _ in enumerate(episode.trajectory.steps)]
def together(episodes):
    return [constant(each) for each in episodes]
together.group = True
def whole(episode):
    return [10**400] * len(episode.trajectory.steps)
"""

TELLING = """
from memenv.credit import counterfactual
def lifted(episode):
    return [value + 100 * step for step, value in enumerate(counterfactual(episode))]
def odd_first(episodes):
    rows = [counterfactual(each) for each in episodes]
    return [[-99.0] * len(rows[0]), *rows[1:]]
odd_first.group = True
def rarely(episode):
    rows = counterfactual(episode)
    return [*rows[:1], *[0.0] * (len(rows) - 1)]
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


NO_NUMBERS = """
import numpy as np
from memenv.operations import Insert
class Policy:
    def act(self, observation):
        return [Insert("semantic", observation.chunk.text)]
    def score_function(self, trajectory):
        return WHAT
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


def test_the_calls_for_probes_are_those_of_the_probes_alone():
    from memenv import registry

    one = study(schemes=("csr", "terminal"), permutations=0)
    (spec,), _ = planned(one)
    instance = registry.make("task", "overrides")(0, size=3)
    questions = {each.text for each in instance.questions}
    probes = [(step, each.text) for step, row in enumerate(instance.probes) for each in row]
    # A question is asked of the last memory already.
    asked = [text for step, text in probes if step < 2 or text not in questions]
    found = examine(one, spec)
    assert (found["instance"], len(asked) > 3) == (instance.id, True)
    assert found["schemes"]["csr"]["calls"] == len(asked)
    assert found["schemes"]["terminal"]["calls"] == 0


def test_one_half_of_the_questions_is_held_against_the_other():
    found = reported(study(target=Target("MemAlpha-AR-v0", size=3), schemes=("eara",)))
    # The truth would agree with itself exactly, were both sides the same half.
    for name in ("split_within", "split_across"):
        assert found["schemes"]["counterfactual"][name]["mean"] < 1
        assert found["schemes"]["shapley"][name]["mean"] is None
    assert found["unsplit"] == 0


def test_halves_without_chunks_in_common_are_not_compared(tmp_path):
    questions = [
        {"question": f"Where is {who}?", "answers": [where], "metric": "subem"} | gold
        for who, where, gold in (
            ("Ada", "Oslo", {"evidence_chunks": [0]}),
            ("Ben", "Rome", {"evidence_chunks": [1]}),
        )
    ]
    row = {"id": "a", "competency": "AR", "source": "t", "questions": questions}
    row["chunks"] = ["Ada is in Oslo.", "Ben is in Rome."]
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(row) + "\n")
    found = reported(study("append", Target("MemEnv-File-v0", data=str(path)), episodes=None))
    assert found["unsplit"] == 1
    assert found["schemes"]["counterfactual"]["split_within"]["mean"] is None


def test_the_original_counts_for_none_of_its_forks(plugin):
    name = f"{plugin(TELLING)}:odd_first"
    found = reported(study(schemes=("eara", name), permutations=0))["schemes"][name]
    assert (found["forks"]["mean"], found["across"]["mean"]) == (1.0, 1.0)


def test_what_is_flat_at_most_steps_gets_no_verdict_from_the_others(plugin):
    name = f"{plugin(TELLING)}:rarely"
    target = Target("MemAlpha-AR-v0", size=4)
    one = study("lines", target, ("broadcast", "fork_replay", name), episodes=5, permutations=0)
    found = reported(one)["schemes"]
    rare = found[name]
    assert (rare["across"]["mean"], rare["across"]["low"]) == (1.0, 1.0)
    assert rare["forks"]["mean"] == 1.0
    assert 0 < rare["forks_share"]["mean"] < 0.5
    assert 0 < rare["across_share"]["mean"] < 0.5
    assert rare["verdict"] != "tracks"
    assert rare["verdict"] != "across only"
    assert found["broadcast"]["across_share"]["mean"] > 0.9
    assert found["fork_replay"]["by_construction"] == ["across", "forks"]
    assert found["fork_replay"]["across"]["low"] == 1.0
    assert found["fork_replay"]["verdict"] in ("within only", "unclear")
    assert found["broadcast"]["by_construction"] == []


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
    kinds = ("chunks_kept", "together", "short", "broken", "ragged", "nothing", "texts")
    made = [f"{name}:{each}" for each in kinds]
    found = reported(study(schemes=("eara", *made)))["schemes"]
    assert list(found) == ["eara", *made, "counterfactual", "shapley"]
    assert found[made[0]]["error"] is None
    assert found[made[0]]["kind"] == "added"
    assert found[made[1]]["error"] is None
    assert "expected 3 finite numbers" in found[made[2]]["error"]
    assert "KeyError" in found[made[3]]["error"]
    for place in (4, 5, 6):
        assert f"credit {kinds[place]} gave" in found[made[place]]["error"]
        assert "a row per episode" in found[made[place]]["error"]
    assert [found[each]["verdict"] for each in made[2:]] == ["error"] * 5
    assert found["eara"]["error"] is None


def test_a_policy_with_gradients_is_told_the_cosine(plugin):
    agent = f"{plugin(POLICY)}:Policy"
    found = reported(study(agent, schemes=("eara", "uniform")))["schemes"]
    assert found["counterfactual"]["cosine"]["mean"] == pytest.approx(1.0)
    assert -1 <= found["eara"]["cosine"]["mean"] <= 1
    assert reported(study(schemes=("eara",)))["schemes"]["eara"]["cosine"]["mean"] is None


def test_a_scheme_that_spoils_its_episodes_spoils_them_for_nobody_else(plugin):
    name = plugin(VANDALS)
    honest = ("eara", "evidence_session", "rank_consistency", "counterfactual", "shapley")
    alone = replace(study(), schemes=honest)
    after = replace(study(), schemes=(f"{name}:spoilt", f"{name}:spoilt_all", *honest))
    (spec,), _ = planned(after)
    first, second = (examine(each, spec)["schemes"] for each in (alone, after))
    for each in honest:
        assert {**second[each], "seconds": 0} == {**first[each], "seconds": 0}
    for each in ("spoilt", "spoilt_all"):
        assert "error" not in second[f"{name}:{each}"]


@pytest.mark.parametrize("kind", ["constant", "rising", "together", "whole"])
def test_rewards_too_large_to_be_compared_are_told_of(plugin, kind):
    name = f"{plugin(HUGE)}:{kind}"
    found = reported(study(schemes=("eara", name), episodes=2, permutations=0))["schemes"]
    assert found[name]["verdict"] == "error"
    assert ("finite numbers" if kind == "whole" else "too large") in found[name]["error"]
    assert found["eara"]["error"] is None


def test_large_rewards_that_can_be_compared_are(plugin):
    name = f"{plugin(HUGE)}:constant"
    one = study(schemes=(name,), episodes=2, permutations=0, parameters={name: {"size": 1e100}})
    found = reported(one)["schemes"][name]
    assert (found["error"], found["parameters"]) == (None, {"size": 1e100})
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("np.full((3, 2), np.nan)", "score_function gave numbers that are not finite"),
        ("np.ones((2, 2))", r"score_function gave an array of shape \(2, 2\) for 3 steps"),
        ("None", "score_function gave"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_wrong_gradients_are_the_agents_mistake(plugin, what, said):
    agent = f"{plugin(NO_NUMBERS.replace('WHAT', what))}:Policy"
    one = study(agent, schemes=("eara",), permutations=0)
    with pytest.raises(SettingError, match=said) as caught:
        examine(one, planned(one)[0][0])
    assert agent in str(caught.value)


def test_parameters_change_their_scheme_alone():
    target = Target("MemAlpha-AR-v0", size=4)
    plain, changed = (
        reported(study(target=target, schemes=("eara", "csr"), permutations=0, parameters=given))
        for given in ({}, {"eara": {"beta": 0.0}})
    )
    # Without evidence all steps have the same.
    assert changed["schemes"]["eara"]["constant"]["mean"] == 1.0
    assert plain["schemes"]["eara"]["constant"]["mean"] < 1.0
    assert changed["schemes"]["eara"]["parameters"] == {"beta": 0.0}
    assert plain["schemes"]["eara"]["parameters"] == {}
    for name in ("csr", "counterfactual"):
        assert without_seconds(changed)["schemes"][name] == without_seconds(plain)["schemes"][name]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"eraa": {}}, "did you mean 'eara'"),
        ({"csr": {}}, "csr, which is not among the schemes"),
        ({"counterfactual": {}}, "no parameters"),
        ({"eara": {"bta": 1}}, "its parameters: beta"),
        ({"eara": {"beta": 2}}, "beta is a number from 0 to 1, not 2"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(parameters, said):
    with pytest.raises(MemenvError, match=said):
        planned(study(schemes=("eara",), parameters=parameters))


def test_without_gold_chunks_those_who_need_them_get_no_verdict(tmp_path, report):
    question = {"question": "Where does Ada Lund live?", "answers": ["Oslo"], "metric": "subem"}
    chunks = ["Since 2019 the painter Ada Lund lives in Oslo.", "It rained for a long time."]
    row = {"id": "a", "competency": "AR", "source": "t", "chunks": chunks, "questions": [question]}
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(row) + "\n")
    found = reported(study("append", Target("MemEnv-File-v0", data=str(path)), episodes=None))
    assert (found["gold"], found["probes"]) == (False, ["cloze"])
    blind = [name for name, each in found["schemes"].items() if each["verdict"] == "no gold"]
    assert blind == ["evidence_session", "hindsight_gate", "same_state"]
    assert (report["gold"], report["probes"]) == (True, ["instance"])
    assert "no gold" not in [each["verdict"] for each in report["schemes"].values()]


def test_the_cosine_is_that_of_advantages(plugin):
    agent, name = f"{plugin(POLICY)}:Policy", f"{plugin(TELLING)}:lifted"
    found = reported(study(agent, schemes=("eara", name), permutations=0))["schemes"]
    # What all copies get alike at a step is taken away by the baseline.
    assert found[name]["cosine"]["mean"] == pytest.approx(1.0)


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
