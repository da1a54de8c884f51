"""`demo`: a model of a few rules, so that memenv can be tried without a key.

It knows by what it is asked whether it writes questions (its instructions ask for question-answer
pairs about a `<passage>`), keeps a memory (it is offered a tool that inserts, or a text between
`<new_chunk>` tags), judges an answer (it shall say yes or no) or answers a question (anything
else). It is deterministic and no measure of anything.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from memenv import tokens
from memenv.cloze import clozes
from memenv.loopback import offers
from memenv.loopback.offers import Offer, last_user, messages_of
from memenv.search import STOP_WORDS, words
from memenv.segments import Segment, segments
from memenv.types import Chunk

NOTHING = "not mentioned"

_LIMIT = 2048
_LINES = 6
_CALL = 40
_CHUNK = ("new_chunk", "chunk", "section", "information")
_PASSAGE = ("passage",)
_MEMORY = ("memory", "memories", "core_memory", "semantic_memory", "episodic_memory", *_PASSAGE)
_PAIRS = re.compile(r"\b(?:(\d{1,3}) )?question-answer pairs\b", re.IGNORECASE)
_TELLING = re.compile(r"\d+|(?<=[\w,;:] )[^\W\d_a-z]\w+")
_SPEAKER = re.compile(r"[^:\n]{1,60}: ")
_YES_OR_NO = re.compile(r"\byes\W{1,3}or\W{1,3}no\b", re.IGNORECASE)
_ACCEPTED = re.compile(r"(?im)^[^\w\n]*(?:accepted|correct|gold|reference|expected)\b[^:\n]*:(.+)$")
_JUDGED = re.compile(
    r"(?im)^[^\w\n]*(?:model\W)?(?:response|answer|prediction|output)\b[^:\n]*:(.+)$"
)
_ASKED = re.compile(r"\bquestion\W{0,3}:\s*(.+?)(?:\n\s*\n|\Z)", re.DOTALL | re.IGNORECASE)
_MARK = re.compile(r"^\s*(?:\[[\w.:]+\]|[-*•])\s+")
_LABEL = re.compile(r"\blabel:\s*(\S{1,60}?)\W*$", re.IGNORECASE)
_OPTION = re.compile(r"^\W?([A-J])[.):]\W{0,3}\s(.+)$", re.MULTILINE)
_NUMERIC = re.compile(r"\bhow (?:many|much|old|often)\b|\b(?:what|which) year\b|\bnumber\b", re.I)
_NAME = re.compile(r"[^\W\d_a-z]\w+(?: [^\W\d_a-z]\w+)*")
_NUMBER = re.compile(r"\d+")


def answer(body: dict[str, Any]) -> str | dict[str, Any]:
    """What the demo says to a request: a text, or a message with tool calls."""
    offer = offers.offer_of(body)
    asked = last_user(body)
    if passages := _tagged(asked, _PASSAGE):
        told = "\n".join(text for role, text in messages_of(body) if role == "system")
        if pairs := _PAIRS.search(told):
            return quizzed(passages[0], int(pairs[1] or _LINES))
    if offer is not None:
        return offers.calls(offer, kept(_chunk(asked), _limit(body), offer))
    if _YES_OR_NO.search(asked):
        return judged(asked)
    if _tagged(asked, _CHUNK):
        return rewritten(asked, _limit(body))
    return answered(messages_of(body))


def _limit(body: Mapping[str, Any]) -> int:
    found = (body.get(name) for name in ("max_tokens", "max_completion_tokens"))
    return next((limit for limit in found if isinstance(limit, int)), _LIMIT)


def _chunk(text: str) -> str:
    return next(iter(_tagged(text, _CHUNK)), text)


def _tagged(text: str, names: Iterable[str]) -> list[str]:
    """What stands between tags of some names, from the first opening to the last closing one."""
    found = []
    for name in names:
        start = text.find(f"<{name}>")
        end = text.rfind(f"</{name}>")
        if 0 <= start < end:
            found.append(text[start + len(name) + 2 : end])
    return found


# --- writing --------------------------------------------------------------------------------------


def kept(chunk: str, limit: int, offer: Offer) -> list[str]:
    """The entries that a chunk is worth: its telling lines, some together, under their header.

    Args:
        chunk: the text.
        limit: tokens that the calls may have.
        offer: the tool that they call.
    """
    call = _CALL if offer.native else _CALL + 20
    sections = _sections(segments(chunk))
    lines = [(line.text, _telling(line)) for _, group in sections for line in group]
    # Room for the calls themselves, and for the header in each of them.
    share = call / _LINES + sum(tokens.count(head) for head, _ in sections) / _LINES + 4
    chosen = _best(lines, limit - 2 * call, share)
    entries, at = [], 0
    for head, group in sections:
        here = [line.text for number, line in enumerate(group, at) if number in chosen]
        at += len(group)
        for start in range(0, len(here), _LINES):
            entries.append("\n".join([*([head] if head else []), *here[start : start + _LINES]]))
    return entries


def _sections(units: Sequence[Segment]) -> list[tuple[str, list[Segment]]]:
    found: list[tuple[str, list[Segment]]] = [("", [])]
    for unit in units:
        if unit.kind == "header":
            found.append((unit.text, []))
        else:
            found[-1][1].append(unit)
    return [section for section in found if section[1]]


def _telling(line: Segment) -> int:
    """How much a line tells: names, numbers and labels; 0 for questions and chatter."""
    if line.kind in ("sample", "fact"):
        return 9
    said = _SPEAKER.sub("", line.text, count=1) if line.kind == "turn" else line.text
    if said.endswith("?"):
        return 0
    names = len(_TELLING.findall(said))
    return names + 1 if names or len(_content(said)) >= 4 else 0


def _best(lines: Sequence[tuple[str, int]], limit: float, share: float = 0.0) -> set[int]:
    """The numbers of the most telling lines that fit a limit together, the earlier first."""
    order = sorted((-telling, number) for number, (_, telling) in enumerate(lines) if telling)
    chosen = set()
    for _, number in order:
        cost = tokens.count(lines[number][0]) * 1.1 + share
        if cost <= limit:
            limit -= cost
            chosen.add(number)
    return chosen


def rewritten(asked: str, limit: int) -> str:
    """A memory that is one text, with what a chunk adds: the most telling lines that fit."""
    both = "\n".join([*_tagged(asked, _MEMORY), _chunk(asked)])
    lines = list(dict.fromkeys(line.strip() for line in both.splitlines() if line.strip()))
    units = [unit for line in lines for unit in segments(line)]
    telling = [(unit.text, 9 if unit.kind == "header" else _telling(unit)) for unit in units]
    chosen = _best(telling, limit, 2)
    return "\n".join(text for number, (text, _) in enumerate(telling) if number in chosen)


def quizzed(passage: str, count: int) -> str:
    """Questions about a passage with their answers, as JSON: sentences with a value left out."""
    found = clozes(Chunk(passage, 0))[:count]
    pairs = [{"question": each.text, "answer": each.answers[0]} for each in found]
    return json.dumps(pairs, ensure_ascii=False)


# --- judging --------------------------------------------------------------------------------------


def judged(asked: str) -> str:
    """Yes when the answer to be judged contains an accepted one."""
    golds, given = _case(asked)
    said = f" {' '.join(words(given))} "
    right = any(f" {' '.join(words(gold))} " in said for gold in golds if words(gold))
    return "yes" if right else "no"


def _case(asked: str) -> tuple[list[str], str]:
    """The accepted answers and the given one, from a JSON object or from labelled lines."""
    start, end = asked.find("{"), asked.rfind("}")
    try:
        data = json.loads(asked[start : end + 1])
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and "answer" in data:
        golds = next((value for key, value in data.items() if isinstance(value, list)), [])
        return [str(gold) for gold in golds], str(data["answer"])
    given = _JUDGED.findall(asked)
    return [gold.strip() for gold in _ACCEPTED.findall(asked)], given[-1] if given else ""


# --- reading --------------------------------------------------------------------------------------


def answered(messages: Sequence[tuple[str, str]]) -> str:
    """The line that shares most with the question, weighted by rarity; or the piece asked for."""
    said = messages[-1][1] if messages else ""
    question, rest = _question(said)
    whole = "\n".join([*(text for _, text in messages[:-1]), rest])
    memory = "\n".join(_tagged(whole, _MEMORY)) or whole
    units = [unit for line in memory.splitlines() for unit in _units(line)]
    if re.search(r"\blabel\b", question, re.IGNORECASE):
        labelled = [unit for unit in units if _LABEL.search(unit)]
        sample = question.partition("\n")[2] or question
        found = _LABEL.search(_nearest(sample, labelled))
        boxed = "boxed" in whole or "boxed" in question
        return NOTHING if found is None else f"\\boxed{{{found[1]}}}" if boxed else found[1]
    if options := _OPTION.findall(question):
        near = set(_content(_nearest(question, units)))
        return str(max(options, key=lambda option: len(near & _content(option[1])))[0])
    nearest = _nearest(question, units)
    if _NUMERIC.search(question):
        numbers = [number for number in _NUMBER.findall(nearest) if number not in question]
        return numbers[-1] if numbers else nearest or NOTHING
    # A name that the question does not have is likely what it asks for.
    known = _content(question)
    names = [name for name in _NAME.findall(nearest) if known.isdisjoint(words(name))]
    fresh = [name for name in names if _content(name)]
    return fresh[-1] if fresh else nearest or NOTHING


def _question(text: str) -> tuple[str, str]:
    """The question of a prompt, and what stands around it."""
    if tagged := _tagged(text, ["question"]):
        return tagged[0].strip(), text.partition("<question>")[0]
    if found := list(_ASKED.finditer(text)):
        last = found[-1]
        return last[1].strip(), f"{text[: last.start()]}\n{text[last.end() :]}"
    lines = [line.strip() for line in text.splitlines()]
    blank, *paragraphs = [list(group) for _, group in itertools.groupby(["", *lines], key=bool)]
    asking = [each for each in paragraphs if any("?" in line for line in each)]
    last_asking = next(iter((asking or [each for each in paragraphs if each[0]])[::-1]), blank)
    rest = (line for each in paragraphs if each is not last_asking for line in each)
    return "\n".join(last_asking), "\n".join(rest)


def _units(line: str) -> list[str]:
    return [unit.text for unit in segments(_MARK.sub("", line.strip()))]


def _nearest(question: str, units: Sequence[str]) -> str:
    """The best of some texts, the later of equals; empty when none has a word in common."""
    asked = sorted(_content(question))
    held = [_content(unit) for unit in units]
    rarity = {
        word: math.log1p(len(held) / (1 + sum(word in each for each in held))) for word in asked
    }
    best, most = "", 0.0
    for unit, each in zip(units, held, strict=True):
        score = math.fsum(rarity[word] for word in asked if word in each)
        score /= 1 + len(each) / 100
        if score and score >= most:
            best, most = unit, score
    return best


def _content(text: str) -> frozenset[str]:
    # What is kept for later must stay bounded.
    return _cached(text) if len(text) <= 1_000 else _cached.__wrapped__(text)


@functools.lru_cache(maxsize=1 << 14)
def _cached(text: str) -> frozenset[str]:
    return frozenset(words(text)) - STOP_WORDS
