"""`docker image import`."""

from __future__ import annotations

from dockkernel.commands import pictures
from dockkernel.commands.errors import ClientError
from dockkernel.commands.request_image import ImageImport
from dockkernel.commands.session import Session
from dockkernel.engine import observe
from dockkernel.engine.importing import import_image
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
    message = request.message or "Imported from -"
    image_id = import_image(session.engine, _read(session, request.source), target, message, request.change)
    session.out(f"{image_id}\n")
    pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, [image_id])))
    return 0


def _read(session: Session, source: str) -> bytes:
    """The tar: standard input for `-`, else a file of this machine."""
    if source == "-":
        return session.stdin.read() if session.stdin else b""
    if source.startswith(("http://", "https://")):
        session.out(f"Downloading from {source}\n")
        raise ClientError(f"Error response from daemon: failed to GET {source}: there is no network in this engine")
    try:
        return (session.cwd / source).read_bytes()
    except OSError as error:
        raise ClientError(f"open {source}: {(error.strerror or str(error)).lower()}") from error
