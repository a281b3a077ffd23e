"""Any order of adding, removing, collecting and restoring: what history promises, it keeps."""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.houses import container, house, with_image, without_image

from dockkernel.engine import journal
from dockkernel.engine.house import Persistent
from dockkernel.engine.records import blobs_of
from dockkernel.engine.state import ImageRecord, LayerRecord, State

LIMIT = 100_000


class HistoryMachine(RuleBasedStateMachine):
    """One store, a model of its states, two objects over it as two processes would have."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.store, self.other = house(self.home, LIMIT), house(self.home, LIMIT)
        self.states = [State()]

    def teardown(self) -> None:
        self.store.close()
        self.other.close()
        shutil.rmtree(self.home)

    def _put(self, text: str, size: int = 30_000) -> str:
        return str(self.store.blobs.put(io.BytesIO(text.encode().ljust(size, b".")))[0])

    def _commit(self, state: State, store: Persistent | None = None) -> None:
        with (store or self.store).transaction("docker") as tx:
            tx.state = replace(state, revision=tx.state.revision)
        if tx.state.revision == len(self.states):
            self.states.append(tx.state)

    @rule(layers=st.lists(st.integers(0, 5), max_size=3), name=st.integers(0, 3))
    def add(self, layers: list[int], name: int) -> None:
        digests = [self._put(f"layer {n}") for n in layers]
        records = tuple(LayerRecord(digest, digest, 30_000) for digest in digests)
        record = ImageRecord(self._put(f"config {layers}", 99), self._put(f"manifest {layers}", 99), "", records)
        self._commit(with_image(self.store.state(), record, f"app:{name}"))

    @precondition(lambda self: self.store.state().images)
    @rule(data=st.data(), by_other=st.booleans())
    def remove(self, data: st.DataObject, by_other: bool) -> None:
        image_id = data.draw(st.sampled_from(sorted(self.store.state().images)))
        self._commit(without_image(self.store.state(), image_id), self.other if by_other else self.store)

    @precondition(lambda self: self.store.state().images)
    @rule(data=st.data(), number=st.integers(0, 2))
    def create(self, data: st.DataObject, number: int) -> None:
        image = data.draw(st.sampled_from(list(self.store.state().images.values())))
        held = container(image, f"box{number}", self._put(f"changes {number}"))
        state = self.store.state()
        self._commit(replace(state, containers={**state.containers, held.id: held}))

    @rule()
    def drop_containers(self) -> None:
        self._commit(replace(self.store.state(), containers={}))

    @rule(keep=st.sampled_from([0, 50_000, LIMIT]))
    def collect(self, keep: int) -> None:
        self.store.gc(keep)
        assert self._kept() <= keep

    @precondition(lambda self: len(self.states) > 1)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        able = [r.number for r in journal.revisions(self.store.db) if r.restorable]
        number = data.draw(st.sampled_from(able))
        restored = journal.restore(self.store, number)
        assert replace(restored, revision=number) == self.states[number]
        if restored.revision == len(self.states):
            self.states.append(restored)

    def _kept(self) -> int:
        return int(self.store.db.query("SELECT total(disk) FROM blob WHERE freed IS NOT NULL")[0][0])

    @invariant()
    def every_record_has_its_blobs(self) -> None:
        state = self.store.state()
        for record in (*state.images.values(), *state.containers.values()):
            assert all(self.store.blobs.size(digest) is not None for digest in blobs_of(record))

    @invariant()
    def history_keeps_within_its_limit(self) -> None:
        assert self._kept() <= LIMIT

    @invariant()
    def both_see_the_same_and_remember_all(self) -> None:
        assert self.other.state() == self.store.state() == self.states[-1]
        assert [r.number for r in journal.revisions(self.store.db)] == list(range(1, len(self.states)))

    @invariant()
    def the_books_are_right(self) -> None:
        state = self.store.state()
        live = {str(d) for r in (*state.images.values(), *state.containers.values()) for d in blobs_of(r)}
        booked = {name for (name,) in self.store.db.query("SELECT digest FROM blob WHERE freed IS NULL")}
        assert booked == live


HistoryMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestHistory = HistoryMachine.TestCase
