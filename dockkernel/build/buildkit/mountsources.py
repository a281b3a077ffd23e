"""What each mount of RUN brings: a file or directory of a tree, a cache, an empty memory file system, a secret.

The rules are those of BuildKit's Dockerfile frontend and solver ("RUN --mount" in the Dockerfile reference).
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dockkernel.build.buildkit.mounting import Attachment
from dockkernel.build.buildkit.ops import ExecOp, MountOp
from dockkernel.dockerfile.mounts import Mount
from dockkernel.errors import InvalidInput
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, File, Inline, Meta, Node
from dockkernel.fs.tree import Tree
from dockkernel.oci.quoting import go_quote

_TMPFS_MODE = 0o1777
_SECRET_MODE = 0o400
_CACHE_DIR = "/cache"
"""Where BuildKit keeps a cache whose owner or mode was said, so that they are kept with it."""


@dataclass(frozen=True, slots=True)
class CacheMount:
    """A cache mount as a step wants it."""

    key: str
    """What it is found by from build to build."""
    sharing: str
    description: str
    """As `docker buildx du --verbose` shows it."""
    selector: str
    """The directory in it that is mounted."""
    mount: Mount
    base: Tree
    """What a new one begins with."""
    target: str

    def first(self, now_ns: int) -> Tree:
        """The content of a new one."""
        if self.selector != _CACHE_DIR or self.mount.source:
            return self.base
        mount = self.mount
        meta = Meta(0o755 if mount.mode is None else mount.mode & 0o7777, mount.uid or 0, mount.gid or 0, now_ns)
        return self.base.with_node(_CACHE_DIR, Dir(meta))


def target_of(mount: Mount, cwd: str) -> str:
    """The absolute path of a mount's target."""
    target = mount.target
    if mount.type == "secret" and not target:
        target = f"/run/secrets/{posixpath.basename(secret_id(mount))}"
    return _absolute(target, cwd)


def _absolute(path: str, cwd: str) -> str:
    return "/" + posixpath.normpath(posixpath.join("/", cwd, path)).lstrip("/")


def secret_id(mount: Mount) -> str:
    """Which secret a mount asks for."""
    return mount.source or mount.id or posixpath.basename(mount.target.rstrip("/"))


def bind(op: MountOp, cwd: str, inputs: Sequence[Tree | None], now_ns: int) -> Attachment:
    """A file or directory of a stage, an image or the context; `InvalidInput` when it is not there."""
    tree, path = _input(op, inputs), _absolute(op.mount.source, "/")
    node = selected(tree, path)
    if node is None:
        raise InvalidInput(f"failed to compute cache key: failed to calculate checksum: {go_quote(path)}: not found")
    return Attachment(target_of(op.mount, cwd), dated(node, now_ns), op.mount.read_only, path)


def selected(tree: Tree, path: str) -> Node | None:
    """The node at a path, links followed inside the tree."""
    try:
        return tree.get(resolve(tree, path))
    except OSError:
        return None


def _input(op: MountOp, inputs: Sequence[Tree | None]) -> Tree:
    found = None if op.input is None else inputs[op.input - 1]
    return Tree.empty() if found is None else found


def tmpfs(op: MountOp, cwd: str, now_ns: int) -> Attachment:
    """An empty directory whose files are gone after the process."""
    node = Dir(Meta(_TMPFS_MODE, mtime_ns=now_ns))
    return Attachment(target_of(op.mount, cwd), node, op.mount.read_only, capacity=op.mount.size)


def secret(mount: Mount, cwd: str, secrets: Mapping[str, bytes], now_ns: int) -> Attachment | None:
    """The file with the secret; None when it only goes into the environment, or is not given and need not be."""
    data = secret_value(mount, secrets)
    if data is None or (mount.env is not None and not mount.target):
        return None
    mode = _SECRET_MODE if mount.mode is None else mount.mode & 0o777
    meta = Meta(mode, mount.uid or 0, mount.gid or 0, now_ns)
    return Attachment(target_of(mount, cwd), File(meta, Inline(data)), True, secret_id(mount))


def secret_value(mount: Mount, secrets: Mapping[str, bytes]) -> bytes | None:
    """The secret; None when it is not given; `InvalidInput` when it must be."""
    name = secret_id(mount)
    if name not in secrets and mount.required:
        raise InvalidInput(f"secret {name}: not found")
    return secrets.get(name)


def cache(op: ExecOp, mount_op: MountOp, inputs: Sequence[Tree | None], names: Sequence[str]) -> CacheMount:
    """The cache that a mount asks for. Its key holds what it begins with: with another beginning it is another cache.

    `names` are the inputs' names (chain IDs).
    """
    mount = mount_op.mount
    cache_id = "/" + (mount.id or posixpath.normpath(mount.target))
    owned = not (mount.uid is None and mount.gid is None and mount.mode is None)
    source = _absolute(mount.source, "/")
    selector = source if source != "/" else _CACHE_DIR if owned else "/"
    key = cache_id
    if mount_op.input is not None:
        key += ":" + (names[mount_op.input - 1] if len(names) >= mount_op.input else mount.from_)
    if selector == _CACHE_DIR and not mount.source:
        key += f":{0o755 if mount.mode is None else mount.mode:o}:{mount.uid or 0}:{mount.gid or 0}"
    target = target_of(mount, op.cwd)
    description = f"cached mount {target} from exec {' '.join(op.argv)}"
    if cache_id != target:
        description += f" with id {go_quote(cache_id)}"
    base = _input(mount_op, inputs)
    return CacheMount(key, mount.sharing or "shared", description, selector, mount, base, target)


def dated(node: Node, now_ns: int) -> Node:
    """A directory whose time is not known with the present one."""
    if isinstance(node, Dir) and not node.meta.mtime_ns:
        return replace(node, meta=replace(node.meta, mtime_ns=now_ns))
    return node
