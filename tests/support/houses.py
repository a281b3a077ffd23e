"""Small real stores: a clock that ticks, images made of files, the commands that tests do to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dockkernel.engine.house import Persistent
from dockkernel.engine.records import blobs_of
from dockkernel.engine.settings import Settings
from dockkernel.engine.state import ContainerRecord, ImageRecord, LayerRecord, State
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.tree import Tree
from dockkernel.image.check import check
from dockkernel.image.edit import append_layer, write_image
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.oci.reference import Reference

CREATED = "2024-05-06T07:08:09Z"


@dataclass
class Ticking:
    """A clock that moves a second at each look."""

    now: int = 1_700_000_000 * 10**9

    def now_ns(self) -> int:
        self.now += 10**9
        return self.now


def house(home: Path, keep_bytes: int = 2 << 30) -> Persistent:
    return Persistent(Settings(home, keep_bytes), Ticking())


def make_image(store: Persistent, *layers: Mapping[str, bytes], label: str = "") -> ImageRecord:
    """An image of one layer for each mapping of paths to contents, its blobs in the store, no record of it yet."""
    made: list[tuple[Digest, int]] = []
    sizes: list[int] = []
    below = Tree.empty()
    for files in layers:
        above = with_files(below, files)
        diff_id, size, blob = append_layer(store.blobs, diff(below, above))
        made.append((diff_id, blob))
        sizes.append(size)
        below = above
    diff_ids = tuple(diff_id for diff_id, _ in made)
    config = ImageConfig.build(
        config=ContainerConfig(cmd=("sh",), labels={"test": label}), diff_ids=diff_ids, created=CREATED,
        history=tuple(History(CREATED, f"layer {n}") for n in range(len(made))),
    )  # fmt: skip
    manifest = write_image(store.blobs, config, made)
    records = [LayerRecord(str(c), str(d), s) for c, d, s in zip(chain_ids(diff_ids), diff_ids, sizes, strict=True)]
    return ImageRecord(str(config.id), str(manifest.descriptor.digest), CREATED, tuple(records), {"test": label})


def with_files(base: Tree, files: Mapping[str, bytes]) -> Tree:
    """`base` with files written into it; what is not touched stays the same objects."""
    builder = TreeBuilder(base, lambda: 0)
    for path, content in files.items():
        if "/" in path:
            builder.mkdir(path.rpartition("/")[0], parents=True)
        builder.write(path, content)
    return builder.build()


def canonical(name: str) -> str:
    return Reference.parse(name).with_default_tag().canonical()


def with_image(state: State, record: ImageRecord, *names: str) -> State:
    tags = {canonical(name): record.id for name in names}
    return replace(state, images={**state.images, record.id: record}, tags={**state.tags, **tags})


def without_image(state: State, image_id: str) -> State:
    return replace(
        state,
        images={key: record for key, record in state.images.items() if key != image_id},
        tags={name: target for name, target in state.tags.items() if target != image_id},
    )


def add(store: Persistent, name: str, *layers: Mapping[str, bytes]) -> ImageRecord:
    """What a pull or build of `name` leaves."""
    record = make_image(store, *layers, label=name)
    with store.transaction(f"docker pull {name}") as tx:
        tx.state = with_image(tx.state, record, name)
    return record


def remove(store: Persistent, record: ImageRecord) -> None:
    """What `docker image rm` of the image's last name leaves."""
    with store.transaction(f"docker image rm {record.id[7:19]}") as tx:
        tx.state = without_image(tx.state, record.id)


def container(record: ImageRecord, name: str, diff_id: str = "") -> ContainerRecord:
    identity = Digest.of(name.encode()).hex
    return ContainerRecord(
        identity, name, record.id, name, CREATED, {"Cmd": ["sh"]}, record.layers, args=("-c", "x"), diff=diff_id
    )


def problems(store: Persistent) -> list[str]:
    """All that is wrong with a store, read to its last byte: images that are not whole, an index out of step."""
    state = store.state()
    found: list[str] = []
    for record in state.images.values():
        found += [finding.message for finding in check(store.blobs, Digest.parse(record.manifest))]
    for held in state.containers.values():
        found += [f"missing {blob}" for blob in blobs_of(held) if store.blobs.size(blob) is None]
    expected = sorted((Reference.parse(n).familiar(), state.images[i].manifest) for n, i in state.tags.items())
    if (named := index_names(store.settings.home)) != expected:
        found.append(f"index.json names {named}, the state {expected}")
    return found


def index_names(home: Path) -> Sequence[tuple[str, str]]:
    """(name, manifest digest) of the entries of `index.json` that have a name, sorted."""
    from dockkernel.oci.manifest import Index

    entries = Index.parse((home / "index.json").read_bytes()).manifests
    names = [(entry.annotations.get("org.opencontainers.image.ref.name"), str(entry.digest)) for entry in entries]
    return sorted((name, digest) for name, digest in names if name)


def blob_names(store: Persistent) -> set[str]:
    return {str(digest) for digest in store.blobs.list()}
