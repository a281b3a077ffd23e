"""Removal as a plan: the daemon's order of Untagged and Deleted, its conflicts, and what it leaves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.engine.worlds import container, digest, image, layers, short, state

from dockkernel.engine.plan_removal import RemovalPlan, plan_prune, plan_remove
from dockkernel.engine.state import State

DIGEST = "@sha256:" + "a" * 64


def told(plan: RemovalPlan) -> list[str]:
    verbs = {"untagged": "Untagged", "image": "Deleted", "layer": "Deleted"}
    return [f"{verbs[entry.kind]}: {entry.name}" for entry in plan.removed]


def errors(plan: RemovalPlan) -> list[str]:
    return [error.message for _, error in plan.failures]


def chain(letters: str) -> str:
    return layers(letters)[-1].chain_id


def several() -> State:
    return state(
        image("x", "123"),
        image("b", "1"),
        tags={"a:1": "x", "a:2": "x", "b:1": "x", "base:1": "b"},
    )


def test_only_the_last_tag_deletes_and_shared_layers_stay() -> None:
    plan = plan_remove(several(), ["a:2", "b:1", "a:1"])
    assert told(plan) == [
        "Untagged: a:2",
        "Untagged: b:1",
        "Untagged: a:1",
        f"Deleted: {digest('image x')}",
        f"Deleted: {chain('123')}",
        f"Deleted: {chain('12')}",
    ]
    assert plan.freed == 20
    assert list(plan.after.images) == [digest("image b")]


def test_an_id_with_several_tags_must_be_forced_even_in_one_repository() -> None:
    one = state(image("x", "1"), tags={"a:1": "x", "a:2": "x"})
    plan = plan_remove(one, [short("x")])
    words = f"conflict: unable to delete {short('x')} (must be forced) - image is referenced in multiple repositories"
    assert errors(plan) == [words]
    assert plan.after is plan.before
    assert told(plan_remove(one, [short("x")], force=True))[:2] == ["Untagged: a:1", "Untagged: a:2"]


def test_the_digest_goes_with_the_last_tag_of_its_repository() -> None:
    before = state(image("x", "1"), tags={"a:1": "x", "a:2": "x", "b:1": "x"}, digests={f"a{DIGEST}": "x"})
    assert told(plan_remove(before, ["a:1"])) == ["Untagged: a:1"]
    assert told(plan_remove(before, ["a:1", "a:2"])) == ["Untagged: a:1", "Untagged: a:2", f"Untagged: a{DIGEST}"]
    assert told(plan_remove(before, [f"a{DIGEST}"])) == [f"Untagged: a{DIGEST}"]


def test_forced_references_go_in_plain_string_order() -> None:
    before = state(
        image("x", "1"),
        tags={"zz:1": "x", "aa:1": "x", "bb:latest": "x", "bb:1": "x"},
        digests={f"bb{DIGEST}": "x"},
    )
    plan = plan_remove(before, [short("x")], force=True)
    names = ["aa:1", "bb:1", "bb:latest", f"bb{DIGEST}", "zz:1"]
    assert told(plan)[:5] == [f"Untagged: {name}" for name in names]


def test_containers_block_in_dockers_words() -> None:
    running, exited = image("x", "1"), image("y", "2")
    before = state(
        running,
        exited,
        tags={"x:1": "x", "y:1": "y"},
        containers=(container("r", running, "running"), container("e", exited)),
    )
    cid = {name: container(name, running).id[:12] for name in "re"}
    hard = f"conflict: unable to delete {short('x')} (cannot be forced) - image is being used by running container {cid['r']}"
    assert errors(plan_remove(before, [short("x")], force=True)) == [hard]
    named = 'conflict: unable to remove repository reference "{0}" (must force) - container {1} is using its referenced image {2}'
    assert errors(plan_remove(before, ["y:1"])) == [named.format("y:1", cid["e"], short("y"))]
    assert errors(plan_remove(before, ["x:1"])) == [named.format("x:1", cid["r"], short("x"))]
    soft = f"conflict: unable to delete {short('y')} (must be forced) - image is being used by stopped container {cid['e']}"
    assert errors(plan_remove(before, [short("y")])) == [soft]
    forced = plan_remove(before, ["y:1"], force=True)
    assert told(forced) == ["Untagged: y:1", f"Deleted: {digest('image y')}"], "the container still holds the layers"
    assert told(plan_remove(before, ["x:1"], force=True)) == ["Untagged: x:1"]


def test_parents_go_with_their_last_child_and_a_name_stops_them() -> None:
    before = state(
        image("base", "1"),
        image("i1", "12", parent="base"),
        image("i2", "12", parent="i1"),
        image("t", "123", parent="i2"),
        tags={"base:1": "base", "t:1": "t"},
    )
    dependent = f"conflict: unable to delete {short('i1')} (cannot be forced) - image has dependent child images"
    assert errors(plan_remove(before, [short("i1")], force=True)) == [dependent]
    plan = plan_remove(before, ["t:1"])
    assert told(plan) == [
        "Untagged: t:1",
        f"Deleted: {digest('image t')}",
        f"Deleted: {chain('123')}",
        f"Deleted: {digest('image i2')}",
        f"Deleted: {digest('image i1')}",
        f"Deleted: {chain('12')}",
    ]
    assert list(plan.after.images) == [digest("image base")]
    assert told(plan_remove(before, ["t:1"], prune=False))[1:] == [
        f"Deleted: {digest('image t')}",
        f"Deleted: {chain('123')}",
    ]
    assert told(plan_remove(before, ["base:1"])) == ["Untagged: base:1"], "it lives on as the parent of i1"


def test_prune_keeps_the_parents_of_tagged_images() -> None:
    before = state(
        image("base", "1"),
        image("i1", "12", parent="base", second=1),
        image("i2", "12", parent="i1", second=2),
        image("T1", "123", parent="i2", second=3),
        image("T2", "124", parent="i2", second=4),
        image("u1", "5", second=5),
        image("u2", "56", parent="u1", second=6),
        tags={"base:1": "base", "t:1": "T2"},
    )
    plan = plan_prune(before, everything=False, chosen=lambda record: True)
    gone = {entry.name for entry in plan.removed if entry.kind == "image"}
    assert gone == {digest(f"image {name}") for name in ("T1", "u2", "u1")}
    assert plan.freed == 30
    again = plan_prune(plan.after, everything=False, chosen=lambda record: True)
    assert (again.removed, again.freed) == ((), 0)


def test_prune_all_spares_what_a_container_uses() -> None:
    used, idle = image("used", "1"), image("idle", "2")
    before = state(used, idle, tags={"used:1": "used", "idle:1": "idle"}, containers=(container("c", used),))
    plan = plan_prune(before, everything=True, chosen=lambda record: True)
    assert list(plan.after.images) == [used.id]


def test_several_arguments_each_get_their_turn() -> None:
    plan = plan_remove(several(), ["nope", "a:1", "a:1", "UPPER"])
    assert told(plan) == ["Untagged: a:1"]
    assert errors(plan) == [
        "No such image: nope:latest",
        "No such image: a:1",
        "invalid reference format: repository name (library/UPPER) must be lowercase",
    ]


@st.composite
def worlds(draw: st.DrawFn) -> State:
    names = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True))
    images = []
    for index, name in enumerate(names):
        parent = draw(st.sampled_from(["", *names[:index]]))
        images.append(image(name, draw(st.text("123", min_size=1, max_size=3)), parent=parent, second=index))
    tags = {f"{word}:{number}": draw(st.sampled_from(names)) for word in "pq" for number in (1, 2)}
    chosen = draw(st.lists(st.sampled_from(images), max_size=2))
    containers = tuple(
        container(f"c{index}", of, draw(st.sampled_from(["exited", "running"]))) for index, of in enumerate(chosen)
    )
    return state(*images, tags=tags, containers=containers)


@settings(max_examples=80, deadline=None)
@given(
    worlds(),
    st.lists(st.sampled_from(["p:1", "p:2", "q:1", "q:2", *map(short, "abcdefgh")]), max_size=4),
    st.booleans(),
)
def test_what_is_left_is_whole(before: State, arguments: list[str], force: bool) -> None:
    plan = plan_remove(before, arguments, force=force)
    after = plan.after
    assert set(after.tags.values()) <= after.images.keys()
    for record in after.images.values():
        assert not record.parent or record.parent in after.images
    held = {
        layer.chain_id for holder in (*after.images.values(), *after.containers.values()) for layer in holder.layers
    }
    freed = {entry.name for entry in plan.removed if entry.kind == "layer"}
    assert not freed & held
    stood = {layer.chain_id for record in before.images.values() for layer in record.layers}
    assert stood - held == freed
    running = {record.image for record in before.containers.values() if record.status == "running"}
    assert running & before.images.keys() <= after.images.keys()
