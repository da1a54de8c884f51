"""`Book`: every page of a results database, made when it is asked for.

with SqliteStore("memenv.db", read_only=True) as store:
html = Book(store).run_page("73285fb1e60e")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memenv.harness.results import Result, Run
from memenv.pipeline import mean
from memenv.types import canonical_json, sha256
from memenv_leaderboard.pages.about import (
    chips_of,
    head_of,
    name_of,
    row_of,
    scores_of,
    settings_of,
    strange_parts,
)
from memenv_leaderboard.pages.board import board_data, unpacked
from memenv_leaderboard.pages.choose import every_environment, telling
from memenv_leaderboard.pages.episode import episode_data
from memenv_leaderboard.pages.heat import heat_maps
from memenv_leaderboard.pages.render import counted, page
from memenv_leaderboard.pages.run import run_data
from memenv_leaderboard.pages.text import file_name, plain, script
from memenv_leaderboard.ranking import ordered
from memenv_leaderboard.standings import Standing
from memenv_leaderboard.store import SqliteStore

FIRST_ROWS = 100
"""Rows of the ranking that are in the page itself, for whoever has no JavaScript."""

_DAMAGE = (LookupError, TypeError, ValueError, AttributeError)
"""What a record raises that is not as memenv writes it; the pages of all others go on."""

Page = tuple[str, str]
"""A path from the folder of `index.html`, and what is there."""


class Book:
    """Pages of the runs of a store.

    Args:
        store: where they are.
        live: they are served, and follow what is stored.
    """

    def __init__(self, store: SqliteStore, *, live: bool = False) -> None:
        self._store = store
        self._live = live
        self._standings: dict[str, Standing] | None = None

    def standings(self) -> list[Standing]:
        """All rows of the board, asked for once."""
        if self._standings is None:
            self._standings = {each.run: each for each in self._store.standings()}
        return list(self._standings.values())

    def ranking(self) -> Iterator[Page]:
        """The ranking and its data."""
        standings = self.standings()
        data = board_data(standings, self._store.episode_scores)
        yield "data/board.js", script("board", data)
        columns = data["rows"]["run"], data["by"][0]["rank"]
        ranks = dict(zip(*(unpacked(each, data["count"]) for each in columns), strict=True))
        first = [each for each in standings if not each.refusals] or standings
        names = [(each, file_name(each.run)) for each in ordered(first)[:FIRST_ROWS]]
        rows = [row_of(each, ranks.get(name), name) for each, name in names]
        yield "index.html", page("index.html", live=self._live, rows=rows)

    def summary(self, standing: Standing) -> Page:
        """The page of a run of which there is a summary only."""
        note = (
            "This is a summary. Where questions fail, retention, credit and the episodes are left "
            f"out: memenv leaderboard site -o DIR --run {standing.run} adds them, and memenv view "
            f"{standing.run} shows them."
        )
        name = file_name(standing.run)
        return f"runs/{name}.html", self._brief(name, None, standing, [note])

    def run(self, id: str, episodes: int, probes: int) -> Iterator[Page]:  # noqa: A002
        """The whole page of a run, and the explorers of its most telling episodes.

        Args:
            id: of the run.
            episodes: how many explorers.
            probes: answers of probes that its heat maps may cost.
        """
        run, standing, results = self._of(id)
        chosen = telling(results, episodes)
        maps, note = self._heat(run, standing, results, probes)
        left_out = ""
        if len(chosen) < len(results):
            left_out = (
                f"{counted(len(chosen), 'episode')} of {len(results):,} can be explored here, "
                f"those that lost most questions: memenv view {id} has all, as has memenv "
                f"leaderboard site -o DIR --run {id} --episodes {len(results)}."
            )
        heat = {"heat_maps": maps, "retention_note": note, "retention_link": None}
        name = file_name(id)
        yield f"runs/{name}.html", self._whole(run, standing, results, chosen, heat, left_out)
        for number in chosen:
            yield from self._explorer(run, standing, results[number].key, number)

    def run_page(self, id: str) -> str:  # noqa: A002
        """The whole page of a run with all its episodes; retention is a page of its own."""
        # First: what is stored meanwhile is then a change that the page asks for.
        status = self.status(id)
        run, standing, results = self._of(id)
        link = f"../retention/{file_name(id)}.html"
        heat = {"heat_maps": [], "retention_note": "", "retention_link": link}
        every = range(len(results))
        return self._whole(run, standing, results, every, {**heat, "status": status}, "")

    def find(self, name: str) -> str:
        """The id of the run whose pages have a name (`text.file_name`).

        Raises:
            UnknownNameError: when there is none.
        """
        if name.startswith("id-"):
            ids = [run.id for run in self._store.runs() if file_name(run.id) == name]
            return ids[0] if ids else self._store.find(name).id
        return self._store.find(name).id

    def explorer(self, id: str, number: int) -> Iterator[Page]:  # noqa: A002
        """The explorer of an episode, and its data.

        Raises:
            IndexError: when the run has no such episode.
        """
        run = self._store.find(id)
        key = list(self._store.scores(id))[number]
        yield from self._explorer(run, self._standing(id), key, number)

    def retention(self, id: str) -> str:  # noqa: A002
        """The heat maps of a run, measured now."""
        run, standing, results = self._of(id)
        maps, note = self._heat(run, standing, results, None)
        name = name_of(run, standing)
        values: dict[str, Any] = {"heat_maps": maps, "retention_note": note}
        return page("retention.html", root="../", run=file_name(id), name=name, **values)

    def status(self, id: str) -> dict[str, Any]:  # noqa: A002
        """How far a run is: `done`, `planned`, the mean `score`, and a `state` that is its hash."""
        run, scores = self._store.find(id), self._store.scores(id)
        return {
            "done": len(scores),
            "planned": max(run.planned, len(scores)),
            "score": mean([score for score in scores.values() if score is not None]),
            "state": sha256(canonical_json([run.planned, sorted(scores.items())]))[:16],
        }

    def _of(self, id: str) -> tuple[Run, Standing | None, list[Result]]:  # noqa: A002
        run = self._store.find(id)
        return run, self._standing(id), list(self._store.results(id))

    def _standing(self, id: str) -> Standing | None:  # noqa: A002
        if self._standings is not None:
            return self._standings.get(id)
        return next(iter(self._store.standings(run=id)), None)

    def _heat(
        self, run: Run, standing: Standing | None, results: Sequence[Result], most: int | None
    ) -> tuple[list[dict[str, Any]], str]:
        if strange := strange_parts(run, standing):
            return [], f"Not measured: {strange}."
        finished = [result for result in results if result.record is not None]
        keys = [result.key for result in every_environment(finished)]
        try:
            return heat_maps(run, (self._store.result(run.id, key) for key in keys), most)
        except _DAMAGE as error:
            return [], _unreadable(error)

    def _whole(
        self,
        run: Run,
        standing: Standing | None,
        results: Sequence[Result],
        explored: Sequence[int],
        heat: Mapping[str, Any],
        left_out: str,
    ) -> str:
        name = file_name(run.id)
        links = {number: f"../episodes/{name}/{number}.html" for number in explored}
        try:
            data = run_data(run, results, links)
        except _DAMAGE as error:
            notes = [_unreadable(error)]
            return self._brief(name, run, standing, notes, heat.get("status"))
        head = head_of(run, standing)
        return self._page(name, head, {**data, **heat, "unexplored": left_out})

    def _brief(
        self,
        name: str,
        run: Run | None,
        standing: Standing | None,
        notes: list[str],
        status: Mapping[str, Any] | None = None,
    ) -> str:
        groups = [] if standing is None else scores_of(standing)
        settings = [] if standing is None else settings_of(standing)
        values = {"groups": groups, "questions": [], "settings": settings, "notes": notes}
        return self._page(name, head_of(run, standing), {**values, "status": status})

    def _page(self, name: str, head: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        given = {"notes": [], "detailed": "funnels" in values, "status": None, **head, **values}
        return page("run.html", live=self._live, root="../", run=name, **given)

    def _explorer(
        self, run: Run, standing: Standing | None, key: str, number: int
    ) -> Iterator[Page]:
        notes: list[str] = []
        try:
            strange = strange_parts(run, standing)
            data = episode_data(run, self._store.result(run.id, key), strange)
        except _DAMAGE as error:
            notes = [_unreadable(error)]
            data = {"key": plain(key), "failure": None, "steps": []}
        name = file_name(run.id)
        about = data.get("about") or {}
        yield (
            f"episodes/{name}/{number}.html",
            page(
                "episode.html",
                root="../../",
                run=name,
                name=name_of(run, standing),
                key=data["key"],
                data=f"data/{name}/{number}.js",
                chips=chips_of(about),
                notes=notes,
                failure=data["failure"],
            ),
        )
        yield f"data/{name}/{number}.js", script("episode", data)


def _unreadable(error: Exception) -> str:
    """What a page says of a record that is not as memenv writes it."""
    said = f"{type(error).__name__}: {error}"
    return str(plain(f"The record cannot be read, it is not as memenv writes it: {said}", 300))
