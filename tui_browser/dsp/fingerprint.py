"""A fingerprint of a sound: its log-mel in few cells. Copies lie within a fraction of a decibel, whatever their gain.

The log-mel starts at the onset and is relative to its loudest cell, so gain, silence before and bit depth do not move
the fingerprint, and coding moves it little. It is made of what the model sees: fingerprints of two models do not
compare.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui_browser.dsp.front_end import FrontEnd
from tui_browser.dsp.mel import MelFrontEnd
from tui_browser.records import FloatArray

BANDS, STEPS = 14, 8
SIZE = BANDS * STEPS
"""Bytes of a fingerprint."""
DEEPEST_DB = 45.0
"""Cells so far below the loudest count as silent."""
_HIGHEST = 0.875
"""The bands above this share of all are left out: coding removes them."""
STEP_DB = DEEPEST_DB / 255


def fingerprint(mel: FloatArray | None, *, front_end: FrontEnd) -> bytes | None:
    """The fingerprint of a log-mel (M, T); None for a silent sound, and for models that see no log-mel."""
    if mel is None or not isinstance(front_end, MelFrontEnd):
        return None
    depth_db = -front_end.floor_db
    shown = np.maximum(mel[: int(len(mel) * _HIGHEST)], 1.0 - DEEPEST_DB / depth_db)
    cells = _means(_means(shown, BANDS).T, STEPS).T
    levels = (cells - 1.0) * (depth_db / DEEPEST_DB) + 1.0
    return bytes(np.clip(np.rint(levels * 255), 0, 255).astype(np.uint8))


def distances_db(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> FloatArray:
    """(P,) mean difference in dB of P pairs of fingerprints, (P, SIZE) each."""
    apart = first.astype(np.float32) - second.astype(np.float32)
    apart_db: FloatArray = (STEP_DB * np.sqrt(np.mean(apart * apart, axis=1))).astype(np.float32)
    return apart_db


def _means(rows: FloatArray, count: int) -> FloatArray:
    """(count, n) means of equal runs of rows; rows are repeated where there are fewer."""
    edges = np.linspace(0, len(rows), count + 1).astype(np.intp)
    starts = np.minimum(edges[:-1], len(rows) - 1)
    sums = np.add.reduceat(rows, starts, axis=0)
    widths = np.maximum(1, np.diff(edges))[:, None]
    return (sums / widths).astype(np.float32)
