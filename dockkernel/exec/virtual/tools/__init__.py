"""Our commands, one file a family; `TOOLS` finds them by name."""

from dockkernel.exec.virtual.call import Tools
from dockkernel.exec.virtual.tools import copying, listing, making, modes, people, refused, streams, system

SHELL_TOOLS: Tools = modes.SHELL_COMMANDS
"""Builtins of every shell that need our files."""

TOOLS: Tools = {
    **refused.COMMANDS,
    **copying.COMMANDS,
    **listing.COMMANDS,
    **making.COMMANDS,
    **modes.COMMANDS,
    **people.COMMANDS,
    **streams.COMMANDS,
    **system.COMMANDS,
}
