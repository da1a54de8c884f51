"""`memenv train compact`, from the command to a checkpoint that is evaluated."""

import json

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("safetensors")

from memenv_baselines import compact

from memenv.cli.train_command import command
from memenv.cli.train_compact_command import curve
from memenv.errors import MemenvError

SMALL = ["--env", "intents", "--size", "2", "--group", "3", "--instances", "2", "--hidden", "5"]
SMALL += ["--evaluate", "2", "--evaluation", "1", "--save", "2", "--workers", "0"]


def run(*words):
    return CliRunner().invoke(command, ["compact", *SMALL, *words], catch_exceptions=True)


def test_a_checkpoint_is_trained_told_and_loaded(tmp_path):
    folder = tmp_path / "run"
    done = run("--steps", "3", "--capacity", "0.3", "--json", "--output", str(folder))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["updates"] == 3
    assert list(told["evaluation"]) == ["intents"]
    card = compact.load(folder)[1]
    assert card["settings"]["capacity"] == 0.3
    assert card["episodes"] == 18
    assert [row["updates"] for row in card["evaluations"]] == [0, 2, 3]
    assert compact.Compact(str(folder)).weights.arrays["first"].shape == (5,)


def test_curves_for_tensorboard(tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    done = run(
        "--steps", "2", "--output", str(tmp_path / "a"), "--tensorboard", str(tmp_path / "b")
    )
    assert done.exit_code == 0, done.output
    events = reader.EventAccumulator(str(tmp_path / "b")).Reload()
    assert {"score", "entropy", "choices/skip", "held out/intents"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("score")] == [0, 1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--size", "two"], "--size takes numbers of chunks such as 2,3,4"),
        (["--env", "intnts"], "unknown environment 'intnts'"),
        (["-c", "beta"], "-c takes key=value"),
        (["--start", "missing.safetensors"], "No such file"),
        (["--workers", "-1"], "workers is a number of processes"),
    ],
)
def test_mistakes_are_told_in_a_line(tmp_path, words, said):
    done = run("--steps", "1", "--output", str(tmp_path / "run"), *words)
    assert isinstance(done.exception, MemenvError)
    assert said in str(done.exception)


def test_a_curve_is_drawn_in_bars():
    assert curve([0.0, 1.0]) == " █"
    assert curve([0.5, 0.5]) == "  "
    assert curve([]) == ""
    assert len(curve(list(range(100)))) == 20
