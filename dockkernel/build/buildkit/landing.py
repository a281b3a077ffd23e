"""Nodes as a copy leaves them, directories merged into those that are there, and the directories made on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dockkernel.build.buildkit.modes import ModeChange
from dockkernel.build.buildkit.owners import Owner
from dockkernel.build.buildkit.selecting import Selection
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.node import Content, Device, Dir, File, Link, Meta, Node, Symlink
from dockkernel.fs.tree import split


@dataclass(frozen=True, slots=True)
class Looks:
    """What a copy changes of what it takes, and where it gets times and contents from."""

    mode: ModeChange | None
    owner: Owner | None
    now_ns: Callable[[], int]
    at_hand: Callable[[Content], Content]
    """Gives a content from memory if it can, else the very same."""


class Landing:
    """Makes the nodes of one copy: owner and mode changed where that is asked for, hard links in groups of their own.

    A file that needs no change lands as the very same node, unless it is there already: what was copied is new.
    """

    def __init__(self, looks: Looks) -> None:
        self._mode = looks.mode
        self._owner = looks.owner
        self._now = looks.now_ns
        self._at_hand = looks.at_hand
        self._links: dict[Link, Link] = {}
        self._changes = self._mode is not None or self._owner is not None

    def node(self, node: Node, old: Node | None) -> Node:
        """Any node but a directory, as it lands where `old` was."""
        meta = self._meta(node) if self._changes else node.meta
        if isinstance(node, File):
            content = self._at_hand(node.content)
            if content is node.content and meta is node.meta and node.link is None and node is not old:
                return node
            return File(meta, content, self._link(node.link))
        if isinstance(node, Symlink):
            return Symlink(meta, node.target)
        assert isinstance(node, Device)
        return Device(meta, node.kind, node.major, node.minor, self._link(node.link))

    def merge(self, selection: Selection, into: Dir, path: str) -> dict[str, Node]:
        """The children that `into`, which is at `path`, has when the selection has been copied into it."""
        stack = [_Merge("", selection.root, into, path.rstrip("/"))]
        while True:
            at = stack[-1]
            below = self._children(at)
            if below is not None:
                name, child = below
                old = at.children.get(name)
                if old is not None and not isinstance(old, Dir):
                    raise InvalidInput(f"cannot copy to non-directory: {at.path}/{name}")
                stack.append(_Merge(name, child, old, f"{at.path}/{name}"))
                continue
            stack.pop()
            if not stack:
                return at.children
            stack[-1].children[at.name] = self._directory(at, id(at.node) in selection.delayed)
            stack[-1].made |= at.over is None

    def _children(self, at: _Merge) -> tuple[str, Dir] | None:
        """Copies what is in a directory up to the next directory, which it gives; None at the end."""
        children = at.children
        for name, child in at.todo:
            if isinstance(child, Dir):
                return name, child
            old = children.get(name)
            if isinstance(old, Dir):
                raise InvalidInput(f"cannot replace to directory {at.path}/{name} with file")
            children[name] = self.node(child, old)
            at.made = True
        return None

    def _directory(self, at: _Merge, delayed: bool) -> Dir:
        """A directory when everything in it is there.

        One that is made only for what is below it, and before that, has the time of the last thing made in it; where it
        is there already, only its mode is set.
        """
        over = at.over
        if not delayed:
            meta = self._meta(at.node)
            if over is not None and over.meta.xattrs:
                meta = Meta(meta.mode, meta.uid, meta.gid, meta.mtime_ns, {**over.meta.xattrs, **meta.xattrs})
        elif over is None:
            meta = self._meta(at.node)
            meta = Meta(meta.mode, meta.uid, meta.gid, self._now(), meta.xattrs)
        else:
            old = over.meta
            time = self._now() if at.made else old.mtime_ns
            meta = Meta(at.node.meta.mode, old.uid, old.gid, time, old.xattrs)
        return Dir(meta, at.children, over.made if over is not None else None, merged=over is not None)

    def _meta(self, node: Node) -> Meta:
        old = node.meta
        uid, gid = self._owner or (old.uid, old.gid)
        mode = old.mode
        if self._mode is not None and not isinstance(node, Symlink):
            mode = self._mode.apply(mode, is_dir=isinstance(node, Dir))
        if (mode, uid, gid) == (old.mode, old.uid, old.gid):
            return old
        return Meta(mode, uid, gid, old.mtime_ns, old.xattrs)

    def _link(self, link: Link | None) -> Link | None:
        return None if link is None else self._links.setdefault(link, Link())


class _Merge:
    """One directory on the way: what is copied, what it is copied over, and what is done so far."""

    __slots__ = ("children", "made", "name", "node", "over", "path", "todo")

    def __init__(self, name: str, node: Dir, over: Dir | None, path: str) -> None:
        self.name = name
        self.node = node
        self.over = over
        self.path = path
        self.children: dict[str, Node] = dict(over.children) if over is not None else {}
        self.todo: Iterator[tuple[str, Node]] = iter(node.children.items())
        self.made = False
        """Whether a name came into it."""


def make_directories(builder: TreeBuilder, path: str, mode: int, owner: Owner | None) -> None:
    """Makes what is missing of a real path; `InvalidInput` for something else in the way."""
    at = ""
    names = split(path)
    for name in names:
        above, at = at, f"{at}/{name}"
        try:
            found = builder.lstat(at)
        except FileNotFoundError:
            # The mode is what was asked for, also in a directory that hands on its set-group-id bit.
            builder.mkdir(at, mode)
            builder.chmod(at, mode)
            if owner is not None:
                builder.chown(at, *owner)
            continue
        except NotADirectoryError:
            raise InvalidInput(f"lstat {above}/{name}: not a directory") from None
        if not isinstance(found, Dir):
            if at == path:
                raise InvalidInput(f"mkdir {at}: not a directory")
            raise InvalidInput(f"lstat {at}/{names[len(split(at))]}: not a directory")


def replace_directory(builder: TreeBuilder, path: str, node: Dir) -> None:
    """Puts a directory in the place of the one that is there; what it lies in does not notice."""
    if path == "/":
        builder.put(path, node)
        return
    above = path.rpartition("/")[0] or "/"
    before = builder.lstat(above).meta.mtime_ns
    builder.put(path, node)
    builder.utime(above, before)
