"""Removals: all that goes or is kept is drawn, stood for by a box, or counted; lines join what belongs together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.svgs import texts
from support.worlds import Recipe, Step, digest, removal, removals, shop, world

from dockkernel.snapshot import Blocked, EffectShow, Kept
from dockkernel_visual import effect
from dockkernel_visual.effect_columns import MOST_ROWS, columns
from dockkernel_visual.effect_fates import Box
from dockkernel_visual.geometry import chain_of


def keys(boxes: tuple[Box, ...]) -> list[str]:
    return [key for box in boxes for key in box.keys]


def check_complete(show: EffectShow) -> None:
    drawn = columns(show, "en")
    assert set(show.untagged) <= set(keys(drawn.names))
    assert set(show.deleted_images) <= set(keys(drawn.images))
    assert set(show.deleted_layers) <= set(keys(drawn.layers))
    for noun, boxes in (("name", drawn.names), ("image", drawn.images), ("layer", drawn.layers)):
        assert {kept.id for kept in show.kept if kept.kind == noun} <= set(keys(boxes))
        assert len(keys(boxes)) == len(set(keys(boxes)))
        assert len(boxes) <= MOST_ROWS
    gone = {*show.untagged, *show.deleted_images, *show.deleted_layers}
    for box in (*drawn.names, *drawn.images, *drawn.layers):
        assert box.fate == "rest" or all((key in gone) == (box.fate == "gone") for key in box.keys)


@given(removals())
def test_all_that_goes_or_is_kept_is_accounted_for(show: EffectShow) -> None:
    check_complete(show)


@given(removals(), st.lists(st.text(min_size=1, max_size=9), max_size=20))
def test_what_no_image_explains_is_accounted_for_too(show: EffectShow, odd: list[str]) -> None:
    kept = tuple(Kept(f"kept {key}", kind, "odd", ()) for key in odd for kind in ("name", "image", "layer"))
    check_complete(replace(
        show,
        untagged=(*show.untagged, *(f"name {key}" for key in odd)),
        deleted_images=(*show.deleted_images, *(f"image {key}" for key in odd)),
        deleted_layers=(*show.deleted_layers, *(f"layer {key}" for key in odd)),
        kept=show.kept + kept,
    ))  # fmt: skip


@given(removals())
def test_lines_join_an_image_with_its_names_and_layers(show: EffectShow) -> None:
    drawn = columns(show, "en")
    images = {image.id: image for image in show.before.images}
    for line in drawn.layer_lines:
        ends = set(drawn.layers[line.right].keys)
        assert any(ends & set(chain_of(images[key])) for key in drawn.images[line.left].keys)
        assert line.gone == (drawn.images[line.left].fate == "gone")
    for line in drawn.name_lines:
        ends = set(drawn.images[line.right].keys)
        users = {container.id: container.image for container in show.before.containers}
        for key in drawn.names[line.left].keys:
            named = {image.id for image in images.values() if key in (*image.names, *image.digests)}
            assert ends & (named | {users.get(key, "")}) or len(drawn.names[line.left].keys) > 1


def test_untagging_alone_says_that_nothing_is_freed() -> None:
    before = world(shop())
    web = next(image for image in before.images if "web:1" in image.names)
    kept = (Kept(web.id, "image", "name", web.names[:1]), Kept(web.id, "image", "container", ("box",)))
    words = [text.words for text in texts(effect(EffectShow(before, ("web:1",), (), (), kept, (), 0, dry_run=False)))]
    assert "1 name untagged. No image is deleted, and no byte freed." in words
    assert "box" in words
    assert "container, exited" in words
    assert any(line.startswith("kept: container box uses it; ") for line in words)


def test_deleted_layers_are_struck_and_kept_ones_say_who_holds_them() -> None:
    before = world(shop())
    redis = next(image for image in before.images if "redis:7" in image.names)
    drawn = columns(removal(before, [redis.id]), "en")
    assert [(box.fate, box.note) for box in drawn.names if box.fate == "gone"] == [("gone", "untagged")] * 2
    kept = [box.note for box in drawn.layers if box.fate == "kept"]
    assert kept[0].endswith("stands on it")
    drawing = effect(removal(before, [redis.id]))
    assert 'text-decoration="line-through"' in drawing
    assert "stroke-opacity" in drawing


def test_a_dry_run_says_so_everywhere() -> None:
    before = world(shop())
    words = [text.words for text in texts(effect(removal(before, [before.images[0].id], dry_run=True)))]
    assert words[0] == "Dry run: what would go, and what would stay"
    assert words[1].endswith("Nothing has been done.")
    assert not {"untagged", "deleted"} & set(words)
    assert {"would be untagged", "would be deleted"} <= set(words)


def test_intermediate_parents_are_one_box() -> None:
    steps = tuple(Step(f"ENV A={n}") for n in range(6))
    base = (Step("base", 10),)
    parents = [Recipe((), (*base, *steps[:n]), intermediate=True, salt=str(n)) for n in range(5)]
    before = world([Recipe(("app:1",), (*base, *steps)), *parents])
    drawn = columns(removal(before, [image.id for image in before.images]), "en")
    assert [(len(box.keys), box.fate) for box in drawn.images] == [(1, "gone"), (5, "gone")]
    assert drawn.images[1].title == "5 intermediate images"


def test_the_layers_of_one_stack_are_one_box_where_there_are_many_lines() -> None:
    shared = tuple(Step(f"RUN {n}", n, f"shared {n}") for n in range(6))
    own = [tuple(Step(f"RUN {n}", n, f"{image} {n}") for n in range(4)) for image in range(2)]
    before = world([Recipe((f"image:{n}",), (*shared, *steps)) for n, steps in enumerate(own)])
    drawn = columns(removal(before, [image.id for image in before.images]), "en")
    assert [box.title for box in drawn.layers] == ["4 layers · 6B", "6 layers · 15B", "4 layers · 6B"]
    assert [(line.left, line.right) for line in drawn.layer_lines] == [(0, 0), (0, 1), (1, 1), (1, 2)]


def test_two_thousand_removals_fold_and_are_counted() -> None:
    base = Step("base", 1_000_000)
    before = world(
        [Recipe((f"image:{n:04}",), (base, Step(f"RUN {n}", n)), (f"image@{digest(str(n))}",)) for n in range(2000)]
    )
    show = removal(before, [image.id for image in before.images[::2]])
    check_complete(show)
    drawing = effect(show)
    assert len(drawing.encode()) < 60_000
    assert "2000 names untagged, 1000 images and 1000 layers deleted" in drawing


def test_a_column_that_does_not_fold_is_cut_and_counted() -> None:
    alternating = [Recipe((f"image:{n:02}",), (Step(f"RUN {n}", n + 1),)) for n in range(40)]
    before = world(alternating)
    kept = tuple(Kept(image.id, "image", "name", (f"other:{n}",)) for n, image in enumerate(before.images) if n % 2)
    show = replace(removal(before, [image.id for image in before.images[::2]]), kept=kept)
    check_complete(show)
    last = columns(show, "en").images[-1]
    assert (last.title, last.note) == ("and 30 more", "15 deleted, 15 kept")


def test_what_could_not_go_is_said_in_dockers_words() -> None:
    blocked = tuple(
        Blocked(f"image:{n}", f'conflict: unable to remove repository reference "image:{n}"') for n in range(9)
    )
    show = replace(removal(world(shop()), []), blocked=blocked)
    words = [text.words for text in texts(effect(show))]
    assert words[1] == "Nothing was removed."
    assert words[2:] == [*(entry.message for entry in blocked[:3]), "and 6 more"]


def test_chinese_has_no_blank_between_characters() -> None:
    before = world(shop())
    words = " ".join(text.words for text in texts(effect(removal(before, [before.images[4].id]), "zh")))
    assert "个 站" not in words
    assert "站在它上面" in words
