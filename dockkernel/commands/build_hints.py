"""What is said beside a build's text: how to look inside one that failed, and where the warnings of the checks are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dockkernel.commands.events import Note
from dockkernel.dockerfile.instructions import Copy, From, Instruction, Run
from dockkernel.dockerfile.stages import Dockerfile, parse_dockerfile
from dockkernel.errors import DockError, Span

if TYPE_CHECKING:
    from dockkernel.commands.session import Session
    from dockkernel.dockerfile.source import LintWarning, SourceText


def look_inside(session: Session, error: DockError, last_good: str | None = None) -> str:
    """What a learner can do about a step that failed; empty where we know of nothing.

    The classic builder leaves the image of the step before: `last_good`, empty where there is none. BuildKit (None)
    keeps none, but its cache makes the same steps quick to repeat.
    """
    dockerfile = _dockerfile(session)
    if dockerfile is None or error.span is None:
        return ""
    steps = [(stage, step) for stage in dockerfile.stages for step in (stage.from_, *stage.instructions)]
    stage, step = next((pair for pair in steps if _within(error.span, pair[1].span)), (None, None))
    if stage is None or step is None:
        return ""
    if isinstance(step, From | Copy):
        near = dockerfile.near_stage(step.base if isinstance(step, From) else step.from_ or "")
        if near and near != stage.name:
            return f"did you mean the stage {near}?"
    if last_good is not None and _has_heredoc(step):
        return "Here-documents are BuildKit's: set DOCKER_BUILDKIT=1 to build with it."
    if not isinstance(step, Run) or last_good == "":
        return ""
    return _without_image(stage.name) if last_good is None else _image(session, last_good)


def _dockerfile(session: Session) -> Dockerfile | None:
    """The Dockerfile that was built; None where there is none that can be read."""
    try:
        return parse_dockerfile(session.source.text, session.source.name) if session.source else None
    except DockError:
        return None


def _has_heredoc(step: Instruction) -> bool:
    return bool(step.heredocs if isinstance(step, Run) else isinstance(step, Copy) and step.contents)


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


def _without_image(stage: str | None) -> str:
    flags = f"--target {stage} -t look" if stage else "-t look"
    return (
        "BuildKit keeps no image of a stage that failed. Take that line and what follows it out of its stage and\n"
        f"build again with {flags}; the steps before it come from the cache. Then look inside:\n"
        "    docker run -it --rm look sh"
    )


def note_checks(session: Session, warnings: Iterable[LintWarning], source: SourceText) -> None:
    """The warnings of the build checks beside their text, each with its lines."""
    for warning in warnings:
        session.emit(Note("warning", f"{warning.rule}: {warning.text}", "", source, warning.span, warning.url))
