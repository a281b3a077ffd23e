"""`docker load`: images from an archive into the store.

All or nothing: layers are put first, and one transaction at the end names all images. An archive that is broken in any
place leaves blobs that nothing names, which the next collection takes, and no image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import BinaryIO

from dockkernel.build.archives import BLOCK, HEAD, PROCESSING, begins_archive, compression, damage, uncompressed
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ImageRecord, LayerRecord, State, add_image, set_tag
from dockkernel.engine.usage import layer_bytes
from dockkernel.errors import IntegrityError, InvalidInput
from dockkernel.fs.tar import layer_size
from dockkernel.image.edit import write_image
from dockkernel.image.unarchive import Archive, ArchivedImage, ArchivedLayer, damage_words
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import History
from dockkernel.oci.digest import Digest
from dockkernel.store.streams import Counted, Prefixed, whole_read

OpenSource = Callable[[], BinaryIO]
Report = Callable[[str, int, int], None]
"""A layer is being read: 12 digits of its diff ID, bytes so far, bytes in all."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did, in the daemon's words: one line a tag, or the ids where the archive has no tags."""

    image_ids: tuple[str, ...]
    lines: tuple[str, ...]


def load(engine: Engine, source: BinaryIO, reopen: OpenSource | None, report: Report) -> Loaded:
    """Loads all images of the archive, whatever its compression; `reopen` reads it again from its start, if it can be.

    `InvalidInput`, `IntegrityError` or `ParseError` for an archive that is broken; nothing has changed then.
    """
    with _opened(engine, source, reopen) as opener:
        place = f"/var/lib/docker/tmp/docker-import-{engine.clock.now_ns() % 10**10}"
        try:
            archive = Archive(opener, place)
        except IntegrityError as error:
            raise InvalidInput(damage_words(error)) from error
        images = tuple(archive.images(engine.platform))
        bringing = _Bringing(engine, report)
        records = tuple(bringing.record(image) for image in images)
    return _name(engine, images, records)


@contextmanager
def _opened(engine: Engine, source: BinaryIO, reopen: OpenSource | None) -> Iterator[OpenSource]:
    """The uncompressed archive, to be read at any place: where it lies, else in a file that is gone afterwards."""
    head = whole_read(source, HEAD)
    kind = compression(head)
    if kind is None and reopen is not None:
        _check_begin(head + whole_read(source, BLOCK - len(head)))
        yield reopen
        return
    with ExitStack() as stack:
        with _words_of_archive():
            plain = uncompressed(Prefixed.over(head, source), kind)
            begin = whole_read(plain, BLOCK)
            _check_begin(begin)
            opener = stack.enter_context(engine.blobs.spool(Prefixed.over(begin, plain)))
        yield opener


def _check_begin(begin: bytes) -> None:
    if 0 < len(begin) < BLOCK:
        raise InvalidInput("unexpected EOF")
    if any(begin) and not begins_archive(begin):
        raise InvalidInput("archive/tar: invalid tar header")


@contextmanager
def _words_of_archive() -> Iterator[None]:
    """Damage in the archive's own compression, without the words for a layer."""
    try:
        with damage():
            yield
    except InvalidInput as error:
        raise InvalidInput(error.message.removeprefix(PROCESSING)) from error


class _Bringing:
    """Brings the images' blobs into the store; a layer that stands there on the same chain is not looked at."""

    def __init__(self, engine: Engine, report: Report) -> None:
        self._engine = engine
        self._report = report
        self._standing = layer_bytes(engine.state)

    def record(self, image: ArchivedImage) -> ImageRecord:
        """The image's record, with all its blobs put or found."""
        config = image.config
        layers, blobs = [], []
        for number, (layer, diff_id, chain_id) in enumerate(
            zip(image.layers, config.diff_ids, chain_ids(config.diff_ids), strict=True)
        ):
            size = self._standing.get(str(chain_id))
            if size is None or not self._engine.blobs.hold(diff_id):
                self._put(number, layer, diff_id)
                size = self._standing[str(chain_id)] = self._size(diff_id)
            layers.append(LayerRecord(str(chain_id), str(diff_id), size))
            blobs.append((diff_id, self._engine.blobs.size(diff_id) or 0))
        manifest = write_image(self._engine.blobs, config, blobs)
        labels = dict(config.config.labels or {})
        return ImageRecord(str(config.id), str(manifest.descriptor.digest), config.created, tuple(layers), labels)

    def _put(self, number: int, layer: ArchivedLayer, diff_id: Digest) -> None:
        with layer.open() as stream, damage():
            counted = Counted.over(stream, lambda seen: self._report(diff_id.short, seen, layer.size))
            head = whole_read(counted, HEAD)
            plain = uncompressed(Prefixed.over(head, counted), compression(head))
            found, _ = self._engine.blobs.put(plain)
        if found != diff_id:
            raise InvalidInput(f'invalid diffID for layer {number}: expected "{diff_id}", got "{found}"')

    def _size(self, diff_id: Digest) -> int:
        try:
            return layer_size(self._engine.trees.changes(diff_id))
        except IntegrityError as error:
            raise InvalidInput(f"{PROCESSING}{error.message}") from error


def _name(engine: Engine, images: Sequence[ArchivedImage], records: Sequence[ImageRecord]) -> Loaded:
    lines: list[str] = []
    names = [name for image in images for name in image.names]
    with engine.transaction(" ".join(("load", *(name.familiar() for name in names)))) as tx:
        state = tx.state
        for image, record in zip(images, records, strict=True):
            state = add_image(state, record)
            for name in image.names:
                before = state.tags.get(name.canonical())
                if before not in (None, record.id):
                    lines.append(
                        f"The image {name.familiar()} already exists, renaming the old one with ID {before} "
                        "to empty string"
                    )
                state = set_tag(state, name.canonical(), record.id)
                lines.append(f"Loaded image: {name.familiar()}")
        tx.state = _with_parents(engine, state, images, records)
    # The daemon looks at the last image alone to decide whether ids are told.
    if not images or not images[-1].names:
        lines += [f"Loaded image ID: {record.id}" for record in records]
    return Loaded(tuple(record.id for record in records), tuple(lines))


def _with_parents(
    engine: Engine, state: State, images: Sequence[ArchivedImage], records: Sequence[ImageRecord]
) -> State:
    """The state with the parents that the archive names among its own images; `InvalidInput` for one that is none."""
    histories = {record.id: image.config.history for image, record in zip(images, records, strict=True)}
    for image, record in zip(images, records, strict=True):
        if image.parent not in histories or image.parent == record.id:
            continue
        if not _is_parent(histories[image.parent], histories[record.id]):
            raise InvalidInput(f"image {image.parent} is not a valid parent for {record.id}")
        state = replace(
            state, images={**state.images, record.id: replace(state.images[record.id], parent=image.parent)}
        )
    return state


def _is_parent(parent: tuple[History, ...], child: tuple[History, ...]) -> bool:
    """Whether the child has one row more, on the parent's rows."""
    return parent == child == () or (len(child) == len(parent) + 1 and child[:-1] == parent)
