"""The caches of one RUN: taken before its process, mounted, and given back with what the process left in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockkernel.build.buildkit.mounting import Attachment, CannotMount
from dockkernel.build.buildkit.mountsources import CacheMount, dated
from dockkernel.build.buildkit.sharing import SharedCaches, Taken
from dockkernel.fs.change import apply, diff
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, Node
from dockkernel.fs.tree import Tree


class Canceled(Exception):
    """The step is to end before it has begun."""


class CacheUse:
    """A context: the caches are held inside it, and given back at its end whatever happened."""

    def __init__(
        self, mounts: Sequence[CacheMount], shared: SharedCaches, now_ns: int, cancel: Callable[[], bool]
    ) -> None:
        self._mounts = mounts
        self._shared = shared
        self._now = now_ns
        self._cancel = cancel
        self._taken: dict[str, Taken] = {}
        self._after: dict[str, Tree] = {}
        self._nodes: list[Node] = []

    def __enter__(self) -> CacheUse:
        try:
            # Each once, and all steps in the same order, so that no two wait for each other.
            for one in sorted(self._mounts, key=lambda mount: mount.key):
                if one.key not in self._taken:
                    self._take(one)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _take(self, one: CacheMount) -> None:
        taken = self._shared.take(one.key, one.sharing, lambda: one.first(self._now), one.description, self._cancel)
        if taken is None:
            raise Canceled
        self._taken[one.key] = taken

    def __exit__(self, *error: object) -> None:
        for key, taken in self._taken.items():
            self._shared.give(taken, self._after.get(key))

    def attachments(self) -> list[Attachment]:
        """What is to be mounted; `CannotMount` when a directory in a cache is not there."""
        found = []
        for number, one in enumerate(self._mounts):
            node = self._taken[one.key].tree.get(self._real(one))
            if node is None:
                raise CannotMount(f"open {one.selector}: no such file or directory")
            self._nodes.append(dated(node, self._now))
            mount = one.mount
            found.append(Attachment(one.target, self._nodes[-1], mount.read_only, one.selector, name=str(number)))
        return found

    def keep(self, contents: Sequence[tuple[str, Node]]) -> None:
        """Takes what is in the mounts after the process; two mounts of one cache are laid over each other."""
        for name, node in contents:
            one = self._mounts[int(name)]
            if node is self._nodes[int(name)]:
                continue
            before = self._taken[one.key].tree
            path = self._real(one)
            after = before.with_node(path, node) if path else Tree(node) if isinstance(node, Dir) else before
            earlier = self._after.get(one.key)
            self._after[one.key] = after if earlier is None else apply(earlier, diff(before, after))

    def _real(self, one: CacheMount) -> str:
        try:
            return resolve(self._taken[one.key].tree, one.selector)
        except OSError as error:
            raise CannotMount(f"open {one.selector}: too many levels of symbolic links") from error
