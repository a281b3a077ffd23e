"""How to look inside a build that failed: said beside the error, never in its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockkernel.dockerfile.instructions import Run
from dockkernel.dockerfile.stages import parse_dockerfile
from dockkernel.errors import DockError, Span

if TYPE_CHECKING:
    from dockkernel.commands.session import Session


def look_inside(session: Session, error: DockError, last_good: str = "") -> str:
    """What a learner can do about a RUN that failed; empty for any other error.

    The classic builder leaves the image of the step before (`last_good`). BuildKit keeps none, but its cache makes the
    same steps quick to repeat.
    """
    source, span = session.source, error.span
    if source is None or span is None:
        return ""
    try:
        stages = parse_dockerfile(source.text, source.name).stages
    except DockError:
        return ""
    for number, stage in enumerate(stages):
        if any(isinstance(step, Run) and _within(span, step.span) for step in stage.instructions):
            return _image(session, last_good) if last_good else _without_image(span, stages[number].name)
    return ""


def _within(inner: Span, outer: Span) -> bool:
    return outer.start_line <= inner.start_line <= outer.end_line


def _image(session: Session, image_id: str) -> str:
    short = image_id.removeprefix("sha256:")[:12]
    if not _has_shell(session, image_id):
        return (
            f"The step before it left the image {short}, which has no shell to look inside:\n    docker history {short}"
        )
    return f"Look inside the image that the step before it left:\n    docker run -it --rm {short} sh"


def _has_shell(session: Session, image_id: str) -> bool:
    """Whether the image has the shell that the hint would run."""
    from dockkernel.fs.builder import TreeBuilder

    engine = session.engine
    try:
        tree = engine.trees.tree(list(engine.config(image_id).diff_ids))
        return TreeBuilder(tree, engine.clock.now_ns).exists("/bin/sh")
    except (DockError, OSError):
        return False


def _without_image(span: Span, stage: str | None) -> str:
    target = f" --target {stage}" if stage else ""
    return (
        f"BuildKit keeps no image of a stage that failed. Take line {span.start_line} and what follows it out of this\n"
        "stage and build again, the steps before it come from the cache; then look inside that image:\n"
        f"    docker build{target} -t look . && docker run -it --rm look sh"
    )
