"""`docker inspect` and `docker image inspect`: what is found is told first, then what is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dockkernel.commands import pictures
from dockkernel.commands.errors import ClientError
from dockkernel.commands.gotemplate.govalues import Struct
from dockkernel.commands.inspect_container import container_json
from dockkernel.commands.inspect_image import image_json
from dockkernel.commands.inspect_types import image_type, object_type
from dockkernel.commands.request_container import ContainerInspect
from dockkernel.commands.request_image import ImageInspect
from dockkernel.commands.request_system import Inspect
from dockkernel.commands.session import Session
from dockkernel.commands.template import Inspector
from dockkernel.engine import container_run, names, observe
from dockkernel.errors import ContainerNotFound, DockError, ImageNotFound, NotFound, ParseError
from dockkernel.snapshot import StackShow

_TYPES = ("config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume")
_Found = tuple[dict[str, Any], Struct | None]
"""The daemon's JSON, and the Go struct that a template sees before it."""


def _image(session: Session, text: str) -> _Found:
    record = names.find_image(session.engine.state, text)
    raw = image_json(session.engine, record)
    return raw, image_type(raw)


def _container(session: Session, text: str, *, size: bool) -> _Found:
    record = names.find_container(session.engine.state, text)
    if size:
        record = container_run.ask(session.engine, record)
    raw = container_json(session.engine, record, size=size)
    return raw, object_type("container.InspectResponse", raw)


def write_inspected(session: Session, wanted: Sequence[str], form: str, find: Callable[[str], _Found]) -> int:
    """The objects as a JSON list, or each through the template; errors after them."""
    inspector = Inspector(form)
    failed: list[str] = []
    for text in wanted:
        try:
            inspector.add(*find(text))
        except ClientError as error:
            failed.append(error.message)
        except DockError as error:
            failed.append(f"Error response from daemon: {error.message}")
    session.out(inspector.text())
    session.err("".join(f"{message}\n" for message in failed))
    return 1 if failed else 0


def image_inspect(session: Session, request: ImageInspect) -> int:
    """`docker image inspect`."""
    code = write_inspected(session, request.images, request.format, lambda text: _image(session, text))
    pictures.draw(session, pictures.picture(session, lambda: _stack(session, request.images)))
    return code


def _stack(session: Session, wanted: Sequence[str]) -> StackShow | None:
    ids = [image_id for text in wanted if (image_id := _image_id(session, text))]
    return observe.stack(session.engine, ids) if ids else None


def _image_id(session: Session, text: str) -> str:
    try:
        return names.find_image(session.engine.state, text).id
    except DockError:
        return ""


def container_inspect(session: Session, request: ContainerInspect) -> int:
    """`docker container inspect`."""
    container_run.refresh(session.engine)
    return write_inspected(
        session, request.containers, request.format, lambda text: _container(session, text, size=request.size)
    )


def inspect(session: Session, request: Inspect) -> int:
    """`docker inspect`: containers first, then images, as Docker looks."""
    if request.type and request.type not in _TYPES:
        known = ", ".join(f'"{name}"' for name in _TYPES)
        raise ClientError(f'unknown type: "{request.type}": must be one of {known}')
    container_run.refresh(session.engine)

    def find(text: str) -> _Found:
        if request.type == "container":
            return _container(session, text, size=request.size)
        if request.type == "image":
            return _image(session, text)
        if request.type == "network":
            return network_found(session, text)
        if request.type == "volume":
            return volume_found(session, text)
        if not request.type:
            return _any(session, text, size=request.size)
        raise ClientError(f"Error: No such {request.type}: {text}")

    return write_inspected(session, request.objects, request.format, find)


def volume_found(session: Session, text: str) -> _Found:
    """A volume as `inspect` needs it; `NotFound`."""
    from dockkernel.commands.volume import volume_json

    raw = volume_json(session, text)
    return raw, object_type("volume.Volume", raw)


def network_found(session: Session, text: str) -> _Found:
    """A network as `inspect` needs it; `NotFound`."""
    from dockkernel.commands.network import network_json

    raw = network_json(session, text)
    return raw, object_type("network.Inspect", raw)


def _any(session: Session, text: str, *, size: bool) -> _Found:
    try:
        return _container(session, text, size=size)
    except ContainerNotFound:
        pass
    try:
        return _image(session, text)
    except (ImageNotFound, ParseError):
        pass
    try:
        return network_found(session, text)
    except NotFound:
        pass
    try:
        return volume_found(session, text)
    except NotFound as error:
        raise ClientError(f"Error: No such object: {text}") from error
