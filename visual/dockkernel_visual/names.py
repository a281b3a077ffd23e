"""What an image is called in a picture."""

from __future__ import annotations

from dockkernel.snapshot import ImageView
from dockkernel_visual.letters import fit, fit_name, text_width
from dockkernel_visual.words import Language, listed, say, short

_LONG = 26


def name_of(image: ImageView, language: Language) -> str:
    """Its names, a digest reference's repository, or what kind of nameless image it is."""
    if image.names:
        return listed(image.names, language, 2)
    if image.digests:
        return f"{image.digests[0].partition('@')[0]}@…"
    return f"<none> ({say('intermediate' if image.intermediate else 'dangling', language)})"


def label_of(image: ImageView, language: Language, points: float, width: float) -> str:
    """Its name in so many pixels, bold: all names where there is room, else one and how many more."""
    whole = ", ".join(image.names[:3])
    if not image.names or (len(image.names) < 4 and text_width(whole, points, bold=True) <= width):
        return fit(whole or name_of(image, language), points, width, bold=True)
    more = f" +{len(image.names) - 1}" if image.names[1:] else ""
    room = width - text_width(more, points, bold=True)
    whole_ones = (name for name in image.names[:12] if text_width(name, points, bold=True) <= room)
    return fit_name(next(whole_ones, image.names[0]), points, room, bold=True) + more


def brief(name: str) -> str:
    """A name in a sentence: without registry and path where it is long."""
    return f"…/{name.rpartition('/')[2]}" if len(name) > _LONG and "/" in name else name


def reference(name: str) -> str:
    """A reference as it is shown: a digest in twelve digits."""
    repository, at, digest = name.partition("@")
    return f"{repository}@{short(digest)}" if at else name
