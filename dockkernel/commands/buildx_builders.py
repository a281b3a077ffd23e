"""The builders of buildx, of which there is one: `docker buildx ls`, `inspect`, `use`, `version`."""

from __future__ import annotations

from dockkernel.commands.buildx_flags import BuildxError
from dockkernel.commands.listing import Column, Listing
from dockkernel.commands.request_buildx import BuildxInspect, BuildxLs, BuildxUse, BuildxVersion
from dockkernel.commands.session import Session
from dockkernel.oci.quoting import go_quote

NAME = "default"
"""The one builder."""
_BUILDKIT = "v0.13.2"
"""The BuildKit whose rules the engine follows, as a daemon of version 26.1 has it."""
_VERSION = "github.com/docker/buildx v0.13.1 dockkernel"
_DRIVER = "docker"
_COLUMNS = (
    Column("Name", "NAME/NODE"),
    Column("DriverEndpoint", "DRIVER/ENDPOINT"),
    Column("Status", "STATUS"),
    Column("Buildkit", "BUILDKIT"),
    Column("Platforms", "PLATFORMS"),
    Column("LastActivity", "LAST ACTIVITY", default=False),
    Column("Error", "ERROR", default=False),
)


def check_builder(session: Session, name: str) -> None:
    """`BuildxError` when another builder than the one there is was asked for, by flag or by BUILDX_BUILDER."""
    name = name or session.env.get("BUILDX_BUILDER", "")
    if name not in ("", NAME):
        raise BuildxError(f"no builder {go_quote(name)} found")


def buildx_ls(session: Session, request: BuildxLs) -> int:
    """`docker buildx ls`."""
    platform = str(session.engine.platform)
    in_table = request.format.startswith("table")
    mark, indent = ("*", r" \_ ") if in_table else ("", "")
    builder = {"Name": NAME + mark, "DriverEndpoint": _DRIVER, "Status": "", "Buildkit": "", "Platforms": ""}
    node = {
        "Name": indent + NAME,
        "DriverEndpoint": indent + NAME,
        "Status": "running",
        "Buildkit": _BUILDKIT,
        "Platforms": platform,
    }
    rest = {"LastActivity": "", "Error": ""}
    Listing(_COLUMNS, "*commands.lsContext").write(session, request.format, False, [builder | rest, node | rest])
    return 0


def buildx_inspect(session: Session, request: BuildxInspect) -> int:
    """`docker buildx inspect`."""
    check_builder(session, request.name or request.builder)
    rows = {
        "Name": NAME,
        "Endpoint": NAME,
        "Status": "running",
        "BuildKit version": _BUILDKIT,
        "Platforms": str(session.engine.platform),
    }
    head = f"Name:   {NAME}\nDriver: {_DRIVER}\n\nNodes:\n"
    width = max(len(label) for label in rows) + 2
    session.out(head + "".join(f"{label + ':':<{width}}{value}\n" for label, value in rows.items()))
    return 0


def buildx_use(session: Session, request: BuildxUse) -> int:
    """`docker buildx use`: the default builder is in use whatever is said."""
    name = request.name or request.builder
    if name != NAME:
        raise BuildxError(f"failed to find instance {go_quote(name)}: no builder {go_quote(name)} found")
    return 0


def buildx_version(session: Session, request: BuildxVersion) -> int:
    """`docker buildx version`."""
    session.out(_VERSION + "\n")
    return 0
