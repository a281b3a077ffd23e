"""Whatever vertices do in whatever order: plain progress shows each of their lines once, and their end once."""

from __future__ import annotations

import json
import re
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from dockkernel.build.buildkit.events import KitEvent, VertexDone, VertexLog, VertexStarted, VertexStatus
from dockkernel.commands.progress_plain import PlainProgress
from dockkernel.commands.progress_rawjson import RawJsonProgress
from dockkernel.commands.progress_tty import TtyProgress

NAMES = "abcd"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["log", "status", "done", "wait"]),
        st.integers(0, 20_000_000_000),
        st.text(alphabet="xyz \n\r\té\x1b", max_size=8),
    ),
    max_size=30,
)


def events_of(steps: list[tuple[str, str, int, str]]) -> list[KitEvent]:
    """A possible order: a vertex begins with its first step and does nothing after its end; time goes on."""
    now, begun, ended = 0, set(), set()
    events: list[KitEvent] = []
    for name, what, step, text in steps:
        now += step
        if name in ended:
            continue
        if name not in begun:
            begun.add(name)
            events.append(VertexStarted(name, f"vertex {name}", now))
        if what == "log" and text:
            events.append(VertexLog(name, "stdout", text.encode(), now))
        elif what == "status":
            events.append(VertexStatus(name, f"part {len(text)}", now, step % 7, 6, done=len(text) % 2 == 0))
        elif what == "done":
            ended.add(name)
            events.append(VertexDone(name, now, cached=len(text) == 1, error="e" if len(text) == 2 else ""))
    return events + [VertexDone(name, now) for name in sorted(begun - ended)]


@given(STEPS)
def test_plain_progress_loses_and_repeats_nothing(steps: list[tuple[str, str, int, str]]) -> None:
    events = events_of(steps)
    out: list[bytes] = []
    progress = PlainProgress(out.append, "building")
    for event in events:
        progress.tell(event)
    shown = b"".join(out).decode()
    logs: dict[str, str] = defaultdict(str)
    for event in events:
        if isinstance(event, VertexLog):
            logs[event.id] += event.data.decode()
    numbers = dict(re.findall(r"(?m)^#(\d+) vertex (\w)$", shown))
    assert list(numbers) == [str(number + 1) for number in range(len(numbers))] or not numbers
    assert sorted(numbers.values()) == sorted({event.id for event in events if isinstance(event, VertexStarted)})
    for number, name in numbers.items():
        ends = re.findall(rf"(?m)^#{number} (?:DONE \d+\.\ds|CACHED|ERROR: e)$", shown)
        assert len(ends) == 1
        told = re.findall(rf"(?m)^#{number} \d+\.\d+ ([^\n]*)$", shown.replace("\r", "\x00"))
        lines = logs[name].split("\n")
        expected = lines[:-1] + ([lines[-1]] if lines[-1] else [])
        assert [line.replace("\x00", "\r") for line in told] == expected


@given(STEPS, st.integers(1, 90), st.integers(1, 30))
def test_a_terminal_of_any_size_holds_its_lines(
    steps: list[tuple[str, str, int, str]], columns: int, lines: int
) -> None:
    out: list[bytes] = []
    progress = TtyProgress(out.append, "docker:default", lambda: (columns, lines), colours=False)
    for event in events_of(steps):
        progress.tell(event)
    frames = list(out)
    for frame in frames:
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", frame.decode())
        assert all(len(line) < max(columns, 2) for line in text.replace("\r", "").split("\n"))
    progress.close()


@given(STEPS)
def test_each_line_of_raw_json_is_an_object(steps: list[tuple[str, str, int, str]]) -> None:
    out: list[bytes] = []
    progress = RawJsonProgress(out.append)
    for event in events_of(steps):
        progress.tell(event)
    assert all(isinstance(json.loads(line), dict) for line in out)
