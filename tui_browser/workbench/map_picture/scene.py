"""What is on a picture of the map: dots, words, legend and their colours, in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tui_browser.config.themes import Theme
from tui_browser.errors import counted
from tui_browser.records import FloatArray
from tui_browser.workbench.page.groups import group_name

MOST_STRETCH = 1.8
"""Most that the map is stretched in one direction to fill the picture."""
_LINE = 1.6
"""Height of a line of the legend, in sizes of its text."""
_FEWEST, _MAJORITY = 8, 0.6
"""Dots of a square that may have a word, and the share that one kind must have there."""
_SQUARE = 7.0
"""Side of these squares, in sizes of the text."""


@dataclass(frozen=True, slots=True, eq=False)
class MapDots:
    """N samples with places."""

    xy: FloatArray
    """(N, 2) in [0, 1], y upwards."""
    groups: NDArray[np.int64]
    """(N,) as `PageSound.group`."""
    chosen: NDArray[np.bool_]
    """(N,) whether a sample matches; the others are faint."""
    names: list[str]
    """Safe to show; empty where they are left out."""
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A text at a place; `left` is its middle or, in the legend, its start."""

    text: str
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class LegendLine:
    """A kind of sound with its colour."""

    colour: str
    word: Word
    """Its left and top are those of the text; the dot stands before it."""


@dataclass(frozen=True, slots=True, eq=False)
class MapScene:
    """Everything in pixels from the top left."""

    width: int
    height: int
    theme: Theme
    text_size: float
    radius: float
    places: FloatArray
    """(N, 2)"""
    colour_index: NDArray[np.intp]
    """(N,) into `palette`, in the order of drawing: faint dots first."""
    palette: list[str]
    """The first is that of faint dots."""
    names: list[str]
    areas: list[Word]
    legend: list[LegendLine]
    title: Word


def map_scene(dots: MapDots, *, theme: Theme, size: tuple[int, int], title: str, words: bool = True) -> MapScene:
    """Lay out a picture of this size; without `words` it shows dots only."""
    width, height = size
    text_size = max(9.0, math.sqrt(width * height) / 80)
    groups = sorted(set(dots.groups[dots.chosen].tolist()))
    legend_width = 12.5 * text_size if words and groups else 0.0
    head = 2.6 * text_size if words else 0.0
    box = _box(width, height, left=0.0, top=head, right=legend_width)
    places = _places(dots.xy, box)
    palette = [theme.roles["ground"], *(theme.class_colour(group) for group in groups)]
    index = np.searchsorted(np.array(groups or [0]), dots.groups) + 1
    index = np.where(dots.chosen, index, 0).astype(np.intp)
    order = np.argsort(dots.chosen, kind="stable")
    shown = places[dots.chosen]
    area = max(1.0, (box[2] - box[0]) * (box[3] - box[1]))
    return MapScene(
        width=width,
        height=height,
        theme=theme,
        text_size=text_size,
        radius=min(max(0.17 * math.sqrt(area / max(1, len(places))), 0.8), text_size / 2),
        places=places[order],
        colour_index=index[order],
        palette=palette,
        names=[dots.names[row] for row in order.tolist()] if dots.names else [],
        areas=_areas(shown, dots.groups[dots.chosen], dots.class_names, _SQUARE * text_size) if words else [],
        legend=_legend(dots, groups, theme, left=width - legend_width, top=head, text_size=text_size) if words else [],
        title=Word(
            f"{title} · {counted(int(dots.chosen.sum()), 'sound')}" if words else "", text_size, 1.6 * text_size
        ),
    )


def _box(width: int, height: int, *, left: float, top: float, right: float) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the map, in the middle of what is free."""
    margin = 0.03 * min(width, height) + 4
    across, down = max(1.0, width - left - right - 2 * margin), max(1.0, height - top - 2 * margin)
    least = min(across, down)
    wide, tall = min(across, MOST_STRETCH * least), min(down, MOST_STRETCH * least)
    x, y = left + margin + (across - wide) / 2, top + margin + (down - tall) / 2
    return x, y, x + wide, y + tall


def _places(xy: FloatArray, box: tuple[float, float, float, float]) -> FloatArray:
    left, top, right, bottom = box
    places = np.empty((len(xy), 2), dtype=np.float32)
    places[:, 0] = left + xy[:, 0] * (right - left)
    places[:, 1] = bottom - xy[:, 1] * (bottom - top)
    return places


def _legend(
    dots: MapDots, groups: list[int], theme: Theme, *, left: float, top: float, text_size: float
) -> list[LegendLine]:
    present, counts = np.unique(dots.groups[dots.chosen], return_counts=True)
    number = dict(zip(present.tolist(), counts.tolist(), strict=True))
    lines = []
    for at, group in enumerate(groups):
        word = f"{group_name(group, dots.class_names)} {number[group]:,}"
        place = Word(word, left + 1.4 * text_size, top + (at + 1.2) * _LINE * text_size)
        lines.append(LegendLine(theme.class_colour(group), place))
    return lines


def _areas(places: FloatArray, groups: NDArray[np.int64], class_names: tuple[str, ...], side: float) -> list[Word]:
    """A word for each kind, in the square where most of it is and where it prevails."""
    if not len(places):
        return []
    squares = np.floor(places / side).astype(np.int64)
    keys = squares[:, 1] * 10_000 + squares[:, 0]
    _, square, total = np.unique(keys, return_inverse=True, return_counts=True)
    words = []
    for group in np.unique(groups).tolist():
        members = np.flatnonzero(groups == group)
        own = np.bincount(square[members], minlength=len(total))
        own[(own < _FEWEST) | (own < _MAJORITY * total)] = 0
        if own.max() > 0:
            left, top = places[members[square[members] == own.argmax()]].mean(axis=0).tolist()
            words.append(Word(group_name(group, class_names), left, top))
    return words
