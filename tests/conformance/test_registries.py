"""Every registry that we ship keeps what `dockkernel.testing.registry` asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog import EmbeddedCatalog
from dockkernel.registry.catalog_dir import DirectoryCatalog
from dockkernel.registry.protocol import Registry
from dockkernel.registry.router import Router
from dockkernel.testing.layouts import write_layout
from dockkernel.testing.registry import RegistryConformance, Subject


def subject_for(registry: Registry, known: str) -> Subject:
    reference = Reference.parse(known)
    return Subject(
        registry,
        reference,
        reference.with_tag("no-such-tag"),
        Reference.parse("nosuch:latest"),
        Reference.parse("registry.example.com/team/app:1"),
    )


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    write_layout(tmp_path, {"course:1": {"etc/motd": b"hello"}, "course:2": {"etc/motd": b"again", "a": b"b" * 3000}})
    return tmp_path


class TestDirectoryCatalog(RegistryConformance):
    @pytest.fixture(autouse=True)
    def _given(self, layout: Path) -> None:
        self._layout = layout

    def subject(self) -> Subject:
        return subject_for(DirectoryCatalog(self._layout), "course:2")


class TestEmbeddedCatalog(RegistryConformance):
    def subject(self) -> Subject:
        return subject_for(EmbeddedCatalog(dict), "busybox:1.36")


class TestEmbeddedCatalogLayers(RegistryConformance):
    def subject(self) -> Subject:
        return subject_for(EmbeddedCatalog(dict), "nginx:alpine")


class TestRouter(RegistryConformance):
    @pytest.fixture(autouse=True)
    def _given(self, layout: Path) -> None:
        self._layout = layout

    def subject(self) -> Subject:
        return subject_for(Router([DirectoryCatalog(self._layout), EmbeddedCatalog(dict)]), "course:1")


class TestRouterSecond(RegistryConformance):
    @pytest.fixture(autouse=True)
    def _given(self, layout: Path) -> None:
        self._layout = layout

    def subject(self) -> Subject:
        return subject_for(Router([DirectoryCatalog(self._layout), EmbeddedCatalog(dict)]), "alpine:3.20")
