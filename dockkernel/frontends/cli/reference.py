"""`python -m dockkernel.frontends.cli.reference`: writes `docs/reference.md` of the working copy."""

from __future__ import annotations

from pathlib import Path

from dockkernel.commands.reference import reference

PAGE = Path(__file__).parents[3] / "docs" / "reference.md"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(reference(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
