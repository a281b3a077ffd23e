"""`docker image rm`: what is untagged, what is deleted and in which order, what stands in the way."""

from __future__ import annotations

from support.hubs import Hub

FAMILY = 'FROM busybox:1.35\nRUN echo 1 > /a\nRUN echo 2 > /b\nCMD ["sh"]\n'


def short(hub: Hub, name: str) -> str:
    return hub.image(name).id[7:19]


def test_a_tag_that_is_not_the_last_is_one_line(hub: Hub) -> None:
    hub.pull("busybox:1.35", "busybox")
    assert hub.out("image rm busybox:1.35") == "Untagged: busybox:1.35\n"


def test_a_digest_goes_with_the_last_tag_of_its_repository(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.out("tag busybox:1.35 bb:1")
    digest = hub.digest("bb:1")
    assert hub.lines("image rm busybox:1.35") == ["Untagged: busybox:1.35", f"Untagged: {digest}"]
    assert hub.lines("image ls --digests --format {{.Repository}}|{{.Digest}}") == ["bb|<none>"]


def test_the_last_name_takes_image_and_layers_top_first(hub: Hub) -> None:
    hub.pull("stack:2")
    image, digest, chains = hub.image("stack:2").id, hub.digest("stack:2"), hub.chains("stack:2")
    expected = ["Untagged: stack:2", f"Untagged: {digest}", f"Deleted: {image}", *(f"Deleted: {c}" for c in chains)]
    assert hub.lines("image rm stack:2") == expected


def test_layers_of_others_are_not_listed(hub: Hub) -> None:
    hub.pull("stack:1", "stack:2")
    own = [c for c in hub.chains("stack:1") if c not in hub.chains("stack:2")]
    assert hub.lines("image rm stack:1")[3:] == [f"Deleted: {c}" for c in own]


def test_unnamed_parents_follow_their_child(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made(FAMILY, "-t", "c:1")
    ids = [hub.image("c:1").id]
    while parent := hub.engine.state.images[ids[-1]].parent:
        ids.append(parent)
    chains = hub.chains("c:1")
    assert hub.lines("image rm c:1") == [
        "Untagged: c:1", f"Deleted: {ids[0]}", f"Deleted: {ids[1]}", f"Deleted: {chains[0]}",
        f"Deleted: {ids[2]}", f"Deleted: {chains[1]}",
    ]  # fmt: skip
    assert hub.lines("image ls -a --format {{.Repository}}") == ["busybox"]


def test_an_untagged_base_lives_until_its_last_child_goes(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made(FAMILY, "-t", "c:1")
    base = hub.image("busybox:1.35").id
    assert len(hub.lines("image rm busybox:1.35")) == 2
    assert f"Deleted: {base}" in hub.lines("image rm c:1")
    assert hub.out("image ls -aq") == ""


def test_no_prune_leaves_the_parents_dangling(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made(FAMILY, "-t", "c:1")
    parent = hub.engine.state.images[hub.image("c:1").id].parent
    assert len(hub.lines("image rm --no-prune c:1")) == 2
    assert hub.lines("image ls -q --no-trunc --filter dangling=true") == [parent]
    assert f"deleted: {parent}" in hub.lines("image prune -f")
    assert hub.lines("image ls -a --format {{.Repository}}") == ["busybox"]


def test_by_id_with_several_tags_needs_force(hub: Hub) -> None:
    hub.pull("stack:1")
    hub.out("tag stack:1 stack:alias")
    iid, digest = short(hub, "stack:1"), hub.digest("stack:1")
    ran = hub.run(f"image rm {iid}")
    conflict = f"conflict: unable to delete {iid} (must be forced) - image is referenced in multiple repositories\n"
    assert (ran.code, ran.out, ran.err) == (1, "", f"Error response from daemon: {conflict}")
    hub.out("tag stack:1 aa:1")
    hub.out("tag stack:1 zz:1")
    untagged = hub.lines(f"image rm -f {iid}")[:5]
    assert untagged == [f"Untagged: {r}" for r in ("aa:1", "stack:1", "stack:alias", digest, "zz:1")]


def test_by_any_unique_prefix_of_the_id(hub: Hub) -> None:
    hub.pull("stack:1")
    whole = hub.image("stack:1").id
    for prefix in (whole[7:8], whole[7:11], whole[:15], whole):
        assert hub.lines(f"image rm {prefix}")[0] == "Untagged: stack:1"
        hub.pull("stack:1")


def test_a_digest_alone_goes_and_the_tags_stay(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    digest = hub.digest("busybox:1.35")
    assert hub.out(f"image rm {digest}") == f"Untagged: {digest}\n"
    assert hub.lines("image ls --digests --format {{.Tag}}|{{.Digest}}") == ["1.35|<none>"]


def test_digests_of_one_tag_that_moved(hub: Hub) -> None:
    hub.pull("stack:1", "stack:2")
    one, two = hub.digest("stack:1"), hub.digest("stack:2")
    old = hub.image("stack:1").id
    hub.out("tag stack:2 stack:1")
    assert sorted(hub.lines("image ls --digests --format {{.Tag}}@{{.Digest}}")) == sorted(
        [f"<none>@{one.partition('@')[2]}", f"1@{two.partition('@')[2]}", f"2@{two.partition('@')[2]}"]
    )
    assert hub.lines("image ls -q --no-trunc --filter dangling=true") == [old]
    assert hub.lines("image prune -f")[:3] == ["Deleted Images:", f"untagged: {one}", f"deleted: {old}"]


def test_arguments_are_tried_in_order_and_errors_come_last(hub: Hub) -> None:
    hub.pull("stack:1")
    ran = hub.run("image rm stack:1 nope stack:1")
    assert (ran.code, ran.out.splitlines()[0]) == (1, "Untagged: stack:1")
    assert ran.err.splitlines() == [
        "Error response from daemon: No such image: nope:latest",
        "Error response from daemon: No such image: stack:1",
    ]


def test_force_forgives_what_is_not_there(hub: Hub) -> None:
    ran = hub.run("image rm -f nope")
    assert (ran.code, ran.err) == (0, "Error response from daemon: No such image: nope:latest\n")


def test_a_container_holds_the_last_name_only(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    cid = hub.out("create busybox:1.35 true").strip()
    iid = short(hub, "busybox:1.35")
    ran = hub.run("image rm busybox:1.35")
    reason = f"container {cid[:12]} is using its referenced image {iid}\n"
    words = f'conflict: unable to remove repository reference "busybox:1.35" (must force) - {reason}'
    assert (ran.code, ran.err) == (1, f"Error response from daemon: {words}")
    hub.out("tag busybox:1.35 bb:1")
    assert hub.lines("image rm busybox:1.35")[0] == "Untagged: busybox:1.35"


def test_by_id_a_stopped_container_wants_force_and_keeps_the_layers(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    cid = hub.out("create --name held busybox:1.35 true").strip()
    iid, digest, whole = short(hub, "busybox:1.35"), hub.digest("busybox:1.35"), hub.image("busybox:1.35").id
    ran = hub.run(f"image rm {iid}")
    assert ran.err.endswith(
        f"conflict: unable to delete {iid} (must be forced) - image is being used by stopped container {cid[:12]}\n"
    )
    assert hub.lines("image rm -f busybox:1.35") == [
        "Untagged: busybox:1.35", f"Untagged: {digest}", f"Deleted: {whole}",
    ]  # fmt: skip
    assert hub.lines("ps -a --format {{.Image}}") == [iid]
    assert hub.lines("system df --format {{.Type}}={{.Size}}")[0] == "Images=0B"


def test_children_cannot_be_forced(hub: Hub) -> None:
    hub.pull("busybox:1.35")
    hub.made(FAMILY, "-t", "c:1")
    parent = hub.engine.state.images[hub.image("c:1").id].parent[7:19]
    words = f"conflict: unable to delete {parent} (cannot be forced) - image has dependent child images\n"
    for force in ("", "-f "):
        ran = hub.run(f"image rm {force}{parent}")
        assert (ran.code, ran.err) == (1, f"Error response from daemon: {words}")


def test_a_dry_run_says_the_same_and_does_nothing(hub: Hub) -> None:
    hub.pull("stack:2")
    told = [
        line.replace("Would be u", "U").replace("Would be d", "D") for line in hub.lines("image rm --dry-run stack:2")
    ]
    assert hub.lines("image rm stack:2") == told
