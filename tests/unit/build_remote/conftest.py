from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dockers import Docker, docker_in
from support.webs import GIT_ENV, Repository, Web, git_daemon
from support.webs import web as web_server

from dockkernel.engine.fetch.fetcher import EngineFetcher


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[Docker]:
    made = docker_in(tmp_path)
    made.engine.settings = type(made.engine.settings)(made.home, env=GIT_ENV)
    yield made
    made.engine.close()


@pytest.fixture
def fetcher(docker: Docker) -> EngineFetcher:
    return EngineFetcher(docker.engine)


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as made:
        yield made


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "work")
    made.commit(
        Dockerfile="FROM scratch\nCOPY a.txt /\n",
        a_dot_txt="one\n",
        sub__b_dot_txt="b\n",
        sub__Dockerfile="FROM busybox\n",
    )
    made.publish(tmp_path / "srv" / "r.git")
    return made


@pytest.fixture
def git_url(repository: Repository, tmp_path: Path) -> Iterator[str]:
    with git_daemon(tmp_path / "srv") as address:
        yield f"{address}/r.git"
