"""Probe questions for streams that come without any: sentences of a chunk with a value left out.

A value is a name, a number or a date inside a sentence, or the label of a sample. A question is
kept only if the reader answers it from the chunk alone, and not from nothing.

    >>> for question in clozes(Chunk("Ben: Hi! In 2019 my aunt Maria Lund moved to Oslo.", 0)):
    ...     print(*question.text.splitlines(), "->", *question.answers)
    Which year is missing? Ben: In ____ my aunt Maria Lund moved to Oslo. -> 2019
    Which name is missing? Ben: In 2019 my aunt ____ moved to Oslo. -> Maria Lund
    Which name is missing? Ben: In 2019 my aunt Maria Lund moved to ____. -> Oslo
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from memenv.memory import Memory
from memenv.operations import Insert
from memenv.search import STOP_WORDS, words
from memenv.segments import segments, sentences
from memenv.terms import ANSWERED, Asking
from memenv.types import PROBES_PER_CHUNK, Chunk, Instance, Probes, Question, sha256

TRIED = 12
"""Questions of a chunk that the reader is asked at most."""

LOOKED_AT = 60
"""Passages of a chunk that values are looked for in at most."""

LONGEST = 300
"""Characters of a passage that is asked about."""

FEWEST, FEWEST_OF_FACT = 4, 2
"""Words beside the value, function words not counted, that a question must have."""

BLANK = "____"

_WORDING = {
    "label": "Which label does this sample get? Answer with the label only.",
    "date": "Which date is missing?",
    "year": "Which year is missing?",
    "number": "What number is missing?",
    "decade": "Which decade is missing?",
    "month": "Which month is missing?",
    "day": "Which day of the week is missing?",
    "count": "What number is missing?",
    "name": "Which name is missing?",
}
"""Kind of value -> how it is asked for, the kinds that tell most first."""


def probes_of(instance: Instance, grade: Asking) -> Probes:
    """The probes of an instance, or cloze questions where it has none.

    Fine-Mem (arXiv 2601.08435, chunk-level step reward) has one model write five probes of a chunk
    and another verify them from the chunk alone; here rules write, and the reader at hand verifies.

    Args:
        instance: the task.
        grade: who answers and scores; it decides which cloze questions are kept.

    Returns:
        Per chunk at most `PROBES_PER_CHUNK` questions, maybe none, and where they came from.
    """
    if instance.probes:
        return Probes(instance.probes, "instance")
    return Probes(tuple(_kept(chunk, grade) for chunk in instance.chunks), "cloze")


def _kept(chunk: Chunk, grade: Asking) -> tuple[Question, ...]:
    nothing = Memory.empty()
    alone, _ = nothing.apply([Insert(nothing.layout.default_store, chunk.text)], 0)
    waiting = iter(clozes(chunk)[:TRIED])
    kept: list[Question] = []
    while batch := list(islice(waiting, PROBES_PER_CHUNK - len(kept))):
        right = _answered(batch, alone, grade)
        # What a reader knows or guesses without a memory says nothing of the memory.
        guessed = _answered(right, nothing, grade)
        kept += [question for question in right if question not in guessed]
    return tuple(kept)


def _answered(questions: Sequence[Question], memory: Memory, grade: Asking) -> list[Question]:
    grades = grade(memory, questions) if questions else ()
    return [
        question
        for question, each in zip(questions, grades, strict=True)
        if each.score is not None and each.score > ANSWERED
    ]


def clozes(chunk: Chunk) -> list[Question]:
    """The questions that may be asked about a chunk, the most telling first, no value twice.

    Values that the chunk says once come first: they tell most of what was kept of it. Of every
    passage the best value comes before the second best of any, and passages follow each other from
    all over the chunk. Takes time linear in the length of the chunk.
    """
    found: list[tuple[bool, int, _Value]] = []
    for passage in _spread(_passages(chunk.text), chunk.text):
        values = [(_often(value, chunk.text), value) for value in _values(passage)]
        values.sort(key=lambda each: each[0])
        found += [(often, turn, value) for turn, (often, value) in enumerate(values)]
    found.sort(key=lambda each: each[:2])
    different: dict[str, _Value] = {}
    for _, _, value in found:
        different.setdefault(" ".join(words(value.text)), value)
    return [
        value.question(f"cloze-{number}", chunk.index)
        for number, value in enumerate(different.values())
    ]


def _often(value: _Value, text: str) -> bool:
    """Whether a text has a value more than once; a label says nothing by itself."""
    return value.kind != "label" and text.count(value.text) > 1


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence, fact or sample of a chunk.

    Attributes:
        text: as it stands in the chunk.
        before: who says it, and a colon; empty where nobody does.
        kind: `sample`, `fact` or `sentence`.
        barred: words that are not asked for: the names of those who speak in the chunk.
    """

    text: str
    before: str
    kind: str
    barred: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Value:
    """Something in a passage that can be asked for."""

    kind: str
    text: str
    rest: str
    passage: str

    def question(self, name: str, chunk: int) -> Question:
        return Question(
            id=name,
            text=f"{_WORDING[self.kind]}\n{self.rest}",
            answers=(self.text,),
            metric="label" if self.kind == "label" else "subem",
            after=chunk,
            evidence=(chunk,),
            support=(self.passage,),
            kind="cloze",
        )


_SERIAL = re.compile(r"[0-9]{1,9}[.):] +")


def _passages(text: str) -> list[_Passage]:
    """What can be asked about, in the order of the text."""
    units = segments(text)
    turns = (unit.text.partition(":")[0] for unit in units if unit.kind == "turn")
    barred = frozenset(word for speaker in dict.fromkeys(turns) for word in words(speaker))
    found: list[_Passage] = []
    for unit in units:
        if unit.kind == "turn":
            speaker, _, said = unit.text.partition(": ")
            found += [
                _Passage(each, f"{speaker}: ", "sentence", barred) for each in sentences(said)
            ]
        elif unit.kind == "fact":
            found.append(_Passage(_SERIAL.sub("", unit.text, count=1), "", "fact", barred))
        elif unit.kind != "header":
            found.append(_Passage(unit.text, "", unit.kind, barred))
    return [each for each in found if _states(each.text)]


def _states(text: str) -> bool:
    """Whether a passage is short enough, tells something, and has no blank of its own."""
    return len(text) <= LONGEST and not text.endswith("?") and BLANK not in text


_GOLDEN = 0x9E3779B97F4A7C15
"""The golden ratio as a fraction of 2**64: multiples of it leave no large gap anywhere."""


def _spread(passages: Sequence[_Passage], text: str) -> list[_Passage]:
    """At most `LOOKED_AT` passages, the first of them far from each other.

    Where they begin is taken from the text, so that no place in a chunk is asked about more often
    than others and none is worth keeping for its place alone.
    """
    start = int(sha256(text)[:16], 16)
    # Three times around visits every one of a few passages.
    turns = range(min(3 * len(passages), 3 * LOOKED_AT))
    places = ((start + turn * _GOLDEN) % (1 << 64) * len(passages) >> 64 for turn in turns)
    return [passages[place] for place in dict.fromkeys(places)][:LOOKED_AT]


def _values(passage: _Passage) -> list[_Value]:
    """The values of a passage, by kind and length."""
    found = _labels(passage) if passage.kind == "sample" else _inside(passage)
    kinds = list(_WORDING)
    return sorted(found, key=lambda value: (kinds.index(value.kind), -len(value.text)))


_LABEL = re.compile(r"(.*\w.*?)[\s;,.|]*\b[Ll]abel:\s*(\S+)\s*", re.DOTALL)


def _labels(passage: _Passage) -> list[_Value]:
    match = _LABEL.fullmatch(passage.text)
    return [_Value("label", match[2], match[1], passage.text)] if match else []


@functools.cache
def _value() -> re.Pattern[str]:
    """What is found in a passage; the name of the group that matched is the kind of value."""
    # Loaded here, because `import memenv` loads no reader.
    from memenv.readers.dates import DATE
    from memenv.readers.wordlists import LINKS, MONTHS, NUMBERS, WEEKDAYS

    # Upper case as far as Cyrillic; in other scripts only numbers are found.
    capital = f"[{''.join(chr(code) for code in range(0x41, 0x530) if chr(code).isupper())}]"
    stops = [word.capitalize() for word in sorted(STOP_WORDS) if len(word) > 1]
    no_name = rf"(?!(?:(?:{'|'.join([*stops, *MONTHS, *WEEKDAYS])})s?|[AI](?!\.))\b)"
    initials = rf"(?:{capital}\.)+(?= {capital})"
    word = rf"(?:{no_name}(?:{initials}|{capital}\w*(?:[\-'’](?!s\b)\w+)*))"
    link = "|".join(sorted(LINKS - {"and", "for", "bin", "&"}))
    counts = "|".join(NUMBERS[2 : NUMBERS.index("hundred")])
    return re.compile(
        r"(?<![\w.,:;/@#&+\-'’])(?:"
        rf"(?P<date>{DATE.pattern})"
        rf"|(?P<day>(?:{'|'.join(WEEKDAYS)})s?)"
        r"|(?P<number>[0-9]+(?:[.,:][0-9]+)*)"
        rf"|(?P<count>(?:{counts})(?:[ \-](?:{'|'.join(NUMBERS)}))*)"
        rf"|(?P<name>{word}(?: (?:(?:{link}) ){{0,2}}{word}){{0,5}}(?!\.\s+\S))"
        r")(?![\w/@]|[.,:\-+]\w|['’](?!s\b)\w)"
    )


_OPENS = re.compile(r"""(?:^|["“‘'*_\[…:!?—–-])\s*$""")
_DATED = re.compile(r"\b(?:in|of|since|until|till|by|from|to|during|year|around|and) $", re.I)


def _inside(passage: _Passage) -> list[_Value]:
    """The names, numbers and dates in a passage whose other words tell which one is missing."""
    text, found = passage.text, []
    for match in _value().finditer(text):
        before, said, after = text[: match.start()], match[0], text[match.end() :]
        kind = _kind(match, before)
        value = _Value(kind, said, f"{passage.before}{before}{BLANK}{after}", text)
        if kind and _tells(value, passage):
            found.append(value)
    return found


def _kind(match: re.Match[str], before: str) -> str:
    """What sort of value was found, `""` for one that is not worth asking for."""
    said, kind = match[0], match.lastgroup or ""
    if kind == "name":
        # A capital may be there only because a sentence or a quotation begins.
        return "" if _OPENS.search(before) else kind
    if kind != "date":
        return kind
    if said.isdecimal():
        return "year" if _DATED.search(before) else "number"
    if said.isalpha():
        # The month May is a verb elsewhere.
        return "" if said == "May" else "month"
    return "decade" if said.endswith("0s") else kind


def _tells(value: _Value, passage: _Passage) -> bool:
    """Whether a question says enough, and does not say the value itself."""
    rest = set(words(value.rest)) - STOP_WORDS
    asked = set(words(value.text)) - STOP_WORDS
    few = FEWEST_OF_FACT if passage.kind == "fact" else FEWEST
    return len(rest) >= few and asked.isdisjoint(rest) and asked.isdisjoint(passage.barred)
