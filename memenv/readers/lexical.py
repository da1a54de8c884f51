"""`lexical`: answers by matching words; no model, no weights, the same answer on every machine.

Entries are cut into sentences, turns, samples and facts (`memenv.segments`), which are indexed as
they come and go. The best units for a question give the answer in the form it asks for: a short
span, a label by a vote of the nearest samples, a letter, a few sentences, or a list. Of units that
say the same of the same thing the newest counts. An empty memory answers `""`; nothing is guessed.
What each rule adds is measured in `docs/reader.md`.
"""

from __future__ import annotations

from memenv.errors import SettingError
from memenv.forms import Form, form_of, options_of
from memenv.memory import Memory
from memenv.readers.holdings import Holdings
from memenv.readers.labels import about, answer_label
from memenv.readers.options import answer_option
from memenv.readers.questions import names_of, terms_of
from memenv.readers.ranking import LOOKED_AT, ranked
from memenv.readers.settings import Rules
from memenv.readers.shorts import answer_short
from memenv.readers.stems import stemmed
from memenv.readers.summaries import answer_list, answer_long
from memenv.readers.units import Found
from memenv.types import NOT_MENTIONED, Answer, Question

_ONE = 1 << 16


class Lexical:
    """The deterministic reader.

    Args:
        k: how many entries are reported as retrieved.
        without: names of rules to leave out, separated by commas; see `memenv.readers.settings`.
    """

    version = "2"

    def __init__(self, k: int = 20, without: str = "") -> None:
        if not isinstance(k, int) or not 1 <= k <= 1000:
            raise SettingError(f"reader 'lexical': k is an integer from 1 to 1000, not {k!r}")
        self.k = k
        self.rules = Rules.without(without)
        self._holdings = Holdings(self.rules.stems)

    def answer(self, question: Question, memory: Memory) -> Answer:
        """The answer, what was retrieved for it, and the entries it rests on."""
        if not len(memory):
            return Answer("")
        self._holdings.sync(memory)
        form = form_of(question)
        units = self._units(question, form)
        text, used = self._answer(question, form, units)
        if not text and form == "short" and self.rules.absent:
            text = NOT_MENTIONED
        cited = tuple(dict.fromkeys(unit.entry.id for unit in used))
        return Answer(text, self._retrieved(units, cited), cited)

    def _retrieved(
        self, units: list[Found], cited: tuple[str, ...]
    ) -> tuple[tuple[str, float], ...]:
        """The best entries; what an answer rests on is among them, also where facts led to it."""
        best: dict[str, int] = {}
        for unit in units:
            best.setdefault(unit.entry.id, unit.score)
        first = list(best.items())[: self.k]
        missing = [entry for entry in cited if all(entry != other for other, _ in first)]
        first = first[: max(0, self.k - len(missing))]
        last = first[-1][1] if first else _ONE
        first += [(entry, min(best.get(entry, last), last)) for entry in missing]
        return tuple((entry, score / _ONE) for entry, score in first[: self.k])

    def _units(self, question: Question, form: Form) -> list[Found]:
        """The units that match a question best, best first."""
        asked = about(question, form)
        if form == "label":
            terms = stemmed(asked, self.rules.stems)
        else:
            if form == "option":
                # What supports an option has often no word of the question itself.
                asked = " ".join([asked, *(text for _, text in options_of(question))])
            terms = terms_of(asked, self.rules)
            if form == "short" and self.rules.names:
                terms += names_of(asked, self.rules)
        return ranked(self._holdings, terms, max(LOOKED_AT, 3 * self.k), self.rules)

    def _answer(
        self, question: Question, form: Form, units: list[Found]
    ) -> tuple[str, list[Found]]:
        match form:
            case "label":
                return answer_label(question, self._holdings, self.rules)
            case "option":
                return answer_option(question, self._holdings, self.rules)
            case "long":
                return answer_long(question.text, self._holdings, self.rules)
            case "list":
                return answer_list(question.text, units)
            case _:
                return answer_short(question.text, self._holdings, units, self.rules)
