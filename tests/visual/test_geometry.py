"""The icicle: looking down from an image's name reads off its stack, whatever the images are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.svgs import Box
from support.worlds import Recipe, Step, recipes, world

from dockkernel.snapshot import ImageView
from dockkernel_visual.geometry import Band, Icicle, chain_of, floors_of, icicle, neighbours


def images_of(*found: Recipe) -> list[ImageView]:
    return list(world(found).images)


def below(drawing: Icicle, column: int) -> list[Band]:
    """The boxes that a column runs through, from the ground up."""
    return sorted(
        (band for band in drawing.bands if band.first <= column < band.first + band.span), key=lambda band: band.bottom
    )


def read_off(drawing: Icicle, column: int) -> tuple[str, ...]:
    return tuple(layer.chain_id for band in below(drawing, column) for layer in band.layers)


@given(recipes(), st.integers(1, 8))
def test_looking_down_from_a_name_reads_off_the_stack(found: list[Recipe], most_rows: int) -> None:
    images = images_of(*found)
    drawing = icicle(images, most_rows)
    assert sorted(column.image.id for column in drawing.columns) == sorted(image.id for image in images)
    for column in drawing.columns:
        assert read_off(drawing, column.index) == chain_of(column.image)
        assert all(band.path == chain_of(column.image)[: len(band.path)] for band in below(drawing, column.index))
        assert all(band.bottom + band.height <= column.top for band in below(drawing, column.index))


@given(recipes(), st.integers(1, 8))
def test_widths_sum_and_nothing_overlaps(found: list[Recipe], most_rows: int) -> None:
    images = images_of(*found)
    drawing = icicle(images, most_rows)
    assert [column.index for column in sorted(drawing.columns, key=lambda column: column.index)] == list(
        range(len(images))
    )
    for band in drawing.bands:
        standing = [image for image in images if chain_of(image)[: len(band.path)] == band.path]
        assert band.span == len(standing)
    boxes = [Box(band.first, band.bottom, band.first + band.span, band.bottom + band.height) for band in drawing.bands]
    assert not any(one.overlaps(other, 0) for n, one in enumerate(boxes) for other in boxes[:n])


@given(recipes())
def test_each_layer_is_drawn_once_with_all_its_bytes(found: list[Recipe]) -> None:
    drawing = icicle(images_of(*found))
    drawn = [layer.chain_id for band in drawing.bands for layer in band.layers]
    sizes = {layer.chain_id: layer.size for image in images_of(*found) for layer in image.layers if layer.chain_id}
    assert sorted(drawn) == sorted(sizes)
    assert sum(band.size for band in drawing.bands) == sum(sizes.values())


@given(recipes(), st.integers(1, 8))
def test_folding_stops_where_images_part(found: list[Recipe], most_rows: int) -> None:
    drawing = icicle(images_of(*found), most_rows)
    runs = {(band.first, band.span) for band in drawing.bands}
    for column in drawing.columns:
        rows = below(drawing, column.index)
        assert len(rows) <= max(most_rows, sum(1 for run in runs if run[0] <= column.index < run[0] + run[1]))


def test_the_same_content_twice_is_two_rows() -> None:
    """Case A08: L1, E, L2, E are four chain positions of three contents."""
    empty = Step("WORKDIR /app", 0, "1024 zero bytes")
    [image] = images_of(Recipe(("twice:1",), (Step("L1", 100), empty, Step("L2", 200), empty)))
    drawing = icicle([image])
    assert [band.layers[0].created_by for band in drawing.bands] == ["L1", "WORKDIR /app", "L2", "WORKDIR /app"]
    assert len(set(chain_of(image))) == 4
    assert len({layer.diff_id for layer in image.layers}) == 3
    assert image.size == 300


def test_a_prefix_of_another_image_ends_below_it() -> None:
    base, top = Step("base", 10), Step("top", 5)
    drawing = icicle(images_of(Recipe(("derived:1",), (base, top)), Recipe(("base:1",), (base,))))
    shared, own = drawing.bands
    assert (shared.span, own.span) == (2, 1)
    tops = {column.image.names[0]: column.top for column in drawing.columns}
    assert tops["base:1"] < tops["derived:1"]


def test_an_image_without_layers_has_a_column_on_the_ground() -> None:
    drawing = icicle(images_of(Recipe(("empty:1",), (Step("ENV A=b"),)), Recipe(("bare:1",), ())))
    assert drawing.bands == ()
    assert [(column.top, len(column.steps)) for column in drawing.columns] == [(0.0, 1), (0.0, 0)]


def test_nothing_to_draw_is_an_empty_drawing() -> None:
    assert icicle([]) == Icicle((), ())


def test_steps_stand_between_the_layers_they_stand_between() -> None:
    steps = (Step("ARG A"), Step("one", 1), Step("ENV B=1"), Step("ENV B=2"), Step("two", 2), Step("CMD x"))
    [image] = images_of(Recipe(("steps:1",), steps))
    floors, last = floors_of(image)
    assert [[step.created_by for step in floor.steps] for floor in floors] == [["ARG A"], ["ENV B=1", "ENV B=2"]]
    assert [step.created_by for step in last] == ["CMD x"]
    drawing = icicle([image])
    assert [len(band.steps) for band in drawing.bands] == [1, 2]


def test_a_shared_layer_shows_the_steps_that_its_images_agree_on() -> None:
    top = Step("top", 2)
    one = Recipe(("one:1",), (Step("base", 1), Step("ENV A=1"), Step("ENV B=1"), top))
    two = Recipe(("two:1",), (Step("base", 1), Step("ENV A=1"), Step("ENV B=2"), top))
    drawing = icicle(images_of(one, two))
    assert [step.created_by for step in drawing.bands[1].steps] == ["ENV A=1"]


def test_two_hundred_layers_fold_to_rows_that_fit_and_big_ones_stay() -> None:
    steps = tuple(Step(f"RUN {n}", 500_000_000 if n == 77 else n, f"content {n}") for n in range(200))
    [image] = images_of(Recipe(("deep:1",), steps))
    drawing = icicle([image])
    assert len(drawing.bands) <= 14
    assert read_off(drawing, 0) == chain_of(image)
    assert ["RUN 77"] in [[layer.created_by for layer in band.layers] for band in drawing.bands]


def test_few_layers_do_not_fold() -> None:
    [image] = images_of(Recipe(("flat:1",), tuple(Step(f"RUN {n}", 0, f"content {n}") for n in range(14))))
    assert [len(band.layers) for band in icicle([image]).bands] == [1] * 14


def test_a_tall_stack_is_pressed_together_in_order_of_size() -> None:
    sizes = [10**n for n in range(12)]
    [image] = images_of(Recipe(("tall:1",), tuple(Step(f"RUN {n}", size) for n, size in enumerate(sizes))))
    heights = [band.height for band in icicle([image]).bands]
    assert heights == sorted(heights)
    assert sum(heights) < 450


@given(recipes(), st.data())
def test_neighbours_are_the_focus_then_listed_images_that_share(found: list[Recipe], data: st.DataObject) -> None:
    images = images_of(*found)
    focus = data.draw(st.lists(st.sampled_from([image.id for image in images]), unique=True)) if images else []
    drawn, left = neighbours(images, focus, 4)
    assert len(drawn) <= 4
    wanted = {image.id for image in images if image.id in focus}
    bases = {key for image in images if image.id in wanted for key in chain_of(image)}
    sharing = {image.id for image in images if not image.intermediate and bases & set(chain_of(image))} | wanted
    assert {image.id for image in drawn} <= sharing
    assert len(drawn) + left == len(sharing)
    assert [image.id in wanted for image in drawn] == sorted((image.id in wanted for image in drawn), reverse=True)
