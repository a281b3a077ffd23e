"""Collection: deleting the blobs that nothing may need any more, and what killed processes left.

What only earlier revisions need is kept up to a number of bytes on the disk; beyond it the oldest revisions lose their
blobs first and can be listed and compared but no longer restored. What a running command holds is left alone, and so
are blobs of the last hour that no record has ever named.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from dockkernel.engine.persist import Database
from dockkernel.oci.digest import Digest
from dockkernel.store.layout import LayoutStore

if TYPE_CHECKING:
    import sqlite3

HOUR_NS = 3_600 * 10**9
DAY_NS = 24 * HOUR_NS
KEPT_REVISIONS = 10_000
"""Older ones than this many are forgotten altogether, so that the log does not grow without end."""


def collect(database: Database, store: LayoutStore, keep_bytes: int, *, spare_ns: int = HOUR_NS) -> int:
    """Deletes what may go, keeping at most `keep_bytes` for history; gives the bytes that became free on the disk.

    `spare_ns` is the age from which a hold, a temporary file or a blob that nobody names is a dead process's.

    Safe beside running commands of other processes: the files go while the write lock is held, and only after the
    commits that made them superfluous have reached the disk.
    """
    with database.writing(durable=True) as connection, database.translated():
        floor = _give_up(connection, keep_bytes)
        _forget(connection)
    with database.writing() as connection, database.translated():
        now = store.now_ns()
        freed = _delete_freed(connection, store, floor, now - spare_ns)
        freed += _delete_unknown(connection, store, now - spare_ns)
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('swept', ?)", (str(now),))
    store.sweep_temporary(now - spare_ns)
    return freed


def is_due(database: Database, store: LayoutStore, keep_bytes: int) -> bool:
    """True when history keeps more than it may, or when nothing was collected for a day."""
    kept = database.query("SELECT total(disk) FROM blob WHERE freed IS NOT NULL")[0][0]
    return kept > keep_bytes or store.now_ns() - int(database.meta("swept") or 0) > DAY_NS


def _give_up(connection: sqlite3.Connection, keep_bytes: int) -> int:
    """Marks the revisions that lose their blobs; blobs freed by a revision up to the number it gives may go."""
    rows = connection.execute("SELECT freed, disk FROM blob WHERE freed IS NOT NULL ORDER BY freed DESC")
    kept = 0
    for freed, group in groupby(rows.fetchall(), key=lambda row: int(row[0])):
        kept += sum(disk for _, disk in group)
        if kept > keep_bytes:
            connection.execute("UPDATE revision SET restorable = 0 WHERE n < ? AND restorable", (freed,))
            return freed
    return 0


def _forget(connection: sqlite3.Connection) -> None:
    newest = connection.execute("SELECT max(n) FROM revision").fetchone()[0] or 0
    for table, column in (("change", "revision"), ("revision", "n")):
        connection.execute(f"DELETE FROM {table} WHERE {column} <= ?", (newest - KEPT_REVISIONS,))


def _delete_freed(connection: sqlite3.Connection, store: LayoutStore, floor: int, old_ns: int) -> int:
    rows = connection.execute("SELECT digest, disk FROM blob WHERE freed <= ?", (floor,)).fetchall()
    sizes = {Digest.parse(name): int(disk) for name, disk in rows}
    gone = store.discard(sizes, old_ns)
    connection.executemany("DELETE FROM blob WHERE digest = ?", [(str(digest),) for digest in gone])
    return sum(sizes[digest] for digest in gone)


def _delete_unknown(connection: sqlite3.Connection, store: LayoutStore, old_ns: int) -> int:
    known = {name for (name,) in connection.execute("SELECT digest FROM blob")}
    unknown = [digest for digest in store.list() if str(digest) not in known]
    sizes = {digest: store.disk_bytes(digest) for digest in unknown if store.put_time_ns(digest) <= old_ns}
    return sum(sizes[digest] for digest in store.discard(sizes, old_ns))
