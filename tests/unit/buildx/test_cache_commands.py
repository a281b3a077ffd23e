"""The build cache in lists and prunings."""

from __future__ import annotations

import json
import re

import pytest
from support.dockers import Docker

from dockkernel.commands.layout import tabbed

TEXT = "FROM busybox\nRUN echo one > /one\nCOPY a.txt /\n"
ID = re.compile(r"\b[a-z0-9]{25}\b")


def built(docker: Docker) -> None:
    docker.build(TEXT, "-t", "app", **{"a.txt": "alpha\n"})
    # A step that no image has.
    docker.build("FROM busybox\nRUN echo lonely > /x\nRUN false\n")


def test_columns_end_at_tab_stops() -> None:
    rows = [("ID", "RECLAIMABLE", "SIZE", "LAST ACCESSED"), (f"{'x' * 26:<40}", "true ", "6B        ", "now")]
    assert (
        tabbed(rows) == f"ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED\n{'x' * 26:<40}\ttrue \t\t6B        \tnow\n"
    )
    assert tabbed(rows[1:]) == f"{'x' * 26:<40}\ttrue \t6B        \tnow\n"


def test_du(docker: Docker) -> None:
    built(docker)
    ran = docker("buildx", "du")
    lines = ran.out.splitlines()
    assert lines[0] == "ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED"
    rows = [line for line in lines[1:] if ID.match(line)]
    sizes = [line.split("\t")[-2].strip() for line in rows]
    assert "7B" in sizes
    assert "4B*" in sizes
    assert all("true" in line for line in rows)
    assert lines[-2].startswith("Reclaimable:\t")
    assert lines[-1].startswith("Total:\t\t")
    assert any(line.startswith("Shared:\t\t10B") for line in lines)


def test_du_verbose_and_filtered(docker: Docker) -> None:
    built(docker)
    ran = docker("buildx", "du", "--verbose", "--filter", "type=source.local")
    records = ran.out.strip().split("\n\n")
    assert len(records) >= 2
    assert all("Type:\t\tsource.local" in record for record in records)
    assert "Total:" not in ran.out
    one = ID.findall(ran.out)[0]
    assert ID.findall(docker("buildx", "du", "--filter", f"id={one[:20]}").out) == [one]
    assert ID.findall(docker("buildx", "du", "--filter", "until=24h").out) == []
    assert ID.findall(docker("buildx", "du", "--filter", "shared=true").out)


def test_prune_leaves_what_images_share(docker: Docker) -> None:
    built(docker)
    before = set(ID.findall(docker("buildx", "du").out))
    ran = docker("builder", "prune", "-f")
    gone = set(ID.findall(ran.out))
    assert ran.out.startswith("ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED\n")
    assert re.search(r"(?m)^Total:\t\d+B$", ran.out)
    kept = set(ID.findall(docker("buildx", "du").out))
    assert gone
    assert kept
    assert gone | kept == before
    assert docker("builder", "prune", "-f").out == "Total:\t0B\n"
    assert set(ID.findall(docker("buildx", "prune", "-a", "-f").out)) == kept
    again = docker.build(TEXT, "-t", "app").err
    assert re.search(r"RUN echo one > /one\n#\d+ DONE", again)


def test_prune_asks(docker: Docker) -> None:
    built(docker)
    words = "WARNING! This will remove all dangling build cache. Are you sure you want to continue? [y/N] "
    assert docker("buildx", "prune", stdin=b"n\n").out == words
    assert docker("buildx", "prune").out == words
    assert "Total:" in docker("buildx", "prune", stdin=b"y\n").out
    assert docker("buildx", "prune", "-a").out == words.replace("all dangling", "all")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (
            ("--filter", "until=x"),
            '"until" filter expects a duration (e.g., \'24h\'): time: invalid duration "x"',
        ),
        (("--filter", "until=1h", "--filter", "unused-for=1h"), 'conflicting filters "until" and "unused-for"'),
        (("--filter", "id=a", "--filter", "id=b"), "filters expect only one value"),
        (("--builder", "other"), 'no builder "other" found'),
    ],
)
def test_what_cannot_be_read(docker: Docker, flags: tuple[str, ...], words: str) -> None:
    ran = docker("buildx", "prune", "-f", *flags)
    assert (ran.code, ran.out, ran.err) == (1, "", f"ERROR: {words}\n")


def test_the_client_without_buildx(docker: Docker) -> None:
    built(docker)
    docker.env["DOCKER_BUILDKIT"] = "0"
    ran = docker("builder", "prune", "-f")
    assert re.fullmatch(r"Deleted build cache objects:\n([a-z0-9]{25}\n)+\nTotal reclaimed space: \d+B\n", ran.out)
    assert docker("builder", "prune", "-f").out == "Total reclaimed space: 0B\n"
    assert docker("builder", "prune", "-f", "--filter", "x=y").err == "Error response from daemon: invalid filter 'x'\n"
    assert "unknown flag: --verbose" in docker("builder", "prune", "--verbose").err


def test_keep_storage(docker: Docker) -> None:
    built(docker)
    assert docker("buildx", "prune", "-af", "--keep-storage", "1g").out == "Total:\t0B\n"


def test_system_df_and_prune(docker: Docker) -> None:
    built(docker)
    count = len(set(ID.findall(docker("buildx", "du").out)))
    row = docker("system", "df").out.splitlines()[-1]
    assert re.fullmatch(rf"Build Cache     {count} +0 +(\d+B) +\1", row)
    found = docker("system", "df", "-v").out
    assert "\nCACHE ID       CACHE TYPE     SIZE      CREATED" in found
    assert re.search(r"(?m)^[a-z0-9]{12}   regular        7B ", found)
    rows = json.loads(docker("system", "df", "-v", "--format", "{{json .BuildCache}}").out)
    assert {row["CacheType"] for row in rows} == {"regular", "source.local"}
    assert rows[0].keys() >= {"ID", "InUse", "LastUsedSince", "UsageCount"}
    ran = docker("system", "prune", "-f")
    assert "Deleted build cache objects:\n" in ran.out


def test_builders(docker: Docker) -> None:
    assert docker("buildx", "ls").out == (
        "NAME/NODE     DRIVER/ENDPOINT   STATUS    BUILDKIT   PLATFORMS\n"
        "default*      docker                                 \n"
        " \\_ default    \\_ default       running   v0.13.2    linux/amd64\n"
    )
    assert docker("buildx", "ls", "--format", "{{.Name}}").out == "default\ndefault\n"
    assert docker("buildx", "inspect").out.startswith(
        "Name:   default\nDriver: docker\n\nNodes:\nName:             default\n"
    )
    assert docker("buildx", "use", "default").code == 0
    assert docker("buildx", "use", "mine").err == 'ERROR: failed to find instance "mine": no builder "mine" found\n'
    assert docker("buildx", "version").out.startswith("github.com/docker/buildx v0.13.1 ")
    for word in ("bake", "create", "rm", "stop", "imagetools"):
        ran = docker("buildx", word)
        assert (ran.code, ran.err) == (1, f"docker buildx {word} is not available on the embedded engine yet\n")


def test_the_group_has_a_flag_that_its_commands_take_over(docker: Docker) -> None:
    assert docker("buildx", "--builder", "default", "du").code == 0
    assert docker("buildx", "--builder=mine", "du").err == 'ERROR: no builder "mine" found\n'
    assert docker("buildx", "--builder=mine", "version").code == 0
    ran = docker("buildx", "--nope")
    assert (ran.code, ran.err) == (125, "unknown flag: --nope\nSee 'docker buildx --help'.\n")
    assert docker("buildx", "--help").out.startswith("Usage:  docker buildx [OPTIONS] COMMAND\n")
