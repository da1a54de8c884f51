"""The outer shell of a bundle: a small gzipped tar of a few named files, read without trusting it.

    write_archive(path, {"manifest.json": b"{}", "scores.json": b"{}"})
    with open_archive(path) as archive:
        archive.read("manifest.json", 1_000)

Nothing is ever extracted to a path that the archive names: members are known by name or refused,
and what is large goes into a temporary file without a name. Whatever is written in a header, no
more than `MAX_UNPACKED` bytes are unpacked.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from memenv.errors import DataError

MAX_PACKED = 64 * 1024 * 1024
"""Bytes of a bundle; git hosts take no larger files anyway."""

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes of all that is in it. A header that claims to be as long is held in memory twice."""

_BLOCK = 64 * 1024
_IN_MEMORY = 8 * 1024 * 1024


class RefusedError(DataError):
    """A bundle is not what it should be; the message is the reason."""


class Archive:
    """The members of an archive, each read at most as far as its reader allows."""

    def __init__(self, members: Mapping[str, IO[bytes]]) -> None:
        self._members = members

    @property
    def names(self) -> list[str]:
        """The members that are there, sorted."""
        return sorted(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """A whole member.

        Raises:
            RefusedError: when it is not there, or has more than `limit` bytes.
        """
        file = self._open(name)
        content = file.read(limit + 1)
        if len(content) > limit:
            raise RefusedError(f"{name} has more than {limit:,} bytes")
        return content

    def lines(self, name: str, limit: int) -> Iterator[bytes]:
        """The lines of a member without their ends; the last one must have one too.

        Raises:
            RefusedError: when it is not there, a line has more than `limit` bytes or no end.
        """
        file = self._open(name)
        number = 0
        while line := file.readline(limit + 2):
            number += 1
            if len(line) > limit + 1:
                raise RefusedError(f"{name}, line {number}: more than {limit:,} bytes")
            if not line.endswith(b"\n"):
                raise RefusedError(f"{name}, line {number}: the line has no end, it was cut off")
            yield line[:-1]

    def _open(self, name: str) -> IO[bytes]:
        if name not in self._members:
            raise RefusedError(f"{name} is missing")
        file = self._members[name]
        file.seek(0)
        return file


def write_archive(path: Path, members: Mapping[str, bytes]) -> None:
    """Write the members in their order; the same members give the same bytes.

    Raises:
        DataError: when the file cannot be written.
    """
    packed = io.BytesIO()
    # No name, no time and no owner of this machine; the level is part of what is the same.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as stream,
        tarfile.open(mode="w", fileobj=stream, format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(packed.getvalue())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def open_archive(path: Path, allowed: Sequence[str]) -> Iterator[Archive]:
    """The members of an archive, which may have the allowed names and no others.

    Raises:
        DataError: when the file cannot be read.
        RefusedError: when it is no such archive: not gzip or not tar, cut off, too large, followed
            by something else, or with a member that is no plain file, unknown, or there twice.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            size = path.stat().st_size
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"{path}: cannot be read: {reason}") from error
        if size > MAX_PACKED:
            raise RefusedError(f"the file has more than {MAX_PACKED:,} bytes")
        members: dict[str, IO[bytes]] = {}
        for name, content in _members(_Unpacked(file), allowed):
            spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
            members[name] = stack.enter_context(spool)
            while block := content.read(_BLOCK):
                spool.write(block)
        yield Archive(members)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _members(unpacked: _Unpacked, allowed: Sequence[str]) -> Iterator[tuple[str, _Readable]]:
    seen: set[str] = set()
    try:
        # Read forward only: nothing is looked up where the archive says that it lies.
        source: Any = unpacked
        with tarfile.open(mode="r|", fileobj=source) as tar:
            for member in tar:
                _check(member, allowed, seen)
                seen.add(member.name)
                content = tar.extractfile(member)
                assert content is not None
                yield member.name, content
            _check_end(tar, unpacked)
    except RefusedError:
        raise
    # A foreign parser on hostile bytes: whatever it raises, it could not read them.
    except Exception as error:
        reason = str(error).partition("\n")[0][:80]
        raise RefusedError(
            f"not a bundle: its archive cannot be read ({reason or type(error).__name__})"
        ) from error


def _check(member: tarfile.TarInfo, allowed: Sequence[str], seen: set[str]) -> None:
    shown = ascii(member.name[:60])
    if member.name.startswith("/"):
        raise RefusedError(f"the archive has a member with an absolute path, {shown}")
    if ".." in member.name.split("/"):
        raise RefusedError(f"the archive has a member outside of its folder, {shown}")
    kinds = (
        ("a symbolic link", member.issym()),
        ("a hard link", member.islnk()),
        ("a device", member.isdev() and not member.isfifo()),
        ("a named pipe", member.isfifo()),
        ("a folder", member.isdir()),
        ("a sparse file", member.issparse()),
        ("no plain file", not member.isreg()),
    )
    for kind, is_one in kinds:
        if is_one:
            raise RefusedError(f"the archive has a member that is {kind}, {shown}")
    if member.name not in allowed:
        raise RefusedError(
            f"the archive has a member {shown}; expected {', '.join(allowed)} and nothing else"
        )
    if member.name in seen:
        raise RefusedError(f"the archive has {shown} twice")


def _check_end(tar: tarfile.TarFile, unpacked: _Unpacked) -> None:
    """After the last member there are zeros, and the end of the file."""
    assert tar.fileobj is not None
    rest = tar.fileobj
    while block := rest.read(_BLOCK):
        if block.strip(b"\0"):
            raise RefusedError("the archive is followed by other data")
    unpacked.check_end()


class _Unpacked:
    """The bytes behind a gzip file, never more than `MAX_UNPACKED`, never far ahead."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._gzip = zlib.decompressobj(wbits=31)
        self._given = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes, all of them unless the data ends."""
        parts: list[bytes] = []
        while size > 0 and not self._gzip.eof:
            packed = self._gzip.unconsumed_tail or self._file.read(_BLOCK)
            try:
                part = self._gzip.decompress(packed, size)
            except zlib.error as error:
                damaged = "its compressed data is damaged"
                raise RefusedError(damaged if self._given else _NO_BUNDLE) from error
            # What was unpacked may wait behind input that has ended.
            if not packed and not part and not self._gzip.eof:
                raise RefusedError("the file is cut off" if self._given else _NO_BUNDLE)
            parts.append(part)
            size -= len(part)
            self._given += len(part)
            if self._given > MAX_UNPACKED:
                raise RefusedError(f"it unpacks to more than {MAX_UNPACKED:,} bytes")
        return b"".join(parts)

    def check_end(self) -> None:
        """Nothing comes after the compressed data.

        Raises:
            RefusedError: when something does.
        """
        if not self._gzip.eof:
            self.read(1)
        if self._gzip.unused_data or self._file.read(1):
            raise RefusedError("the compressed data is followed by other data")


_NO_BUNDLE = "not a bundle: expected a gzipped tar, as `memenv submit pack` writes it"
