"""Secrets: what `--secret` may say, what RUN sees, and that nothing of them stays."""

from __future__ import annotations

import errno
import os
from typing import ClassVar

import pytest
from support.kitruns import ENV, Kit

from dockkernel.build.buildkit.secrets import MAX_SECRET, SecretSource, parse_secret, read_secrets
from dockkernel.errors import InvalidInput


class TestRun:
    KIT = Kit(secrets={"token": b"s3cret"})

    def test_it_is_a_file_that_only_root_reads(self) -> None:
        step = self.KIT.run("cat /run/secrets/token; stat -c ' %a %u %g' /run/secrets/token", "type=secret,id=token")
        assert step.out == "s3cret 400 0 0\n"
        assert step.layer == []

    def test_it_has_the_owner_and_mode_that_were_asked_for(self) -> None:
        mount = "type=secret,mode=741,uid=100,gid=102,target=/token"
        step = self.KIT.run('stat -c "%u %g %f" /token; ls /run', mount)
        assert step.out == "100 102 81e1\n"
        assert step.layer == []

    def test_another_user_cannot_read_it(self) -> None:
        step = self.KIT.run("cat /run/secrets/token", "type=secret,id=token", user="nobody")
        assert step.err == "cat: can't open '/run/secrets/token': Permission denied\n"

    def test_it_cannot_be_changed(self) -> None:
        step = self.KIT.run("echo x > /run/secrets/token; rm /run/secrets/token", "type=secret,id=token")
        assert "Read-only file system" in step.err
        assert "Device or resource busy" in step.err
        assert step.layer == []

    def test_what_is_put_beside_it_stays(self) -> None:
        step = self.KIT.run("touch /run/secrets/own", "type=secret,id=token")
        assert step.layer == ["+ run", "+ run/secrets", "+ run/secrets/own"]

    def test_a_target_is_relative_to_the_working_directory(self) -> None:
        step = self.KIT.run("cat /tmp/.token", "type=secret,id=token,target=.token", cwd="/tmp")
        assert step.out == "s3cret"

    def test_the_id_may_come_from_the_target(self) -> None:
        assert self.KIT.run("cat /etc/token", "type=secret,target=/etc/token").out == "s3cret"

    def test_a_variable_holds_it_and_no_file(self) -> None:
        step = self.KIT.run('echo "$T"; ls /run', "type=secret,id=token,env=T", env=(*ENV, "T=old"))
        assert step.out.startswith("s3cret\n")
        assert step.layer == []

    def test_a_variable_and_a_file(self) -> None:
        step = self.KIT.run('echo "$T"; cat /t', "type=secret,id=token,env=T,target=/t")
        assert step.out == "s3cret\ns3cret"

    def test_one_that_is_not_given_is_left_out(self) -> None:
        step = self.KIT.run('ls /run/secrets; echo "[$T]"', "type=secret,id=other", "type=secret,id=more,env=T")
        assert step.out == "[]\n"
        assert "No such file" in step.err

    @pytest.mark.parametrize("mount", ["type=secret,id=other,required", "type=secret,id=other,required=true,env=T"])
    def test_one_that_must_be_given(self, mount: str) -> None:
        with pytest.raises(InvalidInput, match=r"^secret other: not found$"):
            self.KIT.run("true", mount)


class TestFlag:
    @pytest.mark.parametrize(
        ("text", "source"),
        [
            ("id=a,src=file", SecretSource("a", "file")),
            ("id=a,source=dir/file", SecretSource("a", "dir/file")),
            ("ID=a,SRC=file", SecretSource("a", "file")),
            ("type=file,id=a,src=f", SecretSource("a", "f")),
            ("id=a,env=NAME", SecretSource("a", "", "NAME")),
            ("id=a,type=env,src=NAME", SecretSource("a", "", "NAME")),
            ("id=a", SecretSource("a")),
            ('"id=a","src=with,comma"', SecretSource("a", "with,comma")),
            ("src=file", SecretSource("", "file")),
        ],
    )
    def test_read(self, text: str, source: SecretSource) -> None:
        assert parse_secret(text) == source

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "failed to parse csv secret: EOF"),
            ("id", "invalid field 'id' must be a key=value pair"),
            ("id=a,file", "invalid field 'file' must be a key=value pair"),
            ("id=a,path=x", "unexpected key 'path' in 'path=x'"),
            ("id=a,type=dir", 'unsupported secret type "dir"'),
            ('id="a', 'failed to parse csv secret: parse error on line 1, column 4: bare " in non-quoted-field'),
        ],
    )
    def test_refused(self, text: str, message: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse_secret(text)
        assert caught.value.message == message


class TestReading:
    FILES: ClassVar = {"f": b"data", "a": b"from file", "most": b"x" * MAX_SECRET, "big": b"x" * (MAX_SECRET + 1)}

    def read(self, path: str, limit: int) -> bytes:
        if path == "dir":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if path not in self.FILES:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self.FILES[path][:limit]

    def values(self, *texts: str, **env: str) -> dict[str, bytes]:
        return read_secrets([parse_secret(text) for text in texts], env, self.read)

    def test_from_files_and_variables(self) -> None:
        assert self.values("id=x,src=f", "id=y,env=V", "id=z,src=most", V="value") == {
            "x": b"data",
            "y": b"value",
            "z": self.FILES["most"],
        }

    def test_an_id_alone_is_a_variable_or_else_a_file(self) -> None:
        assert self.values("id=a", a="from variable") == {"a": b"from variable"}
        assert self.values("id=a") == {"a": b"from file"}

    def test_a_variable_that_is_not_set_is_empty(self) -> None:
        assert self.values("id=a,env=NONE") == {"a": b""}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("src=f", "secret missing ID"),
            ("id=a,src=nowhere", "failed to stat nowhere: stat nowhere: no such file or directory"),
            ("id=nowhere", "failed to stat nowhere: stat nowhere: no such file or directory"),
            ("id=a,src=big", "secret a too big. max size 500KiB"),
            ("id=a,src=dir", "read dir: is a directory"),
        ],
    )
    def test_refused(self, text: str, message: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            self.values(text)
        assert caught.value.message == message

    def test_a_variable_that_is_too_big(self) -> None:
        with pytest.raises(InvalidInput, match=r"^invalid secret size 512001$"):
            self.values("id=a,env=V", V="x" * (MAX_SECRET + 1))
