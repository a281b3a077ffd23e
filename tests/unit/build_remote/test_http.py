"""Files from the web, as BuildKit takes them: names, times, digests, redirects, proxies, servers that lie."""

from __future__ import annotations

import threading
import time

import pytest
from support.dockers import Docker
from support.webs import Page, Web
from support.webs import web as web_server

from dockkernel.build.buildkit.ops import HttpSource
from dockkernel.build.remote import FetchFailed, never
from dockkernel.engine.fetch.address import Address, proxy_for
from dockkernel.engine.fetch.fetcher import EngineFetcher
from dockkernel.fs.node import File
from dockkernel.oci.digest import Digest


def silent(text: str, current: int, total: int, done: bool) -> None:
    pass


def fetched(fetcher: EngineFetcher, source: HttpSource) -> tuple[str, File, bytes]:
    tree = fetcher.http(source, silent, never)
    [(name, node)] = tree.walk()
    assert isinstance(node, File)
    return name, node, node.content.open().read()


def failure(fetcher: EngineFetcher, url: str, checksum: str = "") -> str:
    with pytest.raises(FetchFailed) as caught:
        fetcher.http(HttpSource(url, checksum), silent, never)
    return caught.value.message


def test_a_file_is_plain(fetcher: EngineFetcher, web: Web) -> None:
    web["/d/hello.txt?x=1"] = Page(b"hello\n", headers={"Last-Modified": "Tue, 02 Jan 2024 03:04:05 GMT"})
    name, node, content = fetched(fetcher, HttpSource(f"{web.url}/d/hello.txt?x=1#y"))
    assert (name, content) == ("hello.txt", b"hello\n")
    assert (node.meta.mode, node.meta.uid, node.meta.gid, node.meta.mtime_ns) == (0o600, 0, 0, 1704164645 * 10**9)


@pytest.mark.parametrize("modified", ["", "yesterday", "Tue, 99 Foo 2024", "Thu, 01 Jan 1900 00:00:00 GMT"])
def test_a_file_without_a_time_is_of_1970(fetcher: EngineFetcher, web: Web, modified: str) -> None:
    web["/x"] = Page(b"x", headers={"Last-Modified": modified} if modified else {})
    assert fetched(fetcher, HttpSource(f"{web.url}/x"))[1].meta.mtime_ns == 0


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="n.txt"', "n.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename=".."', "x"),
        ('attachment; filename="d/"', "x"),
        ("attachment; filename*=UTF-8''%e2%82%ac.txt", "€.txt"),
        ("attachment", "x"),
        (";;;", "x"),
    ],
)
def test_the_server_may_give_a_name(fetcher: EngineFetcher, web: Web, header: str, name: str) -> None:
    web["/x"] = Page(b"x", headers={"Content-Disposition": header})
    assert fetched(fetcher, HttpSource(f"{web.url}/x"))[0] == name
    assert fetched(fetcher, HttpSource(f"{web.url}/x", filename="asked"))[0] == "asked"


def test_a_checksum_decides(fetcher: EngineFetcher, web: Web) -> None:
    web["/x"] = b"hello\n"
    right, wrong = str(Digest.of(b"hello\n")), str(Digest.of(b"other"))
    assert fetched(fetcher, HttpSource(f"{web.url}/x", right))[2] == b"hello\n"
    assert failure(fetcher, f"{web.url}/x", wrong) == f"digest mismatch {right}: {wrong}"


def test_what_the_server_calls_the_same_is_not_sent_again(docker: Docker, web: Web) -> None:
    web["/x"] = Page(b"hello\n", headers={"ETag": '"1"'})
    for _ in range(2):
        assert fetched(EngineFetcher(docker.engine), HttpSource(f"{web.url}/x"))[2] == b"hello\n"
    assert [headers.get("if-none-match") for _, headers in web.asked] == [None, '"1"']
    # Its digest known, and the bytes here, nobody is asked.
    fetched(EngineFetcher(docker.engine), HttpSource(f"{web.url}/x", str(Digest.of(b"hello\n"))))
    assert len(web.asked) == 2
    web["/x"] = Page(b"new\n", headers={"ETag": '"2"'})
    assert fetched(EngineFetcher(docker.engine), HttpSource(f"{web.url}/x"))[2] == b"new\n"


def test_what_was_the_same_and_is_gone_comes_again(docker: Docker, web: Web) -> None:
    web["/x"] = Page(b"hello\n", headers={"ETag": '"1"'})
    fetched(EngineFetcher(docker.engine), HttpSource(f"{web.url}/x"))
    docker.engine.blobs.path(Digest.of(b"hello\n")).unlink()
    assert fetched(EngineFetcher(docker.engine), HttpSource(f"{web.url}/x"))[2] == b"hello\n"
    assert "if-none-match" not in web.asked[-1][1]


def test_redirects_are_followed(fetcher: EngineFetcher, web: Web) -> None:
    web["/a"] = Page(status=302, headers={"Location": "/b/c"})
    web["/b/c"] = Page(status=307, headers={"Location": "d"})
    web["/b/d"] = b"there"
    name, _, content = fetched(fetcher, HttpSource(f"{web.url}/a"))
    assert (name, content) == ("a", b"there")


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page(b"gone", 404), "invalid response status 404"),
        (Page(b"", 500), "invalid response status 500"),
        (Page(status=302, headers={"Location": "/x"}), 'Get "/x": stopped after 10 redirects'),
        (Page(status=302), 'Get "URL/x": 302 response missing Location header'),
        (Page(status=301, headers={"Location": "file:///etc/passwd"}),
         'Get "file:///etc/passwd": unsupported protocol scheme "file"'),
        (Page(b"half", length=100), "unexpected EOF"),
        (Page(raw=b""), 'Get "URL/x": EOF'),
        (Page(raw=b"SSH-2.0-OpenSSH\r\n"),
         'Get "URL/x": net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH"'),
        (Page(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), "unexpected EOF"),
    ],
)  # fmt: skip
def test_answers_that_are_none(fetcher: EngineFetcher, web: Web, page: Page, problem: str) -> None:
    web["/x"] = page
    wanted = problem.replace("URL", web.url)
    assert failure(fetcher, f"{web.url}/x") == f"failed to load cache key: {wanted}"


def test_more_than_announced_is_not_read(fetcher: EngineFetcher, web: Web) -> None:
    web["/x"] = Page(b"hello, and much more", length=5)
    assert fetched(fetcher, HttpSource(f"{web.url}/x"))[2] == b"hello"


def test_a_body_may_end_with_its_connection(fetcher: EngineFetcher, web: Web) -> None:
    web["/x"] = Page(b"hello", length=None, headers={"Connection": "close"})
    assert fetched(fetcher, HttpSource(f"{web.url}/x"))[2] == b"hello"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1:1/x", 'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused'),
        ("http://no.such.host.invalid/x", None),
        ("http://h:port/x", 'parse "http://h:port/x": invalid port ":port" after host'),
        ("http://h/%zz", 'parse "http://h/%zz": invalid URL escape "%zz"'),
        ("http://h/\x01", 'parse "http://h/\\x01": net/url: invalid control character in URL'),
        ("http://[::1/x", "parse \"http://[::1/x\": missing ']' in host"),
        ("file:///etc/passwd", 'Get "file:///etc/passwd": unsupported protocol scheme "file"'),
    ],
)
def test_addresses_where_nobody_is(fetcher: EngineFetcher, url: str, problem: str | None) -> None:
    found = failure(fetcher, url).removeprefix("failed to load cache key: ")
    if problem is None:
        assert found.startswith(f'Get "{url}": dial tcp: lookup no.such.host.invalid')
    else:
        assert found == problem


def test_a_server_without_tls(fetcher: EngineFetcher, web: Web) -> None:
    web["/x"] = b"x"
    url = web.url.replace("http:", "https:")
    assert failure(fetcher, f"{url}/x").endswith(f'Get "{url}/x": http: server gave HTTP response to HTTPS client')


def test_names_and_passwords_go_to_the_server_and_into_no_message(fetcher: EngineFetcher, web: Web) -> None:
    web["/x"] = Page(raw=b"")
    url = f"{web.url}/x".replace("http://", "http://ada:secret@")
    assert "ada:***@" in failure(fetcher, url)
    assert web.asked[0][1]["authorization"] == "Basic YWRhOnNlY3JldA=="


def test_a_download_ends_when_the_build_does(fetcher: EngineFetcher, web: Web) -> None:
    waits = threading.Event()
    web["/x"] = Page(b"some", length=100, waits=waits)
    asked_at = time.monotonic()
    with pytest.raises(FetchFailed, match="context canceled"):
        fetcher.http(HttpSource(f"{web.url}/x"), silent, lambda: bool(web.asked))
    waits.set()
    assert time.monotonic() - asked_at < 20
    assert list(fetcher._blobs.list()) == [d for d in fetcher._blobs.list() if fetcher._blobs.size(d) is not None]


def test_a_proxy_is_asked(docker: Docker) -> None:
    with web_server() as proxy:
        docker.engine.settings = type(docker.engine.settings)(docker.home, env={"http_proxy": proxy.url})
        proxy["http://example.com:80/x"] = b"from the proxy"
        name, _, content = fetched(EngineFetcher(docker.engine), HttpSource("http://example.com/x"))
    assert (name, content) == ("x", b"from the proxy")
    message = failure(EngineFetcher(docker.engine), "http://example.com/x")
    assert 'Get "http://example.com/x": proxyconnect tcp: dial tcp 127.0.0.1:' in message


@pytest.mark.parametrize(
    ("url", "no_proxy", "asked"),
    [
        ("http://example.com/", "", True), ("http://example.com/", "example.com", False),
        ("http://a.example.com/", "example.com", False), ("http://a.example.com/", ".example.com", False),
        ("http://notexample.com/", "example.com", True), ("http://example.com/", "*", False),
        ("http://example.com:81/", "example.com:80", True), ("http://example.com/", "example.com:80", False),
        ("http://10.1.2.3/", "10.0.0.0/8", False), ("http://11.1.2.3/", "10.0.0.0/8", True),
        ("http://localhost/", "", False), ("http://127.0.0.1:8000/", "", False), ("http://[::1]/", "", False),
        ("https://example.com/", "", False),
    ],
)  # fmt: skip
def test_which_proxy(url: str, no_proxy: str, asked: bool) -> None:
    env = {"HTTP_PROXY": "proxy:3128", "NO_PROXY": no_proxy}
    assert (proxy_for(Address.parse(url), env) is not None) is asked
