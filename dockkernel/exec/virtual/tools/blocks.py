"""dd: bytes by the block."""

from __future__ import annotations

import errno

from dockkernel.exec.virtual.amounts import amount
from dockkernel.exec.virtual.call import Call, Failure, Tools
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.streams import CHUNK, pieces
from dockkernel.exec.virtual.zeros import Zeros, resized
from dockkernel.fs.content import Joined
from dockkernel.fs.node import Content, Device, File, Inline


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
            while data := stream.read(CHUNK):
                await call.stdout.write(data)
    else:
        try:
            _dd_write(
                call, target, content, _number(call, given.get("seek", "0")) * size, "notrunc" in given.get("conv", "")
            )
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise Failure(f"error writing '{target}': {reason(error)}") from None
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


COMMANDS: Tools = {"dd": dd}
