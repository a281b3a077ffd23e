"""`docker image rm` and `docker image prune`: a plan, its words, its execution.

`--dry-run` (ours) stops at the words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dockkernel.commands import pictures, prompts
from dockkernel.commands.filters import Filters
from dockkernel.commands.human import human_size, parse_moment
from dockkernel.commands.images_listed import boolean, check_known
from dockkernel.commands.labels import has_label
from dockkernel.commands.request_image import ImagePrune, ImageRm
from dockkernel.commands.session import Session
from dockkernel.engine import container_run, observe
from dockkernel.engine.plan_removal import RemovalPlan, Removed, plan_prune, plan_remove
from dockkernel.engine.state import ImageRecord, State
from dockkernel.errors import InvalidInput, NotFound
from dockkernel.oci import times

_PRUNE_FILTERS = frozenset({"dangling", "label", "label!", "until"})


def _carry_out(
    session: Session, command: str, plan_for: Callable[[State], RemovalPlan], *, dry_run: bool
) -> RemovalPlan:
    """Makes the plan and, unless it is a dry run, executes it; draws either."""
    engine = session.engine
    container_run.refresh(engine)
    if dry_run:
        plan = plan_for(engine.state)
        show = pictures.picture(session, lambda: observe.effect(engine, plan, dry_run=True))
    else:
        with engine.transaction(command) as tx:
            plan = plan_for(tx.state)
            show = pictures.picture(session, lambda: observe.effect(engine, plan, dry_run=False))
            tx.state = plan.after
    pictures.draw(session, show)
    return plan


def _line(entry: Removed, *, dry_run: bool) -> str:
    verb = "Untagged" if entry.kind == "untagged" else "Deleted"
    return f"{f'Would be {verb.lower()}' if dry_run else verb}: {entry.name}\n"


def image_rm(session: Session, request: ImageRm) -> int:
    """`docker image rm`: what could go is told first, then what could not."""
    plan = _carry_out(
        session,
        f"image rm {' '.join(request.images)}",
        lambda state: plan_remove(state, request.images, force=request.force, prune=not request.no_prune),
        dry_run=request.dry_run,
    )
    session.out("".join(_line(entry, dry_run=request.dry_run) for entry in plan.removed))
    session.err("".join(f"Error response from daemon: {error.message}\n" for _, error in plan.failures))
    forgiven = request.force and all(isinstance(error, NotFound) for _, error in plan.failures)
    return 1 if plan.failures and not forgiven else 0


def chosen_images(filters: Filters, now_ns: int) -> Callable[[ImageRecord], bool]:
    """Tells whether prune's filters let an image through; `InvalidInput` for a bad filter or time."""
    check_known(filters, _PRUNE_FILTERS)
    try:
        limits = [parse_moment(value, now_ns) for value in filters.get("until")]
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    if len(limits) > 1:
        raise InvalidInput("more than one until filter specified")

    def through(record: ImageRecord) -> bool:
        if limits and times.to_ns(record.created) > limits[0]:
            return False
        with_labels = filters.get("label")
        without = filters.get("label!")
        # several `label!` keep an image only when it has them all, as the daemon joins them
        return all(has_label(record.labels, wanted) for wanted in with_labels) and not (
            without and all(has_label(record.labels, unwanted) for unwanted in without)
        )

    return through


def prune_images(session: Session, filters: Filters, *, everything: bool, dry_run: bool) -> tuple[str, int]:
    """Prunes images; gives the lines to print and the bytes that were freed."""
    # the client adds what -a means to the filters, and the daemon refuses two that differ
    said = replace(filters, pairs=(*filters.pairs, ("dangling", "false" if everything else "true")))
    everything = not boolean(said, "dangling")
    through = chosen_images(filters, session.engine.clock.now_ns())
    plan = _carry_out(
        session,
        "image prune",
        lambda state: plan_prune(state, everything=everything, chosen=through),
        dry_run=dry_run,
    )
    if not plan.removed:
        return "", 0
    lines = "".join(f"{'untagged' if e.kind == 'untagged' else 'deleted'}: {e.name}\n" for e in plan.removed)
    head = "Images that would be deleted:\n" if dry_run else "Deleted Images:\n"
    return f"{head}{lines}\n", plan.freed


def image_prune(session: Session, request: ImagePrune) -> int:
    """`docker image prune`."""
    kind = "all images without at least one container associated to them" if request.all else "all dangling images"
    if not request.dry_run and not request.force and not prompts.agreed(session, f"WARNING! This will remove {kind}."):
        return 0
    lines, freed = prune_images(session, request.filter, everything=request.all, dry_run=request.dry_run)
    total = "Total space that would be reclaimed" if request.dry_run else "Total reclaimed space"
    session.out(f"{lines}{total}: {human_size(freed)}\n")
    return 0
