"""Whatever stands in a Dockerfile: the build comes to an end with an exit code, and failure has one line to say."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.dockers import Docker, docker_in

LINES = [
    b"FROM busybox", b"FROM scratch", b"FROM busybox AS a", b"FROM a", b"FROM $X", b"ARG X=1", b"ARG X",
    b'ENV A=$X B="c d"', b"ENV A b c", b"LABEL a=\xff b=${A:-x}", b"RUN true", b"RUN echo hi > /f", b'RUN ["echo","x"]',
    b"COPY f /x", b"COPY f g d/ /y/", b"COPY . /z", b"COPY *.t[x]t /w/", b"COPY --from=a /etc /e", b"COPY --from=0 . /q",
    b"COPY --chown=nobody:50 d /c", b"COPY --chown=\xff d /c", b"ADD t.tar /t", b"ADD t.tar.gz /f",
    b"ADD http://x/y /u", b"WORKDIR /a/$A", b"WORKDIR ../..", b"WORKDIR /f", b"USER nobody", b"USER 5:x",
    b"EXPOSE 80 $A 9-3", b"VOLUME /v $A", b'VOLUME ["/v","/f"]', b"CMD x", b'CMD ["a"]', b"ENTRYPOINT []",
    b"HEALTHCHECK --interval=5s CMD x", b"HEALTHCHECK NONE", b"STOPSIGNAL 9", b'SHELL ["/bin/sh","-c"]', b"SHELL []",
    b"ONBUILD RUN echo o", b"ONBUILD COPY f /o", b"MAINTAINER \xff\xfe", b"COPY link /l", b"COPY d/../f /r",
    b"COPY f /x/", b"COPY d /x", b"COPY f /dangling", b"RUN ln -s /nowhere /dangling; ln -s /loop /loop",
    b"COPY f /loop/x", b"COPY f /\xff", b"RUN <<EOF\nx\nEOF", b"COPY <<E /h\nbody\nE", b"COPY --link f /k",
    b"RUN rm -rf /etc", b"USER nosuch", b"RUN exit 3", b"# escape=`", b"RUN x \\", b"",
]  # fmt: skip
OPTIONS: list[list[str]] = [
    [], ["-t", "x"], ["--label", "q=\udcff"], ["--build-arg", "X=busybox"], ["--build-arg", "X=\udc80"], ["--no-cache"],
    ["--target", "a"], ["--force-rm"], ["--rm=false"],
]  # fmt: skip


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docker]:
    made = docker_in(Path(tmp_path_factory.mktemp("build")))
    for name, content in {"f": b"1", "g": b"2", "d/s/x": b"3", "a.txt": b"4", "t.tar": tar()}.items():
        made.write(name, content)
    made.write("t.tar.gz", gzip.compress(tar()))
    (made.cwd / "link").symlink_to("d")
    yield made
    made.engine.close()


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        member = tarfile.TarInfo("in/x")
        member.size = 1
        made.addfile(member, io.BytesIO(b"1"))
    return out.getvalue()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LINES), max_size=8), st.sampled_from(OPTIONS), st.binary(max_size=3))
def test_every_build_ends(docker: Docker, lines: list[bytes], options: list[str], junk: bytes) -> None:
    docker.write("Dockerfile", b"\n".join([b"FROM busybox", *lines]) + b"\n" + junk)
    ran = docker("build", *options, ".")
    ran.out.encode()
    told = ran.err.partition("\n\n")[2]
    told.encode()
    assert told.count("\n") == (1 if ran.code else 0)
    if ran.code == 0:
        assert "Successfully built" in ran.out
