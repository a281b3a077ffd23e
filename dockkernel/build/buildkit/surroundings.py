"""What the instructions of all stages share while the graph is made, and how vertices are added to a stage."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockkernel.build.buildkit.names import step_text
from dockkernel.build.buildkit.ops import GitSource, HttpSource, LocalSource, Op, Source
from dockkernel.build.buildkit.options import KitFailed, KitOptions
from dockkernel.build.buildkit.stages import Command, StageState
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.dockerfile.instructions import Instruction


def context_vertex(main: Source, stage: int) -> Vertex:
    """The vertex of a build context: what the client sends, or what is elsewhere."""
    name = "[internal] load build context"
    if isinstance(main, GitSource):
        name = _git_name(main)
    elif isinstance(main, HttpSource):
        name = "[internal] load remote build context"
    return Vertex(main, (), name, stage)


def named_context_name(name: str, source: Source) -> str:
    """How the vertex of a named context is called."""
    if isinstance(source, GitSource):
        return _git_name(source)
    return f"[context {name}] {source.url if isinstance(source, HttpSource) else 'load from client'}"


def _git_name(source: GitSource) -> str:
    place = f"#{source.ref}{source.subdir and f':{source.subdir}'}" if source.ref or source.subdir else ""
    return f"[internal] load git source {source.url}{place}"


@dataclass(frozen=True, slots=True)
class Around:
    """The Dockerfile's escape character, the options, the build context."""

    escape: str
    options: KitOptions
    main: Source
    known: dict[str, Vertex] = field(default_factory=dict)
    """Every vertex so far, by id: equal ones are one, called as the first was."""

    def unique(self, vertex: Vertex) -> Vertex:
        """The vertex, or the one that is the same. Ids are made here, bottom up, so that no chain is too long."""
        return self.known.setdefault(vertex.id, vertex)

    def source_vertex(self, source: Source, name: str, stage: int) -> Vertex:
        """The vertex of files that come from outside."""
        return self.unique(Vertex(source, (), name, stage))

    def context(self, stage: int) -> Vertex:
        """The build context."""
        return self.unique(context_vertex(self.main, stage))

    def files_of(self, state: StageState, source: StageState, what: str) -> Vertex | None:
        """What a stage that files are taken from has come to; None for nothing; `KitFailed` when it comes later."""
        if not source.done:
            raise KitFailed(what)
        return source.head

    def name(self, state: StageState, command: Command, instruction: Instruction) -> str:
        """The next step's name in the progress."""
        assert state.scope is not None
        return state.counter.name(step_text(instruction, state.scope, self.escape), trigger=command.trigger)

    def add(
        self, state: StageState, command: Command, op: Op, sources: tuple[Vertex | None, ...] = (), name: str = ""
    ) -> None:
        """Puts a vertex on top of the stage."""
        instruction, scope = command.instruction, state.scope
        assert scope is not None
        values = scope.env
        made = Vertex(
            op,
            (state.head, *sources),
            name or self.name(state, command, instruction),
            state.number,
            instruction.span,
            state.no_cache,
            instruction.original,
            tuple((key, values[key]) for key, _ in scope.build_args if key in values),
        )
        state.head = self.unique(made)


def is_local(vertex: Vertex | None) -> bool:
    """Whether the vertex is what the client sends."""
    return vertex is not None and isinstance(vertex.op, LocalSource)
