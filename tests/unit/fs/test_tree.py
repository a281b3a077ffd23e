from __future__ import annotations

import errno

import pytest

from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, Inline, Symlink, size_of
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import names, node, tree


def test_walk_goes_depth_first_with_names_in_byte_order():
    made = tree({"b": b"", "a": {"z": b"", "é": b"", "\udcff": b"", "B": b""}, "a-b": b""})
    assert names(made) == ["a", "a/B", "a/z", "a/é", "a/\udcff", "a-b", "b"]


def test_get_follows_no_link_and_knows_no_dot_dot():
    made = tree({"etc/passwd": b"root", "link": "-> etc"})
    assert made.get("/etc/./passwd") is made.get("etc/passwd") is not None
    assert made.get("link/passwd") is None
    assert made.get("etc/../etc") is None
    assert made.get("") is made.get("/") is made.root


def test_with_node_shares_what_it_does_not_touch():
    before = tree({"a": {"x": b"1"}, "b": {"y": b"2"}})
    after = before.with_node("a/new/z", node(b"3"))
    assert after.get("b") is before.get("b")
    assert after.get("a/x") is before.get("a/x")
    assert names(after) == ["a", "a/new", "a/new/z", "a/x", "b", "b/y"]
    assert names(before) == ["a", "a/x", "b", "b/y"]


def test_without_removes_all_below():
    before = tree({"a": {"x": b"1"}, "b": b"2"})
    assert names(before.without("a")) == ["b"]
    assert before.without("nope") is before


def test_a_file_is_no_parent():
    with pytest.raises(NotADirectoryError):
        tree({"a": b""}).with_node("a/b", node(b""))


def test_a_deep_tree_needs_no_deep_stack():
    path = "/".join("d" * 2000)
    deep = Tree.empty().with_node(path, node(b"x"))
    assert sum(1 for _ in deep.walk()) == 2000
    assert isinstance(deep.get(path[:-2]), Dir)


def test_sizes_are_those_of_lstat():
    assert [size_of(node(spec)) for spec in (b"four", "-> zwölf", {"x": b"1"})] == [4, 6, 0]
    assert Inline(b"abc").size == 3


@pytest.mark.parametrize(
    ("path", "follow", "real"),
    [
        ("/bin/sh", True, "usr/bin/busybox"),
        ("/bin/sh", False, "usr/bin/sh"),
        ("bin/../bin/./sh", True, "usr/bin/busybox"),
        ("/up/etc", True, "etc"),
        ("../../..", True, ""),
        ("/bin", False, "bin"),
        ("/bin/", False, "usr/bin"),
        ("/nope/x/../y", True, "nope/y"),
        ("/dangling/x", True, "nowhere/x"),
    ],
)
def test_resolve_stays_inside_the_root(path, follow, real):
    made = tree(
        {
            "bin": "-> usr/bin",
            "usr/bin": {"sh": "-> busybox", "busybox": b""},
            "up": "-> ../../../..",
            "dangling": "-> /nowhere",
        }
    )
    assert resolve(made, path, follow) == real


def test_resolve_gives_up_on_a_loop():
    with pytest.raises(OSError, match="a/x") as caught:
        resolve(tree({"a": "-> b", "b": "-> a"}), "a/x")
    assert caught.value.errno == errno.ELOOP


def test_forty_links_are_followed_and_no_more():
    chain = {f"l{count}": f"-> l{count + 1}" for count in range(40)}
    assert resolve(tree({**chain, "l40": b""}), "l0") == "l40"
    with pytest.raises(OSError, match="l0"):
        resolve(tree({**chain, "l40": "-> l41", "l41": b""}), "l0")


def test_symlink_targets_are_kept_as_written():
    assert isinstance(found := tree({"l": "-> ./../x//y"}).get("l"), Symlink)
    assert found.target == "./../x//y"
