"""Which program a name means, from what is really in the tree: runc's search, a shell's search, `#!` lines, busybox."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dockkernel.exec.virtual.access import EXECUTE, base, join
from dockkernel.exec.virtual.files import Files
from dockkernel.exec.virtual.messages import Speech
from dockkernel.fs.node import Dir, File, Symlink

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HEAD = 256
"""Bytes of a `#!` line that the kernel reads."""


class CannotRun(Exception):
    """The program cannot be started: `code` 126 or 127, `reason` in the runtime's words."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Script:
    """A file that begins with `#!`."""

    path: str
    interpreter: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """An executable text file without `#!`: a shell runs it, the kernel does not."""

    path: str


@dataclass(frozen=True, slots=True)
class Binary:
    """Machine code; `command` is what it calls itself."""

    path: str
    command: str


Program = Script | Text | Binary


def find(files: Files, name: str, path: str, cwd: str) -> str:
    """The path of the program; `CannotRun` with runc's reason."""
    if "/" in name:
        full = join(cwd, name)
        try:
            node = files.stat(full)
        except PermissionError:
            raise CannotRun(126, f'exec: "{name}": permission denied') from None
        except OSError:
            raise CannotRun(127, f'exec: "{name}": stat {name}: no such file or directory') from None
        if not isinstance(node, File) or not files.allowed(full, 1):
            raise CannotRun(126, f'exec: "{name}": permission denied')
        return full
    found = search(files, name, path, cwd)
    if found is None:
        raise CannotRun(127, f'exec: "{name}": executable file not found in $PATH')
    return found


def search(files: Files, name: str, path: str, cwd: str = "/", *, want: int = EXECUTE) -> str | None:
    """The first file of this name along `path` that may be executed; with `want` 0 any file."""
    if not name:
        return None
    for folder in path.split(":"):
        full = f"{join(cwd, folder or '.').rstrip('/')}/{name}"
        try:
            node = files.stat(full)
        except OSError:
            continue
        if isinstance(node, File) and files.allowed(full, want):
            return full
    return None


def identify(files: Files, path: str) -> Program:
    """What kind of program the file is."""
    real = files.realpath(path)
    if base(real) == "busybox":
        return Binary(path, base(path))
    node = files.stat(path)
    assert isinstance(node, File)
    with node.content.open() as source:
        head = source.read(_HEAD)
    if head.startswith(b"#!"):
        words = head[2:].split(b"\n")[0].decode("utf-8", "surrogateescape").strip().split(None, 1)
        if words:
            return Script(path, words[0], words[1].strip() if len(words) > 1 else "")
    if head[:4] == b"\x7fELF" or b"\0" in head:
        return Binary(path, base(path))
    return Text(path)


def speech(files: Files) -> Speech:
    """Which family of programs the image has, from what its `sh` and `ls` are links to."""
    shell = _target(files, ("/bin/sh", "/usr/bin/sh"))
    listing = _target(files, ("/bin/ls", "/usr/bin/ls", "/bin/busybox"))
    family = "busybox" if listing == "busybox" else "gnu"
    if shell == "busybox" or (not shell and family == "busybox"):
        return Speech("busybox" if family == "busybox" else "gnu", "ash")
    if shell == "dash" or (shell == "sh" and _target(files, ("/bin/dash", "/usr/bin/dash"))):
        return Speech("gnu" if family == "gnu" else "busybox", "dash")
    return Speech("gnu" if family == "gnu" else "busybox", "bash")


def _target(files: Files, paths: tuple[str, ...]) -> str:
    for path in paths:
        if files.exists(path):
            return base(files.realpath(path))
    return ""


def names_in_path(files: Files, path: str) -> dict[str, str]:
    """Every name along `path` that looks executable, with its first path; nothing is read."""
    found: dict[str, str] = {}
    for folder in path.split(":"):
        if not folder.startswith("/"):
            continue
        try:
            node = files.stat(folder)
        except OSError:
            continue
        if isinstance(node, Dir):
            for name in _executables(node):
                found.setdefault(name, f"{folder.rstrip('/')}/{name}")
    return found


@lru_cache(maxsize=64)
def _executables(folder: Dir) -> tuple[str, ...]:
    return tuple(
        name
        for name, node in folder.children.items()
        if isinstance(node, Symlink) or (isinstance(node, File) and node.meta.mode & 0o111)
    )
