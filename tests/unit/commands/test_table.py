"""The command table holds together: what it names exists, and requests have a field for each flag and operand."""

from __future__ import annotations

import dataclasses
from importlib import import_module

import pytest

from dockkernel.commands.help import command_help
from dockkernel.commands.spec import CommandSpec
from dockkernel.commands.table import GROUPS, HOMES, all_commands, find, group_commands
from dockkernel.commands.values import empty_value, read_value
from dockkernel.frontends.cli.reference import PAGE

SPECS = all_commands()
IDS = [" ".join(spec.path) for spec in SPECS]


def _imported(text: str) -> object:
    module, _, name = text.partition(":")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("spec", [spec for spec in SPECS if spec.handler], ids=lambda spec: " ".join(spec.path))
def test_handlers_and_requests_exist(spec: CommandSpec) -> None:
    assert callable(_imported(spec.handler))
    request = _imported(spec.request)
    assert dataclasses.is_dataclass(request)
    fields = {field.name for field in dataclasses.fields(request)}
    wanted = {flag.field for flag in spec.flags if not flag.alias_of and flag.name != "help"}
    assert fields == wanted | {operand.field for operand in spec.operands} | {"given", "called_as"}


@pytest.mark.parametrize("spec", SPECS, ids=IDS)
def test_flags_are_well_formed(spec: CommandSpec) -> None:
    names = [flag.name for flag in spec.flags]
    shorts = [flag.short for flag in spec.flags if flag.short]
    assert len(set(names)) == len(names)
    assert len(set(shorts)) == len(shorts)
    for flag in spec.flags:
        empty_value(flag)
        assert not flag.alias_of or spec.flag(flag.alias_of)
        if flag.default:
            read_value(flag, flag.default, None)


@pytest.mark.parametrize("spec", SPECS, ids=IDS)
def test_every_spelling_leads_to_its_command(spec: CommandSpec) -> None:
    for path in (spec.path, *spec.spellings, *spec.quiet_spellings):
        found = find(path)
        assert found is not None
        assert found[0] is spec


def test_every_top_level_word_leads_home() -> None:
    for word, home in HOMES.items():
        found = find((word,))
        assert found is not None
        assert found[0].path == home


def test_groups_list_their_commands_once() -> None:
    for name, group in GROUPS.items():
        words = [spec.name for spec in group_commands(name)]
        assert words == sorted(set(words))
        assert bool(words) == bool(group.module)


def test_help_hides_what_the_api_version_does_not_have() -> None:
    found = find(("image", "ls"))
    assert found is not None
    assert "--tree" not in command_help(found[0], "docker image ls")


def test_the_dry_run_is_ours_and_stands_in_the_reference_only() -> None:
    found = find(("image", "rm"))
    assert found is not None
    assert "--dry-run" not in command_help(found[0], "docker image rm")
    assert "--dry-run" in PAGE.read_text(encoding="utf-8")


def test_the_reference_page_is_in_step() -> None:
    from dockkernel.commands.reference import reference

    assert PAGE.read_text(encoding="utf-8") == reference(), "run python -m dockkernel.frontends.cli.reference"
