"""What other people's code raises, as text that can be stored and shown."""

from __future__ import annotations

import contextlib
import os
import re
import traceback
from collections.abc import Iterator

from memenv.errors import MemenvError, SettingError
from memenv.harness.secrecy import hide

_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$", re.I)


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Loading or making a plug-in runs its code, which may raise anything: as one error of ours.

    Raises:
        SettingError: for what is no `MemenvError` already.
    """
    try:
        yield
    except MemenvError:
        raise
    # A script without a main guard ends the whole program when it is imported.
    except (Exception, SystemExit) as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = "" if isinstance(error, SyntaxError) else f" ({last.filename}, line {last.lineno})"
        raise SettingError(f"{what}: {type(error).__name__}: {said(error)}{where}") from error


def said(error: BaseException) -> str:
    """The message of an error, without secrets, at most 2,000 characters."""
    try:
        text = str(error) or repr(error)
    except Exception:
        # The error is of a plug-in, and so is its `__str__`.
        text = "its message cannot be read"
    return redact(text)[:2000]


def redact(text: str) -> str:
    """A text without the values of environment variables that hold secrets.

    >>> os.environ["EXAMPLE_API_KEY"] = "sk-123456789"
    >>> redact("401: bad key sk-123456789")
    '401: bad key [EXAMPLE_API_KEY]'
    >>> del os.environ["EXAMPLE_API_KEY"]
    """
    # The longest first: one secret may be the beginning of another.
    for name, value in sorted(os.environ.items(), key=lambda item: (-len(item[1]), item[0])):
        if _SECRET_NAME.search(name):
            text = hide(text, value, f"[{name}]")
    return text
