"""ADD of archives with the graph builder."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
import zstandard
from support.copies import copied, looks, op, text

from dockkernel.build.buildkit.ops import CopyOp
from dockkernel.errors import InvalidInput
from dockkernel.fs.change import diff
from dockkernel.fs.node import Dir, File, Inline, Meta
from dockkernel.fs.tar import layer_size
from dockkernel.testing.trees import Spec, names, tree

SECOND = 10**9


def archive(*members: tuple[str, bytes, bytes]) -> bytes:
    """Members as (name, type, content or link)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.mtime, info.uid, info.gid = kind, 0o640, 9, 7, 8
            if kind in (tarfile.LNKTYPE, tarfile.SYMTYPE):
                info.linkname = content.decode()
                content = b""
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


ONE = archive(("in", tarfile.REGTYPE, b"inside"))


def add(base: dict[str, Spec], dest: str, name: str, content: bytes, **options: object) -> tuple[list[str], object]:
    what = op(dest, name, **{"name": "ADD", "unpack": True, **options})
    found = copied(base, tree({name: content}), what)
    return names(found), found


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_an_archive_is_known_by_its_content(pack: object) -> None:
    """Case A28."""
    assert callable(pack)
    assert add({}, "/1/", "renamed.dat", pack(ONE))[0] == ["1", "1/in"]


def test_what_is_no_archive_is_copied() -> None:
    """Case A28."""
    for name, content in (
        ("single.gz", gzip.compress(b"text")),
        ("empty.tar.gz", b""),
        ("a.zip", b"PK\x03\x04rest"),
        ("zeros.tar", bytes(10240)),
        ("broken.gz", gzip.compress(ONE)[:12]),
    ):
        assert add({}, "/3/", name, content)[0] == ["3", f"3/{name}"], name


def test_without_a_slash_it_is_a_directory_too() -> None:
    """Case A28."""
    assert add({}, "/7", "x.tar", ONE)[0] == ["7", "7/in"]


def test_unpack_may_be_switched() -> None:
    """COPY never unpacks, `ADD --unpack=false` neither."""
    assert add({}, "/6/", "x.tar", ONE, unpack=False)[0] == ["6", "6/x.tar"]
    assert names(copied({}, tree({"x.tar": ONE}), op("/6/", "x.tar"))) == ["6", "6/x.tar"]


def test_entries_keep_their_looks_and_chmod_is_not_for_them() -> None:
    found = copied({}, tree({"x.tar": ONE}), CopyOp("ADD", ("x.tar",), "/n/d/", unpack=True, chmod="777"))
    assert looks(found, "n/d/in") == (0o640, 7, 8, 9)
    assert looks(found, "n/d") == looks(found, "n") == (0o755, 0, 0, 50)


def test_chown_is_for_the_entries_and_for_the_directories_on_the_way() -> None:
    raw = archive(("made/in", tarfile.REGTYPE, b"x"), ("dir", tarfile.DIRTYPE, b""))
    found = copied({}, tree({"x.tar": raw}), CopyOp("ADD", ("x.tar",), "/n/", unpack=True, chown="3:4"))
    owners = {path: (node.meta.uid, node.meta.gid) for path, node in found.walk()}
    # A directory that no entry names is root's, as with Docker's tar reader.
    assert owners == {"n": (3, 4), "n/dir": (3, 4), "n/made": (0, 0), "n/made/in": (3, 4)}


def test_an_archive_is_laid_over_what_is_there() -> None:
    raw = archive(("sub/new", tarfile.REGTYPE, b"n"), ("file", tarfile.DIRTYPE, b""))
    base: dict[str, Spec] = {
        "t": Dir(Meta(0o700, 5, 6, SECOND), {"sub": Dir(Meta()), "file": File(Meta(), Inline(b""))})
    }
    found = copied(base, tree({"x.tar": raw}), CopyOp("ADD", ("x.tar",), "/t", unpack=True))
    assert names(found) == ["t", "t/file", "t/sub", "t/sub/new"]
    assert isinstance(found.get("t/file"), Dir)
    assert looks(found, "t")[:3] == (0o700, 5, 6)


def test_a_link_to_an_archive_is_followed_and_a_directory_is_copied() -> None:
    source = tree({"x.tar": ONE, "l": "-> x.tar", "d": {"x.tar": ONE}})
    assert names(copied({}, source, CopyOp("ADD", ("l",), "/n", unpack=True))) == ["n", "n/in"]
    assert names(copied({}, source, CopyOp("ADD", ("d",), "/n", unpack=True))) == ["n", "n/x.tar"]
    assert names(copied({}, source, CopyOp("ADD", ("*",), "/n/", unpack=True))) == ["n", "n/in", "n/x.tar"]


def test_hard_links_count_once() -> None:
    """Case A07."""
    raw = archive(("n1", tarfile.REGTYPE, bytes(1_000_000)), ("n2", tarfile.LNKTYPE, b"n1"))
    found = copied({}, tree({"two-names.tar": raw}), CopyOp("ADD", ("two-names.tar",), "/", unpack=True))
    assert layer_size(diff(tree({}), found)) == 1_000_000


def test_what_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^mkdir /f: not a directory$"):
        add({"f": "file"}, "/f", "x.tar", ONE)
    with pytest.raises(InvalidInput, match=r'^"../../out" is outside of "/"$'):
        add({}, "/n/", "x.tar", archive(("../../out", tarfile.REGTYPE, b"x")))
    with pytest.raises(InvalidInput, match=r"^unexpected EOF$"):
        add({}, "/n/", "x.tar", archive(("big", tarfile.REGTYPE, b"x" * 5000))[:2048])


def test_a_link_in_an_archive_leads_nowhere_outside() -> None:
    raw = archive(("l", tarfile.SYMTYPE, b"/etc"), ("l/passwd", tarfile.REGTYPE, b"evil"))
    add_it = CopyOp("ADD", ("x.tar",), "/n", unpack=True)
    found = copied({"etc": {"passwd": "good"}, "n": {"etc": {}}}, tree({"x.tar": raw}), add_it)
    assert (text(found, "etc/passwd"), text(found, "n/etc/passwd")) == ("good", "evil")
    with pytest.raises(InvalidInput, match=r"^open /l/passwd: no such file or directory$"):
        copied({"etc": {"passwd": "good"}}, tree({"x.tar": raw}), add_it)
