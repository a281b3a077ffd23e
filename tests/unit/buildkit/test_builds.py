"""Whole graph builds: what is done and what is not, what the cache finds, what a failure leaves."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from support.dockers import BUSYBOX
from support.kits import Kit

from dockkernel.build.buildkit import events
from dockkernel.engine import build_cache
from dockkernel.fs.node import Dir, Meta
from dockkernel.fs.tree import Tree

TWO_STAGES = (
    "FROM busybox AS builder\nENV GREETING=hello\nRUN echo $GREETING > /msg && cat /msg\n"
    'FROM busybox\nCOPY --from=builder /msg /msg\nCOPY a.txt /data/\nCMD ["cat", "/msg"]\n'
)


def test_two_stages_to_one_image_without_a_parent(kit: Kit) -> None:
    kit.docker.write("a.txt", "alpha\n")
    done = kit(TWO_STAGES)
    record = kit.docker.image("app")
    assert (record.id, record.parent, len(record.layers)) == (done.id, "", 3)
    assert [layer.size for layer in record.layers[1:]] == [6, 6]
    assert kit.docker.read("app", "msg") + kit.docker.read("app", "data/a.txt") == "hello\nalpha\n"
    assert done.log() == "hello\n"
    assert len(kit.docker.engine.state.images) == 2
    rows = kit.docker.config("app").history
    assert [row.created_by for row in rows][1:] == [
        "COPY /msg /msg # buildkit",
        "COPY a.txt /data/ # buildkit",
        'CMD ["cat" "/msg"]',
    ]
    assert rows[3].created == rows[2].created == kit.docker.config("app").created


def test_again_it_is_the_same_image_to_the_byte(kit: Kit) -> None:
    kit.docker.write("a.txt", "alpha\n")
    first, second = kit(TWO_STAGES), kit(TWO_STAGES, tag="again")
    assert first.id == second.id
    ends = second.ends()
    assert [name for name, end in ends.items() if end == "CACHED"] == [
        "[builder 2/2] RUN echo hello > /msg && cat /msg",
        "[stage-1 2/3] COPY --from=builder /msg /msg",
        "[stage-1 3/3] COPY a.txt /data/",
    ]
    assert ends["[builder 1/2] FROM docker.io/library/busybox:latest"] == "DONE"


def test_a_base_is_cached_only_where_its_files_are_needed(kit: Kit) -> None:
    name = "[1/2] FROM docker.io/library/busybox:latest"
    assert kit("FROM busybox\nRUN true\n").ends()[name] == "DONE"
    assert kit("FROM busybox\nRUN true\n").ends()[name] == "DONE"
    assert kit("FROM busybox\nRUN false\n").ends()[name] == "CACHED"
    assert kit("FROM busybox\nRUN true\n", no_cache=True).ends()[name] == "CACHED"


def test_a_step_that_changes_nothing_has_a_layer_all_the_same(kit: Kit) -> None:
    kit("FROM busybox\nRUN true\nWORKDIR /tmp\n")
    assert [layer.size for layer in kit.docker.image("app").layers[1:]] == [0, 0]
    assert len(kit.docker.config("app").diff_ids) == 3


def test_what_is_not_needed_is_not_done(kit: Kit) -> None:
    done = kit("FROM busybox AS no\nRUN exit 1\nFROM nosuch AS no2\nRUN x\nFROM busybox\nRUN true\n")
    assert not [name for name in done.ends() if name.startswith("[no") or "nosuch" in name]
    assert done.built is not None
    assert done.built.graph.skipped == ("no", "no2")


def test_independent_stages_run_side_by_side(kit: Kit) -> None:
    """Each stage waits until the other has begun: one after the other they would never end."""
    running: set[str] = set()
    both = threading.Event()

    def watch(event: Any) -> None:
        if isinstance(event, events.VertexStarted) and "RUN" in event.name:
            running.add(event.name)
            if len(running) == 2:
                both.set()

    kit(
        "FROM busybox AS a\nRUN sleep 0.5; echo a > /a\nFROM busybox AS b\nRUN sleep 0.5; echo b > /b\n"
        "FROM busybox\nCOPY --from=a /a /\nCOPY --from=b /b /\n",
        watch=watch,
    )
    assert both.is_set()
    assert kit.docker.read("app", "a") + kit.docker.read("app", "b") == "a\nb\n"


def test_one_failure_ends_what_runs_beside_it_and_keeps_what_was_done(kit: Kit) -> None:
    started = time.monotonic()
    done = kit(
        "FROM busybox AS a\nRUN echo kept > /kept\nRUN sleep 60\nFROM busybox AS b\nRUN sleep 1; exit 3\n"
        "FROM busybox\nCOPY --from=a /a /\nCOPY --from=b /b /\n"
    )
    assert time.monotonic() - started < 50
    assert done.message == 'process "/bin/sh -c sleep 1; exit 3" did not complete successfully: exit code: 3'
    assert done.error is not None
    assert done.error.span is not None
    assert done.error.span.start_line == 5
    assert sorted(end for name, end in done.ends().items() if "RUN" in name) == ["CANCELED", "DONE", "ERROR"]
    assert [record.description for record in kit.records()][-1] == "[a 2/3] RUN echo kept > /kept"
    assert "docker.io/library/app:latest" not in kit.docker.engine.state.tags


def test_a_failed_build_moves_no_tag_and_makes_no_image(kit: Kit) -> None:
    before = kit("FROM busybox\nRUN echo 1 > /x\n").id
    assert kit("FROM busybox\nRUN echo 2 > /x\nRUN exit 1\n").error is not None
    assert kit.docker.image("app").id == before
    assert len(kit.docker.engine.state.images) == 2


def test_an_interrupt_changes_nothing(kit: Kit) -> None:
    state = kit.docker.engine.state

    def watch(event: Any) -> None:
        if isinstance(event, events.VertexLog):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kit("FROM busybox\nRUN echo ready; sleep 60\n", watch=watch)
    assert kit.docker.engine.state == state


class TestCache:
    def test_content_and_mode_count_and_times_do_not(self, kit: Kit) -> None:
        text, name = "FROM busybox\nCOPY a /a\n", "[2/2] COPY a /a"
        file = kit.docker.write("a", "one")
        first = kit(text).id
        import os

        os.utime(file, (1, 1))
        assert kit(text).ends()[name] == "CACHED"
        file.chmod(0o600)
        assert kit(text).ends()[name] == "DONE"
        file.chmod(0o644)
        file.write_text("two")
        assert kit(text).ends()[name] == "DONE"
        file.write_text("one")
        again = kit(text)
        assert (again.ends()[name], again.id) == ("CACHED", first)

    def test_an_argument_misses_from_the_first_run_after_it(self, kit: Kit) -> None:
        text = "FROM busybox\nRUN echo early\nARG V=1\nWORKDIR /w\nRUN echo late\n"
        kit(text)
        ends = kit(text, args={"V": "2"}).ends()
        steps = ["[2/4] RUN echo early", "[3/4] WORKDIR /w", "[4/4] RUN echo late"]
        assert [ends[step] for step in steps] == ["CACHED", "CACHED", "DONE"]

    def test_a_stage_that_changed_and_gave_the_same_file_spoils_nothing(self, kit: Kit) -> None:
        text = "FROM busybox AS a\nRUN echo %s; echo same > /same; touch -d @0 /same\nFROM busybox\nCOPY --from=a /same /\nRUN true\n"
        kit(text % 1)
        ends = kit(text % 2).ends()
        assert [ends[name] for name in ends if name.startswith("[stage-1")] == ["CACHED", "CACHED"]

    def test_link_does_not_depend_on_what_is_below(self, kit: Kit) -> None:
        kit.docker.write("a", "one")
        text, name = "FROM busybox\nRUN echo %s > /x\nCOPY --link a /a\n", "[3/3] COPY --link a /a"
        kit(text % 1)
        assert kit(text % 2).ends()[name] == "CACHED"
        assert kit.docker.read("app", "a") + kit.docker.read("app", "x") == "one2\n"

    def test_no_cache_adds_newer_records_which_win(self, kit: Kit) -> None:
        text = "FROM busybox\nRUN date +%N > /now\n"
        first, second = kit(text).id, kit(text, no_cache=True).id
        assert first != second
        assert kit(text).id == second

    def test_no_cache_filter_builds_one_stage_anew_and_what_takes_from_it(self, kit: Kit) -> None:
        text = "FROM busybox AS a\nRUN date +%N > /now\nFROM busybox AS b\nRUN echo b\nCOPY --from=a /now /\n"
        kit(text)
        ends = kit(text, no_cache_filter=("A",)).ends()
        assert ends["[a 2/2] RUN date +%N > /now"] == "DONE"
        assert ends["[b 2/3] RUN echo b"] == "CACHED"
        assert ends["[b 3/3] COPY --from=a /now /"] == "DONE"

    def test_a_removed_image_leaves_the_cache_and_a_pruned_cache_the_image(self, kit: Kit) -> None:
        text = "FROM busybox\nRUN echo 1 > /x\n"
        first = kit(text).id
        kit.docker("image", "rm", "app")
        assert kit(text).id == first
        gone = build_cache.prune(kit.docker.engine, everything=True)
        assert [one.shared for one in gone if one.record.type == "regular"] == [True, True]
        assert kit.records() == []
        assert kit.docker.read("app", "x") == "1\n"
        assert kit(text).ends()["[2/2] RUN echo 1 > /x"] == "DONE"

    def test_without_all_a_prune_takes_what_no_image_shares(self, kit: Kit) -> None:
        kit("FROM busybox AS a\nRUN echo 1 > /x\nFROM busybox\nCOPY --from=a /x /y\n")
        kinds = [(one.record.type, one.record.description[:12]) for one in build_cache.prune(kit.docker.engine)]
        assert ("regular", "[a 2/2] RUN ") in kinds
        assert [record.description[:11] for record in kit.records()] == ["pulled from", "[stage-1 2/"]

    def test_a_prune_keeps_the_newest_within_its_bytes(self, kit: Kit) -> None:
        for number in range(3):
            kit(f"FROM busybox\nRUN echo {number}; head -c 1000 /dev/zero > /x{number}\n", tag="", target="")
            kit.docker("image", "prune", "-f")
        build_cache.prune(kit.docker.engine, keep_bytes=2500)
        sizes = [record.size for record in kit.records() if record.size]
        assert sizes == [1000, 1000]


def test_cache_mounts_hold_from_build_to_build_and_are_in_no_layer(kit: Kit) -> None:
    text = "FROM busybox\nRUN --mount=type=cache,target=/c echo %s >> /c/log; cat /c/log > /out\n"
    kit(text % 1)
    kit(text % 2)
    assert kit.docker.read("app", "out") == "1\n2\n"
    assert kit.docker.files("app").get("c/log") is None
    assert [record.size for record in kit.records("exec.cachemount")] == [4]


def test_secrets_are_seen_by_the_process_and_nowhere_else(kit: Kit) -> None:
    text = "FROM busybox\nRUN --mount=type=secret,id=s wc -c < /run/secrets/s > /n\n"
    first = kit(text, secrets={"s": b"hush"})
    assert kit.docker.read("app", "n").strip() == "4"
    assert kit(text, secrets={"s": b"longer"}).id == first.id
    blobs = kit.docker.engine.blobs
    for digest in blobs.list():
        with blobs.open(digest) as stream:
            assert b"hush" not in stream.read()


def test_a_missing_file_is_named_with_its_step(kit: Kit) -> None:
    done = kit("FROM busybox\nCOPY missing.txt /\n")
    assert done.message.startswith("failed to compute cache key: failed to calculate checksum of ref ")
    assert done.message.endswith(': "/missing.txt": not found')


def test_an_image_that_is_nowhere(kit: Kit) -> None:
    done = kit("FROM nosuch:1\n")
    assert done.message.startswith("nosuch:1: failed to resolve source metadata for docker.io/library/nosuch:1: ")
    assert done.ends()["[internal] load metadata for docker.io/library/nosuch:1"] == "ERROR"


def test_a_hundred_and_twenty_six_layers_are_too_many(kit: Kit) -> None:
    steps = "".join(f"WORKDIR /d{number}\n" for number in range(125))
    assert kit(f"FROM busybox\n{steps}").message == "max depth exceeded"


def test_source_date_epoch_gives_every_row_its_time(kit: Kit) -> None:
    kit("FROM busybox\nRUN true\nENV A=1\n", args={"SOURCE_DATE_EPOCH": "1000000000"})
    config = kit.docker.config("app")
    assert config.created == "2001-09-09T01:46:40Z"
    assert {row.created for row in config.history[1:]} == {"2001-09-09T01:46:40Z"}


def test_scratch_with_nothing_but_settings(kit: Kit) -> None:
    kit("FROM scratch\nENV A=1\nCMD x\n")
    assert kit.docker.image("app").layers == ()


def test_where_the_image_has_no_network_files_the_sandbox_leaves_a_changed_directory(kit: Kit) -> None:
    """BuildKit makes the mount points and takes them away: the layer of RUN then differs from that of an equal COPY."""
    mine = {name: node for name, node in BUSYBOX.root.children.items() if name != "etc"}
    system = {name: Dir(Meta(0o755)) for name in ("dev", "proc", "sys")}
    kit.docker.add_image("full:latest", Tree(Dir(BUSYBOX.root.meta, {**BUSYBOX.root.children, **system})))
    kit.docker.add_image("bare:latest", Tree(Dir(BUSYBOX.root.meta, {**mine, **system, "etc": Dir(Meta(0o755))})))
    kit("FROM bare\nRUN true\n")
    assert [change.path for change in kit.docker.layer("app", 1)] == ["etc"]
    kit("FROM full\nRUN true\n")
    assert kit.docker.layer("app", 1) == ()
