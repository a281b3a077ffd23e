"""cp, mv: from here to there."""

from __future__ import annotations

import contextlib
import errno
from dataclasses import dataclass, field

from dockkernel.exec.virtual.access import base, parent
from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.messages import reason
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
    seen: dict[Link, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    """Directories of this run, which are not copied again when they are met."""
    top: tuple[str, str] = ("", "")
    """Source and target as the learner typed them."""

    def copy(self, source: str, target: str, shown: str, shown_target: str, *, top: bool) -> None:
        """The file or tree at `source` to `target`."""
        call = self.call
        if top:
            self.top = (shown, shown_target)
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
        there = there_now(call, target)
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
        if files.same(source, target):
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
        real = files.realpath(source)
        if real in self.made or (
            call.speech.busybox and f"{files.realpath(target)}/".startswith(f"{real.rstrip('/')}/")
        ):
            gnu = "cannot copy a directory, '{}', into itself, '{}'".format(*self.top)
            call.error(f"recursion detected, omitting directory '{shown}'" if call.speech.busybox else gnu)
            return
        there = there_now(call, target)
        if there is None:
            files.mkdir(target, node.meta.mode & 0o777 | 0o700)
            self.made.add(files.realpath(target))
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


def there_now(call: Call, path: str) -> Node | None:
    """What is at the path, or None."""
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
    copier = _Copier(call, recursive, options.has("a", "p"), links, options)
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
    there = there_now(call, new.rstrip("/") or "/")
    if there is not None and ("n" in options or ("u" in options and there.meta.mtime_ns >= node.meta.mtime_ns)):
        return
    if there is not None and not isinstance(there, Dir) and isinstance(node, Dir):
        gnu = f"cannot overwrite non-directory '{shown}' with directory '{source}'"
        call.error(call.speech.cannot("rename", source, "Not a directory") if busybox else gnu)
        return
    if there is not None and files.realpath(parent(old)) + "/" + base(old) == files.realpath(parent(new)) + "/" + base(
        new
    ):
        if not busybox:
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
    _Copier(call, True, True, True, options).copy(call.at(source), call.at(shown), source, shown, top=True)
    if not call.failed:
        for error in call.files.remove_tree(call.at(source)):
            call.error(call.speech.cannot("remove", source, error))
    call.failed = call.failed or before


COMMANDS: Tools = {"cp": cp, "mv": mv}
