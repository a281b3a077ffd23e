"""chmod, chown, chgrp, umask: permissions and owners."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dockkernel.exec.virtual.call import Call, Failure, Misuse, Parsed, Tools, parse
from dockkernel.exec.virtual.messages import reason
from dockkernel.fs.node import Dir, Node, Symlink

_CLAUSE = re.compile(r"(?P<who>[ugoa]*)(?P<acts>(?:[-+=](?:[rwxXst]*|[ugo]))+)\Z")
_ACT = re.compile(r"([-+=])([rwxXst]*[ugo]?)")
_SHIFT = {"u": 6, "g": 3, "o": 0}


def parse_mode(text: str, old: int, *, is_dir: bool, umask: int) -> int | None:
    """The mode that `chmod TEXT` makes of `old`; None when the text is no mode."""
    if re.fullmatch("[0-7]{1,5}", text):
        mode = int(text, 8)
        # GNU and busybox keep a directory's set-id bits under a mode of up to four digits.
        return (mode | (old & 0o6000 if is_dir and len(text) < 5 else 0)) if mode <= 0o7777 else None
    mode = old
    for clause in text.split(","):
        found = _CLAUSE.match(clause)
        if found is None:
            return None
        for sign, letters in _ACT.findall(found["acts"]):
            mode = _act(mode, found["who"], sign, letters, is_dir, umask)
    return mode


def _act(mode: int, who: str, sign: str, letters: str, is_dir: bool, umask: int) -> int:
    classes = "ugo" if not who or "a" in who else who
    masked = umask if not who else 0
    value = 0
    clear = 0
    copied = next((letter for letter in letters if letter in "ugo"), None)
    source = (mode >> _SHIFT[copied]) & 7 if copied else 0
    for one in set(classes):
        shift = _SHIFT[one]
        bits = source
        for letter, bit in (("r", 4), ("w", 2), ("x", 1)):
            bits |= bit if letter in letters else 0
        if "X" in letters and (is_dir or mode & 0o111):
            bits |= 1
        value |= bits << shift
        clear |= 7 << shift
    if "s" in letters:
        value |= (0o4000 if "u" in classes else 0) | (0o2000 if "g" in classes else 0)
    if "t" in letters:
        value |= 0o1000
    value &= ~masked
    if sign == "+":
        return mode | value
    if sign == "-":
        return mode & ~value
    special = 0 if is_dir else (0o4000 if "u" in classes else 0) | (0o2000 if "g" in classes else 0)
    return mode & ~clear & ~special | value


def below(call: Call, path: str, shown: str, *, follow: bool = False) -> Iterator[tuple[str, str, Node]]:
    """The path and all below it, parents first: (absolute path, as the command shows it, node).

    With `follow` a link at the path itself is followed.
    """
    try:
        node = call.files.stat(path) if follow else call.files.lstat(path)
    except OSError as error:
        call.error(call.speech.plain("access", shown, error))
        return
    yield path, shown, node
    if isinstance(node, Dir):
        try:
            names = call.files.listdir(path)
        except OSError as error:
            call.error(
                call.speech.plain("open directory", shown, error)
                if not call.speech.busybox
                else f"{shown}: {reason(error)}"
            )
            return
        for name in names:
            yield from below(call, f"{path.rstrip('/')}/{name}", f"{shown.rstrip('/')}/{name}")


def chmod(call: Call) -> int:
    """`chmod [-Rcvf] MODE FILE`."""
    argv = list(call.argv)
    # A mode such as -x looks like a flag.
    minus = next((word for word in argv if re.fullmatch(r"-[rwxXst,ugoa=+-]+", word) and word not in {"-R"}), None)
    if minus and not re.fullmatch("-[Rcvf]+", minus):
        argv.remove(minus)
    else:
        minus = None
    options = parse(
        call, "Rcvf", ("recursive|R", "verbose|v", "changes|c", "quiet|f", "silent|f", "reference="), argv=argv
    )
    rest = options.rest
    reference = options.get("reference")
    if minus:
        text = minus
    elif reference is not None:
        text = f"{call.files.stat(call.at(reference)).meta.mode:o}"
    elif rest:
        text, rest = rest[0], rest[1:]
    else:
        raise Misuse("missing operand")
    if not rest:
        raise Misuse(f"missing operand after '{text}'")
    for path in rest:
        _chmod_one(call, text, path, options)
    return call.status()


def _chmod_one(call: Call, text: str, path: str, options: Parsed) -> None:
    todo = below(call, call.at(path), path, follow=True) if "R" in options else _single(call, path, "access")
    for full, shown, node in todo:
        if isinstance(node, Symlink):
            if "R" in options:
                continue
            node = call.files.stat(full)
        mode = parse_mode(text, node.meta.mode, is_dir=isinstance(node, Dir), umask=call.files.umask)
        if mode is None:
            raise Misuse(f"invalid mode '{text}'" if call.speech.busybox else f"invalid mode: '{text}'")
        try:
            call.files.chmod(full, mode)
        except OSError as error:
            call.error(
                f"{shown}: {reason(error)}"
                if call.speech.busybox
                else f"changing permissions of '{shown}': {reason(error)}"
            )
            continue
        changed = mode != node.meta.mode
        if "v" in options or ("c" in options and changed):
            verb = "changed from" if changed else "retained as"
            call.out(f"mode of '{shown}' {verb} {node.meta.mode:04o}" + (f" to {mode:04o}\n" if changed else "\n"))


def _single(call: Call, path: str, what: str) -> Iterator[tuple[str, str, Node]]:
    full = call.at(path)
    try:
        node = call.files.lstat(full)
        if isinstance(node, Symlink):
            call.files.stat(full)
    except OSError as error:
        call.error(call.speech.plain(what, path, error))
        return
    yield full, path, node


def _owner(call: Call, text: str) -> tuple[int, int]:
    """`user[:group]` as ids, -1 for what is not named."""
    separator = ":" if ":" in text else "." if "." in text and call.machine.names.account(text) is None else ""
    user, _, group = text.partition(separator) if separator else (text, "", "")
    uid = -1
    gid = -1
    if user:
        account = call.machine.names.account(user)
        if account is None and not user.isdigit():
            raise Failure(f"unknown user {user}" if call.speech.busybox else f"invalid user: '{text}'")
        uid = account.uid if account else int(user)
        if separator and not group:
            if account is None and not call.speech.busybox:
                raise Failure(f"invalid spec: '{text}'")
            gid = account.gid if account else uid
    if group:
        gid = _group(call, group, text)
    return uid, gid


def _group(call: Call, group: str, text: str) -> int:
    found = call.machine.names.group_of(group)
    if found is None and not group.isdigit():
        if call.speech.busybox:
            raise Failure(f"unknown group {group}")
        raise Failure(f"invalid group: '{text}'")
    return found.gid if found else int(group)


def _change_owner(call: Call, who: Callable[[str], tuple[int, int]], operand: str) -> int:
    long = ("recursive|R", "no-dereference|h", "verbose|v", "changes|c", "quiet|f", "silent|f", "from=", "reference=")
    options = parse(call, "RhLHPcvf", long)
    rest = options.rest
    reference = options.get("reference")
    if reference is not None:
        meta = call.files.stat(call.at(reference)).meta
        uid, gid = (-1, meta.gid) if operand == "group" else (meta.uid, meta.gid)
    else:
        if not rest:
            raise Misuse("missing operand")
        text, rest = rest[0], rest[1:]
        if not rest:
            raise Misuse(f"missing operand after '{text}'")
        uid, gid = who(text)
    for path in rest:
        todo = below(call, call.at(path), path) if "R" in options else _single_owner(call, path, "h" in options)
        for full, shown, node in todo:
            follow = not isinstance(node, Symlink) or not ("h" in options or "R" in options)
            try:
                call.files.chown(full, uid, gid, follow=follow)
            except OSError as error:
                what = "group" if operand == "group" else "ownership"
                gnu = f"changing {what} of '{shown}': {reason(error)}"
                call.error(f"{shown}: {reason(error)}" if call.speech.busybox else gnu)
    return call.status()


def _single_owner(call: Call, path: str, nofollow: bool) -> Iterator[tuple[str, str, Node]]:
    if not nofollow:
        yield from _single(call, path, "access")
        return
    full = call.at(path)
    try:
        yield full, path, call.files.lstat(full)
    except OSError as error:
        call.error(call.speech.plain("access", path, error))


def chown(call: Call) -> int:
    """`chown [-RhcvfLHP] USER[`:GROUP] FILE."""
    return _change_owner(call, lambda text: _owner(call, text), "owner")


def chgrp(call: Call) -> int:
    """`chgrp [-RhcvfLHP] GROUP FILE`."""
    return _change_owner(call, lambda text: (-1, _group(call, text, text)), "group")


def umask(call: Call) -> int:
    """`umask [-S] [MODE], a builtin of every shell`."""
    options = parse(call, "Sp")
    if not options.rest:
        mask = call.files.umask
        if "S" in options:
            letters = [
                "".join(c for c, bit in zip("rwx", (4, 2, 1), strict=True) if ~mask >> shift & bit)
                for shift in (6, 3, 0)
            ]
            call.out("u={},g={},o={}\n".format(*letters))
        else:
            call.out(f"{mask:04o}\n")
        return 0
    text = options.rest[0]
    if re.fullmatch("[0-7]{1,4}", text):
        call.files.umask = int(text, 8) & 0o777
        return 0
    mode = parse_mode(text, ~call.files.umask & 0o777, is_dir=True, umask=0)
    if mode is None:
        raise Failure(
            f"{text}: invalid symbolic mode operator" if call.speech.shell == "bash" else f"Illegal mode: {text}"
        )
    call.files.umask = ~mode & 0o777
    return 0


COMMANDS: Tools = {"chmod": chmod, "chown": chown, "chgrp": chgrp}
SHELL_COMMANDS: Tools = {"umask": umask}
