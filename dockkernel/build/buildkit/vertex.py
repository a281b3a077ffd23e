"""One node of the build graph: an operation, the vertices it stands on, and how it is called in the progress."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dockkernel.build.buildkit.ops import CopyGroup, Op
from dockkernel.errors import Span
from dockkernel.oci.digest import Digest


@dataclass(frozen=True)
class Vertex:
    """A vertex. Two with the same operation and the same inputs are one: `id` says so."""

    op: Op
    inputs: tuple[Vertex | None, ...]
    """The base first, None for scratch; then the trees that files come from. Sources have no inputs."""
    name: str
    stage: int
    span: Span | None = None
    no_cache: bool = False
    text: str = ""
    """The instruction as written, for whoever explains."""
    arguments: tuple[tuple[str, str], ...] = ()
    """The build arguments in scope with their values, for whoever explains."""

    @cached_property
    def id(self) -> str:
        """The digest of the definition."""
        below = ",".join("" if one is None else one.id for one in self.inputs)
        return str(Digest.of(f"{self.op!r}\n{below}\n{self.no_cache}".encode("utf-8", "surrogatepass")))

    @property
    def base(self) -> Vertex | None:
        """The vertex whose file system this one changes; None for sources and on scratch."""
        return self.inputs[0] if self.inputs else None

    @property
    def stands_alone(self) -> bool:
        """Whether its layer is the same on any base (COPY --link)."""
        return isinstance(self.op, CopyGroup) and self.op.link
