"""Build contexts written down as JSON: path → text, or an object for what is more than a text file."""

from __future__ import annotations

import base64
import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_context(root: Path, files: Mapping[str, Any]) -> None:
    """Writes the files; `{"link": …}`, `{"tar": {name: text}, "gzip": true}`, `{"text": …, "mode": "755"}`, …"""
    for name, what in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, dict) and "link" in what:
            path.symlink_to(what["link"])
            continue
        path.unlink(missing_ok=True)
        path.write_bytes(_content(what))
        path.chmod(int(what["mode"], 8) if isinstance(what, dict) and "mode" in what else 0o644)
    for folder in [root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())]:
        # What a checkout or the umask made of it does not count.
        folder.chmod(0o755)


def _content(what: str | Mapping[str, Any]) -> bytes:
    if isinstance(what, str):
        return what.encode()
    if "base64" in what:
        return base64.b64decode(what["base64"])
    if "tar" in what:
        data = _tar(what["tar"])
        return gzip.compress(data, mtime=0) if what.get("gzip") else data
    if "gzip" in what:
        return gzip.compress(what["gzip"].encode(), mtime=0)
    return str(what["text"]).encode()


def _tar(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def touch(path: Path) -> None:
    """Gives a file another time."""
    os.utime(path, ns=(1, 1))
