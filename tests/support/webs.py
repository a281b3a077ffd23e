"""A web server and Git servers on this machine, for tests of what builds take from elsewhere."""

from __future__ import annotations

import contextlib
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

HAS_GIT = shutil.which("git") is not None
GIT_ENV = {
    "PATH": os.environ.get("PATH", ""),
    "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "HOME": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2024-01-02T03:04:05Z",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_COMMITTER_DATE": "2024-01-02T03:04:05Z",
}


@dataclass(frozen=True)
class Page:
    """What the server says at a path. A body without `length` says its own; None says nothing and closes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = -1
    raw: bytes | None = None
    """Sent as it is, in place of everything."""
    waits: threading.Event | None = None
    """What the server waits for before the end of the body."""


@dataclass
class Web:
    """A server with pages by path; `asked` has each request's path and headers."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __setitem__(self, path: str, page: Page | bytes) -> None:
        self.pages[path] = page if isinstance(page, Page) else Page(page)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, web: Web, *arguments: object) -> None:
        self.web = web
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        self.close_connection = True
        self.web.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        page = self.web.pages.get(self.path, Page(b"no such page\n", 404))
        etag = page.headers.get("ETag")
        if etag and self.headers.get("If-None-Match") == etag:
            page = Page(b"", 304, page.headers)
        with contextlib.suppress(OSError):
            self._say(page)

    def _say(self, page: Page) -> None:
        if page.raw is not None:
            self.wfile.write(page.raw)
            return
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.length is not None:
            self.send_header("Content-Length", str(len(page.body) if page.length < 0 else page.length))
        self.end_headers()
        self.wfile.write(page.body)
        self.wfile.flush()
        if page.waits is not None:
            page.waits.wait(30)


@contextlib.contextmanager
def web(tls: ssl.SSLContext | None = None) -> Iterator[Web]:
    """A web server while the block runs."""
    made = Web("")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, made))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class Repository:
    """A repository that is worked in."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        """Runs git in it."""
        words = ["git", "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(words, cwd=self.place, env=GIT_ENV, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, **files: str | bytes) -> str:
        """Writes files (`__` stands for `/`) and commits everything; gives the commit."""
        for name, text in files.items():
            path = self.place / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "more")
        return self.git("rev-parse", "HEAD")

    def publish(self, place: Path) -> None:
        """A bare copy, as a server has it; one that just hands out files can serve it too."""
        if place.exists():
            shutil.rmtree(place)
        self.git("clone", "-q", "--bare", str(self.place), str(place))
        subprocess.run(["git", "update-server-info"], cwd=place, env=GIT_ENV, check=True)


@contextlib.contextmanager
def git_daemon(base: Path) -> Iterator[str]:
    """A server of the repositories below a directory; gives the address to put their paths behind."""
    port = _free_port()
    words = [
        "git",
        "daemon",
        "--export-all",
        f"--base-path={base}",
        "--listen=127.0.0.1",
        f"--port={port}",
        "--reuseaddr",
    ]
    process = subprocess.Popen([*words, str(base)], env=GIT_ENV, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _wait_for(lambda: _answers(port))
        yield f"git://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def plain_files(base: Path) -> Iterator[str]:
    """A web server that hands out the files below a directory and knows nothing of Git."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(base)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _wait_for(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < until, "the server did not begin"
        time.sleep(0.02)
