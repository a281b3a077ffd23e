"""`docker build --explain` and `why build NAME` as a user sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.dockers import BUSYBOX, Docker

from dockkernel.commands.build_why import why_build
from dockkernel.engine import traces
from dockkernel.engine.journal import restore
from dockkernel.engine.traces import TraceStore
from dockkernel.errors import NotFound
from dockkernel.fs.builder import TreeBuilder
from dockkernel.oci.reference import Reference

DOCKERFILE = """\
ARG BASE=busybox
FROM $BASE AS build
ARG V=1
WORKDIR /src
COPY src ./
RUN echo $V > out
FROM busybox
COPY --from=build /src/out /out
CMD cat /out
"""
FIRST = "Every step that ran did so because nothing of this name was built before with this builder.\n"
CACHED = "Every step came from the cache.\n"


@pytest.fixture
def app(docker: Docker) -> Docker:
    docker.build(DOCKERFILE, "-t", "app", src__a_dot_txt="a", src__b_dot_txt="b")
    return docker


def why(docker: Docker, *options: str, dockerfile: str = DOCKERFILE, **files: str) -> list[str]:
    """What `--explain` says, digests cut."""
    ran = docker.build(dockerfile, "-t", "app", "--explain", *options, **files)
    told = ran.err.partition("environment-variable.\n\n")[2]
    lines = re.sub(r"(sha256:)[0-9a-f]{12}", r"\1ID", told).splitlines()
    # The last one of a build that failed is Docker's.
    return lines if ran.code == 0 else lines[:-1]


def test_nothing_is_said_unasked(docker: Docker) -> None:
    ran = docker.build(DOCKERFILE, "-t", "app", "--explain", src__a_dot_txt="a")
    assert ran.err.endswith("\n\n" + FIRST)
    again = docker("build", "-t", "app", ".")
    assert FIRST not in again.err
    assert "explain" not in docker("build", "--help").out
    assert why_build(docker.engine, "app", docker.cwd) == CACHED


def test_a_file(app: Docker) -> None:
    assert why(app, src__b_dot_txt="changed")[1:] == [
        "  Step 5 : COPY src ./: src/b.txt has changed (sha256:ID → sha256:ID)",
        "  Step 6 : RUN echo $V > out: step 5 before it gave something new",
    ]
    app.write("src/new", "n")
    assert why(app)[1] == "  Step 5 : COPY src ./: src/new is new"
    (app.cwd / "src/new").unlink()
    app.write("src/a.txt", "other")
    assert why(app)[1].startswith("  Step 5 : COPY src ./: src/a.txt has changed")
    (app.cwd / "src/b.txt").chmod(0o600)
    assert why(app)[1] == "  Step 5 : COPY src ./: src/b.txt has another mode (0644 → 0600)"


def test_an_argument_and_the_stage_that_stands_on_it(app: Docker) -> None:
    assert why(app, "--build-arg", "V=two")[1:] == [
        "  Step 6 : RUN echo $V > out: the build argument V has changed (1 → two)",
        "  Step 8 : COPY --from=build /src/out /out: src/out has changed (sha256:ID → sha256:ID)",
        "  Step 9 : CMD cat /out: step 8 before it gave something new",
    ]


def test_the_base(app: Docker) -> None:
    builder = TreeBuilder(BUSYBOX, lambda: 0)
    builder.write("/etc/motd", b"newer")
    app.add_image("busybox:latest", builder.build())
    assert why(app)[1:] == [
        "  Step 3 : ARG V=1: the image busybox is another one (sha256:ID → sha256:ID)",
        *(
            f"  Step {number} : {text}: step {number - 1} before it gave something new"
            for number, text in ((4, "WORKDIR /src"), (5, "COPY src ./"), (6, "RUN echo $V > out"))
        ),
        "  Step 8 : COPY --from=build /src/out /out: the image busybox is another one (sha256:ID → sha256:ID)",
        "  Step 9 : CMD cat /out: step 8 before it gave something new",
    ]
    app("tag", "busybox", "mine")
    # The same image under another name: everything is in the cache.
    assert why(app, "--build-arg", "BASE=mine") == [CACHED.strip()]


def test_the_instruction(app: Docker) -> None:
    told = why(app, dockerfile=DOCKERFILE.replace("echo $V >", "echo new $V >"))
    assert told[1] == (
        "  Step 6 : RUN echo new $V > out: the instruction has changed (RUN echo $V > out → RUN echo new $V > out)"
    )
    told = why(app, dockerfile=DOCKERFILE.replace("COPY src", "LABEL a=b\nCOPY src"))
    assert told[1] == "  Step 5 : LABEL a=b: the instruction is new"
    why(app)
    told = why(app, dockerfile=DOCKERFILE.replace("WORKDIR /src\n", ""))
    assert told[1] == "  Step 4 : COPY src ./: the instruction before it was taken away (WORKDIR /src)"


def test_no_cache_and_a_cache_that_is_gone(app: Docker) -> None:
    assert why(app, "--no-cache")[1] == "  Step 3 : ARG V=1: the cache was switched off (--no-cache)"
    app("rmi", "app")
    app("image", "prune", "-f")
    # The text is the same, what it gave is not there any more.
    assert why(app)[1].endswith("its cached result is no longer there")


def test_a_failed_step_and_those_behind_it(app: Docker) -> None:
    broken = DOCKERFILE.replace("echo $V > out", "false")
    assert why(app, dockerfile=broken)[1].endswith("the instruction has changed (RUN echo $V > out → RUN false)")
    assert why(app, dockerfile=broken)[1:] == ["  Step 6 : RUN false: it failed the last time"]
    told = why(app, dockerfile=DOCKERFILE.replace("echo $V > out", "echo x > out"))
    assert [line.split(" : ")[0] for line in told[1:]] == ["  Step 6", "  Step 8", "  Step 9"]
    assert "src/out has changed" in told[2]


def test_triggers_are_steps(docker: Docker) -> None:
    docker.build("FROM busybox\nONBUILD COPY a.txt /a\nONBUILD RUN cat /a\n", "-t", "base")
    dockerfile = "FROM base\nRUN true\n"
    docker.build(dockerfile, "-t", "app", a_dot_txt="1")
    told = why(docker, dockerfile=dockerfile, a_dot_txt="2")
    assert told[1:] == [
        "  Step 1 : COPY a.txt /a: a.txt has changed (sha256:ID → sha256:ID)",
        "  Step 1 : RUN cat /a: step 1 before it gave something new",
        "  Step 2 : RUN true: step 1 before it gave something new",
    ]


def test_names_and_places(docker: Docker) -> None:
    docker.build("FROM busybox\nRUN true\n")
    assert why_build(docker.engine, ".", docker.cwd) == FIRST
    docker.build("FROM busybox\nRUN true\nRUN false\n")
    assert "Step 3 : RUN false: the instruction is new" in why_build(docker.engine, str(docker.cwd), Path("/"))
    with pytest.raises(NotFound, match=r"no build of nope is known"):
        why_build(docker.engine, "nope", docker.cwd)
    with pytest.raises(NotFound):
        why_build(docker.engine, "No/Name", docker.cwd)
    docker("build", "-t", "piped", "-", stdin=b"FROM busybox\nENV A=1\n")
    docker("build", "-t", "piped", "-", stdin=b"FROM busybox\nENV A=2\n")
    assert "Step 2 : ENV A=2: the instruction has changed" in why_build(docker.engine, "piped", docker.cwd)


def test_traces_live_as_long_as_they_are_named(app: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = app.engine
    engine.house.gc(0)
    revision = engine.state.revision
    for name in ("app", "app"):
        app("build", "-t", name, ".")
    engine.house.gc(0)
    assert why_build(engine, "app", app.cwd) == CACHED
    app("tag", "app", "other")
    restore(engine.house, engine.state.revision - 1)
    assert revision < engine.state.revision
    assert why_build(engine, "app", app.cwd) == CACHED
    monkeypatch.setattr(traces, "KEPT", 3)
    for number in range(4):
        app("build", "-t", f"app{number}", ".")
    assert len(engine.state.traces) == 3
    with pytest.raises(NotFound):
        why_build(engine, "app", app.cwd)
    assert why_build(engine, "app3", app.cwd) == CACHED
    # A trace whose blob is damaged is as good as none.
    state = engine.state
    key = traces.keys((Reference.parse("app3"),), "", "")[0]
    image_id = next(iter(state.images))
    damaged = replace(state, traces={key: {**state.traces[key], "Diff": image_id}})
    assert TraceStore(engine.blobs).find(damaged, [key]) is None
