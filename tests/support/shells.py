"""Golden shell cases: a script, and what the real shell over the real file system made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.rootfs import busybox, debian

from dockkernel.exec.protocol import ExecRequest, Limits, Stream
from dockkernel.exec.virtual.executor import VirtualExecutor
from dockkernel.fs.node import Device, Dir, File, Link, Node, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.testing.trees import data

ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
_RULE = "=== "


@dataclass(frozen=True, slots=True)
class Case:
    """One case; `image` is busybox, dash or bash."""

    name: str
    image: str
    script: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a script did."""

    stdout: bytes
    stderr: bytes
    code: int
    facts: tuple[str, ...]

    def text(self) -> str:
        """As it stands in a golden file."""
        parts = [f"{_RULE}stdout\n{_shown(self.stdout)}", f"{_RULE}stderr\n{_shown(self.stderr)}"]
        parts += [f"{_RULE}code {self.code}\n", f"{_RULE}tree\n" + "".join(fact + "\n" for fact in self.facts)]
        return "".join(parts)


def read_cases(folder: Path) -> Iterator[Case]:
    """The cases of every file in the folder."""
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text("utf-8")
        head, _, outcome = text.partition(f"{_RULE}stdout\n")
        first, _, script = head.partition("\n")
        yield Case(path.stem, first.removeprefix("image: "), script.removesuffix("\n"), f"{_RULE}stdout\n{outcome}")


def rootfs(image: str) -> tuple[Tree, str]:
    """The image's tree and the folder in which its scripts start."""
    return (busybox(), "/") if image == "busybox" else (debian(image), "/w")


def run(image: str, script: str) -> Outcome:
    """What the portable executor makes of the script."""
    tree, cwd = rootfs(image)
    streams: dict[Stream, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
    request = ExecRequest(tree, ("/bin/sh", "-c", script), ENV, cwd, hostname="box", limits=Limits(60))
    result = VirtualExecutor().run(request, lambda stream, part: streams[stream].extend(part))
    out, err = bytes(streams["stdout"]), bytes(streams["stderr"])
    return Outcome(out, err, result.exit_code, tuple(changed(tree, result.rootfs)))


def changed(before: Tree, after: Tree) -> Iterator[str]:
    """One line for every name that is new, gone or otherwise than it was; times are left out."""
    old, new = dict(before.walk()), dict(after.walk())
    names: dict[Link, int] = {}
    for node in new.values():
        if isinstance(node, (File, Device)) and node.link is not None:
            names[node.link] = names.get(node.link, 0) + 1
    for path in sorted({*old, *new}):
        was = fact(path, old[path], 1) if path in old else ""
        found = new.get(path)
        if found is None:
            yield f"gone /{path}"
            continue
        link = getattr(found, "link", None)
        now = fact(path, found, names.get(link, 1) if link is not None else 1)
        if now != was:
            yield now


def fact(path: str, node: Node, names: int) -> str:
    """A node in one line."""
    meta = f"{node.meta.mode:04o} {node.meta.uid}:{node.meta.gid} /{path}"
    match node:
        case Dir():
            return f"dir  {meta}"
        case Symlink(target=target):
            return f"link {meta} -> {target}"
        case Device(kind=kind):
            return f"{kind} {meta}"
        case File(content=content):
            return f"file {meta} x{names} {content.size} {data(content)[:40]!r}"


def _shown(stream: bytes) -> str:
    """Text with a final newline, else bytes as Python writes them."""
    text = stream.decode("utf-8", "replace")
    plain = text.encode() == stream and (not text or text.endswith("\n")) and text.isprintable() is not None
    clean = all(char.isprintable() or char in "\n\t" for char in text) and _RULE not in text
    return text if plain and clean else f"bytes {stream!r}\n"
