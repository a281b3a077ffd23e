"""`docker image import`."""

from __future__ import annotations

from dockkernel.build.remote import is_url, never
from dockkernel.commands import pictures
from dockkernel.commands.errors import ClientError
from dockkernel.commands.request_image import ImageImport
from dockkernel.commands.session import Session
from dockkernel.engine import observe
from dockkernel.engine.importing import import_image
from dockkernel.errors import DockError, InvalidInput
from dockkernel.oci.reference import InvalidReference, Reference


def image_import(session: Session, request: ImageImport) -> int:
    """`docker import`: prints the new image's id."""
    target = None
    if request.rest:
        name = ":".join(request.rest[:2])
        try:
            target = Reference.parse(name)
        except InvalidReference as error:
            raise ClientError(error.message) from error
    if is_url(request.source):
        image_id = _from_web(session, request, target)
    else:
        message = request.message or "Imported from -"
        image_id = import_image(session.engine, _read(session, request.source), target, message, request.change)
    session.out(f"{image_id}\n")
    pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, [image_id])))
    return 0


def _from_web(session: Session, request: ImageImport, target: Reference | None) -> str:
    """The image of a tar behind an address. Once the download is told, the daemon's errors come without its name."""
    from dockkernel.build.downloads import is_failure, status_problem
    from dockkernel.engine.fetch.fetcher import EngineFetcher

    source = request.source
    found = EngineFetcher(session.engine).download(source, lambda *_: None, never)
    if is_failure(found):
        raise InvalidInput(status_problem(source, found))
    session.out(f"Downloading from {source}\n\n")
    with found.content.open() as stream:
        data = stream.read()
    try:
        message = request.message or f"Imported from {source}"
        return import_image(session.engine, data, target, message, request.change)
    except DockError as error:
        raise ClientError(error.message) from error


def _read(session: Session, source: str) -> bytes:
    """The tar: standard input for `-`, else a file of this machine."""
    if source == "-":
        return session.stdin.read() if session.stdin else b""
    try:
        return (session.cwd / source).read_bytes()
    except OSError as error:
        raise ClientError(f"open {source}: {(error.strerror or str(error)).lower()}") from error
