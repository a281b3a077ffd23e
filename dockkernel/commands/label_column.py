"""The field `.Label "name"` of lists: a value that takes an argument, and its heading."""

from __future__ import annotations

from collections.abc import Mapping

from dockkernel.commands.gotemplate.govalues import Method


def _heading(name: str) -> str:
    """The last part of the label's name, blanks for `-` and `_`."""
    return name.rpartition(".")[2].replace("-", " ").replace("_", " ")


LABEL_HEADING = Method(_heading, ("string",))
"""What `.Label "name"` gives in the line of headings, the same in every list."""


def label_field(labels: Mapping[str, str] | None) -> Method:
    """What `.Label` gives in a row: the value of the label, empty where there is none."""
    found = labels or {}
    return Method(lambda name: found.get(name, ""), ("string",))
