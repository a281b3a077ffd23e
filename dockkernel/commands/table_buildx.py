"""`docker buildx …`: building with BuildKit, its cache and its builders, of which there is one.

Words of buildx 0.13; of newer ones `--call`, `--check` and the kinds of progress. What needs builders of its own, other
drivers or a registry to write to is named and refused.
"""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table import PLUGIN_FLAGS

_BUILDER = PLUGIN_FLAGS[0]
_PROGRESS = (
    'Set type of progress output ("auto", "none", "plain", "quiet", "rawjson", "tty"). '
    "Use plain to show container output"
)
_PLATFORMS = ("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7")
_MODES = ("auto", "none", "plain", "quiet", "rawjson", "tty")

_HIDDEN_BUILD_FLAGS = (
    Flag("compress", "bool", "Compress the build context using gzip", hidden=True),
    Flag("isolation", "string", "Container isolation technology", hidden=True),
    Flag("security-opt", "stringSlice", "Security options", hidden=True),
    Flag("squash", "bool", "Squash newly built layers into a single new layer", hidden=True),
    Flag("memory", "string", "Memory limit", short="m", hidden=True),
    Flag("memory-swap", "string", 'Swap limit equal to memory plus swap: "-1" to enable unlimited swap', hidden=True),
    Flag("cpu-shares", "int64", "CPU shares (relative weight)", short="c", hidden=True),
    Flag("cpu-period", "int64", "Limit the CPU CFS (Completely Fair Scheduler) period", hidden=True),
    Flag("cpu-quota", "int64", "Limit the CPU CFS (Completely Fair Scheduler) quota", hidden=True),
    Flag("cpuset-cpus", "string", 'CPUs in which to allow execution ("0-3", "0,1")', hidden=True),
    Flag("cpuset-mems", "string", 'MEMs in which to allow execution ("0-3", "0,1")', hidden=True),
    Flag("rm", "bool", "Remove intermediate containers after a successful build", default="true", hidden=True),
    Flag("force-rm", "bool", "Always remove intermediate containers", hidden=True),
    Flag("explain", "bool", "Say for each step that ran again which input differs.", hidden=True),
)
"""Flags of the classic builder, which do nothing here, and one of ours, which stands in the reference."""

_BUILD_FLAGS = (
    Flag("add-host", "stringSlice", 'Add a custom host-to-IP mapping (format: "host:ip")'),
    Flag("allow", "stringSlice", 'Allow extra privileged entitlement (e.g., "network.host", "security.insecure")'),
    Flag("annotation", "stringArray", "Add annotation to the image"),
    Flag("attest", "stringArray", 'Attestation parameters (format: "type=sbom,generator=image")'),
    Flag("build-arg", "stringArray", "Set build-time variables"),
    Flag("build-context", "stringArray", "Additional build contexts (e.g., name=path)", source="file"),
    _BUILDER,
    Flag(
        "cache-from",
        "stringArray",
        'External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")',
        source="image",
    ),
    Flag(
        "cache-to", "stringArray", 'Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")'
    ),
    Flag(
        "call",
        "string",
        'Set method for evaluating build ("check", "outline", "targets")',
        default="build",
        choices=("build", "check", "outline", "targets"),
    ),
    Flag("cgroup-parent", "string", 'Set the parent cgroup for the "RUN" instructions during build'),
    Flag("check", "bool", 'Shorthand for "--call=check"'),
    Flag("file", "string", 'Name of the Dockerfile (default: "PATH/Dockerfile")', short="f", source="file"),
    Flag("iidfile", "string", "Write the image ID to the file", source="file"),
    Flag("label", "stringArray", "Set metadata for an image"),
    Flag("load", "bool", 'Shorthand for "--output=type=docker"'),
    Flag("metadata-file", "string", "Write build result metadata to the file", source="file"),
    Flag(
        "network",
        "string",
        'Set the networking mode for the "RUN" instructions during build',
        default="default",
        choices=("default", "host", "none"),
    ),
    Flag("no-cache", "bool", "Do not use cache when building the image"),
    Flag("no-cache-filter", "stringArray", "Do not cache specified stages"),
    Flag(
        "output",
        "stringArray",
        'Output destination (format: "type=local,dest=path")',
        short="o",
        choices=("type=docker", "type=image", "type=local,dest=", "type=oci,dest=", "type=tar,dest="),
    ),
    Flag("platform", "stringArray", "Set target platform for build", choices=_PLATFORMS),
    Flag("progress", "string", _PROGRESS, default="auto", choices=_MODES),
    Flag("provenance", "string", 'Shorthand for "--attest=type=provenance"'),
    Flag("pull", "bool", "Always attempt to pull all referenced images"),
    Flag("push", "bool", 'Shorthand for "--output=type=registry"'),
    Flag("quiet", "bool", "Suppress the build output and print image ID on success", short="q"),
    Flag("sbom", "string", 'Shorthand for "--attest=type=sbom"'),
    Flag("secret", "stringArray", 'Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")'),
    Flag("shm-size", "bytes", "Shared memory size for build containers"),
    Flag(
        "ssh",
        "stringArray",
        'SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")',
    ),
    Flag("tag", "stringArray", 'Name and optionally a tag (format: "name:tag")', short="t"),
    Flag("target", "string", "Set the target build stage to build"),
    Flag("ulimit", "ulimit", "Ulimit options", note="[]"),
    *_HIDDEN_BUILD_FLAGS,
)

_FILTER = Flag(
    "filter", "filter", 'Provide filter values (e.g., "until=24h")', choices=("until=", "id=", "type=", "shared=")
)

COMMANDS = (
    CommandSpec(
        path=("buildx", "build"),
        usage="[OPTIONS] PATH | URL | -",
        short="Start a build",
        flags=_BUILD_FLAGS,
        operands=(Operand("path", "file"),),
        spellings=(("buildx", "b"),),
        request="dockkernel.commands.request_buildx:BuildxBuild",
        handler="dockkernel.commands.buildx:buildx_build",
    ),
    CommandSpec(
        path=("buildx", "du"),
        usage="",
        short="Disk usage",
        flags=(
            _BUILDER,
            Flag("filter", "filter", "Provide filter values", choices=_FILTER.choices),
            Flag("verbose", "bool", "Provide a more verbose output"),
        ),
        request="dockkernel.commands.request_buildx:BuildxDu",
        handler="dockkernel.commands.buildx_du:buildx_du",
    ),
    CommandSpec(
        path=("buildx", "inspect"),
        usage="[NAME]",
        short="Inspect current builder instance",
        flags=(Flag("bootstrap", "bool", "Ensure builder has booted before inspecting"), _BUILDER),
        operands=(Operand("name", optional=True),),
        request="dockkernel.commands.request_buildx:BuildxInspect",
        handler="dockkernel.commands.buildx_builders:buildx_inspect",
    ),
    CommandSpec(
        path=("buildx", "ls"),
        usage="",
        short="List builder instances",
        flags=(Flag("format", "string", "Format the output", default="table", choices=("json", "table")),),
        request="dockkernel.commands.request_buildx:BuildxLs",
        handler="dockkernel.commands.buildx_builders:buildx_ls",
    ),
    CommandSpec(
        path=("buildx", "prune"),
        usage="",
        short="Remove build cache",
        flags=(
            Flag("all", "bool", "Include internal/frontend images", short="a"),
            _BUILDER,
            _FILTER,
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
            Flag("keep-storage", "bytes", "Amount of disk space to keep for cache"),
            Flag("verbose", "bool", "Provide a more verbose output"),
        ),
        request="dockkernel.commands.request_buildx:BuildxPrune",
        handler="dockkernel.commands.buildx_prune:buildx_prune",
    ),
    CommandSpec(
        path=("buildx", "use"),
        usage="[OPTIONS] NAME",
        short="Set the current builder instance",
        flags=(
            _BUILDER,
            Flag("default", "bool", "Set builder as default for current context"),
            Flag("global", "bool", "Builder persists context changes"),
        ),
        operands=(Operand("name", optional=True),),
        request="dockkernel.commands.request_buildx:BuildxUse",
        handler="dockkernel.commands.buildx_builders:buildx_use",
    ),
    CommandSpec(
        path=("buildx", "version"),
        usage="",
        short="Show buildx version information",
        request="dockkernel.commands.request_buildx:BuildxVersion",
        handler="dockkernel.commands.buildx_builders:buildx_version",
    ),
    CommandSpec(
        path=("buildx", "bake"),
        usage="[OPTIONS] [TARGET...]",
        short="Build from a file",
        flags=(
            _BUILDER,
            Flag("file", "stringArray", "Build definition file", short="f", source="file"),
            Flag("load", "bool", 'Shorthand for "--set=*.output=type=docker"'),
            Flag("metadata-file", "string", "Write build result metadata to the file", source="file"),
            Flag("no-cache", "bool", "Do not use cache when building the image"),
            Flag("print", "bool", "Print the options without building"),
            Flag("progress", "string", _PROGRESS, default="auto", choices=_MODES),
            Flag("provenance", "string", 'Shorthand for "--set=*.attest=type=provenance"'),
            Flag("pull", "bool", "Always attempt to pull all referenced images"),
            Flag("push", "bool", 'Shorthand for "--set=*.output=type=registry"'),
            Flag("sbom", "string", 'Shorthand for "--set=*.attest=type=sbom"'),
            Flag("set", "stringArray", 'Override target value (e.g., "targetpattern.key=value")'),
        ),
        operands=(Operand("targets", optional=True, many=True),),
        spellings=(("buildx", "f"),),
    ),
    CommandSpec(
        path=("buildx", "create"),
        usage="[OPTIONS] [CONTEXT|ENDPOINT]",
        short="Create a new builder instance",
        flags=(
            Flag("append", "bool", "Append a node to builder instead of changing it"),
            Flag("bootstrap", "bool", "Boot builder after creation"),
            Flag("buildkitd-config", "string", "BuildKit daemon config file", source="file"),
            Flag("buildkitd-flags", "string", "BuildKit daemon flags"),
            Flag("driver", "string", 'Driver to use (available: "docker-container", "kubernetes", "remote")'),
            Flag("driver-opt", "stringArray", "Options for the driver"),
            Flag("leave", "bool", "Remove a node from builder instead of changing it"),
            Flag("name", "string", "Builder instance name"),
            Flag("node", "string", "Create/modify node with given name"),
            Flag("platform", "stringArray", "Fixed platforms for current node"),
            Flag("use", "bool", "Set the current builder instance"),
        ),
        operands=(Operand("endpoint", optional=True),),
    ),
    CommandSpec(
        path=("buildx", "imagetools"),
        usage="COMMAND",
        short="Commands to work on images in registry",
        flags=(_BUILDER,),
        operands=(Operand("words", optional=True, many=True),),
        interspersed=False,
    ),
    CommandSpec(
        path=("buildx", "rm"),
        usage="[OPTIONS] [NAME] [NAME...]",
        short="Remove one or more builder instances",
        flags=(
            Flag("all-inactive", "bool", "Remove all inactive builders"),
            _BUILDER,
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
            Flag("keep-daemon", "bool", "Keep the BuildKit daemon running"),
            Flag("keep-state", "bool", "Keep BuildKit state"),
        ),
        operands=(Operand("names", optional=True, many=True),),
    ),
    CommandSpec(
        path=("buildx", "stop"),
        usage="[NAME]",
        short="Stop builder instance",
        flags=(_BUILDER,),
        operands=(Operand("name", optional=True),),
    ),
)
