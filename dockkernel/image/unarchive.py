"""What an archive of images holds: of `docker save` (with `manifest.json`), or an OCI layout in a tar.

Nothing is trusted. Paths are followed inside the archive only, documents are bounded, blobs of a layout are checked
while they are read; whether a layer is what the config says is for the caller, who reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from dockkernel.errors import IntegrityError, InvalidInput, ParseError
from dockkernel.fs.change import apply
from dockkernel.fs.content import OpenBlob
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Content, Dir, File
from dockkernel.fs.tar import index_layer
from dockkernel.fs.tree import Tree
from dockkernel.image.image import LARGEST_JSON
from dockkernel.oci import mediatype, times
from dockkernel.oci.annotations import IMAGE_NAME, REF_NAME
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.descriptor import Descriptor
from dockkernel.oci.digest import Digest
from dockkernel.oci.manifest import Index, Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import InvalidReference, Reference
from dockkernel.store.verify import verified

_DEPTH_MAX = 8


@dataclass(frozen=True, slots=True)
class ArchivedLayer:
    """A layer as it lies in the archive, compressed or not; `blob` is what its bytes must be, where that is said."""

    archive: Archive
    path: str
    blob: Descriptor | None = None

    @property
    def size(self) -> int:
        """Bytes as it lies there, 0 when it does not."""
        return self.archive.size(self.path)

    def open(self) -> BinaryIO:
        """Its bytes; `InvalidInput` when the archive has no such file."""
        if self.blob is None:
            return self.archive.open(self.path)
        return self.archive.blob(self.blob)


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """One image of the archive: config, layers base first, tags, and the id of its parent where one is named."""

    config: ImageConfig
    layers: tuple[ArchivedLayer, ...]
    names: tuple[Reference, ...]
    parent: str = ""


class Archive:
    """A tar that is read in place; `place` is the folder that errors name, as if it had been unpacked there.

    `IntegrityError` for what is no tar, or leads out of itself.
    """

    def __init__(self, source: OpenBlob, place: str) -> None:
        self._tree = apply(Tree.empty(), index_layer(source))
        self._place = place

    def images(self, platform: Platform) -> Iterator[ArchivedImage]:
        """The images in order; of an index for several platforms the one for `platform`.

        `InvalidInput`, `ParseError` or `IntegrityError` when the archive is none of images.
        """
        if self._content("manifest.json") is not None:
            yield from self._saved()
        elif self._content("index.json") is not None and self._content("oci-layout") is not None:
            yield from self._layout(platform)
        else:
            raise self._neither()

    def open(self, path: str) -> BinaryIO:
        """A file's bytes; links are followed inside the archive. `InvalidInput` when there is none."""
        content = self._content(path)
        if content is None:
            raise self._missing(path)
        return content.open()

    def size(self, path: str) -> int:
        """A file's bytes, 0 when there is none."""
        content = self._content(path)
        return content.size if content else 0

    def blob(self, descriptor: Descriptor) -> BinaryIO:
        """A blob of the layout, checked while it is read."""
        return verified(self.open(_blob_path(descriptor.digest)), descriptor.digest, descriptor.size)

    def _content(self, path: str) -> Content | None:
        try:
            node = self._tree.get(resolve(self._tree, path))
        except OSError:
            return None
        return node.content if isinstance(node, File) else None

    def _missing(self, path: str) -> InvalidInput:
        return InvalidInput(f"open {self._place}/{path}: no such file or directory")

    def _neither(self) -> InvalidInput:
        """Docker takes such a tar for an archive of the form before version 1.10, which has a folder an image."""
        hint = (
            "docker load takes archives of docker save, and OCI layouts in a tar; a file system is for docker import."
        )
        for name, node in self._tree.root.children.items():
            if isinstance(node, Dir):
                if self._content(f"{name}/json") is not None:
                    return InvalidInput("invalid archive: does not contain a manifest.json", hint=hint)
                return InvalidInput(self._missing(f"{name}/json").message, hint=hint)
        return InvalidInput(self._missing("repositories").message, hint=hint)

    def _read(self, path: str) -> bytes:
        with self.open(path) as stream:
            data = stream.read(LARGEST_JSON + 1)
        return _bounded(data, path)

    def _read_blob(self, descriptor: Descriptor) -> bytes:
        if descriptor.size > LARGEST_JSON:
            raise InvalidInput(f"invalid archive: {descriptor.digest} is too large for a manifest or a config")
        with self.blob(descriptor) as stream:
            return _bounded(stream.read(), str(descriptor.digest))

    def _saved(self) -> Iterator[ArchivedImage]:
        for row in _rows(self._read("manifest.json")):
            config = _config(self._read(_text(row.get("Config"))))
            layers = tuple(ArchivedLayer(self, _text(path)) for path in row.get("Layers") or ())
            names = tuple(_tagged(_text(name)) for name in row.get("RepoTags") or ())
            yield _checked(ArchivedImage(config, layers, names, _text(row.get("Parent") or "")))

    def _layout(self, platform: Platform) -> Iterator[ArchivedImage]:
        index = Index.parse(self._read("index.json"))
        found: dict[Digest, list[Reference]] = {}
        manifests: dict[Digest, Descriptor] = {}
        for entry in index.manifests:
            manifest = self._choose(entry, platform, 0)
            manifests[manifest.digest] = manifest
            found.setdefault(manifest.digest, []).extend(_annotated(entry))
        for digest, descriptor in manifests.items():
            made = Manifest.parse(self._read_blob(descriptor), descriptor.media_type)
            config = _config(self._read_blob(made.config))
            layers = tuple(ArchivedLayer(self, _blob_path(layer.digest), layer) for layer in made.layers)
            yield _checked(ArchivedImage(config, layers, tuple(found[digest])))

    def _choose(self, entry: Descriptor, platform: Platform, depth: int) -> Descriptor:
        if entry.media_type not in mediatype.INDEXES:
            return entry
        inner = [one for one in Index.parse(self._read_blob(entry)).manifests if _is_image(one)]
        fitting = [one for one in inner if one.platform is None or platform.matches(one.platform)]
        if depth > _DEPTH_MAX or not (fitting or len(inner) == 1):
            raise InvalidInput(f"invalid archive: no image for {platform} in {entry.digest}")
        return self._choose((fitting or inner)[-1], platform, depth + 1)


def _is_image(entry: Descriptor) -> bool:
    """False for attestations, which stand among the images of an index."""
    return not entry.platform or entry.platform.os != "unknown"


def _config(raw: bytes) -> ImageConfig:
    """The config, with what lists of images rely on looked at: times that are times, labels that are texts."""
    if not _has_root_fs(raw):
        raise InvalidInput("invalid image JSON, no RootFS key")
    config = ImageConfig.parse(raw)
    try:
        for time in (config.created, *(row.created for row in config.history)):
            times.to_ns(time)
        wrong = not all(isinstance(text, str) for pair in (config.config.labels or {}).items() for text in pair)
    except TypeError as error:
        raise ParseError("invalid image config: a time must be a string") from error
    if wrong:
        raise ParseError("invalid image config: a label must be a string")
    return config


def _has_root_fs(raw: bytes) -> bool:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"invalid image config: {error}") from error
    return isinstance(value, dict) and value.get("rootfs") is not None


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > LARGEST_JSON:
        raise InvalidInput(f"invalid archive: {name} is too large for a manifest or a config")
    return data


def _rows(raw: bytes) -> Sequence[dict[str, Any]]:
    try:
        # The first value holds, as for Go's decoder: what follows it is not looked at.
        rows, _ = json.JSONDecoder().raw_decode(raw.decode("utf-8", "replace").lstrip())
    except (ValueError, RecursionError) as error:
        raise ParseError(f"invalid archive: failed to decode manifest.json: {error}") from error
    if rows is None:
        raise InvalidInput("invalid manifest, manifest cannot be null (but can be [])")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ParseError("invalid archive: failed to decode manifest.json: no list of images")
    for row in rows:
        if not all(isinstance(row.get(name), list | None) for name in ("RepoTags", "Layers")):
            raise ParseError("invalid archive: failed to decode manifest.json: RepoTags and Layers must be lists")
    return rows


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise ParseError("invalid archive: failed to decode manifest.json: a name must be a string")
    return value or ""


def _tagged(text: str) -> Reference:
    name = Reference.parse(text)
    if not name.tag:
        raise InvalidInput(f"invalid tag {go_quote(text)}")
    return Reference(name.registry, name.repository, name.tag)


def _annotated(entry: Descriptor) -> Iterator[Reference]:
    """The name that an entry of `index.json` has; a bare tag is none, since it does not say of what."""
    text = entry.annotations.get(IMAGE_NAME) or entry.annotations.get(REF_NAME, "")
    if "/" in text or ":" in text:
        try:
            name = Reference.parse(text).with_default_tag()
        except InvalidReference:
            return
        if name.tag:
            yield name.with_tag(name.tag)


def _checked(image: ArchivedImage) -> ArchivedImage:
    system, layers, diff_ids = image.config.platform.os, len(image.layers), len(image.config.diff_ids)
    if system != "linux":
        raise InvalidInput(f"cannot load {system} image on linux")
    if layers != diff_ids:
        raise InvalidInput(f"invalid manifest, layers length mismatch: expected {layers}, got {diff_ids}")
    return image


def _blob_path(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.hex}"


def damage_words(error: IntegrityError) -> str:
    """What is wrong with a tar that cannot be read, in the words for an archive."""
    if "cut off" in error.message or "ends too early" in error.message:
        return "unexpected EOF"
    return error.message.replace("invalid layer: ", "invalid archive: ")
