"""rm, rmdir, mkdir, touch, unlink, link, mktemp, truncate, mkfifo, mknod: names that come and go."""

from __future__ import annotations

import datetime
import re
import secrets
import string

from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.files import base, parent
from dockkernel.exec.virtual.messages import reason
from dockkernel.exec.virtual.tools.modes import parse_mode
from dockkernel.exec.virtual.zeros import resized
from dockkernel.fs.node import Dir, File

_UNITS = {"": 1, "c": 1, "w": 2, "b": 512, "k": 1024, "K": 1024, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_UNITS |= {
    "kB": 1000,
    "KB": 1000,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1024,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "m": 1 << 20,
    "g": 1 << 30,
}


def amount(text: str) -> int | None:
    """Bytes of `5`, `10k`, `1MiB` …; None when it is no amount."""
    found = re.fullmatch(r"(\d+)([A-Za-z]*)", text)
    if found is None or found[2] not in _UNITS:
        return None
    return int(found[1]) * _UNITS[found[2]]


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
        if "f" not in options:
            call.error(call.speech.cannot("remove", name, error))
        return
    if isinstance(node, Dir) and not options.has("r", "R", "d"):
        call.error(f"'{name}' is a directory" if busybox else f"cannot remove '{name}': Is a directory")
        return
    if files.realpath(full) == "/" and isinstance(node, Dir) and not busybox and "!" not in options:
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
                call.files.utime(full, moment or call.machine.now_ns(), follow="h" not in options)
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


def parse_stamp(text: str, now_ns: int) -> int | None:
    """`[[CC]YY]MMDDhhmm[.ss]` as nanoseconds, UTC."""
    found = re.fullmatch(r"(\d{2}|\d{4})?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?", text)
    if found is None:
        return None
    year = found[1] or str(_utc(now_ns).year)
    if len(year) == 2:
        year = ("19" if int(year) > 68 else "20") + year
    try:
        numbers = [int(year), *(int(found[index]) for index in range(2, 6)), int(found[6] or 0)]
        return _nanos(datetime.datetime(*numbers, tzinfo=datetime.UTC))  # type: ignore[misc,arg-type]
    except ValueError:
        return None


_DATES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y%m%d",
    "%d %b %Y",
    "%b %d %Y",
    "%b %d, %Y",
    "%a %b %d %H:%M:%S %Z %Y",
    "%a, %d %b %Y %H:%M:%S",
)


def parse_date(text: str, now_ns: int) -> int | None:
    """The dates that people give to `-d`: `@seconds`, ISO 8601, `1 Jan 2020`, now, yesterday, `2 days ago`."""
    text = text.strip()
    if re.fullmatch(r"@-?\d+(\.\d+)?", text):
        whole, _, part = text[1:].partition(".")
        return int(whole) * 10**9 + int((part + "0" * 9)[:9])
    words = {"now": 0, "today": 0, "yesterday": -1, "tomorrow": 1}
    if text.lower() in words:
        return now_ns + words[text.lower()] * 86400 * 10**9
    ago = re.fullmatch(r"([-+]?\d+) (second|sec|minute|min|hour|day|week|month|year)s?( ago)?", text)
    if ago:
        unit = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
        seconds = int(ago[1]) * (unit.get(ago[2]) or (2592000 if ago[2] == "month" else 31536000))
        return now_ns + (-seconds if ago[3] else seconds) * 10**9
    cleaned = re.sub(r"\s*(UTC|GMT|Z|\+00:?00)$", "", text)
    fraction = re.search(r"(:\d{2})\.(\d{1,9})$", cleaned)
    if fraction:
        cleaned = cleaned[: fraction.start(2) - 1]
    for form in _DATES:
        try:
            found = datetime.datetime.strptime(cleaned, form).replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
        return _nanos(found) + (int((fraction[2] + "0" * 9)[:9]) if fraction else 0)
    return None


def _utc(now_ns: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(now_ns // 10**9, datetime.UTC)


def _nanos(moment: datetime.datetime) -> int:
    return int((moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds()) * 10**9


def unlink(call: Call) -> int:
    """`unlink FILE`."""
    if len(call.argv) != 1:
        raise Misuse("missing operand" if not call.argv else f"extra operand '{call.argv[1]}'")
    try:
        call.files.remove(call.at(call.argv[0]))
    except OSError as error:
        call.error(f"cannot unlink '{call.argv[0]}': {reason(error)}")
    return call.status()


def link(call: Call) -> int:
    """`link FILE NAME`."""
    if len(call.argv) != 2:
        raise Misuse("missing operand")
    try:
        call.files.link(call.at(call.argv[0]), call.at(call.argv[1]))
    except OSError as error:
        call.error(f"cannot create link '{call.argv[1]}' to '{call.argv[0]}': {reason(error)}")
    return call.status()


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


def truncate(call: Call) -> int:
    """`truncate [-c] -s SIZE FILE`."""
    options = parse(call, "cs:or:", ("size=|s=", "no-create|c", "reference=|r="))
    text, reference = options.get("s"), options.get("r")
    if text is None and reference is None:
        raise Misuse("you must specify either '--size' or '--reference'")
    for name in options.rest:
        full = call.at(name)
        try:
            node = call.files.stat(full)
        except FileNotFoundError:
            if "c" in options:
                continue
            call.files.write(full, b"")
            node = call.files.stat(full)
        if not isinstance(node, File):
            raise Failure(
                f"cannot open '{name}' for writing: {'Is a directory' if isinstance(node, Dir) else 'Invalid argument'}"
            )
        old = node.content.size
        size = _size(call, text, old) if text is not None else _size_of(call, reference or "")
        call.files.write(full, resized(node.content, size))
    return 0


def _size_of(call: Call, path: str) -> int:
    node = call.files.stat(call.at(path))
    return node.content.size if isinstance(node, File) else 0


def _size(call: Call, text: str, old: int) -> int:
    sign = text[:1] if text[:1] in "+-<>/%" else ""
    number = amount(text[len(sign) :])
    if number is None:
        raise Failure(f"Invalid number: '{text}'")
    match sign:
        case "+":
            return old + number
        case "-":
            return max(0, old - number)
        case "<":
            return min(old, number)
        case ">":
            return max(old, number)
        case "/":
            return old // number * number
        case "%":
            return -(-old // number) * number
    return number


def mkfifo(call: Call) -> int:
    """`mkfifo [-m MODE] NAME`."""
    options = parse(call, "m:", ("mode=|m=",))
    if not options.rest:
        raise Misuse("missing operand")
    for name in options.rest:
        try:
            call.files.mknod(call.at(name), "fifo", 0, 0, 0o666)
            _set_mode(call, options, name)
        except OSError as error:
            call.error(
                f"{name}: {reason(error)}" if call.speech.busybox else f"cannot create fifo '{name}': {reason(error)}"
            )
    return call.status()


def mknod(call: Call) -> int:
    """`mknod [-m MODE] NAME TYPE [MAJOR MINOR]`."""
    options = parse(call, "m:", ("mode=|m=",))
    if len(options.rest) < 2:
        raise Misuse("missing operand")
    name, kind, *numbers = options.rest
    kinds = {"p": "fifo", "c": "char", "u": "char", "b": "block"}
    if kind not in kinds:
        raise Failure(f"invalid device type '{kind}'")
    if kind != "p" and len(numbers) != 2:
        raise Failure("Special files require major and minor device numbers.")
    major, minor = (int(number, 0) for number in numbers) if kind != "p" else (0, 0)
    try:
        call.files.mknod(call.at(name), kinds[kind], major, minor, 0o666)  # type: ignore[arg-type]
        _set_mode(call, options, name)
    except OSError as error:
        call.error(f"{name}: {reason(error)}")
    return call.status()


def _set_mode(call: Call, options: Parsed, name: str) -> None:
    text = options.get("m")
    if text is not None:
        mode = parse_mode(text, 0o666, is_dir=False, umask=call.files.umask)
        if mode is None:
            raise Failure(f"invalid mode '{text}'")
        call.files.chmod(call.at(name), mode)


COMMANDS: Tools = {
    "rm": rm,
    "rmdir": rmdir,
    "mkdir": mkdir,
    "touch": touch,
    "unlink": unlink,
    "link": link,
    "mktemp": mktemp,
    "truncate": truncate,
    "mkfifo": mkfifo,
    "mknod": mknod,
}
