"""Snapshots made from recipes: an image is a row of layers and steps, all ids and sharing are computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from hypothesis import strategies as st

from dockkernel.snapshot import ContainerView, EffectShow, ImageView, Kept, LayerView, World

CREATED = "2024-05-06T07:08:09Z"


@dataclass(frozen=True)
class Step:
    """A layer of some content and size, or, without a size, a step that only changes metadata."""

    words: str
    size: int | None = None
    content: str = ""


@dataclass(frozen=True)
class Recipe:
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    digests: tuple[str, ...] = ()
    intermediate: bool = False
    containers: tuple[str, ...] = ()
    teaching: bool = False
    salt: str = ""


def digest(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chain(steps: Sequence[Step]) -> list[str]:
    """The chain ID of each layer of the steps, by OCI's rule."""
    found: list[str] = []
    for step in steps:
        if step.size is not None:
            diff_id = digest(step.content or step.words)
            found.append(digest(f"{found[-1]} {diff_id}") if found else diff_id)
    return found


def world(recipes: Sequence[Recipe], revision: int = 1) -> World:
    sharers = Counter(key for recipe in recipes if not recipe.intermediate for key in chain(recipe.steps))
    sizes: dict[str, int] = {}
    images, containers = [], []
    for recipe in recipes:
        views, keys = [], iter(chain(recipe.steps))
        for step in recipe.steps:
            key = next(keys) if step.size is not None else ""
            diff_id = digest(step.content or step.words) if key else ""
            views.append(LayerView(key, diff_id, step.words, CREATED, step.size or 0, sharers[key] if key else 0))
        sizes |= {view.chain_id: view.size for view in views if view.chain_id}
        image = ImageView(
            id=digest(f"{recipe.names} {recipe.steps} {recipe.salt}"),
            names=recipe.names,
            digests=recipe.digests,
            created=CREATED,
            size=sum(view.size for view in views),
            unique_size=sum(view.size for view in views if view.chain_id and view.sharers <= 1),
            dangling=not recipe.names and not recipe.intermediate,
            intermediate=recipe.intermediate,
            parent="",
            containers=recipe.containers,
            layers=tuple(views),
            teaching=recipe.teaching,
        )
        images.append(image)
        containers += [
            ContainerView(digest(f"container {name}")[7:], name, image.id, "exited", 0) for name in recipe.containers
        ]
    return World(revision, tuple(images), tuple(containers), sum(sizes.values()))


def removal(before: World, ids: Sequence[str], *, dry_run: bool = False) -> EffectShow:
    """What deleting images with all their names does, whatever holds them but other images."""
    gone = [image for image in before.images if image.id in ids]
    holders: dict[str, list[str]] = {}
    for image in before.images:
        if image.id not in ids:
            for layer in image.layers:
                if layer.chain_id:
                    holders.setdefault(layer.chain_id, []).append((image.names or (image.id,))[0])
    layers = {layer.chain_id: layer.size for image in gone for layer in reversed(image.layers) if layer.chain_id}
    deleted = {key: size for key, size in layers.items() if key not in holders}
    return EffectShow(
        before=before,
        untagged=tuple(name for image in gone for name in (*image.names, *image.digests)),
        deleted_images=tuple(image.id for image in gone),
        deleted_layers=tuple(deleted),
        kept=tuple(
            Kept(key, "layer", "holder", tuple(sorted(set(holders[key])))) for key in sorted(layers) if key in holders
        ),
        blocked=(),
        freed=sum(deleted.values()),
        dry_run=dry_run,
    )


def shop() -> list[Recipe]:
    """Two families on one Debian, an image of its own, a dangling one and the parents of a classic build."""
    debian = (Step("ADD file:0123456789abcdef0123 in / ", 74_800_000, "debian"), Step('CMD ["bash"]'))
    nginx = (
        *debian,
        Step("ENV NGINX_VERSION=1.29.1"),
        Step("RUN /bin/sh -c set -x && groupadd --system nginx && apt-get install -y nginx # buildkit", 117_000_000),
        Step("COPY docker-entrypoint.sh / # buildkit", 4616),
        Step("EXPOSE map[80/tcp:{}]"),
        Step('CMD ["nginx" "-g" "daemon off;"]'),
    )
    redis = (*debian, Step("RUN /bin/sh -c set -eux; make redis # buildkit", 56_900_000), Step('CMD ["redis-server"]'))
    web = (*nginx, Step("/bin/sh -c #(nop) COPY file:00ec16aabbccddee in /usr/share/nginx/html/index.html ", 95))
    return [
        Recipe(("web:2",), (*web, Step("/bin/sh -c echo two > /two", 4))),
        Recipe(("registry.example.com:5000/team/front/web:2024-05-06", "web:1"), web, containers=("box",)),
        Recipe(("nginx:latest",), nginx, ("nginx@" + digest("nginx"),), teaching=True),
        Recipe((), web[:-1], intermediate=True, salt="parent"),
        Recipe(("redis:7",), redis, ("redis@" + digest("redis"),), teaching=True),
        Recipe((), (*redis, Step("/bin/sh -c echo 你好，世界 > /你好", 21))),
        Recipe(("busybox:latest",), (Step("BusyBox 1.36.1 (glibc), Debian 12", 4_280_000),)),
        Recipe(("empty:latest",), (Step("/bin/sh -c #(nop)  ENV A=b"),)),
    ]


_SIZES = st.sampled_from([0, 1, 95, 4096, 1_500_000, 74_800_000, 3_000_000_000])


@st.composite
def recipes(draw: st.DrawFn, most: int = 7) -> list[Recipe]:
    """Images over few contents, so that they share, repeat and are prefixes of one another."""
    sizes = draw(st.lists(_SIZES, min_size=4, max_size=4))
    layers = st.integers(0, 3).map(lambda n: Step(f"RUN content {n}", sizes[n], f"content {n}"))
    steps = st.lists(st.one_of(layers, layers, st.just(Step("ENV A=b")), st.just(Step('CMD ["sh"]'))), max_size=6)
    found: list[Recipe] = []
    for number in range(draw(st.integers(0, most))):
        base = draw(st.sampled_from([(), *(recipe.steps for recipe in found)]))
        own = (*base[: draw(st.integers(0, len(base)))], *draw(steps))
        kind = draw(st.sampled_from(["named", "named", "twice", "dangling", "intermediate", "used"]))
        names = {
            "named": (f"image:{number}",),
            "twice": (f"a:{number}", f"b:{number}"),
            "used": (f"used:{number}",),
        }.get(kind, ())
        containers = (f"box{number}",) if kind == "used" else ()
        found.append(Recipe(names, own, (), kind == "intermediate", containers, salt=str(number)))
    return found


worlds = recipes().map(world)


@st.composite
def removals(draw: st.DrawFn) -> EffectShow:
    before = draw(worlds)
    ids = draw(st.lists(st.sampled_from([image.id for image in before.images]), unique=True)) if before.images else []
    return removal(before, ids, dry_run=draw(st.booleans()))
