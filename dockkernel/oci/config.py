"""The image config: how a container starts, the layers' diff IDs, the history (OCI image spec, config.md).

An `ImageConfig` keeps the bytes it was read from, since the image ID is their digest. `ContainerConfig` is Docker's
`config` object with its members in Docker's order; what Docker leaves out when empty is left out here too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dockkernel.errors import ParseError
from dockkernel.oci.canonical import encode
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform

_NEVER = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """HEALTHCHECK: the test and its times in nanoseconds; zero means inherited."""

    test: tuple[str, ...]
    interval: int = 0
    timeout: int = 0
    start_period: int = 0
    start_interval: int = 0
    retries: int = 0

    _NAMES = (
        ("Interval", "interval"), ("Timeout", "timeout"), ("StartPeriod", "start_period"),
        ("StartInterval", "start_interval"), ("Retries", "retries"),
    )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Docker's JSON object."""
        value: dict[str, Any] = {"Test": list(self.test)} if self.test else {}
        value.update({name: getattr(self, attribute) for name, attribute in self._NAMES if getattr(self, attribute)})
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Healthcheck:
        """The value of Docker's JSON object."""
        return cls(tuple(value.get("Test") or ()), **{a: int(value.get(n) or 0) for n, a in cls._NAMES})


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """What a container of the image starts with; None differs from empty where Docker prints `null`."""

    hostname: str = ""
    domainname: str = ""
    user: str = ""
    attach_stdin: bool = False
    attach_stdout: bool = False
    attach_stderr: bool = False
    exposed_ports: tuple[str, ...] = ()
    tty: bool = False
    open_stdin: bool = False
    stdin_once: bool = False
    env: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    healthcheck: Healthcheck | None = None
    args_escaped: bool = False
    image: str = ""
    volumes: tuple[str, ...] | None = None
    working_dir: str = ""
    entrypoint: tuple[str, ...] | None = None
    on_build: tuple[str, ...] | None = None
    labels: Mapping[str, str] | None = field(default=None, hash=False)
    stop_signal: str = ""
    stop_timeout: int | None = None
    shell: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Docker's JSON object, members in the order of Docker's `container.Config`, maps sorted as Go sorts them."""

        def listed(value: tuple[str, ...] | None) -> list[str] | None:
            return None if value is None else list(value)

        def keys(value: tuple[str, ...]) -> dict[str, dict[str, str]]:
            return {key: {} for key in sorted(value)}

        value: dict[str, Any] = {
            "Hostname": self.hostname, "Domainname": self.domainname, "User": self.user,
            "AttachStdin": self.attach_stdin, "AttachStdout": self.attach_stdout, "AttachStderr": self.attach_stderr,
        }  # fmt: skip
        if self.exposed_ports:
            value["ExposedPorts"] = keys(self.exposed_ports)
        value |= {"Tty": self.tty, "OpenStdin": self.open_stdin, "StdinOnce": self.stdin_once}
        value |= {"Env": listed(self.env), "Cmd": listed(self.cmd)}
        if self.healthcheck:
            value["Healthcheck"] = self.healthcheck.to_json()
        if self.args_escaped:
            value["ArgsEscaped"] = True
        value |= {"Image": self.image, "Volumes": None if self.volumes is None else keys(self.volumes)}
        value |= {"WorkingDir": self.working_dir, "Entrypoint": listed(self.entrypoint)}
        value |= {"OnBuild": listed(self.on_build)}
        value["Labels"] = None if self.labels is None else dict(sorted(self.labels.items()))
        if self.stop_signal:
            value["StopSignal"] = self.stop_signal
        if self.stop_timeout is not None:
            value["StopTimeout"] = self.stop_timeout
        if self.shell:
            value["Shell"] = list(self.shell)
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> ContainerConfig:
        """The value of Docker's (or OCI's) `config` object."""
        value = value or {}

        def listed(name: str) -> tuple[str, ...] | None:
            return None if value.get(name) is None else tuple(value[name])

        health = value.get("Healthcheck")
        labels = value.get("Labels")
        return cls(
            value.get("Hostname") or "", value.get("Domainname") or "", value.get("User") or "",
            bool(value.get("AttachStdin")), bool(value.get("AttachStdout")), bool(value.get("AttachStderr")),
            tuple(sorted(value.get("ExposedPorts") or ())),
            bool(value.get("Tty")), bool(value.get("OpenStdin")), bool(value.get("StdinOnce")),
            listed("Env"), listed("Cmd"), Healthcheck.from_json(health) if health else None,
            bool(value.get("ArgsEscaped")), value.get("Image") or "",
            None if value.get("Volumes") is None else tuple(sorted(value["Volumes"])),
            value.get("WorkingDir") or "", listed("Entrypoint"), listed("OnBuild"),
            None if labels is None else dict(labels), value.get("StopSignal") or "", value.get("StopTimeout"),
            listed("Shell"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """One row of the history; `created` is RFC 3339 with up to nine decimals, UTC."""

    created: str = _NEVER
    created_by: str = ""
    author: str = ""
    comment: str = ""
    empty_layer: bool = False

    def to_json(self) -> dict[str, Any]:
        """The spec's JSON object, empty members left out."""
        value: dict[str, Any] = {"created": self.created}
        for name in ("author", "created_by", "comment"):
            if getattr(self, name):
                value[name] = getattr(self, name)
        if self.empty_layer:
            value["empty_layer"] = True
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> History:
        """The value of the spec's JSON object."""
        return cls(
            value.get("created") or _NEVER, value.get("created_by") or "", value.get("author") or "",
            value.get("comment") or "", bool(value.get("empty_layer")),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """An image's config; `raw` is what it was read from or written as."""

    raw: bytes
    platform: Platform
    created: str
    author: str
    docker_version: str
    config: ContainerConfig
    diff_ids: tuple[Digest, ...]
    history: tuple[History, ...]
    os_version: str = ""
    comment: str = ""

    @property
    def id(self) -> Digest:
        """The image ID: the digest of the config's bytes."""
        return Digest.of(self.raw)

    @classmethod
    def parse(cls, raw: bytes) -> ImageConfig:
        """The config in `raw`; `ParseError` when it is none."""
        try:
            value = json.loads(raw)
            rootfs = value["rootfs"]
            diff_ids = tuple(Digest.parse(diff_id) for diff_id in rootfs.get("diff_ids") or ())
            platform = Platform(value.get("os") or "linux", value.get("architecture") or "", value.get("variant") or "")
            history = tuple(History.from_json(row) for row in value.get("history") or ())
            config = ContainerConfig.from_json(value.get("config"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ParseError(f"invalid image config: {error}") from error
        return cls(
            raw, platform, value.get("created") or _NEVER, value.get("author") or "",
            value.get("docker_version") or "", config, diff_ids, history, value.get("os.version") or "",
            value.get("comment") or "",
        )  # fmt: skip

    @classmethod
    def build(
        cls,
        *,
        config: ContainerConfig,
        diff_ids: tuple[Digest, ...],
        history: tuple[History, ...],
        created: str,
        platform: Platform | None = None,
        author: str = "",
        comment: str = "",
        docker_version: str = "",
        extra: Mapping[str, Any] | None = None,
    ) -> ImageConfig:
        """A new config; members sorted by name as Docker writes them, `extra` holds such as `container_config`."""
        platform = platform or Platform()
        value: dict[str, Any] = {
            "architecture": platform.architecture, "config": config.to_json(), "created": created,
            "history": [row.to_json() for row in history], "os": platform.os,
            "rootfs": {"type": "layers", "diff_ids": [str(diff_id) for diff_id in diff_ids]},
        }  # fmt: skip
        optional = {
            "author": author, "comment": comment, "docker_version": docker_version, "variant": platform.variant,
        }  # fmt: skip
        value |= {name: text for name, text in optional.items() if text} | dict(extra or {})
        return cls.parse(encode(dict(sorted(value.items()))))
