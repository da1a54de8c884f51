"""Probes written by models: one writes questions about a chunk, another must be able to answer.

The construction of Fine-Mem (arXiv 2601.08435, chunk-level step reward): a generator writes
question-answer pairs of every chunk, a verifier answers them from that chunk alone, what it cannot
answer is dropped, duplicates are, and five are kept. Prompts, and what is dropped before anybody is
asked, are ours; answers are compared by `subem`.

    quiz = Quiz(Endpoint("gpt-4o-mini"), Endpoint("qwen3-32b", "http://127.0.0.1:8000/v1"))
    written = write_probes(instances, quiz, client)
    save_instances(written.instances, "with-probes.jsonl")

Everything is asked at temperature 0, so with a cache the same again asks nothing that was answered.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import fsum
from typing import Any

from memenv import calls, cloze, pipeline, registry, tokens
from memenv.errors import BudgetError, ModelError, PromptTooLongError, SettingError
from memenv.forms import LIMITS
from memenv.harness.client import place_of, sampled
from memenv.harness.costs import SECONDS_PER_CALL, SECONDS_PER_TOKEN, Estimate, Limits
from memenv.harness.prices import Prices
from memenv.mending import Mender
from memenv.models import DEMO, Complete, Completion, Endpoint, Models
from memenv.prompts import harmless, hashes, load
from memenv.run import scorer_for
from memenv.sampling import Sampling
from memenv.scorers.normalise import normalise
from memenv.search import STOP_WORDS, words
from memenv.terms import ANSWERED
from memenv.thoughts import without_thoughts
from memenv.types import NOT_MENTIONED, PROBES_PER_CHUNK, Chunk, Instance, Question

_PROMPT = load("memenv.harness", "probes-1")

MOST_PER_CHUNK = 50
"""Probes that a chunk may have."""

SPARE = 3
"""Pairs beyond those to be kept that the generator is asked for."""

LOOKED_AT = 4
"""Pairs that are looked at, for each to be kept: a model may write ten thousand."""

LONGEST = 400
"""Characters of a question."""

ALIKE = 0.5
"""Questions with one answer are one question if they share this part of their words."""

PATIENCE = 10
"""Chunks in a row that cannot be asked before no more is tried."""

DROPPED = {
    "malformed": "no question with a short answer in plain text",
    "foreign": "the answer does not stand in the chunk",
    "told": "the question tells its answer",
    "unverified": "not answered right from the chunk alone",
    "duplicate": "asks what another one asks",
    "spare": "enough were kept already",
}
"""Why a pair that was written is not kept."""

_MAX_TOKENS = 2048
_PER_PAIR, _PER_ANSWER = 40, 8


@dataclass(frozen=True)
class Quiz:
    """Who writes probes, who verifies them, and how many.

    Attributes:
        generator: the model that writes.
        verifier: the model that must be able to answer; better another one.
        per_chunk: probes of a chunk at most, from 1 to 50.

    Raises:
        SettingError: for another number.
    """

    generator: Endpoint
    verifier: Endpoint
    per_chunk: int = PROBES_PER_CHUNK

    def __post_init__(self) -> None:
        if not 1 <= self.per_chunk <= MOST_PER_CHUNK:
            raise SettingError(
                f"a chunk has from 1 to {MOST_PER_CHUNK} probes, not {self.per_chunk!r}"
            )

    @property
    def asked_for(self) -> int:
        """Pairs that the generator is asked for."""
        return self.per_chunk + SPARE


@dataclass(frozen=True)
class Failed:
    """A chunk that could not be asked about, and why."""

    instance: str
    chunk: int
    reason: str


@dataclass(frozen=True)
class Written:
    """What came of it.

    Attributes:
        instances: as they were, with new probes, and in `meta["probes_by"]` where they are from.
        counts: `chunks`; of them `blank` (nothing was asked), `unreadable` (no pair in what the
            generator wrote, twice), `too_long` (for a model) and `short` (fewer probes than wanted,
            for whatever reason); `pairs` that were written, which are those `kept` and those of
            every reason in `DROPPED`.
        failed: chunks that could not be asked about. They have no probes.
    """

    instances: tuple[Instance, ...]
    counts: Mapping[str, int]
    failed: tuple[Failed, ...] = ()


def write_probes(
    instances: Sequence[Instance],
    quiz: Quiz,
    models: Models,
    advance: Callable[[], None] = lambda: None,
) -> Written:
    """Have probes written and verified for every chunk of some instances.

    A chunk that a model could not be asked about is told as failed, and the others go on. When the
    last ten could not, the rest is not tried.

    Args:
        instances: their own probes are replaced.
        quiz: who is asked.
        models: the way to them, which also works out several chunks side by side.
        advance: told of every chunk that is done, in any thread.

    Raises:
        BudgetError: when the dollars are spent.
    """
    author = _Author(quiz, models)
    chunks = [(instance.id, chunk) for instance in instances for chunk in instance.chunks]
    in_a_row = 0

    def row_of(item: tuple[str, Chunk]) -> _Row:
        # Two threads may count as one here, which does no harm.
        nonlocal in_a_row
        name, chunk = item
        try:
            if in_a_row >= PATIENCE:
                return _Row(failed=Failed(name, chunk.index, "not tried any more"))
            row = author.row(chunk)
            in_a_row = 0
        except BudgetError:
            raise
        except PromptTooLongError:
            row = _Row(counts=Counter(too_long=1))
        except ModelError as error:
            in_a_row += 1
            row = _Row(failed=Failed(name, chunk.index, str(error)))
        advance()
        return row

    rows = models.map(row_of, chunks)
    return _gathered(instances, rows, quiz.per_chunk, author.described())


def write_clozes(
    instances: Sequence[Instance],
    reader: str = "lexical",
    advance: Callable[[], None] = lambda: None,
) -> Written:
    """Cloze probes for every chunk of some instances (`memenv.cloze`), which cost nothing.

    Args:
        instances: their own probes are replaced.
        reader: name of the one that answers; it decides which questions are kept.
        advance: told of every instance that is done.
    """
    answerer = registry.make("reader", reader)
    rows = []
    for instance in instances:
        grader = pipeline.Grader(answerer, scorer_for())
        made = cloze.probes_of(replace(instance, probes=()), grader).rows
        counts = (Counter(pairs=len(row), kept=len(row)) for row in made)
        rows += [_Row(row, count) for row, count in zip(made, counts, strict=True)]
        advance()
    described = {"cloze": {"reader": reader, "version": str(answerer.version)}}
    return _gathered(instances, rows, PROBES_PER_CHUNK, described)


@dataclass(frozen=True)
class _Row:
    """The probes of a chunk."""

    probes: tuple[Question, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    failed: Failed | None = None


def _gathered(
    instances: Sequence[Instance],
    rows: Sequence[_Row],
    per_chunk: int,
    described: Mapping[str, Any],
) -> Written:
    names = ("chunks", "blank", "unreadable", "too_long", "short", "pairs", *DROPPED, "kept")
    counts = Counter(dict.fromkeys(names, 0))
    for row in rows:
        counts.update(row.counts)
        counts.update(chunks=1, short=len(row.probes) < per_chunk)
    remaining, made = iter(rows), []
    for instance in instances:
        probes = tuple(row.probes for row in islice(remaining, len(instance.chunks)))
        meta = {**instance.meta, "probes_by": dict(described)}
        made.append(replace(instance, probes=probes, meta=meta))
    failed = tuple(row.failed for row in rows if row.failed is not None)
    return Written(tuple(made), {name: counts[name] for name in names}, failed)


# --- asking ---------------------------------------------------------------------------------------


class _Asked:
    """A model, and the names under which it answered."""

    def __init__(self, endpoint: Endpoint, models: Models) -> None:
        self._model = endpoint.model
        self._complete: Complete = models.complete(endpoint)
        self._reported: set[str] = set()

    def ask(self, sampling: Sampling, user: str, system: str) -> Completion:
        completion = sampling.ask(self._complete, user, system)
        if completion.model is not None:
            self._reported.add(completion.model)
        return completion

    def described(self) -> dict[str, Any]:
        return {"model": self._model, "reported": sorted(self._reported)}


class _Author:
    """Makes the probes of chunks; any thread may ask for those of one."""

    def __init__(self, quiz: Quiz, models: Models) -> None:
        self._quiz, self._map = quiz, models.map
        self._generator = _Asked(quiz.generator, models)
        self._verifier = _Asked(quiz.verifier, models)
        room = max(_MAX_TOKENS, 2 * _PER_PAIR * quiz.asked_for)
        self._writing = Sampling("generator", 0.0, room)
        self._again = Sampling("generator", 0.7, room)
        self._answering = Sampling("verifier", 0.0, _MAX_TOKENS)
        self._score = scorer_for()("subem").score

    def described(self) -> dict[str, Any]:
        return {
            "generator": self._generator.described(),
            "verifier": self._verifier.described(),
            "prompts": hashes([_PROMPT]),
            "per_chunk": self._quiz.per_chunk,
        }

    def row(self, chunk: Chunk) -> _Row:
        """The probes of a chunk, numbered in the order in which they were written.

        Raises:
            ModelError: when a model could not be asked.
        """
        if not words(chunk.text):
            return _Row(counts=Counter(blank=1))
        pairs = self._pairs(chunk.text)
        if pairs is None:
            return _Row(counts=Counter(unreadable=1))
        counts = Counter(pairs=len(pairs))
        good: list[Pair] = []
        looked_at = pairs[: LOOKED_AT * self._quiz.per_chunk]
        holds = _holder(chunk.text)
        for pair in looked_at:
            reason = _fault(pair, holds)
            if reason:
                counts[reason] += 1
            elif isinstance(pair, Pair):
                good.append(pair)
        kept = self._kept(good, chunk.text, counts)
        counts["spare"] += len(pairs) - len(looked_at)
        counts["kept"] = len(kept)
        made = (_question(pair, number, chunk.index) for number, pair in enumerate(kept))
        return _Row(tuple(made), counts)

    def _pairs(self, text: str) -> list[Pair | None] | None:
        """What the generator writes; `None` when twice there is nothing that can be read."""
        quiz = self._quiz
        system = _PROMPT.fill("write", count=str(quiz.asked_for), words=str(LIMITS["short"]))
        user = _PROMPT.fill("passage", passage=_quoted(text))
        found = pairs_of(self._generator.ask(self._writing, user, system).text)
        if found is None:
            # At temperature 0 it would say the same again.
            with sampled("probes"):
                found = pairs_of(self._generator.ask(self._again, user, system).text)
        return found

    def _kept(self, pairs: Iterable[Pair], text: str, counts: Counter[str]) -> list[Pair]:
        """The pairs that the verifier answers right, no two of them alike."""
        kept: list[Pair] = []
        waiting = iter(pairs)
        while batch := list(islice(waiting, self._quiz.per_chunk - len(kept))):
            fresh = [pair for pair in batch if not _is_known(pair, kept)]
            counts["duplicate"] += len(batch) - len(fresh)
            verdicts = self._map(lambda pair: self._verified(pair, text), fresh)
            for pair, right in zip(fresh, verdicts, strict=True):
                if not right:
                    counts["unverified"] += 1
                elif _is_known(pair, kept):
                    counts["duplicate"] += 1
                else:
                    kept.append(pair)
        counts["spare"] += sum(1 for _ in waiting)
        return kept

    def _verified(self, pair: Pair, text: str) -> bool:
        system = _PROMPT.fill("verify", words=str(LIMITS["short"]), absent=NOT_MENTIONED)
        user = _PROMPT.fill("question", passage=_quoted(text), question=pair.question)
        said = self._verifier.ask(self._answering, user, system).text
        score = self._score(said, _question(pair, 0, 0))
        return score is not None and score > ANSWERED


_PASSAGE = re.compile(r"<(?=/?passage\b)", re.IGNORECASE)


def _quoted(text: str) -> str:
    """A chunk that cannot end its place in the prompt."""
    return _PASSAGE.sub("‹", harmless(text))


# --- what the generator wrote ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pair:
    """A question about a chunk and its answer."""

    question: str
    answer: str


_EMPTY = re.compile(r"\[\s*\]")


def pairs_of(reply: str) -> list[Pair | None] | None:
    """The pairs in a reply: `None` in the place of each that is none, or for no list at all.

    They may stand in a JSON list or in lists inside an object, in a code fence, with other text
    around them; of a list that breaks off, those before are read. Takes time linear in the length.

    >>> pairs_of('Here: [{"question": "Who?", "answer": "Ada"}, {"question": "Wh')
    [Pair(question='Who?', answer='Ada')]
    >>> pairs_of('{"pairs": [{"question": "How many?", "answer": 3}, "and so on"]}')
    [Pair(question='How many?', answer='3'), None]
    >>> pairs_of("[]"), pairs_of("I cannot do that.")
    ([], None)
    """
    found: list[Pair | None] = []
    for call in calls.calls(reply, Mender(), cut=False):
        if call.value is None:
            found.append(None)
            continue
        lists = [value for value in call.value.values() if isinstance(value, list)]
        inside = "question" not in call.value and bool(lists)
        items = (item for each in lists for item in each) if inside else [call.value]
        found += map(_pair, items)
    if found or _EMPTY.search(without_thoughts(reply)):
        return found
    return None


def _pair(item: object) -> Pair | None:
    if not isinstance(item, dict):
        return None
    question, answer = item.get("question"), item.get("answer")
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        answer = json.dumps(answer)
    if not isinstance(question, str) or not isinstance(answer, str):
        return None
    return Pair(" ".join(question.split()), " ".join(answer.split()))


_Holder = Callable[[str], bool]


def _holder(text: str) -> _Holder:
    """Whether a text holds the words of another in a row."""
    own = f" {' '.join(words(text))} "
    return lambda other: f" {' '.join(words(other))} " in own


# What turns the direction of a text around: nobody sees what is written.
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _is_plain(text: str) -> bool:
    return harmless(text) == text and not _TURNED.search(text)


def _fault(pair: Pair | None, holds: _Holder) -> str:
    """Why a pair is no probe, by a word of `DROPPED`; empty when it may be one."""
    if pair is None or not 0 < len(pair.question) <= LONGEST or len(pair.answer) > LONGEST:
        return "malformed"
    plain = _is_plain(pair.question) and _is_plain(pair.answer)
    long = len(pair.answer.split()) > LIMITS["short"]
    tells = not STOP_WORDS.issuperset(words(pair.answer)) and bool(normalise(pair.answer))
    if not plain or long or not tells or not normalise(pair.question):
        return "malformed"
    if not holds(pair.answer):
        return "foreign"
    return "told" if _holder(pair.question)(pair.answer) else ""


def _is_known(pair: Pair, others: Iterable[Pair]) -> bool:
    return any(_are_alike(pair, other) for other in others)


def _are_alike(one: Pair, other: Pair) -> bool:
    """The same question, or the same answer to nearly the same question."""
    if normalise(one.question) == normalise(other.question):
        return True
    if normalise(one.answer) != normalise(other.answer):
        return False
    first, second = (set(words(each.question)) - STOP_WORDS for each in (one, other))
    return len(first & second) >= ALIKE * len(first | second)


def _question(pair: Pair, number: int, chunk: int) -> Question:
    return Question(
        id=f"written-{number}",
        text=pair.question,
        answers=(pair.answer,),
        metric="subem",
        after=chunk,
        evidence=(chunk,),
        kind="written",
    )


# --- what it will cost ----------------------------------------------------------------------------


def estimate(
    instances: Sequence[Instance], quiz: Quiz, prices: Prices, limits: Limits | None = None
) -> Estimate:
    """What `write_probes` would ask, when every pair that is asked for is verified.

    Tokens are those of the bundled encoding; answers are taken to have 40 tokens for a pair and 8
    for an answer.
    """
    texts = [chunk.text for each in instances for chunk in each.chunks if words(chunk.text)]
    passages, count = sum(tokens.count(text) for text in texts), len(texts)
    asked = count * quiz.asked_for
    instructed = passages * quiz.asked_for + asked * (_size("verify") + _PER_PAIR)
    sent = (passages + count * _size("write"), instructed)
    said = (asked * _PER_PAIR, asked * _PER_ANSWER)
    endpoints = (quiz.generator, quiz.verifier)
    usd = [_usd(*each, prices) for each in zip(endpoints, sent, said, strict=True)]
    known = [each for each in usd if each is not None]
    limits, calls = limits or Limits(), count + asked
    waited = SECONDS_PER_CALL * calls + SECONDS_PER_TOKEN * sum(said)
    seconds = waited / max(1, min(limits.concurrency, calls))
    return Estimate(
        calls,
        sum(sent),
        sum(said),
        fsum(known) if len(known) == len(usd) else None,
        max(seconds, limits.seconds(calls, sum(sent) + sum(said))) / 60,
    )


def _size(section: str) -> int:
    return tokens.count(_PROMPT.sections[section])


def _usd(endpoint: Endpoint, sent: int, said: int, prices: Prices) -> float | None:
    if endpoint == Endpoint(DEMO):
        return 0.0
    price = prices.of([endpoint.model], place_of(endpoint.base_url))
    return None if price is None else price.usd(sent, said)
