"""ls, stat, readlink, realpath: what is there."""

from __future__ import annotations

import errno
import re
import stat as bits
import time
from dataclasses import dataclass

from dockkernel.exec.virtual.access import base, parent
from dockkernel.exec.virtual.call import Call, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.zeros import allocated
from dockkernel.fs.node import Device, Dir, File, Node, Symlink, size_of
from dockkernel.fs.tree import byte_order

_KIND = {"char": "c", "block": "b", "fifo": "p"}
_TYPE_BITS = {"char": bits.S_IFCHR, "block": bits.S_IFBLK, "fifo": bits.S_IFIFO}
DIRECTORY_SIZE = 4096
_BLOCK = 4096
_HALF_YEAR = 31556952 // 2


def type_bits(node: Node) -> int:
    """The `S_IFMT` part of a node's mode."""
    if isinstance(node, Dir):
        return bits.S_IFDIR
    if isinstance(node, Symlink):
        return bits.S_IFLNK
    return bits.S_IFREG if isinstance(node, File) else _TYPE_BITS[node.kind]


def mode_text(node: Node) -> str:
    """`drwxr-xr-x`."""
    return bits.filemode(type_bits(node) | node.meta.mode)


def shown_size(node: Node) -> int:
    """Bytes as stat(2) tells them."""
    return DIRECTORY_SIZE if isinstance(node, Dir) else size_of(node)


def kilobytes(node: Node) -> int:
    """Disk blocks in KiB: whole 4 KiB blocks; links, devices and holes take none."""
    if isinstance(node, Dir):
        return _BLOCK // 1024
    return -(-allocated(node.content) // _BLOCK) * _BLOCK // 1024 if isinstance(node, File) else 0


def link_count(files: Files, path: str, node: Node) -> int:
    """Names of a node: of a directory 2 and its subdirectories, but 1 where several layers have it, as on overlayfs."""
    if isinstance(node, Dir) and node.merged:
        return 1
    if isinstance(node, Dir):
        return 2 + sum(isinstance(child, Dir) for child in node.children.values())
    if isinstance(node, (File, Device)) and node.link is not None:
        return files.link_count(node)
    return 1


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    path: str
    node: Node


def ls(call: Call) -> int:
    """`ls [-1AaCdFhilnprRSst] [FILE]`."""
    long: tuple[str, ...] = (
        "all|a",
        "almost-all|A",
        "directory|d",
        "human-readable|h",
        "inode|i",
        "numeric-uid-gid|n",
        "recursive|R",
    )
    long += ("reverse|r", "classify|F", "color=|!", "group-directories-first|!", "full-time|E", "time-style=", "size|s")
    argv = [word for word in call.argv if word != "--color"]
    options = parse(call, "1AaCdFfghHiLlmnopqrRSsStuUvwxXcBGN", long, argv=argv)
    operands = options.rest or ["."]
    files: list[_Row] = []
    folders: list[_Row] = []
    for name in operands:
        row = _row(call, name, options)
        if row is not None:
            (folders if isinstance(row.node, Dir) and "d" not in options else files).append(row)
    _print(call, _sorted(files, options), options, total=False)
    several = len(operands) > 1 or "R" in options
    first = not files
    for row in _sorted(folders, options):
        first = _folder(call, row, options, several, first)
    # busybox ends with 1 where GNU tells a missing operand with 2.
    return 0 if not call.failed else 1 if call.speech.busybox else 2


def _row(call: Call, name: str, options: Parsed) -> _Row | None:
    full = call.at(name)
    try:
        node = call.files.lstat(full)
        follow = "L" in options or "H" in options or not options.has("l", "d", "F", "n", "o", "g")
        if isinstance(node, Symlink) and (follow or name.endswith("/")):
            try:
                node = call.files.stat(full)
            except OSError as error:
                if "L" in options or error.errno != errno.ENOENT:
                    raise
    except OSError as error:
        call.error(call.speech.plain("access", name, error))
        return None
    return _Row(name, full, node)


def _folder(call: Call, row: _Row, options: Parsed, several: bool, first: bool) -> bool:
    if several:
        call.out(("" if first else "\n") + f"{row.name}:\n")
    try:
        listed = call.files.entries(row.path)
    except OSError as error:
        gnu = f"cannot open directory '{row.name}': {reason(error)}"
        call.error(f"can't open '{row.name}': {reason(error)}" if call.speech.busybox else gnu)
        return False
    rows = [_Row(name, f"{row.path.rstrip('/')}/{name}", node) for name, node in listed]
    if not options.has("a", "A", "f"):
        rows = [one for one in rows if not one.name.startswith(".")]
    if options.has("a", "f"):
        above = call.files.stat(parent(call.files.realpath(row.path)))
        rows = [_Row(".", row.path, call.files.stat(row.path)), _Row("..", row.path + "/..", above), *rows]
    rows = _sorted(rows, options)
    _print(call, rows, options, total=True)
    if "R" in options:
        for one in rows:
            if isinstance(one.node, Dir) and one.name not in {".", ".."}:
                _folder(call, _Row(f"{row.name.rstrip('/')}/{one.name}", one.path, one.node), options, True, False)
    return False


def _sorted(rows: list[_Row], options: Parsed) -> list[_Row]:
    if options.has("U", "f"):
        return rows
    rows = sorted(rows, key=lambda row: byte_order(row.name))
    if "t" in options:
        rows.sort(key=lambda row: -row.node.meta.mtime_ns)
    elif "S" in options:
        rows.sort(key=lambda row: -shown_size(row.node))
    return rows[::-1] if "r" in options else rows


def _print(call: Call, rows: list[_Row], options: Parsed, *, total: bool) -> None:
    long = options.has("l", "n", "o", "g", "E")
    if total and (long or "s" in options):
        amount = sum(kilobytes(row.node) for row in rows)
        call.out(f"total {_human(amount * 1024) if 'h' in options else amount}\n")
    if not long:
        for row in rows:
            front = f"{call.files.inode(row.path):>7} " if "i" in options else ""
            front += f"{kilobytes(row.node):>{6 if call.speech.busybox else 1}} " if "s" in options else ""
            call.out(f"{front}{row.name}{_mark(row.node, options)}\n")
        return
    names = call.machine.names
    cells = []
    for row in rows:
        meta = row.node.meta
        user = str(meta.uid) if "n" in options else names.user(meta.uid) or str(meta.uid)
        group = str(meta.gid) if "n" in options else names.group(meta.gid) or str(meta.gid)
        cells.append([str(link_count(call.files, row.path, row.node)), user, group, _amount(row.node, options, call)])
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(4)]
    for row, (links, user, group, size) in zip(rows, cells, strict=True):
        when = _when(call, row.node.meta.mtime_ns, options)
        front = f"{call.files.inode(row.path):>7} " if "i" in options else ""
        front += f"{kilobytes(row.node):>4} " if "s" in options and call.speech.busybox else ""
        if call.speech.busybox:
            owners = f"{user:<8.8} {group:<8.8}"
            line = f"{mode_text(row.node)} {links:>4} {owners} {size:>{7 if 'h' in options else 9}} {when} "
        else:
            just = str.rjust if "n" in options else str.ljust
            owners = just(user, widths[1]) + " " if "g" not in options else ""
            owners += just(group, widths[2]) + " " if "o" not in options else ""
            line = f"{mode_text(row.node)} {links.rjust(widths[0])} {owners}{size.rjust(widths[3])} {when} "
        target = f" -> {row.node.target}" if isinstance(row.node, Symlink) else _mark(row.node, options)
        call.out(front + line + row.name + target + "\n")


def _amount(node: Node, options: Parsed, call: Call) -> str:
    if isinstance(node, Device) and node.kind != "fifo":
        return f"{node.major:>4},{node.minor:>4}" if call.speech.busybox else f"{node.major}, {node.minor:>3}"
    return _human(shown_size(node)) if "h" in options else str(shown_size(node))


def _mark(node: Node, options: Parsed) -> str:
    if isinstance(node, Dir):
        return "/" if options.has("F", "p") else ""
    if "F" not in options:
        return ""
    if isinstance(node, Symlink):
        return "@"
    return "|" if isinstance(node, Device) and node.kind == "fifo" else "*" if node.meta.mode & 0o111 else ""


def _when(call: Call, mtime_ns: int, options: Parsed) -> str:
    moment = time.gmtime(mtime_ns // 10**9)
    if "E" in options or options.get("time-style") in {"full-iso"}:
        return time.strftime("%Y-%m-%d %H:%M:%S", moment) + f".{mtime_ns % 10**9:09d} +0000"
    if options.get("time-style") == "long-iso":
        return time.strftime("%Y-%m-%d %H:%M", moment)
    age = call.machine.now_ns() // 10**9 - mtime_ns // 10**9
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[moment.tm_mon - 1]
    recent = -(15 * 60) < age < _HALF_YEAR if call.speech.busybox else 0 <= age < _HALF_YEAR
    last = f"{moment.tm_hour:02}:{moment.tm_min:02}" if recent else f" {moment.tm_year}"
    return f"{month} {moment.tm_mday:>2} {last}"


def _human(size: int) -> str:
    if size < 1024:
        return str(size)
    value = float(size)
    for unit in "KMGTP":
        value /= 1024
        if value < 1024:
            return f"{value:.1f}{unit}" if value < 9.95 else f"{-(-value // 1):.0f}{unit}"
    return f"{value:.0f}E"


def stat(call: Call) -> int:
    """`stat [-L] [-c FORMAT] FILE`."""
    options = parse(call, "Lc:ft", ("format=|c=", "dereference|L", "printf=|P=", "file-system|f", "terse|t"))
    if not options.rest:
        raise Misuse("missing operand")
    for name in options.rest:
        full = call.at(name)
        try:
            node = call.files.stat(full) if "L" in options else call.files.lstat(full)
        except OSError as error:
            gnu = f"cannot statx '{name}': {reason(error)}"
            call.error(f"can't stat '{name}': {reason(error)}" if call.speech.busybox else gnu)
            continue
        form = options.get("c")
        printf = options.get("P")
        if printf is not None:
            escaped = printf.replace("\\n", "\n").replace("\\t", "\t")
            call.out(_formatted(call, escaped, name, full, node))
        elif form is not None:
            call.out(_formatted(call, form, name, full, node) + "\n")
        else:
            call.out(_paragraph(call, name, full, node))
    return call.status()


_FIELD = re.compile(r"%(-?0?\d*)([a-zA-Z%])")


def _formatted(call: Call, form: str, name: str, full: str, node: Node) -> str:
    def value(found: re.Match[str]) -> str:
        text = _stat_value(call, found[2], name, full, node)
        width = found[1]
        if not width:
            return text
        if width.startswith("-"):
            return text.ljust(int(width[1:] or 0))
        return text.rjust(int(width), "0" if width.startswith("0") else " ")

    return _FIELD.sub(value, form)


def _stat_value(call: Call, letter: str, name: str, full: str, node: Node) -> str:
    meta = node.meta
    seconds = meta.mtime_ns // 10**9
    match letter:
        case "n":
            return name
        case "N":
            return f"'{name}'" + (f" -> '{node.target}'" if isinstance(node, Symlink) else "")
        case "a":
            return f"{meta.mode:o}"
        case "A":
            return mode_text(node)
        case "f":
            return f"{type_bits(node) | meta.mode:x}"
        case "F":
            return _type_name(node)
        case "u":
            return str(meta.uid)
        case "g":
            return str(meta.gid)
        case "U":
            return call.machine.names.user(meta.uid) or "UNKNOWN"
        case "G":
            return call.machine.names.group(meta.gid) or "UNKNOWN"
        case "s":
            return str(shown_size(node))
        case "h":
            return str(link_count(call.files, full, node))
        case "i":
            return str(call.files.inode(full))
        case "b":
            return str(kilobytes(node) * 2)
        case "B":
            return "512"
        case "o":
            return str(_BLOCK)
        case "d":
            return "64"
        case "m":
            return call.files.mount_of(full)
        case "t" | "T":
            number = (node.major if letter == "t" else node.minor) if isinstance(node, Device) else 0
            return f"{number:x}"
        case "X" | "Y" | "Z":
            return str(seconds)
        case "x" | "y" | "z":
            return _moment(meta.mtime_ns)
        case "w":
            return "-"
        case "W":
            return "0"
        case "%":
            return "%"
    return "?"


def _moment(mtime_ns: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(mtime_ns // 10**9)) + f".{mtime_ns % 10**9:09d} +0000"


def _type_name(node: Node) -> str:
    if isinstance(node, File):
        return "regular file" if node.content.size else "regular empty file"
    if isinstance(node, Dir):
        return "directory"
    if isinstance(node, Symlink):
        return "symbolic link"
    return {"fifo": "fifo", "char": "character special file", "block": "block special file"}[node.kind]


def _paragraph(call: Call, name: str, full: str, node: Node) -> str:
    def field(letter: str) -> str:
        return _stat_value(call, letter, name, full, node)

    arrow = f" -> {node.target}" if isinstance(node, Symlink) else ""
    user, group = field("U"), field("G")
    owner = f"Uid: ({field('u'):>5}/{user:>8})   Gid: ({field('g'):>5}/{group:>8})"
    lines = [
        f"  File: {name}{arrow}",
        f"  Size: {field('s'):<10}\tBlocks: {field('b'):<10} IO Block: {field('o'):<6} {field('F')}",
        f"Device: 40h/64d\tInode: {field('i'):<10}  Links: {field('h')}",
        f"Access: ({node.meta.mode:04o}/{mode_text(node)})  {owner}",
        *(f"{word}: {_moment(node.meta.mtime_ns)}" for word in ("Access", "Modify", "Change")),
    ]
    return "\n".join(lines) + "\n"


def readlink(call: Call) -> int:
    """`readlink [-fnevmq] FILE`."""
    options = parse(
        call, "fnevmqsz", ("canonicalize|f", "no-newline|n", "canonicalize-existing|e", "canonicalize-missing|m")
    )
    for name in options.rest:
        full = call.at(name)
        try:
            if options.has("f", "e", "m"):
                text = _canonical(call.files, full, "e" in options, "m" in options)
            else:
                text = call.files.readlink(full)
        except OSError:
            call.failed = True
            continue
        call.out(text + ("" if "n" in options else "\n"))
    return call.status()


def _canonical(files: Files, path: str, existing: bool, missing: bool) -> str:
    if existing:
        files.stat(path)
    if missing:
        try:
            return files.realpath(path)
        except OSError:
            return _canonical(files, parent(path), False, True).rstrip("/") + "/" + base(path)
    return files.realpath(path)


def realpath(call: Call) -> int:
    """`realpath [-em] FILE`."""
    options = parse(call, "emqsz", ("canonicalize-existing|e", "canonicalize-missing|m", "no-symlinks|s"))
    for name in options.rest:
        try:
            call.out(_canonical(call.files, call.at(name), "e" in options, "m" in options) + "\n")
        except OSError as error:
            call.error(f"{name}: {reason(error)}")
    return call.status()


COMMANDS: Tools = {"ls": ls, "stat": stat, "readlink": readlink, "realpath": realpath}
