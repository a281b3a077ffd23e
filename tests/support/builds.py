"""Builds as snapshots: what the pictures of a build are tested with."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from dockkernel.snapshot import GraphSnapshot, StageSnapshot, VertexSnapshot
from dockkernel.snapshot.graph import BuildStatus, VertexStatus


def vertex(
    key: str,
    instruction: str,
    stage: int = 0,
    inputs: tuple[str, ...] = (),
    status: VertexStatus = "done",
    seconds: float = 0,
    size: int = 0,
    log: tuple[str, ...] = (),
    error: str = "",
) -> VertexSnapshot:
    """One vertex; it began when the build did, or never."""
    began = status not in ("waiting", "skipped")
    ended = began and status != "running"
    return VertexSnapshot(
        id=key,
        name=f"[{instruction}]",
        instruction=instruction,
        stage=stage,
        line=1,
        inputs=inputs,
        status=status,
        started=0 if began else -1,
        ended=int(seconds * 1000) if ended else -1,
        bytes=size,
        current=0,
        total=0,
        log=log,
        log_left_out=0,
        error=error,
    )


def server(status: BuildStatus = "done") -> GraphSnapshot:
    """A server with its assets in three stages and one that nothing needs: done, failed, or half way."""
    failed, running = status == "failed", status == "running"
    compiled: VertexStatus = "failed" if failed else "running" if running else "done"
    bundled: VertexStatus = "canceled" if failed else "running" if running else "done"
    last: VertexStatus = "skipped" if failed else "waiting" if running else "done"
    stages = (("builder", "golang:1.22"), ("assets", "node:20"), ("test", ""), ("", "alpine:3.20"))
    error = 'process "/bin/sh -c go build" did not complete successfully: exit code: 1' if failed else ""
    log = tuple(f"go: downloading example.org/module{n} v1.{n}.0" for n in range(5))
    return GraphSnapshot(
        builder="buildkit",
        status=status,
        elapsed=65_300,
        stages=tuple(StageSnapshot(n, name, base, name == "test") for n, (name, base) in enumerate(stages)),
        vertices=(
            vertex("ctx", "load build context", -1),
            vertex("b1", "FROM docker.io/library/golang:1.22", 0, (), "done", 2.5, 838_000_000),
            vertex("b2", "COPY . .", 0, ("b1", "ctx"), "done", 0.1, 2_400_000),
            vertex("b3", "RUN go build -o /out/server ./cmd/server", 0, ("b2",), compiled, 61, 11_200_000, log, error),
            vertex("a1", "FROM docker.io/library/node:20", 1, (), "cached", 0, 135_000_000),
            vertex("a2", "RUN npm ci && npm run build", 1, ("a1",), bundled, 31.5, 84_000_000, ("added 7 packages",)),
            vertex("r1", "FROM docker.io/library/alpine:3.20", 3, (), "cached", 0, 7_800_000),
            vertex("r2", "COPY --from=builder /out/server /usr/local/bin/", 3, ("r1", "b3"), last, 0, 11_200_000),
            vertex("r3", "COPY --from=assets /web/dist /srv/www", 3, ("r2", "a2"), last, 0, 640_000),
        ),
    )


def long(count: int) -> GraphSnapshot:
    """One stage with many steps."""
    steps = [vertex("0", "FROM x", 0, (), "cached")]
    steps += [vertex(str(n), f"RUN step {n}", 0, (str(n - 1),), "done", n / 10, n) for n in range(1, count)]
    return GraphSnapshot("classic", "done", 9_000, (StageSnapshot(0, "", "x", False),), tuple(steps))


@st.composite
def graphs(draw: st.DrawFn) -> GraphSnapshot:
    """Any build, with any words in it."""
    words = st.text(max_size=40)
    count = draw(st.integers(1, 6))
    stages = tuple(StageSnapshot(n, draw(words), draw(words), draw(st.booleans())) for n in range(count))
    vertices: list[VertexSnapshot] = []
    for number in range(draw(st.integers(0, 30))):
        inputs = draw(st.lists(st.sampled_from(vertices), max_size=3)) if vertices else []
        vertices.append(
            VertexSnapshot(
                id=str(number),
                name=draw(words),
                instruction=draw(words),
                stage=draw(st.integers(-1, count - 1)),
                line=draw(st.integers(0, 99)),
                inputs=tuple(dict.fromkeys(one.id for one in inputs)),
                status=draw(st.sampled_from(get_args(VertexStatus))),
                started=draw(st.integers(-1, 10**7)),
                ended=draw(st.integers(-1, 10**7)),
                bytes=draw(st.integers(-1, 10**13)),
                current=draw(st.integers(0, 10**10)),
                total=draw(st.integers(0, 10**10)),
                log=tuple(draw(st.lists(words, max_size=3))),
                log_left_out=draw(st.integers(0, 1000)),
                error=draw(words),
            )
        )
    status = draw(st.sampled_from(get_args(BuildStatus)))
    elapsed = draw(st.integers(0, 10**8))
    return GraphSnapshot(draw(st.sampled_from(("classic", "buildkit"))), status, elapsed, stages, tuple(vertices))
