"""Any cells, any places: what is joined leads back line by line, and a note never fails."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from dockkernel.commands.events import Note
from dockkernel.dockerfile.source import SourceText
from dockkernel.errors import Span
from dockkernel.frontends import notes
from dockkernel.frontends.cellfile import CellFile, DockerfileCell

LINES = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\\`\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=12
)
BODIES = st.lists(LINES, min_size=1, max_size=5).map("\n".join)
SPANS = st.builds(Span, *[st.integers(0, 12)] * 2, *[st.integers(0, 20)] * 2)


@st.composite
def files(draw: st.DrawFn) -> CellFile:
    cells = []
    for number, body in enumerate(draw(st.lists(BODIES.filter(str.strip), min_size=1, max_size=4))):
        before = draw(st.integers(0, 2))
        cells.append(DockerfileCell(str(number), f"In[{number}]", "%\n" * before + body, before, body))
    return CellFile(tuple(cells))


@given(files())
def test_every_line_leads_back_to_itself(whole: CellFile) -> None:
    source = whole.source()
    for number, line in enumerate(whole.text.rstrip().split("\n"), 1):
        placed = source.place(Span(number, number))
        assert placed is not None
        cell, span = placed
        assert cell.lines[span.start_line - 1].rstrip() == line.rstrip()


@given(files(), SPANS, st.text(max_size=30), st.text(max_size=30))
def test_a_note_about_any_place_is_well_formed(whole: CellFile, span: Span, message: str, hint: str) -> None:
    for source in (None, whole.source()):
        note = Note("warning", message, hint, SourceText(whole.text), span)
        shown = notes.bundle([note], source)
        shown["text/plain"].encode()
        ET.fromstring(shown["text/html"])
