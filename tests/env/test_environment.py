import copy
import json
import math
import random
import re
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import memenv
from memenv import Delete, Insert, Malformed, Outcome, Skip, Update, pipeline
from memenv.env import MemoryEnv, OperationsSpace, TextSpace
from memenv.errors import DataError, NotMeasuredError, SettingError, UnknownNameError
from memenv.registry import ENVIRONMENTS, FILE_ENVIRONMENT
from memenv.terms import TERMS
from memenv.types import Grade, Record
from memenv.views import make_view

GENERATED = sorted(set(ENVIRONMENTS) - {FILE_ENVIRONMENT})
EVERY_STEP = {"outcomes", "reward_terms", "memory_tokens"}
LAST_STEP = EVERY_STEP | {
    "score",
    "step_rewards",
    "step_terms",
    "missing_terms",
    "grades",
    "evidence",
    "record",
}
TRACE = {
    "question",
    "answer",
    "score",
    "retrieved",
    "cited",
    "gold_chunks",
    "kept",
    "found",
    "answered",
}
CITIES = ("Oslo", "東京", "Łódź", "São Paulo")


def line(number, *, chunks, **question):
    """An instance whose chunks tell where Ada lives, the last one the truth."""
    question = {
        "question": "Where does Ada live?",
        "answers": [CITIES[chunks - 1]],
        "metric": "subem",
        "evidence_chunks": [chunks - 1],
        "support": [f"Ada moved to {CITIES[chunks - 1]}."],
        **question,
    }
    return {
        "id": f"ada-{number}",
        "competency": "CR",
        "source": "test",
        "chunks": [f"Ada moved to {city}.\nIt rained 🙂." for city in CITIES[:chunks]],
        "questions": [question],
    }


def write(path, lines):
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path):
    """Four instances; instance i has i + 1 chunks."""
    return write(tmp_path / "ada.jsonl", [line(i, chunks=i + 1) for i in range(4)])


def made(name, data=None, **settings):
    """An environment of any id, without wrappers; generated ones at a small size."""
    if name == FILE_ENVIRONMENT:
        settings["data"] = data
    return gym.make(name, **settings).unwrapped


def keep(observation):
    """Insert the chunk under a step that no operation of another kind disturbs."""
    return [Insert("semantic", observation["chunk"])]


def finish(env, observation, act=keep):
    """Play to the end: all rewards, and the last info."""
    rewards, ended = [], False
    while not ended:
        observation, reward, ended, _, info = env.step(act(observation))
        rewards.append(reward)
    return rewards, info


class Formatted:
    """The share of well-formed operations at its step, and the score at the last one."""

    online = {"format": 1.0}

    def assign(self, episode):
        rewards = [value or 0.0 for value in episode.step_terms["format"]]
        rewards[-1] += episode.score
        return rewards


class Compressed:
    """Two online terms, of which the remainder takes some back."""

    online = {"format": 0.3, "compression": -0.7}

    def assign(self, episode):
        return [episode.score / 3] * len(episode.trajectory.steps)


# --- Gymnasium's own rules -----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_gymnasium_finds_nothing_to_complain_about(name, data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(made(name, data))


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_a_whole_episode_passes_the_wrappers_of_make(name, data):
    settings = {"data": data} if name == FILE_ENVIRONMENT else {"size": 8}
    env = gym.make(name, **settings)
    observation, _ = env.reset(seed=3)
    rewards, info = finish(env, observation)
    assert len(rewards) == len(info["step_rewards"])
    assert 0 <= info["score"] <= 1


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_observations_have_the_types_and_shapes_of_the_space(name, data):
    env = made(name, data, capacity=50)
    observation, info = env.reset(seed=3)
    total = int(observation["step"][1])
    assert set(info) == {"instance", "memory_tokens"}
    for number in range(total + 1):
        assert env.observation_space.contains(observation)
        assert type(observation["chunk"]) is str
        assert type(observation["memory"]) is str
        assert observation["step"].dtype == observation["tokens"].dtype == np.int64
        assert observation["step"].tolist() == [number, total]
        assert observation["tokens"].tolist() == [env.memory.tokens, 50]
        assert bool(observation["chunk"]) == (number < total)
        if number < total:
            observation, *_ = env.step(keep(observation))


def test_without_a_capacity_the_observation_says_minus_one(data):
    env = made(FILE_ENVIRONMENT, data)
    observation, _ = env.reset(seed=0)
    assert observation["tokens"].tolist() == [0, -1]


def test_a_share_of_the_stream_is_shown_in_tokens(data):
    env = made(FILE_ENVIRONMENT, data, capacity=0.5)
    observation, _ = env.reset(options={"instance": 3})
    assert observation["tokens"][1] == env.trajectory.instance.tokens // 2


def test_the_spaces_sample_what_they_contain():
    texts, operations = TextSpace(seed=1), OperationsSpace(memenv.LAYOUTS["flat"], seed=1)
    for _ in range(50):
        assert texts.contains(texts.sample())
        assert operations.contains(operations.sample())
    assert "any text" in operations
    assert [Insert("memory", "x"), Malformed("?", "why")] in operations
    assert (Skip(),) in operations
    for other in (None, 3, Skip(), [Skip(), "x"], {"op": "skip"}, b"x"):
        assert other not in operations
    assert 3 not in texts
    assert texts == TextSpace()
    assert texts != gym.spaces.Text(3)
    assert operations == OperationsSpace(memenv.LAYOUTS["flat"])
    assert operations != OperationsSpace(memenv.LAYOUTS["mem-alpha"])


def test_the_spaces_sample_the_same_from_the_same_seed():
    def drawn(space):
        return [space.sample() for _ in range(20)]

    layout = memenv.LAYOUTS["mem-alpha"]
    assert drawn(TextSpace(seed=5)) == drawn(TextSpace(seed=5))
    assert drawn(OperationsSpace(layout, seed=5)) == drawn(OperationsSpace(layout, seed=5))


# --- vector environments --------------------------------------------------------------------------


def vector(name, mode, **settings):
    if mode == "async":
        # Spawned, so that no test run with threads is forked.
        workers = {"shared_memory": False, "context": "spawn"}
        return gym.make_vec(
            name, num_envs=4, vectorization_mode="async", vector_kwargs=workers, **settings
        )
    return gym.make_vec(name, num_envs=4, vectorization_mode="sync", **settings)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_episodes_of_different_lengths_end_in_a_vector(mode, data):
    envs = vector(FILE_ENVIRONMENT, mode, data=str(data), credit="terminal")
    try:
        observation, info = envs.reset(seed=0)
        assert list(info["instance"]) == [f"ada-{i}" for i in range(4)]
        ended_at = {}
        for step in range(4):
            texts = tuple(observation["chunk"])
            observation, rewards, ended, _, info = envs.step(
                [[Insert("semantic", text)] if text else [] for text in texts]
            )
            for i in np.flatnonzero(ended):
                if i in ended_at:
                    continue
                ended_at[i] = step
                assert f"Ada moved to {CITIES[i]}." in observation["memory"][i]
                assert info["_score"][i]
                assert info["score"][i] == rewards[i] == 1.0
                assert info["step_rewards"][i] == [0.0] * step + [1.0]
                assert [grade.answer.text for grade in info["grades"][i]] == [
                    info["evidence"][i][0]["answer"]
                ]
                assert isinstance(info["record"][i], Record)
                assert info["record"][i].instance["id"] == f"ada-{i}"
                assert info["missing_terms"][i] == []
                assert info["step_terms"]["global"][i] == [None] * step + [1.0]
                assert info["reward_terms"]["global"][i] == 1.0
                assert [outcome.status for outcome in info["outcomes"][i]] == ["ok"]
        assert ended_at == {0: 0, 1: 1, 2: 2, 3: 3}
    finally:
        envs.close()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_generated_environment_works_as_a_vector(mode):
    envs = vector("MemAlpha-AR-v0", mode, size=2, credit="terminal")
    try:
        observation, _ = envs.reset(seed=[5, 6, 7, 5])
        assert observation["chunk"][0] == observation["chunk"][3] != observation["chunk"][1]
        for _ in range(2):
            observation, rewards, ended, _, info = envs.step(
                [[Insert("semantic", text)] for text in observation["chunk"]]
            )
        assert ended.all()
        assert info["_record"].all()
        assert info["score"][0] == info["score"][3] == rewards[0]
        # One step more starts each of them anew.
        observation, rewards, ended, _, info = envs.step(["", "", "", ""])
        assert not ended.any()
        assert observation["step"].tolist() == [[0, 2]] * 4
    finally:
        envs.close()


def test_text_actions_and_malformed_text_work_in_a_vector(data):
    envs = vector(FILE_ENVIRONMENT, "sync", data=str(data))
    envs.reset(seed=1)
    good = '{"name": "new_memory_insert", "arguments": {"content": "Ada moved to Łódź."}}'
    _, _, _, _, info = envs.step([good, "nothing", "", good])
    assert [step[0].status for step in info["outcomes"]] == ["ok", "rejected", "rejected", "ok"]
    envs.close()


# --- what info says -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MemAlpha-AR-v0", "MemAlpha-TTL-v0", FILE_ENVIRONMENT])
def test_info_has_exactly_its_keys_and_plain_types(name, data):
    env = made(name, data, **({} if name == FILE_ENVIRONMENT else {"size": 8}))
    observation, _ = env.reset(seed=3)
    total = int(observation["step"][1])
    for number in range(1, total + 1):
        actions = [*keep(observation), Delete("9.9"), Malformed("?", "why")]
        observation, reward, ended, cut, info = env.step(actions)
        assert type(reward) is float
        assert (type(ended), ended) == (bool, number == total)
        assert cut is False
        assert set(info) == (LAST_STEP if ended else EVERY_STEP)
        assert type(info["outcomes"]) is list
        assert [outcome.status for outcome in info["outcomes"]] == ["ok", "rejected", "rejected"]
        assert tuple(info["reward_terms"]) == TERMS
        assert info["reward_terms"]["format"] == pytest.approx(2 / 3)
        assert info["reward_terms"]["executed"] == pytest.approx(1 / 3)
        assert info["memory_tokens"] == env.memory.tokens
        for term in ("global", "evidence"):
            assert (info["reward_terms"][term] is None) == (not ended)
    questions = env.trajectory.instance.questions
    assert type(info["score"]) is float
    for name in ("step_rewards", "grades", "evidence"):
        assert type(info[name]) is list
    assert len(info["step_rewards"]) == total
    assert all(type(value) is float for value in info["step_rewards"])
    assert tuple(info["step_terms"]) == TERMS
    assert type(info["missing_terms"]) is list
    assert all(type(v) is list and len(v) == total for v in info["step_terms"].values())
    assert [type(grade) for grade in info["grades"]] == [Grade] * len(questions)
    assert [grade.question for grade in info["grades"]] == [question.id for question in questions]
    scores = [grade.score for grade in info["grades"] if grade.score is not None]
    assert info["score"] == pytest.approx(sum(scores) / len(scores))
    assert len(info["evidence"]) == len(questions)
    for item, question, grade in zip(info["evidence"], questions, info["grades"], strict=True):
        assert set(item) == TRACE
        assert item["question"] == question.id
        assert item["answer"] == grade.answer.text
        assert item["score"] == grade.score
        assert item["gold_chunks"] == list(question.evidence)
        assert item["answered"] == (grade.score > 0.5)
        assert type(item["retrieved"]) is list
        for rank, found in enumerate(item["retrieved"], start=1):
            assert set(found) == {"entry", "rank", "score", "writers"}
            assert found["rank"] == rank
            assert found["writers"] == list(env.memory.get(found["entry"]).writers)
        json.dumps(item)
    assert type(info["record"]) is Record
    assert json.loads(info["record"].to_json())["score"] == info["score"]
    assert list(info["record"].step_rewards) == info["step_rewards"]


def test_what_info_holds_can_be_changed_without_harm(data):
    env = made(FILE_ENVIRONMENT, data)
    observation, _ = env.reset(options={"instance": 1})
    *_, first = env.step(keep(observation))
    first["outcomes"].clear()
    first["reward_terms"]["format"] = 99.0
    _, info = finish(env, env.restore(env.snapshot()))
    digest = info["record"].digest
    info["step_terms"]["format"].append(99.0)
    info["evidence"].clear()
    info["step_rewards"].clear()
    assert info["step_terms"]["format"] == [1.0, 1.0, 99.0]
    assert len(info["record"].evidence) == 1
    assert copy.copy(info["record"]).digest == digest


@pytest.mark.parametrize("credit", ["terminal", "broadcast", Formatted(), Compressed()])
@pytest.mark.parametrize("instance", [0, 3])
def test_the_rewards_sum_to_the_step_rewards(credit, instance, data):
    env = made(FILE_ENVIRONMENT, data, credit=credit)
    observation, _ = env.reset(options={"instance": instance})
    rewards, info = finish(
        env, observation, act=lambda o: [*keep(o), *[Malformed("?", "")] * int(o["step"][0])]
    )
    assert math.fsum(rewards) == pytest.approx(math.fsum(info["step_rewards"]), abs=1e-12)
    assert info["step_rewards"] == list(info["record"].step_rewards)


def test_terminal_credit_pays_at_the_end_and_broadcast_pays_all_of_it_there(data):
    for credit, total in (("terminal", 1.0), ("broadcast", 3.0)):
        env = made(FILE_ENVIRONMENT, data, credit=credit)
        observation, _ = env.reset(options={"instance": 2})
        rewards, info = finish(env, observation)
        assert info["score"] == 1.0
        assert rewards == [0.0, 0.0, total]


def test_an_online_term_is_paid_at_its_step(data):
    env = made(FILE_ENVIRONMENT, data, credit=Formatted())
    observation, _ = env.reset(options={"instance": 2})
    rewards, info = finish(
        env, observation, act=lambda o: [*keep(o), *[Malformed("?", "")] * int(o["step"][0])]
    )
    assert rewards[:2] == [1.0, 0.5]
    assert rewards == pytest.approx(info["step_rewards"])


def test_an_episode_owes_nothing_to_the_one_before(data):
    env = made(FILE_ENVIRONMENT, data, credit=Formatted())
    for seed in (3, 3, 1):
        observation, _ = env.reset(seed=seed)
        env.step(keep(observation))
        observation, _ = env.reset(seed=seed)
        rewards, info = finish(env, observation)
        assert rewards == info["step_rewards"] == [1.0] * seed + [2.0]


def test_an_online_term_nobody_knows_at_its_step_is_refused(data):
    class Late(Formatted):
        online = {"global": 1.0}

    with pytest.raises(SettingError, match=r"global.*format, executed, chunk, compression, cont"):
        MemoryEnv(data=data, credit=Late())


def test_a_credit_scheme_for_groups_is_refused(data):
    class Compared(Formatted):
        group = True

    with pytest.raises(SettingError, match="compares several rollouts"):
        MemoryEnv(data=data, credit=Compared())


def test_questions_that_cannot_be_scored_are_an_error_and_no_zero(tmp_path):
    judged = line(0, chunks=2, metric="judge")
    file = write(tmp_path / "judged.jsonl", [judged, line(1, chunks=1)])
    env = MemoryEnv(data=file, credit="terminal")
    observation, _ = env.reset(seed=0)
    observation, *_ = env.step(keep(observation))
    with pytest.raises(NotMeasuredError, match=r"ada-0.*judge"):
        env.step(keep(observation))
    # The next episode is none the worse for it.
    observation, _ = env.reset(seed=1)
    assert env.step(keep(observation))[1] == 1.0


def test_a_question_that_cannot_be_scored_is_left_out_of_the_mean(tmp_path):
    mixed = line(0, chunks=1)
    mixed["questions"].append({**mixed["questions"][0], "id": "judged", "metric": "judge"})
    env = MemoryEnv(data=write(tmp_path / "mixed.jsonl", [mixed]))
    observation, _ = env.reset()
    *_, info = env.step(keep(observation))
    assert [grade.score for grade in info["grades"]] == [1.0, None]
    assert [item["answered"] for item in info["evidence"]] == [True, None]
    assert info["score"] == 1.0


def test_a_question_is_asked_of_the_memory_of_its_moment(tmp_path):
    early = line(0, chunks=2, answers=["Oslo"], after=0, evidence_chunks=[0], support=[])
    env = MemoryEnv(data=write(tmp_path / "early.jsonl", [early]))
    env.reset()
    env.step([Insert("semantic", "Ada lives in Oslo.")])
    *_, info = env.step([Update("0.0", "Ada lives in Rome.")])
    assert info["score"] == 1.0
    assert info["evidence"][0]["kept"] is True


def test_evidence_tells_what_was_not_kept(data):
    env = made(FILE_ENVIRONMENT, data)
    env.reset(options={"instance": 1})
    env.step([Insert("semantic", "Ada moved to Oslo.")])
    *_, info = env.step([])
    item = info["evidence"][0]
    assert (item["kept"], item["found"], item["answered"]) == (False, False, False)
    assert item["gold_chunks"] == [1]
    assert item["retrieved"][0]["writers"] == [0]


def test_equal_questions_of_two_instances_are_graded_each_by_its_own_answers(tmp_path):
    file = write(tmp_path / "two.jsonl", [line(0, chunks=1), line(1, chunks=1, answers=["Rome"])])
    env = MemoryEnv(data=file, credit="terminal")
    env.reset(seed=0)
    snapshot = env.snapshot()
    assert env.step([Insert("semantic", "Ada lives in Oslo.")])[1] == 1.0
    env.reset(seed=1)
    assert env.step([Insert("semantic", "Ada lives in Oslo.")])[1] == 0.0
    env.restore(snapshot)
    assert env.step([Insert("semantic", "Ada lives in Oslo.")])[1] == 1.0


# --- order of calls, options, seeds ---------------------------------------------------------------


def test_there_is_nothing_to_do_before_reset(data):
    env = MemoryEnv(data=data)
    for call in (lambda: env.step([]), env.snapshot, env.render, lambda: env.memory):
        with pytest.raises(SettingError, match=r"call reset\(\) first"):
            call()


def test_an_episode_that_is_over_takes_no_step(data):
    env = MemoryEnv(data=data)
    env.reset(seed=0)
    env.step([])
    memory = env.memory
    with pytest.raises(SettingError, match=r"call reset\(\)"):
        env.step([Insert("semantic", "late")])
    assert env.memory is memory


@pytest.mark.parametrize(
    "action", [None, 3, Skip(), ["skip"], [None], {"op": "skip"}, b"SKIP", [[Skip()]]]
)
def test_an_action_that_is_none_raises_and_changes_nothing(action, data):
    env = MemoryEnv(data=data)
    env.reset(seed=1)
    before = env.snapshot()
    with pytest.raises(TypeError):
        env.step(action)
    assert env.snapshot() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"instnace": 1}, "unknown option 'instnace'; expected 'instance'"),
        ({"instance": "ada-9"}, "no instance 'ada-9'; it has 4 instances"),
        ({"instance": 4}, "no instance 4"),
        ({"instance": -1}, "no instance -1"),
        ({"instance": None}, "no instance None"),
        ({"instance": 1.0}, "no instance 1.0"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options, message, data):
    env = MemoryEnv(data=data)
    env.reset(seed=2)
    with pytest.raises(SettingError, match=re.escape(message)):
        env.reset(options=options)
    assert env.trajectory.instance.id == "ada-2"


def test_an_instance_is_picked_by_id_or_index_whatever_the_seed(data):
    env = MemoryEnv(data=data)
    for wanted in (2, "ada-2"):
        assert env.reset(seed=1, options={"instance": wanted})[1]["instance"] == "ada-2"


def test_a_generated_task_has_no_instances_to_pick_from():
    with pytest.raises(SettingError, match=r"use reset\(seed=...\)"):
        made("MemAlpha-AR-v0", size=2).reset(options={"instance": 0})


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, SettingError, "a task or a data file"),
        ({"task": "memalpha-ar", "data": "x.jsonl"}, SettingError, "exactly one"),
        ({"task": "memalpha-arr"}, UnknownNameError, "did you mean 'memalpha-ar'"),
        ({"data": "no such file"}, DataError, "no such file: cannot be read"),
        ({"task": "memalpha-ar", "size": 0}, SettingError, "at least 1"),
        ({"task": "memalpha-ar", "size": "8"}, SettingError, "size is a number of chunks"),
        ({"task": "memalpha-ar", "size": 2.5}, SettingError, "size is a number of chunks"),
        ({"task": "memalpha-ar", "split": "dev"}, SettingError, "split must be one of train"),
        ({"task": "memalpha-ar", "capacity": 1.5}, SettingError, "capacity must be"),
        ({"task": "memalpha-ar", "layout": "flaat"}, UnknownNameError, "did you mean 'flat'"),
        ({"task": "memalpha-ar", "view": "newest"}, SettingError, "unknown view 'newest'"),
        ({"task": "memalpha-ar", "reader": "lexcial"}, UnknownNameError, "'lexical'"),
        ({"task": "memalpha-ar", "credit": "terminl"}, UnknownNameError, "'terminal'"),
        ({"task": "memalpha-ar", "reader": object()}, SettingError, r"no method answer\(\)"),
        ({"task": "memalpha-ar", "credit": Formatted}, SettingError, "got class Formatted"),
        ({"task": "memalpha-ar", "render_mode": "rgb"}, SettingError, "ansi, human or None"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        MemoryEnv(**settings)


def test_a_file_has_the_chunks_it_has(data):
    for setting in ({"size": 3}, {"split": "train"}):
        with pytest.raises(SettingError, match="for generated tasks"):
            MemoryEnv(data=data, **setting)


@pytest.mark.parametrize("name", GENERATED)
def test_a_seed_makes_the_same_instance_each_time(name):
    one, other = made(name, size=8), made(name, size=8)
    first, _ = one.reset(seed=7)
    one.reset(seed=8)
    different = one.trajectory.instance
    random.seed(1)
    again, _ = one.reset(seed=7)
    there, _ = other.reset(seed=7)
    assert again["chunk"] == there["chunk"] == first["chunk"]
    assert one.trajectory.instance == other.trajectory.instance != different


def test_a_file_is_read_at_the_seed_modulo_its_length(data):
    env = MemoryEnv(data=data)
    picked = [env.reset(seed=seed)[1]["instance"] for seed in (0, 3, 4, 9, 2**31)]
    assert picked == ["ada-0", "ada-3", "ada-0", "ada-1", "ada-0"]


@pytest.mark.parametrize("name", ["MemAlpha-AR-v0", FILE_ENVIRONMENT])
def test_without_a_seed_one_is_drawn_reproducibly(name, data):
    def drawn(seed):
        env = made(name, data, **({} if name == FILE_ENVIRONMENT else {"size": 2}))
        env.reset(seed=seed)
        return [env.reset()[1]["instance"] for _ in range(6)]

    first = drawn(5)
    np.random.seed(0)
    random.seed(0)
    assert drawn(5) == first
    assert drawn(6) != first
    assert len(set(first)) > 1


# --- text actions ---------------------------------------------------------------------------------


def test_model_output_is_parsed_and_kept(data):
    env = MemoryEnv(data=data, layout="flat")
    env.reset(options={"instance": 1})
    text = '<think>Hm.</think>{"name": "INSERT", "arguments": {"content": "Ada moved to 東京."}}'
    *_, info = env.step(text)
    assert info["outcomes"] == [Outcome("ok", entry="0.0")]
    *_, info = env.step("I have nothing to say.")
    assert info["outcomes"] == [Outcome("rejected", "no tool call in the text")]
    assert info["reward_terms"]["format"] == 0.0
    assert info["score"] == 1.0
    assert [step["raw"] for step in info["record"].steps] == [text, "I have nothing to say."]


def test_an_empty_action_is_a_skip(data):
    env = MemoryEnv(data=data)
    for action in ([], (), [Skip()]):
        env.reset(seed=0)
        *_, info = env.step(action)
        assert info["outcomes"] == [Outcome("ok")]
        assert info["record"].steps[0]["operations"] == [{"op": "skip"}]


# --- snapshots ------------------------------------------------------------------------------------


def script(number):
    """The operations of a step: every kind of them, in both stores."""
    return [
        Insert("semantic", f"Ada moved to {CITIES[number]}."),
        Insert("episodic", f"Day {number}"),
        Update("core", f"Ada, day {number}"),
        Update("0.0", f"Ada moved to {CITIES[number]}, at last."),
        Delete(f"{number - 1}.1"),
        Malformed("?", "why"),
    ]


def play_on(env):
    """The rest of the script: observations as text, rewards, the last info."""
    seen, rewards, info = [], [], {}
    while len(env.trajectory.steps) < len(env.trajectory.instance.chunks):
        observation, reward, _, _, info = env.step(script(len(env.trajectory.steps)))
        seen.append(repr(observation))
        rewards.append(reward)
    return seen, rewards, info["record"].digest


@pytest.mark.parametrize("view", ["full", "newest_1", "retrieved_2"])
def test_an_episode_can_be_restored_at_every_step(view, data):
    env = MemoryEnv(data=data, credit=Formatted(), view=view)
    observation, _ = env.reset(options={"instance": 3})
    snapshots, shown = [env.snapshot()], [repr(observation)]
    rewards = []
    for number in range(4):
        observation, reward, _, _, info = env.step(script(number))
        snapshots.append(env.snapshot())
        shown.append(repr(observation))
        rewards.append(reward)
    digest = info["record"].digest
    for number in (3, 0, 2, 1, 0, 3):
        # A detour over the end, over another episode, and over other operations.
        env.restore(snapshots[4])
        env.reset(options={"instance": number})
        env.step([Insert("episodic", "Ada moved to nowhere."), Insert("semantic", "detour")])
        assert repr(env.restore(snapshots[number])) == shown[number]
        assert env.memory == snapshots[number].trajectory.memories[-1]
        assert play_on(env) == (shown[number + 1 :], rewards[number:], digest)


@pytest.mark.parametrize("view", ["full", "retrieved_2"])
def test_a_fork_does_not_disturb_its_sibling(view, data):
    env = MemoryEnv(data=data, view=view)
    env.reset(options={"instance": 1})
    env.step([Insert("semantic", "Ada moved to Oslo.")])
    fork = env.snapshot()
    scores = []
    for action in ([Insert("episodic", f"Ada moved to {CITIES[1]}.")], [], [Delete("0.0")]):
        env.restore(fork)
        assert env.memory.get("0.0").text == "Ada moved to Oslo."
        scores.append(env.step(action)[-1]["score"])
    assert scores == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(("view", "shown"), [("full", 1), ("retrieved_2", 0)])
def test_a_finished_fork_can_follow_another(view, shown, data):
    # Their entries have the same ids, in different stores; at the end there is no chunk left that
    # anything could be retrieved for.
    env = MemoryEnv(data=data, view=view)
    ends = []
    for store in ("semantic", "episodic"):
        env.reset(options={"instance": 0})
        env.step([Insert(store, "Ada moved to Oslo.")])
        ends.append(env.snapshot())
    for snapshot, store in zip(ends * 2, ["semantic", "episodic"] * 2, strict=True):
        assert f"{store} ({shown} of 1)" in env.restore(snapshot)["memory"]


def test_a_snapshot_can_be_taken_to_another_environment(data):
    env, other = (MemoryEnv(data=data, credit=Formatted()) for _ in range(2))
    env.reset(options={"instance": 2})
    env.step(script(0))
    observation = other.restore(env.snapshot())
    assert observation["step"].tolist() == [1, 3]
    assert play_on(other) == play_on(env)


# --- render ---------------------------------------------------------------------------------------


def test_ansi_gives_the_chunk_and_the_memory_as_text(data, capsys):
    env = made(FILE_ENVIRONMENT, data, render_mode="ansi", capacity=60)
    env.reset(options={"instance": 1})
    assert env.render().splitlines()[-2:] == ["Ada moved to Oslo.", "It rained 🙂."]
    env.step([Insert("semantic", "Ada moved to Oslo."), Delete("7.7")])
    text = env.render()
    for part in ("ada-1  step 1 of 2", "rejected", "of 60", "[0.0] Ada moved to Oslo.", "東京"):
        assert part in text
    env.step([])
    assert "next chunk" not in env.render()
    assert capsys.readouterr().out == ""


def test_human_prints_what_ansi_gives(data, capsys):
    env = made(FILE_ENVIRONMENT, data, render_mode="human")
    silent = made(FILE_ENVIRONMENT, data, render_mode="ansi")
    for each in (env, silent):
        each.reset(options={"instance": 1})
    assert capsys.readouterr().out == silent.render() + "\n"
    for each in (env, silent):
        each.step([Insert("semantic", "Ada")])
    assert capsys.readouterr().out == silent.render() + "\n"
    assert env.render() is None


# --- the environment and the pipeline agree -------------------------------------------------------


@pytest.mark.parametrize("name", ["MemAlpha-AR-v0", "MemAlpha-LRU-v0", "MemoryAgentBench-CR-v0"])
@pytest.mark.parametrize(
    ("agent", "settings"),
    [
        ("recent", {"capacity": 0.2}),
        ("lines", {"layout": "flat", "credit": "broadcast"}),
        ("random", {"capacity": 300, "view": "full"}),
        ("append", {"view": "retrieved_3", "credit": Formatted()}),
        ("lines", {"capacity": 0.5, "credit": "finemem"}),
        ("random", {"credit": "memalpha", "judge": lambda operation, chunk: "a" in str(operation)}),
        ("oracle", {"capacity": 0.1}),
    ],
)
def test_an_episode_of_the_environment_is_that_of_run_episode(name, agent, settings):
    made_agent, settings = memenv.make("agent", agent), {"credit": "terminal", **settings}
    view = settings.get("view") or getattr(made_agent, "view", "newest_5")
    env = made(name, size=8, **{**settings, "view": view})
    env.reset(seed=11)
    shown = make_view(view)
    ended = False
    while not ended:
        observation = pipeline.observe(
            env.trajectory, shown, show_instance=hasattr(made_agent, "needs_instance")
        )
        _, _, ended, _, info = env.step(made_agent.act(observation))
    instance = env.trajectory.instance
    record = memenv.run_episode(instance, made_agent, **settings)
    one, other = info["record"].to_dict(), record.to_dict()
    for name in set(one) - {"setting", "digest"}:
        assert one[name] == other[name], name
    assert one["setting"] == {**other["setting"], "agent": one["setting"]["agent"]}
    assert info["memory_tokens"] == env.memory.tokens


class Flaky:
    """Raises at its first question."""

    def __init__(self):
        self.asked = 0

    def answer(self, question, memory):
        self.asked += 1
        if self.asked == 1:
            raise ConnectionError("the server is gone")
        return memenv.Answer("")


def test_a_last_step_that_raises_can_be_tried_again(data):
    env = MemoryEnv(data=data, reader=Flaky(), credit="terminal")
    env.reset(options={"instance": 0})
    with pytest.raises(ConnectionError):
        env.step([Insert("semantic", "a")])
    assert env.memory.entries == ()
    *_, terminated, _, info = env.step([Insert("semantic", "a")])
    assert terminated
    assert info["score"] == 0.0
    assert env.episode.score == 0.0


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"layout": "flat"}, "with layout 'flat'"),
        ({"capacity": 50}, "with capacity 50"),
        ({"credit": "broadcast"}, "with credit"),
        ({"reader_arguments": {"k": 3}}, "with reader"),
        ({"judge": lambda operation, chunk: True}, "with judge '<lambda>'; this one has None"),
    ],
)
def test_a_snapshot_of_an_environment_with_other_settings_is_refused(other, message, data):
    env, foreign = MemoryEnv(data=data), MemoryEnv(data=data, **other)
    env.reset(options={"instance": 0})
    foreign.reset(options={"instance": 0})
    with pytest.raises(SettingError, match=message):
        env.restore(foreign.snapshot())


def test_the_arguments_of_a_reader_are_in_the_record(data):
    env = MemoryEnv(data=data, reader_arguments={"k": 3})
    env.reset(options={"instance": 0})
    info = env.step([])[-1]
    assert info["record"].setting["reader"]["arguments"] == {"k": 3}
    assert info["record"].setting["scorers"] == {"subem": "1"}
