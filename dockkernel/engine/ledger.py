"""Which blobs the records name: what a commit must find present, and what it leaves to history.

The table `blob` has a row for each blob that some record names or named: its size, the bytes it takes on the disk, and
`freed`, the revision that took the last record that names it out of the state (NULL while one does). A blob with
`freed = r` is needed to restore a revision before r, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dockkernel.engine.persist import Commit
from dockkernel.engine.records import blobs_of
from dockkernel.engine.state import ContainerRecord, ImageRecord, State
from dockkernel.errors import BlobNotFound
from dockkernel.oci.digest import Digest
from dockkernel.store.layout import LayoutStore

if TYPE_CHECKING:
    import sqlite3


def book(connection: sqlite3.Connection, commit: Commit, store: LayoutStore) -> None:
    """Enters what `commit` adds and what it frees; `BlobNotFound` when a new record names a blob that is not here."""
    added = _named(edit.new for edit in commit.edits)
    for digest in added:
        size = store.size(digest)
        if size is None:
            raise BlobNotFound(f"blob {digest} not found")
        connection.execute(
            "INSERT INTO blob (digest, size, disk) VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE"
            " SET size = excluded.size, disk = excluded.disk, freed = NULL",
            (str(digest), size, store.disk_bytes(digest)),
        )
    removed = _named(edit.old for edit in commit.edits) - added
    freed = _unnamed({str(digest) for digest in removed}, commit.after)
    rows = [(commit.revision, digest) for digest in freed]
    connection.executemany("UPDATE blob SET freed = ? WHERE digest = ?", rows)


def _named(values: Iterable[object]) -> set[Digest]:
    found: set[Digest] = set()
    for value in values:
        if isinstance(value, ImageRecord | ContainerRecord):
            found.update(blobs_of(value))
        elif isinstance(value, Mapping) and value.get("Diff"):
            # A volume's contents, a layer of the build cache, or a build's trace.
            found.add(Digest.parse(value["Diff"]))
    return found


def _unnamed(digests: set[str], state: State) -> set[str]:
    """Those of `digests` that no record of `state` names."""
    if not digests:
        return digests
    for container in state.containers.values():
        digests -= {container.diff, container.log}
    digests -= {volume.get("Diff", "") for volume in state.volumes.values()}
    digests -= {record.get("Diff", "") for record in state.build_cache.values()}
    digests -= {record.get("Diff", "") for record in state.traces.values()}
    for image in state.images.values():
        digests -= {image.manifest, image.id}
    records: tuple[ImageRecord | ContainerRecord, ...] = (*state.images.values(), *state.containers.values())
    for record in records:
        digests.difference_update([layer.diff_id for layer in record.layers if layer.diff_id in digests])
    return digests
