"""`--chmod` and `--chown`: how they are read."""

from __future__ import annotations

import pytest

from dockkernel.build.buildkit.modes import parse_mode
from dockkernel.build.buildkit.owners import find_owner
from dockkernel.errors import InvalidInput
from dockkernel.testing.trees import tree


@pytest.mark.parametrize(
    ("text", "file_644", "file_750", "directory_700"),
    [
        ("755", 0o755, 0o755, 0o755),
        ("0440", 0o440, 0o440, 0o440),
        ("7777", 0o7777, 0o7777, 0o7777),
        ("0", 0, 0, 0),
        ("+x", 0o755, 0o751, 0o711),
        ("u=rwX,go=rX", 0o644, 0o755, 0o755),
        ("a+X", 0o644, 0o751, 0o711),
        ("a-X", 0o644, 0o640, 0o600),
        ("g=u", 0o664, 0o770, 0o770),
        ("go=u-w", 0o644, 0o755, 0o755),
        ("o=", 0o640, 0o750, 0o700),
        ("go-rwx", 0o600, 0o700, 0o700),
        ("=r", 0o444, 0o444, 0o444),
        ("u+s", 0o4644, 0o4750, 0o4700),
        ("ug+s", 0o6644, 0o6750, 0o6700),
        ("o+s", 0o644, 0o750, 0o700),
        ("+t", 0o1644, 0o1750, 0o1700),
        ("u+w+x-r", 0o344, 0o350, 0o300),
        ("ugo=rwx,o-w", 0o775, 0o775, 0o775),
        ("o+g,g-u", 0o604, 0o705, 0o700),
    ],
)
def test_modes(text: str, file_644: int, file_750: int, directory_700: int) -> None:
    change = parse_mode(text)
    found = (
        change.apply(0o644, is_dir=False), change.apply(0o750, is_dir=False), change.apply(0o700, is_dir=True),
    )  # fmt: skip
    assert [oct(mode) for mode in found] == [oct(file_644), oct(file_750), oct(directory_700)]


def test_equals_takes_set_id_bits_and_leaves_the_sticky_one() -> None:
    assert parse_mode("=rx").apply(0o7777, is_dir=True) == 0o1555
    assert parse_mode("u=rwx").apply(0o7700, is_dir=True) == 0o3700
    assert parse_mode("g=u").apply(0o6700, is_dir=True) == 0o6770


@pytest.mark.parametrize("text", ["64a", "10000", "8", "rwx", "u", "u+q", "u+x,", "foo", "-1", "0x1", "+755", " 755"])
def test_what_is_no_mode(text: str) -> None:
    with pytest.raises(InvalidInput) as failure:
        parse_mode(text)
    assert failure.value.message == (
        f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
    )


BASE = tree(
    {
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nbin:x:1:7::/bin:\nshort:x:9\n",
        "etc/group": "root:x:0:\nstaff:x:50:bin\n",
    }
)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("55:66", (55, 66)),
        ("1", (1, 1)),
        ("root", (0, 0)),
        ("bin", (1, 7)),
        ("bin:staff", (1, 50)),
        ("bin:3", (1, 3)),
        ("5:staff", (5, 50)),
        (":staff", (0, 50)),
        ("bin:", (1, 0)),
        ("short", (9, 0)),
        ("nobody", (0, 0)),
        ("bin:nogroup", (1, 7)),
    ],
)
def test_owners(text: str, owner: tuple[int, int]) -> None:
    """A user's name brings its group, a number its like; BuildKit takes a name that is not there for root."""
    assert find_owner(text, BASE) == owner


def test_names_without_a_base() -> None:
    for text in ("bin", "1:staff"):
        with pytest.raises(InvalidInput, match=r"^invalid user index: -1$"):
            find_owner(text, None)
    assert find_owner("root:5", None) == (0, 5)
    assert find_owner("bin", tree({})) == (0, 0)


def test_the_files_are_found_through_links_and_must_be_files() -> None:
    linked = tree({"etc/passwd": "-> ../../usr/passwd", "usr/passwd": "www:x:33:34::/:"})
    assert find_owner("www", linked) == (33, 34)
    with pytest.raises(InvalidInput, match=r"^/etc/passwd is not a regular file$"):
        find_owner("www", tree({"etc/passwd": {}}))
