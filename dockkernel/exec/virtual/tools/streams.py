"""cat, head, tail, wc, tee, dd: bytes that flow, as many as are asked for and no text in between."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import AsyncIterator

from dockkernel.exec.virtual.call import Call, Failure, Parsed, Tools, parse
from dockkernel.exec.virtual.devices import device_bytes
from dockkernel.exec.virtual.machine import refuse
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.making import amount
from dockkernel.exec.virtual.zeros import Zeros, resized
from dockkernel.fs.content import Joined
from dockkernel.fs.node import Content, Device, File, Inline

_CHUNK = 1 << 16


async def pieces(call: Call, name: str) -> AsyncIterator[bytes]:
    """The bytes of an operand, `-` for stdin; endless for an endless device."""
    if name in {"-", "/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"}:
        while data := await call.stdin.chunk():
            yield data
        return
    opened = call.files.open(call.at(name))
    if isinstance(opened, Device):
        while data := device_bytes(opened, _CHUNK):
            call.machine.check()
            yield data
        return
    with opened:
        while data := opened.read(_CHUNK):
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
    """`-5` as `-n 5`."""
    return [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in argv]


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


async def dd(call: Call) -> int:
    """`dd [if=FILE] [of=FILE] [bs=N] [count=N] [skip=N] [seek=N] [conv=notrunc] [status=none]`."""
    known = {"if", "of", "bs", "ibs", "obs", "count", "skip", "seek", "conv", "status", "iflag", "oflag"}
    given: dict[str, str] = {}
    for word in call.argv:
        key, equals, value = word.partition("=")
        if not equals or key not in known:
            raise Failure(f"unrecognized operand '{word}'" if not call.speech.busybox else f"invalid argument '{word}'")
        given[key] = value
    size = _number(call, given.get("bs") or given.get("ibs") or "512")
    count = _number(call, given["count"]) if "count" in given else None
    source = given.get("if", "-")
    try:
        content, full, part = await _dd_read(call, source, size, count, _number(call, given.get("skip", "0")))
    except OSError as error:
        gnu = f"failed to open '{source}': {reason(error)}"
        raise Failure(f"can't open '{source}': {reason(error)}" if call.speech.busybox else gnu) from None
    target = given.get("of")
    if target is None:
        with content.open() as stream:
            while data := stream.read(_CHUNK):
                await call.stdout.write(data)
    else:
        try:
            _dd_write(
                call, target, content, _number(call, given.get("seek", "0")) * size, "notrunc" in given.get("conv", "")
            )
        except OSError as error:
            gnu = f"failed to open '{target}': {reason(error)}"
            raise Failure(f"can't open '{target}': {reason(error)}" if call.speech.busybox else gnu) from None
    if given.get("status") != "none":
        records = f"{full}+{part} records"
        call.warn(f"{records} in\n{records} out\n")
        if given.get("status") != "noxfer":
            call.warn(f"{content.size} bytes{_units(content.size, call.speech.busybox)} copied, 0.000 s, 0 B/s\n")
    return 0


def _units(size: int, busybox: bool) -> str:
    if busybox:
        human = f"{size / 1024:.1f}KB" if size < 1 << 20 else f"{size / (1 << 20):.1f}MB"
        return f" ({size}B)" if size < 1024 else f" ({human})"
    texts = []
    for base, names in ((1000, ("kB", "MB", "GB")), (1024, ("KiB", "MiB", "GiB"))):
        value, name = float(size), ""
        for unit in names:
            if value < base:
                break
            value, name = value / base, unit
        if name:
            texts.append(f"{value:.1f} {name}" if value < 10 else f"{value:.0f} {name}")
    return f" ({', '.join(texts)})" if texts else ""


def _number(call: Call, text: str) -> int:
    product = 1
    for factor in text.split("x"):
        value = amount(factor)
        if value is None:
            raise Failure(f"invalid number '{text}'" if call.speech.busybox else f"invalid number: '{text}'")
        product *= value
    return product


async def _dd_read(call: Call, name: str, size: int, count: int | None, skip: int) -> tuple[Content, int, int]:
    opened = call.files.open(call.at(name)) if name != "-" else None
    if isinstance(opened, Device) and (opened.major, opened.minor) == (1, 5) and count is not None:
        return Zeros(size * count), count, 0
    want = None if count is None else size * (count + skip)
    parts: list[bytes] = []
    got = 0
    async for data in pieces(call, name):
        parts.append(data)
        got += len(data)
        if want is not None and got >= want:
            break
    data = b"".join(parts)[: want if want is not None else got][size * skip :]
    return Inline(data), len(data) // size, 1 if len(data) % size else 0


def _dd_write(call: Call, name: str, content: Content, at: int, keep: bool) -> None:
    path = call.at(name)
    old: Content = Inline(b"")
    if at or keep:
        try:
            node = call.files.stat(path)
            old = node.content if isinstance(node, File) else old
        except FileNotFoundError:
            pass
    front = resized(old, at)
    whole: Content = content if not at else Joined((front, content), front.size + content.size)
    if keep and old.size > at + content.size:
        with old.open() as stream:
            stream.read(at + content.size)
            rest = Inline(stream.read())
        whole = Joined((whole, rest), whole.size + rest.size)
    call.files.write(path, whole)


async def echo(call: Call) -> int:
    """`echo [-neE] [WORD]`."""
    argv = list(call.argv)
    newline, escapes = True, call.speech.shell == "dash"
    while argv and re.fullmatch("-[neE]+", argv[0]) and (call.speech.shell != "dash" or argv[0] == "-n"):
        flags = argv.pop(0)
        newline = newline and "n" not in flags
        escapes = flags.rfind("e") > flags.rfind("E") if set(flags) & set("eE") else escapes
    text = " ".join(argv)
    if escapes:
        text, newline = unescape(text, newline)
    call.out(text + ("\n" if newline else ""))
    return 0


_ESCAPES = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)


def unescape(text: str, newline: bool) -> tuple[str, bool]:
    r"""The text with backslash escapes done; `\c` ends it and the newline."""
    cut = re.search(r"(?<!\\)(?:\\\\)*\\c", text)
    if cut:
        text, newline = text[: cut.end() - 2], False

    def value(found: re.Match[str]) -> str:
        if found[1] is not None or found[2] is not None:
            code = int(found[1] or "0", 8) & 255 if found[1] is not None else int(found[2], 16)
            return os.fsdecode(bytes([code])) if code > 127 else chr(code)
        return _ESCAPES.get(found[3], "\\" + found[3])

    return _ESCAPE.sub(value, text), newline


async def hello(call: Call) -> int:
    """The program of the hello-world image: all it does is to print the text that its own file holds."""
    with call.files.stat(call.program).content.open() as stream:  # type: ignore[union-attr]
        data = stream.read()
    at = data.find(_HELLO)
    if at < 0:
        return await refuse(call)
    end = data.find(b"\0", at)
    at -= data[at - 1 : at] == b"\n"
    await call.stdout.write(data[at:end])
    return 0


_HELLO = b"Hello from Docker!\n"

COMMANDS: Tools = {"hello": hello, "cat": cat, "head": head, "tail": tail, "wc": wc, "tee": tee, "dd": dd, "echo": echo}
