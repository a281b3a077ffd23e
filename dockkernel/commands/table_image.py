"""`docker image …` and the old spellings of its commands."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table_words import FORMAT_OBJECT, FORMAT_TABLE

COMMANDS = (
    CommandSpec(
        path=("image", "build"),
        usage="[OPTIONS] PATH | URL | -",
        short="Build an image from a Dockerfile",
        flags=(
            Flag("add-host", "list", 'Add a custom host-to-IP mapping ("host:ip")', check="host"),
            Flag("build-arg", "list", "Set build-time variables", check="env"),
            Flag("cache-from", "stringSlice", "Images to consider as cache sources", source="image"),
            Flag("cgroup-parent", "string", 'Set the parent cgroup for the "RUN" instructions during build'),
            Flag("compress", "bool", "Compress the build context using gzip"),
            Flag("cpu-period", "int64", "Limit the CPU CFS (Completely Fair Scheduler) period"),
            Flag("cpu-quota", "int64", "Limit the CPU CFS (Completely Fair Scheduler) quota"),
            Flag("cpu-shares", "int64", "CPU shares (relative weight)", short="c"),
            Flag("cpuset-cpus", "string", "CPUs in which to allow execution (0-3, 0,1)"),
            Flag("cpuset-mems", "string", "MEMs in which to allow execution (0-3, 0,1)"),
            Flag("disable-content-trust", "bool", "Skip image verification", default="true"),
            Flag("explain", "bool", "Say of each step that ran again which of its inputs differs.", hidden=True),
            Flag("file", "string", 'Name of the Dockerfile (Default is "PATH/Dockerfile")', short="f", source="file"),
            Flag("force-rm", "bool", "Always remove intermediate containers"),
            Flag("iidfile", "string", "Write the image ID to the file", source="file"),
            Flag("isolation", "string", "Container isolation technology"),
            Flag("label", "list", "Set metadata for an image", check="label"),
            Flag("memory", "bytes", "Memory limit", short="m"),
            Flag("memory-swap", "swap-bytes", "Swap limit equal to memory plus swap: -1 to enable unlimited swap"),
            Flag(
                "network",
                "string",
                "Set the networking mode for the RUN instructions during build",
                default="default",
                source="network",
            ),
            Flag("no-cache", "bool", "Do not use cache when building the image"),
            Flag(
                "platform",
                "string",
                "Set platform if server is multi-platform capable",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
            Flag("pull", "bool", "Always attempt to pull a newer version of the image"),
            Flag("quiet", "bool", "Suppress the build output and print image ID on success", short="q"),
            Flag("rm", "bool", "Remove intermediate containers after a successful build", default="true"),
            Flag("security-opt", "stringSlice", "Security options"),
            Flag("shm-size", "bytes", 'Size of "/dev/shm"'),
            Flag(
                "squash",
                "bool",
                "One layer of all new ones (Docker: only with experimental features)",
                hidden=True,
            ),
            Flag("tag", "list", 'Name and optionally a tag in the "name:tag" format', short="t", check="tag"),
            Flag("target", "string", "Set the target build stage to build."),
            Flag("ulimit", "ulimit", "Ulimit options", note="[]"),
        ),
        operands=(Operand("path", "file"),),
        spellings=(("build",), ("builder", "build")),
        request="dockkernel.commands.request_image:ImageBuild",
        handler="dockkernel.commands.build:image_build",
    ),
    CommandSpec(
        path=("image", "history"),
        usage="[OPTIONS] IMAGE",
        short="Show the history of an image",
        flags=(
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("human", "bool", "Print sizes and dates in human readable format", short="H", default="true"),
            Flag("no-trunc", "bool", "Don't truncate output"),
            Flag(
                "platform",
                "string",
                ('Show history for the given platform. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")'),
                since="1.48",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
            Flag("quiet", "bool", "Only show image IDs", short="q"),
        ),
        operands=(Operand("image", "image"),),
        spellings=(("history",),),
        request="dockkernel.commands.request_image:ImageHistory",
        handler="dockkernel.commands.image:image_history",
    ),
    CommandSpec(
        path=("image", "import"),
        usage="[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
        short="Import the contents from a tarball to create a filesystem image",
        flags=(
            Flag("change", "list", "Apply Dockerfile instruction to the created image", short="c"),
            Flag("message", "string", "Set commit message for imported image", short="m"),
            Flag(
                "platform",
                "string",
                "Set platform if server is multi-platform capable",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
        ),
        operands=(
            Operand("source", "file"),
            Operand("rest", optional=True, many=True),
        ),
        spellings=(("import",),),
        request="dockkernel.commands.request_image:ImageImport",
        handler="dockkernel.commands.image_import:image_import",
    ),
    CommandSpec(
        path=("image", "inspect"),
        usage="[OPTIONS] IMAGE [IMAGE...]",
        short="Display detailed information on one or more images",
        flags=(
            Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),
            Flag(
                "platform",
                "string",
                (
                    "Inspect a specific platform of the multi-platform image.\n"
                    "If the image or the server is not multi-platform capable, the command will error out if "
                    "the platform does not match.\n"
                    "'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"
                ),
                since="1.49",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
        ),
        operands=(Operand("images", "image", many=True),),
        request="dockkernel.commands.request_image:ImageInspect",
        handler="dockkernel.commands.inspect:image_inspect",
    ),
    CommandSpec(
        path=("image", "load"),
        usage="[OPTIONS]",
        short="Load an image from a tar archive or STDIN",
        flags=(
            Flag("input", "string", "Read from tar archive file, instead of STDIN", short="i", source="file"),
            Flag(
                "platform",
                "string",
                ('Load only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")'),
                since="1.48",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
            Flag("quiet", "bool", "Suppress the load output", short="q"),
        ),
        spellings=(("load",),),
    ),
    CommandSpec(
        path=("image", "ls"),
        usage="[OPTIONS] [REPOSITORY[:TAG]]",
        short="List images",
        flags=(
            Flag("all", "bool", "Show all images (default hides intermediate images)", short="a"),
            Flag("digests", "bool", "Show digests"),
            Flag(
                "filter",
                "filter",
                "Filter output based on conditions provided",
                short="f",
                choices=("before=", "dangling=true", "dangling=false", "label=", "reference=", "since=", "until="),
            ),
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("no-trunc", "bool", "Don't truncate output"),
            Flag("quiet", "bool", "Only show image IDs", short="q"),
            Flag("tree", "bool", "List multi-platform images as a tree (EXPERIMENTAL)", since="1.47"),
        ),
        operands=(Operand("match", "image", optional=True),),
        spellings=(("image", "list"), ("images",)),
        request="dockkernel.commands.request_image:ImageLs",
        handler="dockkernel.commands.image:image_ls",
    ),
    CommandSpec(
        path=("image", "prune"),
        usage="[OPTIONS]",
        short="Remove unused images",
        flags=(
            Flag("all", "bool", "Remove all unused images, not just dangling ones", short="a"),
            Flag(
                "filter",
                "filter",
                'Provide filter values (e.g. "until=<timestamp>")',
                choices=("dangling=true", "dangling=false", "label=", "label!=", "until="),
            ),
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
            Flag("dry-run", "bool", "Print what would be untagged and deleted, and do nothing.", hidden=True),
        ),
        request="dockkernel.commands.request_image:ImagePrune",
        handler="dockkernel.commands.image_remove:image_prune",
    ),
    CommandSpec(
        path=("image", "pull"),
        usage="[OPTIONS] NAME[:TAG|@DIGEST]",
        short="Download an image from a registry",
        flags=(
            Flag("all-tags", "bool", "Download all tagged images in the repository", short="a"),
            Flag("disable-content-trust", "bool", "Skip image verification", default="true"),
            Flag(
                "platform",
                "string",
                "Set platform if server is multi-platform capable",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
            Flag("quiet", "bool", "Suppress verbose output", short="q"),
        ),
        operands=(Operand("image", "search"),),
        spellings=(("pull",),),
        request="dockkernel.commands.request_image:ImagePull",
        handler="dockkernel.commands.image_pull:image_pull",
    ),
    CommandSpec(
        path=("image", "push"),
        usage="[OPTIONS] NAME[:TAG]",
        short="Upload an image to a registry",
        flags=(
            Flag("all-tags", "bool", "Push all tags of an image to the repository", short="a"),
            Flag("disable-content-trust", "bool", "Skip image signing", default="true"),
            Flag(
                "platform",
                "string",
                (
                    "Push a platform-specific manifest as a single-platform image to the registry.\n"
                    "Image index won't be pushed, meaning that other manifests, including attestations won't "
                    "be preserved.\n"
                    "'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)"
                ),
                since="1.46",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
            Flag("quiet", "bool", "Suppress verbose output", short="q"),
        ),
        operands=(Operand("image", "image"),),
        spellings=(("push",),),
    ),
    CommandSpec(
        path=("image", "rm"),
        usage="[OPTIONS] IMAGE [IMAGE...]",
        short="Remove one or more images",
        flags=(
            Flag("force", "bool", "Force removal of the image", short="f"),
            Flag("no-prune", "bool", "Do not delete untagged parents"),
            Flag(
                "platform",
                "stringSlice",
                ('Remove only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")'),
                since="1.50",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
            Flag("dry-run", "bool", "Print what would be untagged and deleted, and do nothing.", hidden=True),
        ),
        operands=(Operand("images", "image", many=True),),
        spellings=(("image", "remove"), ("rmi",)),
        request="dockkernel.commands.request_image:ImageRm",
        handler="dockkernel.commands.image_remove:image_rm",
    ),
    CommandSpec(
        path=("image", "save"),
        usage="[OPTIONS] IMAGE [IMAGE...]",
        short="Save one or more images to a tar archive (streamed to STDOUT by default)",
        flags=(
            Flag("output", "string", "Write to a file, instead of STDOUT", short="o", source="file"),
            Flag(
                "platform",
                "string",
                ('Save only the given platform variant. Formatted as "os[/arch[/variant]]" (e.g., "linux/amd64")'),
                since="1.48",
                choices=("linux/amd64", "linux/arm64", "linux/386", "linux/arm/v7"),
            ),
        ),
        operands=(Operand("images", "image", many=True),),
        spellings=(("save",),),
    ),
    CommandSpec(
        path=("image", "tag"),
        interspersed=False,
        usage="SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        short="Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        operands=(
            Operand("source", "image"),
            Operand("target", "image"),
        ),
        spellings=(("tag",),),
        request="dockkernel.commands.request_image:ImageTag",
        handler="dockkernel.commands.image:image_tag",
    ),
)
