"""The terminal command as a process: streams, exit codes, our own words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dockkernel import __version__


def dockkernel(home: Path, *argv: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "DOCKKERNEL_HOME": str(home), "DOCKKERNEL_CATALOG": ""}
    return subprocess.run(
        [sys.executable, "-m", "dockkernel", *argv], env=env, input=stdin, capture_output=True, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store into which hello-world was pulled."""
    place = tmp_path_factory.mktemp("cli") / "home"
    ran = dockkernel(place, "docker", "pull", "hello-world")
    assert ran.returncode == 0, ran.stderr
    return place


def test_a_docker_command_has_its_streams_and_exit_code(home: Path) -> None:
    ran = dockkernel(home, "docker", "image", "ls", "--format", "{{.Repository}}\\t{{.Tag}}")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"hello-world\tlatest\n", b"")
    ran = dockkernel(home, "docker", "image", "rm", "nope")
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert ran.stderr == b"Error response from daemon: No such image: nope:latest\n"
    assert dockkernel(home, "docker", "image", "ls", "--bogus").returncode == 125


def test_standard_input_answers_a_question(home: Path) -> None:
    ran = dockkernel(home, "docker", "image", "prune", stdin=b"n\n")
    assert ran.returncode == 0
    assert ran.stdout.endswith(b"Are you sure you want to continue? [y/N] ")


def test_help_and_wrong_lines_do_not_touch_the_store(tmp_path: Path) -> None:
    place = tmp_path / "none"
    assert dockkernel(place, "docker", "image", "--help").stdout.startswith(b"Usage:  docker image COMMAND\n")
    assert dockkernel(place, "docker", "bogus").stderr.startswith(b"docker: unknown command: docker bogus\n")
    assert not place.exists()


def test_our_own_words(home: Path) -> None:
    assert dockkernel(home, "--version").stdout == f"dockkernel {__version__}\n".encode()
    assert b"catalog publish" in dockkernel(home, "--help").stdout
    assert dockkernel(home).stderr.startswith(b"Usage:  dockkernel COMMAND")
    assert b"pull hello-world" in dockkernel(home, "revisions").stdout
    assert dockkernel(home, "gc").stdout == b"Total reclaimed space: 0B\n"
    assert dockkernel(home, "catalog", "ls").stdout.startswith(b"NAME ")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["bogus"], b"dockkernel: unknown command: dockkernel bogus\n"),
        (["--bogus"], b"unknown flag: --bogus\n"),
        (["gc", "x"], b"Usage:  dockkernel gc\n"),
        (["catalog"], b"Usage:  dockkernel catalog ls | publish NAME[:TAG]\n"),
        (["catalog", "publish"], b"Usage:  dockkernel catalog publish NAME[:TAG]\n"),
        (["compare"], b"Usage:  dockkernel compare REVISION [REVISION]\n"),
        (["compare", "1", "2", "3"], b"Usage:  dockkernel compare REVISION [REVISION]\n"),
        (["compare", "x"], b"dockkernel: 'x' is not the number of a revision\n"),
        (["why"], b"Usage:  dockkernel why build NAME\n"),
        (["why", "build"], b"Usage:  dockkernel why build NAME\n"),
        (["restore"], b"Usage:  dockkernel restore REVISION\n"),
        (["restore", "-1"], b"unknown shorthand flag: '1' in -1\n"),
        (["reset", "--x"], b"unknown flag: --x\n"),
    ],
)
def test_wrong_words(home: Path, argv: list[str], message: bytes) -> None:
    ran = dockkernel(home, *argv)
    assert ran.returncode == 125
    assert ran.stderr.startswith(message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("UPPER", b'dockkernel: "UPPER" is not a valid image name: '),
        ("no-such-image", b"dockkernel: "),
        ("hello-world", b"dockkernel: hello-world:latest has no newer edition in the catalog\n"),
    ],
)
def test_what_cannot_be_published(home: Path, name: str, message: bytes) -> None:
    ran = dockkernel(home, "catalog", "publish", name)
    assert ran.returncode == 1
    assert ran.stderr.startswith(message)


def test_publishing_moves_the_tag_and_a_pull_leaves_the_old_image_dangling(tmp_path: Path) -> None:
    place = tmp_path / "home"
    assert dockkernel(place, "docker", "pull", "-q", "ubuntu:18.04").returncode == 0
    published = dockkernel(place, "catalog", "publish", "ubuntu:18.04")
    assert published.stdout.startswith(b"ubuntu:18.04 is now edition 2 in the catalog")
    assert dockkernel(place, "docker", "pull", "ubuntu:18.04").returncode == 0
    rows = dockkernel(place, "docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    assert sorted(rows) == [b"<none>:<none>", b"ubuntu:18.04"] or sorted(rows) == [b"ubuntu:18.04", b"ubuntu:<none>"]


def test_why_a_build_ran(tmp_path: Path) -> None:
    unknown = dockkernel(tmp_path / "home", "why", "build", "app")
    assert (unknown.returncode, unknown.stderr.splitlines()[0]) == (1, b"dockkernel: no build of app is known")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nLABEL a=b\n")
    assert dockkernel(tmp_path / "home", "docker", "build", "-q", "-t", "app", str(tmp_path)).returncode == 0
    assert dockkernel(tmp_path / "home", "why", "build", "app").stdout.startswith(b"Every step that ran did so ")


def test_reset_asks_first(tmp_path: Path) -> None:
    place = tmp_path / "home"
    dockkernel(place, "docker", "pull", "-q", "hello-world")
    asked = dockkernel(place, "reset", stdin=b"n\n")
    assert asked.returncode == 1
    assert asked.stdout.startswith(b"WARNING! This will remove all images and containers in ")
    assert dockkernel(place, "docker", "image", "ls", "-q").stdout
    assert dockkernel(place, "reset", stdin=b"y\n").returncode == 0
    assert dockkernel(place, "docker", "image", "ls", "-q").stdout == b""
    dockkernel(place, "docker", "pull", "-q", "hello-world")
    assert dockkernel(place, "reset", "-f").stdout == b""


def test_going_back(tmp_path: Path) -> None:
    place = tmp_path / "home"
    dockkernel(place, "docker", "pull", "-q", "hello-world")
    dockkernel(place, "docker", "tag", "hello-world", "mine:1")
    image = dockkernel(place, "docker", "image", "ls", "-q", "mine").stdout.strip()
    assert dockkernel(place, "compare", "1").stdout == b"A tag mine:1 " + image + b"\n"
    assert dockkernel(place, "compare", "2", "1").stdout == b"D tag mine:1 " + image + b"\n"
    assert dockkernel(place, "docker", "rmi", "-f", image.decode()).returncode == 0
    assert dockkernel(place, "restore", "1").stdout == b"Restored revision 1 as revision 4\n"
    assert dockkernel(place, "docker", "image", "ls", "--format", "{{.Repository}}").stdout == b"hello-world\n"
    assert dockkernel(place, "compare", "1").stdout == b""
    unknown = dockkernel(place, "restore", "99")
    assert (unknown.returncode, unknown.stderr) == (1, b"dockkernel: no such revision: 99\n")


def test_a_store_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    ran = dockkernel(blocked / "home", "docker", "image", "ls")
    assert ran.returncode == 1
    assert ran.stderr.count(b"\n") == 1


def test_a_wrong_variable_is_one_line(tmp_path: Path) -> None:
    env = {**os.environ, "DOCKKERNEL_HOME": str(tmp_path), "DOCKKERNEL_KEEP": "lots"}
    ran = subprocess.run(
        [sys.executable, "-m", "dockkernel", "docker", "info"], env=env, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (1, b"dockkernel: DOCKKERNEL_KEEP: 'lots' is not a number of bytes\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    env = {**os.environ, "DOCKKERNEL_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "dockkernel", "docker", "run", "--help"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() in (0, 141)
    process.stderr.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_interrupt_ends_with_130(home: Path) -> None:
    env = {**os.environ, "DOCKKERNEL_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "dockkernel", "reset"],
        env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.read(8) == b"WARNING!"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(home: Path, closed: str) -> None:
    env = {**os.environ, "DOCKKERNEL_HOME": str(home)}
    line = f'"{sys.executable}" -m dockkernel docker image ls -q {closed}'
    ran = subprocess.run(["sh", "-c", line], env=env, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_a_folder_that_was_removed_is_no_error(home: Path, tmp_path: Path) -> None:
    env = {**os.environ, "DOCKKERNEL_HOME": str(home)}
    line = f'mkdir gone && cd gone && rmdir ../gone && "{sys.executable}" -m dockkernel docker image ls -q'
    ran = subprocess.run(["sh", "-c", line], env=env, cwd=tmp_path, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout
