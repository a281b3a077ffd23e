"""Where a stage stands between two instructions: the config so far, the arguments in scope, the author."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dockkernel.build.args import Args
from dockkernel.oci.config import ContainerConfig

DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a build; every instruction gives a new one."""

    config: ContainerConfig
    args: Args
    escape: str = "\\"
    author: str = ""
    cmd_set: bool = False
    """A CMD stands in this stage, so that ENTRYPOINT does not reset it."""

    @classmethod
    def begin(cls, base: ContainerConfig, args: Args, escape: str) -> Stage:
        """The stage directly after its FROM. Triggers of the base are not inherited; PATH is there in any case."""
        env = base.env or ()
        if not any(entry.partition("=")[0] == "PATH" for entry in env):
            env = (*env, DEFAULT_PATH)
        config = replace(base, env=env, on_build=None, open_stdin=False, stdin_once=False)
        return cls(config, args.begin_stage(), escape)

    @property
    def shell(self) -> tuple[str, ...]:
        """What runs the shell forms."""
        return self.config.shell or DEFAULT_SHELL

    def variables(self) -> dict[str, str]:
        """What instructions can refer to: ENV, and the arguments that no ENV hides."""
        env = self.config.env or ()
        pairs = (entry.partition("=") for entry in (*self.args.environment(env), *env))
        return {name: value for name, _, value in pairs}

    def with_config(self, **changes: object) -> Stage:
        """The stage with members of its config replaced."""
        return replace(self, config=replace(self.config, **changes))  # type: ignore[arg-type]
