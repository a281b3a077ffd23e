"""`docker image save` and `docker image load`."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import BinaryIO

from dockkernel.commands import pictures
from dockkernel.commands.errors import ClientError
from dockkernel.commands.events import Progress
from dockkernel.commands.request_image import ImageLoad, ImageSave
from dockkernel.commands.session import Session
from dockkernel.engine import observe
from dockkernel.engine.loading import Loaded, load
from dockkernel.engine.saving import to_save
from dockkernel.errors import DockError
from dockkernel.fs.hostdir import write_whole
from dockkernel.image.archive import write_archive

_STEP = 512 << 10
"""Bytes of a layer between two updates of a live display."""
_REFUSED = (
    (stat.S_ISDIR, "cannot write to a directory"),
    (stat.S_ISLNK, "cannot write to a symbolic link directly"),
    (stat.S_ISFIFO, "cannot write to a named pipe (FIFO)"),
    (stat.S_ISSOCK, "cannot write to a socket"),
    (stat.S_ISCHR, "cannot write to a character device file"),
    (stat.S_ISBLK, "cannot write to a block device file"),
)


def image_save(session: Session, request: ImageSave) -> int:
    """`docker save`: an archive on standard output, or in a file that is there whole or not at all."""
    if not request.output and (session.stdout_tty or session.live):
        raise ClientError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    if not request.output:
        write_archive(to_save(session.engine, request.images), _Standard(session))
        return 0
    path = session.cwd / request.output
    _check_output(path, request.output)
    savings = to_save(session.engine, request.images)
    try:
        write_whole(path, lambda out: write_archive(savings, out), mode=0o600)
    except OSError as error:
        raise ClientError(f"failed to save image: open {request.output}: {_reason(error)}") from error
    return 0


class _Standard:
    """Standard output as what an archive is written to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, data: bytes, /) -> object:
        """Writes all of it."""
        self._session.out(data)
        return None


def _check_output(path: Path, typed: str) -> None:
    """The client's own look at the destination, before the engine is asked."""
    folder = str(Path(typed).parent)
    try:
        if not path.parent.is_dir():
            path.parent.stat()
            raise ClientError(f"failed to save image: invalid output path: stat {folder}: not a directory")
    except OSError as error:
        problem = f"invalid output path: stat {folder}: {_reason(error)}"
        raise ClientError(f"failed to save image: {problem}") from error
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        problem = f"failed to stat output path: lstat {typed}: {_reason(error)}"
        raise ClientError(f"failed to save image: {problem}") from error
    for is_such, words in _REFUSED:
        if is_such(mode):
            raise ClientError(f"failed to save image: {words}")


def image_load(session: Session, request: ImageLoad) -> int:
    """`docker load`: prints the tags, or the ids of images without any."""
    try:
        loaded = _loaded(session, request)
    except ClientError:
        raise
    except DockError as error:
        # The daemon has begun to answer when it finds out; its client prints what it said as it is.
        raise ClientError(error.message, hint=error.hint) from error
    session.out("".join(f"{line}\n" for line in loaded.lines))
    ids = list(dict.fromkeys(loaded.image_ids))
    if ids:
        pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, ids)))
    return 0


def _loaded(session: Session, request: ImageLoad) -> Loaded:
    tell = _Telling(session, quiet=request.quiet)
    if not request.input:
        if session.stdin_tty:
            raise ClientError("requested load from stdin, but stdin is empty")
        return load(session.engine, session.stdin or _nothing(), None, tell)
    path = session.cwd / request.input
    if path.is_dir():
        raise ClientError(f"read {request.input}: is a directory")
    try:
        source = path.open("rb")
    except OSError as error:
        raise ClientError(f"open {request.input}: {_reason(error)}") from error
    with source:
        return load(session.engine, source, (lambda: path.open("rb")) if path.is_file() else None, tell)


def _nothing() -> BinaryIO:
    from io import BytesIO

    return BytesIO()


class _Telling:
    """Shows the layers as they are read, where the display is live."""

    def __init__(self, session: Session, *, quiet: bool) -> None:
        self._session = session
        self._quiet = quiet or not session.live
        self._shown: dict[str, int] = {}

    def __call__(self, layer: str, seen: int, total: int) -> None:
        if self._quiet or (seen < total and seen - self._shown.get(layer, -_STEP) < _STEP):
            return
        self._shown[layer] = seen
        self._session.emit(Progress(layer, "Loading layer", seen, total))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
