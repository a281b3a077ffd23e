"""skopeo and umoci read the store in place, after every command, under every kind of name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.houses import add, canonical, house, remove, with_image

from dockkernel.engine.house import Persistent
from dockkernel.engine.state import ImageRecord

pytestmark = pytest.mark.peer
NAMES = ["nginx:latest", "team/app:1.0-rc_2", "registry.example.com:5000/team/demo:v1", "localhost/x__y:a"]
ASKED = NAMES[:3]
"""The last one is a name for Docker but none for a layout (OCI image spec, annotations.md: no `__`): it can be listed,
but both peers refuse to be asked for it."""


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        reason = f"{command[0]} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def store(tmp_path: Path) -> Persistent:
    made = house(tmp_path / "home")
    record = add(made, "nginx", {"etc/os-release": b"ID=test\n"}, {"usr/sbin/nginx": b"#!"})
    with made.transaction("docker tag") as tx:
        tx.state = with_image(tx.state, record, *NAMES)
    other = add(made, "busybox", {"bin/sh": b"#!"})
    with made.transaction("docker untag busybox") as tx:
        tx.state = replace(tx.state, tags={name: i for name, i in tx.state.tags.items() if i != other.id})
    return made


def _nginx(store: Persistent) -> ImageRecord:
    state = store.state()
    return state.images[state.tags[canonical("nginx")]]


@pytest.mark.parametrize("name", ASKED)
def test_skopeo_inspects(store: Persistent, name: str) -> None:
    record = _nginx(store)
    found = json.loads(_run("skopeo", "inspect", f"oci:{store.settings.home}:{name}"))
    assert found["Digest"] == record.manifest
    assert found["Layers"] == [layer.diff_id for layer in record.layers]
    config = json.loads(_run("skopeo", "inspect", "--config", f"oci:{store.settings.home}:{name}"))
    assert config["rootfs"]["diff_ids"] == found["Layers"]


@pytest.mark.parametrize("name", ASKED)
def test_umoci_stats(store: Persistent, name: str) -> None:
    found = json.loads(_run("umoci", "stat", "--json", "--image", f"{store.settings.home}:{name}"))
    assert [row["layer"]["digest"] for row in found["history"]] == [layer.diff_id for layer in _nginx(store).layers]


def test_umoci_lists_all_names(store: Persistent) -> None:
    listed = _run("umoci", "list", "--layout", str(store.settings.home)).split()
    assert sorted(listed) == sorted(NAMES)


def test_skopeo_copies_all_bytes(store: Persistent, tmp_path: Path) -> None:
    _run("skopeo", "copy", f"oci:{store.settings.home}:nginx:latest", f"dir:{tmp_path / 'copy'}")
    manifest = json.loads((tmp_path / "copy" / "manifest.json").read_text())
    for layer in manifest["layers"]:
        assert (tmp_path / "copy" / layer["digest"].partition(":")[2]).stat().st_size == layer["size"]


def test_umoci_unpacks(store: Persistent, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    _run("umoci", "unpack", "--rootless", "--image", f"{store.settings.home}:nginx:latest", str(bundle))
    assert (bundle / "rootfs" / "etc" / "os-release").read_bytes() == b"ID=test\n"
    assert (bundle / "rootfs" / "usr" / "sbin" / "nginx").read_bytes() == b"#!"


def test_peers_see_a_removal_at_once(store: Persistent) -> None:
    for record in list(store.state().images.values()):
        remove(store, record)
    assert _run("umoci", "list", "--layout", str(store.settings.home)).split() == []
