"""A picture of a notebook in JupyterLab, as the READMEs show it. Run by hand:

    python tests/browser/shoot.py NOTEBOOK OUT.png [--width 1280] [--height 1080] [--cell 6] [--dark]

Runs all cells of NOTEBOOK in a store of its own, scrolls to the code cell with that number (counted from 1; the first
unless given), and saves what is to be seen. The notebook's folder is copied: nothing is written beside it. Needs
`playwright` and a Chromium; the size of the file is printed, and is below 300 kB at the usual size.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.labs import DARK, LIGHT, chromium_page, jupyter_lab, run_all


def shoot(notebook: Path, out: Path, *, width: int, height: int, cell: int, theme: str) -> None:
    """Saves the screen with the cell at its top."""
    with tempfile.TemporaryDirectory() as folder:
        root, work = Path(folder) / "notebooks", Path(folder) / "work"
        work.mkdir()
        shutil.copytree(notebook.parent, root)
        with jupyter_lab(root, work, theme=theme) as address, chromium_page(width, height) as page:
            run_all(page, address, notebook.name, alone=True)
            page.locator(".jp-Notebook .jp-CodeCell").nth(cell - 1).evaluate("cell => cell.scrollIntoView()")
            page.wait_for_timeout(1000)
            page.screenshot(path=out)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=1280, help="pixels")
    parser.add_argument("--height", type=int, default=1080, help="pixels")
    parser.add_argument("--cell", type=int, default=1, help="the code cell at the top, counted from 1")
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    asked = parser.parse_args()
    theme = DARK if asked.dark else LIGHT
    shoot(asked.notebook.resolve(), asked.out, width=asked.width, height=asked.height, cell=asked.cell, theme=theme)
    print(f"{asked.out}: {asked.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
