"""Flags of the classic builder that change what a build makes: --squash, --cache-from, --platform, limits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.dockers import Docker

MERGED = """\
FROM busybox
RUN echo hello > /hello
RUN echo world >> /hello
RUN echo gone > /remove_me
ENV HELLO=world
RUN rm /remove_me && rm /etc/group
"""


def history(docker: Docker, name: str, form: str = "{{.CreatedBy}}|{{.Size}}|{{.Comment}}") -> list[str]:
    return docker("history", "--no-trunc", "--format", form, name).out.splitlines()


def hits(docker: Docker, dockerfile: str, *options: str, **files: str) -> str:
    """Which steps after FROM came from the cache: c, or r."""
    ran = docker.build(dockerfile, *options, **files)
    assert ran.code == 0, ran.err
    steps = ran.out.split("\nStep ")[1:]
    return "".join("c" if "Using cache" in step else "r" for step in steps[1:])


def test_squash_makes_one_layer(docker: Docker) -> None:
    docker.build(MERGED, "-t", "plain")
    ran = docker.build(MERGED, "-t", "flat", "--squash")
    plain, flat = docker.image("plain"), docker.image("flat")
    assert ran.out.endswith(f"Successfully built {flat.id[7:19]}\nSuccessfully tagged flat:latest\n")
    assert "Using cache" in ran.out
    assert (len(plain.layers), len(flat.layers)) == (5, 2)
    assert flat.layers[:1] == docker.image("busybox").layers
    assert docker.read("flat", "hello") == "hello\nworld\n"
    assert docker.files("flat").get("remove_me") is docker.files("flat").get("etc/group") is None
    base = docker.image("busybox").id
    rows = history(docker, "flat")
    assert rows[0] == f"|12B|merge {plain.id} to {base}"
    assert [row.split("|")[0] for row in rows[1:]] == [row.split("|")[0] for row in history(docker, "plain")]
    assert {row.split("|")[1] for row in rows[1:-1]} == {"0B"}
    assert docker.inspect("flat")["Parent"] == ""
    assert docker.inspect("flat")["Config"]["Env"][-1] == "HELLO=world"
    # What was squashed is there still, so the next build finds its steps.
    docker("tag", "flat", "plain")
    assert hits(docker, MERGED, "--squash") == "ccccc"
    assert plain.id[7:19] in docker("image", "ls", "-q", "-f", "dangling=true").out.split()


def test_squash_without_files_and_on_scratch(docker: Docker) -> None:
    docker.build("FROM busybox\nENV A=1\nLABEL b=c\n", "-t", "meta", "--squash")
    assert len(docker.image("meta").layers) == 2
    assert history(docker, "meta", "{{.Size}}")[:3] == ["0B"] * 3
    docker.build("FROM scratch\nCOPY f /f\nCOPY f /g\n", "-t", "flat", "--squash", f="12345")
    assert len(docker.image("flat").layers) == 1
    assert history(docker, "flat", "{{.Size}}|{{.Comment}}")[0].startswith("10B|create new from sha256:")
    docker.build("FROM busybox AS a\nRUN echo 1 > /1\nFROM a\nRUN echo 2 > /2\n", "-t", "staged", "--squash")
    assert [layer.size for layer in docker.image("staged").layers[1:]] == [2, 2]
    assert docker("build", "--help").out.count("squash") == 0


def test_a_failed_build_is_not_squashed(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nRUN echo 1 > /1\nRUN false\n", "-t", "flat", "--squash")
    assert ran.code == 1
    assert docker("image", "ls", "-q", "flat").out == ""


CACHED = "FROM busybox\nRUN echo one > /1\nENV A=1\nRUN echo two > /2\n"


def test_cache_from_limits_the_cache_to_what_the_images_stand_on(docker: Docker) -> None:
    docker.build(CACHED, "-t", "app")
    assert hits(docker, CACHED) == "ccc"
    assert hits(docker, CACHED, "--cache-from", "app") == "ccc"
    other = CACHED.replace("two", "other")
    assert hits(docker, other, "-t", "other", "--cache-from", "app") == "ccr"
    # The result for `two` is here, but the image that is named does not stand on it.
    assert hits(docker, CACHED, "--cache-from", "other") == "ccr"
    assert hits(docker, CACHED, "--cache-from", "other,app") == "ccc"
    assert hits(docker, CACHED, "--cache-from", "busybox") == "rrr"
    assert hits(docker, CACHED, "--cache-from", "nosuch") == "rrr"
    assert hits(docker, CACHED, "--cache-from", "app", "--no-cache") == "rrr"


@pytest.fixture
def pulled(docker: Docker) -> Docker:
    """A store whose image `app` was built elsewhere: it has no parent here, and no step of it is known."""
    docker.build(CACHED + "CMD cat /1 /2\n", "-t", "app")
    with docker.engine.transaction("pull") as tx:
        kept = {name: docker.image(name) for name in ("app", "busybox")}
        images = {image.id: replace(image, parent="") for image in kept.values()}
        tx.state = replace(tx.state, images=images, cache={})
    return docker


def test_cache_from_an_image_that_was_built_elsewhere(pulled: Docker) -> None:
    whole = CACHED + "CMD cat /1 /2\n"
    app = pulled.image("app").id
    rows = history(pulled, "app")
    assert hits(pulled, whole, "-t", "mine", "--cache-from", "app") == "cccc"
    assert pulled.image("mine").id == app
    # Its last step has a parent here now, made of its history.
    parent = pulled.inspect("app")["Parent"]
    assert history(pulled, parent) == rows[1:]
    assert pulled.image(parent).layers == pulled.image("app").layers
    assert history(pulled, "app", "{{.ID}}")[:2] == [app, parent]
    part = CACHED.replace("echo two", "echo other") + "CMD cat /1 /2\n"
    assert hits(pulled, part, "-t", "part", "--cache-from", "app") == "ccrr"
    assert pulled.read("part", "1") == "one\n"
    assert pulled.read("part", "2") == "other\n"
    assert hits(pulled, "FROM busybox\nENV A=1\n", "--cache-from", "app") == "r"
    assert hits(pulled, "FROM scratch\nENV A=1\n", "--cache-from", "app") == "r"


def test_what_was_not_built_here_is_no_cache_unasked(pulled: Docker) -> None:
    assert hits(pulled, CACHED) == "rrr"


def test_cache_from_looks_at_all_images_in_each_stage(pulled: Docker) -> None:
    pulled.build("FROM busybox\nRUN echo 3 > /3\nRUN echo 4 > /4\n", "-t", "second")
    two = f"{CACHED}FROM busybox\nRUN echo 3 > /3\nCMD x\n"
    ran = pulled.build(two, "--cache-from", "app", "--cache-from", "second")
    assert ran.out.count("Using cache") == 4
    assert ran.out.index("FROM busybox") < ran.out.rindex("Using cache")


def test_platforms(docker: Docker) -> None:
    builds = "FROM busybox\nRUN true\n"
    for options in ((), ("--platform", "linux/amd64"), ("--platform", "linux"), ("--platform", "x86_64")):
        assert docker.build(builds, *options).code == 0
    assert docker.build("ARG P=linux/amd64\nFROM --platform=$P busybox\nRUN true\n").code == 0
    # The image that is here is for another platform, so that the registry is asked; there is none.
    for dockerfile, options in (
        (builds, ("--platform", "linux/arm64")),
        ("FROM --platform=linux/arm64 busybox\nRUN true\n", ("--platform", "linux/amd64")),
    ):
        ran = docker.build(dockerfile, *options)
        assert (ran.code, ran.out.endswith("Step 1/2 : FROM" + dockerfile.splitlines()[0][4:] + "\n")) == (1, True)
    ran = docker.build("FROM --platform=linux/a/b/c busybox\n")
    assert ran.err.splitlines()[-1].startswith("failed to parse platform linux/a/b/c: ")
    ran = docker.build("FROM busybox\n", "--platform", "linux/a?b")
    assert "is an invalid component of" in ran.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--security-opt", "seccomp=x"), "security options are not supported on linux"),
        (("--isolation", "hyperv"), 'unsupported isolation: "hyperv"'),
        (("-m", "1m"), "Minimum memory limit allowed is 6MB"),
        (("--network", "nosuch"), "network nosuch not found"),
    ],
)
def test_what_the_daemon_refuses(docker: Docker, options: tuple[str, ...], message: str) -> None:
    ran = docker.build("FROM busybox\nRUN true\n", *options)
    assert (ran.code, ran.err.splitlines()[-1].removeprefix("Error response from daemon: ")) == (1, message)


def test_what_changes_nothing(docker: Docker) -> None:
    docker("network", "create", "mine")
    options = ("--compress", "-m", "64m", "--memory-swap", "-1", "-c", "5", "--cpu-quota", "9", "--shm-size", "64m")
    more = ("--ulimit", "nofile=5:9", "--network", "mine", "--isolation", "default", "--cgroup-parent", "x")
    assert hits(docker, "FROM busybox\nRUN true\n") == "r"
    assert hits(docker, "FROM busybox\nRUN true\n", *options, *more, "--network", "none") == "c"
    assert json.loads(docker("inspect", "busybox").out)


def test_further_hosts_are_known_to_a_run_and_to_nothing_else(docker: Docker) -> None:
    dockerfile = "FROM busybox\nRUN cat /etc/hosts > /hosts\n"
    docker.build(dockerfile, "-t", "made", "--add-host", "db:10.0.0.5", "--add-host", "six=[::2]")
    assert "10.0.0.5\tdb\n::2\tsix\n" in docker.read("made", "hosts")
    assert docker.files("made").get("etc/hosts") == docker.files("busybox").get("etc/hosts")
    assert hits(docker, dockerfile) == "c"
