"""dockkernel: Docker's image commands on an embedded OCI engine, for Jupyter. Names are loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_LAZY = {
    "DockError": "dockkernel.errors",
    "Engine": "dockkernel.engine.engine",
    "Image": "dockkernel.image.image",
    "Reference": "dockkernel.oci.reference",
    "load_ipython_extension": "dockkernel.frontends.ipython.extension",
    "open_engine": "dockkernel.frontends.assembly",
    "run": "dockkernel.frontends.assembly",
    "unload_ipython_extension": "dockkernel.frontends.ipython.extension",
}

__all__ = [
    "DockError",
    "Engine",
    "Image",
    "Reference",
    "__version__",
    "load_ipython_extension",
    "open_engine",
    "run",
    "unload_ipython_extension",
]

if TYPE_CHECKING:
    from dockkernel.engine.engine import Engine
    from dockkernel.errors import DockError
    from dockkernel.frontends.assembly import open_engine, run
    from dockkernel.frontends.ipython.extension import load_ipython_extension, unload_ipython_extension
    from dockkernel.image.image import Image
    from dockkernel.oci.reference import Reference


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
