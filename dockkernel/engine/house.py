"""What the engine keeps on disk, in one place: state, blobs, `index.json`, and the trees made of them.

Invariant: after every command `index.json` names exactly the images of the newest revision. It is replaced inside the
transaction, just before the commit; a process that is killed between the two leaves one that is ahead, which the next
to open the store sees by its stamp and writes anew.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from dockkernel.engine.collect import collect, is_due
from dockkernel.engine.ledger import book
from dockkernel.engine.persist import Commit, Database, Tx
from dockkernel.engine.settings import Clock, Settings
from dockkernel.engine.state import State
from dockkernel.errors import DockError, IntegrityError
from dockkernel.image.flatten import TreeCache
from dockkernel.oci.annotations import IMAGE_NAME, REF_NAME
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference
from dockkernel.store.layout import LayoutStore

if TYPE_CHECKING:
    import sqlite3

    from dockkernel.oci.descriptor import Descriptor

__all__ = ["IMAGE_NAME", "REF_NAME", "Persistent", "Tx"]


class Persistent:
    """The store in `settings.home`, which is made when first used; safe to use from several threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.db = Database(settings.home / "state.db", self._complete)
        self.blobs = LayoutStore(settings.home, self._recorded)
        self.trees = TreeCache(self.blobs)
        self._clock = clock
        self._lock = threading.RLock()
        self._state = State()
        self._open = False
        self._sizes: dict[Digest, int] = {}

    def state(self) -> State:
        """The newest state, whoever made it; the same object as before when nothing was committed since."""
        self._ensure_open()
        with self._lock:
            self._state = self.db.fresh(self._state)
            return self._state

    @contextlib.contextmanager
    def transaction(self, command: str) -> Iterator[Tx]:
        """A write transaction: set `tx.state`; on normal exit it is a new revision named `command`, else nothing is.

        `BlobNotFound` at the end when a new record names a blob that is not in the store.
        """
        self._ensure_open()
        try:
            with self.db.transaction(command, self._clock.now_ns(), self._state) as tx:
                before = tx.state
                yield tx
        except BaseException:
            with contextlib.suppress(DockError):
                self._mend_index()
            raise
        finally:
            self.blobs.release()
        with self._lock:
            if tx.state.revision > self._state.revision:
                self._state = tx.state
        if before.images is not tx.state.images or before.containers is not tx.state.containers:
            self._tidy()

    def gc(self, keep_bytes: int | None = None) -> int:
        """Deletes the blobs that only the past needs beyond `keep_bytes`; gives the bytes freed on the disk."""
        self._ensure_open()
        return collect(self.db, self.blobs, self.settings.keep_bytes if keep_bytes is None else keep_bytes)

    def reset(self) -> None:
        """Empties the store: no image, container or setting is left, and no blob. Other processes see it at once.

        A database that is damaged is replaced, so this is the way out of any damage.
        """
        try:
            with self.transaction("reset") as tx:
                tx.state = State(revision=tx.state.revision)
        except IntegrityError:
            self.db.destroy()
            self._state = State()
        self._ensure_open()
        collect(self.db, self.blobs, keep_bytes=0, spare_ns=0)

    def close(self) -> None:
        """Closes the database; the next use opens it again."""
        self.db.close()

    def _ensure_open(self) -> None:
        if self._open:
            return
        with self._lock:
            self.blobs.prepare()
            self._mend_index()
            self._open = True

    def _tidy(self) -> None:
        # The command is done and committed; that cleaning up failed is no failure of it.
        with contextlib.suppress(DockError):
            if is_due(self.db, self.blobs, self.settings.keep_bytes):
                self.gc()

    def _complete(self, connection: sqlite3.Connection, commit: Commit) -> None:
        with self.db.translated():
            book(connection, commit, self.blobs)
            if any(edit.kind in {"images", "tags"} for edit in commit.edits):
                self._write_index(connection, commit.after)

    def _mend_index(self) -> None:
        """Writes `index.json` anew unless it is the one that the newest revision wrote."""
        if self.db.meta("index") == self.blobs.index_stamp() != "":
            return
        with self.db.writing() as connection, self.db.translated():
            if self.db.meta("index") != self.blobs.index_stamp() or not self.blobs.index_stamp():
                self._write_index(connection, self.db.load())

    def _write_index(self, connection: sqlite3.Connection, state: State) -> None:
        stamp = self.blobs.write_index(self._entries(state))
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('index', ?)", (stamp,))

    def _entries(self, state: State) -> Iterator[Descriptor]:
        """One descriptor a tag, sorted by name, then one for each image without a tag."""
        untagged = dict.fromkeys(sorted(state.images))
        for name, image_id in sorted(state.tags.items()):
            untagged.pop(image_id, None)
            if image_id in state.images:
                annotations = {IMAGE_NAME: name, REF_NAME: _familiar(name)}
                yield self._manifest(state.images[image_id].manifest, annotations)
        for image_id in untagged:
            yield self._manifest(state.images[image_id].manifest, {})

    def _manifest(self, name: str, annotations: dict[str, str]) -> Descriptor:
        from dockkernel.oci import mediatype
        from dockkernel.oci.descriptor import Descriptor

        digest = Digest.parse(name)
        size = self._recorded(digest) or 0
        return Descriptor(mediatype.OCI_MANIFEST, digest, size, annotations=annotations)

    def _recorded(self, digest: Digest) -> int | None:
        """The blob's size in bytes as it was when a record first named it, or None."""
        size = self._sizes.get(digest)
        if size is None:
            rows = self.db.query("SELECT size FROM blob WHERE digest = ?", (str(digest),))
            if not rows:
                return None
            # A digest names one content, so its size never changes.
            size = self._sizes[digest] = int(rows[0][0])
        return size


@lru_cache(maxsize=8192)
def _familiar(name: str) -> str:
    return Reference.parse(name).familiar()
