"""Small states for tests: images by the letters of their layers, bottom first."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from dockkernel.engine.state import ContainerRecord, ImageRecord, LayerRecord, State
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.digest import Digest


def digest(word: str) -> str:
    return "sha256:" + hashlib.sha256(word.encode()).hexdigest()


def layers(letters: str, sizes: dict[str, int] | None = None) -> tuple[LayerRecord, ...]:
    diffs = [Digest.parse(digest(f"layer {letter}")) for letter in letters]
    return tuple(
        LayerRecord(str(chain), str(diff), (sizes or {}).get(letter, 10))
        for letter, diff, chain in zip(letters, diffs, chain_ids(diffs), strict=True)
    )


def image(
    name: str, letters: str, *, parent: str = "", second: int = 0, sizes: dict[str, int] | None = None, **labels: str
) -> ImageRecord:
    return ImageRecord(
        id=digest(f"image {name}"),
        manifest=digest(f"manifest {name}"),
        created=f"2026-01-01T00:00:{second:02}Z",
        layers=layers(letters, sizes),
        labels=labels,
        parent=digest(f"image {parent}") if parent else "",
    )


def container(name: str, of: ImageRecord, status: str = "exited", size: int = 0) -> ContainerRecord:
    return ContainerRecord(
        id=hashlib.sha256(f"container {name}".encode()).hexdigest(),
        name=name,
        image=of.id,
        image_name=name,
        created="2026-01-02T00:00:00Z",
        config={},
        layers=of.layers,
        status=status,  # type: ignore[arg-type]
        size_rw=size,
        finished_at="2026-01-02T00:00:01Z",
    )


def state(
    *images: ImageRecord,
    tags: dict[str, str] | None = None,
    digests: dict[str, str] | None = None,
    containers: tuple[ContainerRecord, ...] = (),
) -> State:
    def full(names: dict[str, str] | None) -> dict[str, str]:
        return {
            (name if "." in name.partition("/")[0] else f"docker.io/library/{name}"): digest(f"image {target}")
            for name, target in (names or {}).items()
        }

    return replace(
        State(),
        images={record.id: record for record in images},
        tags=full(tags),
        digests=full(digests),
        containers={record.id: record for record in containers},
    )


def short(name: str) -> str:
    return digest(f"image {name}").removeprefix("sha256:")[:12]
