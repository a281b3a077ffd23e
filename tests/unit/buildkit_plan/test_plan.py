"""From a Dockerfile to the graph: names, scopes, stages, history, as BuildKit's Dockerfile frontend makes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockkernel.build.buildkit.ops import CopyGroup, DirOp, ExecOp, HttpSource, ImageSource, LocalSource
from dockkernel.build.buildkit.options import BaseImage, KitFailed, KitOptions
from dockkernel.build.buildkit.plan import Graph, plan
from dockkernel.build.buildkit.vertex import Vertex
from dockkernel.dockerfile.stages import parse_for_buildkit
from dockkernel.oci.config import ContainerConfig, History, ImageConfig
from dockkernel.oci.digest import Digest
from dockkernel.oci.platform import Platform

PATH = "PATH=/bin"
OLD = "2020-01-01T00:00:00Z"


def base(name: str, platform: Platform, **config: object) -> BaseImage:
    settings = replace(ContainerConfig(env=(PATH,), cmd=("sh",)), **config)  # type: ignore[arg-type]
    image = ImageConfig.build(
        config=settings, diff_ids=(Digest.of(name.encode()),), history=(History(OLD, "base"),), created=OLD
    )
    return BaseImage(name, image, platform)


def planned(text: str, **options: object) -> Graph:
    return plan(parse_for_buildkit(text), KitOptions(**options), Platform(), base)  # type: ignore[arg-type]


def refused(text: str, **options: object) -> KitFailed:
    with pytest.raises(KitFailed) as caught:
        planned(text, **options)
    return caught.value


def names(graph: Graph) -> list[str]:
    return [vertex.name for vertex in graph.vertices]


def created_by(graph: Graph) -> list[str]:
    return [row.created_by for row in graph.scope.history]


def found(graph: Graph, kind: type) -> list[Vertex]:
    return [vertex for vertex in graph.vertices if isinstance(vertex.op, kind)]


def exec_op(graph: Graph) -> ExecOp:
    (vertex,) = found(graph, ExecOp)
    assert isinstance(vertex.op, ExecOp)
    return vertex.op


def test_one_stage_has_no_name_in_the_progress() -> None:
    graph = planned("FROM busybox\nRUN true\n")
    assert names(graph) == ["[1/2] FROM docker.io/library/busybox:latest", "[2/2] RUN true"]


def test_stages_are_named_or_numbered_and_equal_bases_are_one() -> None:
    graph = planned("FROM busybox AS Builder\nRUN true\nFROM busybox\nCOPY --from=builder /a /b\nWORKDIR app\n")
    assert sorted(names(graph)) == [
        "[builder 1/2] FROM docker.io/library/busybox:latest",
        "[builder 2/2] RUN true",
        "[stage-1 2/3] COPY --from=builder /a /b",
        "[stage-1 3/3] WORKDIR app",
    ]


def test_ten_steps_are_numbered_with_two_columns() -> None:
    graph = planned("FROM busybox\n" + "".join(f"RUN echo {number}\n" for number in range(9)))
    assert names(graph)[:2] == ["[ 1/10] FROM docker.io/library/busybox:latest", "[ 2/10] RUN echo 0"]


@pytest.mark.parametrize("line", ["RUN --mount=type=cache,target=/c true", "COPY --from=alpine /etc /e"])
def test_a_mount_or_a_foreign_image_counts_as_a_stage_so_that_names_are_shown(line: str) -> None:
    assert "[stage-0 1/2] FROM docker.io/library/busybox:latest" in names(planned(f"FROM busybox\n{line}\n"))


def test_a_foreign_image_has_no_number() -> None:
    assert "FROM docker.io/library/alpine:3.20" in names(planned("FROM scratch\nCOPY --from=alpine:3.20 /a /\n"))


def test_names_show_variables_of_the_build_and_leave_those_of_the_shell() -> None:
    graph = planned('FROM busybox\nENV A=x\nrun echo "$A" $b >> $HOME/y\nCOPY $A /$B/\n')
    assert names(graph)[1] == '[2/3] RUN echo "x" $b >> $HOME/y'
    assert names(graph)[-1] == "[3/3] COPY x //"


def test_a_script_shows_its_first_line() -> None:
    graph = planned("FROM busybox\nRUN <<EOF\necho one\necho two\nEOF\n")
    assert names(graph)[1] == "[2/2] RUN <<EOF (echo one...)"
    assert exec_op(graph).argv == ("/bin/sh", "-c", "echo one\necho two\n")
    assert created_by(graph)[1] == "RUN /bin/sh -c echo one\necho two\n # buildkit"


def test_a_script_with_an_interpreter_is_a_file() -> None:
    op = exec_op(planned("FROM busybox\nRUN <<EOF\n#!/bin/ash\nls\nEOF\n"))
    assert (op.argv, op.script) == (("/bin/sh", "-c", "/dev/pipes/EOF"), "#!/bin/ash\nls\n")


def test_several_here_documents_go_to_the_shell() -> None:
    op = exec_op(planned("FROM busybox\nRUN cat <<A <<'B'\none\nA\ntwo\nB\n"))
    assert op.argv[-1] == "cat <<A <<'B'\none\nA\ntwo\nB"


def test_what_the_target_does_not_need_is_not_looked_at() -> None:
    graph = planned("FROM a AS one\nRUN 1\nFROM b AS two\nRUN 2\nFROM one AS three\nRUN 3\n")
    assert names(graph) == ["[one 1/2] FROM docker.io/library/a:latest", "[one 2/2] RUN 1", "[three 1/1] RUN 3"]
    assert graph.skipped == ("two",)


@pytest.mark.parametrize(("target", "last"), [("ONE", "[one 2/2] RUN 1"), ("0", "[one 2/2] RUN 1")])
def test_a_target_is_a_name_in_any_case_or_a_number(target: str, last: str) -> None:
    assert names(planned("FROM a AS one\nRUN 1\nFROM b\nRUN 2\n", target=target))[-1] == last


def test_history_and_config_of_what_changes_no_file() -> None:
    graph = planned(
        "FROM busybox\nLABEL a=b\nENV X=1 Y=2\nEXPOSE 80 53/udp\nVOLUME /v /w\nUSER app\nSTOPSIGNAL SIGINT\n"
        'SHELL ["/bin/ash","-c"]\nCMD echo\nONBUILD RUN x\nMAINTAINER me\nHEALTHCHECK --retries=3 CMD true\n'
    )
    assert created_by(graph)[1:] == [
        "LABEL a=b",
        "ENV X=1 Y=2",
        "EXPOSE map[53/udp:{} 80/tcp:{}]",
        "VOLUME [/v /w]",
        "USER app",
        "STOPSIGNAL SIGINT",
        "SHELL [/bin/ash -c]",
        'CMD ["/bin/ash" "-c" "echo"]',
        "MAINTAINER me",
        'HEALTHCHECK &{["CMD-SHELL" "true"] "0s" "0s" "0s" "0s" \'\\x03\'}',
    ]
    assert {row.comment for row in graph.scope.history[1:]} == {"buildkit.dockerfile.v0"}
    assert all(row.empty_layer for row in graph.scope.history[1:])
    config = graph.scope.config
    assert (config.env, config.on_build, config.args_escaped) == ((PATH, "X=1", "Y=2"), ("RUN x",), True)


def test_entrypoint_takes_an_inherited_command_away_and_keeps_the_stages_own() -> None:
    assert planned('FROM busybox\nENTRYPOINT ["a"]\n').scope.config.cmd is None
    assert planned('FROM busybox\nCMD ["b"]\nENTRYPOINT ["a"]\n').scope.config.cmd == ("b",)
    assert planned('FROM busybox AS x\nCMD ["b"]\nFROM x\nENTRYPOINT ["a"]\n').scope.config.cmd is None


def test_arguments_before_from_are_seen_in_a_stage_only_when_declared() -> None:
    graph = planned("ARG V=1\nFROM busybox\nARG V\nARG W\nRUN true\n")
    assert created_by(graph)[1:] == ["ARG V=1", "ARG W", "RUN |2 V=1 W= /bin/sh -c true # buildkit"]
    assert exec_op(graph).env == (PATH, "V=1")


def test_given_arguments_win_and_a_derived_stage_inherits_them() -> None:
    graph = planned("FROM busybox AS a\nARG V=1\nFROM a\nRUN echo $V\n", args={"V": "2"})
    assert exec_op(graph).env == (PATH, "V=2")
    assert created_by(graph)[-1] == "RUN |1 V=2 /bin/sh -c echo $V # buildkit"


def test_an_environment_variable_after_an_argument_wins() -> None:
    assert exec_op(planned("FROM busybox\nARG V=1\nENV V=2\nRUN x\n")).env == (PATH, "V=2")


def test_platform_arguments_are_there_without_being_given() -> None:
    graph = planned("FROM --platform=$BUILDPLATFORM busybox\nARG TARGETARCH\nRUN x\n", platform="linux/arm64/v8")
    assert "TARGETARCH=arm64" in exec_op(graph).env
    (image,) = found(graph, ImageSource)
    assert image.op == ImageSource("docker.io/library/busybox:latest", "linux/amd64")


def test_proxies_reach_the_process_and_no_key() -> None:
    op = exec_op(planned("FROM busybox\nRUN x\n", args={"http_proxy": "http://p"}))
    assert op.hidden_env == ("HTTP_PROXY=http://p", "http_proxy=http://p")
    assert op == exec_op(planned("FROM busybox\nRUN x\n"))


def test_workdir_makes_no_step_of_the_root_and_joins_relative_paths() -> None:
    graph = planned("FROM busybox\nWORKDIR /a\nWORKDIR b/../c\nWORKDIR /\n")
    assert [vertex.op for vertex in found(graph, DirOp)] == [DirOp("/a"), DirOp("/a/c")]
    assert [row.empty_layer for row in graph.scope.history[1:]] == [False, False, True]


def test_workdir_keeps_an_absolute_path_as_written_and_nothing_changes_nothing() -> None:
    graph = planned("FROM busybox\nWORKDIR /a/\nWORKDIR $NONE\nWORKDIR ./b\n")
    assert created_by(graph)[1:] == ["WORKDIR /a/", "WORKDIR /a/", "WORKDIR /a/b"]


def test_copy_shows_its_flags_and_knows_its_destination() -> None:
    graph = planned("FROM busybox\nWORKDIR /w\nCOPY --chown=1:2 --chmod=644 a b ./\n")
    assert created_by(graph)[-1] == "COPY --chown=1:2 --chmod=644 a b ./ # buildkit"
    (copy,) = found(graph, CopyGroup)
    assert isinstance(copy.op, CopyGroup)
    assert (copy.op.parts[0].dest, copy.op.parts[0].sources) == ("/w/", ("a", "b"))
    assert [one.op for one in copy.inputs[1:] if one] == [LocalSource("context")]


def test_here_documents_and_urls_are_parts_of_one_layer() -> None:
    graph = planned("FROM busybox\nADD https://example.org/x/f.txt local <<note /d/\nhi\nnote\n")
    (add,) = found(graph, CopyGroup)
    assert isinstance(add.op, CopyGroup)
    assert [part.sources for part in add.op.parts] == [("f.txt",), ("local",), ()]
    assert [content.name for content in add.op.parts[2].files] == ["note"]
    assert [part.unpack for part in add.op.parts[:2]] == [False, True]
    assert HttpSource("https://example.org/x/f.txt", "", "f.txt") in [vertex.op for vertex in graph.vertices]


def test_triggers_come_first_and_say_so() -> None:
    graph = planned("FROM busybox AS a\nONBUILD RUN early\nFROM a\nRUN late\n")
    assert names(graph)[1:] == ["[stage-1 1/2] ONBUILD RUN early", "[stage-1 2/2] RUN late"]
    assert graph.scope.config.on_build is None


def test_triggers_of_an_image_may_take_from_another() -> None:
    def resolve(name: str, platform: Platform) -> BaseImage:
        on_build = ("COPY --from=alpine /x /y",) if "busybox" in name else None
        return base(name, platform, on_build=on_build)

    graph = plan(parse_for_buildkit("FROM busybox\nRUN z\n"), KitOptions(), Platform(), resolve)
    assert "FROM docker.io/library/alpine:latest" in names(graph)


def test_labels_of_the_command_line_have_no_history() -> None:
    graph = planned("FROM busybox\nLABEL a=1\n", labels={"b": "2"})
    assert graph.scope.config.labels == {"a": "1", "b": "2"}
    assert created_by(graph)[1:] == ["LABEL a=1"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a AS x\nCOPY --from=x /a /b\n", "circular dependency detected on stage: x"),
        ("FROM a AS x\nCOPY --from=y / /\nFROM x AS y\n", "circular dependency detected on stage: "),
        (
            "FROM a AS x\nCOPY --from=y / /\nFROM b AS y\nFROM x\n",
            'cannot copy from stage "y", it needs to be defined before current stage "x"',
        ),
        ("FROM a\nCOPY --from=5 / /\n", "invalid stage index 5"),
        ("FROM a\nCOPY --from=$X / /\n", "variable expansion is not supported for --from"),
        ("FROM $X\n", "base name ($X) should not be blank"),
        ("FROM --platform=a/b/c/d x\n", "failed to parse platform a/b/c/d"),
        ("FROM a\nCOPY https://x.org/f /\n", "source can't be a URL for COPY"),
        ("FROM a\nADD --checksum=sha256:00 f /\n", "checksum requires HTTP(S) or Git sources"),
        ("FROM a\nSTOPSIGNAL NOPE\n", "NOPE"),
        ("FROM a\nVOLUME $X\n", "VOLUME specified can not be an empty string"),
        ("FROM a\nRUN --security=insecure x\n", "security.insecure is not allowed"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_said_at_its_line(text: str, message: str) -> None:
    error = refused(text)
    assert message in error.message
    assert error.span is not None


def test_a_target_that_is_not_there() -> None:
    assert refused("FROM a AS no\n", target="nope").message == 'target stage "nope" could not be found'


def test_a_chain_of_a_thousand_stages_and_steps_is_no_matter() -> None:
    stages = "FROM busybox AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\nRUN echo {n}\n" for n in range(1500))
    assert len(planned(stages).vertices) == 1501


def test_equal_files_give_equal_ids() -> None:
    text = "FROM busybox\nENV A=1\nCOPY a b\nRUN x\n"
    assert [one.id for one in planned(text).vertices] == [one.id for one in planned(text).vertices]
    assert planned(text).vertices[-1].id != planned(text, no_cache=True).vertices[-1].id
