"""`api`: a model answers from the entries that match the question best.

The answerer of Mem-alpha (arXiv 2509.25911, released code): BM25 within each store, the k best of
each in order of score, entries without a word of the question behind them; the core whole; k goes
down until the prompt fits. An empty memory answers `""` and asks nobody.

    memenv eval --agent lines --reader api -r model=gpt-4.1-mini --suite quick
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from memenv import tokens
from memenv.errors import SettingError
from memenv.forms import LIMITS, form_of, options_of
from memenv.memory import CORE, Entry, Memory, position
from memenv.models import Complete
from memenv.prompts import costs, fits, harmless, hashes, listed, load, printable, version_of
from memenv.sampling import MOST, Sampling, endpoint_of, integer, no_model
from memenv.search import Index, words
from memenv.thoughts import without_thoughts
from memenv.types import NOT_MENTIONED, Answer, Question

_PROMPT = load("memenv.readers", "api-1")
_ONE = 1 << 16

MAX_ANSWER = 10_000
"""Characters of an answer; the longest form has some hundreds."""

LIST_LENGTH = 20


@dataclass(frozen=True)
class Preset:
    """Settings of a paper.

    Attributes:
        k: entries of each store; `None` shows all of them.
        ranked: best first, else in the order of the stream.
        temperature: of the model.
        budget: tokens of the prompt.
    """

    k: int | None
    ranked: bool
    temperature: float
    budget: int


PRESETS: Mapping[str, Preset] = {
    # Mem-alpha's server samples at 0.7, which makes the score of a memory a matter of luck.
    "mem-alpha": Preset(20, True, 0.0, 30_000),
    # Fine-Mem (arXiv 2601.08435) does not tell its k; its data and code base are Mem-alpha's.
    "fine-mem": Preset(20, True, 0.1, 30_000),
    # 32,000 tokens of the stream and room for the instructions.
    "long-context": Preset(None, False, 0.0, 34_000),
}


class Api:
    """Shows a model a part of the memory and the question.

    `answers` asks all questions of a memory at once through `map`. What is shown is told as
    `retrieved`: with its BM25 score, 0 for entries without a word of the question, and for the
    core, which is always shown and comes last.

    Args:
        model: as the server names it.
        base_url: of the server; `None` is where the environment says.
        preset: `mem-alpha`, `fine-mem` (temperature 0.1), or `long-context`: the newest entries
            that fit, in the order of the stream.
        k: entries of each store, instead of the preset's.
        temperature: instead of the preset's.
        max_tokens: of an answer, thoughts included.
        budget: tokens of the prompt, instead of the preset's.
        seed: sent to the server.
        thinking: true or false is sent to servers that have a switch for it.

    Attributes:
        prompts: name -> sha256.
        endpoint: which model to ask.
        complete: the way to it, to be handed in.
        map: works out several answers, side by side when it is handed in.
    """

    prompts: ClassVar[dict[str, str]] = hashes([_PROMPT])
    version = version_of("1", prompts)
    needs_model = True

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        preset: str = "mem-alpha",
        k: int | None = None,
        temperature: float | None = None,
        max_tokens: int = 2048,
        budget: int | None = None,
        seed: int | None = None,
        thinking: bool | None = None,
    ) -> None:
        owner = "reader 'api'"
        self.endpoint = endpoint_of(owner, model, base_url)
        if preset not in PRESETS:
            known = ", ".join(PRESETS)
            raise SettingError(f"{owner}: preset is one of {known}, not {preset!r}")
        chosen = PRESETS[preset]
        if k is not None:
            integer(owner, "k", k, 1, MOST)
        if budget is not None:
            integer(owner, "budget", budget, 1, MOST)
        self.k = chosen.k if k is None else k
        self.budget = chosen.budget if budget is None else budget
        self.ranked = chosen.ranked
        self.sampling = Sampling(
            owner,
            chosen.temperature if temperature is None else temperature,
            max_tokens,
            seed=seed,
            thinking=thinking,
        )
        self.complete: Complete = no_model
        self.map: Callable[[Callable[[Any], Any], Iterable[Any]], list[Any]] = _one_by_one
        self._shelves = _Shelves()

    def answer(self, question: Question, memory: Memory) -> Answer:
        """The model's answer, and what it was shown.

        Raises:
            ModelError: when it could not be asked.
        """
        return self.answers([question], memory)[0]

    def answers(self, questions: Sequence[Question], memory: Memory) -> list[Answer]:
        """One answer per question, in their order.

        Raises:
            ModelError: when the model could not be asked.
        """
        if not len(memory):
            return [Answer("") for _ in questions]
        # The index is read here alone, so that `map` may use threads.
        self._shelves.sync(memory)
        asked = [self._asked(question, memory) for question in questions]
        said = self.map(self._said, [(user, system) for user, system, _ in asked])
        return [
            Answer(text, retrieved) for text, (_, _, retrieved) in zip(said, asked, strict=True)
        ]

    def prompt(self, question: Question, memory: Memory) -> tuple[str, str]:
        """The system and the user message for one question."""
        self._shelves.sync(memory)
        user, system, _ = self._asked(question, memory)
        return system, user

    def _said(self, messages: tuple[str, str]) -> str:
        text = self.sampling.ask(self.complete, *messages).text
        return printable(without_thoughts(text).strip()[:MAX_ANSWER])

    def _asked(
        self, question: Question, memory: Memory
    ) -> tuple[str, str, tuple[tuple[str, float], ...]]:
        """The user and the system message, and the entries that are shown with their scores."""
        user = _PROMPT.fill("user", question=_posed(question), form=_form(question))
        found = self._found(question, memory)
        fixed = tokens.count(self._system(memory, {})) + tokens.count(user)
        shown = _within(found, self.k, self.budget - fixed)
        scores = {entry.id: score for pairs in found.values() for entry, score in pairs}
        retrieved = [(id, scores[id]) for texts in shown.values() for id, _ in texts]  # noqa: A001
        retrieved.sort(key=lambda pair: (-pair[1], position(pair[0])))
        if memory.core is not None:
            retrieved.append((CORE, 0.0))
        return user, self._system(memory, shown), tuple(retrieved)

    def _found(self, question: Question, memory: Memory) -> dict[str, list[tuple[Entry, float]]]:
        """Per store its entries, those to be shown first of all first."""
        found = {}
        for store in memory.layout.stores:
            most = memory.size(store) if self.k is None else min(self.k, memory.size(store))
            if self.ranked:
                found[store] = self._shelves.best(store, question.text, most)
            else:
                newest = memory.newest(store, most)
                found[store] = [(entry, 0.0) for entry in reversed(newest)]
        return found

    def _system(self, memory: Memory, shown: Mapping[str, Sequence[tuple[str, str]]]) -> str:
        layout, blocks = memory.layout, []
        core = memory.core
        legend = [_PROMPT.fill("ranked" if self.ranked else "stream")]
        if core is not None:
            legend.append(_PROMPT.fill(CORE))
            blocks.append(_block(_tag(CORE), [harmless(core.text)]))
        for store in layout.stores:
            section = store if store in _PROMPT.sections else "other"
            legend.append(_PROMPT.fill(section, store=_tag(store)))
            texts = [text for _, text in shown.get(store, ())]
            texts = texts if self.ranked else texts[::-1]
            lines = [listed(f"[{number}]", text) for number, text in enumerate(texts, start=1)]
            blocks.append(_block(_tag(store), lines or ["(nothing)"]))
        return _PROMPT.fill("system", legend="\n".join(legend), memory="\n".join(blocks))


def _one_by_one(function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    return [function(item) for item in items]


def _within(
    found: Mapping[str, Sequence[tuple[Entry, float]]], k: int | None, room: int
) -> dict[str, list[tuple[str, str]]]:
    """Per store (id, text) of the first entries, as many of each as fit; of one, what fits."""
    sizes = [len(entries) for entries in found.values()]
    sums = [
        costs((listed(f"[{len(entries)}]", entry.text) for entry, _ in entries), room)
        for entries in found.values()
    ]
    count = min(max(sizes, default=0), max(map(len, sums), default=0))
    while count and not fits(count, sizes, sums, room):
        count -= 1
    if count:
        return {
            store: [(entry.id, entry.text) for entry, _ in entries[:count]]
            for store, entries in found.items()
        }
    share = room // max(1, sum(size > 0 for size in sizes))
    return {store: _cut(entries[:1], share) for store, entries in found.items()}


_CUT = " [cut]"


def _cut(entries: Sequence[tuple[Entry, float]], room: int) -> list[tuple[str, str]]:
    room -= tokens.count(listed("[00]", _CUT)) + 2
    # Less is left of a text in which lines are indented and characters replaced.
    texts = ((entry.id, tokens.bundled().cut(entry.text, room * 2 // 3)) for entry, _ in entries)
    return [(id, text + _CUT) for id, text in texts if text]  # noqa: A001


def _posed(question: Question) -> str:
    """A question as it is put, its options listed unless its text names them."""
    text = harmless(question.text)
    missing = form_of(question) == "option" and any(
        option not in question.text for option in question.options
    )
    if not missing:
        return text
    lines = (listed(f"{letter}.", option) for letter, option in options_of(question))
    return "\n".join([text, *lines])


def _form(question: Question) -> str:
    form = form_of(question)
    _, _, count = question.metric.partition("@")
    return _PROMPT.fill(
        form,
        words=str(LIMITS.get(form)),
        count=str(max(LIST_LENGTH, int(count) if count.isdecimal() else 0)),
        absent=NOT_MENTIONED,
    )


def _tag(store: str) -> str:
    return "memory" if store == "memory" else f"{store}_memory"


def _block(tag: str, lines: Iterable[str]) -> str:
    return "\n".join([f"<{tag}>", *lines, f"</{tag}>"])


class _Shelves:
    """An index for each store: how rare a word is in one tells nothing of another."""

    def __init__(self) -> None:
        self._memory: Memory | None = None
        self._indices: dict[str, Index] = {}

    def sync(self, memory: Memory) -> None:
        """Make the indices those of a memory; the cost is that of the difference to the last."""
        if self._memory is None or self._memory.layout != memory.layout:
            self._memory = Memory.empty(memory.layout)
            self._indices = {store: Index() for store in memory.layout.stores}
        changes = self._memory.diff(memory)
        for old, _ in changes:
            if old is not None and old.id != CORE:
                self._indices[old.store].remove(_key(old))
        for _, new in changes:
            if new is not None and new.id != CORE:
                self._indices[new.store].add(_key(new), words(new.text))
        self._memory = memory

    def best(self, store: str, text: str, count: int) -> list[tuple[Entry, float]]:
        """The best entries of a store; where too few match, the oldest others with score 0."""
        memory = self._memory
        assert memory is not None
        found = dict(self._indices[store].search(words(text), count))
        if len(found) < count:
            for entry in memory.newest(store, memory.size(store)):
                if len(found) == count:
                    break
                found.setdefault(_key(entry), 0)
        best = []
        for key, score in found.items():
            step, operation = divmod(key, 1 << 32)
            held = memory.get(f"{step}.{operation}")
            assert held is not None
            best.append((held, score / _ONE))
        return best


def _key(entry: Entry) -> int:
    step, operation = position(entry.id)
    return step << 32 | operation
