"""Write the measured part of docs/credit.md: how well schemes follow the truth, in two studies.

python benchmarks/credit_report.py
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from memenv.cli import credit_command, credit_table

PAGE = Path(__file__).parents[1] / "docs" / "credit.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
COMMANDS = (
    "memenv credit --agent lines --env MemAlpha-AR-v0 --size 6 --episodes 10",
    "memenv credit --agent recent --env MemoryAgentBench-CR-v0 --size 6 --episodes 10 "
    "--capacity tight",
)
_COLUMNS = {
    "scheme": "scheme",
    "within": "within",
    "95%": "95 %",
    "across": "across",
    "95% ": "95 %",
    "forks": "forks",
    "top-k": "top-k",
    "sign": "sign",
    "split": "split",
    "sum-score": "sum-score",
    "calls": "calls",
    "verdict": "verdict",
}
LEGEND = """
Means over the episodes, with bootstrap intervals. A star: over forks of one step. An equals sign:
1 by construction. In brackets: the scheme is flat at most of the places where the truth varies;
no verdict rests on it. Verdicts take an interval above 0 for shown.
"""
_VERDICTS = {
    "tracks": "within episodes and across rollouts",
    "within only": "within, not shown across",
    "across only": "across, not shown within",
    "does not": "neither",
    "unclear": "left open",
}
# By hand: look at it again when the numbers change.
READING = """
What this means. Where everything fits into the memory and a question has one gold chunk, the
schemes that look at which entries were retrieved, or are given the gold chunks, tell the steps
apart: best `hindsight_gate` and `evidence_session`, which are given them. `finemem` adds the same
evidence to a probe reward that varies several times as much, and follows that, as `csr` does:
within an episode neither is shown to follow. What pays the score alone (`broadcast`, `uniform`,
`tree_mc`) follows across rollouts because a copy that lost more scores less, and cannot say which
step lost it.

Where the memory is too small and later facts replace earlier ones, hardly any of this holds. Of
the published schemes only `same_state` is shown to follow on both counts, and weakly; being
retrieved, or being gold, says little about what an entry displaced or made obsolete. Even the two
truths agree less: what a step is worth alone and what it is worth in all kinds of company are
different questions there.

`fork_replay`, ours, is 1 across forks because it replays the very forks that it is measured on;
that it orders the steps of one episode is not shown. It compares rollouts at a step, and is meant
for a baseline per step. No ceiling is shown to be above 0 in *split*: with a handful of questions
about a chunk, one half of them hardly tells what the other half will reward, whatever the scheme.
These are ten short episodes of one agent with a lexical reader; the command measures yours.
"""


@click.command()
@click.option(
    "--kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="What --json of the commands printed, one file for each; nothing is measured.",
)
def main(kept: Sequence[Path]) -> None:
    """Measure, and write the section into docs/credit.md.

    \b
    Example:
      python benchmarks/credit_report.py
    """  # noqa: D301 - click's mark for text that is not to be wrapped
    if kept and len(kept) != len(COMMANDS):
        raise click.UsageError(f"--kept takes {len(COMMANDS)} files, not {len(kept)}")
    results = [json.loads(path.read_text("utf-8")) for path in kept] or [*map(measured, COMMANDS)]
    text = section(dict(zip(COMMANDS, results, strict=True)), READING)
    PAGE.write_text(written(PAGE.read_text("utf-8"), text), "utf-8")
    click.echo(str(PAGE))


def measured(command: str) -> dict[str, Any]:
    """What a `memenv credit` command measures."""
    words = shlex.split(command)
    context = credit_command.command.make_context("credit", words[2:])
    return credit_command.measured(context.params)


def written(page: str, text: str) -> str:
    """The page with this text between the marks.

    Raises:
        click.ClickException: for a page without the marks.
    """
    before, begun, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise click.ClickException(f"the page has no {BEGIN} followed by {END}")
    return f"{before}{BEGIN}\n\n{text.strip()}\n\n{END}{after}"


def section(results: Mapping[str, Mapping[str, Any]], reading: str) -> str:
    """The text of the section.

    Args:
        results: command -> what it measured.
        reading: what it means.
    """
    parts = [part for each in results.items() for part in _study(*each)]
    reports = [report for result in results.values() for report in result["reports"]]
    return "\n\n".join([LEGEND.strip(), *parts, _summary(reports), reading.strip()]) + "\n"


def _study(command: str, result: Mapping[str, Any]) -> Iterator[str]:
    yield f"```text\n{command}\n```"
    for report in result["reports"]:
        title, setting = (each(report, result) for each in (_title, credit_table.setting))
        yield f"{title}: {setting}."
        yield _table(report["schemes"])
        yield "\n".join(f"- {note}" for note in credit_table.notes(report))


def _title(report: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    return f"**{credit_table.title(report, result)}**"


def _table(schemes: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [list(_COLUMNS.values()), ["---", *["---:"] * (len(_COLUMNS) - 2), "---"]]
    for name, found in schemes.items():
        cells = {key: str(cell) for key, cell in credit_table.cells(name, found).items()}
        cells["scheme"] = f"`{name}`"
        if found["kind"] == "truth":
            cells["verdict"] = "the truth"
        # A star would begin a text in italics.
        rows.append([cells[key].replace("*", "\\*") for key in _COLUMNS])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _summary(reports: Sequence[Mapping[str, Any]]) -> str:
    """What the verdicts say of the published schemes, by study and in all of them."""
    said = []
    verdicts = [
        {name: each["verdict"] for name, each in report["schemes"].items() if _published(each)}
        for report in reports
    ]
    for report, own in zip(reports, verdicts, strict=True):
        found = [(means, _with(own, verdict)) for verdict, means in _VERDICTS.items()]
        told = "; ".join(
            f"{means} {len(names)} ({_list(names)})" for means, names in found if names
        )
        where = f"{report['agent']} on {report['environment']}"
        said.append(f"{where}, of {len(own)} schemes from papers: {told}.")
    everywhere = [
        name for name in verdicts[0] if all(own.get(name) == "tracks" for own in verdicts)
    ]
    said.append(f"In every study, on both counts: {_list(everywhere)}.")
    return "\n".join(["Which schemes follow the truth:", "", *(f"- {each}" for each in said)])


def _published(found: Mapping[str, Any]) -> bool:
    return found["kind"] == "published" and not found["error"]


def _with(verdicts: Mapping[str, str], verdict: str) -> list[str]:
    return [name for name, each in verdicts.items() if each == verdict]


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


if __name__ == "__main__":
    main()
