"""What a vertex of the build graph does, as a closed set of values.

Sources have no inputs and give a file system. The others change the file system of their first input by one layer.
Values hold what was expanded; equal values mean equal work, so that a digest of them is half of a cache key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dockkernel.dockerfile.instructions import InlineFile
from dockkernel.dockerfile.mounts import Mount


@dataclass(frozen=True, slots=True)
class ImageSource:
    """An image: the base of a stage, or where COPY and a mount take files from."""

    reference: str
    """Canonical, with tag or digest."""
    platform: str = ""
    """`os/arch[/variant]`."""


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A tree that the client sends: the build context, or a named one (`--build-context`)."""

    name: str = "context"


@dataclass(frozen=True, slots=True)
class HttpSource:
    """A file from the web (ADD)."""

    url: str
    checksum: str = ""
    """`sha256:…` that the file must have, or empty."""
    filename: str = ""
    """What it is called; empty for the name in the address."""


@dataclass(frozen=True, slots=True)
class GitSource:
    """A Git repository at a commit (ADD, a context)."""

    url: str
    ref: str = ""
    """Branch, tag, commit; empty for the default branch."""
    subdir: str = ""
    keep_git_dir: bool = False
    checksum: str = ""
    """What the commit's number must begin with, or empty."""
    submodules: bool = True


@dataclass(frozen=True, slots=True)
class MountOp:
    """A mount of RUN; `input` is the place of its tree among the vertex's inputs, None where it has none."""

    mount: Mount
    input: int | None = None


@dataclass(frozen=True, slots=True)
class ExecOp:
    """RUN: a process over the file system."""

    argv: tuple[str, ...]
    env: tuple[str, ...]
    """`NAME=value`, whole: of the image, then build arguments."""
    cwd: str
    user: str = ""
    mounts: tuple[MountOp, ...] = ()
    network: str = "default"
    security: str = "sandbox"
    hostname: str = ""
    """Empty for BuildKit's own."""
    hosts: tuple[tuple[str, str], ...] = ()
    """Names and addresses that the process knows."""
    script: str = ""
    """A script with an interpreter of its own (`RUN <<EOF` and `#!`), mounted as `script_path`; else empty."""
    script_path: str = ""
    hidden_env: tuple[str, ...] = field(default=(), compare=False)
    """Proxies: `NAME=value` that the process sees and no key."""


@dataclass(frozen=True, slots=True)
class CopyOp:
    """Files of another tree, or files that are written here, into a file system.

    `sources` are patterns in the tree that the files come from. An instruction is one of these, or several one after
    the other where it has several kinds of sources (see `CopyGroup`).
    """

    name: str
    """`COPY` or `ADD`."""
    sources: tuple[str, ...]
    dest: str
    """Absolute; a slash at its end counts."""
    files: tuple[InlineFile, ...] = ()
    """Here-documents, already expanded; where there are some, there are no sources and no second input."""
    chown: str = ""
    chmod: str = ""
    """Octal or symbolic, or empty."""
    link: bool = False
    """The layer does not depend on what is below it."""
    parents: bool = False
    exclude: tuple[str, ...] = ()
    unpack: bool | None = None
    """Whether archives are unpacked: ADD does so with local ones (True), and with others only if it is said."""
    required_paths: bool = True
    """Whether a source that is a plain path must be there (a pattern with wildcards always must match something)."""


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """COPY and ADD: its parts one after the other in one layer. The part at place i takes from input i + 1."""

    parts: tuple[CopyOp, ...]

    @property
    def link(self) -> bool:
        """Whether the layer is the same on any base."""
        return self.parts[0].link


@dataclass(frozen=True, slots=True)
class DirOp:
    """WORKDIR: a directory with its parents, where there is none."""

    path: str
    """Absolute."""
    user: str = ""


Source = ImageSource | LocalSource | HttpSource | GitSource
Op = Source | ExecOp | CopyGroup | DirOp
