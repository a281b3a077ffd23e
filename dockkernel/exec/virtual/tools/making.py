"""rm, rmdir, mkdir, touch, mktemp: names that come and go."""

from __future__ import annotations

import errno
import re
import secrets
import string

from dockkernel.exec.virtual.access import base, parent
from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.dates import parse_date, parse_stamp
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.modes import parse_mode
from dockkernel.fs.node import Dir


def rm(call: Call) -> int:
    """`rm [-rRfdv] FILE`."""
    long = (
        "recursive|r",
        "force|f",
        "dir|d",
        "verbose|v",
        "no-preserve-root|!",
        "preserve-root|#",
        "one-file-system|%",
    )
    options = parse(call, "rRfdvi", long)
    if not options.rest and "f" not in options:
        raise Misuse("missing operand")
    for name in options.rest:
        _remove(call, options, name)
    return call.status()


def _remove(call: Call, options: Parsed, name: str) -> None:
    files, busybox = call.files, call.speech.busybox
    full = call.at(name)
    if base(name) in {".", ".."}:
        gnu = f"refusing to remove '.' or '..' directory: skipping '{name}'"
        call.error(f"'{name}' is a directory" if busybox and not options.has("r", "R") else gnu)
        return
    try:
        node = files.lstat(full.rstrip("/") or "/")
    except OSError as error:
        if "f" not in options or error.errno not in {errno.ENOENT, errno.ENOTDIR}:
            call.error(call.speech.cannot("remove", name, error))
        return
    if isinstance(node, Dir) and not options.has("r", "R", "d"):
        call.error(f"'{name}' is a directory" if busybox else f"cannot remove '{name}': Is a directory")
        return
    if isinstance(node, Dir) and files.realpath(full) == "/" and not busybox and "!" not in options:
        call.error("it is dangerous to operate recursively on '/'")
        call.warn(f"{call.name}: use --no-preserve-root to override this failsafe\n")
        return
    if isinstance(node, Dir) and not options.has("r", "R"):
        try:
            files.rmdir(full)
        except OSError as error:
            call.error(call.speech.cannot("remove", name, error))
        return
    for problem in files.remove_tree(full.rstrip("/") or "/"):
        shown = name.rstrip("/") + str(problem.filename)[len(full.rstrip("/")) :] if problem.filename else name
        call.error(call.speech.cannot("remove", shown or "/", problem))
    if "v" in options and not call.failed:
        call.out(f"removed '{name}'\n" if not isinstance(node, Dir) else f"removed directory '{name}'\n")


def rmdir(call: Call) -> int:
    """`rmdir [-p] DIRECTORY`."""
    options = parse(call, "pv", ("parents|p", "ignore-fail-on-non-empty|i", "verbose|v"))
    if not options.rest:
        raise Misuse("missing operand")
    for name in options.rest:
        while True:
            try:
                call.files.rmdir(call.at(name).rstrip("/"))
            except OSError as error:
                if not ("i" in options and reason(error) == "Directory not empty"):
                    gnu = f"failed to remove '{name}': {reason(error)}"
                    call.error(f"'{name}': {reason(error)}" if call.speech.busybox else gnu)
                break
            name = name.rstrip("/").rpartition("/")[0]
            if "p" not in options or not name:
                break
    return call.status()


def mkdir(call: Call) -> int:
    """`mkdir [-p] [-m MODE] [-v] DIRECTORY`."""
    options = parse(call, "pm:v", ("parents|p", "mode=|m=", "verbose|v"))
    if not options.rest:
        raise Misuse("missing operand")
    text = options.get("m")
    mode = None if text is None else parse_mode(text, 0o777, is_dir=True, umask=call.files.umask)
    if text is not None and mode is None:
        raise Failure(f"invalid mode '{text}'")
    for name in options.rest:
        full = call.at(name)
        try:
            made = _missing(call, full) if "p" in options else [full]
            call.files.mkdir(full, parents="p" in options)
            if mode is not None and made:
                call.files.chmod(full, mode)
            if "v" in options:
                for one in made:
                    call.out(f"{'created directory' if call.speech.busybox else 'mkdir: created directory'}: '{one}'\n")
        except OSError as error:
            gnu = f"cannot create directory '{name}': {reason(error)}"
            if "p" in options and reason(error) == "Not a directory" and not call.speech.busybox:
                gnu = f"cannot create directory '{_file_on(call, name)}': Not a directory"
            call.error(f"can't create directory '{name}': {reason(error)}" if call.speech.busybox else gnu)
    return call.status()


def _missing(call: Call, path: str) -> list[str]:
    missing = []
    while path != "/" and not call.files.exists(path):
        missing.append(path)
        path = parent(path)
    return missing[::-1]


def _file_on(call: Call, name: str) -> str:
    at = name
    while at and not call.files.exists(call.at(at)):
        at = at.rpartition("/")[0]
    return at or name


def touch(call: Call) -> int:
    """`touch [-acmh] [-d DATE|-t STAMP|-r FILE] FILE`."""
    long = ("no-create|c", "date=|d=", "reference=|r=", "no-dereference|h", "time=")
    options = parse(call, "acmhfd:t:r:", long)
    if not options.rest:
        raise Misuse("missing file operand")
    moment = _moment(call, options)
    for name in options.rest:
        full = call.at(name)
        try:
            if not _there(call, full, "h" in options):
                if options.has("c", "h"):
                    continue
                call.files.write(full, b"")
                if moment is None:
                    continue
            # Setting no time but now needs only write permission.
            if moment is None and "h" not in options:
                call.files.touch(full)
            else:
                when = call.machine.now_ns() if moment is None else moment
                call.files.utime(full, when, follow="h" not in options)
        except OSError as error:
            gnu = f"cannot touch '{name}': {reason(error)}"
            if moment is not None and reason(error) == "Operation not permitted":
                gnu = f"setting times of '{name}': {reason(error)}"
            call.error(f"{name}: {reason(error)}" if call.speech.busybox else gnu)
    return call.status()


def _there(call: Call, path: str, itself: bool) -> bool:
    try:
        call.files.lstat(path) if itself else call.files.stat(path)
    except FileNotFoundError:
        return False
    return True


def _moment(call: Call, options: Parsed) -> int | None:
    reference, date, stamp = options.get("r"), options.get("d"), options.get("t")
    if reference is not None:
        return call.files.stat(call.at(reference)).meta.mtime_ns
    if stamp is not None:
        moment = parse_stamp(stamp, call.machine.now_ns())
        if moment is None:
            raise Failure(f"invalid date format '{stamp}'")
        return moment
    if date is not None:
        moment = parse_date(date, call.machine.now_ns())
        if moment is None:
            raise Failure(f"invalid date '{date}'" if call.speech.busybox else f"invalid date format '{date}'")
        return moment
    return None


def mktemp(call: Call) -> int:
    """`mktemp [-dqut] [-p DIR] [TEMPLATE]`."""
    options = parse(call, "dqutp:", ("directory|d", "tmpdir=|p=", "dry-run|u", "suffix=", "quiet|q"))
    folder = options.get("p")
    template = options.rest[0] if options.rest else "tmp.XXXXXX" if call.speech.busybox else "tmp.XXXXXXXXXX"
    if not options.rest or options.has("t", "p"):
        template = f"{folder or call.env.get('TMPDIR') or '/tmp'}/{template}"
    template += options.get("suffix") or ""
    found = re.search(r"X{3,}(?=[^X/]*$)", template)
    if found is None:
        raise Failure("(null): Invalid argument" if call.speech.busybox else f"too few X's in template '{template}'")
    letters = string.ascii_letters + string.digits
    name = template[: found.start()] + "".join(secrets.choice(letters) for _ in found[0]) + template[found.end() :]
    try:
        if "u" not in options:
            if "d" in options:
                call.files.mkdir(call.at(name), 0o700)
            else:
                call.files.write(call.at(name), b"", 0o600)
    except OSError as error:
        kind = "directory" if "d" in options else "file"
        gnu = f"failed to create {kind} via template '{template}': {reason(error)}"
        raise Failure(f"(null): {reason(error)}" if call.speech.busybox else gnu) from None
    call.out(name + "\n")
    return 0


COMMANDS: Tools = {
    "rm": rm,
    "rmdir": rmdir,
    "mkdir": mkdir,
    "touch": touch,
    "mktemp": mktemp,
}
