"""`docker save`: which images go into an archive, under which names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dockkernel.engine.engine import Engine
from dockkernel.engine.names import by_prefix, whole_digest
from dockkernel.engine.state import State
from dockkernel.errors import ImageNotFound
from dockkernel.image.archive import Saving
from dockkernel.image.image import Image
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference

_PLACE = "/var/lib/docker/image/overlay2/imagedb/content"
"""Where a daemon keeps configs; its error for an id that is not there names the file."""


def to_save(engine: Engine, texts: Sequence[str]) -> tuple[Saving, ...]:
    """The images that the texts name, in that order, each once with all the tags by which it was named.

    A repository without a tag means all of its tags; an id or a digest gives no name. `ImageNotFound`,
    `InvalidReference`.
    """
    state = engine.state
    found: dict[str, list[Reference]] = {}
    for text in texts:
        for image_id, name in _named(state, text):
            names = found.setdefault(image_id, [])
            if name and name not in names:
                names.append(name)
    return tuple(_saving(engine, state, image_id, names, set(found)) for image_id, names in found.items())


def _saving(engine: Engine, state: State, image_id: str, names: Sequence[Reference], saved: set[str]) -> Saving:
    record = state.images[image_id]
    image = Image.load(engine.blobs, Digest.parse(record.manifest))
    return Saving(image, tuple(names), record.parent if record.parent in saved - {image_id} else "")


def _named(state: State, text: str) -> list[tuple[str, Reference | None]]:
    """Ids and names, as the daemon looks them up: whole id, all tags of a repository, an id's prefix, one reference."""
    if whole := whole_digest(text):
        if whole not in state.images:
            where = f"{_PLACE}/{whole.replace(':', '/')}"
            raise ImageNotFound(f"failed to get digest {whole}: open {where}: no such file or directory")
        return [(whole, None)]
    reference = Reference.parse(text)
    if reference.familiar_name == "sha256":
        return [(_by_id(state, text), None)]
    if reference.digest:
        image_id = state.digests.get(replace(reference, tag=None).canonical())
        name = None
    elif reference.tag:
        image_id, name = state.tags.get(reference.canonical()), reference
    else:
        return _of_repository(state, reference) or [(_by_id(state, text), None)]
    if image_id is None:
        raise ImageNotFound("reference does not exist")
    return [(image_id, name)]


def _of_repository(state: State, repository: Reference) -> list[tuple[str, Reference | None]]:
    tags = [
        (Reference.parse(text), image_id) for text, image_id in sorted(state.tags.items()) if repository.name in text
    ]
    found: list[tuple[str, Reference | None]] = [
        (image_id, name) for name, image_id in tags if name.name == repository.name
    ]
    found += [
        (image_id, None)
        for text, image_id in sorted(state.digests.items())
        if text.partition("@")[0] == repository.name
    ]
    return found


def _by_id(state: State, text: str) -> str:
    image_id = by_prefix(state.images, text)
    if image_id is None:
        raise ImageNotFound(f"No such image: {text}")
    return image_id
