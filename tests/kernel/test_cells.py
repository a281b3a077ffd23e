"""Magics in our kernel, Dockerfile cells, completion and help at the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernel.harness import Harness

BUILD = "%%dockerfile -q -t {}\nFROM scratch\nLABEL name={}"


def stock(kernel: Harness, *names: str) -> None:
    for name in names:
        assert kernel.execute(BUILD.format(name, name)).reply["status"] == "ok"


def test_a_dockerfile_cell_is_built_with_the_folder_as_context(kernel: Harness) -> None:
    Path("page.html").write_text("<h1>hi</h1>")
    outcome = kernel.execute("# a page\nFROM scratch\nCOPY page.html /srv/\n")
    assert outcome.reply["status"] == "ok"
    assert "Step 2/2 : COPY page.html /srv/" in outcome.text()
    assert "Successfully built" in outcome.text()


def test_dockerfile_magic_takes_the_flags_of_build(kernel: Harness) -> None:
    Path("ctx").mkdir()
    Path("ctx/f").write_text("x")
    body = "ARG V=0\nFROM scratch\nARG V\nLABEL v=$V\nCOPY f /f"
    outcome = kernel.execute(f"%%dockerfile -t a:1 -t b:2 --context ctx --build-arg V=7 --label 'x=y z'\n{body}")
    assert outcome.reply["status"] == "ok", outcome.text("stderr")
    assert "Successfully tagged b:2" in outcome.text()
    labels = kernel.execute("docker image inspect -f '{{json .Config.Labels}}' a:1").text()
    assert labels == '{"v":"7","x":"y z"}\n'


def test_dockerfile_magic_says_what_is_wrong(kernel: Harness) -> None:
    for line, words in (
        ("-f Dockerfile", "the cell is the Dockerfile"),
        ("--context", "flag needs an argument: --context"),
        ("-t 'x", "No closing quotation"),
    ):
        outcome = kernel.execute(f"%%dockerfile {line}\nFROM scratch")
        assert outcome.reply["ename"] == "UsageError"
        assert words in outcome.text("stderr") + outcome.reply["evalue"]
    outcome = kernel.execute("FROM scratch\nNOSUCH x")
    assert outcome.kinds[-3:] == ["stream:stderr", "display_data", "error"]
    assert "unknown instruction: NOSUCH" in outcome.reply["evalue"]


def test_the_result_of_a_line_magic(kernel: Harness) -> None:
    stock(kernel, "web:1", "web:2")
    outcome = kernel.execute("images = %docker image ls")
    assert outcome.kinds == ["stream:stdout"]
    images = kernel.shell.user_ns["images"]
    assert images.stdout == outcome.text()
    assert (images.exit_code, len(images.lines), set(images.df["tag"])) == (0, 3, {"1", "2"})
    assert kernel.execute("%docker image ls -q").kinds == ["stream:stdout"]
    assert kernel.execute("images").kinds == ["display_data"]
    assert kernel.execute("docker image ls; echo").kinds == ["stream:stdout"]


def test_a_failed_line_magic_fails_the_cell_and_ends_a_loop(kernel: Harness) -> None:
    outcome = kernel.execute("for i in range(3):\n    print(i)\n    %docker image rm nosuch")
    assert outcome.text() == "0\n"
    assert outcome.reply["ename"] == "DockerError"
    assert len(outcome.reply["traceback"]) == 1


@pytest.mark.parametrize(
    "text", ["docker image ls", "%docker image ls", "%%docker\ndocker image ls", "%%docker image ls\n\n"]
)
def test_the_same_command_in_each_form(kernel: Harness, text: str) -> None:
    assert kernel.execute(text).text().startswith("REPOSITORY")


def test_cell_magic_with_a_command_feeds_it_the_cell(kernel: Harness) -> None:
    outcome = kernel.execute("%%docker build -q -t fed:1 -\nFROM scratch\nLABEL a=b")
    assert outcome.reply["status"] == "ok", outcome.text("stderr")
    assert kernel.execute("docker image ls -q fed:1").text()


C07 = [
    ('image ls --format "{{.ID}}"', ["image", "ls", "--format", "{{.ID}}"]),
    ('image ls --format "{{json .}}"', ["image", "ls", "--format", "{{json .}}"]),
    ("tag {img} web:2", ["tag", "{img}", "web:2"]),
    ("run -e A=$img busybox", ["run", "-e", "A=$img", "busybox"]),
    ("run -e P=${img} busybox", ["run", "-e", "P=${img}", "busybox"]),
    ("run -e H=$HOME -e A=$img busybox", ["run", "-e", "H=$HOME", "-e", "A=$img", "busybox"]),
    ("--expand tag {img} web:2", ["tag", "web:1", "web:2"]),
    ("--expand image rm {names} --format={{.ID}}", ["image", "rm", "a", "b c", "--format={{.ID}}"]),
    ("--expand run -e A={img.upper()}x $img", ["run", "-e", "A=WEB:1x", "$img"]),
]


@pytest.mark.parametrize(("line", "expected"), C07)
def test_c07_text_reaches_the_command_untouched(
    kernel: Harness, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("dockkernel.commands.run.execute", lambda session, argv, **_: seen.append(argv) or 0)
    kernel.execute("img = 'web:1'; names = ['a', 'b c']")
    assert kernel.execute(f"%docker {line}").reply["status"] == "ok"
    assert kernel.execute(f"for i in range(1):\n    x = %docker {line}").reply["status"] == "ok"
    assert seen == [expected, expected]


def test_expand_says_what_it_does_not_know(kernel: Harness) -> None:
    outcome = kernel.execute("%docker --expand image rm {nosuch_name}")
    assert "NameError" in outcome.text("stderr") + outcome.reply["evalue"]
    assert outcome.reply["ename"] == "UsageError"


def complete(kernel: Harness, marked: str) -> list[str]:
    """The texts that the completions make of a text with the cursor at `|`."""
    cursor = marked.index("|")
    code = marked.replace("|", "", 1)
    reply = kernel.ask(kernel.kernel.do_complete(code, cursor))
    assert reply["status"] == "ok"
    assert reply["cursor_start"] <= cursor == reply["cursor_end"]
    return [code[: reply["cursor_start"]] + match + code[reply["cursor_end"] :] for match in reply["matches"]]


def test_c05_completion(kernel: Harness) -> None:
    stock(kernel, "web:1", "web:2", "team/api:3")
    assert complete(kernel, "docker im|") == ["docker image", "docker images", "docker import"]
    assert complete(kernel, "docker image ls --fil|") == ["docker image ls --filter"]
    assert complete(kernel, "docker image rm web:|") == ["docker image rm web:1", "docker image rm web:2"]
    assert complete(kernel, "docker image rm team/|") == ["docker image rm team/api:3"]
    assert "%docker" in complete(kernel, "%doc|")
    assert {"%%docker", "%%dockerfile"} <= set(complete(kernel, "%%docke|"))
    flags = complete(kernel, "%docker image ls --|")
    assert "%docker image ls --all" in flags
    assert all(text.startswith("%docker image ls --") for text in flags)
    assert all(text.startswith("docker -") for text in complete(kernel, "docker -|"))
    assert all(text.endswith(" ls") for text in complete(kernel, "docker| ls"))
    assert complete(kernel, "docker ima| ls") == ["docker image ls", "docker images ls"]


def test_completion_at_odd_places(kernel: Harness) -> None:
    stock(kernel, "web:1")
    assert complete(kernel, "# 🐳🐳🐳\ndocker image rm we|") == ["# 🐳🐳🐳\ndocker image rm web:1"]
    assert complete(kernel, "docker run -e A='🐳' we| sh") == ["docker run -e A='🐳' web:1 sh"]
    assert complete(kernel, "docker ps; docker history w|; docker ps") == ["docker ps; docker history web:1; docker ps"]
    assert complete(kernel, "docker image rm $(docker image hi|") == ["docker image rm $(docker image history"]
    assert complete(kernel, "$ docker image hist|") == ["$ docker image history"]
    assert complete(kernel, "docker image \\\n  hist|") == ["docker image \\\n  history"]
    assert complete(kernel, "x = %docker image hist|") == ["x = %docker image history"]
    assert complete(kernel, "🐳 = 1\n%docker image hist|") == ["🐳 = 1\n%docker image history"]
    assert complete(kernel, "%%docker\ndocker image hist|") == ["%%docker\ndocker image history"]
    assert complete(kernel, "%%dockerfile --metadata|") == ["%%dockerfile --metadata-file"]
    assert complete(kernel, "%%dockerfile\nFROM w|") == ["%%dockerfile\nFROM web:1"]
    assert complete(kernel, "docker ps | gre|") == []


def test_completion_in_a_dockerfile(kernel: Harness) -> None:
    stock(kernel, "web:1")
    assert complete(kernel, "FROM scratch\nwork|") == ["FROM scratch\nWORKDIR"]
    assert complete(kernel, "FROM we|") == ["FROM web:1"]
    assert complete(kernel, "FROM a AS base\nFROM ba|") == ["FROM a AS base\nFROM base"]
    assert complete(kernel, "FROM a AS base\nFROM b\nCOPY --from=ba|") == ["FROM a AS base\nFROM b\nCOPY --from=base"]
    assert complete(kernel, "FROM a\nRUN x \\\n  wor|") == []


def test_python_completion_is_ipythons(kernel: Harness) -> None:
    kernel.execute("docker_like_name = 1")
    assert "docker_like_name" in complete(kernel, "docker_li|")


@pytest.mark.parametrize(
    ("code", "usage"),
    [
        ("docker image l|s -q", "docker image ls [OPTIONS]"),
        ("docker images|", "docker images [OPTIONS]"),
        ("docker ps; docker run -it --name x ubuntu ba|sh", "docker run [OPTIONS]"),
        ("docker ima|ge", "docker image COMMAND"),
        ("d|ocker", "docker [OPTIONS] COMMAND"),
        ("%docker image pull ng|inx", "docker image pull [OPTIONS]"),
        ("x = %docker image pull|", "docker image pull [OPTIONS]"),
        ("%%docker\ndocker tag|", "docker tag SOURCE_IMAGE"),
        ("docker image rm $(docker image ls -|q)", "docker image ls [OPTIONS]"),
    ],
)
def test_help_at_the_cursor(kernel: Harness, code: str, usage: str) -> None:
    reply = kernel.ask(kernel.kernel.do_inspect(code.replace("|", "", 1), code.index("|")))
    assert reply["found"]
    assert f"Usage:  {usage}" in reply["data"]["text/plain"]


def test_help_elsewhere_is_pythons(kernel: Harness) -> None:
    reply = kernel.ask(kernel.kernel.do_inspect("len", 3))
    assert "Return the number of items" in reply["data"]["text/plain"]
    assert not kernel.ask(kernel.kernel.do_inspect("docker ps | grep", 16))["found"]


def test_the_extension_is_there_and_stays(kernel: Harness) -> None:
    kernel.execute("%load_ext dockkernel")
    kernel.execute("%unload_ext dockkernel")
    assert kernel.execute("docker image ls -q").reply["status"] == "ok"
    assert kernel.execute("%docker image ls -q").reply["status"] == "ok"
