"""GNU tar reads what we write, and we read what it writes."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import apply, diff
from dockkernel.fs.hostdir import materialise, read_dir
from dockkernel.fs.tar import index_layer, write_layer
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import exe, listing, tree

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def tar():
    """Runs GNU tar."""
    program = shutil.which("gtar") or shutil.which("tar")
    if program is None or b"GNU tar" not in subprocess.run([program, "--version"], capture_output=True).stdout:
        pytest.skip("GNU tar is not installed")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}

    def run(*arguments):
        done = subprocess.run([program, *map(os.fspath, arguments)], capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        return done.stdout

    return run


def sample():
    """A tree with what is hard to write: long names, names that are no ASCII, links of both kinds."""
    builder = TreeBuilder(
        tree(
            {
                "bin": {"busybox": exe(b"BB" * 5000), "empty": b""},
                "d" * 90: {"e" * 90: {"f" * 90: {"deep": b"1"}}},
                "n" * 200: b"long name",
                "ümläut": {"ø": b"2"},
                "link": "-> " + "t" * 180,
                "a-b": b"",
                "a": {"z": b""},
            }
        ),
        lambda: 1_700_000_000 * 10**9,
    )
    builder.link("/bin/busybox", "/bin/sh")
    builder.link("/bin/busybox", "/" + "l" * 150)
    for path in ("/bin", "/a", "/" + "d" * 90):
        builder.utime(path, 1_600_000_000 * 10**9)
    return builder.build()


def comparable(made):
    """Without owners, which only root can set, and times of links."""
    return {
        path: (kind, mode, *(() if kind == "symlink" else (mtime,)), *rest)
        for path, (kind, mode, _, _, mtime, _, *rest) in listing(made).items()
    }


def test_gnu_tar_unpacks_our_layer(tar, tmp_path):
    made = sample()
    with (tmp_path / "layer.tar").open("wb") as out:
        write_layer(diff(Tree.empty(), made), out)
    (tmp_path / "out").mkdir()
    tar("-xpf", tmp_path / "layer.tar", "-C", tmp_path / "out", "--no-same-owner")
    assert comparable(read_dir(tmp_path / "out")) == comparable(made)


def test_gnu_tar_lists_names_in_the_order_of_the_tree(tar, tmp_path):
    made = sample()
    with (tmp_path / "layer.tar").open("wb") as out:
        write_layer(diff(Tree.empty(), made), out)
    names = tar("-tf", tmp_path / "layer.tar", "--quoting-style=literal").decode().splitlines()
    assert [name.rstrip("/") for name in names] == [path for path, _ in made.walk()]


@pytest.mark.parametrize("form", ["gnu", "oldgnu", "pax", "ustar", "v7"])
def test_we_read_what_gnu_tar_packs(tar, tmp_path, form):
    made = sample()
    if form in ("ustar", "v7"):
        # The old formats cannot hold long names.
        for path in ("n" * 200, "l" * 150, "d" * 90, "link"):
            made = made.without(path)
    materialise(made, tmp_path / "in")
    tar(f"--format={form}", "-cf", tmp_path / "t.tar", "-C", tmp_path / "in", ".")
    read = apply(Tree.empty(), index_layer(lambda: (tmp_path / "t.tar").open("rb")))
    assert comparable(read) == comparable(made)


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_we_read_sparse_files_of_gnu_tar(tar, tmp_path, form):
    with (tmp_path / "holes").open("wb") as out:
        for place in range(0, 1 << 20, 1 << 16):
            out.seek(place)
            out.write(b"x")
        out.truncate(2 << 20)
    tar(f"--format={form}", "--sparse", "-cf", tmp_path / "t.tar", "-C", tmp_path, "holes")
    (change,) = index_layer(lambda: (tmp_path / "t.tar").open("rb"))
    with change.node.content.open() as found:
        assert found.read() == (tmp_path / "holes").read_bytes()
