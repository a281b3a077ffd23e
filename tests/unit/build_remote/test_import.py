"""`docker import` of an address."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from support.dockers import Docker
from support.webs import Page, Web


def archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo("a.txt")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"a"))
    return out.getvalue()


@pytest.mark.parametrize("packed", [False, True])
def test_a_tar(docker: Docker, web: Web, packed: bool) -> None:
    web["/t"] = gzip.compress(archive()) if packed else archive()
    ran = docker("import", f"{web.url}/t", "x")
    assert ran.code == 0, ran.err
    assert ran.out == f"Downloading from {web.url}/t\n\n{docker.image('x').id}\n"
    assert docker.read("x", "a.txt") == "a"
    assert docker.config("x").history[-1].comment == f"Imported from {web.url}/t"


@pytest.mark.parametrize(
    ("body", "problem"), [(b"{}", "unexpected EOF"), (b"x" * 600, "archive/tar: invalid tar header")]
)
def test_what_is_no_tar(docker: Docker, web: Web, body: bytes, problem: str) -> None:
    web["/t"] = body
    ran = docker("import", f"{web.url}/t", "x")
    assert (ran.code, ran.out) == (1, f"Downloading from {web.url}/t\n\n")
    assert ran.err.endswith(f"{problem}\n")
    assert not ran.err.startswith("Error response from daemon")


def test_what_does_not_come(docker: Docker, web: Web) -> None:
    web["/t"] = Page(b"gone", 404)
    ran = docker("import", f"{web.url}/t", "x")
    words = f"Error response from daemon: failed to GET {web.url}/t with status 404 Not Found: gone\n"
    assert (ran.code, ran.out, ran.err) == (1, "", words)
    ran = docker("import", "http://127.0.0.1:1/t")
    assert ran.err.endswith('Get "http://127.0.0.1:1/t": dial tcp 127.0.0.1:1: connect: connection refused\n')
