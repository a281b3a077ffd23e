"""The embedded catalog: the names that lessons pull, their sizes, what they share, what is in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import pytest

from dockkernel.errors import InvalidInput, ManifestNotFound
from dockkernel.fs.change import apply
from dockkernel.fs.lookup import resolve
from dockkernel.fs.node import File, Symlink
from dockkernel.fs.tree import Tree
from dockkernel.oci.config import ImageConfig
from dockkernel.oci.manifest import Manifest
from dockkernel.oci.platform import Platform
from dockkernel.oci.reference import Reference
from dockkernel.registry.catalog import EmbeddedCatalog
from dockkernel.registry.layers import image_layers
from dockkernel.registry.lock import LockedImage, lock
from dockkernel.registry.protocol import TEACHING_LABEL
from dockkernel.registry.recipe import lineage, recipe

CATALOG = EmbeddedCatalog(dict)


@cache
def image(name: str) -> LockedImage:
    digest = CATALOG.resolve(Reference.parse(name), Platform()).digest
    return next(found for key in lock().image_keys if (found := lock().image(key)).manifest.digest == digest)


@cache
def config(name: str) -> ImageConfig:
    blobs = CATALOG.blobs(Reference.parse(name))
    return ImageConfig.parse(blobs.open(image(name).config.digest).read())


@cache
def tree(name: str) -> Tree:
    whole = Tree.empty()
    for part in lineage(recipe(image(name).key)):
        for changes in image_layers(part.key):
            whole = apply(whole, changes)
    return whole


def text(name: str, path: str) -> str:
    node = tree(name).get(resolve(tree(name), path))
    assert isinstance(node, File)
    with node.content.open() as stream:
        return stream.read().decode()


def exists(name: str, path: str) -> bool:
    return tree(name).get(resolve(tree(name), path)) is not None


@pytest.mark.parametrize(
    ("name", "megabytes"),
    [
        ("ubuntu:18.04", 63.1), ("ubuntu", 78.1), ("debian:stretch", 101), ("debian:bookworm", 117), ("alpine", 8.31),
        ("busybox", 4.28), ("centos:7", 204), ("fedora", 162), ("hello-world", 0.0133), ("nginx:1.11", 181.5),
        ("nginx", 192), ("nginx:alpine", 52.5), ("redis:7", 117), ("mongo:3.2", 300), ("mongo", 897), ("mysql", 860),
        ("httpd", 148), ("php", 547), ("tomcat", 489), ("node", 1131), ("openjdk:17", 628), ("python", 1015),
        ("python:slim", 125), ("ruby", 1014), ("golang", 854), ("registry:2", 25.4),
    ],
)  # fmt: skip
def test_sizes_are_those_of_the_namesakes(name: str, megabytes: float) -> None:
    assert sum(layer.size for layer in image(name).layers) / 1e6 == pytest.approx(megabytes, rel=0.005)


def below(name: str, other: str) -> bool:
    """True when all layers of `other` are the lowest of `name`."""
    base = [layer.blob.digest for layer in image(other).layers]
    return [layer.blob.digest for layer in image(name).layers][: len(base)] == base


@pytest.mark.parametrize(
    "name", ["nginx", "nginx:stable", "redis", "redis:7", "redis:6", "mongo", "mongo:7", "mysql", "httpd", "php"]
)
def test_servers_share_one_debian(name: str) -> None:
    assert below(name, "debian:bookworm-slim")


@pytest.mark.parametrize("name", ["python", "node", "ruby", "golang"])
def test_languages_share_one_debian(name: str) -> None:
    assert below(name, "debian:bookworm")


@pytest.mark.parametrize("name", ["nginx:1.11", "redis:3.2", "mongo:3.2"])
def test_the_tutorial_of_2016_shares_one_debian(name: str) -> None:
    assert below(name, "debian:jessie")


@pytest.mark.parametrize(
    "name", ["nginx:alpine", "redis:alpine", "httpd:alpine", "python:alpine", "node:alpine", "golang:alpine"]
)
def test_small_variants_share_alpine(name: str) -> None:
    assert below(name, "alpine")


def test_versions_share_what_they_have_in_common() -> None:
    for name in ("redis", "redis:7", "redis:6"):
        assert image(name).layers[:4] == image("redis").layers[:4]
    assert image("python:3.12").layers[:4] == image("node").layers[:4]


def test_some_images_are_older_than_mongo_3_2_and_some_are_not() -> None:
    limit = config("mongo:3.2").created
    assert config("nginx:1.11").created < limit
    assert config("redis:3.2").created < limit
    assert config("redis").created > limit
    assert config("nginx").created > limit


def test_no_image_is_older_than_what_it_stands_on() -> None:
    for key in lock().image_keys:
        times = [part.created for part in lineage(recipe(key))]
        assert times == sorted(times), key


@pytest.mark.parametrize("name", sorted(lock().repositories))
def test_every_image_says_that_it_is_for_teaching(name: str) -> None:
    for tag in CATALOG.tags(Reference.parse(name)):
        labels = config(f"{name}:{tag}").config.labels or {}
        assert labels[TEACHING_LABEL] == "true"


def test_the_names_that_lessons_use_are_there() -> None:
    wanted = {
        "ubuntu": "18.04 20.04 22.04 24.04 latest", "debian": "stretch buster bullseye bookworm trixie latest bookworm-slim",
        "alpine": "3.18 3.19 3.20 3.21 3.22 latest", "busybox": "1.35 1.36 latest", "centos": "7 8 latest",
        "fedora": "latest", "hello-world": "latest", "nginx": "1.11 latest stable alpine", "redis": "6 7 latest alpine",
        "mongo": "3.2 4.4 7 latest", "mysql": "latest 5.7 8.4", "httpd": "latest 2.4 alpine", "php": "latest apache fpm",
        "tomcat": "latest 9 10", "node": "latest 20 22 slim alpine", "openjdk": "8 11 17 latest",
        "python": "latest 3.12 slim alpine", "ruby": "latest slim alpine", "golang": "latest alpine", "registry": "2 latest",
    }  # fmt: skip
    for name, tags in wanted.items():
        assert set(tags.split()) <= set(CATALOG.tags(Reference.parse(name))), name


def test_distributions_say_who_they_are() -> None:
    assert 'PRETTY_NAME="Ubuntu 18.04.6 LTS"' in text("ubuntu:18.04", "/etc/os-release")
    assert 'VERSION="9 (stretch)"' in text("debian:stretch", "/etc/os-release")
    assert "ID=alpine" in text("alpine", "/etc/os-release")
    assert 'ID="centos"' in text("centos:7", "/etc/os-release")
    assert text("alpine:3.20", "/etc/alpine-release") == "3.20.7\n"


@pytest.mark.parametrize(
    "name", ["ubuntu:18.04", "debian:bookworm", "alpine", "busybox", "centos:7", "fedora", "nginx", "node:alpine"]
)
def test_the_usual_programs_are_in_the_path(name: str) -> None:
    for program in ("sh", "cat", "ls", "grep", "sed", "awk", "find", "tar", "gzip", "id", "env", "tail", "wc", "mkdir"):
        assert any(exists(name, f"{folder}/{program}") for folder in ("/bin", "/usr/bin")), program


def test_each_has_its_own_package_tool_and_no_other() -> None:
    assert exists("debian", "/usr/bin/apt-get")
    assert exists("ubuntu", "/usr/bin/dpkg")
    assert exists("alpine", "/sbin/apk")
    assert exists("centos:7", "/usr/bin/yum")
    assert exists("fedora", "/usr/bin/dnf")
    assert not exists("debian", "/usr/bin/curl")
    assert not exists("alpine", "/bin/bash")


def test_packages_are_listed() -> None:
    assert "Package: bash\n" in text("debian:bookworm", "/var/lib/dpkg/status")
    assert "Package: nginx\n" in text("nginx", "/var/lib/dpkg/status")
    assert "Package: bash\n" in text("nginx", "/var/lib/dpkg/status")
    assert "P:busybox\n" in text("alpine", "/lib/apk/db/installed")


def test_users_are_added_to_those_below() -> None:
    assert text("redis", "/etc/passwd").startswith("root:x:0:0:")
    assert text("redis", "/etc/passwd").endswith("redis:x:999:999::/home/redis:/bin/sh\n")


def test_nginx_has_its_configuration_and_a_page() -> None:
    assert "include /etc/nginx/conf.d/*.conf;" in text("nginx", "/etc/nginx/nginx.conf")
    assert "root   /usr/share/nginx/html;" in text("nginx", "/etc/nginx/conf.d/default.conf")
    assert "<h1>Welcome to nginx!</h1>" in text("nginx", "/usr/share/nginx/html/index.html")
    log = tree("nginx").get("var/log/nginx/access.log")
    assert isinstance(log, Symlink)
    assert log.target == "/dev/stdout"
    assert config("nginx").config.exposed_ports == ("80/tcp",)
    assert config("nginx").config.stop_signal == "SIGQUIT"


def _started(name: str) -> list[str]:
    whole = config(name)
    env = dict(entry.split("=", 1) for entry in whole.config.env or ())
    program = (whole.config.entrypoint or whole.config.cmd or ("",))[0]
    return [program] if program.startswith("/") else [f"{folder}/{program}" for folder in env["PATH"].split(":")]


@pytest.mark.parametrize("name", sorted(lock().repositories))
def test_what_an_image_starts_is_in_it(name: str) -> None:
    for tag in CATALOG.tags(Reference.parse(name)):
        whole = config(f"{name}:{tag}").config
        if whole.cmd or whole.entrypoint:
            assert any(exists(f"{name}:{tag}", path) for path in _started(f"{name}:{tag}")), f"{name}:{tag}"


def test_history_reads_as_the_builders_wrote_it() -> None:
    rows = [row.created_by for row in config("nginx:1.11").history]
    assert rows[0].startswith("/bin/sh -c #(nop) ADD file:")
    assert rows[1] == '/bin/sh -c #(nop)  CMD ["/bin/bash"]'
    assert rows[-1] == '/bin/sh -c #(nop)  CMD ["nginx" "-g" "daemon off;"]'
    newer = config("nginx").history
    assert newer[-1].created_by == 'CMD ["nginx" "-g" "daemon off;"]'
    assert newer[-1].comment == "buildkit.dockerfile.v0"
    assert newer[0].created_by == "# debian.sh --arch 'amd64' out/ 'bookworm' '@1757289600'"


def test_search_puts_the_name_first() -> None:
    names = [entry.name for entry in CATALOG.search("nginx")]
    assert names[0] == "nginx"
    entry = CATALOG.search("nginx")[0]
    assert (entry.stars, entry.official) == (0, True)
    assert {entry.name for entry in CATALOG.search("database")} >= {"mongo", "mysql", "redis"}
    assert CATALOG.search("library/redis")[0].name == "redis"
    assert CATALOG.search("no such thing") == []


def test_bases_without_a_tag_are_no_repositories() -> None:
    with pytest.raises(ManifestNotFound, match="pull access denied for buildpack"):
        CATALOG.resolve(Reference.parse("buildpack"), Platform())
    assert "buildpack" not in [entry.name for entry in CATALOG.search("")]


def published(editions: Mapping[str, int]) -> EmbeddedCatalog:
    return EmbeddedCatalog(lambda: editions)


@pytest.mark.parametrize("name", ["ubuntu:18.04", "nginx:latest", "redis:latest"])
def test_publishing_moves_the_tag_and_keeps_the_digest(name: str) -> None:
    reference, editions = Reference.parse(name), dict[str, int]()
    catalog = published(editions)
    first = catalog.resolve(reference, Platform())
    assert catalog.edition(reference) == 1
    assert name in catalog.publishable()
    editions[reference.canonical()] = catalog.next_edition(reference)
    second = catalog.resolve(reference, Platform())
    assert second != first
    assert catalog.edition(reference) == 2
    assert name not in catalog.publishable()
    assert catalog.resolve(reference.with_digest(first.digest), Platform()) == first
    with pytest.raises(InvalidInput, match="has no newer edition in the catalog"):
        catalog.next_edition(reference)


def test_all_tags_of_an_image_move_together() -> None:
    catalog = published({"docker.io/library/nginx:latest": 2})
    latest = catalog.resolve(Reference.parse("nginx:latest"), Platform())
    assert catalog.resolve(Reference.parse("nginx:mainline"), Platform()) == latest
    assert catalog.resolve(Reference.parse("nginx:stable"), Platform()) == CATALOG.resolve(
        Reference.parse("nginx:stable"), Platform()
    )


def test_a_new_edition_of_nginx_keeps_debian() -> None:
    catalog = published({"docker.io/library/nginx:latest": 2})
    blobs, found = catalog.blobs(Reference.parse("nginx")), catalog.resolve(Reference.parse("nginx"), Platform())
    layers = Manifest.parse(blobs.open(found.digest).read()).layers
    assert layers[0].digest == image("nginx").layers[0].blob.digest
    assert layers[1].digest != image("nginx").layers[1].blob.digest


def test_what_cannot_be_published_is_said() -> None:
    with pytest.raises(InvalidInput, match=r"alpine:latest has no newer edition") as caught:
        CATALOG.next_edition(Reference.parse("alpine"))
    assert "nginx:latest" in str(caught.value.hint)
    with pytest.raises(ManifestNotFound, match="manifest for nginx:nope not found"):
        CATALOG.next_edition(Reference.parse("nginx:nope"))
    with pytest.raises(ManifestNotFound, match="pull access denied for nosuch"):
        CATALOG.next_edition(Reference.parse("nosuch"))


def test_an_edition_beyond_the_last_is_the_last() -> None:
    catalog = published({"docker.io/library/nginx:latest": 9})
    assert catalog.resolve(Reference.parse("nginx"), Platform()) == published(
        {"docker.io/library/nginx:latest": 2}
    ).resolve(Reference.parse("nginx"), Platform())


def test_every_platform_is_served() -> None:
    nginx = Reference.parse("nginx")
    assert CATALOG.resolve(nginx, Platform("linux", "arm64", "v8")) == CATALOG.resolve(nginx, Platform())


def test_descriptions_are_one_line() -> None:
    for name, repository in lock().repositories.items():
        assert json.dumps(repository.description).isascii(), name
        assert len(repository.description) < 120, name
