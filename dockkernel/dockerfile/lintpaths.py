"""The checks about paths that `.dockerignore` leaves out and about the ports of EXPOSE."""

from __future__ import annotations

import posixpath

from dockkernel.dockerfile import rules
from dockkernel.dockerfile.findings import Findings
from dockkernel.dockerfile.instructions import Copy, Expose, Transfer
from dockkernel.fs.ignore import IgnorePatterns
from dockkernel.oci.quoting import go_quote

_WHOLE = {".": frozenset({"*", "**", "**/*"}), "/": frozenset({"**", "**/*"})}
"""The patterns that leave out all of the context, by how the context is named."""
_REMOTE = ("http://", "https://", "git@", "git://", "ssh://", "github.com/")


def check_ignored(step: Transfer, ignore: IgnorePatterns | None, findings: Findings) -> None:
    """Note sources in the context that `.dockerignore` leaves out.

    Where it has exceptions nothing is said: what of a directory is left cannot be told from the patterns alone.
    """
    if ignore is None or any(pattern.exception for pattern in ignore.patterns):
        return
    if isinstance(step, Copy) and step.from_ is not None:
        return
    verb = "Copy" if isinstance(step, Copy) else "Add"
    for source in step.sources:
        if verb == "Add" and source.startswith(_REMOTE):
            continue
        path = posixpath.normpath(source or ".")
        path = "/" + path.lstrip("/") if path.startswith("//") else path
        if path in _WHOLE:
            left_out = any(pattern.text in _WHOLE[path] for pattern in ignore.patterns)
        else:
            # A leading slash is no part of the context's own names, so no pattern is about it.
            left_out = not path.startswith("/") and ignore.matches(path)
        if left_out:
            findings.add(rules.COPY_IGNORED_FILE, step.span, verb, go_quote(path), comments=step.comments)


def check_port(port: str, step: Expose, findings: Findings) -> None:
    """Note a protocol that is not in small letters, and an address or a port of the host."""
    *mapping, own = port.split(":")
    protocol = own.partition("/")[2]
    if protocol != protocol.lower():
        findings.add(rules.EXPOSE_PROTO_CASING, step.span, port, comments=step.comments)
    if any(mapping):
        findings.add(rules.EXPOSE_INVALID_FORMAT, step.span, port, comments=step.comments)
