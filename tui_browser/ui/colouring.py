"""What the map's colours say: the class, another kind, or a measured feature on a ramp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import CLASSES, FEATURES, KEYS, FloatArray, Snapshot
from tui_browser.ui import kinds, words

CLASS = "class"
ADDED = "added"
KINDS = (kinds.FOLDER, kinds.TAG, kinds.HEARD_YET, kinds.LIKENESS, kinds.COPIES)
CYCLE = (CLASS, *FEATURES)
"""One press after the other; the rest is chosen from a list."""
CHOICES = (*CYCLE, ADDED, *KINDS, kinds.SHADES)
NAMES = {
    CLASS: "class", "duration_s": "length", "brightness_hz": "brightness", "noisiness": "noisiness",
    "pitch_hz": "pitch", "attack_s": "attack", "loudness_db": "loudness",
    "bpm": "tempo", "key": "key",
    ADDED: "when they came", kinds.FOLDER: "folder", kinds.TAG: "tag", kinds.HEARD_YET: "heard or not",
    kinds.LIKENESS: "groups of like sounds", kinds.COPIES: "copies", kinds.SHADES: "likeness, as a colour of its own",
}  # fmt: skip
_LOGARITHMIC = frozenset(("duration_s", "brightness_hz", "pitch_hz", "attack_s"))


@dataclass(frozen=True, slots=True)
class Colouring:
    """A colour index for every sample, and what the ends of the ramp mean."""

    by: str
    """One of `CHOICES`."""
    index: NDArray[np.uint8]
    """(N,) class index (11 for unclassed), or step of the ramp (`steps` for unknown)."""
    low: float = 0.0
    high: float = 0.0
    names: tuple[str, ...] = ()
    """Of the kinds that the indices stand for, where they do; the last one is that of the rest (index 11)."""
    """Values at the ramp's ends: the 2nd and 98th percentile, so that one outlier does not take all colours."""

    classes: tuple[str, ...] = CLASSES
    """Names of the classes that have a colour of their own."""

    @property
    def hues(self) -> Literal["classes", "ramp", "shades"]:
        """Which of the theme's colours the indices mean."""
        if self.by == kinds.SHADES:
            return "shades"
        return "classes" if self.by == CLASS or self.names else "ramp"

    @property
    def name(self) -> str:
        return NAMES[self.by]

    def ends(self) -> tuple[str, str]:
        """The values at the ramp's ends as a person reads them."""
        if self.by == ADDED:
            return "first", "last"
        return _read(self.by, self.low), _read(self.by, self.high)


def colouring(snapshot: Snapshot, by: str, *, steps: int) -> Colouring:
    """The samples coloured by class, by a feature on a ramp of `steps` colours, or by another kind."""
    if by == kinds.SHADES:
        return Colouring(by, kinds.tints(snapshot))
    if by in KINDS:
        kind, names = kinds.kinds(snapshot, by)
        return Colouring(by, kind, names=names)
    if by == ADDED:
        return Colouring(by, (np.arange(len(snapshot)) * steps // max(1, len(snapshot))).astype(np.uint8), 0.0, 1.0)
    if by not in FEATURES:
        index = np.minimum(snapshot.classes, len(CLASSES)).astype(np.uint8)
        return Colouring(CLASS, index, classes=snapshot.class_names[: len(CLASSES)])
    values: FloatArray = snapshot.features[:, FEATURES.index(by)]
    known = np.isfinite(values) & ((values > 0) if by in _LOGARITHMIC else True)
    index = np.full(len(values), steps, dtype=np.uint8)
    if not known.any():
        return Colouring(by, index, np.nan, np.nan)
    low, high = (float(value) for value in np.percentile(values[known], (2, 98)))
    scaled = values[known].astype(np.float64)
    ends = np.array([low, high])
    if by in _LOGARITHMIC:
        scaled, ends = np.log(scaled), np.log(ends)
    part = (scaled - ends[0]) / max(ends[1] - ends[0], 1e-9)
    index[known] = np.clip(part * steps, 0, steps - 1).astype(np.uint8)
    return Colouring(by, index, low, high)


def _read(by: str, value: float) -> str:
    if by.endswith("_s"):
        return words.seconds(value)
    if by.endswith("_hz"):
        return words.hertz(value)
    if by == "bpm":
        return f"{value:.0f} bpm" if np.isfinite(value) else ""
    if by.endswith("_db"):
        return words.decibels(value)
    if by == "key":
        return KEYS[round(value)] if np.isfinite(value) else ""
    return f"{value:.2f}" if np.isfinite(value) else ""
