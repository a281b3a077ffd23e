"""Layers as tar streams: written from changes, and indexed without unpacking.

The law: `index_layer` of what `write_layer` wrote gives the same changes again, but for ADDED and MODIFIED, which a
layer alone cannot tell apart (both read as ADDED), and for fractions of seconds.
"""

from __future__ import annotations

from dockkernel.fs.tarindex import index_layer
from dockkernel.fs.tarwrite import layer_reader, layer_size, write_layer

__all__ = ["index_layer", "layer_reader", "layer_size", "write_layer"]
