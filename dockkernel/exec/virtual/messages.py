"""What programs say: error texts of Linux, and the two families of them, busybox's and GNU's (with bash or dash)."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Literal

_REASONS = {
    errno.EPERM: "Operation not permitted",
    errno.ENOENT: "No such file or directory",
    errno.EACCES: "Permission denied",
    errno.EBUSY: "Device or resource busy",
    errno.EEXIST: "File exists",
    errno.EXDEV: "Invalid cross-device link",
    errno.ENOTDIR: "Not a directory",
    errno.EISDIR: "Is a directory",
    errno.EINVAL: "Invalid argument",
    errno.ENOSPC: "No space left on device",
    errno.EROFS: "Read-only file system",
    errno.ENAMETOOLONG: "File name too long",
    errno.ENOTEMPTY: "Directory not empty",
    errno.ELOOP: "Too many levels of symbolic links",
    errno.ENXIO: "No such device or address",
    errno.ENOTSUP: "Operation not supported",
    errno.EILSEQ: "Invalid or incomplete multibyte or wide character",
}


def reason(error: OSError) -> str:
    """The error in Linux's words, whatever the host calls it."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


Family = Literal["busybox", "gnu"]
ShellKind = Literal["ash", "dash", "bash"]


@dataclass(frozen=True, slots=True)
class Speech:
    """Which programs the image has, seen from what they say."""

    family: Family = "gnu"
    shell: ShellKind = "bash"
    """What `/bin/sh` is."""

    @property
    def busybox(self) -> bool:
        """Whether the programs are busybox's."""
        return self.family == "busybox"

    def not_found(self, shell: str, name: str, line: int = 1) -> str:
        """The shell's line for a command that is not there, without the newline; `shell` is its `$0`."""
        match self.shell:
            case "ash":
                return f"{shell}: {name}: not found"
            case "dash":
                return f"{shell}: {line}: {name}: not found"
        return f"{shell}: line {line}: {name}: command not found"

    def shell_error(self, shell: str, text: str, line: int = 1) -> str:
        """Another error line of the shell."""
        match self.shell:
            case "ash":
                return f"{shell}: {text}"
            case "dash":
                return f"{shell}: {line}: {text}"
        return f"{shell}: line {line}: {text}"

    def cannot(self, what: str, path: str, error: OSError | str) -> str:
        """`cannot remove 'x': No such file or directory`, or busybox's form of it (`can't remove …`)."""
        why = error if isinstance(error, str) else reason(error)
        if not self.busybox:
            return f"cannot {what} '{path}': {why}"
        return f"can't {what} '{path}': {why}"

    def plain(self, what: str, path: str, error: OSError | str) -> str:
        """GNU's `cannot access 'x': …`, where busybox says only `x: …`."""
        why = error if isinstance(error, str) else reason(error)
        return f"{path}: {why}" if self.busybox else f"cannot {what} '{path}': {why}"
