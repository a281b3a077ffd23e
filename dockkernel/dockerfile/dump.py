"""The tree of a Dockerfile as BuildKit's parser prints it: a tool for whoever compares the two.

    python -m dockkernel.dockerfile.dump FILE…

prints for each file one line an instruction, `(copy ["--from=a"] "src" "dst")`: the keyword in small letters, the
flags, the arguments quoted as Go quotes them. ENV and LABEL have name, value and `=` (or `""` in the old form) for each
pair; an ONBUILD holds its instruction in brackets.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from dockkernel.dockerfile.instructions import KEYWORDS
from dockkernel.dockerfile.parser import Node, ParsedFile, parse
from dockkernel.errors import DockError
from dockkernel.oci.quoting import go_quote


def dump(parsed: ParsedFile) -> str:
    """Give the tree of a parsed file, one line an instruction, without a line end after the last."""
    return "\n".join(f"({node_text(node)})" for node in parsed.nodes)


def node_text(node: Node) -> str:
    """Give one instruction without the brackets around it."""
    parts = [node.keyword.lower()]
    if node.flags:
        parts.append(f"[{' '.join(map(go_quote, node.flags))}]")
    if node.trigger is not None:
        parts.append(f"({node_text(node.trigger)})")
    return " ".join([*parts, *map(go_quote, _arguments(node))])


def _arguments(node: Node) -> tuple[str, ...]:
    if node.keyword.upper() not in KEYWORDS:
        # The arguments of what is no instruction are one empty text, whatever they are.
        return ("",)
    pairs = node.arguments.pairs
    return tuple(part for pair in pairs for part in (pair.key, pair.value, "" if pair.legacy else "=")) + (
        node.arguments.words
    )


def main(arguments: Sequence[str]) -> int:
    """Print the tree of each file; 1 when one could not be read, with the reason on standard error."""
    status = 0
    for name in arguments:
        try:
            text = dump(parse(Path(name).read_bytes()))
        except (DockError, OSError) as error:
            sys.stderr.write(f"{name}: {error}\n")
            status = 1
        else:
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
