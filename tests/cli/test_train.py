"""`memenv train` without the extra it needs."""

import sys

from click.testing import CliRunner

from memenv.cli.train_command import command
from memenv.errors import SettingError


def test_a_missing_extra_is_told(tmp_path, monkeypatch):
    for name in [each for each in sys.modules if each.startswith("memenv_baselines.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    done = CliRunner().invoke(command, ["compact", "--output", str(tmp_path / "run")])
    assert isinstance(done.exception, SettingError)
    assert "pip install 'memenv[train]'" in str(done.exception)
    assert not (tmp_path / "run").exists()


def test_the_help_imports_nothing_that_trains(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for words in ([], ["compact"]):
        assert CliRunner().invoke(command, [*words, "--help"]).exit_code == 0
