"""Finding images and containers by what a user types: names, digests, ids and their prefixes.

The order of look-ups and the words of the errors are the daemon's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from dockkernel.engine.state import ContainerRecord, ImageRecord, State
from dockkernel.errors import ContainerNotFound, ImageNotFound, InvalidInput, ParseError
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference

_HEX64 = re.compile(r"[0-9a-f]{64}")


def is_id_prefix(image_id: str, text: str) -> bool:
    """True when `text` begins the image id, with or without its `sha256:`."""
    return image_id.startswith(text) or image_id.partition(":")[2].startswith(text)


def by_prefix(ids: Iterable[str], text: str) -> str | None:
    """The only id that begins with the digits, None when there is none or several."""
    digits = text.removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{1,64}", digits):
        return None
    found = [image_id for image_id in ids if image_id.partition(":")[2].startswith(digits)]
    return found[0] if len(found) == 1 else None


def whole_digest(text: str) -> str | None:
    """The digest that `text` is, written with or without its algorithm, else None."""
    if _HEX64.fullmatch(text):
        return f"sha256:{text}"
    try:
        return str(Digest.parse(text))
    except ParseError:
        return None


def lookup_reference(state: State, reference: Reference) -> str | None:
    """The id of the image that the reference names; a digest wins over a tag, a bare name means `latest`."""
    if reference.digest:
        return state.digests.get(replace(reference, tag=None).canonical())
    return state.tags.get(reference.with_default_tag().canonical())


def find_image(state: State, text: str) -> ImageRecord:
    """The image that `text` means: whole id, name, or unique id prefix.

    `ImageNotFound` ("No such image: …") when there is none; `InvalidReference` when the text can mean none.
    """
    if whole := whole_digest(text):
        if whole in state.images:
            return state.images[whole]
        raise ImageNotFound(f"No such image: {whole}")
    reference = Reference.parse(text)
    image_id = lookup_reference(state, reference) or by_prefix(state.images, text)
    if image_id is None or image_id not in state.images:
        raise ImageNotFound(f"No such image: {reference.with_default_tag().familiar()}")
    return state.images[image_id]


def find_container(state: State, text: str) -> ContainerRecord:
    """The container that `text` means: id, name, or unique id prefix.

    `ContainerNotFound` when there is none, `InvalidInput` when a prefix means several.
    """
    if text in state.containers:
        return state.containers[text]
    name = text.removeprefix("/")
    for record in state.containers.values():
        if record.name == name:
            return record
    found = [record for key, record in state.containers.items() if text and key.startswith(text)]
    if len(found) > 1:
        raise InvalidInput(f"multiple IDs found with provided prefix: {text}")
    if not found:
        raise ContainerNotFound(f"No such container: {text}")
    return found[0]


def references_of(state: State, image_id: str) -> list[str]:
    """All canonical references of the image, tags and digests, in the daemon's order (plain string order)."""
    names = [name for name, target in state.tags.items() if target == image_id]
    return sorted(names + [name for name, target in state.digests.items() if target == image_id])


@lru_cache(maxsize=16384)
def familiar(canonical: str) -> str:
    """A canonical reference as Docker shows it."""
    return Reference.parse(canonical).familiar()
