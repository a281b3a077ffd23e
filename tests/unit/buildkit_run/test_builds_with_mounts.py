"""Mounts in whole builds: what the cache makes of them, side by side, after failures, from build to build."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.dockers import docker_in
from support.kits import Kit

from dockkernel.build.buildkit import events


@pytest.fixture
def kit(tmp_path: Path) -> Kit:
    return Kit(docker_in(tmp_path))


FROM_STAGE = (
    "FROM busybox AS build\nCOPY cachebust /\nRUN mkdir out && cp cachebust out/bust && {} > out/foo\n"
    "FROM busybox\nRUN --mount=from=build,src=out/foo,target=/in/foo cat /in/foo > /unique\n"
)


def test_a_file_of_a_stage_counts_by_its_content(kit: Kit) -> None:
    step = "[stage-1 2/2] RUN --mount=from=build,src=out/foo,target=/in/foo cat /in/foo > /unique"
    kit.docker.write("cachebust", "0")
    assert kit(FROM_STAGE.format("echo foo")).ends()[step] == "DONE"
    assert kit.docker.read("app", "unique") == "foo\n"
    kit.docker.write("cachebust", "1")
    assert kit(FROM_STAGE.format("echo foo")).ends()[step] == "CACHED"
    assert kit(FROM_STAGE.format("echo bar")).ends()[step] == "DONE"
    assert kit.docker.files("app").get("in") is None


def test_a_part_of_the_context_counts_by_its_content(kit: Kit) -> None:
    text = "FROM busybox\nRUN --mount=source=src,target=/src cat /src/a > /out\n"
    kit.docker.write("src/a", "1")
    kit.docker.write("other", "1")
    kit(text)
    kit.docker.write("other", "2")
    assert "DONE" not in [end for name, end in kit(text).ends().items() if "RUN" in name]
    kit.docker.write("src/a", "2")
    kit(text)
    assert kit.docker.read("app", "out") == "2"


@pytest.mark.parametrize("source", ["", "from=stage,"])
def test_a_source_that_is_not_there_is_told_with_its_step(kit: Kit, source: str) -> None:
    done = kit(f"FROM busybox AS stage\nFROM busybox\nRUN --mount={source}source=nope,target=/x true\n")
    assert done.message.startswith("failed to compute cache key: failed to calculate checksum of ref ")
    assert done.message.endswith(': "/nope": not found')
    assert done.error is not None
    assert done.error.span is not None
    assert done.error.span.start_line == 3


def test_a_secret_that_must_be_given(kit: Kit) -> None:
    assert kit("FROM busybox\nRUN --mount=type=secret,id=s,required true\n").message == "secret s: not found"


def test_a_secret_in_a_variable_is_hidden_in_the_steps_name(kit: Kit) -> None:
    done = kit('FROM busybox\nRUN --mount=type=secret,id=s,env=S [ "$S" = pw ]\n', secrets={"s": b"pw"})
    assert done.ends()['[stage-0 2/2] RUN --mount=type=secret,id=s,env=S [ "****" = pw ]'] == "DONE"


def test_stages_share_a_cache_and_each_change_is_kept(kit: Kit) -> None:
    run = "RUN --mount=type=cache,target=/c {}\n"
    parts = [f"FROM busybox AS s{n}\n{run.format(f'touch /c/{n}; sleep 0.2; echo {n} > /n{n}')}" for n in range(4)]
    copies = "".join(f"COPY --from=s{n} /n{n} /\n" for n in range(4))
    done = kit("".join(parts) + "FROM busybox\n" + copies + run.format("ls /c > /all"))
    assert done.error is None
    assert kit.docker.read("app", "all") == "0\n1\n2\n3\n"


def test_what_a_failed_step_left_in_a_cache_is_found(kit: Kit) -> None:
    text = "FROM busybox\nRUN --mount=type=cache,target=/c {}\n"
    assert kit(text.format("echo 1 > /c/x; exit 3")).message.endswith("exit code: 3")
    assert kit(text.format("cat /c/x")).log() == "1\n"


def test_a_cache_that_begins_with_a_stage(kit: Kit) -> None:
    text = (
        "FROM busybox AS seed\nRUN mkdir /s && echo {} > /s/seed\n"
        "FROM busybox AS app\nRUN --mount=type=cache,from=seed,source=s,target=/c cat /c/*; echo own > /c/own\n"
    )
    assert kit(text.format("a")).log() == "a\n"
    assert kit(text.format("a"), no_cache_filter=("app",)).log() == "own\na\n"
    assert kit(text.format("b"), no_cache_filter=("app",)).log() == "b\n"


def test_descriptions_of_caches(kit: Kit) -> None:
    kit("FROM busybox\nRUN --mount=type=cache,target=/c --mount=type=cache,id=x,target=/d true\n")
    assert {record.description for record in kit.records("exec.cachemount")} == {
        'cached mount /c from exec /bin/sh -c true with id "//c"',
        'cached mount /d from exec /bin/sh -c true with id "/x"',
    }


def test_the_argument_of_the_sandboxs_name(kit: Kit) -> None:
    text = "FROM busybox\nRUN cat /etc/hosts\n"
    assert kit(text).log().startswith("127.0.0.1\tlocalhost buildkitsandbox\n")
    other = kit(text, args={"BUILDKIT_SANDBOX_HOSTNAME": "other"})
    assert other.log().startswith("127.0.0.1\tlocalhost other\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--security=insecure true", "failed to load LLB: security.insecure is not allowed"),
        ("--network=host true", "failed to load LLB: network.host is not allowed"),
        ("--mount=type=ssh true", 'no SSH key "default" forwarded from the client'),
    ],
)
def test_what_is_not_allowed(kit: Kit, line: str, message: str) -> None:
    assert kit(f"FROM busybox\nRUN {line}\n").message == message


def test_what_a_runtime_says_is_the_steps_log(kit: Kit) -> None:
    done = kit("FROM scratch\nRUN true\n")
    line = (
        'runc run failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory'
    )
    assert done.log() == f"{line}\n"
    assert done.message == 'process "/bin/sh -c true" did not complete successfully: exit code: 1'
    assert [one.stream for one in done.told if isinstance(one, events.VertexLog)] == ["stderr"]


def test_what_is_allowed(kit: Kit) -> None:
    text = "FROM busybox\nRUN --network=host echo hi\n"
    assert kit(text, allow=("network.host",)).log() == "hi\n"
    assert kit(text, network="host", no_cache=True).log() == "hi\n"
    refused = kit("FROM busybox\nRUN --security=insecure true\n", allow=("security.insecure",))
    assert refused.message == "granting entitlement security.insecure is not allowed by build daemon configuration"


def test_further_hosts_are_known_and_their_addresses_in_no_key(kit: Kit) -> None:
    text = "FROM busybox\nRUN cat /etc/hosts\n"
    assert kit(text, hosts=(("db", "10.0.0.9"),)).log().endswith("\n10.0.0.9\tdb\n")
    assert kit(text, hosts=(("db", "10.0.0.8"),)).log() == ""
    assert kit(text, hosts=(("web", "10.0.0.8"),)).log() != ""
