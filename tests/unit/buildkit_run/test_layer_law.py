"""A law: whatever a script does below a mount, the layer holds nothing of it, and untouched nodes stay the same."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.kitruns import Kit

from dockkernel.fs.builder import TreeBuilder
from dockkernel.fs.tree import Tree


def source() -> Tree:
    builder = TreeBuilder(Tree.empty(), lambda: 5)
    builder.mkdir("/sub/deep", parents=True)
    builder.write("/a", b"one\n")
    builder.write("/sub/b", b"two\n")
    builder.link("/a", "/sub/same")
    builder.symlink("sub", "/link")
    return builder.build()


SOURCE = source()
TARGETS = ("/m", "/m/sub", "/m/link/x", "/var/m", "/var/spool", "/new/deep/m", "/etc/m", "/dev/shm", "/tmp")
NAMES = st.sampled_from(["a", "b", "sub", "sub/b", "sub/deep", "link", "new", ".", "sub/same"])
KINDS = st.sampled_from(["", ",rw", "type=cache", "type=cache,sharing=locked", "type=tmpfs", "type=secret,id=s"])


@st.composite
def mounts(draw: st.DrawFn) -> list[str]:
    targets = draw(st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3, unique=True))
    found = []
    for target in targets:
        kind = draw(KINDS)
        bind = not kind.startswith("type")
        found.append(f"type=bind{kind},target={target}" if bind else f"{kind},target={target}")
    return found


@st.composite
def scripts(draw: st.DrawFn, targets: list[str]) -> str:
    def place() -> str:
        return f"{draw(st.sampled_from(targets))}/{draw(NAMES)}"

    lines = []
    for kind in draw(
        st.lists(
            st.sampled_from(
                ["echo", "append", "rm", "mkdir", "mv", "cp", "ln", "ln -s", "chmod", "touch", "top", "mvtop", "chown"]
            ),
            min_size=1,
            max_size=8,
        )
    ):
        match kind:
            case "echo":
                lines.append(f"echo x > {place()}")
            case "append":
                lines.append(f"echo y >> {place()}")
            case "rm":
                lines.append(f"rm -rf {place()}")
            case "mkdir":
                lines.append(f"mkdir -p {place()}/made")
            case "top":
                lines.append(f"rm -rf {draw(st.sampled_from(targets))}")
            case "mvtop":
                target = draw(st.sampled_from(targets))
                lines.append(f"mv {target} {draw(st.sampled_from(targets))}/moved")
            case "chmod" | "touch" | "chown":
                word = {"chmod": "chmod 700", "touch": "touch", "chown": "chown 5:5"}[kind]
                lines.append(f"{word} {place()}")
            case _:
                lines.append(f"{kind} {place()} {place()}")
    return " ; ".join(lines)


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_nothing_below_a_mount_reaches_the_layer(data: st.DataObject) -> None:
    wanted = data.draw(mounts())
    targets = [one.partition("target=")[2] for one in wanted]
    kit = Kit(secrets={"s": b"hidden"})
    step = kit.run(data.draw(scripts(targets)), *wanted, inputs=[SOURCE] * 3)
    assert step.layer == []
    assert step.ran.rootfs.root is step.before.root


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_done_elsewhere_is_the_same_with_and_without_mounts(data: st.DataObject) -> None:
    """Mounts at places that the script does not touch change nothing."""
    wanted = data.draw(mounts())
    line = " ; ".join(
        data.draw(
            st.lists(
                st.sampled_from(
                    ["echo x > /home/x", "mkdir -p /srv/a/b", "rm -rf /root", "touch /etc/new", "ln -s /m /home/link"]
                ),
                min_size=1,
                max_size=4,
                unique=True,
            )
        )
    )
    with_mounts = Kit(secrets={"s": b""}).run(line, *wanted, inputs=[SOURCE] * 3)
    if with_mounts.failure:
        return
    assert with_mounts.layer == Kit().run(line).layer
    plain = with_mounts.before.root
    for name, node in with_mounts.ran.rootfs.root.children.items():
        if name not in ("home", "srv", "root", "etc"):
            assert plain.children[name] is node


def test_the_source_itself_is_never_changed() -> None:
    before = list(SOURCE.walk())
    Kit().run("rm -rf /m/*; echo x > /m/new; chmod 1 /m", "target=/m,rw", inputs=[SOURCE])
    assert all(SOURCE.get(path) is node for path, node in before)
