"""The reference page of the docs, made from the command table: a test says that `docs/reference.md` is in step."""

from __future__ import annotations

from dockkernel.commands.help import command_help, flag_lines
from dockkernel.commands.reference_cells import CELLS, CELLS_ZH
from dockkernel.commands.spec import CommandSpec
from dockkernel.commands.table import GROUPS, all_commands

_INTRO = """\
# Command reference

Made from the command table by `python -m dockkernel.frontends.cli.reference`; do not edit by hand.

The commands, their flags and the words of their help are those of the Docker CLI 28.2 with a daemon of API 1.45: they
are facts of its output, kept so that what is learned here holds there. A test compares them with the installed client.
What is ours and not Docker's stands under "Ours" and is not in `--help`.
"""
_OWN = """\
## dockkernel

`dockkernel docker ARGS…` runs any command of this page in a terminal. Beside it there are:

| Command | What it does |
|---|---|
| `dockkernel catalog ls` | Lists the images that the embedded catalog can give |
| `dockkernel catalog publish NAME[:TAG]` | Lets a tag of the catalog point to its next edition, as a publisher would |
| `dockkernel revisions` | Lists the changes of the store |
| `dockkernel compare REVISION [REVISION]` | Shows what changed since a revision, or between two |
| `dockkernel restore REVISION` | Goes back to the state that a revision left, as a revision of its own |
| `dockkernel gc` | Deletes blobs that only old revisions need |
| `dockkernel reset [-f]` | Empties the store, after asking |
| `dockkernel why build NAME` | Says of each step of the last build of a tag or a folder why it ran again |
"""


def reference() -> str:
    """The page in Markdown."""
    built = [spec for spec in all_commands() if spec.handler]
    parts = [_INTRO, _OWN, CELLS, CELLS_ZH]
    noun = ""
    for spec in built:
        if spec.path[0] != noun:
            noun = spec.path[0]
            title = GROUPS[noun].short if noun in GROUPS else spec.short
            parts.append(f"## docker {noun}\n\n{title}.\n" if noun in GROUPS else "")
        parts.append(_section(spec))
    parts.append(_missing())
    return "\n".join(part for part in parts if part)


def _section(spec: CommandSpec) -> str:
    shown = "docker " + " ".join(spec.path)
    level = "###" if spec.path[0] in GROUPS else "##"
    text = f"{level} {shown}\n\n```text\n{command_help(spec, shown)}```\n"
    ours = [flag for flag in spec.flags if flag.hidden and not flag.alias_of]
    return text + (f"\nOurs:\n\n```text\n{flag_lines(ours)}```\n" if ours else "")


def _missing() -> str:
    rows = "".join(
        f"| `docker {' '.join(spec.path)}` | {_escaped(spec.short)} |\n"
        for spec in all_commands()
        if not (spec.handler or spec.hidden)
    )
    groups = ", ".join(f"`docker {name}`" for name, group in GROUPS.items() if not group.module)
    return (
        "## Known and not there yet\n\n"
        "Help and completion know these commands; running one says that the embedded engine does not have it.\n\n"
        f"| Command | What it does in Docker |\n|---|---|\n{rows}\nNor has it anything of {groups}.\n"
    )


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
