r"""The prompt style `tiny`: a few words, and operations that refer to numbered lines.

For models of a few million parameters, which cannot copy text reliably. The chunk is cut into its
lines as the agent `lines` cuts it, and each has its number behind it. The model says what is done
with a line by its number, or nothing. This expansion makes ordinary tool calls of it:

    [3] INSERT          insert line 3 into the default store
    [3] UPDATE 0.1      line 3 takes the place of the text of entry 0.1
    [3] SKIP            nothing; so is a line that is not named
    DELETE 0.1          delete entry 0.1
    SKIP                nothing at all
    INSERT some text    insert a text, to the end of the line

    >>> from memenv.memory import LAYOUTS
    >>> heard("[1] SKIP [2] INSERT\nDELETE 0.1", ["A.", "B."], LAYOUTS["flat"])
    [Insert(store='memory', text='B.', parents=()), Delete(id='0.1')]

Whatever else is said is a `Malformed` operation. The expanded calls are written behind what was
said, so a record holds both and replays like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from memenv.actions import calls_of, text_of_calls
from memenv.memory import Layout
from memenv.models import Message, ToolCall
from memenv.operations import Delete, Insert, Malformed, Operation, Skip, Update
from memenv.prompts import harmless, hashes, load, version_of
from memenv.protocols import Observation
from memenv.sampling import MOST, integer
from memenv.segments import segments

_PROMPT = load("memenv_baselines", "tiny-1")
_LINE = r"\[(?P<line>\d{1,6})\]\s*(?P<do>INSERT|SKIP|UPDATE[ \t]+(?P<old>[\w.]{1,40}))"
_WHOLE = r"DELETE[ \t]+(?P<gone>[\w.]{1,40})|INSERT[ \t]+(?P<text>[^\[\n][^\n]*)|(?P<skip>SKIP)"
_COMMAND = re.compile(rf"{_LINE}\b|(?<![^\s])(?:{_WHOLE})(?!\w)")
_MARK = re.compile(r"\[(?=\d+\])")
_SERIAL = re.compile(r"\s*\d{1,9}[.):]\s+(?=\S)")
_MOST_SHOWN = 200

WORDS = 12
"""How many words of a line are shown: of a longer one the first and the last two."""


class Terse:
    """Numbered lines in, numbers and a few words out.

    Args:
        max_tokens: of an answer.
    """

    name = "tiny"
    version = version_of("1", hashes([_PROMPT]))
    view = "newest_1"

    def __init__(self, max_tokens: int = 256) -> None:
        integer("style 'tiny'", "max_tokens", max_tokens, 1, MOST)
        self.max_tokens = max_tokens

    def messages(self, observation: Observation) -> list[Message]:
        """One user message: how far, how much room, what is shown of the memory, the lines."""
        content = _PROMPT.fill(
            "user",
            part=str(observation.step + 1),
            parts=str(observation.steps),
            room=_room(observation),
            memory="".join(f"{entry.id}: {_shown(entry.text)}\n" for entry in observation.entries),
            lines="\n".join(
                f"{_shown(text)} [{number}]" for number, text in enumerate(_lines(observation), 1)
            ),
        )
        return [{"role": "user", "content": content}]

    def heard(self, observation: Observation, said: str) -> str:
        """What the model said, with the calls that it means behind it."""
        layout = observation.layout
        calls = [
            call
            for operation in heard(said, _lines(observation), layout)
            for call in _calls(operation, layout)
        ]
        return text_of_calls(said, calls)

    def said(self, observation: Observation, operations: Sequence[Operation]) -> str:
        """What leaves the memory, every line with what is done with it, then other texts."""
        lines = _lines(observation)
        doing: dict[int, str] = {}
        gone: list[str] = []
        rest: list[str] = []
        for operation in operations:
            match operation:
                case Insert(_, text):
                    number = _first(lines, text, doing)
                    if number is None:
                        rest.append(f"INSERT {' '.join(text.split())}")
                    else:
                        doing[number] = "INSERT"
                case Update(id, text) if (number := _first(lines, text, doing)) is not None:
                    doing[number] = f"UPDATE {id}"
                case Delete(id):
                    gone.append(f"DELETE {id}")
        # Every line is named: each is a decision, and earns its share of what comes of it.
        named = " ".join(f"[{n}] {doing.get(n, 'SKIP')}" for n in range(1, len(lines) + 1))
        return "\n".join([*gone, *([named] if named else []), *rest]) or "SKIP"


def heard(said: str, lines: Sequence[str], layout: Layout) -> list[Operation]:
    """The operations that are meant, in order; at least one.

    Args:
        said: by the model.
        lines: of the chunk, the first being number 1.
        layout: the stores there are.
    """
    found = [operation for operation in _heard(said, lines, layout) if operation != Skip()]
    return found or [Skip()]


def _heard(said: str, lines: Sequence[str], layout: Layout) -> Iterator[Operation]:
    at = 0
    for command in _COMMAND.finditer(said):
        yield from _between(said[at : command.start()])
        at = command.end()
        number = command["line"]
        if number is not None and not 1 <= int(number) <= len(lines):
            yield Malformed(command[0], f"the chunk has {len(lines)} lines")
        elif number is not None and command["old"] is not None:
            yield Update(command["old"], lines[int(number) - 1])
        elif command["do"] == "INSERT":
            yield Insert(layout.default_store, lines[int(number) - 1])
        elif command["gone"] is not None:
            yield Delete(command["gone"])
        elif command["text"] is not None:
            yield Insert(layout.default_store, command["text"].strip())
        else:
            yield Skip()
    yield from _between(said[at:])
    if not said.strip():
        yield Malformed("", "nothing was said")


def _between(text: str) -> Iterator[Operation]:
    if text.strip():
        yield Malformed(text.strip()[:_MOST_SHOWN], "no command of the style 'tiny'")


def _calls(operation: Operation, layout: Layout) -> tuple[ToolCall, ...]:
    """The call of an operation; of what is none a call that nobody knows, so that it is counted."""
    if isinstance(operation, Malformed):
        return (ToolCall(operation.reason, json.dumps({"said": operation.text})),)
    return calls_of(operation, layout)


def _lines(observation: Observation) -> list[str]:
    return [segment.text for segment in segments(observation.chunk.text)]


def _first(lines: Sequence[str], text: str, taken: dict[int, str]) -> int | None:
    """The number of a line that is this very text, and of which nothing is said yet."""
    for number, line in enumerate(lines, 1):
        if line == text and number not in taken:
            return number
    return None


def _shown(text: str) -> str:
    """The first words of a text, without a serial number, and nothing like that of a line."""
    words = text[len(serial[0]) if (serial := _SERIAL.match(text)) else 0 :].split()
    cut = [*words[: WORDS - 3], "..", *words[-2:]] if len(words) > WORDS else words
    return _MARK.sub("(", harmless(" ".join(cut)))


def _room(observation: Observation) -> str:
    """Tenths of the capacity that are free; a tiny model does not calculate."""
    if observation.capacity is None:
        return "all"
    return str(10 * max(0, observation.capacity - observation.tokens) // observation.capacity)
