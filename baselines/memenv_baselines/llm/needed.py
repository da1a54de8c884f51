"""What the extra `train` brings, imported when it is used."""

from __future__ import annotations

import importlib
from typing import Any

from memenv.errors import SettingError


def needed(*modules: str) -> tuple[Any, ...]:
    """Modules by name.

    Raises:
        SettingError: for one that is not installed, and how to get it.
    """
    found = []
    for module in modules:
        try:
            found.append(importlib.import_module(module))
        except ImportError as error:
            raise SettingError(
                f"language models need {module} ({error}): pip install 'memenv[train]'"
            ) from None
    return tuple(found)
