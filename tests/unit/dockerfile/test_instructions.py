"""What instructions give when they are expanded, and the smaller values around them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile.arguments import KeyValue
from dockkernel.dockerfile.changes import parse_changes
from dockkernel.dockerfile.classic import check_classic, classic_refusal, classic_refusals
from dockkernel.dockerfile.mounts import Mount, parse_mount
from dockkernel.dockerfile.source import SourceText, Span, excerpt
from dockkernel.dockerfile.stages import parse_dockerfile, parse_trigger
from dockkernel.errors import ParseError


def only(text: str, directives: str = "") -> to.Instruction:
    return parse_dockerfile(f"{directives}FROM busybox\n{text}\n").stages[0].instructions[0]


def test_expansion_reaches_every_part_that_allows_variables() -> None:
    env = {"a": "1", "ports": "80 443/tcp", "d": "/dir"}
    assert only("ENV x=$a y='$a' $a=z").expand(env) == only("ENV x=$a y='$a' $a=z").expand(env)
    pairs = only("ENV x=$a y='$a' k$a=\"q w\"").expand(env)
    assert isinstance(pairs, to.Env)
    assert pairs.pairs == (KeyValue("x", "1"), KeyValue("y", "$a"), KeyValue("k1", "q w"))
    legacy = only("ENV x $a  b").expand(env)
    assert isinstance(legacy, to.Env)
    assert legacy.pairs == (KeyValue("x", "1  b", legacy=True),)
    arg = only("ARG v$a=$d w").expand(env)
    assert isinstance(arg, to.Arg)
    assert [(one.key, one.default) for one in arg.arguments] == [("v1", "/dir"), ("w", None)]
    expose = only("EXPOSE $ports 53/udp $nope").expand(env)
    assert isinstance(expose, to.Expose)
    assert expose.ports == ("80", "443/tcp", "53/udp")
    copy = only("COPY --chown=$a:$a --chmod=$a --from=$a $d/x* <<E $d\n$a\nE").expand(env)
    assert isinstance(copy, to.Copy)
    assert (copy.chown, copy.chmod, copy.from_, copy.sources, copy.destination) == (
        "1:1", "1", "$a", ("/dir/x*",), "/dir",
    )  # fmt: skip
    assert copy.contents[0].body == "1\n"
    add = only("ADD --checksum=sha256:$a x y").expand(env)
    assert isinstance(add, to.Add)
    assert add.checksum == "sha256:1"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("WORKDIR $d/x", "path", "/dir/x"),
        ("WORKDIR '/a b'", "path", "/a b"),
        ("USER $u:${g:-0}", "user", ":0"),
        ("VOLUME $d /b", "paths", ("/dir", "/b")),
        ('VOLUME ["$d", "/\'q\'"]', "paths", ("/dir", "/q")),
        ("STOPSIGNAL SIG$s", "signal", "SIGKILL"),
        ("CMD echo $d", "args", ("echo $d",)),
        ('ENTRYPOINT ["$d"]', "args", ("$d",)),
        ("RUN echo $d", "args", ("echo $d",)),
        ('SHELL ["$d"]', "args", ("$d",)),
        ("MAINTAINER $d", "author", "$d"),
        ("ONBUILD RUN $d", "expression", "RUN $d"),
        ("HEALTHCHECK CMD $d", "test", ("CMD-SHELL", "$d")),
    ],
)
def test_expanded_field(text: str, field: str, value: object) -> None:
    assert getattr(only(text).expand({"d": "/dir", "s": "KILL"}), field) == value


def test_the_backtick_escape_is_given_to_expand() -> None:
    file = parse_dockerfile("# escape=`\nFROM busybox\nENV p=C:\\dir`$x\n")
    env = file.stages[0].instructions[0].expand({"x": "no"}, file.escape)
    assert isinstance(env, to.Env)
    assert env.pairs[0].value == "C:\\dir$x"


def test_from_takes_global_arguments_and_must_not_come_out_blank() -> None:
    base = parse_dockerfile("FROM --platform=$P img:${T:-latest}").stages[0].from_
    assert base.expand({"P": "linux/arm64"}).base == "img:latest"
    assert base.expand({"P": "linux/arm64"}).platform == "linux/arm64"
    with pytest.raises(ParseError) as caught:
        parse_dockerfile("FROM $UNSET").stages[0].from_.expand({})
    assert caught.value.message == "base name ($UNSET) should not be blank"


def test_variable_errors_come_when_the_step_is_expanded() -> None:
    step = only("ENV A=${B")
    with pytest.raises(ParseError) as caught:
        step.expand({})
    assert caught.value.message == 'failed to process "${B": unsupported modifier (\ufffd) in substitution'


def test_argv_puts_the_shell_before_shell_forms_only() -> None:
    shell = ["/bin/sh", "-c"]
    forms = {"CMD a b": ("/bin/sh", "-c", "a b"), 'CMD ["a", "b"]': ("a", "b"), "CMD": ("/bin/sh", "-c"), "CMD []": ()}
    for text, argv in forms.items():
        step = only(text)
        assert isinstance(step, to.Cmd)
        assert step.argv(shell) == argv


@pytest.mark.parametrize("text", ["ENTRYPOINT", "ENTRYPOINT []"])
def test_an_entrypoint_of_nothing_has_no_shell(text: str) -> None:
    step = only(text)
    assert isinstance(step, to.Entrypoint)
    assert step.argv(["/bin/sh", "-c"]) == ()


def test_changes_of_commit() -> None:
    changes = parse_changes(["CMD a b", "env A=1 B=2", "", "LABEL x=y"])
    assert [change.keyword for change in changes] == ["CMD", "ENV", "LABEL"]
    assert parse_changes([]) == ()
    for change, message in {
        "RUN x": "RUN is not a valid change command",
        "bogus x": "bogus is not a valid change command",
        "FROM x": "FROM is not a valid change command",
        "ENV A": "ENV must have two arguments",
        "WORKDIR": "WORKDIR requires exactly one argument",
        "": "file with no instructions",
    }.items():
        with pytest.raises(ParseError) as caught:
            parse_changes([change])
        assert caught.value.message == message


def test_label_of_option_is_literal() -> None:
    label = to.Label.of_option("a", '$b "c"')
    assert label.original == 'LABEL a=$b "c"'
    assert label.expand({"b": "x"}).pairs == (KeyValue("a", '$b "c"'),)


MOUNTS = [
    ("type=cache,target=/c", Mount("cache", target="/c", read_only=False)),
    ("target=/x,from=base,src=/y", Mount("bind", "/y", "/x", "base")),
    ("type=bind,dst=/x,rw", Mount("bind", target="/x", read_only=False)),
    ("type=bind,destination=/x,readwrite=false", Mount("bind", target="/x")),
    ("TYPE=Cache,target=/c,ID=i,sharing=Locked,mode=0700,uid=1,gid=2,ro",
     Mount("cache", target="/c", id="i", sharing="locked", mode=0o700, uid=1, gid=2)),
    ("type=tmpfs,target=/t,size=64m", Mount("tmpfs", target="/t", size=64 << 20, read_only=False)),
    ("type=secret,id=k,env=KEY,required", Mount("secret", id="k", env="KEY", required=True)),
    ("type=ssh,required=false", Mount("ssh")),
    ("type=$t,target=/${n}", Mount("cache", target="/v", read_only=False)),
    ('"target=/a,""b"",c"', Mount(target="/a,b,c")),
]  # fmt: skip

BAD_MOUNTS = [
    ("type=volume", 'unsupported mount type "volume"'),
    ("type=cahce", 'unsupported mount type "cahce" (did you mean cache?)'),
    ("type=cache,sharing=lock", 'unsupported sharing value "lock" (did you mean locked?)'),
    ("type=cache,sharing=all", 'unsupported sharing value "all"'),
    ("type=bind,sharing=shared", "invalid cache sharing set for bind mount"),
    ("tagret=/x", "unexpected key 'tagret' in 'tagret=/x' (did you mean target?)"),
    ("target", "invalid field 'target' must be a key=value pair"),
    ("type=bind,required", "unexpected key 'required' for mount type 'bind'"),
    ("type=cache,size=1", "unexpected key 'size' for mount type 'cache'"),
    ("type=tmpfs,size=big", "invalid value for size: big"),
    ("type=cache,ro=maybe", "invalid value for ro: maybe"),
    ("type=cache,mode=9", "invalid value 9 for mode"),
    ("type=cache,uid=-1", "invalid value -1 for uid"),
    ("type=bind,uid=1", 'uid not allowed for "bind" type mounts'),
    ("type=tmpfs,mode=1", 'mode not allowed for "tmpfs" type mounts'),
    ("type=secret", "invalid secret mount. one of source, target required"),
    ("type=secret,id=a,source=b", "both source and id can't be set"),
    ("type=secret,id=a,from=b", "secret mount should not have a from"),
    ("type=secret,id=a,sharing=shared", "secret mount should not define sharing"),
    ('type=bind,source=a"b', 'failed to parse csv mounts: parse error on line 1, column 19: bare " in non-quoted-field'),
    ('"type=bind', 'failed to parse csv mounts: parse error on line 1, column 11: extraneous or missing " in quoted-field'),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "mount"), MOUNTS)
def test_mount(spec: str, mount: Mount) -> None:
    run = only(f"RUN --mount='{spec}' true")
    assert isinstance(run, to.Run)
    assert run.mounts == ()
    assert run.expand({"t": "cache", "n": "v"}).mounts == (mount,)


@pytest.mark.parametrize(("spec", "message"), BAD_MOUNTS)
def test_broken_mount(spec: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_mount(spec, lambda value: value)
    assert caught.value.message == message


OPTION = "the --{} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("COPY --chmod=755 a b", "chmod"),
        ("ADD --chmod=755 a b", "chmod"),
        ("RUN --mount=type=cache,target=/c x", "mount"),
        ("RUN --network=none x", "network"),
        ("RUN --network=none --mount=target=/x x", "network"),
    ],
)
def test_classic_builder_refuses_at_the_step(text: str, name: str) -> None:
    file = parse_dockerfile(f"FROM busybox\n{text}\n")
    check_classic(file)
    (refusal,) = classic_refusals(file)
    assert (refusal.message, refusal.while_reading) == (OPTION.format(name), False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("COPY --parents a b", "parents"),
        ("COPY --chmod=1 --exclude=x a b", "exclude"),
        ("ADD --unpack a b", "unpack"),
        ("RUN --security=insecure x", "security"),
        ("RUN --device=x y", "device"),
    ],
)
def test_classic_builder_does_not_know_the_flag(text: str, name: str) -> None:
    file = parse_dockerfile(f"FROM busybox\nRUN --mount=target=/x y\n{text}\n")
    with pytest.raises(ParseError) as caught:
        check_classic(file)
    assert caught.value.message == f"dockerfile parse error on line 3: unknown flag: {name}"
    assert caught.value.span == Span(3, 3)


def test_classic_builder_takes_the_rest() -> None:
    text = "FROM a AS b\nCOPY --from=b --chown=1 x y\nADD --checksum=x y z\nRUN x\nHEALTHCHECK --interval=1s CMD x\n"
    assert [classic_refusal(step) for step in parse_dockerfile(text).steps] == [None] * 5


def test_steps_targets_and_spans() -> None:
    file = parse_dockerfile("ARG A\nFROM x AS one\nRUN a\nFROM y\nFROM one AS Two\nRUN \\\n b\n")
    assert [step.keyword for step in file.steps] == ["ARG", "FROM", "RUN", "FROM", "FROM", "RUN"]
    assert [(stage.name, stage.base, stage.span) for stage in file.stages] == [
        ("one", "x", Span(2, 3)), (None, "y", Span(4, 4)), ("two", "one", Span(5, 7)),
    ]  # fmt: skip
    assert (file.target_index("ONE"), file.target_index("two"), file.stage_index("1")) == (0, 2, None)
    with pytest.raises(ParseError) as caught:
        file.target_index("tow")
    assert (caught.value.message, caught.value.hint) == ('target stage "tow" could not be found', "did you mean two?")
    assert all(left.span.end_line < right.span.start_line for left, right in pairwise(file.steps))


def test_the_name_of_the_file_is_in_the_messages() -> None:
    for text, message in {
        "": "the Dockerfile (other.df) cannot be empty",
        "\n": "failed to parse other.df: file with no instructions",
        "FROM a\nENV X\n": "failed to parse other.df: ENV must have two arguments",
    }.items():
        with pytest.raises(ParseError) as caught:
            parse_dockerfile(text, "other.df")
        assert caught.value.message == message


def test_triggers_are_read_when_they_run() -> None:
    trigger = parse_trigger("COPY <<A /x\nbody\nA")
    assert isinstance(trigger, to.Copy)
    assert trigger.contents[0].body == "body\n"
    for text, message in {
        "BOGUS x": "unknown instruction: BOGUS",
        "RUN a\nRUN b": "onbuild trigger should be a single expression",
        "FROM x": "*instructions.Stage is not a command type",
    }.items():
        with pytest.raises(ParseError) as caught:
            parse_trigger(text)
        assert caught.value.message == message


def test_excerpt_is_drawn_as_buildkit_draws_it() -> None:
    source = SourceText("FROM busybox\nRUN echo before; exit 42\n")
    assert excerpt(source, Span(2, 2)) == (
        "Dockerfile:2\n--------------------\n   1 |     FROM busybox\n   2 | >>> RUN echo before; exit 42\n"
        "   3 |     \n--------------------"
    )
    long = SourceText("\n".join(f"line {number}" for number in range(1, 10)), "d")
    assert excerpt(long, Span(4, 5)).split("\n")[2:-1] == [
        "   3 |     line 3", "   4 | >>> line 4", "   5 | >>> line 5", "   6 |     line 6",
    ]  # fmt: skip
    assert excerpt(long, Span(1, 1, 3, 4)).split("\n")[:4] == [
        "d:1", "-" * 20, "   1 | >>> line 1", "     |       ^^",
    ]  # fmt: skip
    assert excerpt(SourceText(""), Span(7, 9)).split("\n")[0] == "Dockerfile:1"
