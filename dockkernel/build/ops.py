"""What a build can do, as a closed set of values: an instruction is lowered to one of these, `perform` acts on it.

Both builders share them: the classic one performs each on the image of the step before it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigOp:
    """Changes the image's config and no file."""

    comment: str
    """The instruction after expansion, as the history shows it."""


@dataclass(frozen=True, slots=True)
class DirOp:
    """Makes a directory, with its parents, where there is none (WORKDIR)."""

    path: str

    @property
    def comment(self) -> str:
        """What the history shows."""
        return f"WORKDIR {self.path}"


@dataclass(frozen=True, slots=True)
class RunOp:
    """Runs a process over the file system."""

    argv: tuple[str, ...]
    args: tuple[str, ...]
    """Build arguments in the process's environment, `NAME=value`."""
    recorded: tuple[str, ...]
    """Those of them that the history and the cache key show."""

    @property
    def saved(self) -> tuple[str, ...]:
        """The command as the history shows it: `|1 VERSION=1.0 /bin/sh -c …`."""
        return (f"|{len(self.recorded)}", *self.recorded, *self.argv) if self.args else self.argv


@dataclass(frozen=True, slots=True)
class CopyOp:
    """Copies files from the build context, a stage or an image."""

    name: str
    """`COPY` or `ADD`."""
    sources: tuple[str, ...]
    dest: str
    """As written, after expansion: a slash at its end counts."""
    source_image: str = ""
    """A stage's name or number, or an image; empty for the build context."""
    chown: str = ""
    unpack: bool = False
    """Whether a local tar archive is unpacked."""

    def comment(self, source_hash: str) -> str:
        """What the history shows; `source_hash` such as `file:1f…`."""
        chown = f"--chown={self.chown} " if self.chown else ""
        return f"{self.name} {chown}{source_hash} in {self.dest} "


Op = ConfigOp | DirOp | RunOp | CopyOp
