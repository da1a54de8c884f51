import gzip
import io
import os
import random
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memenv_leaderboard.archive import RefusedError, open_archive, write_archive

from memenv.errors import DataError

ALLOWED = ("a.json", "b.jsonl")


def read(path):
    with open_archive(path, ALLOWED) as archive:
        return {name: archive.read(name, 1_000_000) for name in archive.names}


def test_members_are_read_back_as_they_were(tmp_path):
    members = {"a.json": b"{}", "b.jsonl": bytes(range(256)) * 400}
    write_archive(tmp_path / "x.tar.gz", members)
    assert read(tmp_path / "x.tar.gz") == members


def test_the_same_members_give_the_same_bytes(tmp_path):
    for name in ("x", "y"):
        write_archive(tmp_path / name, {"a.json": b"{}"})
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".partial"] == []


def test_any_tool_that_writes_ustar_will_do(tmp_path):
    (tmp_path / "a.json").write_bytes(b"{}")
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(tmp_path / "a.json", "a.json")
    assert read(tmp_path / "x.tar.gz") == {"a.json": b"{}"}
    for format in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):  # noqa: A001
        with tarfile.open(tmp_path / "x.tar.gz", "w:gz", format=format) as tar:
            tar.add(tmp_path / "a.json", "a.json")
        with pytest.raises(RefusedError, match=r"not ustar|extended header"):
            read(tmp_path / "x.tar.gz")


def test_what_is_written_is_read_by_any_tool(tmp_path):
    members = {"a.json": b"{}", "b.jsonl": bytes(1024)}
    write_archive(tmp_path / "x.tar.gz", members)
    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        assert {each.name: tar.extractfile(each).read() for each in tar} == members


def header(name=b"a.json", size=b"00000000000\0", kind=b"0", **fields):
    """A header with the right checksum; fields are `at_N=bytes`."""
    block = bytearray(tarfile.TarInfo("a.json").tobuf(tarfile.USTAR_FORMAT))
    block[0:100], block[124:136], block[156:157] = name.ljust(100, b"\0"), size, kind
    for place, content in fields.items():
        at = int(place.removeprefix("at_"))
        block[at : at + len(content)] = content
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    return bytes(block)


END = bytes(1024)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (header(kind=b"x", size=b"00000620000\0") + b"1" * 205_312, "an extended header"),
        (header(kind=b"g"), "a global extended header"),
        (header(kind=b"L", size=b"77777777777\0"), "a long name"),
        (header(kind=b"K"), "the long name of a link"),
        (header(kind=b"S"), "a sparse file"),
        (header(kind=b"Z"), "no plain file"),
        (header(size=b"\x80" + bytes(10) + b"\1"), "size is no number"),
        (header(size=b"\xff" * 12), "size is no number"),
        (header(size=b"-0000000005\0"), "size is no number"),
        (header(size=bytes(12)), "size is no number"),
        (header(size=b"77777777777\0"), "unpacks to more than"),
        (header(name=b"a.json\0evil"), "more than a short name"),
        (header(at_345=b"folder"), "more than a short name"),
        (header(at_157=b"/etc/passwd"), "more than a short name"),
        (header(name=b"\xff" * 100), "nothing else"),
        (header(at_257=bytes(8)), "not ustar"),
        (header() + header(), "twice"),
        (header(size=b"00000000004\0") + b"null" + b"x" * 508, "behind the end of a member"),
        (header(size=b"00000000004\0") + b"null", "cut off"),
        (header() + bytes(512), "cut off"),
        (header() + END + bytes(100), "followed by other data"),
        (header() + END + bytes(512 * 20), "followed by other data"),
        (header() + bytes(512) + header() + END, "followed by other data"),
        (header() + b"x" * 512, "damaged header"),
        (b"x" * 512, "not a bundle"),
    ],
)
def test_what_pack_never_writes_is_refused_at_once(content, reason, tmp_path):
    if not reason.startswith(("cut", "followed", "behind")):
        content += END
    (tmp_path / "x").write_bytes(gzip.compress(content))
    with pytest.raises(RefusedError, match=reason):
        read(tmp_path / "x")


def test_a_pipe_and_a_device_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(DataError, match="not a plain file"):
            read(path)


def test_a_folder_is_no_file_to_write(tmp_path):
    for path in (tmp_path, Path()):
        with pytest.raises(DataError, match="it is a folder"):
            write_archive(path, {"a.json": b""})


def test_lines_have_ends_and_a_length(tmp_path):
    write_archive(tmp_path / "x", {"a.json": b"1\n22\n", "b.jsonl": b"1\n2"})
    with open_archive(tmp_path / "x", ALLOWED) as archive:
        assert list(archive.lines("a.json", 2)) == [b"1", b"22"]
        # From the beginning again.
        assert list(archive.lines("a.json", 2)) == [b"1", b"22"]
        with pytest.raises(RefusedError, match="line 2: more than 1 bytes"):
            list(archive.lines("a.json", 1))
        with pytest.raises(RefusedError, match="line 2: the line has no end"):
            list(archive.lines("b.jsonl", 9))
        with pytest.raises(RefusedError, match="more than 3 bytes"):
            archive.read("a.json", 3)


def test_a_file_that_is_not_there_is_a_mistake_of_the_command(tmp_path):
    for path in (tmp_path / "none", tmp_path, tmp_path / "nul\0"):
        with pytest.raises(DataError) as caught, open_archive(path, ALLOWED):
            pass
        assert not isinstance(caught.value, RefusedError)


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        write_archive(tmp_path / "none" / "x", {"a.json": b""})


def a_bundle():
    buffer = io.BytesIO()
    with tarfile.open(mode="w:gz", fileobj=buffer, format=tarfile.USTAR_FORMAT) as tar:
        for name in ALLOWED:
            member = tarfile.TarInfo(name)
            member.size = 700
            tar.addfile(member, io.BytesIO(bytes(700)))
    return buffer.getvalue()


@given(st.binary(max_size=2_000), st.booleans())
def test_bytes_of_any_kind_are_refused_and_nothing_else(tmp_path_factory, content, zipped):
    path = tmp_path_factory.getbasetemp() / "any.tar.gz"
    path.write_bytes(gzip.compress(content) if zipped else content)
    try:
        read(path)
    except RefusedError:
        return
    # An archive of nothing is one.
    assert not content.strip(b"\0")


def test_an_archive_with_bytes_changed_is_read_or_refused_and_nothing_else(tmp_path):
    rng = random.Random("archive")
    whole = gzip.decompress(a_bundle())
    refused = 0
    for _ in range(150):
        changed = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            # Headers are where a reader is led astray.
            changed[rng.choice((0, 1536)) + rng.randrange(512)] = rng.randrange(256)
        (tmp_path / "x").write_bytes(gzip.compress(bytes(changed), 1))
        try:
            read(tmp_path / "x")
        except RefusedError:
            refused += 1
    assert refused > 100
