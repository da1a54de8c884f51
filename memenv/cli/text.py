"""Text from data files, models and plug-ins, made safe to print; and numbers for tables."""

from __future__ import annotations

import re

from rich.text import Text

# Control characters, which can rewrite a terminal, and marks that reverse the direction of text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile("[\t\n\v\f\r\x85\u2028\u2029]+")


def safe(text: object, limit: int | None = None, style: str = "") -> Text:
    r"""A text to print as it is: no markup, no escape codes, at most `limit` characters.

    >>> safe("[red]hi[/] \x1b[31m", 12).plain
    '[red]hi[/] …'
    """
    shown = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", str(text))
    if limit is not None and len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return Text(shown, style=style)


def line(text: object, limit: int | None = None, style: str = "") -> Text:
    r"""A text to print on one line.

    >>> line("one\r\ntwo").plain
    'one two'
    """
    return safe(_BREAKS.sub(" ", str(text)), limit, style)


def number(value: float | None, digits: int = 3) -> str:
    """A number for a table; a dash for what was not measured."""
    return "-" if value is None else f"{value:.{digits}f}"


def dollars(value: float | None) -> str:
    """An amount of money.

    >>> dollars(0.5), dollars(None)
    ('$0.5000', 'price unknown')
    """
    return "price unknown" if value is None else f"${value:,.4f}"


def percent(value: float | None) -> str:
    """A share for a table; a dash for what was not measured."""
    return "-" if value is None else f"{100 * value:.0f}%"


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "episode"), counted(2, "chunk")
    ('1 episode', '2 chunks')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def mark(value: bool | None) -> Text:
    """A yes, a no, or a dash for what is not known."""
    if value is None:
        return Text("-", style="dim")
    return Text("yes", style="green") if value else Text("no", style="red")
