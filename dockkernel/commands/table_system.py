"""`docker system …`, `docker builder …` and the commands that stand alone."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table_words import FORMAT_OBJECT, FORMAT_TABLE

COMMANDS = (
    CommandSpec(
        path=("system", "df"),
        usage="[OPTIONS]",
        short="Show docker disk usage",
        flags=(
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("verbose", "bool", "Show detailed information on space usage", short="v"),
        ),
        request="dockkernel.commands.request_system:SystemDf",
        handler="dockkernel.commands.system:system_df",
    ),
    CommandSpec(
        path=("system", "events"),
        usage="[OPTIONS]",
        short="Get real time events from the server",
        flags=(
            Flag(
                "filter",
                "filter",
                "Filter output based on conditions provided",
                short="f",
                choices=("container=", "daemon=", "event=", "image=", "label=", "network=", "type=", "volume="),
            ),
            Flag("format", "string", FORMAT_OBJECT, choices=("json",)),
            Flag("since", "string", "Show all events created since timestamp"),
            Flag("until", "string", "Stream events until this timestamp"),
        ),
        spellings=(("events",),),
    ),
    CommandSpec(
        path=("system", "info"),
        usage="[OPTIONS]",
        short="Display system-wide information",
        flags=(Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),),
        spellings=(("info",),),
        request="dockkernel.commands.request_system:SystemInfo",
        handler="dockkernel.commands.about:system_info",
    ),
    CommandSpec(
        path=("system", "prune"),
        usage="[OPTIONS]",
        short="Remove unused data",
        flags=(
            Flag("all", "bool", "Remove all unused images not just dangling ones", short="a"),
            Flag(
                "filter",
                "filter",
                'Provide filter values (e.g. "label=<key>=<value>")',
                choices=("label=", "label!=", "until="),
            ),
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
            Flag("volumes", "bool", "Prune anonymous volumes"),
        ),
        request="dockkernel.commands.request_system:SystemPrune",
        handler="dockkernel.commands.system:system_prune",
    ),
    CommandSpec(
        path=("builder", "prune"),
        usage="",
        short="Remove build cache",
        flags=(
            Flag("all", "bool", "Remove all unused build cache, not just dangling ones", short="a"),
            Flag("filter", "filter", 'Provide filter values (e.g. "until=24h")', choices=("until=",)),
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
            Flag("keep-storage", "bytes", "Amount of disk space to keep for cache"),
        ),
        request="dockkernel.commands.request_buildx:BuilderPrune",
        handler="dockkernel.commands.buildx_prune:builder_prune",
    ),
    CommandSpec(
        path=("inspect",),
        usage="[OPTIONS] NAME|ID [NAME|ID...]",
        short="Return low-level information on Docker objects",
        flags=(
            Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),
            Flag("size", "bool", "Display total file sizes if the type is container", short="s"),
            Flag(
                "type",
                "string",
                "Only inspect objects of the given type",
                choices=("container", "image", "network", "volume"),
            ),
        ),
        operands=(Operand("objects", "object", many=True),),
        request="dockkernel.commands.request_system:Inspect",
        handler="dockkernel.commands.inspect:inspect",
    ),
    CommandSpec(
        path=("login",),
        usage="[OPTIONS] [SERVER]",
        short="Authenticate to a registry",
        flags=(
            Flag("password", "string", "Password or Personal Access Token (PAT)", short="p"),
            Flag("password-stdin", "bool", "Take the Password or Personal Access Token (PAT) from stdin"),
            Flag("username", "string", "Username", short="u"),
        ),
        operands=(Operand("server", optional=True),),
        long=("Authenticate to a registry.\nDefaults to Docker Hub if no server is specified."),
    ),
    CommandSpec(
        path=("logout",),
        usage="[SERVER]",
        short="Log out from a registry",
        operands=(Operand("server", optional=True),),
        long=("Log out from a registry.\nIf no server is specified, the default is defined by the daemon."),
    ),
    CommandSpec(
        path=("search",),
        usage="[OPTIONS] TERM",
        short="Search Docker Hub for images",
        flags=(
            Flag(
                "filter",
                "filter",
                "Filter output based on conditions provided",
                short="f",
                choices=("is-automated=", "is-official=true", "is-official=false", "stars="),
            ),
            Flag("format", "string", "Pretty-print search using a Go template", choices=("json", "table")),
            Flag("limit", "int", "Max number of search results"),
            Flag("no-trunc", "bool", "Don't truncate output"),
        ),
        operands=(Operand("term", "search"),),
        request="dockkernel.commands.request_system:Search",
        handler="dockkernel.commands.system:search",
    ),
    CommandSpec(
        path=("version",),
        usage="[OPTIONS]",
        short="Show the Docker version information",
        flags=(Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),),
        request="dockkernel.commands.request_system:Version",
        handler="dockkernel.commands.about:version",
    ),
)
