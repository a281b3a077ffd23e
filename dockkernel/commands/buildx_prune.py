"""`docker buildx prune` and `docker builder prune`: what can go from the build cache goes."""

from __future__ import annotations

from dockkernel.commands import cache_records as shown
from dockkernel.commands.buildx_builders import check_builder
from dockkernel.commands.filters import Filters
from dockkernel.commands.human import human_size, parse_moment
from dockkernel.commands.images_listed import check_known
from dockkernel.commands.layout import tabbed
from dockkernel.commands.request_buildx import BuilderPrune, BuildxPrune
from dockkernel.commands.session import Session
from dockkernel.engine import build_cache
from dockkernel.errors import InvalidInput

_DANGLING = "WARNING! This will remove all dangling build cache. Are you sure you want to continue? [y/N] "
_ALL = "WARNING! This will remove all build cache. Are you sure you want to continue? [y/N] "
_DAEMON_FILTERS = frozenset("until unused-for label label! id parent type description inuse shared private".split())


def buildx_prune(session: Session, request: BuildxPrune) -> int:
    """`docker buildx prune`: a row for each record that goes."""
    now_ns = session.engine.clock.now_ns()
    wanted = shown.wanted_records(request.filter, now_ns)
    if not request.force and not _agreed(session, everything=request.all):
        return 0
    check_builder(session, request.builder)
    gone = build_cache.prune(session.engine, wanted, everything=request.all, keep_bytes=request.keep_storage)
    # Without a filter BuildKit does not ask what images share, where all goes.
    mark_shared = not request.all or bool(request.filter)
    if request.verbose:
        session.out(shown.verbose(gone, now_ns, mark_shared=mark_shared))
    else:
        # buildx lays the headings out with the first row, and each row after it by itself.
        rows = [shown.table_row(entry, now_ns, mark_shared=mark_shared) for entry in gone]
        session.out(tabbed([shown.HEADINGS, *rows[:1]]) if rows else "")
        session.out("".join(tabbed([row]) for row in rows[1:]))
    session.out(tabbed([("Total:", human_size(sum(entry.size for entry in gone)))]))
    return 0


def builder_prune(session: Session, request: BuilderPrune) -> int:
    """`docker builder prune` of a client without buildx: the ids, and the space that they took."""
    if not request.force and not _agreed(session, everything=request.all):
        return 0
    lines, freed = prune_cache(session, request.filter, everything=request.all, keep_bytes=request.keep_storage)
    session.out(f"{lines}Total reclaimed space: {human_size(freed)}\n")
    return 0


def prune_cache(session: Session, filters: Filters, *, everything: bool, keep_bytes: int = 0) -> tuple[str, int]:
    """Prunes the cache; gives the lines to print and the bytes that were freed. `InvalidInput` for a bad filter."""
    check_known(filters, _DAEMON_FILTERS)
    now_ns = session.engine.clock.now_ns()
    moments = [*filters.get("until"), *filters.get("unused-for")]
    if len(moments) > 1:
        raise InvalidInput("filters expect only one value")
    limit = parse_moment(moments[0], now_ns) if moments else None
    wanted = shown.matching(filters, limit)
    gone = build_cache.prune(session.engine, wanted, everything=everything, keep_bytes=keep_bytes)
    if not gone:
        return "", 0
    ids = "".join(f"{entry.record.id}\n" for entry in gone)
    return f"Deleted build cache objects:\n{ids}\n", sum(entry.size for entry in gone)


def _agreed(session: Session, *, everything: bool) -> bool:
    session.out(_ALL if everything else _DANGLING)
    answer = session.stdin.readline() if session.stdin else b""
    return answer.strip().lower() in (b"y", b"yes")
