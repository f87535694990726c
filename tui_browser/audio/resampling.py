"""Converts samples for playback: two channels, and the rate of the device."""

from __future__ import annotations

import numpy as np
import soxr

from tui_browser.records import FloatArray

_SEAM_S = 0.02


def to_stereo(samples: FloatArray) -> FloatArray:
    """Convert (n, channels) to (n, 2): mono on both sides, more than two channels as their mean, always finite."""
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    if samples.shape[1] == 1:
        return np.repeat(samples, 2, axis=1)
    if samples.shape[1] > 2:
        return np.repeat(samples.mean(axis=1, keepdims=True, dtype=np.float32), 2, axis=1)
    return samples


def resample(samples: FloatArray, rate: float, to: int) -> FloatArray:
    """Resample a whole sound."""
    if rate == to:
        return samples
    return np.ascontiguousarray(soxr.resample(samples, rate, to), dtype=np.float32)


def resample_loop(samples: FloatArray, rate: float, to: int) -> FloatArray:
    """Resample a sound that is looped, so that its end joins its beginning.

    A sound of less than half a second is repeated first, so that rounding to whole frames does not detune it.
    """
    if rate == to:
        return samples
    count = len(samples) * max(1, round(0.5 * rate / len(samples)))
    margin = round(_SEAM_S * rate)
    # not `take(mode="wrap")`, which subtracts the length until the index fits: seconds for a loop of a few frames
    wrapped = samples[np.arange(-margin, count + margin) % len(samples)]
    converted = resample(wrapped, rate, to)
    start = round(margin * to / rate)
    return np.ascontiguousarray(converted[start : start + round(count * to / rate)])
