"""Hashing beside writing: a long stream is hashed in a thread of its own while the caller writes it.

hashlib lets go of Python's lock while it works, so the two take about as long as the slower one alone.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from types import TracebackType

_ALONE = 4 << 20
"""Bytes that are hashed at once, before a thread is worth its start."""
_WAITING = 8
"""Chunks that may wait, so that memory stays bounded when hashing is the slower side."""


class BackgroundHash:
    """A hash of what `update` is given; used in a `with` block, `hexdigest` ends it."""

    def __init__(self, algorithm: str) -> None:
        self._hasher = hashlib.new(algorithm)
        self._size = 0
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None

    def __enter__(self) -> BackgroundHash:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()

    def update(self, chunk: bytes) -> None:
        """Adds `chunk`, which must not change afterwards."""
        self._size += len(chunk)
        if self._size <= _ALONE:
            self._hasher.update(chunk)
            return
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="dockkernel-hash", daemon=True)
            thread.start()
            self._thread = thread
        self._queue.put(chunk)

    def hexdigest(self) -> str:
        """The digest of all chunks as hexadecimal digits."""
        self._finish()
        return self._hasher.hexdigest()

    def _work(self) -> None:
        while (chunk := self._queue.get()) is not None:
            self._hasher.update(chunk)

    def _finish(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()
