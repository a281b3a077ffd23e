"""Immutable, JSON-able records for drawing."""

from dockkernel.snapshot.graph import GraphSnapshot, StageSnapshot, VertexSnapshot
from dockkernel.snapshot.world import (
    SCHEMA_VERSION,
    Blocked,
    ContainerView,
    DiskShow,
    EffectShow,
    ImageView,
    Kept,
    LayerView,
    Show,
    StackShow,
    World,
)

__all__ = [
    "SCHEMA_VERSION",
    "Blocked",
    "ContainerView",
    "DiskShow",
    "EffectShow",
    "GraphSnapshot",
    "ImageView",
    "Kept",
    "LayerView",
    "Show",
    "StackShow",
    "StageSnapshot",
    "VertexSnapshot",
    "World",
]
