"""Recipe scripts: what a step leaves in the config and how the history words it."""

from __future__ import annotations

import pytest

from dockkernel.errors import ParseError
from dockkernel.oci.config import ContainerConfig
from dockkernel.registry.script import configure, created_by, parse


@pytest.mark.parametrize(
    ("line", "classic", "buildkit"),
    [
        ('CMD ["nginx","-g","daemon off;"]', '/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx" "-g" "daemon off;"]'),
        ("ENV A=b c", "/bin/sh -c #(nop)  ENV A=b c", "ENV A=b c"),
        ("EXPOSE 80", "/bin/sh -c #(nop)  EXPOSE 80", "EXPOSE map[80/tcp:{}]"),
        ("EXPOSE 80 53/udp", "/bin/sh -c #(nop)  EXPOSE 80 53/udp", "EXPOSE map[53/udp:{} 80/tcp:{}]"),
        ('VOLUME ["/b","/a"]', "/bin/sh -c #(nop)  VOLUME [/b /a]", "VOLUME [/b /a]"),
        ("WORKDIR /data", "/bin/sh -c #(nop) WORKDIR /data", "WORKDIR /data"),
        ("STOPSIGNAL SIGQUIT", "/bin/sh -c #(nop)  STOPSIGNAL SIGQUIT", "STOPSIGNAL SIGQUIT"),
        ("@x RUN true && false", "/bin/sh -c true && false", "RUN /bin/sh -c true && false # buildkit"),
        ("@x RAW # debian.sh", "# debian.sh", "# debian.sh"),
    ],
)  # fmt: skip
def test_history_rows(line: str, classic: str, buildkit: str) -> None:
    (step,) = parse(line)
    assert created_by(step, "classic", "id") == classic
    assert created_by(step, "buildkit", "id") == buildkit


def test_copied_files_show_a_hash_in_the_classic_builder() -> None:
    (step,) = parse("@x COPY a.sh /usr/bin/")
    text = created_by(step, "classic", "id")
    assert text.startswith("/bin/sh -c #(nop) COPY file:")
    assert text.endswith(" in /usr/bin/ ")
    assert created_by(step, "buildkit", "id") == "COPY a.sh /usr/bin/ # buildkit"


def test_steps_make_the_config() -> None:
    script = """
    ENV PATH=/a
    ENV B=1
    ENV PATH=/b
    LABEL one=1
    LABEL two=x=y
    EXPOSE 80 443/tcp
    VOLUME ["/data"]
    USER app
    WORKDIR /data
    ENTRYPOINT ["run.sh"]
    CMD echo $B
    STOPSIGNAL SIGINT
    """
    assert configure(ContainerConfig(), parse(script)) == ContainerConfig(
        env=("PATH=/b", "B=1"),
        labels={"one": "1", "two": "x=y"},
        exposed_ports=("443/tcp", "80/tcp"),
        volumes=("/data",),
        user="app",
        working_dir="/data",
        entrypoint=("run.sh",),
        cmd=("/bin/sh", "-c", "echo $B"),
        stop_signal="SIGINT",
    )


def test_a_quiet_step_has_its_effect_and_no_row() -> None:
    (step,) = parse('~CMD ["bash"]')
    assert not step.recorded
    assert configure(ContainerConfig(), [step]).cmd == ("bash",)


def test_an_unknown_instruction_is_refused() -> None:
    with pytest.raises(ParseError, match="unknown instruction FETCH"):
        parse("FETCH it")
