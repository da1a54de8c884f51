"""`memenv list`: what there is to choose from."""

from __future__ import annotations

import difflib
import inspect
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console

from memenv import registry
from memenv.cards import Card
from memenv.cli.tables import print_table
from memenv.cli.text import line, number
from memenv.errors import MemenvError
from memenv.harness.failures import explained
from memenv.pipeline import mean

_KINDS = {
    "envs": None,
    "tasks": "task",
    "suites": "suite",
    "agents": "agent",
    "readers": "reader",
    "scorers": "scorer",
    "credit": "credit",
}


class _Kind(click.Choice[str]):
    """A choice that guesses what was meant."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        said = super().get_invalid_choice_message(value, ctx)
        near = difflib.get_close_matches(str(value), _KINDS, n=1)
        return f"{said} Did you mean {near[0]!r}?" if near else said


@click.command("list")
@click.argument("kind", type=_Kind(list(_KINDS)))
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def command(kind: str, as_json: bool) -> None:
    """List environments, tasks, suites, agents, readers, scorers or credit schemes.

    \b
    Example:
      memenv list agents
    """  # noqa: D301
    plugin = _KINDS[kind]
    rows = _environments() if plugin is None else _plugins(plugin)
    if as_json:
        click.echo(json.dumps({kind: rows}))
        return
    print_rows(Console(), rows)


def print_rows(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Names with what they are and, where there are cards, what these say."""
    carded = any("competencies" in row for row in rows)
    columns = _CARD_COLUMNS if carded else ("name", "what it is")
    print_table(
        console,
        [
            {
                "name": line(row["name"]),
                "tests": line(" ".join(row.get("competencies", ()))),
                "floor": number(row.get("floor"), 2),
                "ceiling": number(row.get("ceiling"), 2),
                "what it is": line(_told(row)),
            }
            for row in rows
        ],
        columns,
        folds="what it is",
        left=("name", "tests"),
    )


_CARD_COLUMNS = ("name", "tests", "floor", "ceiling", "what it is")


def _told(row: Mapping[str, Any]) -> str:
    """What somebody must know in words, in the one column that folds."""
    said = [str(row["about"]).rstrip(".")]
    said += [str(row["scale"])] if row.get("scale") else []
    said += [f"licence {row['licence']}"] if row.get("licence") else []
    said += ["compares rollouts"] if row.get("group") else []
    settings = [f"{name}={value}" for name, value in row.get("parameters", {}).items()]
    said += [f"parameters {', '.join(settings)}"] if settings else []
    return "; ".join(said)


def _environments() -> list[dict[str, Any]]:
    return [
        {"name": name, **described("task", arguments["task"])}
        if "task" in arguments
        else {
            "name": name,
            "about": "A file or a published data set: --data, data= in gym.make.",
        }
        for name, arguments in registry.ENVIRONMENTS.items()
    ]


def _plugins(kind: str) -> list[dict[str, Any]]:
    return [{"name": name, **described(kind, name)} for name in registry.names(kind)]


def described(kind: str, name: str) -> dict[str, Any]:
    """What a plug-in says about itself: the first line of its description, and its card."""
    try:
        with explained("cannot be loaded"):
            loaded: Any = registry.load(kind, name)
            if kind == "suite":
                return _suite(loaded)
    except MemenvError as error:
        return {"about": str(error)}
    about = (inspect.getdoc(loaded) or "").split("\n\n")[0].replace("\n", " ")
    card = getattr(loaded, "card", None)
    more = _scheme(loaded) if kind == "credit" else {}
    return {"about": about, **(asdict(card) if isinstance(card, Card) else {}), **more}


def _scheme(loaded: Any) -> dict[str, Any]:
    """What a credit scheme declares, and the parameters that it has a value for."""
    try:
        known = list(inspect.signature(loaded).parameters.values())
    except (TypeError, ValueError):
        known = []
    return {
        "version": str(getattr(loaded, "version", "0")),
        "group": bool(getattr(loaded, "group", False)),
        "parameters": {
            each.name: _plain(each.default) for each in known if each.default is not each.empty
        },
    }


def _plain(value: Any) -> Any:
    """A default as JSON can hold it."""
    whole = value is None or isinstance(value, bool | int | str)
    return value if whole or (isinstance(value, float) and math.isfinite(value)) else repr(value)


def _suite(entries: Sequence[Any]) -> dict[str, Any]:
    """A suite is described by what is in it; its floor and ceiling are means of competencies."""
    cards: dict[str, list[Card]] = {}
    licences: dict[str, None] = {}
    for entry in entries:
        task = registry.ENVIRONMENTS.get(entry.env, {}).get("task", entry.env)
        card = getattr(registry.load("task", task), "card", None)
        if isinstance(card, Card):
            licences[card.licence] = None
            for competency in card.competencies:
                cards.setdefault(competency, []).append(card)
    names = [getattr(entry, "name", None) or entry.env for entry in entries]
    pairs = zip(names, entries, strict=True)
    about = ", ".join(f"{name} x {entry.episodes}" for name, entry in pairs)
    if not cards:
        return {"about": about}
    return {
        "about": about,
        "competencies": sorted(cards),
        "scale": f"{sum(entry.episodes for entry in entries)} episodes",
        "licence": ", ".join(licences),
        "floor": _bound(cards, "floor"),
        "ceiling": _bound(cards, "ceiling"),
    }


def _bound(cards: Mapping[str, Sequence[Card]], name: str) -> float | None:
    """The mean over competencies of a bound of all their tasks; `None` when one is not known."""
    means = [
        mean([value for card in group if (value := getattr(card, name)) is not None])
        for group in cards.values()
    ]
    return None if None in means else mean([value for value in means if value is not None])
