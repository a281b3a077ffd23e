"""Disk usage: each layer once, what is shared, what could be reclaimed."""

from __future__ import annotations

from unit.engine.worlds import container, image, state

from dockkernel.engine import usage

MB = 1_000_000
SIZES = {"a": 100 * MB, "b": 10 * MB, "c": 20 * MB}


def test_shared_layers_count_once_and_only_the_unshared_is_called_reclaimable() -> None:
    a, b, c = image("A", "a", sizes=SIZES), image("B", "ab", sizes=SIZES), image("C", "ac", sizes=SIZES)
    tags = {"a:1": "A", "b:1": "B", "c:1": "C"}
    idle = usage.measure(state(a, b, c, tags=tags))
    assert (idle.layer_bytes, idle.reclaimable) == (130 * MB, 130 * MB)
    rows = {i.record.id: (i.record.size, i.shared, i.unique) for i in idle.images}
    assert rows[a.id] == (100 * MB, 100 * MB, 0)
    assert rows[b.id] == (110 * MB, 100 * MB, 10 * MB)
    assert rows[c.id] == (120 * MB, 100 * MB, 20 * MB)
    used = usage.measure(state(a, b, c, tags=tags, containers=(container("c", c),)))
    assert (used.layer_bytes, used.reclaimable) == (130 * MB, 110 * MB)


def test_an_intermediate_image_is_not_listed_but_counts_as_a_sharer() -> None:
    before = state(
        image("base", "a", sizes=SIZES),
        image("step", "ab", parent="base", sizes=SIZES),
        image("app", "ab", parent="step", sizes=SIZES),
        tags={"base:1": "base", "app:1": "app"},
    )
    measured = usage.measure(before)
    assert len(measured.images) == 2
    assert {i.unique for i in measured.images} == {0}
    assert measured.layer_bytes == 110 * MB


def test_layers_that_only_a_container_of_a_removed_image_holds_are_not_in_the_total() -> None:
    a = image("A", "ab", sizes=SIZES)
    measured = usage.measure(state(containers=(container("c", a, size=5),)))
    assert (measured.images, measured.layer_bytes, measured.containers[0].size_rw) == ((), 0, 5)


def test_the_newest_comes_first_whatever_the_number_of_decimals() -> None:
    from dataclasses import replace

    early, late = (
        replace(image(n, "a"), created=t) for n, t in (("x", "2026-01-01T00:00:07Z"), ("y", "2026-01-01T00:00:07.5Z"))
    )
    assert [i.record.id for i in usage.measure(state(early, late)).images] == [late.id, early.id]
