"""Layer rules by their cases: whiteouts, hard links, duplicates, sizes."""

from __future__ import annotations

import hashlib
import io
import itertools
import tarfile

import pytest

from dockkernel.errors import IntegrityError, InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import Change, ChangeKind, apply, diff
from dockkernel.fs.node import Device, Dir, File, Meta
from dockkernel.fs.tar import index_layer, layer_reader, layer_size, write_layer
from dockkernel.fs.tree import Tree
from dockkernel.testing.tars import blob, tar_of
from dockkernel.testing.trees import data, listing, names, names_in, node, tree


def flat(*layers):
    """The tree of layers, each a list of entries."""
    made = Tree.empty()
    for entries in layers:
        made = apply(made, index_layer(blob(tar_of(*entries))))
    return made


def files(made):
    return [path for path, found in made.walk() if not isinstance(found, Dir)]


def written(changes):
    out = io.BytesIO()
    write_layer(changes, out)
    return out.getvalue()


def members(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return opened.getmembers()


@pytest.mark.parametrize("place", range(5))
def test_an_opaque_mark_hides_lower_layers_wherever_it_stands(place):
    lower = [["dir", "d/"], ["file", "d/old", "1"], ["dir", "d/sub/"], ["file", "d/sub/x", "2"]]
    upper = [["dir", "d/"], ["file", "d/new", "3"], ["dir", "d/sub/"], ["file", "d/sub/y", "4"]]
    upper.insert(place, ["file", "d/.wh..wh..opq", ""])
    assert files(flat(lower, upper)) == ["d/new", "d/sub/y"]


@pytest.mark.parametrize("place", range(3))
def test_a_whiteout_hides_lower_layers_only(place):
    upper = [["dir", "d/"], ["file", "d/new", "3"]]
    upper.insert(place, ["file", ".wh.d", ""])
    assert files(flat([["dir", "d/"], ["file", "d/old", "1"], ["file", "keep", ""]], upper)) == ["d/new", "keep"]


def test_a_whiteout_beside_the_same_name_leaves_the_new_file():
    made = flat([["file", "f", "old"]], [["file", "f", "new"], ["file", ".wh.f", ""]])
    assert data(made.get("f").content) == b"new"


@pytest.mark.parametrize("name", ["keep/.wh.", "keep/.wh..", "keep/.wh...", ".wh.", "keep/.wh.x/y"])
def test_hostile_whiteouts_are_refused(name):
    with pytest.raises(IntegrityError, match="invalid whiteout name"):
        flat([["file", "keep/me", "1"]], [["file", name, ""]])


def test_an_opaque_root_hides_all():
    assert files(flat([["file", "keep/me", "1"]], [["file", ".wh..wh..opq", ""], ["file", "new", ""]])) == ["new"]


@pytest.mark.parametrize("name", [".wh..wh.plnk/x", ".wh..wh.aufs", "keep/.wh..wh.orph/1/2"])
def test_metadata_of_old_graphs_is_never_seen(name):
    assert names(flat([["file", "keep/me", "1"], ["file", name, ""]])) == ["keep", "keep/me"]


def test_a_whiteout_of_what_is_not_there_does_nothing():
    assert files(flat([["file", "a", ""]], [["file", ".wh.b", ""]])) == ["a"]


def test_marks_below_a_hidden_directory_say_nothing_more():
    upper = [["file", "d/.wh.x", ""], ["file", "d/.wh..wh..opq", ""], ["file", ".wh.e", ""], ["file", "e/.wh.y", ""]]
    made = flat([["file", "d/x", ""], ["file", "e/y", ""]], upper)
    assert names(made) == ["d"]


def build(lower, *edits):
    clock = itertools.count(10**9, 10**9)
    builder = TreeBuilder(lower, lambda: next(clock))
    for method, *arguments in edits:
        getattr(builder, method)(*arguments)
    return builder.build()


def test_a_directory_made_again_reads_empty_from_its_layer():
    lower = build(Tree.empty(), ("mkdir", "/srv"), ("mkdir", "/srv/deep"), ("write", "/srv/deep/f", b"1"))
    upper = build(lower, ("rmtree", "/srv"), ("mkdir", "/srv"))
    archive = written(diff(lower, upper))
    assert [entry.name for entry in members(archive)] == ["srv", "srv/.wh..wh..opq"]
    assert names_in(apply(lower, index_layer(blob(archive))), "srv") == []


def test_a_directory_replaced_by_a_link_writes_nothing_below_it():
    lower = tree({"a": {"inner": b"x"}, "b": {"inner": b"y"}})
    upper = build(lower, ("rmtree", "/a"), ("symlink", "/b", "/a"))
    archive = written(diff(lower, upper))
    assert [(entry.name, entry.linkname) for entry in members(archive)] == [("a", "/b")]
    again = apply(lower, index_layer(blob(archive)))
    assert TreeBuilder(again, lambda: 0).read("/a/inner") == b"y"


def test_hard_linked_files_count_once():
    changes = index_layer(blob(tar_of(["file", "n1", b"x" * 1000], ["hardlink", "n2", "n1"])))
    assert layer_size(changes) == 1000
    lower = apply(Tree.empty(), changes)
    assert lower.get("n1") is lower.get("n2")
    upper = build(lower, ("chmod", "/n2", 0o600))
    again = diff(lower, upper)
    assert [change.path for change in again] == ["n2"]
    assert layer_size(again) == 1000


def test_hard_links_are_written_as_links_to_the_first_name():
    made = build(Tree.empty(), ("write", "/m", b"x"), ("link", "/m", "/z"), ("link", "/m", "/a"))
    found = members(written(diff(Tree.empty(), made)))
    assert [(entry.name, entry.type, entry.linkname, entry.size) for entry in found] == [
        ("a", tarfile.REGTYPE, "", 1),
        ("m", tarfile.LNKTYPE, "a", 0),
        ("z", tarfile.LNKTYPE, "a", 0),
    ]


def test_a_hard_link_may_come_before_its_target():
    made = flat([["hardlink", "a", "b"], ["hardlink", "b", "c"], ["file", "c", "C"]])
    assert data(made.get("a").content) == b"C"
    assert made.get("a") is made.get("b") is made.get("c")


def test_a_hard_link_to_a_lower_layer_is_that_file():
    lower = [["file", "bin/busybox", "BB", {"mode": 0o755, "uid": 3}]]
    made = flat(lower, [["hardlink", "bin/sh", "/bin/busybox"], ["hardlink", "bin/ls", "bin/busybox"]])
    assert data(made.get("bin/sh").content) == b"BB"
    assert made.get("bin/sh").meta.uid == 3
    assert made.get("bin/sh") is made.get("bin/ls")


def test_a_hard_link_to_a_lower_layer_is_written_back_as_it_was():
    changes = index_layer(blob(tar_of(["hardlink", "sh", "busybox"])))
    assert layer_size(changes) == 0
    (found,) = members(written(changes))
    assert (found.type, found.linkname) == (tarfile.LNKTYPE, "busybox")


def test_a_hard_link_to_nothing_is_refused():
    with pytest.raises(IntegrityError, match="no file in the layers below"):
        flat([["hardlink", "a", "nope"]])
    with pytest.raises(IntegrityError, match="to the directory"):
        flat([["dir", "d"], ["hardlink", "a", "d"]])


def test_the_last_of_several_entries_holds():
    made = flat(
        [
            ["file", "f", "old"],
            ["file", "f", "new"],
            ["dir", "d/"],
            ["file", "d/lost", "1"],
            ["file", "d", "now a file"],
            ["file", "h", "H"],
            ["hardlink", "h", "h"],
        ]
    )
    assert {path: data(made.get(path).content) for path in names(made)} == {"d": b"now a file", "f": b"new", "h": b"H"}


def test_a_link_holds_the_content_that_its_target_had_then():
    made = flat([["file", "f", "old"], ["hardlink", "h", "f"], ["file", "f", "new"]])
    assert [data(made.get(path).content) for path in "fh"] == [b"new", b"old"]


@pytest.mark.parametrize("above", [["file", "x", "1"], ["symlink", "x", "/etc"], ["fifo", "x"]])
def test_entries_below_what_is_no_directory_are_refused(above):
    with pytest.raises(IntegrityError, match="'x' is no directory"):
        flat([above, ["file", "x/passwd", "evil"]])


def test_a_directory_takes_the_place_of_a_lower_link():
    made = flat([["symlink", "x", "/etc"], ["file", "etc/passwd", "root"]], [["file", "x/passwd", "other"]])
    assert data(made.get("etc/passwd").content) == b"root"
    assert data(made.get("x/passwd").content) == b"other"


def test_a_lower_directory_takes_the_upper_mode_and_keeps_its_children():
    made = flat([["dir", "d"], ["file", "d/x", ""]], [["dir", "d", {"mode": 0o700, "uid": 9}]])
    assert names(made) == ["d", "d/x"]
    assert (made.get("d").meta.mode, made.get("d").meta.uid) == (0o700, 9)


def test_devices_and_fifos_are_kept_without_privilege():
    entries = [
        ["chardev", "dev/null0", [1, 3]],
        ["blockdev", "dev/sda9", [8, 9]],
        ["fifo", "run/pipe"],
        ["file", "ok", "1"],
    ]
    changes = index_layer(blob(tar_of(*entries)))
    kinds = {change.path: change.node for change in changes}
    assert isinstance(kinds["dev/sda9"], Device)
    assert (kinds["dev/null0"].kind, kinds["dev/null0"].major, kinds["dev/null0"].minor) == ("char", 1, 3)
    assert layer_size(changes) == 1
    again = {entry.name: (entry.type, entry.devmajor, entry.devminor) for entry in members(written(changes))}
    assert again["dev/sda9"] == (tarfile.BLKTYPE, 8, 9)
    assert again["run/pipe"][0] == tarfile.FIFOTYPE


def test_no_changes_are_1024_zero_bytes():
    archive = written(())
    assert archive == bytes(1024)
    assert hashlib.sha256(archive).hexdigest().startswith("5f70bf18a0860070")
    assert index_layer(blob(archive)) == ()
    assert layer_size(()) == 0


def test_every_copy_of_a_file_is_paid_for():
    base = Tree.empty()
    copied = base.with_node("blob", node(b"r" * 1000))
    changed = build(copied, ("chmod", "/blob", 0o600))
    removed = build(changed, ("remove", "/blob"))
    sizes = [layer_size(diff(*pair)) for pair in ((base, copied), (copied, changed), (changed, removed))]
    assert sizes == [1000, 1000, 0]


def test_a_layers_size_is_that_of_lstat():
    entries = [
        ["dir", "d"],
        ["file", "d/f", "12345"],
        ["symlink", "l", "target!"],
        ["file", "d/.wh.x", ""],
        ["fifo", "p"],
    ]
    assert layer_size(index_layer(blob(tar_of(*entries)))) == 12
    changes = index_layer(blob(tar_of(*entries)))
    assert write_layer(changes, io.BytesIO()) == 12


def test_names_that_mean_whiteouts_cannot_be_written():
    for path in (".wh.x", "d/.wh..wh..opq", ".wh.d/x"):
        with pytest.raises(InvalidInput, match="mean deleted files"):
            written([Change(path, ChangeKind.ADDED, node(b""))])


def test_the_stream_ends_early_when_a_file_does():
    class Short:
        size = 10

        def open(self):
            return io.BytesIO(b"123")

    with pytest.raises(IntegrityError, match="7 bytes too early"):
        layer_reader([Change("f", ChangeKind.ADDED, File(Meta(), Short()))]).read()


def test_a_layer_is_indexed_without_reading_its_files():
    archive = tar_of(["file", "a", b"A" * 600], ["file", "b", b"B"])
    first, second = index_layer(blob(archive))
    assert (first.node.content.offset, first.node.content.size) == (512, 600)
    assert data(first.node.content) == b"A" * 600
    with second.node.content.open() as opened:
        assert (opened.read(), opened.read(), opened.seek(0), opened.read(5)) == (b"B", b"", 0, b"B")


def test_changes_come_in_the_order_of_the_tree():
    entries = [["file", "b/x", ""], ["file", "a-b", ""], ["dir", "a"], ["file", "a/z", ""], ["dir", "b"]]
    changes = index_layer(blob(tar_of(*entries)))
    assert [change.path for change in changes] == ["a", "a/z", "a-b", "b", "b/x"]
    assert {change.kind for change in changes} == {ChangeKind.ADDED}


def test_the_root_entry_sets_the_roots_own_mode():
    made = flat([["dir", "./", {"mode": 0o700}], ["file", "./a", ""]])
    assert made.root.meta.mode == 0o700
    assert names(made) == ["a"]


def test_what_was_read_writes_the_same_tree():
    entries = [["dir", "d", {"mtime": 5, "uid": 2**22, "gid": 7}], ["file", "d/" + "n" * 120, "1", {"mtime": 6.5}]]
    changes = index_layer(blob(tar_of(*entries)))
    again = index_layer(blob(written(changes)))
    assert changes[1].node.meta.mtime_ns == 6_500_000_000
    assert again[1].node.meta.mtime_ns == 6_000_000_000
    assert listing(apply(Tree.empty(), again))["d"] == ("dir", 0o755, 2**22, 7, 5 * 10**9, ())
