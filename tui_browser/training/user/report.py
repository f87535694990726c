"""The report of a model of one's own: one HTML file that needs nothing else, with its curves drawn as SVG."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.errors import printable
from tui_browser.records import FloatArray
from tui_browser.training.user.fine_tuning import TrainingStatus

COLOURS = (
    "#e4572e", "#2e86ab", "#f2a541", "#5b8e7d", "#8e5b9f", "#c0392b", "#3c6e71", "#b5838d", "#6a994e", "#577590",
    "#bc6c25", "#7f5539",
)  # fmt: skip
MOST_DOTS = 3000
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1, h2 { font-weight: 600 } table { border-collapse: collapse } td, th { padding: .15rem .6rem; text-align: right }
th { font-weight: 500 } td:first-child, th:first-child { text-align: left } svg { max-width: 100%; height: auto }
.legend span { margin-right: 1rem; white-space: nowrap } .quiet { color: #777 }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #ddd } svg { background: #fff } }
"""


@dataclass(frozen=True, slots=True)
class ReportContents:
    """What a report shows."""

    name: str
    facts: Mapping[str, str]
    """Shown as a table, in this order."""
    history: Sequence[TrainingStatus]
    classes: Sequence[str]
    """Empty for a model without classes."""
    confusion: NDArray[np.int64] | None
    """(C, C) files of a class (row) that were taken for another (column)."""
    judged: str
    """Which files the confusion is of."""
    xy: FloatArray | None
    """(N, 2) places in [0, 1]; None for a model without a map."""
    labels: NDArray[np.int64]
    """(N,) index into `classes`, -1 for none."""
    names: Sequence[bytes]
    """(N,) what the places are of."""


def render_report(told: ReportContents) -> str:
    """The page; names of files and classes are made safe, whatever they hold."""
    title = _safe(told.name)
    parts = [f"<h1>{title}</h1>", _table([(name, value) for name, value in told.facts.items()])]
    parts += ["<h2>Loss</h2>", _curves(told.history)]
    if told.confusion is not None and len(told.classes):
        parts += [f"<h2>What is taken for what</h2><p>{_safe(told.judged)}</p>", _confusion(told)]
    if told.xy is not None and len(told.xy):
        parts += ["<h2>Map</h2>", _legend(told.classes), _map(told)]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _safe(text: str | bytes) -> str:
    return html.escape(printable(text), quote=True)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td>{_safe(name)}</td><td>{_safe(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _curves(history: Sequence[TrainingStatus]) -> str:
    """Loss of what was learned from and of what was watched over the steps, and below them the learning rate."""
    if not history:
        return '<p class="quiet">no step was taken</p>'
    width, height = 720, 260
    steps = [look.step for look in history]
    lines = [("learned", COLOURS[1], [look.loss for look in history])]
    watched = [(look.step, look.watched) for look in history if look.watched is not None]
    out = []
    for name, colour, values in lines:
        out.append(_line(steps, values, colour, 0, height, width, steps[-1]))
        out.append(_text(width + 8, 20, f"{name}: {values[0]:.2f} to {values[-1]:.2f}", colour))
    if watched:
        values = [value for _, value in watched]
        out.append(_line([step for step, _ in watched], values, COLOURS[0], 0, height, width, steps[-1]))
        out.append(_text(width + 8, 40, f"watched: {values[0]:.2f}, best {min(values):.2f}", COLOURS[0]))
    out.append(_line(steps, [look.rate for look in history], "#999", height + 20, 60, width, steps[-1]))
    out.append(
        _text(width + 8, height + 40, f"learning rate, at most {max(look.rate for look in history):.2g}", "#777")
    )
    out.append(_text(4, height + 100, f"step {steps[0]}", "#777"))
    out.append(_text(width - 70, height + 100, f"step {steps[-1]}", "#777"))
    note = '<p class="quiet">Each curve has its own scale.</p>'
    return f'<svg viewBox="0 0 980 {height + 110}" role="img" aria-label="loss">{"".join(out)}</svg>{note}'


def _line(
    steps: Sequence[int], values: Sequence[float], colour: str, top: int, height: int, width: int, last: int
) -> str:
    low, high = min(values), max(values)
    span = high - low or 1.0
    points = " ".join(
        f"{width * step / max(1, last):.1f},{top + height - (height - 10) * (value - low) / span:.1f}"
        for step, value in zip(steps, values, strict=True)
        if math.isfinite(value)
    )
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="13" fill="{colour}">{_safe(text)}</text>'


def _confusion(told: ReportContents) -> str:
    """Rows are what the files are, columns what they were taken for."""
    assert told.confusion is not None
    whole = np.maximum(told.confusion.sum(axis=1, keepdims=True), 1)
    head = "".join(f"<th>{_safe(name)}</th>" for name in told.classes)
    rows = []
    for at, name in enumerate(told.classes):
        cells = []
        for other in range(len(told.classes)):
            share = float(told.confusion[at, other] / whole[at, 0])
            hue = "46,134,171" if other == at else "228,87,46"
            cells.append(
                f'<td style="background: rgba({hue},{0.75 * share:.2f})">{int(told.confusion[at, other]) or ""}</td>'
            )
        rows.append(f"<tr><td>{_safe(name)}</td>{''.join(cells)}<td>{told.confusion[at].sum()}</td></tr>")
    return f"<table><tr><th></th>{head}<th>files</th></tr>{''.join(rows)}</table>"


def _legend(classes: Sequence[str]) -> str:
    spans = [f'<span style="color: {_colour(at)}">&#9679; {_safe(name)}</span>' for at, name in enumerate(classes)]
    return f'<p class="legend">{" ".join(spans)}</p>'


def _colour(label: int) -> str:
    return COLOURS[label % len(COLOURS)] if label >= 0 else "#888"


def _map(told: ReportContents) -> str:
    assert told.xy is not None
    size = 700
    every = -(-len(told.xy) // MOST_DOTS)
    dots = [
        f'<circle cx="{10 + size * float(x):.1f}" cy="{10 + size * (1 - float(y)):.1f}" r="4" fill="{_colour(label)}" '
        f'fill-opacity=".75"><title>{_safe(name)}</title></circle>'
        for (x, y), label, name in zip(
            told.xy[::every], told.labels[::every].tolist(), told.names[::every], strict=True
        )
    ]
    return f'<svg viewBox="0 0 {size + 20} {size + 20}" role="img" aria-label="map">{"".join(dots)}</svg>'
