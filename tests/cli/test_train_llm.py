"""`memenv train llm` without the extra it needs, and mistakes that are told before it begins."""

import sys

import pytest
from click.testing import CliRunner

import memenv
from memenv.cli.train_command import command
from memenv.errors import DataError, SettingError, UnknownNameError


def run(tmp_path, *words):
    asked = ["llm", "--output", str(tmp_path / "run"), *map(str, words)]
    return CliRunner().invoke(command, asked).exception


def test_a_missing_extra_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    error = run(tmp_path, "--preset", "tiny", "--env", "overrides", "--size", 2)
    assert isinstance(error, SettingError)
    assert "pip install 'memenv[train]'" in str(error)
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_cannot_be_asked_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "model.safetensors").write_bytes(b"")
    agent = memenv.make("agent", "local", path=str(tmp_path))
    instance = memenv.make("task", "overrides", size=2)(seed=1)
    with pytest.raises(SettingError, match="pip install"):
        memenv.run_episode(instance, agent)


def test_the_help_imports_nothing_that_trains(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert CliRunner().invoke(command, ["llm", "--help"]).exit_code == 0


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        ([], SettingError, "pass --env"),
        (["--preset", "tinny"], UnknownNameError, "did you mean 'tiny'"),
        (["--env", "overides"], UnknownNameError, "did you mean 'overrides'"),
        (["--env", "overrides", "--size", "2,x"], SettingError, "number of chunks"),
        (["--env", "overrides", "--group", "1"], SettingError, "at least 2"),
        (["--env", "overrides", "--warm-start", "no.jsonl"], DataError, "cannot be read"),
        (["--env", "overrides", "--credit", "no"], UnknownNameError, "unknown credit"),
        (["--env", "overrides", "--lr", "0"], SettingError, "learning_rate must be above 0"),
    ],
)
def test_mistakes_are_told(tmp_path, monkeypatch, words, kind, message):
    # Also where the extra is there, nothing is loaded for a command that cannot be meant.
    error = run(tmp_path, *words)
    assert isinstance(error, kind | SettingError)
    if "pip install" not in str(error):
        assert message in str(error)
    assert not (tmp_path / "run").exists()
