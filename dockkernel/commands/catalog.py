"""`dockkernel catalog`: what the embedded catalog can give, and moving a tag on to its next edition."""

from __future__ import annotations

from dataclasses import replace

from dockkernel.commands.layout import table
from dockkernel.engine.engine import Engine
from dockkernel.errors import ParseError
from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog import EmbeddedCatalog


def _catalog(engine: Engine) -> EmbeddedCatalog:
    return EmbeddedCatalog(engine.published)


def listing(engine: Engine) -> str:
    """A table of the repositories, their tags, and the tags that have a further edition."""
    catalog = _catalog(engine)
    able = set(catalog.publishable())
    rows = [("NAME", "TAGS", "NEWER EDITION", "DESCRIPTION")]
    for entry in sorted(catalog.search(""), key=lambda entry: entry.name):
        tags = catalog.tags(Reference.parse(entry.name))
        newer = ", ".join(tag for tag in tags if f"{entry.name}:{tag}" in able)
        rows.append((entry.name, ", ".join(tags), newer or "-", entry.description))
    return table(rows)


def publish(engine: Engine, name: str) -> str:
    """Moves the tag `name` to its next edition and tells so; the image that was pulled before stays as it is.

    `ParseError` for what is no reference, `ManifestNotFound`, `InvalidInput` where there is no further edition.
    """
    try:
        reference = Reference.parse(name).with_default_tag()
    except ParseError as error:
        raise ParseError(f'"{name}" is not a valid image name: {error.message}') from error
    with engine.transaction(f"catalog publish {reference.familiar()}") as tx:
        editions = tx.state.published
        edition = EmbeddedCatalog(lambda: editions).next_edition(reference)
        tx.state = replace(tx.state, published={**editions, reference.canonical(): edition})
    return f"{reference.familiar()} is now edition {edition} in the catalog; docker pull {name} fetches it\n"
