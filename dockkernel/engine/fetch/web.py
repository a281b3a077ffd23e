"""The HTTP client: one GET, redirects followed, the body as a stream that is never held in memory.

The words of its errors are those of Go's client. What a server announces is held against what it sends.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from dockkernel.build.remote import Cancel, FetchFailed, NoAnswer, Status
from dockkernel.engine.fetch.address import Address, Proxy, failed, proxy_for
from dockkernel.engine.fetch.words import answer_problem, dial_problem

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_REDIRECTS = 10
_PATIENCE = 30.0
"""Seconds without a byte after which a server counts as dead."""
_WATCH = 0.1
"""Seconds between two looks at whether the work is to end."""
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, and its body as a stream that can be read once."""

    status: int
    reason: str
    headers: Mapping[str, str]
    """Names in lower case."""
    counted: bool
    """Whether the body says where it ends."""
    body: io.RawIOBase


@contextlib.contextmanager
def get(
    url: str, env: Mapping[str, str], headers: Mapping[str, str], status: Status, cancel: Cancel
) -> Iterator[Answer]:
    """The answer to a GET, one of failure too; `status` is told while the body is read.

    `FetchFailed` when there is none, or while reading the body when it breaks off.
    """
    at, host = url, ""
    for _ in range(_REDIRECTS):
        address = Address.parse(at)
        host = host or address.host
        if address.host != host:
            # Whom another server sends us to is not shown what was for it.
            headers = {name: value for name, value in headers.items() if name != "Authorization"}
        with _Connection(address, proxy_for(address, env), cancel) as connection:
            response = connection.ask(headers, env)
            location = response.headers.get("location", "")
            if response.status not in _MOVED:
                yield _answer(response, connection, status)
                return
        if not location:
            raise failed(at, f"{response.status} response missing Location header")
        at = urljoin(at, location)
    raise failed(location, f"stopped after {_REDIRECTS} redirects")


def _answer(response: http.client.HTTPResponse, connection: _Connection, status: Status) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    counted = response.chunked or response.length is not None
    body = _Body(response, connection, status)
    return Answer(response.status, response.reason, headers, bool(counted), body)


class _Body(io.RawIOBase):
    """An answer's body; one that is shorter than announced ends with an error."""

    def __init__(self, response: http.client.HTTPResponse, connection: _Connection, status: Status) -> None:
        self._response = response
        self._connection = connection
        self._status = status
        self._total = response.length or 0
        self._seen = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        with self._connection.failing(""):
            data = self._response.read1(len(view))
        if not data and (self._response.length or self._connection.cancel()):
            raise FetchFailed("context canceled" if self._connection.cancel() else "unexpected EOF")
        view[: len(data)] = data
        self._seen += len(data)
        if not self._ended:
            self._status("", self._seen, self._total, not data)
        self._ended = not data
        return len(data)


class _Connection:
    """A connection to a server that ends when the work is to end: whoever waits for bytes looks at nothing else."""

    def __init__(self, address: Address, proxy: Proxy | None, cancel: Cancel) -> None:
        self.address = address
        self.proxy = proxy
        self.cancel = cancel
        self._over = threading.Event()
        self._socket: socket.socket | None = None
        self._http: http.client.HTTPConnection | None = None

    def __enter__(self) -> _Connection:
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._http is not None:
            self._http.close()
        if self._socket is not None:
            self._socket.close()

    def _look(self) -> None:
        while not self._over.wait(_WATCH):
            if self.cancel():
                if self._socket is not None:
                    with contextlib.suppress(OSError):
                        self._socket.shutdown(socket.SHUT_RDWR)
                return

    def ask(self, headers: Mapping[str, str], env: Mapping[str, str]) -> http.client.HTTPResponse:
        """Connects and asks; gives the answer with its body unread."""
        address, proxy = self.address, self.proxy
        peer = (proxy.host, proxy.port) if proxy else (address.host, address.port)
        sent = {"User-Agent": "dockkernel", "Connection": "close", **address.headers, **headers}
        path = address.path
        if address.scheme == "https":
            self._http = http.client.HTTPSConnection(*peer, timeout=_PATIENCE, context=self._tls(env))
            if proxy is not None:
                self._http.set_tunnel(address.host, address.port, dict(proxy.headers))
        else:
            self._http = http.client.HTTPConnection(*peer, timeout=_PATIENCE)
            if proxy is not None:
                path = address.absolute
                sent |= proxy.headers
        # The library's own way of connecting cannot be interrupted, nor does it say which address refused.
        self._http._create_connection = self._dial  # type: ignore[attr-defined]
        with self.failing(address.url):
            self._http.connect()
            # The last answer on a connection takes its socket away from it.
            self._socket = self._http.sock
            self._http.request("GET", path, headers=sent)
            return self._http.getresponse()

    def _tls(self, env: Mapping[str, str]) -> ssl.SSLContext:
        """What servers are held against: the system's authorities, or those that the environment names."""
        places = env.get("SSL_CERT_FILE") or None, env.get("SSL_CERT_DIR") or None
        try:
            return ssl.create_default_context(cafile=places[0], capath=places[1])
        except OSError as error:
            problem = f"tls: failed to verify certificate: x509: {(error.strerror or str(error)).lower()}"
            raise failed(self.address.url, problem) from error

    def _dial(self, peer: tuple[str, int], timeout: float, _: object = None) -> socket.socket:
        host, port = peer
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise self._unreached(host, port, error) from error
        first: FetchFailed | None = None
        for family, kind, protocol, _name, where in found:
            try:
                return self._connected(socket.socket(family, kind, protocol), where, timeout)
            except OSError as error:
                first = first or self._unreached(str(where[0]), port, error)
        raise first or self._unreached(host, port, OSError("no address"))

    def _connected(self, sock: socket.socket, where: tuple[object, ...], timeout: float) -> socket.socket:
        try:
            sock.setblocking(False)
            sock.connect_ex(where)
            self._wait_for(sock, timeout)
            problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if problem:
                raise OSError(problem, "")
            sock.settimeout(timeout)
        except BaseException:
            sock.close()
            raise
        return sock

    def _wait_for(self, sock: socket.socket, timeout: float) -> None:
        until = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while not selector.select(_WATCH):
                if self.cancel():
                    raise FetchFailed("context canceled")
                if time.monotonic() > until:
                    raise TimeoutError

    def _unreached(self, host: str, port: int, error: OSError) -> FetchFailed:
        problem = dial_problem(host, port, error)
        return failed(self.address.url, f"proxyconnect tcp: {problem}" if self.proxy else problem, NoAnswer)

    @contextlib.contextmanager
    def failing(self, url: str) -> Iterator[None]:
        """Puts errors of sockets, TLS and the HTTP reader into words; with an address where no answer came at all."""
        try:
            yield
        except FetchFailed:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = "context canceled" if self.cancel() else answer_problem(self.address.host, error)
            raise (failed(url, problem, NoAnswer) if url else FetchFailed(problem)) from error
