"""Tables as Go's tabwriter lays them out, and texts cut to a width."""

from __future__ import annotations

import pytest

from dockkernel.commands.layout import align, ellipsis, table


def test_columns_are_ten_wide_or_three_more_than_the_longest() -> None:
    text = table([("A", "B", "C"), ("x" * 8, "y", ""), ("", "z", "last")])
    assert text == "A          B         C\nxxxxxxxx   y         \n           z         last\n"


def test_the_last_column_is_not_padded() -> None:
    assert table([("NAME",), ("a",)]) == "NAME\na\n"


def test_wide_characters_count_once_as_in_go() -> None:
    assert table([("名前名前名前名前", "x"), ("a", "y")]) == "名前名前名前名前   x\na          y\n"


def test_a_line_without_tabs_ends_a_column() -> None:
    assert align("averyverylongcell\tx\nplain\na\tb\n") == "averyverylongcell   x\nplain\na         b\n"


def test_text_without_a_line_end_keeps_having_none() -> None:
    assert align("a\tb") == "a         b"


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("one too many", 11, "one too ma…"),
        ("日本語日本語", 7, "日本語…"),
        ("日本語日本語", 12, "日本語日本語"),
        ("x", 0, ""),
        ("xyz", 1, "x"),
    ],
)
def test_ellipsis_counts_display_columns(text: str, width: int, cut: str) -> None:
    assert ellipsis(text, width) == cut
