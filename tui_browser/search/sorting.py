"""Orders matches by columns, as `sort:` asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, FloatArray, Snapshot
from tui_browser.search.conditions import SortKey
from tui_browser.search.file_columns import FileColumns
from tui_browser.search.name_index import NameIndex

_FEATURES = {
    "dur": "duration_s", "bright": "brightness_hz", "noise": "noisiness", "pitch": "pitch_hz", "attack": "attack_s",
    "loud": "loudness_db", "bpm": "bpm", "key": "key",
}  # fmt: skip
_DIGITS = re.compile(rb"([0-9]+)")


def sorted_rows(
    keys: Sequence[SortKey],
    rows: NDArray[np.intp],
    snapshot: Snapshot,
    index: NameIndex,
    files: Callable[[], FileColumns],
    near: Callable[[], FloatArray],
) -> NDArray[np.intp]:
    """(n,) the order of these rows by the first key, among equals by the next; unknown values come last.

    `near` has points (N,) that fall with the distance.
    """
    columns = [
        -near()[rows].astype(np.float64) * (-1 if key.descending else 1)
        if key.column == "near"
        else _column(key, rows, snapshot, index, files)
        for key in reversed(keys)
    ]
    return np.lexsort(columns).astype(np.intp)


def _column(
    key: SortKey, rows: NDArray[np.intp], snapshot: Snapshot, index: NameIndex, files: Callable[[], FileColumns]
) -> NDArray[np.float64]:
    """(n,) rising numbers in the order of the key; infinite where unknown."""
    match key.column:
        case "name" | "folder":
            values = _ranks([_letters(index, row, key.column) for row in rows.tolist()])
        case "class":
            names = np.argsort(np.argsort(snapshot.class_names)).astype(np.float64)
            known = snapshot.classes[rows] < len(names)
            values = np.where(known, names[np.where(known, snapshot.classes[rows], 0)], np.nan)
        case "rating":
            values = np.array([snapshot.ratings.get(each, np.nan) for each in snapshot.ids[rows].tolist()])
            values = values.astype(np.float64)
        case "tag":
            tags = [", ".join(snapshot.tags.get(each, ())).casefold() for each in snapshot.ids[rows].tolist()]
            ranks = _ranks([each.encode(errors="surrogatepass") for each in tags])
            values = np.where(np.array([bool(each) for each in tags], dtype=np.bool_), ranks, np.nan)
        case "added":
            values = snapshot.ids[rows].astype(np.float64)
        case "root":
            of_files = files()
            ranks = np.append(np.argsort(np.argsort(np.array(of_files.roots, dtype=object))), np.nan)
            values = ranks[of_files.root[rows]]
        case "size" | "rate" | "ch" | "bits" | "changed" as number:
            values = files().number(number)[rows]
        case column:
            values = snapshot.features[rows, FEATURES.index(_FEATURES[column])].astype(np.float64)
    values = -values if key.descending else values
    return np.where(np.isfinite(values), values, np.inf)


def _letters(index: NameIndex, row: int, part: str) -> bytes:
    searched, name_at = index.searched(row), int(index.name_at[row])
    return searched[name_at:] if part == "name" else searched[:name_at]


def _ranks(texts: list[bytes]) -> NDArray[np.float64]:
    """(n,) the place of each text in the order that a person expects: `kick 2` before `kick 10`."""
    rank = {text: place for place, text in enumerate(sorted(set(texts), key=_natural))}
    return np.array([rank[text] for text in texts], dtype=np.float64)


def _natural(text: bytes) -> list[tuple[bool, int, bytes]]:
    pieces = filter(None, _DIGITS.split(text))
    return [(not piece.isdigit(), int(piece) if piece.isdigit() else 0, piece) for piece in pieces]
