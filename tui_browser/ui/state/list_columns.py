"""The columns of the list: what each shows of a sample, how wide it is, and what `sort:` calls it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tui_browser.errors import printable
from tui_browser.records import FEATURES, KEYS
from tui_browser.ui import formatting
from tui_browser.ui.sample_names import folder_below, sample_name
from tui_browser.ui.state.classes import class_name
from tui_browser.ui.state.map_model import MapModel
from tui_browser.ui.state.tiny_waves import CELLS


@dataclass(frozen=True, slots=True)
class ListedSample:
    """One row of the list, as its columns read it."""

    world: MapModel
    row: int
    star: str
    distance: str = ""
    """Empty outside of a neighbour list."""
    added_s: float = math.nan
    """When it came into the library, seconds since 1970; NaN while unknown."""
    wave: str = ""
    """Its tiny waveform; empty while unknown."""

    def feature(self, name: str) -> float:
        return float(self.world.snapshot.features[self.row, FEATURES.index(name)])


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column."""

    name: str
    least: int
    """Cells that it needs, with its header; a column without a share has exactly so many."""
    read: Callable[[ListedSample], str]
    sort: str = ""
    """The column of `sort:`; empty where it cannot be sorted by."""
    share: int = 0
    """Its part of the cells that are left, beside the other columns with a share."""
    right: bool = False
    """Whether it stands at the right, as numbers do."""
    highest_first: bool = False
    """Whether the first sort begins with the highest."""
    help: str = ""

    @property
    def gap(self) -> int:
        """Blanks before it; those of a column at the right are part of it."""
        return 0 if self.right else 2


def _class(sample: ListedSample) -> str:
    return formatting.class_word(class_name(sample.world.snapshot, sample.row))


def _tempo(sample: ListedSample) -> str:
    bpm = sample.feature("bpm")
    return f"{bpm:.0f}" if math.isfinite(bpm) else ""


def _key(sample: ListedSample) -> str:
    key = sample.feature("key")
    return KEYS[int(key)] if math.isfinite(key) else ""


def _rating(sample: ListedSample) -> str:
    return formatting.stars(sample.world.snapshot.ratings.get(sample.world.id_at(sample.row), 0), sample.star)


def _tags(sample: ListedSample) -> str:
    return printable(", ".join(sample.world.snapshot.tags.get(sample.world.id_at(sample.row), ())))


def _added(sample: ListedSample) -> str:
    if not math.isfinite(sample.added_s):
        return ""
    try:
        return f"{datetime.fromtimestamp(sample.added_s):%Y-%m-%d}"
    except (OverflowError, OSError, ValueError):  # a clock that was far off
        return ""


def _name(sample: ListedSample) -> str:
    return sample_name(sample.world.snapshot.names[sample.row])


def _folder(sample: ListedSample) -> str:
    return folder_below(sample.world.snapshot.names[sample.row], sample.world.roots)


COLUMNS = {
    column.name: column
    for column in (
        ListColumn("name", 12, _name, "name", share=3, help="the file; folder and number where its name says nothing"),
        ListColumn("folder", 24, _folder, "folder", share=2, help="the folder below its root"),
        ListColumn("class", 10, _class, "class", help="the class of the sound"),
        ListColumn(
            "length", 7, lambda sample: formatting.seconds(sample.feature("duration_s")), "dur", right=True,
            help="the length of the sound",
        ),
        ListColumn("bpm", 5, _tempo, "bpm", right=True, help="the tempo of loops"),
        ListColumn("key", 4, _key, "key", help="the key of what has one"),
        ListColumn(
            "loudness", 10, lambda sample: formatting.decibels(sample.feature("loudness_db")), "loud", right=True,
            help="the loudness in dB",
        ),
        ListColumn("rating", 7, _rating, "rating", highest_first=True, help="your stars"),
        ListColumn("tags", 12, _tags, "tag", share=2, help="your tags"),
        ListColumn("added", 10, _added, "added", highest_first=True, help="the day on which the library first had it"),
        ListColumn("wave", CELLS, lambda sample: sample.wave, help="how loud each part of the sound is"),
        ListColumn("distance", 9, lambda sample: sample.distance, right=True, help="of a neighbour: how far it is"),
    )
}  # fmt: skip
"""By name, in the order in which they are offered; the headers leave a cell for the mark of the order."""


@dataclass(frozen=True, slots=True)
class FittedColumn:
    """A column with its place in a row."""

    column: ListColumn
    start: int
    width: int


def fitted_columns(chosen: Sequence[str], room: int, *, distance: int = 0) -> list[FittedColumn]:
    """The chosen columns that fit into so many cells, with their places; `name` always does.

    `distance` is the width of that column in a neighbour list, where it takes the place of the length unless it was
    chosen itself. Columns of a fixed width come first, then those with a share, each in the person's order.
    """
    names = list(chosen)
    if not distance:
        names = [name for name in names if name != "distance"]
    elif "distance" not in names:
        names = [name for name in names if name != "length"] + ["distance"]
    columns = [COLUMNS[name] for name in names]

    def need(column: ListColumn) -> int:
        return column.gap + (distance if column.name == "distance" else column.least)

    kept = {"name"} | ({"distance"} if distance else set())
    left = room + columns[0].gap - sum(need(column) for column in columns if column.name in kept)
    for column in sorted(columns, key=lambda each: each.share > 0):
        if column.name not in kept and need(column) <= left:
            kept.add(column.name)
            left -= need(column)
    columns = [column for column in columns if column.name in kept]
    fixed = sum(need(column) if not column.share else column.gap for column in columns) - columns[0].gap
    spare, shares = max(0, room - fixed), sum(column.share for column in columns)
    places: list[FittedColumn] = []
    at = 0
    for column in columns:
        at += column.gap if places else 0
        if not column.share:
            width = need(column) - column.gap
        else:
            width = spare * column.share // shares
            spare, shares = spare - width, shares - column.share
        places.append(FittedColumn(column, at, width))
        at += width
    return places


def shared_folder(folders: Sequence[str]) -> str:
    """The folders that all of these begin with, with a slash at the end; empty where they share none."""
    common = ""
    for part in folders[0].split("/")[:-1] if folders else ():
        if not all(folder.startswith(f"{common}{part}/") for folder in folders):
            break
        common += f"{part}/"
    return common
