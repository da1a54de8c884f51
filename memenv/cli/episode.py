"""One episode for people: what was written at every chunk, and why each question was lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.rule import Rule

from memenv.cli.text import counted, line, mark, number, safe
from memenv.errors import MemenvError
from memenv.harness.config import Config
from memenv.harness.rebuild import instance_of
from memenv.harness.results import Result, Run
from memenv.harness.summary import stale
from memenv.memory import Memory
from memenv.operations import operation_from_dict
from memenv.pipeline import trace
from memenv.search import MemoryIndex
from memenv.types import Answer, Grade, Instance, Question

_CHUNK, _LINE, _OPERATIONS, _RETRIEVED = 800, 160, 12, 3
_RAW = 20_000


def print_episode(
    console: Console, run: Run, result: Result, *, full: bool = False, lost: bool = False
) -> None:
    """Print an episode.

    Args:
        console: where to.
        run: it belongs to.
        result: with its steps.
        full: whole texts, and all operations.
        lost: only the questions that were lost, and no chunks.
    """
    record = result.record
    if record is None:
        failure = result.failure
        assert failure is not None
        console.print(line(f"{result.key} failed in {failure.stage}"), soft_wrap=True)
        console.print(safe(f"{failure.error}: {failure.message}"), soft_wrap=True)
        return
    title = f"{record['instance']['id']}   score {number(result.score)}"
    console.print(line(title), soft_wrap=True)
    if paid := _paid(record):
        console.print(line(paid, 200, "dim"), soft_wrap=True)
    if not lost:
        _print_steps(console, run, result, record["steps"], full=full)
    memories, missing = _memories(record)
    if missing:
        note = f"The entries cannot be shown: {missing}"
        console.print(line(note, style="yellow"), soft_wrap=True)
    asked = list(zip(record["questions"], record["grades"], record["evidence"], strict=True))
    # The lost ones first; sorting keeps the order among equals.
    asked.sort(key=lambda each: each[2]["answered"] is not False)
    losses = sum(item["answered"] is False for _, _, item in asked)
    console.print(Rule(f"{losses:,} of {counted(len(asked), 'question')} lost", align="left"))
    index = MemoryIndex()
    for question, grade, item in asked[:losses] if lost else asked:
        after = question["after"]
        memory = memories[-1 if after is None else after] if memories else None
        judged = (record.get("judged") or {}).get(question["id"], "")
        _print_question(console, question, grade, item, judged, full=full)
        if after is not None and after != len(record["steps"]) - 1:
            console.print(f"   asked after chunk {after}", soft_wrap=True)
        if memory is not None:
            _print_support(console, question, grade, memory, index, full=full)
            _print_retrieved(console, item, memory, full=full)


def _print_steps(
    console: Console, run: Run, result: Result, steps: Sequence[Mapping[str, Any]], *, full: bool
) -> None:
    instance, missing = _instance(run, result)
    if missing:
        note = f"The chunks cannot be shown: {missing}"
        console.print(line(note, style="yellow"), soft_wrap=True)
    for position, step in enumerate(steps):
        console.print(Rule(f"chunk {position} of {len(steps)}", align="left"))
        if instance is not None:
            text = safe(instance.chunks[position].text, None if full else _CHUNK)
            console.print(text, soft_wrap=not console.is_terminal)
        shown = len(step["operations"]) if full else _OPERATIONS
        if step["raw"] is not None:
            _print_said(console, step["raw"], full=full)
        rows = list(zip(step["operations"], step["outcomes"], strict=True))
        repaired = set(step.get("repaired") or ())
        for number_, (operation, outcome) in enumerate(rows[:shown]):
            told = _operation(operation, outcome, full)
            if number_ in repaired:
                told.append("  repaired", style="yellow")
            console.print(told, soft_wrap=True)
        if len(rows) > shown:
            more = counted(len(rows) - shown, "more operation")
            console.print(f"  ... and {more} (--full)", style="dim")
        console.print(f"  memory: {step['memory_tokens']:,} tokens", style="dim")
        if earned := _earned(result.record or {}, position):
            console.print(line(f"  {earned}", 200, "dim"), soft_wrap=True)


def _paid(record: Mapping[str, Any]) -> str:
    """How the steps were paid; nothing when the last one simply got the score."""
    credit = record["setting"]["credit"]["name"]
    if credit == Config.credit or record["step_rewards"] is None:
        return ""
    parts = [f"credit {credit}"]
    if record["probes"]:
        parts.append(f"probes: {record['probes']}")
    if record["missing_terms"]:
        parts.append(f"not measured: {', '.join(record['missing_terms'])}")
    return "; ".join(parts)


def _earned(record: Mapping[str, Any], step: int) -> str:
    """The reward of a step, and the raw terms that were measured."""
    if not _paid(record):
        return ""
    columns = record["step_terms"].items()
    terms = [
        f"{name} {number(values[step])}" for name, values in columns if values[step] is not None
    ]
    return f"reward: {number(record['step_rewards'][step])} ({', '.join(terms)})"


def _print_said(console: Console, raw: str, *, full: bool) -> None:
    """What a model said, bounded in any case: all of it is in --json."""
    said = safe(raw, _RAW) if full else line(raw[: 2 * _LINE], _LINE)
    console.print(safe("  said      ", style="dim").append(said), soft_wrap=True)


_STYLES = {"ok": "green", "truncated": "yellow", "duplicate": "yellow", "rejected": "red"}


def _operation(operation: Mapping[str, Any], outcome: Mapping[str, Any], full: bool) -> Any:
    where = operation.get("id") or operation.get("store") or ""
    shown = safe(f"  {outcome['status']:9} ", style=_STYLES[outcome["status"]])
    shown.append(f"{operation['op']} ")
    shown.append(line(where, 60))
    if outcome["entry"] and outcome["entry"] != where:
        shown.append(line(f" [{outcome['entry']}]"))
    if operation.get("text"):
        shown.append(_cut(f" {operation['text']}", full))
    if outcome["reason"]:
        shown.append(line(f"  ({outcome['reason']})", _LINE, "dim"))
    return shown


def _cut(text: object, full: bool, style: str = "") -> Any:
    """A text whole, or as much of it as there is room for on a line."""
    return safe(text, style=style) if full else line(text, _LINE, style)


def _print_question(
    console: Console,
    question: Mapping[str, Any],
    grade: Mapping[str, Any],
    item: Mapping[str, Any],
    judged: float | str | None,
    *,
    full: bool,
) -> None:
    console.print(_cut(f"{question['id']}. {question['text']}", full, "bold"), soft_wrap=True)
    if question["options"]:
        options = " | ".join(question["options"])
        console.print(_cut(f"   options  {options}", full), soft_wrap=True)
    console.print(_cut(f"   expected {' | '.join(question['answers'])}", full), soft_wrap=True)
    said = _cut(f"   answered {grade['answer']['text'] or '(nothing)'}", full)
    said.append(f"   score {number(grade['score'])}")
    if not isinstance(judged, str):
        said.append(f"   judged {number(judged)}" if judged is not None else "   judge unclear")
    if stale(question, grade):
        said.append("   stale", style="yellow")
    console.print(said, soft_wrap=True)
    if question["stale"] and stale(question, grade):
        outdated = f"   outdated {' | '.join(question['stale'])}"
        console.print(_cut(outdated, full), soft_wrap=True)
    shown = safe("   kept ")
    shown.append(mark(item["kept"])).append("  found ").append(mark(item["found"]))
    shown.append("  answered ").append(mark(item["answered"]))
    chunks = ", ".join(map(str, item["gold_chunks"][: None if full else 12])) or "-"
    shown.append(safe(f"  gold chunks {chunks}"))
    console.print(shown, soft_wrap=True)


def _print_support(
    console: Console,
    question: Mapping[str, Any],
    grade: Mapping[str, Any],
    memory: Memory,
    index: MemoryIndex,
    *,
    full: bool,
) -> None:
    """Every support passage, with whether it was kept and found."""
    retrieved = tuple((id, score) for id, score in grade["answer"]["retrieved"])  # noqa: A001
    given = Grade(question["id"], Answer("", retrieved), None)
    for passage in question["support"]:
        alone = Question(question["id"], question["text"], (), "em", support=(passage,))
        traced = trace(alone, given, memory, index)
        state = "not kept" if not traced["kept"] else "found" if traced["found"] else "not found"
        style = "green" if traced["found"] else "red"
        shown = safe("   support  ").append(safe(f"{state:9} ", style=style))
        console.print(shown.append(_cut(passage, full)), soft_wrap=True)


def _print_retrieved(
    console: Console, item: Mapping[str, Any], memory: Memory, *, full: bool
) -> None:
    """What the reader saw first."""
    if not item["retrieved"]:
        console.print("   retrieved nothing", soft_wrap=True)
    for each in item["retrieved"][: None if full else _RETRIEVED]:
        entry = memory.get(each["entry"])
        text = "(no longer there)" if entry is None else entry.text
        shown = safe("   retrieved ").append(_cut(f"[{each['entry']}] {text}", full))
        console.print(shown, soft_wrap=True)


def _memories(record: Mapping[str, Any]) -> tuple[list[Memory], str]:
    """The memory after every step, made again from the operations, or why that is not possible."""
    setting = record["setting"]
    try:
        memory = Memory.empty(
            setting["layout"], setting["capacity"], stream_tokens=record["instance"]["tokens"]
        )
        memories = []
        for number_, step in enumerate(record["steps"]):
            operations = [operation_from_dict(each) for each in step["operations"]]
            memory, _ = memory.apply(operations, step=number_)
            memories.append(memory)
    except MemenvError as error:
        return [], str(error)
    if memory.digest != record["memory_digest"]:
        return [], "the operations do not give the same memory any more"
    return memories, ""


def _instance(run: Run, result: Result) -> tuple[Instance | None, str]:
    """The instance of an episode made again, or why that is not possible."""
    try:
        return instance_of(run, result), ""
    except MemenvError as error:
        return None, str(error)
