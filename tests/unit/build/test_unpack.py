"""ADD of archives: what is one, and what it becomes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
import zstandard

from dockkernel.build.archives import is_archive
from dockkernel.build.unpack import unpack
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.content import OpenBlob
from dockkernel.fs.node import Device, Dir, File, Inline, Meta, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import Spec, data, names, tree

NOW = 50 * 10**9


def member(
    name: str, content: bytes = b"", *, kind: bytes = tarfile.REGTYPE, **values: object
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mode, info.mtime = kind, len(content), 0o644, 9
    for key, value in values.items():
        setattr(info, key, value)
    return info, content


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        for info, content in members:
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def spool(stream: object) -> OpenBlob:
    kept = stream.read()  # type: ignore[attr-defined]
    return lambda: io.BytesIO(kept)


def unpacked(raw: bytes, dest: str = "/d", below: dict[str, Spec] | None = None) -> Tree:
    builder = TreeBuilder(tree(below or {}), lambda: NOW)
    unpack(builder, dest, Inline(raw), spool, lambda: NOW)
    return builder.build()


ONE = archive(member("in", b"inside", uid=7, gid=8))


@pytest.mark.parametrize(
    "raw",
    [ONE, gzip.compress(ONE), bz2.compress(ONE), lzma.compress(ONE), zstandard.compress(ONE)],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
def test_every_compression(raw: bytes) -> None:
    assert is_archive(Inline(raw))
    node = unpacked(raw).get("d/in")
    assert isinstance(node, File)
    assert data(node.content) == b"inside"
    assert node.meta == Meta(0o644, 7, 8, 9 * 10**9)


@pytest.mark.parametrize(
    "raw",
    [b"", b"this is not a tar", gzip.compress(b"one text file"), b"PK\x03\x04 zip", bytes(10240), b"\x1f\x8b\x08 cut",
     b"x" * 600],
    ids=["empty", "text", "gzip of text", "zip", "no entries", "damaged gzip", "long text"],
)  # fmt: skip
def test_what_is_no_archive(raw: bytes) -> None:
    assert not is_archive(Inline(raw))


def test_kinds_of_entries() -> None:
    found = unpacked(
        archive(
            member("./"),
            member("dir/", kind=tarfile.DIRTYPE, mode=0o1777, uid=3),
            member("dir/file", b"1", mode=0o4755),
            member("hard", kind=tarfile.LNKTYPE, linkname="dir/file"),
            member("soft", kind=tarfile.SYMTYPE, linkname="dir/file"),
            member("pipe", kind=tarfile.FIFOTYPE),
            member("null", kind=tarfile.CHRTYPE, devmajor=1, devminor=3),
            member(".wh.gone"),
            member("implied/below", b"2"),
            member("ünï" + "x" * 120, b"3", pax_headers={"SCHILY.xattr.user.k": "v"}),
        )
    )
    directory, one, hard = found.get("d/dir"), found.get("d/dir/file"), found.get("d/hard")
    assert isinstance(directory, Dir)
    assert (directory.meta.mode, directory.meta.uid, directory.meta.mtime_ns) == (0o1777, 3, 9 * 10**9)
    assert isinstance(one, File)
    assert isinstance(hard, File)
    assert one.meta.mode == 0o4755
    assert one.link is hard.link is not None
    assert isinstance(found.get("d/soft"), Symlink)
    assert isinstance(found.get("d/pipe"), Device)
    assert isinstance(found.get("d/.wh.gone"), File)
    implied, long = found.get("d/implied"), found.get("d/ünï" + "x" * 120)
    assert implied is not None
    assert implied.meta.mode == 0o755
    assert long is not None
    assert long.meta.xattrs == {"user.k": b"v"}


def test_sparse_files() -> None:
    info, content = member("s", b"abcde")
    info.pax_headers = {"GNU.sparse.map": "1000,2,5000,3", "GNU.sparse.size": "8000", "GNU.sparse.name": "s"}
    node = unpacked(archive((info, content))).get("d/s")
    assert isinstance(node, File)
    assert node.content.size == 8000
    assert data(node.content) == bytes(1000) + b"ab" + bytes(3998) + b"cde" + bytes(2997)


def test_entries_over_what_is_there() -> None:
    below: dict[str, Spec] = {"d": {"old": {"in": "1"}, "kept": {"k": "2"}, "f": "file", "l": "-> /etc", "etc": {}}}
    raw = archive(
        member("old", b"now a file"), member("kept/", kind=tarfile.DIRTYPE), member("f/", kind=tarfile.DIRTYPE),
        member("l/x", b"through the link"), member("twice", b"1"), member("twice", b"2"),
    )  # fmt: skip
    found = unpacked(raw, below=below)
    assert names(found) == [
        "d", "d/etc", "d/etc/x", "d/f", "d/kept", "d/kept/k", "d/l", "d/old", "d/twice",
    ]  # fmt: skip
    twice = found.get("d/twice")
    assert isinstance(twice, File)
    assert data(twice.content) == b"2"


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/../x"])
def test_names_that_climb_out(name: str) -> None:
    raw = archive(member(name, b"1"))
    if name.startswith("/"):
        assert names(unpacked(raw)) == ["d", "d/x"]
        return
    with pytest.raises(InvalidInput, match="is outside of"):
        unpacked(raw)


def test_absolute_names_and_links_stay_inside() -> None:
    up = member("up", kind=tarfile.SYMTYPE, linkname="../../../etc")
    assert names(unpacked(archive(member("/abs", b"1"), up, member("up/x", b"2")), below={"d": {"etc": {}}})) == [
        "d", "d/abs", "d/etc", "d/etc/x", "d/up",
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="no such file or directory"):
        unpacked(archive(up, member("up/x", b"2")), below={"etc": {}})
    with pytest.raises(InvalidInput, match="is outside of"):
        unpacked(archive(member("h", kind=tarfile.LNKTYPE, linkname="../../etc/passwd")))


@pytest.mark.parametrize("raw", [gzip.compress(ONE)[:-20], ONE[:600] + b"\xff" * 900])
def test_damaged_archives(raw: bytes) -> None:
    try:
        unpacked(raw)
    except InvalidInput as error:
        assert "\n" not in error.message
