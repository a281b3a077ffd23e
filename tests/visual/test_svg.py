"""The SVGs as documents: well-formed, harmless, readable on any ground and after a viewer has stripped them.

Cases C15 (viewers strip styles, scripts, ids) and C17 (dark theme) of the display.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.svgs import Text, contrast, page, parse, rects, shapes, texts
from support.worlds import Recipe, Step, removal, removals, shop, world, worlds

from dockkernel.snapshot import Blocked, DiskShow, EffectShow, Show, StackShow, World
from dockkernel_visual import describe, present, theme
from dockkernel_visual.words import Language

ALLOWED = {
    "svg": {"viewBox", "width", "height", "font-family", "role", "aria-label"},
    "title": set(),
    "g": set(),
    "rect": {"x", "y", "width", "height", "rx", "fill", "fill-opacity", "stroke", "stroke-dasharray"},
    "line": {"x1", "y1", "x2", "y2", "stroke", "stroke-width", "stroke-dasharray"},
    "path": {"d", "fill", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"},
    "text": {"x", "y", "font-size", "fill", "text-anchor", "font-weight", "text-decoration", "font-family"},
}
HOSTILE = (
    "</text><script>alert(1)</script>",
    '"><image href="https://example.com/x.png" onload="alert(1)"/>',
    "<!ENTITY x SYSTEM 'file:///etc/passwd'> &x; ]]> <![CDATA[",
    "url(#dk) javascript:alert(1) &#0; &amp;",
    "\x00\x01\x1b[31mred\x07\x7f\ud800\ufffe\u202egnp.exe\u2028",
    "一二三四五六七八九十" * 40,
    "🐳" * 100,
    "e\u0301" * 300,
    "W" * 5000,
    "",
)


def drawings(show: Show) -> Iterable[str]:
    for language in ("en", "zh"):
        yield present(show, language=language)["image/svg+xml"]


def shows(found: World) -> Iterable[Show]:
    ids = [image.id for image in found.images]
    yield DiskShow(found)
    yield StackShow(found, tuple(ids[:1]))
    yield StackShow(found, tuple(ids))
    yield removal(found, ids[::2])
    yield removal(found, ids, dry_run=True)


def hostile(words: str) -> World:
    steps = (Step(words, 5), Step(words), Step(f"RUN {words}", 7), Step(f"/bin/sh -c #(nop) {words}"))
    names = (f"{words}:1", "plain:1")
    return world([Recipe(names, steps, (f"{words}@{words}",), containers=(words,)), Recipe((), steps[:1])])


def check_document(svg: str) -> None:
    root = parse(svg)
    svg.encode("utf-8")
    for name, element in shapes(root):
        assert name in ALLOWED
        assert set(element.keys()) <= ALLOWED[name], name
        assert not any(
            "url(" in value or "javascript:" in value for key, value in element.items() if key != "aria-label"
        )
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == root.get("aria-label")
    assert root.get("role") == "img"


@given(worlds)
def test_pictures_of_any_world_are_well_formed_and_plain(found: World) -> None:
    for show in shows(found):
        for svg in drawings(show):
            check_document(svg)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_words(words: str) -> None:
    found = hostile(words)
    blocked = (Blocked(words, f"No such image: {words}\n{words}"),)
    for show in (*shows(found), replace(removal(found, []), blocked=blocked, untagged=(words,))):
        for svg in drawings(show):
            check_document(svg)
            check_layout(svg)
            assert len(svg.encode()) < 60_000
        text = describe(show)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", text)


@given(st.text(max_size=60))
def test_any_text_can_be_a_command_or_name(words: str) -> None:
    for show in shows(hostile(words)):
        check_document(present(show)["image/svg+xml"])


def check_layout(svg: str) -> None:
    """No text runs out of the page or of the box it is on, and no two overlap."""
    found, boxes, whole = texts(svg), rects(svg), page(parse(svg))
    for text in found:
        assert text.box.inside(whole), text.words
        for box in boxes:
            if box.holds(text.box.left + 1, (text.box.top + text.box.bottom) / 2) and box.right - box.left > 40:
                assert text.box.inside(box), text.words
    for number, text in enumerate(found):
        assert not any(text.box.overlaps(other.box) for other in found[:number]), text.words


def check_contrast(found: Iterable[Text]) -> None:
    for text in found:
        assert text.contrast >= 4.5, (text.words, text.fill, text.behind)
        assert "#ff00ff" not in text.behind, "text outside of the card"


@given(worlds)
def test_texts_do_not_overlap_and_have_contrast(found: World) -> None:
    for show in shows(found):
        for svg in drawings(show):
            check_layout(svg)
            check_contrast(texts(svg))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shop_has_contrast_and_order(language: Language) -> None:
    for show in shows(world(shop())):
        svg = present(show, language=language)["image/svg+xml"]
        check_layout(svg)
        check_contrast(texts(svg))


def test_the_card_is_opaque_and_light() -> None:
    """C17: what is around the picture, white or black, is never behind its text."""
    for show in shows(world(shop())):
        root = parse(present(show)["image/svg+xml"])
        card = next(element for name, element in shapes(root) if name == "rect")
        assert (card.get("width"), card.get("height")) == (root.get("width"), root.get("height"))
        assert card.get("fill") == "#ffffff"
        assert card.get("fill-opacity") is None


def test_hues_carry_white_and_tones_carry_dark_text() -> None:
    assert all(contrast("#ffffff", hue) >= 4.5 for hue in theme.HUES)
    assert all(contrast(theme.INK, tone) >= 4.5 for tone in theme.SHARED)


def test_stripping_changes_nothing() -> None:
    """C15: there is nothing in a picture that a cautious viewer takes away."""
    for show in shows(world(shop())):
        svg = present(show)["image/svg+xml"]
        bare = re.sub(r"<(script|style|foreignObject)\b.*?</\1>", "", svg)
        bare = re.sub(r'\s(?:style|class|id|on\w+|(?:xlink:)?href)="[^"]*"', "", bare)
        assert bare == svg


def test_meaning_is_not_told_by_colour_alone() -> None:
    found = world(shop())
    svg = present(removal(found, [found.images[0].id]))["image/svg+xml"]
    gray = re.sub(r"#[0-9a-fA-F]{3,6}", "#777777", svg)
    words = [text.words for text in texts(gray)]
    assert "deleted" in words
    assert any(line.startswith("kept: ") for line in words)
    struck = [element for name, element in shapes(parse(gray)) if element.get("text-decoration") == "line-through"]
    dashed = [element for name, element in shapes(parse(gray)) if name == "rect" and element.get("stroke-dasharray")]
    assert len(struck) == len(dashed) == 3


@given(removals())
def test_the_same_snapshot_gives_the_same_picture(show: EffectShow) -> None:
    assert present(show) == present(show)


def test_size_is_bounded_with_many_images_and_layers() -> None:
    deep = [Recipe((f"deep:{n}",), tuple(Step(f"RUN {m} && " + "x < y && " * 80, m, f"{m} {m > 150 and n}") for m in range(200))) for n in range(9)]  # fmt: skip
    many = [Recipe((f"many:{n}",), (Step("base", 100), Step(f"RUN {n}" + " &&" * 90, n))) for n in range(2000)]
    for found in (world(deep), world(many)):
        for show in shows(found):
            bundle = present(show)
            assert len(bundle["image/svg+xml"].encode()) < 60_000
            assert len(bundle["text/plain"].splitlines()) <= 36
            check_layout(bundle["image/svg+xml"])


def test_many_names_are_counted() -> None:
    found = world([Recipe(tuple(f"name:{n:04}" for n in range(2000)), (Step("base", 1),))])
    for show in shows(found):
        bundle = present(show)
        assert len(bundle["image/svg+xml"].encode()) < 20_000
        assert len(bundle["text/plain"]) < 4_000
