"""Two runs side by side: the questions both were asked, a paired test, and what flipped.

Questions are the same when their streams are (by digest), whatever the environment is called. The
unit of the tests is the episode: questions of one stream are not independent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from memenv.harness.results import Result
from memenv.pipeline import mean
from memenv_leaderboard.bootstrap import interval, permutation, signs

ADDRESSES = ("answered", "not answered", "not found", "not kept", "cannot tell", "not measured")
"""Where a question was won or lost, in the order it is looked at."""

_Key = tuple[str, int]


@dataclass(frozen=True)
class Difference:
    """How two runs differ on the same episodes; the second less the first.

    Attributes:
        episodes: how many are compared.
        questions: how many questions both have a score for.
        scores: of the first and of the second run, on these questions.
        difference: of the scores.
        low: lower end of its 95 % interval, from a paired bootstrap over episodes.
        high: upper end.
        permutation: two-sided p-value of a paired permutation test over episodes.
        sign: two-sided p-value of the sign test over episodes.
        better: episodes where the second run has the higher score.
        worse: where it has the lower one.
    """

    episodes: int
    questions: int
    scores: tuple[float | None, float | None]
    difference: float | None
    low: float | None
    high: float | None
    permutation: float | None
    sign: float | None
    better: int
    worse: int


@dataclass(frozen=True)
class Flip:
    """A question that one run answered and the other did not.

    Attributes:
        keys: the episode in the first and in the second run.
        question: its id.
        text: what was asked.
        competency: of its stream.
        scores: in the first and in the second run.
        answers: likewise.
        addresses: where it was won or lost, likewise; one of `ADDRESSES`.
    """

    keys: tuple[str, str]
    question: str
    text: str
    competency: str
    scores: tuple[float, float]
    answers: tuple[str, str]
    addresses: tuple[str, str]

    @property
    def won(self) -> bool:
        """Whether the second run is the one that answered it."""
        return self.scores[1] > self.scores[0]


@dataclass(frozen=True)
class Comparison:
    """Two runs on what they share.

    Attributes:
        overall: the mean of competencies.
        by_competency: each alone.
        flips: the questions that flipped, in the order of the first run.
        only: streams that only the first, and only the second run has a record of.
        failed: episodes that have no record in the first, and in the second run.
        unscored: shared questions that one of them has no score for.
        grading: what graded them, where it was not the same: metric -> both versions.
    """

    overall: Difference
    by_competency: Mapping[str, Difference]
    flips: tuple[Flip, ...]
    only: tuple[int, int]
    failed: tuple[int, int]
    unscored: int
    grading: Mapping[str, tuple[str, str]]

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        flips = [{**asdict(flip), "won": flip.won} for flip in self.flips]
        return {**asdict(self), "flips": flips}


def compare(first: Iterable[Result], second: Iterable[Result]) -> Comparison:
    """Compare the results of two runs; their steps are not looked at."""
    sides = _by_stream(first), _by_stream(second)
    shared = [key for key in sides[0][0] if key in sides[1][0]]
    pairs = [(sides[0][0][key], sides[1][0][key]) for key in shared]
    only = tuple(len(side[0]) - len(shared) for side in sides)
    asked = [(pair, _asked(*pair)) for pair in pairs]
    units: dict[str, list[tuple[float, float, int]]] = {}
    for pair, both in asked:
        scored = [each for each in both if None not in each[1]]
        if scored:
            ends = [mean([each[1][side] for each in scored]) or 0.0 for side in (0, 1)]
            competency = _instance(pair[0])["competency"]
            units.setdefault(competency, []).append((ends[0], ends[1], len(scored)))
    return Comparison(
        overall=_difference(units),
        by_competency={name: _difference({name: units[name]}) for name in sorted(units)},
        flips=tuple(_flips(asked)),
        only=(only[0], only[1]),
        failed=(sides[0][1], sides[1][1]),
        unscored=sum(None in each[1] for _, both in asked for each in both),
        grading=_grading(pairs),
    )


def address(trace: Mapping[str, Any]) -> str:
    """Where a question was won or lost, from its trace of kept, found and answered."""
    if trace["answered"] is None:
        return "not measured"
    if trace["answered"]:
        return "answered"
    if trace["kept"] is None:
        return "cannot tell"
    if not trace["kept"]:
        return "not kept"
    return "not answered" if trace["found"] else "not found"


def moves(flips: Iterable[Flip]) -> Counter[tuple[str, str]]:
    """How many questions went from one address to the other."""
    return Counter(flip.addresses for flip in flips)


def _by_stream(results: Iterable[Result]) -> tuple[dict[_Key, Result], int]:
    """(Digest, number) -> result, a stream that comes several times counted; and the failures."""
    found: dict[_Key, Result] = {}
    failures = 0
    times: Counter[str] = Counter()
    for result in results:
        if result.record is None:
            failures += 1
            continue
        digest = _instance(result)["digest"]
        found[digest, times[digest]] = result
        times[digest] += 1
    return found, failures


def _instance(result: Result) -> Mapping[str, Any]:
    assert result.record is not None
    instance: Mapping[str, Any] = result.record["instance"]
    return instance


_Pair = tuple[Result, Result]
_Asked = tuple[Mapping[str, Any], tuple[Any, Any], tuple[str, str], tuple[str, str]]


def _asked(first: Result, second: Result) -> list[_Asked]:
    """Per question of a stream: itself, scores, answers and addresses of both runs."""
    assert first.record is not None
    assert second.record is not None
    traces = [
        {trace["question"]: trace for trace in each["evidence"]}
        for each in (first.record, second.record)
    ]
    grades = {grade["question"]: grade for grade in second.record["grades"]}
    found: list[_Asked] = []
    for question, grade in zip(first.record["questions"], first.record["grades"], strict=True):
        other = grades.get(question["id"])
        if other is None:
            continue
        found.append(
            (
                question,
                (grade["score"], other["score"]),
                (grade["answer"]["text"], other["answer"]["text"]),
                (address(traces[0][question["id"]]), address(traces[1][question["id"]])),
            )
        )
    return found


def _flips(asked: Sequence[tuple[_Pair, Sequence[_Asked]]]) -> Iterable[Flip]:
    for pair, both in asked:
        for question, scores, answers, addresses in both:
            if None in scores or (addresses[0] == "answered") == (addresses[1] == "answered"):
                continue
            yield Flip(
                keys=(pair[0].key, pair[1].key),
                question=question["id"],
                text=question["text"],
                competency=_instance(pair[0])["competency"],
                scores=scores,
                answers=answers,
                addresses=addresses,
            )


def _difference(units: Mapping[str, Sequence[tuple[float, float, int]]]) -> Difference:
    """Of competency -> (score of the first, of the second, questions) per episode."""
    scores = [
        mean([mean([unit[side] for unit in each]) or 0.0 for each in units.values()])
        for side in (0, 1)
    ]
    apart = {name: [unit[1] - unit[0] for unit in each] for name, each in units.items()}
    every = [value for values in apart.values() for value in values]
    spread = interval(apart)
    first, second = scores
    return Difference(
        episodes=len(every),
        questions=sum(unit[2] for each in units.values() for unit in each),
        scores=(first, second),
        difference=None if first is None or second is None else second - first,
        low=None if spread is None else spread[0],
        high=None if spread is None else spread[1],
        permutation=permutation(apart),
        sign=signs(every),
        better=sum(value > 0 for value in every),
        worse=sum(value < 0 for value in every),
    )


def _grading(pairs: Iterable[_Pair]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for first, second in pairs:
        assert first.record is not None
        assert second.record is not None
        then, now = (each["setting"].get("scorers", {}) for each in (first.record, second.record))
        for metric in sorted(then.keys() & now.keys()):
            if then[metric] != now[metric]:
                found[metric] = (then[metric], now[metric])
    return found
