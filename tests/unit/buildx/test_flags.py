"""What buildx says of flags that it cannot read or that the docker driver has not."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dockers import Docker

from dockkernel.commands import buildx_flags, buildx_outputs
from dockkernel.commands.buildx_flags import BuildxError

DRIVER = (
    " is not supported for the docker driver.\n"
    "Switch to a different driver, or turn on the containerd image store, and try again.\n"
    "Learn more at https://docs.docker.com/go/"
)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("-o", "type=local"), "dest is required for local exporter"),
        (("-o", "type=local,dest=-"), "dest cannot be stdout for local exporter"),
        (("-o", "type=local,dest=Dockerfile"), "destination directory Dockerfile is a file"),
        (("-o", "type=tar,dest=."), "destination file . is a directory"),
        (("-o", "type=oci,dest=no/x.tar"), "failed to open open no/x.tar: no such file or directory"),
        (("-o", "type=oci,tar=false"), "dest is required for oci exporter"),
        (("-o", "dest=x,tar=false"), "type is required for output"),
        (("-o", "type=local,dest"), "invalid value dest"),
        (("-o", "type=zip,dest=x"), 'failed to solve: exporter "zip" could not be found'),
        (("-o", "type=tar", "-o", "-"), "multiple outputs configured to write to stdout"),
        (("-o", "out", "--iidfile", "x"), "local and tar exporters are incompatible with image ID file"),
        (("--push",), "tag is needed when pushing to registry"),
        (("--push", "-t", "a"), "pushing to a registry is not available on the embedded engine"),
        (("-o", "type=registry", "-t", "a"), "pushing to a registry is not available on the embedded engine"),
        (("--platform", "linux/amd64,linux/arm64"), f"Multi-platform build{DRIVER}build-multi-platform/"),
        (("--cache-to", "type=registry,ref=a"), f"Cache export{DRIVER}build-cache-backends/"),
        (("--cache-to", "user/app:cache"), f"Cache export{DRIVER}build-cache-backends/"),
        (("--cache-to", "type=local"), "local cache exporter requires dest"),
        (("--cache-from", "type=local"), "local cache importer requires src"),
        (("--cache-from", "src=x"), 'type required form> "src=x"'),
        (("--provenance", "true"), f"Attestation{DRIVER}attestations/"),
        (("--attest", "type=sbom"), f"Attestation{DRIVER}attestations/"),
        (("--attest", "sbom"), "invalid value sbom"),
        (("--attest", "generator=x"), "attestation type not specified"),
        (("--sbom", "false", "--attest", "type=sbom,disabled=true"), "duplicate attestation field sbom"),
        (("-t", "UPPER"), 'invalid tag "UPPER": repository name must be lowercase'),
        (("-t", "a:b:c"), 'invalid tag "a:b:c": invalid reference format'),
        (("--build-arg", "=x"), 'invalid key-value pair "=x": empty key'),
        (("--label", "=x"), 'invalid key-value pair "=x": empty key'),
        (("--build-context", "x"), "invalid context value: x, expected key=value"),
        (("--build-context", "x=no"), "failed to get build context x: stat no: no such file or directory"),
        (("--secret", "id=x,src=no"), "failed to stat no: stat no: no such file or directory"),
        (("--secret", "x"), "invalid field 'x' must be a key=value pair"),
        (("--add-host", "a:b"), "invalid host a:b"),
        (("--add-host", "a"), "invalid host a"),
        (("--allow", "all"), "unknown entitlement all"),
        (("--annotation", "x"), 'invalid annotation "x", expected key=value'),
        (("--annotation", "a b=x"), 'invalid annotation format, expected <type>:<key>=<value>, got "a b=x"'),
        (("--annotation", "layer:a=x"), 'unknown annotation type "layer"'),
        (("--platform", "foo"), '"foo": unknown operating system or architecture: invalid argument'),
        (("-f", "nodir/x"), "could not find nodir: stat nodir: no such file or directory"),
        (("--ssh", "default"), "--ssh is not available on the embedded engine"),
        (("--builder", "other"), 'no builder "other" found'),
        (("--call", "x"), "failed to solve: unsupported request frontend.x"),
        (
            ("--network", "mine"),
            (
                'network mode "mine" not supported by buildkit - you can define a custom network for your builder using '
                "the network driver-opt in buildx create"
            ),
        ),
    ],
)
def test_refused(docker: Docker, flags: tuple[str, ...], words: str) -> None:
    docker.write("Dockerfile", "FROM busybox\n")
    ran = docker("build", *flags, ".")
    assert (ran.code, ran.out, ran.err) == (1, "", f"ERROR: {words}\n")


@pytest.mark.parametrize(
    "flags",
    [
        ("--provenance=false",),
        ("--sbom=false", "--attest=type=provenance,disabled=true"),
        ("--load",),
        ("--output=type=image",),
        ("--output=type=docker", "--load"),
        ("--output=type=cacheonly",),
        ("--cache-to=type=inline", "--cache-from=user/app:cache", "--cache-from=type=gha"),
        ("--cache-to=type=gha",),
        ("--shm-size=64m", "--ulimit=nofile=10:20", "--cgroup-parent=x", "--add-host=a:1.2.3.4,b=[::1],c:host-gateway"),
        ("--rm=false", "--force-rm", "--compress", "-m", "1g", "--cpu-quota=3"),
        ("--platform=local",),
        ("--allow=network.host", "--network=host"),
        ("--builder=default",),
    ],
)
def test_taken(docker: Docker, flags: tuple[str, ...]) -> None:
    docker.write("Dockerfile", "FROM busybox\n")
    ran = docker("build", *flags, ".")
    assert ran.code == 0, ran.err


def test_flags_of_the_classic_builder_are_warned_about(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox\n")
    ran = docker("build", "--squash", "--isolation=default", ".")
    assert ran.code == 0
    assert ran.err.startswith(
        "WARNING: isolation flag is deprecated with BuildKit.\n"
        "WARNING: experimental flag squash is removed with BuildKit. You should squash inside build using a "
        "multi-stage Dockerfile for efficiency.\n#0 "
    )


def test_a_build_argument_without_a_value_is_the_environments(docker: Docker) -> None:
    docker.env["WHO"] = "me"
    text = "FROM busybox\nARG WHO=x\nARG NONE=y\nRUN echo $WHO $NONE > /who\n"
    assert docker.build(text, "-t", "app", "--build-arg", "WHO", "--build-arg", "NONE").code == 0
    assert docker.read("app", "who") == "me y\n"


@given(st.text(alphabet="typelocadsrc=,-\"'. \n[]:é", max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for read in (
        buildx_outputs.parse_output,
        lambda text: buildx_flags.parse_caches([text]),
        lambda text: buildx_flags.parse_contexts([text]),
        lambda text: buildx_flags.check_attestations([text], text, text),
        lambda text: buildx_flags.parse_hosts([text]),
        lambda text: buildx_outputs.parse_annotations([text]),
        lambda text: buildx_flags.pairs_to_map([text], {}),
    ):
        with contextlib.suppress(BuildxError):
            read(text)


def test_what_cannot_be_written(docker: Docker) -> None:
    docker.write("Dockerfile", "FROM busybox\nRUN echo x > /x\n")
    for flags, words in (
        (("--iidfile", "no/x"), "writing image ID file: open "),
        (("--metadata-file", "no/x"), "open no/x: no such file or directory"),
        (("--cache-to", "type=local,dest=Dockerfile"), "failed to solve: write "),
        (
            ("-o", "type=oci,dest=x,oci-mediatypes=x"),
            'failed to solve: non-bool value "x" specified for oci-mediatypes',
        ),
    ):
        ran = docker("build", *flags, ".")
        assert ran.code == 1
        assert ran.err.splitlines()[-1].startswith(f"ERROR: {words}")


def test_there_is_no_context(docker: Docker) -> None:
    words = 'ERROR: please specify build context (e.g. "." for the current directory)\n'
    assert docker("build", "").err == words
