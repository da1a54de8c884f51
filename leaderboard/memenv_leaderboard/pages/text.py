"""Text from data, models and submissions as pages can hold it: visible, bounded, inert.

Whatever reaches a page goes through `plain` once. What would not be seen, or would change how the
rest is seen (control characters, ANSI escapes, marks that reverse the direction of text, halves of
surrogate pairs), is shown as a symbol or as its code.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

LONG = 200_000
"""Characters of one text that a page holds; its rest is left out, and counted."""

# C0 and C1 but for tab and line feed; zero-width marks of direction; separators that end a line of
# JavaScript; a byte order mark; tag characters, which spell hidden text; lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n?")
_IN_SCRIPT = {ord(char): f"\\u{ord(char):04x}" for char in "<>&'`\u2028\u2029"}


def visible(text: str, limit: int = LONG) -> str:
    r"""A text with everything in it to be seen, and at most so many characters of it.

    >>> visible("a\x1b[31m \u202eb \ud800")
    'a␛[31m ⟨U+202E⟩b ⟨U+D800⟩'
    >>> visible("abcdef", 4)
    'abc…'
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return _UNSEEN.sub(_symbol, _LINE_ENDS.sub("\n", text))


def _symbol(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def plain(value: Any, limit: int = LONG) -> Any:
    r"""A value as JSON that a browser reads: texts `visible`, numbers finite, keys texts.

    Raises:
        TypeError: for what JSON does not know.

    >>> plain({"a": [1, float("nan"), "\x00"]})
    {'a': [1, None, '␀']}
    """
    if isinstance(value, str):
        return visible(value, limit)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        # A larger one would be rounded by the browser.
        return value if abs(value) < 1 << 53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {visible(str(key), 200): plain(each, limit) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, limit) for each in value]
    raise TypeError(f"a page holds no {type(value).__name__}")


def script(name: str, value: Any) -> str:
    r"""A JavaScript file that hands a plain value to the page that loads it.

    The value travels as a string that `JSON.parse` reads: nothing in it is ever code, and a key
    named `__proto__` is a key. In it, every character that could end a string, a script or a line
    is an escape.

    >>> script("board", ["</script>"])
    'memenvData("board", \'["\\\\u003c/script\\\\u003e"]\');\n'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.translate(_IN_SCRIPT).replace("\\", "\\\\")
    return f"memenvData({json.dumps(name)}, '{text}');\n"


def shortest(value: float | None, digits: int = 4) -> float | None:
    """A number with no more digits than a page shows.

    >>> shortest(1 / 3), shortest(None)
    (0.3333, None)
    """
    if value is None or not math.isfinite(value):
        return None
    return round(value, digits)


def file_name(run: str) -> str:
    """A run's id as part of a path, whatever it is.

    >>> file_name("73285fb1e60e"), file_name("../x")
    ('73285fb1e60e', 'id-d6b96a97d147')
    """
    if re.fullmatch("[0-9a-z]{1,64}", run):
        return run
    return f"id-{hashlib.sha256(run.encode('utf-8', 'replace')).hexdigest()[:12]}"
