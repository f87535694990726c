"""What the map's colours say: the class, another kind, or a measured feature on a ramp."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.atlas.soundwords import FAMILY_NAMES
from tui_browser.records import CLASSES, FEATURES, KEYS, NO_FAMILY, OTHER, FloatArray, Snapshot
from tui_browser.ui import kinds, words
from tui_browser.ui.families import FIRST_FAMILY, FamilyIndex

CLASS = "class"
ADDED = "added"
DATE = "date"
KEY = "key"
KINDS = (kinds.FOLDER, kinds.TAG, kinds.HEARD_YET, kinds.LIKENESS, kinds.COPIES)
CYCLE = (CLASS, *FEATURES)
"""One press after the other; the rest is chosen from a list."""
CHOICES = (*CYCLE, ADDED, DATE, *KINDS, kinds.SHADES)
NAMES = {
    CLASS: "class", "duration_s": "length", "brightness_hz": "brightness", "noisiness": "noisiness",
    "pitch_hz": "pitch", "attack_s": "attack", "loudness_db": "loudness",
    "bpm": "tempo", "key": "key",
    ADDED: "order of adding", DATE: "file date",
    kinds.FOLDER: "folder", kinds.TAG: "tag", kinds.HEARD_YET: "heard",
    kinds.LIKENESS: "similar groups", kinds.COPIES: "copies", kinds.SHADES: "similarity, blended",
}  # fmt: skip
CIRCLE = tuple(f"{KEYS[at * 7 % 12]}/{KEYS[12 + (at * 7 + 9) % 12]}" for at in range(12))
"""The circle of fifths: keys side by side go well together."""
_LOGARITHMIC = frozenset(("duration_s", "brightness_hz", "pitch_hz", "attack_s"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind in the legend."""

    index: int
    """Its colour index."""
    id: str
    """The same for as long as the kind is the same."""
    name: str
    """Safe to show."""
    more: tuple[int, ...] = ()
    """Colour indices of the kinds within it."""
    within: str = ""
    """Id of the kind that it is part of."""

    @property
    def indices(self) -> list[int]:
        """All colour indices of its samples."""
        return [self.index, *self.more]


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
    """Of the kinds that the indices stand for, where they do; the last one is that of the rest."""
    rest: int = len(CLASSES)
    """The index of the last one of `names`."""
    steps: int = 0
    """Colours of the ramp; values between `low` and `high`, the 2nd and 98th percentile, have their step of it."""
    classes: tuple[str, ...] = CLASSES
    """Names of the classes that have a colour of their own."""
    families: tuple[int, ...] = ()
    """Those of `FAMILIES` that there are, within the class `other`."""

    @property
    def hues(self) -> Literal["classes", "ramp", "shades", "wheel"]:
        """Which of the theme's colours the indices mean."""
        if self.by == KEY:
            return "wheel"
        if self.by == kinds.SHADES:
            return "shades"
        return "classes" if self.by == CLASS or self.names else "ramp"

    @property
    def name(self) -> str:
        return NAMES[self.by]

    def entries(self) -> list[Entry]:
        """What each colour index means, in the legend's order; none where a colour stands for nothing in words."""
        if self.by == CLASS:
            rest = "off the map" if self.classes else "no class"
            names = [*self.classes, *[""] * (len(CLASSES) - len(self.classes)), rest]
            entries = [Entry(at, name, words.class_word(name)) for at, name in enumerate(names) if name]
            return self._unfolded(entries) if self.families else entries
        if self.names:
            last = len(self.names) - 1
            return [Entry(at if at < last else self.rest, name, name) for at, name in enumerate(self.names)]
        if self.hues != "ramp" or not self.ends()[0]:
            return []
        steps = [Entry(at, f"step {at}", f"from {self.value(at)} to {self.value(at + 1)}") for at in range(self.steps)]
        return [*steps, Entry(self.steps, "unknown", "unknown")]

    def _unfolded(self, entries: list[Entry]) -> list[Entry]:
        """The classes, and behind `other` the families within it and what is of none."""
        at = self.classes.index(OTHER)
        hues = tuple(FIRST_FAMILY + family for family in self.families)
        within = [Entry(hue, f"{OTHER}/{hue}", FAMILY_NAMES[hue - FIRST_FAMILY], within=OTHER) for hue in hues]
        whole = Entry(at, OTHER, entries[at].name, more=hues)
        return [*entries[:at], whole, *within, Entry(at, f"{OTHER}/", "unnamed", within=OTHER), *entries[at + 1 :]]

    def value(self, step: int) -> str:
        """Where a step of the ramp begins, as a person reads it."""
        part = step / max(1, self.steps)
        if self.by == ADDED:
            return f"{100 * part:.0f} %"
        if self.by in _LOGARITHMIC and self.low > 0:
            return _read(self.by, self.low * (self.high / self.low) ** part)
        return _read(self.by, self.low + (self.high - self.low) * part)

    def ends(self) -> tuple[str, str]:
        """The values at the ramp's ends as a person reads them."""
        if self.by == ADDED:
            return "first", "last"
        return _read(self.by, self.low), _read(self.by, self.high)


def colouring(
    snapshot: Snapshot,
    by: str,
    *,
    steps: int,
    dates: NDArray[np.float64] | None = None,
    family: FamilyIndex | None = None,
) -> Colouring:
    """The samples coloured by class, by a feature on a ramp of `steps` colours, or by another kind.

    `dates` (N,) are those of the files in seconds since 1970; without them all are unknown. `family` (N,) gives samples
    of the class `other` hues of their own.
    """
    if by == kinds.SHADES:
        return Colouring(by, kinds.tints(snapshot))
    if by in KINDS:
        kind, names = kinds.kinds(snapshot, by)
        return Colouring(by, kind, names=names)
    if by == KEY:
        return Colouring(by, _around(snapshot.features[:, FEATURES.index(KEY)]), names=(*CIRCLE, "no key"), rest=12)
    if by == ADDED:
        return Colouring(
            by, (np.arange(len(snapshot)) * steps // max(1, len(snapshot))).astype(np.uint8), 0.0, 1.0, steps=steps
        )
    if by != DATE and by not in FEATURES:
        index = np.minimum(snapshot.classes, len(CLASSES)).astype(np.uint8)
        classes = snapshot.class_names[: len(CLASSES)]
        if family is None or OTHER not in classes:
            return Colouring(CLASS, index, classes=classes)
        there = np.flatnonzero(np.bincount(family, minlength=NO_FAMILY + 1)[:NO_FAMILY])
        return Colouring(
            CLASS,
            np.where(family != NO_FAMILY, FIRST_FAMILY + family, index).astype(np.uint8),
            classes=classes,
            families=tuple(there.tolist()),
        )
    values: NDArray[np.float32] | NDArray[np.float64]
    if by == DATE:
        values = np.full(len(snapshot), np.nan) if dates is None else dates
    else:
        values = snapshot.features[:, FEATURES.index(by)]
    known = np.isfinite(values) & ((values > 0) if by in _LOGARITHMIC else True)
    index = np.full(len(values), steps, dtype=np.uint8)
    if not known.any():
        return Colouring(by, index, np.nan, np.nan, steps=steps)
    low, high = (float(value) for value in np.percentile(values[known], (2, 98)))
    scaled = values[known].astype(np.float64)
    ends = np.array([low, high])
    if by in _LOGARITHMIC:
        scaled, ends = np.log(scaled), np.log(ends)
    part = (scaled - ends[0]) / max(ends[1] - ends[0], 1e-9)
    index[known] = np.clip(part * steps, 0, steps - 1).astype(np.uint8)
    return Colouring(by, index, low, high, steps=steps)


def _around(keys: FloatArray) -> NDArray[np.uint8]:
    """Places (N,) on the circle of fifths, a major key and its relative minor on one; 12 for unknown."""
    known = np.isfinite(keys)
    number = np.where(known, keys, 0).astype(np.int64)
    tonic = np.where(number < 12, number, number + 3) % 12
    return np.where(known, tonic * 7 % 12, 12).astype(np.uint8)


def _read(by: str, value: float) -> str:
    if by.endswith("_s"):
        return words.seconds(value)
    if by.endswith("_hz"):
        return words.hertz(value)
    if by == DATE:
        return time.strftime("%Y-%m-%d", time.localtime(value)) if np.isfinite(value) else ""
    if by == "bpm":
        return f"{value:.0f} bpm" if np.isfinite(value) else ""
    if by.endswith("_db"):
        return words.decibels(value)
    return f"{value:.2f}" if np.isfinite(value) else ""
