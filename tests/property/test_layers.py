"""The laws of trees, changes and layers, over trees that nobody would think of."""

from __future__ import annotations

import io
import itertools
import random
import tarfile

from hypothesis import given, settings
from hypothesis import strategies as st

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import Change, ChangeKind, apply, diff
from dockkernel.fs.node import Device, Dir, File, Inline, Link, Meta, Symlink
from dockkernel.fs.tar import index_layer, layer_reader, layer_size, write_layer
from dockkernel.fs.tree import Tree, path_order
from dockkernel.testing.tars import blob
from dockkernel.testing.trees import listing

NAMES = st.sampled_from(["a", "b", "c", "a-b", ".x", "é", "\udcff", "n" * 101, "d" * 120])
METAS = st.builds(
    Meta,
    st.integers(0, 0o7777),
    st.sampled_from([0, 1, 8**7 - 1, 8**7]),
    st.sampled_from([0, 5, 2**32 - 1]),
    st.sampled_from([0, 1, 1_700_000_000, 8**11]).map(lambda seconds: seconds * 10**9),
    st.sampled_from([{}, {}, {"user.x": b"\0=\n"}]),
)
FILES = st.builds(File, METAS, st.builds(Inline, st.binary(max_size=20)))
LEAVES = st.one_of(
    FILES,
    FILES,
    st.builds(Symlink, METAS, st.sampled_from(["a", "../b", "/c", "é", "t" * 120])),
    st.builds(Device, METAS, st.sampled_from(["char", "block"]), st.integers(0, 300), st.integers(0, 300)),
    st.builds(Device, METAS, st.just("fifo")),
)
DIRS = st.recursive(
    st.builds(Dir, METAS, st.dictionaries(NAMES, LEAVES, max_size=3)),
    lambda below: st.builds(Dir, METAS, st.dictionaries(NAMES, st.one_of(LEAVES, below), max_size=4)),
    max_leaves=6,
)


@st.composite
def trees(draw):
    """A tree, some of its files with more than one name."""
    made = Tree(draw(DIRS))
    files = [path for path, node in made.walk() if isinstance(node, File)]
    for path in draw(st.lists(st.sampled_from(files), max_size=2)) if files else []:
        old, name = made.get(path), draw(NAMES)
        if isinstance(old, File) and made.get(name) is None:
            linked = File(old.meta, old.content, Link())
            made = made.with_node(path, linked).with_node(name, linked)
    return made


PATHS = st.lists(st.sampled_from(["a", "b", "c", "é"]), min_size=1, max_size=3).map("/".join)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PATHS, st.binary(max_size=5)),
        st.tuples(st.just("mkdir"), PATHS),
        st.tuples(st.just("rmtree"), PATHS),
        st.tuples(st.just("remove"), PATHS),
        st.tuples(st.just("rename"), PATHS, PATHS),
        st.tuples(st.just("link"), PATHS, PATHS),
        st.tuples(st.just("symlink"), st.just("a"), PATHS),
        st.tuples(st.just("chmod"), PATHS, st.integers(0, 0o7777)),
        st.tuples(st.just("append"), PATHS, st.binary(max_size=5)),
        st.tuples(st.just("mknod"), PATHS, st.just("fifo")),
    ),
    max_size=12,
)


def edited(tree, edits):
    seconds = itertools.count(1)
    builder = TreeBuilder(tree, lambda: next(seconds) * 10**9)
    for method, *arguments in edits:
        try:
            getattr(builder, method)(*arguments)
        except OSError:
            continue
    return builder.build()


def archive(changes):
    out = io.BytesIO()
    write_layer(changes, out)
    return out.getvalue()


def facts(changes):
    """Changes by value, ADDED and MODIFIED alike, link groups by their first name."""
    links = {}
    found = []
    for change in sorted(changes, key=lambda change: path_order(change.path)):
        kind = ChangeKind.ADDED if change.kind is ChangeKind.MODIFIED else change.kind
        link = getattr(change.node, "link", None)
        group = links.setdefault(link, change.path) if link is not None else None
        content = None
        if isinstance(change.node, File):
            with change.node.content.open() as opened:
                content = opened.read()
        meta = change.node.meta if change.node is not None else None
        rest = [getattr(change.node, name, None) for name in ("target", "kind", "major", "minor")]
        found.append((change.path, kind, type(change.node), meta, content, group, rest))
    alone = {change[5] for change in found if change[5]} - {f[5] for f in found if f[5] and f[0] != f[5]}
    return [(*fact[:5], None if fact[5] in alone else fact[5], fact[6]) for fact in found]


@settings(max_examples=60, deadline=None)
@given(trees(), trees())
def test_applying_the_difference_of_any_two_trees(lower, upper):
    changes = diff(lower, upper)
    assert listing(apply(lower, changes)) == listing(upper)
    assert listing(apply(lower, index_layer(blob(archive(changes))))) == listing(upper)


@settings(max_examples=80, deadline=None)
@given(trees(), EDITS, EDITS)
def test_layers_of_edits_add_up(base, first, second):
    middle = edited(base, first)
    top = edited(middle, second)
    lower, upper = diff(base, middle), diff(middle, top)
    read = [index_layer(blob(archive(changes))) for changes in (diff(Tree.empty(), base), lower, upper)]
    made = Tree.empty()
    for changes in read:
        made = apply(made, changes)
    assert without_links(listing(made)) == without_links(listing(top))
    assert listing(apply(middle, upper)) == listing(apply(middle, reversed(upper)))
    assert [change.path for change in upper] == sorted((change.path for change in upper), key=path_order)


def without_links(found):
    # A group whose names lie in different layers is not one inode once the layers are put together (RULES of overlayfs).
    return {path: fact[:7] if fact[0] == "file" else fact for path, fact in found.items()}


@settings(max_examples=60, deadline=None)
@given(trees(), EDITS)
def test_a_layer_reads_as_it_was_written(base, edits):
    changes = diff(base, edited(base, edits))
    again = index_layer(blob(archive(changes)))
    assert facts(again) == facts(changes)
    assert layer_size(again) == layer_size(changes)
    assert archive(again) == archive(changes)


@settings(max_examples=60, deadline=None)
@given(trees(), st.randoms(use_true_random=False), st.integers(1, 3000))
def test_equal_changes_are_equal_bytes_however_they_come(made, chance, size):
    changes = list(diff(Tree.empty(), made))
    expected = archive(changes)
    chance.shuffle(changes)
    assert archive(changes) == expected
    stream = layer_reader(changes)
    assert b"".join(iter(lambda: stream.read(size), b"")) == expected


@settings(max_examples=60, deadline=None)
@given(trees(), EDITS, st.integers())
def test_the_order_of_entries_does_not_matter(base, edits, seed):
    changes = diff(base, edited(base, edits))
    data = archive(changes)
    expected = facts(index_layer(blob(data)))
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(data)) as source,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        entries = source.getmembers()
        random.Random(seed).shuffle(entries)
        for entry in entries:
            target.addfile(entry, source.extractfile(entry) if entry.isreg() else None)
    assert facts(index_layer(blob(out.getvalue()))) == expected


@settings(max_examples=150, deadline=None)
@given(trees(), st.data())
def test_a_damaged_layer_is_read_or_refused(made, data):
    """Whatever a byte of a header becomes, the answer is changes or one `DockError`, in bounded time."""
    from dockkernel.errors import DockError

    bytes_ = bytearray(archive(diff(Tree.empty(), made)))
    for _ in range(data.draw(st.integers(1, 3))):
        bytes_[data.draw(st.integers(0, len(bytes_) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(bytes_)))
    for damaged in (bytes_, bytes_[:end]):
        repaired = bytes(damaged)
        if len(repaired) >= 512 and any(repaired[:512]):
            block = repaired[:148] + b" " * 8 + repaired[156:512]
            repaired = block[:148] + b"%06o\0 " % sum(block) + block[156:] + repaired[512:]
        for candidate in (bytes(damaged), repaired):
            try:
                changes = index_layer(blob(candidate))
            except DockError:
                continue
            assert all(isinstance(change, Change) for change in changes)
            apply_or_refuse(changes)


def apply_or_refuse(changes):
    from dockkernel.errors import DockError

    try:
        apply(Tree.empty(), changes)
    except DockError:
        return
