"""The errors of dockkernel: one root, so that a front end catches one class.

::

    DockError(message, *, hint=None, span=None)
    ├── UsageError          a command line that cannot be read
    ├── ParseError          a Dockerfile, template or reference that cannot be read
    ├── NotFound            ImageNotFound, ContainerNotFound, BlobNotFound, ObjectNotFound
    ├── Conflict            a name or an image that is in use
    ├── InvalidInput        a well-formed request that asks for what is not allowed
    ├── RegistryError       ManifestNotFound, Unreachable
    ├── IntegrityError      bytes that are not what their digest or size says
    ├── ExecError           CommandFailed, NotSimulated, LimitExceeded
    └── Unsupported         a capability that this build does not have

The message is one line in Docker's own words where Docker has them. Classes that only one room raises live in that
room; the ones above are shared. The engine knows neither exit codes nor HTTP: a front end has one table for each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A range of lines in a source text; both ends count, lines and columns from 1, column 0 is the whole line."""

    start_line: int
    end_line: int
    start_column: int = 0
    end_column: int = 0


class DockError(Exception):
    """Something the user can be told in one line."""

    def __init__(self, message: str, *, hint: str | None = None, span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span


class UsageError(DockError):
    """The command line could not be read."""


class ParseError(DockError):
    """A text (Dockerfile, template, reference) is not in its language."""


class NotFound(DockError):
    """Something named is not there."""


class ImageNotFound(NotFound):
    """No such image."""


class ContainerNotFound(NotFound):
    """No such container."""


class ObjectNotFound(NotFound):
    """No such object of any kind (`docker inspect`)."""


class BlobNotFound(NotFound):
    """The store does not hold this digest."""


class Conflict(DockError):
    """The change would break something that is in use."""


class InvalidInput(DockError):
    """The request is well formed but not allowed."""


class RegistryError(DockError):
    """A registry or catalog could not give what was asked."""


class ManifestNotFound(RegistryError):
    """The registry has no such tag or digest."""


class IntegrityError(DockError):
    """Bytes differ from the digest, size or rule that they claim to satisfy."""


class ExecError(DockError):
    """A process in a container could not be run to its end."""


class NotSimulated(ExecError):
    """The portable shell does not know this program and does not pretend to."""


class LimitExceeded(ExecError):
    """Time, output or size passed the limit that was set."""


class Unsupported(DockError):
    """A capability that is named and is not there."""
