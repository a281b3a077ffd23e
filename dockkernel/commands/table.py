"""The index of the product: which words name which command. Commands of a noun are loaded when it is first used.

Of the Docker CLI's plugins there is buildx; `docker compose` and others are unknown commands, as they are for a client
that has no such plugin. Groups without a module are words that the client knows and the embedded engine has not.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from dockkernel.commands.spec import CommandSpec, Flag, Group

GROUPS = {
    group.name: group
    for group in (
        Group("builder", "Manage builds", "table_system"),
        Group(
            "buildx",
            "Docker Buildx",
            "table_buildx",
            usage="[OPTIONS] COMMAND",
            long="Extended build capabilities with BuildKit",
            plugin=True,
        ),
        Group("checkpoint", "Manage checkpoints"),
        Group("container", "Manage containers", "table_container"),
        Group("context", "Manage contexts", "table_context"),
        Group("image", "Manage images", "table_image"),
        Group(
            "manifest",
            "Manage Docker image manifests and manifest lists",
            "table_manifest",
            usage="COMMAND",
            long="The **docker manifest** command has subcommands for managing image manifests and\n"
            "manifest lists. A manifest list allows you to use one name to refer to the same image\n"
            "built for multiple architectures.\n\n"
            "To see help for a subcommand, use:\n\n    docker manifest CMD --help\n\n"
            "For full details on using docker manifest lists, see the registry v2 specification.",
        ),
        Group("network", "Manage networks", "table_network"),
        Group("plugin", "Manage plugins"),
        Group("system", "Manage Docker", "table_system"),
        Group("trust", "Manage trust on Docker images"),
        Group("volume", "Manage volumes", "table_volume", usage="COMMAND"),
        Group("config", "Manage Swarm configs"),
        Group("node", "Manage Swarm nodes"),
        Group("secret", "Manage Swarm secrets"),
        Group("service", "Manage Swarm services"),
        Group("stack", "Manage Swarm stacks"),
        Group("swarm", "Manage Swarm"),
    )
}
"""Words that hold commands."""

HIDDEN_GROUPS = ("checkpoint", "config", "node", "secret", "service", "stack")
"""Groups that help leaves out for a daemon without experimental features and outside a swarm."""

SWARM_GROUPS = ("config", "node", "secret", "service", "stack", "swarm")

COMMON = ("run", "exec", "ps", "build", "pull", "push", "images", "login", "logout", "search", "version", "info")
"""Top-level commands in the order of `docker --help`'s first paragraph."""

HOMES: dict[str, tuple[str, ...]] = {
    **{name: ("image", name) for name in ("build", "history", "import", "load", "pull", "push", "save", "tag")},
    **{name: ("container", name) for name in ("attach", "commit", "cp", "create", "diff", "exec", "export", "kill")},
    **{name: ("container", name) for name in ("logs", "pause", "port", "rename", "restart", "rm", "run", "start")},
    **{name: ("container", name) for name in ("stats", "stop", "top", "unpause", "update", "wait")},
    **{name: (name,) for name in ("inspect", "login", "logout", "search", "version")},
    "events": ("system", "events"),
    "images": ("image", "ls"),
    "info": ("system", "info"),
    "ps": ("container", "ls"),
    "rmi": ("image", "rm"),
}
"""Top-level commands, each with the path where it is at home."""

_QUIET_HOMES = {"remove": ("container", "rm")}

GLOBAL_FLAGS = (
    Flag("config", "string", "Location of client config files", default="/root/.docker", source="file"),
    Flag(
        "context",
        "string",
        "Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set "
        'with "docker context use")',
        short="c",
        source="context",
    ),
    Flag("debug", "bool", "Enable debug mode", short="D"),
    Flag("host", "list", "Daemon socket to connect to", short="H"),
    Flag(
        "log-level",
        "string",
        'Set the logging level ("debug", "info", "warn", "error", "fatal")',
        short="l",
        default="info",
        choices=("debug", "info", "warn", "error", "fatal"),
    ),
    Flag("tls", "bool", "Use TLS; implied by --tlsverify"),
    Flag("tlscacert", "string", "Trust certs signed only by this CA", default="/root/.docker/ca.pem", source="file"),
    Flag("tlscert", "string", "Path to TLS certificate file", default="/root/.docker/cert.pem", source="file"),
    Flag("tlskey", "string", "Path to TLS key file", default="/root/.docker/key.pem", source="file"),
    Flag("tlsverify", "bool", "Use TLS and verify the remote"),
    Flag("version", "bool", "Print version information and quit", short="v"),
)
"""Flags before the command. Those about a daemon are accepted: there is one engine and it is embedded."""


PLUGIN_FLAGS = (Flag("builder", "string", "Override the configured builder instance"),)
"""Flags of the plugin's group, which its commands take over."""


@lru_cache
def _module(name: str) -> tuple[CommandSpec, ...]:
    commands: tuple[CommandSpec, ...] = import_module(f"dockkernel.commands.{name}").COMMANDS
    return commands


def find(words: tuple[str, ...]) -> tuple[CommandSpec, tuple[str, ...]] | None:
    """The command that `words` name and the path that messages show for it, or None.

    An alias beside its command shows the command's own name (`image list` is `image ls`); an old spelling shows itself.
    """
    home = HOMES.get(words[0]) or _QUIET_HOMES.get(words[0]) if len(words) == 1 else words
    group = GROUPS.get(home[0]) if home else None
    if home is None or not (group.module if group else home[0] in HOMES):
        return None
    specs = _module(group.module if group else "table_system")
    if home == ("builder", "build"):
        specs = _module("table_image")
    for spec in specs:
        if spec.path == home:
            shown = words if words == home or words in spec.spellings else spec.path
            return spec, _shown_name(spec, words) if words in spec.quiet_spellings else shown
        if home in spec.spellings:
            return spec, spec.path if spec.path[:-1] == home[:-1] else home
    return None


def _shown_name(spec: CommandSpec, words: tuple[str, ...]) -> tuple[str, ...]:
    return next(other for other in spec.spellings if len(other) == len(words))


def in_plugin(spec: CommandSpec) -> bool:
    """Whether the command is one of a plugin of Docker's client."""
    group = GROUPS.get(spec.path[0])
    return group is not None and group.plugin


def group_commands(name: str) -> tuple[CommandSpec, ...]:
    """The commands of a group in help's order, hidden ones left out."""
    group = GROUPS[name]
    specs = _module(group.module) if group.module else ()
    inside = [spec for spec in specs if spec.path[0] == name and not spec.hidden]
    extra = [spec for noun in ("image",) if name == "builder" for spec in _module(GROUPS[noun].module)]
    inside += [spec for spec in extra if any(other[0] == name for other in spec.spellings)]
    return tuple(sorted(inside, key=lambda spec: spec.name))


def all_commands() -> tuple[CommandSpec, ...]:
    """Every command of the table, by path."""
    modules = sorted({group.module for group in GROUPS.values() if group.module})
    return tuple(sorted((spec for name in modules for spec in _module(name)), key=lambda spec: spec.path))
