"""Which images a list shows, and under which names: the daemon's rules (docs.docker.com, `docker image ls`, Filtering).

An image is one `Listed`; the rows of a table come from it, one for each tag.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from dockkernel.commands.filters import Filters
from dockkernel.commands.human import parse_moment
from dockkernel.commands.labels import has_label
from dockkernel.engine import names, usage
from dockkernel.engine.state import ImageRecord, State
from dockkernel.errors import InvalidInput
from dockkernel.oci import times
from dockkernel.oci.match import path_match
from dockkernel.oci.reference import Reference

_KNOWN = frozenset({"dangling", "label", "before", "since", "reference", "until"})
_TRUE, _FALSE = {"1", "true"}, {"0", "false"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One image of a list with the references that the list shows."""

    record: ImageRecord
    tags: tuple[Reference, ...]
    digests: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `docker image ls`."""

    record: ImageRecord
    repository: str
    tag: str
    digest: str


_reference = lru_cache(maxsize=16384)(Reference.parse)


def boolean(filters: Filters, key: str) -> bool | None:
    """The value of a yes-or-no filter, None when it is not given; `InvalidInput` for anything else."""
    values = set(filters.get(key))
    if not values:
        return None
    if bool(values & _TRUE) == bool(values & _FALSE):
        raise InvalidInput(f"invalid filter '{key}=[{' '.join(filters.get(key))}]'")
    return bool(values & _TRUE)


def check_known(filters: Filters, known: frozenset[str]) -> None:
    """`InvalidInput` when a filter is none of the known ones."""
    for key, _ in filters.pairs:
        if key not in known:
            raise InvalidInput(f"invalid filter '{key}'")


def _time_window(state: State, filters: Filters, now_ns: int) -> Callable[[ImageRecord], bool]:
    """Tells whether an image was created inside what before, since and until allow; whole precision."""
    before = [times.to_ns(names.find_image(state, value).created) for value in filters.get("before")]
    before += [parse_moment(value, now_ns) for value in filters.get("until")]
    since = [times.to_ns(names.find_image(state, value).created) for value in filters.get("since")]
    end, start = min(before, default=None), max(since, default=None)

    def inside(record: ImageRecord) -> bool:
        created = times.to_ns(record.created)
        return (end is None or created < end) and (start is None or created > start)

    return inside


def _wanted(reference: Reference, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(
        path_match(pattern, reference.familiar()) or path_match(pattern, reference.familiar_name)
        for pattern in patterns
    )


def select(state: State, filters: Filters, *, everything: bool, now_ns: int) -> Iterator[Listed]:
    """The images that `docker image ls` shows, newest first; `everything` is `-a`.

    `InvalidInput` for an unknown filter or value, `ImageNotFound` for before and since.
    """
    check_known(filters, _KNOWN)
    dangling, patterns = boolean(filters, "dangling"), filters.get("reference")
    inside = _time_window(state, filters, now_ns)
    inner, labels = usage.parents(state), filters.get("label")

    def labelled(record: ImageRecord) -> bool:
        return all(has_label(record.labels, wanted) for wanted in labels)

    references: defaultdict[str, list[Reference]] = defaultdict(list)
    for name, image_id in (*sorted(state.tags.items()), *sorted(state.digests.items())):
        references[image_id].append(_reference(name))
    for record in sorted(state.images.values(), key=usage.newest_first):
        if (dangling and record.id in inner) or not inside(record) or not labelled(record):
            continue
        shown = [reference for reference in references[record.id] if _wanted(reference, patterns)]
        tags = tuple(reference for reference in shown if reference.tag)
        if dangling and tags:
            continue
        if not shown and (patterns or dangling is False or (record.id in inner and not everything)):
            continue
        yield Listed(record, tags, tuple(reference for reference in shown if reference.digest))


def rows(listed: Listed, *, need_digest: bool, digest_column: bool) -> Iterator[Row]:
    """The rows of one image: one for each tag, and one for a repository that only a digest names.

    `need_digest` fills in digests beside tags; `digest_column` gives each digest-only reference a row of its own.
    """
    record = listed.record
    if not listed.tags and not listed.digests:
        yield Row(record, "<none>", "<none>", "<none>")
    digests: defaultdict[str, list[str]] = defaultdict(list)
    for reference in listed.digests:
        digests[reference.familiar_name].append(str(reference.digest))
    tagged = dict.fromkeys(reference.familiar_name for reference in listed.tags)
    for reference in listed.tags:
        known = digests[reference.familiar_name] if need_digest else []
        for digest in known or ["<none>"]:
            yield Row(record, reference.familiar_name, reference.tag or "", digest)
    for repository in [name for name in digests if name not in tagged]:
        for digest in digests[repository] if digest_column else [""]:
            yield Row(record, repository, "<none>", digest)


def with_pattern(filters: Filters, pattern: str | None) -> Filters:
    """The filters with the positional name added as one more reference pattern."""
    return replace(filters, pairs=(*filters.pairs, ("reference", pattern))) if pattern else filters
