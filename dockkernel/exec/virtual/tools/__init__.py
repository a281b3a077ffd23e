"""Our commands, one file a family; `TOOLS` finds them by name."""

from dockkernel.exec.virtual.call import Tools
from dockkernel.exec.virtual.tools import (
    archives,
    blocks,
    comparing,
    compressing,
    copying,
    counting,
    disk,
    linking,
    listing,
    lookups,
    making,
    modes,
    people,
    refused,
    saying,
    special,
    streams,
    system,
    whois,
)

SHELL_TOOLS: Tools = {**modes.SHELL_COMMANDS, **lookups.SHELL_COMMANDS, "echo": saying.echo}
"""Builtins of every shell that need our files, or our knowledge of the image."""

TOOLS: Tools = {
    **refused.COMMANDS,
    **archives.COMMANDS,
    **blocks.COMMANDS,
    **comparing.COMMANDS,
    **compressing.COMMANDS,
    **copying.COMMANDS,
    **counting.COMMANDS,
    **disk.COMMANDS,
    **linking.COMMANDS,
    **listing.COMMANDS,
    **making.COMMANDS,
    **modes.COMMANDS,
    **people.COMMANDS,
    **saying.COMMANDS,
    **special.COMMANDS,
    **streams.COMMANDS,
    **system.COMMANDS,
    **whois.COMMANDS,
}
