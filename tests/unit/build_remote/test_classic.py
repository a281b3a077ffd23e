"""ADD of addresses, and contexts that are elsewhere, with the classic builder: Docker's words, names, times, cache."""

from __future__ import annotations

import gzip
import io
import os
import signal
import tarfile
import threading
import time
from pathlib import Path

import pytest
from support.dockers import Docker
from support.webs import GIT_ENV, HAS_GIT, Page, Repository, Web

from dockkernel.fs.node import File

needs_git = pytest.mark.skipif(not HAS_GIT, reason="git is not installed")


def archive(**files: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_dot_", "."))
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def test_add_takes_a_file(docker: Docker, web: Web) -> None:
    web["/d/a.txt"] = Page(b"hello\n", headers={"Last-Modified": "Tue, 02 Jan 2024 03:04:05 GMT"})
    ran = docker.build(f"FROM busybox\nADD {web.url}/d/a.txt /in/\nADD {web.url}/d/a.txt /b.txt\n", "-t", "x")
    assert ran.code == 0, ran.err
    assert f"Step 2/3 : ADD {web.url}/d/a.txt /in/\n\n ---> " in ran.out
    for path in ("in/a.txt", "b.txt"):
        node = docker.files("x").get(path)
        assert isinstance(node, File)
        assert (node.meta.mode, node.meta.mtime_ns) == (0o600, 1704164645 * 10**9)
        assert docker.read("x", path) == "hello\n"


def test_the_history_has_a_digest_without_a_kind(docker: Docker, web: Web) -> None:
    web["/a.txt"] = b"hello\n"
    docker.build(f"FROM busybox\nADD {web.url}/a.txt /\n", "-t", "x")
    row = docker.config("x").history[-1].created_by
    assert row.startswith("/bin/sh -c #(nop) ADD ")
    assert row.endswith(" in / ")
    digest = row.removeprefix("/bin/sh -c #(nop) ADD ").removesuffix(" in / ")
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")


def test_the_cache_goes_by_what_came(docker: Docker, web: Web) -> None:
    web["/a.txt"] = b"hello\n"
    text = f"FROM busybox\nADD {web.url}/a.txt /\n"
    first = docker.build(text)
    assert "Using cache" not in first.out
    web["/a.txt"] = Page(b"hello\n", headers={"Last-Modified": "Tue, 02 Jan 2024 03:04:05 GMT"})
    assert " ---> Using cache\n" in docker.build(text).out
    web["/a.txt"] = b"other\n"
    assert "Using cache" not in docker.build(text).out


def test_an_archive_from_the_web_stays_one(docker: Docker, web: Web) -> None:
    data = gzip.compress(archive(inner="x"))
    web["/a.tar.gz"] = data
    ran = docker.build(
        f"FROM busybox\nADD {web.url}/a.tar.gz /\nADD b.tar /\n", "-t", "x", b_dot_tar=archive(local="y")
    )
    assert ran.code == 0, ran.err
    assert docker.files("x").get("inner") is None
    assert docker.read("x", "local") == "y"
    node = docker.files("x").get("a.tar.gz")
    assert isinstance(node, File)
    assert node.content.open().read() == data


@pytest.mark.parametrize(
    ("path", "page", "dest", "landed"),
    [
        ("/d/", Page(b"x", headers={"Content-Disposition": 'attachment; filename="n"'}), "/in/", "in/n"),
        ("/", Page(b"x"), "/plain", "plain"),
        ("/", Page(b"x"), "/etc", "etc/__unnamed__"),
        ("/a?b=/c", Page(b"x"), "/in/", "in/a"),
        ("/a%20b", Page(b"x"), "/in/", "in/a b"),
        ("/a", Page(b"x", headers={"Content-Disposition": 'attachment; filename="n"'}), "/in/", "in/a"),
    ],
)
def test_where_it_lands(docker: Docker, web: Web, path: str, page: Page, dest: str, landed: str) -> None:
    web[path] = page
    ran = docker.build(f"FROM busybox\nADD {web.url}{path} {dest}\n", "-t", "x")
    assert ran.code == 0, ran.err
    assert docker.read("x", landed) == "x"


def test_several_sources(docker: Docker, web: Web) -> None:
    web["/a"] = b"a"
    ran = docker.build(f"FROM busybox\nADD {web.url}/a l /in/\n", "-t", "x", l="l")
    assert ran.code == 0, ran.err
    assert (docker.read("x", "in/a"), docker.read("x", "in/l")) == ("a", "l")
    assert "#(nop) ADD multi:" in docker.config("x").history[-1].created_by


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page(b"no\nsuch page\n", 404), "failed to GET URL/x with status 404 Not Found: no\nsuch page"),
        (Page(b"", 503), "failed to GET URL/x with status 503 Service Unavailable:"),
        (Page(b"half", length=9), "unexpected EOF"),
        (Page(raw=b""), 'Get "URL/x": EOF'),
        (Page(status=302, headers={"Location": "/x"}), 'Get "/x": stopped after 10 redirects'),
    ],
)
def test_failures(docker: Docker, web: Web, page: Page, problem: str) -> None:
    web["/x"] = page
    ran = docker.build(f"FROM busybox\nADD {web.url}/x /\n")
    assert ran.code == 1
    assert ran.out.endswith("/x /\n")
    assert f"ADD failed: {problem.replace('URL', web.url)}" in ran.err


def test_nobody_there(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nADD http://127.0.0.1:1/x /in/\n")
    refused = 'ADD failed: Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused\n'
    assert (ran.code, ran.err.endswith(refused)) == (1, True)


def test_no_name_to_be_had(docker: Docker, web: Web) -> None:
    web["/v2/"] = b"{}"
    for url in (f"{web.url}/v2/", "http://127.0.0.1:1/v2/"):
        ran = docker.build(f"FROM busybox\nADD {url} /in/\n")
        assert ran.out.endswith(f"ADD {url} /in/\n\n")
        assert ran.err.endswith(f"ADD failed: cannot determine filename for source {url}\n")


def test_copy_takes_none(docker: Docker, web: Web) -> None:
    ran = docker.build(f"FROM busybox\nCOPY {web.url}/x /\n")
    assert ran.err.endswith("COPY failed: source can't be a URL for COPY\n")
    assert web.asked == []


def test_a_dockerfile_as_context(docker: Docker, web: Web) -> None:
    web["/Dockerfile"] = b"FROM busybox\nRUN echo hi\n"
    ran = docker("build", "-t", "x", f"{web.url}/Dockerfile")
    assert ran.code == 0, ran.err
    bar = f"Downloading build context from remote url: {web.url}/Dockerfile [{'=' * 50}>]      25B/25B\r"
    sent = "Sending build context to Docker daemon  2.048kB\r\r\n"
    assert ran.out.startswith(f"{bar}{bar}\r\n{sent}Step 1/2 : FROM busybox\n")


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_as_context(docker: Docker, web: Web, packed: bool) -> None:
    data = archive(Dockerfile="FROM busybox\nCOPY a.txt /\n", a_dot_txt="a", d__Other="FROM busybox\nCOPY d /d\n")
    web["/c"] = gzip.compress(data) if packed else data
    assert docker("build", "-t", "x", f"{web.url}/c").code == 0
    assert docker.read("x", "a.txt") == "a"
    assert docker("build", "-t", "y", "-f", "d/Other", f"{web.url}/c").code == 0
    assert docker.read("y", "d/Other").startswith("FROM")
    assert docker("build", "-t", "z", "-f", "-", f"{web.url}/c", stdin=b"FROM busybox\nCOPY a.txt /z\n").code == 0
    assert docker.read("z", "z") == "a"
    ran = docker("build", "-f", "none", f"{web.url}/c")
    assert ran.err.endswith("Error response from daemon: Cannot locate specified Dockerfile: none\n")


def test_a_hostile_archive_as_context(docker: Docker, web: Web) -> None:
    web["/c"] = archive(**{"../evil": "x", "Dockerfile": "FROM busybox\n"})
    ran = docker("build", f"{web.url}/c")
    assert ran.code == 1
    assert 'Error processing tar file(exit status 1): "../evil" is outside of "/"' in ran.err
    assert not (docker.cwd / ".." / "evil").exists()


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page(b"gone", 404), "failed to GET URL/x with status 404 Not Found: gone"),
        (Page(b"half", length=9), "unexpected EOF"),
        (Page(raw=b""), 'Get "URL/x": EOF'),
    ],
)
def test_contexts_that_do_not_come(docker: Docker, web: Web, page: Page, problem: str) -> None:
    web["/x"] = page
    ran = docker("build", f"{web.url}/x")
    wanted = f"unable to prepare context: unable to download remote context {web.url}/x: {problem}\n"
    assert ran.code == 1
    assert ran.err.endswith(wanted.replace("URL", web.url))


def test_a_text_with_a_foreign_dockerfile(docker: Docker, web: Web) -> None:
    web["/x"] = b"FROM busybox\n"
    ran = docker("build", "-f", "-", f"{web.url}/x", stdin=b"FROM scratch\n")
    assert ran.err.endswith("unable to prepare context: build context is not an archive\n")


def test_a_directory_of_that_name_goes_first(docker: Docker) -> None:
    docker.write("github.com/me/app/Dockerfile", "FROM busybox\n")
    assert docker("build", "github.com/me/app").code == 0


@pytest.mark.parametrize("path", ["file:///etc", "ftp://h/x", "none", "ssh://git@127.0.0.1:1/x.git"])
def test_what_is_no_context(docker: Docker, path: str) -> None:
    ran = docker("build", path)
    assert ran.code == 1
    assert ran.err.endswith(f'unable to prepare context: path "{path}" not found\n')


@pytest.mark.skipif(os.name != "posix", reason="a signal that only POSIX has")
@pytest.mark.parametrize("builder", ["0", "1"])
def test_an_interrupt_ends_a_download_and_keeps_nothing(docker: Docker, web: Web, builder: str) -> None:
    docker.env["DOCKER_BUILDKIT"] = builder
    waits = threading.Event()
    web["/x"] = Page(b"some", length=100, waits=waits)
    before = docker.engine.state

    def interrupt() -> None:
        while not web.asked:
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        docker.build(f"FROM busybox\nADD {web.url}/x /\n", "-t", "x")
    waits.set()
    assert docker.engine.state == before


@needs_git
def test_a_repository_as_context(docker: Docker, repository: Repository, git_url: str, tmp_path: Path) -> None:
    repository.git("branch", "master")
    repository.git("checkout", "-q", "-b", "dev")
    repository.commit(a_dot_txt="dev\n", _dot_dockerignore="sub\n")
    repository.publish(tmp_path / "srv" / "r.git")
    docker.write("Dockerfile", "FROM nowhere\n")
    ran = docker("build", "-t", "x", git_url, stdin=b"")
    assert ran.code == 0, ran.err
    assert docker.read("x", "a.txt") == "one\n"
    assert docker("build", "-t", "x", f"{git_url}#dev").code == 0
    assert docker.read("x", "a.txt") == "dev\n"
    assert docker("build", "-t", "x", "-f", "Dockerfile", f"{git_url}#dev:sub").code == 0
    other = b"FROM busybox\nCOPY . /all\n"
    assert docker("build", "-t", "y", "-f", "-", f"{git_url}#dev", stdin=other).code == 0
    assert docker.files("y").get("all/.git/HEAD") is not None
    assert docker.files("y").get("all/sub") is None


@needs_git
def test_repositories_that_do_not_come(docker: Docker, repository: Repository, git_url: str, tmp_path: Path) -> None:
    words = "unable to prepare context: unable to 'git clone' to temporary context directory: "
    ran = docker("build", f"{git_url}#none")
    assert f"{words}error fetching: fatal: couldn't find remote ref none\n: exit status 128\n" in ran.err
    # Docker asks for master where nothing is said.
    assert "couldn't find remote ref master" in docker("build", git_url).err
    assert f"{words}invalid refspec: --upload-pack=x\n" in docker("build", f"{git_url}#--upload-pack=x").err
    assert "error setting git context, not a directory: " in docker("build", f"{git_url}#main:a.txt").err
    assert docker("build", f"{git_url}#main:none").code == 1
    (repository.place / "Dockerfile").unlink()
    (repository.place / "Dockerfile").symlink_to("/etc/passwd")
    (repository.place / "out").symlink_to(tmp_path)
    repository.commit()
    repository.publish(tmp_path / "srv" / "r.git")
    for arguments in (["#main"], ["#main", "-f", "../../etc/passwd"], ["#main:out"], ["#main:../../.."]):
        ran = docker("build", *arguments[1:], f"{git_url}{arguments[0]}")
        assert ran.code == 1
        assert "root" not in ran.out


def test_without_git(docker: Docker, tmp_path: Path) -> None:
    docker.engine.settings = type(docker.engine.settings)(docker.home, env={**GIT_ENV, "PATH": str(tmp_path)})
    ran = docker("build", "https://example.com/r.git")
    wanted = "unable to prepare context: unable to find 'git': exec: \"git\": executable file not found in $PATH\n"
    assert ran.err.endswith(wanted)
