"""What a vertex has come to: layers on a base, and the file system that they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dockkernel.build.result import StepLayer
from dockkernel.fs.tree import Tree
from dockkernel.oci.chain import next_chain_id
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.digest import Digest

SCRATCH_TREE = Tree.empty()


@dataclass(frozen=True, slots=True)
class NewLayer:
    """A layer that a build made, now or earlier; the time in nanoseconds since the epoch, UTC."""

    layer: StepLayer
    created_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """The outcome of a vertex."""

    open_tree: Callable[[], Tree]
    base: tuple[StepLayer, ...] = ()
    """Layers of the image at the bottom."""
    new: tuple[NewLayer, ...] = ()
    chain_id: str = ""
    """Names the file system; empty for scratch, and for files that are no layers."""
    record_id: str = ""
    is_local: bool = False
    """What the client sends: it has no name, only content."""
    name: str = ""
    """Names files that are no layers, such as a commit; empty where only their content tells."""
    caches: dict[str, Tree] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[StepLayer, ...]:
        """All layers, base first."""
        return (*self.base, *(one.layer for one in self.new))

    def tree(self) -> Tree:
        """The file system."""
        return self.open_tree()

    def on_top(self, new: NewLayer, record_id: str, open_tree: Callable[[], Tree]) -> Result:
        """This with one more layer."""
        chain_id = next_chain_id(self.chain_id, new.layer.diff_id)
        return replace(
            self, open_tree=open_tree, new=(*self.new, new), chain_id=chain_id, record_id=record_id, is_local=False
        )


NOTHING = Result(lambda: SCRATCH_TREE)
"""Scratch."""


@dataclass(frozen=True, slots=True)
class KitImage:
    """The image that a graph build gives: config, layers, and the manifest where it was put into the store."""

    config: ImageConfig
    layers: tuple[StepLayer, ...]
    manifest: Digest | None
    open_tree: Callable[[], Tree]
