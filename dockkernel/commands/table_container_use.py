"""`docker container …`: what looks into a container or takes something out of it."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table_words import FORMAT_OBJECT, FORMAT_TABLE

USES = (
    CommandSpec(
        path=("container", "attach"),
        usage="[OPTIONS] CONTAINER",
        short="Attach local standard input, output, and error streams to a running container",
        flags=(
            Flag("detach-keys", "string", "Override the key sequence for detaching a container"),
            Flag("no-stdin", "bool", "Do not attach STDIN"),
            Flag("sig-proxy", "bool", "Proxy all received signals to the process", default="true"),
        ),
        operands=(Operand("container", "container"),),
        spellings=(("attach",),),
        request="dockkernel.commands.request_life:ContainerAttach",
        handler="dockkernel.commands.container_exec:container_attach",
    ),
    CommandSpec(
        path=("container", "commit"),
        interspersed=False,
        usage="[OPTIONS] CONTAINER [REPOSITORY[:TAG]]",
        short="Create a new image from a container's changes",
        flags=(
            Flag("author", "string", 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', short="a"),
            Flag("change", "list", "Apply Dockerfile instruction to the created image", short="c"),
            Flag("message", "string", "Commit message", short="m"),
            Flag("pause", "bool", "Pause container during commit", short="p", default="true"),
        ),
        operands=(
            Operand("container", "container"),
            Operand("target", "image", optional=True),
        ),
        spellings=(("commit",),),
        request="dockkernel.commands.request_life:ContainerCommit",
        handler="dockkernel.commands.container_files:container_commit",
    ),
    CommandSpec(
        path=("container", "cp"),
        usage="[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
        short="Copy files/folders between a container and the local filesystem",
        flags=(
            Flag("archive", "bool", "Archive mode (copy all uid/gid information)", short="a"),
            Flag("follow-link", "bool", "Always follow symbol link in SRC_PATH", short="L"),
            Flag(
                "quiet",
                "bool",
                (
                    "Suppress progress output during copy. Progress output is automatically suppressed if no "
                    "terminal is attached"
                ),
                short="q",
            ),
        ),
        operands=(
            Operand("source", "file"),
            Operand("destination", "file"),
        ),
        spellings=(("cp",),),
        long=(
            "Copy files/folders between a container and the local filesystem\n"
            "\n"
            "Use '-' as the source to read a tar archive from stdin\n"
            "and extract it to a directory destination in a container.\n"
            "Use '-' as the destination to stream a tar archive of a\n"
            "container source to stdout."
        ),
        request="dockkernel.commands.request_life:ContainerCp",
        handler="dockkernel.commands.container_files:container_cp",
    ),
    CommandSpec(
        path=("container", "diff"),
        usage="CONTAINER",
        short="Inspect changes to files or directories on a container's filesystem",
        operands=(Operand("container", "container"),),
        spellings=(("diff",),),
        request="dockkernel.commands.request_life:ContainerDiff",
        handler="dockkernel.commands.container_files:container_diff",
    ),
    CommandSpec(
        path=("container", "exec"),
        usage="[OPTIONS] CONTAINER COMMAND [ARG...]",
        short="Execute a command in a running container",
        flags=(
            Flag("detach", "bool", "Detached mode: run command in the background", short="d"),
            Flag("detach-keys", "string", "Override the key sequence for detaching a container"),
            Flag("env", "list", "Set environment variables", short="e", check="env"),
            Flag("env-file", "list", "Read in a file of environment variables", source="file"),
            Flag("interactive", "bool", "Keep STDIN open even if not attached", short="i"),
            Flag("privileged", "bool", "Give extended privileges to the command"),
            Flag("tty", "bool", "Allocate a pseudo-TTY", short="t"),
            Flag("user", "string", 'Username or UID (format: "<name|uid>[:<group|gid>]")', short="u"),
            Flag("workdir", "string", "Working directory inside the container", short="w"),
        ),
        operands=(
            Operand("container", "container"),
            Operand("command", "command", many=True),
        ),
        spellings=(("exec",),),
        interspersed=False,
        request="dockkernel.commands.request_life:ContainerExec",
        handler="dockkernel.commands.container_exec:container_exec",
    ),
    CommandSpec(
        path=("container", "export"),
        usage="[OPTIONS] CONTAINER",
        short="Export a container's filesystem as a tar archive",
        flags=(Flag("output", "string", "Write to a file, instead of STDOUT", short="o", source="file"),),
        operands=(Operand("container", "container"),),
        spellings=(("export",),),
        request="dockkernel.commands.request_life:ContainerExport",
        handler="dockkernel.commands.container_files:container_export",
    ),
    CommandSpec(
        path=("container", "inspect"),
        usage="[OPTIONS] CONTAINER [CONTAINER...]",
        short="Display detailed information on one or more containers",
        flags=(
            Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),
            Flag("size", "bool", "Display total file sizes", short="s"),
        ),
        operands=(Operand("containers", "container", many=True),),
        request="dockkernel.commands.request_container:ContainerInspect",
        handler="dockkernel.commands.inspect:container_inspect",
    ),
    CommandSpec(
        path=("container", "logs"),
        usage="[OPTIONS] CONTAINER",
        short="Fetch the logs of a container",
        flags=(
            Flag("details", "bool", "Show extra details provided to logs"),
            Flag("follow", "bool", "Follow log output", short="f"),
            Flag(
                "since",
                "string",
                ('Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'),
            ),
            Flag("tail", "string", "Number of lines to show from the end of the logs", short="n", default="all"),
            Flag("timestamps", "bool", "Show timestamps", short="t"),
            Flag(
                "until",
                "string",
                ('Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'),
            ),
        ),
        operands=(Operand("container", "container"),),
        spellings=(("logs",),),
        request="dockkernel.commands.request_life:ContainerLogs",
        handler="dockkernel.commands.container_exec:container_logs",
    ),
    CommandSpec(
        path=("container", "port"),
        usage="CONTAINER [PRIVATE_PORT[/PROTO]]",
        short="List port mappings or a specific mapping for the container",
        operands=(
            Operand("container", "container"),
            Operand("port", optional=True),
        ),
        spellings=(("port",),),
        request="dockkernel.commands.request_life:ContainerPort",
        handler="dockkernel.commands.container_stats:container_port",
    ),
    CommandSpec(
        path=("container", "stats"),
        usage="[OPTIONS] [CONTAINER...]",
        short="Display a live stream of container(s) resource usage statistics",
        flags=(
            Flag("all", "bool", "Show all containers (default shows just running)", short="a"),
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("no-stream", "bool", "Disable streaming stats and only pull the first result"),
            Flag("no-trunc", "bool", "Do not truncate output"),
        ),
        operands=(Operand("containers", "container", optional=True, many=True),),
        spellings=(("stats",),),
        request="dockkernel.commands.request_life:ContainerStats",
        handler="dockkernel.commands.container_stats:container_stats",
    ),
    CommandSpec(
        path=("container", "top"),
        usage="CONTAINER [ps OPTIONS]",
        short="Display the running processes of a container",
        operands=(
            Operand("container", "container"),
            Operand("options", optional=True, many=True),
        ),
        spellings=(("top",),),
        interspersed=False,
        request="dockkernel.commands.request_life:ContainerTop",
        handler="dockkernel.commands.container_exec:container_top",
    ),
)
