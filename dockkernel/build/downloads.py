"""ADD of an address in the classic builder: the file behind it, as one more source, in Docker's words.

It is never unpacked; its mode is 0600, its time the server's `Last-Modified`, or 1970.
"""

from __future__ import annotations

from dockkernel.build.events import Downloading, Line, Tell
from dockkernel.build.remote import Download, Fetcher, FetchFailed, NoAnswer, classic_file_name, never
from dockkernel.build.sources import Source
from dockkernel.errors import InvalidInput
from dockkernel.fs.node import File, Meta

_UNNAMED = "__unnamed__"
_FAILURE = 400
_SHOWN = 1 << 16
"""Bytes of an answer of failure that are shown at most."""


def download(fetcher: Fetcher, url: str, dest: str, tell: Tell) -> Source:
    """The source that an address is, for the destination `dest`. `InvalidInput` in the builder's words."""
    try:
        found = fetcher.download(url, lambda _text, now, total, _done: tell(Downloading(url, now, total)), never)
    except FetchFailed as error:
        if isinstance(error, NoAnswer) and not classic_file_name(url) and dest.endswith("/"):
            # Of a server that does not answer nobody will learn a name either.
            raise _unnamed(url, tell) from error
        raise InvalidInput(error.message) from error
    if is_failure(found):
        raise InvalidInput(status_problem(url, found))
    if not found.counted:
        tell(Line(""))
    name = classic_file_name(url, found.disposition)
    if not name and dest.endswith("/"):
        raise _unnamed(url, tell)
    tell(Line(""))
    return Source(name or _UNNAMED, name or _UNNAMED, File(Meta(0o600, mtime_ns=found.mtime_ns), found.content), True)


def is_failure(found: Download) -> bool:
    """Whether the answer is none of what was asked for."""
    return found.status >= _FAILURE


def status_problem(url: str, found: Download) -> str:
    """What Docker says of an answer of failure: its status and its text."""
    with found.content.open() as stream:
        text = stream.read(_SHOWN).decode("utf-8", "replace").strip()
    return f"failed to GET {url} with status {found.reason}: {text}"


def _unnamed(url: str, tell: Tell) -> InvalidInput:
    tell(Line(""))
    return InvalidInput(f"cannot determine filename for source {url}")
