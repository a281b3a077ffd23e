"""Networks: which there are, who is on them, what removing and pruning them says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.dockers import Docker, docker_in


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    return docker_in(tmp_path)


def shown(docker: Docker, name: str) -> Any:
    return json.loads(docker("network", "inspect", name).out)[0]


def test_three_are_always_there(docker: Docker) -> None:
    assert docker("network", "ls", "--format", "{{.Name}} {{.Driver}} {{.Scope}}").out == (
        "bridge bridge local\nhost host local\nnone null local\n"
    )
    assert docker("network", "rm", "bridge").err == (
        "Error response from daemon: bridge is a pre-defined network and cannot be removed\n"
    )


def test_a_made_one_has_a_subnet_of_its_own(docker: Docker) -> None:
    made = docker("network", "create", "--label", "a=b", "front").out.strip()
    assert shown(docker, "front")["Id"] == made
    assert shown(docker, made[:6])["IPAM"]["Config"] == [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}]
    docker("network", "create", "--subnet", "10.1.0.0/24", "back")
    assert shown(docker, "back")["IPAM"]["Config"] == [{"Subnet": "10.1.0.0/24", "Gateway": "10.1.0.1"}]
    assert docker("network", "create", "front").err == (
        "Error response from daemon: network with name front already exists\n"
    )
    assert docker("network", "create", "--subnet", "10.1.0.0/16", "over").err == (
        "Error response from daemon: Pool overlaps with other one on this address space\n"
    )
    assert docker("network", "ls", "-q", "--no-trunc", "-f", "label=a=b").out.strip() == made


def test_containers_join_and_leave(docker: Docker) -> None:
    docker("network", "create", "front")
    docker("create", "--name", "one", "--network", "front", "busybox")
    assert docker("ps", "-a", "--format", "{{.Networks}}").out == "front\n"
    assert docker("network", "connect", "bridge", "one").code == 0
    assert docker("ps", "-a", "--format", "{{.Networks}}", "-f", "network=front").out == "bridge,front\n"
    assert docker("network", "connect", "front", "one").err == (
        "Error response from daemon: endpoint with name one already exists in network front\n"
    )
    assert docker("network", "disconnect", "front", "one").code == 0
    assert docker("network", "prune", "-f").out == "Deleted Networks:\nfront\n\n"
    assert docker("network", "connect", "nope", "one").err == "Error response from daemon: network nope not found\n"
    assert docker("network", "rm", "-f", "nope").code == 0


def test_a_network_that_is_not_there(docker: Docker) -> None:
    ran = docker("run", "--network", "nope", "busybox", "true")
    assert ran.code == 125
    assert ran.err.startswith("docker: Error response from daemon: network nope not found\n")
