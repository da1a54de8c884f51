import json
import os
import re
import subprocess
import sys

import pytest

from memenv import registry

KINDS = {
    "tasks": "task",
    "suites": "suite",
    "agents": "agent",
    "readers": "reader",
    "scorers": "scorer",
    "credit": "credit",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_plugin_is_listed_with_a_sentence(kind, quick):
    code, out, err = quick("list", kind, "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)[kind]
    assert [row["name"] for row in rows] == registry.names(KINDS[kind])
    for row in rows:
        assert row["about"], row
        assert "cannot be loaded" not in row["about"]
        assert "\n" not in row["about"]


def test_every_environment_is_listed(quick):
    rows = json.loads(quick("list", "envs", "--json")[1])["envs"]
    assert [row["name"] for row in rows] == list(registry.ENVIRONMENTS)
    assert all(row["about"] for row in rows)


@pytest.mark.parametrize("kind", ["envs", *KINDS])
def test_people_get_a_table(kind, quick):
    code, out, err = quick("list", kind)
    assert (code, err) == (0, "")
    assert "name" in out
    names = registry.names(KINDS[kind]) if kind in KINDS else list(registry.ENVIRONMENTS)
    assert all(name in out for name in names)


def test_a_pipe_gets_one_line_for_each_however_narrow(quick, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    out = quick("list", "agents")[1]
    rows = [each for each in out.splitlines() if each.strip()]
    assert len(rows) == 2 + len(registry.names("agent"))


def test_credit_schemes_are_listed_with_their_parameters(quick):
    rows = {row["name"]: row for row in json.loads(quick("list", "credit", "--json")[1])["credit"]}
    assert rows["finemem"]["parameters"] == {
        "beta": 0.5,
        "w1": 0.5,
        "w2": 0.05,
        "owner": "last_writer",
        "empty": "uniform",
        "weight": "equal",
    }
    assert rows["terminal"]["parameters"] == {}
    assert all(rows[name]["version"] for name in rows)
    out = quick("list", "credit")[1]
    assert "parameters beta=0.5, owner=last_writer" in " ".join(out.split())


def test_a_group_scheme_is_listed_as_one(quick):
    rows = json.loads(quick("list", "credit", "--json")[1])["credit"]
    groups = [row["name"] for row in rows if row["group"]]
    assert groups == [
        name
        for name in registry.names("credit")
        if getattr(registry.load("credit", name), "group", False)
    ]
    out = quick("list", "credit")[1]
    assert out.count("compares rollouts") == len(groups)


def test_a_plugin_that_cannot_be_loaded_is_listed_and_hides_no_other(quick, monkeypatch):
    load = registry.load

    def broken(kind, name):
        if name == "lines":
            raise RuntimeError("no \x1b[31mluck [bold]")
        return load(kind, name)

    monkeypatch.setattr(registry, "load", broken)
    code, out, _ = quick("list", "agents")
    assert code == 0
    assert "cannot be loaded: RuntimeError: no" in out
    assert "[bold]" in out
    assert "\x1b" not in out
    assert "append" in out


def test_help_shows_every_command_and_an_example(quick):
    code, out, _ = quick("--help")
    assert code == 0
    for command in ("eval", "list", "play", "show"):
        assert f"\n  {command} " in out
        code, said, err = quick(command, "--help")
        assert (code, err) == (0, "")
        assert "Example" in said
        assert re.search(rf"^ +memenv {command} ", said, re.MULTILINE)
    assert "memenv, version" in quick("--version")[1]


HEAVY = ("pandas", "openai", "sqlite_utils", "torch", "transformers")


@pytest.mark.parametrize("arguments", [["--help"], ["list", "agents"], ["eval", "--help"]], ids=str)
def test_looking_around_loads_nothing_heavy(arguments):
    code = (
        "import sys\n"
        f"sys.argv = ['memenv', *{arguments}]\n"
        "from memenv.cli.main import main\n"
        "try:\n    main()\n"
        f"finally:\n    print([n for n in {HEAVY} if n in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_help_is_quick():
    def seconds(*command):
        begun = children_seconds()
        subprocess.run([sys.executable, *command], capture_output=True, check=True)
        return children_seconds() - begun

    def children_seconds():
        # Of the processor, not of the clock: other tests keep this machine busy.
        spent = os.times()
        return spent.children_user + spent.children_system

    # In turns, so that a busy moment of the machine meets both.
    pairs = [
        (seconds("-m", "memenv.cli.main", "--help"), seconds("-c", "import gymnasium"))
        for _ in range(5)
    ]
    assert min(ours for ours, _ in pairs) - min(theirs for _, theirs in pairs) < 0.3
