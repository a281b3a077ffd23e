"""`docker manifest …`."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand

COMMANDS = (
    CommandSpec(
        path=("manifest", "annotate"),
        usage="[OPTIONS] MANIFEST_LIST MANIFEST",
        short="Add additional information to a local image manifest",
        flags=(
            Flag("arch", "string", "Set architecture"),
            Flag("os", "string", "Set operating system"),
            Flag("os-features", "stringSlice", "Set operating system feature"),
            Flag("os-version", "string", "Set operating system version"),
            Flag("variant", "string", "Set architecture variant"),
        ),
        operands=(
            Operand("list"),
            Operand("image"),
        ),
        experimental_client=True,
    ),
    CommandSpec(
        path=("manifest", "create"),
        usage="MANIFEST_LIST MANIFEST [MANIFEST...]",
        short="Create a local manifest list for annotating and pushing to a registry",
        flags=(
            Flag("amend", "bool", "Amend an existing manifest list", short="a"),
            Flag("insecure", "bool", "Allow communication with an insecure registry"),
        ),
        operands=(
            Operand("list"),
            Operand("images", many=True),
        ),
        experimental_client=True,
    ),
    CommandSpec(
        path=("manifest", "inspect"),
        usage="[OPTIONS] [MANIFEST_LIST] MANIFEST",
        short="Display an image manifest, or manifest list",
        flags=(
            Flag("insecure", "bool", "Allow communication with an insecure registry"),
            Flag("verbose", "bool", "Output additional info including layers and platform", short="v"),
        ),
        operands=(
            Operand("list"),
            Operand("image", optional=True),
        ),
        experimental_client=True,
    ),
    CommandSpec(
        path=("manifest", "push"),
        usage="[OPTIONS] MANIFEST_LIST",
        short="Push a manifest list to a repository",
        flags=(
            Flag("insecure", "bool", "Allow push to an insecure registry"),
            Flag("purge", "bool", "Remove the local manifest list after push", short="p"),
        ),
        operands=(Operand("list"),),
        experimental_client=True,
    ),
    CommandSpec(
        path=("manifest", "rm"),
        usage="MANIFEST_LIST [MANIFEST_LIST...]",
        short="Delete one or more manifest lists from local storage",
        operands=(Operand("lists", many=True),),
        experimental_client=True,
    ),
)
