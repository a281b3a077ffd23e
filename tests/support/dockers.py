"""A `docker` for tests: a real store with a tiny busybox in it, commands as typed, what they print."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support.houses import CREATED, Ticking

from dockkernel.commands.events import Recorder
from dockkernel.commands.run import execute
from dockkernel.commands.session import Session
from dockkernel.engine import names
from dockkernel.engine.engine import Engine
from dockkernel.engine.settings import Settings
from dockkernel.engine.state import ImageRecord, LayerRecord, add_image, set_tag
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.change import Change, diff
from dockkernel.fs.node import Dir, File, Meta
from dockkernel.fs.tree import Tree
from dockkernel.image.edit import append_layer, write_image
from dockkernel.oci.chain import chain_ids
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.registry.router import Router
from dockkernel.testing.trees import exe, tree

_PROGRAMS = "sh ls cat echo mkdir rm mv cp ln chmod chown touch true false id wc sort find sleep test head date".split()
BUSYBOX = tree(
    {
        "bin/busybox": exe(b"\x7fELF busybox"),
        **{f"bin/{name}": "-> busybox" for name in _PROGRAMS},
        "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\napp:x:1000:1001::/:\n",
        "etc/group": "root:x:0:\nstaff:x:50:\napp:x:1001:\nnobody:x:65534:\n",
        "etc/hosts": "",
        "etc/resolv.conf": "",
        "root": {},
        "tmp": Dir(Meta(0o1777)),
        "home": {},
    }
)
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@dataclass
class Docker:
    """A store in `home` and a working directory `cwd`."""

    home: Path
    cwd: Path
    env: dict[str, str] = field(default_factory=lambda: {"DOCKER_BUILDKIT": "0"})
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.cwd.mkdir(parents=True, exist_ok=True)
        self.engine = Engine.open(Settings(self.home), Ticking(), Router([]), VirtualExecutor())

    def __call__(self, *argv: str, stdin: bytes | None = None) -> Ran:
        recorder = Recorder()
        source = None if stdin is None else io.BytesIO(stdin)
        code = execute(Session(self.engine, recorder, self.cwd, self.env, source), argv)
        return Ran(code, recorder.stdout, recorder.stderr)

    def build(self, dockerfile: str, *options: str, **files: bytes | str) -> Ran:
        """Builds a Dockerfile with these files in its context (`__` stands for `/` and `_dot_` for a dot)."""
        self.write("Dockerfile", dockerfile)
        for name, content in files.items():
            self.write(name.replace("__", "/").replace("_dot_", "."), content)
        return self("build", *options, ".")

    def write(self, name: str, content: bytes | str) -> Path:
        """A file in the working directory."""
        path = self.cwd / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def add_image(self, name: str, files: Tree, **config: Any) -> ImageRecord:
        """An image of one layer, as if it had been pulled."""
        diff_id, size, blob_bytes = append_layer(self.engine.blobs, diff(Tree.empty(), files))
        made = ImageConfig.build(
            config=replace(ContainerConfig(env=(PATH,), cmd=("sh",)), **config), diff_ids=(diff_id,), created=CREATED,
            history=(History(CREATED, "/bin/sh -c #(nop) ADD file:0 in / "),),
        )  # fmt: skip
        manifest = write_image(self.engine.blobs, made, [(diff_id, blob_bytes)])
        layer = LayerRecord(str(chain_ids([diff_id])[0]), str(diff_id), size)
        record = ImageRecord(str(made.id), str(manifest.descriptor.digest), CREATED, (layer,))
        with self.engine.transaction("pull") as tx:
            tx.state = set_tag(add_image(tx.state, record), f"docker.io/library/{name}", record.id)
        return record

    def image(self, name: str) -> ImageRecord:
        """The record of an image."""
        return names.find_image(self.engine.state, name)

    def config(self, name: str) -> ImageConfig:
        """The config of an image."""
        return self.engine.config(self.image(name).id)

    def files(self, name: str) -> Tree:
        """The file system of an image."""
        return self.engine.trees.tree([Digest.parse(layer.diff_id) for layer in self.image(name).layers])

    def read(self, name: str, path: str) -> str:
        """The text of a file in an image."""
        node = self.files(name).get(path)
        assert isinstance(node, File), f"{path} is {node}"
        with node.content.open() as stream:
            return stream.read().decode()

    def layer(self, name: str, number: int) -> tuple[Change, ...]:
        """The changes of one of an image's layers; 0 is the base."""
        return self.engine.trees.changes(Digest.parse(self.image(name).layers[number].diff_id))

    def inspect(self, name: str) -> Mapping[str, Any]:
        """What `docker image inspect` shows."""
        found: list[Mapping[str, Any]] = json.loads(self("image", "inspect", name).out)
        return found[0]


def docker_in(place: Path) -> Docker:
    """A docker with busybox, in an empty directory."""
    docker = Docker(place / "home", place / "cwd")
    docker.add_image("busybox:latest", BUSYBOX)
    return docker
