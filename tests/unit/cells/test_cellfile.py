"""The Dockerfile that cells make together: what a cell adds, what it drops, and where its lines are."""

from __future__ import annotations

import pytest

from dockkernel.errors import Span
from dockkernel.frontends.cellfile import CellFile, DockerfileCell
from dockkernel.frontends.failure import CellError


def cell(text: str, *flags: str, key: str = "", before: int = 1, context: str | None = None) -> DockerfileCell:
    number = key or text
    return DockerfileCell(number, f"In[{number}]", "\n" * before + text, before, text, flags, context)


def file(*cells: DockerfileCell) -> CellFile:
    return CellFile(cells)


def test_cells_are_joined_line_by_line() -> None:
    assert file(cell("FROM a"), cell("RUN b\n"), cell("FROM c\nRUN d")).text == "FROM a\nRUN b\nFROM c\nRUN d\n"
    assert file(cell("FROM a")).text == "FROM a"


@pytest.mark.parametrize(
    ("first", "joined"),
    [
        ("FROM a\nRUN b \\", "FROM a\nRUN b\nRUN c\n"),
        ("FROM a\nRUN b \\\n\n", "FROM a\nRUN b\nRUN c\n"),
        ("# escape=`\nFROM a\nRUN b `", "# escape=`\nFROM a\nRUN b\nRUN c\n"),
        ("# escape=`\nFROM a\nRUN b \\", "# escape=`\nFROM a\nRUN b \\\nRUN c\n"),
        ("FROM a\n# end \\", "FROM a\n# end \\\nRUN c\n"),
    ],
)
def test_a_continued_last_line_does_not_take_the_next_cell_in(first: str, joined: str) -> None:
    assert file(cell(first), cell("RUN c")).text == joined


def test_a_cell_that_runs_again_drops_what_followed() -> None:
    whole = file(cell("FROM a", key="1"), cell("RUN b", key="2"), cell("RUN c", key="3"))
    assert whole.up_to("2").go_on(cell("RUN B", key="2")).text == "FROM a\nRUN B\n"
    assert whole.up_to("4").go_on(cell("RUN d", key="4")).text == "FROM a\nRUN b\nRUN c\nRUN d\n"
    assert whole.up_to("1").cells == ()


@pytest.mark.parametrize("text", ["FROM a", "# x\n\nfrom a", "ARG V\nFROM a$V"])
def test_the_first_cell_may_go_on_when_it_begins_a_stage(text: str) -> None:
    assert CellFile().go_on(cell(text)).text == text


@pytest.mark.parametrize("text", ["RUN a", "", "# FROM a\nCOPY a b"])
def test_nothing_to_go_on_from(text: str) -> None:
    with pytest.raises(CellError, match="begin with FROM"):
        CellFile().go_on(cell(text))


def test_what_the_steps_need_is_carried_over() -> None:
    first = (
        "-t",
        "web:1",
        "--build-arg",
        "V=7",
        "--build-arg=W",
        "--target=x",
        "--no-cache",
        "-q",
        "--network",
        "none",
    )
    whole = file(cell("FROM a", *first, context="app"), cell("RUN b", "-t", "web:2", "--build-arg", "V=8"))
    assert whole.flags() == [
        *("--build-arg", "V=7", "--build-arg=W", "--network", "none"),
        *("-t", "web:2", "--build-arg", "V=8"),
    ]
    assert whole.context == "app"
    assert file(*whole.cells, cell("RUN c", context="other")).context == "other"
    assert CellFile().context == "."


def test_flags_of_buildkit_are_carried_with_their_values() -> None:
    words = "--build-context a=b --secret id=x --ssh default --progress plain -o out --output type=tar -qt x --rm=false"
    carried = "--build-context a=b --secret id=x --ssh default --progress plain".split()
    assert file(cell("FROM a", *words.split()), cell("RUN b")).flags() == carried


def test_lines_lead_to_their_cells() -> None:
    source = file(cell("FROM a\nRUN b", key="1", before=2), cell("RUN c\n", key="2"), cell("RUN d", key="3")).source()
    for line, label, text in ((1, "1", "FROM a"), (2, "1", "RUN b"), (3, "2", "RUN c"), (4, "3", "RUN d")):
        placed = source.place(Span(line, line, 2, 3))
        assert placed is not None
        where, span = placed
        assert (where.name, where.lines[span.start_line - 1]) == (f"In[{label}]", text)
        assert (span.start_column, span.end_column) == (2, 3)
    end = source.place(Span(5, 5))
    assert end is not None
    assert end[0].name == "In[3]"
    assert source.place(Span(9, 9)) is None
    clipped = source.place(Span(2, 4))
    assert clipped is not None
    assert (clipped[1].start_line, clipped[1].end_line) == (4, 4)
