"""Snapshots as JSON: there and back the same, and nothing but a snapshot comes back."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from support.worlds import removal, removals, shop, world, worlds

from dockkernel.snapshot import SCHEMA_VERSION, DiskShow, EffectShow, StackShow, World, wire


@given(worlds)
def test_there_and_back(found: World) -> None:
    for record in (found, DiskShow(found), StackShow(found, tuple(image.id for image in found.images))):
        assert wire.from_json(wire.to_json(record)) == record
        assert wire.loads(wire.dumps(record)) == record
        assert wire.from_json(json.loads(json.dumps(wire.to_json(record)))) == record


@given(removals())
def test_removals_there_and_back(show: EffectShow) -> None:
    assert wire.loads(wire.dumps(show)) == show


def test_a_document_says_what_it_is() -> None:
    document = wire.to_json(DiskShow(world([])))
    assert document == {
        "schema": SCHEMA_VERSION,
        "kind": "disk",
        "data": {"world": {"revision": 1, "images": [], "containers": [], "layer_bytes": 0}},
    }


def spoiled(*path: str | int, to: object) -> dict[str, Any]:
    document = deepcopy(wire.to_json(removal(world(shop()), [])))
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({}, "schema None, expected 1"),
        ({"schema": 2, "kind": "disk"}, "schema 2, expected 1"),
        ({"schema": 1, "kind": "tree"}, "unknown kind 'tree'"),
        ({"schema": 1, "kind": ["disk"]}, "unknown kind"),
        ({"schema": 1, "kind": "disk", "data": []}, "disk: not an object"),
        ({"schema": 1, "kind": "disk", "data": {}}, "disk: missing or unknown: world"),
        (spoiled("data", "more", to=1), "effect: missing or unknown: more"),
        (spoiled("data", "freed", to="1"), "effect.freed: unexpected '1'"),
        (spoiled("data", "freed", to=True), "effect.freed: unexpected True"),
        (spoiled("data", "dry_run", to=0), "effect.dry_run: unexpected 0"),
        (spoiled("data", "untagged", to="ab"), "effect.untagged: not an array"),
        (spoiled("data", "before", "images", 0, "size", to=1.5), r"effect.before.images\[0\].size: unexpected 1.5"),
        (spoiled("data", "before", "containers", 0, "status", to="dead"), "status: unexpected 'dead'"),
        (spoiled("data", "before", "containers", 0, "status", to={}), "status: unexpected"),
    ],
)
def test_anything_else_is_refused_with_its_place(document: object, message: str) -> None:
    with pytest.raises(ValueError, match=f"^snapshot: .*{message}"):
        wire.from_json(document)


def test_text_that_is_no_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        wire.loads("{")
