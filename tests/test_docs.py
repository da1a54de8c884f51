"""The examples of the documents run: Python blocks as they stand, `memenv` commands as commands."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from memenv_tasks.scales import TABLE

from memenv import registry
from memenv.cli import report
from memenv.cli.main import cli
from memenv.terms import TERMS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)\)")
STREAM = (
    '{"id": "a", "competency": "AR", "source": "docs", "chunks": ["Ada moved to Oslo."], '
    '"questions": [{"question": "Where did Ada move?", "answers": ["Oslo"], "metric": "subem"}]}\n'
)


def blocks(page: Path, language: str) -> list[str]:
    return [code for kind, code in BLOCK.findall(page.read_text("utf-8")) if kind == language]


def with_blocks(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


@pytest.mark.parametrize("page", with_blocks("python"), ids=lambda page: page.name)
def test_the_python_examples_of_a_page_run(page, tmp_path):
    # Each page is one program, in a process of its own: examples may define and register things.
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(page, "python")), "utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "page", with_blocks("sh"), ids=lambda page: f"{page.parent.name}-{page.name}"
)
def test_the_memenv_commands_of_a_page_run(page, tmp_path):
    (tmp_path / "my_streams.jsonl").write_text(STREAM, "utf-8")
    lines = [line for code in blocks(page, "sh") for line in code.splitlines()]
    for line in lines:
        words = shlex.split(line, comments=True)
        if words and words[0] == "memenv":
            done = subprocess.run(
                [sys.executable, "-m", "memenv.cli.main", *words[1:]],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"


def span(numbers):
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def test_the_table_of_ids_says_what_the_scales_are():
    rows = []
    for id, arguments in registry.ENVIRONMENTS.items():  # noqa: A001
        if "task" in arguments:
            table = TABLE[arguments["task"]]
            chunks = span([number for row in table for number in row.chunks])
            tokens = span([row.chunk_tokens for row in table])
            questions = max(row.questions for row in table)
            (competency,) = registry.load("task", arguments["task"]).card.competencies
            name = f"| `{id}` | {competency} "
            rows.append(f"{name}| {chunks} | {tokens} | {questions} |\n")
    assert "".join(rows) in (ROOT / "docs/guide-training.md").read_text("utf-8")


def test_the_reward_terms_are_explained():
    page = (ROOT / "docs/guide-training.md").read_text("utf-8")
    assert [term for term in TERMS if f"| `{term}` |" not in page] == []


def test_every_column_of_a_result_is_explained():
    page = (ROOT / "docs/guide-evaluating.md").read_text("utf-8")
    assert [name for name in report._NUMBERS if f"| `{name}` |" not in page] == []


def test_the_notice_holds_the_licence_of_wordnet_whole():
    readme = (ROOT / "scripts/README.md").read_text("utf-8")
    quoted = readme.split("WordNet licence:")[1].split("MIT licence")[0]
    words = [word for word in quoted.split() if word != ">"]
    notice = " ".join((ROOT / "NOTICE").read_text("utf-8").split())
    assert len(words) > 200
    assert " ".join(words) in notice


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.name}")
def test_every_link_of_a_page_leads_somewhere(page):
    broken = [
        link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()
    ]
    assert broken == []


def told_commands():
    """Every line of a docstring of ours that is a command."""
    for package in ("memenv", "tasks", "baselines", "leaderboard"):
        for path in sorted((ROOT / package).rglob("*.py")):
            page = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            for line in page.splitlines():
                if line.startswith("    memenv "):
                    yield pytest.param(line.strip(), id=f"{path.stem}: {line.strip()}")


@pytest.mark.parametrize("line", list(told_commands()))
def test_the_commands_of_docstrings_can_be_given(line):
    command, words = cli, shlex.split(line, comments=True)[1:]
    while isinstance(command, click.Group):
        command, words = command.get_command(click.Context(command), words[0]), words[1:]
    context = command.make_context(command.name, list(words))
    if command.name == "prepare":
        loader = registry.make("loader", context.params["name"])
        assert context.params["source"] or getattr(loader.remote, "revision", None)
