"""The three shells give the same for the same script, as far as they all can run it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dockkernel.commands.events import Err, Out, Recorder, Sink
from dockkernel.commands.script import read_plain
from dockkernel.frontends.hostshell import run_bash
from dockkernel.frontends.place import Outcome, Place
from dockkernel.frontends.portable import run_portable
from dockkernel.frontends.shell import PlainShell

Run = Callable[[str, Place, Sink], Outcome]


def docker(words: Sequence[str], place: Place, sink: Sink, *, stdin: bytes | None = None) -> int:
    """A docker that shows its arguments; `docker exit N` fails."""
    if list(words[:1]) == ["exit"]:
        sink.emit(Err("failed\n"))
        return int(words[1])
    lines = [*words, *(["A=" + place.env["A"]] if "A" in place.env else [])]
    sink.emit(Out("".join(f"<{line}>" for line in lines) + "\n"))
    return 0


def plain(text: str, place: Place, sink: Sink) -> Outcome:
    return PlainShell(docker, place, sink).run(read_plain(text))


def portable(text: str, place: Place, sink: Sink) -> Outcome:
    return run_portable(text, place, sink, docker, store={})


def bash(text: str, place: Place, sink: Sink) -> Outcome:
    """The real thing, with a docker that does the same as ours."""
    program = (
        'docker() { [ "$1" = exit ] && { echo failed >&2; return $2; }; for w; do printf \'<%s>\' "$w"; done; '
        "[ -n \"${A+x}\" ] && [[ $(declare -p A 2>/dev/null) == 'declare -x'* ]] && printf '<A=%s>' \"$A\"; echo; }; "
    )
    return run_bash(shutil.which("bash") or "", program + text, place, sink, store={})


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("a.txt", "b.txt", ".hidden"):
        (tmp_path / name).write_text("")
    (tmp_path / "web").mkdir()
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(tmp_path / "home")}
    if "LD_LIBRARY_PATH" in os.environ:
        env["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return Place(tmp_path, env)


SCRIPTS = [
    ("docker a 'b c' \"d  e\" f\\ g", "<a><b c><d  e><f g>\n", 0),
    ("docker {{.ID}} '{{.ID}}\t{{.Tag}}' {{json .}}", "<{{.ID}}><{{.ID}}\t{{.Tag}}><{{json><.}}>\n", 0),
    ('docker "" \'\' x""', "<><><x>\n", 0),
    ("docker one; docker two && docker three || docker four", "<one>\n<two>\n<three>\n", 0),
    ("docker exit 3 || docker rescued", "<rescued>\n", 0),
    ("docker exit 3 && docker no\ndocker on", "<on>\n", 0),
    ("docker one\ndocker exit 3\ndocker never", "<one>\n", 3),
    ("docker exit 3; docker never", "", 3),
    ("docker one && docker exit 4", "<one>\n", 4),
    ("docker exit 4 && docker no", "", 4),
    ("X=1 Y=$X-2; docker $X $Y", "<1><1-2>\n", 0),
    ('X="p  q"; docker $X "$X" x$X"y z"', "<p><q><p  q><xp><qy z>\n", 0),
    ("docker $(docker p q) \"$(docker 'r  s')\"", "<<p><q>><<r  s>>\n", 0),
    ("docker $(docker exit 2) on", "<on>\n", 0),
    ("X=$(docker exit 2); docker never", "", 2),
    ("X=$(docker hi) && docker got $X", "<got><<hi>>\n", 0),
    ("A=5 docker x; docker y", "<x><A=5>\n<y>\n", 0),
    ("export A=5; docker x", "<x><A=5>\n", 0),
    ("A=5; docker x; export A; docker y", "<x>\n<y><A=5>\n", 0),
    ("docker *.txt '*.txt' n*pe [ab].txt w?b", "<a.txt><b.txt><*.txt><n*pe><a.txt><b.txt><web>\n", 0),
    ("P='*.txt'; docker $P \"$P\"", "<a.txt><b.txt><*.txt>\n", 0),
    ("docker a # b\n# c\n\ndocker d#e", "<a>\n<d#e>\n", 0),
    ("docker a \\\n  b \\\n  c", "<a><b><c>\n", 0),
    ('docker "a\\\nb" "c\nd" \'e\\\nf\'', "<ab><c\nd><e\\\nf>\n", 0),
    ('docker "\\$X \\"q\\" \\n" $ "$"', '<$X "q" \\n><$><$>\n', 0),
    ("docker a &&\n  docker b ||\n\n docker c", "<a>\n<b>\n", 0),
    ("cd web; cd ..; docker $?; cd web && docker *", "<0>\n<*>\n", 0),
    ("true; docker $?; false || docker $?; :", "<0>\n<1>\n", 0),
    ("echo a  'b  c'; echo -n d; echo", "a b  c\nd\n", 0),
    ("docker a; exit 5; docker never", "<a>\n", 5),
    ("docker $(docker a; exit 1; docker b) c", "<<a>><c>\n", 0),
    ("X=1; unset X; docker a$X", "<a>\n", 0),
    ("docker 你好 🐳", "<你好><🐳>\n", 0),
    ("docker ~ x~ '~'", None, 0),
]


@pytest.mark.parametrize(("text", "expected", "code"), SCRIPTS)
def test_plain(text: str, expected: str | None, code: int, place: Place) -> None:
    recorder = Recorder()
    home = place.env["HOME"]
    outcome = plain(text, place, recorder)
    assert (recorder.stdout, outcome.exit_code) == (expected if expected is not None else f"<{home}><x~><~>\n", code)


@pytest.mark.skipif(sys.platform == "win32", reason="no bash to rely on")
@pytest.mark.parametrize(("text", "expected", "code"), SCRIPTS)
def test_bash_agrees(text: str, expected: str | None, code: int, place: Place) -> None:
    ours, theirs = Recorder(), Recorder()
    outcome = plain(text, place.copy(), ours)
    real = bash(text, place.copy(), theirs)
    assert (theirs.stdout, real.exit_code) == (ours.stdout, outcome.exit_code)


PLAIN = ("cd web; export B='x y'", "x y")
WHOLE = ("docker a | cat; for i in 1 2; do cd web; cd ..; done; cd web; export B=$(docker z)", "<z>")
NO_BASH = pytest.mark.skipif(sys.platform == "win32", reason="no bash to rely on")


@pytest.mark.parametrize(
    ("run", "text", "variable"),
    [
        (plain, *PLAIN),
        (portable, *PLAIN),
        (portable, *WHOLE),
        pytest.param(bash, *PLAIN, marks=NO_BASH),
        pytest.param(bash, *WHOLE, marks=NO_BASH),
    ],
)
def test_folder_and_variables_come_back(run: Run, text: str, variable: str, place: Place) -> None:
    start, path = place.cwd, place.env["PATH"]
    place.env["GONE"] = "1"
    outcome = run(f"unset GONE; {text}", place, Recorder())
    assert outcome.exit_code == 0
    assert (place.cwd, place.env["B"], place.env["PATH"]) == (start / "web", variable, path)
    assert "GONE" not in place.env
    assert not place.env.keys() & {"BASH_ENV", "_", "SHLVL"}


def test_the_portable_shell_runs_what_needs_a_shell(place: Place) -> None:
    recorder = Recorder()
    text = "docker a | tr a b; mkdir n && cat > n/Dockerfile <<EOF\nFROM scratch\nEOF\nfor i in 1 2; do docker $i; done"
    assert portable(text, place, recorder).exit_code == 0
    assert recorder.stdout == "<b>\n<1>\n<2>\n"
    assert (place.cwd / "n" / "Dockerfile").read_text() == "FROM scratch\n"


def test_the_portable_shell_says_what_it_has_not(place: Place) -> None:
    recorder = Recorder()
    assert portable("docker a | no_such_program", place, recorder).exit_code == 127
    assert "no_such_program: command not found" in recorder.stderr
    assert "the machine has no bash" in recorder.stderr


def test_the_portable_shell_stops_at_a_failure(place: Place) -> None:
    recorder = Recorder()
    assert portable("docker a | cat; docker exit 6; docker never", place, recorder).exit_code == 6
    assert recorder.stdout == "<a>\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no bash to rely on")
def test_bash_names_the_line_of_the_cell(place: Place) -> None:
    recorder = Recorder()
    assert run_bash(shutil.which("bash") or "", "true\n\nno_such_program", place, recorder, store={}).exit_code == 127
    assert recorder.stderr == "docker-cell: line 3: no_such_program: command not found\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no bash to rely on")
def test_bash_takes_long_scripts_and_odd_bytes(place: Place) -> None:
    recorder = Recorder()
    text = f"# {'x' * 200_000}\nprintf '\\377\\n'; printf '\\360\\237'; printf '\\220\\263'"
    assert run_bash(shutil.which("bash") or "", text, place, recorder, store={}).exit_code == 0
    data = b"".join(event.data for event in recorder.events if isinstance(event, Out) and isinstance(event.data, bytes))
    assert data == b"\xff\n\xf0\x9f\x90\xb3"


@pytest.mark.skipif(sys.platform == "win32", reason="no bash to rely on")
def test_a_background_process_does_not_hold_the_cell(place: Place) -> None:
    recorder = Recorder()
    assert (
        run_bash(
            shutil.which("bash") or "",
            "sleep 30 & echo started; kill %1 2>/dev/null || true",
            place,
            recorder,
            store={},
        ).exit_code
        == 0
    )
    assert recorder.stdout == "started\n"
