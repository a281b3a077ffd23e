"""Cache mounts that several steps of a build use at once: `sharing=shared|private|locked`.

A mount's content is a value: each step takes it as it is and gives back what it changed, which is laid over what others
gave back in the meantime. `locked` waits until nobody else has the mount, `private` takes another one for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from dockkernel.fs.change import apply, diff
from dockkernel.fs.tree import Tree

_LOOK = 0.1
"""Seconds after which who waits looks whether it is still to wait."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A cache mount in use."""

    key: str
    tree: Tree
    description: str
    exclusive: bool


class SharedCaches:
    """The cache mounts of a build; safe to use from several threads.

    `load` gives what a mount of that key holds, None on first use; `save` keeps it, with a description for a new one.
    """

    def __init__(self, load: Callable[[str], Tree | None], save: Callable[[str, Tree, str], None]) -> None:
        self._load = load
        self._save = save
        self._changed = threading.Condition()
        self._users: dict[str, list[Taken]] = {}
        self._now: dict[str, Tree] = {}

    def take(
        self, key: str, sharing: str, first: Callable[[], Tree], description: str, cancel: Callable[[], bool]
    ) -> Taken | None:
        """The mount's content, `first()` when it is new; None when `cancel` says so while it waits."""
        with self._changed:
            if sharing == "private":
                key = self._free(key)
            while self._busy(key, exclusive=sharing == "locked"):
                if cancel():
                    return None
                self._changed.wait(_LOOK)
            taken = Taken(key, self._content(key, first, description), description, sharing == "locked")
            self._users.setdefault(key, []).append(taken)
            return taken

    def give(self, taken: Taken, after: Tree | None) -> None:
        """Gives the mount back with what is in it now, None for unchanged."""
        with self._changed:
            try:
                if after is not None and after.root is not taken.tree.root:
                    now = self._now[taken.key]
                    if now.root is not taken.tree.root:
                        after = apply(now, diff(taken.tree, after))
                    self._now[taken.key] = after
                    self._save(taken.key, after, taken.description)
            finally:
                self._users[taken.key].remove(taken)
                self._changed.notify_all()

    def _free(self, key: str) -> str:
        """The first mount of that key that nobody uses."""
        count, free = 1, key
        while self._users.get(free):
            count += 1
            free = f"{key}#{count}"
        return free

    def _busy(self, key: str, *, exclusive: bool) -> bool:
        users = self._users.get(key, [])
        return bool(users) and (exclusive or any(one.exclusive for one in users))

    def _content(self, key: str, first: Callable[[], Tree], description: str) -> Tree:
        if key not in self._now:
            found = self._load(key)
            if found is None:
                found = first()
                self._save(key, found, description)
            self._now[key] = found
        return self._now[key]
