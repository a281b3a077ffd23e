"""Every executor that we ship keeps what `dockkernel.testing` asks for."""

from __future__ import annotations

from support.rootfs import busybox, debian

from dockkernel.exec.protocol import Executor
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.tree import Tree
from dockkernel.testing.executor_mounts import MountConformance


class TestPortableOverBusybox(MountConformance):
    def executor(self) -> Executor:
        return VirtualExecutor()

    def rootfs(self) -> Tree:
        return busybox()


class TestPortableOverDebian(MountConformance):
    def executor(self) -> Executor:
        return VirtualExecutor()

    def rootfs(self) -> Tree:
        return debian()
