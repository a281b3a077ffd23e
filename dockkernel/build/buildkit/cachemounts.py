"""What cache mounts hold from build to build (`RUN --mount=type=cache`): all their files as one layer of a record."""

from __future__ import annotations

import threading
from dataclasses import replace

from dockkernel.build.buildkit.records import CacheRecord, Records, new_record_id
from dockkernel.build.buildkit.services import Services
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer
from dockkernel.oci.digest import Digest

PREFIX = "mount:"


class CacheMounts:
    """The cache mounts of one build. Safe to use from several threads."""

    def __init__(self, services: Services, records: Records) -> None:
        self._services = services
        self._records = records
        self._lock = threading.Lock()

    def load(self, key: str) -> Tree | None:
        """What the mount holds; None on first use."""
        with self._lock:
            record = self._records.find(PREFIX + key)
        if record is None:
            return None
        if not record.diff_id or self._services.blobs.size(Digest.parse(record.diff_id)) is None:
            return Tree.empty()
        return self._services.trees.tree([Digest.parse(record.diff_id)])

    def save(self, key: str, tree: Tree, description: str) -> None:
        """Keeps what a process left in the mount."""
        changes = diff(Tree.empty(), tree)
        diff_id, size, blob_bytes = append_layer(self._services.blobs, changes)
        now = self._services.now_ns()
        with self._lock:
            found = self._records.find(PREFIX + key)
            record = found or self._new(key, description, now)
            now_held = replace(record, diff_id=str(diff_id), size=size, blob_bytes=blob_bytes)
            self._records.add(replace(now_held, last_used_ns=now, usage=record.usage + 1))

    def _new(self, key: str, description: str, now: int) -> CacheRecord:
        return CacheRecord(new_record_id(), "exec.cachemount", PREFIX + key, description, created_ns=now, usage=0)
