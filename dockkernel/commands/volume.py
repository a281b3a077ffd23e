"""`docker volume create`, `inspect`, `ls`, `prune`, `rm`."""

from __future__ import annotations

from typing import Any

from dockkernel.commands import prompts
from dockkernel.commands.errors import ClientError
from dockkernel.commands.events import Rows
from dockkernel.commands.filters import Filters
from dockkernel.commands.human import human_size
from dockkernel.commands.images_listed import boolean, check_known
from dockkernel.commands.inspect import volume_found, write_inspected
from dockkernel.commands.label_column import LABEL_HEADING, label_field
from dockkernel.commands.labels import has_label, labels_text
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.request_volume import VolumeCreate, VolumeInspect, VolumeLs, VolumePrune, VolumeRm
from dockkernel.commands.session import Session
from dockkernel.engine import volumes
from dockkernel.engine.volumes import ANONYMOUS, Volume
from dockkernel.errors import DockError

_COLUMNS = (
    Column("Driver", "DRIVER"),
    Column("Name", "VOLUME NAME"),
    Column("Scope", "SCOPE", default=False),
    Column("Mountpoint", "MOUNTPOINT", default=False),
    Column("Labels", "LABELS", default=False),
    Column("Links", "LINKS", default=False),
    Column("Size", "SIZE", default=False),
    Column("Group", "GROUP", default=False),
    Column("Availability", "AVAILABILITY", default=False),
    Column("Status", "STATUS", default=False),
)
_LS_FILTERS = frozenset({"dangling", "driver", "label", "name"})
_PRUNE_FILTERS = frozenset({"all", "label", "label!"})
_RAW = "name: {{.Name}}\ndriver: {{.Driver}}\n"


def volume_create(session: Session, request: VolumeCreate) -> int:
    """`docker volume create`: prints the name."""
    labels = dict(label.partition("=")[::2] for label in request.label)
    name = volumes.create(session.engine, request.name or "", request.driver or "local", labels, dict(request.opt))
    session.out(f"{name}\n")
    return 0


def volume_json(session: Session, name: str) -> dict[str, Any]:
    """Docker's JSON object for the volume; `NotFound`."""
    volume = volumes.find(session.engine.state, name)
    return {
        "CreatedAt": volume["CreatedAt"].partition(".")[0].removesuffix("Z") + "Z",
        "Driver": volume["Driver"],
        "Labels": volume["Labels"],
        "Mountpoint": volumes.mountpoint(session.engine, name),
        "Name": name,
        "Options": volume["Options"],
        "Scope": "local",
    }


def volume_inspect(session: Session, request: VolumeInspect) -> int:
    """`docker volume inspect`."""
    return write_inspected(session, request.volumes, request.format, lambda name: volume_found(session, name))


def volume_cells(session: Session, volume: Volume, links: int | None = None) -> dict[str, object]:
    """A volume as lists show it; links and size only where they were measured."""
    return {
        "Availability": "N/A",
        "Driver": volume["Driver"],
        "Group": "N/A",
        "Label": label_field(volume["Labels"]),
        "Labels": labels_text(volume["Labels"]),
        "Links": "N/A" if links is None else str(links),
        "Mountpoint": volumes.mountpoint(session.engine, volume["Name"]),
        "Name": volume["Name"],
        "Scope": "local",
        "Size": "N/A" if links is None else human_size(volume.get("Size", 0)),
        "Status": "N/A",
    }


def _chosen(session: Session, filters: Filters) -> list[Volume]:
    check_known(filters, _LS_FILTERS)
    state = session.engine.state
    dangling = boolean(filters, "dangling")
    in_use = volumes.users(state)
    names, drivers = filters.get("name"), filters.get("driver")
    return [
        volume
        for name, volume in sorted(state.volumes.items())
        if (dangling is None or dangling is (name not in in_use))
        and (not names or any(part in name for part in names))
        and (not drivers or volume["Driver"] in drivers)
        and all(has_label(volume["Labels"], wanted) for wanted in filters.get("label"))
    ]


def volume_ls(session: Session, request: VolumeLs) -> int:
    """`docker volume ls`."""
    found = _chosen(session, request.filter)
    listing = Listing(
        _COLUMNS,
        "*formatter.volumeContext",
        quiet="Name",
        raw=_RAW,
        quiet_raw="name: {{.Name}}",
        methods=(("Label", LABEL_HEADING),),
    )
    listing.write(session, request.format, request.quiet, (volume_cells(session, volume) for volume in found))
    session.emit(Rows(("driver", "name"), tuple((volume["Driver"], volume["Name"]) for volume in found)))
    return 0


def volume_rm(session: Session, request: VolumeRm) -> int:
    """`docker volume rm`: prints each name that went."""
    failed: list[str] = []
    for name in request.volumes:
        try:
            volumes.remove(session.engine, name, force=request.force)
            session.out(f"{name}\n")
        except DockError as error:
            failed.append(f"Error response from daemon: {error.message}\n")
    session.err("".join(failed))
    return 1 if failed else 0


def prune_volumes(session: Session, filters: Filters, *, everything: bool) -> tuple[str, int]:
    """Prunes volumes; gives the lines to print and the bytes that were freed. Named ones only go by `everything`."""
    check_known(filters, _PRUNE_FILTERS)
    everything = everything or boolean(filters, "all") is True

    def through(volume: Volume) -> bool:
        return (
            (everything or ANONYMOUS in (volume["Labels"] or {}))
            and all(has_label(volume["Labels"], wanted) for wanted in filters.get("label"))
            and not any(has_label(volume["Labels"], unwanted) for unwanted in filters.get("label!"))
        )

    gone = volumes.prune(session.engine, through)
    if not gone:
        return "", 0
    lines = "".join(f"{volume['Name']}\n" for volume in gone)
    return f"Deleted Volumes:\n{lines}\n", sum(volume.get("Size", 0) for volume in gone)


def volume_prune(session: Session, request: VolumePrune) -> int:
    """`docker volume prune`."""
    if request.all and request.filter.get("all"):
        raise ClientError("conflicting options: cannot specify both --all and --filter all=1")
    everything = request.all or boolean(request.filter, "all") is True
    kind = "all" if everything else "anonymous"
    warning = f"WARNING! This will remove {kind} local volumes not used by at least one container."
    if not request.force and not prompts.agreed(session, warning):
        return 0
    lines, freed = prune_volumes(session, request.filter, everything=everything)
    session.out(f"{lines}Total reclaimed space: {human_size(freed)}\n")
    return 0
