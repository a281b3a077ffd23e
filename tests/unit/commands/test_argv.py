"""Command lines become typed requests."""

from __future__ import annotations

import pytest

from dockkernel.commands.argv import Call, read
from dockkernel.commands.request import Request
from dockkernel.commands.request_container import ContainerCreate, ContainerLs, ContainerRm, ContainerRun
from dockkernel.commands.request_image import ImageBuild, ImageHistory, ImageLs, ImageRm, ImageTag


def call(line: str) -> Call:
    found = read(line.split())
    assert isinstance(found, Call), found
    return found


def request(line: str) -> Request:
    found = call(line).request
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("image ls", "docker image ls"),
        ("image list", "docker image ls"),
        ("images", "docker images"),
        ("rmi x", "docker rmi"),
        ("image remove x", "docker image rm"),
        ("ps", "docker ps"),
        ("container ps", "docker container ls"),
        ("remove x", "docker rm"),
        ("builder build .", "docker builder build"),
        ("inspect x", "docker inspect"),
        ("-D image ls", "docker image ls"),
        ("--log-level debug images", "docker images"),
    ],
)
def test_every_spelling_finds_its_command(line: str, shown: str) -> None:
    assert call(line).shown == shown


def test_flags_come_in_clusters_with_values_attached() -> None:
    run = request("run -itd -eA=1 -e=B=2 --env C=3 --rm=false --name=x -p80:80 nginx sh -c ls --rm")
    assert isinstance(run, ContainerRun)
    assert (run.interactive, run.tty, run.detach, run.rm) == (True, True, True, False)
    assert run.env == ("A=1", "B=2", "C=3")
    assert run.publish == ("80:80",)
    assert (run.image, run.command) == ("nginx", ("sh", "-c", "ls", "--rm"))
    assert run.given == {"interactive", "tty", "detach", "env", "rm", "name", "publish"}


def test_flags_may_follow_operands_but_not_in_run() -> None:
    remove = request("image rm a --force b")
    assert isinstance(remove, ImageRm)
    assert (remove.images, remove.force) == (("a", "b"), True)


def test_two_dashes_end_the_flags() -> None:
    remove = request("rm -- -f x")
    assert isinstance(remove, ContainerRm)
    assert (remove.containers, remove.force) == (("-f", "x"), False)


def test_tag_takes_what_looks_like_a_flag() -> None:
    tag = request("tag busybox -x")
    assert isinstance(tag, ImageTag)
    assert (tag.source, tag.target) == ("busybox", "-x")


def test_defaults_are_dockers() -> None:
    build, history, ps, create = request("build ."), request("history x"), request("ps"), request("create x")
    assert isinstance(build, ImageBuild)
    assert isinstance(history, ImageHistory)
    assert isinstance(ps, ContainerLs)
    assert isinstance(create, ContainerCreate)
    assert (build.rm, build.network, build.disable_content_trust) == (True, "default", True)
    assert (history.human, ps.last, create.memory_swappiness, create.pull) == (True, -1, -1, "missing")
    assert (create.restart, create.command, create.given) == ("no", (), frozenset())


def test_filters_are_trimmed_and_kept_in_order() -> None:
    found = call("image ls -f dangling=true").request
    assert isinstance(found, ImageLs)
    listed = read(["image", "ls", "--filter", " LABEL = a=b ", "-f", "", "-f", "label=c", "-f", "label=c"])
    assert isinstance(listed, Call)
    assert isinstance(listed.request, ImageLs)
    assert listed.request.filter.get("label") == ("a=b", "c")
    assert listed.request.filter.keys() == ("label",)
    assert listed.request.match is None
    assert found.filter.pairs == (("dangling", "true"),)


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("-m 512m", "memory", 512 << 20),
        ("--memory-swap -1", "memory_swap", -1),
        ("--cpus 1.5", "cpus", 1_500_000_000),
        ("--cpus 1e-9", "cpus", 1),
        ("-c 0x10", "cpu_shares", 16),
        ("-c 010", "cpu_shares", 8),
        ("-c 1_000", "cpu_shares", 1000),
        ("--health-interval 1m30s", "health_interval", 90_000_000_000),
        ("--blkio-weight 500", "blkio_weight", 500),
        ("--annotation a=b=c", "annotation", (("a", "b=c"),)),
        ("--sysctl net.a=1", "sysctl", (("net.a", "1"),)),
        ("--ulimit nofile=5:6", "ulimit", ("nofile=5:6",)),
        ("--net host", "network", ("host",)),
        ("--dns-opt a --dns-option b", "dns_option", ("b", "a")),
        ("--add-host x:1.2.3.4", "add_host", ("x:1.2.3.4",)),
        ("--add-host x=::1", "add_host", ("x=::1",)),
        ("--device-read-bps /dev/sda:1mb", "device_read_bps", ("/dev/sda:1mb",)),
        ("--mount type=bind,source=/a,target=/b,readonly", "mount", ("type=bind,source=/a,target=/b,readonly",)),
    ],
)
def test_values_have_their_kinds(flag: str, field: str, value: object) -> None:
    assert getattr(request(f"create {flag} x"), field) == value


def test_a_csv_flag_splits_its_value() -> None:
    build = read(["build", "--cache-from", 'a,"b,c",""', "--cache-from=d", "."])
    assert isinstance(build, Call)
    assert isinstance(build.request, ImageBuild)
    assert build.request.cache_from == ("a", "b,c", "", "d")


def test_a_deprecated_flag_is_noticed() -> None:
    assert call("stop --time 5 x").notices == "Flag --time has been deprecated, use --timeout instead\n"
