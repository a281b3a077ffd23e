"""What of a RUN's mounts decides whether it ran before: what is mounted, by content, and how, but not its name.

As in BuildKit's solver: a file system that is mounted whole counts by its name (chain ID), a part of one and whatever
the client sends by content. Under which name a stage or a path in it was found does not count, nor do a cache's own id
and sharing where both are not the usual ones, nor the addresses of `--add-host`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import replace

from dockkernel.build.buildkit.mountsources import selected
from dockkernel.build.buildkit.ops import ExecOp, MountOp
from dockkernel.build.buildkit.result import Result
from dockkernel.build.checksum import ContentDigests, source_digest
from dockkernel.errors import InvalidInput


def definition(op: ExecOp) -> ExecOp:
    """The operation with what decides: equal ones do the same to equal file systems."""
    hosts = tuple((name, "") for name, _ in op.hosts)
    return replace(op, hidden_env=(), hosts=hosts, mounts=tuple(map(_defined, op.mounts)))


def _defined(op: MountOp) -> MountOp:
    mount = op.mount
    if mount.type == "secret":
        return op
    usual = mount.id in ("", posixpath.normpath(mount.target)) and mount.sharing in ("", "shared")
    kept = "" if usual else "own"
    return replace(op, mount=replace(mount, source="", from_="", id=kept, sharing=""))


def mount_keys(op: ExecOp, sources: Sequence[Result], contents: ContentDigests) -> list[str]:
    """What mounts bring; `InvalidInput` in BuildKit's words when it is not there.

    `sources[i - 1]` is what a mount with input i takes from.
    """
    return [
        _key(sources[one.input - 1], posixpath.normpath(posixpath.join("/", one.mount.source)), contents)
        for one in op.mounts
        if one.input is not None
    ]


def _key(source: Result, path: str, contents: ContentDigests) -> str:
    if path == "/" and (source.chain_id or source.name):
        return source.chain_id or source.name
    node = selected(source.tree(), path)
    if node is None:
        raise InvalidInput(f'"{path}": not found')
    return source_digest("", node, contents)
