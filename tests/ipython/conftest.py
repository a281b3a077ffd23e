"""The fixtures of the kernel's tests, for another kernel."""

from kernel.conftest import kernel

__all__ = ["kernel"]
