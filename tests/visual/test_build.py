"""The picture of a build that has ended, and the HTML of one that runs: harmless, readable, the same facts in both."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from support.builds import graphs, long, server, vertex
from support.svgs import texts
from visual.test_svg import HOSTILE, check_contrast, check_document, check_layout

from dockkernel.snapshot import GraphSnapshot, wire
from dockkernel_visual import build, describe, live, present
from dockkernel_visual.words import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")
GOLDEN = Path(__file__).parents[1] / "golden/visual"


def page(html: str) -> ET.Element:
    return ET.fromstring(html.replace("<br>", "<br/>").replace(" open ", ' open="" '))


@given(graphs())
def test_any_build_is_drawn_well_formed(graph: GraphSnapshot) -> None:
    for language in LANGUAGES:
        check_document(present(graph, language=language)["image/svg+xml"])
        check_layout(build(graph, language))
        page(live(graph, language=language)["text/html"])
    assert wire.loads(wire.dumps(graph)) == graph


@pytest.mark.parametrize("status", ["done", "failed", "running"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_contrast(status: str, language: Language) -> None:
    svg = build(server(status), language)
    check_contrast(texts(svg))
    check_layout(svg)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_words(words: str) -> None:
    graph = server("failed")
    vertices = tuple(replace(one, instruction=words, name=words, error=words, log=(words,)) for one in graph.vertices)
    stages = tuple(replace(one, name=words, base=words) for one in graph.stages)
    graph = replace(graph, vertices=vertices, stages=stages)
    check_document(build(graph))
    check_layout(build(graph))
    html = live(graph)["text/html"]
    for element in page(html).iter():
        assert element.tag in {"div", "span", "b", "ul", "li", "code", "pre", "details", "summary", "progress"}
        assert set(element.keys()) <= {
            "role",
            "style",
            "max",
            "value",
            "open",
            "aria-live",
            "aria-label",
            "aria-hidden",
        }
        assert "url(" not in element.get("style", "")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", describe(graph))
    assert len(build(graph).encode()) < 60_000


def test_nothing_from_outside() -> None:
    for text in (build(server()), live(server("running"))["text/html"]):
        assert not re.search(r"<(img|script|link|iframe|style)|https?://(?!www\.w3\.org/2000/svg)", text)


def test_states_are_words_and_signs() -> None:
    html = live(server("running"))["text/html"]
    for words in ("waiting", "running", "cached", "done", "1m 01s", "31.5s"):
        assert words in html or words in describe(server())
    assert html.count("▶") == 2
    assert 'role="group"' in html
    assert 'aria-live="off"' in html


def test_logs_are_open_where_something_happens() -> None:
    assert live(server("running"))["text/html"].count("<details open") == 2
    assert live(server("failed"))["text/html"].count("<details open") == 1
    assert live(server())["text/html"].count("<details open") == 0
    assert live(server())["text/html"].count("<details") == 2


def test_a_transfer_shows_how_far_it_is() -> None:
    pulling = replace(vertex("a", "FROM x", status="running"), current=30_000_000, total=240_000_000)
    graph = replace(server("running"), vertices=(pulling,))
    assert '<progress max="240000000" value="30000000"' in live(graph)["text/html"]
    assert "30MB / 240MB" in live(graph)["text/plain"]


def test_parts_without_an_instruction_are_told_when_they_matter() -> None:
    graph = server()
    assert "load build context" not in describe(graph)
    broken = replace(graph.vertices[0], status="failed", error="no such file")
    assert "Before the steps" in describe(replace(graph, vertices=(broken, *graph.vertices[1:])))


def test_long_stages_are_shortened_around_what_happens() -> None:
    graph = long(200)
    text = describe(graph)
    assert len(text.splitlines()) < 20
    assert "and 190 more" in text
    assert len(build(graph).encode()) < 60_000
    steps = list(graph.vertices)
    steps[100] = replace(steps[100], status="failed", error="why")
    failed = describe(replace(graph, vertices=tuple(steps), status="failed"))
    assert "RUN step 100" in failed
    assert "RUN step 199" not in failed


def test_drawing_words_and_html_have_the_same_numbers() -> None:
    for status in ("done", "failed"):
        graph = server(status)
        sizes = re.findall(r"\b[\d.]+[kMG]?B\b", describe(graph).split("\n", 1)[1])
        drawn = " ".join(text.words for text in texts(build(graph)))
        html = "".join(page(live(graph)["text/html"]).itertext())
        for size in sizes:
            assert size in drawn
            assert size in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_live_html_is_as_it_was_seen(language: Language, request: pytest.FixtureRequest) -> None:
    path = GOLDEN / f"build-live{'-zh' if language == 'zh' else ''}.html"
    html = live(server("running"), language=language)["text/html"].replace("><", ">\n<") + "\n"
    if request.config.getoption("--update-golden", default=False):
        path.write_text(html, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == html
