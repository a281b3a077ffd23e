"""What the engine answers like: the versions that `docker version`, `info` and `--version` tell.

The client's words are those of Docker 28.2.2 and the daemon's those of 26.1, which scripts may look for.
"""

from __future__ import annotations

CLIENT_VERSION = "28.2.2"
CLIENT_COMMIT = "e6534b4"
CLIENT_API = "1.50"
SERVER_VERSION = "26.1.5"
VERSION_LINE = f"Docker version {CLIENT_VERSION}, build {CLIENT_COMMIT}"
"""`docker --version`."""
