"""The outer shell of a bundle: a small gzipped tar of a few named files, read without trusting it.

    write_archive(path, {"manifest.json": b"{}", "scores.json": b"{}"})
    with open_archive(path) as archive:
        archive.read("manifest.json", 1_000)

Nothing is ever extracted to a path that the archive names: members are known by name or refused,
and what is large goes into a temporary file without a name. Only what `write_archive` writes is
read, plain ustar with short names, and read here: general readers of tar take extended headers of
any length, which cost them gigabytes and hours. No more than `MAX_UNPACKED` bytes are unpacked.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from memenv.errors import DataError

MAX_PACKED = 64 * 1024 * 1024
"""Bytes of a bundle; git hosts take no larger files anyway."""

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes of all that is in it."""

_BLOCK = 64 * 1024
_HEADER = 512
_RECORD = 20 * _HEADER
_KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"5": "a folder",
    b"6": "a named pipe",
    b"K": "the long name of a link",
    b"L": "a long name",
    b"S": "a sparse file",
    b"g": "a global extended header",
    b"x": "an extended header",
}
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
    if path.is_dir():
        raise DataError(f"{path}: cannot be written: it is a folder, name a file in it")
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
        DataError: when the file cannot be read, or is no plain file.
        RefusedError: when it is no such archive: not gzip or not ustar, cut off, too large,
            followed by something else, or with a member that is no plain file, unknown, or there
            twice.
    """
    with contextlib.ExitStack() as stack:
        try:
            about = path.stat()
            # A pipe would be waited for, and a device has no end.
            plain = stat.S_ISREG(about.st_mode)
            file = stack.enter_context(path.open("rb")) if plain else None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"{path}: cannot be read: {reason}") from error
        if file is None:
            raise DataError(f"{path}: cannot be read: not a plain file")
        if about.st_size > MAX_PACKED:
            raise RefusedError(f"the file has more than {MAX_PACKED:,} bytes")
        members: dict[str, IO[bytes]] = {}
        for name, content in _members(_Unpacked(file), allowed):
            spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
            members[name] = stack.enter_context(spool)
            for block in content:
                spool.write(block)
        yield Archive(members)


@dataclass(frozen=True)
class _Member:
    """What a header says."""

    name: str
    size: int


def _members(unpacked: _Unpacked, allowed: Sequence[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The members in their order; what is in one is read before the next is asked for.

    Nothing that a header can say leads to more than 512 bytes being looked at: no long names, no
    extended headers, no lists of holes.
    """
    seen: set[str] = set()
    while any(block := _block(unpacked)):
        member = _header(block, first=not unpacked.given > _HEADER)
        if member.name not in allowed:
            raise RefusedError(
                f"the archive has a member {member.name!a}; expected {', '.join(allowed)} "
                f"and nothing else"
            )
        if member.name in seen:
            raise RefusedError(f"the archive has {member.name!a} twice")
        seen.add(member.name)
        # What is claimed is not waited for.
        if unpacked.given + member.size > MAX_UNPACKED:
            raise RefusedError(_TOO_MUCH.format(MAX_UNPACKED))
        yield member.name, _content(unpacked, member.size)
    _check_end(unpacked)


def _block(unpacked: _Unpacked) -> bytes:
    block = unpacked.read(_HEADER)
    if len(block) < _HEADER:
        raise RefusedError(_CUT_OFF if unpacked.given > _HEADER else _NO_BUNDLE)
    return block


def _content(unpacked: _Unpacked, size: int) -> Iterator[bytes]:
    left = size
    while left:
        block = unpacked.read(min(left, _BLOCK))
        if not block:
            raise RefusedError(_CUT_OFF)
        left -= len(block)
        yield block
    padding = unpacked.read(-size % _HEADER)
    if len(padding) < -size % _HEADER:
        raise RefusedError(_CUT_OFF)
    if any(padding):
        raise RefusedError("the archive has something behind the end of a member")


def _header(block: bytes, *, first: bool) -> _Member:
    """A header of POSIX ustar, of a plain file with a short name.

    Source: POSIX.1-2017, pax, "ustar Interchange Format".
    """
    checksum = _octal(block[148:156])
    if checksum is None or checksum != sum(block) - sum(block[148:156]) + 8 * ord(" "):
        raise RefusedError(_NO_BUNDLE if first else "the archive has a damaged header")
    name, _, behind = block[:100].partition(b"\0")
    shown = ascii(name[:60].decode("latin-1"))
    if name.startswith(b"/"):
        raise RefusedError(f"the archive has a member with an absolute path, {shown}")
    if b".." in name.split(b"/"):
        raise RefusedError(f"the archive has a member outside of its folder, {shown}")
    kind = block[156:157]
    if kind not in (b"0", b"\0"):
        known = _KINDS.get(kind, "no plain file")
        raise RefusedError(f"the archive has a member that is {known}, {shown}")
    if block[257:265] != b"ustar\x0000":
        raise RefusedError(f"the archive has a header that is not ustar, {shown}")
    # The name of a link, and what would stand before the name.
    if any(behind) or any(block[157:257]) or any(block[345:]):
        raise RefusedError(f"the archive has a header with more than a short name, {shown}")
    size = _octal(block[124:136])
    if size is None:
        raise RefusedError(f"the archive has a member whose size is no number, {shown}")
    return _Member(name.decode("latin-1"), size)


def _octal(field: bytes) -> int | None:
    digits = field.rstrip(b" \0").lstrip(b" ")
    if not digits or digits.strip(b"01234567"):
        return None
    return int(digits, 8)


def _check_end(unpacked: _Unpacked) -> None:
    """A second block of zeros, perhaps more of them to fill a record, and the end of the file."""
    if any(_block(unpacked)):
        raise RefusedError("the archive is followed by other data")
    rest = unpacked.read(_RECORD)
    if any(rest) or len(rest) % _HEADER or len(rest) == _RECORD:
        raise RefusedError("the archive is followed by other data")
    unpacked.check_end()


class _Unpacked:
    """The bytes behind a gzip file, never more than `MAX_UNPACKED`, never far ahead."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._gzip = zlib.decompressobj(wbits=31)
        self.given = 0

    def read(self, size: int) -> bytes:
        """At most `size` bytes, all of them unless the data ends."""
        parts: list[bytes] = []
        while size > 0 and not self._gzip.eof:
            packed = self._gzip.unconsumed_tail or self._file.read(_BLOCK)
            try:
                part = self._gzip.decompress(packed, size)
            except zlib.error as error:
                damaged = "its compressed data is damaged"
                raise RefusedError(damaged if self.given else _NO_BUNDLE) from error
            # What was unpacked may wait behind input that has ended.
            if not packed and not part and not self._gzip.eof:
                raise RefusedError("the file is cut off" if self.given else _NO_BUNDLE)
            parts.append(part)
            size -= len(part)
            self.given += len(part)
            if self.given > MAX_UNPACKED:
                raise RefusedError(_TOO_MUCH.format(MAX_UNPACKED))
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


_TOO_MUCH = "it unpacks to more than {:,} bytes"
_CUT_OFF = "the archive is cut off"
_NO_BUNDLE = "not a bundle: expected a gzipped tar, as `memenv submit pack` writes it"
