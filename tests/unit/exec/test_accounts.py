"""Accounts made by the programs of each family. Outputs are those of busybox 1.36, Debian's adduser and shadow 4."""

from __future__ import annotations

from support.rootfs import busybox, debian

from dockkernel.exec.protocol import ExecRequest
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.node import Meta, Symlink
from dockkernel.fs.tree import Tree

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def sh(script: str, tree: Tree) -> tuple[str, Tree]:
    pieces: list[bytes] = []
    result = VirtualExecutor().run(
        ExecRequest(tree, ("/bin/sh", "-c", script), {"PATH": PATH}), lambda _, part: pieces.append(part)
    )
    return b"".join(pieces).decode(), result.rootfs


def with_applets(*names: str) -> Tree:
    tree = busybox()
    for name in names:
        tree = tree.with_node(f"bin/{name}", Symlink(Meta(0o777), "busybox"))
    return tree


BUSYBOX = with_applets("adduser", "addgroup", "deluser", "delgroup")


def test_busybox_adduser() -> None:
    out, after = sh(
        "adduser -D app; tail -1 /etc/passwd; tail -1 /etc/group; id app; stat -c '%a %u:%g' /home/app", BUSYBOX
    )
    assert out == (
        "app:x:1000:1000:Linux User,,,:/home/app:/bin/sh\napp:x:1000:\n"
        "uid=1000(app) gid=1000(app) groups=1000(app)\n2755 1000:1000\n"
    )
    assert after.get("home/app") is not None


def test_busybox_system_user_in_a_group() -> None:
    out, _ = sh(
        "addgroup -g 77 web; adduser -S -H -D -G web www; tail -1 /etc/passwd; adduser www web; tail -1 /etc/group",
        BUSYBOX,
    )
    assert out == "www:x:100:77:Linux User,,,:/home/www:/bin/false\nweb:x:77:www\n"


def test_busybox_conflicts() -> None:
    out, _ = sh("adduser -D app; adduser -D app; addgroup app; deluser app; id app; delgroup nope", BUSYBOX)
    assert out.splitlines() == [
        "adduser: user 'app' in use",
        "addgroup: group 'app' in use",
        "id: unknown user app",
        "delgroup: unknown group nope",
    ]


def test_useradd() -> None:
    out, after = sh(
        "useradd -m -s /bin/bash -u 1500 app; getent passwd app; id app; stat -c '%a %U' /home/app; ls -A /home/app",
        debian(),
    )
    assert out == (
        "app:x:1500:1500::/home/app:/bin/bash\nuid=1500(app) gid=1500(app) groups=1500(app)\n755 app\n.profile\n"
    )
    assert after.get("home/app/.profile") is not None


def test_useradd_system_and_groups() -> None:
    out, _ = sh(
        "groupadd -r web; useradd -r -g web -s /usr/sbin/nologin www; groupadd docker; usermod -aG docker www; id www; useradd www; echo $?",
        debian(),
    )
    assert out.splitlines() == [
        "uid=999(www) gid=999(web) groups=999(web),1000(docker)",
        "useradd: user 'www' already exists",
        "9",
    ]


def test_a_new_user_can_be_become() -> None:
    _, after = sh("useradd app", debian())
    pieces: list[bytes] = []
    request = ExecRequest(after, ("id", "-un"), {"PATH": PATH}, user="app")
    VirtualExecutor().run(request, lambda _, part: pieces.append(part))
    assert pieces == [b"app\n"]
