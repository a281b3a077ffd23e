"""What each instruction means for the image's config and history."""

from __future__ import annotations

import pytest

from dockkernel.build.args import Args
from dockkernel.build.lower import Lowered, go_duration, lower
from dockkernel.build.ops import ConfigOp, CopyOp, DirOp, RunOp
from dockkernel.build.stage import Stage
from dockkernel.dockerfile.stages import parse_dockerfile
from dockkernel.errors import DockError
from dockkernel.oci.config import ContainerConfig, Healthcheck


def after(text: str, config: ContainerConfig | None = None, **given: str) -> Lowered:
    """The last instruction lowered, after all before it."""
    stage = Stage.begin(config or ContainerConfig(), Args(given), "\\")
    found = None
    for instruction in parse_dockerfile(f"FROM x\n{text}\n").stages[0].instructions:
        found = lower(instruction.expand(stage.variables(), stage.escape), stage)
        stage = found.stage
    assert found is not None
    return found


def comment(text: str, config: ContainerConfig | None = None) -> str:
    op = after(text, config).op
    assert isinstance(op, (ConfigOp, DirOp))
    return op.comment


def test_begin_gives_path_and_drops_triggers() -> None:
    stage = Stage.begin(ContainerConfig(env=("A=1",), on_build=("RUN x",), open_stdin=True), Args(), "\\")
    assert stage.config.env == ("A=1", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
    assert stage.config.on_build is None
    assert not stage.config.open_stdin
    assert Stage.begin(ContainerConfig(env=("PATH=/bin",)), Args(), "\\").config.env == ("PATH=/bin",)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('CMD ["cat", "/msg"]', 'CMD ["cat" "/msg"]'),
        ("CMD echo hi", 'CMD ["/bin/sh" "-c" "echo hi"]'),
        ("CMD ['x']", """CMD ["/bin/sh" "-c" "['x']"]"""),
        ("ENTRYPOINT []", "ENTRYPOINT []"),
        ('ENV A=1 B="x y" C=x\\ y', "ENV A=1 B=x y C=x y"),
        ("ENV OLD old style value", "ENV OLD=old style value"),
        ("LABEL version=1.0 multi.b='two words'", "LABEL version=1.0 multi.b=two words"),
        ("ARG UNUSED", "ARG UNUSED"),
        ("ARG VERSION=1.0", "ARG VERSION=1.0"),
        ("MAINTAINER Ann <ann@example.com>", "MAINTAINER Ann <ann@example.com>"),
        ("EXPOSE 80 443/tcp 53/udp", "EXPOSE 443/tcp 53/udp 80"),
        ("VOLUME /data /logs", "VOLUME [/data /logs]"),
        ('VOLUME ["/json vol"]', "VOLUME [/json vol]"),
        ("USER 1000:1000", "USER 1000:1000"),
        ("STOPSIGNAL SIGTERM", "STOPSIGNAL SIGTERM"),
        ('SHELL ["/bin/sh", "-exc"]', "SHELL [/bin/sh -exc]"),
        ("ONBUILD COPY one.txt /x", "ONBUILD COPY one.txt /x"),
        ("WORKDIR /opt\nWORKDIR app", "WORKDIR /opt/app"),
        (
            "HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=2 CMD test -f /ok",
            """HEALTHCHECK &{["CMD-SHELL" "test -f /ok"] "30s" "3s" "5s" "0s" '\\x02'}""",
        ),
        ("HEALTHCHECK NONE", """HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" '\\x00'}"""),
    ],
)
def test_history_words(text: str, shown: str) -> None:
    assert comment(text) == shown


def test_env_replaces_in_place_and_sees_the_values_before_it() -> None:
    env = after("ENV a=one\nENV a=two b=$a c=\"${a} x\" d='$a' e=\\$a\nENV f=$a\nENV g h=1 i").stage.config.env
    assert env is not None
    assert env[1:] == ("a=two", "b=one", "c=one x", "d=$a", "e=$a", "f=two", "g=h=1 i")


def test_entrypoint_resets_an_inherited_cmd_but_not_its_own() -> None:
    base = ContainerConfig(cmd=("from", "base"))
    assert after('ENTRYPOINT ["echo"]', base).stage.config.cmd is None
    assert after('CMD ["mine"]\nENTRYPOINT ["echo"]', base).stage.config.cmd == ("mine",)
    assert after("ENTRYPOINT []", base).stage.config.entrypoint is None
    assert after("CMD []", base).stage.config.cmd == ()
    assert after('CMD []\nENTRYPOINT ["echo"]', base).stage.config.cmd is None


def test_healthcheck_takes_over_what_it_does_not_say() -> None:
    found = after("HEALTHCHECK --interval=5s CMD true\nHEALTHCHECK NONE")
    assert found.notes == ("Note: overriding previous HEALTHCHECK: [CMD-SHELL true]",)
    assert found.stage.config.healthcheck == Healthcheck(("NONE",), interval=5_000_000_000)
    assert after("HEALTHCHECK NONE\nHEALTHCHECK CMD true").notes == ()


def test_maps_are_sorted_and_merged() -> None:
    config = after("EXPOSE 80\nVOLUME /logs\nVOLUME /data\nEXPOSE 53/udp 8000-8001").stage.config
    assert config.exposed_ports == ("53/udp", "80/tcp", "8000/tcp", "8001/tcp")
    assert config.volumes == ("/data", "/logs")
    assert after("LABEL a=1 b=2\nLABEL a=3").stage.config.labels == {"a": "3", "b": "2"}


def test_run_shows_the_arguments_in_scope() -> None:
    op = after("ARG VERSION=1.0\nARG EMPTY\nENV A=1\nRUN echo $VERSION").op
    assert isinstance(op, RunOp)
    assert op.argv == ("/bin/sh", "-c", "echo $VERSION")
    assert op.saved == ("|1", "VERSION=1.0", "/bin/sh", "-c", "echo $VERSION")
    hidden = after("RUN x", HTTP_PROXY="http://p").op
    assert isinstance(hidden, RunOp)
    assert hidden.args == ("HTTP_PROXY=http://p",)
    assert hidden.saved == ("|0", "/bin/sh", "-c", "x")
    plain = after('SHELL ["/bin/sh", "-exc"]\nRUN echo').op
    assert isinstance(plain, RunOp)
    assert plain.saved == ("/bin/sh", "-exc", "echo")


def test_copy_keeps_the_destination_as_written() -> None:
    op = after("ENV D=/t/\nCOPY --chown=1:2 a b $D").op
    assert op == CopyOp("COPY", ("a", "b"), "/t/", "", "1:2")
    assert isinstance(op, CopyOp)
    assert op.comment("multi:1") == "COPY --chown=1:2 multi:1 in /t/ "
    add = after("ADD a /").op
    assert isinstance(add, CopyOp)
    assert add.unpack


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("EXPOSE http", "Invalid containerPort: http"),
        ("STOPSIGNAL SIGNOPE", "invalid signal: SIGNOPE"),
        ("RUN --mount=type=cache,target=/c echo hi", "the --mount option requires BuildKit."),
        ("COPY --chmod=755 a /", "the --chmod option requires BuildKit."),
        ('VOLUME [""]', "VOLUME specified can not be an empty string"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(DockError, match=message):
        after(text)


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [(0, "0s"), (1, "1ns"), (1500, "1.5µs"), (200_000_000, "200ms"), (1_500_000_000, "1.5s"), (90 * 10**9, "1m30s"),
     (3600 * 10**9, "1h0m0s"), (-(10**9), "-1s")],
)  # fmt: skip
def test_durations(nanoseconds: int, shown: str) -> None:
    assert go_duration(nanoseconds) == shown
