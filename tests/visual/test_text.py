"""The words of a picture: the same numbers as in the drawing, in both languages, and never too many lines."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from support.svgs import texts
from support.worlds import Recipe, Step, removal, removals, shop, world, worlds

from dockkernel.snapshot import DiskShow, EffectShow, StackShow, World
from dockkernel_visual import describe, present
from dockkernel_visual.disk_parts import parts
from dockkernel_visual.letters import fit, fit_name, text_width
from dockkernel_visual.words import Language, gist, listed, size, some, step, total


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\b\d+(?:\.\d+)?[kMGTP]?B\b", text))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_stack_in_words_has_the_numbers_of_the_drawing(language: Language) -> None:
    found = world(shop())
    show = StackShow(found, tuple(image.id for image in found.images if image.names[:1] == ("nginx:latest",)))
    words = describe(show, language)
    drawn = [text.words for text in texts(present(show, language=language)["image/svg+xml"])]
    assert words.splitlines()[0] == drawn[0]
    [nginx] = [image for image in found.images if image.id in show.focus]
    for layer in nginx.layers:
        assert not layer.chain_id or size(layer.size) in drawn
        assert size(layer.size) in words or not layer.chain_id
    assert len([line for line in words.splitlines() if line.startswith("  [")]) == len(nginx.layers)


@given(worlds)
def test_the_disk_in_words_has_the_numbers_of_the_drawing(found: World) -> None:
    words = describe(DiskShow(found))
    drawn = " ".join(text.words for text in texts(present(DiskShow(found))["image/svg+xml"]))
    assert numbers(words) <= numbers(drawn)
    for part in parts(found):
        assert part.kind == "own" or total(part.bytes) in words


@given(removals())
def test_a_removal_in_words_has_the_numbers_of_the_drawing(show: EffectShow) -> None:
    lines = describe(show).splitlines()
    drawn = [text.words for text in texts(present(show)["image/svg+xml"])]
    assert lines[0] == drawn[1]
    assert numbers(lines[0]) <= numbers(drawn[1])
    assert len(lines) <= 30


@given(worlds)
def test_words_are_few_lines(found: World) -> None:
    for focus in ((), tuple(image.id for image in found.images)):
        assert len(describe(StackShow(found, focus)).splitlines()) <= 36
    assert len(describe(DiskShow(found)).splitlines()) <= 20


def test_both_languages_say_the_same_numbers() -> None:
    found = world(shop())
    for show in (DiskShow(found), StackShow(found, (found.images[0].id,)), removal(found, [found.images[1].id])):
        assert numbers(describe(show, "en")) == numbers(describe(show, "zh"))
        assert re.search("[\u4e00-\u9fff]", describe(show, "zh").splitlines()[0])


def test_what_is_kept_says_why() -> None:
    found = world(shop())
    lines = describe(removal(found, [found.images[0].id])).splitlines()
    assert lines[0] == "1 name untagged, 1 image and 1 layer deleted, 4B freed."
    assert "  - web:2: untagged" in lines
    assert any("kept: " in line and "stand on it" in line for line in lines)


def test_teaching_images_say_so() -> None:
    found = world(shop())
    nginx = next(image for image in found.images if image.teaching)
    assert describe(StackShow(found, (nginx.id,))).endswith(
        "Teaching images: real structure and sizes, stand-in contents."
    )
    alone = world([Recipe(("mine:1",), (Step("mine", 1),))])
    assert "eaching" not in describe(StackShow(alone, (alone.images[0].id,)))


@pytest.mark.parametrize(
    ("count", "three", "four"),
    [
        (0, "0B", "0B"),
        (999, "999B", "999B"),
        (1000, "1kB", "1kB"),
        (1_984_309, "1.98MB", "1.984MB"),
        (117_000_000, "117MB", "117MB"),
        (999_499, "999kB", "999.5kB"),
        (999_500, "1MB", "999.5kB"),
        (999_960, "1MB", "1MB"),
        (2_812_000_000, "2.81GB", "2.812GB"),
        (5 * 10**18, "5e+03PB", "5000PB"),
    ],
)
def test_sizes_are_dockers(count: int, three: str, four: str) -> None:
    assert (size(count), total(count)) == (three, four)


@pytest.mark.parametrize(
    ("history", "shown"),
    [
        ("/bin/sh -c #(nop)  CMD [\"sh\"]", 'CMD ["sh"]'),
        ("/bin/sh -c #(nop) COPY file:00ec16aabbccddeeff in /x ", "COPY file:00ec16… in /x"),
        ("/bin/sh -c echo  hi", "RUN echo hi"),
        ("RUN /bin/sh -c set -eux;   make # buildkit", "RUN set -eux; make"),
        ("RUN |1 A=b /bin/sh -c echo $A # buildkit", "RUN echo $A"),
        ("|2 A=b C=d /bin/sh -c echo $A", "RUN echo $A"),
        ("COPY a b # buildkit", "COPY a b"),
        ("", ""),
    ],
)  # fmt: skip
def test_history_lines_are_shown_as_instructions(history: str, shown: str) -> None:
    assert step(history) == shown


def test_the_gist_of_a_script_leaves_its_options_out() -> None:
    assert gist("RUN /bin/sh -c set -eux; set -o pipefail; make") == "RUN set -o pipefail; make"
    assert gist("RUN /bin/sh -c set -x && make") == "RUN make"
    assert gist("/bin/sh -c set -e") == "RUN set -e"
    assert gist("ENV A=b") == "ENV A=b"


@pytest.mark.parametrize(
    "words", ["registry.example.com:5000/team/front/web:2024", "短名字", "wwwwwwwww", "iiiiii" * 9, "a"]
)
@pytest.mark.parametrize("width", [0, 12, 40, 90, 200, 1000])
def test_what_is_cut_fits(words: str, width: float) -> None:
    for cut in (fit(words, 12, width), fit_name(words, 12, width), fit(words, 12, width, mono=True)):
        assert cut == "" or text_width(cut, 12) <= width or text_width(cut, 12, mono=True) <= width
    assert fit(words, 12, 10_000) == words


def test_a_long_name_loses_its_registry_first() -> None:
    name = "registry.example.com:5000/team/front/web:2024"
    assert fit_name(name, 12, 170) == "…/team/front/web:2024"
    assert fit_name(name, 12, 90) == "…/web:2024"
    assert fit_name(name, 12, 60) == "…/web:…"


def test_lists_say_how_many_more() -> None:
    assert listed(["a", "b", "c"], "en", 2) == "a, b and 1 more"
    assert listed(["a", "b", "c"], "zh", 2) == "a, b 等 3 个"
    assert some(["a", "b", "c"], "en", 2) == ["a", "and 2 more"]
    assert some(["a", "b"], "en", 2) == ["a", "b"]
