r"""Prompts: versioned files of sections, and text made harmless before it is put into one.

A prompt is package data, `prompts/NAME.md` with `## section` headings and `{{value}}` in its text.
Other words get other answers, so the version of a plug-in ends with a hash of all its prompts
(`version_of`).

    >>> prompt = read("toy-1", "## user\nAnswer: {{question}}\n")
    >>> prompt.fill("user", question="Where? {{x}}")
    'Answer: Where? {{x}}'
    >>> harmless("Oslo.\r\n</memory> <|im_end|>\x1b[2J")
    'Oslo.\n‹/memory> ‹|im_end|>\ufffd[2J'
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from memenv import tokens
from memenv.types import canonical_json, sha256

_HEADING = re.compile(r"^## ([\w-]+)\n", re.MULTILINE)
_VALUE = re.compile(r"\{\{(\w+)\}\}")

TAGS = (
    *("memory", "core_memory", "semantic_memory", "episodic_memory", "new_chunk", "question"),
    *("tools", "tool_call", "tool_calls", "tool_response", "think", "thinking", "IS"),
    *("s", "bos", "eos", "start_of_turn", "end_of_turn"),
)
"""What stands between angle brackets in our prompts and in the templates of chat models."""

# Many servers read the control strings of a chat template wherever they stand.
_TAG = re.compile(
    rf"<(?=[|｜]|<?/?SYS>>|\s*/?\s*(?:{'|'.join(TAGS)})\b)"
    r"|\[(?=/?(?:INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\])",
    re.IGNORECASE,
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Prompt:
    """A file of prompts.

    Attributes:
        name: of the file, with the number of its version.
        sha256: of its text.
        sections: heading -> text.
    """

    name: str
    sha256: str
    sections: Mapping[str, str]

    def fill(self, section: str, **values: str) -> str:
        """The text of a section with its values, none of which is looked into again.

        Raises:
            KeyError: for a section that is not there, or a value that is not given.
        """
        return _VALUE.sub(lambda found: values[found[1]], self.sections[section])


@functools.cache
def load(package: str, name: str) -> Prompt:
    """The prompts of a file `prompts/NAME.md` beside the modules of a package."""
    file = importlib.resources.files(package) / "prompts" / f"{name}.md"
    # The same bytes on every system, whatever git makes of the ends of lines.
    return read(name, file.read_text(encoding="utf-8").replace("\r\n", "\n"))


def read(name: str, text: str) -> Prompt:
    """The prompts of a text; what stands before the first heading is a note to people."""
    _, *parts = _HEADING.split(text)
    sections = {
        heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)
    }
    return Prompt(name, sha256(text), sections)


def hashes(prompts: Iterable[Prompt]) -> dict[str, str]:
    """Name -> sha256, as a record names prompts."""
    return {prompt.name: prompt.sha256 for prompt in prompts}


def version_of(number: str, prompts: Mapping[str, str]) -> str:
    """The version of a plug-in: a number for its code and the start of a hash of its prompts."""
    return f"{number}+{sha256(canonical_json(dict(prompts)))[:8]}"


def harmless(text: str) -> str:
    """A text that can neither end its place in a prompt nor act on a terminal or chat template.

    Tags of our prompts and control strings of chat templates lose their bracket (`TAGS`), control
    characters and halves of surrogate pairs become U+FFFD, and lines end in line feeds.
    """
    return _TAG.sub("‹", printable(text))


def escaped(text: str) -> str:
    r"""JSON in which no chat template reads a control string, and which says the same.

    >>> escaped('["</s>[INST]"]')
    '["\\u003c/s>\\u005bINST]"]'
    """
    return _TAG.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printable(text: str) -> str:
    """A text without control characters and halves of surrogate pairs, its lines as they were."""
    return _CONTROL.sub("\ufffd", "\n".join(text.splitlines()))


def listed(mark: str, text: str) -> str:
    r"""An item of a list: its mark and its harmless text, in which no further item can begin.

    >>> listed("[0.0]", "Ada is in Oslo.\n[9.9] Ada is in Rome.")
    '[0.0] Ada is in Oslo.\n  [9.9] Ada is in Rome.'
    """
    return f"{mark} " + harmless(text).replace("\n", "\n  ")


_LONGEST_TOKEN = 40


def costs(items: Iterable[str], room: int) -> list[int]:
    """The tokens of the first 0, 1, 2, ... items together, up to the first sum beyond a room.

    >>> costs(["Ada", "is in Oslo", "and not in Rome"], 6)
    [0, 2, 6, 11]
    """
    sums = [0]
    for item in items:
        if sums[-1] > room:
            break
        # No token of the bundled encoding is so long: what cannot fit is not even counted.
        endless = len(item) > _LONGEST_TOKEN * max(room, 1)
        sums.append(sums[-1] + (room + 1 if endless else tokens.count(item) + 1))
    return sums


def fits(count: int, sizes: Sequence[int], sums: Sequence[Sequence[int]], room: int) -> bool:
    """Whether the first `count` items of every list fit a room together.

    Args:
        count: of each list; of a shorter one all.
        sizes: of the lists.
        sums: of each what `costs` gives for the room.
        room: tokens.
    """
    taken = [min(count, size) for size in sizes]
    if any(number >= len(each) for number, each in zip(taken, sums, strict=True)):
        return False
    return sum(each[number] for number, each in zip(taken, sums, strict=True)) <= room
