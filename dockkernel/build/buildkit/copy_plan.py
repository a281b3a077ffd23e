"""COPY and ADD as a vertex: which trees its files come from, and what is done with them."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from dockkernel.build.buildkit.modes import parse_mode
from dockkernel.build.buildkit.ops import CopyGroup, CopyOp, GitSource, HttpSource
from dockkernel.build.buildkit.options import KitFailed
from dockkernel.build.buildkit.owners import has_names
from dockkernel.build.buildkit.selecting import literal
from dockkernel.build.buildkit.stages import Command, StageState
from dockkernel.build.buildkit.surroundings import Around
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.build.remote import is_url, last_name, parse_git
from dockkernel.dockerfile.instructions import Add, Copy, Transfer
from dockkernel.errors import InvalidInput
from dockkernel.oci.digest import Digest

_UNNAMED = "__unnamed__"


def copy(around: Around, state: StageState, command: Command, instruction: Copy | Add) -> None:
    """Adds the vertex to the stage; `KitFailed` for what cannot be copied."""
    scope = state.scope
    assert scope is not None
    keyword = instruction.keyword
    name = around.name(state, command, instruction)
    if instruction.chmod:
        parse_mode(instruction.chmod)
    whole = CopyOp(
        name=keyword,
        sources=(),
        dest=_destination(instruction.destination, scope.working_dir),
        chown=instruction.chown or "",
        chmod=instruction.chmod or "",
        link=instruction.link and not _needs_base(instruction),
        parents=isinstance(instruction, Copy) and instruction.parents,
        exclude=instruction.exclude,
    )
    parts = _parts(around, state, command, instruction, whole, name)
    around.add(state, command, CopyGroup(tuple(part for part, _ in parts)), tuple(one for _, one in parts), name)
    state.scope = scope.commit(f"{_shown(instruction)} # buildkit", layer=True)


def _needs_base(instruction: Copy | Add) -> bool:
    """Whether the layer stands on what is below it, `--link` or not.

    With `--chmod` BuildKit has it so. A name as owner is looked up below; BuildKit itself fails there (`invalid user
    index: -1`), but not with Docker's own store, for which `--link` means nothing.
    """
    return bool(instruction.chmod) or has_names(instruction.chown or "")


def _shown(instruction: Copy | Add) -> str:
    """The instruction as the history has it."""
    flags = [
        *(["--parents"] if isinstance(instruction, Copy) and instruction.parents else []),
        *([f"--chown={instruction.chown}"] if instruction.chown else []),
        *([f"--chmod={instruction.chmod}"] if instruction.chmod else []),
    ]
    files = [f"<<{content.name}" for content in instruction.contents]
    return " ".join([instruction.keyword, *flags, *instruction.sources, *files, instruction.destination])


def _destination(dest: str, working_dir: str) -> str:
    """The absolute path; a slash or a dot at its end says that it is a directory."""
    path = posixpath.normpath(posixpath.join("/", working_dir, dest))
    path = f"/{path.lstrip('/')}"
    is_dir = dest.endswith(("/", "/.")) or dest == "."
    return f"{path}/" if is_dir and path != "/" else path


def _parts(
    around: Around, state: StageState, command: Command, instruction: Copy | Add, whole: CopyOp, name: str
) -> list[tuple[CopyOp, Vertex | None]]:
    parts: list[tuple[CopyOp, Vertex | None]] = []
    local: list[str] = []

    def flush() -> None:
        if local:
            part = replace(whole, sources=tuple(local), unpack=_unpack(instruction, local=True))
            parts.append((part, _files(around, state, command, instruction)))
            local.clear()

    for source in instruction.sources:
        remote = _remote(instruction, source)
        if remote is None:
            local.append(source)
            continue
        flush()
        vertex = around.source_vertex(remote, name, state.number)
        sources = (literal(remote.filename),) if isinstance(remote, HttpSource) else ("/",)
        part = replace(whole, sources=sources, unpack=_unpack(instruction, local=False), parents=False)
        parts.append((part, vertex))
    _check_checksum(instruction, remote=bool(parts))
    flush()
    if instruction.contents:
        parts.append((replace(whole, files=instruction.contents, parents=False), None))
    return parts


def _files(around: Around, state: StageState, command: Command, instruction: Transfer) -> Vertex | None:
    if not command.sources:
        return around.context(state.number)
    source = command.sources[0]
    assert source is not None
    assert isinstance(instruction, Copy)
    shown = state.counter.stage or state.name
    later = f'cannot copy from stage "{instruction.from_}", it needs to be defined before current stage "{shown}"'
    return around.files_of(state, source, later)


def _unpack(instruction: Transfer, *, local: bool) -> bool | None:
    if not isinstance(instruction, Add):
        return None
    return local if instruction.unpack is None else instruction.unpack


def _remote(instruction: Copy | Add, source: str) -> HttpSource | GitSource | None:
    """Where a source comes from that is not in the context; None for one that is. COPY takes none of these."""
    git = git_source(source)
    if git is not None:
        if isinstance(instruction, Copy):
            raise KitFailed("source can't be a git ref for COPY")
        if instruction.checksum and git.checksum and instruction.checksum != git.checksum:
            raise KitFailed(f'checksum conflict "{instruction.checksum}" != "{git.checksum}"')
        keep = git.keep_git_dir if instruction.keep_git_dir is None else instruction.keep_git_dir
        return replace(git, keep_git_dir=keep, checksum=instruction.checksum or git.checksum)
    if not is_url(source):
        return None
    if isinstance(instruction, Copy):
        raise KitFailed("source can't be a URL for COPY")
    checksum = str(Digest.parse(instruction.checksum)) if instruction.checksum else ""
    return HttpSource(source, checksum, last_name(source) or _UNNAMED)


def _check_checksum(instruction: Copy | Add, *, remote: bool) -> None:
    if not isinstance(instruction, Add) or not instruction.checksum:
        return
    if len(instruction.sources) != 1:
        raise KitFailed("checksum can't be specified for multiple sources")
    if not remote:
        raise KitFailed("checksum requires HTTP(S) or Git sources")


def git_source(text: str) -> GitSource | None:
    """The repository that a source of ADD names: `https://….git#ref:dir`, `git@host:path`, `git://`, `ssh://`."""
    try:
        return parse_git(text)
    except InvalidInput as error:
        raise KitFailed(error.message) from error
