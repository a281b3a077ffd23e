"""The database: what is written, who sees it when, what is undone."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockkernel.engine import journal
from dockkernel.engine.persist import Database
from dockkernel.engine.records import KINDS, difference
from dockkernel.engine.state import ContainerRecord, ImageRecord, LayerRecord, State
from dockkernel.errors import DockError, NotFound

LAYERS = (LayerRecord("sha256:c1", "sha256:d1", 10), LayerRecord("sha256:c2", "sha256:d2", 0))
IMAGE = ImageRecord("sha256:i", "sha256:m", "2024-01-01T00:00:00.123456789Z", LAYERS, {"a": "b"}, "sha256:p", "later")
CONTAINER = ContainerRecord(
    "f" * 64, "web", "sha256:i", "nginx", "2024-01-01T00:00:00Z", {"Cmd": ["sh"], "Env": None}, LAYERS, "/bin/sh",
    ("-c", "true"), "exited", 3, "s", "e", "sha256:x", 5, "sha256:l", {"Ports": {"80/tcp": []}},
)  # fmt: skip
FULL = State(
    images={IMAGE.id: IMAGE}, tags={"docker.io/library/nginx:latest": IMAGE.id}, digests={"d": IMAGE.id},
    containers={CONTAINER.id: CONTAINER}, sources={"s": "t"}, cache={"k": "v\ud800\n"}, published={"n": 2},
    volumes={"v": {"Driver": "local", "Labels": None}}, networks={"n": {"Scope": "local"}},
    build_cache={"i": {"Kind": "regular"}}, traces={"tag:x": {"Diff": "d", "Time": "t"}},
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "state.db"


def _commit(database: Database, state: State, command: str = "docker test") -> State:
    with database.transaction(command, 1) as tx:
        tx.state = replace(state, revision=tx.state.revision)
    return tx.state


def test_every_kind_of_value_is_read_back(path: Path) -> None:
    committed = _commit(Database(path), FULL)
    assert committed == replace(FULL, revision=1)
    assert Database(path).load() == committed
    assert all(getattr(committed, kind) for kind in KINDS), "the example has a value of every kind"


def test_an_empty_database_is_the_empty_state(path: Path) -> None:
    assert Database(path).load() == State()


def test_an_unchanged_state_is_the_same_object(path: Path) -> None:
    database = Database(path)
    state = _commit(database, FULL)
    assert database.fresh(state) is state


def test_fresh_reads_only_what_others_changed(path: Path) -> None:
    mine, other = Database(path), Database(path)
    state = _commit(mine, FULL)
    _commit(other, replace(FULL, tags={"docker.io/library/new:1": IMAGE.id}))
    fresh = mine.fresh(state)
    assert fresh.revision == 2
    assert fresh.tags == {"docker.io/library/new:1": IMAGE.id}
    assert fresh.images is state.images
    assert fresh == other.load()


def test_a_transaction_starts_from_the_newest_state(path: Path) -> None:
    mine, other = Database(path), Database(path)
    state = _commit(mine, State(tags={"a": "1"}))
    _commit(other, State(tags={"a": "1", "b": "2"}))
    with mine.transaction("docker tag", 1, known=state) as tx:
        assert tx.state.tags == {"a": "1", "b": "2"}
        tx.state = replace(tx.state, tags={**tx.state.tags, "c": "3"})
    assert other.load().tags == {"a": "1", "b": "2", "c": "3"}


def test_an_exception_undoes_all(path: Path) -> None:
    database = Database(path)
    state = _commit(database, FULL)
    with pytest.raises(KeyboardInterrupt), database.transaction("docker rm", 1) as tx:
        tx.state = State()
        raise KeyboardInterrupt
    assert database.load() == state
    _commit(database, replace(FULL, tags={}))
    assert database.load().revision == 2


def test_what_changes_nothing_is_no_revision(path: Path) -> None:
    database = Database(path)
    state = _commit(database, FULL)
    with database.transaction("docker pull", 1) as tx:
        tx.state = replace(tx.state, tags=dict(tx.state.tags))
    assert tx.state.revision == 1
    assert database.load() == state
    assert [revision.command for revision in journal.revisions(database)] == ["docker test"]


def test_transactions_of_one_thread_do_not_nest(path: Path) -> None:
    database = Database(path)
    with database.transaction("outer", 1), pytest.raises(AssertionError), database.transaction("inner", 1):
        pass


def test_a_transaction_that_an_interrupt_left_open_does_no_harm(path: Path) -> None:
    database, other = Database(path), Database(path)
    state = _commit(database, FULL)
    database._connection().execute("BEGIN IMMEDIATE")
    assert database.fresh(state) is state
    _commit(other, replace(FULL, tags={}))
    database._connection().execute("BEGIN IMMEDIATE")
    assert _commit(database, replace(FULL, tags={"a": "b"})).revision == 3


def test_a_thread_reads_while_another_writes(path: Path) -> None:
    database = Database(path)
    state = _commit(database, FULL)
    with database.transaction("docker rm", 1) as tx:
        tx.state = State(revision=1)
        seen: list[State] = []
        reader = threading.Thread(target=lambda: seen.append(database.load()))
        reader.start()
        reader.join()
        assert seen == [state]
    assert database.load() == State(revision=2)


def test_no_transaction_of_many_threads_is_lost(path: Path) -> None:
    database = Database(path)

    def work(name: str) -> None:
        for turn in range(20):
            with database.transaction(f"docker tag {name}", 1) as tx:
                tx.state = replace(tx.state, tags={**tx.state.tags, f"{name}{turn}": "x"})

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = database.load()
    assert state.revision == len(state.tags) == 80


def test_a_closed_database_opens_again(path: Path) -> None:
    database = Database(path)
    state = _commit(database, FULL)
    database.close()
    assert database.load() == state


def test_damage_is_one_line(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database " * 500)
    with pytest.raises(DockError, match=r"^store .* is damaged: ") as caught:
        Database(path).load()
    assert "\n" not in caught.value.message


def test_a_store_of_a_newer_version_is_left_alone(path: Path) -> None:
    database = Database(path)
    database.load()
    with database.writing() as connection:
        connection.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(DockError, match="newer version"):
        Database(path).load()


def test_past_states_and_what_differs(path: Path) -> None:
    database = Database(path)
    first = _commit(database, FULL, "docker pull nginx")
    second = _commit(database, replace(FULL, images={}, tags={}, sources={"s": "other", "n": "m"}), "docker rmi nginx")
    assert journal.state_at(database, 0) == State()
    assert journal.state_at(database, 1) == first
    assert journal.state_at(database, 2) == second
    found = journal.compare(first, second)
    assert found.removed("images") == (IMAGE.id,)
    assert found.added("sources") == ("n",)
    assert found.changed("sources") == ("s",)
    assert [(r.number, r.command, r.restorable) for r in journal.revisions(database)] == [
        (1, "docker pull nginx", True), (2, "docker rmi nginx", True),
    ]  # fmt: skip
    for absent in (-1, 3):
        with pytest.raises(NotFound, match=f"no such revision: {absent}"):
            journal.state_at(database, absent)


def test_a_command_that_is_no_utf_8_is_recorded(path: Path) -> None:
    database = Database(path)
    _commit(database, FULL, "docker tag \udcff x")
    assert [revision.command for revision in journal.revisions(database)] == ["docker tag \\udcff x"]


NAMES = st.sampled_from("abcdef")
IMAGES = st.builds(
    lambda n, layers: ImageRecord("", f"m{n}", "", tuple(LayerRecord(f"c{k}", f"d{k}", k) for k in layers)),
    st.integers(0, 3), st.lists(st.integers(0, 4), max_size=3),
)  # fmt: skip
STATES = st.builds(
    State,
    images=st.dictionaries(NAMES, IMAGES).map(lambda d: {key: replace(record, id=key) for key, record in d.items()}),
    tags=st.dictionaries(NAMES, st.text(max_size=3)),
    published=st.dictionaries(NAMES, st.integers(0, 3)),
    volumes=st.dictionaries(NAMES, st.dictionaries(NAMES, st.none() | st.text(max_size=2))),
)


@given(states=st.lists(STATES, min_size=1, max_size=8), at=st.integers(0, 8))
@settings(max_examples=40, deadline=None)
def test_any_run_of_states_is_remembered(
    tmp_path_factory: pytest.TempPathFactory, states: list[State], at: int
) -> None:
    path = tmp_path_factory.mktemp("model") / "state.db"
    writer, reader = Database(path), Database(path)
    remembered, seen = [State()], State()
    for state in states:
        committed = _commit(writer, state)
        if committed.revision == len(remembered):
            remembered.append(committed)
        assert difference(committed, state) == ()
    for number, state in enumerate(remembered):
        assert journal.state_at(writer, number) == state
    middle = remembered[min(at, len(remembered) - 1)]
    assert reader.fresh(middle) == reader.load() == remembered[-1]
    assert reader.fresh(seen) == remembered[-1]
    writer.close()
    reader.close()
