"""What a container sees beside its image never reaches the image."""

from __future__ import annotations

import pytest
from support.rootfs import busybox, debian

from dockkernel.exec.virtual.devices import Beside, graft, prune
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.node import Dir, Meta
from dockkernel.fs.tree import Tree

BOX = Beside("box")


@pytest.mark.parametrize("original", [busybox(), debian(), Tree.empty()], ids=["busybox", "debian", "scratch"])
def test_pruning_undoes_grafting(original: Tree) -> None:
    seen = graft(original, BOX)
    assert prune(seen, seen, original, BOX) is original


def test_only_what_the_process_did_is_left() -> None:
    original = busybox()
    seen = graft(original, BOX)
    edit = TreeBuilder(seen, lambda: 5)
    edit.write("/etc/hosts", b"changed")
    edit.write("/dev/shm/x", b"x")
    edit.write("/new", b"new")
    edit.write("/etc/new", b"new")
    after = prune(edit.build(), seen, original, BOX)
    assert [(one.path, one.kind.name) for one in diff(original, after)] == [
        ("etc", "MODIFIED"),
        ("etc/new", "ADDED"),
        ("new", "ADDED"),
    ]


def test_a_folder_made_for_a_mount_is_not_in_the_image() -> None:
    seen = graft(Tree.empty(), BOX)
    edit = TreeBuilder(seen, lambda: 5)
    edit.write("/etc/own", b"")
    after = prune(edit.build(), seen, Tree.empty(), BOX)
    assert [path for path, _ in after.walk()] == ["etc", "etc/own"]


def test_a_root_directory_without_a_time_has_the_present_one_and_keeps_its_own() -> None:
    box = Beside("box", now_ns=7)
    original = Tree.empty().with_node("etc", Dir(Meta()))
    seen = graft(original, box)
    assert seen.root.meta.mtime_ns == 7
    edit = TreeBuilder(seen, lambda: 9)
    edit.write("/etc/hosts", b"changed")
    assert prune(edit.build(), seen, original, box) is original
