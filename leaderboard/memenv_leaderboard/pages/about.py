"""What stands at the head of pages: names, marks and figures of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from memenv.harness.results import Run
from memenv_leaderboard.pages.board import budget
from memenv_leaderboard.pages.text import plain
from memenv_leaderboard.standings import Standing

Chip = tuple[str, str]
"""A class of the style sheet, and a text."""


def name_of(run: Run, standing: Standing | None) -> str:
    """The agent and how it was set."""
    name = run.identity["agent"]["name"] if standing is None else standing.name
    return str(plain(name, 2_000))


def row_of(each: Standing, rank: int | None, run: str) -> dict[str, Any]:
    """A row of the ranking without JavaScript; `run` is the name of its page."""
    found = {
        "run": run,
        "rank": rank,
        "name": each.name,
        "board": f"{each.track} · {budget(each.capacity)}",
        "score": each.score,
        "low": each.low,
        "high": each.high,
        "ratio": each.memory_ratio,
        "kept": each.kept,
        "found": each.found,
        "stale": each.stale,
        "usd": each.usd,
        "level": each.checked,
        "date": each.created[:10],
    }
    data: dict[str, Any] = plain(found, 120)
    return data


def head_of(run: Run | None, standing: Standing | None) -> dict[str, Any]:
    """Name, marks, figures and reasons of a run; a standing says more than the run alone."""
    if standing is None:
        assert run is not None
        found: dict[str, Any] = {
            "name": name_of(run, None),
            "chips": [("accent", budget(run.identity.get("capacity")))],
            "refusals": [],
            "facts": [],
        }
    else:
        found = {
            "name": standing.name,
            "chips": _chips(standing),
            "refusals": standing.refusals,
            "facts": _facts(standing),
        }
    data: dict[str, Any] = plain(found, 20_000)
    return data


def _chips(each: Standing) -> list[Chip]:
    chips = [("accent", each.track), ("accent", budget(each.capacity))]
    chips += [("", text) for text in (each.model, f"reader {each.reader}", each.layout) if text]
    chips.append(("" if each.level == "reported" else "good", each.level))
    if each.recorded:
        chips.append(("warn", "recorded answers"))
    if each.role != "entry":
        chips.append(("", each.role))
    if each.stateful:
        chips.append(("", "has a memory of its own"))
    if each.submitter:
        chips.append(("", f"from {each.submitter}"))
    if each.trained_on:
        chips.append(("warn", f"declared to be trained on {', '.join(each.trained_on)}"))
    return chips


def _facts(each: Standing) -> list[tuple[str, str, str]]:
    low, high = each.low, each.high
    spread = "" if low is None or high is None else f"95 %: {low:.3f} to {high:.3f}"
    tokens = ""
    if each.memory_tokens is not None and each.stream_tokens is not None:
        tokens = f"{each.memory_tokens:,.0f} of {each.stream_tokens:,.0f} tokens"
    usd = "–" if each.usd is None else f"${each.usd:,.2f}"
    failed = f"{each.failed:,} without a score" if each.failed else ""
    return [
        ("score", "–" if each.score is None else f"{each.score:.3f}", spread),
        ("memory", _percent(each.memory_ratio), tokens),
        ("evidence kept", _percent(each.kept), ""),
        ("evidence found", _percent(each.found), ""),
        ("stale answers", _percent(each.stale), ""),
        ("cost, declared", usd, f"{each.calls:,} calls of models"),
        ("episodes", f"{each.episodes:,} of {each.planned:,}", failed),
        ("date", each.created[:10], f"{each.seconds:,.0f} s of work"),
    ]


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def scores_of(each: Standing) -> list[dict[str, Any]]:
    """Groups of scores that a standing knows, as `run_data` has them."""
    rows = []
    for name, score in each.by_competency.items():
        low, high = each.spreads.get(name) or (None, None)
        rows.append({"name": name, "score": score, "low": low, "high": high})
    sources = [
        {"name": name, "score": score, "low": None, "high": None}
        for name, score in each.by_source.items()
    ]
    groups: list[dict[str, Any]] = plain(
        [{"title": "competency", "rows": rows}, {"title": "source", "rows": sources}], 2_000
    )
    return groups


def settings_of(each: Standing) -> list[tuple[str, str]]:
    """What makes it this run, as far as a standing knows."""
    rows = {
        "agent": f"{each.name}, version {each.agent_version}",
        "reader": each.reader,
        "capacity": budget(each.capacity),
        "layout": each.layout,
        "tokenizer": each.tokenizer,
        "environments": ", ".join(each.environments),
        "basis": each.basis,
        "digest": each.digest,
    }
    if each.submission is not None:
        rows["bundle"] = each.submission
    data: list[tuple[str, str]] = plain(list(rows.items()), 20_000)
    return data


def chips_of(about: Mapping[str, Any]) -> list[Chip]:
    """Marks of an episode."""
    if not about:
        return []
    score = about["score"]
    return [
        ("accent", f"score {'–' if score is None else format(score, '.3f')}"),
        ("", f"{about['instance']}"),
        ("", f"{about['competency']} · {about['source']}"),
        ("", budget(about["capacity"])),
        ("", f"reader {about['reader']}"),
        ("", f"credit {about['credit']}"),
        ("", f"{about['stream_tokens']:,} tokens of stream"),
    ]


def strange_parts(run: Run, standing: Standing | None) -> str:
    """Why an episode of a run that somebody sent is not made again here; nothing when it may be.

    A dotted path names code to import, and what is in a bundle is never run.
    """
    if standing is None or standing.submission is None:
        return ""
    identity = run.identity
    names = [str(target.get("env")) for target in identity["targets"]]
    names += [place.partition("=")[0] for place in run.places.values() if "=" in place]
    names.append(str(identity["reader"]["name"]))
    strange = [name for name in names if ":" in name]
    if not strange:
        return ""
    return f"it was sent in, and names code that is not run here: {', '.join(strange)}"
