"""Warm commands in one process, on a store as a lesson has it and on one of 2,000 images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import count
from pathlib import Path

from figures import Figure, timed
from support.dockers import Docker, docker_in

from dockkernel.commands.events import Recorder
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, LayerRecord
from dockkernel.frontends.assembly import open_engine
from dockkernel.oci.digest import Digest

SMALL = 15.0
LARGE = 150.0
IMAGES, LAYERS = 2000, 8


def docker(engine: Engine, cwd: Path, *argv: str) -> None:
    """A command that must succeed, with the snapshot of its picture as a notebook asks for it."""
    sink = Recorder()
    code = execute(Session(engine, sink, cwd, {"DOCKER_BUILDKIT": "0"}, pictures=True), argv)
    assert code == 0, sink.stderr


def small(place: Path) -> Iterator[Figure]:
    """The verbs of a lesson over four pulled images."""
    engine = open_engine(place / "small", {})
    for name in ("ubuntu:18.04", "nginx", "redis", "busybox"):
        docker(engine, place, "pull", "-q", name)

    def run(*argv: str) -> Figure:
        return timed(" ".join(argv), lambda: docker(engine, place, *argv), target=SMALL, rounds=31)

    for argv in (("image", "ls"), ("history", "nginx"), ("inspect", "nginx"), ("system", "df"), ("system", "df", "-v")):
        yield run(*argv)
    yield run("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.Size}}")
    names = (f"web:{n}" for n in count())
    yield timed("tag", lambda: docker(engine, place, "tag", "nginx", next(names)), target=SMALL, rounds=31)
    gone = (f"web:{n}" for n in count())
    yield timed("rm of a tag", lambda: docker(engine, place, "image", "rm", next(gone)), target=SMALL, rounds=31)
    yield timed(
        "rm of an image",
        lambda: docker(engine, place, "image", "rm", "redis"),
        target=SMALL,
        rounds=9,
        before=lambda: docker(engine, place, "pull", "-q", "redis"),
    )
    yield timed(
        "run --rm busybox true", lambda: docker(engine, place, "run", "--rm", "busybox", "true"), target=30, rounds=21
    )


def many(place: Path) -> Iterator[Figure]:
    """Lists over 2,000 images of 8 layers, of which 5 are shared among a hundred images each."""
    holder = docker_in(place / "many")
    fill(holder)
    engine = open_engine(place / "many" / "home", {})
    for argv in (("image", "ls"), ("system", "df")):
        yield timed(
            f"{' '.join(argv)}, {IMAGES} images, first", lambda argv=argv: docker(engine, place, *argv), rounds=1
        )
        yield timed(
            f"{' '.join(argv)}, {IMAGES} images", lambda argv=argv: docker(engine, place, *argv), target=LARGE, rounds=9
        )
    yield timed("load of their state", engine.house.db.load)


def fill(holder: Docker) -> None:
    """Adds images that differ in layers, tags and labels, and share a manifest."""
    base = holder.image("busybox")
    files = holder.engine.blobs

    def name(text: str) -> str:
        return str(Digest.of(text.encode()))

    def image(number: int) -> ImageRecord:
        ids = [number if depth >= 5 else number % 20 for depth in range(LAYERS - 1)]
        own = [LayerRecord(name(f"c{d} {i}"), base.layers[0].diff_id, 1000 + i) for d, i in enumerate(ids)]
        digest, _ = files.put(BytesIO(config.raw.replace(b"2024-05-06T07:", b"%04d-05-06T07:" % (1900 + number))))
        created = f"{1900 + number}-05-06T07:08:09Z"
        return ImageRecord(str(digest), base.manifest, created, (*base.layers, *own), {"maintainer": "me"})

    config = holder.engine.config(base.id)

    images = {record.id: record for record in map(image, range(IMAGES))}
    with holder.engine.transaction("load") as tx:
        tags = {f"docker.io/library/app:{n}": image_id for n, image_id in enumerate(images)}
        tx.state = replace(tx.state, images={**tx.state.images, **images}, tags={**tx.state.tags, **tags})


def figures(place: Path) -> Iterator[Figure]:
    """All of them."""
    yield from small(place)
    yield from many(place)
