"""The outputs of a graph build that leave the engine: `--output type=local|tar|oci|docker`, told as vertices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from dockkernel.build.buildkit.events import KitTell, VertexStarted
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.telling import VertexTell
from dockkernel.commands.builder_choice import FALSE, TRUE
from dockkernel.commands.buildx_outputs import Output
from dockkernel.errors import DockError, InvalidInput
from dockkernel.fs.hostdir import write_whole
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference

if TYPE_CHECKING:
    from dockkernel.commands.buildx_request import Asked
    from dockkernel.commands.session import Session
    from dockkernel.engine.buildkit_request import KitBuilt

_PIECE = 1 << 20


def leave(session: Session, asked: Asked, built: KitBuilt, tell: KitTell) -> Mapping[str, Any]:
    """Writes all outputs that are no image of the engine; gives what `--metadata-file` says of them.

    `KitFailed` when one cannot be written.
    """
    facts: dict[str, Any] = {}
    for number, output in enumerate(asked.outputs):
        if output.is_image or output.type == "cacheonly":
            continue
        vertex = _begin(session, output, number, tell)
        try:
            facts |= _write(session, asked, built, output, vertex)
        except DockError as error:
            vertex.done(error=error.message)
            failure = KitFailed(error.message, hint=error.hint)
            failure.vertex = vertex.id
            raise failure from error
        vertex.done()
    return facts


def _begin(session: Session, output: Output, number: int, tell: KitTell) -> VertexTell:
    name = {
        "local": "exporting to client directory",
        "tar": "exporting to client tarball",
        "oci": "exporting to oci image format",
        "docker": "exporting to docker image format",
    }[output.type]
    vertex = VertexTell(f"internal:output:{number}", tell, session.engine.clock.now_ns)
    tell(VertexStarted(vertex.id, name, vertex.started_ns))
    return vertex


def _write(session: Session, asked: Asked, built: KitBuilt, output: Output, vertex: VertexTell) -> Mapping[str, Any]:
    if output.type == "local":
        return _local(session, built, output, vertex)
    if output.type == "tar":
        from dockkernel.build.buildkit.export import files_tar

        stream = files_tar(built.image.open_tree())
        _send(session, output, vertex, "sending tarball", lambda out: _copy(stream, out))
        return {}
    return _image(session, asked, built, output, vertex)


def _local(session: Session, built: KitBuilt, output: Output, vertex: VertexTell) -> Mapping[str, Any]:
    from dockkernel.build.buildkit.export import files_to_directory
    from dockkernel.fs.node import File, size_of

    tree, dest = built.image.open_tree(), session.cwd / output.dest
    if output.attrs.get("platform-split") in TRUE:
        dest = dest / str(built.image.config.platform).replace("/", "_")
    files_to_directory(tree, dest)
    total = sum(size_of(node) for _, node in tree.walk() if isinstance(node, File))
    vertex.status("copying files", total, done=True)
    return {}


def _image(session: Session, asked: Asked, built: KitBuilt, output: Output, vertex: VertexTell) -> Mapping[str, Any]:
    from dockkernel.build.buildkit import export

    made = export.archive(
        session.engine.blobs,
        built.image,
        "oci" if _oci_types(output) else "docker",
        _names(asked, output),
        compression=output.attrs.get("compression", "gzip"),
        annotations={
            key.partition(".")[2]: value for key, value in output.attrs.items() if key.startswith("annotation.")
        },
    )
    vertex.status("exporting layers", done=True)
    vertex.status(f"exporting manifest {made.manifest.digest}", done=True)
    vertex.status(f"exporting config {made.config.digest}", done=True)
    if output.as_directory:
        export.write_directory(made, session.cwd / output.dest)
        vertex.status("copying files", done=True)
    else:
        _send(session, output, vertex, "sending tarball", lambda out: export.write_tar(made, out))
    return {
        "containerimage.config.digest": str(made.config.digest),
        "containerimage.descriptor": made.manifest.to_json(),
        "containerimage.digest": str(made.manifest.digest),
    }


def _oci_types(output: Output) -> bool:
    wanted = output.attrs.get("oci-mediatypes", "")
    if wanted and wanted not in TRUE | FALSE:
        raise InvalidInput(f"non-bool value {go_quote(wanted)} specified for oci-mediatypes")
    return output.type == "oci" if not wanted else wanted in TRUE and output.type == "oci"


def _names(asked: Asked, output: Output) -> tuple[Reference, ...]:
    """The names that the image has in the archive: `-t`, else `name=`."""
    if asked.tags:
        return asked.tags
    return tuple(Reference.parse(text) for text in output.attrs.get("name", "").split(",") if text)


def _send(
    session: Session, output: Output, vertex: VertexTell, words: str, write: Callable[[BinaryIO], object]
) -> None:
    """Writes one file: on standard output, or where the output says."""
    if output.dest == "-":
        write(_Standard(session))  # type: ignore[arg-type]
    else:
        try:
            write_whole(session.cwd / output.dest, write)
        except OSError as error:
            raise KitFailed(f"open {output.dest}: {(error.strerror or str(error)).lower()}") from error
    vertex.status(words, done=True)


class _Standard:
    """Standard output as a file that is written."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, data: bytes) -> int:
        """Writes all of it."""
        self._session.out(bytes(data))
        return len(data)


def _copy(stream: BinaryIO, out: BinaryIO) -> None:
    while piece := stream.read(_PIECE):
        out.write(piece)
