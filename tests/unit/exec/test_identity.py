"""`--user` as the container runtime reads it."""

from __future__ import annotations

import pytest

from dockkernel.errors import InvalidInput
from dockkernel.exec.virtual.identity import Identity, identify

TEXTS = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:web:/srv:/bin/false\nbroken\n:x:a:b\n",
    "/etc/group": "root:x:0:\nweb:x:33:\nlog:x:4:web,root\nnobody\n",
}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", Identity(0, 0, (4,), "/root")),
        ("root", Identity(0, 0, (4,), "/root")),
        ("web", Identity(33, 33, (4,), "/srv")),
        ("33", Identity(33, 33, (4,), "/srv")),
        ("web:log", Identity(33, 4, (), "/srv")),
        ("web:7", Identity(33, 7, (), "/srv")),
        ("1000", Identity(1000, 0, (), "/")),
        ("1000:1000", Identity(1000, 1000, (), "/")),
    ],
)
def test_who_it_is(spec: str, expected: Identity) -> None:
    assert identify(spec, lambda path: TEXTS[path]) == expected


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nosuch", "unable to find user nosuch: no matching entries in passwd file"),
        ("web:nosuch", "unable to find group nosuch: no matching entries in group file"),
    ],
)
def test_unknown_names(spec: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        identify(spec, lambda path: TEXTS[path])


def test_numbers_need_no_files() -> None:
    assert identify("5:6", lambda path: "") == Identity(5, 6, (), "/")
