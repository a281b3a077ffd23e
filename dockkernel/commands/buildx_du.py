"""`docker buildx du`: what the build cache holds."""

from __future__ import annotations

from collections.abc import Sequence

from dockkernel.commands import cache_records as shown
from dockkernel.commands.buildx_builders import check_builder
from dockkernel.commands.events import Rows
from dockkernel.commands.human import human_size
from dockkernel.commands.layout import tabbed
from dockkernel.commands.request_buildx import BuildxDu
from dockkernel.commands.session import Session
from dockkernel.engine import build_cache
from dockkernel.engine.build_cache import CacheEntry


def buildx_du(session: Session, request: BuildxDu) -> int:
    """`docker buildx du`: the largest records first."""
    now_ns = session.engine.clock.now_ns()
    wanted = shown.wanted_records(request.filter, now_ns)
    check_builder(session, request.builder)
    found = [entry for entry in build_cache.entries(session.engine.state) if wanted(entry)]
    found.sort(key=lambda entry: (entry.size, entry.record.id), reverse=True)
    if request.verbose:
        session.out(shown.verbose(found, now_ns))
    else:
        session.out(tabbed([shown.HEADINGS, *(shown.table_row(entry, now_ns) for entry in found)]))
    if not request.filter:
        session.out(_summary(found))
    rows = tuple((one.record.id, one.record.type, one.record.description, one.size, one.shared) for one in found)
    session.emit(Rows(("id", "type", "description", "size", "shared"), rows))
    return 0


def _summary(found: Sequence[CacheEntry]) -> str:
    total = sum(entry.size for entry in found)
    shared = sum(entry.size for entry in found if entry.shared)
    rows = [("Reclaimable:", human_size(total)), ("Total:", human_size(total))]
    if shared:
        rows = [("Shared:", human_size(shared)), ("Private:", human_size(total - shared)), *rows]
    return tabbed(rows)
