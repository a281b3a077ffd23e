"""Our commands, one file a family; `TOOLS` finds them by name."""

from dockkernel.exec.virtual.call import Tools
from dockkernel.exec.virtual.tools import (
    archives,
    copying,
    disk,
    listing,
    lookups,
    making,
    modes,
    people,
    refused,
    streams,
    system,
)

SHELL_TOOLS: Tools = {**modes.SHELL_COMMANDS, **lookups.SHELL_COMMANDS, "echo": streams.echo}
"""Builtins of every shell that need our files, or our knowledge of the image."""

TOOLS: Tools = {
    **refused.COMMANDS,
    **archives.COMMANDS,
    **copying.COMMANDS,
    **disk.COMMANDS,
    **listing.COMMANDS,
    **making.COMMANDS,
    **modes.COMMANDS,
    **people.COMMANDS,
    **streams.COMMANDS,
    **system.COMMANDS,
}
