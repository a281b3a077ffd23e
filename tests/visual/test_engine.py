"""From the real engine to the picture: what is drawn is what the command printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in
from support.svgs import texts

from dockkernel.commands.events import Draw, Recorder
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.snapshot import DiskShow, EffectShow, Show, StackShow, wire
from dockkernel_visual import describe, present
from dockkernel_visual.disk_parts import parts
from dockkernel_visual.effect_columns import columns
from dockkernel_visual.words import total


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    made = docker_in(tmp_path)
    yield made
    made.engine.close()


def shown(docker: Docker, *argv: str) -> tuple[str, Show]:
    """What a command prints and draws."""
    recorder = Recorder()
    execute(Session(docker.engine, recorder, docker.cwd, docker.env, pictures=True), argv)
    [show] = [event.show for event in recorder.events if isinstance(event, Draw)]
    assert wire.loads(wire.dumps(show)) == show
    return recorder.stdout, show


def words(show: Show) -> list[str]:
    return [text.words for text in texts(present(show)["image/svg+xml"])]


def test_history_is_drawn_step_by_step(docker: Docker) -> None:
    docker.build("FROM busybox\nENV A=b\nRUN echo one > /one\nCMD cat /one\n", "-t", "web:1")
    printed, show = shown(docker, "history", "web:1")
    assert isinstance(show, StackShow)
    drawn = words(show)
    assert "web:1" in drawn
    assert "RUN echo one > /one" in drawn
    rows = [line for line in describe(show).splitlines() if line.startswith("  [")]
    assert len(rows) == len(printed.splitlines()) - 1


def test_the_disk_drawn_is_the_one_of_system_df(docker: Docker) -> None:
    docker.build("FROM busybox\nRUN echo one > /one\n", "-t", "web:1")
    docker.build("FROM web:1\nRUN echo two > /two\n", "-t", "web:2")
    printed, show = shown(docker, "system", "df")
    assert isinstance(show, DiskShow)
    size = re.split(r"\s{2,}", printed.splitlines()[1])[3]
    assert total(show.world.layer_bytes) == size
    assert sum(part.bytes for part in parts(show.world)) == show.world.layer_bytes
    assert size in words(show)


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_removal_draws_every_line_that_it_printed(docker: Docker, options: tuple[str, ...]) -> None:
    docker.build("FROM busybox\nENV A=b\nRUN echo one > /one\nENV C=d\n", "-t", "web:1")
    docker("tag", "web:1", "web:copy")
    printed, show = shown(docker, "image", "rm", *options, "web:1", "web:copy")
    assert isinstance(show, EffectShow)
    drawn = columns(show, "en")
    lines = [line.rpartition(" ")[2] for line in printed.splitlines()]
    boxes = [*drawn.names, *drawn.images, *drawn.layers]
    gone = {key for box in boxes if box.fate == "gone" for key in box.keys}
    assert set(lines) == gone
    assert [box.note.startswith("kept: busybox") for box in drawn.layers if box.fate == "kept"] == [True]


def test_a_container_that_holds_an_image_is_drawn(docker: Docker) -> None:
    docker("create", "--name", "box", "busybox", "true")
    printed, show = shown(docker, "image", "rm", "busybox")
    assert printed == ""
    drawn = words(show)
    assert any(line.startswith("conflict: unable to ") for line in drawn)
    assert "box" in drawn
    assert "container, created" in drawn
    assert any("container box uses it" in line for line in drawn)
