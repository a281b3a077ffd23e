"""Which colour a layer has: one for each base, one for each family that branches off from it. Pure, no drawing.

The colours are given out over the whole world, in the order of the chain IDs, so that an image looks the same in every
picture of a notebook; a picture gives another one only where two alike would stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable

from dockkernel.snapshot import ImageView
from dockkernel_visual.geometry import Icicle, chain_of
from dockkernel_visual.theme import HUES, SOFT, hue

Path = tuple[str, ...]


def families(images: Iterable[ImageView]) -> dict[Path, str]:
    """Chain IDs of a base, or of a base and the layer on it → colour; different ones while there are enough."""
    paths = {chain_of(image)[:2] for image in images}
    found: dict[Path, str] = {}
    used: set[str] = set()
    for base in sorted({path[:1] for path in paths if path}):
        found[base] = _next(base, used, set())
    for path in sorted(path for path in paths if len(path) > 1):
        found[path] = _next(path, used, {found[path[:1]]})
    return found


def _next(path: Path, used: set[str], never: set[str]) -> str:
    """A colour that is not used yet, and noted as used; any but `never` when all are."""
    if used | never >= set(HUES):
        used.clear()
    colour = hue(path[-1], used | never)
    used.add(colour)
    return colour


def of_bands(drawing: Icicle, world: dict[Path, str]) -> dict[Path, str]:
    """Path of each band → colour; bases side by side differ, and so do families."""
    found: dict[Path, str] = {}
    base = beside = ""
    for band in sorted(drawing.bands, key=lambda band: (band.first, band.bottom)):
        root, branch = band.path[:1], band.path[:2]
        if root not in found:
            found[root] = base = _unlike(world[root], {base}, root)
        if branch not in found:
            found[branch] = beside = _unlike(world[branch], {found[root], beside}, branch)
    return {band.path: found[band.path[:2]] for band in drawing.bands}


def of_images(images: Iterable[ImageView], world: dict[Path, str]) -> dict[str, str]:
    """Image id → colour; images that follow one another differ."""
    found: dict[str, str] = {}
    before = ""
    for image in images:
        before = found[image.id] = _unlike(world.get(chain_of(image)[:2], SOFT), {before}, (image.id,))
    return found


def _unlike(colour: str, others: set[str], path: Path) -> str:
    return hue(path[-1], others) if colour in others else colour
