"""Whatever a learner types as an address: an answer or one line, never a Python error."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockkernel.build.buildkit.ops import HttpSource
from dockkernel.build.remote import (
    classic_file_name,
    file_name,
    git_context,
    is_git_url,
    parse_git,
    redacted,
)
from dockkernel.engine.fetch.address import Address, proxy_for
from dockkernel.errors import DockError

SCHEMES = st.sampled_from(["", "http://", "https://", "git://", "ssh://", "git@", "github.com/", "file://", "HTTP://"])
PARTS = st.text("ab.:/@#?&=%[]-_~\\ \0\n*é0129", max_size=30)
ADDRESSES = st.builds(
    lambda scheme, rest, end: scheme + rest + end, SCHEMES, PARTS, st.sampled_from(["", ".git", "/x"])
)


@given(ADDRESSES)
def test_recognising(text: str) -> None:
    is_git_url(text)
    redacted(text)
    for parse in (parse_git, git_context):
        try:
            found = parse(text)
        except DockError as error:
            assert "\n" not in error.message.replace(text, "")
            continue
        if found is not None:
            assert not found.ref.startswith("-")
            assert not found.subdir.startswith("/")
            assert ".." not in found.subdir.split("/")


@given(ADDRESSES, st.sampled_from(["", "n.txt"]))
def test_names(text: str, disposition: str) -> None:
    for name in (classic_file_name(text, disposition), file_name(HttpSource(text), disposition)):
        assert "/" not in name
        assert "\0" not in name
        assert name not in (".", "..")


@given(ADDRESSES, st.text("ab.:/*,0129", max_size=12))
def test_asking(text: str, proxy: str) -> None:
    try:
        address = Address.parse(text)
        assert address.host.isascii()
        assert address.path.isascii()
        assert not set(address.path) & set(" \r\n\0")
        proxy_for(address, {"http_proxy": proxy, "no_proxy": proxy})
    except DockError as error:
        assert error.message
