"""From a recipe's layer to file system changes: real small files, and filler where the real one is big.

Filler is an ELF-like header with a line that says what it is, or nothing, and zeros up to its size; it never exists in
memory as a whole. Sizes are exact: `bulk` files share out what a layer still lacks up to its recipe's `size`.
"""

from __future__ import annotations

import io
import posixpath
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, cast

from dockkernel.errors import ParseError
from dockkernel.fs.change import Change, ChangeKind
from dockkernel.fs.node import Dir, File, Inline, Link, Meta, Node, Symlink, size_of
from dockkernel.registry.packages import apk_entries, dpkg_entries
from dockkernel.registry.recipe import Body, Recipe, file_set, lineage, recipe

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_ZEROS = bytes(1 << 20)
_ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00\x01\x00\x00\x00" + bytes(40)
SAYS = b"when it is run, it prints:\n"
"""Stands in the head of a filler program, before its output."""
_DPKG, _APK = "var/lib/dpkg/status", "lib/apk/db/installed"
_USR = ("bin", "lib", "lib64", "sbin")


@dataclass(frozen=True, slots=True)
class Filler:
    """Content of `size` bytes: `head`, then zeros."""

    head: bytes
    size: int

    def open(self) -> BinaryIO:
        """A fresh stream over the bytes."""
        return cast("BinaryIO", _FillerReader(self))


class _FillerReader(io.RawIOBase):
    """Reads filler; a long read gives the one constant run of zeros, which is not copied."""

    def __init__(self, filler: Filler) -> None:
        super().__init__()
        self._filler = filler
        self._at = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        left = self._filler.size - self._at
        count = left if size is None or size < 0 else min(size, left)
        head = self._filler.head[self._at : self._at + count]
        if size < 0:
            data = head + bytes(count - len(head))
        else:
            data = head or (_ZEROS if count >= len(_ZEROS) else _ZEROS[:count])
        self._at += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


def program(path: str, size: int, says: str = "") -> Filler:
    """What stands for an executable or a shared library: a header, a line of text, zeros.

    When it `says` something, an executor that knows the marker `SAYS` prints what follows it up to the first zero byte.
    """
    text = f"dockkernel teaching image filler: /{path}\n".encode()
    return Filler(_ELF + text + (SAYS + says.encode() if says else b""), size)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the layers below have that a layer can add to: texts, modes and owners, the shape of `/usr`."""

    texts: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    merged: bool = False


@lru_cache(maxsize=8)
def image_layers(key: str) -> tuple[tuple[Change, ...], ...]:
    """The changes of each layer that the recipe `key` itself makes, in order; those of its base are not among them."""
    top = recipe(key)
    layers, _ = _own(top, _ground(top.base))
    return layers


@lru_cache(maxsize=8)
def _ground(key: str) -> Ground:
    ground = Ground()
    for below in lineage(recipe(key)) if key else ():
        _, ground = _own(below, ground)
    return ground


def _own(top: Recipe, ground: Ground) -> tuple[tuple[tuple[Change, ...], ...], Ground]:
    layers = []
    time_ns = int(datetime.fromisoformat(top.created).timestamp()) * 10**9
    for number, body in enumerate(top.bodies):
        layer = Layer(ground, time_ns)
        try:
            layers.append(layer.lay(body))
        except ParseError as error:
            raise ParseError(f"recipe {top.key}, layer {number}: {error.message}") from error
        ground = layer.ground
    return tuple(layers), ground


class Layer:
    """One layer in the making."""

    def __init__(self, ground: Ground, time_ns: int) -> None:
        self._texts = dict(ground.texts)
        self._modes = dict(ground.modes)
        self._merged = ground.merged
        self._time_ns = time_ns
        self._nodes: dict[str, Node] = {}
        self._removed: list[str] = []
        self._says: dict[str, str] = {}

    @property
    def ground(self) -> Ground:
        """What the next layer stands on."""
        return Ground(self._texts, self._modes, self._merged)

    def lay(self, body: Body) -> tuple[Change, ...]:
        """The layer's changes, parents before children."""
        self._merged = self._merged or body.merged
        parts = [file_set(name) for name in body.use] + [body]
        for part in parts:
            self._modes.update((self._path(path), mode) for path, mode in part.modes)
        if body.merged:
            for name in _USR:
                self._nodes[name] = Symlink(Meta(0o777, mtime_ns=self._time_ns), f"usr/{name}")
        for part in parts:
            self._part(part)
        self._fill(body.size, [part.bulk for part in parts])
        return self._changes()

    def _part(self, part: Body) -> None:
        for path in part.dirs.split():
            self._add(path, Dir(self._meta(self._path(path), 0o755)))
        for directory, names in part.programs:
            for word in names.split():
                name, _, size = word.partition("=")
                self._program(posixpath.join(directory, name), size)
        for path, text in part.text:
            self._text(path, text, 0o644)
        for path, text in part.script:
            self._text(path, text, 0o755)
        for path, text in part.append:
            self._text(path, self._texts.get(self._path(path), "") + text, 0o644)
        if part.dpkg:
            self._text(_DPKG, self._texts.get(_DPKG, "") + dpkg_entries(part.dpkg), 0o644)
        if part.apk:
            self._text(_APK, self._texts.get(_APK, "") + apk_entries(part.apk), 0o644)
        for path, target in part.links:
            self._links(path, target)
        for path, names in part.same:
            self._same(path, names)
        self._says.update((self._path(path), text) for path, text in part.says)
        self._removed += [self._path(path) for path in part.remove.split()]

    def _path(self, path: str) -> str:
        first, slash, rest = path.partition("/")
        return f"usr/{first}{slash}{rest}" if self._merged and first in _USR else path

    def _meta(self, path: str, mode: int) -> Meta:
        words = self._modes.get(path, "").split()
        owner = [int(word) for word in words[1:]] or [0, 0]
        return Meta(int(words[0], 8) if words else mode, owner[0], owner[1], self._time_ns)

    def _add(self, path: str, node: Node) -> None:
        self._nodes[self._path(path)] = node

    def _program(self, path: str, size: str) -> None:
        path = self._path(path)
        content = program(path, int(size) if size else 6_000 + zlib.crc32(path.encode()) % 40_000)
        self._nodes[path] = File(self._meta(path, 0o755), content)

    def _text(self, path: str, text: str, mode: int) -> None:
        path = self._path(path)
        self._texts[path] = text
        self._nodes[path] = File(self._meta(path, mode), Inline(text.encode()))

    def _links(self, path: str, target: str) -> None:
        """`PATH = "TARGET"`, or for many names in one directory `DIRECTORY/ = "TARGET: NAMES"`."""
        names = [""]
        if path.endswith("/"):
            target, _, rest = target.partition(": ")
            names = rest.split()
        for name in names:
            self._add(path + name, Symlink(Meta(0o777, mtime_ns=self._time_ns), target))

    def _same(self, path: str, names: str) -> None:
        node = self._nodes.get(self._path(path))
        if not isinstance(node, File):
            raise ParseError(f"no file {path} to link to")
        linked = File(node.meta, node.content, node.link or Link())
        for name in (path, *(posixpath.join(posixpath.dirname(path), word) for word in names.split())):
            self._add(name, linked)

    def _fill(self, size: int, bulks: list[str]) -> None:
        """Gives the bulk files the sizes that make the layer `size` bytes, in proportion to their weights."""
        words = " ".join(bulks).split()
        paths, weights = [self._path(path) for path in words[::2]], [int(weight) for weight in words[1::2]]
        rest = size - self._size()
        if size and (rest < 0 or not paths):
            raise ParseError(f"{self._size()} bytes without filler, {size} wanted")
        shares = [rest * weight // sum(weights) for weight in weights] if size else weights
        for number, (path, share) in enumerate(zip(paths, shares, strict=True)):
            extra = rest - sum(shares) if size and number == 0 else 0
            self._nodes[path] = self._bulk(path, share + extra)

    def _bulk(self, path: str, size: int) -> File:
        says = self._says.get(path, "")
        if says or ".so" in path or "/bin/" in path or "/sbin/" in path:
            return File(self._meta(path, 0o755), program(path, size, says))
        return File(self._meta(path, 0o644), Filler(b"", size))

    def _size(self) -> int:
        unique = {
            id(node.link) if isinstance(node, File) and node.link else path: node for path, node in self._nodes.items()
        }
        return sum(size_of(node) for node in unique.values())

    def _changes(self) -> tuple[Change, ...]:
        for path in [*self._nodes, *self._removed]:
            for parent in _parents(path):
                self._nodes.setdefault(parent, Dir(self._meta(parent, 0o755)))
        changes = [Change(path, ChangeKind.ADDED, node) for path, node in self._nodes.items()]
        changes += [Change(path, ChangeKind.DELETED, None) for path in self._removed]
        return tuple(sorted(changes, key=lambda change: change.path.encode().replace(b"/", b"\0")))


def _parents(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
