"""From state to snapshots: what the pictures are drawn from. Reads configs for the history's words, changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from dockkernel.engine import names, usage
from dockkernel.engine.engine import Engine
from dockkernel.engine.plan_removal import RemovalPlan, Removed
from dockkernel.engine.state import ImageRecord, State
from dockkernel.errors import DockError
from dockkernel.oci.config import ImageConfig
from dockkernel.registry.protocol import TEACHING_LABEL
from dockkernel.snapshot import (
    Blocked,
    ContainerView,
    DiskShow,
    EffectShow,
    ImageView,
    Kept,
    LayerView,
    StackShow,
    World,
)


def _steps(record: ImageRecord, config: ImageConfig | None, sharers: Mapping[str, int]) -> tuple[LayerView, ...]:
    """The history with its layers, base first; layers that no history names come with empty words."""
    views, layers = [], iter(record.layers)
    for row in config.history if config else ():
        layer = None if row.empty_layer else next(layers, None)
        views.append(
            LayerView(
                chain_id=layer.chain_id if layer else "",
                diff_id=layer.diff_id if layer else "",
                created_by=row.created_by or row.comment,
                created=row.created,
                size=layer.size if layer else 0,
                sharers=sharers[layer.chain_id] if layer else 0,
            )
        )
    rest = (
        LayerView(layer.chain_id, layer.diff_id, "", record.created, layer.size, sharers[layer.chain_id])
        for layer in layers
    )
    return (*views, *rest)


def world(engine: Engine, state: State, about: Iterable[str]) -> World:
    """Everything in the store at a state. History is read for the images `about` and those that share a layer with
    them; of all others a picture shows layers at most, and a store may have thousands.
    """
    told = _related(state, about)
    inner, with_names = usage.parents(state), usage.named(state)
    listed = {key for key in state.images if key in with_names or key not in inner}
    sharers = Counter(layer.chain_id for key in listed for layer in state.images[key].layers)
    users: defaultdict[str, list[str]] = defaultdict(list)
    for container in state.containers.values():
        users[container.image].append(container.name)
    tags, digests = _names_by_image(state.tags), _names_by_image(state.digests)
    images = tuple(
        ImageView(
            id=record.id,
            names=tuple(tags[record.id]),
            digests=tuple(digests[record.id]),
            created=record.created,
            size=record.size,
            unique_size=sum(layer.size for layer in record.layers if sharers[layer.chain_id] <= 1),
            dangling=record.id in listed and not tags[record.id] and record.id not in inner,
            intermediate=record.id not in listed,
            parent=record.parent,
            containers=tuple(sorted(users[record.id])),
            layers=_steps(record, engine.config(record.id) if record.id in told else None, sharers),
            teaching=record.labels.get(TEACHING_LABEL) == "true",
        )
        for record in sorted(state.images.values(), key=usage.newest_first)
    )
    containers = tuple(
        ContainerView(record.id, record.name, record.image, record.status, record.size_rw)
        for record in sorted(state.containers.values(), key=usage.newest_first)
    )
    return World(state.revision, images, containers, sum(usage.layer_bytes(state).values()))


def _related(state: State, about: Iterable[str]) -> set[str]:
    """Ids of these images and of all that share a layer with one of them."""
    ids = {image_id for image_id in about if image_id in state.images}
    chains = {layer.chain_id for image_id in ids for layer in state.images[image_id].layers}
    return ids | {
        key
        for key, record in state.images.items()
        if chains and any(layer.chain_id in chains for layer in record.layers)
    }


def _names_by_image(references: Mapping[str, str]) -> defaultdict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for reference in sorted(references):
        found[references[reference]].append(names.familiar(reference))
    return found


def stack(engine: Engine, image_ids: Iterable[str]) -> StackShow:
    """The layer stacks of some images in their world."""
    focus = tuple(dict.fromkeys(image_ids))
    return StackShow(world(engine, engine.state, focus), focus)


def disk(engine: Engine) -> DiskShow:
    """The disk as it is now."""
    return DiskShow(world(engine, engine.state, ()))


def effect(engine: Engine, plan: RemovalPlan, *, dry_run: bool) -> EffectShow:
    """What a removal did, or would do."""
    chosen: dict[str, list[str]] = {"untagged": [], "image": [], "layer": []}
    for entry in plan.removed:
        chosen[entry.kind].append(entry.name)
    blocked = tuple(Blocked(argument, error.message) for argument, error in plan.failures)
    touched = _touched(plan, [argument for argument, _ in plan.failures])
    return EffectShow(
        before=world(engine, plan.before, touched),
        untagged=tuple(chosen["untagged"]),
        deleted_images=tuple(chosen["image"]),
        deleted_layers=tuple(chosen["layer"]),
        kept=tuple(_kept(plan.after, plan.before, touched)),
        blocked=blocked,
        freed=plan.freed,
        dry_run=dry_run,
    )


def _touched(plan: RemovalPlan, failed: Sequence[str]) -> set[str]:
    """Ids of the images that the removal was about: those that went, lost a name, or could not go."""
    before, after = plan.before, plan.after
    ids = before.images.keys() - after.images.keys()
    for old, new in ((before.tags, after.tags), (before.digests, after.digests)):
        ids |= {old[reference] for reference in old.keys() - new.keys()}
    for argument in failed:
        image_id = _lookup(before, argument)
        ids |= {image_id} if image_id else set()
    return ids


def _lookup(state: State, argument: str) -> str | None:
    try:
        return names.find_image(state, argument).id
    except DockError:
        return None


def _kept(after: State, before: State, touched: set[str]) -> Iterable[Kept]:
    """Images and layers that the removal was about and that stay, with who holds them."""
    tags = _names_by_image(after.tags)
    users: defaultdict[str, list[str]] = defaultdict(list)
    for container in after.containers.values():
        users[container.image].append(container.name)
    children: defaultdict[str, list[str]] = defaultdict(list)
    for record in after.images.values():
        if record.parent:
            children[record.parent].append(record.id)
    for image_id in sorted(touched & after.images.keys()):
        if tags[image_id]:
            yield Kept(image_id, "image", "name", tuple(tags[image_id]))
        if users[image_id]:
            yield Kept(image_id, "image", "container", tuple(sorted(users[image_id])))
        if children[image_id]:
            yield Kept(image_id, "image", "child", tuple(sorted(children[image_id])))
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for record in after.images.values():
        for layer in record.layers:
            holders[layer.chain_id].append((tags[record.id] or [record.id])[0])
    for container in after.containers.values():
        for layer in container.layers:
            holders[layer.chain_id].append(container.name)
    gone = (before.images[image_id] for image_id in touched - after.images.keys())
    for chain_id in sorted({layer.chain_id for record in gone for layer in record.layers} & holders.keys()):
        yield Kept(chain_id, "layer", "holder", tuple(sorted(set(holders[chain_id]))))


def effect_between(engine: Engine, before: State, after: State) -> EffectShow | StackShow | None:
    """The picture of what happened between two states, whichever way it happened; None when no image changed."""
    gone_images = before.images.keys() - after.images.keys()
    gone_names = sorted((before.tags.keys() - after.tags.keys()) | (before.digests.keys() - after.digests.keys()))
    if gone_images or gone_names:
        layers_before, layers_after = usage.layer_bytes(before), usage.layer_bytes(after)
        removed = [Removed("untagged", names.familiar(name)) for name in gone_names]
        removed += [Removed("image", image_id) for image_id in sorted(gone_images)]
        removed += [Removed("layer", chain, size) for chain, size in layers_before.items() if chain not in layers_after]
        return effect(engine, RemovalPlan(tuple(removed), (), before, after), dry_run=False)
    moved = [image for name, image in after.tags.items() if before.tags.get(name) != image]
    fresh = [image for image in moved if image in after.images]
    return stack(engine, fresh) if fresh else None
