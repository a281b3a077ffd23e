"""What a step of a build sees beside its files, and what is said when it cannot start."""

from __future__ import annotations

import threading

import pytest
from support.kitruns import Kit
from support.rootfs import busybox, program

from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.tree import Tree


def test_host_name_and_files_are_the_sandboxs() -> None:
    step = Kit().run('hostname; cat /etc/hosts; echo "[$HOSTNAME]"; ls /.dockerenv; ls /etc')
    assert step.out == (
        "buildkitsandbox\n127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n[]\n"
        "group\nhosts\nos-note\npasswd\nresolv.conf\n"
    )
    assert step.layer == []


def test_its_name_can_be_another() -> None:
    assert Kit().run("hostname; grep -c localhost.other /etc/hosts", hostname="other").out == "other\n1\n"


def test_the_files_name_servers_are_in_are_no_part_of_the_layer() -> None:
    step = Kit().run("echo 10.0.0.1 me >> /etc/hosts; echo own > /etc/hostname")
    assert step.layer == ["~ etc", "+ etc/hostname"]


def test_home_is_the_users() -> None:
    assert Kit().run("echo $HOME").out == "/root\n"
    assert Kit().run("echo $HOME; id -u", user="nobody").out == "/home\n65534\n"


def test_a_failure_is_told_with_the_command_in_gos_quotes() -> None:
    step = Kit().run('echo "a"\nexit 3')
    assert step.failure == ('process "/bin/sh -c echo \\"a\\"\\nexit 3" did not complete successfully: exit code: 3')


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ("who", "unable to find user who: no matching entries in passwd file"),
        ("root:which", "unable to find group which: no matching entries in group file"),
    ],
)
def test_an_unknown_user_is_told(user: str, reason: str) -> None:
    step = Kit().run("true", user=user)
    assert step.failure == f'process "/bin/sh -c true" did not complete successfully: {reason}'
    assert step.pieces == []


def test_a_program_that_is_not_there() -> None:
    step = Kit().run("true", rootfs=Tree.empty())
    assert step.err == (
        'runc run failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory\n'
    )
    assert step.failure == 'process "/bin/sh -c true" did not complete successfully: exit code: 1'
    assert Kit().run(["nothing", "x"]).err == (
        'runc run failed: unable to start container process: exec: "nothing": executable file not found in $PATH\n'
    )


def test_a_file_that_is_no_program() -> None:
    builder = TreeBuilder(busybox(), lambda: 5)
    builder.write("/text", b"echo hi\n", mode=0o755)
    step = Kit().run(["/text"], rootfs=builder.build())
    assert (step.err, step.ran.exit_code) == ("exec /text: exec format error\n", 1)


def test_a_script_with_an_interpreter_of_its_own_is_a_read_only_file() -> None:
    script = '#!/bin/sh\necho "$0"; ls -l /dev/pipes | wc -l; echo x > /dev/pipes/new\n'
    step = Kit().run(["/dev/pipes/EOF"], script=script, script_path="/dev/pipes/EOF")
    assert step.out == "/dev/pipes/EOF\n2\n"
    assert "Read-only file system" in step.err
    assert step.layer == []


def test_a_script_of_a_program_that_is_not_simulated_is_no_success() -> None:
    builder = TreeBuilder(busybox(), lambda: 5)
    builder.put("/usr/bin/strange", program("strange"))
    step = Kit().run(
        ["/dev/pipes/F"], rootfs=builder.build(), script="#!/usr/bin/strange\nx\n", script_path="/dev/pipes/F"
    )
    assert step.ran.exit_code == 127


def test_keys_of_ssh_are_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r'^no SSH key "deploy" forwarded from the client$'):
        Kit().run("true", "type=ssh,id=deploy")


def test_a_build_that_is_stopped_ends_its_process_soon() -> None:
    stop = threading.Event()
    kit = Kit(cancel=stop.is_set)
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    step = kit.run("echo x > /c/kept; while true; do sleep 1; done", "type=cache,target=/c")
    assert step.ran.canceled
    assert step.failure.endswith("exit code: 137: context canceled")
    assert step.ran.rootfs is step.before


def test_a_build_that_is_stopped_already_runs_nothing() -> None:
    assert Kit(cancel=lambda: True).run("echo hi").pieces == []
