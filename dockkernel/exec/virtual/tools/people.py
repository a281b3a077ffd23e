"""adduser, useradd, addgroup, groupadd, usermod, deluser, delgroup, chpasswd: `/etc/passwd` and the like."""

from __future__ import annotations

from dockkernel.exec.virtual.call import Call, Failure, Parsed, Tools, parse, read_all
from dockkernel.exec.virtual.identity import GROUP, PASSWD, Account, Names, accounts, groups
from dockkernel.exec.virtual.tools.whois import SHADOW


def _add_line(call: Call, path: str, line: str) -> None:
    text = call.files.text(path)
    if text and not text.endswith("\n"):
        text += "\n"
    call.files.write(path, (text + line + "\n").encode(), 0o600 if path == SHADOW else 0o644)


def _root_only(call: Call) -> None:
    if not call.machine.identity.is_root:
        raise Failure("Permission denied." if not call.speech.busybox else "only root can do that", 1)


def _free(taken: set[int], system: bool, busybox: bool) -> int:
    if system:
        numbers = range(100, 1000) if busybox else range(999, 99, -1)
    else:
        numbers = range(1000, 60000)
    return next(number for number in numbers if number not in taken)


def _new_group(call: Call, name: str, gid: int | None, system: bool) -> int:
    names = Names(call.files.text)
    taken = {one.gid for one in groups(call.files.text(GROUP))}
    number = _free(taken, system, call.speech.busybox) if gid is None else gid
    if names.group(number) is not None and gid is not None:
        raise Failure(f"gid '{gid}' in use" if call.speech.busybox else f"GID '{gid}' already exists", 4)
    _add_line(call, GROUP, f"{name}:x:{number}:")
    if call.files.exists("/etc/gshadow"):
        _add_line(call, "/etc/gshadow", f"{name}:!::")
    return number


def _join(call: Call, user: str, group: str) -> None:
    lines = []
    for line in call.files.text(GROUP).splitlines():
        fields = line.split(":")
        if fields[0] == group and len(fields) > 3:
            members = [one for one in fields[3].split(",") if one]
            fields[3] = ",".join(members if user in members else [*members, user])
            line = ":".join(fields)
        lines.append(line + "\n")
    call.files.write(GROUP, "".join(lines).encode())


def _new_account(call: Call, account: Account, *, home: bool, copy_skel: bool) -> None:
    fields = (account.name, "x", str(account.uid), str(account.gid), account.gecos, account.home, account.shell)
    _add_line(call, PASSWD, ":".join(fields))
    if call.files.exists(SHADOW):
        _add_line(call, SHADOW, f"{account.name}:!:{call.machine.now_ns() // (86400 * 10**9)}:0:99999:7:::")
    if home and not call.files.exists(account.home):
        call.files.mkdir(account.home, 0o755, parents=True)
        call.files.chmod(account.home, 0o2755 if call.speech.busybox else 0o755)
        call.files.chown(account.home, account.uid, account.gid)
        if copy_skel:
            _skeleton(call, account)


def _skeleton(call: Call, account: Account) -> None:
    files = call.files
    if not files.is_dir("/etc/skel"):
        return
    for name in files.listdir("/etc/skel"):
        source, target = f"/etc/skel/{name}", f"{account.home}/{name}"
        if not files.is_dir(source):
            files.write(target, files.read(source))
            files.chown(target, account.uid, account.gid)


def adduser(call: Call) -> int:
    """`adduser`: busybox's and Debian's options."""
    _root_only(call)
    if call.speech.busybox:
        return _busybox_adduser(call)
    long: tuple[str, ...] = (
        "system|S",
        "group|%",
        "ingroup=|G=",
        "uid=|u=",
        "gid=|g=",
        "home=|h=",
        "shell=|s=",
        "no-create-home|H",
        "quiet|q",
    )
    long += (
        "disabled-password|D",
        "disabled-login|D",
        "gecos=|c=",
        "comment=|c=",
        "force-badname|!",
        "allow-bad-names|!",
    )
    options = parse(call, "q", long)
    if len(options.rest) == 2:
        return _add_to_group(call, *options.rest)
    name = _only(options)
    system = "S" in options
    _must_be_new(call, name, f"The user `{name}' already exists.")
    taken = {one.uid for one in accounts(call.files.text(PASSWD))}
    uid = _number(options.get("u")) if options.get("u") else _free(taken, system, False)
    ingroup = options.get("G")
    gid = _number(options.get("g")) if options.get("g") else _group_number(call, ingroup) if ingroup else None
    say = call.out if "q" not in options else (lambda text: None)
    kind = "system user" if system else "user"
    say(f"Adding {kind} `{name}' {'(UID ' + str(uid) + ') ' if system else ''}...\n")
    if gid is None:
        if system and "%" not in options:
            gid = 65534
            say(f"Adding new user `{name}' (UID {uid}) with group `nogroup' ...\n")
        else:
            gid = _new_group(call, name, None, system)
            say(f"Adding new group `{name}' ({'GID ' if system else ''}{gid}) ...\n")
            say(f"Adding new user `{name}' ({'UID ' if system else ''}{uid}) with group `{name}' ...\n")
    home = options.get("h") or ("/nonexistent" if system else f"/home/{name}")
    shell = options.get("s") or ("/usr/sbin/nologin" if system else "/bin/bash")
    create = "H" not in options and home != "/nonexistent"
    say(f"Creating home directory `{home}' ...\n" if create else "Not creating home directory.\n")
    _new_account(call, Account(name, uid, gid, options.get("c") or "", home, shell), home=create, copy_skel=not system)
    return 0


def _busybox_adduser(call: Call) -> int:
    long: tuple[str, ...] = (
        "home=|h=",
        "gecos=|g=",
        "shell=|s=",
        "ingroup=|G=",
        "system|S",
        "disabled-password|D",
        "no-create-home|H",
        "uid=|u=",
    )
    options = parse(call, "h:g:s:G:SDHu:k:", long)
    if len(options.rest) == 2:
        return _add_to_group(call, *options.rest)
    name = _only(options)
    _must_be_new(call, name, f"user '{name}' in use")
    system = "S" in options
    taken = {one.uid for one in accounts(call.files.text(PASSWD))}
    uid = _number(options.get("u")) if options.get("u") else _free(taken, system, True)
    ingroup = options.get("G")
    if ingroup:
        gid = _group_number(call, ingroup)
    elif system:
        gid = 65533 if Names(call.files.text).group(65533) else 65534
    else:
        used = Names(call.files.text).group(uid) is not None
        gid = _new_group(call, name, None if used else uid, system)
    home = options.get("h") or f"/home/{name}"
    shell = options.get("s") or ("/bin/false" if system else "/bin/sh")
    gecos = options.get("g") or "Linux User,,,"
    _new_account(call, Account(name, uid, gid, gecos, home, shell), home="H" not in options, copy_skel=True)
    return 0


def _only(options: Parsed) -> str:
    if not options.rest:
        raise Failure("Only one or two names allowed.", 1)
    return options.rest[0]


def _must_be_new(call: Call, name: str, text: str, code: int = 1) -> None:
    if Names(call.files.text).account(name) is not None:
        raise Failure(text, code)


def _number(text: str | None) -> int:
    if text is None or not text.isdigit():
        raise Failure(f"invalid number '{text}'", 3)
    return int(text)


def _group_number(call: Call, text: str) -> int:
    group = Names(call.files.text).group_of(text)
    if group is not None:
        return group.gid
    if text.isdigit():
        return int(text)
    raise Failure(f"unknown group {text}" if call.speech.busybox else f"group '{text}' does not exist", 6)


def _add_to_group(call: Call, user: str, group: str) -> int:
    names = Names(call.files.text)
    if names.account(user) is None:
        raise Failure(f"unknown user {user}" if call.speech.busybox else f"The user `{user}' does not exist.", 1)
    _group_number(call, group)
    if not call.speech.busybox:
        call.out(f"Adding user `{user}' to group `{group}' ...\nDone.\n")
    _join(call, user, group)
    return 0


def useradd(call: Call) -> int:
    """`useradd [-mMrNU] [-u UID] [-g GROUP] [-G GROUPS] [-d HOME] [-s SHELL] [-c TEXT] NAME`."""
    _root_only(call)
    long: tuple[str, ...] = (
        "create-home|m",
        "no-create-home|M",
        "system|r",
        "uid=|u=",
        "gid=|g=",
        "groups=|G=",
        "home-dir=|d=",
        "home=|d=",
    )
    long += (
        "shell=|s=",
        "comment=|c=",
        "user-group|U",
        "no-user-group|N",
        "no-log-init|l",
        "password=|p=",
        "non-unique|o",
    )
    options = parse(call, "mMrNUlou:g:G:d:s:c:p:e:f:k:K:b:", long)
    if not options.rest:
        raise Failure("a name is needed", 2)
    name = options.rest[0]
    _must_be_new(call, name, f"user '{name}' already exists", 9)
    taken = {one.uid for one in accounts(call.files.text(PASSWD))}
    uid = _number(options.get("u")) if options.get("u") else _free(taken, "r" in options, False)
    if uid in taken and "o" not in options:
        raise Failure(f"UID {uid} is not unique", 4)
    group = options.get("g")
    more = [one for one in (options.get("G") or "").split(",") if one]
    for one in [group, *more] if group else more:
        _group_number(call, one or "")
    if group:
        gid = _group_number(call, group)
    elif "N" in options:
        gid = 100
    else:
        if Names(call.files.text).group_of(name) is not None:
            raise Failure(f"group {name} exists - if you want to add this user to that group, use -g.", 9)
        gid = _new_group(call, name, uid if Names(call.files.text).group(uid) is None else None, "r" in options)
    home = options.get("d") or f"/home/{name}"
    account = Account(name, uid, gid, options.get("c") or "", home, options.get("s") or "/bin/sh")
    _new_account(call, account, home="m" in options, copy_skel=True)
    for one in more:
        _join(call, name, _group_name(call, one))
    return 0


def _group_name(call: Call, text: str) -> str:
    return Names(call.files.text).group(int(text)) or text if text.isdigit() else text


def addgroup(call: Call) -> int:
    """`addgroup [-S] [-g GID] NAME, addgroup USER GROUP, groupadd [-r] [-g GID] [-f] NAME`."""
    _root_only(call)
    options = parse(call, "Srfg:o", ("system|S", "gid=|g=", "force|f", "quiet|q", "non-unique|o"))
    if len(options.rest) == 2 and call.name == "addgroup":
        return _add_to_group(call, *options.rest)
    if not options.rest:
        raise Failure("a name is needed", 2)
    name = options.rest[0]
    if Names(call.files.text).group_of(name) is not None:
        if "f" in options:
            return 0
        gnu = f"group '{name}' already exists"
        raise Failure(f"group '{name}' in use" if call.speech.busybox else gnu, 1 if call.speech.busybox else 9)
    gid = _new_group(call, name, _number(options.get("g")) if options.get("g") else None, options.has("S", "r"))
    if call.name == "addgroup" and not call.speech.busybox and "q" not in options:
        call.out(f"Adding group `{name}' (GID {gid}) ...\nDone.\n")
    return 0


def usermod(call: Call) -> int:
    """`usermod [-aG GROUPS] [-g GROUP] [-u UID] [-d HOME] [-s SHELL] [-l NAME] [-L|-U] NAME`."""
    _root_only(call)
    long: tuple[str, ...] = (
        "append|a",
        "groups=|G=",
        "gid=|g=",
        "uid=|u=",
        "home=|d=",
        "shell=|s=",
        "login=|l=",
        "comment=|c=",
        "move-home|m",
    )
    options = parse(call, "aG:g:u:d:s:l:c:mLUo", (*long, "lock|L", "unlock|U"))
    if not options.rest:
        raise Failure("a name is needed", 2)
    name = options.rest[0]
    if Names(call.files.text).account(name) is None:
        raise Failure(f"user '{name}' does not exist", 6)
    more = [one for one in (options.get("G") or "").split(",") if one]
    for one in more:
        _group_number(call, one)
    group = options.get("g")
    changes = {2: options.get("u"), 3: str(_group_number(call, group)) if group else None, 4: options.get("c")}
    changes |= {5: options.get("d"), 6: options.get("s"), 0: options.get("l")}
    _edit(call, PASSWD, name, changes)
    if "G" in options and "a" not in options:
        _leave(call, name)
    for one in more:
        _join(call, options.get("l") or name, _group_name(call, one))
    return 0


def _edit(call: Call, path: str, name: str, changes: dict[int, str | None]) -> None:
    if not any(value is not None for value in changes.values()):
        return
    lines = []
    for line in call.files.text(path).splitlines():
        fields = line.split(":")
        if fields[0] == name:
            for index, value in changes.items():
                if value is not None and index < len(fields):
                    fields[index] = value
        lines.append(":".join(fields) + "\n")
    call.files.write(path, "".join(lines).encode())


def _leave(call: Call, user: str) -> None:
    lines = []
    for line in call.files.text(GROUP).splitlines():
        fields = line.split(":")
        if len(fields) > 3:
            fields[3] = ",".join(one for one in fields[3].split(",") if one and one != user)
        lines.append(":".join(fields) + "\n")
    call.files.write(GROUP, "".join(lines).encode())


def _drop(call: Call, path: str, name: str) -> None:
    if call.files.exists(path):
        kept = [line for line in call.files.text(path).splitlines() if line.split(":")[0] != name]
        call.files.write(path, "".join(line + "\n" for line in kept).encode())


def deluser(call: Call) -> int:
    """`deluser [--remove-home] NAME, userdel [-rf] NAME`."""
    _root_only(call)
    options = parse(call, "rf", ("remove-home|r", "remove|r", "force|f", "quiet|q", "system|S"))
    if not options.rest:
        raise Failure("a name is needed", 2)
    name = options.rest[0]
    account = Names(call.files.text).account(name)
    if account is None:
        raise Failure(f"unknown user {name}" if call.speech.busybox else f"user '{name}' does not exist", 6)
    for path in (PASSWD, SHADOW):
        _drop(call, path, name)
    _leave(call, name)
    own = Names(call.files.text).group_of(name)
    if own is not None and not own.members:
        _drop(call, GROUP, name)
    if "r" in options and call.files.exists(account.home):
        for error in call.files.remove_tree(account.home):
            raise error
    return 0


def delgroup(call: Call) -> int:
    """`delgroup NAME, groupdel NAME`."""
    _root_only(call)
    options = parse(call, "f", ("quiet|q", "only-if-empty|e"))
    name = options.rest[0] if options.rest else ""
    if Names(call.files.text).group_of(name) is None:
        raise Failure(f"unknown group {name}" if call.speech.busybox else f"group '{name}' does not exist", 6)
    _drop(call, GROUP, name)
    return 0


async def chpasswd(call: Call) -> int:
    """`chpasswd`: checks that the users exist; a password never reaches the image in clear."""
    _root_only(call)
    for line in (await read_all(call.stdin)).decode("utf-8", "replace").splitlines():
        name = line.partition(":")[0]
        if Names(call.files.text).account(name) is None:
            raise Failure(f"(user {name}) pam_chauthtok() failed, error: Authentication token manipulation error")
        if call.files.exists(SHADOW):
            _edit(call, SHADOW, name, {1: "*"})
    return 0


COMMANDS: Tools = {
    "adduser": adduser,
    "useradd": useradd,
    "addgroup": addgroup,
    "groupadd": addgroup,
    "usermod": usermod,
    "deluser": deluser,
    "userdel": deluser,
    "delgroup": delgroup,
    "groupdel": delgroup,
    "chpasswd": chpasswd,
}
