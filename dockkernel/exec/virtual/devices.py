"""What a container sees that is no part of its image: `/dev`, `/proc`, `/sys` and three files in `/etc`.

They are put into the tree before a process runs and taken out after it, so that nothing under them reaches a layer
(RULES section 7; runc mounts them). `graft` and `prune` are inverses: `prune(graft(t), graft(t), t) is t`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from dockkernel.fs.node import Content, Device, Dir, File, Inline, Meta, Node, Symlink
from dockkernel.fs.tree import Tree

ETC_FILES = ("hosts", "hostname", "resolv.conf")
"""Mounted one by one, so they cannot be removed or renamed."""
READ_ONLY = ("/proc", "/sys")
MOUNTS = frozenset({"/dev", "/dev/shm", "/dev/pts", "/dev/mqueue", *READ_ONLY, *(f"/etc/{name}" for name in ETC_FILES)})
"""Names that are busy."""
_TOP = ("dev", "proc", "sys", ".dockerenv")


def device_bytes(node: Device, count: int) -> bytes:
    """What reading `count` bytes from a character device gives; an unknown device gives none."""
    match node.major, node.minor:
        case (1, 5) | (1, 7):
            return bytes(count)
        case (1, 8) | (1, 9):
            return os.urandom(count)
    return b""


def graft(tree: Tree, hostname: str, volumes: tuple[str, ...] = ()) -> Tree:
    """The tree as the process sees it; `volumes` are mount points in it."""
    root = tree.root
    beside: dict[str, Node] = {"dev": _DEV, "proc": _proc(hostname, volumes), "sys": _SYS}
    beside[".dockerenv"] = _file(b"", 0o755)
    children = {**root.children, **beside}
    etc = root.children.get("etc", Dir(Meta(0o755)))
    if isinstance(etc, Dir):
        children["etc"] = Dir(etc.meta, {**etc.children, **_etc(hostname)}, etc.made)
    return Tree(Dir(root.meta, children, root.made))


def prune(after: Tree, before: Tree, original: Tree) -> Tree:
    """The tree without what `graft` put in: `before` is what it gave for `original`, `after` what became of it."""
    if after.root is before.root:
        return original
    children = _without(after.root.children, original.root.children, _TOP)
    if "etc" in children and isinstance(before.root.children.get("etc"), Dir):
        etc = _etc_after(children["etc"], before.root.children["etc"], original.root.children.get("etc"))
        if etc is None:
            del children["etc"]
        else:
            children["etc"] = etc
    old = original.root
    if after.root.meta == old.meta and _same(children, old.children):
        return original
    return Tree(Dir(after.root.meta, children, after.root.made))


def _etc_after(etc: Node, before: Node, original: Node | None) -> Node | None:
    if etc is before:
        return original
    if not isinstance(etc, Dir):
        return etc
    if not isinstance(original, Dir):
        return Dir(etc.meta, _without(etc.children, {}, ETC_FILES), etc.made)
    children = _without(etc.children, original.children, ETC_FILES)
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

VERSION = "6.1.0-dockkernel"
"""The kernel release that `uname -r` tells: there is no kernel."""


def mounts(volumes: tuple[str, ...] = (), read_only: bool = False) -> str:
    """The text of `/proc/mounts`."""
    lines = [
        f"overlay / overlay {'ro' if read_only else 'rw'},relatime 0 0",
        "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0",
        "tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0",
        "devpts /dev/pts devpts rw,nosuid,noexec,relatime,gid=5,mode=620,ptmxmode=666 0 0",
        "sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0",
        "mqueue /dev/mqueue mqueue rw,nosuid,nodev,noexec,relatime 0 0",
        "shm /dev/shm tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0",
        *(f"/dev/root {path} ext4 rw,relatime 0 0" for path in (*volumes, *(f"/etc/{name}" for name in ETC_FILES))),
    ]
    return "".join(line + "\n" for line in lines)


def _proc(hostname: str, volumes: tuple[str, ...]) -> Dir:
    texts = {
        "cmdline": "BOOT_IMAGE=dockkernel\n",
        "cpuinfo": "processor\t: 0\nmodel name\t: virtual\n\n",
        "filesystems": "nodev\toverlay\nnodev\ttmpfs\nnodev\tproc\n",
        "loadavg": "0.00 0.00 0.00 1/1 1\n",
        "meminfo": "MemTotal:        2097152 kB\nMemFree:         1048576 kB\nMemAvailable:    1572864 kB\n",
        "mounts": mounts(volumes),
        "uptime": "0.00 0.00\n",
        "version": f"Linux version {VERSION}\n",
    }
    sysctl = Dir(
        Meta(0o555), {"hostname": _file((hostname + "\n").encode()), "osrelease": _file(f"{VERSION}\n".encode())}
    )
    own: dict[str, Node] = {
        "cmdline": _file(b"sh\0", 0o444),
        "fd": Dir(Meta(0o500)),
        "mounts": _file(mounts(volumes).encode(), 0o444),
    }
    children: dict[str, Node] = {name: _file(text.encode(), 0o444) for name, text in texts.items()}
    children["1"] = Dir(Meta(0o555), own)
    children["self"] = Symlink(Meta(0o777), "1")
    children["sys"] = Dir(Meta(0o555), {"kernel": Dir(Meta(0o555), dict(sysctl.children))})
    return Dir(Meta(0o555), children)


def _etc(hostname: str) -> dict[str, Node]:
    hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    hosts += f"172.17.0.2\t{hostname}\n" if hostname else ""
    return {
        "hosts": _file(hosts.encode()),
        "hostname": _file((hostname + "\n").encode()),
        "resolv.conf": _file(b"nameserver 127.0.0.11\noptions ndots:0\n"),
    }
