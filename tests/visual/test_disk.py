"""Disk truth: the parts sum to the bytes on disk, whatever shares what."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from support.svgs import texts
from support.worlds import Recipe, Step, shop, world, worlds

from dockkernel.snapshot import DiskShow, World
from dockkernel_visual import disk
from dockkernel_visual.colours import families
from dockkernel_visual.disk_parts import MOST_IMAGES, listed_images, own_colours, parts, tiers
from dockkernel_visual.geometry import chain_of


@given(worlds)
def test_the_parts_sum_to_the_bytes_on_disk(found: World) -> None:
    pieces = parts(found)
    assert sum(part.bytes for part in pieces) == found.layer_bytes
    assert all(part.bytes > 0 for part in pieces)


@given(worlds)
def test_an_image_is_its_own_layers_and_what_it_shares(found: World) -> None:
    for image in listed_images(found):
        assert image.size == image.unique_size + sum(tier.bytes_of(image) for tier in tiers(found))


@given(worlds)
def test_own_parts_are_what_the_images_free_alone(found: World) -> None:
    own = sum(part.bytes for part in parts(found) if part.kind == "own")
    assert own == sum(image.unique_size for image in listed_images(found))


@given(worlds)
def test_parts_side_by_side_differ_in_colour(found: World) -> None:
    own = [part.colour for part in parts(found) if part.kind == "own"]
    assert all(one != other for one, other in pairwise(own))


@given(worlds)
def test_intermediate_images_are_not_listed(found: World) -> None:
    assert {image.id for image in listed_images(found)} == {
        image.id for image in found.images if not image.intermediate
    }


def test_sharing_by_many_is_told_in_four_degrees() -> None:
    base = [Step(f"RUN {n}", 10**n) for n in range(8)]
    found = world([Recipe((f"image:{n}",), tuple(base[: n + 1])) for n in range(8)])
    labels = [tier.label for tier in tiers(found)]
    assert labels == ["shared by 2", "shared by 3", "shared by 4", "shared by 5 or more"]
    assert sum(part.bytes for part in parts(found)) == found.layer_bytes == 11_111_111


def test_what_only_containers_or_parents_hold_is_a_part() -> None:
    found = world(shop())
    more = replace(found, layer_bytes=found.layer_bytes + 12_345)
    [held] = [part for part in parts(more) if part.kind == "held"]
    assert (held.bytes, held.label) == (12_345, "held by containers or intermediate images")


def test_two_thousand_images_are_sixteen_rows_and_a_sum() -> None:
    base = Step("base", 1_000_000)
    found = world([Recipe((f"image:{n:04}",), (base, Step(f"RUN {n}", 1000 + n))) for n in range(2000)])
    pieces = parts(found)
    assert len(pieces) == MOST_IMAGES + 2
    assert sum(part.bytes for part in pieces) == found.layer_bytes
    drawing = disk(DiskShow(found))
    assert any(text.words.startswith("and 1984 more images: SIZE ") for text in texts(drawing))
    assert len(drawing.encode()) < 60_000


def test_a_used_image_says_which_container_keeps_it() -> None:
    words = [text.words for text in texts(disk(DiskShow(world(shop()))))]
    assert "0B its own; used by box" in words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_store_is_a_sentence(language: str) -> None:
    [text] = texts(disk(DiskShow(world([])), "zh" if language == "zh" else "en"))
    assert text.words == {"en": "There are no images yet.", "zh": "还没有镜像。"}[language]


def test_an_image_keeps_its_familys_colour() -> None:
    found = world(shop())
    own = own_colours(found)
    assert set(own) == {image.id for image in listed_images(found) if image.unique_size}
    tints = families(found.images)
    assert all(own[image.id] == tints[chain_of(image)[:2]] for image in found.images if image.id in own)
