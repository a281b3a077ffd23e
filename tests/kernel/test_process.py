"""A kernel of its own process: interrupts, the queue after a failure, nbconvert's exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from nbclient import NotebookClient

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="interrupts are events there, and there is no bash")


class Kernel:
    """A kernel's process and a client of it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager, self.client = manager, client

    def send(self, code: str) -> str:
        """Sends an execute request, gives its id."""
        return str(self.client.execute(code))

    def reply(self, message_id: str, seconds: float = 60) -> dict[str, Any]:
        """The reply to a request."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.client.get_shell_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") == message_id:
                content: dict[str, Any] = message["content"]
                return content

    def output(self, message_id: str, until: str = "", seconds: float = 60) -> list[tuple[str, dict[str, Any]]]:
        """The messages about a request until one shows `until`, as text or live, else until the kernel is idle."""
        found, deadline = [], time.monotonic() + seconds
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            found.append((kind, content))
            shown = content.get("text", "") + content.get("data", {}).get("text/html", "")
            if (until and until in shown) or content.get("execution_state") == "idle":
                return found

    def run(self, code: str) -> tuple[dict[str, Any], str]:
        """The reply to a cell and its text."""
        message_id = self.send(code)
        reply = self.reply(message_id)
        return reply, "".join(content.get("text", "") for _, content in self.output(message_id))


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Kernel]:
    env = {**os.environ, "DOCKKERNEL_HOME": str(tmp_path / "home"), "IPYTHONDIR": str(tmp_path / "ipython")}
    env.pop("PYTEST_CURRENT_TEST", None)
    manager, client = start_new_kernel(kernel_name="dockkernel", env=env, cwd=str(tmp_path))
    yield Kernel(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def _interrupted(process: Kernel, code: str, until: str) -> float:
    """Runs a cell, interrupts it once it has said `until`, and gives the seconds until its reply."""
    message_id = process.send(code)
    process.output(message_id, until)
    began = time.monotonic()
    process.manager.interrupt_kernel()
    reply = process.reply(message_id)
    seconds = time.monotonic() - began
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert reply["traceback"] == ["KeyboardInterrupt: the cell was interrupted"]
    errors = [content for kind, content in process.output(message_id) if kind == "error"]
    assert [error["ename"] for error in errors] == ["KeyboardInterrupt"]
    return seconds


def test_c01_interrupt_of_a_shell(process: Kernel, tmp_path: Path) -> None:
    script = "docker image ls -q; echo $$ > pid; trap '' INT; echo begun; sleep 60; sleep 60 | cat"
    assert _interrupted(process, script, "begun") < 30
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert process.run("docker image ls")[0]["status"] == "ok"


def test_c01_interrupt_of_a_loop_of_magics(process: Kernel) -> None:
    loop = "import time\nfor i in range(1000):\n    %docker image ls\n    time.sleep(0.01)\nprint('went on')"
    message_id = process.send(loop)
    process.output(message_id, "REPOSITORY")
    process.manager.interrupt_kernel()
    process.manager.interrupt_kernel()
    assert process.reply(message_id)["ename"] == "KeyboardInterrupt"
    said = "".join(content.get("text", "") for _, content in process.output(message_id))
    assert "went on" not in said
    reply, text = process.run("docker image ls")
    assert (reply["status"], text) == ("ok", "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE\n")


def test_c01_interrupt_when_nothing_runs_does_no_harm(process: Kernel) -> None:
    process.manager.interrupt_kernel()
    assert process.run("docker image ls")[0]["status"] == "ok"


def test_a_failed_cell_stops_the_queue(process: Kernel) -> None:
    first, second = process.send("docker image rm nosuch"), process.send("docker image ls")
    assert process.reply(first)["status"] == "error"
    assert process.reply(second)["status"] == "aborted"
    assert process.run("docker image ls")[0]["status"] == "ok"


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook whose first cell fails."""
    content = nbformat.v4.new_notebook()
    content.metadata["kernelspec"] = {"name": "dockkernel", "display_name": "Docker", "language": "docker"}
    cells = ("docker image rm nosuch:1", "docker image ls")
    content.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    path = tmp_path / "failing.ipynb"
    nbformat.write(content, path)
    return path


def test_c03_nbconvert_fails_with_the_cell(notebook: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--inplace", str(notebook)]
    env = {**os.environ, "DOCKKERNEL_HOME": str(tmp_path / "home"), "IPYTHONDIR": str(tmp_path / "ipython")}
    failed = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert failed.returncode != 0
    assert "No such image: nosuch:1" in failed.stderr


def test_c03_a_cell_that_may_fail_does_not_stop_the_notebook(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKKERNEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    content = nbformat.read(notebook, as_version=4)
    content.cells[0].metadata["tags"] = ["raises-exception"]
    NotebookClient(content, kernel_name="dockkernel").execute()
    first, second = content.cells
    assert [output.output_type for output in first.outputs] == ["stream", "error"]
    assert second.outputs[0].text.startswith("REPOSITORY")


def test_c01_interrupt_of_a_build(process: Kernel) -> None:
    build = "%%dockerfile -t slow\nFROM busybox\nRUN echo first > /first\nRUN echo be'g'un; sleep 60"
    assert _interrupted(process, build, "begun") < 30
    reply, text = process.run("docker image ls -q slow; docker ps -aq")
    assert (reply["status"], text) == ("ok", "")
    assert process.run("%%dockerfile -t quick\nFROM busybox\nRUN echo first > /first")[0]["status"] == "ok"


def test_c01_interrupt_of_a_container(process: Kernel) -> None:
    assert _interrupted(process, "docker run --rm busybox sh -c 'echo begun; sleep 60'", "begun\n") < 30
    assert process.run("docker image ls -q busybox")[1]
