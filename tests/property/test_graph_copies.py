"""The laws of COPY in the graph builder, and a slow copy that does one system call after the other to compare with."""

from __future__ import annotations

import posixpath
import random

from hypothesis import assume, given
from hypothesis import strategies as st
from support.copies import copied, key, op

from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.fs.node import Device, Dir, File, Inline, Link, Meta, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import listing

NOW = 50 * 10**9
NAMES = st.sampled_from(["a", "b", "c", "a.x", "b.x"])
METAS = st.builds(
    Meta,
    st.sampled_from([0o644, 0o600, 0o755, 0o4755, 0o2755, 0o1777]),
    st.sampled_from([0, 5]),
    st.sampled_from([0, 6]),
    st.integers(0, 3).map(lambda seconds: seconds * 10**9),
    st.sampled_from([{}, {}, {"user.x": b"1"}, {"user.y": b"2"}]),
)
PLAIN = st.builds(lambda meta: Meta(meta.mode, meta.uid, meta.gid, meta.mtime_ns), METAS)
LEAVES = st.one_of(
    st.builds(File, METAS, st.builds(Inline, st.sampled_from([b"", b"1", b"2"]))),
    st.builds(Symlink, PLAIN.map(lambda meta: Meta(0o777, meta.uid, meta.gid, meta.mtime_ns)), NAMES),
    st.builds(Device, METAS, st.just("fifo")),
)
DIRS = st.recursive(
    st.builds(Dir, METAS, st.dictionaries(NAMES, LEAVES, max_size=3)),
    lambda below: st.builds(Dir, METAS, st.dictionaries(NAMES, st.one_of(LEAVES, below), max_size=4)),
    max_leaves=8,
)
PATTERNS = st.lists(
    st.sampled_from(["a", "b", "*", "*.x", "**/a", "a/*", "b/a", "!a", "!a/b", "!**/b.x", "?"]), max_size=3
).map(tuple)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "chown": st.sampled_from(["1:2", "0"]),
        "chmod": st.sampled_from(["751", "4700", "u=rwX,go=rX", "g+w"]),
        "exclude": PATTERNS,
    },
)
SOURCES = st.sampled_from([".", "a", "b", "a/b", "a.x", "*", "a*", "*/*", "?/a", "../a", "b/../a"])


@st.composite
def sources(draw):
    """A tree, some of its files with two names."""
    made = Tree(draw(DIRS))
    files = [path for path, node in made.walk() if isinstance(node, File)]
    for path in draw(st.lists(st.sampled_from(files), max_size=2)) if files else []:
        old, name = made.get(path), draw(NAMES)
        if isinstance(old, File) and made.get(name) is None:
            linked = File(old.meta, old.content, Link())
            made = made.with_node(path, linked).with_node(name, linked)
    return made


@st.composite
def bases(draw):
    """A tree that has a destination or none."""
    made = Tree.empty().with_node("other", draw(DIRS))
    there = draw(st.one_of(st.none(), DIRS))
    return made if there is None else made.with_node("dest", there)


def attempt(*arguments):
    try:
        return copied(*arguments)
    except InvalidInput:
        return None


def content(tree):
    """What a key speaks of: everything but times and link groups."""
    return {path: (*facts[:4], *facts[5:7]) for path, facts in listing(tree).items() if path != "dest"}


@given(bases(), sources(), SOURCES, OPTIONS)
def test_copying_again_changes_nothing(base, source, name, options):
    what = op("/dest/", name, **options)
    once = attempt(base, source, what)
    assume(once is not None)
    assert listing(copied(once, source, what)) == listing(once)


@given(bases(), sources(), SOURCES, OPTIONS)
def test_nothing_but_the_destination_is_touched(base, source, name, options):
    found = attempt(base, source, op("/dest/", name, **options))
    assume(found is not None)
    assert found.get("other") is base.get("other")
    assert set(found.root.children) <= {"other", "dest"}
    known = {id(node.content) for tree in (base, source) for _, node in tree.walk() if isinstance(node, File)}
    assert all(id(node.content) in known for _, node in found.walk() if isinstance(node, File))


@given(sources(), SOURCES, OPTIONS, st.data())
def test_equal_keys_give_equal_copies(one, name, options, drawn):
    """Two sources that differ in one place at most."""
    paths = [path for path, _ in one.walk()]
    path = drawn.draw(st.sampled_from(paths)) if paths else "a"
    other = one.with_node(path, drawn.draw(st.one_of(LEAVES, DIRS)))
    what = op("/dest/", name, **options)
    copies = [attempt(Tree.empty(), source, what) for source in (one, other)]
    assume(None not in copies)
    if key(one, what) == key(other, what):
        assert content(copies[0]) == content(copies[1])


def shuffled(node, order):
    """The node at other times and with its names in another order."""
    meta = Meta(node.meta.mode, node.meta.uid, node.meta.gid, order.randrange(10**10), node.meta.xattrs)
    if isinstance(node, Dir):
        names = list(node.children)
        order.shuffle(names)
        return Dir(meta, {name: shuffled(node.children[name], order) for name in names})
    if isinstance(node, File):
        return File(meta, Inline(node.content.open().read()))
    return Symlink(meta, node.target) if isinstance(node, Symlink) else Device(meta, node.kind)


@given(sources(), SOURCES, OPTIONS, st.integers(0, 5))
def test_times_and_order_do_not_count(source, name, options, seed):
    what = op("/dest/", name, **options)
    again = Tree(shuffled(source.root, random.Random(seed)))
    assume(attempt(Tree.empty(), source, what) is not None)
    assert key(source, what) == key(again, what)


@given(bases(), DIRS, st.sampled_from([(), ("a",), ("**/b",), ("*/*.x",), ("a/b", "b")]), OPTIONS)
def test_a_slow_copy_gives_the_same(base, top, include, options):
    source = Tree(Dir(Meta(), {"s": top}))
    if include:
        what = op("/dest/", *(f"s/./{pattern}" for pattern in include[:1]), parents=True, **options)
    else:
        what = op("/dest/", "s", **options)
    fast = attempt(base, source, what)
    builder = TreeBuilder(base, lambda: NOW)
    slow = Slow(builder, source, include[:1], options)
    try:
        slow.copy_into("/dest")
    except InvalidInput:
        assert fast is None
    else:
        assert fast is not None
        assert listing(fast) == listing(builder.build())


class Slow:
    """A copy by the book of system calls, a path at a time, as BuildKit's own goes about it."""

    def __init__(self, builder, source, include, options):
        self.builder = builder
        self.source = source
        self.include = IgnorePatterns.of(include) if include else None
        self.exclude = IgnorePatterns.of(options.get("exclude", ()))
        self.owner = tuple(map(int, options["chown"].split(":"))) if "chown" in options else None
        self.owner = self.owner * 2 if self.owner and len(self.owner) == 1 else self.owner
        self.chmod = options.get("chmod", "")
        self.waiting = []

    def copy_into(self, dest):
        octal = int(self.chmod, 8) & 0o777 if self.chmod.isdigit() else 0o755
        if not self.builder.exists(dest):
            self.builder.mkdir(dest, octal)
            if self.owner:
                self.builder.chown(dest, *self.owner)
        self.children("s", "", dest)
        self.builder.utime(dest, self.source.get("s").meta.mtime_ns)

    def children(self, path, relative, target):
        for name in self.source.get(path).children:
            self.copy(f"{path}/{name}", posixpath.join(relative, name), f"{target}/{name}")

    def copy(self, path, relative, target):
        node = self.source.get(path)
        taken = (self.include is None or self.include.matches(relative)) and not self.exclude.matches(relative)
        if taken:
            while self.waiting:
                above, there = self.waiting.pop(0)
                if self.make_directory(above, there):
                    self.looks(above, there)
        if isinstance(node, Dir):
            if taken:
                self.make_directory(node, target)
            else:
                self.waiting.append((node, target))
            self.children(path, relative, target)
            if taken:
                self.looks(node, target)
            elif (node, target) in self.waiting:
                self.waiting.remove((node, target))
        elif taken:
            self.leaf(node, target)

    def make_directory(self, node, target):
        old = self.lstat(target)
        if old is None:
            self.builder.mkdir(target, node.meta.mode)
            return True
        if not isinstance(old, Dir):
            raise InvalidInput("not a directory")
        self.builder.chmod(target, node.meta.mode)
        return False

    def leaf(self, node, target):
        old = self.lstat(target)
        if isinstance(old, Dir):
            raise InvalidInput("a directory")
        if old is not None:
            self.builder.remove(target)
        if isinstance(node, File):
            self.builder.write(target, node.content)
        elif isinstance(node, Symlink):
            self.builder.symlink(node.target, target)
        else:
            self.builder.mknod(target, node.kind)
        self.looks(node, target)

    def looks(self, node, target):
        meta = node.meta
        self.builder.chown(target, *(self.owner or (meta.uid, meta.gid)), follow=False)
        if not isinstance(node, Symlink):
            mode = {
                "751": 0o751,
                "4700": 0o4700,
                "g+w": meta.mode | 0o020,
                "u=rwX,go=rX": meta.mode & 0o1000 | (0o755 if isinstance(node, Dir) or meta.mode & 0o111 else 0o644),
            }.get(self.chmod, meta.mode)
            self.builder.chmod(target, mode)
        self.builder.utime(target, meta.mtime_ns, follow=False)
        for name, value in meta.xattrs.items():
            self.builder.setxattr(target, name, value, follow=False)

    def lstat(self, path):
        try:
            return self.builder.lstat(path)
        except OSError:
            return None
