"""The classic builder as a user sees it: what is printed, what stays, what comes from the cache."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path

import pytest
from support.dockers import PATH, Docker, docker_in

from dockkernel.exec.protocol import ExecRequest, ExecResult, Executor, Output
from dockkernel.fs.change import ChangeKind
from dockkernel.fs.node import Dir, File, Symlink
from dockkernel.oci.digest import Digest

NOTICE = """\
DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
            BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0
            environment-variable.

"""
BASIC = """\
# comment at the top
FROM busybox
# a comment between
ENV GREETING=hello \\
    NAME=world

RUN echo "$GREETING $NAME" > /msg \\
 && cat /msg
COPY a.txt /data/
CMD ["cat", "/msg"]
"""


def masked(text: str) -> str:
    return re.sub(r"\b[0-9a-f]{12}\b", "ID", text)


def hits(text: str) -> str:
    """The steps' fates in one word: c for the cache, r for run (or copied), `.` for FROM and ARGs before it."""
    steps = re.findall(r"^Step \d+/\d+ : (\w+)[^\n]*\n((?:(?!^Step |^Successfully ).*\n)*)", text, flags=re.MULTILINE)
    return "".join("." if word == "FROM" else "c" if "Using cache" in rest else "r" for word, rest in steps)


def test_a_build_and_its_cache(docker: Docker) -> None:
    first = docker.build(BASIC, "-t", "app", a_dot_txt="alpha\n")
    assert (first.code, first.err) == (0, NOTICE)
    assert masked(first.out) == (
        "Sending build context to Docker daemon  3.072kB\r\r\n"
        "Step 1/5 : FROM busybox\n ---> ID\n"
        "Step 2/5 : ENV GREETING=hello     NAME=world\n"
        " ---> Running in ID\n ---> Removed intermediate container ID\n ---> ID\n"
        'Step 3/5 : RUN echo "$GREETING $NAME" > /msg  && cat /msg\n'
        " ---> Running in ID\nhello world\n ---> Removed intermediate container ID\n ---> ID\n"
        "Step 4/5 : COPY a.txt /data/\n ---> ID\n"
        'Step 5/5 : CMD ["cat", "/msg"]\n'
        " ---> Running in ID\n ---> Removed intermediate container ID\n ---> ID\n"
        "Successfully built ID\nSuccessfully tagged app:latest\n"
    )
    again = docker.build(BASIC, "-t", "app:two", "-t", "app:three", a_dot_txt="alpha\n")
    assert hits(again.out) == ".cccc"
    assert again.out.endswith("Successfully tagged app:two\nSuccessfully tagged app:three\n")
    assert docker.image("app:two") == docker.image("app")
    assert docker.read("app", "msg") == "hello world\n"


def test_what_a_built_image_is(docker: Docker) -> None:
    docker.build(BASIC, "-t", "app", a_dot_txt="alpha\n")
    config, image = docker.config("app"), docker.image("app")
    assert config.docker_version == "26.1.5+dfsg1"
    assert config.config.env == (PATH, "GREETING=hello", "NAME=world")
    assert config.config.cmd == ("cat", "/msg")
    assert config.config.image == image.parent
    assert [(row.created_by, row.empty_layer) for row in config.history[1:]] == [
        ("/bin/sh -c #(nop)  ENV GREETING=hello NAME=world", True),
        ('/bin/sh -c echo "$GREETING $NAME" > /msg  && cat /msg', False),
        (f"/bin/sh -c #(nop) COPY file:{_hash(config.history[3].created_by)} in /data/ ", False),
        ('/bin/sh -c #(nop)  CMD ["cat" "/msg"]', True),
    ]
    assert config.history[-1].created == config.created == image.created
    chain = []
    while image.parent:
        chain.append(image.parent)
        image = docker.image(image.parent)
    assert len(chain) == 4
    assert image == docker.image("busybox")


def _hash(text: str) -> str:
    found = re.search("[0-9a-f]{64}", text)
    assert found
    return found[0]


def test_going_back_to_old_contents_hits_the_old_image(docker: Docker) -> None:
    text = "FROM busybox\nRUN echo x\nCOPY f /\nRUN cat /f\n"
    docker.build(text, "-t", "v1", f="one")
    assert hits(docker.build(text, "-t", "v2", f="two").out) == ".crr"
    assert hits(docker.build(text, "-t", "v3", f="one").out) == ".ccc"
    assert docker.image("v3").id == docker.image("v1").id
    (docker.cwd / "f").chmod(0o600)
    assert hits(docker("build", ".").out) == ".crr"


def test_the_cache_needs_its_images(docker: Docker) -> None:
    text = "FROM busybox\nRUN echo 1\nRUN echo 2\n"
    docker.build(text, "-t", "one")
    docker.build(text, "-t", "two", "--no-cache")
    assert docker.image("one").id != docker.image("two").id
    assert hits(docker.build(text, "-t", "three").out) == ".cc"
    assert docker.image("three").id == docker.image("two").id
    docker("rmi", "two", "three")
    assert hits(docker.build(text, "-t", "four").out) == ".cc"
    assert docker.image("four").id == docker.image("one").id
    docker("rmi", "one", "four")
    assert hits(docker.build(text).out) == ".rr"


def test_arguments_miss_from_the_first_run_after_them(docker: Docker) -> None:
    text = "FROM busybox\nRUN echo before\nARG V\nRUN echo not-using-it\nARG W\nENV W=$W\nCMD ['sh']\n"
    docker.build(text, "--build-arg", "V=1", "--build-arg", "W=1", "-t", "one")
    assert hits(docker.build(text, "--build-arg", "V=2", "--build-arg", "W=1").out) == ".ccrrrr"
    third = docker.build(text, "--build-arg", "V=2", "--build-arg", "W=2", "-t", "three")
    assert hits(third.out) == ".ccccrr"
    assert "W=2" in (docker.config("three").config.env or ())
    assert hits(docker.build(text, "--build-arg", "V=1", "--build-arg", "W=1").out) == ".cccccc"


def test_build_arguments(docker: Docker) -> None:
    docker.env["FROMENV"] = "e"
    text = "ARG TAG=latest\nFROM busybox:${TAG}\nARG TAG\nARG FROMENV\nARG NONE\nRUN echo [$TAG][$FROMENV][$NONE]\n"
    ran = docker.build(text, "--build-arg", "FROMENV", "--build-arg", "NONE", "--build-arg", "ODD=1", "-t", "x")
    assert "\n[latest][e][]\n" in ran.out
    assert "[Warning] One or more build-args [ODD] were not consumed\nSuccessfully built " in ran.out
    assert docker.config("x").history[-1].created_by == (
        "|2 FROMENV=e TAG=latest /bin/sh -c echo [$TAG][$FROMENV][$NONE]"
    )
    proxy = docker.build("FROM busybox\nRUN echo $HTTP_PROXY\n", "--build-arg", "HTTP_PROXY=http://p", "-t", "p")
    assert "\nhttp://p\n" in proxy.out
    assert docker.config("p").history[-1].created_by == "|0 /bin/sh -c echo $HTTP_PROXY"


def test_layers_only_where_something_changed(docker: Docker) -> None:
    text = (
        "FROM busybox\nRUN true\nRUN echo 1 > /x && rm /x\nWORKDIR /w\nWORKDIR /w\nCOPY f /a\nCOPY f /a\n"
        "RUN chmod 644 /a\nRUN rm /a\n"
    )
    assert docker.build(text, "-t", "x", f="12345").code == 0
    image = docker.image("x")
    empty = [row.empty_layer for row in docker.config("x").history]
    assert empty[1:] == [True, True, False, True, False, False, False, False]
    sizes = [layer.size for layer in image.layers]
    assert sizes[-4:] == [5, 5, 5, 0]
    assert image.layers[-4].diff_id == image.layers[-3].diff_id
    assert image.layers[-4].chain_id != image.layers[-3].chain_id
    assert docker.layer("x", -1)[-1].kind is ChangeKind.DELETED


def test_a_directory_made_again_is_opaque(docker: Docker) -> None:
    text = "FROM busybox\nRUN mkdir -p /srv/deep && echo 1 > /srv/deep/f\nRUN rm -r /srv && mkdir /srv\n"
    assert docker.build(text, "-t", "x").code == 0
    node = docker.files("x").get("srv")
    assert isinstance(node, Dir)
    assert not node.children


def test_a_failed_run(docker: Docker) -> None:
    ran = docker.build(
        "FROM busybox\nENV A=1\nRUN echo before; echo made > /f; echo err >&2; exit 42\nRUN no\n", "-t", "x"
    )
    assert ran.code == 42
    assert "before\n" in ran.out
    assert "\x1b[91merr\n\x1b[0m" in ran.out
    assert "Removed" not in ran.out.partition("Step 3/4")[2]
    message = (
        "The command '/bin/sh -c echo before; echo made > /f; echo err >&2; exit 42' returned a non-zero code: 42\n"
    )
    assert ran.err == NOTICE + message
    state = docker.engine.state
    assert state.tags.keys() == {"docker.io/library/busybox:latest"}
    assert len(state.images) == 2
    (container,) = state.containers.values()
    assert (container.status, container.exit_code, container.path) == ("exited", 42, "/bin/sh")
    assert container.size_rw == 5
    assert docker.image(container.image).parent == docker.image("busybox").id
    with docker.engine.blobs.open(Digest.parse(container.log)) as stream:
        log = [json.loads(line) for line in stream.read().splitlines()]
    assert [(row["stream"], row["log"]) for row in log] == [("stdout", "before\n"), ("stderr", "err\n")]
    shown = docker("ps", "-a").out.splitlines()[1]
    assert container.image[7:19] in shown
    assert "Exited (42)" in shown
    assert docker.build("FROM busybox\nRUN exit 3\n", "--force-rm").code == 3
    assert len(docker.engine.state.containers) == 1


@pytest.mark.parametrize(
    ("text", "message", "code"),
    [
        ("FROM busybox\nRUN nosuchcommand --x\n",
         "The command '/bin/sh -c nosuchcommand --x' returned a non-zero code: 127", 127),
        ('FROM busybox\nRUN ["nosuch", "x"]\n',
         ("failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
         'failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown'), 1),
        ("FROM scratch\nRUN echo hi\n",
         ("failed to create task for container: failed to create shim task: OCI runtime create failed: runc create "
         'failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown'),
         1),
        ("FROM busybox\nUSER nosuchuser\nRUN id\n",
         "unable to find user nosuchuser: no matching entries in passwd file", 1),
        ("ARG X=1\n", "unexpected EOF", 1),
        ("FROM scratch\n", "No image was generated. Is your Dockerfile empty?", 1),
        ("FROM busybox\nCOPY missing.txt /\n",
         ("COPY failed: file not found in build context or excluded by .dockerignore: stat missing.txt: file does not "
         "exist"), 1),
        ("FROM busybox\nCOPY ../x /\n", "COPY failed: forbidden path outside the build context: ../x ()", 1),
        ("FROM busybox\nADD *.nope /dest/\n", "ADD failed: no source files were specified", 1),
        ("FROM busybox\nCOPY Dockerfile Dockerfile /dest\n",
         "When using COPY with more than one source file, the destination must be a directory and end with a /", 1),
        ("FROM busybox\nADD http://127.0.0.1:5000/v2/ /x/\n",
         "ADD failed: cannot determine filename for source http://127.0.0.1:5000/v2/", 1),
        ("FROM busybox\nCOPY http://example.com/x /x/\n", "COPY failed: source can't be a URL for COPY", 1),
        ("FROM busybox\nCOPY --chown=who Dockerfile /\n",
         "unable to convert uid/gid chown string to host mapping: can't find uid for user who: no such user: who", 1),
        ("FROM busybox\nEXPOSE http\n", "Invalid containerPort: http", 1),
        ("FROM busybox\nSTOPSIGNAL SIGNOPE\n", "invalid signal: SIGNOPE", 1),
        ("FROM busybox\nRUN --mount=type=cache,target=/c echo hi\n",
         ("the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build "
         "images with BuildKit enabled"), 1),
        ("FROM UPPER\n", "invalid reference format: repository name (library/UPPER) must be lowercase", 1),
        ("FROM $UNSET\n", "base name ($UNSET) should not be blank", 1),
        ("FROM busybox AS a\nFROM busybox AS A\n", "a stage name already used", 1),
        ("FROM busybox\nCOPY --from=0 /x /\n", "invalid from flag value 0: refers to current build stage", 1),
        ("FROM busybox\nCOPY --from=7 /x /\n", "invalid from flag value 7: index out of bounds", 1),
        ("FROM busybox\nWORKDIR /etc/passwd\n", "Cannot mkdir: /etc/passwd is not a directory", 1),
    ],
)  # fmt: skip
def test_steps_that_fail(docker: Docker, text: str, message: str, code: int) -> None:
    ran = docker.build(text)
    assert (ran.code, ran.err) == (code, f"{NOTICE}{message}\n")
    assert "Step 1/" in ran.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM busybox\nBOGUS x y\n", "dockerfile parse error on line 2: unknown instruction: BOGUS"),
        ("RUN echo hi\n", "no build stage in current context"),
        ("", "the Dockerfile (Dockerfile) cannot be empty"),
        ("\n# only a comment\n", "failed to parse Dockerfile: file with no instructions"),
        ("FROM busybox\nENV A\n", "failed to parse Dockerfile: ENV must have two arguments"),
        ("FROM busybox\nCOPY --exclude=x a /\n", "dockerfile parse error on line 2: unknown flag: exclude"),
    ],
)
def test_files_that_cannot_be_read(docker: Docker, text: str, message: str) -> None:
    ran = docker.build(text)
    assert (ran.code, ran.err) == (1, f"{NOTICE}Error response from daemon: {message}\n")
    assert masked(ran.out).startswith("Sending build context to Docker daemon ")
    assert "Step" not in ran.out
    assert docker.engine.state.images.keys() == {docker.image("busybox").id}


def test_targets(docker: Docker) -> None:
    text = "FROM busybox AS one\nRUN echo 1\nFROM busybox AS two\nRUN echo 2\n"
    ran = docker.build(text, "--target", "ONE", "-t", "x")
    assert "Step 2/2 : RUN echo 1" in ran.out
    missing = docker.build(text, "--target", "nope")
    assert missing.err == f'{NOTICE}Error response from daemon: target stage "nope" could not be found\n'


def test_quiet(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nRUN echo hi\n", "-q", "-t", "x")
    assert (ran.out, ran.err) == (f"{docker.image('x').id}\n", NOTICE)
    failed = docker.build("FROM busybox\nRUN echo no; exit 4\n", "-q")
    assert (failed.code, failed.out) == (4, "")
    assert masked(failed.err) == (
        f"{NOTICE}Sending build context to Docker daemon  2.048kB\r\r\nStep 1/2 : FROM busybox\n ---> ID\n"
        "Step 2/2 : RUN echo no; exit 4\n ---> Running in ID\nno\n"
        "The command '/bin/sh -c echo no; exit 4' returned a non-zero code: 4\n"
    )


def test_the_image_id_file(docker: Docker) -> None:
    docker.build("FROM busybox\nRUN echo hi\n", "--iidfile", "iid", "-t", "x")
    path = docker.cwd / "iid"
    assert path.read_text() == docker.image("x").id
    docker("build", "-q", "--iidfile", "iid", ".")
    assert path.read_text() == docker.image("x").id + "\n"
    docker.build("FROM busybox\nRUN exit 1\n", "--iidfile", "iid")
    assert not path.exists()


def test_containers_that_stay(docker: Docker) -> None:
    ran = docker.build('FROM busybox\nCMD ["echo"]\nRUN echo hi\nCOPY Dockerfile /\n', "--rm=false")
    assert "Removed" not in ran.out
    found = sorted(docker.engine.state.containers.values(), key=lambda record: record.created)
    assert [(record.status, record.path, record.args) for record in found] == [
        ("created", "/bin/sh", ("-c", "#(nop) ", 'CMD ["echo"]')),
        ("exited", "/bin/sh", ("-c", "echo hi")),
    ]
    assert found[0].image == docker.image("busybox").id
    assert found[1].config["Entrypoint"] is None


def test_labels_come_last(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nLABEL a=1\n", "--label", "z=w", "--label", "x=$y", "--label", "bare", "-t", "x")
    assert re.findall("Step .*", ran.out)[2:] == [
        "Step 3/5 : LABEL bare=", "Step 4/5 : LABEL x=$y", "Step 5/5 : LABEL z=w",
    ]  # fmt: skip
    assert docker.config("x").config.labels == {"a": "1", "bare": "", "x": "$y", "z": "w"}
    assert docker.image("x").labels == {"a": "1", "bare": "", "x": "$y", "z": "w"}


def test_stages(docker: Docker) -> None:
    text = (
        "FROM busybox AS s\nWORKDIR /src\nRUN echo S > out\nFROM busybox\nWORKDIR app\nWORKDIR ../x\nWORKDIR y\n"
        "COPY f ./\nCOPY f sub/\nCOPY --from=s src/out /o\nCOPY --from=0 /src /copied\nCOPY --from=busybox /etc/group /g\n"
    )
    ran = docker.build(text, "-t", "x", f="1")
    assert ran.code == 0
    assert docker.config("x").config.working_dir == "/x/y"
    assert [docker.read("x", path) for path in ("x/y/f", "x/y/sub/f", "o", "copied/out")] == ["1", "1", "S\n", "S\n"]
    assert isinstance(docker.files("x").get("app"), Dir)
    assert docker.read("x", "g").startswith("root:")
    assert hits(docker("build", ".").out) == ".cc.cccccccc"
    based = docker.build("FROM busybox AS base\nENV A=1\nFROM base\nENV B=2\n", "-t", "based")
    assert based.code == 0
    assert docker.config("based").config.env == (PATH, "A=1", "B=2")


def test_scope_of_arguments(docker: Docker) -> None:
    text = (
        'ARG BASE=busybox\nFROM ${BASE} AS s1\nRUN echo "1[$BASE]"\nARG BASE\nRUN echo "2[$BASE]"\nARG BASE=local\n'
        'RUN echo "3[$BASE]"\nFROM ${BASE} AS s2\nENV GOT=$BASE\n'
    )
    ran = docker.build(text, "-t", "x")
    assert re.findall(r"^\d\[.*\]$", ran.out, re.MULTILINE) == ["1[]", "2[busybox]", "3[local]"]
    assert docker.config("x").config.env == (PATH, "GOT=")
    docker("tag", "busybox", "busybox:1.36")
    given = docker("build", "--no-cache", "--build-arg", "BASE=busybox:1.36", ".")
    assert re.findall(r"^\d\[.*\]$", given.out, re.MULTILINE) == ["1[]", "2[busybox:1.36]", "3[busybox:1.36]"]


def test_triggers(docker: Docker) -> None:
    docker.build("FROM busybox\nONBUILD RUN echo triggered\nONBUILD COPY one.txt /from\n", "-t", "base")
    ran = docker.build("FROM base\nRUN echo child\n", "-t", "child", one_dot_txt="1")
    assert masked(ran.out).split("Step 1/2 : ")[1].split("Step 2/2")[0] == (
        "FROM base\n# Executing 2 build triggers\n ---> Running in ID\ntriggered\n"
        " ---> Removed intermediate container ID\n ---> ID\n"
    )
    assert docker.config("child").config.on_build is None
    assert docker.read("child", "from") == "1"
    again = docker("build", ".")
    assert "# Executing 2 build triggers\n ---> Using cache\n ---> Using cache\n ---> " in again.out
    docker.build("FROM busybox\nONBUILD RUN true\n", "-t", "one")
    assert "# Executing 1 build trigger\n" in docker.build("FROM one\n").out


def test_volumes_keep_nothing(docker: Docker) -> None:
    text = (
        "FROM busybox\nRUN mkdir -p /data/sub && echo old > /data/f\nVOLUME /data /new\n"
        "RUN echo lost > /data/f; echo lost > /new/f; rm -r /data/sub; echo kept > /kept\nRUN echo lost > /data/f\n"
        "COPY Dockerfile /data/\n"
    )
    docker.build(text, "-t", "x")
    assert docker.read("x", "data/f") == "old\n"
    assert isinstance(docker.files("x").get("data/sub"), Dir)
    assert isinstance(docker.files("x").get("data/Dockerfile"), File)
    new = docker.files("x").get("new")
    assert isinstance(new, Dir)
    assert not new.children
    assert [row.empty_layer for row in docker.config("x").history[1:]] == [False, True, False, True, False]
    assert [change.path for change in docker.layer("x", 2)] == ["kept", "new"]


def test_the_author(docker: Docker) -> None:
    docker.build("FROM busybox\nENV A=1\nMAINTAINER Ann <a@b.c>\nENV B=2\n", "-t", "x")
    config = docker.config("x")
    assert config.author == "Ann <a@b.c>"
    assert [row.author for row in config.history[1:]] == ["", "Ann <a@b.c>", "Ann <a@b.c>"]
    docker.build("FROM x\nENV C=3\n", "-t", "y")
    assert docker.config("y").author == ""


def test_empty_continuation_lines_are_warned_about(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nRUN echo a \\\n\n && echo b\n")
    assert ran.out.partition("\r\r\n")[2].partition("Step")[0] == (
        "\x1b[91m[WARNING]: Empty continuation line found in: RUN echo a  && echo b\n\x1b[0m"
        "\x1b[91m[WARNING]: Empty continuation lines will become errors in a future release.\n\x1b[0m"
    )


def test_links_as_sources(docker: Docker) -> None:
    docker.write("real/f", "R")
    (docker.cwd / "d").mkdir()
    (docker.cwd / "d/l").symlink_to("../real/f")
    docker.build("FROM scratch\nCOPY d/ /a/\nCOPY d/l /b\n", "-t", "x")
    link = docker.files("x").get("a/l")
    assert isinstance(link, Symlink)
    assert link.target == "../real/f"
    assert docker.read("x", "b") == "R"


def test_scratch(docker: Docker) -> None:
    ran = docker.build('FROM scratch\nCMD ["x"]\n', "-t", "x")
    assert "Step 1/2 : FROM scratch\n ---> \nStep 2/2" in ran.out
    image = docker.image("x")
    assert (image.layers, image.parent) == ((), "")
    assert docker.config("x").config.env == (PATH,)
    assert docker.config("x").config.image == ""
    assert hits(docker("build", ".").out) == ".c"


def test_heredocs_are_left_to_the_shell(docker: Docker) -> None:
    ran = docker.build("FROM busybox\nRUN <<EOF\necho hi\nEOF\n", "-t", "x")
    assert "Step 2/2 : RUN <<EOF\n" in ran.out
    assert docker.config("x").history[-1].created_by == "/bin/sh -c <<EOF"


@pytest.mark.parametrize(
    ("value", "code", "err"),
    [
        ("", 0, "Install the buildx component to build images with BuildKit:"),
        ("0", 0, "BuildKit is currently disabled; enable it by removing the DOCKER_BUILDKIT=0"),
        ("1", 0, '#0 building with "default" instance using docker driver'),
        ("x", 1, "DOCKER_BUILDKIT environment variable expects boolean value: strconv.ParseBool: parsing"),
    ],
)
def test_the_notice(docker: Docker, value: str, code: int, err: str) -> None:
    docker.env["DOCKER_BUILDKIT"] = value
    ran = docker.build("FROM busybox\nCMD x\n")
    assert ran.code == code
    assert err in ran.err


def test_an_interrupt_leaves_nothing(docker: Docker) -> None:
    before = docker.engine.state
    text = "FROM busybox\nENV A=1\nRUN echo 1 > /f\nRUN sleep 60\n"
    interrupting = _Interrupting(docker.engine.executor, "sleep 60")
    docker.engine.executor = interrupting
    with pytest.raises(KeyboardInterrupt):
        docker.build(text, "-t", "x")
    docker.engine.executor = interrupting.inner
    assert docker.engine.state == before
    assert hits(docker.build("FROM busybox\nENV A=1\n").out) == ".r"


class _Interrupting:
    """An executor during whose run of one command the user loses patience."""

    name = "interrupting"

    def __init__(self, inner: Executor, command: str) -> None:
        self.inner = inner
        self.command = command

    def run(self, request: ExecRequest, output: Output) -> ExecResult:
        if request.argv[-1] == self.command:
            raise KeyboardInterrupt
        return self.inner.run(request, output)


def test_standard_input(docker: Docker) -> None:
    ran = docker("build", "-t", "x", "-", stdin=b'FROM busybox\nCMD ["x"]\n')
    assert ran.out.startswith("Sending build context to Docker daemon  2.048kB\r\r\nStep 1/2")
    docker.write("Dockerfile", "FROM scratch\n")
    other = docker("build", "-f", "-", ".", stdin=b'FROM busybox\nCMD ["x"]\n')
    assert hits(other.out) == ".c"
    assert docker("build", "-").err.endswith(
        "Error response from daemon: the Dockerfile (Dockerfile) cannot be empty\n"
    )


def test_what_the_daemon_refuses_was_sent_first(docker: Docker) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        made.addfile(tarfile.TarInfo("no-dockerfile"))
    ran = docker("build", "-", stdin=out.getvalue())
    assert ran.out == "Sending build context to Docker daemon  10.24kB\r\r\n"
    assert ran.err == f"{NOTICE}Error response from daemon: Cannot locate specified Dockerfile: Dockerfile\n"
    digest = docker.build("FROM busybox\n", "-t", f"x@sha256:{'0' * 64}")
    assert digest.err.endswith("Error response from daemon: build tag cannot contain a digest\n")


def test_there_is_a_limit_on_layers(docker: Docker) -> None:
    ran = docker.build("FROM busybox\n" + "COPY Dockerfile /\n" * 125)
    assert (ran.code, ran.err) == (1, f"{NOTICE}max depth exceeded\n")
    assert "Step 126/126 : COPY Dockerfile /\n" in ran.out


def test_inspect_and_history_show_it(docker: Docker) -> None:
    docker.build("FROM busybox\nEXPOSE 80 53/udp\nVOLUME /v\nHEALTHCHECK --interval=5s CMD true\n", "-t", "x")
    config = docker.inspect("x")["Config"]
    assert config["ExposedPorts"] == {"53/udp": {}, "80/tcp": {}}
    assert config["Volumes"] == {"/v": {}}
    assert config["Healthcheck"] == {"Test": ["CMD-SHELL", "true"], "Interval": 5_000_000_000}
    rows = [json.loads(line) for line in docker("history", "--no-trunc", "--format", "json", "x").out.splitlines()]
    assert rows[2]["CreatedBy"] == "/bin/sh -c #(nop)  EXPOSE 53/udp 80"


def test_equal_on_every_machine(docker: Docker, tmp_path: Path) -> None:
    text = "FROM busybox\nCOPY . /src\nRUN echo 1 > /f\n"
    docker.build(text, "-t", "x", b__two="2", a__one="1")
    other = docker_in(tmp_path / "other")
    other.build(text, "-t", "x", a__one="1", b__two="2")
    assert docker.engine.state.cache.keys() & other.engine.state.cache.keys()
    assert docker.config("x").history[2].created_by == other.config("x").history[2].created_by
