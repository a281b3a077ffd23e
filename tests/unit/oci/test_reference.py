"""References: the table of names in the cases, and the words for what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockkernel.oci.reference import InvalidReference, Reference

A = "sha256:" + "a" * 64
GOOD = {
    "alpine": ("docker.io/library/alpine:latest", "alpine:latest"),
    "team/app:1.0": ("docker.io/team/app:1.0", "team/app:1.0"),
    "localhost/app": ("localhost/app:latest", "localhost/app:latest"),
    "localhost:5000/app": ("localhost:5000/app:latest", "localhost:5000/app:latest"),
    "reg:5000": ("docker.io/library/reg:5000", "reg:5000"),
    "reg.example/app": ("reg.example/app:latest", "reg.example/app:latest"),
    "index.docker.io/alpine": ("docker.io/library/alpine:latest", "alpine:latest"),
    "docker.io/alpine": ("docker.io/library/alpine:latest", "alpine:latest"),
    "a__b": ("docker.io/library/a__b:latest", "a__b:latest"),
    "a--b": ("docker.io/library/a--b:latest", "a--b:latest"),
    "Team/app": ("Team/app:latest", "Team/app:latest"),
    f"app:v1@{A}": (f"docker.io/library/app:v1@{A}", f"app:v1@{A}"),
    "docker.io/library/a/b": ("docker.io/library/a/b:latest", "library/a/b:latest"),
}
BAD = {
    "App": "invalid reference format: repository name (library/App) must be lowercase",
    "f" * 64: f"invalid repository name ({'f' * 64}), cannot specify 64-byte hexadecimal strings",
    "reg.example/" + "n" * 256: "repository name must not be longer than 255 characters",
    **dict.fromkeys(
        ["app:-x", "a___b", "a..b", "-a", "app@sha256:abcd", "app:" + "t" * 129, "app:", "http://reg/app", "", " a"],
        "invalid reference format",
    ),
}


@pytest.mark.parametrize("text", GOOD)
def test_normal_and_familiar_form(text: str) -> None:
    reference = Reference.parse(text).with_default_tag()
    assert (reference.canonical(), reference.familiar()) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        Reference.parse(text)
    assert caught.value.message == BAD[text]


@settings(max_examples=40, deadline=None)
@given(
    st.from_regex(
        r"([a-z0-9]+(\.[a-z0-9]+)*(:[0-9]{1,4})?/)?[a-z0-9]+((\.|_|__|-{1,3})[a-z0-9]+)*(/[a-z0-9]+)*(:\w[\w.-]{0,20})?",
        fullmatch=True,
    )
)
def test_the_familiar_form_means_the_same(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except InvalidReference:
        return
    assert Reference.parse(reference.familiar()) == reference
    assert Reference.parse(reference.canonical()) == reference


@given(st.text(max_size=80))
def test_any_text_is_a_reference_or_an_error_of_ours(text: str) -> None:
    try:
        Reference.parse(text)
    except InvalidReference as error:
        assert "\n" not in error.message or "\n" in text
