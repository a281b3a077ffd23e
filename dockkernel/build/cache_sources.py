"""`docker build --cache-from`: only what these images were made of comes from the cache.

A result of this store counts when one of the images stands on it. Beside that the images themselves serve, wherever
they were built: by their history. A row that says what the step would do, behind all rows and layers of the image so
far, is the step's result; the layer that belongs to it becomes an image here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dockkernel.build.result import StepImage, StepLayer
from dockkernel.oci.config import History


@dataclass(frozen=True, slots=True)
class Match:
    """What a step gave when one of the images was made."""

    image: StepImage
    whole: bool
    """Whether that was the image's last step, so that the image itself is the result."""
    row: History
    layer: StepLayer | None


class CacheSources:
    """The images of `--cache-from` that are here; the ids of those that are not are left aside by who asks."""

    def __init__(self, images: Sequence[StepImage], parent_of: Callable[[str], str | None]) -> None:
        self._all = tuple(images)
        self._images = self._all
        self._parent_of = parent_of

    def begin_stage(self) -> None:
        """Every stage looks at all of them again."""
        self._images = self._all

    def allows(self, image_id: str) -> bool:
        """Whether one of the images stands on this one."""
        return any(image_id in self._ancestors(image.id) for image in self._images)

    def _ancestors(self, image_id: str) -> set[str]:
        found: set[str] = set()
        parent = self._parent_of(image_id)
        while parent and parent not in found:
            found.add(parent)
            parent = self._parent_of(parent)
        return found

    def match(self, parent: StepImage | None, command: str) -> Match | None:
        """The result of a step on `parent` (None: scratch) whose command, joined by blanks, is `command`."""
        rows = parent.config.history if parent else ()
        for image in self._images:
            history = image.config.history
            if not _stands_on(image, parent) or len(history) <= len(rows) or history[len(rows)].created_by != command:
                continue
            whole = len(history) == len(rows) + 1
            if not whole:
                # Docker does not go from one image to another in the middle of a stage.
                self._images = (image,)
            return Match(image, whole, history[len(rows)], _layer(image, len(rows)))
        return None


def _stands_on(image: StepImage, parent: StepImage | None) -> bool:
    if parent is None or (not parent.config.history and not parent.layers):
        return True
    rows, ids = parent.config.history, [layer.diff_id for layer in parent.layers]
    return image.config.history[: len(rows)] == rows and [layer.diff_id for layer in image.layers[: len(ids)]] == ids


def _layer(image: StepImage, row: int) -> StepLayer | None:
    """The layer that belongs to a row of the history."""
    history = image.config.history
    if history[row].empty_layer:
        return None
    number = sum(not one.empty_layer for one in history[:row])
    return image.layers[number] if number < len(image.layers) else None
