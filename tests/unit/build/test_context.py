"""Where a build's files come from, how large they are when sent, and what the client says when it cannot have them."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import tarfile
from pathlib import Path

import pytest

from dockkernel.build.context import BuildContext, ContextError, from_directory, from_stdin
from dockkernel.errors import InvalidInput
from dockkernel.fs.content import OpenBlob
from dockkernel.testing.trees import names


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "ctx").mkdir()
    write(tmp_path, "ctx/Dockerfile", "FROM busybox\n")
    return tmp_path


def write(root: Path, name: str, content: str | bytes) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def local(place: Path, dockerfile: str = "", path: str = "ctx", stdin: bytes = b"") -> BuildContext:
    return from_directory(path, dockerfile, place, io.BytesIO(stdin))


def spool(stream: object) -> OpenBlob:
    kept = stream.read()  # type: ignore[attr-defined]
    return lambda: io.BytesIO(kept)


def piped(data: bytes, dockerfile: str = "") -> BuildContext:
    return from_stdin(io.BytesIO(data), dockerfile, spool, lambda: 0)


def test_the_size_is_that_of_a_tar_stream(place: Path) -> None:
    assert local(place).size == 2048
    write(place, "ctx/data.txt", bytes(250_000))
    assert local(place).size == 252_928
    (place / "ctx/sub").mkdir()
    assert local(place).size == 252_928 + 512
    (place / "ctx/link").symlink_to("data.txt")
    os.link(place / "ctx/data.txt", place / "ctx/hard")
    assert local(place).size == 252_928 + 3 * 512
    write(place, "ctx/" + "n" * 120, "")
    assert local(place).size == 252_928 + 4 * 512 + 1024


def test_the_size_agrees_with_a_real_tar(place: Path) -> None:
    write(place, "ctx/sub/" + "n" * 90 + "/ünï", "some text")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted((place / "ctx").rglob("*")):
            info = archive.gettarinfo(path, str(path.relative_to(place / "ctx")))
            info.mtime, info.uname, info.gname = 0, "", ""
            archive.addfile(info, path.open("rb") if info.isreg() else None)
        assert local(place).size == archive.offset + 1024


def test_everything_belongs_to_root_and_keeps_its_mode(place: Path) -> None:
    (place / "ctx/Dockerfile").chmod(0o600)
    node = local(place).tree.get("Dockerfile")
    assert node is not None
    assert (node.meta.mode, node.meta.uid, node.meta.gid) == (0o600, 0, 0)


def test_the_dockerfile(place: Path) -> None:
    context = local(place)
    assert (context.dockerfile, context.dockerfile_name) == (b"FROM busybox\n", "Dockerfile")
    write(place, "ctx/sub/other.df", "FROM other\n")
    context = local(place, "ctx/sub/other.df")
    assert (context.dockerfile, context.dockerfile_name) == (b"FROM other\n", "sub/other.df")
    (place / "ctx/Dockerfile").rename(place / "ctx/dockerfile")
    assert local(place).dockerfile_name == "dockerfile"


def test_a_dockerfile_from_elsewhere(place: Path) -> None:
    write(place, "ctx/a.txt", "alpha\n")
    write(place, "ctx/other.df", "x")
    text = b'FROM busybox\nCMD ["echo", "other"]\n'
    context = local(place, "-", stdin=text)
    assert context.dockerfile == text
    assert names(context.tree) == ["Dockerfile", "a.txt", "other.df"]
    # The client's stream ends with the text, without padding: 4.643kB in Docker's own output.
    assert context.size == 4643
    write(place, "outside.df", "FROM scratch\n")
    assert local(place, "outside.df").dockerfile == b"FROM scratch\n"


def test_ignored_files(place: Path) -> None:
    write(place, "ctx/.dockerignore", "secret\nlogs\n!logs/keep\nDockerfile\n")
    for name in ("secret", "logs/keep", "logs/gone", "kept"):
        write(place, f"ctx/{name}", "x")
    context = local(place)
    assert names(context.tree) == [".dockerignore", "kept", "logs", "logs/keep"]
    assert context.dockerfile == b"FROM busybox\n"
    # Dockerfile, .dockerignore, kept, logs, logs/keep and the end: the control files are sent all the same.
    assert context.size == 4 * 1024 + 512 + 1024


NO_DOCKERFILE = "unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat "


@pytest.mark.parametrize(
    ("path", "dockerfile", "message"),
    [
        ("nodir", "", 'unable to prepare context: path "nodir" not found'),
        ("ctx/Dockerfile", "", "unable to prepare context: context must be a directory: {root}/ctx/Dockerfile"),
        ("ctx", "nofile", f"{NO_DOCKERFILE}{{root}}/nofile: no such file or directory"),
        ("ctx", "no/such", f"{NO_DOCKERFILE}{{root}}/no: no such file or directory"),
        ("empty", "", f"{NO_DOCKERFILE}{{root}}/empty/Dockerfile: no such file or directory"),
    ],
)  # fmt: skip
def test_what_is_not_there(place: Path, path: str, dockerfile: str, message: str) -> None:
    (place / "empty").mkdir()
    with pytest.raises(ContextError) as caught:
        local(place, dockerfile, path)
    assert caught.value.message == message.format(root=place.resolve())


def test_bad_patterns(place: Path) -> None:
    write(place, "ctx/.dockerignore", "!\n")
    with pytest.raises(ContextError, match=r'^error checking context: illegal exclusion pattern: "!"$'):
        local(place)


def archive(*files: tuple[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size, info.uid, info.uname = len(content), 1000, "someone"
            made.addfile(info, io.BytesIO(content.encode()))
    return out.getvalue()


TAR = archive(("./Dockerfile", "FROM busybox\n"), ("a.txt", "alpha"))


@pytest.mark.parametrize("data", [TAR, gzip.compress(TAR), lzma.compress(TAR)], ids=["plain", "gzip", "xz"])
def test_an_archive_on_standard_input(data: bytes) -> None:
    context = piped(data)
    assert names(context.tree) == ["Dockerfile", "a.txt"]
    assert context.dockerfile == b"FROM busybox\n"
    assert context.size == len(data)
    node = context.tree.get("a.txt")
    assert node is not None
    assert node.meta.uid == 0


def test_a_dockerfile_on_standard_input() -> None:
    context = piped(b"FROM busybox\n")
    assert (context.dockerfile, context.size, names(context.tree)) == (b"FROM busybox\n", 2048, ["Dockerfile"])
    assert piped(b"").size == 1536
    assert from_stdin(None, "", spool, lambda: 0).dockerfile == b""
    long = b"#" * 5000
    assert piped(long).dockerfile == long


def test_another_dockerfile_in_an_archive() -> None:
    data = archive(("sub/x.df", "FROM x\n"), ("dockerfile", "FROM lower\n"), (".dockerignore", "sub\ndockerfile\n"))
    assert piped(data, "sub/x.df").dockerfile == b"FROM x\n"
    context = piped(data)
    assert context.dockerfile == b"FROM lower\n"
    assert names(context.tree) == [".dockerignore", "sub", "sub/x.df"]


def test_archives_that_will_not_do() -> None:
    with pytest.raises(InvalidInput, match=r"^Cannot locate specified Dockerfile: Dockerfile$"):
        piped(archive(("a", "b")))
    with pytest.raises(InvalidInput, match=r"^Error processing tar file"):
        piped(gzip.compress(TAR)[:-30])
    with pytest.raises(ContextError, match="can't use stdin for both build context and dockerfile"):
        piped(TAR, "-")
