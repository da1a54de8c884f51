import json

import numpy as np
import pytest
from memenv_baselines import compact
from memenv_baselines.compact import Compact, Weights, shapes
from memenv_baselines.training.rollout import as_agent, play, staged

import memenv
from memenv import pipeline
from memenv.errors import DataError, SettingError
from memenv.lines import look, read
from memenv.views import make_view

HIDDEN = 6


def weights(seed=0, hidden=HIDDEN):
    rng = np.random.default_rng(seed)
    return Weights(
        {
            name: rng.standard_normal(shape).astype(np.float32)
            for name, shape in shapes(hidden).items()
        }
    )


def file_of(path, arrays, **changed):
    """A safetensors file, written by hand."""
    card = {"format": compact.FORMAT, "features": compact.FEATURES, **changed}
    header, body = {"__metadata__": {"card": json.dumps(card)}}, b""
    for name, array in arrays.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [len(body), len(body) + array.nbytes],
        }
        body += array.tobytes()
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return str(path)


@pytest.fixture
def agent(tmp_path):
    return Compact(file_of(tmp_path / "policy.safetensors", weights().arrays), temperature=1.0)


def trajectory_of(agent, instance, capacity=0.2, layout="mem-alpha"):
    begun = pipeline.begin(instance, layout, capacity)
    return pipeline.play(begun, agent, make_view("full"))


@pytest.mark.parametrize("layout", ["mem-alpha", "flat"])
@pytest.mark.parametrize("family", ["encyclopedia", "dialogue", "intents", "overrides"])
def test_it_does_what_it_did_in_training(agent, family, layout):
    instance = memenv.make("task", family)(seed=3, size=3, split="train")
    begun = pipeline.begin(instance, layout, 0.2)
    _, (trained,) = play(staged(instance), agent.weights, begun, 1, as_agent(1.0))
    assert trajectory_of(agent, instance, layout=layout) == trained


@pytest.mark.parametrize("capacity", [None, 2, 60, 0.2, 1.0])
def test_memory_stays_within_capacity(agent, capacity):
    instance = memenv.make("task", "dialogue")(seed=1, size=3)
    for memory in trajectory_of(agent, instance, capacity).memories:
        assert memory.capacity is None or memory.tokens <= memory.capacity


def test_the_likeliest_choice_is_taken_at_temperature_zero():
    chunk = read("Ada lives in Oslo. Ben sings.")
    logs = np.log(np.array([[0.5, 0.2, 0.1, 0.1, 0.05, 0.05], [0.1, 0.1, 0.6, 0.1, 0.05, 0.05]]))
    assert compact.drawn(chunk, logs, 0.0, 0).tolist() == [0, 2]


def test_draws_depend_on_text_and_seed_and_follow_the_probabilities():
    text = "\n".join(f"Ada has {number} cats." for number in range(3000))
    chunk = read(text)
    shares = np.array([0.5, 0.3, 0.1, 0.05, 0.03, 0.02])
    logs = np.log(np.tile(shares, (3000, 1)))
    first, again, other = (compact.drawn(chunk, logs, 1.0, seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.bincount(first) / 3000 == pytest.approx(shares, abs=0.03)


def test_the_gradient_is_that_of_finite_differences():
    chunk = read("[Notes]\nAda lives in Oslo.\nBen: I sing, do you?\nSample: stop; Label: 3")
    memory, _ = memenv.Memory.empty(capacity=80).apply(
        [memenv.Insert("semantic", "Ada lives Rome.")], 0
    )
    seen, choices = look(chunk, memory, 3), np.array([0, 3, 1, 2])
    policy = Weights({name: each.astype(np.float64) for name, each in weights().arrays.items()})

    def value(arrays):
        made = Weights(arrays)
        logs = made.log_probabilities(made.still(chunk), seen.moving, seen.allowed)
        return logs[np.arange(4), choices].sum()

    gradient, at = policy.gradient(chunk, seen, choices), 0
    rng = np.random.default_rng(1)
    for name, shape in shapes(HIDDEN).items():
        size = int(np.prod(shape))
        own = gradient[at : at + size].reshape(shape)
        at += size
        places = np.argwhere(own) if own.any() else np.argwhere(np.ones(shape))
        for place in map(tuple, rng.permutation(places)[:5]):
            moved = []
            for step in (1e-5, -1e-5):
                arrays = {key: each.copy() for key, each in policy.arrays.items()}
                arrays[name][place] += step
                moved.append(value(arrays))
            assert own[place] == pytest.approx((moved[0] - moved[1]) / 2e-5, rel=2e-3, abs=1e-6)
    assert at == len(gradient)


def test_the_score_function_has_a_row_per_step_also_for_replays(agent):
    instance = memenv.make("task", "intents")(seed=2, size=3)
    trajectory = trajectory_of(agent, instance)
    rows = agent.score_function(trajectory)
    assert rows.shape == (3, sum(int(np.prod(shape)) for shape in shapes(HIDDEN).values()))
    thinned = pipeline.replay(trajectory, without=[(1, 0), (2, 1)])
    other = agent.score_function(thinned)
    assert np.array_equal(other[0], rows[0])
    assert not np.array_equal(other[1], rows[1])


def test_the_expected_score_function_is_zero():
    chunk = read("Ada lives in Oslo.")
    seen = look(chunk, memenv.Memory.empty(), 2)
    policy = weights(seed=4)
    logs = policy.log_probabilities(policy.still(chunk), seen.moving, seen.allowed)[0]
    total = sum(
        np.exp(logs[choice]) * policy.gradient(chunk, seen, np.array([choice]))
        for choice in range(6)
    )
    assert np.abs(total).max() < 1e-5


def test_files_that_are_no_checkpoints_are_told_so(tmp_path):
    arrays = weights().arrays
    path = tmp_path / "other.safetensors"
    file_of(path, arrays, format=0)
    with pytest.raises(DataError, match=r"format 0 .* train it again"):
        Compact(str(path))
    file_of(path, arrays, features="other")
    with pytest.raises(DataError, match="for features 'other'"):
        Compact(str(path))
    file_of(path, {**arrays, "first": np.full(HIDDEN, np.nan, dtype=np.float32)})
    with pytest.raises(DataError, match="not all numbers"):
        Compact(str(path))
    file_of(path, {**arrays, "last": np.zeros((2, 2), dtype=np.float32)})
    with pytest.raises(DataError, match="not the shapes"):
        Compact(str(path))
    whole = (tmp_path / "good.safetensors", file_of(tmp_path / "good.safetensors", arrays))[0]
    for content in (b"", b"{}", whole.read_bytes()[:-100], b"\xff" * 300, whole.read_bytes()[8:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="other"):
            Compact(str(path))
    with pytest.raises(DataError, match="No such file"):
        Compact(str(tmp_path / "missing"))


@pytest.mark.parametrize("temperature", [-1, 101, "hot", True, float("nan")])
def test_temperatures_out_of_range_are_refused(temperature):
    with pytest.raises(SettingError, match="temperature is"):
        Compact(temperature=temperature)


def test_a_folder_of_a_run_is_a_path(tmp_path):
    made = file_of(tmp_path / "policy.safetensors", weights().arrays)
    assert Compact(str(tmp_path)).version == Compact(made).version


def test_the_shipped_checkpoint_is_small_and_says_what_it_was_trained_on():
    agent = Compact()
    assert not agent.card["trained_on_real_text"]
    assert agent.card["settings"]["environments"]
    size = sum(each.nbytes for each in agent.weights.arrays.values())
    assert size < 200_000


@pytest.mark.parametrize(
    "text", ["\n", "word " * 20_000, "東京に住む。" * 50, "Label: \x00 1", "A. " * 3_000]
)
def test_odd_chunks_are_read(text):
    asked = memenv.Question("q", "?", ("a",), "em")
    instance = memenv.Instance("odd", "AR", "odd", (memenv.Chunk(text, 0),), (asked,))
    (step,) = trajectory_of(Compact(), instance).steps
    assert len(step.outcomes) == len(step.operations)
    assert "rejected" not in {outcome.status for outcome in step.outcomes}
