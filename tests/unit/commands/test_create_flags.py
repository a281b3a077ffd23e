"""Flags of `docker create`: what the Docker CLI 28.2.2 refuses, in its words, and the ports that it publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.dockers import Docker, docker_in

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "golden" / "cli" / "create.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Docker:
    return docker_in(tmp_path_factory.mktemp("create"))


@pytest.mark.parametrize("recorded", [r for r in RECORDED if "err" in r], ids=lambda r: " ".join(r["flags"]))
def test_refused(docker: Docker, recorded: dict[str, Any]) -> None:
    flags: list[str] = recorded["flags"]
    ran = docker("create", *flags, "busybox")
    assert (ran.err, ran.out) == (recorded["err"], "")
    assert docker("ps", "-aq").out == ""


@pytest.mark.parametrize("recorded", [r for r in RECORDED if "bindings" in r], ids=lambda r: " ".join(r["flags"]))
def test_published(docker: Docker, recorded: dict[str, Any]) -> None:
    made = docker("create", *recorded["flags"], "busybox").out.strip()
    shown = json.loads(docker("container", "inspect", made).out)
    assert shown[0]["HostConfig"]["PortBindings"] == recorded["bindings"]
    docker("rm", made)


def test_an_id_file_is_written_and_never_overwritten(docker: Docker) -> None:
    made = docker("create", "--cidfile", "id", "busybox").out.strip()
    assert (docker.cwd / "id").read_text() == made
    reason = "container ID file found, make sure the other container isn't running or delete id"
    assert docker("create", "--cidfile", "id", "busybox").err == f"{reason}\n"
    ran = docker("run", "--cidfile", "id", "busybox")
    assert ran.err == f"docker: {reason}\n\nRun 'docker run --help' for more information\n"
    assert ran.code == 125
    docker("rm", made)


def test_labels_come_from_files_and_flags(docker: Docker) -> None:
    docker.write("labels", "# a comment\na=file\nb=file\n")
    made = docker("create", "--label-file", "labels", "-l", "a=flag", "-l", "c", "busybox").out.strip()
    assert docker("ps", "-a", "--format", "{{.Labels}}").out == "a=flag,b=file,c=\n"
    docker("rm", made)


def test_a_restart_policy_is_kept(docker: Docker) -> None:
    made = docker("create", "--restart", "on-failure:3", "busybox").out.strip()
    policy = docker("container", "inspect", "-f", "{{json .HostConfig.RestartPolicy}}", made).out
    assert json.loads(policy) == {"Name": "on-failure", "MaximumRetryCount": 3}
    docker("rm", made)
