"""The report of a user model: one self-contained HTML file with SVG charts."""

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

_COLOURS = (
    "#e4572e", "#2e86ab", "#f2a541", "#5b8e7d", "#8e5b9f", "#c0392b", "#3c6e71", "#b5838d", "#6a994e", "#577590",
    "#bc6c25", "#7f5539",
)  # fmt: skip
_MAX_DOTS = 3000
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
    """Rows of the table, in this order."""
    history: Sequence[TrainingStatus]
    classes: Sequence[str]
    """Empty for a model without classes."""
    confusion: NDArray[np.int64] | None
    """(C, C) number of files by true class (row) and predicted class (column)."""
    caption: str
    """Text above the confusion matrix."""
    xy: FloatArray | None
    """(N, 2) map positions in [0, 1]; None for a model without a map."""
    labels: NDArray[np.int64]
    """(N,) index into `classes`, -1 for none."""
    names: Sequence[bytes]
    """(N,) file names of the positions."""


def render_report(contents: ReportContents) -> str:
    """The page; names of files and classes are escaped."""
    title = _safe(contents.name)
    parts = [f"<h1>{title}</h1>", _table(list(contents.facts.items()))]
    parts += ["<h2>Loss</h2>", _curves(contents.history)]
    if contents.confusion is not None and len(contents.classes):
        parts += [f"<h2>Confusion matrix</h2><p>{_safe(contents.caption)}</p>", _confusion(contents)]
    if contents.xy is not None and len(contents.xy):
        parts += ["<h2>Map</h2>", _legend(contents.classes), _map(contents)]
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f"<!doctype html><html><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _safe(text: str | bytes) -> str:
    return html.escape(printable(text), quote=True)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td>{_safe(name)}</td><td>{_safe(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _curves(history: Sequence[TrainingStatus]) -> str:
    """Training and validation loss over the steps, and below them the learning rate."""
    if not history:
        return '<p class="quiet">no training steps</p>'
    width, height = 720, 260
    steps = [status.step for status in history]
    losses = [status.loss for status in history]
    out = [_line(steps, losses, _COLOURS[1], 0, height, width, steps[-1])]
    out.append(_text(width + 8, 20, f"training: {losses[0]:.2f} to {losses[-1]:.2f}", _COLOURS[1]))
    validation = [(status.step, status.validation_loss) for status in history if status.validation_loss is not None]
    if validation:
        values = [value for _, value in validation]
        out.append(_line([step for step, _ in validation], values, _COLOURS[0], 0, height, width, steps[-1]))
        out.append(_text(width + 8, 40, f"validation: {values[0]:.2f}, best {min(values):.2f}", _COLOURS[0]))
    rates = [status.rate for status in history]
    out.append(_line(steps, rates, "#999", height + 20, 60, width, steps[-1]))
    out.append(_text(width + 8, height + 40, f"learning rate, at most {max(rates):.2g}", "#777"))
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


def _confusion(contents: ReportContents) -> str:
    assert contents.confusion is not None
    totals = np.maximum(contents.confusion.sum(axis=1, keepdims=True), 1)
    head = "".join(f"<th>{_safe(name)}</th>" for name in contents.classes)
    rows = []
    for at, name in enumerate(contents.classes):
        cells = []
        for other in range(len(contents.classes)):
            files = int(contents.confusion[at, other])
            hue = "46,134,171" if other == at else "228,87,46"
            opacity = 0.75 * files / float(totals[at, 0])
            cells.append(f'<td style="background: rgba({hue},{opacity:.2f})">{files or ""}</td>')
        rows.append(f"<tr><td>{_safe(name)}</td>{''.join(cells)}<td>{contents.confusion[at].sum()}</td></tr>")
    return f"<table><tr><th></th>{head}<th>files</th></tr>{''.join(rows)}</table>"


def _legend(classes: Sequence[str]) -> str:
    spans = [f'<span style="color: {_colour(at)}">&#9679; {_safe(name)}</span>' for at, name in enumerate(classes)]
    return f'<p class="legend">{" ".join(spans)}</p>'


def _colour(label: int) -> str:
    return _COLOURS[label % len(_COLOURS)] if label >= 0 else "#888"


def _map(contents: ReportContents) -> str:
    assert contents.xy is not None
    size = 700
    every = -(-len(contents.xy) // _MAX_DOTS)
    dots = [
        f'<circle cx="{10 + size * float(x):.1f}" cy="{10 + size * (1 - float(y)):.1f}" r="4" fill="{_colour(label)}" '
        f'fill-opacity=".75"><title>{_safe(name)}</title></circle>'
        for (x, y), label, name in zip(
            contents.xy[::every], contents.labels[::every].tolist(), contents.names[::every], strict=True
        )
    ]
    return f'<svg viewBox="0 0 {size + 20} {size + 20}" role="img" aria-label="map">{"".join(dots)}</svg>'
