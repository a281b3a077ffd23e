"""The `Fetcher` of an engine: what builds take from elsewhere, put into the engine's store.

What came once is known while the process lives: a file whose server says that it is the same (its ETag), a commit
that was checked out before, is not sent again.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, cast

from dockkernel.build.buildkit.ops import GitSource, HttpSource
from dockkernel.build.remote import Cancel, Download, FetchFailed, Status, file_name, one_file
from dockkernel.build.remote_auth import git_header, git_scope, http_header
from dockkernel.fs.content import OpenBlob, Slice
from dockkernel.fs.tree import Tree
from dockkernel.oci.digest import Digest

if TYPE_CHECKING:
    from dockkernel.engine.engine import Engine
    from dockkernel.engine.fetch.web import Answer

_REMEMBERED = 256
_NONE: Mapping[str, bytes] = MappingProxyType({})
_FINE, _NOT_MODIFIED, _FAILURES = 200, 304, 400


@dataclass(frozen=True, slots=True)
class _Known:
    etag: str
    download: Download


class _Memory:
    """What came before, by what was asked for; the oldest goes first. Thread safe."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, _Known] = OrderedDict()
        self._commits: OrderedDict[GitSource, tuple[Digest, Tree]] = OrderedDict()
        self._lock = threading.Lock()

    def file(self, url: str) -> _Known | None:
        with self._lock:
            return self._files.get(url)

    def note_file(self, url: str, known: _Known) -> None:
        with self._lock:
            self._files[url] = known
            if len(self._files) > _REMEMBERED:
                self._files.popitem(last=False)

    def commit(self, source: GitSource) -> tuple[Digest, Tree] | None:
        with self._lock:
            return self._commits.get(source)

    def note_commit(self, source: GitSource, blob: Digest, tree: Tree) -> None:
        with self._lock:
            self._commits[source] = blob, tree
            if len(self._commits) > _REMEMBERED:
                self._commits.popitem(last=False)


@lru_cache(maxsize=4)
def _memory(home: Path) -> _Memory:
    return _Memory()


class EngineFetcher:
    """Fetches for one engine. Safe to use from several threads. Some secrets of a build are shown to servers."""

    def __init__(self, engine: Engine, secrets: Mapping[str, bytes] = _NONE) -> None:
        self._blobs = engine.blobs
        self._env: Mapping[str, str] = engine.settings.env
        self._memory = _memory(engine.settings.home)
        self._secrets = secrets

    def download(self, url: str, status: Status, cancel: Cancel) -> Download:
        """The answer to one GET, an answer of failure as well."""
        from dockkernel.engine.fetch.web import get

        known = self._memory.file(url)
        if known is not None and not self._blobs.hold(Digest.parse(known.download.digest)):
            known = None
        headers = {"If-None-Match": known.etag} if known else {}
        if authorization := http_header(url, self._secrets):
            headers["Authorization"] = authorization
        with get(url, self._env, headers, status, cancel) as answer:
            if known is not None and answer.status == _NOT_MODIFIED:
                return known.download
            download = self._kept(answer)
            etag = answer.headers.get("etag", "")
        if etag and download.status == _FINE:
            self._memory.note_file(url, _Known(etag, download))
        return download

    def _kept(self, answer: Answer) -> Download:
        digest, size = self._blobs.put(cast("BinaryIO", io.BufferedReader(answer.body, 1 << 17)))
        return Download(
            content=Slice(self._opener(digest), 0, size),
            digest=str(digest),
            status=answer.status,
            reason=f"{answer.status} {answer.reason}".rstrip(),
            disposition=_disposition(answer.headers.get("content-disposition", "")),
            mtime_ns=_time_ns(answer.headers.get("last-modified", "")),
            media_type=answer.headers.get("content-type", ""),
            counted=answer.counted,
        )

    def _opener(self, digest: Digest) -> OpenBlob:
        return lambda: self._blobs.open_raw(digest)

    def http(self, source: HttpSource, status: Status, cancel: Cancel) -> Tree:
        """A tree with one file, as BuildKit makes it."""
        if source.checksum:
            return self._checked(source, cancel)
        try:
            download = self.download(source.url, _silent, cancel)
        except FetchFailed as error:
            raise FetchFailed(f"failed to load cache key: {error.message}") from error
        if not _FINE <= download.status < _FAILURES:
            raise FetchFailed(f"failed to load cache key: invalid response status {download.status}")
        return one_file(file_name(source, download.disposition), download)

    def _checked(self, source: HttpSource, cancel: Cancel) -> Tree:
        """A file whose digest is known beforehand: it is not asked for again, and anything else is refused."""
        known = self._memory.file(source.url)
        same = known is not None and known.download.digest == source.checksum
        if known is not None and same and self._blobs.hold(Digest.parse(source.checksum)):
            return one_file(file_name(source, known.download.disposition), known.download)
        download = self.download(source.url, _silent, cancel)
        if download.digest != source.checksum:
            raise FetchFailed(f"digest mismatch {download.digest}: {source.checksum}")
        return one_file(file_name(source, download.disposition), download)

    def git(self, source: GitSource, status: Status, cancel: Cancel) -> tuple[Tree, str]:
        """The files of a repository, and their commit."""
        from dockkernel.engine.fetch.program import Git
        from dockkernel.engine.fetch.repository import check_out, resolve_ref, working

        header = git_header(source.url, self._secrets)
        headers = {git_scope(source.url): f"Authorization: {header}"} if header else {}
        with working(Git.find(self._env), self._env, cancel) as plain:
            git = replace(plain, headers=headers)
            try:
                resolved = resolve_ref(git, source)
            except FetchFailed as error:
                raise FetchFailed(f"failed to load cache key: {error.message}") from error
            fixed = replace(source, ref=resolved.commit)
            known = self._memory.commit(fixed)
            if known is not None and self._blobs.hold(known[0]):
                return known[1], resolved.commit
            kept: list[Digest] = []
            tree = check_out(git, source, resolved, self._keeper(kept))
        self._memory.note_commit(fixed, kept[-1], tree)
        return tree, resolved.commit

    @contextmanager
    def clone(self, url: str, cancel: Cancel) -> Iterator[Path]:
        """A repository as the classic client clones it, in a temporary directory."""
        from dockkernel.engine.fetch.program import Git
        from dockkernel.engine.fetch.repository import clone, working

        program = Git.find(self._env)
        if program is None:
            raise FetchFailed("unable to find 'git': exec: \"git\": executable file not found in $PATH")
        with working(program, self._env, cancel) as git:
            try:
                place = clone(git, url)
            except FetchFailed as error:
                problem = f"unable to 'git clone' to temporary context directory: {error.message}"
                raise FetchFailed(problem) from error
            yield place

    def kept(self, tree: Tree) -> Tree:
        """The tree with its contents in the store."""
        from dockkernel.engine.fetch.repository import stored

        return stored(tree, self._keeper([]))

    def _keeper(self, kept: list[Digest]) -> Callable[[BinaryIO], OpenBlob]:
        def keep(stream: BinaryIO) -> OpenBlob:
            digest, _ = self._blobs.put(stream)
            kept.append(digest)
            return self._opener(digest)

        return keep


def _silent(text: str, current: int, total: int, done: bool) -> None:
    """BuildKit tells nothing of a file on its way."""


def _disposition(header: str) -> str:
    """The file name in a `Content-Disposition`, its last part alone; empty where there is none that can be one."""
    if not header:
        return ""
    from email.message import Message

    message = Message()
    message["content-disposition"] = header
    try:
        name = message.get_filename("") or ""
    except (LookupError, ValueError):
        return ""
    name = "" if name.endswith("/") else name.rpartition("/")[2]
    return "" if name in (".", "..") or "\0" in name else name


def _time_ns(text: str) -> int:
    from email.utils import parsedate_to_datetime

    try:
        return max(0, int(parsedate_to_datetime(text).timestamp())) * 10**9
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0
