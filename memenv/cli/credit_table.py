"""The report of `memenv credit` for people: a table, and what it says in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console

from memenv.cli.options import capacity_name
from memenv.cli.tables import Cell, print_table
from memenv.cli.text import counted, line, number, percent, safe
from memenv.fidelity import FEWEST, MAJORITY

_COLUMNS = (
    "scheme",
    "within",
    "95%",
    "across",
    "95% ",
    "within S",
    "across S",
    "forks",
    "top-k",
    "sign",
    "split",
    "sum-score",
    "spread",
    "cosine",
    "calls",
    "ms",
    "verdict",
)
_DROP = (
    *("across S", "spread", "sum-score", "within S", "ms", "sign", "forks", "calls", "top-k"),
    *("cosine", "split", "95% ", "95%"),
)
_VERDICTS = {
    "tracks": "follow the counterfactual within episodes and across rollouts",
    "within only": "follow it within episodes, not shown across rollouts",
    "across only": "follow it across rollouts, not shown within episodes",
    "does not": "do not follow it",
    "unclear": "cannot be told from these episodes",
}


def print_report(console: Console, report: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Print what an agent's episodes in one environment say.

    Args:
        console: where to.
        report: one of `result`.
        result: as `measured` gives it.
    """
    console.print(line(title(report, result), style="italic"), soft_wrap=True)
    if report["unscored"]:
        said = f"{counted(report['unscored'], 'episode')} left out: no question could be scored"
        console.print(safe(said, style="yellow"), soft_wrap=True)
    if not report["episodes"]:
        return
    for said in (setting(report, result), *_legend(report, result)):
        console.print(line(said, 500), soft_wrap=True)
    schemes = report["schemes"]
    rows: list[Mapping[str, Cell] | None] = []
    kind = None
    for name, found in schemes.items():
        if rows and found["kind"] != kind:
            rows.append(None)
        kind = found["kind"]
        rows.append(cells(name, found))
    shown = [each for each in _COLUMNS if each != "cosine" or _has(schemes, "cosine")]
    print_table(console, rows, shown, folds="scheme", left=("verdict",), drop=_DROP)
    for said in (*notes(report), *_verdicts(schemes)):
        console.print(line(said, 500), soft_wrap=True)
    console.print()


def title(report: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """Who was measured, on what, and who read."""
    where = f"{report['agent']} on {report['environment']}, read by {result['reader']}"
    return f"{where}, capacity {capacity_name(result['capacity'])}"


def setting(report: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """How many episodes of what kind."""
    return (
        f"{counted(report['episodes'], 'episode')} of {counted(round(report['steps']), 'step')} "
        f"and {counted(round(report['questions']), 'question')}, score {number(report['score'])}; "
        f"each with {result['copies']} copies, every operation left out with probability "
        f"{result['drop']:g}"
    )


def _legend(report: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[str]:
    shapley = (
        f"; S: with Shapley values ({result['permutations']} permutations of an episode, "
        f"{result['copy_permutations']} of a copy)"
        if result["permutations"]
        else ""
    )
    yield (
        "within, across: rank correlation with the counterfactual over the steps of an episode, "
        "over the copies at one step (* over forks of one step, = is 1 by construction; in "
        "brackets: flat at most of the places where the truth varies, no part of the verdict)"
        f"{shapley}"
    )
    yield (
        "forks: across, the copies differing in that step alone (whatever pays the score has 1); "
        "split: within, credit from one half of the questions, truth from the other "
        f"({_bound(report)}); "
        f"top-k: chance is {number(report['chance_top_k'], 2)}; calls, ms: extra cost per episode"
    )


def _bound(report: Mapping[str, Any]) -> str:
    """What the split row of the truth means for the others."""
    truth = report["schemes"]["counterfactual"]["split_within"]
    if truth["mean"] is None:
        return "not measured: the halves have too few gold chunks in common"
    shown = truth["episodes"] >= FEWEST and truth["low"] > 0
    return (
        "the ceiling is that of counterfactual"
        if shown
        else "no ceiling is known: that of counterfactual is not shown to be above 0"
    )


def cells(name: str, found: Mapping[str, Any]) -> dict[str, Cell]:
    """The row of a scheme: column -> what it shows."""
    return {
        "scheme": line(" ".join([name, *_texts(found["parameters"])])),
        "within": _shared(found, "within"),
        "95%": _interval(found["within"]),
        "across": _shared(found, "across") + ("*" if found["forked"] else ""),
        "95% ": _interval(found["across"]),
        "within S": _mean(found, "within_shapley"),
        "across S": _mean(found, "across_shapley"),
        "forks": _shared(found, "forks"),
        "top-k": _mean(found, "top_k"),
        "sign": _mean(found, "sign"),
        "split": _mean(found, "split_within"),
        "sum-score": _mean(found, "unconserved"),
        "spread": _mean(found, "spread", 3),
        "cosine": _mean(found, "cosine"),
        "calls": _mean(found, "calls", 0),
        "ms": "-" if found["seconds"] is None else f"{1000 * found['seconds']:,.1f}",
        # What the error is stands below the table.
        "verdict": "" if found["kind"] == "truth" else found["verdict"],
    }


def _texts(parameters: Mapping[str, Any]) -> list[str]:
    """As they were given."""
    return [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in parameters.items()
    ]


def _shared(found: Mapping[str, Any], measure: str) -> str:
    """A mean, marked where it says little."""
    text = _mean(found, measure)
    if measure in found["by_construction"]:
        return f"{text}="
    share = found[f"{measure}_share"]["mean"]
    return text if text == "-" or share is None or share >= MAJORITY else f"({text})"


def _mean(found: Mapping[str, Any], measure: str, digits: int = 2) -> str:
    value = found[measure]["mean"]
    # Minus nothing is nothing.
    return number(None if value is None else round(value, digits) + 0.0, digits)


def _interval(measured: Mapping[str, Any]) -> str:
    low, high = measured["low"], measured["high"]
    return "-" if low is None else f"{low:+.2f} {high:+.2f}"


def _has(schemes: Mapping[str, Any], measure: str) -> bool:
    return any(found[measure]["mean"] is not None for found in schemes.values())


def notes(report: Mapping[str, Any]) -> Iterator[str]:
    """What the table does not hold, line by line."""
    schemes = {name: found for name, found in report["schemes"].items() if found["kind"] != "truth"}
    spread = ", ".join(
        f"{name} {number(value)}"
        for name, value in report["term_spread"].items()
        if value is not None
    )
    yield f"spread of the raw terms over the copies, which decides what a sum follows: {spread}"
    if any(origin != "instance" for origin in report["probes"]):
        yield f"probes: {', '.join(origin or 'none' for origin in report['probes'])}"
    blind = [name for name, found in schemes.items() if found["gold"]]
    if blind and not report["gold"]:
        have = "has" if len(blind) == 1 else "have"
        yield f"no gold chunks in this data: {', '.join(blind)} {have} nothing of it to go on"
    if report["constant_truth"]:
        yield (
            f"no step had an effect in {percent(report['constant_truth'])} of the rollouts: they "
            f"say nothing about any scheme"
        )
    if report["unsplit"]:
        yield (
            f"split: not measured in {counted(report['unsplit'], 'episode')}, where both halves of "
            f"the questions ask about fewer than half of the gold chunks"
        )
    alike = [
        f"{name} {percent(found['constant']['mean'])}"
        for name, found in schemes.items()
        if found["constant"]["mean"]
    ]
    if alike:
        said = "share of the rollouts where all steps get the same, which `within` leaves out"
        yield f"{said}: {', '.join(alike)}"
    flat = [
        f"{name} {percent(found['across_share']['mean'])}"
        for name, found in schemes.items()
        if found["across_share"]["mean"] is not None and found["across_share"]["mean"] < MAJORITY
    ]
    if flat:
        said = "share of the steps where the credit varies over the copies, too few for a verdict"
        yield f"{said}: {', '.join(flat)}"
    given = [name for name, found in schemes.items() if found["by_construction"]]
    if given:
        yield f"`across` is 1 by construction, judged by `within` alone: {', '.join(given)}"
    if report["episodes"] < FEWEST:
        yield f"fewer than {FEWEST} episodes show nothing: ask for more with --episodes"
    for name, found in schemes.items():
        if found["error"]:
            yield f"{name}: {found['error']}"


def _verdicts(schemes: Mapping[str, Any]) -> Iterator[str]:
    judged = {name: found["verdict"] for name, found in schemes.items() if found["kind"] != "truth"}
    for verdict, means in _VERDICTS.items():
        names = [name for name, own in judged.items() if own == verdict]
        if names or verdict == "tracks":
            yield f"{means}: {', '.join(names) or 'none'}"


# --- the picture ----------------------------------------------------------------------------------
