"""`docker image ls`, `history`, `tag` and their old spellings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockkernel.commands import images_listed, pictures
from dockkernel.commands.errors import ClientError
from dockkernel.commands.events import Rows
from dockkernel.commands.human import created_at, created_since, human_size, rfc3339
from dockkernel.commands.images_listed import Row
from dockkernel.commands.layout import ellipsis
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.request_image import ImageHistory, ImageLs, ImageTag
from dockkernel.commands.session import Session
from dockkernel.engine import images
from dockkernel.oci import times
from dockkernel.oci.reference import InvalidReference, Reference

if TYPE_CHECKING:
    from dockkernel.commands import history

_CREATED_BY_WIDTH = 45
_COMMANDS_OF_IMAGE = frozenset("build history import inspect list load ls prune pull push rm save tag".split())
_LS_COLUMNS = (
    Column("Repository", "REPOSITORY"),
    Column("Tag", "TAG"),
    Column("Digest", "DIGEST", default=False),
    Column("ID", "IMAGE ID"),
    Column("CreatedSince", "CREATED", empty="N/A"),
    Column("CreatedAt", "CREATED AT", default=False),
    Column("Size", "SIZE"),
    Column("Containers", "CONTAINERS", default=False),
    Column("SharedSize", "SHARED SIZE", default=False),
    Column("UniqueSize", "UNIQUE SIZE", default=False),
    Column("VirtualSize", "SIZE", default=False),
)
_RAW = (
    "repository: {{.Repository}}\ntag: {{.Tag}}\n{digest}image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n"
    "virtual_size: {{.Size}}\n"
)


def image_id(text: str, *, whole: bool) -> str:
    """An id as lists show it: 12 digits, or `sha256:` and 64."""
    return text if whole else text.removeprefix("sha256:")[:12]


def _ls_cells(row: Row, request: ImageLs, now_ns: int) -> dict[str, str]:
    record, size = row.record, row.record.size
    return {
        "Repository": row.repository,
        "Tag": row.tag,
        "Digest": row.digest,
        "ID": image_id(record.id, whole=request.no_trunc),
        "CreatedSince": created_since(record.created, now_ns),
        "CreatedAt": created_at(record.created),
        "Size": human_size(size, 3),
        "Containers": "N/A",
        "SharedSize": "N/A",
        "UniqueSize": "N/A",
        "VirtualSize": human_size(size),
    }


def _ls_rows(session: Session, request: ImageLs) -> Iterator[Row]:
    filters = images_listed.with_pattern(request.filter, request.match)
    need_digest = request.digests or "{{.Digest}}" in request.format
    now_ns = session.engine.clock.now_ns()
    for listed in images_listed.select(session.engine.state, filters, everything=request.all, now_ns=now_ns):
        yield from images_listed.rows(listed, need_digest=need_digest, digest_column=request.digests)


def image_ls(session: Session, request: ImageLs) -> int:
    """`docker image ls`."""
    now_ns = session.engine.clock.now_ns()
    found = list(_ls_rows(session, request))
    columns = tuple(
        Column(c.field, c.heading, default=True) if c.field == "Digest" and request.digests else c for c in _LS_COLUMNS
    )
    listing = Listing(
        columns,
        "*formatter.imageContext",
        quiet="ID",
        quiet_raw="image_id: {{.ID}}",
        raw=_RAW.replace("{digest}", "digest: {{.Digest}}\n" if request.digests else ""),
    )
    form = request.format
    if request.digests and form.startswith("table") and form != "table" and "{{.Digest}}" not in form:
        form += "\t{{.Digest}}"
    listing.write(session, form, request.quiet, (_ls_cells(row, request, now_ns) for row in found))
    session.emit(
        Rows(
            ("repository", "tag", "digest", "id", "created", "size"),
            tuple(
                (row.repository, row.tag, row.digest, row.record.id, row.record.created, row.record.size)
                for row in found
            ),
        )
    )
    if request.match in _COMMANDS_OF_IMAGE and not found and request.called_as == "images":
        session.err(f'\nNo images found matching "{request.match}": did you mean "docker image {request.match}"?\n')
    return 0


_HISTORY_COLUMNS = (
    Column("ID", "IMAGE"),
    Column("CreatedSince", "CREATED", empty="N/A"),
    Column("CreatedAt", "CREATED AT", default=False),
    Column("CreatedBy", "CREATED BY"),
    Column("Size", "SIZE"),
    Column("Comment", "COMMENT"),
)


def _history_cells(step: history.Step, request: ImageHistory, now_ns: int) -> dict[str, str]:
    created_by = step.facts.created_by.replace("\t", " ")
    since = created_since(step.facts.created, now_ns)
    moment = rfc3339(times.to_ns(step.facts.created) // 1_000_000_000)
    return {
        "ID": image_id(step.id, whole=request.no_trunc),
        "CreatedSince": since if request.human else moment,
        "CreatedAt": moment,
        "CreatedBy": created_by if request.no_trunc else ellipsis(created_by, _CREATED_BY_WIDTH),
        "Size": human_size(step.size, 3) if request.human else str(step.size),
        "Comment": step.facts.comment,
    }


def image_history(session: Session, request: ImageHistory) -> int:
    """`docker image history`."""
    from dockkernel.commands import history
    from dockkernel.engine import observe

    engine = session.engine
    record = images.find(engine, request.image)
    steps = history.steps(engine, record)
    columns: tuple[Column, ...] = _HISTORY_COLUMNS
    if not request.human:
        columns = tuple(
            Column("CreatedSince", "CREATED AT") if column.field == "CreatedSince" else column for column in columns
        )
    now_ns = engine.clock.now_ns()
    cells = (_history_cells(step, request, now_ns) for step in steps)
    Listing(columns, "*image.historyContext", quiet="ID").write(session, request.format, request.quiet, cells)
    session.emit(
        Rows(
            ("id", "created", "created_by", "size", "comment"),
            tuple(
                (step.id, step.facts.created, step.facts.created_by, step.size, step.facts.comment) for step in steps
            ),
        )
    )
    pictures.draw(session, pictures.picture(session, lambda: observe.stack(engine, [record.id])))
    return 0


def image_tag(session: Session, request: ImageTag) -> int:
    """`docker image tag`: prints nothing when it works."""
    try:
        target = Reference.parse(request.target)
    except InvalidReference as error:
        message = f'Error parsing reference: "{request.target}" is not a valid repository/tag: {error.message}'
        raise ClientError(message) from error
    if target.digest:
        raise ClientError("refusing to create a tag with a digest reference")
    images.tag(session.engine, request.source, target)
    return 0
