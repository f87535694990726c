"""The level of a sound that is not in memory: of pieces of it where somebody waits, else of its first minute."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from tui_browser.audio.loudness import MEASURED_S, STRIDE_S, Loudness, integrated, peak_of, powers
from tui_browser.audio.resampling import stereo
from tui_browser.audio.source import AudioSource
from tui_browser.errors import AudioError
from tui_browser.records import FloatArray

HASTE_S = 0.006
"""So long may be measured where somebody waits for a long sound; at leisure it is the first minute."""
_PIECE_S = 0.4
_ORDER = (8, 4, 12, 2, 6, 10, 14, 1, 3, 5, 7, 9, 11, 13, 15)
"""Sixteenths of the sound where pieces are taken, after its beginning."""


def level_at_leisure(source: AudioSource) -> Loudness:
    """The level of the first minute of a long sound."""
    step = round(STRIDE_S * source.rate)
    return _level(source, [None] * round(MEASURED_S / STRIDE_S), step, until=None)


def level_in_haste(source: AudioSource) -> Loudness:
    """The level of a long sound by pieces from all over it, as many as there is time for; at least its beginning."""
    return _level(source, _starts(source, len(_ORDER)), _piece(source), until=time.monotonic() + HASTE_S)


def level_of_pieces(source: AudioSource) -> Loudness:
    """The level of a sound of some seconds by four pieces of it."""
    return replace(_level(source, _starts(source, 3), _piece(source), until=None), rough=True)


def level_of_slices(samples: FloatArray, rate: int) -> Loudness:
    """The same of one that is in memory, (n, 2)."""
    length = round(_PIECE_S * rate)
    pieces = [samples[start : start + length] for start in (len(samples) * part // 16 for part in (0, *_ORDER[:3]))]
    peak = max(map(peak_of, pieces), default=0.0)
    return Loudness(integrated(np.concatenate([powers(piece, rate) for piece in pieces])), peak, True)


def _starts(source: AudioSource, count: int) -> list[int | None]:
    if not source.seeks_fast or source.frames is None:
        return [None]
    return [None, *(round(source.frames * part / 16) for part in _ORDER[:count])]


def _piece(source: AudioSource) -> int:
    return round(_PIECE_S * source.rate)


def _level(source: AudioSource, starts: list[int | None], frames: int, *, until: float | None) -> Loudness:
    """The level of the pieces of so many frames that start there; None is where the last one ended."""
    blocks, peak, rough = [np.zeros(0)], 0.0, until is not None
    for start in starts:
        try:
            if start is not None:
                source.seek(start)
            samples = stereo(source.read(frames))
        except AudioError:
            break
        blocks.append(powers(samples, source.rate))
        peak = max(peak, peak_of(samples))
        if not len(samples) or (until is not None and time.monotonic() > until):
            break
    return Loudness(integrated(np.concatenate(blocks)), peak, rough)
