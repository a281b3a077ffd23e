"""What a front end hands to the engine: places, limits, the clock. Frozen values; nothing here reads the process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """The time."""

    def now_ns(self) -> int:
        """Nanoseconds since the epoch, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the store is and what it may keep."""

    home: Path
    keep_bytes: int = 2 << 30
    """Bytes of blobs that are kept only so that an earlier revision can be restored."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment, for what builds fetch from elsewhere: proxies, certificates, where `git` is."""
