"""env, hostname, uname, which, sync, mount …: what a program can ask about where it runs."""

from __future__ import annotations

import re

from dockkernel.exec.virtual import programs
from dockkernel.exec.virtual.call import Call, Failure, Tools, parse
from dockkernel.exec.virtual.devices import VERSION
from dockkernel.exec.virtual.programs import DEFAULT_PATH, CannotRun


async def env(call: Call) -> int:
    """`env [-i] [-u NAME] [NAME=VALUE]... [COMMAND [ARG]...]`."""
    options = parse(call, "iu:0C:S:", ("ignore-environment|i", "unset=|u=", "null|0", "chdir=|C="), permute=False)
    rest = list(options.rest)
    if rest and rest[0] == "-":
        options = parse(call, "iu:0", argv=["-i", *rest[1:]], permute=False)
        rest = list(options.rest)
    environment = {} if "i" in options else dict(call.env)
    for flag, value in options.order:
        if flag == "u":
            environment.pop(value, None)
    while rest and re.match(r"[^=]+=", rest[0]):
        name, _, value = rest.pop(0).partition("=")
        environment[name] = value
    if not rest:
        end = "\0" if "0" in options else "\n"
        call.out("".join(f"{name}={value}{end}" for name, value in environment.items()))
        return 0
    return await launch(call, rest, environment)


async def launch(call: Call, argv: list[str], environment: dict[str, str] | None = None) -> int:
    """Runs another program in this one's place, as execvp(3) does; the failure is told in this one's words."""
    environment = dict(call.env) if environment is None else environment
    await call.flush()
    path = environment.get("PATH", DEFAULT_PATH)
    try:
        found = programs.find(call.files, argv[0], path, call.cwd)
        return await call.machine.start(
            found, argv, environment, call.cwd, call.stdin, call.stdout, call.stderr, texts=True
        )
    except CannotRun as problem:
        why = "Permission denied" if problem.code == 126 else "No such file or directory"
        call.error(f"can't execute '{argv[0]}': {why}" if call.speech.busybox else f"'{argv[0]}': {why}")
        return problem.code


def printenv(call: Call) -> int:
    """`printenv [NAME]`."""
    if not call.argv:
        call.out("".join(f"{name}={value}\n" for name, value in call.env.items()))
        return 0
    missing = False
    for name in call.argv:
        if name in call.env:
            call.out(call.env[name] + "\n")
        else:
            missing = True
    return int(missing)


def hostname(call: Call) -> int:
    """`hostname [-sfid]`."""
    options = parse(call, "sfidI", ("short|s", "fqdn|f", "long|f", "ip-address|i"))
    if options.rest:
        raise Failure("sethostname: Operation not permitted")
    if options.has("i", "I"):
        call.out("172.17.0.2\n")
        return 0
    name = call.machine.hostname
    call.out((name.partition(".")[0] if "s" in options else name) + "\n")
    return 0


def uname(call: Call) -> int:
    """`uname [-asnrvmpio]`."""
    options = parse(call, "asnrvmpio", ("all|a", "kernel-name|s", "nodename|n", "kernel-release|r", "machine|m"))
    parts = {"s": "Linux", "n": call.machine.hostname, "r": VERSION, "v": "#1 SMP", "m": "x86_64", "o": "GNU/Linux"}
    if "a" in options:
        call.out(" ".join(parts.values()) + "\n")
        return 0
    parts |= {"p": "unknown", "i": "unknown"}
    wanted = [letter for letter in "snrvmpio" if letter in options] or ["s"]
    call.out(" ".join(parts[letter] for letter in wanted) + "\n")
    return 0


def which(call: Call) -> int:
    """`which [-a] NAME`."""
    options = parse(call, "as")
    for name in options.rest:
        if "/" in name:
            found = [name] if call.files.allowed(call.at(name), 1) and not call.files.is_dir(call.at(name)) else []
        else:
            folders = call.env.get("PATH", DEFAULT_PATH).split(":")
            found = [hit for folder in folders if (hit := programs.search(call.files, name, folder, call.cwd))]
        call.failed = call.failed or not found
        call.out("".join(path + "\n" for path in (found if "a" in options else found[:1])))
    return call.status()


def mount(call: Call) -> int:
    """`mount`: lists what is mounted; nothing can be mounted."""
    if call.argv and call.argv[0] not in {"-l", "-v"}:
        raise Failure("permission denied (are you root?)" if call.speech.busybox else "permission denied.", 1)
    for line in call.files.text("/proc/mounts").splitlines():
        source, target, kind, flags, *_ = line.split()
        call.out(f"{source} on {target} type {kind} ({flags})\n")
    return 0


def umount(call: Call) -> int:
    """`umount`: nothing can be taken away."""
    for name in call.argv:
        if not name.startswith("-"):
            gnu = f"{name}: must be superuser to unmount."
            call.error(f"can't unmount {name}: Operation not permitted" if call.speech.busybox else gnu)
    return 0 if not call.argv else call.status() if call.speech.busybox else 32


def nothing(call: Call) -> int:
    """`sync, ldconfig`: nothing to do here."""
    return 0


def no(call: Call) -> int:
    """`false`."""
    return 1


def pwd(call: Call) -> int:
    """`pwd`."""
    call.out(call.files.realpath(call.cwd) + "\n")
    return 0


def nproc(call: Call) -> int:
    """`nproc`."""
    call.out("1\n")
    return 0


def ip(call: Call) -> int:
    """`ip -o link`: the loopback, the only interface."""
    if [word for word in call.argv if not word.startswith("-")] not in (["link"], ["link", "show"]):
        raise Failure("not simulated by the portable shell but for `ip link`", 1)
    first = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000"
    second = "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00"
    call.out(first + ("\\" if "-o" in call.argv else "\n") + second + "\n")
    return 0


COMMANDS: Tools = {
    "env": env,
    "printenv": printenv,
    "hostname": hostname,
    "uname": uname,
    "which": which,
    "mount": mount,
    "umount": umount,
    "sync": nothing,
    "ldconfig": nothing,
    "true": nothing,
    "false": no,
    "pwd": pwd,
    "nproc": nproc,
    "ip": ip,
}
