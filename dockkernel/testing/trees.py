"""Small trees for tests: `tree({"etc/passwd": b"root", "bin": {"sh": exe(b"#!")}, "lib": "-> usr/lib"})`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from dockkernel.fs.node import Content, Device, Dir, File, Inline, Link, Meta, Node, Symlink
from dockkernel.fs.tree import Tree, sorted_names

Spec: TypeAlias = "Mapping[str, Spec] | bytes | str | Node"
"""A mapping is a directory, bytes are a file, `-> target` is a symbolic link, other text a file, a node is itself."""


def tree(spec: Mapping[str, Spec]) -> Tree:
    """The tree that the mapping describes; names may be paths, times are 0."""
    made = Tree.empty()
    for path, what in spec.items():
        made = made.with_node(path, node(what))
    return made


def node(what: Spec) -> Node:
    """One node, directories 0755 and files 0644."""
    if isinstance(what, Mapping):
        return tree(what).root
    if isinstance(what, bytes):
        return File(Meta(0o644), Inline(what))
    if isinstance(what, str):
        return Symlink(Meta(0o777), what[3:]) if what.startswith("-> ") else node(what.encode())
    return what


def exe(data: bytes, mode: int = 0o755) -> File:
    """A file that can be executed."""
    return File(Meta(mode), Inline(data))


def listing(tree: Tree) -> dict[str, object]:
    """The tree's content by path, for comparing trees: all that a layer carries of a node, link groups by their names.

    The root directory's own values are left out, and so is which `mkdir` made a directory.
    """
    groups: dict[Link, list[str]] = {}
    for path, found in tree.walk():
        if isinstance(found, File) and found.link is not None:
            groups.setdefault(found.link, []).append(path)
    return {path: _facts(found, groups) for path, found in tree.walk()}


def _facts(found: Node, groups: dict[Link, list[str]]) -> tuple[object, ...]:
    meta = found.meta
    known = (meta.mode, meta.uid, meta.gid, meta.mtime_ns, tuple(sorted(meta.xattrs.items())))
    match found:
        case Dir():
            return ("dir", *known)
        case Symlink(target=target):
            return ("symlink", *known, target)
        case Device(kind=kind, major=major, minor=minor):
            return (kind, *known, major, minor)
        case File(content=content, link=link):
            names = groups[link] if link is not None else []
            return ("file", *known, data(content), tuple(names) if len(names) > 1 else ())


def data(content: Content) -> bytes:
    """All bytes of a content."""
    with content.open() as source:
        return source.read()


def names(tree: Tree) -> list[str]:
    """All paths, in the order of `Tree.walk`."""
    return [path for path, _ in tree.walk()]


def names_in(tree: Tree, path: str) -> list[str]:
    """The names in one directory, in byte order."""
    found = tree.get(path)
    assert isinstance(found, Dir)
    return sorted_names(found.children)
