"""What is wrong with a template, in Go's words."""

from __future__ import annotations

from dockkernel.errors import ParseError


class TemplateError(ParseError):
    """The template cannot be read; the message begins with `template: :LINE: `."""


class ExecutionError(TemplateError):
    """The template cannot be carried out on this value; the message names the place and the part."""
