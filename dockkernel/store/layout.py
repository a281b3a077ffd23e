"""Blobs on disk as an OCI image layout (OCI image spec, image-layout.md).

::

    ROOT/oci-layout          the version of the layout
    ROOT/index.json          the tagged images, for skopeo, umoci and other readers
    ROOT/blobs/ALGORITHM/HEX the blobs
    ROOT/tmp/                files that are being written, and holds

A file is written under `tmp/` and renamed into its place, so a reader sees whole files only, whenever a writer is
killed. Nothing is forced to the disk: see docs/decisions-B.txt for what a power cut may cost.

A hold file lists blobs that a running command has put or found and is about to name. The entry is made before the
blob is put in its place or looked for, and `discard` reads hold files after it has taken a blob away, so that one of
the two always sees the other.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dockkernel.errors import BlobNotFound, DockError, IntegrityError
from dockkernel.oci.digest import Digest
from dockkernel.store.hashing import BackgroundHash
from dockkernel.store.verify import verified

if TYPE_CHECKING:
    from dockkernel.oci.descriptor import Descriptor

LAYOUT_FILE = b'{"imageLayoutVersion":"1.0.0"}'
_PIECE = 1 << 17
"""Bytes copied at a time: such pieces stay in the allocator's heap, while each larger one is memory that the system
clears anew, which takes as long as hashing it.
"""
_HOLE = 1 << 16
"""Bytes: a run of zeros of this length becomes a hole."""
_ZEROS = bytes(_HOLE)
_HEX = {"sha256": re.compile("[0-9a-f]{64}"), "sha512": re.compile("[0-9a-f]{128}")}
_HOLD = "hold-"
_counter = itertools.count()


def _unrecorded(digest: Digest) -> int | None:
    return None


def disk_error(error: OSError, path: Path, action: str = "write") -> DockError:
    """What went wrong with a file of the store, in one line: `write …: no space left on device`."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return DockError(f"{action} {path}: {reason[:1].lower()}{reason[1:]}")


class LayoutStore:
    """A `BlobStore` and `BlobSweeper` over the layout in `root`, which is made when first written to.

    `recorded` gives the size in bytes that a blob had when it was last known whole, or None; a file of another size
    is damaged. Several processes and threads may use one layout at once.
    """

    def __init__(self, root: Path, recorded: Callable[[Digest], int | None] = _unrecorded) -> None:
        self.root = root
        self._folders = {algorithm: root / "blobs" / algorithm for algorithm in _HEX}
        self._recorded = recorded
        self._holds: dict[int, tuple[Path, set[Digest]]] = {}
        """The hold file of each thread and what is in it."""

    def path(self, digest: Digest) -> Path:
        """Where the blob is or would be."""
        return self._folders[digest.algorithm] / digest.hex

    def open(self, digest: Digest) -> BinaryIO:
        """A seekable stream, checked while it is read in one go from its start to its end.

        `BlobNotFound` when it is not here, `IntegrityError` here or at the last byte when it is damaged.
        """
        raw = self.open_raw(digest)
        return verified(raw, digest, os.fstat(raw.fileno()).st_size)

    def open_raw(self, digest: Digest) -> BinaryIO:
        """A seekable stream for reading slices: its size is checked now, its bytes are not hashed."""
        path = self.path(digest)
        try:
            stream = path.open("rb")
        except FileNotFoundError as error:
            raise BlobNotFound(f"blob {digest} not found") from error
        except OSError as error:
            raise disk_error(error, path, "read") from error
        size, expected = os.fstat(stream.fileno()).st_size, self._recorded(digest)
        if expected is not None and size != expected:
            stream.close()
            raise IntegrityError(f"blob {digest} is damaged: {expected} bytes expected, {size} found")
        return stream

    def size(self, digest: Digest) -> int | None:
        """Bytes, or None when it is not here or not as long as it was recorded: putting it again mends it."""
        try:
            size = self.path(digest).stat().st_size
        except OSError:
            return None
        expected = self._recorded(digest)
        return size if expected is None or size == expected else None

    def hold(self, digest: Digest) -> bool:
        """True when the blob is here, and then `discard` leaves it until `release`, as it does one that was put."""
        self._mark(digest)
        return self.size(digest) is not None

    def release(self) -> None:
        """Ends what this thread, and threads that have ended, hold by `put` and `hold`: their command is over."""
        alive = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}
        for thread in set(self._holds) - alive:
            path, _ = self._holds.pop(thread)
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _mark(self, digest: Digest) -> None:
        """Enters the digest in this thread's hold file, which is as old as its last entry."""
        path, held = self._holds.get(threading.get_ident()) or (None, set[Digest]())
        held.add(digest)
        if path is None or not _append(path, f"{digest}\n"):
            # There is none yet, or somebody took it for a dead process's.
            stream, path = self._create(_HOLD)
            stream.close()
            self._holds[threading.get_ident()] = path, held
            _append(path, "".join(f"{one}\n" for one in held))

    def _held(self, since_ns: int) -> set[Digest]:
        """The blobs that are in hold files younger than that time of the file system."""
        held: set[Digest] = set()
        with os.scandir(self.root / "tmp") as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.name.startswith(_HOLD) and entry.stat().st_mtime_ns > since_ns:
                        held.update(map(Digest.parse, Path(entry.path).read_text().split()))
        return held

    def put(self, data: BinaryIO, expect: Digest | None = None) -> tuple[Digest, int]:
        """Stores what is left in `data`, holes for long runs of zeros; gives its digest and size in bytes.

        `IntegrityError` when `expect` is given and differs; `DockError` when the disk is full. A file that is there
        already is replaced by the same bytes, which mends it when it was damaged.
        """
        algorithm = expect.algorithm if expect else "sha256"
        with self._temporary() as (stream, temporary):
            digest, size = _copy(data, stream, algorithm, temporary)
            if expect is not None and digest != expect:
                raise IntegrityError(f"blob {expect} is damaged: the content received is {digest}")
            stream.close()
            self._mark(digest)
            self._rename(temporary, self.path(digest), size)
        return digest, size

    @contextlib.contextmanager
    def spool(self, data: BinaryIO) -> Iterator[Callable[[], BinaryIO]]:
        """What is left in `data` in a file that is no blob and is gone afterwards; gives what opens it from its start.

        `DockError` when the disk is full.
        """
        with self._temporary() as (stream, temporary):
            _copy(data, stream, "sha256", temporary)
            stream.close()
            yield lambda: temporary.open("rb")

    def _rename(self, temporary: Path, target: Path, size: int) -> None:
        try:
            try:
                temporary.replace(target)
            except FileNotFoundError:
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(target)
        except PermissionError as error:
            # Windows refuses to replace a file that somebody reads; a whole one there is just as good.
            if not target.exists() or target.stat().st_size != size:
                raise disk_error(error, target) from error
        except OSError as error:
            raise disk_error(error, target) from error

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[tuple[BinaryIO, Path]]:
        """A new file under `tmp/` that is gone afterwards unless it was renamed."""
        stream, path = self._create()
        try:
            yield stream, path
        finally:
            with contextlib.suppress(OSError):
                stream.close()
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _create(self, prefix: str = "") -> tuple[BinaryIO, Path]:
        while True:
            path = self.root / "tmp" / f"{prefix}{os.getpid()}-{threading.get_ident()}-{next(_counter)}"
            try:
                return path.open("xb"), path
            except FileExistsError:
                continue
            except FileNotFoundError:
                self.prepare()
            except OSError as error:
                raise disk_error(error, path) from error

    def prepare(self) -> None:
        """Makes the directories and the `oci-layout` file where they are missing; `DockError` when it cannot."""
        try:
            (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
            (self.root / "tmp").mkdir(exist_ok=True)
        except OSError as error:
            raise disk_error(error, self.root, "mkdir") from error
        if not (self.root / "oci-layout").exists():
            self._write(self.root / "oci-layout", LAYOUT_FILE)

    def list(self) -> Iterator[Digest]:
        """Every blob that is here, in no order; files whose name is no digest are passed over."""
        for algorithm, pattern in _HEX.items():
            try:
                names = [path.name for path in self._folders[algorithm].iterdir()]
            except FileNotFoundError:
                continue
            yield from (Digest(algorithm, name) for name in names if pattern.fullmatch(name))

    def delete(self, digest: Digest) -> None:
        """Removes the blob; no error when it is not here or, on Windows, while somebody reads it."""
        with contextlib.suppress(FileNotFoundError, PermissionError):
            self.path(digest).unlink()

    def discard(self, digests: Iterable[Digest], held_since_ns: int) -> tuple[Digest, ...]:
        """Deletes those of `digests` that nobody holds with a hold younger than that time; gives what is gone now.

        On Windows a blob that somebody reads stays.
        """
        taken: dict[Digest, Path] = {}
        for digest in digests:
            aside = self.root / "tmp" / f"gone-{digest.algorithm}-{digest.hex}"
            with contextlib.suppress(PermissionError):
                with contextlib.suppress(FileNotFoundError):
                    self.path(digest).replace(aside)
                taken[digest] = aside
        held = self._held(held_since_ns)
        for digest, aside in taken.items():
            with contextlib.suppress(FileNotFoundError, PermissionError):
                if digest in held:
                    aside.replace(self.path(digest))
                else:
                    aside.unlink()
        return tuple(digest for digest in taken if digest not in held)

    def disk_bytes(self, digest: Digest) -> int:
        """Bytes that the blob takes on the disk, without its holes where the platform tells; 0 when it is not here."""
        try:
            found = self.path(digest).stat()
        except OSError:
            return 0
        blocks: int | None = getattr(found, "st_blocks", None)
        return found.st_size if blocks is None else blocks * 512

    def put_time_ns(self, digest: Digest) -> int:
        """When the blob was last put, nanoseconds of the file system's clock; 0 when it is not here."""
        try:
            return self.path(digest).stat().st_mtime_ns
        except OSError:
            return 0

    def now_ns(self) -> int:
        """The file system's time, nanoseconds since the epoch, UTC: what `put_time_ns` is to be compared with."""
        path = self.root / "tmp"
        try:
            if not path.exists():
                self.prepare()
            os.utime(path)
            return path.stat().st_mtime_ns
        except OSError as error:
            raise disk_error(error, path) from error

    def sweep_temporary(self, older_than_ns: int) -> None:
        """Removes what killed processes left, files and holds: what was last written before that time."""
        try:
            with os.scandir(self.root / "tmp") as entries:
                old = [entry.path for entry in entries if entry.stat().st_mtime_ns < older_than_ns]
        except FileNotFoundError:
            return
        for path in old:
            with contextlib.suppress(OSError):
                Path(path).unlink()

    def write_index(self, entries: Iterable[Descriptor]) -> str:
        """Replaces `index.json` in one step by an index of `entries`; gives its `index_stamp`."""
        from dockkernel.oci.manifest import Index

        self._write(self.root / "index.json", Index.build(entries).raw)
        return self.index_stamp()

    def index_stamp(self) -> str:
        """What tells the present `index.json` from any other that was there; empty when there is none."""
        try:
            found = (self.root / "index.json").stat()
        except OSError:
            return ""
        return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"

    def _write(self, target: Path, content: bytes) -> None:
        with self._temporary() as (stream, temporary):
            try:
                stream.write(content)
                stream.close()
            except OSError as error:
                raise disk_error(error, temporary) from error
            self._rename(temporary, target, len(content))


def _append(path: Path, text: str) -> bool:
    """Adds `text` to the file in one write; False when it is not there."""
    try:
        with path.open("r+b", buffering=0) as stream:
            stream.seek(0, os.SEEK_END)
            stream.write(text.encode())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise disk_error(error, path) from error
    return True


def _copy(data: BinaryIO, stream: BinaryIO, algorithm: str, path: Path) -> tuple[Digest, int]:
    """Copies `data` to the file `stream`, leaving holes; gives digest and size in bytes of all."""
    size, hole = 0, False
    with BackgroundHash(algorithm) as hasher:
        while chunk := data.read(_PIECE):
            hasher.update(chunk)
            try:
                hole = _write_sparse(stream, chunk, size)
            except OSError as error:
                raise disk_error(error, path) from error
            size += len(chunk)
        try:
            if hole:
                stream.truncate(size)
            stream.flush()
        except OSError as error:
            raise disk_error(error, path) from error
        return Digest(algorithm, hasher.hexdigest()), size


def _write_sparse(stream: BinaryIO, chunk: bytes, offset: int) -> bool:
    """Writes `chunk` at `offset`, skipping runs of zeros; True when it ends in one, so that the length must be set."""
    start = 0
    for at in range(0, len(chunk), _HOLE):
        # The first byte decides for nearly every run that is none, before 64 KiB are copied and compared.
        if chunk[at] == 0 and chunk[at : at + _HOLE] == _ZEROS:
            _write_at(stream, chunk[start:at], offset + start)
            start = at + _HOLE
    _write_at(stream, chunk[start:], offset + start)
    return start >= len(chunk)


def _write_at(stream: BinaryIO, data: bytes, offset: int) -> None:
    if data:
        stream.seek(offset)
        stream.write(data)
