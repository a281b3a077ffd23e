"""tar: archives of files that are here, owners, modes, times and links exact."""

from __future__ import annotations

import bz2
import fnmatch
import gzip
import io
import lzma
import tarfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from dockkernel.exec.virtual.access import join, parent
from dockkernel.exec.virtual.call import Call, Failure, Parsed, Tools, parse, read_all
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.listing import mode_text
from dockkernel.fs.node import Device, Dir, File, Inline, Link, Meta, Node, Symlink

_LONG = (
    "create|c",
    "extract|x",
    "get|x",
    "list|t",
    "append|r",
    "file=|f=",
    "directory=|C=",
    "gzip|z",
    "gunzip|z",
    "bzip2|j",
    "xz|J",
    "verbose|v",
    "to-stdout|O",
    "no-same-owner|o",
    "same-owner|s",
    "preserve-permissions|p",
    "same-permissions|p",
    "strip-components=|S=",
    "exclude=|X=",
    "numeric-owner|n",
    "auto-compress|a",
    "overwrite|!",
    "keep-old-files|k",
    "files-from=|T=",
    "dereference|h",
    "touch|m",
    "owner=|U=",
    "group=|G=",
    "wildcards|W",
    "one-top-level|%",
)
_MODES = {"r": "", "z": "gz", "j": "bz2", "J": "xz"}


async def tar(call: Call) -> int:
    """`tar -c|-x|-t [-zjJvOpoh] [-f FILE] [-C DIR] [NAME]`."""
    argv = list(call.argv)
    if argv and not argv[0].startswith("-"):
        argv = _old_style(argv)
    options = parse(call, "cxtrzjJvOopmkahf:C:X:T:P", _LONG, argv=argv)
    if not options.has("c", "x", "t"):
        raise Failure("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options", 2)
    if "c" in options:
        return await _create(call, options)
    data = await _archive(call, options)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:*", errorlevel=0) as archive:
            return await (_list(call, options, archive) if "t" in options else _extract(call, options, archive))
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError) as error:
        if call.speech.busybox:
            raise Failure("invalid tar magic" if len(data) >= tarfile.BLOCKSIZE else "short read") from error
        call.error("This does not look like a tar archive")
        raise Failure("Exiting with failure status due to previous errors", 2) from error


def _old_style(argv: list[str]) -> list[str]:
    """`tar xzf FILE` as `tar -x -z -f FILE`."""
    letters, rest = argv[0], argv[1:]
    words = []
    for letter in letters:
        words.append("-" + letter)
        if letter in "fCXT" and rest:
            words.append(rest.pop(0))
    return words + rest


async def _archive(call: Call, options: Parsed) -> bytes:
    name = options.get("f") or "-"
    if name == "-":
        return await read_all(call.stdin)
    try:
        return call.files.read(call.at(name))
    except OSError as error:
        if call.speech.busybox:
            raise Failure(f"can't open '{name}': {reason(error)}") from error
        call.error(f"{name}: Cannot open: {reason(error)}")
        raise Failure("Error is not recoverable: exiting now", 2) from error


def _folder(call: Call, options: Parsed) -> str:
    folder = options.get("C")
    if folder is None:
        return call.cwd
    path = call.at(folder)
    if not call.files.is_dir(path):
        gnu = f"{folder}: Cannot open: No such file or directory"
        raise Failure(
            f"can't change directory to '{folder}': No such file or directory" if call.speech.busybox else gnu, 2
        )
    return path


@dataclass(slots=True)
class _Packer:
    call: Call
    options: Parsed
    folder: str
    archive: tarfile.TarFile
    seen: dict[Link, str] = field(default_factory=dict)
    stripped: bool = False

    def add(self, name: str) -> None:
        """The file or directory and all below it."""
        call = self.call
        path = join(self.folder, name)
        try:
            node = call.files.stat(path) if "h" in self.options else call.files.lstat(path)
        except OSError as error:
            call.error(f"{name}: {reason(error)}" if call.speech.busybox else f"{name}: Cannot stat: {reason(error)}")
            return
        if any(_matches(name, pattern) for pattern in _excluded(self.options)):
            return
        inside = name.lstrip("/") if "P" not in self.options else name
        if inside != name and not self.stripped:
            self.stripped = True
            text = (
                "removing leading '/' from member names"
                if call.speech.busybox
                else "Removing leading `/' from member names"
            )
            call.warn(f"{call.name}: {text}\n")
        if inside:
            self._member(node, path, inside)
        if isinstance(node, Dir):
            for child in call.files.listdir(path):
                self.add(f"{name.rstrip('/')}/{child}" if name != "/" else f"/{child}")

    def _member(self, node: Node, path: str, name: str) -> None:
        info = tarfile.TarInfo(name.rstrip("/"))
        meta, names = node.meta, self.call.machine.names
        info.mode, info.uid, info.gid, info.mtime = meta.mode, meta.uid, meta.gid, meta.mtime_ns // 10**9
        info.uname, info.gname = names.user(meta.uid) or "", names.group(meta.gid) or ""
        data: BinaryIO | None = None
        if isinstance(node, Dir):
            info.type = tarfile.DIRTYPE
        elif isinstance(node, Symlink):
            info.type, info.linkname = tarfile.SYMTYPE, node.target
        elif isinstance(node, (File, Device)) and node.link is not None and node.link in self.seen:
            info.type, info.linkname = tarfile.LNKTYPE, self.seen[node.link]
        elif isinstance(node, Device):
            info.type = {"fifo": tarfile.FIFOTYPE, "char": tarfile.CHRTYPE, "block": tarfile.BLKTYPE}[node.kind]
            info.devmajor, info.devminor = node.major, node.minor
        else:
            assert isinstance(node, File)
            info.size = node.content.size
            data = cast("BinaryIO", self.call.files.open(path))
        if isinstance(node, (File, Device)) and node.link is not None:
            self.seen.setdefault(node.link, info.name)
        self.archive.addfile(info, data)
        if data is not None:
            data.close()
        if "v" in self.options:
            text = name + ("/" if isinstance(node, Dir) and not name.endswith("/") else "") + "\n"
            # The archive itself may be on stdout.
            self.call.warn(text) if self.options.get("f") in {None, "-"} else self.call.out(text)


def _excluded(options: Parsed) -> Iterator[str]:
    return (value for flag, value in options.order if flag == "X")


def _matches(name: str, pattern: str) -> bool:
    parts = name.strip("/").split("/")
    tails = ("/".join(parts[index:]) for index in range(len(parts)))
    return any(fnmatch.fnmatchcase(tail, pattern.strip("/")) for tail in tails) or fnmatch.fnmatchcase(name, pattern)


async def _create(call: Call, options: Parsed) -> int:
    folder = _folder(call, options)
    names = list(options.rest)
    if (listed := options.get("T")) is not None:
        names += call.files.read(call.at(listed)).decode("utf-8", "surrogateescape").split()
    if not names:
        raise Failure(
            "empty archive" if call.speech.busybox else "Cowardly refusing to create an empty archive",
            1 if call.speech.busybox else 2,
        )
    target = options.get("f") or "-"
    buffer = io.BytesIO()
    form = tarfile.USTAR_FORMAT if call.speech.busybox else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as archive:
        packer = _Packer(call, options, folder, archive)
        for name in names:
            packer.add(name)
        end = archive.offset + 2 * tarfile.BLOCKSIZE
    # GNU fills its last record of 10 KiB, busybox does not.
    data = _compressed(buffer.getvalue()[: end if call.speech.busybox else None], options, target)
    if target == "-":
        await call.flush()
        await call.stdout.write(data)
    else:
        call.files.write(call.at(target), data)
    if call.failed:
        call.error(
            "error exit delayed from previous errors"
            if call.speech.busybox
            else "Exiting with failure status due to previous errors"
        )
    return call.status() * (1 if call.speech.busybox else 2)


def _compressed(data: bytes, options: Parsed, target: str) -> bytes:
    auto = "a" in options
    if "z" in options or (auto and target.endswith((".gz", ".tgz"))):
        return gzip.compress(data, 6, mtime=0)
    if "j" in options or (auto and target.endswith((".bz2", ".tbz2"))):
        return bz2.compress(data)
    if "J" in options or (auto and target.endswith((".xz", ".txz"))):
        return lzma.compress(data)
    return data


def _wanted(options: Parsed, archive: tarfile.TarFile) -> Iterator[tuple[str, tarfile.TarInfo]]:
    patterns = [name.rstrip("/") for name in options.rest]
    for member in archive:
        name = member.name
        # tarfile drops the `./` and the final slash that listings show.
        plain = name.removeprefix("./").rstrip("/")
        if any(_matches(plain, pattern) for pattern in _excluded(options)):
            continue
        if patterns and not any(
            name == one
            or plain == one.removeprefix("./")
            or plain.startswith(one.removeprefix("./") + "/")
            or fnmatch.fnmatchcase(plain, one)
            for one in patterns
        ):
            continue
        yield name, member


def _shown_name(member: tarfile.TarInfo) -> str:
    return member.name + ("/" if member.isdir() and not member.name.endswith("/") else "")


async def _list(call: Call, options: Parsed, archive: tarfile.TarFile) -> int:
    for _, member in _wanted(options, archive):
        if "v" in options:
            call.out(_verbose(call, member) + "\n")
        else:
            call.out(_shown_name(member) + "\n")
    return call.status()


def _verbose(call: Call, member: tarfile.TarInfo) -> str:
    kinds = {
        tarfile.DIRTYPE: "d",
        tarfile.SYMTYPE: "l",
        tarfile.CHRTYPE: "c",
        tarfile.BLKTYPE: "b",
        tarfile.FIFOTYPE: "p",
    }
    mode = (
        kinds.get(member.type, "h" if member.islnk() and not call.speech.busybox else "-")
        + mode_text(_fake(member.mode))[1:]
    )
    owner = f"{member.uname or member.uid}/{member.gname or member.gid}"
    moment = _when(member.mtime, call.speech.busybox)
    arrow = (
        f" -> {member.linkname}"
        if member.issym()
        else f" {'->' if call.speech.busybox else 'link to'} {member.linkname}"
        if member.islnk()
        else ""
    )
    if call.speech.busybox:
        return f"{mode} {owner} {member.size:>9} {moment} {_shown_name(member)}{arrow}"
    return f"{mode} {owner} {str(member.size).rjust(max(1, 18 - len(owner)))} {moment} {_shown_name(member)}{arrow}"


def _fake(mode: int) -> File:
    return File(Meta(mode & 0o7777), Inline(b""))


def _when(seconds: float, busybox: bool) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S" if busybox else "%Y-%m-%d %H:%M", time.gmtime(int(seconds)))


async def _extract(call: Call, options: Parsed, archive: tarfile.TarFile) -> int:
    folder = _folder(call, options)
    later: list[tuple[str, tarfile.TarInfo]] = []
    strip = int(options.get("S") or 0)
    for name, member in _wanted(options, archive):
        parts = [part for part in name.split("/") if part not in {"", "."}][strip:]
        if ".." in parts:
            call.error(f"{name}: Member name contains '..'")
            continue
        if "v" in options:
            call.out(_shown_name(member) + "\n")
        if "O" in options:
            source = archive.extractfile(member) if member.isreg() else None
            if source is not None:
                await call.flush()
                await call.stdout.write(source.read())
            continue
        path = join(folder, "/".join(parts)) if parts else folder
        try:
            _put(call, archive, member, path, folder, strip)
        except OSError as error:
            call.error(
                f"{name}: Cannot open: {reason(error)}"
                if not call.speech.busybox
                else f"can't open '{name}': {reason(error)}"
            )
            continue
        if member.isdir():
            later.append((path, member))
        elif not member.islnk():
            _restore(call, options, member, path)
    for path, member in reversed(later):
        _restore(call, options, member, path)
    return call.status()


def _put(call: Call, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, folder: str, strip: int) -> None:
    files = call.files
    if member.isdir():
        if not files.is_dir(path):
            files.mkdir(path, parents=True)
        return
    files.mkdir(parent(path), parents=True)
    try:
        there = files.lstat(path)
    except OSError:
        pass
    else:
        if isinstance(there, Dir):
            files.rmdir(path)
        else:
            files.remove(path)
    if member.issym():
        files.symlink(member.linkname, path)
    elif member.islnk():
        target = [part for part in member.linkname.split("/") if part not in {"", "."}][strip:]
        files.link(join(folder, "/".join(target)), path)
    elif member.isfifo():
        files.mknod(path, "fifo", 0, 0, member.mode)
    elif member.ischr() or member.isblk():
        files.mknod(path, "char" if member.ischr() else "block", member.devmajor, member.devminor, member.mode)
    else:
        source = archive.extractfile(member)
        files.write(path, source.read() if source is not None else b"", 0o600)


def _restore(call: Call, options: Parsed, member: tarfile.TarInfo, path: str) -> None:
    files, names = call.files, call.machine.names
    if call.machine.identity.is_root and "o" not in options:
        account = names.account(member.uname) if member.uname and "n" not in options else None
        group = names.group_of(member.gname) if member.gname and "n" not in options else None
        files.chown(path, account.uid if account else member.uid, group.gid if group else member.gid, follow=False)
    if not member.issym():
        keeps = "p" in options or call.machine.identity.is_root
        files.chmod(path, member.mode & (0o7777 if keeps else 0o777 & ~files.umask))
    if "m" not in options:
        files.utime(path, int(member.mtime) * 10**9, follow=False)


COMMANDS: Tools = {"tar": tar}
