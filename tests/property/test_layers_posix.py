"""The builder against the kernel: the same calls on a tree and in a real directory come to the same end."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.node import Meta
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import listing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="compares with what Linux does")

PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), PATHS, st.binary(max_size=4)),
    st.tuples(st.just("append"), PATHS, st.binary(max_size=4)),
    st.tuples(st.just("mkdir"), PATHS),
    st.tuples(st.just("rmdir"), PATHS),
    st.tuples(st.just("remove"), PATHS),
    st.tuples(st.just("rename"), PATHS, PATHS),
    st.tuples(st.just("link"), PATHS, PATHS),
    # Without `..`, which above the root would mean something else on the host.
    st.tuples(st.just("symlink"), PATHS, PATHS),
    st.tuples(st.just("chmod"), PATHS, st.sampled_from([0o644, 0o700, 0o755])),
    st.tuples(st.just("read"), PATHS),
    st.tuples(st.just("listdir"), PATHS),
    st.tuples(st.just("readlink"), PATHS),
)


class Kernel:
    """The builder's verbs as system calls below a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def at(self, path):
        return self.root / path

    def write(self, path, data):
        self.at(path).write_bytes(data)

    def append(self, path, data):
        with self.at(path).open("ab") as out:
            out.write(data)

    def mkdir(self, path):
        self.at(path).mkdir()

    def rmdir(self, path):
        self.at(path).rmdir()

    def remove(self, path):
        self.at(path).unlink()

    def rename(self, old, new):
        self.at(old).rename(self.at(new))

    def link(self, old, new):
        os.link(self.at(old), self.at(new), follow_symlinks=False)

    def symlink(self, target, path):
        self.at(path).symlink_to(target)

    def chmod(self, path, mode):
        self.at(path).chmod(mode)

    def read(self, path):
        return self.at(path).read_bytes()

    def listdir(self, path):
        return sorted(found.name for found in self.at(path).iterdir())

    def readlink(self, path):
        return os.fspath(self.at(path).readlink())


def outcome(target, method, arguments):
    """What the call gave, or the errno it failed with."""
    try:
        return getattr(target, method)(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno or 0]


def timeless(tree):
    """The tree without times, modes of links, and link groups of symbolic links."""
    found = {}
    for path, (kind, mode, uid, gid, _, xattrs, *rest) in listing(tree).items():
        found[path] = (kind, mode if kind != "symlink" else 0, uid, gid, xattrs, *rest)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATIONS, max_size=25))
def test_edits_end_as_on_linux(operations):
    where = Path(tempfile.mkdtemp())
    mask = os.umask(0o022)
    try:
        kernel = Kernel(where)
        builder = TreeBuilder(Tree.empty(), lambda: 0)
        for method, *arguments in operations:
            expected, got = outcome(kernel, method, arguments), outcome(builder, method, arguments)
            assert got == expected, (method, arguments)
        assert timeless(builder.build()) == timeless(read_dir(where))
        assert builder.stat("/").meta == Meta()
    finally:
        os.umask(mask)
        shutil.rmtree(where)
