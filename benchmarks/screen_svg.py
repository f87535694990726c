"""Screens of the app as small SVG files with the same names for the same styles; several make one moving picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

from rich.color import Color
from rich.style import Style
from textual._context import visible_screen_stack
from textual.app import App

_CELL_W = 8.4
_CELL_H = 17.0
_FONT_SIZE = 14
_BAR_H = 26.0
_MARGIN = 8.0
_FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring cells of one style."""

    column: int
    text: str
    cells: int
    colour: str
    """`#rrggbb`, or empty for the terminal's own."""
    ground: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """What a terminal shows."""

    columns: int
    rows: tuple[tuple[Run, ...], ...]


def screen_of(app: App[Any]) -> Screen:
    """What the app shows now."""
    size = app.screen.size
    visible_screen_stack.set(list(app._background_screens))  # what a window lets shine through
    rows = []
    for strip in app.screen._compositor.render_strips(size):
        runs: list[Run] = []
        column = 0
        for segment in strip:
            cells = segment.cell_length
            if cells:
                runs.append(_run(column, segment.text, cells, segment.style or Style.null()))
            column += cells
        rows.append(tuple(_joined(runs)))
    return Screen(size.width, tuple(rows))


def still(screen: Screen) -> str:
    """One screen, a line of the file for each of its rows."""
    sheet = _Sheet()
    rows = [_row_svg(number, runs, sheet) for number, runs in enumerate(screen.rows)]
    return _document(screen, sheet, rows, title="", css="")


def moving(screens: Sequence[Screen], *, seconds: Sequence[float], titles: Sequence[str], title: str) -> str:
    """Screens one after another, over and over, each for its `seconds` with its own title.

    A row that stays the same from one screen to the next is written once. A viewer without animation shows the first
    screen.
    """
    sheet = _Sheet()
    total = sum(seconds)
    starts = [sum(seconds[:number]) for number in range(len(screens) + 1)]
    parts: list[str] = []
    spans: dict[tuple[int, int], str] = {}

    def shown(first: int, last: int, inner: str) -> str:
        if (first, last) == (0, len(screens)):
            return inner
        name = spans.setdefault((first, last), f"t{len(spans)}")
        return f'<g class="{name}">{inner}</g>'

    def intervals(values: Sequence[object]) -> list[tuple[int, int]]:
        edges = [0, *(n for n in range(1, len(values)) if values[n] != values[n - 1]), len(values)]
        return list(pairwise(edges))

    for row in range(len(screens[0].rows)):
        versions = [screen.rows[row] for screen in screens]
        parts += [shown(first, last, _row_svg(row, versions[first], sheet)) for first, last in intervals(versions)]
    parts += [shown(first, last, _caption(titles[first], screens[0])) for first, last in intervals(titles)]
    css = []
    for (first, last), name in spans.items():
        begin, end = 100 * starts[first] / total, 100 * starts[last] / total
        before = "visible" if first == 0 else "hidden"
        steps = f"0%{{visibility:{before}}}" if first else ""
        steps += f"{begin:.3f}%{{visibility:visible}}" + (f"{end:.3f}%{{visibility:hidden}}" if end < 100 else "")
        css.append(
            f"@keyframes {name}{{{steps}}}.{name}{{visibility:{before};animation:{name} {total:g}s step-end infinite}}"
        )
    return _document(screens[0], sheet, parts, title=title, css="\n".join(css))


class _Sheet:
    """Styles by short names, in the order in which they are first used."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, bool], str] = {}

    def name(self, run: Run) -> str:
        return self.names.setdefault((run.colour, run.bold), f"s{len(self.names)}")

    def css(self) -> str:
        return "\n".join(
            f".{name}{{fill:{colour or '#c5c8c6'}{';font-weight:bold' if bold else ''}}}"
            for (colour, bold), name in self.names.items()
        )


def _run(column: int, text: str, cells: int, style: Style) -> Run:
    fore, ground = _hex(style.color), _hex(style.bgcolor)
    if style.reverse:
        fore, ground = ground, fore
    return Run(column, text, cells, fore if text.strip() else "", ground, bool(style.bold and text.strip()))


def _hex(colour: Color | None) -> str:
    if colour is None or colour.is_default:
        return ""
    red, green, blue = colour.get_truecolor()
    return f"#{red:02x}{green:02x}{blue:02x}"


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Runs of one style side by side become one."""
    out: list[Run] = []
    for run in runs:
        last = out[-1] if out else None
        if last and (last.colour, last.ground, last.bold) == (run.colour, run.ground, run.bold):
            out[-1] = Run(
                last.column, last.text + run.text, last.cells + run.cells, last.colour, last.ground, last.bold
            )
        else:
            out.append(run)
    return out


def _row_svg(number: int, runs: Sequence[Run], sheet: _Sheet) -> str:
    top = _BAR_H + number * _CELL_H
    grounds = [
        f'<rect x="{_x(run.column)}" y="{top:g}" width="{run.cells * _CELL_W:.1f}" height="{_CELL_H:g}"'
        f' fill="{run.ground}"/>'
        for run in runs
        if run.ground
    ]
    texts = []
    for run in runs:
        kept = run.text.strip()
        if not kept:
            continue
        column = run.column + len(run.text) - len(run.text.lstrip())
        cells = run.cells - (len(run.text) - len(kept))
        length = f' textLength="{cells * _CELL_W:.1f}"' if cells > 1 else ""
        text = escape(kept).replace("  ", "\u00a0 ").replace("  ", " \u00a0")
        texts.append(f'<tspan x="{_x(column)}"{length} class="{sheet.name(run)}">{text}</tspan>')
    line = f'<text y="{top + 13:g}">{"".join(texts)}</text>' if texts else ""
    return "".join(grounds) + line


def _x(column: int) -> str:
    return f"{_MARGIN + column * _CELL_W:.1f}"


def _caption(text: str, screen: Screen) -> str:
    return (
        f'<text x="{_MARGIN + screen.columns * _CELL_W:.1f}" y="18" class="key" text-anchor="end">{escape(text)}</text>'
    )


def _document(screen: Screen, sheet: _Sheet, parts: Sequence[str], *, title: str, css: str) -> str:
    width = screen.columns * _CELL_W + 2 * _MARGIN
    height = _BAR_H + len(screen.rows) * _CELL_H + _MARGIN
    head = (
        f'<text x="{width / 2:.1f}" y="18" class="title" text-anchor="middle">{escape(title)}</text>' if title else ""
    )
    style = (
        f"text{{font:{_FONT_SIZE}px {_FONTS};white-space:pre}}"
        ".title{fill:#8d98a4}.key{fill:#ffcc66;font-weight:bold}"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height:.1f}">',
            f"<style>{style}",
            sheet.css(),
            *([css] if css else []),
            "</style>",
            f'<rect width="{width:.1f}" height="{height:.1f}" rx="8" fill="#0b0e11"/>',
            *([head] if head else []),
            *(part for part in parts if part),
            "</svg>\n",
        ]
    )
