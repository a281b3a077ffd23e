"""A graph build's context that is elsewhere: fetched first, because the Dockerfile is in it.

Its `.dockerignore` counts for nothing, as in BuildKit: only what a client sends is left out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

from dockkernel.build.archives import BLOCK, HEAD, begins_archive, compression, is_archive
from dockkernel.build.buildkit.events import KitEvent
from dockkernel.build.buildkit.ops import GitSource, HttpSource, Source
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.records import Records
from dockkernel.build.buildkit.result import Result
from dockkernel.build.buildkit.services import Services
from dockkernel.build.buildkit.surroundings import context_vertex
from dockkernel.build.buildkit.telling import VertexTell
from dockkernel.build.buildkit.work import Materials, Worker
from dockkernel.build.context import DEFAULT_NAME
from dockkernel.build.unpack import unpack
from dockkernel.engine.buildkit_services import KitServices
from dockkernel.engine.engine import Engine
from dockkernel.errors import DockError, InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Content, File
from dockkernel.fs.tree import Tree

_LARGEST = 512 << 10
"""Bytes of a Dockerfile that buildx takes from the web."""
OpenVertex = Callable[[str, str], VertexTell]
"""Begins a vertex of that id and name."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a remote context has come to."""

    vertex: str
    """The id of the context's vertex."""
    result: Result
    dockerfile: bytes | None
    """None where it has none of that name."""
    name: str


def load_definition(worker: Worker, open_vertex: OpenVertex, main: GitSource | HttpSource, name: str) -> Definition:
    """Fetches the context; `KitFailed` in BuildKit's words. `name` is the Dockerfile's path in it."""
    vertex = context_vertex(main, 0)
    try:
        result = worker.solve(vertex, ())
    except DockError as error:
        what = "failed to read dockerfile" if isinstance(main, GitSource) else "failed to read downloaded context"
        failure = KitFailed(f"{what}: {error.message}", hint=error.hint)
        failure.vertex = vertex.id
        raise failure from error
    tree = result.tree()
    if isinstance(main, HttpSource):
        [(only, node)] = tree.walk()
        assert isinstance(node, File)
        if _seems_packed(node.content):
            tree = _unpacked(
                worker.services, open_vertex(f"internal:copy:{vertex.id}", f"copy /{only} /"), node.content
            )
            result = Result(lambda: tree)
        else:
            name = only
    names = [name]
    if posixpath.basename(name) == DEFAULT_NAME:
        names.append(posixpath.join(posixpath.dirname(name), DEFAULT_NAME.lower()))
    texts = {one: text for one in names if (text := _read(tree, one)) is not None}
    found = next(iter(texts), name)
    return Definition(vertex.id, result, texts.get(found), found)


def read_definition(engine: Engine, main: Source, name: str) -> tuple[bytes | None, str]:
    """The Dockerfile in a context that is elsewhere, for who only wants to read it, and its name; `KitFailed`."""
    if not isinstance(main, GitSource | HttpSource):
        return None, name
    services = KitServices(engine)
    worker = Worker(Materials(services, Records({}), {}, {}, {}), _quiet, lambda: False)
    found = load_definition(worker, lambda key, _: VertexTell(key, _quiet, services.now_ns), main, name)
    return found.dockerfile, found.name


def read_dockerfile(engine: Engine, url: str) -> bytes:
    """The Dockerfile that an address is (`-f https://…`); `KitFailed` in buildx's words."""
    try:
        tree = KitServices(engine).http(HttpSource(url, filename=DEFAULT_NAME), lambda *_: None, lambda: False)
    except DockError as error:
        raise KitFailed(error.message, hint=error.hint) from error
    node = tree.get(DEFAULT_NAME)
    assert isinstance(node, File)
    if node.content.size > _LARGEST:
        raise KitFailed(f"Dockerfile {url} bigger than allowed max size")
    with node.content.open() as stream:
        return stream.read()


def _quiet(event: KitEvent) -> None:
    """Nobody is told."""


def _seems_packed(content: Content) -> bool:
    with content.open() as stream:
        head = stream.read(BLOCK)
    return compression(head[:HEAD]) not in (None, "zstd") or begins_archive(head)


def _unpacked(services: Services, tell: VertexTell, content: Content) -> Tree:
    """The files of an archive; nothing where it only seems to be one."""
    builder = TreeBuilder(Tree.empty(), services.now_ns)
    try:
        if is_archive(content):
            unpack(builder, "/", content, services.spool, services.now_ns)
    except InvalidInput as error:
        tell.done(error=error.message)
        raise KitFailed(f"failed to read dockerfile: {error.message}") from error
    tell.done()
    return builder.build()


def _read(tree: Tree, name: str) -> bytes | None:
    """The bytes of a file, links followed inside the tree."""
    try:
        node = tree.get(resolve(tree, name))
    except OSError:
        return None
    if not isinstance(node, File):
        return None
    with node.content.open() as stream:
        return stream.read()
