from __future__ import annotations

import os
import sys

import pytest

from dockkernel.errors import IntegrityError, InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.content import SparseSlice
from dockkernel.fs.hostdir import host_file, materialise, read_dir
from dockkernel.fs.node import Device, Dir, File, Meta, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.tars import blob
from dockkernel.testing.trees import data, exe, listing, names, node, tree

posix = pytest.mark.skipif(os.name != "posix", reason="modes, links and special files of POSIX")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(b"hello")
    (tmp_path / "empty").mkdir()
    return tmp_path


def test_a_directory_is_read_with_lazy_contents(place):
    made = read_dir(place)
    assert names(made) == ["d", "d/f", "empty"]
    assert data(made.get("d/f").content) == b"hello"
    assert made.get("d/f").meta.uid == 0
    assert read_dir(place, owner=(7, 8)).get("d").meta.gid == 8
    assert made.get("d/f").meta.mtime_ns == (place / "d/f").stat().st_mtime_ns


@posix
def test_modes_are_those_of_the_host(place):
    (place / "d/f").chmod(0o6751)
    (place / "d").chmod(0o1777)
    made = read_dir(place)
    assert (made.get("d").meta.mode, made.get("d/f").meta.mode) == (0o1777, 0o6751)


@posix
def test_links_stay_links_and_are_not_followed(place, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("s")
    (place / "out").symlink_to(outside)
    (place / "dangling").symlink_to("nowhere")
    made = read_dir(place)
    assert names(made) == ["d", "d/f", "dangling", "empty", "out"]
    assert isinstance(made.get("out"), Symlink)
    assert made.get("dangling").target == "nowhere"


@posix
def test_names_of_one_file_share_a_group(place):
    os.link(place / "d/f", place / "g")
    made = read_dir(place)
    assert made.get("d/f").link is made.get("g").link is not None


@posix
def test_special_files_are_passed_over(place):
    os.mkfifo(place / "pipe")
    assert names(read_dir(place)) == ["d", "d/f", "empty"]


@posix
def test_names_that_are_no_utf_8(place):
    if sys.platform == "darwin":
        pytest.skip("the host allows UTF-8 names only")
    with open(os.path.join(os.fsencode(place), b"\xff"), "w"):  # noqa: PTH118, PTH123
        pass
    assert "\udcff" in names(read_dir(place))


@pytest.mark.parametrize("change", ["longer", "shorter", "touched", "replaced", "removed"])
def test_a_file_that_changed_since_is_not_read(place, change):
    file = place / "d/f"
    seen = read_dir(place).get("d/f")
    before = file.stat()
    match change:
        case "longer":
            file.write_bytes(b"hello you")
        case "shorter":
            file.write_bytes(b"hell")
        case "touched":
            os.utime(file, ns=(1, 1))
        case "replaced":
            if os.name != "posix":
                pytest.skip("inode numbers")
            (place / "new").write_bytes(b"HELLO")
            (place / "new").rename(file)
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "removed":
            file.unlink()
    with pytest.raises(IntegrityError, match="f: the file changed"):
        data(seen.content)


def test_a_file_that_changes_while_it_is_read(place):
    file = place / "d/f"
    file.write_bytes(b"x" * 1_000_000)
    opened = read_dir(place).get("d/f").content.open()
    opened.read(10)
    with file.open("ab") as more:
        more.write(b"more")
    with pytest.raises(IntegrityError), opened:
        while opened.read(1 << 18):
            pass


@posix
def test_a_link_in_the_files_place_is_not_followed(place):
    seen = read_dir(place).get("d/f")
    (place / "d/f").rename(place / "moved")
    (place / "d/f").symlink_to(place / "moved")
    with pytest.raises(IntegrityError):
        data(seen.content)


def test_one_file(place):
    assert data(host_file(place / "d/f").content) == b"hello"
    with pytest.raises(IsADirectoryError):
        host_file(place / "d")
    with pytest.raises(FileNotFoundError):
        host_file(place / "nope")


def test_a_directory_that_is_none(place):
    with pytest.raises(NotADirectoryError):
        read_dir(place / "d/f")


def test_deep_directories_need_no_deep_stack(tmp_path):
    at = tmp_path
    for _ in range(100):
        at = at / "d"
    at.mkdir(parents=True)
    assert len(names(read_dir(tmp_path))) == 100


@posix
def test_a_tree_is_written_and_read_again(tmp_path):
    builder = TreeBuilder(
        tree({"bin": {"sh": exe(b"#!", 0o751)}, "l": "-> /bin/sh", "ro": Dir(Meta(0o555), {"x": node(b"1")})}),
        lambda: 5 * 10**9,
    )
    builder.write("/a", b"one")
    builder.link("/a", "/ro/b")
    builder.utime("/ro", 7 * 10**9)
    made = builder.build()
    assert materialise(made, tmp_path / "out") == ()
    assert (tmp_path / "out/l").readlink().as_posix() == "/bin/sh"
    again = read_dir(tmp_path / "out")
    links = {path for path, found in made.walk() if isinstance(found, Symlink)}
    expected = {path: facts for path, facts in listing(made).items() if path not in links}
    assert {path: facts for path, facts in listing(again).items() if path not in links} == expected


def test_devices_are_left_out_and_told(tmp_path):
    made = tree({"dev/null": Device(Meta(0o666), "char", 1, 3), "p": Device(Meta(0o644), "fifo"), "f": b""})
    assert materialise(made, tmp_path) == ("dev/null", "p")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["dev", "f"]


@posix
def test_set_id_bits_do_not_reach_the_host(tmp_path):
    materialise(tree({"su": exe(b"", 0o6755)}), tmp_path)
    assert (tmp_path / "su").stat().st_mode & 0o7777 == 0o755


@posix
def test_nothing_is_written_through_a_link(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    dest = tmp_path / "dest"
    materialise(tree({"l": f"-> {outside}"}), dest)
    with pytest.raises(FileExistsError):
        materialise(tree({"l": {"x": b""}}), dest)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "."])
def test_names_that_lead_out_are_not_written(tmp_path, name):
    made = Tree(Dir(Meta(), {name: Dir(Meta(), {"x": node(b"")})}))
    with pytest.raises(InvalidInput, match="no possible file name"):
        materialise(made, tmp_path / "dest")


def test_holes_stay_holes(tmp_path):
    content = SparseSlice(blob(b"abc"), ((1 << 20, 0, 3),), 3 << 20)
    materialise(tree({"big": File(Meta(0o644), content)}), tmp_path)
    written = (tmp_path / "big").read_bytes()
    assert len(written) == 3 << 20
    assert written.strip(b"\0") == b"abc"
    assert written[1 << 20 : (1 << 20) + 3] == b"abc"
