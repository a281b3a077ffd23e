"""`docker ps`, `create`, `run`, `rm` and `container prune`."""

from __future__ import annotations

from collections.abc import Iterator

from dockkernel.commands import container_rows as shown
from dockkernel.commands import prompts
from dockkernel.commands.container_checks import check_platform
from dockkernel.commands.container_filter import chosen_containers, listed_containers
from dockkernel.commands.container_life import output_of
from dockkernel.commands.container_spec import create_spec
from dockkernel.commands.errors import ClientError, CreateError, SetupError
from dockkernel.commands.events import Rows
from dockkernel.commands.human import created_at, created_since, human_size
from dockkernel.commands.image_pull import pull_one
from dockkernel.commands.label_column import LABEL_HEADING, label_field
from dockkernel.commands.labels import labels_text
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.request_container import (
    ContainerCreate,
    ContainerLs,
    ContainerPrune,
    ContainerRm,
    ContainerRun,
)
from dockkernel.commands.session import Session
from dockkernel.engine import container_life, containers, names
from dockkernel.engine.container_process import start_detached
from dockkernel.engine.container_run import ask_all, refresh, start
from dockkernel.engine.networks import networks_of
from dockkernel.engine.state import ContainerRecord, State
from dockkernel.errors import DockError, ImageNotFound
from dockkernel.oci.reference import InvalidReference, Reference

_COLUMNS = (
    Column("ID", "CONTAINER ID"),
    Column("Image", "IMAGE"),
    Column("Command", "COMMAND"),
    Column("RunningFor", "CREATED"),
    Column("CreatedAt", "CREATED AT", default=False),
    Column("Status", "STATUS"),
    Column("Ports", "PORTS"),
    Column("State", "STATE", default=False),
    Column("Names", "NAMES"),
    Column("Size", "SIZE", default=False),
    Column("Labels", "LABELS", default=False),
    Column("LocalVolumes", "LOCAL VOLUMES", default=False),
    Column("Mounts", "MOUNTS", default=False),
    Column("Networks", "NETWORKS", default=False),
    Column("Platform", "PLATFORM", default=False),
)


_RAW = (
    "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{.State}}\n"
    "status: {{.Status}}\nnames: {{.Names}}\nlabels: {{.Labels}}\nports: {{.Ports}}\n"
)
_UNKNOWN: dict[str, object] = {column.field: "" for column in _COLUMNS} | {"Label": label_field(None)}
"""A container of which nothing is known, for templates to be tried on."""


def _cells(state: State, record: ContainerRecord, now_ns: int, *, whole: bool) -> dict[str, object]:
    return {
        "Label": label_field(record.config.get("Labels")),
        "ID": record.id if whole else record.id[:12],
        "Image": shown.image_name(state, record),
        "Command": shown.command(record, whole=whole),
        "RunningFor": created_since(record.created, now_ns),
        "CreatedAt": created_at(record.created),
        "Status": shown.status(record, now_ns),
        "Ports": shown.ports(record),
        "State": record.status,
        "Names": record.name,
        "Size": shown.size(record),
        "Labels": labels_text(record.config.get("Labels")),
        "LocalVolumes": shown.local_volumes(record),
        "Mounts": shown.mounts(record, whole=whole),
        "Networks": ",".join(sorted(networks_of(record))),
        "Platform": None,
    }


def container_ls(session: Session, request: ContainerLs) -> int:
    """`docker ps`."""
    engine = session.engine
    refresh(engine)
    if request.size or "{{.Size" in request.format:
        ask_all(engine, engine.state.containers.values())
    state, now_ns = engine.state, engine.clock.now_ns()
    found = listed_containers(state, request)
    columns = tuple(
        Column(c.field, c.heading, default=True) if c.field == "Size" and request.size else c for c in _COLUMNS
    )
    cells = (_cells(state, record, now_ns, whole=request.no_trunc) for record in found)
    listing = Listing(
        columns,
        "*formatter.ContainerContext",
        quiet="ID",
        raw=_RAW + "size: {{.Size}}\n" * request.size,
        quiet_raw="container_id: {{.ID}}",
        methods=(("Label", LABEL_HEADING),),
    )
    form = request.format
    if form not in ("", "table", "json", "raw") and not request.size:
        from dockkernel.commands.template import check_list

        check_list(listing.view(), _UNKNOWN, form)
    if form and request.quiet:
        session.err("WARNING: Ignoring custom format, because both --format and --quiet are set.\n")
        form = form if form == "raw" else "table"
    listing.write(session, form, request.quiet, cells)
    session.emit(
        Rows(
            ("id", "name", "image", "status", "created", "size"),
            tuple((r.id, r.name, shown.image_name(state, r), r.status, r.created, r.size_rw) for r in found),
        )
    )
    return 0


def _ensure_image(session: Session, request: ContainerCreate) -> None:
    """Pulls the image where `--pull` says so, with Docker's words on standard error."""
    try:
        reference = Reference.parse(request.image)
    except InvalidReference as error:
        raise SetupError(error.message) from error
    missing = False
    try:
        names.find_image(session.engine.state, request.image)
    except ImageNotFound:
        missing = True
    if request.pull == "always" or (missing and request.pull == "missing"):
        reference = reference.with_default_tag()
        if missing and not request.quiet:
            session.err(f"Unable to find image '{reference.familiar()}' locally\n")
        _pull_on_stderr(session, reference, quiet=request.quiet)


def _pull_on_stderr(session: Session, reference: Reference, *, quiet: bool) -> None:
    from dockkernel.commands.events import Err, Event, Out

    class Aside:
        """Standard output of the pull goes to standard error, as `docker run` sends it."""

        def emit(self, event: Event) -> None:
            session.sink.emit(Err(event.data) if isinstance(event, Out) else event)

    aside = Session(session.engine, Aside(), session.cwd, session.env, live=session.live)
    pulled = pull_one(aside, reference, quiet=quiet)
    if not quiet:
        news = "Downloaded newer image" if pulled.changed else "Image is up to date"
        aside.out(f"Status: {news} for {reference.familiar()}\n")


def _create(session: Session, request: ContainerCreate, *, detach: bool) -> ContainerRecord:
    spec = create_spec(session, request, attach=not detach)
    check_platform(request.platform)
    if request.cidfile and (session.cwd / request.cidfile).exists():
        reason = "container ID file found, make sure the other container isn't running or delete"
        raise CreateError(f"{reason} {request.cidfile}")
    _ensure_image(session, request)
    record = containers.create(session.engine, spec)
    if request.cidfile:
        (session.cwd / request.cidfile).write_text(record.id, encoding="ascii")
    return record


def container_create(session: Session, request: ContainerCreate) -> int:
    """`docker create`: prints the container's id."""
    record = _create(session, request, detach=False)
    session.out(f"{record.id}\n")
    return 0


def container_run(session: Session, request: ContainerRun) -> int:
    """`docker run`: the exit code is the program's own; 125 to 127 when it could not be started."""
    if request.tty and request.interactive and not request.detach and not session.stdin_tty:
        raise ClientError("the input device is not a TTY")
    record = _create(session, request, detach=request.detach)
    try:
        if request.detach:
            record = start_detached(session.engine, record)
            session.out(f"{record.id}\n")
            return 0
        return _run_attached(session, request, record)
    finally:
        if request.rm and not request.detach:
            _forget(session, record)


def _run_attached(session: Session, request: ContainerRun, record: ContainerRecord) -> int:
    stdin = session.stdin.read() if request.interactive and session.stdin else b""
    return start(session.engine, record, output_of(session, tty=request.tty), stdin).exit_code


def _forget(session: Session, record: ContainerRecord) -> None:
    try:
        container_life.remove(session.engine, record.id, force=True, volumes=True)
    except DockError:
        return


def container_rm(session: Session, request: ContainerRm) -> int:
    """`docker rm`: prints each name that went, as it was typed."""
    failed = []
    for typed in request.containers:
        try:
            container_life.remove(session.engine, typed, force=request.force, volumes=request.volumes)
            session.out(f"{typed}\n")
        except DockError as error:
            failed.append(error)
    session.err("".join(f"Error response from daemon: {error.message}\n" for error in failed))
    return 1 if failed and not (request.force and _all_missing(failed)) else 0


def _all_missing(failed: list[DockError]) -> bool:
    from dockkernel.errors import ContainerNotFound

    return all(isinstance(error, ContainerNotFound) for error in failed)


def prune_containers(session: Session, request: ContainerPrune) -> tuple[str, int]:
    """Prunes containers; gives the lines to print and the bytes that were freed."""
    chosen = chosen_containers(request.filter, session.engine.clock.now_ns())
    refresh(session.engine)
    gone = containers.prune(session.engine, chosen)
    if not gone:
        return "", 0
    lines: Iterator[str] = (f"{record.id}\n" for record in gone)
    return f"Deleted Containers:\n{''.join(lines)}\n", sum(record.size_rw for record in gone)


def container_prune(session: Session, request: ContainerPrune) -> int:
    """`docker container prune`."""
    if not request.force and not prompts.agreed(session, "WARNING! This will remove all stopped containers."):
        return 0
    lines, freed = prune_containers(session, request)
    session.out(f"{lines}Total reclaimed space: {human_size(freed)}\n")
    return 0
