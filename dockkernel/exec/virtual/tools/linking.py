"""ln, install: files under other names and with other owners."""

from __future__ import annotations

import errno

from dockkernel.exec.virtual.access import base, parent
from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.copying import destination, there_now
from dockkernel.exec.virtual.tools.modes import parse_mode
from dockkernel.fs.node import Dir, File, Symlink


def ln(call: Call) -> int:
    """`ln [-sfnvTr] TARGET... LINK`."""
    long = (
        "symbolic|s",
        "force|f",
        "no-dereference|n",
        "verbose|v",
        "no-target-directory|T",
        "relative|r",
        "target-directory=|t=",
    )
    options = parse(call, "sfnvTrihLPt:b", long)
    rest = list(options.rest)
    into = options.get("t")
    if not rest:
        raise Misuse("missing file operand")
    link = into if into is not None else rest.pop() if len(rest) > 1 else "./" + base(rest[0])
    full = call.at(link)
    there = there_now(call, full)
    folder = call.files.is_dir(full) and "T" not in options and not ("n" in options and isinstance(there, Symlink))
    if len(rest) > 1 and not folder:
        raise Failure(f"target '{link}' is not a directory")
    for target in rest:
        shown = f"{link.rstrip('/')}/{base(target)}" if folder else link
        _link(call, options, target, shown)
    return call.status()


def _link(call: Call, options: Parsed, target: str, shown: str) -> None:
    files, busybox = call.files, call.speech.busybox
    full = call.at(shown)
    kind = "symbolic" if "s" in options else "hard"
    try:
        if "s" not in options:
            node = files.lstat(call.at(target))
            if isinstance(node, Dir):
                call.error(
                    f"{shown}: Operation not permitted" if busybox else f"{target}: hard link not allowed for directory"
                )
                return
        there = there_now(call, full)
        if there is not None and "f" in options and not isinstance(there, Dir):
            if not busybox and not isinstance(there, Symlink) and files.same(call.at(target), full):
                call.error(f"'{target}' and '{shown}' are the same file")
                return
            files.remove(full)
        if "s" in options:
            files.symlink(_relative(call, target, full) if "r" in options else target, full)
        else:
            files.link(files.realpath(call.at(target)) if "L" in options or busybox else call.at(target), full)
    except OSError as error:
        if busybox:
            call.error(f"{target if error.filename == call.at(target) else shown}: {reason(error)}")
        elif kind == "hard" and error.errno == errno.ENOENT and not files.exists(call.at(target)):
            call.error(f"failed to access '{target}': {reason(error)}")
        else:
            arrow = f" => '{target}'" if kind == "hard" and error.errno != errno.EEXIST else ""
            call.error(f"failed to create {kind} link '{shown}'{arrow}: {reason(error)}")
        return
    if "v" in options:
        call.out(f"'{shown}' {'->' if kind == 'symbolic' else '=>'} '{target}'\n")


def _relative(call: Call, target: str, link: str) -> str:
    to = call.files.realpath(call.at(target)).strip("/").split("/")
    start = call.files.realpath(parent(link)).strip("/").split("/")
    start = [] if start == [""] else start
    while to and start and to[0] == start[0]:
        del to[0], start[0]
    return "/".join([".."] * len(start) + to) or "."


def install(call: Call) -> int:
    """`install [-dDvpT] [-m MODE] [-o OWNER] [-g GROUP] SOURCE... DEST`."""
    long = (
        "directory|d",
        "mode=|m=",
        "owner=|o=",
        "group=|g=",
        "verbose|v",
        "preserve-timestamps|p",
        "target-directory=|t=",
    )
    options = parse(call, "dDvpTsct:m:o:g:bC", long)
    mode = parse_mode(options.get("m") or "755", 0, is_dir=False, umask=0)
    if mode is None:
        raise Failure(f"invalid mode '{options.get('m')}'")
    uid, gid = _ids(call, options)
    if "d" in options:
        for name in options.rest:
            call.files.mkdir(call.at(name), 0o755, parents=True)
            call.files.chmod(call.at(name), mode)
            call.files.chown(call.at(name), uid, gid)
        return 0
    if "D" in options and len(options.rest) == 2:
        call.files.mkdir(parent(call.at(options.rest[1])), 0o755, parents=True)
    if "D" in options and options.get("t") is not None:
        call.files.mkdir(call.at(options.get("t") or "."), 0o755, parents=True)
    sources, target, folder = destination(call, options, "install")
    for source in sources:
        shown = f"{target.rstrip('/')}/{base(source)}" if folder else target
        full = call.at(shown)
        try:
            node = call.files.stat(call.at(source))
            if isinstance(node, Dir):
                call.error(f"omitting directory '{source}'")
                continue
            if there_now(call, full) is not None:
                call.files.remove(full)
            call.files.write(full, node.content if isinstance(node, File) else call.files.read(call.at(source)))
        except OSError as error:
            call.error(call.speech.cannot("stat", source, error))
            continue
        call.files.chown(full, uid, gid)
        call.files.chmod(full, mode)
        if "p" in options:
            call.files.utime(full, node.meta.mtime_ns)
        if "v" in options:
            call.out(f"'{source}' -> '{shown}'\n")
    return call.status()


def _ids(call: Call, options: Parsed) -> tuple[int, int]:
    owner, group = options.get("o"), options.get("g")
    uid = gid = -1
    if owner is not None:
        account = call.machine.names.account(owner)
        if account is None and not owner.isdigit():
            raise Failure(f"invalid user '{owner}'")
        uid = account.uid if account else int(owner)
    if group is not None:
        found = call.machine.names.group_of(group)
        if found is None and not group.isdigit():
            raise Failure(f"invalid group '{group}'")
        gid = found.gid if found else int(group)
    return uid, gid


COMMANDS: Tools = {"ln": ln, "install": install}
