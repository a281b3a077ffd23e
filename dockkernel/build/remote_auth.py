"""What a graph build shows to servers: secrets of certain names (`--secret id=GIT_AUTH_TOKEN,env=TOKEN`), as BuildKit
reads them. A secret goes to the host that it is for and into no message, key or command line.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

_GITHUB = ("https://github.com/", "https://www.github.com/")


def git_header(url: str, secrets: Mapping[str, bytes]) -> str:
    """The `Authorization` header's value for a repository; empty for none."""
    parts = _host(url)
    for name in (f"GIT_AUTH_HEADER.{parts}", f"GIT_AUTH_TOKEN.{parts}", "GIT_AUTH_HEADER", "GIT_AUTH_TOKEN"):
        if name in secrets:
            text = _text(secrets[name])
            return text if "HEADER" in name else f"basic {_encoded(f'x-access-token:{text}')}"
    return ""


def git_scope(url: str) -> str:
    """The addresses that the header is for: the repository's, and of GitHub all, for submodules."""
    return next((prefix for prefix in _GITHUB if url.startswith(prefix)), url)


def http_header(url: str, secrets: Mapping[str, bytes]) -> str:
    """The `Authorization` header's value for a file; empty for none."""
    host = _host(url).partition(":")[0]
    if f"HTTP_AUTH_TOKEN_{host}" in secrets:
        return f"Bearer {_text(secrets[f'HTTP_AUTH_TOKEN_{host}'])}"
    return _text(secrets.get(f"HTTP_AUTH_HEADER_{host}", b""))


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _text(secret: bytes) -> str:
    """On one line: a secret cannot add a header."""
    return "".join(secret.decode("utf-8", "replace").splitlines())


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
