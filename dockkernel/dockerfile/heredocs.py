"""Here-documents: the words `<<NAME`, `<< NAME`, `<<-NAME`, `<<"NAME"` in an instruction's text.

The rules are those of the Dockerfile reference ("Here-documents"): several may be declared in one instruction, their
bodies follow in order; `-` takes leading tabs away; a quoted name keeps variables in the body as they are.
"""

from __future__ import annotations

import re

from dockkernel.dockerfile.arguments import Heredoc
from dockkernel.dockerfile.words import Modes, process
from dockkernel.errors import ParseError

_DECLARATION = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)", re.DOTALL)
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_WORDS = Modes(keep_unset=True)
_QUOTED_WORDS = Modes(keep_unset=True, keep_quotes=True)
_WRITTEN_WORDS = Modes(keep_unset=True, keep_quotes=True, keep_escapes=True)


def declared_heredocs(text: str) -> tuple[Heredoc, ...]:
    """Give the here-documents that an instruction's text declares, without bodies.

    Text whose quotes do not match declares none: a shell may still know what to do with it.
    """
    try:
        words = process(text, {}, "\\", _WRITTEN_WORDS).words
    except ParseError:
        return ()
    return tuple(heredoc for heredoc in map(parse_heredoc, words) if heredoc is not None)


def parse_heredoc(word: str) -> Heredoc | None:
    """Give the here-document that a word declares, or None when it declares none."""
    match = _DECLARATION.fullmatch(word)
    if match is None or not match[3]:
        return None
    try:
        names = process(match[3], {}, "\\", _WORDS).words
        quoted = process(match[3], {}, "\\", _QUOTED_WORDS).words
    except ParseError:
        return None
    if len(names) != 1 or len(quoted) != 1:
        return None
    expand = _quotes(names[0]) == _quotes(quoted[0])
    descriptor = int(match[1]) if match[1] and len(match[1]) < 10 else 0
    return Heredoc(names[0], expand=expand, strip_tabs=bool(match[2]), descriptor=descriptor)


def without_tabs(body: str) -> str:
    """Give the body with the tabs at the start of each line taken away."""
    return _LEADING_TABS.sub("", body)


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')
