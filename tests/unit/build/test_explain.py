"""`explain` over traces that differ in one thing: it names exactly that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockkernel.build.explain import Aspect, StepReason, Why, explain
from dockkernel.build.trace import BYTES, FILES, ImageTrace, StepTrace, decode_steps, encode_steps, make_step
from dockkernel.build.trace_files import FileTrace, folded

FILE = FileTrace("file", "sha256:aaaa", 0o644, (0, 0), 4)
LARGE = replace(FILE, digest="tarsum:aaaa")
BASE = make_step(
    stage="build", place=0, number=1, text="FROM busybox", outcome="cached", image=ImageTrace("busybox", "sha256:b"),
    result="sha256:b",
)  # fmt: skip
COPY = make_step(
    stage="build", place=1, number=2, text="COPY . /app", outcome="ran", inputs=(0,), command="COPY … in /app",
    files={"app.py": FILE, "big": LARGE}, result="r2",
)  # fmt: skip
RUN = make_step(
    stage="build", place=2, number=3, text="RUN make $V", outcome="ran", inputs=(1,), command="make $V",
    arguments={"V": "1"}, env={"A": "x"}, settings={"USER": "root"}, result="r3",
)  # fmt: skip
OLD = (BASE, COPY, RUN)


def again(*steps: StepTrace, first: int) -> tuple[StepTrace, ...]:
    """The steps of a new build: those before `first` from the cache, the others with a result of their own."""
    return tuple(
        replace(step, outcome="cached") if at < first else replace(step, outcome="ran", result=f"new{at}")
        for at, step in enumerate(steps)
    )


def only(reasons: tuple[StepReason, ...]) -> StepReason:
    (reason,) = reasons
    return reason


def facts(reason: StepReason) -> tuple[Why, str, str | None, str | None, Aspect | None]:
    return reason.why, reason.what, reason.old, reason.new, reason.aspect


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"uncached": True}, (Why.NO_CACHE, "", None, None, None)),
        ({"text": "RUN make all"}, (Why.INSTRUCTION, "", "RUN make $V", "RUN make all", None)),
        ({"arguments": (("V", "2"),)}, (Why.ARGUMENT, "V", "1", "2", None)),
        ({"arguments": ()}, (Why.ARGUMENT, "V", "1", None, None)),
        ({"arguments": (("V", "1"), ("W", ""))}, (Why.ARGUMENT, "W", None, "", None)),
        ({"env": (("A", "y"),)}, (Why.ENV, "A", "x", "y", None)),
        ({"settings": (("USER", "app"),)}, (Why.SETTING, "USER", "root", "app", None)),
        ({"command": "make 2"}, (Why.INSTRUCTION, "", "make $V", "make 2", None)),
        ({}, (Why.GONE, "", None, None, None)),
    ],
)
def test_one_input_of_a_step(change: dict[str, object], expected: tuple[object, ...]) -> None:
    new = again(BASE, COPY, replace(RUN, **change), first=2)  # type: ignore[arg-type]
    assert facts(only(explain(OLD, new))) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": replace(FILE, digest="sha256:bbbb")}, ("app.py", "sha256:aaaa", "sha256:bbbb", Aspect.CONTENT)),
        ({"app.py": replace(FILE, mode=0o755)}, ("app.py", "0644", "0755", Aspect.MODE)),
        ({"app.py": replace(FILE, owner=(5, 6))}, ("app.py", "0:0", "5:6", Aspect.OWNER)),
        ({"app.py": FileTrace("link", "x", 0)}, ("app.py", "file", "link", Aspect.KIND)),
        ({"app.py": None}, ("app.py", "sha256:aaaa", None, Aspect.REMOVED)),
        ({"z": FILE}, ("z", None, "sha256:aaaa", Aspect.ADDED)),
        ({"a": FileTrace("directory", "", 0o755), "a/z": FILE}, ("a/z", None, "sha256:aaaa", Aspect.ADDED)),
        ({"big": replace(LARGE, digest="tarsum:b")}, ("big", "tarsum:aaaa", "tarsum:b", Aspect.CONTENT)),
        ({"big": replace(LARGE, digest="tarsum:b", mode=0o755)}, ("big", "0644", "0755", Aspect.MODE)),
        ({"big": replace(LARGE, digest="tarsum:b", size=5, mode=0)}, ("big", "tarsum:aaaa", "tarsum:b", Aspect.CONTENT)),
    ],
)  # fmt: skip
def test_one_file(files: dict[str, FileTrace | None], expected: tuple[object, ...]) -> None:
    rows = {path: file for path, file in {**dict(COPY.files), **files}.items() if file is not None}
    new = again(BASE, replace(COPY, files=tuple(sorted(rows.items()))), RUN, first=1)
    copied, ran = explain(OLD, new)
    assert (copied.why, (copied.what, copied.old, copied.new, copied.aspect)) == (Why.FILE, expected)
    assert (ran.why, ran.cause) == (Why.STEP, 1)


def test_the_base() -> None:
    base = replace(BASE, image=ImageTrace("busybox", "sha256:c"), result="sha256:c")
    reasons = explain(OLD, (base, *again(BASE, COPY, RUN, first=0)[1:]))
    assert [facts(reason) for reason in reasons] == [
        (Why.BASE, "busybox", "sha256:b", "sha256:c", None),
        (Why.STEP, "COPY . /app", None, None, None),
    ]
    other = replace(base, text="FROM alpine", image=ImageTrace("alpine", "sha256:c"))
    assert facts(explain(OLD, (other, *again(BASE, COPY, first=0)[1:]))[0])[:4] == (
        Why.BASE, "alpine", "busybox", "alpine",
    )  # fmt: skip


def test_instructions_that_come_and_go() -> None:
    user = make_step(stage="build", place=1, number=2, text="USER app", outcome="ran", inputs=(0,))
    copy = replace(COPY, place=2, inputs=(1,))
    reasons = explain(OLD, again(BASE, user, copy, first=1))
    assert [reason.why for reason in reasons] == [Why.INSERTED, Why.STEP]
    run = replace(RUN, place=1, inputs=(0,))
    assert facts(only(explain(OLD, again(BASE, run, first=1))))[:2] == (Why.REMOVED, "COPY . /app")
    last = make_step(stage="build", place=3, number=4, text="CMD x", outcome="ran", inputs=(2,))
    assert only(explain(OLD, again(BASE, COPY, RUN, last, first=3))).why is Why.INSERTED


def test_a_stage_on_a_stage() -> None:
    stage = make_step(
        stage="1", place=0, number=4, text="FROM build", outcome="cached", inputs=(2,), result="r3",
    )  # fmt: skip
    child = make_step(stage="1", place=1, number=5, text="RUN x", outcome="ran", inputs=(3,), result="r5")
    ran = replace(RUN, arguments=(("V", "2"),), result="n3")
    new = (*again(BASE, COPY, first=2), ran, replace(stage, result="n3"), replace(child, result="n5"))
    first, second = explain((*OLD, stage, child), new)
    assert (first.why, second.why, second.cause) == (Why.ARGUMENT, Why.STEP, 2)


def test_the_same_result_is_no_reason() -> None:
    """The graph builder: an earlier step ran, and gave what it gave before."""
    ran = replace(COPY, outcome="ran")
    new = (BASE, ran, replace(RUN, env=(("A", "z"),), result="x"))
    assert [reason.why for reason in explain(OLD, new)] == [Why.GONE, Why.ENV]


def test_a_first_build_and_a_failed_one() -> None:
    assert [reason.why for reason in explain((), OLD)] == [Why.NEVER_BUILT] * 2
    failed = (*OLD[:2], replace(RUN, outcome="failed", result=""))
    assert only(explain(failed, again(*OLD, first=2))).why is Why.FAILED
    assert explain(OLD, again(*OLD, first=3)) == ()


words = st.text(max_size=8)
names = st.sampled_from(["A", "B", "C"])
tables = st.dictionaries(names, words, max_size=3)
files = st.dictionaries(
    st.sampled_from(["a", "b/c", "b/d"]),
    st.builds(FileTrace, st.just("file"), words.map("sha256:{}".format), st.integers(0, 0o777)),
    max_size=3,
)


@st.composite
def builds(draw: st.DrawFn) -> tuple[StepTrace, ...]:
    """A stage on a base, each step on the one before it."""
    texts = draw(st.lists(words, min_size=1, max_size=6, unique=True))
    steps = [replace(BASE, result="b")]
    for place, text in enumerate(texts, 1):
        steps.append(
            make_step(
                stage="build",
                place=place,
                number=place + 1,
                text=text,
                outcome="ran",
                inputs=(place - 1,),
                command=draw(words),
                arguments=draw(tables),
                env=draw(tables),
                settings=draw(tables),
                files=draw(files),
                result=f"r{place}",
            )
        )
    return tuple(steps)


@given(builds(), st.data())
def test_one_change_is_named_and_all_after_it_follow(old: tuple[StepTrace, ...], data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(old) - 1))
    kind = data.draw(st.sampled_from(["arguments", "env", "settings", "files"]))
    table = dict(getattr(old[at], kind))
    name = data.draw(st.sampled_from(sorted({*table, "new"})))
    value = FileTrace("file", "sha256:changed", 0o644) if kind == "files" else "quite another value"
    changed = replace(old[at], **{kind: tuple(sorted({**table, name: value}.items()))})
    new = again(*old[:at], changed, *old[at + 1 :], first=at)
    first, *rest = explain(old, new)
    expected = {"arguments": Why.ARGUMENT, "env": Why.ENV, "settings": Why.SETTING, "files": Why.FILE}
    assert (first.at, first.why, first.what) == (at, expected[kind], name)
    assert [(reason.why, reason.cause) for reason in rest] == [(Why.STEP, one.at - 1) for one in rest]


@given(builds())
def test_a_trace_is_read_as_it_was_written(steps: tuple[StepTrace, ...]) -> None:
    assert decode_steps(encode_steps(steps)) == steps


def test_a_trace_stays_small() -> None:
    many = {f"src/{number % 50}/{number}.py": FILE for number in range(20_000)}
    step = make_step(stage="0", place=1, text="COPY . .", outcome="ran", files=many)
    assert 50 <= len(step.files) <= FILES
    folder = dict(step.files)["src/7"]
    assert (folder.kind, folder.size) == ("files", 400)
    more = make_step(
        stage="0", place=1, text="COPY . .", outcome="ran", files={**many, "src/7/7.py": replace(FILE, mode=0o600)}
    )
    reason = only(explain([BASE_OF_0, step], [BASE_OF_0, replace(more, result="x")]))
    assert (reason.why, reason.what, reason.aspect) == (Why.FILE, "src/7", Aspect.CONTENT)
    long = "x" * 50_000
    one, two = (make_step(stage="0", place=1, text=f"RUN {long}{end}", outcome="ran") for end in "ab")
    assert len(one.text) < 3_000
    assert one.text != two.text
    listed = {f"f{number}": FILE for number in range(FILES)}
    steps = [make_step(stage="0", place=at, text="COPY . .", outcome="ran", files=listed) for at in range(60)]
    data = encode_steps(steps)
    assert len(data) <= BYTES
    assert len(decode_steps(data)) == 60
    assert decode_steps(b"[0, []]") == decode_steps(b"{") == ()


BASE_OF_0 = replace(BASE, stage="0")


@given(st.dictionaries(st.text("ab/", max_size=9).map(lambda text: text.strip("/") or "."), st.just(FILE)))
def test_folding_loses_no_file(files: dict[str, FileTrace]) -> None:
    for most in (1, 3):
        rows = folded(files, most)
        assert len(rows) <= max(most, 1)
        assert sum(file.size if file.kind == "files" else 1 for _, file in rows) == len(files)
