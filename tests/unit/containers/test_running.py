"""Containers that run in a process of their own, seen from this one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from support.dockers import Docker, Ran, docker_in

from dockkernel.frontends.supervisor import ProcessSupervisor
from dockkernel.oci.digest import Digest

LOOP = "echo first > /own; echo ready; while [ ! -f /go ]; do sleep 0.05; done; cat /go; exit 4"


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    docker = docker_in(tmp_path)
    docker.engine.supervisor = ProcessSupervisor({**os.environ, "DOCKKERNEL_HOME": str(docker.home)})
    return docker


def spoken(docker: Docker, name: str) -> None:
    """Waits until the container's program has written something: it runs beside us, at its own pace."""
    for _ in range(400):
        if docker("logs", name).out:
            return
        threading.Event().wait(0.05)
    pytest.fail(f"{name} says nothing")


def test_the_whole_life(docker: Docker) -> None:
    """One container through everything: each start of a process takes its time."""
    whole = docker("run", "-d", "--name", "web", "busybox", "sh", "-c", LOOP).out.strip()
    assert docker("ps", "--format", "{{.Names}} {{.State}}").out == "web running\n"
    spoken(docker, "web")
    # What its program wrote is seen here, and what is written here is seen by its program.
    assert docker("exec", "web", "cat", "/own").out == "first\n"
    assert docker("exec", "-w", "/tmp", "-e", "A=b", "web", "sh", "-c", "pwd; echo $A; echo y > z; exit 5") == Ran(
        5, "/tmp\nb\n", ""
    )
    assert docker("ps", "--format", "{{.Size}}").out.startswith("8B (virtual ")
    assert docker("diff", "web").out.splitlines() == ["A /own", "C /tmp", "A /tmp/z"]
    docker("commit", "web", "mine")
    assert docker("run", "--rm", "mine", "cat", "/own", "/tmp/z").out == "first\ny\n"
    missing = docker("exec", "web", "nosuch")
    assert missing.code == 126
    assert missing.out == (
        'OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not '
        "found in $PATH: unknown\r\n"
    )
    assert docker("rm", "web").err == (
        'Error response from daemon: cannot remove container "/web": container is running: stop the container before '
        "removing or force remove\n"
    )
    docker("pause", "web")
    assert docker("exec", "web", "true").err == (
        "Error response from daemon: Container web is paused, unpause the container before exec\n"
    )
    assert docker("pause", "web").err == f"Error response from daemon: container {whole} is already paused\n"
    docker("unpause", "web")
    docker("exec", "-d", "web", "sh", "-c", "echo gone > /go")
    assert docker("wait", "web").out == "4\n"
    assert docker("logs", "web").out == "ready\ngone\n"
    assert not (docker.home / "containers" / whole).exists()


def test_stop_kills_what_does_not_listen(docker: Docker) -> None:
    docker("run", "-d", "--name", "deaf", "busybox", "sh", "-c", "echo kept > /file; echo ready; sleep 60")
    spoken(docker, "deaf")
    assert docker("stop", "-t", "0", "deaf").out == "deaf\n"
    assert docker("ps", "-a", "--format", "{{.Status}}").out.startswith("Exited (137)")
    assert docker("diff", "deaf").out == "A /file\n"
    docker("run", "-d", "--name", "tame", "--init", "busybox", "sleep", "60")
    docker("stop", "tame")
    assert docker("inspect", "-f", "{{.State.ExitCode}}", "tame").out == "143\n"


def test_it_removes_itself(docker: Docker) -> None:
    docker("run", "-d", "--rm", "--name", "gone", "-v", "/data", "busybox", "sleep", "60")
    assert docker("kill", "gone").out == "gone\n"
    assert docker("ps", "-aq").out == ""
    assert docker("volume", "ls", "-q").out == ""


def test_a_lost_process_is_noticed(docker: Docker) -> None:
    docker("run", "-d", "--name", "lost", "busybox", "sh", "-c", "echo out; sleep 60")
    supervisor = docker.engine.supervisor
    assert supervisor is not None
    (record,) = docker.engine.state.containers.values()
    spoken(docker, "lost")
    supervisor.kill(record.host["Pid"])
    for _ in range(100):
        if not supervisor.alive(record.host["Pid"]):
            break
        threading.Event().wait(0.05)
    assert docker("ps", "-a", "--format", "{{.Status}}").out.startswith("Exited (255)")
    assert docker("logs", "lost").out == "out\n"


def test_what_a_killed_process_left_is_no_log(docker: Docker) -> None:
    """A process that is killed after its last commit leaves its folder, and in it a log that the state has."""
    docker("run", "--name", "twice", "busybox", "echo", "said")
    (record,) = docker.engine.state.containers.values()
    left = docker.home / "containers" / record.id
    left.mkdir(parents=True)
    (left / f"{record.id}-json.log").write_bytes(docker.engine.blobs.path(Digest.parse(record.log)).read_bytes())
    assert docker("logs", "twice").out == "said\n"
    docker("start", "-a", "twice")
    assert docker("logs", "twice").out == "said\nsaid\n"
    left.mkdir()
    assert docker("wait", "twice").out == "0\n"
    assert not left.exists()


def test_a_program_that_is_not_there(docker: Docker) -> None:
    ran = docker("run", "-d", "busybox", "nosuch")
    assert ran.code == 127
    assert ran.out.strip() in docker("ps", "-aq", "--no-trunc").out
    assert ran.err.startswith("docker: Error response from daemon: failed to create task for container")
    assert docker("start", ran.out.strip()).code == 1
    docker("run", "--name", "odd", "busybox", "sh", "-c", "nosuch")
    assert docker("start", "odd").out == "odd\n"
    assert docker("wait", "odd").out == "127\n"


def test_a_foreground_container_is_stopped_from_beside(docker: Docker) -> None:
    """It runs in a thread of this process, which must not end with it."""
    ran: list[Ran] = []
    thread = threading.Thread(target=lambda: ran.append(docker("run", "--name", "here", "busybox", "sleep", "60")))
    thread.start()
    while not any(record.status == "running" for record in docker.engine.state.containers.values()):
        assert thread.is_alive()
        threading.Event().wait(0.02)
    assert docker("exec", "here", "sh", "-c", "echo x > /x").code == 0
    assert docker("kill", "here").out == "here\n"
    thread.join(60)
    assert [one.code for one in ran] == [137]
    assert docker("diff", "here").out == "A /x\n"
