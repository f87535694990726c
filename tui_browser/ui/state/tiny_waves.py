"""Tiny waveforms of samples: how loud each part of a sound is, in a few braille cells; those read last are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import numpy as np

from tui_browser.records import FEATURES, FloatArray
from tui_browser.ui.state.map_model import MapModel

CELLS = 8
PARTS = 2 * CELLS
"""Each cell has two columns of dots."""
_HEIGHT = 4
_KEPT = 4_000
_LEFT = np.array([0x00, 0x40, 0x44, 0x46, 0x47])
_RIGHT = np.array([0x00, 0x80, 0xA0, 0xB0, 0xB8])
"""Dots of a braille cell by height, from the bottom."""
_ASCII = np.array([" ", ".", ":", "|", "#"])

WaveKey = tuple[int, float, float]
"""A sample with what changes together with its sound: its length and its level."""


def wave_key(map_model: MapModel, row: int) -> WaveKey:
    """What the waveform of this row is kept under."""
    features = map_model.snapshot.features[row]
    length, level = (
        float(np.nan_to_num(features[FEATURES.index(name)], nan=-1.0)) for name in ("duration_s", "loudness_db")
    )
    return int(map_model.snapshot.ids[row]), length, level


class TinyWaves:
    """The heights (PARTS,) of each sample, 0 to 4 dots; None for a file that cannot be read."""

    def __init__(self) -> None:
        self._heights: OrderedDict[WaveKey, bytes | None] = OrderedDict()

    def missing(self, keys: Iterable[WaveKey]) -> list[WaveKey]:
        """Those that are not known, in the same order; the others were asked for last."""
        unknown = []
        for key in keys:
            if key in self._heights:
                self._heights.move_to_end(key)
            else:
                unknown.append(key)
        return unknown

    def take(self, heights: Mapping[WaveKey, bytes | None]) -> None:
        """Keep these."""
        self._heights.update(heights)
        while len(self._heights) > _KEPT:
            self._heights.popitem(last=False)

    def text(self, key: WaveKey, *, ascii: bool) -> str:
        """A waveform as `CELLS` characters; empty while it is not known."""
        heights = self._heights.get(key)
        if heights is None:
            return ""
        pairs = np.frombuffer(heights, dtype=np.uint8).reshape(CELLS, 2)
        if ascii:
            return "".join(_ASCII[pairs.max(axis=1)].tolist())
        return "".join(map(chr, (0x2800 + _LEFT[pairs[:, 0]] + _RIGHT[pairs[:, 1]]).tolist()))


def heights_of(peaks: FloatArray) -> bytes:
    """Heights of the parts (PARTS, 2) of a waveform: as their levels to the loudest part, a dot from -48 dB on."""
    levels = np.abs(peaks).max(axis=1).astype(np.float64)
    loudest = levels.max(initial=0.0)
    if loudest <= 0:
        return bytes(PARTS)
    decibels = 20 * np.log10(np.maximum(levels / loudest, 1e-9))
    return bytes(np.clip(np.ceil(_HEIGHT * (1 + decibels / 48)), 0, _HEIGHT).astype(np.uint8))
