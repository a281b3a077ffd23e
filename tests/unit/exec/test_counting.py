"""seq and yes as GNU's, whose output these are, and without an end in sight."""

from __future__ import annotations

import pytest
from support.kitruns import Kit
from support.rootfs import debian


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("seq 3", "1 2 3"),
        ("seq 2 4", "2 3 4"),
        ("seq 9 -3 1", "9 6 3"),
        ("seq 3 1", ""),
        ("seq -1 1", "-1 0 1"),
        ("seq 1.5 3", "1.5 2.5"),
        ("seq 1 .25 1.6", "1.00 1.25 1.50"),
        ("seq 1e1 11", "10 11"),
        ("seq -w 8 11", "08 09 10 11"),
        ("seq -w 1 0.5 2", "1.0 1.5 2.0"),
        ("seq -s , 3", "1,2,3"),
        ("seq -s '' 3", "123"),
        ("seq -f 'n%03g.' 2", "n001. n002."),
        ("seq 1000000 | tail -n 1", "1000000"),
        ("yes | head -c 1000001 | wc -c", "1000001"),
        ("yes a b | head -n 2", "a b a b"),
    ],
)
def test_lines(line: str, out: str) -> None:
    assert Kit().run(line, rootfs=debian()).out.split() == out.split()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("seq", "seq: missing operand"),
        ("seq 1 2 3 4", "seq: extra operand '4'"),
        ("seq a", "seq: invalid floating point argument: 'a'"),
        ("seq 1 0 2", "seq: invalid Zero increment value: '0'"),
        ("seq -f x 3", "seq: format 'x' has no % directive"),
    ],
)
def test_refused(line: str, error: str) -> None:
    step = Kit().run(line, rootfs=debian())
    assert (step.err.splitlines()[0], step.ran.exit_code) == (error, 1)
