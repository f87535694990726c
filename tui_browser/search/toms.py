"""Tom sizes: low, mid and high within a kit.

The model has one class for toms, because the same drum may be high in one kit and low in another. The toms of a kit,
which folders and names tell, are sized by their pitches beside each other and beside real kits. What is doubtful, a tom
or its size, has no size.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import CONFIDENT_P, FEATURES, Snapshot
from tui_browser.search.tom_kits import tom_kits
from tui_browser.search.tom_sizing import size_probabilities

LEVELS = ("low", "mid", "high")
NO_LEVEL = 255

_SURE = 0.56
"""Least probability of a size that is told: from there on three of four are right in recorded kits."""
_KICK_HZ, _NO_KICK = 100.0, 0.8
"""Below this pitch lie kicks, and a tom has to be as probable as this to be none of them."""
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 600.0
"""No tom sounds lower or higher."""


def tom_sizes(snapshot: Snapshot) -> NDArray[np.uint8]:
    """(N,) index into `LEVELS`; NO_LEVEL for toms without a known size and all other samples."""
    levels = np.full(len(snapshot), NO_LEVEL, dtype=np.uint8)
    rows, octaves = _toms(snapshot)
    by_count: dict[int, list[list[list[int]]]] = defaultdict(list)
    for kit in tom_kits([snapshot.names[row] for row in rows], octaves):
        by_count[len(kit)].append(kit)
    for kits in by_count.values():
        shares = size_probabilities(np.array([[octaves[drum[len(drum) // 2]] for drum in kit] for kit in kits]))
        sizes = np.where(shares.max(axis=2) >= _SURE, shares.argmax(axis=2), NO_LEVEL)
        told = [
            (rows[tom], size)
            for kit, row in zip(kits, sizes.tolist(), strict=True)
            for drum, size in zip(kit, row, strict=True)
            for tom in drum
        ]
        places, found = zip(*told, strict=True)
        levels[list(places)] = found
    levels[_may_be_kicks(snapshot)] = NO_LEVEL
    return levels


class TomSizes:
    """Keeps the tom sizes of one snapshot, which several queries ask for."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, ...], NDArray[np.uint8]] | None = None

    def of(self, snapshot: Snapshot) -> NDArray[np.uint8]:
        """`tom_sizes` of this snapshot."""
        basis = (snapshot.names, snapshot.classes, snapshot.class_p, snapshot.features, snapshot.class_names)
        known = self._known
        if known is None or any(old is not new for old, new in zip(known[0], basis, strict=True)):
            self._known = known = basis, tom_sizes(snapshot)
        return known[1]


def _may_be_kicks(snapshot: Snapshot) -> NDArray[np.bool_]:
    """(N,) samples as low as kicks that are not surely none."""
    with np.errstate(invalid="ignore"):
        low = snapshot.features[:, FEATURES.index("pitch_hz")] < _KICK_HZ
    doubtful: NDArray[np.bool_] = low & (snapshot.class_p < _NO_KICK)
    return doubtful


def _toms(snapshot: Snapshot) -> tuple[list[int], list[float]]:
    """Rows of the samples that are surely toms and have a pitch, and log2 of their pitches in Hz."""
    if "tom" not in snapshot.class_names:
        return [], []
    rows = np.flatnonzero(snapshot.classes == snapshot.class_names.index("tom"))
    pitches = snapshot.features[rows, FEATURES.index("pitch_hz")].astype(np.float64)
    with np.errstate(invalid="ignore"):
        known = (pitches >= _LOWEST_HZ) & (pitches <= _HIGHEST_HZ)
        known &= snapshot.class_p[rows] >= CONFIDENT_P
    return rows[known].tolist(), np.log2(pitches[known]).tolist()
