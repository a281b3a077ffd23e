"""Each folder below tests/golden/dockerfile/checks: a Dockerfile (an `ignore`, `args`), and what the checks say of it.

`check.txt` has what `docker build --check` prints, and below a line of `=` what a build of the last stage finds. Set
UPDATE_GOLDEN in the environment to write them anew, then read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dockkernel.commands.build_check import check_text_of, failure_of
from dockkernel.dockerfile.lint import BaseImage, Checked, Surroundings, check_build, check_text, short_text
from dockkernel.dockerfile.rules import RULES
from dockkernel.dockerfile.source import SourceText
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.oci.platform import Platform

GOLDEN = Path(__file__).parents[2] / "golden" / "dockerfile" / "checks"
CASES = sorted(path.parent for path in GOLDEN.glob("*/Dockerfile"))
BASES = {
    "python": BaseImage({"PYTHON_VERSION": "3.13"}, Platform()),
    "arm": BaseImage({}, Platform("linux", "arm64")),
    "own-shell": BaseImage({}, Platform(), shell=True),
}


def around(case: Path) -> Surroundings:
    ignore = case / "ignore"
    args = (case / "args").read_text().splitlines() if (case / "args").exists() else []
    pairs = dict(line.split("=", 1) for line in args)
    return Surroundings(
        ignore=IgnorePatterns.parse(ignore.read_bytes()) if ignore.exists() else None,
        bases=BASES.get,
        build_args=pairs,
        target=pairs.pop("--target", ""),
    )


def said(checked: Checked, source: SourceText) -> str:
    lines = [short_text(one) for one in checked.warnings]
    if checked.error is not None:
        lines.append(f"ERROR: {checked.error.message}")
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_checks_say_what_the_folder_has(case: Path) -> None:
    data = (case / "Dockerfile").read_bytes()
    source = SourceText(data.decode("utf-8", "surrogateescape"))
    checked = check_text(data, "Dockerfile", around(case))
    text = check_text_of(checked, source)
    if checked.error is not None:
        text += f"ERROR: {failure_of(checked.error, source)}"
    text += "=" * 20 + "\n" + said(check_build(data, "Dockerfile", around(case)), source)
    if os.environ.get("UPDATE_GOLDEN"):
        (case / "check.txt").write_bytes(text.encode())
    assert (case / "check.txt").read_bytes().decode() == text


def test_every_rule_speaks_somewhere() -> None:
    texts = "".join((case / "check.txt").read_text() for case in CASES)
    assert [rule.name for rule in RULES if f"{rule.name}: " not in texts] == []
