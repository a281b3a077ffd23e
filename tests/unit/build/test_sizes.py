"""How large the layers of a build are: what counts again, what counts nothing, what makes no layer at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import Docker, docker_in

SIZES = """\
FROM busybox
RUN head -c 5000 /dev/zero > /f
RUN chmod 600 /f
RUN chown 5:6 /f
RUN touch /f
RUN echo x >> /f
RUN mv /f /g
RUN rm /g
RUN mkdir -p /d/e
RUN ln -s /bin/sh /d/link
RUN head -c 700 /dev/zero > /one && ln /one /two && ln /one /three
RUN echo x > /h && rm /h
RUN true
RUN cat /etc/passwd > /dev/null
WORKDIR /w
WORKDIR /w
ENV A=1
LABEL b=c
COPY f1 /c
COPY f1 /c
RUN mkdir /z && echo 12345 > /z/f && rm -r /z
"""
EXPECTED = [
    "5kB", "5kB", "5kB", "5kB", "5kB", "5kB", "0B", "0B", "7B", "700B", "0B", "0B", "0B", "0B", "0B", "0B", "0B", "4B",
    "4B", "0B",
]  # fmt: skip


@pytest.fixture(params=["0", "1"], ids=["classic", "buildkit"])
def both(tmp_path: Path, request: pytest.FixtureRequest) -> Docker:
    docker = docker_in(tmp_path)
    docker.env["DOCKER_BUILDKIT"] = request.param
    return docker


def history(docker: Docker, field: str, name: str = "made") -> list[str]:
    return docker("history", "--format", f"{{{{.{field}}}}}", name).out.splitlines()[:-1][::-1]


def test_what_each_step_adds(docker: Docker) -> None:
    assert docker.build(SIZES, "-t", "made", f1="four").code == 0
    assert history(docker, "Size") == EXPECTED
    base, made = docker.image("busybox"), docker.image("made")
    added = [layer.size for layer in made.layers[len(base.layers) :]]
    assert sum(added) == 5000 * 4 + 5002 * 2 + 7 + 700 + 4 + 4
    assert docker.inspect("made")["Size"] == sum(layer.size for layer in made.layers)
    steps = docker.config("made").history[1:]
    assert [row.created_by.split()[2 if "nop" not in row.created_by else 3] for row in steps if row.empty_layer] == [
        "echo", "true", "cat", "WORKDIR", "ENV", "LABEL", "mkdir",
    ]  # fmt: skip
    same = made.layers[-2:]
    assert same[0].diff_id == same[1].diff_id


def test_a_removed_file_is_still_in_the_image(both: Docker) -> None:
    dockerfile = "FROM busybox\nRUN head -c 100000 /dev/zero > /big\nRUN rm /big\n"
    both.build(dockerfile, "-t", "two")
    both.build("FROM busybox\nRUN head -c 100000 /dev/zero > /big && rm /big\n", "-t", "one")
    base = sum(layer.size for layer in both.image("busybox").layers)
    assert [sum(layer.size for layer in both.image(name).layers) - base for name in ("two", "one")] == [100_000, 0]
    # Only what a stage takes over counts.
    both.build(f"{dockerfile}RUN echo small > /small\nFROM busybox\nCOPY --from=0 /small /small\n", "-t", "staged")
    assert sum(layer.size for layer in both.image("staged").layers) - base == 6


def test_owner_and_mode_given_while_copying_cost_nothing_more(both: Docker) -> None:
    text = "x" * 4000
    both.build("FROM busybox\nCOPY f /f\nRUN chown -R 5:6 /f\n", "-t", "later", f=text)
    both.build("FROM busybox\nCOPY --chown=5:6 f /f\n", "-t", "at-once", f=text)
    assert history(both, "Size", "later") == ["4kB", "4kB"]
    assert history(both, "Size", "at-once") == ["4kB"]


def test_layers_are_shared_by_what_stands_on_them(both: Docker) -> None:
    first = "FROM busybox\nRUN echo shared > /s\n"
    both.build(first, "-t", "base")
    both.build(f"{first}RUN echo one > /1\n", "-t", "one")
    both.build("FROM base\nRUN echo two > /2\n", "-t", "two")
    layers = [both.image(name).layers for name in ("base", "one", "two")]
    assert len({one[1].diff_id for one in layers}) == 1
    assert [len(one) for one in layers] == [2, 3, 3]
