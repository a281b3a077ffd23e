"""`docker pull`: the layers' words as they come, then digest, status and the full name."""

from __future__ import annotations

from dataclasses import replace

from dockkernel.commands import pictures
from dockkernel.commands.container_checks import platform_problem
from dockkernel.commands.errors import ClientError
from dockkernel.commands.events import Progress
from dockkernel.commands.request_image import ImagePull
from dockkernel.commands.session import Session
from dockkernel.engine import observe
from dockkernel.engine.pull import LayerStep, Pulled, pull, pulling
from dockkernel.errors import InvalidInput, ManifestNotFound
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import InvalidReference, Reference

_FINAL = frozenset({"Already exists", "Pull complete"})


def layer_words(session: Session, step: LayerStep) -> None:
    """One layer's step: a line in a pipe; in a live display an update, and a line when it is final."""
    if session.live:
        session.emit(Progress(step.id, step.action, step.current, step.total))
    if step.action != "Downloading" and (step.action in _FINAL or not session.live):
        session.out(f"{step.id}: {step.action}\n")


def pull_one(session: Session, reference: Reference, *, quiet: bool, platform: Platform | None = None) -> Pulled:
    """Pulls one reference and prints its lines up to the digest."""
    if quiet:
        return pull(session.engine, reference, lambda: None, lambda step: None, platform)
    pulled = pull(
        session.engine,
        reference,
        lambda: session.out(f"{pulling(reference)}\n"),
        lambda step: layer_words(session, step),
        platform,
    )
    session.out(f"Digest: {pulled.digest}\n")
    return pulled


def _wanted(session: Session, request: ImagePull) -> tuple[list[Reference], str]:
    """The references to pull, and the name that the status line gives."""
    try:
        reference = Reference.parse(request.image)
    except InvalidReference as error:
        raise ClientError(error.message) from error
    if request.all_tags:
        if reference.tag or reference.digest:
            raise ClientError("tag can't be used with --all-tags/-a")
        tags = session.engine.registry.tags(reference)
        if not tags:
            raise ManifestNotFound(f"manifest for {reference.familiar()} not found: manifest unknown: manifest unknown")
        return [reference.with_tag(tag) for tag in tags], reference.familiar()
    if not reference.tag and not reference.digest and not request.quiet:
        session.out("Using default tag: latest\n")
    reference = reference.with_default_tag()
    return [reference], reference.familiar()


def _platform(text: str) -> Platform | None:
    """The platform asked for; None for the engine's own. `InvalidInput` for what is none."""
    if problem := platform_problem(text):
        raise InvalidInput(problem)
    parts = text.split("/")
    return Platform(*parts) if len(parts) > 1 else None


def image_pull(session: Session, request: ImagePull) -> int:
    """`docker image pull`."""
    references, name = _wanted(session, request)
    platform = _platform(request.platform)
    pulled = [pull_one(session, reference, quiet=request.quiet, platform=platform) for reference in references]
    if not request.quiet:
        news = "Downloaded newer image" if any(one.changed for one in pulled) else "Image is up to date"
        session.out(f"Status: {news} for {name}\n")
    full = references[0] if len(references) == 1 and not request.all_tags else replace(references[0], tag=None)
    session.out(f"{full.canonical()}\n")
    ids = [one.image_id for one in pulled]
    pictures.draw(session, pictures.picture(session, lambda: observe.stack(session.engine, ids)))
    return 0
