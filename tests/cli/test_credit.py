"""`memenv credit` as people run it."""

import builtins
import json

import pytest

SMALL = ("--env", "overrides", "--size", "2", "--episodes", "2", "--copies", "2", "--workers", "1")

STRANGER = """
def scheme(episode):
    return [float(len(step.operations)) for step in episode.trajectory.steps]
"""


def test_the_table_has_every_scheme_and_says_which_follow_the_truth(quick):
    from memenv import registry

    code, out, err = quick("credit", "--agent", "lines", *SMALL, "--permutations", "2")
    assert (code, err) == (0, "")
    lines = [line.split()[0] for line in out.splitlines() if line.strip()]
    assert set(registry.names("credit")) <= set(lines)
    assert "2 episodes of 2 steps" in out
    assert "follow the counterfactual within episodes and across rollouts:" in out
    assert "fewer than 5 episodes show nothing" in out


def test_the_numbers_come_as_one_object_for_every_agent_and_environment(quick):
    code, out, err = quick(
        *("credit", "--agent", "lines", "--agent", "skip", *SMALL, "--scheme", "eara", "--json"),
        *("--permutations", "0"),
    )
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert [each["agent"] for each in result["reports"]] == ["lines", "skip"]
    for report in result["reports"]:
        assert list(report["schemes"]) == ["eara", "counterfactual"]
        assert report["episodes"] == 2
    assert result["reports"][0]["schemes"]["counterfactual"]["within"]["mean"] == 1.0
    assert result["copies"] == 2


def test_a_strangers_scheme_works_in_a_process_of_its_own(folder):
    folder.write("my.py", STRANGER)
    result = folder.result(
        *("credit", "--agent", "append", "--data", folder.streams(2), "--scheme", "my:scheme"),
        *("--scheme", "eara", "--copies", "2", "--workers", "2"),
    )
    (report,) = result["reports"]
    assert list(report["schemes"]) == ["eara", "my:scheme", "counterfactual", "shapley"]
    assert report["schemes"]["my:scheme"]["error"] is None


def test_a_dotted_path_is_measured_beside_all_others(quick, tmp_path):
    (tmp_path / "besides.py").write_text(STRANGER)
    code, out, err = quick(
        *("credit", "--agent", "lines", *SMALL, "--scheme", "besides:scheme"),
        *("--permutations", "0"),
    )
    assert (code, err) == (0, "")
    assert "besides:scheme" in out
    assert "finemem" in out


def test_a_scheme_that_breaks_is_told_and_the_exit_code_says_so(quick, tmp_path):
    (tmp_path / "breaks.py").write_text("def scheme(episode):\n    return [1.0]\n")
    code, out, _ = quick(
        *("credit", "--agent", "lines", *SMALL, "--scheme", "breaks:scheme", "--scheme", "eara"),
        *("--permutations", "0"),
    )
    assert code == 1
    assert "expected 2 finite numbers" in out


@pytest.mark.parametrize("name", ["fidelity.png", "fidelity.svg"])
def test_a_picture_is_drawn(quick, tmp_path, name):
    pytest.importorskip("matplotlib")
    code, out, err = quick(
        *("credit", "--agent", "lines", *SMALL, "--permutations", "0", "--plot", name)
    )
    assert (code, err) == (0, "")
    assert f"picture: {name}" in out
    content = (tmp_path / name).read_bytes()
    assert content.startswith(b"\x89PNG") if name.endswith("png") else b"eara" in content


def test_without_matplotlib_the_extra_is_named(quick, monkeypatch):
    before = builtins.__import__

    def without(name, *arguments, **named):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return before(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    code, out, err = quick("credit", "--agent", "lines", *SMALL, "--plot", "x.png")
    assert (code, out) == (2, "")
    assert 'pip install "memenv[plots]"' in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--agent", "lins", "--env", "overrides"], "unknown agent 'lins'; did you mean 'lines'?"),
        (["--agent", "lines", "--env", "overides"], "did you mean 'overrides'?"),
        (["--agent", "lines", "--env", "overrides", "--scheme", "eraa"], "did you mean 'eara'?"),
        (["--agent", "lines"], "pass --env ID or --data FILE"),
        (["--agent", "lines", "--env", "overrides", "--plot", "x.pdf"], "NAME.png or NAME.svg"),
        (["--agent", "lines", "--env", "overrides", "--plot", "no/x.png"], "no folder"),
        (["--agent", "lines", "--env", "overrides", "--workers", "0"], "workers must be"),
        (["--agent", "lines", "--env", "overrides", "--episodes", "0"], "episodes must be"),
        (["--agent", "lines", "--data", "missing.jsonl"], "missing.jsonl"),
    ],
)
def test_a_mistake_is_one_line(quick, arguments, said):
    code, out, err = quick("credit", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_help_has_an_example(quick):
    code, out, _ = quick("credit", "--help")
    assert code == 0
    assert "memenv credit --agent lines" in out
