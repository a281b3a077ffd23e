"""The tar format by its fields: ustar blocks, PAX records, GNU numbers (POSIX.1-2017 pax; GNU tar manual).

What is read here comes from strangers: everything is bounded, and everything wrong is an `IntegrityError`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from zlib import adler32

from dockkernel.errors import IntegrityError
from dockkernel.fs.node import Meta

BLOCK = 512
HEADER_LIMIT = 1 << 20
"""Bytes of one PAX or GNU long-name header at most, as Go's reader has it."""
COMMON = struct.Struct("100s24s11sc12s8sc188xc166x")
"""What a regular file needs: name, mode + uid + gid, size, its last byte, mtime, checksum, type, start of prefix."""
_USTAR = struct.Struct("100s56sc100s8s64x16s155s12x")
END = bytes(2 * BLOCK)
MAX_TIME_NS = (1 << 63) - 1
"""Latest time in nanoseconds; Docker takes times outside 0…this for 0."""


def header(
    name: bytes,
    kind: bytes,
    meta: Meta,
    *,
    size: int = 0,
    link: bytes = b"",
    device: tuple[int, int] = (0, 0),
) -> bytes:
    """An entry's header blocks: ustar, with a PAX header before it when ustar cannot hold a value.

    Times are cut to whole seconds. `kind` is the type flag, `device` major and minor number.
    """
    records = {f"SCHILY.xattr.{key}": value for key, value in meta.xattrs.items()} if meta.xattrs else {}
    short, prefix = _ustar_name(name)
    if short is None:
        records["path"] = name
        short = _ascii(name)
    if len(link) > 100 or not link.isascii():
        records["linkpath"] = link
        link = _ascii(link)
    uid, gid, mtime = meta.uid, meta.gid, bounded_time(meta.mtime_ns) // 10**9
    if uid >= 8**7:
        records["uid"], uid = b"%d" % uid, 0
    if gid >= 8**7:
        records["gid"], gid = b"%d" % gid, 0
    if mtime >= 8**11:
        records["mtime"], mtime = b"%d" % mtime, 0
    length = size
    if size >= 8**11:
        records["size"], length = b"%d" % size, 0
    block = _block(short, prefix, kind, (meta.mode, uid, gid, length, mtime), link, device)
    if not records:
        return block
    data = pax_encode(records)
    above, _, last = _ascii(name.rstrip(b"/")).rpartition(b"/")
    pax_name = b"/".join(filter(None, (above, b"PaxHeaders.0", last)))[:100]
    return _block(pax_name, b"", b"x", (0, 0, 0, len(data), 0)) + padded(data) + block


def _ustar_name(name: bytes) -> tuple[bytes | None, bytes]:
    """The name and prefix fields; None when the name does not fit."""
    if not name.isascii():
        return None, b""
    if len(name) <= 100:
        return name, b""
    cut = name.rfind(b"/", 0, min(len(name) - 1, 156))
    if cut <= 0 or len(name) - cut - 1 > 100:
        return None, b""
    return name[cut + 1 :], name[:cut]


def _ascii(name: bytes) -> bytes:
    """What readers without PAX see."""
    return bytes(byte if byte < 0x80 else 0x5F for byte in name[:100])


def _block(
    name: bytes,
    prefix: bytes,
    kind: bytes,
    numbers: tuple[int, int, int, int, int],
    link: bytes = b"",
    device: tuple[int, int] = (0, 0),
) -> bytes:
    """A ustar block; the numbers are mode, uid, gid, size and mtime."""
    head = _USTAR.pack(
        name,
        b"%07o\0%07o\0%07o\0%011o\0%011o\0        " % numbers,
        kind,
        link,
        b"ustar\00000",
        b"%07o\0%07o\0" % device,
        prefix,
    )
    # Adler-32 has a plain sum of bytes as its lower half, exact for 256 bytes; no other sum is as quick.
    total = (adler32(head[:256]) & 0xFFFF) + (adler32(head[256:]) & 0xFFFF) - 2
    return b"%b%06o\0 %b" % (head[:148], total, head[156:])


def padded(data: bytes) -> bytes:
    """The data filled up with zeros to whole blocks."""
    return data + bytes(-len(data) % BLOCK)


def octal(field: bytes) -> int:
    """A field of octal digits, blanks around them allowed."""
    if len(field.rstrip(b"01234567")) or not field:
        return number(field)
    return int(field, 8)


def number(field: bytes) -> int:
    """A numeric field: octal digits, or base 256 when the first bit is set."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=field[0] == 0xFF)
        return value if field[0] == 0xFF else value - (0x80 << 8 * (len(field) - 1))
    text = field.partition(b"\0")[0].strip(b" ")
    if text.strip(b"01234567"):
        raise IntegrityError(f"invalid tar header: {text!r} is no octal number")
    return int(text, 8) if text else 0


def checked(block: bytes, claimed: bytes) -> int:
    """The block's checksum; `IntegrityError` unless it is the one claimed (old writers took bytes as signed).

    What is given is the sum of unsigned bytes, the checksum field taken for blanks.
    """
    rest = block[:148] + b" " * 8 + block[156:]
    total = sum(rest)
    if number(claimed) not in (total, total - 256 * sum(byte > 0x7F for byte in rest)):
        raise IntegrityError("invalid tar header: wrong checksum")
    return total


def full_name(block: bytes) -> bytes:
    """The name as ustar has it, with the prefix."""
    name = block[:100].partition(b"\0")[0]
    if block[345] and block[257:263] == b"ustar\0":
        return b"%b/%b" % (block[345:500].partition(b"\0")[0], name)
    return name


def pax_encode(records: Mapping[str, bytes]) -> bytes:
    """Records in the form `LENGTH KEY=VALUE` and a newline, by key."""
    return b"".join(_record(key, records[key]) for key in sorted(records))


def _record(key: str, value: bytes) -> bytes:
    rest = b" %b=%b\n" % (key.encode("utf-8", "surrogateescape"), value)
    length = len(rest)
    while length != len(rest) + len(b"%d" % length):
        length = len(rest) + len(b"%d" % length)
    return b"%d%b" % (length, rest)


def pax_decode(data: bytes) -> list[tuple[str, bytes]]:
    """The records in their order; keys repeat in GNU.sparse 0.0. `IntegrityError` when the form is wrong."""
    records: list[tuple[str, bytes]] = []
    at = 0
    while at < len(data) and data[at]:
        blank = data.find(b" ", at, at + 20)
        digits = data[at:blank] if blank > at else b""
        end = at + int(digits) if digits.isdigit() else 0
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if not (blank < end <= len(data)) or data[end - 1 : end] != b"\n" or not equals or not key:
            raise IntegrityError("invalid tar header: malformed PAX record")
        records.append((key.decode("utf-8", "surrogateescape"), value))
        at = end
    return records


def decimal(value: bytes) -> int:
    """A whole, non-negative decimal number of at most 19 digits."""
    if not value.isdigit() or len(value) > 19:
        raise IntegrityError(f"invalid tar header: {value[:40]!r} is no number")
    return int(value)


def pax_time(value: bytes) -> int:
    """Nanoseconds since the epoch, from decimal seconds with or without a fraction."""
    whole, _, fraction = value.lstrip(b"-").partition(b".")
    if not whole.isdigit() or len(whole) > 19 or (fraction and not fraction.isdigit()):
        raise IntegrityError(f"invalid tar header: {value[:40]!r} is no time")
    nanoseconds = int(whole) * 10**9 + int((fraction[:9]).ljust(9, b"0"))
    return bounded_time(-nanoseconds if value.startswith(b"-") else nanoseconds)


def bounded_time(nanoseconds: int) -> int:
    """The time, or 0 for one that Docker does not take."""
    return nanoseconds if 0 <= nanoseconds <= MAX_TIME_NS else 0
