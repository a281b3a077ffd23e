"""Questions that people asked about Dockerfiles, with the answers that were found (areas parser, heredoc, env-arg, real)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dockkernel.dockerfile import instructions as to
from dockkernel.dockerfile.stages import Dockerfile, parse_dockerfile
from dockkernel.errors import ParseError

GOLDEN = Path(__file__).parents[2] / "golden" / "dockerfile"


def environment(file: Dockerfile, stage: int = -1, **start: str) -> dict[str, str]:
    """Give the variables that the ENV instructions of a stage leave, arguments with their defaults."""
    env, args = dict(start), dict[str, str]()
    for step in file.stages[stage].instructions:
        expanded = step.expand(args | env, file.escape)
        if isinstance(expanded, to.Env):
            env.update({pair.key: pair.value for pair in expanded.pairs})
        elif isinstance(expanded, to.Arg):
            args.update({one.key: one.default for one in expanded.arguments if one.default is not None})
    return env


def values(file: Dockerfile) -> list[str]:
    return [step.original for step in file.steps]


def real(name: str) -> Dockerfile:
    return parse_dockerfile((GOLDEN / name / "Dockerfile").read_bytes())


def counts(file: Dockerfile) -> dict[str, int]:
    return dict(Counter(step.keyword for step in file.steps))


def test_a33_one_env_instruction_sees_the_values_from_before_it() -> None:
    text = "FROM scratch\nENV a=one\nENV a=two b=$a c=\"${a} x\" d='$a' e=\\$a\nENV f=$a\nENV g h=1 i\n"
    env = environment(parse_dockerfile(text))
    assert [f"{key}={value}" for key, value in env.items()] == [
        "a=two", "b=one", "c=one x", "d=$a", "e=$a", "f=two", "g=h=1 i",
    ]  # fmt: skip


def test_a42_continuations() -> None:
    text = "FROM x\nRUN echo one \\\n  # note\n\n  && echo two \\  \n  && echo three\nENV P=c:\\\\dir\\\\\nUSER app\nRUN last \\"
    file = parse_dockerfile(text)
    assert values(file) == [
        "FROM x", "RUN echo one   && echo two   && echo three", "ENV P=c:\\\\dir\\\\", "USER app", "RUN last",
    ]  # fmt: skip
    assert environment(file) == {"P": "c:\\dir\\"}
    assert [warning.rule for warning in file.warnings] == ["NoEmptyContinuation"]


def test_a43_byte_order_mark_and_carriage_returns() -> None:
    lines = ["# escape=`", "FROM x", "RUN a `", "  b", "COPY <<EOF /f", "line", "EOF", "USER u", ""]
    file = parse_dockerfile(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert values(file) == ["FROM x", "RUN a   b", "COPY <<EOF /f", "USER u"]
    assert file.escape == "`"
    copy = file.stages[0].instructions[1]
    assert isinstance(copy, to.Copy)
    assert copy.contents[0].body == "line\r\n"
    with pytest.raises(ParseError) as caught:
        parse_dockerfile("FROM x\n".encode("utf-16"))
    assert "unknown instruction" in caught.value.message
    assert "UTF-16" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# escape=`\nFROM x\nRUN dir `\n  C:\\\nRUN echo q\\\nUSER u\n", ["FROM x", "RUN dir   C:\\", "RUN echo q\\", "USER u"]),
        ("# hello\n# escape=`\nFROM x\nRUN a \\\n b\n", ["FROM x", "RUN a  b"]),
        ("# foo=bar\n# escape=`\nFROM x\nRUN a \\\n b\n", ["FROM x", "RUN a  b"]),
        ("#ESCAPE = `\nFROM x\nRUN a `\n b\n", ["FROM x", "RUN a  b"]),
        ("# escape=`\n# escape=`\nFROM x\n", "only one escape parser directive can be used"),
        ("# escape=%\nFROM x\n", "invalid escape token"),
    ],
)  # fmt: skip
def test_a44_escape_directive(text: str, wanted: list[str] | str) -> None:
    if isinstance(wanted, list):
        assert values(parse_dockerfile(text)) == wanted
        return
    with pytest.raises(ParseError, match=wanted):
        parse_dockerfile(text)


def test_a46_here_documents_of_copy() -> None:
    file = parse_dockerfile((GOLDEN / "copy-heredocs" / "Dockerfile").read_bytes())
    bodies = {}
    for step in file.stages[0].instructions:
        expanded = step.expand({"V": "1"}, file.escape)
        assert isinstance(expanded, to.Transfer)
        bodies |= {(expanded.destination, content.name): content.body for content in expanded.contents}
    assert bodies == {
        ("/u", "EOF"): "\"d\" 's' 1 1 $V \\ atb\n",
        ("/q", "EOF"): '"d" $V \\$V a\\tb\n',
        ("/t", "EOT"): "tabs\n  spaces\n",
        ("/dir/", "one"): "1\n",
        ("/dir/", "two"): "2\n",
        ("/added", "EOF"): "x\n",
    }


def test_b01_long_run_with_comments_between() -> None:
    file = real("real-long-run")
    assert counts(file) == {
        "FROM": 1, "RUN": 5, "ENV": 4, "VOLUME": 1, "WORKDIR": 1, "COPY": 1, "ENTRYPOINT": 1, "EXPOSE": 1, "CMD": 1,
    }  # fmt: skip
    assert file.warnings == ()
    runs = [step for step in file.steps if isinstance(step, to.Run)]
    assert "${dpkgArch##*-}" in runs[3].args[0]
    assert "#" not in runs[3].args[0].replace("##*-", "").replace("%n#p", "")
    assert environment(file)["KV_VERSION"] == "7.2.7"


def test_b03_argument_copied_into_an_env_of_two() -> None:
    file = real("real-arg-into-env")
    assert counts(file) == {
        "FROM": 1, "RUN": 6, "ENV": 8, "ARG": 2, "VOLUME": 1, "COPY": 1, "ENTRYPOINT": 1, "EXPOSE": 1, "CMD": 1,
    }  # fmt: skip
    env = environment(file)
    assert (env["DOCDB_PACKAGE"], env["DOCDB_REPO"]) == ("docdb-org", "repo.example.org")
    assert (env["GLIBC_TUNABLES"], env["HOME"]) == ("glibc.pthread.rseq=0", "/data/db")


def test_b05_values_after_several_blanks() -> None:
    file = real("real-web-server")
    assert counts(file) == {
        "FROM": 1, "LABEL": 1, "ENV": 6, "RUN": 1, "COPY": 5, "ENTRYPOINT": 1, "EXPOSE": 1, "STOPSIGNAL": 1, "CMD": 1,
    }  # fmt: skip
    env = environment(file)
    assert (env["WEB_VERSION"], env["NJS_RELEASE"]) == ("1.29.8", "1~trixie")
    command = file.steps[-1]
    assert isinstance(command, to.Cmd)
    assert command.argv(("/bin/sh", "-c")) == ("web", "-g", "daemon off;")


def test_b07_variables_of_one_stage_do_not_reach_the_next() -> None:
    file = real("real-two-stages")
    assert [stage.name for stage in file.stages] == ["build", None]
    assert counts(file) == {"FROM": 2, "ENV": 6, "RUN": 3, "COPY": 1, "WORKDIR": 1}
    assert environment(file, PATH="/bin")["PATH"] == "/go/bin:/usr/local/lang/bin:/bin"
    assert environment(file, 0, PATH="/bin")["PATH"] == "/usr/local/lang/bin:/bin"
    copy = next(step for step in file.steps if isinstance(step, to.Copy))
    assert (copy.link, copy.from_) == (True, "build")


def test_b09_backtick_file() -> None:
    file = real("real-backtick")
    assert file.escape == "`"
    assert counts(file) == {"ARG": 1, "FROM": 2, "RUN": 1, "ENV": 1, "COPY": 1}
    run = next(step for step in file.steps if isinstance(step, to.Run))
    for kept in ("'ab`+cd'", "'\\s+'", "^|"):
        assert kept in run.args[0]
    repo = {"REPO": "mcr.example.com/runtime"}
    assert file.stages[1].from_.expand(repo, "`").base == "mcr.example.com/runtime:8.0.30-nanoserver-ltsc2022"
    copy = next(step for step in file.steps if isinstance(step, to.Copy))
    assert copy.destination == "/Program Files/web/shared/The Web App"


@pytest.mark.parametrize(
    ("platform", "stage"),
    [
        ("linux/amd64", "debugger-supported"),
        ("linux/s390x", "debugger-unsupported"),
        ("linux/arm64", "debugger-supported"),
    ],
)
def test_b10_stage_picked_by_a_chain_of_arguments(platform: str, stage: str) -> None:
    file = real("real-stage-by-variable")
    env = {"TARGETPLATFORM": platform, "BUILDPLATFORM": "linux/amd64"}
    for arg in file.global_args:
        env |= {one.key: one.default or "" for one in arg.expand(env).arguments}
    bases = {one.name: one.from_.expand(env).base for one in file.stages}
    assert bases["debugger"] == stage
    assert bases["base"] == "lang:1.26-bookworm"
    names = {one.name for one in file.stages}
    used = {step.from_ for step in file.steps if isinstance(step, to.Copy)}
    assert used <= names
    runs = [step for step in file.steps if isinstance(step, to.Run)]
    assert [heredoc.name for run in runs for heredoc in run.heredocs] == ["EOT"]


def test_b12_scripts_in_quoted_here_documents_stay_as_they_are() -> None:
    file = real("real-embedded-scripts")
    text = (GOLDEN / "real-embedded-scripts" / "Dockerfile").read_text(encoding="utf-8")
    first = text.split('COPY <<"EOF" /install_os_dependencies.sh\n')[1].split("EOF\n")[0]
    copy = file.stages[0].instructions[0].expand({"X": "put in"})
    assert isinstance(copy, to.Copy)
    assert (file.stages[0].name, file.stages[0].base) == ("scripts", "scratch")
    assert copy.contents[0].body == first
    assert len(file.stages) == 2


def test_b14_argument_whose_default_is_a_stage() -> None:
    file = real("real-default-stage")
    (arg,) = file.global_args
    default = {one.key: one.default or "" for one in arg.arguments}
    assert file.stages[-1].from_.expand(default).base == "default_root_image"
    assert file.stages[-1].from_.expand({"ROOT_IMAGE": "debian:12"}).base == "debian:12"
    env = environment(file, PATH="/bin")
    assert (env["NB_USER"], env["HOME"], env["PATH"]) == ("jovyan", "/home/jovyan", "/opt/conda/bin:/bin")
    copy = [step for step in file.steps if isinstance(step, to.Copy)][-1]
    assert copy.expand({"NB_UID": "1000", "NB_GID": "100"}).chown == "1000:100"


def test_b16_smallest() -> None:
    assert counts(real("real-smallest")) == {"FROM": 1, "ADD": 1, "CMD": 1}


def test_b18_quoted_arguments() -> None:
    file = real("real-distribution-installer")
    assert counts(file) == {"FROM": 1, "LABEL": 1, "ENV": 2, "RUN": 2, "CMD": 1, "ARG": 6}
    arg = next(step for step in file.steps if isinstance(step, to.Arg)).expand({})
    assert arg.arguments[0].default == "https://example.com/Installer-Linux-x86_64.sh"
    command = next(step for step in file.steps if isinstance(step, to.Cmd))
    assert command.args == ("/bin/bash",)


def test_b19_labels_health_check_and_one_empty_argument() -> None:
    file = real("real-bench")
    assert counts(file) == {
        "FROM": 1, "LABEL": 1, "RUN": 1, "COPY": 1, "HEALTHCHECK": 1, "WORKDIR": 1, "ENTRYPOINT": 1, "CMD": 1,
    }  # fmt: skip
    health = next(step for step in file.steps if isinstance(step, to.Healthcheck))
    label = next(step for step in file.steps if isinstance(step, to.Label))
    command = next(step for step in file.steps if isinstance(step, to.Cmd))
    assert (health.test, len(label.pairs), command.args) == (("CMD-SHELL", "exit 0"), 3, ("",))
