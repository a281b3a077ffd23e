"""A notebook in a real JupyterLab in headless Chromium: text, then the picture, in the light and the dark theme."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

CELLS = (
    "docker pull busybox",
    "docker image ls",
    "FROM busybox\nRUN echo hello > /hello",
    "docker image rm busybox",
    "docker system df",
)
THEMES = ("JupyterLab Light", "JupyterLab Dark")


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and "CI" in os.environ:
        pytest.fail("chromium is not installed")
    return found or pytest.skip("chromium is not installed")


@pytest.fixture(params=THEMES)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "dockkernel", "display_name": "Docker", "language": "docker"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "lesson.ipynb")
    themes = tmp_path / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    themes.parent.mkdir(parents=True)
    themes.write_text(f'{{"theme": "{request.param}"}}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"DOCKKERNEL_HOME": str(tmp_path / "store"), "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={tmp_path}", "--ServerApp.port_retries=0", "--allow-root"]
    with (tmp_path / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
        try:
            yield _wait(f"http://127.0.0.1:{port}", server, tmp_path / "lab.log")
        finally:
            server.terminate()
            server.wait(30)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=5):
                return address
        except OSError:
            time.sleep(0.1)
    pytest.fail("JupyterLab does not answer")


@pytest.mark.peer
@pytest.mark.slow
def test_text_then_pictures(lab: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 2400})
        failed: list[str] = []
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(f"{lab}/lab/tree/lesson.ipynb?reset", timeout=90_000)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
        page.wait_for_selector("text=Docker | Idle", timeout=90_000)
        page.click("text=Run >> nth=0")
        page.click("text=Run All Cells >> nth=0")
        page.wait_for_function(
            "document.querySelector('.jp-Notebook').innerText.includes('RECLAIMABLE')", timeout=90_000
        )
        page.wait_for_function("document.querySelectorAll('.jp-RenderedSVG').length >= 4", timeout=60_000)
        text = page.inner_text(".jp-Notebook")
        for words in ("Status: Downloaded newer image for busybox:latest", "Successfully built", "Untagged: busybox"):
            assert words in text
        widths = page.eval_on_selector_all(
            ".jp-RenderedSVG img, .jp-RenderedSVG svg", "all => all.map(e => e.getBoundingClientRect().width)"
        )
        assert len(widths) >= 4
        assert min(widths) > 300
        assert not failed
        browser.close()
