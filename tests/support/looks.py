"""How tests write down what is in a layer."""

from __future__ import annotations

from dockkernel.fs.change import Change
from dockkernel.fs.node import Device, Dir, File, Symlink
from dockkernel.testing.trees import data


def entry(change: Change) -> str:
    """`d 755 0:0 srv`, `f 644 0:0 srv/x "text"`: one change of a layer, times left out."""
    node = change.node
    if node is None:
        return f"- {change.path}"
    mark = "=" if change.kind.value == "opaque" else ""
    meta = f"{node.meta.mode:o} {node.meta.uid}:{node.meta.gid} {change.path}"
    match node:
        case Dir():
            return f"d{mark} {meta}"
        case Symlink(target=target):
            return f"l {meta} -> {target}"
        case Device(kind=kind):
            return f"{kind} {meta}"
        case File(content=content, link=link):
            return f"{'h' if link else 'f'} {meta} {data(content)[:60].decode('utf-8', 'backslashreplace')!r}"
