"""Naming images: `docker tag`, and the catalog's `publish`."""

from __future__ import annotations

from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, set_tag
from dockkernel.errors import InvalidInput
from dockkernel.oci.reference import Reference

_DIGEST_ALGORITHMS = ("sha256", "sha384", "sha512")


def find(engine: Engine, text: str) -> ImageRecord:
    """The image that `text` names; `ImageNotFound` otherwise."""
    return names.find_image(engine.state, text)


def tag(engine: Engine, source: str, target: Reference) -> None:
    """Puts the tag `target` on the image `source`, taking it from another image if need be.

    `ImageNotFound`; `InvalidInput` where the repository's name is that of a digest algorithm.
    """
    target = target.with_default_tag()
    with engine.transaction(f"tag {source} {target.familiar()}") as tx:
        record = names.find_image(tx.state, source)
        if target.familiar_name in _DIGEST_ALGORITHMS:
            raise InvalidInput("refusing to create an ambiguous tag using digest algorithm as name")
        tx.state = set_tag(tx.state, target.canonical(), record.id, engine.now())
