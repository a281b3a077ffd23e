"""What an HTTP address says: whom to connect to, through which proxy, and what to ask for. No sockets here.

The messages are those of Go's `net/url` and `net/http`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, quote, unquote, urlsplit

from dockkernel.build.remote import FetchFailed

_SAFE = "/%:@!$&'()*+,;=~-._?[]"


@dataclass(frozen=True, slots=True)
class Address:
    """An address that can be asked for. Hosts are ASCII."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    """With the query: what stands in a request's first line."""
    headers: Mapping[str, str]
    """Name and password, where the address has them."""

    @staticmethod
    def parse(url: str) -> Address:
        """The address in a text; `FetchFailed` where it is none, or not one of the web."""
        parts = _split(url)
        if parts.scheme not in ("http", "https"):
            raise failed(url, f'unsupported protocol scheme "{parts.scheme}"')
        if not parts.hostname:
            raise failed(url, "http: no Host in request URL")
        try:
            host = parts.hostname.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise failed(url, f"dial tcp: lookup {parts.hostname}: no such host") from error
        path = quote(parts.path, safe=_SAFE) or "/"
        if parts.query:
            path += f"?{quote(parts.query, safe=_SAFE)}"
        port = _port(url, parts) or (443 if parts.scheme == "https" else 80)
        return Address(url, parts.scheme, host, port, path, _authorization("Authorization", parts))

    @property
    def absolute(self) -> str:
        """The address as a proxy is asked for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    headers: Mapping[str, str]


def proxy_for(address: Address, env: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment names for the address, as Go reads it; none for this machine itself."""
    text = env.get(f"{address.scheme.upper()}_PROXY") or env.get(f"{address.scheme}_proxy") or ""
    if not text or address.host in ("localhost", "::1") or address.host.startswith("127."):
        return None
    exceptions = env.get("NO_PROXY") or env.get("no_proxy") or ""
    if any(_covers(entry.strip().lower(), address) for entry in exceptions.split(",")):
        return None
    text = text if "://" in text else f"http://{text}"
    parts = _split(text)
    if parts.scheme != "http" or not parts.hostname:
        raise failed(address.url, f"proxyconnect tcp: unsupported proxy {shown(text)}")
    return Proxy(parts.hostname, _port(text, parts) or 80, _authorization("Proxy-Authorization", parts))


def _covers(entry: str, address: Address) -> bool:
    """Whether an entry of NO_PROXY means the address: `*`, a domain with all below it, a network."""
    name, _, port = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
    host = address.host.lower()
    if not name or (port and port != str(address.port)):
        return False
    if name == "*" or host == name or host.endswith(f".{name.lstrip('.')}"):
        return True
    try:
        return ip_address(host) in ip_network(name, strict=False)
    except ValueError:
        return False


def failed(url: str, problem: str, kind: type[FetchFailed] = FetchFailed) -> FetchFailed:
    """The error of a request."""
    return kind(f'Get "{shown(url)}": {problem}')


def shown(url: str) -> str:
    """An address in a message: a password is left out."""
    return re.sub(r"^([a-zA-Z0-9+.-]+://[^/@:]*):[^/@]*@", r"\1:***@", url)


def _split(url: str) -> SplitResult:
    if re.search(r"[\x00-\x1f\x7f]", url):
        readable = url.encode("unicode_escape").decode().replace('"', '\\"')
        raise FetchFailed(f'parse "{readable}": net/url: invalid control character in URL')
    wrong = re.search(r"%(?![0-9a-fA-F]{2}).{0,2}", url)
    if wrong is not None:
        raise FetchFailed(f'parse "{shown(url)}": invalid URL escape "{wrong.group()}"')
    try:
        return urlsplit(url)
    except ValueError as error:
        raise FetchFailed(f"parse \"{shown(url)}\": missing ']' in host") from error


def _port(url: str, parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise FetchFailed(
            f'parse "{shown(url)}": invalid port ":{parts.netloc.rpartition(":")[2]}" after host'
        ) from error


def _authorization(name: str, parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {name: f"Basic {base64.b64encode(words.encode()).decode()}"}
