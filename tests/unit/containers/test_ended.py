"""Containers that have ended: their log, their changes, images made of them, files copied in and out."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    docker = docker_in(tmp_path)
    docker("run", "--name", "once", "busybox", "sh", "-c", "echo hello; echo oops >&2; echo x > /made; exit 3")
    return docker


def test_a_log_has_both_streams_and_its_end(docker: Docker) -> None:
    assert docker("logs", "once") == docker("container", "logs", "once")
    ran = docker("logs", "once")
    assert (ran.code, ran.out, ran.err) == (0, "hello\n", "oops\n")
    assert docker("logs", "-n", "1", "once").out + docker("logs", "-n", "1", "once").err == "oops\n"
    assert docker("logs", "--tail", "0", "once").out == ""
    assert docker("logs", "--until", "2000-01-01", "once").out == ""
    stamp, _, line = docker("logs", "-t", "once").out.partition(" ")
    assert (len(stamp), line) == (30, "hello\n")
    assert docker("logs", "nope").err == "Error response from daemon: No such container: nope\n"


def test_a_second_run_adds_to_the_log(docker: Docker) -> None:
    ran = docker("start", "-a", "once")
    assert (ran.code, ran.out, ran.err) == (3, "hello\n", "oops\n")
    assert docker("logs", "once").out == "hello\nhello\n"


def test_changes_are_listed_and_committed(docker: Docker) -> None:
    assert docker("diff", "once").out == "A /made\n"
    made = docker("commit", "-a", "Ann", "-m", "why", "-c", "CMD cat /made", "-c", "ENV A=b", "once", "mine").out
    image = json.loads(docker("image", "inspect", "mine").out)[0]
    assert image["Id"] == made.strip()
    assert (image["Author"], image["Comment"]) == ("Ann", "why")
    assert image["Parent"] == json.loads(docker("image", "inspect", "busybox").out)[0]["Id"]
    assert image["Config"]["Cmd"] == ["/bin/sh", "-c", "cat /made"]
    assert "A=b" in image["Config"]["Env"]
    assert docker("run", "--rm", "mine").out == "x\n"
    first = docker("history", "--format", "{{.CreatedBy}}|{{.Size}}|{{.Comment}}", "--no-trunc", "mine").out
    assert first.startswith("sh -c echo hello; echo oops >&2; echo x > /made; exit 3|2B|why\n")


def test_nothing_changed_makes_no_layer(docker: Docker) -> None:
    docker("run", "--name", "idle", "busybox", "true")
    docker("commit", "idle", "same")
    layers = "{{len .RootFS.Layers}}"
    assert (
        docker("image", "inspect", "-f", layers, "same").out == docker("image", "inspect", "-f", layers, "busybox").out
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("-c", "RUN true", "once"), "Error response from daemon: RUN is not a valid change command\n"),
        (("nope",), "Error response from daemon: No such container: nope\n"),
        (("once", "a:b:c"), "invalid reference format\n"),
        (("once", "Bad"), "invalid reference format: repository name (library/Bad) must be lowercase\n"),
    ],
)
def test_what_commit_refuses(docker: Docker, words: tuple[str, ...], error: str) -> None:
    ran = docker("commit", *words)
    assert (ran.code, ran.out, ran.err) == (1, "", error)


def test_a_name_changes_hands(docker: Docker) -> None:
    docker("create", "--name", "other", "busybox")
    taken = docker("rename", "once", "other")
    assert taken.code == 1
    assert taken.err.startswith("Error response from daemon: Error when allocating new name: Conflict. The container")
    assert taken.err.endswith("\nError: failed to rename container named once\n")
    assert docker("rename", "once", "twice").code == 0
    assert docker("wait", "twice").out == "3\n"


def test_what_needs_a_running_container_says_so(docker: Docker) -> None:
    whole = docker("ps", "-aq", "--no-trunc").out.strip()
    assert docker("exec", "once", "true").err == f"Error response from daemon: container {whole} is not running\n"
    assert docker("pause", "once").err == f"Error response from daemon: container {whole} is not running\n"
    assert docker("kill", "once").err == (
        f"Error response from daemon: cannot kill container: once: container {whole} is not running\n"
    )
    assert docker("stop", "once").out == "once\n"
    assert docker("attach", "once").err == "You cannot attach to a stopped container, start it first\n"
    assert docker("exec", "-it", "once", "sh").err == "the input device is not a TTY\n"


def test_files_go_in_and_come_out(docker: Docker) -> None:
    docker.write("page/index.html", "<h1>new</h1>")
    assert docker("cp", "page", "once:/srv").code == 0
    assert docker("cp", "page/index.html", "once:/made").code == 0
    assert docker("diff", "once").out.splitlines() == ["A /made", "A /srv", "A /srv/index.html"]
    assert docker("cp", "once:/srv/.", "out").code == 0
    assert (docker.cwd / "out" / "index.html").read_text() == "<h1>new</h1>"
    assert docker("cp", "once:/made", ".").code == 0
    assert (docker.cwd / "made").read_text() == "<h1>new</h1>"


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("once:/nope", ".", "Error response from daemon: Could not find the file /nope in container once\n"),
        ("once:/made", "missing/x", 'invalid output path: directory "missing" does not exist\n'),
        ("once:/made", "once:/x", "copying between containers is not supported\n"),
        ("a", "b", "must specify at least one container source\n"),
        ("page", "once:/made", "cannot copy directory\n"),
        ("page/index.html", "once:/none/", "no such directory\n"),
        (
            "page/index.html",
            "once:/no/x",
            "Error response from daemon: Could not find the file /no in container once\n",
        ),
        ("page/index.html", "gone:/x", "Error response from daemon: No such container: gone\n"),
    ],
)
def test_what_cp_refuses(docker: Docker, source: str, target: str, error: str) -> None:
    docker.write("page/index.html", "x")
    ran = docker("cp", source, target)
    assert (ran.code, ran.err) == (1, error)


def test_tars_go_in_and_come_out(docker: Docker) -> None:
    docker.write("page/index.html", "<h1>new</h1>")
    docker("cp", "page", "once:/srv")
    docker("cp", "once:/srv", "out")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(docker.cwd / "out", "again")
    assert docker("cp", "-", "once:/tmp", stdin=packed.getvalue()).code == 0
    assert "A /tmp/again/index.html\n" in docker("diff", "once").out
    assert docker("export", "-o", "all.tar", "once").code == 0
    with tarfile.open(docker.cwd / "all.tar") as archive:
        assert {"made", "bin/busybox", "tmp/again/index.html"} <= set(archive.getnames())


def test_limits_are_kept(docker: Docker) -> None:
    assert docker("update", "-m", "64m", "--cpus", "1.5", "once").out == "once\n"
    shown = docker("container", "inspect", "-f", "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}", "once").out
    assert shown == "67108864 1500000000\n"
    assert docker("update", "-m", "1m", "once").err == (
        "Error response from daemon: Minimum memory limit allowed is 6MB\n"
    )


def test_a_file_system_is_imported(docker: Docker) -> None:
    docker("export", "-o", "all.tar", "once")
    tar = (docker.cwd / "all.tar").read_bytes()
    made = docker("import", "-m", "flat", "-c", "CMD cat /made", "-", "flat:1", stdin=tar).out.strip()
    assert docker("history", "--no-trunc", "--format", "{{.ID}}|{{.CreatedBy}}|{{.Comment}}", "flat:1").out == (
        f"{made}||flat\n"
    )
    assert docker("run", "--rm", "flat:1").out == "x\n"
    assert docker("import", "all.tar").out.startswith("sha256:")
    assert docker("import", "none.tar").err == "open none.tar: no such file or directory\n"
    # The daemon's reader says so of anything shorter than a header.
    assert docker("import", "-", stdin=b"no tar at all").err == "Error response from daemon: unexpected EOF\n"
    assert docker("import", "-", stdin=b"no tar at all" * 50).err == (
        "Error response from daemon: Error processing tar file(exit status 1): archive/tar: invalid tar header\n"
    )
