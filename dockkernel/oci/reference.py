"""Image references: parsing, normal form and familiar form.

The grammar and the rules of the familiar names are those of the distribution project's `reference` package, which the
Docker CLI and daemon both use: https://pkg.go.dev/github.com/distribution/reference
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dockkernel.errors import ParseError
from dockkernel.oci.digest import Digest

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"
_OFFICIAL = "library/"
_NAME_MAX = 255

_ALNUM = r"[a-z0-9]+"
_COMPONENT = rf"{_ALNUM}(?:(?:\.|_|__|-+){_ALNUM})*"
_PATH = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[(?:[a-fA-F0-9:]+)\])"
_DOMAIN = rf"{_HOST}(?::[0-9]+)?"
_TAG = r"[\w][\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"(?P<name>(?:{_DOMAIN}/)?{_PATH})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII)
_IDENTIFIER = re.compile(r"[0-9a-f]{64}")


class InvalidReference(ParseError):
    """The text is no image reference; the message is Docker's."""


def _split_domain(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if not slash or not (set(".:") & set(first) or first == "localhost" or first.lower() != first):
        domain, path = DEFAULT_REGISTRY, name
    else:
        domain, path = first, rest
    if domain == "index.docker.io":
        domain = DEFAULT_REGISTRY
    if domain == DEFAULT_REGISTRY and "/" not in path:
        path = _OFFICIAL + path
    return domain, path


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A normalised reference: registry host, repository path, and a tag, a digest, both or neither."""

    registry: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """The reference that `text` spells; no tag is added. `InvalidReference` with Docker's words otherwise.

        >>> Reference.parse("nginx").canonical()
        'docker.io/library/nginx'
        """
        if _IDENTIFIER.fullmatch(text):
            raise InvalidReference(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
        domain, rest = _split_domain(text)
        remote = rest.partition(":")[0].partition("@")[0] if ":" in rest else rest
        if remote.lower() != remote:
            raise InvalidReference(f"invalid reference format: repository name ({remote}) must be lowercase")
        match = _REFERENCE.fullmatch(f"{domain}/{rest}")
        if not match:
            raise InvalidReference("invalid reference format")
        if len(match["name"]) - len(domain) - 1 > _NAME_MAX:
            raise InvalidReference("repository name must not be longer than 255 characters")
        try:
            digest = Digest.parse(match["digest"]) if match["digest"] else None
        except ParseError as error:
            raise InvalidReference(error.message) from error
        return cls(domain, match["name"][len(domain) + 1 :], match["tag"], digest)

    @property
    def name(self) -> str:
        """Registry and repository: `docker.io/library/nginx`."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar_name(self) -> str:
        """The repository as Docker shows it: `nginx`, `team/app`, `host:5000/app`."""
        if self.registry != DEFAULT_REGISTRY:
            return self.name
        short = self.repository.removeprefix(_OFFICIAL)
        return self.repository if "/" in short else short

    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def familiar(self) -> str:
        """The whole reference as Docker shows it."""
        return self.familiar_name + self._suffix()

    def canonical(self) -> str:
        """The whole reference with its registry written out."""
        return self.name + self._suffix()

    def with_default_tag(self) -> Reference:
        """This reference, with `latest` where it has neither tag nor digest."""
        return self if self.tag or self.digest else replace(self, tag=DEFAULT_TAG)

    def with_tag(self, tag: str) -> Reference:
        """The same repository under `tag`, without a digest."""
        return replace(self, tag=tag, digest=None)

    def with_digest(self, digest: Digest) -> Reference:
        """The same repository at `digest`, without a tag."""
        return replace(self, tag=None, digest=digest)
