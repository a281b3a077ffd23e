"""Where a stage of a graph build stands between two instructions.

BuildKit keeps two environments: that of the image, which only ENV changes, and that of the build, in which arguments
stand as well. A stage that begins with another one goes on with both (Dockerfile reference, "Scope").
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dockkernel.build.stage import DEFAULT_PATH, DEFAULT_SHELL
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.platform import Platform

COMMENT = "buildkit.dockerfile.v0"
"""What BuildKit's Dockerfile frontend writes into every row of the history."""
_UNSET = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """A stage between two instructions; every instruction gives a new one."""

    config: ContainerConfig
    platform: Platform
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The build's environment, what was set last at the end."""
    build_args: tuple[tuple[str, str | None], ...] = ()
    """Every ARG so far, with its value."""
    history: tuple[History, ...] = ()
    """Rows of this build have no time yet."""
    author: str = ""
    cmd_set: bool = False

    @classmethod
    def of_image(cls, image: ImageConfig | None, platform: Platform) -> Scope:
        """The scope after FROM an image, or after `FROM scratch`."""
        config = image.config if image else ContainerConfig()
        history = image.history if image else ()
        author = image.author if image else ""
        scope = cls(replace(config, image="", on_build=None), platform, history=history, author=author)
        if not any(entry.partition("=")[0] == "PATH" for entry in config.env or ()):
            scope = scope.with_config(env=(*(config.env or ()), DEFAULT_PATH))
        for entry in scope.config.env or ():
            name, _, value = entry.partition("=")
            scope = scope.with_env(name, value)
        return scope

    def of_stage(self) -> Scope:
        """The scope after FROM a stage that has come to this one; its triggers do not go on."""
        return replace(self.with_config(on_build=None), cmd_set=False)

    @property
    def shell(self) -> tuple[str, ...]:
        """What runs the shell forms."""
        return self.config.shell or DEFAULT_SHELL

    @property
    def working_dir(self) -> str:
        """The working directory, absolute."""
        return posixpath.join("/", self.config.working_dir)

    def with_env(self, name: str, value: str) -> Scope:
        """With a variable in the build's environment."""
        env = dict(self.env)
        env.pop(name, None)
        env[name] = value
        return self._with(env=env)

    def with_config(self, **changes: object) -> Scope:
        """With members of the image's config replaced."""
        return self._with(config=replace(self.config, **changes))  # type: ignore[arg-type]

    def commit(self, created_by: str, *, layer: bool = False) -> Scope:
        """With one more row of history; the time comes when the image is put together."""
        return self._with(history=(*self.history, History(_UNSET, created_by, "", COMMENT, not layer)))

    def _with(
        self,
        config: ContainerConfig | None = None,
        env: Mapping[str, str] | None = None,
        history: tuple[History, ...] | None = None,
    ) -> Scope:
        """What `replace` would give, several times as fast: every instruction makes one of these."""
        return Scope(
            self.config if config is None else config,
            self.platform,
            self.env if env is None else env,
            self.build_args,
            self.history if history is None else history,
            self.author,
            self.cmd_set,
        )

    def saved(self, argv: tuple[str, ...]) -> str:
        """A command as the history shows it: `|1 VERSION=1.0 /bin/sh -c …`."""
        values = self.env
        args = {name: values.get(name, value or "") for name, value in self.build_args}
        shown = [f"{name}={value}" for name, value in args.items()]
        return " ".join([*([f"|{len(shown)}"] if shown else []), *shown, *argv])
