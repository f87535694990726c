"""The pitch of a sound that one low partial makes up: a tom whose pitch falls never repeats itself exactly."""

from __future__ import annotations

from functools import cache

import numpy as np

from tui_browser.dsp.frames import spectra
from tui_browser.records import FloatArray

_RATE = 4000
_LOW_HZ, _HIGH_HZ = 45.0, 500.0
_ATTACK_S, _HEARD_S = 0.02, 0.4
_SHARE = 0.5
"""The partial, a third to both sides, holds this share of all power."""
_THIRD = 1.25
_SIZE = 4096
_STEP = 64


def low_partial(sound: FloatArray, rate: int) -> float:
    """Hertz of the partial between 45 and 500 Hz that makes up most of a sound (n,) from its onset on; else NaN."""
    factor = max(1, rate // _RATE)
    heard = sound[: min(len(sound), int(_HEARD_S * rate)) // factor * factor]
    heard = heard.reshape(-1, factor) @ np.full(factor, 1.0 / factor, dtype=np.float32)
    slow = rate / factor
    skipped = int(_ATTACK_S * slow)
    part = heard[skipped:] if len(heard) - skipped > int(0.06 * slow) else heard
    part = part[: min(len(part) // _STEP * _STEP, _SIZE)]  # few lengths: their windows are kept
    if len(part) < int(0.03 * slow):
        return float("nan")
    lines = spectra(part * _window(len(part)), _SIZE)
    power = np.square(lines.real) + np.square(lines.imag)
    hz = slow / _SIZE
    low, high = int(_LOW_HZ / hz) + 1, int(_HIGH_HZ / hz) + 1
    top = low + int(power[low:high].argmax())
    near = float(power[int(top / _THIRD) : int(top * _THIRD) + 1].sum())
    whole = float(power[int(20.0 / hz) :].sum())
    return top * hz if near > _SHARE * whole > 0.0 else float("nan")


@cache
def _window(size: int) -> FloatArray:
    return np.hanning(size + 2)[1:-1].astype(np.float32)
