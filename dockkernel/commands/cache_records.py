"""Records of the build cache as lists show them, and which of them a filter means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.filters import Filters
from dockkernel.commands.human import human_duration, human_size, parse_duration
from dockkernel.commands.layout import tabbed
from dockkernel.engine.build_cache import CacheEntry, Wanted
from dockkernel.oci.quoting import go_quote

HEADINGS = ("ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED")
_UNTIL, _UNUSED = "until", "unused-for"


def table_row(entry: CacheEntry, now_ns: int, *, mark_shared: bool = True) -> tuple[str, ...]:
    """The cells of one record: a star after the id is for what is mutable, one after the size for what is shared."""
    record = entry.record
    name = f"{record.id}{'*' if record.mutable else ''}"
    size = f"{human_size(entry.size)}{'*' if entry.shared and mark_shared else ''}"
    return f"{name:<40}", f"{'true':<5}", f"{size:<10}", _ago(record.last_used_ns, now_ns)


def verbose(entries: Iterable[CacheEntry], now_ns: int, *, mark_shared: bool = True) -> str:
    """Every record as a paragraph of fields."""
    rows: list[Sequence[str]] = []
    for entry in entries:
        rows += [*_fields(entry, now_ns, entry.shared and mark_shared), ()]
    return tabbed(rows)


def _fields(entry: CacheEntry, now_ns: int, shared: bool) -> Iterable[tuple[str, str]]:
    record = entry.record
    yield "ID:", record.id
    if record.parent:
        yield "Parent:", record.parent
    yield "Created at:", _go_time(record.created_ns)
    yield "Mutable:", _bool(record.mutable)
    yield "Reclaimable:", "true"
    yield "Shared:", _bool(shared)
    yield "Size:", human_size(entry.size)
    if record.description:
        yield "Description:", record.description
    yield "Usage count:", str(record.usage)
    if record.last_used_ns:
        yield "Last used:", _ago(record.last_used_ns, now_ns)
    yield "Type:", record.type


def _ago(time_ns: int, now_ns: int) -> str:
    return f"{human_duration(now_ns - time_ns)} ago" if time_ns else ""


def _bool(value: bool) -> str:
    return "true" if value else "false"


def _go_time(time_ns: int) -> str:
    """A time as Go prints it: `2026-11-25 02:41:59.456105838 +0000 UTC`."""
    from dockkernel.oci.times import from_ns

    return from_ns(time_ns).replace("T", " ").removesuffix("Z") + " +0000 UTC"


def wanted_records(filters: Filters, now_ns: int) -> Wanted:
    """Which records buildx's filters mean; `BuildxError` for those that it cannot read."""
    if any(len(filters.get(key)) > 1 for key, _ in filters.pairs):
        raise BuildxError("filters expect only one value")
    if filters.get(_UNTIL) and filters.get(_UNUSED):
        raise BuildxError(f"conflicting filters {go_quote(_UNTIL)} and {go_quote(_UNUSED)}")
    key = _UNUSED if filters.get(_UNUSED) else _UNTIL
    limit = None
    for text in filters.get(key):
        try:
            limit = now_ns - parse_duration(text)
        except ValueError as error:
            raise BuildxError(f"{go_quote(key)} filter expects a duration (e.g., '24h'): {error}") from error
    return matching(filters, limit)


def matching(filters: Filters, limit_ns: int | None) -> Wanted:
    """The filter over records last used before a time, None for any, with all fields as said."""
    fields = [(key, value) for key, value in filters.pairs if key not in (_UNTIL, _UNUSED, "label", "label!")]

    def wanted(entry: CacheEntry) -> bool:
        if limit_ns is not None and entry.record.last_used_ns > limit_ns:
            return False
        return all(_has(entry, key, value) for key, value in fields)

    return wanted


def _has(entry: CacheEntry, key: str, value: str) -> bool:
    record = entry.record
    texts = {"type": record.type, "description": record.description, "parent": record.parent, "parents": record.parent}
    flags = {
        "mutable": record.mutable,
        "immutable": not record.mutable,
        "shared": entry.shared,
        "private": not entry.shared,
        "inuse": False,
    }
    if key == "id":
        return value in record.id
    if key in flags:
        return flags[key] is (value.lower() not in ("0", "f", "false"))
    return texts.get(key) == value
