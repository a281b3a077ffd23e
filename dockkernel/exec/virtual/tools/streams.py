"""cat, head, tail, wc, tee, dd: bytes that flow, as many as are asked for and no text in between."""

from __future__ import annotations

import errno
import re
from collections.abc import AsyncIterator

from dockkernel.exec.virtual.amounts import amount
from dockkernel.exec.virtual.call import Call, Failure, Parsed, Tools, parse
from dockkernel.exec.virtual.devices import device_bytes
from dockkernel.exec.virtual.messages import reason
from dockkernel.fs.node import Device, File

CHUNK = 1 << 16


async def pieces(call: Call, name: str) -> AsyncIterator[bytes]:
    """The bytes of an operand, `-` for stdin; endless for an endless device."""
    if name in {"-", "/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"}:
        while data := await call.stdin.chunk():
            yield data
        return
    opened = call.files.open(call.at(name))
    if isinstance(opened, Device):
        while data := device_bytes(opened, CHUNK):
            call.machine.check()
            yield data
        return
    with opened:
        while data := opened.read(CHUNK):
            yield data


def _cannot_open(call: Call, name: str, error: OSError) -> None:
    busybox_opens = call.name in {"cat", "tail", "dd"}
    if call.speech.busybox and error.errno == errno.EISDIR:
        call.error("read error: Is a directory" if call.name == "cat" else f"{name}: Is a directory")
    elif call.speech.busybox:
        call.error(f"can't open '{name}': {reason(error)}" if busybox_opens else f"{name}: {reason(error)}")
    elif call.name in {"cat", "wc"}:
        call.error(f"{name}: {reason(error)}")
    elif error.errno == errno.EISDIR:
        call.error(f"error reading '{name}': {reason(error)}")
    else:
        call.error(f"cannot open '{name}' for reading: {reason(error)}")


async def cat(call: Call) -> int:
    """`cat [-nbsAeEtTvu] [FILE]`."""
    options = parse(call, "nbsAeEtTvu", ("number|n", "show-ends|E", "show-all|A", "squeeze-blank|s", "show-tabs|T"))
    plain = not options.flags or set(options.flags) <= {"u"}
    number = 0
    blank = False
    for name in options.rest or ["-"]:
        try:
            if plain:
                async for data in pieces(call, name):
                    await call.flush()
                    await call.stdout.write(data)
                continue
            lines = b"".join([data async for data in pieces(call, name)]).split(b"\n")
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            _cannot_open(call, name, error)
            continue
        ended = lines and lines[-1] == b""
        for index, line in enumerate(lines[:-1] if ended else lines):
            if "s" in options and not line and blank:
                continue
            blank = not line
            if "n" in options or ("b" in options and line):
                number += 1
                call.out(f"{number:6}\t")
            end = b"" if not ended and index == len(lines) - 1 else b"$\n" if options.has("E", "e", "A") else b"\n"
            call.out((_visible(line, options) if options.has("A", "e", "t", "T", "v") else line) + end)
    return call.status()


def _visible(line: bytes, options: Parsed) -> bytes:
    out = bytearray()
    for byte in line:
        if byte == 9:
            out += b"^I" if options.has("A", "t", "T") else b"\t"
            continue
        prefix = b"M-" if byte >= 128 else b""
        low = byte & 127
        shown = b"^" + bytes([low ^ 64]) if low < 32 or low == 127 else bytes([low])
        out += prefix + shown
    return bytes(out)


def _count_option(call: Call, options: Parsed, letter: str) -> tuple[str, int] | None:
    text = options.get(letter)
    if text is None:
        return None
    sign = text[:1] if text[:1] in "+-" else ""
    number = amount(text[len(sign) :])
    if number is None:
        kind = "lines" if letter == "n" else "bytes"
        raise Failure(f"invalid number '{text}'" if call.speech.busybox else f"invalid number of {kind}: '{text}'")
    return sign, number


def _modern(argv: list[str]) -> list[str]:
    """A leading `-5` as `-n 5`."""
    return [f"-n{argv[0][1:]}", *argv[1:]] if argv and re.fullmatch(r"-\d+", argv[0]) else list(argv)


async def head(call: Call) -> int:
    """`head [-n N|-c N] [-qv] [FILE]`."""
    options = parse(
        call, "n:c:qvz", ("lines=|n=", "bytes=|c=", "quiet|q", "silent|q", "verbose|v"), argv=_modern(call.argv)
    )
    count = _count_option(call, options, "c")
    lines = _count_option(call, options, "n") or ("", 10)
    names = options.rest or ["-"]
    for index, name in enumerate(names):
        try:
            if "v" in options or (len(names) > 1 and "q" not in options):
                if name != "-":
                    call.files.open(call.at(name))
                title = "standard input" if name == "-" else name
                call.out(("\n" if index else "") + f"==> {title} <==\n")
            await call.flush()
            await (_first_bytes(call, name, *count) if count else _first_lines(call, name, *lines))
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            _cannot_open(call, name, error)
    return call.status()


async def _first_bytes(call: Call, name: str, sign: str, count: int) -> None:
    if sign == "-":
        data = b"".join([part async for part in pieces(call, name)])
        await call.stdout.write(data[: len(data) - count] if count < len(data) else b"")
        return
    if not count:
        return
    async for part in pieces(call, name):
        await call.stdout.write(part[:count])
        count -= len(part)
        if count <= 0:
            return


async def _first_lines(call: Call, name: str, sign: str, count: int) -> None:
    if sign == "-":
        lines = b"".join([part async for part in pieces(call, name)]).splitlines(keepends=True)
        await call.stdout.write(b"".join(lines[: len(lines) - count] if count < len(lines) else []))
        return
    if not count:
        return
    async for part in pieces(call, name):
        found = part.count(b"\n")
        if found < count:
            count -= found
            await call.stdout.write(part)
            continue
        at = 0
        for _ in range(count):
            at = part.index(b"\n", at) + 1
        await call.stdout.write(part[:at])
        return


async def tail(call: Call) -> int:
    """`tail [-n [+]N|-c [+]N] [-qv] [FILE]`."""
    argv = _modern(call.argv)
    if argv and re.fullmatch(r"\+\d+", argv[0]):
        argv[0] = f"-n{argv[0]}"
    options = parse(
        call, "n:c:qvfFs:", ("lines=|n=", "bytes=|c=", "quiet|q", "silent|q", "verbose|v", "follow|f"), argv=argv
    )
    count = _count_option(call, options, "c")
    lines = _count_option(call, options, "n") or ("", 10)
    names = options.rest or ["-"]
    opened = 0
    for index, name in enumerate(names):
        try:
            data = b"".join([part async for part in pieces(call, name)])
        except OSError as error:
            _cannot_open(call, name, error)
            continue
        opened += 1
        if "v" in options or (len(names) > 1 and "q" not in options):
            call.out(("\n" if index else "") + f"==> {'standard input' if name == '-' else name} <==\n")
        call.out(_last(data, *count) if count else _last_lines(data, *lines))
    if not opened and call.speech.busybox:
        call.error("no files")
    if options.has("f", "F"):
        raise Failure("following a file is not simulated by the portable shell")
    return call.status()


def _last(data: bytes, sign: str, count: int) -> bytes:
    if sign == "+":
        return data[max(0, count - 1) :]
    return data[-count:] if count else b""


def _last_lines(data: bytes, sign: str, count: int) -> bytes:
    lines = data.split(b"\n")
    lines = [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    if sign == "+":
        return b"".join(lines[max(0, count - 1) :])
    return b"".join(lines[-count:]) if count else b""


async def wc(call: Call) -> int:
    """`wc [-lwcmL] [FILE]`."""
    options = parse(call, "lwcmL", ("lines|l", "words|w", "bytes|c", "chars|m", "max-line-length|L"))
    columns = [letter for letter in "lwmcL" if letter in options] or ["l", "w", "c"]
    rows: list[tuple[list[int], str]] = []
    width = 1
    for name in options.rest or [""]:
        try:
            counts = await _counted(call, name, columns)
        except OSError as error:
            _cannot_open(call, name, error)
            continue
        rows.append((counts, name))
        width = max(width, len(str(max(counts))) if options.rest else 7)
    total = [sum(counts[column] for counts, _ in rows) for column in range(len(columns))]
    if len(options.rest) > 1:
        rows.append((total, "total"))
    if not call.speech.busybox:
        width = _gnu_width(call, options, width, total)
    for counts, name in rows:
        if call.speech.busybox:
            single = len(columns) == 1 and len(options.rest) < 2
            cells = [str(counts[0]) if single else f"{count:>9}" for count in counts]
            line = cells[0] if single else " ".join(cells)
        else:
            line = " ".join(
                str(count).rjust(1 if len(columns) == 1 and len(options.rest) < 2 else width) for count in counts
            )
        call.out(f"{line} {name}\n" if name else line + "\n")
    return call.status()


def _gnu_width(call: Call, options: Parsed, width: int, total: list[int]) -> int:
    """GNU's columns are as wide as the sum of the sizes of the files, 7 for what has no size."""
    if not options.rest or "-" in options.rest:
        return 7
    size = 0
    for name in options.rest:
        try:
            node = call.files.stat(call.at(name))
        except OSError:
            continue
        if not isinstance(node, File):
            return max(7, width)
        size += node.content.size
    return max(len(str(size)), 1)


async def _counted(call: Call, name: str, columns: list[str]) -> list[int]:
    if columns == ["c"] and name:
        node = call.files.stat(call.at(name)) if name != "-" else None
        if isinstance(node, File):
            call.files.open(call.at(name))
            return [node.content.size]
    lines = words = size = chars = longest = 0
    inside = False
    rest = b""
    async for part in pieces(call, name or "-"):
        size += len(part)
        lines += part.count(b"\n")
        if "w" in columns:
            found = len(part.split())
            words += found - (1 if inside and found and not part[:1].isspace() else 0)
            inside = not part[-1:].isspace()
        if "m" in columns:
            chars += sum(1 for byte in part if byte & 0xC0 != 0x80)
        if "L" in columns:
            *whole, rest = (rest + part).split(b"\n")
            longest = max([longest, *(len(line.decode("utf-8", "replace").expandtabs(8)) for line in [*whole, rest])])
    values = {"l": lines, "w": words, "c": size, "m": chars, "L": longest}
    return [values[column] for column in columns]


async def tee(call: Call) -> int:
    """`tee [-a] [FILE]`."""
    options = parse(call, "ai", ("append|a", "ignore-interrupts|i"))
    for name in options.rest:
        try:
            if "a" not in options:
                call.files.write(call.at(name), b"")
            else:
                call.files.append(call.at(name), b"")
        except OSError as error:
            call.error(f"{name}: {reason(error)}")
    while data := await call.stdin.chunk():
        await call.stdout.write(data)
        for name in options.rest:
            try:
                call.files.append(call.at(name), data)
            except OSError:
                call.failed = True
    return call.status()


COMMANDS: Tools = {"cat": cat, "head": head, "tail": tail, "wc": wc, "tee": tee}
