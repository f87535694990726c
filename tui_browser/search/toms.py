"""Tom sizes: low, mid and high within a kit.

The model has one class for toms, because the same drum may be high in one kit and low in another. The toms of a folder
are ranked by pitch; if they all have the same pitch, the pitch itself decides.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import FEATURES, Snapshot

LEVELS = ("low", "mid", "high")
NO_LEVEL = 255
_FEW = 64

_ALIKE = 2.0 ** (0.5 / 12.0)
"""Pitches within half a semitone count as one drum."""
_LOW_HZ, _HIGH_HZ = 100.0, 165.0
"""A single drum is low below the first and high above the second."""


def tom_sizes(snapshot: Snapshot) -> NDArray[np.uint8]:
    """(N,) index into `LEVELS`; NO_LEVEL for toms without a pitch and all other samples."""
    levels = np.full(len(snapshot), NO_LEVEL, dtype=np.uint8)
    rows = _toms(snapshot)
    kits: dict[bytes, list[int]] = {}
    for row in rows.tolist():
        kits.setdefault(_folder(snapshot.names[row]), []).append(row)
    for kit in kits.values():
        levels[kit] = _ranked(_pitches(snapshot, kit))
    return levels


def tom_size(snapshot: Snapshot, row: int) -> str:
    """The tom size of one row; empty without one."""
    rows = _toms(snapshot)
    if not (rows == row).any():
        return ""
    folder = _folder(snapshot.names[row])
    kit = [other for other in _rows_in_folder(snapshot, rows, folder) if _folder(snapshot.names[other]) == folder]
    level = int(_ranked(_pitches(snapshot, kit))[kit.index(row)])
    return LEVELS[level] if level < len(LEVELS) else ""


def _toms(snapshot: Snapshot) -> NDArray[np.intp]:
    if "tom" not in snapshot.class_names:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(snapshot.classes == snapshot.class_names.index("tom"))


def _rows_in_folder(snapshot: Snapshot, rows: NDArray[np.intp], folder: bytes) -> list[int]:
    """Rows that may be in this folder; compares bytes from the folder's end, which is fast for a million rows."""
    letters = np.frombuffer(snapshot.names.blob, dtype=np.uint8)
    starts = snapshot.names.offsets
    rows = rows[starts[rows + 1] - starts[rows] > len(folder) + 1]
    for at in range(len(folder), -1, -1):
        if len(rows) <= _FEW:
            break
        rows = rows[letters[starts[rows] + at] == (folder + b"/")[at]]
    return [int(row) for row in rows]


def _folder(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _pitches(snapshot: Snapshot, rows: Iterable[int]) -> NDArray[np.float64]:
    return snapshot.features[list(rows), FEATURES.index("pitch_hz")].astype(np.float64)


def _ranked(pitches: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Sizes of the toms of one kit by their pitches; NaN where unknown."""
    levels = np.full(len(pitches), NO_LEVEL, dtype=np.uint8)
    order = [i for i in np.argsort(pitches, kind="stable").tolist() if pitches[i] > 0]
    drums: list[list[int]] = []
    for i in order:
        if drums and pitches[i] <= pitches[drums[-1][0]] * _ALIKE:
            drums[-1].append(i)
        else:
            drums.append([i])
    if len(drums) == 1:
        pitch = pitches[drums[0][0]]
        levels[drums[0]] = 0 if pitch < _LOW_HZ else 2 if pitch > _HIGH_HZ else 1
        return levels
    for place, drum in enumerate(drums):
        levels[drum] = int(3 * (place + 0.5) / len(drums))
    return levels
