"""Git repositories as trees: what BuildKit makes of one, and what the classic client clones.

The program works in a temporary folder, which is gone before the tree is given: its files are in the store then. What
a message calls by its place there is called by its name in the repository.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from dockkernel.build.buildkit.ops import GitSource
from dockkernel.build.remote import Cancel, FetchFailed, redacted
from dockkernel.engine.fetch.program import Git, GitFailed
from dockkernel.fs.content import Joined, OpenBlob, Slice
from dockkernel.fs.hostdir import read_dir
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import Dir, File, Node
from dockkernel.fs.tree import Tree

Keep = Callable[[BinaryIO], OpenBlob]
"""Puts a stream into the store; gives what opens it."""

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEAD = re.compile(r"refs/heads/(\S+)")


@contextlib.contextmanager
def working(program: str | None, env: Mapping[str, str], cancel: Cancel) -> Iterator[Git]:
    """The program in a temporary folder of its own; `FetchFailed` where it is not installed."""
    if program is None:
        raise FetchFailed('failed to find git binary: exec: "git": executable file not found in $PATH')
    with tempfile.TemporaryDirectory(prefix="docker-build-git", ignore_cleanup_errors=True) as folder:
        yield Git(program, Path(folder).resolve(), env, cancel)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a ref is in a repository now."""

    name: str
    """In full (`refs/heads/main`), or a commit's number."""
    commit: str
    """The object's number; that of a tag with a message where `.git` is kept, else of the commit it is on."""


def resolve_ref(git: Git, source: GitSource) -> Resolved:
    """What the source's ref is now. `FetchFailed` in BuildKit's words."""
    if source.checksum and not re.fullmatch("[0-9a-fA-F]+", source.checksum):
        raise FetchFailed(f"invalid checksum {source.checksum} for Git URL, expected hex commit hash")
    if source.ref.startswith("-"):
        raise FetchFailed(f'invalid git ref "{source.ref}"')
    if _COMMIT.fullmatch(source.ref):
        _check(source, source.ref)
        return Resolved(source.ref, source.ref)
    ref = source.ref or _default_branch(git, source.url)
    with _wrapped(f"failed to fetch remote {redacted(source.url)}"):
        text = git.run("ls-remote", "--", source.url, ref, f"{ref}^{{}}")
    rows = [line.partition("\t") for line in text.splitlines()]
    found = {name: commit for commit, _, name in rows}
    # As git-checkout does: branches before tags.
    names = [f"{prefix}{ref.removeprefix(prefix)}" for prefix in ("refs/", "refs/heads/", "refs/tags/")]
    name = next((name for name in names if name in found), None)
    if name is None:
        raise FetchFailed(f'repository does not contain ref {ref}, output: "{_quoted(text)}"')
    peeled = found.get(f"{name}^{{}}", "")
    _check(source, found[name], peeled)
    return Resolved(name, found[name] if source.keep_git_dir or not peeled else peeled)


def _check(source: GitSource, commit: str, peeled: str = "") -> None:
    if source.checksum and not (commit.startswith(source.checksum) or peeled.startswith(source.checksum)):
        shown = f"{commit} or {peeled}" if peeled else commit
        raise FetchFailed(f"expected checksum to match {source.checksum}, got {shown}")


def _default_branch(git: Git, url: str) -> str:
    with _wrapped(f"error fetching default branch for repository {redacted(url)}"):
        found = _HEAD.search(git.run("ls-remote", "--symref", "--", url, "HEAD"))
    if found is None:
        raise FetchFailed(f"could not find default branch for repository: {redacted(url)}")
    return found.group(1)


def check_out(git: Git, source: GitSource, resolved: Resolved, keep: Keep) -> Tree:
    """The files of a commit, those of its submodules among them. `FetchFailed` in BuildKit's words."""
    shown = redacted(source.url)
    git.run("-c", "init.defaultBranch=master", "init", "-q")
    git.run("remote", "add", "--", "origin", source.url)
    with _wrapped(f"failed to fetch remote {shown}"):
        _fetch(git, resolved)
    with _wrapped(f"failed to checkout remote {shown}"):
        git.run("checkout", "-q", "--detach", resolved.commit, "--")
    if source.submodules:
        with _wrapped(f"failed to update submodules for {shown}"):
            git.run("submodule", "update", "--init", "--recursive", "--depth=1")
    keep_git = source.keep_git_dir and not source.subdir
    if keep_git:
        git.run("remote", "set-url", "--", "origin", shown)
        git.run("reflog", "expire", "--all", "--expire=now")
        (git.directory / ".git" / "FETCH_HEAD").unlink(missing_ok=True)
    tree = read_dir(git.directory)
    return stored(_subdirectory(tree if keep_git else tree.without(".git"), source.subdir), keep)


def _fetch(git: Git, resolved: Resolved) -> None:
    name, commit = resolved.name, resolved.commit
    if name != commit:
        git.run("fetch", "-q", "-u", "--depth=1", "--no-tags", "--force", "origin", "--", f"{name}:{name}")
        if _has(git, commit):
            return
        # The ref has moved since it was looked up.
    try:
        git.run("fetch", "-q", "--depth=1", "origin", commit)
    except GitFailed:
        # Not every server gives a commit by its number alone.
        git.run("fetch", "-q", "--tags", "origin")
        if not _has(git, commit):
            raise


def _has(git: Git, commit: str) -> bool:
    try:
        git.run("cat-file", "-e", f"{commit}^{{commit}}")
    except GitFailed:
        return False
    return True


def _subdirectory(tree: Tree, subdir: str) -> Tree:
    """A part of a repository; links on the way stay inside it."""
    if not subdir:
        return tree
    try:
        node = tree.get(resolve(tree, subdir))
    except OSError as error:
        raise FetchFailed(f"failed to open subdir {subdir}: {(error.strerror or str(error)).lower()}") from error
    if node is None:
        raise FetchFailed(f"failed to open subdir {subdir}: open {subdir}: no such file or directory")
    if not isinstance(node, Dir):
        raise FetchFailed(f"failed to open subdir {subdir}: open {subdir}: not a directory")
    return Tree(node)


def stored(tree: Tree, keep: Keep) -> Tree:
    """The same tree with its contents in the store, as one blob: the host's files may go."""
    files = {path: node.content for path, node in tree.walk() if isinstance(node, File)}
    blob = keep(Joined(tuple(files.values()), sum(content.size for content in files.values())).open())
    slices, at = dict[str, Slice](), 0
    for path, content in files.items():
        slices[path] = Slice(blob, at, content.size)
        at += content.size
    below: dict[str, dict[str, Node]] = defaultdict(dict)
    for path, node in reversed(list(tree.walk())):
        above, _, name = path.rpartition("/")
        if isinstance(node, File):
            below[above][name] = File(node.meta, slices[path], node.link)
        else:
            below[above][name] = Dir(node.meta, below.pop(path, {})) if isinstance(node, Dir) else node
    return Tree(Dir(tree.root.meta, below[""]))


def clone(git: Git, url: str) -> Path:
    """A clone as the classic client makes it, `.git` included; gives the directory that is the context.

    `FetchFailed` in the client's words.
    """
    remote, _, fragment = url.partition("#")
    if not re.match(r"git@|(git|https?|ssh)://", remote):
        remote = f"https://{remote}"
    ref, _, subdir = fragment.partition(":")
    ref = ref or "master"
    if ref.startswith("-"):
        raise FetchFailed(f"invalid refspec: {ref}")
    git.run("-c", "init.defaultBranch=master", "init", "-q")
    git.run("remote", "add", "--", "origin", remote)
    _classic(git, "error fetching", "fetch", "--depth=1", "origin", "--", ref)
    try:
        git.run("checkout", ref)
    except GitFailed as error:
        try:
            git.run("checkout", "FETCH_HEAD")
        except GitFailed:
            raise _classic_error(f"error checking out {ref}", error) from error
    _classic(git, "error initializing submodules", "submodule", "update", "--init", "--recursive", "--depth=1")
    return _context_of(git.directory, subdir)


def _context_of(root: Path, subdir: str) -> Path:
    """The directory in the clone; links in it lead to no place outside."""
    if not subdir:
        return root
    try:
        inside = resolve(read_dir(root), subdir)
    except OSError as error:
        raise FetchFailed(f'error setting git context, "{subdir}" not within git root: {error.strerror}') from error
    found = root / inside
    if not found.exists():
        raise FetchFailed(f"stat {found}: no such file or directory")
    if not found.is_dir():
        raise FetchFailed(f"error setting git context, not a directory: {found}")
    return found


def _classic(git: Git, what: str, *arguments: str) -> None:
    try:
        git.run(*arguments)
    except GitFailed as error:
        raise _classic_error(what, error) from error


def _classic_error(what: str, error: GitFailed) -> FetchFailed:
    return FetchFailed(f"{what}: {error.output}: exit status {error.code}")


@contextlib.contextmanager
def _wrapped(what: str) -> Iterator[None]:
    try:
        yield
    except GitFailed as error:
        raise FetchFailed(f"{what}: {error.message}") from error


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
