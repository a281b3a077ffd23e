"""Every command's help, and the answers to wrong lines, are those of the Docker client on this machine (28.x).

The client is told that it talks to a daemon of API 1.45: a server here answers its ping, and nothing else.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dockkernel.commands.argv import Answer, read
from dockkernel.commands.spec import API_VERSION
from dockkernel.commands.table import GROUPS, all_commands, in_plugin

pytestmark = pytest.mark.peer
WRONG: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "cli" / "wrong.json").read_text(encoding="utf-8")
)
LINES = [
    (),
    *((name,) for name, group in GROUPS.items() if group.module and not group.plugin),
    *(path for spec in all_commands() if not in_plugin(spec) for path in (spec.path, *spec.spellings)),
]


class _Ping(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200)
        for name, value in (("Api-Version", API_VERSION), ("Ostype", "linux"), ("Docker-Experimental", "false")):
            self.send_header(name, value)
        for name, value in (("Swarm", "inactive"), ("Builder-Version", "1"), ("Content-Length", "0")):
            self.send_header(name, value)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    program = shutil.which("docker")
    found = subprocess.run([program, "--version"], capture_output=True, text=True).stdout if program else ""
    if not found.startswith("Docker version 28."):
        pytest.skip("there is no Docker client 28.x on this machine")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _docker(daemon: str, argv: list[str]) -> tuple[str, str, int]:
    env = {"PATH": os.environ["PATH"], "HOME": "/root", "DOCKER_HOST": daemon, "DOCKER_BUILDKIT": "0"}
    ran = subprocess.run(
        ["docker", *argv], env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
    )
    err = ran.stderr.partition("\n\n")[2] if ran.stderr.startswith("DEPRECATED") else ran.stderr
    return ran.stdout, err, ran.returncode


@pytest.mark.parametrize("path", LINES, ids=[" ".join(path) or "docker" for path in LINES])
def test_help(daemon: str, path: tuple[str, ...]) -> None:
    argv = [*path, "--help"]
    ours = read(argv)
    assert isinstance(ours, Answer)
    assert (ours.out, ours.err, ours.code) == _docker(daemon, argv)


@pytest.mark.slow
def test_wrong_lines(daemon: str) -> None:
    for line in WRONG:
        ours = read(line["argv"])
        assert isinstance(ours, Answer)
        assert (ours.out, ours.err, ours.code) == _docker(daemon, line["argv"]), line["argv"]
