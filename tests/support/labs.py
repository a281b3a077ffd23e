"""JupyterLab on a free port of this machine, and a headless Chromium that looks at it; both end with their block."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
_PATIENCE = 90
"""Seconds to wait for what is started; only a machine that hangs reaches it."""


def chromium() -> str | None:
    """The path of the machine's Chromium or Chrome, None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def jupyter_lab(root: Path, work: Path, *, theme: str = LIGHT) -> Iterator[str]:
    """The address of a JupyterLab over the folder `root`; the store, settings and its log are in `work`."""
    settings = work / "settings"
    _settings(settings, "apputils-extension/themes", {"theme": theme})
    _settings(settings, "apputils-extension/notification", {"fetchNews": "false", "checkForUpdates": False})
    # All cells are on the page, not only those in sight, so that each can be read and scrolled to.
    _settings(settings, "notebook-extension/tracker", {"windowingMode": "none"})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--IdentityProvider.token="]
    command += [f"--ServerApp.root_dir={root}", "--ServerApp.port_retries=0", "--allow-root"]
    places = {"DOCKKERNEL_HOME": str(work / "store"), "JUPYTERLAB_SETTINGS_DIR": str(settings)}
    with (work / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **places}, stdout=log, stderr=log)
        try:
            yield _answering(f"http://127.0.0.1:{port}", server, work / "lab.log")
        finally:
            server.terminate()
            server.wait(_PATIENCE)


def _settings(folder: Path, plugin: str, values: dict[str, Any]) -> None:
    path = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


def _answering(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    def answers() -> bool:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab has ended: {log.read_text(errors='replace')[-2000:]}")
        try:
            return bool(_get(f"{address}/api"))
        except OSError:
            return False

    _until(answers, "JupyterLab")
    return address


def _ready(address: str) -> bool:
    """True when a kernel is idle and a page is connected to it: what is run before that may be lost."""
    try:
        kernels = _get(f"{address}/api/kernels")
    except OSError:  # The server says 500 while a kernel is on its way.
        return False
    return any(kernel["execution_state"] == "idle" and kernel["connections"] > 0 for kernel in kernels)


def _get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return json.load(answer)


def _until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} is not ready after {_PATIENCE} seconds")
        time.sleep(0.1)


@contextmanager
def chromium_page(width: int, height: int) -> Iterator[Any]:
    """A blank page of that size in pixels. Needs `playwright` and `chromium()`."""
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--disable-background-networking",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(_PATIENCE * 1000)
        yield page
        browser.close()


def open_notebook(page: Any, address: str, notebook: str, *, alone: bool = False) -> None:
    """Opens a notebook and waits for its kernel. `alone` shows the notebook without the side bars."""
    page.goto(f"{address}/{'doc' if alone else 'lab'}/tree/{notebook}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    _until(lambda: _ready(address), "the kernel")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", state="attached")


def all_done(page: Any) -> None:
    """Waits until all cells that were asked to run are done."""
    cells = json.dumps(page.locator(".jp-Notebook .jp-CodeCell").count())
    page.wait_for_function(
        "cells => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputArea-prompt')]"
        ".filter(prompt => /\\[\\d+\\]/.test(prompt.textContent)).length === cells",
        arg=json.loads(cells),
    )
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", state="attached")


def run_all(page: Any, address: str, notebook: str, *, alone: bool = False) -> None:
    """Opens a notebook, runs all cells by the menu, and waits until the last one is done."""
    open_notebook(page, address, notebook, alone=alone)
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")
    all_done(page)
