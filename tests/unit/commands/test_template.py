"""`--format` gives what the Docker CLI 28.2.2 gave for the same template on the same two images."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dockkernel.commands.errors import ClientError
from dockkernel.commands.gotemplate.goformat import sprintf
from dockkernel.commands.gotemplate.govalues import Method
from dockkernel.commands.inspect_types import image_type
from dockkernel.commands.template import Inspector, View, as_struct, check_list, render_list, render_value

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"
Image = dict[str, str]
HEADINGS = {
    "Repository": "REPOSITORY",
    "Tag": "TAG",
    "Digest": "DIGEST",
    "ID": "IMAGE ID",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "Size": "SIZE",
    "Containers": "CONTAINERS",
    "VirtualSize": "SIZE",
    "SharedSize": "SHARED SIZE",
    "UniqueSize": "UNIQUE SIZE",
}
COMMON = {"Digest": "<none>", "Containers": "N/A", "SharedSize": "N/A", "UniqueSize": "N/A"}
IMAGES: list[Image] = [
    {**COMMON, "Repository": "demo", "Tag": "v1", "ID": "ab12" * 3, "Size": "1.98MB", "VirtualSize": "1.984MB"},
    {
        **COMMON,
        "Repository": "hello-world",
        "Tag": "latest",
        "ID": "cd34" * 3,
        "Size": "683kB",
        "VirtualSize": "682.7kB",
    },
]
IMAGES[0] |= {"CreatedSince": "3 years ago", "CreatedAt": "2023-11-14 22:13:20 +0000 UTC"}
IMAGES[1] |= {"CreatedSince": "6 years ago", "CreatedAt": "2020-09-13 12:26:40 +0000 UTC"}


def _reader(name: str) -> Any:
    return lambda image: image[name]


VIEW: View[Image] = View("*formatter.imageContext", {name: _reader(name) for name in HEADINGS}, HEADINGS)


def _recorded(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    return [line for line in found if "years ago" not in line["out"]]


@pytest.mark.parametrize("recorded", _recorded("templates.json"), ids=lambda line: line["template"])
def test_a_list_by_a_template(recorded: dict[str, Any]) -> None:
    try:
        out, err, code = render_list(VIEW, IMAGES, recorded["template"]), "", 0
    except ClientError as error:
        out, err, code = "", error.message + "\n", error.exit_code
    assert (out, err, code) == (recorded["out"], recorded["err"], recorded["code"])


@pytest.mark.parametrize("recorded", _recorded("inspect.json"), ids=lambda line: line["template"])
def test_an_image_by_a_template(recorded: dict[str, Any]) -> None:
    raw = json.loads((GOLDEN / "image.json").read_text(encoding="utf-8"))
    names = 2 if recorded["out"].count("sha256:ab12") == 2 or recorded["err"].count("\n") == 2 else 1
    errors: list[str] = []
    out, code = "", 0
    try:
        inspector = Inspector(recorded["template"])
        for _ in range(names):
            try:
                inspector.add(raw, image_type(raw))
            except ClientError as error:
                errors.append(error.message + "\n")
                code = 1
        out = inspector.text()
    except ClientError as error:
        errors.append(error.message + "\n")
        code = error.exit_code
    assert (out, "".join(errors), code) == (recorded["out"], recorded["err"], recorded["code"])


def test_rows_as_json_are_sorted_and_escaped() -> None:
    first = render_list(VIEW, IMAGES, "json").splitlines()[0]
    assert first.startswith('{"Containers":"N/A","CreatedAt":')
    assert '"Digest":"\\u003cnone\\u003e"' in first
    assert json.loads(first) == IMAGES[0]


def test_a_method_takes_its_argument_in_rows_and_headings() -> None:
    view: View[Image] = View(
        "*formatter.ContainerContext",
        {"Label": lambda row: Method(lambda name: row.get(name, ""), ("string",))},
        {"Label": Method(lambda name: name.rpartition(".")[2], ("string",))},
    )
    assert render_list(view, [{"a.b": "c"}], 'table {{.Label "a.b"}}') == "b\nc\n"
    with pytest.raises(ClientError, match="wrong number of args for Label: want 1 got 0"):
        render_list(view, [{}], "{{.Label}}")


def test_a_list_can_be_tried_before_there_is_one() -> None:
    with pytest.raises(ClientError, match=r"^failed to parse template: template: :1: unclosed action$"):
        check_list(VIEW, IMAGES[0], "{{.ID")
    with pytest.raises(ClientError, match=r"^failed to execute template: template: :1:8: .* can't evaluate field Nope"):
        check_list(VIEW, IMAGES[0], "table {{.Nope}}")
    check_list(VIEW, IMAGES[0], "{{.ID}}")


def test_one_value_has_a_name_in_messages() -> None:
    value = as_struct("system.versionInfo", {"Client": {"Version": "1"}, "N": 3, "List": [1, 2]})
    assert render_value("{{.Client.Version}} {{.N}} {{.List}}", value) == "1 3 [1 2]"
    assert render_value("json", value) == '{"Client":{"Version":"1"},"N":3,"List":[1,2]}'
    with pytest.raises(
        ClientError, match=r'^template: version:1:2: executing "version" at <.X>: can\'t evaluate field X in'
    ):
        render_value("{{.X}}", value, name="version")
    with pytest.raises(ClientError) as raised:
        render_value("{{", value, parse_exit=64)
    assert raised.value.exit_code == 64


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("{{" + "(" * 5000 + ".ID" + ")" * 5000 + "}}", "template: :1: max expression depth exceeded"),
        ("{{if .ID}}" * 5000 + "{{end}}" * 5000, "template: :1: max expression depth exceeded"),
        ('{{define "T"}}{{template "T"}}{{end}}{{template "T"}}', "exceeded maximum template depth"),
        ("{{pad .ID 1000000000 0}}", "error calling pad: runtime error: makeslice: len out of range"),
        ("{{pad .ID -1 0}}", "error calling pad: strings: negative Repeat count"),
    ],
)
def test_a_template_cannot_eat_the_machine(form: str, message: str) -> None:
    with pytest.raises(ClientError, match=re.escape(message)):
        render_list(VIEW, IMAGES, form)
    assert render_list(VIEW, IMAGES[:1], "{{range 1000000000}}x{{break}}{{end}}") == "x\n"


def test_objects_are_indented_json_in_their_own_order() -> None:
    inspector = Inspector()
    inspector.add({"Z": 1, "A": "<&>"})
    assert inspector.text() == '[\n    {\n        "Z": 1,\n        "A": "<&>"\n    }\n]\n'
    assert Inspector().text() == "[]\n"


@pytest.mark.parametrize(
    ("form", "values", "text"),
    [
        ("%5.1f|%-6v|%06d", (3.14159, True, -42), "  3.1|true  |-00042"),
        ("%v %v", ([1, "a"], {"b": 1, "a": None}), "[1 a] map[a:<nil> b:1]"),
        ("%[x", (1,), "%![(int=1)x"),
        ("%s", (None,), "%!s(<nil>)"),
    ],
)
def test_printf(form: str, values: tuple[object, ...], text: str) -> None:
    assert sprintf(form, *values) == text
