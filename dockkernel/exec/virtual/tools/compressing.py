"""gzip, gunzip, zcat: one file smaller or whole again."""

from __future__ import annotations

import gzip
import zlib

from dockkernel.exec.virtual.call import Call, Parsed, Tools, parse, read_all
from dockkernel.exec.virtual.messages import reason
from dockkernel.fs.node import Dir


async def gzip_tool(call: Call) -> int:
    """`gzip [-cdfkt1-9] [FILE]`."""
    long = (
        "stdout|c",
        "to-stdout|c",
        "decompress|d",
        "uncompress|d",
        "force|f",
        "keep|k",
        "test|t",
        "quiet|q",
        "best|9",
        "fast|1",
    )
    options = parse(call, "cdfkqtvnNrlS:0123456789", (*long, "no-name|n"))
    expand = "d" in options or call.name in {"gunzip", "zcat"}
    level = next((int(flag) for flag, _ in reversed(options.order) if flag.isdigit()), 6)
    for name in options.rest or ["-"]:
        data = await read_all(call.stdin) if name == "-" else _source(call, options, name, expand)
        if data is None:
            continue
        try:
            made = gzip.decompress(data) if expand else gzip.compress(data, level, mtime=0)
        except (OSError, EOFError, zlib.error):
            shown = "stdin" if name == "-" else name
            call.error("invalid magic" if call.speech.busybox else f"{shown}: not in gzip format")
            continue
        if "t" in options:
            continue
        if name == "-" or "c" in options or call.name == "zcat":
            await call.flush()
            await call.stdout.write(made)
        else:
            _replace(call, options, name, made, expand)
    return call.status()


def _source(call: Call, options: Parsed, name: str, expand: bool) -> bytes | None:
    to_stdout = "c" in options or call.name == "zcat"
    try:
        node = call.files.stat(call.at(name))
    except OSError as error:
        call.error(f"{name}: {reason(error)}")
        return None
    if isinstance(node, Dir):
        call.error(f"{name}: Is a directory" if call.speech.busybox else f"{name} is a directory -- ignored")
        return None
    if expand and not to_stdout and "t" not in options and not name.endswith((".gz", ".tgz", ".Z", ".z")):
        call.error(f"{name}: unknown suffix" if call.speech.busybox else f"{name}: unknown suffix -- ignored")
        return None
    if not expand and not to_stdout and name.endswith(".gz") and "f" not in options:
        call.error(f"{name} already has .gz suffix -- unchanged")
        return None
    return call.files.read(call.at(name))


def _replace(call: Call, options: Parsed, name: str, made: bytes, expand: bool) -> None:
    files, full = call.files, call.at(name)
    target = (name[:-4] + ".tar" if name.endswith(".tgz") else name.rpartition(".")[0]) if expand else name + ".gz"
    if files.exists(call.at(target)) and "f" not in options:
        call.error(
            f"can't open '{target}': File exists"
            if call.speech.busybox
            else f"{target} already exists;\tnot overwritten"
        )
        return
    node = files.stat(full)
    files.write(call.at(target), made)
    files.chmod(call.at(target), node.meta.mode & 0o777)
    files.chown(call.at(target), node.meta.uid, node.meta.gid)
    files.utime(call.at(target), node.meta.mtime_ns)
    if "k" not in options:
        files.remove(full)


COMMANDS: Tools = {"gzip": gzip_tool, "gunzip": gzip_tool, "zcat": gzip_tool}
