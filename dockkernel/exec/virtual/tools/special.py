"""unlink, link, truncate, mkfifo, mknod: the plain system calls as commands."""

from __future__ import annotations

from dockkernel.exec.virtual.amounts import amount
from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.modes import parse_mode
from dockkernel.exec.virtual.zeros import resized
from dockkernel.fs.node import Dir, File


def unlink(call: Call) -> int:
    """`unlink FILE`."""
    if len(call.argv) != 1:
        raise Misuse("missing operand" if not call.argv else f"extra operand '{call.argv[1]}'")
    try:
        call.files.remove(call.at(call.argv[0]))
    except OSError as error:
        call.error(f"cannot unlink '{call.argv[0]}': {reason(error)}")
    return call.status()


def link(call: Call) -> int:
    """`link FILE NAME`."""
    if len(call.argv) != 2:
        raise Misuse("missing operand")
    try:
        call.files.link(call.at(call.argv[0]), call.at(call.argv[1]))
    except OSError as error:
        call.error(f"cannot create link '{call.argv[1]}' to '{call.argv[0]}': {reason(error)}")
    return call.status()


def truncate(call: Call) -> int:
    """`truncate [-c] -s SIZE FILE`."""
    options = parse(call, "cs:or:", ("size=|s=", "no-create|c", "reference=|r="))
    text, reference = options.get("s"), options.get("r")
    if text is None and reference is None:
        raise Misuse("you must specify either '--size' or '--reference'")
    for name in options.rest:
        full = call.at(name)
        try:
            node = call.files.stat(full)
        except FileNotFoundError:
            if "c" in options:
                continue
            call.files.write(full, b"")
            node = call.files.stat(full)
        if not isinstance(node, File):
            raise Failure(
                f"cannot open '{name}' for writing: {'Is a directory' if isinstance(node, Dir) else 'Invalid argument'}"
            )
        old = node.content.size
        size = _size(call, text, old) if text is not None else _size_of(call, reference or "")
        call.files.write(full, resized(node.content, size))
    return 0


def _size_of(call: Call, path: str) -> int:
    node = call.files.stat(call.at(path))
    return node.content.size if isinstance(node, File) else 0


def _size(call: Call, text: str, old: int) -> int:
    sign = text[:1] if text[:1] in "+-<>/%" else ""
    number = amount(text[len(sign) :])
    if number is None:
        raise Failure(f"Invalid number: '{text}'")
    match sign:
        case "+":
            return old + number
        case "-":
            return max(0, old - number)
        case "<":
            return min(old, number)
        case ">":
            return max(old, number)
        case "/":
            return old // number * number
        case "%":
            return -(-old // number) * number
    return number


def mkfifo(call: Call) -> int:
    """`mkfifo [-m MODE] NAME`."""
    options = parse(call, "m:", ("mode=|m=",))
    if not options.rest:
        raise Misuse("missing operand")
    for name in options.rest:
        try:
            call.files.mknod(call.at(name), "fifo", 0, 0, 0o666)
            _set_mode(call, options, name)
        except OSError as error:
            call.error(
                f"{name}: {reason(error)}" if call.speech.busybox else f"cannot create fifo '{name}': {reason(error)}"
            )
    return call.status()


def mknod(call: Call) -> int:
    """`mknod [-m MODE] NAME TYPE [MAJOR MINOR]`."""
    options = parse(call, "m:", ("mode=|m=",))
    if len(options.rest) < 2:
        raise Misuse("missing operand")
    name, kind, *numbers = options.rest
    kinds = {"p": "fifo", "c": "char", "u": "char", "b": "block"}
    if kind not in kinds:
        raise Failure(f"invalid device type '{kind}'")
    if kind != "p" and len(numbers) != 2:
        raise Failure("Special files require major and minor device numbers.")
    major, minor = (int(number, 0) for number in numbers) if kind != "p" else (0, 0)
    try:
        call.files.mknod(call.at(name), kinds[kind], major, minor, 0o666)  # type: ignore[arg-type]
        _set_mode(call, options, name)
    except OSError as error:
        call.error(f"{name}: {reason(error)}")
    return call.status()


def _set_mode(call: Call, options: Parsed, name: str) -> None:
    text = options.get("m")
    if text is not None:
        mode = parse_mode(text, 0o666, is_dir=False, umask=call.files.umask)
        if mode is None:
            raise Failure(f"invalid mode '{text}'")
        call.files.chmod(call.at(name), mode)


COMMANDS: Tools = {"unlink": unlink, "link": link, "truncate": truncate, "mkfifo": mkfifo, "mknod": mknod}
