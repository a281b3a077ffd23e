"""A graph build's result outside the store: its files as a directory or a tar, its image as an archive.

The archives are OCI image layouts in a tar (OCI image spec, image-layout.md). One for `docker load` has Docker's media
types, `manifest.json` and `repositories` beside them. Equal images give equal bytes.
"""

from __future__ import annotations

import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, cast

from dockkernel.build.buildkit.result import KitImage
from dockkernel.errors import InvalidInput
from dockkernel.fs.change import diff
from dockkernel.fs.hostdir import lay_over, materialise
from dockkernel.fs.tar import layer_reader
from dockkernel.fs.tree import Tree
from dockkernel.oci import mediatype
from dockkernel.oci.canonical import encode
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference
from dockkernel.store.blobs import BlobReader, BlobStore
from dockkernel.store.layout import LAYOUT_FILE

_PIECE = 1 << 20
_LAYERS = {
    ("oci", "uncompressed"): mediatype.OCI_LAYER,
    ("oci", "gzip"): mediatype.OCI_LAYER_GZIP,
    ("oci", "zstd"): mediatype.OCI_LAYER_ZSTD,
    ("docker", "uncompressed"): mediatype.DOCKER_LAYER,
    ("docker", "gzip"): mediatype.DOCKER_LAYER_GZIP,
}
_CONFIGS = {"oci": mediatype.OCI_CONFIG, "docker": mediatype.DOCKER_CONFIG}
_MANIFESTS = {"oci": mediatype.OCI_MANIFEST, "docker": mediatype.DOCKER_MANIFEST}

Kind = Literal["oci", "docker"]


def files_tar(tree: Tree) -> BinaryIO:
    """The result's files as a tar stream (`type=tar`)."""
    return layer_reader(diff(Tree.empty(), tree))


def files_to_directory(tree: Tree, dest: Path) -> tuple[str, ...]:
    """Writes the result's files into a directory of the host (`type=local`); gives the paths left out (devices).

    Files of the same names are replaced, others stay; nothing outside of `dest` is touched. `InvalidInput` for a name
    that the host cannot have or a place that it refuses.
    """
    try:
        return lay_over(tree, dest)
    except OSError as error:
        raise InvalidInput(f"{error.filename or dest}: {(error.strerror or str(error)).lower()}") from error


@dataclass(frozen=True, slots=True)
class Archive:
    """An image as it leaves the store: which blobs, under which manifest."""

    kind: Kind
    manifest: Descriptor
    config: Descriptor
    layers: tuple[Descriptor, ...]
    blobs: BlobReader
    inline: Mapping[Digest, bytes]
    """Small blobs that the store does not have."""
    names: tuple[Reference, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> Iterator[tuple[str, int, Callable[[], BinaryIO]]]:
        """Name, size in bytes and content of each file of the layout, in the order in which they stand in a tar."""
        seen: dict[Digest, Descriptor] = {one.digest: one for one in (self.manifest, self.config, *self.layers)}
        for digest in sorted(seen, key=str):
            yield _blob_name(digest), seen[digest].size, self._opener(digest)
        for name, data in self._documents():
            yield name, len(data), lambda data=data: io.BytesIO(data)  # type: ignore[misc]

    def _opener(self, digest: Digest) -> Callable[[], BinaryIO]:
        data = self.inline.get(digest)
        return (lambda: self.blobs.open(digest)) if data is None else (lambda: io.BytesIO(data))

    def _documents(self) -> Iterator[tuple[str, bytes]]:
        yield "index.json", self._index()
        if self.kind == "docker":
            yield "manifest.json", self._docker_manifest()
        yield "oci-layout", LAYOUT_FILE
        if self.kind == "docker" and self.names:
            yield "repositories", self._repositories()

    def _index(self) -> bytes:
        named = [
            {
                "io.containerd.image.name": name.with_default_tag().canonical(),
                "org.opencontainers.image.ref.name": name.with_default_tag().tag or "latest",
            }
            for name in self.names
        ]
        entries = [
            {**self.manifest.to_json(), "annotations": {**self.annotations, **names}}
            if names or self.annotations
            else self.manifest.to_json()
            for names in named or [{}]
        ]
        return encode({"schemaVersion": 2, "mediaType": mediatype.OCI_INDEX, "manifests": entries})

    def _docker_manifest(self) -> bytes:
        row = {
            "Config": _blob_name(self.config.digest),
            "RepoTags": [name.with_default_tag().familiar() for name in self.names] or None,
            "Layers": [_blob_name(layer.digest) for layer in self.layers],
        }
        return json.dumps([row], separators=(",", ":"), ensure_ascii=False).encode()

    def _repositories(self) -> bytes:
        top = self.layers[-1].digest.hex if self.layers else ""
        found: dict[str, dict[str, str]] = {}
        for name in (one.with_default_tag() for one in self.names):
            found.setdefault(name.familiar_name, {})[name.tag or "latest"] = top
        return encode(found)


def _blob_name(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex}"


def archive(
    blobs: BlobStore,
    image: KitImage,
    kind: Kind,
    names: Sequence[Reference] = (),
    *,
    compression: str = "gzip",
    annotations: Mapping[str, str] | None = None,
) -> Archive:
    """The image made ready to leave; compressed layers are kept in the store until its next collection.

    `InvalidInput` for a compression that there is not.
    """
    media_type = _LAYERS.get((kind, compression))
    if media_type is None:
        raise InvalidInput(f"unsupported layer compression type: {go_quote(compression)}")
    layers = []
    for layer in image.layers:
        if compression == "uncompressed":
            layers.append(Descriptor(media_type, layer.diff_id, layer.blob_bytes))
            continue
        with blobs.open(layer.diff_id) as stream:
            digest, size = blobs.put(compressed(stream, compression))
        layers.append(Descriptor(media_type, digest, size))
    raw_config = image.config.raw
    config = Descriptor(_CONFIGS[kind], Digest.of(raw_config), len(raw_config))
    raw = encode(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFESTS[kind],
            "config": config.to_json(),
            "layers": [layer.to_json() for layer in layers],
            **({"annotations": dict(sorted(annotations.items()))} if annotations and kind == "oci" else {}),
        }
    )
    manifest = Descriptor(_MANIFESTS[kind], Digest.of(raw), len(raw), image.config.platform)
    inline = {config.digest: raw_config, manifest.digest: raw}
    return Archive(kind, manifest, config, tuple(layers), blobs, inline, tuple(names))


def write_tar(made: Archive, out: BinaryIO) -> None:
    """The layout as one tar."""
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        for folder in ("blobs", "blobs/sha256"):
            tar.addfile(_entry(folder, directory=True))
        for name, size, open_file in made.files():
            with open_file() as stream:
                tar.addfile(_entry(name, size), stream)


def write_directory(made: Archive, dest: Path) -> None:
    """The layout as a directory of the host (`tar=false`), which is made or empty; `InvalidInput` otherwise."""
    from dockkernel.fs.node import Dir, File, Inline, Meta

    children: dict[str, File | Dir] = {}
    blobs: dict[str, File | Dir] = {}
    for name, size, open_file in made.files():
        content = _Opened(open_file, size)
        target = blobs if name.startswith("blobs/") else children
        target[name.rpartition("/")[2]] = File(Meta(0o644), content if size else Inline(b""))
    children["blobs"] = Dir(Meta(0o755), {"sha256": Dir(Meta(0o755), dict(blobs))})
    try:
        materialise(Tree(Dir(Meta(0o755), dict(children))), dest)
    except OSError as error:
        raise InvalidInput(f"{dest}: {(error.strerror or str(error)).lower()}") from error


@dataclass(frozen=True, slots=True)
class _Opened:
    """A blob as a file's content."""

    opener: Callable[[], BinaryIO]
    size: int

    def open(self) -> BinaryIO:
        """The bytes."""
        return self.opener()


def _entry(name: str, size: int = 0, *, directory: bool = False) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o755 if directory else 0o444
    entry.type = tarfile.DIRTYPE if directory else tarfile.REGTYPE
    return entry


def compressed(stream: BinaryIO, compression: str) -> BinaryIO:
    """The bytes of `stream` compressed with gzip (no name, no time, so that they repeat) or zstd, made while read."""
    if compression == "gzip":
        return cast("BinaryIO", io.BufferedReader(_Compressing(stream, zlib.compressobj(wbits=31)), _PIECE))
    import zstandard

    return cast("BinaryIO", zstandard.ZstdCompressor().stream_reader(stream))


class _Compressing(io.RawIOBase):
    """A stream through a compressor of the standard library."""

    def __init__(self, stream: BinaryIO, compressor: zlib._Compress) -> None:
        self._stream = stream
        self._compressor = compressor
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            data = self._stream.read(_PIECE)
            self._ended = not data
            self._ready = self._compressor.compress(data) if data else self._compressor.flush()
        data, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
