"""The measured part of docs/credit.md, and the script that writes it."""

import importlib.util
import sys
from pathlib import Path

import click
import pytest

from memenv import registry

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "credit_report.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("credit_report", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def tables(text):
    return [part for part in text.split("\n\n") if part.startswith("| scheme |")]


def test_the_page_holds_both_studies_with_every_scheme(script):
    page = script.PAGE.read_text("utf-8")
    text = page.split(script.BEGIN)[1].split(script.END)[0]
    assert [command for command in script.COMMANDS if f"\n{command}\n" not in text] == []
    assert len(tables(text)) == len(script.COMMANDS)
    for table in tables(text):
        named = {line.split("`")[1] for line in table.splitlines()[2:]}
        assert named == set(registry.names("credit"))
    assert text.strip().endswith(script.READING.strip())


def test_a_section_replaces_the_one_before_and_nothing_else(script):
    page = f"before\n{script.BEGIN}\n\nold\n\n{script.END}\nafter\n"
    again = script.written(page, "new\n")
    assert again == f"before\n{script.BEGIN}\n\nnew\n\n{script.END}\nafter\n"
    assert script.written(again, "new") == again
    with pytest.raises(click.ClickException, match="followed by"):
        script.written(f"before {script.BEGIN} after", "new")


@pytest.mark.slow
def test_a_small_study_is_measured_and_written(script):
    command = (
        "memenv credit --agent lines --env overrides --size 2 --episodes 2 --copies 2 "
        "--permutations 2 --workers 1"
    )
    text = script.section({command: script.measured(command)}, "Read this.")
    assert f"\n\n```text\n{command}\n```\n\n**lines on overrides, read by lexical" in text
    (table,) = tables(text)
    assert {line.count("|") for line in table.replace("\\*", "").splitlines()} == {13}
    assert "| `counterfactual` | 1.00 |" in table
    assert "spread of the raw terms" in text
    # Two episodes show nothing.
    assert "- lines on overrides, of 13 schemes from papers: left open 13 (`broadcast`" in text
    assert "on both counts: none." in text
    assert text.endswith("Read this.\n")
