"""Lines of chunks as arrays."""

import gymnasium as gym
import numpy as np
import pytest

import memenv
from memenv.errors import SettingError
from memenv.lines import BUCKETS, CHOICES, FIXED, MOVING, look, read
from memenv.wrappers import LineActions

SKIP, SEMANTIC, EPISODIC, UPDATE, REPLACE, CORE = range(len(CHOICES))


def file_of(tmp_path, chunks, **meta):
    instance = memenv.Instance(
        id="toy",
        competency="AR",
        source="toy",
        chunks=tuple(memenv.Chunk(text, index) for index, text in enumerate(chunks)),
        questions=(memenv.Question("q", "Where does Ada live?", ("Oslo",), "subem"),),
        meta=meta,
    )
    path = tmp_path / "toy.jsonl"
    memenv.save_instances([instance], path)
    return path


def wrapped(tmp_path, chunks, rows=4, **options):
    made = {"credit": "terminal", **options}
    inner = gym.make("MemEnv-File-v0", data=str(file_of(tmp_path, chunks)), **made)
    return LineActions(inner, lines=rows)


def texts(env):
    return [(entry.store, entry.text) for entry in env.unwrapped.memory.entries]


CHUNKS = ("Ada lives in Rome. Ben paints the old barn.", "Ada now lives in Oslo. Cleo sings.")


def test_each_choice_does_what_it_says(tmp_path):
    env = wrapped(tmp_path, CHUNKS)
    _, info = env.reset(seed=0)
    assert info["lines"] == ["Ada lives in Rome.", "Ben paints the old barn."]
    env.step(np.array([SEMANTIC, EPISODIC, SKIP, SKIP]))
    assert texts(env) == [
        ("semantic", "Ada lives Rome"),
        ("episodic", "Ben paints the old barn."),
    ]
    *_, done, _, info = env.step(np.array([UPDATE, CORE, SKIP, SKIP]))
    assert done
    assert info["score"] == 1.0
    assert texts(env) == [
        ("core", "Cleo sings"),
        ("semantic", "Ada now lives Oslo"),
        ("episodic", "Ben paints the old barn."),
    ]


def test_replace_deletes_the_oldest_and_more_until_the_line_fits(tmp_path):
    env = wrapped(tmp_path, ("Ada sings. Ben paints.", "Cleo repairs bicycles and violins daily."))
    env.reset(seed=0)
    env.step(np.array([SEMANTIC, SEMANTIC, SKIP, SKIP]))
    env.step(np.array([REPLACE, SKIP, SKIP, SKIP]))
    assert texts(env)[0] == ("semantic", "Ben paints")
    small = wrapped(
        tmp_path, ("Ada sings. Ben paints.", "Cleo repairs bicycles and violins."), capacity=11
    )
    small.reset(seed=0)
    small.step(np.array([SEMANTIC, SEMANTIC, SKIP, SKIP]))
    small.step(np.array([REPLACE, SKIP, SKIP, SKIP]))
    assert [text for _, text in texts(small)] == ["Cleo repairs bicycles violins"]


def test_a_line_that_fits_nowhere_drives_nothing_out(tmp_path):
    long = "Ada met " + " and ".join(f"Person Number{n}" for n in range(40)) + "."
    env = wrapped(tmp_path, ("Ben paints.", long), capacity=20)
    env.reset(seed=0)
    env.step(np.array([SEMANTIC, SKIP, SKIP, SKIP]))
    *_, info = env.step(np.array([REPLACE, SKIP, SKIP, SKIP]))
    assert [outcome.status for outcome in info["outcomes"]] == ["rejected"]
    assert [text for _, text in texts(env)] == ["Ben paints"]


def test_a_chunk_with_more_lines_than_rows_takes_several_pages(tmp_path):
    env = wrapped(tmp_path, ("One is Ada. Two is Ben. Three is Cleo.", "Dan sings."), rows=2)
    first, info = env.reset(seed=0)
    assert (info["page"], info["pages"], len(info["lines"])) == (0, 2, 2)
    second, reward, done, _, info = env.step(np.array([SEMANTIC, SKIP]))
    assert (reward, done, info["page"], info["lines"]) == (0.0, False, 1, ["Three is Cleo."])
    assert len(env.unwrapped.memory) == 0
    assert not np.array_equal(first, second)
    _, _, _, _, info = env.step(np.array([SEMANTIC, UPDATE]))
    assert (info["page"], info["pages"]) == (0, 1)
    assert [text for _, text in texts(env)] == ["One is Ada", "Three is Cleo"]


def test_the_mask_allows_what_can_be_done(tmp_path):
    env = wrapped(tmp_path, CHUNKS, rows=3)
    _, info = env.reset(seed=0)
    empty = [True, True, True, False, False, True]
    nobody = [True, False, False, False, False, False]
    assert info["action_mask"].reshape(3, -1).tolist() == [empty, empty, nobody]
    *_, info = env.step(np.array([SEMANTIC, SKIP, CORE]))
    assert info["action_mask"].reshape(3, -1)[0].all()
    assert np.array_equal(env.action_masks(), info["action_mask"])
    flat = wrapped(tmp_path, CHUNKS, rows=3, layout="flat")
    flat.reset(seed=0)
    assert not flat.action_masks().reshape(3, -1)[:, CORE].any()


def test_what_cannot_be_done_becomes_an_insert_or_nothing(tmp_path):
    env = wrapped(tmp_path, CHUNKS, layout="flat")
    env.reset(seed=0)
    env.step(np.array([UPDATE, REPLACE, CORE, CORE]))
    assert len(env.unwrapped.memory) == 2


def test_the_table_has_the_numbers_of_the_lines(tmp_path):
    env = wrapped(tmp_path, CHUNKS)
    observation, _ = env.reset(seed=0)
    table = observation.reshape(4, -1)
    assert table.shape[1] == len(env.columns)
    assert env.observation_space.contains(observation)
    chunk = read(CHUNKS[0])
    seen = look(chunk, env.unwrapped.memory, steps=2)
    assert np.array_equal(table[:2, 1 : 1 + len(FIXED)], chunk.fixed)
    assert np.array_equal(table[:2, 1 + len(FIXED) :][:, : len(MOVING)], seen.moving)
    assert table[:, 0].tolist() == [1, 1, 0, 0]
    assert not table[2:].any()


def test_it_goes_around_other_wrappers_views_and_readers(tmp_path):
    class Constant:
        def answer(self, question, memory):
            return memenv.Answer("Oslo")

    path = file_of(tmp_path, CHUNKS)
    inner = gym.make("MemEnv-File-v0", data=str(path), view="retrieved_2", reader=Constant())
    env = LineActions(gym.wrappers.RecordEpisodeStatistics(inner))
    env.reset(seed=0)
    env.step(env.action_space.sample())
    *_, done, _, info = env.step(env.action_space.sample())
    assert (done, info["score"]) == (True, 1.0)
    assert "episode" in info


@pytest.mark.parametrize(
    "chunk",
    [
        "\n \n",
        "word " * 30_000,
        "Ада живёт в Осло. 東京に住む。",
        "?" * 5_000,
        "Label: \x00 1\n" * 400,
    ],
)
def test_odd_chunks_pass_through(tmp_path, chunk):
    env = wrapped(tmp_path, (chunk, "Ada lives in Oslo."), rows=64, capacity=0.2)
    env.reset(seed=0)
    env.action_space.seed(1)
    done = False
    while not done:
        observation, _, done, _, _ = env.step(env.action_space.sample())
        assert np.isfinite(observation).all()
    memory = env.unwrapped.memory
    assert memory.tokens <= memory.capacity


def test_a_task_is_played_to_its_end_within_capacity():
    env = LineActions(gym.make("MemAlpha-TTL-v0", size=3, capacity=0.2, credit="terminal"))
    env.reset(seed=3)
    env.action_space.seed(0)
    done = False
    while not done:
        _, reward, done, _, info = env.step(env.action_space.sample())
    assert reward == info["score"]
    assert info["memory_tokens"] <= env.unwrapped.memory.capacity


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lines": 0}, "lines is a whole number"),
        ({"buckets": BUCKETS + 1}, "buckets is a whole number"),
        ({"lines": True}, "lines is a whole number"),
    ],
)
def test_numbers_out_of_range_are_refused(options, said):
    with pytest.raises(SettingError, match=said):
        LineActions(gym.make("MemAlpha-TTL-v0"), **options)


def test_other_environments_and_actions_are_refused(tmp_path):
    with pytest.raises(SettingError, match="which has a memory"):
        LineActions(gym.make("CartPole-v1"))
    env = wrapped(tmp_path, CHUNKS)
    env.reset(seed=0)
    for action in (np.array([0, 1]), np.array([0, 0, 0, 9]), "skip"):
        with pytest.raises(SettingError, match="an action is 4 whole numbers"):
            env.step(action)
