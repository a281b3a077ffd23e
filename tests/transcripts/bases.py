"""The base images of the transcripts, as a catalog made from `bases.json`: same sizes and histories, stand-in contents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer, write_image
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.store.layout import LayoutStore

HERE = Path(__file__).resolve().parent
EPOCH_NS = 1_600_000_000_000_000_000


class Zeros:
    """A file of `size` bytes that begins like a program and is filled with zeros."""

    def __init__(self, size: int) -> None:
        self.size = size

    def open(self) -> BinaryIO:
        import io

        return io.BytesIO(b"\x7fELF".ljust(self.size, b"\0")[: self.size])


def _tree(recipe: dict[str, Any]) -> Tree:
    builder = TreeBuilder(Tree.empty(), lambda: EPOCH_NS)
    for name, mode, *content in recipe["entries"]:
        path = "/" + name.rstrip("/")
        if not content:
            builder.mkdir(path, mode=int(mode, 8), parents=True)
        elif isinstance(content[0], str):
            builder.write(path, content[0].encode(), mode=int(mode, 8))
        else:
            builder.write(path, Zeros(content[0]), mode=int(mode, 8))
    for target, names in recipe["links"].items():
        for name in names.split():
            builder.symlink(target, "/" + name)
    return builder.build()


def _layers(store: LayoutStore, recipes: dict[str, Any]) -> Iterator[tuple[str, tuple[Digest, int]]]:
    for key, recipe in recipes.items():
        diff_id, _, stored = append_layer(store, diff(Tree.empty(), _tree(recipe)))
        yield key, (diff_id, stored)


def write_catalog(folder: Path) -> Path:
    """An OCI image layout in `folder` that answers for the transcripts' base images."""
    data = json.loads((HERE / "bases.json").read_text(encoding="utf-8"))
    store = LayoutStore(folder)
    store.prepare()
    layers = dict(_layers(store, data["layers"]))
    entries = []
    for image in data["images"]:
        stack = [layers[key] for key in image["layers"]]
        config = ImageConfig.build(
            config=ContainerConfig.from_json(image["config"]),
            diff_ids=tuple(diff_id for diff_id, _ in stack),
            history=tuple(History.from_json(row) for row in image["history"]),
            created=image["created"],
            docker_version=image["docker_version"],
        )
        manifest = write_image(store, config, stack).descriptor
        names = {"io.containerd.image.name": image["name"]}
        entries.append(Descriptor(manifest.media_type, manifest.digest, manifest.size, annotations=names))
    store.write_index(entries)
    return folder
