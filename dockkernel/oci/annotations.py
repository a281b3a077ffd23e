"""Annotations by which an image in a layout has its name."""

from __future__ import annotations

from typing import Final

IMAGE_NAME: Final = "io.containerd.image.name"
"""containerd's, for the whole name with its registry."""
REF_NAME: Final = "org.opencontainers.image.ref.name"
"""The name by which skopeo and umoci find an image in a layout (OCI image spec, annotations.md)."""
