"""`docker volume …`."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table_words import FORMAT_OBJECT, FORMAT_TABLE

COMMANDS = (
    CommandSpec(
        path=("volume", "create"),
        usage="[OPTIONS] [VOLUME]",
        short="Create a volume",
        flags=(
            Flag(
                "availability",
                "string",
                'Cluster Volume availability ("active", "pause", "drain")',
                default="active",
                swarm=True,
            ),
            Flag("driver", "string", "Specify volume driver name", short="d", default="local"),
            Flag("group", "string", "Cluster Volume group (cluster volumes)", swarm=True),
            Flag("label", "list", "Set metadata for a volume", check="label"),
            Flag("limit-bytes", "bytes", "Minimum size of the Cluster Volume in bytes", swarm=True),
            Flag("opt", "map", "Set driver specific options", short="o", note="map[]"),
            Flag("required-bytes", "bytes", "Maximum size of the Cluster Volume in bytes", swarm=True),
            Flag("scope", "string", 'Cluster Volume access scope ("single", "multi")', default="single", swarm=True),
            Flag("secret", "map", "Cluster Volume secrets", note="map[]", swarm=True),
            Flag(
                "sharing",
                "string",
                'Cluster Volume access sharing ("none", "readonly", "onewriter", "all")',
                default="none",
                swarm=True,
            ),
            Flag("topology-preferred", "list", "A topology that the Cluster Volume would be preferred in", swarm=True),
            Flag("topology-required", "list", "A topology that the Cluster Volume must be accessible from", swarm=True),
            Flag("type", "string", 'Cluster Volume access type ("mount", "block")', default="block", swarm=True),
        ),
        operands=(Operand("name", optional=True),),
        request="dockkernel.commands.request_volume:VolumeCreate",
        handler="dockkernel.commands.volume:volume_create",
    ),
    CommandSpec(
        path=("volume", "inspect"),
        usage="[OPTIONS] VOLUME [VOLUME...]",
        short="Display detailed information on one or more volumes",
        flags=(Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),),
        operands=(Operand("volumes", "volume", many=True),),
        request="dockkernel.commands.request_volume:VolumeInspect",
        handler="dockkernel.commands.volume:volume_inspect",
    ),
    CommandSpec(
        path=("volume", "ls"),
        usage="[OPTIONS]",
        short="List volumes",
        flags=(
            Flag("cluster", "bool", "Display only cluster volumes, and use cluster volume list formatting", swarm=True),
            Flag(
                "filter",
                "filter",
                'Provide filter values (e.g. "dangling=true")',
                short="f",
                choices=("dangling=true", "dangling=false", "driver=", "label=", "name="),
            ),
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("quiet", "bool", "Only display volume names", short="q"),
        ),
        spellings=(("volume", "list"),),
        request="dockkernel.commands.request_volume:VolumeLs",
        handler="dockkernel.commands.volume:volume_ls",
    ),
    CommandSpec(
        path=("volume", "prune"),
        usage="[OPTIONS]",
        short="Remove unused local volumes",
        flags=(
            Flag("all", "bool", "Remove all unused volumes, not just anonymous ones", short="a"),
            Flag(
                "filter",
                "filter",
                'Provide filter values (e.g. "label=<label>")',
                choices=("all=true", "label=", "label!="),
            ),
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
        ),
        request="dockkernel.commands.request_volume:VolumePrune",
        handler="dockkernel.commands.volume:volume_prune",
    ),
    CommandSpec(
        path=("volume", "rm"),
        usage="[OPTIONS] VOLUME [VOLUME...]",
        short="Remove one or more volumes",
        flags=(Flag("force", "bool", "Force the removal of one or more volumes", short="f"),),
        operands=(Operand("volumes", "volume", many=True),),
        spellings=(("volume", "remove"),),
        long="Remove one or more volumes. You cannot remove a volume that is in use by a container.",
        request="dockkernel.commands.request_volume:VolumeRm",
        handler="dockkernel.commands.volume:volume_rm",
    ),
    CommandSpec(
        path=("volume", "update"),
        usage="[OPTIONS] [VOLUME]",
        short="Update a volume (cluster volumes only)",
        flags=(
            Flag(
                "availability",
                "string",
                'Cluster Volume availability ("active", "pause", "drain")',
                default="active",
                swarm=True,
            ),
        ),
        operands=(Operand("name", "volume"),),
        swarm=True,
    ),
)
