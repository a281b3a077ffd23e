"""A build in a real JupyterLab: an error with its line, the live view while it runs, text and picture when it is over."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser.test_lab import _peers
from support.labs import DARK, all_done, chromium_page, jupyter_lab, open_notebook

__all__ = ["_peers"]

WRONG = "%%dockerfile -t app\nFROM busybox\nCOPPY a b"
BUILD = """\
%%dockerfile -t app
FROM busybox AS one
RUN for i in 1 2 3 4 5 6 7 8; do echo compiling $i; sleep 0.5; done
FROM busybox AS two
RUN echo two
FROM busybox
COPY --from=one /bin/ls /first
RUN cat /nosuch"""
LIVE = ".jp-RenderedHTMLCommon div[role=group]"


def notebook(path: Path) -> None:
    """A cell with a mistake for the classic builder, and one that fails at its end for BuildKit."""
    cells = [nbformat.v4.new_code_cell(source) for source in (WRONG, "%env DOCKER_BUILDKIT=1", BUILD)]
    for cell in cells:
        cell.metadata["tags"] = ["raises-exception"]
    kernel = {"kernelspec": {"name": "dockkernel", "display_name": "Docker", "language": "docker"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def texts(page: Any) -> list[str]:
    return [cell.inner_text() for cell in page.locator(".jp-Notebook .jp-CodeCell .jp-OutputArea").all()]


@pytest.mark.peer
@pytest.mark.slow
def test_errors_live_view_and_what_is_left(tmp_path: Path) -> None:
    root, work = tmp_path / "notebooks", tmp_path / "work"
    root.mkdir()
    work.mkdir()
    notebook(root / "builds.ipynb")
    outside: list[str] = []
    with jupyter_lab(root, work, theme=DARK) as address, chromium_page(1280, 2000) as page:
        page.on("request", lambda request: outside.append(request.url) if address not in request.url else None)
        open_notebook(page, address, "builds.ipynb")
        page.click(".lm-MenuBar-itemLabel:text-is('Run')")
        page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
        page.wait_for_selector(LIVE)
        page.wait_for_selector(f"{LIVE} details[open] pre:has-text('compiling 3')")
        for words in ("Stage one", "running", "Stage two", "skipped", "waiting"):
            assert words in page.locator(LIVE).inner_text()
        assert "4 steps" in page.locator(LIVE).get_attribute("aria-label")
        page.screenshot(path=tmp_path / "live.png")
        all_done(page)
        assert page.locator(LIVE).count() == 0, "the live view goes"
        wrong, _, built = texts(page)
        assert "In[1]:3" in wrong
        assert "3 | >>> COPPY a b" in wrong
        assert "did you mean COPY?" in wrong
        assert "compiling 8" in built
        assert "8 | >>> RUN cat /nosuch" in built
        assert page.locator(".jp-Notebook .jp-CodeCell .jp-RenderedSVG").count() == 1
        page.screenshot(path=tmp_path / "end.png")
        page.keyboard.press("Control+s")
        page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
    html = converted(root / "builds.ipynb", tmp_path)
    images = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    assert sum(b"The build failed after" in base64.b64decode(image) for image in images) == 1
    assert "compiling 8" in html
    assert "<progress" not in html


def converted(path: Path, folder: Path) -> str:
    """The saved notebook as nbconvert's HTML."""
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", f"--output-dir={folder}", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / path.with_suffix(".html").name).read_text(encoding="utf-8")
