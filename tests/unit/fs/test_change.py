from __future__ import annotations

import itertools

import pytest

from dockkernel.errors import IntegrityError
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import IMPLIED, Change, ChangeKind, apply, diff, docker_diff
from dockkernel.fs.node import Dir, Meta
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import data, exe, listing, names, names_in, node, tree


def edited(lower, *edits):
    """The tree after (method, arguments…) on a builder whose clock starts at 10."""
    clock = itertools.count(10)
    builder = TreeBuilder(lower, lambda: next(clock))
    for method, *arguments in edits:
        getattr(builder, method)(*arguments)
    return builder.build()


def kinds(changes):
    return [(change.path, change.kind.value) for change in changes]


def check(lower, upper, expected):
    changes = diff(lower, upper)
    assert kinds(changes) == expected
    assert listing(apply(lower, changes)) == listing(upper)
    assert listing(apply(lower, reversed(changes))) == listing(upper)
    assert kinds(diff(lower, apply(lower, changes))) == expected


BASE = {"etc": {"passwd": b"root", "group": b"g"}, "srv": {"deep": {"f": b"1"}}, "f": b"file"}


def test_a_change_brings_the_directories_above_it():
    lower = tree(BASE)
    check(
        lower,
        edited(lower, ("write", "/srv/deep/new", b""), ("remove", "/etc/group")),
        [
            ("etc", "modified"),
            ("etc/group", "deleted"),
            ("srv", "modified"),
            ("srv/deep", "modified"),
            ("srv/deep/new", "added"),
        ],
    )


def test_a_removed_directory_is_one_deletion():
    lower = tree(BASE)
    check(lower, edited(lower, ("rmtree", "/srv")), [("srv", "deleted")])


def test_a_directory_removed_and_made_again_is_opaque():
    lower = tree(BASE)
    upper = edited(lower, ("rmtree", "/srv"), ("mkdir", "/srv"))
    check(lower, upper, [("srv", "opaque")])
    assert names_in(apply(lower, diff(lower, upper)), "srv") == []


def test_an_opaque_directory_has_all_its_children_added():
    lower = tree(BASE)
    kept = lower.get("srv/deep")
    upper = edited(lower, ("rmtree", "/srv"), ("mkdir", "/srv"), ("put", "/srv/deep", kept))
    check(lower, upper, [("srv", "opaque"), ("srv/deep", "added"), ("srv/deep/f", "added")])


def test_a_directory_emptied_child_by_child_is_not_opaque():
    lower = tree(BASE)
    upper = edited(lower, ("rmtree", "/srv/deep"))
    check(lower, upper, [("srv", "modified"), ("srv/deep", "deleted")])


def test_a_directory_replaced_by_a_link_is_only_the_link():
    lower = tree({"a": {"inner": b"x"}, "b": {"inner": b"y"}})
    upper = edited(lower, ("rmtree", "/a"), ("symlink", "/b", "/a"))
    check(lower, upper, [("a", "modified")])


def test_a_file_replaced_by_a_directory():
    lower = tree(BASE)
    upper = edited(lower, ("remove", "/f"), ("mkdir", "/f"), ("write", "/f/x", b""))
    check(lower, upper, [("f", "modified"), ("f/x", "added")])


def test_nothing_differs_between_a_tree_and_itself():
    lower = tree(BASE)
    assert diff(lower, lower) == ()
    assert diff(lower, edited(lower)) == ()


def test_the_root_is_never_a_change_of_its_own():
    lower = tree(BASE)
    upper = edited(lower, ("chmod", "/", 0o700), ("write", "/new", b""))
    assert kinds(diff(lower, upper)) == [("new", "added")]


def test_trees_that_share_nothing():
    check(
        tree({"a": b"1", "d": {"x": b""}}),
        tree({"a": b"1", "d": {"y": b""}}),
        [("a", "modified"), ("d", "modified"), ("d/x", "deleted"), ("d/y", "added")],
    )


def test_a_root_that_hides_everything():
    lower = tree(BASE)
    upper = apply(lower, [Change("", ChangeKind.OPAQUE, IMPLIED), Change("new", ChangeKind.ADDED, node(b""))])
    assert names(upper) == ["new"]
    assert kinds(diff(lower, upper)) == [("", "opaque"), ("new", "added")]


def test_an_opaque_directory_without_an_entry_keeps_the_lower_mode():
    lower = tree({"d": Dir(Meta(0o700, 5), tree({"old": b""}).root.children)})
    upper = apply(lower, [Change("d", ChangeKind.OPAQUE, IMPLIED)])
    assert upper.get("d").meta == Meta(0o700, 5)
    assert names(upper) == ["d"]


def test_missing_directories_are_made():
    upper = apply(Tree.empty(), [Change("a/b/c", ChangeKind.ADDED, node(b"x"))])
    assert names(upper) == ["a", "a/b", "a/b/c"]
    assert upper.get("a/b").meta.mode == 0o755


def test_what_a_layer_hides_it_may_bring_anew():
    lower = tree({"d": {"old": b""}})
    upper = apply(lower, [Change("d/new", ChangeKind.ADDED, node(b"")), Change("d", ChangeKind.DELETED, None)])
    assert names(upper) == ["d", "d/new"]
    gone = apply(lower, [Change("d/old", ChangeKind.DELETED, None), Change("d", ChangeKind.DELETED, None)])
    assert names(gone) == []


def test_entries_below_a_file_of_the_same_layer_are_refused():
    with pytest.raises(IntegrityError, match="'f' is no directory"):
        apply(Tree.empty(), [Change("f", ChangeKind.ADDED, node(b"")), Change("f/x", ChangeKind.ADDED, node(b""))])


def test_apply_shares_what_no_change_names():
    lower = tree(BASE)
    upper = apply(lower, [Change("etc/new", ChangeKind.ADDED, node(b""))])
    assert upper.get("srv") is lower.get("srv")
    assert upper.get("etc/passwd") is lower.get("etc/passwd")


def test_deep_trees_need_no_deep_stack():
    path = "/".join("d" * 2000)
    lower = Tree.empty().with_node(path, node(b"1"))
    upper = lower.with_node(path, node(b"2"))
    changes = diff(lower, upper)
    assert len(changes) == 2000
    assert data(apply(lower, changes).get(path).content) == b"2"


DOCKER = {
    "etc": {"passwd": b"root", "group": b"g", "os-note": b"n"},
    "home": {},
    "tmp": {},
    "usr/bin": {"x": exe(b"x"), "y": exe(b"old y")},
    "var": {"spool": {"cron": b""}},
    "lib": {},
}


def shown(*edits, volumes=()):
    lower = tree(DOCKER)
    return docker_diff(lower, edited(lower, *edits), volumes)


def test_docker_diff_of_many_kinds():
    assert shown(
        ("write", "/hello", b"hello\n"),
        ("mkdir", "/a"),
        ("write", "/a/x", b""),
        ("remove", "/etc/os-note"),
        ("append", "/etc/passwd", b"more"),
        ("chmod", "/home", 0o700),
        ("write", "/tmp/t", b""),
        ("symlink", "/hello", "/link"),
        ("rmtree", "/var/spool"),
        ("rename", "/etc/group", "/etc/group2"),
    ) == (
        ("A", "/a"),
        ("A", "/a/x"),
        ("C", "/etc"),
        ("D", "/etc/group"),
        ("A", "/etc/group2"),
        ("D", "/etc/os-note"),
        ("C", "/etc/passwd"),
        ("A", "/hello"),
        ("C", "/home"),
        ("A", "/link"),
        ("C", "/tmp"),
        ("A", "/tmp/t"),
        ("C", "/var"),
        ("D", "/var/spool"),
    )


def test_docker_diff_of_a_directory_made_again():
    assert shown(
        ("rmtree", "/usr/bin"), ("mkdir", "/usr/bin"), ("write", "/usr/bin/y", b"y"), ("chown", "/lib", 1, 1)
    ) == (
        ("C", "/lib"),
        ("C", "/usr"),
        ("C", "/usr/bin"),
        ("C", "/usr/bin/y"),
    )


def test_docker_diff_shows_no_change_that_cannot_be_seen():
    assert shown(("chmod", "/etc/passwd", 0o644), ("write", "/tmp/x", b""), ("remove", "/tmp/x")) == ()
    assert shown(("utime", "/etc/passwd", 7)) == (), "a layer has cut the fraction off"
    assert shown(("utime", "/etc/passwd", 7 * 10**9)) == (("C", "/etc"), ("C", "/etc/passwd"))


def test_docker_diff_leaves_out_mounts_and_the_engines_files():
    edits = [("mkdir", f"/{name}") for name in ("proc", "dev", "sys", "data")]
    edits += [("write", f"/{path}", b"") for path in ("proc/1", "dev/null", "data/v", ".dockerenv", "etc/hosts")]
    assert shown(*edits, volumes=["/data"]) == (("A", "/data"),)


def test_a_directory_that_several_layers_have_says_so() -> None:
    below = tree({"one": {"a": "1"}, "both": {"a": "1", "sub": {}}})
    above = tree({"both": {"b": "2"}})
    merged = apply(apply(Tree.empty(), diff(Tree.empty(), below)), diff(Tree.empty(), above))
    found = {path: node.merged for path, node in merged.walk() if isinstance(node, Dir)}
    assert found == {"both": True, "both/sub": False, "one": False}
