"""The lock: every blob is made anew from its recipe and has the digest that the file says, on this machine too."""

from __future__ import annotations

import pytest

from dockkernel.registry import catalog_data
from dockkernel.registry.lock import lock
from dockkernel.registry.recipe import recipe
from dockkernel.registry.relock import books, make, measure_image, measure_layer, render

_PARTS = 4


def row(name: str) -> list[object]:
    """A layer's row as the file has it."""
    layer = lock().layer(name)
    return [str(layer.blob.digest), layer.blob.size, str(layer.diff_id), layer.tar_size, layer.size]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(_PARTS))
def test_every_layer_is_what_the_lock_says(part: int) -> None:
    for name in lock().layer_names[part::_PARTS]:
        key, _, number = name.rpartition(":")
        assert measure_layer(key, int(number)) == row(name), name


def test_every_config_and_manifest_is_what_the_lock_says() -> None:
    rows = {name: row(name) for name in lock().layer_names}
    for key in lock().image_keys:
        found = lock().image(key)
        made = measure_image(recipe(key), rows)
        assert made["manifest"] == [str(found.manifest.digest), found.manifest.size], key
        assert made["config"] == [str(found.config.digest), found.config.size], key
        assert found.build_manifest().descriptor.digest == found.manifest.digest


def test_the_file_is_written_as_it_stands() -> None:
    small = render(make(["hello-world"]))
    whole = catalog_data.read("lock.json")
    for line in small.splitlines():
        assert line.rstrip(",") in whole


def test_the_lock_knows_every_book() -> None:
    assert sorted(lock().repositories) == books()
