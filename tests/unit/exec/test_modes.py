"""The modes that chmod takes."""

from __future__ import annotations

import pytest

from dockkernel.exec.virtual.tools.modes import parse_mode


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("644", 0o777, 0o644),
        ("4755", 0o644, 0o4755),
        ("u+x", 0o644, 0o744),
        ("+x", 0o644, 0o755),
        ("+w", 0o444, 0o644),
        ("a+w", 0o444, 0o666),
        ("go-rwx", 0o777, 0o700),
        ("u=rw,go=r", 0o777, 0o644),
        ("a=rX", 0o640, 0o444),
        ("a=rX", 0o740, 0o555),
        ("g=u", 0o750, 0o770),
        ("u+s", 0o755, 0o4755),
        ("g+s,o+t", 0o755, 0o3755),
        ("u-s", 0o4755, 0o755),
        ("=r", 0o777, 0o444),
        ("o=", 0o777, 0o770),
        ("u+r+w-x", 0o100, 0o600),
        ("xyz", 0o644, None),
        ("99", 0o644, None),
        ("u~x", 0o644, None),
    ],
)
def test_modes_of_files(text: str, old: int, new: int | None) -> None:
    assert parse_mode(text, old, is_dir=False, umask=0o022) == new


def test_directories_keep_their_set_group_bit_under_short_numbers() -> None:
    assert parse_mode("755", 0o2700, is_dir=True, umask=0) == 0o2755
    assert parse_mode("00755", 0o2700, is_dir=True, umask=0) == 0o755
