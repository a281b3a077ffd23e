"""Labels of images, containers, volumes and networks: the `label=` filters, and how lists print them."""

from __future__ import annotations

from collections.abc import Mapping


def has_label(labels: Mapping[str, str] | None, wanted: str) -> bool:
    """True when there is a label `name`, or `name=value` with this value."""
    name, equals, value = wanted.partition("=")
    found = (labels or {}).get(name)
    return found is not None and (not equals or found == value)


def labels_text(labels: Mapping[str, str] | None) -> str:
    """`a=1,b=2`, sorted by name."""
    return ",".join(f"{name}={value}" for name, value in sorted((labels or {}).items()))
