"""The state on disk: SQLite in WAL mode; every command one transaction, every transaction a numbered revision.

::

    entry(kind, key, value)                     the current state, one row a key of a mapping
    revision(n, time, command, restorable)      the commands that changed something
    change(revision, kind, key, old, new)       what each of them changed
    layer(n, chain_id, diff_id, size)           the layers that records name by their number
    blob(digest, size, disk, freed)             the blobs that records name or named (`engine.ledger`)
    meta(key, value)                            small facts about the store

Any number of threads and processes may use one database. A reader sees whole revisions only; a writer has the newest
state from its first line to its commit. A process that is killed leaves the revision before or the one after.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from dockkernel.engine.records import KINDS, Codec, Edit, difference, edited, from_mappings
from dockkernel.engine.state import State
from dockkernel.errors import DockError, IntegrityError

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

SCHEMA = 1
_TABLES = """
CREATE TABLE entry (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE revision (n INTEGER PRIMARY KEY, time INTEGER NOT NULL, command TEXT NOT NULL,
                       restorable INTEGER NOT NULL DEFAULT 1);
CREATE TABLE change (revision INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, old TEXT, new TEXT);
CREATE INDEX change_revision ON change (revision);
CREATE TABLE layer (n INTEGER PRIMARY KEY AUTOINCREMENT, chain_id TEXT NOT NULL, diff_id TEXT NOT NULL,
                    size INTEGER NOT NULL, UNIQUE (chain_id, diff_id, size));
CREATE TABLE blob (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, disk INTEGER NOT NULL,
                   freed INTEGER) WITHOUT ROWID;
CREATE INDEX blob_freed ON blob (freed) WHERE freed IS NOT NULL;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_WAIT_MS = 200
"""How long one try to get the lock sleeps inside SQLite, where an interrupt is not seen."""
_TRIES = 300
_BUSY, _LOCKED, _FULL, _READONLY, _CANTOPEN = 5, 6, 13, 8, 14
"""SQLite's primary result codes (https://www.sqlite.org/rescode.html)."""


@dataclass
class Tx:
    """An open transaction: `state` is the newest state; what is assigned to it is what will be committed."""

    state: State


@dataclass(frozen=True, slots=True)
class Commit:
    """What is about to be committed."""

    revision: int
    before: State
    after: State
    edits: tuple[Edit, ...]


Guard = Callable[["sqlite3.Connection", Commit], None]
"""Called inside the transaction before it commits; an exception rolls all of it back."""


def _nothing(connection: sqlite3.Connection, commit: Commit) -> None:
    return None


class Database:
    """The database file at `path`, opened when first used; `guard` may refuse or complete a commit."""

    def __init__(self, path: Path, guard: Guard = _nothing) -> None:
        self.path = path
        self._guard = guard
        self._connections: dict[int, sqlite3.Connection] = {}
        self._codec = Codec()
        self._writers: set[int] = set()
        """Threads that are inside `writing`."""

    def load(self) -> State:
        """The newest state, read whole."""
        return self._reading(self._load)

    def fresh(self, state: State) -> State:
        """The newest state; `state` itself when nothing was committed since, at the cost of one query."""
        if self.query("SELECT max(n) FROM revision")[0][0] in {state.revision, None}:
            return state
        return self._reading(lambda connection: self._since(connection, state))

    @contextlib.contextmanager
    def transaction(self, command: str, now_ns: int, known: State | None = None) -> Iterator[Tx]:
        """A write transaction; on normal exit the difference is committed as a new revision, else nothing is.

        `now_ns` is the revision's time, nanoseconds since the epoch, UTC. `known` is a state read before, which saves
        reading all. No revision is made when nothing changed. Transactions of one thread do not nest.
        """
        with self.writing() as connection:
            before = self._since(connection, known or State())
            tx = Tx(before)
            yield tx
            after = self._commit(connection, before, tx.state, command, now_ns)
        tx.state = after

    def _commit(self, connection: sqlite3.Connection, before: State, after: State, command: str, now_ns: int) -> State:
        edits = difference(before, after)
        if not edits:
            return before
        commit = Commit(before.revision + 1, before, after, edits)
        with self.translated():
            self._write(connection, commit, command, now_ns)
        self._guard(connection, commit)
        return replace(after, revision=commit.revision)

    @contextlib.contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """The write lock: a bare transaction over the tables, rolled back by an exception.

        `durable` forces this commit, and with it all earlier ones, to the disk.
        """
        thread = threading.get_ident()
        if thread in self._writers:
            raise AssertionError("transactions of one thread do not nest")
        connection = self._idle()
        self._writers.add(thread)
        try:
            with self.translated():
                connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                _patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
            yield connection
            with self.translated():
                connection.execute("COMMIT")
        finally:
            self._writers.discard(thread)
            _roll_back(connection)

    def query(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one reading statement."""
        connection = self._idle()
        with self.translated():
            return _patiently(lambda: connection.execute(sql, arguments).fetchall())

    def meta(self, key: str) -> str:
        """A small fact, empty when it was never set."""
        rows = self.query("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else ""

    def snapshot(self, sql: str, arguments: Sequence[Any] = ()) -> tuple[State, list[tuple[Any, ...]]]:
        """The newest state and the rows of one statement, both of the same moment."""
        return self._reading(lambda c: (self._load(c), c.execute(sql, arguments).fetchall()))

    def value(self, kind: str, key: str, text: str | None) -> Any:
        """The value that a row's JSON spells."""
        return self._codec.decode(kind, key, text)

    def close(self) -> None:
        """Closes the connections of all threads; the next use opens anew."""
        while self._connections:
            self._connections.popitem()[1].close()

    def destroy(self) -> None:
        """Deletes the file, whatever state it is in; the next use makes a new, empty one."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _load(self, connection: sqlite3.Connection) -> State:
        self._codec.learn(connection)
        rows = connection.execute("SELECT kind, key, value FROM entry")
        return from_mappings(_newest(connection), self._codec.rows(rows))

    def _since(self, connection: sqlite3.Connection, state: State) -> State:
        newest = _newest(connection)
        if newest == state.revision:
            return state
        oldest = connection.execute("SELECT min(n) FROM revision").fetchone()[0] or 0
        if not state.revision or not oldest <= state.revision < newest:
            return self._load(connection)
        rows = connection.execute(
            "SELECT kind, key, new FROM change WHERE revision > ? ORDER BY revision", (state.revision,)
        )
        self._codec.learn(connection)
        decode = self._codec.decode
        edits = (Edit(kind, key, None, decode(kind, key, new)) for kind, key, new in rows if kind in KINDS)
        return edited(state, newest, edits)

    def _write(self, connection: sqlite3.Connection, commit: Commit, command: str, now_ns: int) -> None:
        text = command.encode("utf-8", "backslashreplace").decode()
        connection.execute("INSERT INTO revision (n, time, command) VALUES (?, ?, ?)", (commit.revision, now_ns, text))
        for edit in commit.edits:
            old = self._codec.encode(edit.kind, edit.old, connection)
            new = self._codec.encode(edit.kind, edit.new, connection)
            row = (commit.revision, edit.kind, edit.key, old, new)
            connection.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?)", row)
            if new is None:
                connection.execute("DELETE FROM entry WHERE kind = ? AND key = ?", (edit.kind, edit.key))
            else:
                connection.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?)", (edit.kind, edit.key, new))

    def _reading(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `read` over one moment's rows."""
        connection = self._idle()
        if connection.in_transaction:
            return read(connection)

        def attempt() -> T:
            try:
                connection.execute("BEGIN")
                return read(connection)
            finally:
                _roll_back(connection)

        with self.translated():
            return _patiently(attempt)

    def _idle(self) -> sqlite3.Connection:
        """This thread's connection, in no transaction but that of `writing`."""
        connection = self._connection()
        if threading.get_ident() not in self._writers:
            # An interrupt can strike anywhere, and so leave a transaction open that nobody ends.
            _roll_back(connection)
        return connection

    def _connection(self) -> sqlite3.Connection:
        thread = threading.get_ident()
        connection = self._connections.get(thread)
        if connection is None:
            with self.translated():
                connection = self._connections[thread] = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        import sqlite3

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DockError(f"mkdir {self.path.parent}: {(error.strerror or str(error)).lower()}") from error
        connection = sqlite3.connect(
            self.path, timeout=_WAIT_MS / 1000, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            _patiently(lambda: connection.execute("PRAGMA journal_mode=WAL"))
            connection.execute("PRAGMA synchronous=NORMAL")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        def version() -> int:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

        found = _patiently(version)
        if found == 0:
            _patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
            if version() == 0:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={SCHEMA}")
            connection.execute("COMMIT")
        elif found > SCHEMA:
            raise DockError(f"store {self.path}: made by a newer version of dockkernel")

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turns what SQLite raises into one line."""
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> DockError:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code == _FULL:
            return DockError(f"write {self.path}: no space left on device")
        if code in {_BUSY, _LOCKED}:
            return DockError(f"store {self.path}: another process holds its lock")
        if code in {_READONLY, _CANTOPEN}:
            return DockError(f"open {self.path}: permission denied")
        return IntegrityError(f"store {self.path} is damaged: {error}", hint="dockkernel reset empties it")


def _roll_back(connection: sqlite3.Connection) -> None:
    # SQLite may have done so itself, as it does when the disk is full.
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT max(n) FROM revision").fetchone()[0] or 0)


def _patiently(action: Callable[[], T]) -> T:
    """The result of `action`, tried again while another process holds the lock."""
    import sqlite3

    for attempt in range(_TRIES):
        try:
            return action()
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode or 0) & 0xFF not in {_BUSY, _LOCKED} or attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")
