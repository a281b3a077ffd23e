"""Package databases of the teaching images: what `dpkg` and `apk` keep of the packages that are installed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_ABOUT = "stand-in for the package {name} in a dockkernel teaching image"


def dpkg_entries(listed: str) -> str:
    """Stanzas of `/var/lib/dpkg/status` for lines `NAME VERSION` (Debian policy, "Control files")."""
    return "".join(
        f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: misc\n"
        f"Installed-Size: {_kilobytes(name)}\nMaintainer: dockkernel teaching images\nArchitecture: amd64\n"
        f"Version: {version}\nDescription: {_ABOUT.format(name=name)}\n\n"
        for name, version in _pairs(listed)
    )


def apk_entries(listed: str) -> str:
    """Entries of `/lib/apk/db/installed` for lines `NAME VERSION`."""
    return "".join(
        f"P:{name}\nV:{version}\nA:x86_64\nS:{_kilobytes(name) * 400}\nI:{_kilobytes(name) * 1024}\n"
        f"T:{_ABOUT.format(name=name)}\nL:various\no:{name}\nm:dockkernel teaching images\n\n"
        for name, version in _pairs(listed)
    )


def _pairs(listed: str) -> Iterator[tuple[str, str]]:
    for line in listed.splitlines():
        name, _, version = line.strip().partition(" ")
        if name:
            yield name, version


def _kilobytes(name: str) -> int:
    return 20 + zlib.crc32(name.encode()) % 1500
