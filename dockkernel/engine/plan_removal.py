"""What a removal would do, as a pure function from state to plan; `rm` and `prune` execute such a plan.

The steps and their order are those of the Docker daemon's image deletion (docs.docker.com, `docker image rm`): first a
reference goes, then, when it was the last, the image, the layers that nobody else holds (top first), and the parents
that are left without a name, a child or a container.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from dockkernel.engine import names
from dockkernel.engine.state import ContainerRecord, ImageRecord, State
from dockkernel.engine.usage import newest_first
from dockkernel.errors import Conflict, DockError, ImageNotFound
from dockkernel.oci.reference import Reference

_RUNNING = ("running", "paused")


@dataclass(frozen=True, slots=True)
class Removed:
    """One line of the result. `untagged` has a familiar reference, `image` and `layer` an id (config, chain ID)."""

    kind: Literal["untagged", "image", "layer"]
    name: str
    size: int = 0
    """Bytes that go with a layer; 0 for the rest."""


@dataclass(frozen=True, slots=True)
class RemovalPlan:
    """The whole effect: what goes, in order, what could not go and why, and the state that is left."""

    removed: tuple[Removed, ...]
    failures: tuple[tuple[str, DockError], ...]
    """Argument and error, in the order of the arguments."""
    before: State
    after: State

    @property
    def freed(self) -> int:
        """Bytes of the layers that go."""
        return sum(entry.size for entry in self.removed)


class ImageConflict(Conflict):
    """An image that cannot be deleted; `used` when a container is the reason."""

    def __init__(self, image_id: str, reason: str, *, hard: bool = False, used: bool = False) -> None:
        force = "cannot be forced" if hard else "must be forced"
        super().__init__(f"conflict: unable to delete {image_id.partition(':')[2][:12]} ({force}) - {reason}")
        self.used = used


@dataclass(slots=True)
class _Ledger:
    """A working copy of the state with the look-ups that a removal needs, kept in step while things go."""

    images: dict[str, ImageRecord]
    tags: dict[str, str]
    digests: dict[str, str]
    references: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    children: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    containers: dict[str, list[ContainerRecord]] = field(default_factory=lambda: defaultdict(list))
    holders: Counter[str] = field(default_factory=Counter)
    """Chain ID → how many images and containers stand on it."""

    @classmethod
    def of(cls, state: State) -> _Ledger:
        ledger = cls(dict(state.images), dict(state.tags), dict(state.digests))
        for reference, image_id in (*state.tags.items(), *state.digests.items()):
            ledger.references[image_id].add(reference)
        for record in state.images.values():
            if record.parent:
                ledger.children[record.parent].add(record.id)
            ledger.holders.update(layer.chain_id for layer in record.layers)
        for container in state.containers.values():
            ledger.containers[container.image].append(container)
            ledger.holders.update(layer.chain_id for layer in container.layers)
        return ledger

    def state(self, before: State) -> State:
        return replace(before, images=self.images, tags=self.tags, digests=self.digests)

    def untag(self, reference: str) -> Removed:
        image_id = self.tags.pop(reference, None) or self.digests.pop(reference)
        self.references[image_id].discard(reference)
        return Removed("untagged", names.familiar(reference))

    def delete(self, image_id: str) -> Iterable[Removed]:
        record = self.images.pop(image_id)
        self.children[record.parent].discard(image_id)
        yield Removed("image", image_id)
        for layer in reversed(record.layers):
            self.holders[layer.chain_id] -= 1
            if not self.holders[layer.chain_id]:
                yield Removed("layer", layer.chain_id, layer.size)

    def conflict(self, image_id: str, *, soft: bool, named: bool) -> ImageConflict | None:
        """The first reason against deleting the image; `soft` ones are those that force overrides."""
        if self.children[image_id]:
            return ImageConflict(image_id, "image has dependent child images", hard=True)
        users = self.containers[image_id]
        for container in users:
            if container.status in _RUNNING:
                reason = f"image is being used by running container {container.id[:12]}"
                return ImageConflict(image_id, reason, hard=True, used=True)
        if soft and named and self.references[image_id]:
            return ImageConflict(image_id, "image is referenced in multiple repositories")
        if soft and users:
            return ImageConflict(image_id, f"image is being used by stopped container {users[0].id[:12]}", used=True)
        return None


def _repository(reference: str) -> str:
    return Reference.parse(reference).name


def _is_single(references: set[str]) -> bool:
    """The daemon's test for "one repository with at most one tag"."""
    if len(references) <= 1:
        return True
    tags = [reference for reference in references if "@" not in reference]
    repositories = {_repository(reference) for reference in references if "@" in reference}
    if len(tags) > 1:
        return False
    return len(repositories) == 1 and (not tags or _repository(tags[0]) in repositories)


def _remove_reference(ledger: _Ledger, image_id: str, typed: str, force: bool) -> list[Removed]:
    """Untags by name; the same repository's digests go with its last tag."""
    references = ledger.references[image_id]
    users = ledger.containers[image_id]
    if not force and _is_single(references) and users:
        raise Conflict(
            f'conflict: unable to remove repository reference "{typed}" (must force) - container '
            f"{users[0].id[:12]} is using its referenced image {image_id.partition(':')[2][:12]}"
        )
    parsed = Reference.parse(typed)
    by_digest = parsed.digest is not None
    parsed = replace(parsed, tag=None) if by_digest else parsed.with_default_tag()
    removed = [ledger.untag(parsed.canonical())]
    same = [reference for reference in sorted(references) if _repository(reference) == parsed.name]
    if not by_digest and all("@" in reference for reference in same):
        removed += [ledger.untag(reference) for reference in same]
    return removed


def _delete(ledger: _Ledger, image_id: str, *, force: bool, prune: bool, quiet: bool) -> list[Removed]:
    """Deletes the image, then with `prune` its parents as far as nothing holds them."""
    removed: list[Removed] = []
    while image_id in ledger.images:
        conflict = ledger.conflict(image_id, soft=not force, named=True)
        if conflict:
            dangling = not ledger.references[image_id] and not ledger.children[image_id]
            if quiet and (not dangling or conflict.used):
                return removed
            raise conflict
        parent = ledger.images[image_id].parent
        removed += [ledger.untag(reference) for reference in sorted(ledger.references[image_id])]
        removed += ledger.delete(image_id)
        if not prune or not parent:
            return removed
        image_id, force, quiet = parent, False, True
    return removed


def _remove(ledger: _Ledger, state: State, typed: str, force: bool, prune: bool) -> list[Removed]:
    """One argument of `docker image rm`."""
    image_id = names.find_image(ledger.state(state), typed).id
    removed: list[Removed] = []
    by_name = not names.is_id_prefix(image_id, typed)
    if by_name:
        removed = _remove_reference(ledger, image_id, typed, force)
        if ledger.references[image_id]:
            return removed
    elif _is_single(ledger.references[image_id]):
        if conflict := ledger.conflict(image_id, soft=not force, named=False):
            raise conflict
        removed = [ledger.untag(reference) for reference in sorted(ledger.references[image_id])]
    return removed + _delete(ledger, image_id, force=force, prune=prune, quiet=by_name)


def plan_remove(state: State, arguments: Sequence[str], *, force: bool = False, prune: bool = True) -> RemovalPlan:
    """The plan of `docker image rm ARGUMENTS`: each argument is tried, the good ones go, the others fail.

    `prune=False` is `--no-prune`. Raises nothing; errors are in the plan.
    """
    ledger, removed, failures = _Ledger.of(state), [], []
    for typed in arguments:
        try:
            removed += _remove(ledger, state, typed, force, prune)
        except DockError as error:
            failures.append((typed, error))
    return RemovalPlan(tuple(removed), tuple(failures), state, ledger.state(state) if removed else state)


def plan_prune(state: State, *, everything: bool, chosen: Callable[[ImageRecord], bool]) -> RemovalPlan:
    """The plan of `docker image prune` (`everything` is `-a`) over the images that `chosen` lets through.

    Without -a an image goes when it has no tag and no child; with -a when no container uses it.
    """
    ledger, removed = _Ledger.of(state), []
    heads = [
        record
        for record in sorted(state.images.values(), key=newest_first)
        if (ledger.references[record.id] if everything else False) or not ledger.children[record.id]
    ]
    for record in filter(chosen, heads):
        references = sorted(ledger.references[record.id])
        if references and not everything and any("@" not in reference for reference in references):
            continue
        for typed in references or [record.id.partition(":")[2]]:
            try:
                removed += _remove(ledger, state, typed, False, True)
            except (Conflict, ImageNotFound):
                continue
    return RemovalPlan(tuple(removed), (), state, ledger.state(state) if removed else state)
