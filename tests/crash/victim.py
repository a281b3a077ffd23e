"""What `test_kill` kills: `victim HOME SEED POINT` pulls, tags, removes and collects until it is killed at the point."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from crash.fuse import Fuse
from support.houses import add, house, remove, with_image

BASES = [{"base": bytes([n]) * 200_000} for n in range(3)]


def main() -> None:
    store = house(Path(sys.argv[1]), keep_bytes=1 << 20)
    chance = random.Random(int(sys.argv[2]))
    Fuse(int(sys.argv[3])).light()
    while True:
        images = list(store.state().images.values())
        action = chance.choice(["pull", "pull", "tag", "remove", "collect"])
        if action == "pull":
            add(store, f"app:{chance.randrange(30)}", chance.choice(BASES), {"app": chance.randbytes(50_000)})
        elif action == "tag" and images:
            with store.transaction("docker tag") as tx:
                tx.state = with_image(tx.state, chance.choice(images), f"alias:{chance.randrange(10)}")
        elif action == "remove" and len(images) > 3:
            remove(store, chance.choice(images))
        elif action == "collect":
            store.gc(keep_bytes=0)


if __name__ == "__main__":
    main()
