"""Single RUNs of the graph builder for tests: a shell line with its mounts over a small root file system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from support.rootfs import busybox

from dockkernel.build.buildkit.ops import ExecOp, MountOp
from dockkernel.build.buildkit.running import Ran, RunServices, failure, run
from dockkernel.build.buildkit.sharing import SharedCaches
from dockkernel.dockerfile.mounts import parse_mount
from dockkernel.exec.protocol import Stream
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree

NOW_NS = 1_800_000_000 * 10**9
ENV = ("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)


@dataclass
class Kit:
    """What RUNs of one build share."""

    secrets: Mapping[str, bytes] = field(default_factory=dict)
    kept: dict[str, Tree] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    cancel: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self.caches = SharedCaches(self.kept.get, self._save)

    def _save(self, key: str, tree: Tree, description: str) -> None:
        self.kept[key] = tree
        self.described[key] = description

    def again(self) -> Kit:
        """The next build: it knows what this one kept."""
        return Kit(self.secrets, self.kept, self.described)

    def run(
        self,
        line: str | Sequence[str],
        *mounts: str,
        rootfs: Tree | None = None,
        inputs: Sequence[Tree | None] = (),
        names: Sequence[str] = (),
        **more: object,
    ) -> Step:
        """One RUN. Mounts take the inputs in order where they take one: all binds, and caches with `from=`."""
        parsed = [parse_mount(text, lambda word: word) for text in mounts]
        places = iter(range(1, len(inputs) + 1))
        ops = tuple(
            MountOp(one, next(places) if one.type == "bind" or (one.type == "cache" and one.from_) else None)
            for one in parsed
        )
        argv = ("/bin/sh", "-c", line) if isinstance(line, str) else tuple(line)
        op = ExecOp(argv, **{"env": ENV, "cwd": "/", "mounts": ops, **more})  # type: ignore[arg-type]
        pieces: list[tuple[Stream, bytes]] = []
        own = busybox() if rootfs is None else rootfs
        services = RunServices(VirtualExecutor(), lambda: NOW_NS, self.caches, self.secrets, names)
        ran = run(op, own, inputs, services, lambda *piece: pieces.append(piece), self.cancel)
        return Step(op, own, ran, pieces)


@dataclass
class Step:
    """A RUN that has ended."""

    op: ExecOp
    before: Tree
    ran: Ran
    pieces: list[tuple[Stream, bytes]]

    def _stream(self, name: Stream) -> str:
        return b"".join(data for stream, data in self.pieces if stream == name).decode("utf-8", "replace")

    @property
    def out(self) -> str:
        return self._stream("stdout")

    @property
    def err(self) -> str:
        return self._stream("stderr")

    @property
    def failure(self) -> str:
        """BuildKit's error, empty when there is none."""
        return failure(self.op, self.ran) if self.ran.reason is not None or self.ran.exit_code else ""

    @property
    def layer(self) -> list[str]:
        """What the layer would hold, one line an entry: `+` new, `~` changed, `-` gone."""
        marks = {"ADDED": "+", "MODIFIED": "~", "DELETED": "-", "OPAQUE": "!"}
        return [f"{marks[one.kind.name]} {one.path}" for one in diff(self.before, self.ran.rootfs)]
