"""`docker network …`."""

from __future__ import annotations

from dockkernel.commands.spec import CommandSpec, Flag, Operand
from dockkernel.commands.table_words import FORMAT_OBJECT, FORMAT_TABLE

COMMANDS = (
    CommandSpec(
        path=("network", "connect"),
        usage="[OPTIONS] NETWORK CONTAINER",
        short="Connect a container to a network",
        flags=(
            Flag("alias", "stringSlice", "Add network-scoped alias for the container"),
            Flag("driver-opt", "stringSlice", "driver options for the network"),
            Flag(
                "gw-priority",
                "int",
                "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
            ),
            Flag("ip", "string", 'IPv4 address (e.g., "172.30.100.104")'),
            Flag("ip6", "string", 'IPv6 address (e.g., "2001:db8::33")'),
            Flag("link", "list", "Add link to another container"),
            Flag("link-local-ip", "stringSlice", "Add a link-local address for the container"),
        ),
        operands=(
            Operand("network", "network"),
            Operand("container", "container"),
        ),
    ),
    CommandSpec(
        path=("network", "create"),
        usage="[OPTIONS] NETWORK",
        short="Create a network",
        flags=(
            Flag("attachable", "bool", "Enable manual container attachment"),
            Flag("aux-address", "map", "Auxiliary IPv4 or IPv6 addresses used by Network driver", note="map[]"),
            Flag("config-from", "string", "The network from which to copy the configuration"),
            Flag("config-only", "bool", "Create a configuration only network"),
            Flag("driver", "string", "Driver to manage the Network", short="d", default="bridge"),
            Flag("gateway", "stringSlice", "IPv4 or IPv6 Gateway for the master subnet"),
            Flag("ingress", "bool", "Create swarm routing-mesh network"),
            Flag("internal", "bool", "Restrict external access to the network"),
            Flag("ip-range", "stringSlice", "Allocate container ip from a sub-range"),
            Flag("ipam-driver", "string", "IP Address Management Driver", default="default"),
            Flag("ipam-opt", "map", "Set IPAM driver specific options", note="map[]"),
            Flag("ipv4", "bool", "Enable or disable IPv4 address assignment", default="true"),
            Flag("ipv6", "bool", "Enable or disable IPv6 address assignment"),
            Flag("label", "list", "Set metadata on a network", check="label"),
            Flag("opt", "map", "Set driver specific options", short="o", note="map[]"),
            Flag("scope", "string", "Control the network's scope"),
            Flag("subnet", "stringSlice", "Subnet in CIDR format that represents a network segment"),
        ),
        operands=(Operand("name"),),
    ),
    CommandSpec(
        path=("network", "disconnect"),
        usage="[OPTIONS] NETWORK CONTAINER",
        short="Disconnect a container from a network",
        flags=(Flag("force", "bool", "Force the container to disconnect from a network", short="f"),),
        operands=(
            Operand("network", "network"),
            Operand("container", "container"),
        ),
    ),
    CommandSpec(
        path=("network", "inspect"),
        usage="[OPTIONS] NETWORK [NETWORK...]",
        short="Display detailed information on one or more networks",
        flags=(
            Flag("format", "string", FORMAT_OBJECT, short="f", choices=("json",)),
            Flag("verbose", "bool", "Verbose output for diagnostics", short="v"),
        ),
        operands=(Operand("networks", "network", many=True),),
    ),
    CommandSpec(
        path=("network", "ls"),
        usage="[OPTIONS]",
        short="List networks",
        flags=(
            Flag(
                "filter",
                "filter",
                'Provide filter values (e.g. "driver=bridge")',
                short="f",
                choices=(
                    "dangling=true",
                    "dangling=false",
                    "driver=",
                    "id=",
                    "label=",
                    "name=",
                    "scope=global",
                    "scope=local",
                    "scope=swarm",
                    "type=builtin",
                    "type=custom",
                ),
            ),
            Flag("format", "string", FORMAT_TABLE, choices=("json", "table")),
            Flag("no-trunc", "bool", "Do not truncate the output"),
            Flag("quiet", "bool", "Only display network IDs", short="q"),
        ),
        spellings=(("network", "list"),),
    ),
    CommandSpec(
        path=("network", "prune"),
        usage="[OPTIONS]",
        short="Remove all unused networks",
        flags=(
            Flag(
                "filter",
                "filter",
                'Provide filter values (e.g. "until=<timestamp>")',
                choices=("label=", "label!=", "until="),
            ),
            Flag("force", "bool", "Do not prompt for confirmation", short="f"),
        ),
    ),
    CommandSpec(
        path=("network", "rm"),
        usage="NETWORK [NETWORK...]",
        short="Remove one or more networks",
        flags=(Flag("force", "bool", "Do not error if the network does not exist", short="f"),),
        operands=(Operand("networks", "network", many=True),),
        spellings=(("network", "remove"),),
    ),
)
