"""Volumes: what is in them stays, what the image has is copied up, folders of this machine are written through."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import Docker, docker_in


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    return docker_in(tmp_path)


def test_a_volume_outlives_its_container(docker: Docker) -> None:
    docker("run", "--rm", "-v", "named:/data", "busybox", "sh", "-c", "echo kept > /data/x; echo gone > /y")
    assert docker("run", "--rm", "-v", "named:/other", "busybox", "cat", "/other/x").out == "kept\n"
    assert docker("volume", "ls", "-q").out == "named\n"


def test_its_place_shows_in_diff_and_its_files_do_not(docker: Docker) -> None:
    docker("run", "--name", "one", "-v", "named:/a/b", "busybox", "sh", "-c", "echo x > /a/b/x")
    assert docker("diff", "one").out == "A /a\nA /a/b\n"
    docker("run", "--name", "two", "-v", "named:/etc", "busybox", "sh", "-c", "echo x > /etc/x")
    assert docker("diff", "two").out == ""
    assert docker("ps", "-as", "--format", "{{.Names}} {{.Size}}").out.startswith("two 0B ")


def test_an_empty_volume_takes_what_the_image_has(docker: Docker) -> None:
    docker("run", "--name", "up", "-v", "conf:/etc", "busybox", "true")
    assert "passwd" in docker("run", "--rm", "-v", "conf:/c", "busybox", "ls", "/c").out
    docker("run", "--rm", "-v", "bare:/etc:nocopy", "busybox", "true")
    assert docker("run", "--rm", "-v", "bare:/c", "busybox", "ls", "/c").out == ""


def test_a_read_only_volume_refuses(docker: Docker) -> None:
    docker("volume", "create", "named")
    ran = docker("run", "--rm", "-v", "named:/data:ro", "busybox", "touch", "/data/x")
    assert (ran.code, ran.err) == (1, "touch: /data/x: Read-only file system\n")


def test_a_folder_is_written_through(docker: Docker) -> None:
    docker.write("site/a", "first")
    docker(
        "run", "--rm", "-v", "./site:/s", "busybox", "sh", "-c", "cat /s/a > /s/b; rm /s/a; mkdir /s/d; echo y > /s/d/c"
    )
    assert sorted(str(path.relative_to(docker.cwd)) for path in (docker.cwd / "site").rglob("*")) == [
        str(Path("site/b")),
        str(Path("site/d")),
        str(Path("site/d/c")),
    ]
    assert (docker.cwd / "site" / "b").read_text() == "first"


def test_a_bound_file_is_written_through(docker: Docker) -> None:
    docker.write("conf", "old")
    mount = f"type=bind,src={docker.cwd / 'conf'},dst=/etc/conf"
    ran = docker("run", "--rm", "--mount", mount, "busybox", "sh", "-c", "cat /etc/conf; echo new > /etc/conf")
    assert (ran.out, (docker.cwd / "conf").read_text()) == ("old", "new\n")


def test_anonymous_ones_go_with_the_container_that_was_to_leave_nothing(docker: Docker) -> None:
    docker("run", "--rm", "-v", "/data", "busybox", "true")
    assert docker("volume", "ls", "-q").out == ""
    docker("run", "--name", "one", "-v", "/data", "-v", "named:/n", "busybox", "true")
    docker("rm", "one")
    assert len(docker("volume", "ls", "-q").out.splitlines()) == 2
    assert docker("volume", "prune", "-f").out.startswith("Deleted Volumes:\n")
    assert docker("volume", "ls", "-q").out == "named\n"
    assert docker("volume", "prune", "-a", "-f").out == "Deleted Volumes:\nnamed\n\nTotal reclaimed space: 0B\n"


def test_mounts_of_another_container(docker: Docker) -> None:
    docker("run", "--name", "one", "-v", "named:/data", "busybox", "sh", "-c", "echo x > /data/x")
    assert docker("run", "--rm", "--volumes-from", "one", "busybox", "cat", "/data/x").out == "x\n"
    assert docker("volume", "ls", "-f", "dangling=true", "-q").out == ""


def test_words(docker: Docker) -> None:
    assert docker("volume", "create", "named").out == "named\n"
    assert docker("volume", "rm", "nope").err == "Error response from daemon: get nope: no such volume\n"
    docker("create", "--name", "one", "-v", "named:/d", "busybox")
    whole = docker("ps", "-aq", "--no-trunc").out.strip()
    assert docker("volume", "rm", "named").err == (
        f"Error response from daemon: remove named: volume is in use - [{whole}]\n"
    )
    ran = docker("volume", "inspect", "nope")
    assert (ran.code, ran.out, ran.err) == (1, "[]\n", "Error response from daemon: get nope: no such volume\n")
    assert docker("run", "-v", "named:rel", "busybox").err.startswith(
        "docker: Error response from daemon: invalid volume specification: 'named:rel': invalid mount config for type "
        "\"volume\": invalid mount path: 'rel' mount path must be absolute\n"
    )


def test_a_label_is_a_column_with_the_last_part_of_its_name(docker: Docker) -> None:
    docker("volume", "create", "--label", "com.example.build-id=7", "marked")
    form = 'table {{.Name}}\t{{.Label "com.example.build-id"}}'
    assert docker("volume", "ls", "--format", form).out == "VOLUME NAME   build id\nmarked        7\n"
    docker("network", "create", "--label", "com.example.build-id=8", "joined")
    form = 'table {{.Name}}\t{{.Label "com.example.build-id"}}'
    assert docker("network", "ls", "-f", "label=com.example.build-id", "--format", form).out.splitlines() == [
        "NAME      build id",
        "joined    8",
    ]
