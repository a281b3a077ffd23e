"""What goes wrong on a connection, in the words of Go's network library."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl

_ERRNO = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset by peer",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ETIMEDOUT: "connection timed out",
    errno.EPIPE: "broken pipe",
}
_EXPIRED, _NOT_YET, _OTHER_HOST, _OTHER_ADDRESS = 10, 9, 62, 64
"""OpenSSL's codes of what is wrong with a certificate."""


def dial_problem(host: str, port: int, error: OSError) -> str:
    """Why there is no connection; `host` is a name where it could not be looked up, else a number."""
    if isinstance(error, socket.gaierror):
        known = error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
        return f"dial tcp: lookup {host}: {'no such host' if known else _reason(error)}"
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if isinstance(error, TimeoutError):
        return f"dial tcp {at}: i/o timeout"
    return f"dial tcp {at}: connect: {_reason(error)}"


def answer_problem(host: str, error: Exception) -> str:
    """Why a server that was reached gave no answer, or not all of it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"tls: failed to verify certificate: x509: {_certificate(host, error)}"
    if isinstance(error, ssl.SSLError):
        if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
            return "http: server gave HTTP response to HTTPS client"
        return f"tls: {(error.reason or 'handshake failure').replace('_', ' ').lower()}"
    if isinstance(error, http.client.RemoteDisconnected):
        return "EOF"
    if isinstance(error, http.client.IncompleteRead):
        return "unexpected EOF"
    if isinstance(error, TimeoutError):
        return "net/http: timeout awaiting response headers"
    if isinstance(error, OSError):
        return f"read tcp: {_reason(error)}"
    if isinstance(error, http.client.BadStatusLine):
        problem = f'malformed HTTP response "{str(error.args[0]).strip()[:100]}"'
    else:
        problem = " ".join(str(error).split()) or type(error).__name__
    return f"net/http: HTTP/1.x transport connection broken: {problem}"


def _certificate(host: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in (_EXPIRED, _NOT_YET):
        return "certificate has expired or is not yet valid"
    if error.verify_code == _OTHER_HOST:
        return f"certificate is not valid for {host}"
    if error.verify_code == _OTHER_ADDRESS:
        return f"cannot validate certificate for {host} because it doesn't contain any IP SANs"
    return "certificate signed by unknown authority"


def _reason(error: OSError) -> str:
    return _ERRNO.get(error.errno or 0) or (error.strerror or str(error)).lower()
