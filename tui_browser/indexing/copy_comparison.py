"""Compares two sound files: whether one holds the sound of the other at another gain, trimmed, or in another format."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from tui_browser.audio.mono import downmix
from tui_browser.audio.waveform import read_window
from tui_browser.dsp.agreement import Agreement, agreement
from tui_browser.records import FloatArray
from tui_browser.store.copies import Comparison, CopyFile

SAME = 0.995
"""From this agreement on, gain, trim and format are all that differs."""
NEAR = 0.88
"""From this agreement on, two files are nearly the same: one went through a lossy coder or light processing."""
HEAD_S = 1.0
"""So much from the onset on is compared first, and again in the middle and at the end of longer sounds."""
_LEAD_S = 0.01
_EXCESS_S = 10.0
_TRIMMED_DB = -36.0
"""What only one of two files has may be so far below the peak; more than that is sound, and no copy lacks it."""
_SLACK_S = 0.02
_MOST_HEADS = 256


class SoundComparer:
    """Compares files in pairs; the beginnings of those compared last are kept, as one file is compared with many."""

    def __init__(self) -> None:
        self._heads: OrderedDict[int, tuple[FloatArray, int]] = OrderedDict()

    def compare(self, first: CopyFile, second: CopyFile) -> Comparison:
        """The comparison of two sounds, that with the lower content hash first. Raises AudioError and OSError."""
        if second.content_hash < first.content_hash:
            first, second = second, first
        found = self._agreement(first, second)
        return Comparison(first.content_hash, second.content_hash, found.least, found.gain_db, found.shift_s)

    def _agreement(self, first: CopyFile, second: CopyFile) -> Agreement:
        found = _compared(self._head(first), self._head(second))
        if found.least < NEAR:
            return found
        least = found.least
        common_s = min(first.duration_s - first.onset_s, second.duration_s - second.onset_s)
        if common_s > 1.5 * HEAD_S:
            for later_s in (0.5 * (common_s - HEAD_S), common_s - HEAD_S):
                parts = (_read(file, later_s, HEAD_S) for file in (first, second))
                least = min(least, _compared(*parts).least)
                if least < NEAR:
                    break
        longer = max(first, second, key=lambda file: file.duration_s - file.onset_s)
        excess_s = longer.duration_s - longer.onset_s - common_s
        if excess_s > _SLACK_S and self._sounds_on(longer, common_s + _SLACK_S):
            least = 0.0
        return Agreement(least, found.gain_db, found.shift_s)

    def _sounds_on(self, file: CopyFile, from_s: float) -> bool:
        """Whether a file sounds from so long after its onset on."""
        rest, _ = _read(file, from_s, _EXCESS_S)
        head, _ = self._head(file)
        peak = float(np.abs(rest).max(initial=0.0))
        return peak > float(np.abs(head).max(initial=0.0)) * 10 ** (_TRIMMED_DB / 20)

    def _head(self, file: CopyFile) -> tuple[FloatArray, int]:
        if file.id not in self._heads:
            self._heads[file.id] = _read(file, -_LEAD_S, HEAD_S)
            if len(self._heads) > _MOST_HEADS:
                self._heads.popitem(last=False)
        self._heads.move_to_end(file.id)
        return self._heads[file.id]


def _read(file: CopyFile, after_onset_s: float, seconds: float) -> tuple[FloatArray, int]:
    """(n,) mono sound from a time after the onset on, and its rate."""
    window, rate = read_window(file.path, start_s=max(0.0, file.onset_s + after_onset_s), seconds=seconds)
    return downmix(window), rate


def _compared(first: tuple[FloatArray, int], second: tuple[FloatArray, int]) -> Agreement:
    rate = min(first[1], second[1])
    return agreement(_resampled(*first, rate), _resampled(*second, rate), rate)


def _resampled(sound: FloatArray, rate: int, wanted: int) -> FloatArray:
    if rate == wanted or not len(sound):
        return sound
    import soxr  # 3 ms

    return np.asarray(soxr.resample(sound, rate, wanted), dtype=np.float32)
