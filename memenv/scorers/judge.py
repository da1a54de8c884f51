"""A model as the judge of an answer: a side column, never the ranking score.

Judges accept wrong answers that sound right, and which model judges changes the numbers, so a
judged score is reported beside the others and never instead of them. The version of the scorer ends
with a hash of the prompts.

    >>> from memenv.types import Question
    >>> question = Question("0", "Where does Ada live?", ("Oslo",), "judge")
    >>> Judge(complete=lambda messages: "Yes.").score("in Oslo, Norway", question)
    1.0
    >>> Judge().score("in Oslo, Norway", question) is None
    True
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from memenv.models import Endpoint
from memenv.prompts import escaped, hashes, load, printable, version_of
from memenv.sampling import endpoint_of
from memenv.scorers.reading import golds_of, read, text_of
from memenv.thoughts import without_thoughts
from memenv.types import NOT_MENTIONED, Answer, Question

_PROMPT = load("memenv.scorers", "judge-2")
_HASHES = hashes([_PROMPT])

RUBRICS = ("temporal", "knowledge-update", "preference", "abstention")
"""Those of LongMemEval (arXiv 2410.10813) beside `default`, by a word of the question's kind."""

_WORDS = {"update": "knowledge-update", "instruction": "preference"}
"""What other data sets call the same."""

MAX_POINTS = 200
"""Key points, and sentences, that are looked at."""


@dataclass
class Judge:
    """1 or 0 as a model says yes or no, by a rubric for the kind of question.

    An answer to a question with `keypoints` in its `meta` (summaries, as in InfBench and
    MemoryAgentBench, arXiv 2507.05257) is measured in three calls: the harmonic mean of the share
    of key points that it tells and the share of its sentences that the accepted answers support,
    0 when it is not fluent.

    Attributes:
        complete: messages -> completion, the model to ask; the completion is a text or has one in
            its `text`. Without it nothing can be scored.
        strict: judge the output as it is, uncut, and count any "yes" in the reply, as LongMemEval
            does; key points are not looked at.
        model: as the server names it; without one the scorer has no `endpoint`.
        base_url: of the server; `None` is where the environment says.
    """

    name: ClassVar[str] = "judge"
    prompts: ClassVar[dict[str, str]] = _HASHES
    version: ClassVar[str] = version_of("3", _HASHES)
    needs_model: ClassVar[bool] = True
    complete: Callable[[list[dict[str, str]]], Any] | None = field(default=None, repr=False)
    strict: bool = False
    model: str | None = None
    base_url: str | None = None

    def __post_init__(self) -> None:
        if self.model is not None:
            endpoint_of("scorer 'judge'", self.model, self.base_url)

    @property
    def endpoint(self) -> Endpoint | None:
        """Which model to ask; `None` when it was not named."""
        return None if self.model is None else Endpoint(self.model, self.base_url)

    def score(self, answer: Answer | str, question: Question) -> float | None:
        """In [0, 1]; `None` without a model, without accepted answers, or for an unclear reply.

        Raises:
            ModelError: when the model could not be asked.
        """
        golds = golds_of(question)
        if self.complete is None or not golds:
            return None
        text = text_of(answer) if self.strict else read(answer, question)
        if not self.strict and not text:
            return float("" in golds)
        if not self.strict and (points := keypoints_of(question)):
            return self._summary(text, points, golds)
        reply = self._ask(prompt(text, question.text, golds, rubric_of(question)))
        if self.strict:
            return float("yes" in reply.lower())
        return verdict(reply)

    def _summary(self, text: str, points: Sequence[str], golds: Sequence[str]) -> float | None:
        """`2 P R / (P + R)` of a fluent summary, as in InfBench (arXiv 2402.13718) by HELMET."""
        sentences = sentences_of(text)
        data: dict[str, dict[str, Any]] = {
            "fluent": {"summary": text},
            "found": {"summary": text, "key_points": _numbered(points)},
            "supported": {"sentences": _numbered(sentences), "reference": list(golds)},
        }
        fluent, found, supported = (
            self._ask(_PROMPT.fill(section, data=quoted(data[section])))
            for section in ("fluent", "found", "supported")
        )
        written = verdict(fluent)
        recall, precision = share(found, len(points)), share(supported, len(sentences))
        if written is None or recall is None or precision is None:
            return None
        both = recall + precision
        return written * 2 * precision * recall / both if both else 0.0

    def _ask(self, text: str) -> str:
        assert self.complete is not None
        completion = self.complete([{"role": "user", "content": text}])
        reply = completion if isinstance(completion, str) else completion.text
        return str(reply)


# --- what is asked ------------------------------------------------------------------------------


def prompt(answer: str, question: str, golds: Sequence[str], rubric: str = "default") -> str:
    """The prompt with its data, quoted as JSON so that no answer can end the quotation."""
    data = {"question": question, "accepted_answers": list(golds), "answer": answer}
    return _PROMPT.fill("frame", data=quoted(data), rubric=_PROMPT.sections[rubric])


def rubric_of(question: Question) -> str:
    """The rubric for a question: by its kind, or because nothing answers it.

    >>> rubric_of(Question("0", "When?", ("3 May",), "f1", kind="temporal-reasoning"))
    'temporal'
    """
    kind = question.kind or ""
    if "abstention" in kind or NOT_MENTIONED in question.answers:
        return "abstention"
    named = (rubric for rubric in RUBRICS if rubric in kind)
    meant = (rubric for word, rubric in _WORDS.items() if word in kind)
    return next(named, next(meant, "default"))


def keypoints_of(question: Question) -> list[str]:
    """The key points of a question that asks for a summary, if its source tells them."""
    points = question.meta.get("keypoints")
    if not isinstance(points, list | tuple):
        return []
    told = (point.strip() for point in points if isinstance(point, str))
    return [point for point in told if point][:MAX_POINTS]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, by their full stops and lines; at most `MAX_POINTS`."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s|\n", text) if part.strip()][
        :MAX_POINTS
    ]


def quoted(data: dict[str, Any]) -> str:
    """Data as JSON that no chat template can read a control string in."""
    return escaped(printable(json.dumps(data, ensure_ascii=False)))


def _numbered(texts: Sequence[str]) -> dict[str, str]:
    return {str(number): text for number, text in enumerate(texts, start=1)}


# --- what is replied ----------------------------------------------------------------------------

_FIRST = re.compile(
    r"[\W_]*(?:yes|no)(?=[\s*_\"'`]*(?:[.,;:!?)\u2013\u2014-]|\n|\Z)"
    r"|\s+(?:it|its|this|that|these|they|the|there|because|since|as)\b)",
    re.IGNORECASE,
)
"""A verdict that a reply begins with, as in "No, it is not": not the "no" of "No doubt"."""

_SAID = re.compile(
    r"(?:\b(?:verdict|judge?ment|(?:final|my|the) answer)|(?:\A|\n)[\W_]*(?:answer|correct))"
    r"[\"'*_`]{0,3}\s?(?::|=|is\b:?)[\s\"'*_`]{0,4}(yes|no)(?![^\W_])"
    r"|\\boxed\{(?:\\text\{)?\s*(yes|no)\s*\}",
    re.IGNORECASE,
)
"""A verdict that is announced."""

_AGAIN = re.compile(
    r"(?:[.!?;:,\n\u2013\u2014][\s\"'*_`(]*|\band\s+|\bor\s+)(yes|no)(?![^\W_])", re.IGNORECASE
)
"""A yes or no that begins another part of the reply."""

_ALONE = re.compile(r"[\W_]*(yes|no)[\W_]*", re.IGNORECASE)
"""A line that is nothing but a verdict."""

_OR = r"\W{0,3}(?:/|or|\|)\W{0,3}"
_BOTH = re.compile(rf"\b(?:yes{_OR}no|no{_OR}yes)\b", re.IGNORECASE)
"""The format that was asked for, repeated."""


def verdict(reply: str) -> float | None:
    r"""1 for yes and 0 for no, as first word, announced or alone on the last line; else `None`.

    Thoughts do not count, nor do the letters within other words, nor the "no" of "no doubt"; a
    reply that says both is unclear, unless its last line is a verdict and nothing else.

    >>> verdict("**No**, it is not"), verdict("It is, yes"), verdict("Verdict: yes")
    (0.0, None, 1.0)
    >>> verdict("<think>No?</think>Yes, I know it is."), verdict("It names the city.\n\nYes.")
    (1.0, 1.0)
    >>> [verdict(text) for text in ("yes/no", "Yes and no.", "No doubt about it.")]
    [None, None, None]
    """
    said = without_thoughts(reply)
    last = said.strip().splitlines()[-1:]
    if last and (alone := _ALONE.fullmatch(last[0])):
        return {"yes": 1.0, "no": 0.0}[alone[1].lower()]
    if _BOTH.search(said):
        return None
    words = {(found[1] or found[2]).lower() for found in _SAID.finditer(said)}
    first = _FIRST.match(said)
    if first:
        words.add("yes" if first[0].lower().endswith("yes") else "no")
    if words:
        words |= {found[1].lower() for found in _AGAIN.finditer(said) if _decides(said, found)}
    return {"yes": 1.0, "no": 0.0}[words.pop()] if len(words) == 1 else None


def _decides(said: str, found: re.Match[str]) -> bool:
    """Whether a yes or no is more than the determiner of "no contradiction"."""
    return found[1].lower() == "yes" or not re.match(r"\s+(?!wait\b|it\b)\w", said[found.end() :])


_LIST = re.compile(r"\[[\d,\s\"']{0,2000}\]")


def share(reply: str, count: int) -> float | None:
    """The share of numbered items that a reply lists; `None` for no list, or other numbers.

    >>> share("[1, 4]", 4), share("Here: []", 4), share("[5]", 4), share("1 and 4", 4)
    (0.5, 0.0, None, None)
    """
    lists = _LIST.findall(without_thoughts(reply))
    if len(lists) != 1 or not count:
        return None
    numbers = {int(number) for number in re.findall(r"\d{1,9}", lists[0])}
    return len(numbers) / count if numbers <= set(range(1, count + 1)) else None
