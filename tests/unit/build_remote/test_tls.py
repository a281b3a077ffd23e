"""Servers with TLS: who is trusted, and what is said of those who are not."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockers import Docker
from support.webs import Web
from support.webs import web as web_server

from dockkernel.build.buildkit.ops import HttpSource
from dockkernel.build.remote import FetchFailed, never
from dockkernel.engine.fetch.fetcher import EngineFetcher

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def certificate(place: Path, name: str, days: str) -> tuple[Path, Path]:
    key, cert = place / "key.pem", place / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert), "-days", days,
         "-subj", "/CN=test", "-addext", f"subjectAltName={name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


@pytest.fixture
def web(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Web]:
    key, cert = certificate(tmp_path, getattr(request, "param", "IP:127.0.0.1"), "2")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with web_server(context) as made:
        made["/x"] = b"secret way"
        yield made


def get(docker: Docker, web: Web, **env: str) -> bytes:
    docker.engine.settings = type(docker.engine.settings)(docker.home, env=env)
    tree = EngineFetcher(docker.engine).http(HttpSource(f"{web.url}/x"), lambda *_: None, never)
    [(_, node)] = tree.walk()
    with node.content.open() as stream:  # type: ignore[union-attr]
        return stream.read()


def test_an_authority_of_the_environment_is_trusted(docker: Docker, web: Web, tmp_path: Path) -> None:
    assert get(docker, web, SSL_CERT_FILE=str(tmp_path / "cert.pem")) == b"secret way"


def test_nobody_else_is(docker: Docker, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as caught:
        get(docker, web)
    words = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    assert caught.value.message.endswith(f'Get "{web.url}/x": {words}')
    with pytest.raises(FetchFailed, match="no such file or directory"):
        get(docker, web, SSL_CERT_FILE=str(tmp_path / "none.pem"))


@pytest.mark.parametrize("web", ["DNS:example.com"], indirect=True)
def test_a_certificate_for_somebody_else(docker: Docker, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as caught:
        get(docker, web, SSL_CERT_FILE=str(tmp_path / "cert.pem"))
    words = "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"
    assert words in caught.value.message
