"""The store against a dictionary: any order of putting, reading and deleting agrees with it."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from dockkernel.oci.digest import Digest
from dockkernel.store.layout import LayoutStore

RUNS = st.tuples(st.sampled_from([0, 1]), st.sampled_from([5, (1 << 16) - 1, 1 << 16, 3 << 16]))
PIECES = st.one_of(st.binary(max_size=40), RUNS.map(lambda run: bytes([run[0]]) * run[1]))
CONTENTS = st.lists(PIECES, max_size=5).map(b"".join)


class ShortReads(io.BytesIO):
    """A stream that gives less than it is asked for, as a socket does."""

    def read(self, count: int | None = -1, /) -> bytes:
        return super().read(min(count or 0, 50_001) if count and count > 0 else count)


class StoreMachine(RuleBasedStateMachine):
    digests = Bundle("digests")

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.store = LayoutStore(self.root)
        self.model: dict[Digest, bytes] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    @rule(target=digests, data=CONTENTS, short=st.booleans())
    def put(self, data: bytes, short: bool) -> Digest:
        digest, size = self.store.put((ShortReads if short else io.BytesIO)(data))
        assert (digest, size) == (Digest.of(data), len(data))
        self.model[digest] = data
        return digest

    @rule(digest=digests)
    def delete(self, digest: Digest) -> None:
        self.store.delete(digest)
        self.model.pop(digest, None)

    @rule(digest=digests)
    def read(self, digest: Digest) -> None:
        expected = self.model.get(digest)
        assert self.store.size(digest) == (None if expected is None else len(expected))
        if expected is not None:
            with self.store.open(digest) as stream:
                assert stream.read() == expected

    @rule(digest=digests, start=st.integers(0, 200_000), count=st.integers(0, 70_000))
    def slice(self, digest: Digest, start: int, count: int) -> None:
        if (expected := self.model.get(digest)) is not None:
            with self.store.open_raw(digest) as stream:
                stream.seek(start)
                assert stream.read(count) == expected[start : start + count]

    @rule()
    def reopen(self) -> None:
        self.store = LayoutStore(self.root)

    @invariant()
    def lists_what_it_holds(self) -> None:
        assert set(self.store.list()) == set(self.model)


StoreMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestStore = StoreMachine.TestCase
