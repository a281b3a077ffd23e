"""A `Files` as the shell library's file system, through its C interface `bashkit.FileSystem.v1`.

The library calls a table of C functions for every read, write, mkdir, remove, rename …; `ctypes` makes them from
Python methods, on every platform. Memory that is handed over is kept until the library frees it. The structures are
those of the library's stable ABI; `tests/unit/exec/test_bridge.py` pins them to the installed version.
"""

from __future__ import annotations

import ctypes as c
import errno
from collections.abc import Callable
from typing import Any

from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.messages import reason
from dockkernel.fs.node import Device, Dir, File, Node, size_of

CAPSULE = b"bashkit.FileSystem.v1"


class _Ref(c.Structure):
    _fields_ = (("ptr", c.c_void_p), ("len", c.c_size_t))


class _Error(c.Structure):
    _fields_ = (("kind", c.c_uint32), ("message", _Ref))


class _Meta(c.Structure):
    _fields_ = (
        ("file_type", c.c_uint8),
        ("reserved", c.c_uint8 * 7),
        ("size", c.c_uint64),
        ("mode", c.c_uint32),
        ("modified_seconds", c.c_int64),
        ("modified_nanos", c.c_uint32),
        ("created_seconds", c.c_int64),
        ("created_nanos", c.c_uint32),
    )


class _Entry(c.Structure):
    _fields_ = (("name", _Ref), ("meta", _Meta))


_PathOut = c.CFUNCTYPE(c.c_uint32, c.c_void_p, _Ref, c.POINTER(_Ref), c.POINTER(_Error))
_PathData = c.CFUNCTYPE(c.c_uint32, c.c_void_p, _Ref, _Ref, c.POINTER(_Error))
_PathFlag = c.CFUNCTYPE(c.c_uint32, c.c_void_p, _Ref, c.c_bool, c.POINTER(_Error))
_PathMeta = c.CFUNCTYPE(c.c_uint32, c.c_void_p, _Ref, c.POINTER(_Meta), c.POINTER(_Error))
_PathBool = c.CFUNCTYPE(c.c_uint32, c.c_void_p, _Ref, c.POINTER(c.c_bool), c.POINTER(_Error))
_PathMode = c.CFUNCTYPE(c.c_uint32, c.c_void_p, _Ref, c.c_uint32, c.POINTER(_Error))
_Free = c.CFUNCTYPE(None, c.c_void_p, _Ref)
_Count = c.CFUNCTYPE(None, c.c_void_p)

_TABLE: tuple[tuple[str, Any], ...] = (
    ("read_file", _PathOut),
    ("write_file", _PathData),
    ("append_file", _PathData),
    ("mkdir", _PathFlag),
    ("remove", _PathFlag),
    ("stat", _PathMeta),
    ("read_dir", _PathOut),
    ("exists", _PathBool),
    ("rename", _PathData),
    ("copy", _PathData),
    ("symlink", _PathData),
    ("read_link", _PathOut),
    ("chmod", _PathMode),
    ("free_bytes", _Free),
    ("free_dir_entries", _Free),
)


class _Table(c.Structure):
    _fields_ = _TABLE


class _Handle(c.Structure):
    _fields_ = (
        ("abi", c.c_uint32),
        ("reserved", c.c_uint32),
        ("instance", c.c_void_p),
        ("retain", _Count),
        ("release", _Count),
        ("table", c.POINTER(_Table)),
    )


_KINDS = {
    errno.ENOENT: 1,
    errno.EEXIST: 2,
    errno.EACCES: 3,
    errno.EPERM: 3,
    errno.EINVAL: 4,
    errno.EISDIR: 5,
    errno.ENOTDIR: 6,
    errno.ENOTEMPTY: 7,
}


def _text(ref: _Ref) -> str:
    return _bytes(ref).decode("utf-8", "surrogateescape")


def _bytes(ref: _Ref) -> bytes:
    return c.string_at(ref.ptr, ref.len) if ref.len else b""


def _fill(meta: _Meta, node: Node) -> None:
    if isinstance(node, File):
        meta.file_type = 0
    elif isinstance(node, Dir):
        meta.file_type = 1
    else:
        # The library knows no devices; a character device that is read as a file is one.
        meta.file_type = (3 if node.kind == "fifo" else 0) if isinstance(node, Device) else 2
    meta.size = size_of(node)
    meta.mode = node.meta.mode
    seconds, nanos = divmod(node.meta.mtime_ns, 10**9)
    meta.modified_seconds = meta.created_seconds = seconds
    meta.modified_nanos = meta.created_nanos = nanos


class Bridge:
    """Keeps alive what the library holds pointers to; `filesystem()` is what `Bash.mount` takes."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._kept: dict[int, object] = {}
        self._table = _Table(*(kind(self._method(name, kind)) for name, kind in _TABLE))
        nothing = _Count(lambda instance: None)
        self._handle = _Handle(1, 0, 1, nothing, nothing, c.pointer(self._table))
        self._name = c.create_string_buffer(CAPSULE)

    def filesystem(self) -> Any:
        """The library's file system object over these files."""
        from bashkit import FileSystem

        new = c.pythonapi.PyCapsule_New
        new.restype = c.py_object
        new.argtypes = (c.c_void_p, c.c_char_p, c.c_void_p)
        return FileSystem.from_capsule(new(c.addressof(self._handle), c.cast(self._name, c.c_char_p), None))

    @property
    def held(self) -> int:
        """Buffers that the library has not freed yet."""
        return len(self._kept)

    def _method(self, name: str, kind: Any) -> Callable[..., int | None]:
        act: Callable[..., None] = getattr(self, "_" + name)
        if kind is _Free:
            return act

        def call(instance: int, *arguments: Any) -> int:
            try:
                act(*arguments[:-1])
            except Exception as error:
                # An exception cannot cross C: every one becomes the library's error value.
                self._report(arguments[-1][0], error)
                return 1
            return 0

        return call

    def _report(self, slot: _Error, error: Exception) -> None:
        code = error.errno if isinstance(error, OSError) else None
        slot.kind = _KINDS.get(code or 0, 0)
        text = reason(error) if isinstance(error, OSError) else str(error)
        slot.message = self._own(text.encode("utf-8", "replace"))

    def _own(self, data: bytes) -> _Ref:
        buffer = c.create_string_buffer(data, max(1, len(data)))
        address = c.addressof(buffer)
        self._kept[address] = buffer
        return _Ref(address, len(data))

    def _read_file(self, path: _Ref, out: Any) -> None:
        name = _text(path)
        data = self._files.read(name)
        self._files.on_read(name, data)
        out[0] = self._own(data)

    def _write_file(self, path: _Ref, data: _Ref) -> None:
        self._files.write(_text(path), _bytes(data))
        self._files.on_write()

    def _append_file(self, path: _Ref, data: _Ref) -> None:
        self._files.append(_text(path), _bytes(data))
        self._files.on_write()

    def _mkdir(self, path: _Ref, recursive: bool) -> None:
        self._files.mkdir(_text(path), parents=recursive)

    def _remove(self, path: _Ref, recursive: bool) -> None:
        name = _text(path)
        if recursive:
            for error in self._files.remove_tree(name):
                raise error
        elif isinstance(self._files.lstat(name), Dir):
            self._files.rmdir(name)
        else:
            self._files.remove(name)

    def _stat(self, path: _Ref, out: Any) -> None:
        _fill(out[0], self._files.shape(_text(path)))

    def _read_dir(self, path: _Ref, out: Any) -> None:
        listed = self._files.entries(_text(path))
        array = (_Entry * max(1, len(listed)))()
        for entry, (name, node) in zip(array, listed, strict=False):
            # The library takes no other names than UTF-8 and would give up the whole folder.
            entry.name = self._own(name.encode("utf-8", "replace"))
            _fill(entry.meta, node)
        address = c.addressof(array)
        self._kept[address] = array
        out[0] = _Ref(address, len(listed))

    def _exists(self, path: _Ref, out: Any) -> None:
        out[0] = self._files.exists(_text(path))

    def _rename(self, old: _Ref, new: _Ref) -> None:
        self._files.rename(_text(old), _text(new))

    def _copy(self, old: _Ref, new: _Ref) -> None:
        self._files.write(_text(new), self._files.read(_text(old)))

    def _symlink(self, target: _Ref, path: _Ref) -> None:
        self._files.symlink(_text(target), _text(path))

    def _read_link(self, path: _Ref, out: Any) -> None:
        out[0] = self._own(self._files.readlink(_text(path)).encode("utf-8", "surrogateescape"))

    def _chmod(self, path: _Ref, mode: int) -> None:
        self._files.chmod(_text(path), mode)

    def _free_bytes(self, instance: int, data: _Ref) -> None:
        self._kept.pop(data.ptr or 0, None)

    def _free_dir_entries(self, instance: int, entries: _Ref) -> None:
        array = self._kept.pop(entries.ptr or 0, None)
        if array is not None:
            for index in range(entries.len):
                self._kept.pop(array[index].name.ptr, None)  # type: ignore[index]
