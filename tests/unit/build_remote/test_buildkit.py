"""Graph builds that take from elsewhere: contexts, ADD, named contexts; progress and errors in BuildKit's words."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from pathlib import Path

import pytest
from support.dockers import Docker, Ran
from support.webs import GIT_ENV, HAS_GIT, Page, Repository, Web

from dockkernel.fs.node import File
from dockkernel.oci.digest import Digest

needs_git = pytest.mark.skipif(not HAS_GIT, reason="git is not installed")


def archive(**files: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_dot_", "."))
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return out.getvalue()


def kit(docker: Docker, *arguments: str, stdin: bytes | None = None) -> Ran:
    return docker("buildx", "build", "--progress=plain", *arguments, stdin=stdin)


def vertices(ran: Ran) -> list[str]:
    return re.findall(r"^#\d+ (.*)\n#\d+ (?:DONE|CACHED|ERROR|transferring|exporting|\d)", ran.err, re.MULTILINE)


def test_add_of_a_file(docker: Docker, web: Web) -> None:
    web["/a.txt"] = Page(b"hello\n", headers={"Last-Modified": "Tue, 02 Jan 2024 03:04:05 GMT"})
    docker.write("Dockerfile", f"FROM busybox\nADD --chmod=644 {web.url}/a.txt /in/\nADD {web.url}/a.txt /b\n")
    ran = kit(docker, "-t", "x", ".")
    assert ran.code == 0, ran.err
    for path, mode in (("in/a.txt", 0o644), ("b", 0o600)):
        node = docker.files("x").get(path)
        assert isinstance(node, File)
        assert (node.meta.mode, node.meta.mtime_ns) == (mode, 1704164645 * 10**9)
    again = kit(docker, "-t", "y", ".")
    assert again.err.count("CACHED") >= 2
    assert docker.image("y").id == docker.image("x").id


def test_add_of_an_archive_is_unpacked_when_asked(docker: Docker, web: Web) -> None:
    web["/a.tar.gz"] = gzip.compress(archive(inner="x"))
    docker.write("Dockerfile", f"FROM busybox\nADD {web.url}/a.tar.gz /as/\nADD --unpack {web.url}/a.tar.gz /un/\n")
    assert kit(docker, "-t", "x", ".").code == 0
    assert docker.files("x").get("as/a.tar.gz") is not None
    assert docker.read("x", "un/inner") == "x"


def test_a_checksum(docker: Docker, web: Web) -> None:
    web["/a"] = b"hello\n"
    right, wrong = str(Digest.of(b"hello\n")), str(Digest.of(b"other"))
    docker.write("Dockerfile", f"FROM busybox\nADD --checksum={right} {web.url}/a /\n")
    assert kit(docker, ".").code == 0
    docker.write("Dockerfile", f"FROM busybox\nADD --checksum={wrong} {web.url}/a /\n")
    ran = kit(docker, ".")
    assert ran.code == 1
    assert f"ERROR: failed to solve: digest mismatch {right}: {wrong}\n" in ran.err


def test_a_file_that_is_not_there(docker: Docker, web: Web) -> None:
    docker.write("Dockerfile", f"FROM busybox\nADD {web.url}/none /\n")
    ran = kit(docker, ".")
    assert ran.code == 1
    assert "ERROR: failed to solve: failed to load cache key: invalid response status 404\n" in ran.err


@needs_git
def test_add_of_a_repository(docker: Docker, repository: Repository, git_url: str) -> None:
    commit = repository.git("rev-parse", "HEAD")
    docker.write(
        "Dockerfile",
        f"FROM busybox\nADD {git_url} /all\nADD {git_url}#main:sub /sub/\nADD --keep-git-dir=true {git_url} /git\n"
        f"ADD --checksum={commit} {git_url} /sum\n",
    )
    ran = kit(docker, "-t", "x", ".")
    assert ran.code == 0, ran.err
    found = docker.files("x")
    assert docker.read("x", "all/a.txt") == "one\n"
    assert docker.read("x", "sub/b.txt") == "b\n"
    assert (found.get("all/.git"), found.get("sum/.git")) == (None, None)
    assert found.get("git/.git/HEAD") is not None


@needs_git
def test_a_repository_as_context(docker: Docker, repository: Repository, git_url: str, tmp_path: Path) -> None:
    # A .dockerignore counts only for what a client sends.
    repository.commit(_dot_dockerignore="a.txt\n", Dockerfile="FROM busybox\nCOPY a.txt /\n")
    repository.publish(tmp_path / "srv" / "r.git")
    ran = kit(docker, "-t", "x", git_url)
    assert ran.code == 0, ran.err
    assert docker.read("x", "a.txt") == "one\n"
    assert vertices(ran)[0] == f"[internal] load git source {git_url}"
    assert "build definition" not in ran.err
    assert ".dockerignore" not in ran.err
    assert "load build context" not in ran.err
    again = kit(docker, "-t", "x", git_url)
    assert again.err.count("CACHED") >= 1
    assert kit(docker, f"{git_url}#main:sub").code == 0
    assert kit(docker, "-f", "sub/Dockerfile", git_url).code == 0
    own = kit(docker, "-t", "y", "-f", "-", git_url, stdin=b"FROM scratch\nCOPY sub /\n")
    assert own.code == 0, own.err
    assert docker.read("y", "b.txt") == "b\n"
    elsewhere = docker.write("Own", "FROM scratch\nCOPY a.txt /\n")
    assert kit(docker, "-f", str(elsewhere), git_url).code == 0


@needs_git
def test_an_error_in_a_dockerfile_from_elsewhere_shows_its_line(
    docker: Docker, repository: Repository, git_url: str, tmp_path: Path
) -> None:
    repository.commit(Dockerfile="FROM busybox\nCOPY none /\n")
    repository.publish(tmp_path / "srv" / "r.git")
    ran = kit(docker, git_url)
    assert ran.code == 1
    assert "Dockerfile:2\n--------------------\n   1 |     FROM busybox\n   2 | >>> COPY none /\n" in ran.err


@needs_git
def test_repositories_without_what_is_asked(docker: Docker, git_url: str) -> None:
    missing = 'failed to load cache key: repository does not contain ref none, output: ""\n'
    assert kit(docker, f"{git_url}#none").err.endswith(f"ERROR: failed to solve: failed to read dockerfile: {missing}")
    ran = kit(docker, "-f", "Nope", git_url)
    assert ran.err.endswith("ERROR: failed to solve: failed to read dockerfile: open Nope: no such file or directory\n")
    ran = kit(docker, f"{git_url}#-x")
    assert ran.err.endswith('ERROR: invalid git ref "-x"\n')


def test_a_dockerfile_as_context(docker: Docker, web: Web) -> None:
    web["/D"] = b"FROM busybox\nCOPY context /c\nRUN cat /c\n"
    ran = kit(docker, "-t", "x", f"{web.url}/D")
    assert ran.code == 0, ran.err
    assert vertices(ran)[0] == "[internal] load remote build context"
    assert docker.read("x", "c").startswith("FROM busybox")


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_as_context(docker: Docker, web: Web, packed: bool) -> None:
    data = archive(dockerfile="FROM busybox\nCOPY a.txt /\n", a_dot_txt="a", d__Other="FROM busybox\nCOPY d /d\n")
    web["/c"] = gzip.compress(data) if packed else data
    ran = kit(docker, "-t", "x", f"{web.url}/c")
    assert ran.code == 0, ran.err
    assert vertices(ran)[:2] == ["[internal] load remote build context", "copy /context /"]
    assert docker.read("x", "a.txt") == "a"
    assert kit(docker, "-t", "y", "-f", "d/Other", f"{web.url}/c").code == 0
    ran = kit(docker, "-f", "none", f"{web.url}/c")
    assert ran.err.endswith("failed to read dockerfile: open none: no such file or directory\n")


def test_contexts_that_do_not_come(docker: Docker, web: Web) -> None:
    for page, problem in (
        (Page(b"", 404), "invalid response status 404"),
        (Page(raw=b""), f'Get "{web.url}/x": EOF'),
    ):
        web["/x"] = page
        ran = kit(docker, f"{web.url}/x")
        wanted = f"failed to solve: failed to read downloaded context: failed to load cache key: {problem}\n"
        assert ran.err.endswith(f"ERROR: {wanted}")
    web["/x"] = archive(**{"../evil": "x", "Dockerfile": "FROM busybox\n"})
    assert kit(docker, f"{web.url}/x").code == 1
    web["/x"] = gzip.compress(b"no archive at all")
    assert kit(docker, f"{web.url}/x").err.endswith("open Dockerfile: no such file or directory\n")


def test_what_is_no_context(docker: Docker) -> None:
    for path in ("nodir", "file:///etc", "ftp://h/x.tar"):
        assert kit(docker, path).err.endswith(f'ERROR: unable to prepare context: path "{path}" not found\n')


@needs_git
def test_named_contexts(docker: Docker, repository: Repository, git_url: str, web: Web) -> None:
    web["/f.txt"] = b"f"
    docker.write("Dockerfile", "FROM busybox\nCOPY --from=r a.txt /\nCOPY --from=w f.txt /\n")
    ran = kit(docker, "-t", "x", "--build-context", f"r={git_url}", "--build-context", f"w={web.url}/f.txt", ".")
    assert ran.code == 0, ran.err
    assert (docker.read("x", "a.txt"), docker.read("x", "f.txt")) == ("one\n", "f")
    assert f"] load git source {git_url}" in ran.err
    assert f"[context w] {web.url}/f.txt" in ran.err


def test_a_dockerfile_from_elsewhere_for_files_from_here(docker: Docker, web: Web) -> None:
    web["/D"] = b"FROM busybox\nCOPY a.txt /\n"
    docker.write("a.txt", "here")
    ran = kit(docker, "-t", "x", "-f", f"{web.url}/D", ".")
    assert ran.code == 0, ran.err
    assert docker.read("x", "a.txt") == "here"
    ran = kit(docker, "-f", f"{web.url}/none", ".")
    assert ran.err.endswith("ERROR: failed to solve: failed to load cache key: invalid response status 404\n")
    web["/D"] = b"#" * 600_000
    assert kit(docker, "-f", f"{web.url}/D", ".").err.endswith("/D bigger than allowed max size\n")


def test_a_check_reads_the_dockerfile_from_elsewhere(docker: Docker, web: Web) -> None:
    web["/D"] = b"from busybox\nRUN echo\n"
    ran = kit(docker, "--check", f"{web.url}/D")
    assert "ConsistentInstructionCasing" in ran.out + ran.err
    ran = kit(docker, "--check", f"{web.url}/none")
    assert ran.code == 1
    assert "invalid response status 404" in ran.err


def test_without_git(docker: Docker, tmp_path: Path) -> None:
    docker.engine.settings = type(docker.engine.settings)(docker.home, env={**GIT_ENV, "PATH": str(tmp_path)})
    ran = kit(docker, "https://example.com/r.git")
    assert ran.code == 1
    assert 'failed to find git binary: exec: "git": executable file not found in $PATH' in ran.err
