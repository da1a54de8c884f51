"""`memenv credit` as people run it."""

import builtins
import json

import pytest
from rich.console import Console

from memenv.cli.credit_picture import caption, drawn, free
from memenv.cli.credit_table import print_report
from memenv.harness.fidelity import MEASURES

SMALL = ("--env", "overrides", "--size", "2", "--episodes", "2", "--copies", "2", "--workers", "1")

HERE = ("--agent", "lines", "--env", "overrides")

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
    assert "breaks:scheme" not in next(
        x for x in out.splitlines() if x.startswith("cannot be told")
    )


@pytest.mark.parametrize("extra", [(), ("--json",), ("--scheme", "fails:scheme")])
def test_a_scheme_that_only_fails_ends_with_1(quick, tmp_path, extra):
    (tmp_path / "fails.py").write_text("def scheme(episode):\n    raise ValueError('no')\n")
    code, out, _ = quick(
        *("credit", "--agent", "lines", *SMALL, "--scheme", "fails:scheme", "--scheme", "csr"),
        *("--permutations", "0", *extra),
    )
    assert code == 1
    assert "ValueError: no" in out


def test_a_narrow_terminal_shows_what_matters():
    width, console = 80, Console(width=80, force_terminal=True, color_system=None, record=True)
    with console.capture() as captured:
        print_report(console, *made_up())
    lines = captured.get().splitlines()
    head = next(each for each in lines if each.split()[:1] == ["scheme"])
    assert {"scheme", "within", "across", "verdict"} <= set(head.split())
    table = lines[lines.index(head) : lines.index(next(x for x in lines if "spread of" in x))]
    assert max(map(len, table)) <= width
    rows = {each.split()[0]: each.split() for each in table if each.strip()}
    assert rows["rank_consistency"][-2:] == ["across", "only"]
    assert "(0.50)" in rows["terminal"]
    assert "0.50=*" in rows["fork_replay"]
    assert rows["csr"][-1] == "error"


def test_a_ceiling_is_one_only_where_the_truth_is_above_0():
    for low, said in ((0.1, "the ceiling is that of"), (-0.1, "no ceiling is known")):
        report, result = made_up(low)
        console = Console(width=80)
        with console.capture() as captured:
            print_report(console, report, result)
        assert said in " ".join(captured.get().split())


def made_up(low=0.1):
    """A report, and the settings it was made with."""

    def found(kind="published", verdict="across only", error=None, **changes):
        measured = {"mean": 0.5, "low": low, "high": 0.9, "episodes": 10}
        own = dict.fromkeys(MEASURES, measured) | {"unconserved_most": 0.0, "seconds": 0.1}
        own |= {"kind": kind, "verdict": verdict, "error": error, "forked": False}
        return own | {"by_construction": [], "parameters": {}, "gold": False} | changes

    few = {"mean": 0.2, "low": 0.1, "high": 0.3, "episodes": 10}
    forked = {"forked": True, "by_construction": ["across", "forks"]}
    schemes = {
        "csr": found(
            verdict="error",
            error="SettingError: something that takes a very long line to tell about it",
        ),
        "rank_consistency": found(),
        "terminal": found(across_share=few, verdict="unclear"),
        "fork_replay": found("ours", "within only", **forked),
        "counterfactual": found("truth"),
    }
    report = {"agent": "lines", "environment": "overrides", "episodes": 10, "unscored": 0}
    report |= {"steps": 6, "questions": 9, "score": 0.5, "chance_top_k": 0.2, "unsplit": 0}
    report |= {"gold": True, "probes": ["instance"]}
    report |= {"constant_truth": 0.0, "term_spread": {"chunk": 0.1}, "schemes": schemes}
    result = {"reader": "lexical", "capacity": None, "copies": 8, "drop": 0.2}
    return report, result | {"permutations": 0, "copy_permutations": 0}


def printed(report, result):
    console = Console(width=200)
    with console.capture() as captured:
        print_report(console, report, result)
    return captured.get()


def test_what_the_data_lacks_is_noted_once():
    report, result = made_up()
    assert "gold chunks in this data" not in printed(report, result)
    assert "probes:" not in printed(report, result)
    report["schemes"]["rank_consistency"] |= {"gold": True, "verdict": "no gold"}
    report |= {"gold": False, "probes": ["cloze", None]}
    out = printed(report, result)
    assert "no gold chunks in this data: rank_consistency has nothing of it to go on" in out
    assert "probes: cloze, none" in out
    assert "shown within episodes: rank_consistency" not in out


def test_parameters_of_schemes_stand_beside_their_names(quick):
    code, out, err = quick(
        *("credit", "--agent", "lines", *SMALL, "--scheme", "eara", "--scheme", "finemem"),
        *("--permutations", "0", "-c", "eara.beta=0.25", "-c", "finemem.owner=split"),
        *("-c", "finemem.w2=0"),
    )
    assert (code, err) == (0, "")
    assert "eara beta=0.25 " in out
    assert "finemem owner=split w2=0 " in out


def test_a_dotted_path_takes_parameters_too(quick, tmp_path):
    (tmp_path / "given.py").write_text(
        "def scheme(episode, add=0):\n"
        "    return [add + len(step.operations) for step in episode.trajectory.steps]\n"
    )
    code, out, _ = quick(
        *("credit", "--agent", "lines", *SMALL, "--scheme", "given:scheme", "--json"),
        *("--permutations", "0", "-c", "given:scheme.add=0.5"),
    )
    found = json.loads(out)["reports"][0]["schemes"]["given:scheme"]
    assert (code, found["parameters"]) == (0, {"add": 0.5})


def test_labels_lie_on_no_other():
    placed = []
    for _ in range(20):
        move = free(placed, 0.0, 30.0, 100.0)
        assert all(abs(100 + move - height) >= 8 for _, _, height in placed)
        placed.append((0.0, 30.0, 100 + move))
    assert free(placed, 30.0, 60.0, 100.0) == 4.0


def test_what_has_no_place_in_the_picture_is_named_below_it():
    report, _ = made_up()
    nothing = {"mean": None, "low": None, "high": None, "episodes": 0}
    report["schemes"]["terminal"] |= {"within": nothing}
    assert list(drawn(report["schemes"])) == ["rank_consistency", "fork_replay", "counterfactual"]
    assert caption(report["schemes"]).splitlines()[1:] == [
        "not drawn, no order within or across: terminal",
        "not drawn, error: csr",
    ]


def test_a_picture_that_cannot_be_written_loses_no_numbers(quick, tmp_path):
    pytest.importorskip("matplotlib")
    (tmp_path / "gone.svg").symlink_to(tmp_path / "nowhere" / "gone.svg")
    code, out, err = quick(
        *("credit", "--agent", "lines", *SMALL, "--scheme", "eara", "--permutations", "0"),
        *("--plot", "gone.svg"),
    )
    assert code == 2
    assert "eara" in out
    assert "cannot write gone.svg" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["fidelity.png", "fidelity.SVG"])
def test_a_picture_is_drawn(quick, tmp_path, name):
    pytest.importorskip("matplotlib")
    code, out, err = quick(
        *("credit", "--agent", "lines", *SMALL, "--permutations", "0", "--plot", name)
    )
    assert (code, err) == (0, "")
    assert f"picture: {name}" in out
    content = (tmp_path / name).read_bytes()
    assert content.startswith(b"\x89PNG") if name.endswith("png") else b"eara" in content


def test_a_picture_of_nothing_but_failures_is_drawn(quick, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, err = quick(
        *("credit", "--agent", "skip", *SMALL, "--scheme", "eara", "--permutations", "0"),
        *("--plot", "empty.PNG"),
    )
    assert (code, err) == (0, "")
    assert (tmp_path / "empty.PNG").read_bytes().startswith(b"\x89PNG")


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
        ([*HERE, "-c", "eara=1"], "-c takes NAME.KEY=VALUE, such as eara.beta=0.25, not 'eara=1'"),
        ([*HERE, "-c", "eara.beta"], "-c takes NAME.KEY=VALUE"),
        ([*HERE, "-c", "eraa.beta=1"], "unknown credit 'eraa'; did you mean 'eara'?"),
        ([*HERE, "-c", "eara.bta=1"], "its parameters: beta"),
        ([*HERE, "-c", "eara.beta=2"], "from 0 to 1, not 2"),
        ([*HERE, "-c", "eara.beta=1", "-c", "eara.beta=0"], "-c eara: beta is given twice"),
        ([*HERE, "--scheme", "csr", "-c", "eara.beta=1"], "not among the schemes"),
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
    assert "is measured beside all registered ones" in " ".join(out.split())
