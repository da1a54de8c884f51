"""Writing all pages to a folder: a static site that any web server, or none, can show.

Only files that an earlier build wrote are replaced or removed; a list of them lies in the folder.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from memenv.errors import SettingError
from memenv_leaderboard.pages.book import Book, Page
from memenv_leaderboard.pages.choose import Depth, whole_runs
from memenv_leaderboard.pages.render import ASSETS, asset
from memenv_leaderboard.standings import Standing
from memenv_leaderboard.store import SqliteStore

LIST = ".memenv-site"
"""The file that lists what builds wrote, a path a line."""

_OURS = re.compile(
    r"index\.html|assets/[a-z]+\.(js|css|svg)|data/board\.js|runs/[0-9a-z-]{1,64}\.html"
    r"|episodes/[0-9a-z-]{1,64}/[0-9]{1,9}\.html|data/[0-9a-z-]{1,64}/[0-9]{1,9}\.js"
)


@dataclass(frozen=True)
class Built:
    """What a build wrote.

    Attributes:
        files: how many.
        size: bytes of all of them.
        runs: rows of the ranking; each has a page.
        whole: of them, those whose page has all.
        explorers: episodes that can be explored.
        removed: files of an earlier build that were taken away.
    """

    files: int
    size: int
    runs: int
    whole: int
    explorers: int
    removed: int


def write_site(
    store: SqliteStore,
    folder: Path,
    depth: Depth | None = None,
    told: Callable[[str], None] = lambda path: None,
) -> Built:
    """Write the pages of a database; the same database gives the same bytes.

    Args:
        store: where the runs are.
        folder: made when it is not there.
        depth: how much gets pages.
        told: every path that is about to be made.

    Raises:
        SettingError: when the folder holds a file of others where a page goes, or cannot be
            written to.
        StoreError: when the database cannot be read.
        UnknownNameError: when a run of `depth.only` is not there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _build(store, folder, depth or Depth(), told)
    except OSError as error:
        place = error.filename or folder
        raise SettingError(f"{place}: {error.strerror}; choose another folder with -o") from error


def _build(store: SqliteStore, folder: Path, depth: Depth, told: Callable[[str], None]) -> Built:
    before = _listed(folder)
    book = Book(store)
    standings = book.standings()
    known = {each.run for each in standings}
    whole = [run for run in whole_runs(standings, depth) if run in known]
    sizes: dict[str, int] = {}
    with (folder / LIST).open("a", encoding="utf-8", newline="\n") as listed:
        for path, content in _files(book, standings, whole, depth):
            told(path)
            _check(folder, path, before)
            if path not in before:
                # Listed before it is written: what a killed build leaves behind is known as ours.
                listed.write(f"{path}\n")
                listed.flush()
            _write(folder / path, content)
            sizes[path] = len(content)
    stale = sorted(before - sizes.keys())
    removed = sum(_remove(folder, path) for path in stale)
    _write(folder / LIST, "".join(f"{path}\n" for path in sorted(sizes)).encode())
    explorers = sum(path.startswith("episodes/") for path in sizes)
    return Built(len(sizes), sum(sizes.values()), len(standings), len(whole), explorers, removed)


def _files(
    book: Book, standings: list[Standing], whole: list[str], depth: Depth
) -> Iterator[tuple[str, bytes]]:
    for name in ASSETS:
        yield f"assets/{name}", asset(name)
    for path, text in _pages(book, standings, whole, depth):
        yield path, text.encode()


def _pages(book: Book, standings: list[Standing], whole: list[str], depth: Depth) -> Iterator[Page]:
    yield from book.ranking()
    # Shared evenly, so that what one page shows does not hang on the others.
    share = depth.probes // max(1, len(whole))
    for run in whole:
        yield from book.run(run, depth.episodes, share)
    for standing in standings:
        if standing.run not in whole:
            yield book.summary(standing)


def _listed(folder: Path) -> set[str]:
    """What earlier builds wrote; a line that no build of ours would write counts for nothing."""
    try:
        lines = (folder / LIST).read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return set()
    return {line for line in lines if _OURS.fullmatch(line)}


def _check(folder: Path, path: str, before: set[str]) -> None:
    """Refuse to write over what is not ours, or through a link to somewhere else."""
    place = folder / path
    if linked := _linked(folder, path):
        raise SettingError(f"{linked} is a link; choose another folder with -o")
    if path not in before and (place.exists() or place.is_symlink()):
        raise SettingError(
            f"{place} is there, and memenv did not write it; choose another folder with -o"
        )


def _linked(folder: Path, path: str) -> Path | None:
    """The folder on the way to a file that is a link, if one is."""
    parents = [folder / parent for parent in Path(path).parents]
    return next((each for each in parents[:-1] if each.is_symlink()), None)


def _write(place: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = place.with_name(place.name + ".partial")
    try:
        partial.write_bytes(content)
    except FileNotFoundError:
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
    os.replace(partial, place)


def _remove(folder: Path, path: str) -> bool:
    """Take away a file that an earlier build wrote, and its folder when nothing else is in it."""
    place = folder / path
    if _linked(folder, path) or (place.is_dir() and not place.is_symlink()):
        return False
    place.unlink(missing_ok=True)
    if place.parent != folder:
        with contextlib.suppress(OSError):
            place.parent.rmdir()
    return True
