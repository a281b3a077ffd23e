"""`docker system df`, `search`, `system prune`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from dockkernel.commands import container_rows as shown
from dockkernel.commands import pictures, prompts
from dockkernel.commands.container import prune_containers
from dockkernel.commands.events import Rows
from dockkernel.commands.filters import Filters
from dockkernel.commands.gotemplate.govalues import Row
from dockkernel.commands.human import SECOND, created_at, created_since, human_duration, human_size, utc
from dockkernel.commands.image_remove import prune_images
from dockkernel.commands.images_listed import boolean, check_known
from dockkernel.commands.labels import labels_text
from dockkernel.commands.layout import ellipsis, table
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.network import prune_networks
from dockkernel.commands.request_container import ContainerPrune
from dockkernel.commands.request_system import Search, SystemDf, SystemPrune
from dockkernel.commands.session import Session
from dockkernel.commands.volume import prune_volumes, volume_cells
from dockkernel.engine import build_cache, container_run, names, observe, usage, volumes
from dockkernel.engine.networks import networks_of
from dockkernel.engine.state import ContainerRecord, State
from dockkernel.errors import InvalidInput
from dockkernel.oci.quoting import go_quote
from dockkernel.oci.reference import Reference
from dockkernel.registry.protocol import CatalogEntry

_DF_COLUMNS = (
    Column("Type", "TYPE"),
    Column("TotalCount", "TOTAL"),
    Column("Active", "ACTIVE"),
    Column("Size", "SIZE"),
    Column("Reclaimable", "RECLAIMABLE"),
)
_DF_RAW = (
    "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n"
)
_DESCRIPTION_WIDTH = 45
_SEARCH_FILTERS = frozenset({"is-automated", "is-official", "stars"})
_SEARCH_LIMIT = 100


def _reclaimable(part: int, whole: int) -> str:
    """`3.717MB (99%)`; without the share where there is nothing at all. The percentage is rounded towards zero."""
    return f"{human_size(part)} ({int(part * 100 / whole)}%)" if whole > 0 else human_size(part)


def _df_rows(state: State, measured: usage.Usage) -> Iterable[tuple[str, int, int, int, int]]:
    running = [record for record in measured.containers if record.status in ("running", "paused")]
    written = sum(record.size_rw for record in measured.containers)
    idle = written - sum(record.size_rw for record in running)
    active = sum(1 for image in measured.images if image.containers)
    yield "Images", len(measured.images), active, measured.layer_bytes, measured.reclaimable
    yield "Containers", len(measured.containers), len(running), written, idle
    in_use = volumes.users(state)
    sizes = {name: volume.get("Size", 0) for name, volume in state.volumes.items()}
    unused = sum(size for name, size in sizes.items() if name not in in_use)
    yield "Local Volumes", len(sizes), len(in_use.keys() & sizes.keys()), sum(sizes.values()), unused
    cached = build_cache.entries(state)
    held = build_cache.cache_bytes(cached)
    yield "Build Cache", len(cached), 0, held, held


def system_df(session: Session, request: SystemDf) -> int:
    """`docker system df`."""
    container_run.refresh(session.engine)
    container_run.ask_all(session.engine, session.engine.state.containers.values())
    state = session.engine.state
    measured = usage.measure(state)
    rows = list(_df_rows(state, measured))
    if request.verbose:
        _df_verbose(session, request, measured)
    else:
        cells = (
            {
                "Type": kind,
                "TotalCount": str(total),
                "Active": str(active),
                "Size": human_size(size),
                "Reclaimable": human_size(free) if kind == "Build Cache" else _reclaimable(free, size),
            }
            for kind, total, active, size, free in rows
        )
        Listing(_DF_COLUMNS, "*formatter.diskUsageImagesContext", raw=_DF_RAW).write(
            session, request.format, False, cells
        )
    session.emit(Rows(("type", "total", "active", "size", "reclaimable"), tuple(rows)))
    pictures.draw(session, pictures.picture(session, lambda: observe.disk(session.engine)))
    return 0


def _image_cells(session: Session, image: usage.ImageUsage, *, whole: bool) -> dict[str, str]:
    state, record = session.engine.state, image.record
    first = next((name for name in names.references_of(state, record.id) if "@" not in name), None)
    reference = Reference.parse(first) if first else None
    now_ns = session.engine.clock.now_ns()
    return {
        "Containers": str(image.containers),
        "CreatedAt": created_at(record.created),
        "CreatedSince": created_since(record.created, now_ns),
        "Digest": "",
        "ID": record.id if whole else record.id.removeprefix("sha256:")[:12],
        "Repository": reference.familiar_name if reference else "<none>",
        "SharedSize": human_size(image.shared),
        "Size": human_size(record.size, 3),
        "Tag": (reference.tag or "") if reference else "<none>",
        "UniqueSize": human_size(image.unique),
        "VirtualSize": human_size(record.size),
    }


def _container_cells(session: Session, record: ContainerRecord, *, whole: bool) -> dict[str, str | None]:
    state, now_ns = session.engine.state, session.engine.clock.now_ns()
    return {
        "Command": shown.command(record, whole=whole),
        "CreatedAt": created_at(record.created),
        "ID": record.id if whole else record.id[:12],
        "Image": shown.image_name(state, record),
        "Labels": labels_text(record.config.get("Labels")),
        "LocalVolumes": shown.local_volumes(record),
        "Mounts": shown.mounts(record, whole=whole),
        "Names": record.name,
        "Networks": ",".join(sorted(networks_of(record))),
        "Platform": None,
        "Ports": shown.ports(record),
        "RunningFor": created_since(record.created, now_ns),
        "Size": human_size(record.size_rw, 3),
        "State": record.status,
        "Status": shown.status(record, now_ns),
    }


def _volume_cells(session: Session) -> Iterator[dict[str, object]]:
    state = session.engine.state
    users = volumes.users(state)
    for name, volume in sorted(state.volumes.items()):
        cells = volume_cells(session, volume, len(users.get(name, ())))
        # The one field that takes an argument is no part of the JSON.
        yield {key: value for key, value in cells.items() if key != "Label"}


def _cache_cells(session: Session) -> Iterator[dict[str, str]]:
    """The records of the build cache, the one that was not used for longest first."""
    now_ns = session.engine.clock.now_ns()
    found = build_cache.entries(session.engine.state)
    for entry in sorted(found, key=lambda entry: (entry.record.last_used_ns, entry.record.id)):
        record = entry.record
        yield {
            "CacheType": record.type,
            "CreatedAt": utc(record.created_ns // SECOND),
            "CreatedSince": f"{human_duration(now_ns - record.created_ns)} ago",
            "Description": record.description,
            "ID": record.id,
            "InUse": "false",
            "LastUsedAt": utc(record.last_used_ns // SECOND),
            "LastUsedSince": f"{human_duration(now_ns - record.last_used_ns)} ago",
            "Parent": record.parent,
            "Shared": "true" if entry.shared else "false",
            "Size": human_size(entry.size, 3),
            "UsageCount": str(record.usage),
        }


def _df_verbose(session: Session, request: SystemDf, measured: usage.Usage) -> None:
    whole = request.format not in ("", "table")
    images = [_image_cells(session, image, whole=whole) for image in measured.images]
    running = [_container_cells(session, record, whole=whole) for record in measured.containers]
    held = list(_volume_cells(session))
    if whole:
        from dockkernel.commands.template import as_struct, render_value, unescaped

        parts = {
            "Images": [Row("*formatter.imageContext", cells) for cells in images],
            "Containers": [Row("*formatter.ContainerContext", cells) for cells in running],
            "Volumes": [Row("*formatter.volumeContext", cells) for cells in held],
            "BuildCache": [Row("*formatter.buildCacheContext", cells) for cells in _cache_cells(session)],
        }
        session.out(render_value(unescaped(request.format), as_struct("*formatter.diskUsageContext", parts)))
        return
    image_table = table(
        [
            ("REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"),
            *(
                (
                    *(cells[name] for name in ("Repository", "Tag", "ID")),
                    cells["CreatedSince"] or "N/A",
                    *(cells[name] for name in ("Size", "SharedSize", "UniqueSize", "Containers")),
                )
                for cells in images
            ),
        ]
    )
    fields = ("ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names")
    container_table = table(
        [
            ("CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"),
            *(tuple(cells[name] or "" for name in fields) for cells in running),
        ]
    )
    volume_rows = (tuple(str(cells[name]) for name in ("Name", "Links", "Size")) for cells in held)
    volume_table = table([("VOLUME NAME", "LINKS", "SIZE"), *volume_rows])
    cached = list(_cache_cells(session))
    shown_fields = ("ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared")
    cache_table = table(
        [
            ("CACHE ID", "CACHE TYPE", "SIZE", "CREATED", "LAST USED", "USAGE", "SHARED"),
            *((cells["ID"][:12], *(cells[name] for name in shown_fields[1:])) for cells in cached),
        ]
    )
    cache_size = human_size(build_cache.cache_bytes(build_cache.entries(session.engine.state)))
    session.out(
        f"Images space usage:\n\n{image_table}\nContainers space usage:\n\n{container_table}\n"
        f"Local Volumes space usage:\n\n{volume_table}\nBuild cache usage: {cache_size}\n\n{cache_table}"
    )


def system_prune(session: Session, request: SystemPrune) -> int:
    """`docker system prune`: containers, networks, volumes if asked for, images, the build cache."""
    from dockkernel.commands.buildx_prune import prune_cache

    if not request.force and not prompts.agreed(session, _prune_warning(request)):
        return 0
    lines, freed = prune_containers(session, ContainerPrune(filter=request.filter, force=True))
    network_lines = prune_networks(session, request.filter)
    volume_lines, volume_bytes = "", 0
    if request.volumes:
        kept = Filters(tuple(pair for pair in request.filter.pairs if pair[0] != "until"))
        volume_lines, volume_bytes = prune_volumes(session, kept, everything=False)
    image_lines, image_bytes = prune_images(session, request.filter, everything=request.all, dry_run=False)
    cache_lines, cache_bytes = prune_cache(session, request.filter, everything=request.all)
    total = human_size(freed + volume_bytes + image_bytes + cache_bytes)
    session.out(f"{lines}{network_lines}{volume_lines}{image_lines}{cache_lines}Total reclaimed space: {total}\n")
    return 0


def _prune_warning(request: SystemPrune) -> str:
    items = ["all stopped containers", "all networks not used by at least one container"]
    if request.volumes:
        items.append("all anonymous volumes not used by at least one container")
    items.append(
        "all images without at least one container associated to them" if request.all else "all dangling images"
    )
    items.append("all build cache" if request.all else "unused build cache")
    warning = "WARNING! This will remove:\n" + "".join(f"  - {item}\n" for item in items)
    if request.filter:
        pairs = "".join(f"  - {key}={value}\n" for key, value in request.filter.pairs)
        warning += f"\n  Items to be pruned will be filtered with:\n{pairs}"
    return warning


def _search_filter(request: Search) -> Callable[[CatalogEntry], bool]:
    """Tells which results stay; `InvalidInput` for a filter or limit that the daemon refuses."""
    filters = request.filter
    check_known(filters, _SEARCH_FILTERS)
    automated, official = boolean(filters, "is-automated"), boolean(filters, "is-official")
    stars = 0
    for text in filters.get("stars"):
        if not re.fullmatch(r"[+-]?[0-9]+", text):
            raise InvalidInput(f"invalid filter 'stars={text}': strconv.Atoi: parsing {go_quote(text)}: invalid syntax")
        stars = max(stars, int(text))
    if not 0 <= request.limit <= _SEARCH_LIMIT:
        raise InvalidInput(f"limit {request.limit} is outside the range of [1, {_SEARCH_LIMIT}]")

    def wanted(entry: CatalogEntry) -> bool:
        return not automated and official in (None, entry.official) and entry.stars >= stars

    return wanted


def search(session: Session, request: Search) -> int:
    """`docker search`: looks in the catalogs."""
    registry = session.engine.registry
    find = getattr(registry, "search", None)
    wanted = _search_filter(request)
    entries: list[CatalogEntry] = list(find(request.term)) if find else []
    entries = [entry for entry in entries[: request.limit or 25] if wanted(entry)]
    columns = (
        Column("Name", "NAME"),
        Column("Description", "DESCRIPTION"),
        Column("StarCount", "STARS"),
        Column("IsOfficial", "OFFICIAL"),
    )
    cells = (
        {
            "Name": entry.name,
            "Description": entry.description if request.no_trunc else ellipsis(entry.description, _DESCRIPTION_WIDTH),
            "StarCount": str(entry.stars),
            "IsOfficial": "[OK]" if entry.official else "",
        }
        for entry in entries
    )
    Listing(columns, "*formatter.searchContext").write(session, request.format, False, cells)
    rows = tuple((entry.name, entry.description, entry.stars, entry.official) for entry in entries)
    session.emit(Rows(("name", "description", "stars", "official"), rows))
    return 0
