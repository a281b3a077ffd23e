"""What `docker ps` and `docker system df -v` say of a container: command, status, ports, sizes, in Docker's words."""

from __future__ import annotations

from collections.abc import Mapping

from dockkernel.commands.human import human_duration, human_size
from dockkernel.commands.layout import ellipsis
from dockkernel.engine import names
from dockkernel.engine.state import ContainerRecord, State
from dockkernel.errors import DockError
from dockkernel.oci import times

_COMMAND_WIDTH = 20
_MOUNT_WIDTH = 15


def command(record: ContainerRecord, *, whole: bool) -> str:
    """The quoted command line; the inside is cut to 20 columns unless whole."""
    words = [record.path, *(_quoted(word) for word in record.args)]
    line = " ".join(words)
    return f'"{line if whole else ellipsis(line, _COMMAND_WIDTH)}"'


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word


def image_name(state: State, record: ContainerRecord) -> str:
    """The image as it was named; its short id once that name means another image or none, and for a build's own."""
    if not record.image:
        return "<no image>"
    try:
        current = names.find_image(state, record.image_name).id
    except DockError:
        current = ""
    named = current == record.image != record.image_name
    return record.image_name if named else record.image.removeprefix("sha256:")[:12]


def status(record: ContainerRecord, now_ns: int) -> str:
    """`Created`, `Up 5 minutes`, `Up 5 minutes (Paused)`, `Exited (0) 2 hours ago`."""
    if record.status in ("running", "paused"):
        up = f"Up {human_duration(now_ns - times.to_ns(record.started_at))}"
        return f"{up} (Paused)" if record.status == "paused" else up
    if record.status == "exited":
        return f"Exited ({record.exit_code}) {human_duration(now_ns - times.to_ns(record.finished_at))} ago"
    return "Created"


def size(record: ContainerRecord) -> str:
    """`123kB (virtual 2.11MB)`: the container's own bytes, and those with its image."""
    virtual = record.size_rw + sum(layer.size for layer in record.layers)
    return f"{human_size(record.size_rw, 3)} (virtual {human_size(virtual, 3)})"


def ports(record: ContainerRecord) -> str:
    """The published and exposed ports of a running container, sorted by number; empty for one that does not run."""
    if record.status not in ("running", "paused"):
        return ""
    published: Mapping[str, list[Mapping[str, str]]] = record.host.get("Ports") or record.host.get("PortBindings", {})
    exposed = {*record.config.get("ExposedPorts", {}), *published}
    shown = []
    for port in sorted(exposed, key=lambda port: (int(port.partition("/")[0]), port)):
        bindings = published.get(port) or []
        shown += [f"{address(binding)}->{port}" for binding in bindings] or [port]
    return ", ".join(shown)


def address(binding: Mapping[str, str]) -> str:
    """Where a port is published: `0.0.0.0:8080`."""
    return f"{binding.get('HostIp') or '0.0.0.0'}:{binding['HostPort']}"


def mounts(record: ContainerRecord, *, whole: bool) -> str:
    """The names of the volumes and the folders that are mounted."""
    names = [mount.get("Name") or mount["Source"] for mount in record.host.get("Mounts", ())]
    return ",".join(name if whole else ellipsis(name, _MOUNT_WIDTH) for name in names)


def local_volumes(record: ContainerRecord) -> str:
    """How many volumes are mounted."""
    return str(sum(mount["Type"] == "volume" for mount in record.host.get("Mounts", ())))
