"""How failures are told: who speaks, in which words, with which exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import docker_in

from dockkernel.commands.argv import Call, read
from dockkernel.commands.errors import ClientError, DaemonError, SetupError
from dockkernel.commands.events import Recorder
from dockkernel.commands.run import tell
from dockkernel.commands.session import Session
from dockkernel.errors import Conflict, DockError

RUN_HINT = "\n\nRun 'docker run --help' for more information\n"


@pytest.mark.parametrize(
    ("line", "error", "text", "code"),
    [
        ("rmi x", Conflict("in use"), "Error response from daemon: in use\n", 1),
        ("rmi x", DaemonError("odd", 7), "Error response from daemon: odd\n", 7),
        ("tag a b", ClientError("bare"), "bare\n", 1),
        ("inspect x", ClientError("bad template", 64), "bad template\n", 64),
        ("run x", Conflict("in use"), "docker: Error response from daemon: in use" + RUN_HINT, 125),
        (
            "container run x",
            DaemonError("no program", 127),
            "docker: Error response from daemon: no program" + RUN_HINT,
            127,
        ),
        ("run x", SetupError("wrong name"), "docker: wrong name" + RUN_HINT, 125),
        ("run x", ClientError("not a TTY"), "not a TTY\n", 1),
        ("create x", Conflict("in use"), "Error response from daemon: in use\n", 1),
        (
            "create x",
            SetupError("wrong name"),
            "docker: wrong name\n\nRun 'docker create --help' for more information\n",
            125,
        ),
    ],
)
def test_failures(tmp_path: Path, line: str, error: DockError, text: str, code: int) -> None:
    call = read(line.split())
    assert isinstance(call, Call)
    recorder = Recorder()
    session = Session(docker_in(tmp_path).engine, recorder, tmp_path)
    assert tell(session, error, call) == code
    assert recorder.stderr == text


def test_what_is_not_built_says_so(tmp_path: Path) -> None:
    ran = docker_in(tmp_path)("push", "x")
    assert (ran.code, ran.err) == (1, "docker push is not available on the embedded engine yet\n")


def test_images_followed_by_a_command_word_is_hinted_at(tmp_path: Path) -> None:
    docker = docker_in(tmp_path)
    assert docker("images", "rm").err == '\nNo images found matching "rm": did you mean "docker image rm"?\n'
    assert docker("image", "ls", "rm").err == ""
    assert docker("images", "nope").err == ""


def test_help_and_usage_errors_come_through_the_same_door(tmp_path: Path) -> None:
    docker = docker_in(tmp_path)
    assert docker("image", "ls", "--help").out.startswith("Usage:  docker image ls ")
    ran = docker("image", "ls", "--bogus")
    assert (ran.code, ran.err.splitlines()[0]) == (125, "unknown flag: --bogus")


def test_formats_of_the_commands_themselves(tmp_path: Path) -> None:
    docker = docker_in(tmp_path)
    assert docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.CreatedSince}}").code == 0
    assert docker("image", "ls", "-q", "--format", "raw").out.startswith("image_id: ")
    assert docker("image", "ls", "--digests", "--format", "table {{.Tag}}").out.startswith("TAG       DIGEST\n")
    assert docker("ps", "--format", "{{.Nope}}").err.startswith("failed to execute template: template: :1:2: ")
    assert docker("ps", "--format", "{{").err == "failed to parse template: template: :1: unclosed action\n"
    quiet = docker("ps", "-q", "--format", "{{.Names}}")
    assert quiet.err == "WARNING: Ignoring custom format, because both --format and --quiet are set.\n"
    missing = docker("info", "--format", "{{.Nope}}")
    assert missing.out == "\n"
    assert missing.err.startswith('template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type ')
    assert docker("version", "-f", "{{").code == 64
    assert docker("inspect", "-f", "{{", "busybox").code == 64
    assert docker("container", "inspect", "nope").err == "Error response from daemon: No such container: nope\n"
    assert docker("system", "df", "--format", "raw").out.startswith("type: Images\ntotal: 1\n")
    assert docker("system", "df", "-v", "--format", "{{range .Images}}{{.Repository}}{{end}}").out == "busybox"
