"""Chain IDs: the name of a layer together with all that lies below it (OCI image spec, config.md, "Layer ChainID")."""

from __future__ import annotations

from collections.abc import Sequence

from dockkernel.oci.digest import Digest


def chain_ids(diff_ids: Sequence[Digest]) -> tuple[Digest, ...]:
    """The chain ID of each prefix of `diff_ids`, base first.

    chain(1) = diff(1), chain(n) = sha256(chain(n-1) + " " + diff(n)).
    """
    chain: list[Digest] = []
    for diff_id in diff_ids:
        chain.append(_next(chain[-1], diff_id) if chain else diff_id)
    return tuple(chain)


def next_chain_id(below: str, diff_id: Digest) -> str:
    """The chain ID of a layer on the chain `below`, which is empty where there is none."""
    return str(_next(below, diff_id) if below else diff_id)


def _next(below: Digest | str, diff_id: Digest) -> Digest:
    return Digest.of(f"{below} {diff_id}".encode())
