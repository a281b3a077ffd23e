"""Whatever is typed is answered: no command line, value, template or cursor makes the command language fall over."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dockkernel.commands.argv import Answer, Call, read
from dockkernel.commands.complete import complete
from dockkernel.commands.errors import ClientError
from dockkernel.commands.gotemplate.constants import unquote
from dockkernel.commands.human import format_duration, parse_duration
from dockkernel.commands.layout import display_width, ellipsis, table
from dockkernel.commands.spec import Flag
from dockkernel.commands.table import all_commands
from dockkernel.commands.template import Inspector, View, render_list
from dockkernel.commands.values import read_value
from dockkernel.oci.quoting import go_quote

WORDS = st.one_of(
    st.sampled_from(
        "image ls rm run ps tag build help -a -q --all --format= --filter -f -it -e=X --rm=false -- - --= -h --help nginx a:b".split()
    ),
    st.text(max_size=8),
)
FLAGS = {(flag.kind, flag.check): flag for spec in all_commands() for flag in spec.flags}
PIECES = st.sampled_from(
    ["{{", "}}", "{{-", "-}}", ".ID", ".Tag", ".X", ".", "$", "$x", ":=", "=", "|", "(", ")", ",", " ", "\n", "if", "else",
     "end", "range", "with", "break", "continue", "define", "template", "block", "nil", "true", "3", "-1", "1.5", "1e400",
     "'a'", '"s"', '"%d"', '"%*.*f"', "`r`", "/*", "*/", "len", "index", "slice", "printf", "print", "eq", "lt", "and", "or",
     "not", "json", "split", "join", "upper", "title", "pad", "truncate", "html", "js", "urlquery", "call", "bogus", "\\t", "é"]
)  # fmt: skip


def _id(row: dict[str, str]) -> Any:
    return row["ID"]


VIEW: View[dict[str, str]] = View("*formatter.imageContext", {"ID": _id, "Tag": lambda row: "v1"}, {"ID": "IMAGE ID"})


@given(st.lists(WORDS, max_size=6))
def test_a_command_line_is_a_call_or_an_answer(argv: list[str]) -> None:
    found = read(argv)
    assert isinstance(found, Call | Answer)
    if isinstance(found, Answer):
        assert found.out.endswith("\n") or found.err.endswith("\n")


@given(st.sampled_from(sorted(FLAGS)), st.text(max_size=12))
def test_a_value_is_read_or_refused(kind: tuple[Any, Any], text: str) -> None:
    flag: Flag = FLAGS[kind]
    try:
        read_value(flag, text, None)
    except ValueError as error:
        assert str(error)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_a_template_gives_text_or_one_message(form: str) -> None:
    try:
        text = render_list(VIEW, [{"ID": "ab12"}], form)
    except ClientError as error:
        assert error.message.startswith("template parsing error: template: ")
    else:
        assert text.endswith("\n") or not text


@given(st.lists(PIECES, max_size=10).map(lambda parts: "{{" + " ".join(parts) + "}}"))
def test_an_object_gives_text_or_one_message(form: str) -> None:
    try:
        inspector = Inspector(form)
        inspector.add({"ID": "x", "N": 3, "L": ["a"], "M": {"k": None}})
    except ClientError as error:
        assert error.message.startswith("template parsing error: template: ")
    else:
        assert inspector.text()


@given(st.text(alphabet=" image lsrm-f=\"'\\{}\n🐳é:", max_size=20))
def test_completion_replaces_the_end_of_the_line(text: str) -> None:
    found = complete(None, text)
    assert 0 <= found.start <= len(text)


@given(st.lists(st.lists(st.text(alphabet="ab é日", max_size=14), min_size=2, max_size=2), min_size=1, max_size=6))
def test_columns_are_aligned(rows: list[list[str]]) -> None:
    lines = table(rows).splitlines()
    width = max(10, max(len(row[0]) for row in rows) + 3)
    assert [line[:width].rstrip(" ") for line in lines] == [row[0].rstrip(" ") for row in rows]
    assert [line[width:] for line in lines] == [row[1] for row in rows]


@given(st.text(max_size=30), st.integers(2, 20))
def test_an_ellipsis_fits(text: str, width: int) -> None:
    cut = ellipsis(text, width)
    assert display_width(cut) <= width
    assert cut == text or cut.endswith("…")


@given(st.integers(-(10**18), 10**18))
def test_a_duration_is_read_as_it_is_written(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds


@given(st.text())
def test_a_quoted_text_is_read_as_it_was(text: str) -> None:
    assert unquote(go_quote(text)) == text
