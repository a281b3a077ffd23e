"""What a layer weighs, and which steps make one."""

from __future__ import annotations

import os

import pytest
from support.hubs import Hub

BIG = "RUN head -c 100000 /dev/zero > /big\n"


def sizes(hub: Hub, steps: str) -> list[int]:
    """Bytes of the layers above the base that these steps make."""
    hub.pull("busybox:1.35")
    hub.made(f"FROM busybox:1.35\n{steps}", "-t", "s:1")
    return [layer.size for layer in hub.image("s:1").layers[1:]]


@pytest.mark.parametrize(
    ("step", "size"),
    [
        ("RUN chmod 600 /big", 100_000),
        ("RUN chmod 644 /big", 100_000),
        ("RUN chown 1:1 /big", 100_000),
        ("RUN touch /big", 100_000),
        ("RUN echo x >> /big", 100_002),
        ("RUN mv /big /big2", 100_000),
        ("RUN cp /big /big2", 100_000),
        ("RUN ln /big /big2", 100_000),
        ("RUN rm /big", 0),
    ],
)
def test_the_whole_file_counts_again(hub: Hub, step: str, size: int) -> None:
    assert sizes(hub, f"{BIG}{step}\n") == [100_000, size]


@pytest.mark.parametrize(
    ("step", "size"),
    [
        ("RUN head -c 5000 /dev/zero > /h && ln /h /h2 && ln /h /h3", 5000),
        ("RUN ln -s /a/b/c /link", 6),
        ("RUN truncate -s 1000000 /sparse", 1_000_000),
        ("RUN mkdir /dir", 0),
        ("RUN mkfifo /fifo", 0),
        ("RUN rm -r /home", 0),
        ("WORKDIR /new", 0),
    ],
)
def test_one_layer_of_this_size(hub: Hub, step: str, size: int) -> None:
    assert sizes(hub, f"{step}\n") == [size]


@pytest.mark.parametrize(
    "step",
    ["RUN true", "RUN cat /etc/passwd > /dev/null", "RUN echo a > /t && rm /t", "WORKDIR /root", "ENV A=b", "CMD x"],
)
def test_no_layer(hub: Hub, step: str) -> None:
    assert sizes(hub, f"{step}\n") == []


def test_two_equal_copies_are_two_layers_with_one_diff_id(hub: Hub) -> None:
    hub.write("small", "abc\n")
    assert sizes(hub, "COPY small /s\nCOPY small /s\n") == [4, 4]
    layers = hub.inspect("s:1")["RootFS"]["Layers"]
    assert len(layers) == 3
    assert layers[1] == layers[2]


@pytest.mark.skipif(os.name == "nt", reason="links in the context")
def test_a_link_named_as_source_is_followed(hub: Hub) -> None:
    hub.write("small", "abc\n")
    (hub.cwd / "ln").symlink_to("small")
    assert sizes(hub, "COPY ln /s\n") == [4]


def test_an_image_weighs_what_its_layers_weigh_and_never_less(hub: Hub) -> None:
    made = sizes(hub, f"{BIG}RUN rm /big\n")
    assert hub.inspect("s:1")["Size"] == hub.inspect("busybox:1.35")["Size"] + sum(made)


def test_disk_usage_counts_each_layer_once(hub: Hub) -> None:
    hub.pull("stack:1", "stack:2")
    layers = {layer.chain_id: layer.size for name in ("stack:1", "stack:2") for layer in hub.image(name).layers}
    total = f"{float(f'{sum(layers.values()) / 1e6:.4g}'):g}MB"
    assert hub(
        "system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}"
    ).out.startswith(f"Images 2 0 {total} {total} (100%)\n")
    hub.out("create stack:1 true")
    assert hub("system", "df", "--format", "{{.Active}} {{.Reclaimable}}").out.startswith(f"1 {total} (99%)\n")
