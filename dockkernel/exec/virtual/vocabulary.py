"""Names: which commands the shell library has, and what a script's text tells about the commands it will use."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

LIBRARY = frozenset(
    """arch awk b2sum base32 base64 basename basenc bc bunzip2 bzcat bzip2 cksum clear cmp column comm csv cut
    date diff dirname egrep envsubst expand expr factor fgrep file find fmt fold gawk getconf grep hexdump hostid
    iconv join jq less locale logname mawk md5sum more nawk nice nl nohup numfmt od paste patch pr rev rg
    sed seq sha1sum sha224sum sha256sum sha384sum sha512sum shasum shuf sleep sort split strings sum tac
    timeout tr tree tsort tty unexpand uniq uuidgen watch who xargs xxd yes yq zip unzip printf test [ kill""".split()
)
"""Programs whose work the library does well; the rest of what it has is ours or refused."""

OVERRIDDEN = frozenset(
    """assert cat chgrp chmod chown cp curl dd df dotenv du env flock free glob groups gunzip gzip head hostname http id
    install json link ln log ls make man mkdir mkfifo mktemp mv nano nproc openssl parallel pgrep pkill printenv
    ps readlink realpath retry rm rmdir semver stat sudo sync tail tar tee template tomlq touch truncate
    uname unlink uptime users verify vi wc wget which whoami busybox""".split()
)
"""What the library has as well, but what is not to run where the image lacks it, or is ours where it has it."""

BUILTINS = frozenset(
    """. : [ [[ alias bg break builtin cd command continue echo eval exec exit export false fg getopts hash help
    history jobs kill let local printf pwd read readonly return set shift source test times trap true type ulimit
    umask unalias unset wait declare typeset shopt mapfile readarray pushd popd dirs disown enable caller bind compgen
    complete compopt fc""".split()
)
"""What a shell itself knows, on every image."""

SHELLS = frozenset({"sh", "ash", "dash", "bash"})

_PATHS = re.compile(r"(?:\.{1,2}|[\w.+@-]*)/[\w./+@-]*[\w+@-]")
_LOOKED_UP = re.compile(r"(?P<how>command\s+-[vV]|type|hash)(?:\s+-\w+)*\s+[\"']?(?P<name>[\w.+-]+|\$\S+)")
_REDIRECTING = re.compile(r"(?:^|[;&|({\s])exec\s[^;&|\n]*[<>]")
_ZERO = re.compile(r"\$\{?0|BASH_SOURCE")
MAX_SCAN = 1 << 18
"""Characters of a script that are looked at."""


def paths(text: str) -> set[str]:
    """Every word with a slash: what may be run by its path."""
    return set(_PATHS.findall(text[:MAX_SCAN]))


def asked_for(text: str) -> set[str]:
    """The names that `command -v`, `type` and `hash` ask for."""
    return {found["name"] for found in _LOOKED_UP.finditer(text[:MAX_SCAN])}


def described(text: str, present: Container[str]) -> bool:
    """Whether `type` asks for a name that is neither in the image nor the shell's nor defined by the script."""
    names = (found["name"] for found in _LOOKED_UP.finditer(text[:MAX_SCAN]) if found["how"] == "type")
    return any(
        name not in present
        and name not in BUILTINS
        and not re.search(rf"\b{re.escape(name)}\s*\(\)|alias {re.escape(name)}=", text)
        for name in names
    )


def looked_up(text: str, absent: Iterable[str]) -> set[str]:
    """Which of `command -v`, `type`, `hash` ask for a name that the image has not but the library would find."""
    missing = frozenset(absent)
    hits = (found for found in _LOOKED_UP.finditer(text[:MAX_SCAN]))
    return {found["how"].split()[0] for found in hits if found["name"] in missing or found["name"].startswith("$")}


def mentions(text: str, name: str) -> bool:
    """Whether the word is in the text."""
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) is not None


def redirects_itself(text: str) -> bool:
    """Whether the script uses `exec > file`, which the library does right in its outermost shell only."""
    return _REDIRECTING.search(text) is not None and _ZERO.search(text) is None


def traces(text: str) -> bool:
    """Whether a script turns on `set -x`."""
    return re.search(r"\bset\s+-[a-wyz]*x|xtrace", text) is not None


def orders_matter(text: str) -> bool:
    """Whether lines on stdout and stderr are to be kept in order: the script writes to both by itself."""
    return ">&2" in text or "> /dev/stderr" in text
