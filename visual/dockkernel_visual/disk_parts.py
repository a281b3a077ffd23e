"""The disk in parts: what each image has alone, what is shared by two, three and more. Numbers only, no drawing.

Invariant: the parts sum exactly to `world.layer_bytes`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from dockkernel.snapshot import ImageView, World
from dockkernel_visual import theme
from dockkernel_visual.colours import families, of_images
from dockkernel_visual.names import name_of
from dockkernel_visual.words import Language, count, say

MOST_IMAGES = 16


@dataclass(frozen=True, slots=True)
class Tier:
    """Layers that as many images share: from `least` to `most`, both included."""

    label: str
    least: int
    most: int
    colour: str

    def bytes_of(self, image: ImageView) -> int:
        """Bytes of the image's layers that are in this tier."""
        return sum(layer.size for layer in image.layers if layer.chain_id and self.least <= layer.sharers <= self.most)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the disk bar, in bytes: one image's own, shared by several, or held without a listed image."""

    label: str
    bytes: int
    kind: Literal["own", "shared", "held"]
    colour: str


def listed_images(world: World) -> list[ImageView]:
    """The images that `image ls` lists, the biggest first."""
    images = [image for image in world.images if not image.intermediate]
    return sorted(images, key=lambda image: (-image.size, image.names, image.id))


def tiers(world: World, language: Language = "en") -> tuple[Tier, ...]:
    """The degrees of sharing that occur, at most four: the last one takes all that are shared by still more."""
    layers = (layer for image in world.images if not image.intermediate for layer in image.layers if layer.chain_id)
    degrees = sorted({layer.sharers for layer in layers if layer.sharers > 1})
    most = len(theme.SHARED)
    found = [Tier(say("disk.shared", language, n=n), n, n, theme.SHARED[row]) for row, n in enumerate(degrees[:most])]
    if len(degrees) > most:
        label = say("disk.shared.most", language, n=found[-1].least)
        found[-1] = Tier(label, found[-1].least, sys.maxsize, found[-1].colour)
    return tuple(found)


def own_colours(world: World) -> dict[str, str]:
    """Image id → the colour of what it has alone, for the images that have a row and a part of their own."""
    drawn = listed_images(world)[:MOST_IMAGES]
    return of_images((image for image in drawn if image.unique_size), families(world.images))


def parts(world: World, language: Language = "en") -> list[Part]:
    """The disk in pieces, none of them empty: own ones in the order of the images, shared ones, then what is left."""
    images = listed_images(world)
    drawn, rest = images[:MOST_IMAGES], images[MOST_IMAGES:]
    tints = own_colours(world)
    own = [image for image in drawn if image.unique_size]
    found = [Part(name_of(image, language), image.unique_size, "own", tints[image.id]) for image in own]
    label = say("disk.others", language, images=count("other", len(rest), language))
    found.append(Part(label, sum(image.unique_size for image in rest), "own", theme.SOFT))
    layers = {layer.chain_id: layer for image in images for layer in image.layers if layer.chain_id}
    for tier in tiers(world, language):
        shared = sum(layer.size for layer in layers.values() if tier.least <= layer.sharers <= tier.most)
        found.append(Part(tier.label, shared, "shared", tier.colour))
    left = world.layer_bytes - sum(part.bytes for part in found)
    found.append(Part(say("disk.held", language), left, "held", theme.SOFT))
    return [part for part in found if part.bytes]
