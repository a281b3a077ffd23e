"""The classic build cache: which image a step gave before, on the same parent.

A step's key is a digest of the parent's id and of the config that the step's container would run with; the command in
it names the instruction after expansion, the build arguments in use, and the content of what COPY and ADD take. Keys
hold no time, path of the host or order of files, so they are equal on every machine. An entry counts only while its
image is in the store and still has that parent. Several images may have the same key (`--no-cache`): the newest wins,
and when it is deleted the one before it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dockkernel.oci.canonical import encode
from dockkernel.oci.config import ContainerConfig
from dockkernel.oci.digest import Digest

PREFIX = "step:"
"""Begins every key of this cache in the state's mapping."""


def step_key(parent: str, config: ContainerConfig) -> str:
    """The key of a step on `parent` (an image id) that would run with `config`."""
    plain = replace(config, image="", hostname="")
    return PREFIX + Digest.of(encode([parent, plain.to_json()])).hex


class StepCache:
    """The entries of the state, and those of the build that is running.

    `parent_of` gives the parent of an image in the store, None when the image is not there.
    """

    def __init__(self, entries: Mapping[str, str], parent_of: Callable[[str], str | None]) -> None:
        self._entries = entries
        self.parent_of = self._parent_of = parent_of
        self._parents: set[str | None] | None = None
        self.changed: dict[str, str] = {}

    def find(self, parent: str, key: str) -> str | None:
        """The image that the step gave before."""
        ids = self._ids(key)
        return next((image_id for image_id in ids if self._parent_of(image_id) == parent), None)

    def has_children(self, parent: str) -> bool:
        """Whether any step was ever done on this image, and its result is still there."""
        if self._parents is None:
            ids = (image_id for value in self._entries.values() for image_id in value.split())
            self._parents = {self._parent_of(image_id) for image_id in ids}
        return parent in self._parents

    def add(self, key: str, image_id: str) -> None:
        """Remembers what the step has given now."""
        older = [other for other in self._ids(key) if other != image_id and self._parent_of(other) is not None]
        self.changed[key] = " ".join([image_id, *older])

    def _ids(self, key: str) -> list[str]:
        return (self.changed.get(key) or self._entries.get(key, "")).split()


def without_dead(entries: Mapping[str, str], alive: Callable[[str], bool]) -> dict[str, str]:
    """The entries that name an image which is still there; those of other builders are left as they are."""
    return {
        key: value
        for key, value in entries.items()
        if not key.startswith(PREFIX) or any(alive(image_id) for image_id in value.split())
    }
