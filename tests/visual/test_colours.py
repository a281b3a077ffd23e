"""Colours: the same image has the same one in every picture, and what stands side by side differs."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from support.worlds import Recipe, Step, recipes, world

from dockkernel_visual.colours import families, of_bands
from dockkernel_visual.geometry import Icicle, icicle
from dockkernel_visual.theme import HUES, hue


def side_by_side(drawing: Icicle, length: int) -> list[tuple[str, ...]]:
    """The paths of bases (1) or families (2) from left to right."""
    bands = sorted(drawing.bands, key=lambda band: (band.first, band.bottom))
    return list(dict.fromkeys(band.path for band in bands if len(band.path) == length))


@given(recipes())
def test_what_stands_side_by_side_differs(found: list[Recipe]) -> None:
    images = world(found).images
    drawing = icicle(images, 100)
    tints = of_bands(drawing, families(images))
    for length in (1, 2):
        paths = side_by_side(drawing, length)
        assert all(tints[one] != tints[other] for one, other in pairwise(paths))
    assert all(tints[path] != tints[path[:1]] for path in side_by_side(drawing, 2))


@given(recipes())
def test_an_image_keeps_its_colour_whatever_it_is_drawn_with(found: list[Recipe]) -> None:
    images = world(found).images
    tints = families(images)
    for part in (images[::2], images[1:], images[::-1]):
        drawn = of_bands(icicle(part, 100), tints)
        moved = [path for path, colour in drawn.items() if colour != tints[path[:2]]]
        assert len(tints) > len(HUES) or not moved


def test_few_families_on_a_base_all_differ() -> None:
    base = Step("base", 1)
    images = world([Recipe((f"image:{n}",), (base, Step(f"family {n}", n))) for n in range(len(HUES) - 1)]).images
    assert len(set(families(images).values())) == len(HUES)


def test_a_colour_depends_on_the_key_alone_until_it_is_taken() -> None:
    assert hue("sha256:a") == hue("sha256:a")
    assert hue("sha256:a", {colour for colour in HUES if colour != hue("sha256:a")}) == hue("sha256:a")
    assert hue("sha256:a", {hue("sha256:a")}) != hue("sha256:a")
