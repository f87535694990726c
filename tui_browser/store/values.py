"""Checks of what a library file holds: SQLite stores any value in any column, and a file may come from a stranger.

Each raises ValueError with the value; `errors.strange_values` makes a LibraryError of that. Text of a library is shown
on terminals, so that names that a person does not type come out printable.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from tui_browser.errors import printable
from tui_browser.records import Names
from tui_browser.store.columns import SnapshotColumns


def checked_path(cell: Any) -> bytes:
    """An absolute path without NUL."""
    if type(cell) is not bytes or not cell.startswith(b"/") or b"\0" in cell:
        raise ValueError(f"{_brief(cell)} is no path")
    return cell


def shown_text(cell: Any) -> str:
    """A text that nobody types, such as a reason or a note, as it may be shown."""
    if type(cell) is not str:
        raise ValueError(f"{_brief(cell)} is no text")
    return printable(cell)


def text_list(cell: Any) -> tuple[str, ...]:
    """The texts of a JSON list."""
    texts = json.loads(cell)
    if type(texts) is not list or not all(type(text) is str for text in texts):
        raise ValueError(f"{_brief(cell)} is no list of texts")
    return tuple(texts)


def check_numbers(cells: Iterable[Any]) -> None:
    """All are finite numbers, or None where nothing is known."""
    for cell in cells:
        if cell is not None and (type(cell) not in (int, float) or not math.isfinite(cell)):
            raise ValueError(f"{_brief(cell)} is no finite number")


def check_columns(columns: SnapshotColumns) -> SnapshotColumns:
    """The columns of a snapshot, if they fit each other and hold what a library can hold."""
    count = len(columns.ids)
    per_row = (columns.xy, columns.classes, columns.class_p, columns.flags, columns.features)
    if any(len(column) != count for column in per_row) or len(columns.names) != count or columns.xy.shape != (count, 2):
        raise ValueError("columns of different lengths")
    if (np.diff(columns.ids) <= 0).any():
        raise ValueError("samples that are listed twice")
    if np.isinf(columns.xy).any() or np.isinf(columns.features).any() or np.isinf(columns.class_p).any():
        raise ValueError("a number that is not finite")
    _check_names(columns.names)
    return columns


def _check_names(names: Names) -> None:
    offsets = names.offsets
    if offsets[0] != 0 or offsets[-1] != len(names.blob) or (np.diff(offsets) <= 0).any():
        raise ValueError("paths that overlap or are empty")
    if b"\0" in names.blob or (np.frombuffer(names.blob, dtype=np.uint8)[offsets[:-1]] != ord("/")).any():
        raise ValueError("a path that is not absolute")


def _brief(cell: Any) -> str:
    return repr(cell if not isinstance(cell, (bytes, str)) else cell[:40])[:60]
