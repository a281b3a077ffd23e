"""What a build takes from elsewhere: how its addresses are recognised, and what fetches them.

Two sets of rules: the classic builder's (`is_url`, `is_git_url`, Docker's `urlutil`) and BuildKit's (`parse_git`,
`git_context`, its `dfgitutil`). Nothing here touches the network; the engine brings a `Fetcher`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from dockkernel.build.buildkit.ops import GitSource, HttpSource
from dockkernel.errors import DockError, InvalidInput
from dockkernel.fs.node import Content, Dir, File, Meta
from dockkernel.fs.tree import Tree

Status = Callable[[str, int, int, bool], None]
"""A part of the work: text, bytes so far and in all (0 where nothing is counted), whether it is done."""
Cancel = Callable[[], bool]
"""True once the work is to end."""


def never() -> bool:
    """A `Cancel` for what only an interrupt ends."""
    return False


class FetchFailed(DockError):
    """A file or repository did not come; the message is Docker's."""


class NoAnswer(FetchFailed):
    """Nobody is there, or says nothing."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that came over HTTP, kept in the store."""

    content: Content
    digest: str
    """`sha256:…` of the bytes."""
    status: int
    """The HTTP status; redirects were followed."""
    reason: str
    """`404 Not Found`, as the server says it."""
    disposition: str = ""
    """The name that the server gives the file (`Content-Disposition`); empty for none."""
    mtime_ns: int = 0
    """`Last-Modified`, nanoseconds since the epoch; 0 where the server says none or none that can be read."""
    media_type: str = ""
    """`Content-Type` as the server says it."""
    counted: bool = True
    """Whether the answer said where it ends before it ended."""


class Fetcher(Protocol):
    """Brings files from elsewhere into the store. Safe to use from several threads."""

    def download(self, url: str, status: Status, cancel: Cancel) -> Download:
        """The answer to one GET, an answer of failure as well. `FetchFailed` in the words of Go's client."""
        ...

    def http(self, source: HttpSource, status: Status, cancel: Cancel) -> Tree:
        """A tree with one file, mode 0600, as BuildKit makes it; `FetchFailed` in its words."""
        ...

    def git(self, source: GitSource, status: Status, cancel: Cancel) -> tuple[Tree, str]:
        """The files of a repository, and their commit; `FetchFailed` in BuildKit's words."""
        ...

    def clone(self, url: str, cancel: Cancel) -> AbstractContextManager[Path]:
        """A repository as the classic client clones it, `.git` included, in a directory of the host for the time of
        the block; `FetchFailed` in its words.
        """
        ...

    def kept(self, tree: Tree) -> Tree:
        """The tree with its contents in the store: the files of the host that it was read from may go."""
        ...


def is_url(text: str) -> bool:
    """Whether the classic builder takes this for the address of a file."""
    return text.startswith(("http://", "https://"))


def is_git_url(text: str) -> bool:
    """Whether the classic client takes a context for a Git repository; `github.com/…` only where no such path is."""
    if is_url(text) and re.search(r"\.git(?:#.+)?$", text):
        return True
    return text.startswith(("git://", "github.com/", "git@"))


def is_remote(text: str) -> bool:
    """Whether buildx takes a context for a remote one. A local directory of that name goes first."""
    return is_url(text) or git_context(text) is not None


def parse_git(text: str) -> GitSource | None:
    """The repository that a source of ADD names: `https://….git#ref:dir`, `git@host:path`, `git://`, `ssh://`.

    None for anything else, `github.com/…` too, which may be a path. `InvalidInput` for a query that cannot be read.
    """
    if text.startswith(("./", "../", "github.com/")):
        return None
    return _parse(text)


def git_context(text: str) -> GitSource | None:
    """The repository that a build context names: as `parse_git`, and `github.com/owner/name`."""
    if text.startswith("github.com/"):
        return _parse_url(f"https://{text}", bare=True)
    return parse_git(text)


def file_name(source: HttpSource, disposition: str = "") -> str:
    """What BuildKit calls a file: as asked, else as the server says, else as the address ends, else `download`."""
    return source.filename or disposition or last_name(source.url) or "download"


def last_name(url: str) -> str:
    """The last name in an address's path, one that a file can have; empty for none."""
    return _possible(posixpath.basename(_path(url).rstrip("/")))


def classic_file_name(url: str, disposition: str = "") -> str:
    """What the classic builder calls a file: as the address ends, else as the server says; empty for neither."""
    return _possible(posixpath.basename(_path(url))) or disposition


def one_file(name: str, download: Download) -> Tree:
    """The tree that a download is."""
    return Tree(Dir(Meta(), {name: File(Meta(0o600, mtime_ns=download.mtime_ns), download.content)}))


def redacted(url: str) -> str:
    """The address without a user's name and password, for messages."""
    return re.sub(r"^([a-zA-Z0-9+.-]+://)([^/@:]*)(:[^/@]*)?@", _mask, url)


def _mask(found: re.Match[str]) -> str:
    password = found.group(3) is not None
    if not password and not found.group(1).startswith("http"):
        return found.group(0)
    return f"{found.group(1)}{'xxxxx:xxxxx' if password else 'xxxxx'}@"


def _path(url: str) -> str:
    try:
        return unquote(urlsplit(url).path)
    except ValueError:
        return ""


def _possible(name: str) -> str:
    """The name, if a file can have it."""
    return "" if name in (".", "..") or "\0" in name else name


_SCHEME = re.compile(r"[a-zA-Z0-9]+://")
_GIT_SCHEMES = frozenset({"http", "https", "ssh", "git"})
_SCP = re.compile(r"([a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:[^\n]*?)(?:\?([^\n]*?))?(?:#([^\n]*))?")
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


def _parse(text: str) -> GitSource | None:
    if _SCHEME.match(text):
        return _parse_url(text)
    found = _SCP.fullmatch(text)
    if found is None:
        return None
    remote, query, fragment = found.groups(default="")
    return _source(remote, query, fragment)


def _parse_url(text: str, *, bare: bool = False) -> GitSource | None:
    """The repository of an address with a scheme; one of the web only counts when its path ends in `.git`."""
    try:
        parts: SplitResult = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in _GIT_SCHEMES or not parts.netloc or re.search(r"[\x00-\x20\x7f]", text):
        return None
    if not bare and parts.scheme in ("http", "https") and not unquote(parts.path).endswith(".git"):
        return None
    return _source(parts._replace(query="", fragment="").geturl(), parts.query, unquote(parts.fragment))


def _source(remote: str, query: str, fragment: str) -> GitSource:
    ref, _, subdir = fragment.partition(":")
    found = {"ref": ref, "subdir": posixpath.normpath("/" + subdir.lstrip("/")).lstrip("/")}
    found |= _of_query(parse_qs(query, keep_blank_values=True), found)
    if found["ref"].startswith("-"):
        raise InvalidInput(f'invalid git ref "{found["ref"]}"')
    keep = found.get("keep-git-dir", "false") in _TRUE
    submodules = found.get("submodules", "true") in _TRUE
    return GitSource(remote, found["ref"], found["subdir"], keep, found.get("checksum", ""), submodules)


def _of_query(query: dict[str, list[str]], known: dict[str, str]) -> dict[str, str]:
    """What the query of an address says, in the names of its fragment; `InvalidInput` in BuildKit's words."""
    found: dict[str, str] = {}
    for key, values in query.items():
        if len(values) > 1:
            raise InvalidInput(f'query "{key}" has multiple values')
        value = values[0]
        if key in ("submodules", "keep-git-dir"):
            value = value or "true"
            if value not in _TRUE | _FALSE:
                raise InvalidInput(f'invalid {key} value: "{value}"')
        elif not value:
            raise InvalidInput(f'query "{key}" has no value')
        elif key not in ("ref", "tag", "branch", "subdir", "checksum", "commit"):
            raise InvalidInput(f'unexpected query "{key}"')
        found["checksum" if key == "commit" else key] = value
    if "tag" in found and "branch" in found:
        raise InvalidInput("branch conflicts with tag")
    for key, prefix in (("tag", "refs/tags/"), ("branch", "refs/heads/")):
        if key in found:
            value = prefix + found.pop(key).removeprefix(prefix)
            _agree("ref", found.get("ref") or known["ref"], value)
            found["ref"] = value
    for key in ("ref", "subdir"):
        _agree(key, known[key], found.get(key, ""))
    return {**found, **{key: found.get(key) or known[key] for key in ("ref", "subdir")}}


def _agree(what: str, one: str, other: str) -> None:
    if one and other and one != other:
        raise InvalidInput(f'{what} conflicts: "{one}" vs "{other}"')
