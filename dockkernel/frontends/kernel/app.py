"""`python -m dockkernel.frontends.kernel.app -f CONNECTION`: the kernel's process."""

from __future__ import annotations

from ipykernel.kernelapp import IPKernelApp

from dockkernel.frontends.kernel.kernel import DockKernel


def main() -> None:
    """Runs the kernel until it is shut down."""
    IPKernelApp.launch_instance(kernel_class=DockKernel)


if __name__ == "__main__":
    main()
