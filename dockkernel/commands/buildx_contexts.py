"""The named contexts of a build, `--build-context NAME=VALUE`: folders, images, layouts, addresses; buildx's words."""

from __future__ import annotations

from collections.abc import Mapping

from dockkernel.build.buildkit.local_context import ignore_text, local_directory, read_context
from dockkernel.build.buildkit.ops import HttpSource, ImageSource, LocalSource, Source
from dockkernel.build.remote import git_context, is_url
from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.session import Session
from dockkernel.engine.buildkit_client import ClientFiles
from dockkernel.errors import InvalidInput, ParseError
from dockkernel.oci.reference import Reference
from dockkernel.registry.layout_image import LayoutImage

Contexts = tuple[dict[str, ClientFiles], dict[str, Source], tuple[LayoutImage, ...]]
"""What the client sends for named contexts, what each of them is, and the images of layouts among them."""


def named_contexts(session: Session, contexts: Mapping[str, str]) -> Contexts:
    """What names and values mean; nothing but the folders' ignore files is read yet. `BuildxError` for a bad one."""
    client: dict[str, ClientFiles] = {}
    sources: dict[str, Source] = {}
    layouts: list[LayoutImage] = []
    for name, value in contexts.items():
        if value.startswith("docker-image://"):
            sources[name] = _image_source(name, value.removeprefix("docker-image://"))
        elif value.startswith("oci-layout://"):
            layouts.append(_layout(session, name, value))
            sources[name] = ImageSource(layouts[-1].reference.canonical())
        elif value.startswith("target:"):
            raise BuildxError(f"failed to solve: unsupported context source target for {name}")
        elif remote := _remote_source(session, value):
            sources[name] = remote
        else:
            sources[name], client[name] = _local_source(session, name, value)
    return client, sources, tuple(layouts)


def _layout(session: Session, name: str, value: str) -> LayoutImage:
    try:
        return LayoutImage.open(name, value, session.cwd)
    except InvalidInput as error:
        raise BuildxError(error.message) from error


def _image_source(name: str, text: str) -> ImageSource:
    try:
        return ImageSource(Reference.parse(text).with_default_tag().canonical())
    except ParseError as error:
        raise BuildxError(f"failed to solve: failed to get named context {name}: {error.message}") from error


def _remote_source(session: Session, value: str) -> Source | None:
    if local_directory(value, session.cwd) is not None:
        return None
    try:
        return git_context(value) or (HttpSource(value) if is_url(value) else None)
    except InvalidInput as error:
        raise BuildxError(error.message) from error


def _local_source(session: Session, name: str, value: str) -> tuple[LocalSource, ClientFiles]:
    path = session.cwd / value
    if not path.exists():
        words = f"stat {value}: no such file or directory"
        raise BuildxError(f"failed to get build context {name}: {words}")
    if not path.is_dir():
        raise BuildxError(f"failed to get build context path {{{value} <nil>}}: not a directory")
    root = path.resolve()
    ignored = ignore_text(root)
    return LocalSource(name), ClientFiles(lambda: read_context(root, ignored))
