"""How addresses are recognised: by the classic client, by BuildKit."""

from __future__ import annotations

import pytest

from dockkernel.build.buildkit.ops import GitSource, HttpSource
from dockkernel.build.remote import (
    classic_file_name,
    file_name,
    git_context,
    is_git_url,
    is_remote,
    parse_git,
    redacted,
)
from dockkernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "remote", "ref", "subdir"),
    [
        ("https://example.com/", None, "", ""),
        ("https://example.com/foo", None, "", ""),
        ("https://example.com/foo.git", "https://example.com/foo.git", "", ""),
        ("http://example.com/foo.git#v1:sub/dir", "http://example.com/foo.git", "v1", "sub/dir"),
        ("https://example.com/foo.git#:sub", "https://example.com/foo.git", "", "sub"),
        ("https://example.com/foo.git#a/b:../../c/", "https://example.com/foo.git", "a/b", "c"),
        ("https://u:p@example.com/foo.git", "https://u:p@example.com/foo.git", "", ""),
        ("git://example.com/foo#main", "git://example.com/foo", "main", ""),
        ("ssh://root@host:2222/foo.git", "ssh://root@host:2222/foo.git", "", ""),
        ("git@github.com:moby/buildkit", "git@github.com:moby/buildkit", "", ""),
        ("git@github.com:moby/buildkit.git#v1:d", "git@github.com:moby/buildkit.git", "v1", "d"),
        ("user_name@host.xz:path/repo", "user_name@host.xz:path/repo", "", ""),
        ("github.com/moby/buildkit", None, "", ""),
        ("file:///etc/foo.git", None, "", ""),
        ("ext::sh -c touch% x", None, "", ""),
        ("ftp://example.com/foo.git", None, "", ""),
        ("./foo.git", None, "", ""),
        ("../foo@bar:baz", None, "", ""),
        ("foo.git", None, "", ""),
        ("https://example.com/foo.git?branch=dev&subdir=x", "https://example.com/foo.git", "refs/heads/dev", "x"),
        ("https://example.com/foo.git?tag=v1", "https://example.com/foo.git", "refs/tags/v1", ""),
        ("https://example.com/foo bar.git", None, "", ""),
        ("https:///foo.git", None, "", ""),
        ("http://[::1/foo.git", None, "", ""),
    ],
)  # fmt: skip
def test_repositories_of_buildkit(text: str, remote: str | None, ref: str, subdir: str) -> None:
    found = parse_git(text)
    assert (found.url if found else None) == remote
    if found is not None:
        assert (found.ref, found.subdir) == (ref, subdir)


def test_a_query_says_more() -> None:
    found = parse_git("https://example.com/r.git?checksum=abc&keep-git-dir&submodules=false&ref=x")
    assert found == GitSource("https://example.com/r.git", "x", "", True, "abc", False)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("?foo=bar", 'unexpected query "foo"'),
        ("?ref=", 'query "ref" has no value'),
        ("?ref=a&ref=b", 'query "ref" has multiple values'),
        ("?ref=a#b", 'ref conflicts: "b" vs "a"'),
        ("?subdir=a#:b", 'subdir conflicts: "b" vs "a"'),
        ("?tag=a&branch=b", "branch conflicts with tag"),
        ("?tag=a#b", 'ref conflicts: "b" vs "refs/tags/a"'),
        ("?submodules=maybe", 'invalid submodules value: "maybe"'),
        ("#-x", 'invalid git ref "-x"'),
        ("?ref=--upload-pack=touch", 'invalid git ref "--upload-pack=touch"'),
    ],
)
def test_a_query_that_cannot_be_read(query: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_git(f"https://example.com/r.git{query}")
    assert caught.value.message == problem


def test_github_without_a_scheme_is_a_context_only() -> None:
    assert parse_git("github.com/moby/moby") is None
    assert git_context("github.com/moby/moby#dev:x") == GitSource("https://github.com/moby/moby", "dev", "x")
    assert is_remote("github.com/moby/moby")
    assert not is_remote("./github.com/moby/moby")
    assert is_remote("http://example.com/x.tar")
    assert not is_remote("ftp://example.com/x.tar")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://example.com/r.git", True), ("http://example.com/r.git#a", True), ("http://example.com/r.gita", False),
        ("git://x", True), ("git@x:y", True), ("github.com/a/b", True), ("https://github.com/a/b", False),
        ("ssh://git@x/y.git", False), ("file:///x.git", False), ("http://example.com/r.git#", False),
    ],
)  # fmt: skip
def test_repositories_of_the_classic_client(text: str, wanted: bool) -> None:
    assert is_git_url(text) is wanted


@pytest.mark.parametrize(
    ("url", "disposition", "classic", "kit"),
    [
        ("http://h/a/b.txt", "", "b.txt", "b.txt"),
        ("http://h/a/b.txt?x=/c.txt#d/e", "", "b.txt", "b.txt"),
        ("http://h/a/", "", "", "a"),
        ("http://h/", "", "", "download"),
        ("http://h", "n", "n", "n"),
        ("http://h/a%20b", "", "a b", "a b"),
        ("http://h/a", "n.txt", "a", "n.txt"),
        ("http://h/a%2f..", "", "", "download"),
    ],
)
def test_names_of_files(url: str, disposition: str, classic: str, kit: str) -> None:
    assert classic_file_name(url, disposition) == classic
    assert file_name(HttpSource(url), disposition) == kit
    assert file_name(HttpSource(url, filename="as-asked"), disposition) == "as-asked"


def test_messages_show_no_passwords() -> None:
    assert redacted("https://u:p@h/r.git") == "https://xxxxx:xxxxx@h/r.git"
    assert redacted("https://u@h/r.git") == "https://xxxxx@h/r.git"
    assert redacted("ssh://git@h/r.git") == "ssh://git@h/r.git"
