"""cp, mv, install, ln: from here to there."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import dataclass

from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.files import base, parent
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.modes import parse_mode
from dockkernel.fs.node import Device, Dir, File, Link, Node, Symlink

_CP_LONG = (
    "archive|a",
    "recursive|R",
    "force|f",
    "interactive|i",
    "link|l",
    "symbolic-link|s",
    "no-clobber|n",
    "no-dereference|P",
    "dereference|L",
    "no-target-directory|T",
    "target-directory=|t=",
    "update|u",
    "verbose|v",
    "preserve=|p=",
    "no-preserve=",
    "parents|%",
    "reflink=",
    "sparse=",
)


def destination(call: Call, options: Parsed, usage: str) -> tuple[list[str], str, bool]:
    """The sources, the target as typed, and whether things go into it."""
    rest = list(options.rest)
    into = options.get("t")
    if into is not None:
        if not rest:
            raise Misuse("missing file operand")
        return rest, into, True
    if not rest:
        raise Misuse("missing file operand")
    if len(rest) == 1:
        raise Misuse(f"missing destination file operand after '{rest[0]}'")
    target = rest.pop()
    folder = call.files.is_dir(call.at(target)) and "T" not in options
    if len(rest) > 1 and not folder:
        if call.speech.busybox:
            raise Failure(
                f"target '{target}' is not a directory"
                if usage == "mv"
                else f"can't create '{target}': Not a directory"
            )
        why = "Not a directory" if call.files.exists(call.at(target)) else "No such file or directory"
        raise Failure(f"target '{target}': {why}")
    return rest, target, folder


@dataclass(slots=True)
class _Copier:
    """One run of cp; hard links between what is copied stay links under -a and -d."""

    call: Call
    recursive: bool
    preserve: bool
    keep_links: bool
    """Symbolic links are copied as links."""
    options: Parsed
    seen: dict[Link, str]

    def copy(self, source: str, target: str, shown: str, shown_target: str, *, top: bool) -> None:
        """The file or tree at `source` to `target`."""
        call = self.call
        try:
            follow = not self.keep_links and (top or "L" in self.options or not self.recursive)
            node = call.files.stat(source) if follow else call.files.lstat(source)
        except OSError as error:
            call.error(call.speech.cannot("stat", shown, error))
            return
        try:
            self._one(node, source, target, shown, shown_target)
        except OSError as error:
            self._report(error, shown, shown_target)

    def _report(self, error: OSError, shown: str, shown_target: str) -> None:
        call = self.call
        if call.speech.busybox:
            which = shown if error.errno == errno.EACCES and not call.files.allowed(call.at(shown), 4) else shown_target
            call.error(f"can't {'open' if which == shown else 'create'} '{which}': {reason(error)}")
        elif call.files.exists(call.at(shown)) and not call.files.allowed(call.at(shown), 4):
            call.error(f"cannot open '{shown}' for reading: {reason(error)}")
        else:
            call.error(f"cannot create regular file '{shown_target}': {reason(error)}")

    def _one(self, node: Node, source: str, target: str, shown: str, shown_target: str) -> None:
        call, files = self.call, self.call.files
        if isinstance(node, Dir):
            self._folder(node, source, target, shown, shown_target)
            return
        there = _lstat(call, target)
        if there is not None and self._stays(node, there, source, target, shown, shown_target):
            return
        if isinstance(node, (File, Device)) and node.link is not None and self.preserve and node.link in self.seen:
            files.link(self.seen[node.link], target)
            return
        if "l" in self.options:
            files.link(files.realpath(source), target)
        elif "s" in self.options:
            files.symlink(shown, target)
        elif isinstance(node, Symlink):
            files.symlink(node.target, target)
        elif isinstance(node, Device) and (self.recursive or node.kind == "fifo"):
            files.mknod(target, node.kind, node.major, node.minor, node.meta.mode)
        elif isinstance(node, Device):
            files.write(target, files.read(source))
        else:
            # Read through the check for permission; the content itself is shared, not copied.
            opened = files.open(source)
            if not isinstance(opened, Device):
                opened.close()
            files.write(target, node.content, node.meta.mode & 0o777)
        if isinstance(node, (File, Device)) and node.link is not None:
            self.seen[node.link] = target
        if self.preserve:
            keep(call, node, target)
        if "v" in self.options:
            call.out(f"'{shown}' -> '{shown_target}'\n")

    def _stays(self, node: Node, there: Node, source: str, target: str, shown: str, shown_target: str) -> bool:
        """Whether what is at the target stays; else makes room for what comes."""
        call, files = self.call, self.call.files
        if "n" in self.options or ("u" in self.options and there.meta.mtime_ns >= node.meta.mtime_ns):
            return True
        if isinstance(there, Dir):
            gnu = f"cannot overwrite directory '{shown_target}' with non-directory"
            call.error(f"can't create '{shown_target}': Is a directory" if call.speech.busybox else gnu)
            return True
        if files.exists(target) and files.realpath(source) == files.realpath(target):
            call.error(f"'{shown}' and '{shown_target}' are the same file")
            return True
        replaced = isinstance(node, (Symlink, Device)) or "l" in self.options or "s" in self.options
        replaced = replaced or (isinstance(there, Symlink) and self.keep_links)
        if replaced or ("f" in self.options and not files.allowed(target, 2)):
            files.remove(target)
        return False

    def _folder(self, node: Dir, source: str, target: str, shown: str, shown_target: str) -> None:
        call, files = self.call, self.call.files
        if not self.recursive:
            busybox = f"omitting directory '{shown}'"
            call.error(busybox if call.speech.busybox else f"-r not specified; {busybox}")
            return
        inside = files.realpath(target) + "/"
        if inside.startswith(files.realpath(source).rstrip("/") + "/"):
            gnu = f"cannot copy a directory, '{shown}', into itself, '{shown_target}'"
            call.error(f"recursion detected, omitting directory '{shown}'" if call.speech.busybox else gnu)
            return
        there = _lstat(call, target)
        if there is None:
            files.mkdir(target, node.meta.mode & 0o777 | 0o700)
        elif not files.is_dir(target):
            gnu = f"cannot overwrite non-directory '{shown_target}' with directory '{shown}'"
            call.error(f"target '{shown_target}' is not a directory" if call.speech.busybox else gnu)
            return
        for name in files.listdir(source):
            self.copy(
                f"{source.rstrip('/')}/{name}",
                f"{target.rstrip('/')}/{name}",
                f"{shown.rstrip('/')}/{name}",
                f"{shown_target.rstrip('/')}/{name}",
                top=False,
            )
        if self.preserve:
            keep(call, node, target)
        elif there is None:
            files.chmod(target, node.meta.mode & 0o777 & ~files.umask)


def _lstat(call: Call, path: str) -> Node | None:
    try:
        return call.files.lstat(path)
    except OSError:
        return None


def keep(call: Call, node: Node, target: str) -> None:
    """Owner, mode, time and attributes of `node` for `target`; an owner that cannot be given is left."""
    files = call.files
    with contextlib.suppress(PermissionError):
        files.chown(target, node.meta.uid, node.meta.gid, follow=False)
    if not isinstance(node, Symlink):
        files.chmod(target, node.meta.mode)
    files.copy_attributes(node, target)
    files.utime(target, node.meta.mtime_ns, follow=False)


def cp(call: Call) -> int:
    """`cp [-aRrpdPLfinuvlsT] SOURCE... DEST`."""
    options = parse(call, "aRrpdPLHfinuvlsTt:x", _CP_LONG)
    sources, target, folder = destination(call, options, "cp")
    recursive = options.has("a", "R", "r")
    links = options.has("a", "d", "P") or (recursive and not options.has("L", "H"))
    copier = _Copier(call, recursive, options.has("a", "p"), links, options, {})
    for source in sources:
        name = base(call.files.realpath(call.at(source))) if base(source) in {".", ".."} else base(source)
        suffix = "" if base(source) in {".", ".."} else "/" + name
        if "%" in options:
            suffix = "/" + source.strip("/")
            call.files.mkdir(parent(call.at(target).rstrip("/") + suffix), parents=True)
        shown = f"{target.rstrip('/')}{suffix}" if folder else target
        copier.copy(call.at(source), call.at(shown), source, shown, top=True)
    return call.status()


def mv(call: Call) -> int:
    """`mv [-finuvT] SOURCE... DEST`."""
    long = (
        "force|f",
        "interactive|i",
        "no-clobber|n",
        "update|u",
        "verbose|v",
        "no-target-directory|T",
        "target-directory=|t=",
    )
    options = parse(call, "finuvTt:", long)
    sources, target, folder = destination(call, options, "mv")
    for source in sources:
        shown = f"{target.rstrip('/')}/{base(source)}" if folder else target
        _move(call, options, source, shown)
    return call.status()


def _move(call: Call, options: Parsed, source: str, shown: str) -> None:
    files, busybox = call.files, call.speech.busybox
    old, new = call.at(source), call.at(shown)
    try:
        node = files.lstat(old)
    except OSError as error:
        call.error(call.speech.cannot("rename" if busybox else "stat", source, error))
        return
    there = _lstat(call, new.rstrip("/") or "/")
    if there is not None and ("n" in options or ("u" in options and there.meta.mtime_ns >= node.meta.mtime_ns)):
        return
    if there is not None and not isinstance(there, Dir) and isinstance(node, Dir):
        gnu = f"cannot overwrite non-directory '{shown}' with directory '{source}'"
        call.error(call.speech.cannot("rename", source, "Not a directory") if busybox else gnu)
        return
    if there is not None and files.realpath(parent(old)) + "/" + base(old) == files.realpath(parent(new)) + "/" + base(
        new
    ):
        call.error(f"'{source}' and '{shown}' are the same file")
        return
    try:
        files.rename(old.rstrip("/"), new.rstrip("/") if isinstance(node, Dir) else new)
    except OSError as error:
        if error.errno == errno.EXDEV:
            _move_across(call, options, source, shown)
        elif error.errno == errno.EINVAL:
            gnu = f"cannot move '{source}' to a subdirectory of itself, '{shown}'"
            call.error(call.speech.cannot("rename", source, error) if busybox else gnu)
        else:
            gnu = f"cannot move '{source}' to '{shown}': {reason(error)}"
            call.error(call.speech.cannot("rename", source, error) if busybox else gnu)
        return
    if "v" in options:
        call.out(f"'{source}' -> '{shown}'\n" if busybox else f"renamed '{source}' -> '{shown}'\n")


def _move_across(call: Call, options: Parsed, source: str, shown: str) -> None:
    before = call.failed
    call.failed = False
    _Copier(call, True, True, True, options, {}).copy(call.at(source), call.at(shown), source, shown, top=True)
    if not call.failed:
        for error in call.files.remove_tree(call.at(source)):
            call.error(call.speech.cannot("remove", source, error))
    call.failed = call.failed or before


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
    there = _lstat(call, full)
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
        there = _lstat(call, full)
        if there is not None and "f" in options and not isinstance(there, Dir):
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
            if _lstat(call, full) is not None:
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


COMMANDS: Tools = {"cp": cp, "mv": mv, "ln": ln, "install": install}
