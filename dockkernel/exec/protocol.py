"""How a process is run over a tree: one protocol, several executors behind it.

An executor gets a tree and gives a tree back; the caller diffs the two. It never pretends: a program that it cannot
run ends with 127 and a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dockkernel.fs.tree import Tree

Stream = Literal["stdout", "stderr"]
Output = Callable[[Stream, bytes], None]
"""Called as output appears, in order."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may use at most: seconds, bytes of output."""

    seconds: float = 600.0
    output_bytes: int = 64 << 20


class Running(Protocol):
    """A process at work, as the one who watches it sees it."""

    def tree(self) -> Tree:
        """Its root file system as it is now."""
        ...

    def replace(self, tree: Tree) -> None:
        """Gives it another root file system to go on with: one that others have changed as well."""
        ...


Watch = Callable[[Running], int | None]
"""Called on the caller's thread, about ten times a second; a number ends the process with that exit code."""


@dataclass(frozen=True, slots=True)
class ExecRequest:
    """One process to run: argv over a root file system."""

    rootfs: Tree
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    user: str = ""
    """`user[:group]`, names or numbers, empty for root."""
    hostname: str = ""
    stdin: bytes = b""
    limits: Limits = Limits()
    read_only: bool = False
    """Whether the root file system refuses writes (`--read-only`)."""
    now_ns: int = 0
    """The time the process sees at its start, nanoseconds since the epoch, UTC; 0 for the real time."""
    watch: Watch | None = None
    """First called when the program was found and has run for a tenth of a second."""
    stdin_stays: bool = False
    """Whether nobody closes the standard input: who reads past `stdin` waits."""
    mounts: tuple[tuple[str, bool], ...] = ()
    """Paths in the root file system that are mount points (busy, other file systems); True for a read-only one."""
    capacities: Mapping[str, int] = field(default_factory=dict)
    """Bytes that fit into mounts of limited size (`tmpfs`), by path."""
    sandbox: bool = False
    """Whether it runs as a step of a build: no HOSTNAME variable, and of the runtime's files only `/etc/hosts` and
    `/etc/resolv.conf`."""
    hosts: tuple[tuple[str, str], ...] = ()
    """Names and addresses that `/etc/hosts` has besides."""


@dataclass(frozen=True, slots=True)
class ExecResult:
    """What became of the process."""

    exit_code: int
    rootfs: Tree
    reason: str | None = None
    """Why it could not run, in the runtime's words (`exec: "x": executable file not found in $PATH`), else None.

    The process never started when this is set; the exit code is then 126 or 127."""


class Executor(Protocol):
    """Something that runs processes."""

    name: str

    def run(self, request: ExecRequest, output: Output) -> ExecResult:
        """Runs to the end. `KeyboardInterrupt` passes through; `LimitExceeded` when a limit was passed."""
        ...
