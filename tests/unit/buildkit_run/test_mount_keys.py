"""Which changes of a mount let a RUN run again."""

from __future__ import annotations

import pytest

from dockkernel.build.buildkit.keys import key_of
from dockkernel.build.buildkit.ops import ExecOp, MountOp
from dockkernel.build.buildkit.result import NOTHING, Result
from dockkernel.build.checksum import ContentDigests
from dockkernel.dockerfile.mounts import parse_mount
from dockkernel.errors import InvalidInput
from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.tree import Tree


def result(name: str = "", **files: bytes) -> Result:
    builder = TreeBuilder(Tree.empty(), lambda: 5)
    builder.mkdir("/out")
    for file, data in files.items():
        builder.write(f"/{file.replace('__', '/')}", data)
    tree = builder.build()
    return Result(lambda: tree, chain_id=name)


def key(spec: str, source: Result | None = None) -> str:
    mount = MountOp(parse_mount(spec, lambda word: word), None if source is None else 1)
    op = ExecOp(("/bin/sh", "-c", "true"), (), "/", mounts=(mount,))
    return key_of(op, NOTHING, () if source is None else (source,), ContentDigests())


BASE = key("from=build,source=out,target=/in", result("sha256:1", out__a=b"one", cachebust=b"0"))


def test_of_a_part_of_a_stage_only_the_content_counts() -> None:
    spec = "from=build,source=out,target=/in"
    assert key(spec, result("sha256:2", out__a=b"one", cachebust=b"1")) == BASE
    assert key(spec, result("sha256:1", out__a=b"two")) != BASE
    assert key("from=other,src=/out/,target=/in", result("sha256:1", out__a=b"one")) == BASE


def test_how_it_is_mounted_counts() -> None:
    source = result("sha256:1", out__a=b"one")
    for spec in ("from=build,source=out,target=/other", "from=build,source=out,target=/in,rw"):
        assert key(spec, source) != BASE


def test_a_whole_stage_counts_by_its_layers() -> None:
    spec = "from=build,target=/in"
    assert key(spec, result("sha256:1", a=b"one")) == key(spec, result("sha256:1", a=b"two"))
    assert key(spec, result("sha256:1")) != key(spec, result("sha256:2"))


def test_what_the_client_sends_counts_by_content() -> None:
    spec = "target=/in"
    assert key(spec, result(a=b"one")) == key(spec, result(a=b"one"))
    assert key(spec, result(a=b"one")) != key(spec, result(a=b"two"))


def test_the_own_name_and_sharing_of_a_cache_do_not_count() -> None:
    one = key("type=cache,target=/c,id=one")
    assert one == key("type=cache,target=/c,id=two") == key("type=cache,target=/c,sharing=locked")
    assert key("type=cache,target=/c") == key("type=cache,target=/c,id=/c,sharing=shared") != one


def test_secrets_count_by_name_alone() -> None:
    assert key("type=secret,id=a") == key("type=secret,id=a")
    assert key("type=secret,id=a") != key("type=secret,id=b")


def test_a_source_that_is_not_there() -> None:
    with pytest.raises(InvalidInput, match=r'^"/none": not found$'):
        key("from=build,source=none,target=/in", result("sha256:1"))
