"""The archive of `docker save`: images in one tar, for `docker load` and for readers of OCI layouts.

An OCI image layout (OCI image spec, image-layout.md) with uncompressed layers; beside it `manifest.json`,
`repositories` and a config of the old form for each layer, as Docker 25 to 28 write them with the classic image store.
Equal images give equal bytes: files in the order of their names; an image's files are as old as the image, all others
are of 1970.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, Protocol

from dockkernel.errors import InvalidInput
from dockkernel.fs.node import Meta
from dockkernel.fs.tarformat import BLOCK, END, header
from dockkernel.image.image import Image, Layer
from dockkernel.image.oldconfig import old_configs
from dockkernel.oci import mediatype, times
from dockkernel.oci.annotations import IMAGE_NAME, REF_NAME
from dockkernel.oci.canonical import encode
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.reference import Reference

_LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Saving:
    """An image that goes into an archive, the tags that it has there, and its parent's id when that goes too."""

    image: Image
    names: tuple[Reference, ...] = ()
    parent: str = ""


class Sink(Protocol):
    """Where the archive is written to."""

    def write(self, data: bytes, /) -> object:
        """Takes all of `data`."""
        ...


class _Entry(NamedTuple):
    size: int
    time_ns: int
    open: Callable[[], BinaryIO]


def write_archive(savings: Sequence[Saving], out: Sink) -> None:
    """Writes the images' archive; never more than a piece of a layer is in memory.

    `InvalidInput` for an image without layers, before anything is written; `IntegrityError` for a damaged blob.
    """
    for saving in savings:
        if not saving.image.layers:
            raise InvalidInput("empty export - not implemented")
    blobs = _blobs(savings)
    out.write(_directory("blobs/", _time_ns(savings[-1].image) if savings else 0))
    out.write(_directory("blobs/sha256/", 0))
    for digest in sorted(blobs, key=str):
        _write(out, _path(digest), blobs[digest])
    for name, data in _documents(savings):
        _write(out, name, _inline(data, 0))
    out.write(END)


def _directory(name: str, time_ns: int) -> bytes:
    return header(name.encode(), b"5", Meta(0o755, mtime_ns=time_ns))


def _write(out: Sink, name: str, entry: _Entry) -> None:
    out.write(header(name.encode(), b"0", Meta(0o644, mtime_ns=entry.time_ns), size=entry.size))
    with entry.open() as stream:
        while piece := stream.read(_PIECE):
            out.write(piece)
    out.write(bytes(-entry.size % BLOCK))


def _blobs(savings: Sequence[Saving]) -> dict[Digest, _Entry]:
    found: dict[Digest, _Entry] = {}
    for saving in savings:
        image, time_ns = saving.image, _time_ns(saving.image)
        for data in old_configs(image.config):
            found.setdefault(Digest.of(data), _inline(data, time_ns))
        for layer in image.layers:
            found.setdefault(layer.diff_id, _Entry(layer.descriptor.size, time_ns, layer.open))
        found[image.id] = _inline(image.config.raw, time_ns)
        manifest = _manifest(image)
        found[manifest.descriptor.digest] = _inline(manifest.raw, 0)
    return found


def _inline(data: bytes, time_ns: int) -> _Entry:
    return _Entry(len(data), time_ns, lambda: io.BytesIO(data))


def _time_ns(image: Image) -> int:
    return max(0, times.to_ns(image.config.created))


def _path(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex}"


def _manifest(image: Image) -> Manifest:
    config = Descriptor(mediatype.OCI_CONFIG, image.id, len(image.config.raw))
    rows = [(layer.diff_id, layer.descriptor.size) for layer in image.layers]
    return Manifest.build(config, [Descriptor(mediatype.OCI_LAYER, digest, size) for digest, size in rows])


def _documents(savings: Sequence[Saving]) -> Iterator[tuple[str, bytes]]:
    yield "index.json", _index(savings)
    yield "manifest.json", encode([_row(saving) for saving in savings]) + b"\n"
    yield "oci-layout", _LAYOUT
    repositories: dict[str, dict[str, str]] = {}
    for saving in savings:
        for name in saving.names:
            repositories.setdefault(name.familiar_name, {})[name.tag or ""] = saving.image.layers[-1].diff_id.hex
    if repositories:
        listed = {name: dict(sorted(tags.items())) for name, tags in sorted(repositories.items())}
        yield "repositories", encode(listed) + b"\n"


def _index(savings: Sequence[Saving]) -> bytes:
    entries = []
    for saving in savings:
        entry = _manifest(saving.image).descriptor.to_json()
        named = [{IMAGE_NAME: name.canonical(), REF_NAME: name.tag or ""} for name in saving.names]
        entries += [{**entry, "annotations": annotations} for annotations in named] or [entry]
    return encode({"schemaVersion": 2, "mediaType": mediatype.OCI_INDEX, "manifests": entries})


def _row(saving: Saving) -> dict[str, Any]:
    image = saving.image
    return {
        "Config": _path(image.id),
        "RepoTags": [name.familiar() for name in saving.names] or None,
        "Layers": [_path(layer.diff_id) for layer in image.layers],
        **({"Parent": saving.parent} if saving.parent else {}),
        "LayerSources": {
            str(layer.diff_id): _source(layer) for layer in sorted(image.layers, key=lambda one: str(one.diff_id))
        },
    }


def _source(layer: Layer) -> dict[str, Any]:
    """A layer's descriptor with its members in the order of Docker's own type, which is not the spec's."""
    return {"mediaType": mediatype.OCI_LAYER, "size": layer.descriptor.size, "digest": str(layer.diff_id)}
