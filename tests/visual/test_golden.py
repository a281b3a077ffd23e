"""Pictures as they should look: a change is seen as a difference of files in tests/golden/visual.

Run with --update-golden (naming this folder) to write them anew, then look at the SVGs in a browser.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.builds import long, server
from support.worlds import Recipe, Step, removal, shop, world

from dockkernel.snapshot import Blocked, DiskShow, EffectShow, Kept, Show, StackShow, World
from dockkernel_visual import present
from dockkernel_visual.words import Language

GOLDEN = Path(__file__).parents[1] / "golden/visual"


def named(found: World, name: str) -> str:
    return next(image.id for image in found.images if name in image.names)


def stack_of_shop() -> Show:
    found = world(shop())
    return StackShow(found, (named(found, "web:2"),))


def stack_with_repeats() -> Show:
    empty = Step("WORKDIR /app", 0, "1024 zero bytes")
    steps = (Step("L1", 3_000_000), empty, Step("L2", 20_000), empty)
    found = world([Recipe(("twice:1",), steps), Recipe((), steps[:2]), Recipe(("none:1",), (Step("ENV A=b"),))])
    return StackShow(found, tuple(image.id for image in found.images))


def stack_of_many_layers() -> Show:
    steps = tuple(Step(f"RUN step {n}", 40_000_000 if n % 50 == 7 else 10 * n, f"content {n}") for n in range(200))
    found = world([Recipe(("deep:1",), steps), Recipe(("deep:2",), (*steps[:120], Step("RUN other", 7)))])
    return StackShow(found, (found.images[0].id,))


def disk_of_shop() -> Show:
    return DiskShow(world(shop()))


def deleted() -> Show:
    found = world(shop())
    return removal(found, [named(found, "web:2"), named(found, "redis:7")])


def untagged() -> Show:
    found = world(shop())
    web = named(found, "web:1")
    kept = (Kept(web, "image", "name", ("registry.example.com:5000/team/front/web:2024-05-06",)), Kept(web, "image", "container", ("box",)))  # fmt: skip
    return EffectShow(found, ("web:1",), (), (), kept, (), 0, dry_run=False)


def refused() -> Show:
    found = world(shop())
    web = named(found, "web:1")
    message = "conflict: unable to delete 0123456789ab (cannot be forced) - image is being used by running container ba9876543210"
    kept = (Kept(web, "image", "container", ("box",)),)
    return replace(EffectShow(found, (), (), (), kept, (Blocked("web:1", message),), 0, dry_run=True))


def pruned() -> Show:
    found = world(shop())
    return removal(found, [image.id for image in found.images if not image.containers])


PICTURES: dict[str, tuple[Callable[[], Show], Language]] = {
    "stack": (stack_of_shop, "en"),
    "stack-zh": (stack_of_shop, "zh"),
    "stack-repeats": (stack_with_repeats, "en"),
    "stack-deep": (stack_of_many_layers, "en"),
    "disk": (disk_of_shop, "en"),
    "disk-zh": (disk_of_shop, "zh"),
    "deleted": (deleted, "en"),
    "deleted-zh": (deleted, "zh"),
    "untagged": (untagged, "en"),
    "refused": (refused, "en"),
    "pruned": (pruned, "en"),
    "build": (server, "en"),
    "build-zh": (server, "zh"),
    "build-failed": (lambda: server("failed"), "en"),
    "build-long": (lambda: long(60), "en"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_as_it_was_seen(name: str, request: pytest.FixtureRequest) -> None:
    make, language = PICTURES[name]
    bundle = present(make(), language=language)
    # One element a line, so that a difference can be read.
    files = {"svg": bundle["image/svg+xml"].replace("><", ">\n<") + "\n", "txt": bundle["text/plain"] + "\n"}
    for suffix, text in files.items():
        path = GOLDEN / f"{name}.{suffix}"
        if request.config.getoption("--update-golden", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_text(encoding="utf-8") == text
