"""Every executor that we ship keeps what `dockkernel.testing.executor` asks for."""

from __future__ import annotations

from support.rootfs import busybox, debian

from dockkernel.exec.protocol import Executor
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.tree import Tree
from dockkernel.testing.executor import ExecutorConformance


class TestPortableOverBusybox(ExecutorConformance):
    def executor(self) -> Executor:
        return VirtualExecutor()

    def rootfs(self) -> Tree:
        return busybox()


class TestPortableOverDebian(ExecutorConformance):
    def executor(self) -> Executor:
        return VirtualExecutor()

    def rootfs(self) -> Tree:
        return debian()
