"""Where a model is, and with what key: from options and the environment, checked."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from memenv.errors import SettingError
from memenv.harness.replies import tidy
from memenv.harness.secrecy import is_secret

if TYPE_CHECKING:
    import openai

PUBLIC = "https://api.openai.com/v1"
"""Where a model is when neither the endpoint nor `OPENAI_BASE_URL` says."""

_PLACEHOLDER = "none"


class Place:
    """A server, and the connection to it once there is one.

    Attributes:
        dead: nobody could reach it with all retries, and nobody has since: the next calls only
            look whether it is back, or a run would wait for every one of them as long.
    """

    def __init__(self, base_url: str, key: str) -> None:
        self.base_url, self.key = base_url, key
        self.client: openai.OpenAI | None = None
        self.dead = False

    def close(self) -> None:
        """Close the connections."""
        if self.client is not None:
            self.client.close()


def place_of(base_url: str | None) -> str:
    """Where a model is that is at a place, or at none in particular.

    Raises:
        SettingError: for a place that is none.
    """
    url = base_url or os.environ.get("OPENAI_BASE_URL") or PUBLIC
    return _checked(url.strip()).rstrip("/")


def _checked(url: str) -> str:
    # Looked for first: a password may have signs that make the rest of it unreadable.
    if "@" in url:
        raise SettingError("a base URL holds no user name or password: set OPENAI_API_KEY instead")
    if "?" in url or "#" in url:
        raise SettingError("a base URL ends before ? and #: a key is set as OPENAI_API_KEY")
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY"):
        key = os.environ.get(name, "").strip()
        if is_secret(key) and (key in url or key in unquote(url)):
            raise SettingError(
                f"a base URL is stored with the results, and this one holds {name}: leave it out"
            )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise SettingError(f"a base URL is like http://127.0.0.1:8000/v1, not {tidy(url, 100)!r}")
    return url


def key_of(base_url: str) -> str:
    """The key for a place, from the environment.

    Raises:
        SettingError: when there is none and the place is not on this desk.
    """
    names = variables(base_url)
    for name in names:
        if value := os.environ.get(name, "").strip():
            return value
    if _is_near(urlsplit(base_url).hostname or ""):
        return _PLACEHOLDER
    raise SettingError(
        f"there is no key for {shown(base_url)}: set {' or '.join(names)} (to any word when the "
        f"server needs none), or name another place with --base-url"
    )


def variables(base_url: str) -> tuple[str, ...]:
    """The variables of the environment that may hold the key for a place, the first one first."""
    host = urlsplit(base_url).hostname or ""
    if host == "openrouter.ai" or host.endswith(".openrouter.ai"):
        return ("OPENROUTER_API_KEY", "OPENAI_API_KEY")
    return ("OPENAI_API_KEY",)


def _is_near(host: str) -> bool:
    """Whether a server is on this machine or in this house, where keys are uncommon."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal", ".lan"))


def sendable(key: str) -> str:
    """A key as it is sent.

    Raises:
        SettingError: for one that cannot be.
    """
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingError("the key has characters that no key has: copy it again")
    return key


def shown(base_url: str) -> str:
    """A place without what may be secret in it."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def where(model: str, place: Place) -> str:
    """A model and its place, as errors name them."""
    return f"model {tidy(model, 100)!r} at {shown(place.base_url)}"
