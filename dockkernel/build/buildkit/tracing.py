"""The trace of a graph build: what each of its steps was made from, as the next build of the same name compares it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dockkernel.build.buildkit.content import node_key
from dockkernel.build.buildkit.ops import CopyGroup, DirOp, ExecOp, ImageSource, Op
from dockkernel.build.buildkit.plan import Graph
from dockkernel.build.buildkit.result import Result
from dockkernel.build.buildkit.selecting import follow, matches, requests
from dockkernel.build.buildkit.step import Step
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.build.checksum import ContentDigests, NodeDigest
from dockkernel.build.trace import ImageTrace, Outcome, StepTrace, make_step
from dockkernel.build.trace_files import FileTrace, file_traces
from dockkernel.errors import DockError
from dockkernel.fs.node import Dir, Node
from dockkernel.fs.tree import Tree


def trace(
    graph: Graph, steps: Sequence[Step], failed: str, contents: ContentDigests, before: Sequence[StepTrace] = ()
) -> tuple[StepTrace, ...]:
    """A trace for every base and step in the graph's order; `failed` is the id of the vertex that failed, or empty.

    `before` is the last trace of the same build: what came from the cache has the files that it had then.
    """
    known = {(one.stage, one.place): one for one in before if one.result}
    done = {step.vertex.id: step for step in steps}
    places: dict[str, int] = {}
    in_stage: dict[int, int] = {}
    traces: list[StepTrace] = []
    for vertex in graph.vertices:
        step = done.get(vertex.id)
        is_base = isinstance(vertex.op, ImageSource)
        if not is_base and step is None and vertex.id != failed:
            continue
        place = 0 if is_base else in_stage.get(vertex.stage, 0) + 1
        in_stage[vertex.stage] = max(place, in_stage.get(vertex.stage, 0))
        inputs = tuple(places[one.id] for one in vertex.inputs if one is not None and one.id in places)
        places[vertex.id] = len(traces)
        if is_base:
            traces.append(_base(graph, vertex))
        else:
            old = known.get((str(vertex.stage), place))
            files = _known_files(step, old) if old is not None else None
            traces.append(_step(vertex, step, place, inputs, contents, files))
    return tuple(traces)


def _base(graph: Graph, vertex: Vertex) -> StepTrace:
    image = graph.images[vertex.id]
    image_id = str(image.config.id)
    name = image.reference.partition("@")[0]
    return make_step(
        stage=str(vertex.stage), place=0, text=f"FROM {name}", outcome="cached", image=ImageTrace(name, image_id),
        result=image_id,
    )  # fmt: skip


def _step(
    vertex: Vertex,
    step: Step | None,
    place: int,
    inputs: Sequence[int],
    contents: ContentDigests,
    files: dict[str, FileTrace] | None,
) -> StepTrace:
    outcome: Outcome = "failed" if step is None else "cached" if step.cached else "ran"
    op = vertex.op
    command, settings = "", dict[str, str]()
    env: Sequence[tuple[str, str]] = ()
    if isinstance(op, ExecOp):
        command = " ".join(op.argv)
        env = _environment(op, dict(vertex.arguments))
        settings = {"WORKDIR": op.cwd, "USER": op.user, "--network": op.network, "--security": op.security}
        settings |= {f"--mount at {mount.mount.target}": mount.mount.type for mount in op.mounts}
    elif isinstance(op, CopyGroup):
        part = op.parts[0]
        flags = {"--chown": part.chown, "--chmod": part.chmod, "--exclude": " ".join(part.exclude)}
        settings = {"destination": part.dest, **{name: value for name, value in flags.items() if value}}
        command = " ".join(source for one in op.parts for source in one.sources)
    elif isinstance(op, DirOp):
        settings = {"WORKDIR": op.path, "USER": op.user}
    return make_step(
        stage=str(vertex.stage),
        place=place,
        text=vertex.text,
        inputs=inputs,
        command=command,
        arguments=vertex.arguments if isinstance(op, ExecOp) else (),
        env=env,
        settings=settings,
        files=files if files is not None or step is None else _files(op, step.sources, contents),
        outcome=outcome,
        result=step.result.chain_id if step is not None else "",
        uncached=vertex.no_cache,
    )


def _environment(op: ExecOp, arguments: Mapping[str, str]) -> list[tuple[str, str]]:
    pairs = (entry.partition("=") for entry in op.env)
    return [(name, value) for name, _, value in pairs if arguments.get(name) != value]


def _known_files(step: Step | None, old: StepTrace) -> dict[str, FileTrace] | None:
    """The files of a step that came from the cache, when it gave the same before."""
    same = step is not None and step.cached and step.result.chain_id == old.result
    return dict(old.files) if same else None


def _files(op: Op, sources: Sequence[Result], contents: ContentDigests) -> dict[str, FileTrace] | None:
    """What the client's files were; those of stages are inputs of their own."""
    if not isinstance(op, CopyGroup):
        return None
    found: list[NodeDigest] = []
    for part, source in zip(op.parts, sources, strict=True):
        if part.files or not source.is_local:
            continue
        tree = source.tree()
        for request in requests(part):
            found += _nodes(tree, request.path, contents, wild=request.has_wildcards)
    return file_traces(found, contents)


def _nodes(tree: Tree, path: str, contents: ContentDigests, *, wild: bool) -> list[NodeDigest]:
    try:
        paths = _found(tree, path) if wild else [follow(tree, path)]
    except DockError:
        return []
    nodes = ((one, tree.get(one)) for one in paths)
    return [
        NodeDigest(below, child, node_key(child, contents))
        for one, node in nodes
        if node is not None
        for below, child in _with_below(one, node)
    ]


def _with_below(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    if path or not isinstance(node, Dir):
        yield path, node
    if isinstance(node, Dir):
        yield from ((f"{path}/{name}" if path else name, child) for name, child in Tree(node).walk())


def _found(tree: Tree, pattern: str) -> list[str]:
    base, below = matches(tree, pattern)
    return [f"{base}/{one}" if base else one for one in below]
