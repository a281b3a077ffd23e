"""Notes: the lines of the cell with a caret, in text and in HTML that shows hostile words as words."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from dockkernel.commands.events import Note
from dockkernel.dockerfile.source import SourceText
from dockkernel.errors import Span
from dockkernel.frontends import notes
from dockkernel.frontends.cellfile import CellFile, DockerfileCell

TEXT = "FROM busybox\nCOPPY a b\nRUN c\n"


def error(text: str = TEXT, span: Span | None = None, hint: str = "did you mean COPY?") -> Note:
    return Note("error", "unknown instruction: COPPY", hint, SourceText(text), span or Span(2, 2, 1, 5))


def test_a_file_is_shown_as_it_is() -> None:
    assert notes.text(error()).split("\n") == [
        "Dockerfile:2",
        "--------------------",
        "   1 |     FROM busybox",
        "   2 | >>> COPPY a b",
        "     |     ^^^^^",
        "   3 |     RUN c",
        "   4 |     ",
        "--------------------",
        "did you mean COPY?",
    ]


def test_lines_are_those_of_the_cell() -> None:
    cell = "\n%%dockerfile -t x\n" + TEXT
    source = CellFile((DockerfileCell("k", "In[7]", cell, 2, TEXT),)).source()
    shown = notes.bundle([error()], source)["text/plain"]
    assert shown.startswith("In[7]:4\n")
    assert "   2 |     %%dockerfile -t x\n" in shown
    assert "   4 | >>> COPPY a b\n     |     ^^^^^\n" in shown


def test_whole_lines_are_pointed_at_from_their_first_letter() -> None:
    rows = notes.text(error("FROM a\r\n  RUN b  \r\n", Span(2, 2))).split("\n")
    assert rows[3:5] == ["   2 | >>>   RUN b  ", "     |       ^^^^^"]
    here = notes.text(error("FROM a\nRUN <<EOF\nx\nEOF\n", Span(2, 4))).split("\n")
    assert here[3:7] == ["   2 | >>> RUN <<EOF", "     |     ^^^^^^^^^", "   3 | >>> x", "   4 | >>> EOF"]


def test_wide_characters_have_wide_carets() -> None:
    rows = notes.text(error("FROM a\nRUN 世界 x\n", Span(2, 2, 5, 6))).split("\n")
    assert rows[3:5] == ["   2 | >>> RUN 世界 x", "     |         ^^^^"]
    rows = notes.text(error("FROM a\nRUN 世界 x\n", Span(2, 2, 8, 8))).split("\n")
    assert rows[4] == "     |              ^"


def test_an_error_without_a_place_has_its_hint() -> None:
    assert notes.text(Note("error", "no network", "try later")) == "try later"
    assert notes.bundle([Note("hint", "no network", "try later")], None)["text/plain"] == "no network\ntry later"


def test_warnings_are_said_and_more_of_them_folded() -> None:
    warning = Note("warning", "Rule: says <b>", "", SourceText(TEXT), Span(3, 3), "https://example.com/rule")
    one = notes.bundle([warning], None)
    assert one["text/plain"].startswith("Rule: says <b>\nDockerfile:3\n")
    assert '<a href="https://example.com/rule">more</a>' in one["text/html"]
    many = notes.bundle([warning] * 4, None)["text/html"]
    assert many.startswith("<details><summary>4 notes</summary>")


def test_hostile_words_stay_words() -> None:
    evil = '</pre><script>alert(1)</script>" onload="x'
    note = Note("warning", evil, f"    {evil}", SourceText(f"FROM a\n{evil}\n"), Span(2, 2), f"javascript:{evil}")
    html = notes.bundle([note], None)["text/html"]
    tags = {element.tag for element in ET.fromstring(html).iter()}
    assert tags <= {"div", "pre", "b", "code"}
    root = ET.fromstring(html)
    assert root.get("role") == "note"
    assert set(root.keys()) == {"role", "aria-label", "style"}
    assert f"    {evil}" in "".join(root.itertext())
