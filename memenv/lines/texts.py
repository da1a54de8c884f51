"""What is known of a line by itself, and how it is said in brief."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from memenv import tokens
from memenv.search import STOP_WORDS, words
from memenv.segments import Kind, segments

MOST_WORDS = 64
"""Words of a line that are looked at."""

_LEAD = 8
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[?!\":;]")
_SERIAL = re.compile(r"[0-9]{1,9}[.):] +")
_SPEAKER = re.compile(r"([^\W\d_][\w.'’\- ]{0,40}?)(?: \([^()\n]{1,30}\))?: +")
_LABEL = re.compile(r"[Ll]abel:\s*(\S{1,60})\s*\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """What is known of a text by itself, be it a line or an entry.

    Attributes:
        text: all of it.
        kind: of its first segment.
        tokens: of it.
        brief: what it says, see `brief`.
        brief_tokens: of that.
        terms: the content words of that, each once.
        names: those of them that stand with a capital or have a digit.
        lead: the first of them.
        label: of a sample, else "".
        speaker: of a turn, else "".
        forms: its words as written, without number and speaker.
    """

    text: str
    kind: Kind
    tokens: int
    brief: str
    brief_tokens: int
    terms: tuple[str, ...]
    names: tuple[str, ...]
    lead: tuple[str, ...]
    label: str
    speaker: str
    forms: tuple[str, ...]


_KEPT = frozenset(
    "no not nor never now before after is are was were has have had does did can could will would "  # noqa: SIM905
    "what when where which who whom whose why how".split()
)
_DROPPED = STOP_WORDS - _KEPT
_CLAUSES = re.compile(r"(?<=[,;:.!?]) +")
_PREFIX = re.compile(r"[Ss]ample: +")


def brief(text: str, kind: Kind) -> str:
    """A line without what a reader by words can do without.

    Headers stay as they are. A fact loses its number, a sample the word that announces it;
    articles, pronouns and prepositions go (of a fact the articles alone, as the rest tells its
    relation), the full stop, and of a sentence the clauses that only add to it: those that
    open as adverbials do, such as `In short,`, and have neither a name nor a number.

    >>> brief("To quote the records, the mill of Torby was sold in 1928.", "sentence")
    'mill Torby was sold 1928'
    >>> brief("12. The mayor of Velsund is Ines Okafor.", "fact")
    'mayor of Velsund is Ines Okafor'
    """
    if kind == "header":
        return text
    head, body, tail = "", text, ""
    if kind == "fact":
        body = _SERIAL.sub("", body, count=1)
    elif kind == "turn" and (match := _SPEAKER.match(body)):
        head, body = match[0], body[match.end() :]
    elif kind == "sample":
        body = _PREFIX.sub("", body, count=1)
        if match := _LABEL.search(body):
            body, tail = body[: match.start()].rstrip(), f" {match[0]}"
    elif kind == "sentence":
        clauses = _CLAUSES.split(body)
        kept_clauses = [clause for clause in clauses if not _only_adds(clause)]
        body = " ".join(kept_clauses or clauses)
    dropped = _ARTICLES if kind == "fact" else _DROPPED
    kept = [word for word in body.split() if _bare(word) not in dropped]
    short = " ".join(kept).rstrip(".!,;: ") + (";" if tail and kept else "")
    return f"{head}{short}{tail}" if kept else text


_ARTICLES = frozenset(["a", "an", "the"])


def _bare(word: str) -> str:
    return word.strip("\"'“”‘’().,;:!?").lower()


_ADVERBIAL = frozenset(
    "above according across after again against along although amid among around as at because "  # noqa: SIM905
    "before behind below beside besides beyond by despite during even finally for from given "
    "however if in indeed inside instead later like meanwhile near of often on once outside over "
    "perhaps since so soon still then though through throughout to today towards under unlike "
    "until upon well when whenever while with within without".split()
)


def _only_adds(clause: str) -> bool:
    """Whether a clause opens as adverbials do, and has neither a name nor a number."""
    forms = WORD.findall(clause)
    if not forms or forms[0].lower() not in _ADVERBIAL:
        return False
    return not any(has_digit(form) or (form[0].isupper() and form != "I") for form in forms[1:])


@functools.lru_cache(maxsize=1 << 15)
def known(text: str, kind: Kind) -> Line:
    """What is known of a line of a chunk."""
    short = brief(text, kind)
    body, speaker = short, ""
    if kind == "turn" and (match := _SPEAKER.match(body)):
        speaker, body = match[1].lower(), body[match.end() :]
    label = _LABEL.search(text) if kind == "sample" else None
    said = (body[: body.rfind(label[0])] if label else body)[:1_000]
    plain = words(said)[:MOST_WORDS]
    terms = dict.fromkeys(word for word in plain if word not in STOP_WORDS)
    marked = [form for form in WORD.findall(said) if form[0].isupper() or form[0].isdigit()]
    named = dict.fromkeys(word for form in marked for word in words(form))
    return Line(
        text,
        kind,
        tokens.count(text),
        short,
        tokens.count(short),
        tuple(terms),
        tuple(word for word in named if word in terms),
        tuple(terms)[:_LEAD],
        label[1] if label else "",
        speaker,
        tuple(WORD.findall(_said(text, kind)[:1_000])[:MOST_WORDS]),
    )


def _said(text: str, kind: Kind) -> str:
    """A line without number, speaker and label."""
    if kind == "turn" and (match := _SPEAKER.match(text)):
        return text[match.end() :]
    if kind == "sample" and (match := _LABEL.search(text)):
        return text[: match.start()]
    return _SERIAL.sub("", text, count=1) if kind == "fact" else text


def line_of(text: str) -> Line:
    """What is known of the text of an entry."""
    found = segments(text)
    return known(text, found[0].kind if found else "sentence")


def has_digit(form: str) -> bool:
    """Whether a word has a digit in it."""
    return any(map(str.isdigit, form))
