"""One of the processes of `test_processes`: adds images that share a base, removes every third, collects between."""

from __future__ import annotations

import sys
from pathlib import Path

from support.houses import add, house, remove

BASE = {"base": b"shared by all" * 10_000}


def main() -> None:
    home, name, turns = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    store = house(home)
    for turn in range(turns):
        record = add(store, f"w{name}:{turn}", BASE, {"app": f"{name} {turn}".encode()})
        if turn % 3 == 0:
            remove(store, record)
            store.gc(keep_bytes=0)


if __name__ == "__main__":
    main()
