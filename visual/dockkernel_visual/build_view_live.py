"""A build while it runs, as HTML that is replaced a few times a second: state, time, bytes and log of each step.

It takes its colours from the notebook's theme, loads nothing, and tells states by words and signs, never by colour
alone. Whoever listens in place of looking gets it as one group that does not read itself out again and again.
"""

from __future__ import annotations

from html import escape
from typing import Final

from dockkernel.snapshot import GraphSnapshot, VertexSnapshot
from dockkernel_visual.build_view_rows import (
    Group,
    counted,
    duration,
    groups,
    instruction,
    lines,
    sentence,
    status_word,
    title,
    took,
    weight,
)
from dockkernel_visual.letters import clean, one_line
from dockkernel_visual.words import Language, say

_SIGNS: Final = {
    "waiting": "·",
    "running": "▶",
    "cached": "↺",
    "done": "✓",
    "failed": "✗",
    "canceled": "⊘",
    "skipped": "–",
}
_TONES: Final = {
    "running": "color:var(--jp-brand-color1,inherit);font-weight:600",
    "failed": "color:var(--jp-error-color1,#d0473c);font-weight:600",
    "waiting": "opacity:.65",
    "skipped": "opacity:.65",
    "canceled": "opacity:.65",
}
_ROW: Final = "display:grid;grid-template-columns:1.4em 6em minmax(0,1fr) 5em 11em;column-gap:.6em;align-items:baseline"
_CODE: Final = "overflow:hidden;text-overflow:ellipsis;white-space:nowrap;background:none;color:inherit;padding:0"
_LOG: Final = (
    "margin:2px 0 4px;padding:2px 8px;border-left:2px solid currentColor;opacity:.8;background:none;color:inherit;"
    "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.3;font-size:.92em"
)
_MOST: Final = 14
"""Steps of one stage that are shown."""


def build_html(graph: GraphSnapshot, language: Language = "en") -> str:
    """The HTML of a build at one moment."""
    kinds = counted(graph)
    steps = sum(kinds.values())
    over = steps - kinds["waiting"] - kinds["running"]
    label = escape(one_line(sentence(graph, language)), quote=True)
    bar = f'<progress max="{max(steps, 1)}" value="{over}" style="width:12em" aria-label="{label}"></progress>'
    head = (
        f'<div style="display:flex;gap:1em;align-items:center;margin-bottom:4px">{bar}'
        f"<span><b>{escape(say('build.progress', language, n=over, all=steps))}</b>"
        f" · {duration(graph.elapsed)}{_cached(kinds['cached'], language)}</span></div>"
    )
    body = "".join(_group(group, graph, language) for group in groups(graph, _MOST))
    style = "font-size:var(--jp-ui-font-size1,13px);line-height:1.5;max-width:60em"
    return f'<div role="group" aria-live="off" aria-label="{label}" style="{style}">{head}{body}</div>'


def _cached(number: int, language: Language) -> str:
    return f" · {escape(say('build.count.cached', language, n=number))}" if number else ""


def _group(group: Group, graph: GraphSnapshot, language: Language) -> str:
    skipped = group.stage is not None and group.stage.skipped
    words = escape(title(group, language))
    if skipped:
        note = escape(say("build.unneeded", language))
        return f'<div style="opacity:.65;margin-top:4px"><b>{words}</b> – {note}</div>'
    rows = []
    for number, step in enumerate(group.steps):
        rows.append(_row(step, graph, language))
        if number == 0 and group.left_out:
            rows.append(
                f'<li style="opacity:.65;padding-left:2em">{escape(say("more", language, n=group.left_out))}</li>'
            )
    items = "".join(rows)
    list_ = f'<ul style="list-style:none;margin:0;padding:0" aria-label="{words}">{items}</ul>'
    return f'<div style="margin-top:4px"><b>{words}</b>{list_}</div>'


def _row(step: VertexSnapshot, graph: GraphSnapshot, language: Language) -> str:
    time, bytes_ = took(step, graph.elapsed), weight(step)
    right = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
    cells = (
        f'<span aria-hidden="true">{_SIGNS[step.status]}</span>'
        f"<span>{escape(status_word(step.status, language))}</span>"
        f'<code style="{_CODE}">{escape(instruction(step)[:200])}</code>'
        f'<span style="{right}">{time}</span><span style="{right}">{_bytes(step, bytes_)}</span>'
    )
    tone = _TONES.get(step.status, "")
    return f'<li><div style="{_ROW};{tone}">{cells}</div>{_error(step)}{_log(step, language)}</li>'


def _bytes(step: VertexSnapshot, words: str) -> str:
    if step.status == "running" and step.total:
        share = f'max="{step.total}" value="{min(step.current, step.total)}"'
        return f'<progress {share} style="width:4em" aria-hidden="true"></progress> {words}'
    return words


def _error(step: VertexSnapshot) -> str:
    if not step.error:
        return ""
    return (
        f'<div style="padding-left:2em;color:var(--jp-error-color1,#d0473c)">{escape(one_line(step.error)[:300])}</div>'
    )


def _log(step: VertexSnapshot, language: Language) -> str:
    """The last lines: open for a step that runs or failed, folded for one that is done."""
    if not step.log:
        return ""
    shown = " open" if step.status in ("running", "failed") else ""
    rows = "\n".join(escape(clean(line)) for line in step.log)
    count = step.log_left_out + len(step.log)
    words = escape(say("build.log", language, n=count))
    return (
        f'<details{shown} style="padding-left:2em"><summary style="opacity:.8">{words}</summary>'
        f'<pre style="{_LOG}">{rows}</pre></details>'
    )


def live(graph: GraphSnapshot, *, language: Language = "en") -> dict[str, str]:
    """The MIME bundle of a build that runs: `text/html`, and the same in words as `text/plain`."""
    return {
        "text/html": build_html(graph, language),
        "text/plain": "\n".join(clean(line) for line in lines(graph, language)),
    }
