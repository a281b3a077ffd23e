"""COPY and ADD in whole graph builds, and when they come from the cache."""

from __future__ import annotations

import io
import os
import tarfile

import pytest
from support.kits import Kit

from dockkernel.testing.trees import names


def ends(kit: Kit, dockerfile: str, **options: object) -> dict[str, str]:
    """How each step ended, by its text."""
    done = kit(dockerfile, **options)
    assert done.error is None, done.error
    return {name.partition("] ")[2]: end for name, end in done.ends().items() if not name.startswith("[internal]")}


def test_paths_are_relative_to_the_working_directory(kit: Kit) -> None:
    """Case A27."""
    kit.docker.write("f", "1")
    done = kit(
        "FROM busybox AS s\nWORKDIR /src\nRUN echo S > out\n"
        "FROM busybox\nWORKDIR app\nWORKDIR ../x\nWORKDIR y\nCOPY f ./\nCOPY f sub/\nCOPY --from=s src/out /o\n"
    )
    assert done.error is None
    assert kit.docker.config("app").config.working_dir == "/x/y"
    assert [kit.docker.read("app", path) for path in ("x/y/f", "x/y/sub/f", "o")] == ["1", "1", "S\n"]
    assert "app" in kit.docker.files("app").root.children
    failed = kit("FROM busybox AS s\nWORKDIR /src\nRUN echo S > out\nFROM busybox\nCOPY --from=s out /o2\n")
    assert failed.message.endswith('"/out": not found')


def test_the_destination_is_expanded_first(kit: Kit) -> None:
    """Case A26."""
    kit.docker.write("a", "1")
    kit.docker.write("b", "2")
    assert kit("FROM busybox\nENV D=/t/\nCOPY a b $D\nCOPY a* /t3\nCOPY a b /t2\n").error is None
    assert [kit.docker.read("app", path) for path in ("t/a", "t/b", "t3", "t2")] == ["1", "2", "1", "2"]


def test_here_documents(kit: Kit) -> None:
    """Case A46."""
    text = (
        "FROM scratch\nENV V=1\nCOPY <<EOF /u\n\"d\" 's' $V ${V} \\$V \\\\ a\\tb\nEOF\n"
        'COPY <<"EOF" /q\n"d" $V \\$V a\\tb\nEOF\nCOPY <<-EOT /t\n\t\ttabs\n  spaces\n\tEOT\n'
        "COPY <<one <<two /dir/\n1\none\n2\ntwo\n"
    )
    assert kit(text).error is None
    found = {path: kit.docker.read("app", path) for path in ("u", "q", "t", "dir/one", "dir/two")}
    assert found == {
        "u": "\"d\" 's' 1 1 $V \\ atb\n", "q": '"d" $V \\$V a\\tb\n', "t": "tabs\n  spaces\n", "dir/one": "1\n",
        "dir/two": "2\n",
    }  # fmt: skip


def test_add_unpacks_local_archives(kit: Kit) -> None:
    """Case A28."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        made.addfile(tarfile.TarInfo("in"), io.BytesIO())
    kit.docker.write("x.tar", out.getvalue())
    assert (
        kit("FROM scratch\nADD x.tar /1/\nCOPY x.tar /6/\nADD --unpack=false x.tar /7/\nADD x.tar /8\n").error is None
    )
    assert names(kit.docker.files("app")) == ["1", "1/in", "6", "6/x.tar", "7", "7/x.tar", "8", "8/in"]


def test_content_and_mode_count_for_the_cache_and_times_do_not(kit: Kit) -> None:
    text = "FROM busybox\nCOPY d /d/\nRUN true\n"
    kit.docker.write("d/f", "1")
    kit(text)
    os.utime(kit.docker.cwd / "d" / "f", (1, 1))
    kit.docker.write("beside", "not copied")
    assert ends(kit, text)["COPY d /d/"] == ends(kit, text)["RUN true"] == "CACHED"
    (kit.docker.cwd / "d" / "f").chmod(0o600)
    assert ends(kit, text)["COPY d /d/"] == "DONE"
    (kit.docker.cwd / "d" / "f").chmod(0o644)
    assert ends(kit, text)["COPY d /d/"] == "CACHED"
    kit.docker.write("d/f", "2")
    assert ends(kit, text)["COPY d /d/"] == "DONE"


def test_excluded_files_and_moved_files_do_not_count(kit: Kit) -> None:
    kit.docker.write("d/f", "1")
    kit.docker.write("d/log", "1")
    text = "FROM busybox\nCOPY --exclude=log d /d/\n"
    kit(text)
    kit.docker.write("d/log", "2")
    assert ends(kit, text)["COPY --exclude=log d /d/"] == "CACHED"
    kit.docker.write("elsewhere/d/f", "1")
    assert ends(kit, text.replace(" d ", " elsewhere/d "))["COPY --exclude=log elsewhere/d /d/"] == "CACHED"


def test_a_build_argument_misses_from_its_first_run_on(kit: Kit) -> None:
    """Case A38."""
    text = (
        "FROM busybox AS a\nRUN echo A\nFROM busybox\nRUN echo before\nARG V\nRUN echo not-using-it\n"
        'ARG W\nENV W=$W\nCMD ["sh"]\n'
    )

    def build(v: str, w: str) -> list[str]:
        found = ends(kit, text, args={"V": v, "W": w})
        assert "RUN echo A" not in found
        return [found["RUN echo before"], found["RUN echo not-using-it"]]

    assert build("1", "1") == ["DONE", "DONE"]
    assert build("2", "1") == ["CACHED", "DONE"]
    assert build("2", "2") == ["CACHED", "CACHED"]
    assert "W=2" in (kit.docker.config("app").config.env or ())
    assert build("1", "1") == ["CACHED", "CACHED"]


def test_a_linked_layer_does_not_depend_on_what_is_below_it(kit: Kit) -> None:
    """Case B07."""
    kit.docker.write("f", "1")
    text = "FROM busybox\nRUN echo {0}\nRUN ln -s /elsewhere /l\nCOPY --link f /l/f\n"
    kit(text.format(1))
    assert ends(kit, text.format(2))["COPY --link f /l/f"] == "CACHED"
    assert kit.docker.read("app", "l/f") == "1"


def test_an_owner_is_looked_up_in_the_base(kit: Kit) -> None:
    """With `--link` too, as with Docker's own store; scratch has no names."""
    kit.docker.write("f", "1")
    users = 'FROM busybox\nRUN echo "www:x:33:34::/:/bin/sh" >> /etc/passwd\n'
    assert kit(f"{users}COPY --chown=www f /a\nCOPY --link --chown=www f /b\n").error is None
    metas = [kit.docker.files("app").root.children[name].meta for name in "ab"]
    assert [(meta.uid, meta.gid) for meta in metas] == [(33, 34), (33, 34)]
    failed = kit("FROM scratch\nCOPY --chown=www f /x\n")
    assert failed.message.endswith("invalid user index: -1")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("COPY missing.txt /", '"/missing.txt": not found'),
        ("COPY ../missing.txt /", '"/missing.txt": not found'),
        ("COPY --chmod=64a f /", "invalid chmod parameter: '64a'. it should be octal string and between 0 and 07777"),
        ("COPY d /f", "cannot copy to non-directory: /f"),
        ("COPY f /f/", "mkdir /f: not a directory"),
    ],
)
def test_what_fails_says_why_in_a_line(kit: Kit, line: str, message: str) -> None:
    kit.docker.write("f", "1")
    kit.docker.write("d/f", "1")
    failed = kit(f"FROM busybox\nCOPY f /f\n{line}\n")
    assert failed.message.endswith(message)
    assert "\n" not in failed.message


def test_a_stage_without_files_has_none(kit: Kit) -> None:
    failed = kit("FROM scratch AS e\nFROM busybox\nCOPY --from=e x /\n")
    assert failed.message.endswith("lstat /x: no such file or directory")
    assert kit("FROM scratch AS e\nFROM busybox\nCOPY --from=e / /y\n").error is None
    assert "y" in names(kit.docker.files("app"))
