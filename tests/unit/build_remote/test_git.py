"""Repositories as BuildKit takes them: refs, directories, `.git`, submodules, servers of two kinds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from support.dockers import Docker
from support.webs import GIT_ENV, HAS_GIT, Repository, plain_files

from dockkernel.build.buildkit.ops import GitSource
from dockkernel.build.remote import FetchFailed, never
from dockkernel.engine.fetch.fetcher import EngineFetcher
from dockkernel.fs.node import Dir, File, Symlink
from dockkernel.fs.tree import Tree

pytestmark = pytest.mark.skipif(not HAS_GIT, reason="git is not installed")


def silent(text: str, current: int, total: int, done: bool) -> None:
    pass


def texts(tree: Tree) -> dict[str, str]:
    return {
        path: node.content.open().read().decode()
        for path, node in tree.walk()
        if isinstance(node, File) and not path.startswith(".git/")
    }


def failure(fetcher: EngineFetcher, source: GitSource) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetcher.git(source, silent, never)
    return caught.value.message


def test_the_default_branch(fetcher: EngineFetcher, repository: Repository, git_url: str) -> None:
    tree, commit = fetcher.git(GitSource(git_url), silent, never)
    assert commit == repository.git("rev-parse", "main")
    assert texts(tree) == {
        "Dockerfile": "FROM scratch\nCOPY a.txt /\n", "a.txt": "one\n", "sub/Dockerfile": "FROM busybox\n",
        "sub/b.txt": "b\n",
    }  # fmt: skip


def test_branches_tags_commits(fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "light")
    repository.git("tag", "-a", "-m", "one", "v1")
    repository.git("checkout", "-q", "-b", "dev")
    second = repository.commit(a_dot_txt="two\n")
    repository.git("update-ref", "refs/pull/7/head", "dev")
    repository.publish(tmp_path / "srv" / "r.git")
    repository.git("push", "-q", str(tmp_path / "srv" / "r.git"), "refs/pull/7/head")
    for ref, commit in [
        ("main", first), ("light", first), ("v1", first), ("refs/tags/v1", first), ("dev", second),
        ("refs/heads/dev", second), ("heads/dev", second), ("pull/7/head", second), (first, first), (second, second),
    ]:  # fmt: skip
        tree, found = fetcher.git(GitSource(git_url, ref), silent, never)
        assert (found, texts(tree)["a.txt"]) == (commit, "one\n" if commit == first else "two\n"), ref


def test_a_directory(fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path) -> None:
    (repository.place / "link").symlink_to("sub")
    (repository.place / "out").symlink_to("/etc")
    (repository.place / "up").symlink_to("../../..")
    repository.commit()
    repository.publish(tmp_path / "srv" / "r.git")
    for subdir in ("sub", "link"):
        tree, _ = fetcher.git(GitSource(git_url, "", subdir), silent, never)
        assert sorted(texts(tree)) == ["Dockerfile", "b.txt"]
    assert failure(fetcher, GitSource(git_url, "", "out")).startswith("failed to open subdir out: ")
    assert failure(fetcher, GitSource(git_url, "", "none")) == (
        "failed to open subdir none: open none: no such file or directory"
    )
    assert (
        failure(fetcher, GitSource(git_url, "", "a.txt")) == "failed to open subdir a.txt: open a.txt: not a directory"
    )
    tree, _ = fetcher.git(GitSource(git_url), silent, never)
    assert isinstance(tree.get("out"), Symlink)
    assert sorted(texts(fetcher.git(GitSource(git_url, "", "up"), silent, never)[0])) == sorted(texts(tree))


def test_modes_and_the_git_directory(
    fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path
) -> None:
    repository.commit(run_dot_sh="x")
    (repository.place / "run.sh").chmod(0o755)
    repository.commit()
    repository.git("tag", "-a", "-m", "one", "v1")
    repository.publish(tmp_path / "srv" / "r.git")
    old = os.umask(0o077)
    try:
        tree, commit = fetcher.git(GitSource(git_url, "v1", keep_git_dir=True), silent, never)
    finally:
        os.umask(old)
    assert commit == repository.git("rev-parse", "v1")
    modes = {path: node.meta.mode for path, node in tree.walk() if not path.startswith(".git/")}
    assert modes == {
        ".git": 0o755, "Dockerfile": 0o644, "a.txt": 0o644, "run.sh": 0o755, "sub": 0o755, "sub/Dockerfile": 0o644,
        "sub/b.txt": 0o644,
    }  # fmt: skip
    assert isinstance(tree.get(".git/refs/tags"), Dir)
    config = tree.get(".git/config")
    assert isinstance(config, File)
    assert git_url in config.content.open().read().decode()
    assert tree.get(".git/FETCH_HEAD") is None


def test_an_odd_name_is_a_name(fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path) -> None:
    (repository.place / ".wh.a.txt").write_text("no whiteout\n")
    repository.commit(empty="")
    repository.publish(tmp_path / "srv" / "r.git")
    found = texts(fetcher.git(GitSource(git_url), silent, never)[0])
    assert (found[".wh.a.txt"], found["a.txt"], found["empty"]) == ("no whiteout\n", "one\n", "")


def test_submodules(fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit(inner_dot_txt="inner\n")
    other.publish(tmp_path / "srv" / "other.git")
    repository.git("submodule", "add", "-q", git_url.replace("r.git", "other.git"), "mod")
    repository.commit()
    repository.publish(tmp_path / "srv" / "r.git")
    assert texts(fetcher.git(GitSource(git_url), silent, never)[0])["mod/inner.txt"] == "inner\n"
    assert "mod/inner.txt" not in texts(fetcher.git(GitSource(git_url, submodules=False), silent, never)[0])


def test_a_submodule_of_this_computer_is_refused(
    fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path
) -> None:
    secret = Repository(tmp_path / "secret")
    secret.commit(key="secret\n")
    repository.git("submodule", "add", "-q", str(tmp_path / "secret"), "mod")
    repository.commit()
    repository.publish(tmp_path / "srv" / "r.git")
    assert failure(fetcher, GitSource(git_url)).startswith(f"failed to update submodules for {git_url}: git error: ")


def test_a_commit_that_was_here_does_not_come_again(
    docker: Docker, repository: Repository, git_url: str, tmp_path: Path
) -> None:
    commit = repository.git("rev-parse", "HEAD")
    first, _ = EngineFetcher(docker.engine).git(GitSource(git_url, "main"), silent, never)
    again, _ = EngineFetcher(docker.engine).git(GitSource(git_url, commit), silent, never)
    assert again is first
    repository.commit(a_dot_txt="two\n")
    repository.publish(tmp_path / "srv" / "r.git")
    newer, _ = EngineFetcher(docker.engine).git(GitSource(git_url, "main"), silent, never)
    assert texts(newer)["a.txt"] == "two\n"


def test_checksums(fetcher: EngineFetcher, repository: Repository, git_url: str, tmp_path: Path) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "-a", "-m", "one", "v1")
    tag = repository.git("rev-parse", "v1")
    repository.publish(tmp_path / "srv" / "r.git")
    for ref in ("main", "v1", "", commit):
        assert fetcher.git(GitSource(git_url, ref, checksum=commit[:8]), silent, never)[1] == commit
    assert fetcher.git(GitSource(git_url, "v1", checksum=tag), silent, never)[1] == commit
    problem = "failed to load cache key: expected checksum to match 0123, got "
    assert failure(fetcher, GitSource(git_url, "main", checksum="0123")) == f"{problem}{commit}"
    assert failure(fetcher, GitSource(git_url, "v1", checksum="0123")) == f"{problem}{tag} or {commit}"
    assert failure(fetcher, GitSource(git_url, checksum="--x")) == (
        "failed to load cache key: invalid checksum --x for Git URL, expected hex commit hash"
    )


def test_what_is_not_there(fetcher: EngineFetcher, git_url: str) -> None:
    assert failure(fetcher, GitSource(git_url, "none")) == (
        'failed to load cache key: repository does not contain ref none, output: ""'
    )
    gone = git_url.replace("r.git", "gone.git")
    assert failure(fetcher, GitSource(gone)).startswith(
        f"failed to load cache key: error fetching default branch for repository {gone}: git error: exit status 128\n"
        "stderr:\nfatal: "
    )
    assert failure(fetcher, GitSource(gone, "main")).startswith(
        f"failed to load cache key: failed to fetch remote {gone}: "
    )
    assert failure(fetcher, GitSource(git_url, "0" * 40)).startswith(f"failed to fetch remote {git_url}: git error: ")


@pytest.mark.parametrize("ref", ["-x", "--upload-pack=touch pwned"])
def test_a_ref_is_no_option(fetcher: EngineFetcher, git_url: str, ref: str) -> None:
    assert failure(fetcher, GitSource(git_url, ref)) == f'failed to load cache key: invalid git ref "{ref}"'


def test_an_address_is_no_option(fetcher: EngineFetcher, tmp_path: Path) -> None:
    for url in (f"--upload-pack=touch {tmp_path}/pwned", f"ext::sh -c 'touch {tmp_path}/pwned'"):
        failure(fetcher, GitSource(url))
        failure(fetcher, GitSource(url, "0" * 40))
    for url in (f"--upload-pack=touch {tmp_path}/pwned@h:x", "--all@h:x", f"file://{tmp_path}", str(tmp_path)):
        assert "git error: " in failure(fetcher, GitSource(url, "main"))
        failure(fetcher, GitSource(url, "0" * 40))
    assert not (tmp_path / "pwned").exists()


def test_a_server_that_only_hands_out_files(docker: Docker, repository: Repository, tmp_path: Path) -> None:
    with plain_files(tmp_path / "srv") as base:
        tree, _ = EngineFetcher(docker.engine).git(GitSource(f"{base}/r.git", "main"), silent, never)
    assert texts(tree)["a.txt"] == "one\n"


def test_without_git(docker: Docker, tmp_path: Path) -> None:
    docker.engine.settings = type(docker.engine.settings)(docker.home, env={**GIT_ENV, "PATH": str(tmp_path)})
    assert failure(EngineFetcher(docker.engine), GitSource("https://example.com/r.git")) == (
        'failed to find git binary: exec: "git": executable file not found in $PATH'
    )


def test_git_ends_when_the_build_does(docker: Docker, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    path = f"{program.parent}:{GIT_ENV['PATH']}"
    docker.engine.settings = type(docker.engine.settings)(docker.home, env={**GIT_ENV, "PATH": path})
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="context canceled"):
        EngineFetcher(docker.engine).git(GitSource("https://example.com/r.git"), silent, lambda: True)
    assert time.monotonic() - began < 30
