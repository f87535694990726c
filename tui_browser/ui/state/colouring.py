"""Colours of the map: by class, by another kind, or by a measured feature on a ramp."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tui_browser.records import (
    CLASS_FAMILIES,
    CLASSES,
    DRUM_CLASSES,
    FAMILY_OF,
    FEATURES,
    KEYS,
    FloatArray,
    Snapshot,
    colour_names,
    colour_places,
)
from tui_browser.ui import formatting
from tui_browser.ui.state import categories

CLASS = "class"
ADDED = "added"
DATE = "date"
KEY = "key"
KINDS = (categories.FOLDER, categories.TAG, categories.HEARD_YET, categories.LIKENESS, categories.COPIES)
CYCLE = (CLASS, *FEATURES)
"""What the map is coloured by most often."""
CHOICES = (*CYCLE, ADDED, DATE, *KINDS, categories.SHADES)
NAMES = {
    CLASS: "class", "duration_s": "length", "brightness_hz": "brightness", "noisiness": "noisiness",
    "pitch_hz": "pitch", "attack_s": "attack", "loudness_db": "loudness",
    "bpm": "tempo", "key": "key",
    ADDED: "order of adding", DATE: "file date",
    categories.FOLDER: "folder", categories.TAG: "tag", categories.HEARD_YET: "heard",
    categories.LIKENESS: "similar groups", categories.COPIES: "copies", categories.SHADES: "similarity, blended",
}  # fmt: skip
CIRCLE = tuple(f"{KEYS[at * 7 % 12]}/{KEYS[12 + (at * 7 + 9) % 12]}" for at in range(12))
"""The circle of fifths: keys side by side go well together."""
_LOGARITHMIC = frozenset(("duration_s", "brightness_hz", "pitch_hz", "attack_s"))


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One kind in the legend."""

    index: int
    """Its colour index; of a family, that of its first class."""
    id: str
    """Stays the same across snapshots."""
    name: str
    """Safe to print."""
    more: tuple[int, ...] = ()
    """Colour indices of the kinds within it."""
    within: str = ""
    """Id of the kind that it is part of."""

    @property
    def indices(self) -> list[int]:
        """All colour indices of its samples."""
        return [*self.more] or [self.index]


@dataclass(frozen=True, slots=True)
class Colouring:
    """A colour index for every sample, and the meaning of the indices."""

    by: str
    """One of `CHOICES`."""
    index: NDArray[np.uint8]
    """(N,) place of the class in `CLASSES` (their number for unclassed), or step of the ramp (`steps` for unknown)."""
    low: float = 0.0
    high: float = 0.0
    names: tuple[str, ...] = ()
    """Names of the kinds by index, empty for a ramp; the last one is for all other samples."""
    others: int = len(CLASSES)
    """The index of the last one of `names`."""
    steps: int = 0
    """Colours of the ramp; values between `low` and `high`, the 2nd and 98th percentile, have their step of it."""
    classes: tuple[str, ...] = colour_names(DRUM_CLASSES)
    """(27,) name of the class that has each colour; empty where none has."""

    @property
    def hues(self) -> Literal["classes", "ramp", "shades", "wheel"]:
        """Which of the theme's colours the indices mean."""
        if self.by == KEY:
            return "wheel"
        if self.by == categories.SHADES:
            return "shades"
        return "classes" if self.by == CLASS or self.names else "ramp"

    @property
    def name(self) -> str:
        return NAMES[self.by]

    def entries(self) -> list[LegendEntry]:
        """The meaning of each colour index, in the legend's order; empty where colours have no names."""
        if self.by == CLASS:
            unclassed = "off the map" if any(self.classes) else "no class"
            return [*self._class_entries(), LegendEntry(len(CLASSES), unclassed, unclassed)]
        if self.names:
            last = len(self.names) - 1
            return [LegendEntry(at if at < last else self.others, name, name) for at, name in enumerate(self.names)]
        if self.hues != "ramp" or not self.ends()[0]:
            return []
        steps = [
            LegendEntry(at, f"step {at}", f"from {self.value(at)} to {self.value(at + 1)}") for at in range(self.steps)
        ]
        return [*steps, LegendEntry(self.steps, "unknown", "unknown")]

    def _class_entries(self) -> list[LegendEntry]:
        """The classes, within their families where these are several; a family of one class is that class."""
        places = {name: at for at, name in enumerate(self.classes) if name}
        grouped = {name: FAMILY_OF[name] for name in places if name in FAMILY_OF}
        if len(set(grouped.values())) < 2:
            return [LegendEntry(at, name, formatting.class_word(name)) for name, at in places.items()]
        entries: list[LegendEntry] = []
        for family, names in CLASS_FAMILIES.items():
            there = [name for name in names if name in places]
            within = family if len(there) > 1 else ""
            if within:
                indices = tuple(places[name] for name in there)
                entries.append(LegendEntry(indices[0], f"{family}/", family, more=indices))
            entries += [
                LegendEntry(places[name], name, formatting.class_word(name), within=within and f"{family}/")
                for name in there
            ]
        alone = [name for name in places if name not in grouped]
        return [*entries, *(LegendEntry(places[name], name, formatting.class_word(name)) for name in alone)]

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
) -> Colouring:
    """The samples coloured by class, by a feature on a ramp of `steps` colours, or by another kind.

    `dates` (N,) are those of the files in seconds since 1970; without them all are unknown.
    """
    if by == categories.SHADES:
        return Colouring(by, categories.tints(snapshot))
    if by in KINDS:
        kind, names = categories.kinds(snapshot, by)
        return Colouring(by, kind, names=names)
    if by == KEY:
        return Colouring(by, _around(snapshot.features[:, FEATURES.index(KEY)]), names=(*CIRCLE, "no key"), others=12)
    if by == ADDED:
        return Colouring(
            by, (np.arange(len(snapshot)) * steps // max(1, len(snapshot))).astype(np.uint8), 0.0, 1.0, steps=steps
        )
    if by != DATE and by not in FEATURES:
        names = snapshot.class_names
        return Colouring(CLASS, colour_places(names)[snapshot.classes], classes=colour_names(names))
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
        return formatting.seconds(value)
    if by.endswith("_hz"):
        return formatting.hertz(value)
    if by == DATE:
        return time.strftime("%Y-%m-%d", time.localtime(value)) if np.isfinite(value) else ""
    if by == "bpm":
        return f"{value:.0f} bpm" if np.isfinite(value) else ""
    if by.endswith("_db"):
        return formatting.decibels(value)
    return f"{value:.2f}" if np.isfinite(value) else ""
