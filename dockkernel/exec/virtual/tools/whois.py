"""id, whoami, groups, getent: who is who."""

from __future__ import annotations

from dockkernel.exec.virtual.call import Call, Failure, Tools, parse
from dockkernel.exec.virtual.identity import GROUP, PASSWD

SHADOW = "/etc/shadow"


def _named(number: int, name: str | None) -> str:
    return f"{number}({name})" if name else str(number)


def identity(call: Call) -> int:
    """`id [-ugGnr] [USER]`."""
    options = parse(call, "ugGnrz", ("user|u", "group|g", "groups|G", "name|n"))
    names = call.machine.names
    if options.rest:
        account = names.account(options.rest[0])
        if account is None:
            gnu = f"'{options.rest[0]}': no such user"
            raise Failure(f"unknown user {options.rest[0]}" if call.speech.busybox else gnu)
        uid, gid, more = account.uid, account.gid, names.groups_with(account.name)
    else:
        me = call.machine.identity
        uid, gid, more = me.uid, me.gid, list(me.groups)
    every = list(dict.fromkeys([gid, *more]))
    if "u" in options:
        call.out((names.user(uid) or str(uid) if "n" in options else str(uid)) + "\n")
    elif "g" in options:
        call.out((names.group(gid) or str(gid) if "n" in options else str(gid)) + "\n")
    elif "G" in options:
        call.out(" ".join((names.group(one) or str(one)) if "n" in options else str(one) for one in every) + "\n")
    else:
        listed = ",".join(_named(one, names.group(one)) for one in every)
        call.out(f"uid={_named(uid, names.user(uid))} gid={_named(gid, names.group(gid))} groups={listed}\n")
    return 0


def whoami(call: Call) -> int:
    """`whoami`."""
    uid = call.machine.identity.uid
    name = call.machine.names.user(uid)
    if name is None:
        raise Failure(f"unknown uid {uid}" if call.speech.busybox else f"cannot find name for user ID {uid}")
    call.out(name + "\n")
    return 0


def groups_of(call: Call) -> int:
    """`groups [USER]`."""
    names = call.machine.names
    if call.argv:
        account = names.account(call.argv[0])
        if account is None:
            raise Failure(f"unknown user {call.argv[0]}" if call.speech.busybox else f"'{call.argv[0]}': no such user")
        every = [account.gid, *names.groups_with(account.name)]
        front = "" if call.speech.busybox else f"{account.name} : "
    else:
        every, front = [call.machine.identity.gid, *call.machine.identity.groups], ""
    call.out(front + " ".join(names.group(one) or str(one) for one in dict.fromkeys(every)) + "\n")
    return 0


def getent(call: Call) -> int:
    """`getent passwd|group|hosts [KEY]`."""
    if not call.argv:
        raise Failure("wrong number of arguments", 1)
    database, *keys = call.argv
    path = {"passwd": PASSWD, "group": GROUP, "hosts": "/etc/hosts", "shadow": SHADOW}.get(database)
    if path is None:
        call.warn(f"Unknown database: {database}\n")
        return 1
    lines = call.files.text(path).splitlines()
    if not keys:
        call.out("".join(line + "\n" for line in lines))
        return 0
    for key in keys:
        if database == "hosts":
            found = next((line for line in lines if key in line.split()), None)
        else:
            found = next((line for line in lines if key in [*line.split(":"), "", "", ""][0:3:2]), None)
        if found is None:
            return 2
        call.out(found + "\n")
    return 0


COMMANDS: Tools = {"id": identity, "whoami": whoami, "groups": groups_of, "getent": getent}
