"""Templates filled with plain values; what is in them is text, never markup."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from memenv import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
"""What a page may load: files beside it. No script, style or handler inside it ever runs."""

LIVE_POLICY = f"{POLICY}; connect-src 'self'"
"""For pages that are served and ask their server what is new."""

ASSETS = (
    "board.js",
    "dom.js",
    "episode.js",
    "explorer.js",
    "icon.svg",
    "live.js",
    "style.css",
    "theme.js",
)


def asset(name: str) -> bytes:
    """A file that pages load.

    Raises:
        KeyError: for one that there is not.
    """
    if name not in ASSETS:
        raise KeyError(name)
    return (resources.files(__package__) / "assets" / name).read_bytes()


def page(template: str, *, live: bool = False, root: str = "", **values: Any) -> str:
    """A whole page.

    Args:
        template: its file in `templates/`.
        live: it is served, and may ask its server.
        root: from the page to the folder of `index.html`: nothing or `../` several times.
        **values: what the template names; plain (`memenv_leaderboard.pages.text.plain`).
    """
    frame: Mapping[str, Any] = {
        "policy": LIVE_POLICY if live else POLICY,
        "version": __version__,
        "live": live,
        "root": root,
    }
    return _environment().get_template(template).render(**frame, **values)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("memenv_leaderboard.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "score": lambda value: _digits(value, 3),
        "digits": _digits,
        "percent": lambda value: "–" if value is None else f"{100 * value:.0f} %",
        "dollars": lambda value: "–" if value is None else f"${value:,.2f}",
        "number": lambda value: "–" if value is None else f"{value:,.0f}",
        "counted": counted,
    }
    return made


def _digits(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "episode"), counted(2_000, "run")
    ('1 episode', '2,000 runs')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"
