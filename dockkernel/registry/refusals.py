"""Why a reference cannot be had, in the daemon's own words.

::

    RegistryError
    ├── Unreachable            the host cannot be asked
    ├── CatalogDamaged         a catalog directory is absent or is no OCI image layout
    └── ManifestNotFound       the repository is known, the tag or digest is not
        ├── RepositoryNotFound the registry does not know the repository
        └── PlatformNotFound   there are manifests, but for other platforms
"""

from __future__ import annotations

import re

from dockkernel.errors import ManifestNotFound, RegistryError
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import DEFAULT_REGISTRY, Reference

NO_NETWORK = "the embedded engine has no network client yet: it answers from its catalogs (docker.io/library names)"
_ADDRESS = re.compile(r"(?:\d+\.){3}\d+|\[.*\]|localhost")
_LOOPBACK = re.compile(r"127\..*|\[::1\]|localhost")


class Unreachable(RegistryError):
    """The registry's host cannot be asked."""


class CatalogDamaged(RegistryError):
    """A catalog directory cannot be read; the message names it and says why."""


class RepositoryNotFound(ManifestNotFound):
    """The registry has no repository of this name."""


class PlatformNotFound(ManifestNotFound):
    """The index has no manifest for the platform that was asked for."""


def manifest_unknown(reference: Reference) -> ManifestNotFound:
    """A known repository without this tag or digest."""
    return ManifestNotFound(f"manifest for {reference.familiar()} not found: manifest unknown: manifest unknown")


def repository_unknown(reference: Reference) -> ManifestNotFound:
    """A repository that its registry does not have; Docker Hub hides the difference to a private one."""
    if reference.registry != DEFAULT_REGISTRY:
        return manifest_unknown(reference)
    return RepositoryNotFound(
        f"pull access denied for {reference.familiar_name}, repository does not exist or may require 'docker login': "
        "denied: requested access to the resource is denied"
    )


def no_platform(platform: Platform) -> PlatformNotFound:
    """An index without the platform."""
    return PlatformNotFound(f"no matching manifest for {platform} in the manifest list entries")


def unreachable(reference: Reference) -> Unreachable:
    """A host that nothing here answers for."""
    match = re.fullmatch(r"(.+?)(?::(\d+))?", reference.registry)
    host, port = match.groups() if match else (reference.registry, None)
    if not _ADDRESS.fullmatch(host):
        reason = f'Get "https://{reference.registry}/v2/": dial tcp: lookup {host}: no such host'
        return Unreachable(reason, hint=NO_NETWORK)
    scheme = "http" if _LOOPBACK.fullmatch(host) else "https"
    address = f"{'127.0.0.1' if host == 'localhost' else host}:{port or ('80' if scheme == 'http' else '443')}"
    reason = f'Get "{scheme}://{reference.registry}/v2/": dial tcp {address}: connect: connection refused'
    return Unreachable(reason, hint=NO_NETWORK)


def specificity(error: RegistryError) -> int:
    """How much an error tells, so that of several registries' errors the most telling one is kept."""
    ranks = (Unreachable, RepositoryNotFound, CatalogDamaged, PlatformNotFound, ManifestNotFound)
    return next((rank for rank, kind in enumerate(ranks) if isinstance(error, kind)), len(ranks))
