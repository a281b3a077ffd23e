"""Containers as records: made from an image, renamed, removed. `container_run` runs them, `container_life` ends them.

A container's record is small: its changes are a layer blob over the image's layers, its log a blob of JSON lines. A
running one names the process that runs it, so that another process can see that it has died.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dockkernel.engine import container_names, names, volumes
from dockkernel.engine.engine import Engine
from dockkernel.engine.state import ContainerRecord, State, drop_containers, put_container
from dockkernel.engine.volumes import MountSpec
from dockkernel.errors import Conflict, ExecError, InvalidInput
from dockkernel.oci.config import ContainerConfig, Healthcheck


class NotStarted(ExecError):
    """The container was made but its program could not be started; `exit_code` is 126 or 127."""

    def __init__(self, reason: str, exit_code: int) -> None:
        super().__init__(
            "failed to create task for container: failed to create shim task: OCI runtime create failed: "
            f"runc create failed: unable to start container process: {reason}: unknown"
        )
        self.reason = reason
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class CreateSpec:
    """What `docker create` and `docker run` ask for; None and empty mean "as the image says"."""

    image: str
    command: tuple[str, ...] = ()
    name: str = ""
    env: tuple[str, ...] = ()
    entrypoint: str | None = None
    user: str = ""
    working_dir: str = ""
    hostname: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    tty: bool = False
    open_stdin: bool = False
    attach: bool = True
    exposed: tuple[str, ...] = ()
    """Ports (`80/tcp`) beside those of the image."""
    domainname: str = ""
    stop_signal: str = ""
    stop_timeout: int | None = None
    healthcheck: Healthcheck | None = None
    mounts: tuple[MountSpec, ...] = ()
    volumes_from: tuple[str, ...] = ()
    host: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Ports, restart policy, auto-remove: kept and shown."""


def _merged_env(wanted: tuple[str, ...], image: tuple[str, ...] | None) -> tuple[str, ...]:
    keys = {entry.partition("=")[0] for entry in wanted}
    return (*wanted, *(entry for entry in image or () if entry.partition("=")[0] not in keys))


def _config(spec: CreateSpec, image: ContainerConfig, container_id: str) -> ContainerConfig:
    """The image's config under what was asked for (Docker's merge)."""
    entrypoint, cmd = image.entrypoint, spec.command or image.cmd
    if spec.entrypoint is not None:
        entrypoint, cmd = ((spec.entrypoint,) if spec.entrypoint else None), spec.command or None
    if spec.working_dir and not spec.working_dir.startswith("/"):
        raise InvalidInput(f"the working directory '{spec.working_dir}' is invalid, it needs to be an absolute path")
    return replace(
        image,
        hostname=spec.hostname or container_id[:12],
        user=spec.user or image.user,
        exposed_ports=tuple(sorted({*image.exposed_ports, *spec.exposed})),
        attach_stdin=spec.open_stdin and spec.attach,
        attach_stdout=spec.attach,
        attach_stderr=spec.attach,
        tty=spec.tty,
        open_stdin=spec.open_stdin,
        stdin_once=spec.open_stdin and spec.attach,
        env=_merged_env(spec.env, image.env),
        cmd=cmd,
        entrypoint=entrypoint,
        image=spec.image,
        working_dir=spec.working_dir or image.working_dir,
        labels={**(image.labels or {}), **spec.labels},
        on_build=None,
        domainname=spec.domainname,
        stop_signal=spec.stop_signal or image.stop_signal,
        stop_timeout=spec.stop_timeout if spec.stop_timeout is not None else image.stop_timeout,
        healthcheck=spec.healthcheck or image.healthcheck,
    )


def create(engine: Engine, spec: CreateSpec) -> ContainerRecord:
    """A new container of an image that is in the store.

    `ImageNotFound`, `Conflict` when the name is taken, `InvalidInput` for a bad name or no command.
    """
    name = container_names.check(spec.name) if spec.name else ""
    container_id = engine.new_id()
    with engine.transaction(f"create {spec.image}") as tx:
        state = tx.state
        image = names.find_image(state, spec.image)
        config = _config(spec, engine.config(image.id).config, container_id)
        argv = (*(config.entrypoint or ()), *(config.cmd or ()))
        if not argv:
            raise InvalidInput("no command specified")
        state, mounts = volumes.mounted(engine, state, spec.mounts, spec.volumes_from, config.volumes or ())
        record = ContainerRecord(
            id=container_id,
            name=_free_name(state, name),
            image=image.id,
            image_name=spec.image,
            created=engine.now(),
            config=config.to_json(),
            layers=image.layers,
            path=argv[0],
            args=argv[1:],
            host={**spec.host, "Mounts": mounts} if mounts else dict(spec.host),
        )
        tx.state = put_container(state, record)
    return record


def _free_name(state: State, name: str) -> str:
    taken = {record.name: record.id for record in state.containers.values()}
    if name in taken:
        raise Conflict(
            f'Conflict. The container name "/{name}" is already in use by container "{taken[name]}". You have to '
            "remove (or rename) that container to be able to reuse that name."
        )
    return name or container_names.generate(taken)


def drop(engine: Engine, record: ContainerRecord, command: str = "", *, anonymous: bool = True) -> None:
    """Takes the container out of the state, and its anonymous volumes with it where `anonymous` says so."""
    with engine.transaction(command or f"rm {record.name}") as tx:
        state = drop_containers(tx.state, {record.id})
        tx.state = without_anonymous(state, record) if anonymous else state


def without_anonymous(state: State, record: ContainerRecord) -> State:
    """The state without the anonymous volumes of a container that is gone, but for those that another one has."""
    own = {mount["Name"] for mount in record.host.get("Mounts", ()) if mount["Type"] == "volume"}
    others = {mount.get("Name") for other in state.containers.values() for mount in other.host.get("Mounts", ())}
    gone = {name for name in own - others if state.volumes.get(name, {}).get("Anonymous")}
    kept = {name: volume for name, volume in state.volumes.items() if name not in gone}
    return replace(state, volumes=kept) if gone else state


def rename(engine: Engine, text: str, name: str) -> None:
    """Gives the container another name; `ContainerNotFound`, `Conflict`, `InvalidInput` in Docker's words."""
    if not text or not name:
        raise InvalidInput("Neither old nor new names may be empty")
    with engine.transaction(f"rename {text} {name}") as tx:
        record = names.find_container(tx.state, text)
        if record.name == name.removeprefix("/"):
            raise InvalidInput("Renaming a container with the same name as its current name")
        try:
            free = _free_name(tx.state, container_names.check(name))
        except (Conflict, InvalidInput) as error:
            raise type(error)(f"Error when allocating new name: {error.message}") from error
        tx.state = put_container(tx.state, replace(record, name=free))


def prune(engine: Engine, chosen: Callable[[ContainerRecord], bool]) -> tuple[ContainerRecord, ...]:
    """Removes the containers that do not run and that `chosen` lets through; gives them, newest first."""
    with engine.transaction("container prune") as tx:
        gone = tuple(
            record
            for record in tx.state.containers.values()
            if record.status not in ("running", "paused") and chosen(record)
        )
        if gone:
            tx.state = drop_containers(tx.state, {record.id for record in gone})
    return gone
