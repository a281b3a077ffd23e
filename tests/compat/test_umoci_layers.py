"""umoci puts our layers together to the tree that we see: whiteouts, opaque directories, changed types, links."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess

import pytest

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.change import diff
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.tar import write_layer
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import exe, listing, tree

pytestmark = pytest.mark.peer

BASE = {
    "bin": {"busybox": exe(b"BB" * 100, 0o4755), "sh": "-> busybox"},
    "etc": {"passwd": b"root", "group": b"g"},
    "opaque": {"old": b"", "sub": {"older": b""}},
    "to-link": {"inner": b""},
    "to-file": {"inner": b""},
    "file-to-dir": b"",
    "link-to-dir": "-> etc",
    "emptied": {"a": b"", "b": b""},
    "gone": {"x": {"y": b""}},
    "ümläut": {"n" * 120: b"long"},
}
STEPS = [
    [
        ("rmtree", "/opaque"),
        ("mkdir", "/opaque"),
        ("write", "/opaque/old", b"new"),
        ("rmtree", "/to-link"),
        ("symlink", "etc", "/to-link"),
        ("rmtree", "/to-file"),
        ("write", "/to-file", b"file"),
        ("remove", "/file-to-dir"),
        ("mkdir", "/file-to-dir"),
        ("write", "/file-to-dir/x", b"x"),
        ("remove", "/link-to-dir"),
        ("mkdir", "/link-to-dir"),
        ("remove", "/emptied/a"),
        ("remove", "/emptied/b"),
        ("rmtree", "/gone"),
    ],
    [
        ("link", "/bin/busybox", "/bin/ls"),
        ("link", "/bin/busybox", "/" + "l" * 120),
        ("chmod", "/etc", 0o700),
        ("rename", "/etc/group", "/etc/group2"),
        ("mkdir", "/gone"),
        ("write", "/gone/again", b""),
    ],
    [("remove", "/bin/ls"), ("append", "/bin/busybox", b"!"), ("rmtree", "/ümläut")],
]


def layers():
    """The layers as tar, and the tree that they make."""
    archives = []
    lower, upper = Tree.empty(), tree(BASE)
    for step in [*STEPS, []]:
        out = io.BytesIO()
        write_layer(diff(lower, upper), out)
        archives.append(out.getvalue())
        builder = TreeBuilder(upper, lambda: 1_700_000_000 * 10**9)
        for method, *arguments in step:
            getattr(builder, method)(*arguments)
        lower, upper = upper, builder.build()
    return archives, upper


def layout(root, archives):
    """An OCI image layout of one image, written by hand (OCI image spec, image-layout.md)."""
    blobs = root / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    rows = [put(archive, "layer.v1.tar") for archive in archives]
    platform = {"architecture": "amd64", "os": "linux"}
    rootfs = {"type": "layers", "diff_ids": [row["digest"] for row in rows]}
    config = put(json.dumps({**platform, "rootfs": rootfs, "config": {}}).encode(), "config.v1+json")
    image = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    manifest = put(json.dumps({**image, "config": config, "layers": rows}).encode(), "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "it"}
    (root / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def comparable(made):
    return {
        path: (kind, *(() if kind == "symlink" else (mode,)), *rest)
        for path, (kind, mode, _, _, _, _, *rest) in listing(made).items()
    }


def test_umoci_makes_the_same_tree_of_our_layers(tmp_path):
    if shutil.which("umoci") is None:
        pytest.skip("umoci is not installed")
    archives, expected = layers()
    layout(tmp_path / "image", archives)
    command = ["umoci", "unpack", "--rootless", "--image", f"{tmp_path / 'image'}:it", str(tmp_path / "bundle")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert comparable(read_dir(tmp_path / "bundle" / "rootfs")) == comparable(expected)
