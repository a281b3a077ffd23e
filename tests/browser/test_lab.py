"""A notebook in a real JupyterLab in headless Chromium: text, then the picture, in the light and the dark theme."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from support.labs import DARK, LIGHT, chromium, chromium_page, jupyter_lab, run_all

CELLS = (
    "docker pull busybox",
    "docker image ls",
    "FROM busybox\nRUN echo hello > /hello",
    "docker image rm busybox",
    "docker system df",
)
SAID = (
    "Status: Downloaded newer image for busybox:latest",
    "REPOSITORY",
    "Successfully built",
    "Untagged: busybox:latest",
    "RECLAIMABLE",
)
PICTURES = ".jp-RenderedSVG img, .jp-RenderedSVG svg"
CORNER = """image => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return [...canvas.getContext('2d').getImageData(8, canvas.height / 2, 1, 1).data];
}"""


@pytest.fixture(autouse=True)
def _peers() -> None:
    missing = []
    if chromium() is None:
        missing.append("chromium")
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        missing.append("playwright")
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"not installed: {', '.join(missing)}")
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_then_pictures(theme: str, tmp_path: Path) -> None:
    root, work = tmp_path / "notebooks", tmp_path / "work"
    root.mkdir()
    work.mkdir()
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "dockkernel", "display_name": "Docker", "language": "docker"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), root / "lesson.ipynb")
    complaints: list[str] = []
    with jupyter_lab(root, work, theme=theme) as address, chromium_page(1280, 2600) as page:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        run_all(page, address, "lesson.ipynb")
        assert page.get_attribute("body", "data-jp-theme-light") == str(theme == LIGHT).lower()
        outputs = [cell.inner_text() for cell in page.locator(".jp-Notebook .jp-CodeCell .jp-OutputArea").all()]
        for said, output in zip(SAID, outputs, strict=True):
            assert said in output
            assert "Traceback" not in output
        page.wait_for_function(f"document.querySelectorAll({PICTURES!r}).length === 4")
        room = page.locator(".jp-Notebook .jp-OutputArea-output").first.bounding_box()
        for picture in page.locator(PICTURES).all():
            size = picture.bounding_box()
            assert size["width"] > 500
            assert size["x"] + size["width"] <= room["x"] + room["width"], "JupyterLab cuts what is too wide"
            assert size["height"] > 100
            # The picture brings its own light ground: case C17.
            assert picture.evaluate(CORNER) == [255, 255, 255, 255]
        page.screenshot(path=tmp_path / "lesson.png")
    assert [complaint for complaint in complaints if "favicon" not in complaint] == []
