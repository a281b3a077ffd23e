"""What becomes of each name, image and layer in a removal: gone, kept with the reason, or quiet. Pure, no drawing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from dockkernel.snapshot import ContainerView, EffectShow, ImageView, Kept, LayerView
from dockkernel_visual.geometry import chain_of
from dockkernel_visual.names import brief, reference
from dockkernel_visual.words import Language, gist, say, short, size, some, why

Fate = Literal["gone", "kept", "quiet", "rest"]
Noun = Literal["name", "container", "image", "parent", "layer"]


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a column: what it stands for, what it says, and what becomes of it."""

    keys: tuple[str, ...]
    """Names, container ids, image ids or chain IDs."""
    noun: Noun
    title: str
    note: str
    fate: Fate
    hover: str
    bytes: int = 0
    group: frozenset[object] = frozenset()
    """What it belongs to: neighbours of one group fold before others do."""


def concerned(show: EffectShow) -> tuple[ImageView, ...]:
    """The images that the removal is about, then those that hold layers of the deleted ones."""
    untagged, deleted = set(show.untagged), set(show.deleted_images)
    about = deleted | {kept.id for kept in show.kept}
    front = [
        image
        for image in show.before.images
        if image.id in about or not untagged.isdisjoint(image.names) or not untagged.isdisjoint(image.digests)
    ]
    ids = {image.id for image in front}
    chains = {chain for image in front if image.id in deleted for chain in chain_of(image)}
    rest = [
        image
        for image in show.before.images
        if image.id not in ids and not image.intermediate and not chains.isdisjoint(chain_of(image))
    ]
    return (*front, *rest)


class Fates:
    """The boxes of a removal, one for each thing; nothing is folded yet."""

    def __init__(self, show: EffectShow, language: Language) -> None:
        self.show, self.language = show, language
        self.gone = {*show.untagged, *show.deleted_images, *show.deleted_layers}
        self.kept: defaultdict[str, list[Kept]] = defaultdict(list)
        for kept in show.kept:
            self.kept[kept.id].append(kept)
        self.users: defaultdict[str, list[ContainerView]] = defaultdict(list)
        for container in show.before.containers:
            self.users[container.image].append(container)

    def of(self, key: str, noun: Noun) -> tuple[Fate, str]:
        """Gone, kept or quiet, and the words for it."""
        if key in self.gone:
            word = ("gone.name" if noun == "name" else "gone") + (".dry" if self.show.dry_run else "")
            return "gone", say(word, self.language)
        if key not in self.kept:
            return "quiet", say("stays", self.language)
        # A container is what a learner does not see in the lists of images: it comes first where there is little room.
        found = sorted(self.kept[key], key=lambda kept: kept.reason != "container")
        reasons = [why(kept.reason, holders(kept), self.language) for kept in found]
        told = "; ".join(reason for reason in reasons if reason)
        return "kept", say("kept.why", self.language, why=told) if told else say("kept", self.language)

    def names(self, images: Sequence[ImageView]) -> list[Box]:
        """Names, digests that go, and containers, image by image."""
        boxes: list[Box] = []
        for image in images:
            group = frozenset([image.id])
            shown = [*image.names, *(name for name in image.digests if name in self.gone or name in self.kept)]
            boxes += [self._plain(name, "name", group) for name in shown]
            boxes += [self._container(container, group) for container in self.users[image.id]]
        return boxes + self._strangers(self.show.untagged, "name", boxes)

    def images(self, images: Sequence[ImageView]) -> list[Box]:
        """Images in their order."""
        boxes = [self._image(image) for image in images]
        return boxes + self._strangers(self.show.deleted_images, "image", boxes)

    def layers(self, images: Sequence[ImageView]) -> list[Box]:
        """Layers from the top down, each once, image by image."""
        found: dict[str, LayerView] = {}
        for image in images:
            for layer in reversed(image.layers):
                if layer.chain_id:
                    found.setdefault(layer.chain_id, layer)
        boxes = [self._layer(layer) for layer in found.values()]
        return boxes + self._strangers(self.show.deleted_layers, "layer", boxes)

    def _container(self, container: ContainerView, group: frozenset[object]) -> Box:
        note = say(f"status.{container.status}", self.language)
        return Box((container.id,), "container", container.name, note, "quiet", container.id, group=group)

    def _image(self, image: ImageView) -> Box:
        fate, note = self.of(image.id, "image")
        noun: Noun = "parent" if image.intermediate and not image.names else "image"
        hover = "\n".join([*some(image.names, self.language, 12), image.id, note])
        return Box((image.id,), noun, f"{short(image.id)} · {size(image.size)}", note, fate, hover, image.size)

    def _layer(self, layer: LayerView) -> Box:
        fate, note = self.of(layer.chain_id, "layer")
        words = gist(layer.created_by[:600])
        hover = f"{words[:120]}\n{layer.chain_id}\n{note}"
        return Box((layer.chain_id,), "layer", f"{size(layer.size)} · {words}", note, fate, hover, layer.size)

    def _plain(self, key: str, noun: Noun, group: frozenset[object] = frozenset()) -> Box:
        fate, note = self.of(key, noun)
        return Box((key,), noun, reference(key) if noun == "name" else short(key), note, fate, key, group=group)

    def _strangers(self, keys: Iterable[str], noun: Noun, boxes: Iterable[Box]) -> list[Box]:
        """Keys that no image of the snapshot explains: they get boxes without lines."""
        known = {key for box in boxes for key in box.keys}
        wanted = dict.fromkeys([*keys, *(kept.id for kept in self.show.kept if kept.kind == noun)])
        return [self._plain(key, noun) for key in wanted if key not in known]


def holders(kept: Kept) -> list[str]:
    """Who holds it: names of images, then of containers, then ids in twelve digits."""
    found = sorted(kept.holders, key=lambda who: (who.startswith("sha256:"), ":" not in who, who))
    return [short(who) if who.startswith("sha256:") else brief(who) for who in found]
