"""Build contexts of the classic client that are elsewhere: behind an address, in a Git repository. Its words."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from dockkernel.build.context import DEFAULT_NAME, BuildContext, ContextError, from_archive, from_directory, from_stdin
from dockkernel.build.downloads import is_failure, status_problem
from dockkernel.build.remote import FetchFailed, never
from dockkernel.engine.building import spooler
from dockkernel.engine.engine import Engine
from dockkernel.engine.fetch.fetcher import EngineFetcher

Report = Callable[[int, int, bool], None]
"""Bytes so far, bytes in all (0 where that is not known), whether that was all."""


def from_url(engine: Engine, url: str, dockerfile: str, stdin: BinaryIO | None, report: Report) -> BuildContext:
    """The context behind an address: a Dockerfile, or an archive, compressed or not. `ContextError` when it fails."""
    try:
        found = EngineFetcher(engine).download(url, lambda _, now, total, done: report(now, total, done), never)
    except FetchFailed as error:
        raise _not_downloaded(url, error.message) from error
    if is_failure(found):
        raise _not_downloaded(url, status_problem(url, found))
    with found.content.open() as stream:
        if dockerfile == "-":
            text = (stdin or io.BytesIO()).read()
            return from_archive(stream, text, spooler(engine), engine.clock.now_ns)
        return from_stdin(stream, dockerfile, spooler(engine), engine.clock.now_ns)


def _not_downloaded(url: str, problem: str) -> ContextError:
    return ContextError(f"unable to prepare context: unable to download remote context {url}: {problem}")


def from_git(engine: Engine, url: str, dockerfile: str, stdin: BinaryIO | None) -> BuildContext:
    """The context in a repository, `.git` included; `dockerfile` is a path in it. `ContextError` when it fails."""
    fetcher = EngineFetcher(engine)
    try:
        with fetcher.clone(url, never) as place:
            _inside(place, dockerfile)
            context = from_directory(str(place), dockerfile, place, stdin)
            return replace(context, tree=fetcher.kept(context.tree))
    except FetchFailed as error:
        raise ContextError(f"unable to prepare context: {error.message}") from error


def _inside(place: Path, dockerfile: str) -> None:
    """A repository must not make the client read a file that is not its own."""
    names = [dockerfile] if dockerfile else [DEFAULT_NAME, DEFAULT_NAME.lower()]
    if dockerfile == "-" or all((place / name).resolve().is_relative_to(place.resolve()) for name in names):
        return
    problem = f"the Dockerfile ({dockerfile}) must be within the build context"
    raise ContextError(f"unable to prepare context: {problem}")
