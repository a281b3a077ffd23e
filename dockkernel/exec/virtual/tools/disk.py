"""du, df: how much there is."""

from __future__ import annotations

from dockkernel.exec.virtual.call import Call, Parsed, Tools, parse
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.listing import kilobytes, shown_size
from dockkernel.fs.node import Device, Dir, File, Link
from dockkernel.fs.tree import Tree


def human(kib: float, busybox: bool) -> str:
    """`4.0K`, `1.2M`; 0 has no unit."""
    if not kib:
        return "0"
    for unit in "KMGT":
        if kib < 1024 or unit == "T":
            return f"{kib:.1f}{unit}" if busybox or (kib < 10) else f"{-(-kib // 1):.0f}{unit}"
        kib /= 1024
    return ""


def du(call: Call) -> int:
    """`du [-sahkcbmx] [-d N] [FILE]`."""
    long = (
        "summarize|s",
        "all|a",
        "human-readable|h",
        "total|c",
        "max-depth=|d=",
        "bytes|b",
        "apparent-size|A",
        "kilobytes|k",
    )
    options = parse(call, "sahkcbmxld:HL", long)
    total = 0
    seen: set[Link] = set()
    for name in options.rest or ["."]:
        try:
            total += _measure(call, options, call.at(name), name, 0, seen)
        except OSError as error:
            call.error(call.speech.plain("access", name, error))
    if "c" in options:
        call.out(f"{_shown(call, options, total)}\ttotal\n")
    return call.status()


def _measure(call: Call, options: Parsed, path: str, shown: str, depth: int, seen: set[Link]) -> int:
    """Bytes at and below the path; a file of several names counts once."""
    node = call.files.lstat(path)
    if isinstance(node, (File, Device)) and node.link is not None:
        if node.link in seen:
            return 0
        seen.add(node.link)
    size = shown_size(node) if options.has("b", "A") else kilobytes(node) * 1024
    if isinstance(node, Dir):
        try:
            for name in call.files.listdir(path):
                size += _measure(
                    call, options, f"{path.rstrip('/')}/{name}", f"{shown.rstrip('/')}/{name}", depth + 1, seen
                )
        except OSError as error:
            call.error(f"cannot read directory '{shown}': {reason(error)}")
    limit = options.get("d")
    deep = "s" in options or (limit is not None and depth > int(limit))
    if depth == 0 or (not deep and (isinstance(node, Dir) or "a" in options)):
        call.out(f"{_shown(call, options, size)}\t{shown}\n")
    return size


def _shown(call: Call, options: Parsed, size: int) -> str:
    if "h" in options:
        return human(size / 1024, call.speech.busybox)
    if "b" in options:
        return str(size)
    return str(-(-size // (1 << 20)) if "m" in options else -(-size // 1024))


def df(call: Call) -> int:
    """`df [-hkPTi] [FILE]...`: the one overlay, which has no fixed size, and mounts of limited size."""
    options = parse(call, "hkPTiam", ("human-readable|h", "print-type|T", "portability|P"))
    places = ["/", *call.files.capacities]
    if options.rest:
        places = []
        for name in options.rest:
            try:
                call.files.stat(call.at(name))
            except OSError as error:
                call.error(f"{name}: {reason(error)}")
                continue
            place = call.files.mount_of(call.files.realpath(call.at(name)))
            places.append(place if place in call.files.capacities else "/")
    if not places:
        return call.status()
    title = "Size" if "h" in options else "1K-blocks"
    call.out(f"{'Filesystem':<20} {title:>9} {'Used':>9} {'Available':>9} {'Use%':>4} Mounted on\n")
    for place in places:
        total = call.files.capacities.get(place, 1 << 36) // 1024
        used = _used(call, place)
        sizes = (total, used, total - used)
        cells = [human(size, call.speech.busybox) if "h" in options else str(size) for size in sizes]
        percent = f"{-(-100 * used // total) if total else 0}%"
        kind = "tmpfs" if place in call.files.capacities else "overlay"
        call.out(f"{kind:<20} {cells[0]:>9} {cells[1]:>9} {cells[2]:>9} {percent:>4} {place}\n")
    return call.status()


def _used(call: Call, place: str) -> int:
    """Kilobytes at and below a mount point."""
    top = call.files.build().get(place)
    return sum(kilobytes(node) for _, node in Tree(top).walk()) if isinstance(top, Dir) else 0


COMMANDS: Tools = {"du": du, "df": df}
