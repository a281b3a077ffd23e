"""What every request is: the typed form of one command line, whichever front end it came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One command's flags and operands, checked and in Python's types."""

    given: frozenset[str] = frozenset()
    """Long names of the flags that were typed: tells an empty value from none."""
    called_as: str = ""
    """The command's last word in the spelling that was used: `images` or `ls`."""
