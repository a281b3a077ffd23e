"""What a container sees that is no part of its image: `/dev`, `/proc`, `/sys` and three files in `/etc`.

They are put into the tree before a process runs and taken out after it, so that nothing under them reaches a layer
(RULES section 7; runc mounts them). `graft` and `prune` are inverses: `prune(graft(t, b), graft(t, b), t, b) is t`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dockkernel.fs.node import Content, Device, Dir, File, Inline, Meta, Node, Symlink
from dockkernel.fs.tree import Tree, split

READ_ONLY = ("/proc", "/sys")


def device_bytes(node: Device, count: int) -> bytes:
    """What reading `count` bytes from a character device gives; an unknown device gives none."""
    match node.major, node.minor:
        case (1, 5) | (1, 7):
            return bytes(count)
        case (1, 8) | (1, 9):
            return os.urandom(count)
    return b""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is put in beside the tree: for a container, or for a step of a build (`sandbox`)."""

    hostname: str
    mounts: tuple[str, ...] = ()
    """Mount points in the tree."""
    read_only: frozenset[str] = frozenset()
    """Those of them that refuse writes."""
    capacities: Mapping[str, int] = field(default_factory=dict)
    sandbox: bool = False
    now_ns: int = 0
    """The time of a root directory that has none: no layer keeps it."""
    hosts: tuple[tuple[str, str], ...] = ()
    """Further names and addresses."""

    @property
    def busy(self) -> frozenset[str]:
        """Names that are mount points."""
        etc = (f"/etc/{name}" for name in self.etc)
        return frozenset(
            {*(f"/dev/{name}" for name in ("shm", "pts", "mqueue")), "/dev", *READ_ONLY, *etc, *self.mounts}
        )

    @property
    def etc(self) -> dict[str, Node]:
        """The files in `/etc`."""
        if self.sandbox:
            # Its own mounts come after these files.
            return {} if "/etc" in self.mounts else _sandbox_etc(self.hostname, self.hosts)
        return _etc(self.hostname, self.hosts)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of what stands in the root."""
        return ("dev", "proc", "sys") if self.sandbox else ("dev", "proc", "sys", ".dockerenv")

    @property
    def top(self) -> dict[str, Node]:
        """What stands in the root."""
        found: dict[str, Node] = {"dev": _DEV, "proc": _proc(self.hostname, mount_table(self)), "sys": _SYS}
        return found if self.sandbox else {**found, ".dockerenv": _file(b"", 0o755)}

    @property
    def covered(self) -> list[str]:
        """Mount points in directories that are covered by what is put in."""
        return [path for path in self.mounts if split(path)[:1] and split(path)[0] in ("dev", "proc", "sys")]


def graft(tree: Tree, beside: Beside) -> Tree:
    """The tree as the process sees it."""
    root = tree.root
    children = {**root.children, **beside.top}
    etc = root.children.get("etc", Dir(Meta(0o755)))
    if isinstance(etc, Dir):
        children["etc"] = Dir(etc.meta, {**etc.children, **beside.etc}, etc.made, merged=True)
    meta = root.meta if root.meta.mtime_ns else replace(root.meta, mtime_ns=beside.now_ns)
    return _carried(tree, Tree(Dir(meta, children, root.made, merged=True)), beside)


def prune(after: Tree, before: Tree, original: Tree, beside: Beside) -> Tree:
    """The tree without what `graft` put in: `before` is what it gave for `original`, `after` what became of it."""
    if after.root is before.root:
        return original
    children = _without(after.root.children, original.root.children, beside.names)
    if "etc" in children and isinstance(before.root.children.get("etc"), Dir):
        files = tuple(beside.etc)
        etc = _etc_after(children["etc"], before.root.children["etc"], original.root.children.get("etc"), files)
        if etc is None:
            del children["etc"]
        else:
            children["etc"] = etc
    old = original.root
    meta = old.meta if after.root.meta == before.root.meta else after.root.meta
    if meta == old.meta and _same(children, old.children):
        pruned = original
    else:
        pruned = Tree(Dir(meta, children, after.root.made))
    return _carried(after, pruned, beside)


def _carried(source: Tree, tree: Tree, beside: Beside) -> Tree:
    """`tree` with what `source` has at covered mount points."""
    for path in beside.covered:
        node = source.get(path)
        if node is not None and tree.get(path) is not node:
            tree = tree.with_node(path, node)
    return tree


def _etc_after(etc: Node, before: Node, original: Node | None, files: tuple[str, ...]) -> Node | None:
    if etc is before:
        return original
    if not isinstance(etc, Dir):
        return etc
    if not isinstance(original, Dir):
        return Dir(etc.meta, _without(etc.children, {}, files), etc.made)
    children = _without(etc.children, original.children, files)
    if etc.meta == original.meta and etc.made is original.made and _same(children, original.children):
        return original
    return Dir(etc.meta, children, etc.made)


def _without(now: Mapping[str, Node], old: Mapping[str, Node], names: tuple[str, ...]) -> dict[str, Node]:
    """The children with those names as they were."""
    children = {name: child for name, child in now.items() if name not in names}
    children.update((name, old[name]) for name in names if name in old)
    return children


def _same(one: Mapping[str, Node], other: Mapping[str, Node]) -> bool:
    return len(one) == len(other) and all(other.get(name) is child for name, child in one.items())


def _file(data: bytes | Content, mode: int = 0o644) -> File:
    return File(Meta(mode), Inline(data) if isinstance(data, bytes) else data)


def _char(major: int, minor: int, mode: int = 0o666) -> Device:
    return Device(Meta(mode), "char", major, minor)


_DEV = Dir(
    Meta(0o755),
    {
        "console": _char(136, 0, 0o620),
        "core": Symlink(Meta(0o777), "/proc/kcore"),
        "fd": Symlink(Meta(0o777), "/proc/self/fd"),
        "full": _char(1, 7),
        "mqueue": Dir(Meta(0o1777)),
        "null": _char(1, 3),
        "ptmx": Symlink(Meta(0o777), "pts/ptmx"),
        "pts": Dir(Meta(0o755), {"ptmx": _char(5, 2)}),
        "random": _char(1, 8),
        "shm": Dir(Meta(0o1777)),
        "stderr": Symlink(Meta(0o777), "/proc/self/fd/2"),
        "stdin": Symlink(Meta(0o777), "/proc/self/fd/0"),
        "stdout": Symlink(Meta(0o777), "/proc/self/fd/1"),
        "tty": _char(5, 0),
        "urandom": _char(1, 9),
        "zero": _char(1, 5),
    },
)
_SYS = Dir(Meta(0o555), {name: Dir(Meta(0o755)) for name in ("block", "class", "devices", "fs", "kernel")})

_RESOLV = b"nameserver 127.0.0.11\noptions ndots:0\n"
VERSION = "6.1.0-dockkernel"
"""The kernel release that `uname -r` tells: there is no kernel."""


def mount_table(beside: Beside) -> str:
    """The text of `/proc/mounts`."""
    lines = {
        "/": "overlay / overlay rw,relatime 0 0",
        "/proc": "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0",
        "/dev": "tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0",
        "/dev/pts": "devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 0 0",
        "/sys": "sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0",
        "/dev/mqueue": "mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime 0 0",
        "/dev/shm": "shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0",
    }
    for path in (*beside.mounts, *(f"/etc/{name}" for name in beside.etc)):
        size = beside.capacities.get(path)
        flag = "ro" if path in beside.read_only else "rw"
        kind = f"/dev/root {path} ext4 {flag}" if size is None else f"tmpfs {path} tmpfs {flag},nosuid"
        lines[path] = f"{kind},relatime{'' if size is None else f',size={size // 1024}k'} 0 0"
    return "".join(line + "\n" for line in lines.values())


def _proc(hostname: str, mounts: str) -> Dir:
    texts = {
        "cmdline": "BOOT_IMAGE=dockkernel\n",
        "cpuinfo": "processor\t: 0\nmodel name\t: virtual\n\n",
        "filesystems": "nodev\toverlay\nnodev\ttmpfs\nnodev\tproc\n",
        "loadavg": "0.00 0.00 0.00 1/1 1\n",
        "meminfo": "MemTotal:        2097152 kB\nMemFree:         1048576 kB\nMemAvailable:    1572864 kB\n",
        "mounts": mounts,
        "uptime": "0.00 0.00\n",
        "version": f"Linux version {VERSION}\n",
    }
    sysctl = Dir(
        Meta(0o555), {"hostname": _file((hostname + "\n").encode()), "osrelease": _file(f"{VERSION}\n".encode())}
    )
    own: dict[str, Node] = {
        "cmdline": _file(b"sh\0", 0o444),
        "fd": Dir(Meta(0o500)),
        "mounts": _file(mounts.encode(), 0o444),
    }
    children: dict[str, Node] = {name: _file(text.encode(), 0o444) for name, text in texts.items()}
    children["1"] = Dir(Meta(0o555), own)
    children["self"] = Symlink(Meta(0o777), "1")
    children["sys"] = Dir(Meta(0o555), {"kernel": Dir(Meta(0o555), dict(sysctl.children))})
    return Dir(Meta(0o555), children)


def _etc(hostname: str, further: tuple[tuple[str, str], ...]) -> dict[str, Node]:
    hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    hosts += _lines(further)
    hosts += f"172.17.0.2\t{hostname}\n" if hostname else ""
    return {
        "hosts": _file(hosts.encode()),
        "hostname": _file((hostname + "\n").encode()),
        "resolv.conf": _file(_RESOLV),
    }


def _sandbox_etc(hostname: str, further: tuple[tuple[str, str], ...]) -> dict[str, Node]:
    hosts = f"127.0.0.1\tlocalhost {hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    return {"hosts": _file((hosts + _lines(further)).encode()), "resolv.conf": _file(_RESOLV)}


def _lines(hosts: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"{address}\t{name}\n" for name, address in hosts)
