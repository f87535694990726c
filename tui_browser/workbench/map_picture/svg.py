"""A picture of the map as SVG: one path a colour, or one circle a dot where each has a name."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from tui_browser.workbench.map_picture.scene import MapScene, Word

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


def svg(scene: MapScene) -> str:
    """The picture; it needs no other file, and the same scene gives the same text."""
    return "\n".join([*_head(scene), *_dots(scene), *_words(scene), "</svg>"]) + "\n"


def _head(scene: MapScene) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {scene.width} {scene.height}" width="{scene.width}" '
        f'height="{scene.height}" font-family="{_FONT}" font-size="{scene.text_size:.1f}">'
    )
    yield f'<rect width="{scene.width}" height="{scene.height}" fill="{scene.theme.roles["background"]}"/>'


def _dots(scene: MapScene) -> Iterator[str]:
    radius = f"{scene.radius:.2f}"
    for at, colour in enumerate(scene.palette):
        rows = np.flatnonzero(scene.colour_index == at)
        if not len(rows):
            continue
        faint = ' opacity="0.55"' if at == 0 else ""
        if scene.names and at:
            yield f'<g fill="{colour}">'
            for row, (x, y) in zip(rows.tolist(), scene.places[rows].tolist(), strict=True):
                name = escape(scene.names[row])
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"><title>{name}</title></circle>'
            yield "</g>"
            continue
        points = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in scene.places[rows].tolist())
        yield (
            f'<path d="{points}" stroke="{colour}" stroke-width="{2 * scene.radius:.2f}" stroke-linecap="round" '
            f'fill="none"{faint}/>'
        )


def _words(scene: MapScene) -> Iterator[str]:
    text, background = scene.theme.roles["text"], scene.theme.roles["background"]
    if scene.title.text:
        yield _text(scene.title, f'fill="{text}" font-weight="600"')
    halo = f'fill="{text}" text-anchor="middle" font-weight="600" paint-order="stroke" stroke="{background}" '
    for word in scene.areas:
        yield _text(word, f'{halo}stroke-width="{scene.text_size / 4:.1f}" stroke-linejoin="round"')
    for line in scene.legend:
        size = scene.text_size
        left, top = line.word.left - 0.8 * size, line.word.top - 0.35 * size
        yield f'<circle cx="{left:.1f}" cy="{top:.1f}" r="{0.35 * size:.1f}" fill="{line.colour}"/>'
        yield _text(line.word, f'fill="{text}"')


def _text(word: Word, attributes: str) -> str:
    return f'<text x="{word.left:.1f}" y="{word.top:.1f}" {attributes}>{escape(word.text)}</text>'
