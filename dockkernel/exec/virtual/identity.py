"""Who a process is: `/etc/passwd` and `/etc/group` of the image read as the container runtime reads them.

The rules of `--user` are those of runc's user lookup: a name must be in the file, a number need not; without `:group` a
known user brings the groups that list it, an unknown number gets group 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dockkernel.errors import InvalidInput

Read = Callable[[str], str]
"""The text of a file in the image, empty when there is none."""

PASSWD = "/etc/passwd"
GROUP = "/etc/group"


@dataclass(frozen=True, slots=True)
class Account:
    """One line of `/etc/passwd`."""

    name: str
    uid: int
    gid: int
    gecos: str = ""
    home: str = "/"
    shell: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One line of `/etc/group`."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """The credentials of a process."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    """Supplementary groups."""
    home: str = "/root"

    @property
    def is_root(self) -> bool:
        """Whether no permission bit stops it."""
        return self.uid == 0

    def member_of(self, gid: int) -> bool:
        """Whether the group's permission bits are its own."""
        return gid == self.gid or gid in self.groups


def accounts(text: str) -> Iterator[Account]:
    """The lines of a passwd file that can be read."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 4 and fields[2].isdigit():
            rest = [*fields[4:7], "", "", ""]
            yield Account(fields[0], int(fields[2]), int(fields[3] or 0), rest[0], rest[1] or "/", rest[2])


def groups(text: str) -> Iterator[Group]:
    """The lines of a group file that can be read."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 3 and fields[2].isdigit():
            members = fields[3].split(",") if len(fields) > 3 else []
            yield Group(fields[0], int(fields[2]), tuple(name for name in members if name))


def identify(spec: str, read: Read) -> Identity:
    """The identity for `user[:group]`; `InvalidInput` in the daemon's words for a name that is not in the files."""
    user, _, group = spec.partition(":")
    user = user or "0"
    known = next((one for one in accounts(read(PASSWD)) if one.name == user), None)
    if known is None and user.isdigit():
        known = next((one for one in accounts(read(PASSWD)) if one.uid == int(user)), None)
    if known is None and not user.isdigit():
        raise InvalidInput(f"unable to find user {user}: no matching entries in passwd file")
    uid = known.uid if known else int(user)
    home = known.home if known else "/"
    if group:
        return Identity(uid, _group_id(group, read), (), home)
    listed = tuple(one.gid for one in groups(read(GROUP)) if known and known.name in one.members)
    return Identity(uid, known.gid if known else 0, listed, home)


def _group_id(group: str, read: Read) -> int:
    known = next((one for one in groups(read(GROUP)) if one.name == group), None)
    if known is not None:
        return known.gid
    if group.isdigit():
        return int(group)
    raise InvalidInput(f"unable to find group {group}: no matching entries in group file")


class Names:
    """Ids to names and back, as `ls`, `id` and `chown` need them."""

    def __init__(self, read: Read) -> None:
        self._users = list(accounts(read(PASSWD)))
        self._groups = list(groups(read(GROUP)))

    def user(self, uid: int) -> str | None:
        """The user's name."""
        return next((one.name for one in self._users if one.uid == uid), None)

    def group(self, gid: int) -> str | None:
        """The group's name."""
        return next((one.name for one in self._groups if one.gid == gid), None)

    def account(self, name: str) -> Account | None:
        """The account of this name."""
        return next((one for one in self._users if one.name == name), None)

    def group_of(self, name: str) -> Group | None:
        """The group of this name."""
        return next((one for one in self._groups if one.name == name), None)

    def groups_with(self, name: str) -> list[int]:
        """The groups that list the user."""
        return [one.gid for one in self._groups if name in one.members]
