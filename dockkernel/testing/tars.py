"""Layer archives for tests, written by the standard library and not by what is tested: `tar_of(["file", "a", "1"])`."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

Entry = Sequence[Any]
"""`["dir", "d/"]`, `["file", name, text or bytes]`, `["symlink", name, target]`, `["hardlink", name, target]`,
`["chardev", name, [major, minor]]`, `["blockdev", …]`, `["fifo", name]`; a mapping at the end sets `TarInfo` fields."""

_KINDS = {
    "dir": tarfile.DIRTYPE,
    "file": tarfile.REGTYPE,
    "symlink": tarfile.SYMTYPE,
    "hardlink": tarfile.LNKTYPE,
    "chardev": tarfile.CHRTYPE,
    "blockdev": tarfile.BLKTYPE,
    "fifo": tarfile.FIFOTYPE,
}


def tar_of(*entries: Entry) -> bytes:
    """The archive, its entries in this order, names exactly as given."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            info, data = member(entry)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(entry: Entry) -> tuple[tarfile.TarInfo, bytes]:
    """One entry as the standard library has it, and its data."""
    kind, name, *rest = entry
    fields = rest.pop() if rest and isinstance(rest[-1], dict) else {}
    info = tarfile.TarInfo(name)
    info.type = _KINDS[kind]
    info.mode = 0o755 if kind == "dir" else 0o644
    data = b""
    if kind == "file":
        data = rest[0].encode() if isinstance(rest[0], str) else rest[0]
        info.size = len(data)
    elif kind in ("symlink", "hardlink"):
        info.linkname = rest[0]
    elif kind in ("chardev", "blockdev"):
        info.devmajor, info.devminor = rest[0]
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def blob(data: bytes) -> Callable[[], BinaryIO]:
    """What `index_layer` reads from."""
    return lambda: io.BytesIO(data)
