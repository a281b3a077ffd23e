"""Names for containers: the rule for given ones, and generated ones of an adjective and a scientist, as in Docker."""

from __future__ import annotations

import re
import secrets
from collections.abc import Container

from dockkernel.errors import InvalidInput

_VALID = re.compile(r"/?[a-zA-Z0-9][a-zA-Z0-9_.-]+")

_ADJECTIVES = (
    "able amazing awake bold brave bright busy calm careful cheerful clever confident cool curious dazzling "
    "determined eager elegant epic exciting fervent festive focused friendly gallant gifted gracious happy hopeful "
    "hungry inspiring jolly keen kind laughing lucid modest musing nice nifty optimistic patient peaceful pensive "
    "practical quick quirky relaxed serene sharp silly sleepy stoic sweet tender thirsty trusting upbeat vibrant "
    "vigilant vigorous wise witty wonderful xenial youthful zealous zen "
).split()
_SCIENTISTS = (
    "agnesi archimedes aryabhata babbage banach bardeen bell black bohr booth borg brown carson cori curie darwin "
    "davinci diffie dijkstra einstein euclid euler faraday fermat fermi feynman franklin galileo galois gauss "
    "germain goldberg goodall hamilton hawking heisenberg hertz hodgkin hopper hypatia jackson jennings johnson "
    "kalam kepler khayyam knuth kowalevski lamarr lamport leakey lovelace lumiere mahavira mayer mccarthy meitner "
    "mendel mirzakhani morse newton nightingale noether panini pare pascal pasteur payne perlman ptolemy raman "
    "ramanujan ride ritchie robinson rubin saha sammet shannon shockley snyder stallman sutherland swartz tesla "
    "thompson torvalds turing varahamihira villani wiles williams wilson wing wozniak wright wu yalow yonath "
    "zhukovsky "
).split()


def check(name: str) -> str:
    """The name without a leading slash; `InvalidInput` in Docker's words when it is no container name."""
    if not _VALID.fullmatch(name):
        raise InvalidInput(f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
    return name.removeprefix("/")


def generate(taken: Container[str]) -> str:
    """A free random name such as `hopeful_turing`."""
    while True:
        name = f"{secrets.choice(_ADJECTIVES)}_{secrets.choice(_SCIENTISTS)}"
        if name not in taken:
            return name
        numbered = f"{name}{secrets.randbelow(10)}"
        if numbered not in taken:
            return numbered
