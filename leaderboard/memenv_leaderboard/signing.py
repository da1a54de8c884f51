"""Signatures: who sent a bundle, and that nothing was changed since. Nothing about its truth.

Ed25519 by the package `cryptography`, which is asked for only when something is signed or a
signature is there to be checked.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from memenv.errors import DataError, SettingError
from memenv_leaderboard.archive import RefusedError
from memenv_leaderboard.bundle import SIGNATURE, Hash
from memenv_leaderboard.canonical import Strict, checked, read_json

_MISSING = "signatures need the extra `sign`: pip install 'memenv[sign]'"
# What is signed names its purpose, so that a signature cannot be used for anything else.
_PURPOSE = b"memenv submission "


class Signature(Strict):
    """A signature of a root."""

    algorithm: Literal["ed25519"]
    public_key: Hash
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


def new_key(path: Path) -> str:
    """Make a key and write it to a new file that only its owner can read.

    Returns:
        The public key, in hex.

    Raises:
        SettingError: without the package, or when the file is there.
        DataError: when it cannot be written.
    """
    ed25519, serialization = _library()
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    except FileExistsError as error:
        raise SettingError(f"{path} is there already: a key is not written over") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    return _public(key)


def sign(root: str, path: Path) -> dict[str, str]:
    """The signature of a root with the key in a file.

    Raises:
        SettingError: without the package.
        DataError: when the file holds no key.
    """
    _, serialization = _library()
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise DataError(f"{path}: no private key in PEM form, without a password") from error
    with contextlib.suppress(AttributeError, TypeError):
        public, signature = _public(key), key.sign(_PURPOSE + root.encode()).hex()
        if len(public) == 64:
            return {"algorithm": "ed25519", "public_key": public, "signature": signature}
    raise DataError(f"{path}: no Ed25519 key; `memenv submit key` makes one")


def signed_by(content: bytes, root: str) -> str:
    """The public key that signed a root, in hex.

    Raises:
        RefusedError: when it is no signature, or one of something else or by another key.
        SettingError: without the package.
    """
    signature = checked(Signature, read_json(content, SIGNATURE), SIGNATURE)
    ed25519, _ = _library()
    from cryptography.exceptions import InvalidSignature

    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        key.verify(bytes.fromhex(signature.signature), _PURPOSE + root.encode())
    except (InvalidSignature, ValueError) as error:
        raise RefusedError(
            f"{SIGNATURE}: the signature is not one of this bundle by key "
            f"{signature.public_key[:16]}"
        ) from error
    return signature.public_key


def _public(key: Any) -> str:
    public: bytes = key.public_key().public_bytes_raw()
    return public.hex()


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise SettingError(_MISSING) from error
    return ed25519, serialization
