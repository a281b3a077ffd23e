"""What the Docker CLI 28 refuses in `docker run` and `docker create` before it asks the daemon."""

from __future__ import annotations

import re

from dockkernel.commands.errors import CreateError, SetupError
from dockkernel.commands.ports import parse_expose, parse_publish
from dockkernel.commands.request_container import ContainerCreate
from dockkernel.oci.quoting import go_quote

_PULLS = ("", "always", "missing", "never")
_PLATFORM = "error parsing specified platform"
_SYSTEM = r"^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$"
_COMPONENT = "^[A-Za-z0-9_.-]+$"
_SECURITY_WORDS = ("no-new-privileges", "disable", "writable-cgroups")


def check(request: ContainerCreate) -> None:
    """`SetupError` with the client's words for flags that cannot be right, alone or together."""
    try:
        _check(request)
    except ValueError as error:
        raise SetupError(str(error)) from error


def check_platform(text: str) -> None:
    """`CreateError` with containerd's words for what is no `os[/architecture[/variant]]`."""
    if problem := platform_problem(text):
        raise CreateError(f"{_PLATFORM}: {problem}")


def platform_problem(text: str) -> str | None:
    """Why the text is no `os[/architecture[/variant]]`, in containerd's words; None when it is one."""
    parts = text.split("/")
    if len(parts) > 3:
        return f'"{text}": cannot parse platform specifier: invalid argument'
    for index, part in enumerate(parts if text else ()):
        name, pattern = ("OSAndVersion", _SYSTEM) if index == 0 else ("platform", _COMPONENT)
        if not re.fullmatch(pattern, part):
            kind = "invalid OS component" if index == 0 else "invalid component"
            rule = f"{name} specifier component must match {go_quote(pattern)}"
            return f'"{part}" is an {kind} of "{text}": {rule}: invalid argument'
    return None


def _check(request: ContainerCreate) -> None:
    if request.pull not in _PULLS:
        raise ValueError(f'invalid pull option: \'{request.pull}\': must be one of "always", "missing" or "never"')
    if request.mac_address and not re.fullmatch(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}", request.mac_address):
        raise ValueError(f"{request.mac_address} is not a valid mac address")
    if not -1 <= request.memory_swappiness <= 100:
        raise ValueError(f"invalid value: {request.memory_swappiness}. Valid memory swappiness range is 0-100")
    if "" in request.volume:
        raise ValueError("invalid empty volume spec")
    for published in request.publish:
        parse_publish(published)
    for exposed in request.expose:
        parse_expose(exposed)
    for device in request.device:
        _check_device(device)
    _check_modes(request)
    restart_policy(request.restart)
    if request.log_driver == "none" and request.log_opt:
        raise ValueError("invalid logging opts for driver none")
    for option in request.security_opt:
        if "=" not in option and ":" not in option and option not in _SECURITY_WORDS:
            raise ValueError(f'Invalid --security-opt: "{option}"')
    if any("=" not in option for option in request.storage_opt):
        raise ValueError("invalid storage option")
    _check_health(request)
    if request.rm and request.restart not in ("", "no"):
        raise ValueError("conflicting options: cannot specify both --restart and --rm")
    if request.network_alias and all(network in ("default", "bridge", "host", "none") for network in request.network):
        raise ValueError("network-scoped aliases are only supported for user-defined networks")


def _check_device(text: str) -> None:
    parts = text.split(":")
    if not text or len(parts) > 3:
        raise ValueError(f"bad format for path: {text}")
    if len(parts) == 3 and not re.fullmatch("[rwm]{1,3}", parts[2]):
        raise ValueError(f"bad mode specified: {parts[2]}")


def _check_modes(request: ContainerCreate) -> None:
    if request.pid not in ("", "host") and not re.fullmatch("container:.+", request.pid):
        raise ValueError("--pid: invalid PID mode")
    if request.uts not in ("", "host"):
        raise ValueError("--uts: invalid UTS mode")
    if request.userns not in ("", "host"):
        raise ValueError("--userns: invalid USER mode")
    if request.cgroupns not in ("", "host", "private"):
        raise ValueError("--cgroupns: invalid CGROUP mode")


def _check_health(request: ContainerCreate) -> None:
    values = {
        "interval": request.health_interval,
        "timeout": request.health_timeout,
        "retries": request.health_retries,
        "start-period": request.health_start_period,
        "start-interval": request.health_start_interval,
    }
    if request.no_healthcheck and (request.health_cmd or any(values.values())):
        raise ValueError("--no-healthcheck conflicts with --health-* options")
    for name, value in values.items():
        if value < 0:
            raise ValueError(f"--health-{name} cannot be negative")


def restart_policy(text: str) -> tuple[str, int]:
    """The name and the greatest number of retries of `--restart`. ValueError with Docker's words."""
    name, colon, count = text.partition(":")
    if not colon:
        return name, 0
    if not re.fullmatch(r"[+-]?\d+", count, re.ASCII):
        raise ValueError("invalid restart policy format: maximum retry count must be an integer")
    return name, int(count)
